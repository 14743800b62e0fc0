"""Vilankulo asks for a preparatory grant in Portuguese, the secretariat works in English; paid, reported, accepted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from portal.demo import content
from tests.journeys import desk
from tests.journeys.filling import Filler, portuguese
from tests.journeys.serving import TENANT
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.xdist_group("journeys")]
CASE = content.load().case("vilankulo-desenvolvimento")
ZONE = ZoneInfo(next(tenant.calendar["zone"] for tenant in content.load().tenants if tenant.slug == TENANT))
PIECES = ("who", "sponsors", "place", "purpose", "activities", "results", "budget", "execution", "attachments")
Person = Callable[..., Visitor]


def test_a_preparatory_grant_from_draft_to_second_tranche(person: Person) -> None:
    lead, colleague = person("vilankulo-lead"), person("vilankulo-contributor")
    reference = _find_draft(lead)
    _write_together(lead, colleague, reference)
    _lose_the_line(lead, reference)
    _fill_the_rest(lead, reference)
    mayor = person("vilankulo-signatory")
    _sign(lead, mayor, reference)
    code = _submit_twice(lead, reference)
    _look_up(person(language="pt"), reference, code)
    officer, manager = person("ca-officer"), person("ca-manager")
    _check(officer, reference)
    desk.translate(person("ca-translator-pt"), reference, CASE.translation or {}, "pt-21")
    _assess_and_decide(officer, manager, reference)
    _letter(officer, lead, reference)
    _agreement(officer, mayor, reference)
    _pay(person("ca-finance"), person("ca-finance-two"), reference)
    report = _report(lead, reference)
    _accept_report(officer, report)
    _money(lead, officer, reference)


def _find_draft(lead: Visitor) -> str:
    lead.go("my/")
    lead.look("pt-01-my-cases")
    lead.says(CASE.title)
    lead.send(lead.page.get_by_role("link", name=CASE.title))
    lead.look("pt-02-draft")
    found = re.search(r"CA-\d{4}-\d{4}", lead.page.url)
    assert found
    return found[0]


def _write_together(lead: Visitor, colleague: Visitor, reference: str) -> None:
    """Both open the section; the lead types first; the colleague's text does not push hers away unseen."""
    mine = CASE.answers["purpose"]["background"]
    theirs = "O Arlindo escreveu isto ao mesmo tempo: faltam arruamentos nos bairros novos."
    for visitor in (lead, colleague):
        visitor.go(f"cases/{reference}/edit/purpose/")
    lead.page.locator("#background").press_sequentially(mine[:60])
    lead.page.locator("#background").fill(mine)
    expect(lead.page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")
    assert not re.search(r"\d:\d\d:\d\d", lead.page.inner_text("[data-autosave-status]")), "no seconds in times"
    colleague.page.locator("#background").press_sequentially(theirs)
    both = colleague.page.locator(".conflict")
    expect(both).to_contain_text(theirs)
    expect(both).to_contain_text(mine[:200])
    colleague.look("pt-03-conflict")
    lead.go(f"cases/{reference}/")
    lead.look("pt-04-two-versions")
    expect(lead.page.locator("[aria-labelledby=conflicts]")).to_contain_text(mine[:200])
    expect(lead.page.locator("[aria-labelledby=conflicts]")).to_contain_text(theirs)
    lead.send("[aria-labelledby=conflicts] button[name=keep][value=other]")
    expect(lead.page.locator("#background")).to_have_value(mine)
    expect(lead.page.locator(".conflict")).to_have_count(0)


def _lose_the_line(lead: Visitor, reference: str) -> None:
    """What is typed without a line waits on the device, also when the window is closed meanwhile."""
    lead.go(f"cases/{reference}/edit/purpose/")
    told = lead.page.locator("[data-autosave-status]")
    purpose, details = CASE.answers["purpose"]["purpose"], CASE.answers["purpose"]["leads_to_details"]
    with lead.forgiving("ERR_INTERNET_DISCONNECTED"):
        lead.context.set_offline(True)
        lead.page.locator("#purpose").fill(purpose)
        expect(told).to_have_attribute("data-state", "kept")
        lead.look("pt-05-kept")
        lead.context.set_offline(False)
        expect(told).to_have_attribute("data-state", "saved")
        lead.context.set_offline(True)
        lead.page.locator("#leads_to_details").fill(details)
        expect(told).to_have_attribute("data-state", "kept")
        # a device that is switched off says no farewell
        lead.page.evaluate("() => { navigator.sendBeacon = () => false; window.fetch = () => Promise.reject(); }")
        lead.page.close()
    lead.context.set_offline(False)
    lead.open_window()
    lead.go(f"cases/{reference}/edit/purpose/")
    expect(lead.page.locator("#purpose")).to_have_value(purpose)
    expect(lead.page.locator("#leads_to_details")).to_have_value(details)
    expect(lead.page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")
    lead.go(f"cases/{reference}/check/")
    lead.says(purpose, details)


def _fill_the_rest(lead: Visitor, reference: str) -> None:
    filler = Filler(lead, desk.papers(CASE), portuguese)
    for piece in PIECES:
        lead.go(f"cases/{reference}/edit/{piece}/")
        filler.section(CASE.answers[piece], skip=("title", "background", "purpose", "leads_to_details"))
        if piece == "place":
            _pick_the_city(lead)
        if piece == "budget":
            _add_up(lead)
        lead.look(f"pt-06-{piece}")
        filler.save()
    lead.go(f"cases/{reference}/check/")
    lead.look("pt-07-check")
    expect(lead.page.locator(".error-summary li")).to_have_count(1)
    lead.send(lead.page.locator(".error-summary a"))
    expect(lead.page.locator("form[data-section=declaration]")).to_be_visible()
    filler.section(CASE.answers["declaration"])
    lead.look("pt-08-declaration")
    filler.save()
    expect(lead.page.locator(".error-summary")).to_have_count(0)


def _pick_the_city(lead: Visitor) -> None:
    """The list offers the city; choosing it brings its number along."""
    box = lead.page.locator("[name='cities-0-city-name']")
    box.fill("")
    with lead.page.expect_response(lambda answer: "/cities/?" in answer.url and answer.ok):
        box.press_sequentially("Vilankulo")
    city = CASE.answers["place"]["cities"][0]["city"]
    expect(lead.page.locator("[name='cities-0-city-id']")).to_have_value(str(city["id"]))


def _add_up(lead: Visitor) -> None:
    """Sums follow the typing, read in the reader's way of writing figures."""
    first = lead.page.locator("[name='budget-0-grant']")
    first.fill("1.234,50")
    first.press("Tab")
    expect(lead.page.locator("[data-question=budget] tbody tr").first.locator("[data-computed]")).to_contain_text(
        "1.234,50"
    )
    first.fill(portuguese(CASE.answers["budget"]["budget"][0]["grant"]))
    total = lead.page.locator("[data-question=budget] tfoot [data-total=grant]")
    expect(total).to_have_text(re.compile(r"58[.\s]000"))


def _sign(lead: Visitor, mayor: Visitor, reference: str) -> None:
    lead.go(f"cases/{reference}/check/")
    expect(lead.page.locator("form[action$='/moves/submit/']")).to_have_count(0)
    lead.send("form[action$='/moves/request_sign_off/'] button")
    mayor.go(f"cases/{reference}/check/")
    mayor.look("pt-09-to-sign")
    mayor.says(CASE.title, "58.000")
    mayor.page.fill("#sign-typed_name", "Armando Guambe")
    mayor.page.check("#sign-confirm")
    mayor.send("form[action$='/moves/sign/'] button")
    mayor.says("Armando Guambe")


def _submit_twice(lead: Visitor, reference: str) -> str:
    """A double click submits once; the confirmation carries reference and code."""
    lead.go(f"cases/{reference}/check/")
    with lead.page.expect_navigation():
        lead.page.locator("form[action$='/moves/submit/'] button").dblclick()
    lead.page.wait_for_url("**/submitted/")
    lead.look("pt-10-submitted")
    lead.says(reference)
    code = lead.page.locator("dd strong bdi").nth(1).inner_text()
    assert re.fullmatch(r"[0-9A-Z]{5}-?[0-9A-Z]{5}", code), code
    lead.go(f"cases/{reference}/")
    lead.look("pt-11-status")
    return code


def _look_up(anybody: Visitor, reference: str, code: str) -> None:
    anybody.go("status/")
    anybody.look("pt-12-status")
    anybody.page.fill("#f-reference", reference)
    anybody.page.fill("#f-code", "WRONG-WRONG")
    anybody.send("form[action$='/status/'] button", 422)
    anybody.page.fill("#f-code", code.lower().replace("-", ""))
    anybody.send("form[action$='/status/'] button")
    anybody.look("pt-13-status-shown")
    anybody.says(reference, "Em verificação")
    assert "Celeste" not in anybody.text()


def _check(officer: Visitor, reference: str) -> None:
    officer.go("desk/")
    officer.look("en-14-desk")
    officer.go(f"desk/{reference}/?tab=history")
    officer.look("en-15-history")
    expect(officer.page.locator("#content tbody th", has_text=re.compile("^Submitted"))).to_have_count(1)
    officer.go(f"desk/{reference}/")
    officer.look("en-16-checking")
    desk.step(officer, reference, "find_complete")
    assert desk.state(officer, reference) == "Translating"


def _assess_and_decide(officer: Visitor, manager: Visitor, reference: str) -> None:
    officer.go(f"desk/{reference}/translation/")
    officer.look("en-22-filed-translation")
    officer.send("form[action*='/moves/accept_translation/'] button")
    officer.go(f"desk/{reference}/")
    officer.look("en-23-answers-translated")
    desk.assess(officer, reference, CASE.assessment or {}, "en-24")
    assert desk.state(officer, reference) == "Deciding"
    assert officer.page.locator("a[href*='/moves/approve/']").count() == 0
    manager.go(f"desk/{reference}/?tab=assessment")
    manager.look("en-25-to-decide")
    assert CASE.decision
    desk.step(manager, reference, "approve", grounds=CASE.decision.grounds)
    manager.look("en-26-decided")


def _letter(officer: Visitor, lead: Visitor, reference: str) -> None:
    desk.send_letter(officer, reference, {}, "en-27")
    assert desk.state(officer, reference) == "Agreement to prepare"
    found = {name: desk.words_of(pdf) for name, pdf in desk.documents(lead, reference).items()}
    letter = next(text for text in found.values() if "Temos o prazer de informar" in text)
    assert CASE.title in letter
    assert "58.000" in letter


def _agreement(officer: Visitor, mayor: Visitor, reference: str) -> None:
    desk.step(officer, reference, "send_agreement")
    mayor.go(f"grants/{reference}/agreement/")
    mayor.look("pt-28-agreement")
    links = mayor.page.locator("a[href*='/documents/']")
    mayor.page.fill("#typed_name", "Armando Guambe")
    mayor.page.fill("#password", "not-my-password")
    mayor.page.check("#confirm")
    mayor.send("form[action$='/agreement/'] button", 422)
    mayor.look("pt-29-wrong-password")
    expect(mayor.page.locator("#password-problem")).to_be_visible()
    mayor.page.fill("#password", "demo-vilankulo-signatory")
    mayor.send("form[action$='/agreement/'] button")
    mayor.look("pt-30-grant")
    mayor.go(f"grants/{reference}/agreement/")
    for number in range(links.count()):
        pdf = mayor.download(links.nth(number).get_attribute("href") or "")
        assert reference in desk.words_of(pdf)


def _pay(one: Visitor, other: Visitor, reference: str) -> None:
    one.go(f"grants/{reference}/")
    one.look("en-31-to-pay")
    one.page.fill("#paid_on", f"{datetime.now(ZONE):%Y-%m-%d}")
    one.page.fill("#bank_reference", "MZ-00417")
    one.send("#enter-payment form button")
    expect(one.page.locator("form[action$='/approve']")).to_have_count(0)
    other.go(f"grants/{reference}/")
    other.look("en-32-to-approve")
    other.send("form[action$='/approve'] button")
    other.says("34,800")


def _report(lead: Visitor, reference: str) -> str:
    lead.go(f"grants/{reference}/")
    lead.send(lead.page.locator("[aria-labelledby=reports] a").first)
    found = re.search(r"/cases/([^/]+)/", lead.page.url)
    assert found
    report = found[1]
    lead.look("pt-40-report")
    answers = CASE.reports[0].answers(datetime.now(UTC).date())
    filler = Filler(lead, desk.papers(CASE), portuguese)
    for piece in answers:
        lead.go(f"cases/{report}/edit/{piece}/")
        filler.section(answers[piece])
        lead.look(f"pt-41-report-{piece}")
        filler.save()
    lead.go(f"cases/{report}/check/")
    lead.look("pt-42-report-check")
    expect(lead.page.locator(".error-summary")).to_have_count(0)
    lead.send("form[action$='/moves/submit/'] button")
    lead.look("pt-43-report-submitted")
    return report


def _accept_report(officer: Visitor, report: str) -> None:
    officer.go(f"desk/{report}/")
    officer.look("en-44-report")
    desk.step(officer, report, "accept_report")
    assert desk.state(officer, report) == "Report accepted"


def _money(lead: Visitor, officer: Visitor, reference: str) -> None:
    """58,000 committed, 60 in 100 of it paid, 19,400 spent by the report, the second tranche released."""
    lead.go(f"grants/{reference}/")
    lead.look("pt-45-grant")
    lead.says("58.000", "34.800", "19.400", "23.200")
    officer.go(f"grants/{reference}/")
    officer.look("en-46-grant")
    officer.says("58,000", "34,800", "19,400", "23,200")
    second = officer.page.locator("[aria-labelledby=tranches] tbody tr").nth(1)
    expect(second).to_contain_text("Released")
    officer.go("grants/")
    officer.look("en-47-grants")
    officer.says(reference)

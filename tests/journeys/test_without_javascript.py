"""Everything an applicant does, with plain forms only; and one form with the keyboard only."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from portal.demo import content
from tests.journeys import desk
from tests.journeys.filling import Filler
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.xdist_group("journeys")]
CASE = content.load().case("bukhara-historic-quarters")
CALL = "#content a[href$='/calls/preparatory-grant/']"
Person = Callable[..., Visitor]


def test_an_application_with_plain_forms(person: Person) -> None:
    lead, signatory = person("bukhara-lead", scripts=False), person("bukhara-signatory", scripts=False)
    reference = _start(lead)
    _fill(lead, reference)
    _take_a_row_away_and_back(lead, reference)
    signatory.go(f"cases/{reference}/check/")
    signatory.page.fill("#sign-typed_name", "Shavkat Ismoilov")
    signatory.send("form[action$='/moves/sign/'] button", 422)
    signatory.says("I have read the application")
    signatory.page.fill("#typed_name", "Shavkat Ismoilov")
    signatory.page.check("#confirm")
    signatory.send("form[action$='/moves/sign/'] button")
    lead.go(f"cases/{reference}/check/")
    lead.send("form[action$='/moves/submit/'] button")
    lead.says(reference)
    lead.go(f"cases/{reference}/")
    lead.page.fill("#message-body", "Please tell us when somebody follows our application.")
    lead.send("form[action$='/messages/'] button")
    lead.says("Please tell us when somebody follows our application.")
    _withdraw(lead, reference)


def _start(lead: Visitor) -> str:
    lead.go("calls/")
    lead.send(lead.page.locator(CALL).first)
    lead.send("form[action$='/start/'] button")
    found = re.search(r"CA-\d{4}-\d{4}", lead.page.url)
    assert found
    return found[0]


def _fill(lead: Visitor, reference: str) -> None:
    """Each button saves and goes on to the next section; the last one leads to the check."""
    filler = Filler(lead, desk.papers(CASE))
    sections = list(CASE.answers)
    lead.go(f"cases/{reference}/edit/{sections[0]}/")
    for section in sections:
        assert f"/edit/{section}/" in lead.page.url
        filler.section(CASE.answers[section])
        filler.save()
    assert lead.page.url.endswith("/check/")
    expect(lead.page.locator(".error-summary")).to_have_count(0)
    kept = lead.page.locator("#content a[href*='/files/']")
    assert kept.count() == len(CASE.papers)
    content_of = {paper.name: paper.content() for paper in CASE.papers}
    for number in range(kept.count()):
        assert lead.download(kept.nth(number).get_attribute("href") or "") == content_of[kept.nth(number).inner_text()]


def _take_a_row_away_and_back(lead: Visitor, reference: str) -> None:
    """What cannot be read is kept as it was typed and told beside its field; rows come and go by buttons."""
    lead.go(f"cases/{reference}/edit/results/")
    rows = lead.page.locator("[data-question=outputs] tbody tr")
    before = rows.count()
    lead.send(rows.nth(0).locator("button[name=_remove]"))
    expect(rows).to_have_count(before - 1)
    lead.send("button[name=_add][value=outputs]")
    expect(rows).to_have_count(before)
    first = CASE.answers["results"]["outputs"][0]
    last = rows.nth(before - 1)
    last.locator("[name$='-output']").fill(first["output"])
    last.locator("[name$='-month']").fill("soon")
    filler = Filler(lead, {})
    filler.save("list", 422)
    expect(rows.nth(before - 1).locator("[name$='-month']")).to_have_value("soon")
    expect(lead.page.locator(".error-summary a")).to_have_count(1)
    rows.nth(before - 1).locator("[name$='-month']").fill(str(first["month"]))
    filler.save("list")
    lead.says(CASE.title)


def _withdraw(lead: Visitor, reference: str) -> None:
    lead.go(f"cases/{reference}/")
    lead.send("a[href$='/moves/withdraw/']")
    lead.page.fill("[name=reason]", "The council postpones the strategy.")
    lead.send("form[action$='/moves/withdraw/'] button")
    lead.says("Withdrawn")


def test_a_section_with_the_keyboard_only(person: Person) -> None:
    """From the address bar to a saved section without touching the mouse: in order, and always visible where one is."""
    lead = person("lilongwe-lead")
    reference = _start_by_keyboard(lead)
    page = lead.page
    lead.go(f"cases/{reference}/edit/place/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    _tab_to(lead, "title")
    page.keyboard.type("A strategy typed without a mouse")
    _tab_to(lead, "activity_type")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    _tab_to(lead, "scope")
    page.keyboard.press("Space")
    _tab_to(lead, "country")
    page.keyboard.type("Mala")
    _tab_to(lead, "cities-0-city-name")
    page.keyboard.type("Lilongwe")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.locator("#title").focus()
        page.keyboard.press("Enter")
    assert "/edit/purpose/" in page.url
    lead.go(f"cases/{reference}/check/")
    lead.says("A strategy typed without a mouse", "Slum upgrading", "One city", "Malawi", "Lilongwe")


def _start_by_keyboard(lead: Visitor) -> str:
    lead.go("calls/")
    lead.page.locator(CALL).first.focus()
    with lead.page.expect_navigation():
        lead.page.keyboard.press("Enter")
    lead.page.locator("form[action$='/start/'] button").focus()
    with lead.page.expect_navigation():
        lead.page.keyboard.press("Enter")
    found = re.search(r"CA-\d{4}-\d{4}", lead.page.url)
    assert found
    return found[0]


def _tab_to(lead: Visitor, name: str) -> None:
    """Press Tab until the input of that name has the focus; each stop on the way shows that it has it."""
    for _ in range(60):
        lead.page.keyboard.press("Tab")
        here = lead.page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
              return { name: e.name || "", seen: b.width > 0 && b.height > 0,
                       marked: s.outlineStyle !== "none" || s.boxShadow !== "none" }; }"""
        )
        assert here["seen"], f"the focus is on something that cannot be seen before {name}"
        assert here["marked"], f"the focus cannot be told at {here['name']}"
        if here["name"] == name:
            return
    raise AssertionError(f"{name} cannot be reached by Tab")

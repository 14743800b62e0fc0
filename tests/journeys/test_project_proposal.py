"""HUDCC asks for 500,000 with the World Bank as sponsor; returned once, evaluated, coordinated, approved by silence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from portal.demo import content
from tests.journeys import behind, desk
from tests.journeys.filling import Filler
from tests.journeys.serving import Server
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.xdist_group("journeys")]
Person = Callable[..., Visitor]
CALL = "large-proposals"
CALL_TITLE = "Proposals above 250,000"
TITLE = "A national slum upgrading strategy with three city plans"
GROUNDWORK = content.load().case("philippines-upgrading-strategy")
CONFLICT = "My firm advised the Council on its housing plan last year."
QUESTION = "How do the three pilot cities pay for upkeep after the grant?"
REPLY = "Each city council has set aside two per cent of its property tax; the resolutions are attached."
MENDED = "The finance ministry has written the strategy into its investment programme for three years."
CRITERIA = (
    "objective", "commitment", "investment", "partnerships", "cofinancing", "coherence", "scale", "institutional",
    "environment",
)  # fmt: skip
JUDGED = {
    "criteria": {**dict.fromkeys(CRITERIA, "met"), "cofinancing": "partly", "cofinancing_comment": "Cash is small."},
    "recommendation": {"recommendation": "approve", "summary": "A sound strategy, owned by those who carry it out."},
}


def answers() -> dict[str, Mapping[str, Any]]:
    """What the Council answers: it goes on from its groundwork, with a budget of its own."""
    before = GROUNDWORK.answers
    budget = [("Strategy team", "consultants", 260), ("City plans", "consultants", 170), ("Workshops", "training", 70)]
    return {
        "who": before["who"],
        "sponsors": before["sponsors"],
        "place": {**before["place"], "title": TITLE, "scope": "cities", "citywide": "yes"},
        "purpose": {"background": before["purpose"]["background"], "objectives": before["purpose"]["purpose"]},
        "activities": {
            "methodology": before["activities"]["approach"],
            "activities": before["activities"]["activities"],
        },
        "results": {
            "outputs": before["results"]["outputs"],
            "outcomes": "Agencies and cities work from one plan; money follows it.",
            "monitoring": "The Council publishes each year how many families were reached, and where.",
            "sustainability": "The strategy is kept by a unit that the budget law already pays for.",
        },
        "support": {
            "partnerships": before["results"]["stakeholders"],
            "commitment": "The President’s office asked for the strategy; three mayors signed for their cities.",
            "investment": "The housing fund and two banks wait for it.",
        },
        "environment": {
            "environment": before["results"]["environment"],
            "environment_monitoring": "Flood marks are read in each place before and after.",
        },
        "budget": {
            "budget": [
                {"component": what, "category": kind, "grant": f"{thousand}000.00", "cofin_cash": "20000.00"}
                for what, kind, thousand in budget
            ],
            "duration": 18,
            "amount": "500000.00",
            "cofinancing_note": "The Council pays 60,000 in cash; the budget law of this year holds it.",
        },
        "execution": {"client_executes": "yes"},
        "screening": dict.fromkeys(("emergency", "research", "members_work"), "no"),
        "declaration": {"declaration": True},
    }


@pytest.fixture
def world(server: Server) -> Server:
    """The demonstration, and a call whose sponsors must confirm."""
    behind.open_call(server, CALL, "project_proposal", CALL_TITLE, amount_limit="500000", sponsors_must_confirm=True)
    return server


def test_a_large_proposal_is_deemed_approved(world: Server, person: Person) -> None:
    lead = person("hudcc-lead")
    reference = _write(lead)
    _ask_the_sponsor(lead, person("world-bank-focal"), reference)
    _sign_and_submit(lead, person("hudcc-signatory"), reference)
    officer = person("ca-officer")
    _return_and_mend(officer, lead, reference)
    desk.assess(officer, reference, JUDGED, "pp-13")
    _evaluate(officer, person("ev-rao"), person("ev-lindqvist"), reference)
    norway = person("norway-focal")
    _coordinate(officer, norway, person("brazil-focal"), reference)
    _recommend(officer, world, reference)
    due = _be_silent(officer, norway, world, reference)
    _send_letter(officer, lead, reference, due)


def _write(lead: Visitor) -> str:
    lead.go(f"calls/{CALL}/")
    lead.look("pp-01-call")
    lead.send("form[action$='/start/'] button")
    found = re.search(r"CA-\d{4}-\d{4}", lead.page.url)
    assert found
    filler = Filler(lead, desk.papers(GROUNDWORK))
    for piece, values in answers().items():
        lead.go(f"cases/{found[0]}/edit/{piece}/")
        filler.section(values)
        if piece in ("place", "support", "budget", "screening"):
            lead.look(f"pp-02-{piece}")
        filler.save()
    lead.go(f"cases/{found[0]}/check/")
    lead.look("pp-03-check")
    expect(lead.page.locator(".error-summary")).to_have_count(0)
    lead.says("500,000")
    return found[0]


def _ask_the_sponsor(lead: Visitor, sponsor: Visitor, reference: str) -> None:
    """Naming a sponsor is not enough here: it is asked in the portal and confirms there."""
    lead.go(f"cases/{reference}/")
    lead.send(lead.page.get_by_role("link", name="Ask a member to sponsor"))
    lead.look("pp-04-sponsor-named")
    lead.page.select_option("#sponsor-member", label="World Bank, Urban Practice")
    lead.page.fill("#sponsor-role", "Brings the strategy to the housing fund.")
    lead.send(lead.page.get_by_role("button", name="Ask", exact=True))
    lead.look("pp-05-asked")
    sponsor.go("members/")
    sponsor.look("pp-06-waiting-for-the-sponsor")
    sponsor.send(sponsor.page.locator("a[href*='/sponsorships/']").first)
    sponsor.says(TITLE, "500,000", "Brings the strategy to the housing fund.")
    sponsor.look("pp-07-asked-to-sponsor")
    sponsor.send("button[name=answer][value=confirm]")
    lead.go(f"cases/{reference}/")
    lead.says("Margaret Ellison")
    lead.look("pp-08-sponsored")


def _sign_and_submit(lead: Visitor, head: Visitor, reference: str) -> None:
    head.go(f"cases/{reference}/check/")
    head.page.fill("#sign-typed_name", "Lourdes Villareal")
    head.page.check("#sign-confirm")
    head.send("form[action$='/moves/sign/'] button")
    lead.go(f"cases/{reference}/check/")
    lead.send("form[action$='/moves/submit/'] button")
    lead.look("pp-09-submitted")


def _return_and_mend(officer: Visitor, lead: Visitor, reference: str) -> None:
    """What is returned stops the secretariat's clock, for both to see; it runs on with the next submission."""
    officer.go(f"desk/{reference}/moves/return_sections/")
    officer.page.check("#sections-support")
    box = officer.page.locator("[name=sections-support]")
    if not box.is_visible():
        officer.page.locator("details", has=box).locator("summary").click()
    box.fill("Say who has promised to invest.")
    officer.look("pp-10-returning")
    officer.send("#content form button.btn-primary")
    officer.go(f"desk/{reference}/?tab=clocks")
    officer.look("pp-11-paused")
    officer.says("Paused")
    lead.go(f"cases/{reference}/")
    lead.look("pp-12-returned")
    lead.says("Paused · 10 working days left", "Say who has promised to invest.")
    lead.go(f"cases/{reference}/edit/support/")
    filler = Filler(lead, {})
    filler.answer("investment", MENDED)
    filler.save()
    lead.go(f"cases/{reference}/check/")
    lead.send("form[action$='/moves/resubmit/'] button")
    officer.go(f"desk/{reference}/")
    expect(officer.page.locator(".shown-diff .diff-after")).to_contain_text(MENDED)
    desk.step(officer, reference, "find_complete")


def _evaluate(officer: Visitor, bound: Visitor, free: Visitor, reference: str) -> None:
    """Two experts are asked; the one who is bound declares it and reads nothing, the other files."""
    desk.step(officer, reference, "ask_panel", reason="A large amount, and a national strategy.")
    officer.go("admin/evaluation/")
    desk.add_round(officer, "large-proposals-1", "Large proposals", CALL_TITLE, needed=1)
    for expert in ("Lakshmi Rao", "Karin Lindqvist"):
        officer.go(f"admin/evaluation/large-proposals-1/{reference}/")
        officer.page.get_by_label(expert).check()
        officer.look("pp-13-asking-experts")
        officer.send("button[name=do][value=assign]")
    address = _open_evaluation(bound, reference)
    bound.look("pp-14-declaring")
    assert MENDED not in bound.text(), "nothing is read before the declaration"
    bound.page.check("[name=answer][value=conflict]")
    bound.page.fill("[name=statement]", CONFLICT)
    bound.send("form[action$='/declaration/'] button")
    bound.look("pp-15-conflict-declared")
    bound.go(address, 404)
    bound.go(f"desk/{reference}/", 404)
    _open_evaluation(free, reference)
    free.page.check("[name=answer][value=free]")
    free.send("form[action$='/declaration/'] button")
    free.says(MENDED)
    desk.judge(free, JUDGED, "form[action$='/review/']", "pp-16")
    free.look("pp-17-filed")
    officer.go(f"admin/evaluation/large-proposals-1/{reference}/")
    officer.says(CONFLICT, "Cash is small.")
    officer.look("pp-18-side-by-side")
    officer.send("button[name=do][value=end]")


def _open_evaluation(expert: Visitor, reference: str) -> str:
    """Find what is asked in the expert's own list.

    :returns: the address of the page.
    """
    expert.go("inbox/evaluations/")
    expert.look(f"pp-14-{expert.name}")
    expert.send(expert.page.get_by_role("link", name=reference))
    return urlsplit(expert.page.url).path


def _coordinate(officer: Visitor, member: Visitor, other: Visitor, reference: str) -> None:
    """The members are asked for comments by a circular; one comments, another reads it, the secretariat answers."""
    _send_circular(officer, reference, "coordination", "pp-20")
    member.go("members/")
    member.look("pp-21-asked")
    member.send(member.page.locator(f"a[href*='/circulars/cases/{reference}/']").first)
    member.says(TITLE, MENDED)
    member.page.fill("#body", QUESTION)
    member.page.check("[name=visibility][value=members]")
    member.look("pp-22-commenting")
    member.send("form[action$='/comments/'] button.btn-primary")
    other.go(f"circulars/cases/{reference}/")
    other.says(QUESTION, "Ingvild Solheim")
    officer.go(f"desk/{reference}/?tab=members")
    officer.page.select_option("[name=kind]", "explained")
    officer.page.fill("[name=answer]", REPLY)
    officer.look("pp-23-answering")
    officer.send("form[action*='/comments/'] button")
    member.go(f"circulars/cases/{reference}/")
    member.look("pp-24-answered")
    member.says(REPLY)


def _send_circular(officer: Visitor, reference: str, part: str, picture: str) -> None:
    """The next circular with this case, and nothing else that waits."""
    officer.go("circulars/new/")
    for box in officer.page.locator("#content input[type=checkbox]").all():
        box.uncheck()
    row = officer.page.locator("tr", has_text=reference)
    row.locator(f"input[name={part}]").check()
    officer.page.fill("#introduction", "Dear members, please find below what we ask you about.")
    officer.look(f"{picture}-composing")
    officer.send("#content form button.btn-primary")
    officer.says(TITLE, "World Bank", "Norwegian Agency")
    officer.look(f"{picture}-preview")
    sending = officer.page.locator("form[action$='/send/']")
    officer.page.locator("details", has=sending).locator("summary").click()
    officer.send(sending.locator("button"))


def _recommend(officer: Visitor, server: Server, reference: str) -> None:
    behind.end_window(server, [reference], "coordination")
    desk.await_state(officer, reference, "Comments to answer")
    desk.step(officer, reference, "close_concurrence", outcome="concurs", note="The finance department, by letter.")
    desk.step(officer, reference, "recommend")


def _be_silent(officer: Visitor, member: Visitor, server: Server, reference: str) -> str:
    """No member objects: the portal approves, and keeps whose silence it was. Citywide work owes an assessment.

    :returns: the day by which the assessment is due, as it is shown.
    """
    _send_circular(officer, reference, "recommended", "pp-30")
    member.go("members/")
    member.send(member.page.locator(f"a[href*='/circulars/cases/{reference}/']").first)
    member.says("Where no member objects by then, the proposal is considered approved.")
    member.look("pp-31-asked-for-objections")
    behind.end_window(server, [reference], "recommended")
    desk.await_state(officer, reference, "Decided, letter to send")
    officer.go(f"desk/{reference}/?tab=history")
    officer.look("pp-32-deemed-approved")
    deemed = officer.page.locator("tr", has_text="Deemed approved: no member objected in time")
    for told in ("The portal itself", "Asked:", "Reached:", "Silent:"):
        expect(deemed).to_contain_text(told)
    expect(deemed.locator("span", has_text="Silent:")).to_contain_text("Norwegian Agency for Development Cooperation")
    officer.go(f"desk/{reference}/?tab=conditions")
    officer.look("pp-33-assessment-due")
    officer.says("Strategic environmental assessment", "The amount of 500,000 is above 250,000.")
    due = datetime.now(UTC) + timedelta(days=300)
    officer.page.fill("#content input[type=date]", due.date().isoformat())
    officer.send(officer.page.get_by_role("button", name="Set the date"))
    return f"{due.day} {due:%B %Y}"


def _send_letter(officer: Visitor, lead: Visitor, reference: str, due: str) -> None:
    """Until the letter is sent nothing tells the applicant what she will owe; then her page and the letter do."""
    lead.go(f"cases/{reference}/")
    assert "Strategic environmental assessment" not in lead.text()
    desk.send_letter(officer, reference, {}, "pp-34")
    assert desk.state(officer, reference) == "Agreement to prepare"
    lead.go(f"cases/{reference}/")
    lead.look("pp-35-told")
    papers = desk.documents(lead, reference)
    letter = next(desk.words_of(pdf) for name, pdf in papers.items() if "Letter" in name)
    assert "USD 500,000" in letter
    assert "Strategic environmental assessment: The amount of 500,000 is above 250,000." in letter
    lead.go(f"cases/{reference}/")
    lead.send(lead.page.get_by_role("link", name="What the approval asks for"))
    lead.says("Strategic environmental assessment", due)
    lead.look("pp-36-owed")

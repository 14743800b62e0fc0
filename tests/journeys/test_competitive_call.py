"""A call of the Catalytic Fund: announced, asked about, answered by six, scored blind, ranked, kept back, told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys import behind, desk, panel
from tests.journeys.behind import PASSWORD, Newcomer
from tests.journeys.filling import Filler
from tests.journeys.serving import Server
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.xdist_group("journeys")]
Person = Callable[..., Visitor]
CALL, ROUND = "catalytic-fund-safe-water", "safe-water-1"
TITLES = {
    "en": "Catalytic Fund: safe water",
    "fr": "Fonds catalytique : une eau sûre",
    "pt": "Fundo Catalítico: água segura",
    "ar": "الصندوق التحفيزي: مياه آمنة",
}
SUMMARIES = {
    "en": "Concept notes of cities that bring safe water and toilets to settlements, with those who live there.",
    "fr": "Notes de villes qui apportent eau sûre et toilettes dans les quartiers, avec ceux qui y vivent.",
    "pt": "Notas de cidades que levam água segura e latrinas aos bairros, com quem lá vive.",
    "ar": "مذكرات من مدن توفّر المياه الآمنة والمراحيض في الأحياء مع سكانها.",
}
REMARK = "The council has decided it."
QUESTION = "May a utility that the city owns count as co-financing of the city?"
ASKED = {
    "en": QUESTION,
    "fr": "Une régie qui appartient à la ville compte-t-elle comme cofinancement de la ville ?",
    "pt": "Uma empresa que pertence à cidade conta como cofinanciamento da cidade?",
    "ar": "هل تُحتسب مساهمة مرفق تملكه المدينة تمويلاً مشتركاً منها؟",
}
ANSWERED = {
    "en": "Yes, when the council's decision names the sum.",
    "fr": "Oui, si la décision du conseil en nomme le montant.",
    "pt": "Sim, se a decisão da assembleia indicar o montante.",
    "ar": "نعم، إذا حدد قرار المجلس المبلغ.",
}
FREETOWN = panel.applicant("freetown-water-points")
SRI_LANKA, BUKHARA, HUBBALLI = map(
    panel.applicant, ("sri-lanka-resilience", "bukhara-mahallas", "hubballi-enumeration")
)
MBABANE = panel.with_idea_of("mbabane-programme", FREETOWN, "Water points for Mbabane")
ADDIS = panel.with_idea_of("addis-strategy", FREETOWN, "Toilets and water points for Addis Ababa")
OKOTH = Newcomer("okoth", "Mwajuma Okoth", "mwajuma.okoth@experts.example")
CONFLICT = "I advised the corporation on its water tariff until last year."
AGREED = "Strong in partnerships; the tariff still needs the council's vote."
MOVED = "Sri Lanka is funded from another call already; the panel wants a city that is new to us."
GROUNDS = "The note is sound; the envelope holds no more than the two that were ranked before it."
DUPLICATE = "The work repeats what is funded already under another grant."
PROPOSAL = panel.of_demo("lilongwe-strategy").answers


def test_a_call_from_its_announcement_to_a_full_proposal(server: Server, person: Person) -> None:
    behind.with_standards(server, "concept_note", "project_proposal")
    admin, lead = person("ca-admin"), person(FREETOWN.person("lead"))
    _announce(admin)
    _ask_and_answer(admin, lead, person(language="fr"))
    first = _write(lead, person(FREETOWN.person("signatory")))
    others = [panel.hand_in(server, CALL, who) for who in (SRI_LANKA, HUBBALLI, BUKHARA)]
    doubted = [panel.hand_in(server, CALL, who) for who in (MBABANE, ADDIS)]
    panel.close_call(server, CALL)
    officer, manager = person("ca-officer"), person("ca-manager")
    _screen(officer, manager, server, [first, *others], doubted, lead)
    sri_lanka, hubballi, bukhara = others
    _evaluate(officer, person, server, {first: 0, sri_lanka: 4, hubballi: 3, bukhara: 2})
    _rank(officer, manager, server, first, others)
    _decide(officer, manager, server, chosen=[first, hubballi], declined=[sri_lanka, bukhara])
    _keep_back(officer, server, lead, person(SRI_LANKA.person("lead")), first, sri_lanka, hubballi)
    _go_on(officer, lead, person(FREETOWN.person("signatory")), first)


def _announce(admin: Visitor) -> None:
    """A language that is not complete is not announced; the draft says what is missing and loses nothing."""
    admin.go("admin/calls/")
    admin.look("cc-01-calls")
    admin.page.select_option("#f-instrument", "concept_note")
    admin.page.fill("#f-code", CALL)
    admin.send("[aria-labelledby=begin] button[type=submit]")
    page = admin.page
    for code, title in TITLES.items():
        page.check(f"#language-{code}")
        page.fill(f"#f-title-{code}", title)
        if code != "ar":
            page.fill(f"#f-summary-{code}", SUMMARIES[code])
    now = datetime.now(UTC)
    page.fill("#f-zone", "Africa/Freetown")  # there it is the time of Greenwich all year
    page.fill("#f-opens_at", f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}")
    page.check("#term-until")
    page.fill("#f-closes_at", f"{now + timedelta(days=30):%Y-%m-%dT%H:%M}")
    page.fill("#f-envelope", "420,000")
    page.fill("#f-amount_limit", "250,000")
    page.select_option("#f-next_instrument", "project_proposal")
    admin.send("button[name=do][value=publish]")
    admin.look("cc-02-incomplete")
    expect(page.locator(".alert-danger a, .error-summary a")).to_have_count(1)
    expect(page.locator("#f-title-fr")).to_have_value(TITLES["fr"])
    page.fill("#f-summary-ar", SUMMARIES["ar"])
    admin.send("button[name=do][value=publish]")
    admin.look("cc-03-announced")
    admin.says("Announced")


def _ask_and_answer(admin: Visitor, lead: Visitor, reader: Visitor) -> None:
    """Who asked is not told; the answer stands there for everybody, in every language."""
    lead.go(f"calls/{CALL}/")
    lead.look("cc-04-call")
    lead.says(TITLES["en"], "420,000", "250,000", "Two stages")
    lead.page.fill("#f-question", QUESTION)
    lead.send("form[action$='/questions/'] button")
    lead.says("1 question of yours waits for an answer.")
    admin.go(f"admin/calls/{CALL}/questions/")
    admin.look("cc-05-questions")
    admin.send(admin.page.locator("#content td a, #content th a").first)
    assert "Kamara" not in admin.text()
    for code in TITLES:
        admin.page.fill(f"#f-question-{code}", ASKED[code])
        admin.page.fill(f"#f-answer-{code}", ANSWERED[code])
    admin.look("cc-06-answering")
    admin.send("form[action$='/questions/1/'] button")
    reader.go(f"calls/{CALL}/")
    reader.look("cc-07-answered")
    reader.says(TITLES["fr"], SUMMARIES["fr"], ASKED["fr"], ANSWERED["fr"])


def _write(lead: Visitor, mayor: Visitor) -> str:
    lead.go(f"calls/{CALL}/")
    lead.send("form[action$='/start/'] button")
    found = re.search(r"CA-\d{4}-\d{4}", lead.page.url)
    assert found
    filler = Filler(lead, FREETOWN.papers)
    for piece, values in FREETOWN.answers.items():
        lead.go(f"cases/{found[0]}/edit/{piece}/")
        filler.section(values)
        if piece in ("idea", "budget"):
            lead.look(f"cc-08-{piece}")
        filler.save()
    lead.go(f"cases/{found[0]}/check/")
    expect(lead.page.locator(".error-summary")).to_have_count(0)
    _sign_and_submit(lead, mayor, found[0])
    return found[0]


def _sign_and_submit(lead: Visitor, mayor: Visitor, reference: str) -> None:
    mayor.go(f"cases/{reference}/check/")
    mayor.page.fill("#sign-typed_name", "Fatmata Bangura")
    mayor.page.check("#sign-confirm")
    mayor.send("form[action$='/moves/sign/'] button")
    lead.go(f"cases/{reference}/check/")
    lead.send("form[action$='/moves/submit/'] button")


def _screen(
    officer: Visitor, manager: Visitor, server: Server, eligible: list[str], doubted: list[str], lead: Visitor
) -> None:
    """The call is closed; what is not eligible is found so by an officer, and by a manager for all at once."""
    lead.go(f"calls/{CALL}/")
    lead.says("This call is closed.")
    expect(lead.page.locator("form[action$='/start/']")).to_have_count(0)
    desk.step(officer, eligible[0], "find_complete")
    panel.move(server, eligible[1:], "find_complete", "ca-officer")
    desk.step(officer, doubted[0], "doubt_eligibility", reason_code="duplicate", grounds=DUPLICATE)
    panel.move(server, doubted[1:], "doubt_eligibility", "ca-officer", reason_code="duplicate", grounds=DUPLICATE)
    manager.go(f"desk/{doubted[0]}/")
    manager.send(manager.page.locator(f"a[href*='/desk/calls/{CALL}/decide/']").first)
    manager.says("Mbabane, Eswatini")
    _together(manager, doubted, "confirm_not_eligible", "", "cc-09")
    assert desk.state(officer, doubted[1]) == "Decided, letter to send"


def _together(manager: Visitor, references: Sequence[str], outcome: str, grounds: str, picture: str) -> None:
    """Decide several cases on the page that is open, as the cases of one call."""
    for reference in references:
        manager.page.locator("tr", has_text=reference).locator("[name=case]").check()
    manager.page.check(f"#outcome-{outcome}")
    if grounds:
        manager.page.fill("#grounds", grounds)
    manager.look(f"{picture}-together")
    manager.send("#content form button.btn-primary")
    expect(manager.page.locator("body")).to_contain_text(f"{len(references)} cases decided.")


def _evaluate(officer: Visitor, person: Person, server: Server, marks: dict[str, int]) -> None:
    """The members are asked, and beside them the experts, who see no names; one is bound and says so."""
    first, _, hubballi, _ = marks
    _circulate(officer, list(marks), "coordination", "cc-10")
    officer.go("admin/evaluation/")
    _invite(officer)
    desk.add_round(officer, ROUND, "Safe water", TITLES["en"], needed=2, blind=True)
    _ask(officer, first, OKOTH.name, "Tendai Mutasa")
    _ask(officer, hubballi, "Lakshmi Rao")
    okoth, mutasa = _accept(person(), server), person("ev-mutasa")
    _is_bound(person("ev-rao"))
    officer.go(f"admin/evaluation/{ROUND}/{hubballi}/")
    officer.says(CONFLICT)
    officer.go(f"admin/evaluation/{ROUND}/")
    officer.send("form[action$='/assign/'] button")
    officer.look("cc-13-round")
    expect(officer.page.locator("[aria-labelledby=cases] tbody tr")).to_have_count(len(marks))
    _begin_to_judge(okoth)
    _lose_the_line(okoth)
    _judge(okoth, 5, "cc-14")
    _begin_to_judge(mutasa)
    _judge(mutasa, 3, "cc-15")
    panel.judge_the_rest(server, ROUND, marks)
    _agree(officer, okoth, mutasa, first)


def _is_bound(expert: Visitor) -> None:
    """The portal has noticed a tie; she says that it is one, and the application stays closed to her."""
    _open_evaluation(expert, "India")
    expert.look("cc-12-noticed")
    expert.says("What the portal noticed")
    assert "Hubballi" not in expert.text()
    address = expert.page.url.removeprefix(expert.server.address(""))
    expert.page.check("[name=answer][value=conflict]")
    expert.page.fill("[name=statement]", CONFLICT)
    expert.send("form[action$='/declaration/'] button")
    expert.go(address, 404)


def _circulate(officer: Visitor, references: Sequence[str], part: str, picture: str) -> None:
    """The next circular with these cases, and nothing else that waits."""
    officer.go("circulars/new/")
    for box in officer.page.locator("#content input[type=checkbox]").all():
        box.uncheck()
    for reference in references:
        officer.page.locator("tr", has_text=reference).locator(f"input[name={part}]").check()
    officer.send("#content form button.btn-primary")
    officer.look(f"{picture}-preview")
    sending = officer.page.locator("form[action$='/send/']")
    officer.page.locator("details", has=sending).locator("summary").click()
    officer.send(sending.locator("button"))


def _invite(officer: Visitor) -> None:
    form = officer.page.locator("[aria-labelledby=invite] form")
    form.locator("[name=name]").fill(OKOTH.name)
    form.locator("[name=email]").fill(OKOTH.email)
    form.locator("#expert-concept_note, #expert-su").first.check()
    form.locator("#reads-en").check()
    officer.send(form.locator("button.btn-primary"))
    officer.says(OKOTH.name)


def _accept(expert: Visitor, server: Server) -> Visitor:
    """She follows the link of the mail, chooses a password and is in."""
    expert.go(panel.invitation(server, OKOTH))
    expert.look("cc-11-invited")
    expert.page.fill("#f-password", PASSWORD)
    expert.send("#content form button.btn-primary")
    return expert


def _ask(officer: Visitor, reference: str, *names: str) -> None:
    """Ask these experts about a case."""
    for name in names:
        officer.go(f"admin/evaluation/{ROUND}/{reference}/")
        officer.page.get_by_label(name).check()
        officer.send("button[name=do][value=assign]")


def _open_evaluation(expert: Visitor, country: str) -> None:
    """From her list to the one of this round that comes from a country: more is not told there."""
    expert.go("inbox/evaluations/")
    row = expert.page.locator("#content tbody tr", has_text="Safe water").filter(has_text=country)
    expert.send(row.locator("a"))


def _begin_to_judge(expert: Visitor) -> None:
    """What she reads names nobody and no place."""
    _open_evaluation(expert, "Sierra Leone")
    expert.page.check("[name=answer][value=free]")
    expert.send("form[action$='/declaration/'] button")
    expert.says("[…]", "Hillside")
    told = expert.text()
    for name in ("Freetown", "Kamara", "Bangura", FREETOWN.title):
        assert name not in told, name


def _lose_the_line(expert: Visitor) -> None:
    """What she types is kept without a button, without a line, and when the window is closed meanwhile."""
    here = expert.page.url
    told, form = "[data-autosave-status]", "form[data-autosave]"
    expert.page.locator(f"{form} input[name=objective]").fill("4")
    expert.page.locator(f"{form} [name=objective_comment]").fill("The committees keep the points themselves.")
    expect(expert.page.locator(told)).to_have_attribute("data-state", "saved")
    expert.look("cc-13-typing")
    with expert.forgiving("ERR_INTERNET_DISCONNECTED"):
        expert.context.set_offline(True)
        expert.page.locator(f"{form} [name=commitment_comment]").fill(REMARK)
        expect(expert.page.locator(told)).to_have_attribute("data-state", "kept")
        # a device that is switched off says no farewell
        expert.page.evaluate("() => { navigator.sendBeacon = () => false; window.fetch = () => Promise.reject(); }")
        expert.page.close()
    expert.context.set_offline(False)
    expert.open_window()
    expert.page.goto(here)
    expect(expert.page.locator(told)).to_have_attribute("data-state", "saved")
    expert.page.reload()
    expect(expert.page.locator(f"{form} input[name=objective]")).to_have_value("4")
    expect(expert.page.locator(f"{form} [name=commitment_comment]")).to_have_value(REMARK)


def _judge(expert: Visitor, mark: int, picture: str) -> None:
    """Every criterion of the form that is open, and filed."""
    desk.judge(expert, panel.marks(mark), "form[action$='/review/']", picture)
    expert.says("Your evaluation", "100" if mark == 5 else "60")
    held = expert.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('autosave:'))")
    assert held == [], "what is filed does not stay on the device"


def _agree(officer: Visitor, one: Visitor, other: Visitor, reference: str) -> None:
    """Scores that lie far apart: the officer writes down what both agreed on, and both sign."""
    officer.go(f"admin/evaluation/{ROUND}/{reference}/")
    officer.look("cc-16-apart")
    officer.says("spread 40", "The scores lie far apart")
    officer.page.fill("#score", "82")
    officer.page.fill("#summary", AGREED)
    officer.send("button[name=do][value=consensus]")
    one.go("inbox/evaluations/")
    one.look("cc-16-to-sign")
    for expert in (one, other):
        expert.go("inbox/evaluations/")
        expert.send(expert.page.locator("[aria-labelledby=sign] a").first)
        expert.says(AGREED)
        expert.send("form[action$='/signature/'] button")
    officer.go(f"admin/evaluation/{ROUND}/{reference}/")
    officer.look("cc-17-agreed")
    expect(officer.page.locator("[aria-labelledby=consensus] li", has_text="not signed")).to_have_count(0)
    assert "External evaluation is not open" not in officer.text(), "what has ended by itself is not refused"
    officer.go(f"admin/evaluation/{ROUND}/")
    closing = officer.page.locator("form[action$='/close/']")
    expect(closing).to_be_hidden()
    officer.page.locator("details", has=closing).locator("summary").click()
    expect(closing).to_contain_text("Every evaluation that was asked for is filed.")
    officer.look("cc-17-closing")
    officer.send(closing.locator("button"))


def _row(manager: Visitor, reference: str) -> Locator:
    return manager.page.locator("[aria-labelledby=ranking] tbody tr", has_text=reference)


def _rank(officer: Visitor, manager: Visitor, server: Server, first: str, others: list[str]) -> None:
    """By score first; the panel gives one another place and says why, and the budget line moves."""
    cases = [first, *others]
    behind.end_window(server, cases, "coordination")
    desk.await_state(officer, cases[-1], "Comments to answer")
    desk.step(officer, first, "close_concurrence", outcome="concurs", note="The ministry, by letter.")
    panel.move(server, others, "close_concurrence", "ca-officer", outcome="concurs")
    desk.step(officer, first, "rank")
    panel.move(server, others, "rank", "ca-officer")
    manager.go(f"admin/evaluation/{ROUND}/panel/")
    places = manager.page.locator("[aria-labelledby=ranking] tbody tr")
    for number, (reference, score, below) in enumerate(
        ((first, "82", 0), (others[0], "80", 0), (others[1], "60", 1), (others[2], "40", 1))
    ):
        expect(places.nth(number)).to_contain_text(reference)
        expect(places.nth(number).locator("td").nth(1)).to_have_text(score)
        expect(places.nth(number).get_by_text("below the budget line")).to_have_count(below)
    manager.says("398,000")
    choice = manager.page.locator("#case option", has_text=others[1]).get_attribute("value")
    manager.page.select_option("#case", choice)
    manager.page.fill("#place", "2")
    manager.page.fill("#reason", MOVED)
    manager.send("button[name=do][value=move]")
    expect(_row(manager, others[1])).to_contain_text(MOVED)
    expect(_row(manager, others[1]).get_by_text("below the budget line")).to_have_count(0)
    expect(_row(manager, others[0]).get_by_text("below the budget line")).to_have_count(1)
    for reference in (first, others[1]):
        _row(manager, reference).locator("[name=recommended]").check()
    manager.send("button[name=do][value=recommend]")
    manager.look("cc-18-recommended")
    manager.says("Balance of what is recommended", "applications: 2", "320,000", "Africa", "Asia", "56%")
    table = manager.context.request.get(manager.server.address(f"admin/evaluation/{ROUND}/panel.csv")).text()
    assert MOVED in table
    assert table.count(",yes,yes,") == 2


def _decide(officer: Visitor, manager: Visitor, server: Server, chosen: list[str], declined: list[str]) -> None:
    """All decisions are kept back until one day; two fall at once, two by the silence of the members."""
    until = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%dT%H:%M}"
    told = {"until": until, "reason": "All cities of the call are told on the same day."}
    desk.step(manager, chosen[0], "keep_back", **told)
    panel.move(server, [*chosen[1:], *declined], "keep_back", "ca-manager", **told)
    manager.go(f"desk/calls/{CALL}/decide/?state=ranked")
    _together(manager, declined, "decline", GROUNDS, "cc-19")
    assert desk.state(officer, declined[0]) == "Decided, kept back"
    for reference in chosen:
        desk.step(manager, reference, "recommend")
    _circulate(officer, chosen, "recommended", "cc-20")
    behind.end_window(server, chosen, "recommended")
    for reference in chosen:
        desk.await_state(officer, reference, "Decided, kept back")


def _keep_back(
    officer: Visitor, server: Server, lead: Visitor, other: Visitor, first: str, declined: str, by_hand: str
) -> None:
    """Nobody outside learns anything before the day; then letters that were made ready go out by themselves."""
    for reference in (first, declined):
        officer.go(f"desk/{reference}/letter/")
        officer.look(f"cc-21-letter-{'approved' if reference == first else 'declined'}")
        expect(officer.page.locator("form[action*='/moves/schedule_letter/'] button")).to_be_disabled()
        officer.send("form[action$='/letter/seen'] button")
        officer.send("form[action*='/moves/schedule_letter/'] button")
    lead.go(f"cases/{first}/")
    lead.look("cc-22-veiled")
    lead.says("With the members for approval")
    other.go(f"cases/{declined}/")
    other.says("Being compared with the others")
    for visitor in (lead, other):
        told = re.search(r"approved in principle|not approved|declined|decided|letter", visitor.text(), re.IGNORECASE)
        assert told is None, told
    panel.end_embargo(server, [first, declined, by_hand])
    desk.await_state(officer, first, "Approved in principle, full proposal awaited")
    desk.await_state(officer, declined, "Declined")
    desk.await_state(officer, by_hand, "Decided, letter to send")
    desk.send_letter(officer, by_hand, {}, "cc-23")
    other.go(f"cases/{declined}/")
    expect(other.page.get_by_role("link", name="Appeal against the decision")).to_be_visible()
    assert "There is nothing more to do here" not in other.text()
    letters = desk.documents(other, declined)
    assert any(GROUNDS in desk.words_of(pdf) for pdf in letters.values()), list(letters)


def _go_on(officer: Visitor, lead: Visitor, mayor: Visitor, reference: str) -> None:
    """The full proposal begins with what the note said, asks for no more than was approved, and ends the note."""
    lead.go(f"cases/{reference}/")
    lead.look("cc-24-approved")
    lead.says("Your full proposal is due")
    letter = " ".join(map(desk.words_of, desk.documents(lead, reference).values()))
    assert "approved in principle" in letter
    lead.go(f"cases/{reference}/")
    lead.send(lead.page.get_by_role("link", name="Begin the full proposal"))
    lead.look("cc-25-beginning")
    lead.says("At most", "180,000")
    lead.send("form[action$='/full-proposal/'] button")
    found = re.search(r"CA-\d{4}-\d{4}", lead.page.url)
    assert found
    proposal = found[0]
    assert proposal != reference
    lead.look("cc-26-draft")
    _complete(lead, proposal)
    _sign_and_submit(lead, mayor, proposal)
    lead.go(f"cases/{reference}/")
    lead.says("Followed by a full proposal", f"It is followed by {proposal}")
    officer.go(f"desk/{proposal}/")
    officer.look("cc-29-full-proposal")
    officer.says(FREETOWN.title, f"It follows {reference}")
    assert desk.state(officer, proposal) == "Checking"


def _complete(lead: Visitor, proposal: str) -> None:
    """What the note said stands there; the rest is added, and what was too much is refused before it is sent."""
    lead.go(f"cases/{proposal}/edit/place/")
    expect(lead.page.locator("[name=title]")).to_have_value(FREETOWN.title)
    lead.go(f"cases/{proposal}/edit/purpose/")
    expect(lead.page.locator("[name=objectives]")).to_have_value(FREETOWN.answers["idea"]["objectives"])
    lead.look("cc-27-prefilled")
    filler = Filler(lead, FREETOWN.papers)
    for piece, values in _added("80000.00", "200000.00").items():
        lead.go(f"cases/{proposal}/edit/{piece}/")
        filler.section(values)
        filler.save()
    lead.go(f"cases/{proposal}/check/")
    lead.look("cc-28-too-much")
    expect(lead.page.locator(".error-summary li")).to_have_count(1)
    expect(lead.page.locator(".error-summary")).to_contain_text("180,000")
    lead.go(f"cases/{proposal}/edit/budget/")
    filler.section(_added("60000.00", "180000.00")["budget"])
    filler.save()
    lead.go(f"cases/{proposal}/check/")
    expect(lead.page.locator(".error-summary")).to_have_count(0)


def _added(training: str, amount: str) -> dict[str, Mapping[str, Any]]:
    """What a full proposal asks beyond the note. :param training: for the second line of the budget."""
    budget = [("Toilets and water points", "goods", "120000.00"), ("Masons and keepers", "training", training)]
    return {
        "purpose": {"background": FREETOWN.answers["idea"]["problem"]},
        "activities": PROPOSAL["activities"],
        "results": PROPOSAL["results"],
        "environment": {"environment_monitoring": PROPOSAL["environment"]["environment_monitoring"]},
        "budget": {
            "budget": [
                {"component": what, "category": kind, "grant": sum_, "cofin_cash": "20000.00"}
                for what, kind, sum_ in budget
            ],
            "duration": PROPOSAL["budget"]["duration"],
            "amount": amount,
            "cofinancing_note": "The council pays 40,000 from its budget of this year.",
        },
        "execution": PROPOSAL["execution"],
        "attachments": FREETOWN.answers["attachments"],
        "declaration": {"declaration": True},
    }

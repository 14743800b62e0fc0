"""Every page × everybody × two languages: the declared answer, strict HTML, and nothing written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from portal.calls.rules import instruments
from portal.cases.models import Case
from portal.core.actor import CLIENT_ROLES
from portal.core.permissions import HELD_BY
from portal.infra import access, tenancy
from portal.infra.db import db
from tests.factories import STAFF
from tests.integration.pages.town import WRITES, Town, statements

#: name → (tenant of the account, roles held in the first tenant); ``nobody`` has no account
CLIENTS = {f"vilankulo.{role}": frozenset({str(role)}) for role in CLIENT_ROLES}
SECRETARIAT = {
    name: frozenset({str(STAFF[name])})
    for name in ("officer", "manager", "translator", "finance", "administrator", "auditor")
}
HOLDERS: dict[str, frozenset[str]] = {
    **SECRETARIAT,
    **CLIENTS,
    "aleppo.lead": frozenset({"lead"}),
    "gavea": frozenset({"focal_point"}),
}
#: who answers for a member: an address that is not hers is none
FROM_OUTSIDE = ("gavea",)
OUTSIDERS = ("stranger", "other")  # somebody without a role here, and an officer of the other tenant
EVERYBODY = (*HOLDERS, *OUTSIDERS, "nobody")
LANGUAGES = ("en", "ar")

REFUSED, HIDDEN, TO_LOG_IN = 403, 404, 302


@dataclass(frozen=True)
class Recipe:
    """How a page is asked for and who gets what other than 200, once its permission lets her in.

    :param stage: which case stands for ``<reference>``; :param values: the other arguments of its address.
    :param clients: what everybody of the organisation gets; :param staff: likewise the secretariat.
    :param answers: what one person gets, before all else.
    """

    stage: str = "assessing"
    values: Mapping[str, str] = field(default_factory=dict)
    usual: int = 200
    clients: int = 0
    staff: int = 0
    answers: Mapping[str, int] = field(default_factory=dict)
    hidden_from_others: bool = False

    def answer(self, person: str) -> int:
        """The status somebody gets who may enter."""
        if person in self.answers:
            return self.answers[person]
        if self.hidden_from_others and person == "aleppo.lead":
            return HIDDEN
        if person in CLIENTS:
            return self.clients or self.usual
        return (self.staff or self.usual) if person in SECRETARIAT else self.usual


def case_page(stage: str, usual: int = 200, **more: Any) -> Recipe:
    """A page of one case of Vilankulo's: for another organisation there is no such page."""
    return Recipe(stage, usual=usual, hidden_from_others=True, **more)


RECIPES: dict[str, Recipe] = {
    "accounts.choose": Recipe(),
    "accounts.forgot": Recipe(),
    "accounts.login": Recipe(usual=302, answers={"nobody": 200}),
    "accounts.profile": Recipe(),
    "accounts.start": Recipe(),
    "accounts.ticket": Recipe(values={"kind": "reset"}),
    "applications.case": case_page("assessing"),
    "applications.changes": case_page("report_returned", usual=HIDDEN),
    "applications.check": case_page("written"),
    "applications.cities": Recipe(),
    "applications.document": case_page("assessing"),
    "applications.file": case_page("assessing"),
    # A preparatory grant has one stage: the second one's story is told where the two are tested.
    "applications.full_proposal": case_page("assessing", usual=HIDDEN),
    "applications.move": case_page(
        "written", usual=REFUSED, values={"move": "submit"}, answers={"vilankulo.lead": 200}
    ),
    "applications.my_cases": Recipe(),
    "applications.section": case_page("draft", values={"section": "budget"}),
    "applications.submitted": case_page("checking"),
    "calls.call": Recipe(values={"code": "preparatory-grants"}),
    "calls.calls": Recipe(),
    # There is no round in the town: how its pages look and what is read on them is told where evaluations are tested.
    "evaluation.evaluation": Recipe(values={"evaluation_id": "019a0000-0000-7000-8000-000000000000"}, usual=HIDDEN),
    "evaluation.inbox": Recipe(),
    "evaluation.of_case": Recipe(usual=302),
    "evaluation.one_round": Recipe(values={"code": "no-such-round"}, usual=HIDDEN),
    "evaluation.panel": Recipe(values={"code": "no-such-round"}, usual=HIDDEN),
    "evaluation.panel_csv": Recipe(values={"code": "no-such-round"}, usual=HIDDEN),
    "evaluation.profile": Recipe(),
    "evaluation.round_case": Recipe(values={"code": "no-such-round"}, usual=HIDDEN),
    "evaluation.rounds": Recipe(),
    "calls.decisions": Recipe(values={"code": "preparatory-grants"}),
    "calls.edit": Recipe(values={"code": "preparatory-grants"}),
    "calls.manage": Recipe(),
    "calls.question": Recipe(values={"code": "preparatory-grants", "number": "1"}),
    "calls.questions_feed": Recipe(values={"code": "preparatory-grants"}),
    "calls.questions": Recipe(values={"code": "preparatory-grants"}),
    "grants.agreement": case_page("signing"),
    "grants.grant": case_page("payment_entered"),
    "grants.grants": Recipe(),
    "insight.add_standard": Recipe(),
    "insight.breaches": Recipe(),
    "insight.calendar": Recipe(),
    "insight.calendar_change": Recipe(),
    "insight.confirm_standard": Recipe(),
    "insight.performance": Recipe(),
    "insight.performance_csv": Recipe(),
    "insight.performance_feed": Recipe(),
    "insight.performance_json": Recipe(),
    "insight.feed": Recipe(values={"secret": "no-such-secret"}, usual=HIDDEN),
    "insight.feeds": Recipe(),
    "insight.standard": Recipe(values={"instrument": "preparatory_grant", "process": "application", "code": "ACK"}),
    "insight.standard_draft": Recipe(),
    "insight.standard_text": Recipe(),
    "insight.standards": Recipe(),
    "insight.what_if": Recipe(),
    "insight.manual": Recipe(),
    "insight.workflow": Recipe(values={"instrument": "project_proposal", "process": "application"}),
    "insight.workflows": Recipe(),
    "members.answers": Recipe(answers={"gavea": HIDDEN}),
    "members.ask_sponsors": case_page("assessing"),
    "members.case": Recipe(values={"reference": "before_members"}),
    "members.circular": Recipe(),
    "members.circulars": Recipe(),
    "members.compose": Recipe(),
    "members.document": Recipe(values={"reference": "before_members"}),
    "members.file": Recipe(values={"reference": "before_members"}),
    "members.inbox": Recipe(),
    "members.member": Recipe(),
    "members.new_member": Recipe(),
    "members.register": Recipe(),
    "members.sponsorship": Recipe(),
    "organisations.mine": Recipe(),
    # A preparatory grant is no partnership: its story is told where partnerships are tested.
    "partnerships.partnerships": Recipe(),
    "partnerships.partnership": case_page("agreement", usual=HIDDEN),
    "public.accessibility": Recipe(),
    "public.brand": Recipe(),
    "public.change_password": Recipe(usual=302),
    "public.favicon": Recipe(usual=301),
    "public.health": Recipe(usual=503),  # no worker runs beside the tests
    "public.help_page": Recipe(),
    "public.home": Recipe(),
    "public.letter": Recipe(),
    "public.letter_html": Recipe(),
    "public.outbox": Recipe(),
    "public.people": Recipe(),
    "public.policy": Recipe(),
    "public.project": Recipe("under_way"),
    "public.projects": Recipe(),
    "public.robots": Recipe(),
    "public.security": Recipe(usual=HIDDEN),  # nobody is named in the settings
    "public.sitemap_index": Recipe(),
    "public.sitemap_pages": Recipe(),
    "public.sitemap_projects": Recipe(values={"page": "1"}),
    "public.status": Recipe(),
    "reporting.report": case_page("report_reviewing", usual=302),
    "review.assign_case": Recipe("checking"),
    "review.case": Recipe("assessing"),
    "review.conditions": case_page("under_way"),
    "review.decide_call": Recipe(values={"code": "preparatory-grants"}, usual=REFUSED, answers={"manager": 200}),
    "review.desk": Recipe(answers={"translator": 302}),
    "review.document": Recipe("assessing", usual=202),
    "review.evidence": Recipe("under_way", answers={"translator": HIDDEN}),
    "review.file": Recipe("assessing"),
    "review.letter": Recipe("decided", answers={"translator": HIDDEN}),
    "review.own_evidence": case_page("under_way"),
    "review.move": Recipe("checking", usual=REFUSED, values={"move_code": "find_complete"}, answers={"officer": 200}),
    "review.reassign": Recipe(usual=REFUSED, answers={"manager": HIDDEN}),
    "review.team": Recipe(),
    "review.signatory": case_page("signing", usual=REFUSED, answers={"officer": 200, "vilankulo.lead": 200}),
    "translation.inbox": Recipe(),
    "translation.translate": Recipe("translation_begun"),
}


def email(town: Town, person: str) -> str | None:
    """The address with which somebody logs in."""
    if person == "nobody":
        return None
    return town.place.world.email("beta", "officer") if person == "other" else town.place.world.email("alpha", person)


def rules(town: Town) -> list[Rule]:
    """Every address of the application that answers a GET, static files apart."""
    found = [rule for rule in town.place.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return sorted((rule for rule in found if rule.endpoint != "static"), key=lambda rule: rule.endpoint)


def address(town: Town, rule: Rule, recipe: Recipe, stage: str = "") -> str:
    """The address of a page with every argument filled in; an argument nobody knows is an error."""
    stage = stage or recipe.stage
    known = {
        "tenant": "alpha",
        "reference": town.references[stage],
        "document_id": town.documents.get(stage),
        "file_id": town.files.get(stage),
        "condition_id": town.condition,
        "mail_id": town.mail,
        "draft_id": town.standard_draft,
        "token": town.token,
        "number": town.circular,
        "sponsorship_id": town.sponsorship,
        "organisation_id": town.member,
        **recipe.values,
    }
    if known["reference"] == "before_members":
        known |= {
            "reference": town.before_members,
            "document_id": town.documents["before_members"],
            "file_id": town.files["before_members"],
        }
    values = {name: known[name] for name in rule.arguments}
    with town.place.app.test_request_context("/"):
        built = town.place.app.url_map.bind("localhost").build(rule.endpoint, values)
    return str(built)


def expected(town: Town, rule: Rule, recipe: Recipe, person: str) -> int:
    """What the page declares for this person."""
    needs = access.declared(town.place.app, rule.endpoint)
    if needs == access.PUBLIC:
        return recipe.answer(person)
    if person == "nobody":
        return TO_LOG_IN
    if needs == access.SIGNED_IN:
        return recipe.answer(person)
    assert isinstance(needs, tuple)
    entering = {str(role) for permission in needs for role in HELD_BY[permission]}
    if HOLDERS.get(person, frozenset()) & entering:
        return recipe.answer(person)
    return HIDDEN if person in FROM_OUTSIDE or is_none_for(rule, recipe, person, entering) else REFUSED


def is_none_for(rule: Rule, recipe: Recipe, person: str, entering: set[str]) -> bool:
    """Whether an address that somebody may not open is told to be none: what it names is nothing she may know of."""
    if not rule.arguments - {"tenant"}:
        return False
    if "reference" in rule.arguments:
        drafts = recipe.stage in DRAFTS and person in SECRETARIAT
        return drafts or person in (*OUTSIDERS, "aleppo.lead")
    is_client = person in CLIENTS or person == "aleppo.lead"
    return person in OUTSIDERS or (is_client and entering.isdisjoint(map(str, CLIENT_ROLES)))


def fetch(client: FlaskClient, url: str, language: str) -> Any:
    """Ask for a page in a language; the client itself checks the HTML."""
    # A mail is shown as its receiver sees it: in her language, and with its style inside, as mail programs want it.
    if url.endswith("/html"):
        return FlaskClient.open(client, url, buffered=True)
    answer = client.get(f"{url}?lang={language}", buffered=True)
    if answer.mimetype == "text/html" and answer.status_code // 100 != 3:
        assert f'<html lang="{language}"' in answer.text, url
    return answer


def test_every_page_has_a_recipe_and_no_recipe_is_left_over(sqlite_town: Town) -> None:
    endpoints = {rule.endpoint for rule in rules(sqlite_town)}
    assert endpoints == set(RECIPES), f"without or with a stale recipe: {sorted(endpoints ^ set(RECIPES))}"


@pytest.mark.parametrize("person", EVERYBODY)
def test_every_page_answers_everybody_as_declared(town: Town, person: str) -> None:
    client = town.client(email(town, person))
    # The words of a page do not depend on the database: Arabic on one of them is enough.
    languages = LANGUAGES if town.place.kind == "sqlite" else ("en",)
    wrong = []
    with statements(town) as sent:
        for rule in rules(town):
            recipe = RECIPES[rule.endpoint]
            url, right = address(town, rule, recipe), expected(town, rule, recipe, person)
            for language in languages:
                got = fetch(client, url, language).status_code
                if got != right:
                    wrong.append((rule.endpoint, language, got, right))
    assert not wrong, wrong
    assert not [statement for statement in sent if statement.lstrip().upper().startswith(WRITES)], "a GET has written"


#: pages of a case that there are, or are not, according to its stage
CASE_PAGES = (
    "applications.case", "applications.check", "applications.changes", "applications.submitted", "grants.grant",
    "grants.agreement", "reporting.report", "review.case", "review.assign_case", "review.letter",
    "translation.translate", "public.project",
)  # fmt: skip
DESK_TABS = ("answers", "assessment", "conditions", "documents", "messages", "notes", "clocks", "history")
#: the stages in which an approval with conditions stands
APPROVED = frozenset({"decided", "embargoed", "agreement", "signing", "under_way", "payment_entered", "paid", "closed"})
ANSWERS = {200, 302, 403, 404, 409}
DRAFTS = frozenset({"draft", "written", "discarded"})
SEEING = {"vilankulo.lead": "ar", "officer": "ar", "auditor": "en"}


@pytest.mark.parametrize("person", [*SEEING, "translator", "aleppo.lead", "nobody"])
def test_every_stage_of_a_case_has_its_pages(sqlite_town: Town, person: str) -> None:
    """The case itself is there in every stage for whoever may read it; no page of it breaks in any."""
    town, client = sqlite_town, sqlite_town.client(email(sqlite_town, person))
    language = SEEING.get(person, "en")
    by_endpoint = {rule.endpoint: rule for rule in rules(town)}
    with statements(town) as sent:
        for stage in town.references:
            for endpoint in CASE_PAGES:
                got = fetch(
                    client, address(town, by_endpoint[endpoint], RECIPES[endpoint], stage), language
                ).status_code
                assert got in ANSWERS, (stage, endpoint, got)
                if endpoint == "applications.case" and person in CLIENTS:
                    assert got == 200, stage
                if endpoint == "review.case" and person in SEEING and person in SECRETARIAT:
                    # A report is seen by the secretariat from the day it is due, a draft never.
                    assert got == (404 if stage in DRAFTS else 200), stage
                if person in ("aleppo.lead", "nobody") and endpoint != "public.project":
                    assert got != 200, (stage, endpoint)
    assert not [statement for statement in sent if statement.lstrip().upper().startswith(WRITES)], "a GET has written"


def test_every_tab_of_the_desks_case_in_every_stage(sqlite_town: Town) -> None:
    client = sqlite_town.client(email(sqlite_town, "officer"))
    for stage, reference in sqlite_town.references.items():
        for tab in DESK_TABS:
            got = client.get(f"/alpha/desk/{reference}/?tab={tab}").status_code
            no_such = stage in DRAFTS or (tab == "assessment" and stage.startswith("report_"))
            # Only what was approved with conditions has a tab for them.
            no_such = no_such or (tab == "conditions" and stage not in APPROVED)
            assert got == (404 if no_such else 200), (stage, tab)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_section_of_the_form_that_is_open(sqlite_town: Town, language: str) -> None:
    client = sqlite_town.client(email(sqlite_town, "vilankulo.lead"))
    sections = ("who", "sponsors", "place", "purpose", "activities", "results", "budget", "execution", "attachments",
                "declaration")  # fmt: skip
    for stage in ("draft", "written"):
        for section in sections:
            url = f"/alpha/cases/{sqlite_town.references[stage]}/edit/{section}/"
            assert fetch(client, url, language).status_code == 200, section
    returned = sqlite_town.references["returned"]
    assert fetch(client, f"/alpha/cases/{returned}/edit/purpose/", language).status_code == 200
    assert fetch(client, f"/alpha/cases/{returned}/edit/budget/", language).status_code == 409
    due = sqlite_town.references["report_due"]
    for section in ("activities", "results", "funds", "outlook", "attachments", "declaration"):
        assert fetch(client, f"/alpha/cases/{due}/edit/{section}/", language).status_code == 200, section


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_move_that_is_offered_has_its_page(sqlite_town: Town, language: str) -> None:
    """Wherever the workflow knows a move, its page opens or says why not; a page of somebody else's move is refused."""
    town, opened = sqlite_town, 0
    officer, lead = town.client(email(town, "officer")), town.client(email(town, "vilankulo.lead"))
    for stage, reference in town.references.items():
        process = "report-progress" if stage.startswith("report_") else "application"
        workflow = instruments.workflow("preparatory_grant", process, 1)
        with town.place.app.app_context(), tenancy.scope(town.place.world["alpha"].id):
            state = db.session.scalars(select(Case.state).where(Case.reference == reference)).one()
        for move in workflow.moves_from(state):
            made_on_a_page = move.place in ("applicant", "submit", "sign", "withdraw", "discard")
            tries = (
                (officer, f"/alpha/desk/{reference}/moves/{move.code}/", "programme_officer" in move.who),
                (lead, f"/alpha/cases/{reference}/moves/{move.code}/", "lead" in move.who and made_on_a_page),
            )
            for client, url, may in tries:
                answer = fetch(client, url, language)
                assert answer.status_code in ({200, 404, 409} if may else {403, 404, 409}), (stage, move.code)
                opened += answer.status_code == 200
    assert opened > len(town.references), "most stages have a move for one of these two"


def test_every_link_of_a_case_leads_somewhere(sqlite_town: Town) -> None:
    """What the applicant's page of a case links to is there, in every stage."""
    client, dead = sqlite_town.client(email(sqlite_town, "vilankulo.lead"), checking=False), list[str]()
    for reference in sqlite_town.references.values():
        page = client.get(f"/alpha/cases/{reference}/").text
        links = set(re.findall(rf'href="(/alpha/(?:cases|grants|reports)/{reference}[^"#]*)', page))
        dead += [one for one in sorted(links) if client.get(unescape(one), buffered=True).status_code >= 400]
    assert dead == []

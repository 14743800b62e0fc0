"""Whoever may not see a case gets "not found" at every address of it, read from the application's own table of them.

An evaluator who was asked about another case, a member to whom it was not sent, another city, another fund: each asks
for every page, file, document, export and autosave of the case, with the real ids of all that hangs on it. The answer
must be the one for a case that never was. An address with an argument that is not told below makes the tests fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from portal.cases.models import Case, CaseMessage, Document
from portal.grants.models import Payment
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.infra.storage import StoredFile
from tests.integration.pages.test_refusals import FORM, digest
from tests.integration.pages.town import Town

GHOST = "AL-2019-99999"
#: arguments that name a case or what hangs on one
OF_A_CASE = frozenset(
    {
        "reference", "document_id", "file_id", "message_id", "conflict_id", "condition_id", "payment_id", "mail_id",
        "evaluation_id", "comment_id", "sponsorship_id", "addressee_id",
    }
)  # fmt: skip
#: arguments that name nothing of one case, with a value that there is
OTHERWISE: dict[str, Any] = {
    "code": "spring", "section": "purpose", "move": "withdraw", "move_code": "return_sections", "number": 1,
    "instrument": "preparatory_grant", "process": "application", "kind": "reset", "token": "none", "secret": "none",
    "filename": "portal.css", "draft_id": None, "address_id": None, "organisation_id": None, "person_id": None,
    "absence_id": None, "page": 1,
}  # fmt: skip
#: what is written in the cases
WRITTEN = ("A strategy for the city", "The city grows faster than its plans", "planner@city.example", "Is <b>this</b>")
#: stages in which a case is a project that anybody may look up
PUBLISHED = frozenset({"agreement", "signing", "under_way", "payment_entered", "paid", "closed"})
STAGES = ("draft", "assessing", "translation_begun", "embargoed", "decided", "under_way", "payment_entered",
          "report_reviewing", "before_members", "waiting")  # fmt: skip
#: who asks: her address, the tenant of her account, the tenant in whose pages she asks
WHO = {
    "another city's lead": ("aleppo.lead", "alpha", "alpha"),
    "another city's signatory": ("aleppo.signatory", "alpha", "alpha"),
    "a stranger": ("stranger", "alpha", "alpha"),
    "an evaluator": ("one@experts.example", "alpha", "alpha"),
    "a member": ("habita", "alpha", "alpha"),
    "another fund's officer": ("officer", "beta", "alpha"),
    "another fund's manager at home": ("manager", "beta", "beta"),
    "another fund's finance officer at home": ("finance", "beta", "beta"),
    "another fund's city at home": ("douala.lead", "beta", "beta"),
}


def hidden(who: str) -> list[str]:
    """The stages whose case somebody may not see: a member sees what was sent to it."""
    return [stage for stage in STAGES if not (who == "a member" and stage == "before_members")]


def ids(town: Town, stage: str) -> dict[str, Any]:
    """The case of a stage and everything that hangs on one, with real ids."""
    named = {"before_members": town.before_members, "waiting": town.waiting}
    reference = named.get(stage) or town.references[stage]
    with town.place.app.app_context(), tenancy.scope(town.place.world["alpha"].id):
        case = db.session.scalars(select(Case.id).where(Case.reference == reference)).one()

        def first(model: Any, otherwise: UUID | None) -> UUID:
            found: UUID | None = db.session.scalars(
                select(model.id).where(model.case_id == case).order_by(model.id)
            ).first()
            return found or otherwise or uuid4()

        found = {
            "reference": reference,
            "document_id": first(Document, town.documents["before_members"]),
            "file_id": first(StoredFile, town.files["before_members"]),
            "message_id": first(CaseMessage, town.message),
            "mail_id": first(OutboxMail, town.mail),
            "payment_id": db.session.scalars(select(Payment.id)).first(),
            "conflict_id": town.conflict,
            "condition_id": town.condition,
            "evaluation_id": town.evaluation,
            "comment_id": town.comment,
            "sponsorship_id": town.sponsorship,
            "addressee_id": town.addressee,
        }
        db.session.remove()
    assert set(found) == OF_A_CASE
    return found


def rules(town: Town) -> list[Rule]:
    """Every address that names a case or what hangs on one; an argument that nobody told of fails."""
    found = []
    for rule in town.place.app.url_map.iter_rules():
        unknown = rule.arguments - OF_A_CASE - set(OTHERWISE) - {"tenant"}
        assert not unknown, f"{rule.endpoint}: say above whether {sorted(unknown)} belong to a case"
        if rule.arguments & OF_A_CASE:
            found.append(rule)
    return sorted(found, key=lambda rule: rule.endpoint)


def address(town: Town, rule: Rule, tenant: str, values: Mapping[str, Any], method: str) -> str:
    """The address of a rule with these values; what is not of a case has a value that there is."""
    known = {**{name: value or uuid4() for name, value in OTHERWISE.items()}, **values, "tenant": tenant}
    chosen = {name: known[name] for name in rule.arguments}
    return str(town.place.app.url_map.bind("localhost").build(rule.endpoint, chosen, method=method))


def client_and_form(town: Town, who: str) -> tuple[FlaskClient, dict[str, str], str]:
    """Somebody's client, a form that would do, and the tenant in whose pages she asks."""
    name, home, there = WHO[who]
    world = town.place.world
    client = town.client(name if "@" in name else world.email(home, name), checking=False)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account/").text)
    assert token is not None
    return client, {**FORM, "csrf_token": token[1]}, there


def alike(text: str, *names: object) -> str:
    """A page without what differs from one request to the next."""
    for name in names:
        text = text.replace(str(name), "…")
    text = re.sub(r'name="csrf_token" value="[^"]+"', "", text)
    return re.sub(r"\b[0-9a-f]{12}\b", "", text)


def methods(rule: Rule) -> list[str]:
    """What a rule answers, apart from what comes by itself."""
    return sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})


def asked(town: Town, who: str, stages: list[str]) -> Iterator[tuple[str, str, int, str, str]]:
    """Ask for everything: endpoint, address, status, what it says, what is said of a case that never was."""
    client, form, tenant = client_and_form(town, who)
    ghost: dict[str, Any] = {name: uuid4() for name in OF_A_CASE} | {"reference": GHOST}
    known = {stage: ids(town, stage) for stage in stages}
    for rule in rules(town):
        for method in methods(rule):
            data = form if method != "GET" else None
            nothing = address(town, rule, tenant, ghost, method)
            never = client.open(nothing, method=method, data=data, buffered=True)
            what = f"{never.status_code} {alike(never.text, nothing, *ghost.values())}"
            for stage in stages:
                url = address(town, rule, tenant, known[stage], method)
                got = client.open(url, method=method, data=data, buffered=True)
                said = f"{got.status_code} {alike(got.text, url, *known[stage].values())}"
                yield f"{method} {rule.endpoint} {stage}", url, got.status_code, said, what


def faults(town: Town, who: str, stages: list[str]) -> list[tuple[str, object]]:
    """Where somebody is answered otherwise than with "not found", or otherwise than about a case that never was."""
    found: list[tuple[str, object]] = []
    by_name = {rule.endpoint: rule for rule in rules(town)}
    for where, url, status, said, never in asked(town, who, stages):
        _, endpoint, stage = where.split()
        if endpoint == "public.project" and stage in PUBLISHED and url.startswith("/alpha/"):
            continue
        # At home, in her own fund's pages, an address without a reference tells an officer that her role does not do.
        own_role = status == 403 and who.endswith("at home") and "reference" not in by_name[endpoint].arguments
        if status != 404 and not own_role:
            found.append((where, status))
        elif said != never:
            found.append((where, "is told otherwise than where there is nothing"))
        found += [(where, words) for words in WRITTEN if words in said]
    return found


@pytest.mark.parametrize("who", WHO)
def test_not_found_at_every_address_of_a_case(sqlite_town: Town, who: str) -> None:
    before = digest(sqlite_town)
    assert faults(sqlite_town, who, hidden(who)) == []
    assert digest(sqlite_town) == before


@pytest.mark.postgres
@pytest.mark.parametrize("who", WHO)
def test_not_found_on_postgresql_too(postgres_town: Town, who: str) -> None:
    assert faults(postgres_town, who, ["assessing", "waiting"]) == []


def test_the_same_addresses_are_there_for_whom_they_are_meant(sqlite_town: Town) -> None:
    """That nothing is found above is worth something only where something is."""
    town, opened = sqlite_town, set[str]()
    people = ["officer", "manager", "translator", "finance", "administrator", "vilankulo.lead", "vilankulo.signatory"]
    clients = [town.client(town.place.world.email("alpha", name), checking=False) for name in (*people, "habita")]
    clients.append(town.client("two@experts.example", checking=False))
    for stage in (*STAGES, "decided", "signing", "written"):
        values = ids(town, stage) if stage in STAGES else {**ids(town, "draft"), "reference": town.references[stage]}
        for rule in rules(town):
            if "GET" in methods(rule) and rule.endpoint not in opened:
                url = address(town, rule, "alpha", values, "GET")
                got = {client.get(url, buffered=True).status_code for client in clients}
                if got & {200, 202, 302, 403, 409}:
                    opened.add(rule.endpoint)
    closed = {rule.endpoint for rule in rules(town) if "GET" in methods(rule)} - opened
    # Stories of their own: two stages, a report that was returned, a partnership.
    assert closed <= {"applications.full_proposal", "applications.changes", "partnerships.partnership"}

"""Every address that changes something refuses whoever only reads, strangers, and the other tenant; nothing changes."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from portal.calls.rules import instruments
from portal.infra import web
from tests.architecture.test_routes import FREE_POSTS
from tests.integration.pages.town import Town

#: who is refused, and with what: a member who only reads may be told that there is nothing or not now
WHO = {
    # A draft is none for the secretariat.
    "auditor": {403, 404},
    "vilankulo.viewer": {403, 404, 409},
    # What there is and what there is not answer alike to whoever has no part in it.
    "stranger": {403, 404},
    "other": {403, 404},
}
#: whom a complete form would let in if her role were right; so a refusal is one of the role and not of the form
FORM = {
    "organisation": "",
    "language": "pt",
    "role": "lead",
    "email": "new@alpha.example",
    "name": "New Person",
    "body": "words",
    "visibility": "staff",
    "typed_name": "A Mayor",
    "confirm": "yes",
    "password": "x",
    "reason": "words",
    "grounds": "words",
    "conditions": "words",
    "keep": "theirs",
    "amount": "1.00",
    "tranche": "1",
    "bank_reference": "T",
    "paid_on": "2026-03-04",
    "question": "title",
    "rev": "0",
    "do": "save",
    "title": "Taken",
    "monitor": "",
    "days": "5",
    "answer": "words",
    "sections": "purpose",
    "sections-purpose": "words",
    "reason_code": "country",
    "leave": "1",
    "words": "words",
    "person": "",
    "position": "Mayor",
    "outcome": "approve",
}
COUNTED = 'INSERT INTO "attempt"'
STAGES = {
    "applications.autosave": ("draft",),
    "applications.save_section": ("draft",),
    "applications.settle": ("draft",),
    "applications.send_message": ("assessing",),
    "grants.accept_agreement": ("signing",),
    "grants.approve_payment": ("payment_entered",),
    "grants.refuse_payment": ("payment_entered",),
    "grants.enter_payment": ("under_way",),
    "partnerships.accept_agreement": ("signing",),
    "review.assign_case": ("checking",),
    "review.claim_condition": ("under_way",),
    "review.follow_condition": ("under_way",),
    "review.name_signatory": ("signing",),
    "review.letter_seen": ("decided",),
    "review.letter_words": ("decided",),
    "review.save_assessment": ("assessing",),
    "review.write": ("assessing",),
    "translation.save": ("translation_begun",),
}


def addresses(town: Town, endpoint: str) -> Iterator[str]:
    """Every address of an endpoint that is tried; moves: each move in a stage where it could be made."""
    world = town.place.world["alpha"]
    known = {
        "tenant": "alpha", "code": "preparatory-grants", "section": "place", "conflict_id": town.conflict,
        "payment_id": town.payment, "mail_id": town.mail, "organisation_id": world.organisations["vilankulo"],
        "person_id": world.people["vilankulo.contributor"], "draft_id": town.standard_draft,
        "address_id": town.standard_draft, "instrument": "preparatory_grant", "process": "application",
        "absence_id": town.standard_draft,
        "evaluation_id": town.standard_draft,
        "condition_id": town.condition, "message_id": town.message,
        "number": "1",
    }  # fmt: skip
    known |= {
        "number": town.circular, "addressee_id": town.addressee, "comment_id": town.comment,
        "sponsorship_id": town.sponsorship,
    }  # fmt: skip
    if endpoint in ("members.send", "members.discard"):
        known["number"] = town.circular + 1
    if endpoint == "public.revoke":
        known["person_id"] = world.people["officer2"]
    if endpoint.startswith("insight."):
        known["code"] = "DEC"
    stages: tuple[str, ...] = STAGES.get(endpoint, ("assessing",))
    moves: tuple[str, ...] = ("",)
    if endpoint in ("applications.make", "review.move"):
        stages = (
            "written", "checking", "returned", "translation_queried", "deciding", "decided", "under_way",
            "report_due", "report_reviewing",
        )  # fmt: skip
        moves = tuple({code for process in ("application", "report-progress")
                       for code in instruments.workflow("preparatory_grant", process, 1).moves})  # fmt: skip
    rule = next(town.place.app.url_map.iter_rules(endpoint))
    for stage in stages:
        for move in moves:
            values = {**known, "reference": town.references[stage], "move": move, "move_code": move}
            chosen = {name: values[name] for name in rule.arguments}
            yield str(town.place.app.url_map.bind("localhost").build(endpoint, chosen, method="POST"))


def posts(town: Town) -> list[str]:
    """Every endpoint that changes something, one's own account apart."""
    found = {rule.endpoint for rule in town.place.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    return sorted(found - FREE_POSTS)


def logged_in(town: Town, person: str) -> tuple[FlaskClient, str]:
    """A client and the token that its forms carry."""
    world = town.place.world
    email = world.email("beta", "officer") if person == "other" else world.email("alpha", person)
    client = town.client(email, checking=False)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account/").text)
    assert token is not None
    return client, token[1]


def digest(town: Town) -> str:
    """One number for everything the database holds, but for the count of wrong passwords: that is to be kept."""
    with sqlite3.connect(town.place.folder / "portal.sqlite3") as connection:
        lines = [line for line in connection.iterdump() if not line.startswith(COUNTED)]
    connection.close()
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def attempts(town: Town, person: str) -> Iterator[tuple[str, str, int]]:
    """Send everything as somebody: endpoint, address, status; an endpoint that changed something ends with a zero."""
    client, token = logged_in(town, person)
    world, before = town.place.world["alpha"], digest(town)
    for endpoint in posts(town):
        form = {**FORM, "csrf_token": token, "organisation": str(world.organisations["vilankulo"])}
        form["monitor"] = str(world.people["officer2"])
        if endpoint == "public.revoke":
            form["role"] = "programme_officer"
        if endpoint == "insight.new_version":
            form["amount"] = "5"
        for address in addresses(town, endpoint):
            yield endpoint, address, client.post(address, data=form).status_code
        after = digest(town)
        if after != before:
            yield endpoint, "has changed something", 0
        before = after


@pytest.mark.parametrize("person", WHO)
def test_who_only_reads_changes_nothing(sqlite_town: Town, person: str) -> None:
    assert [found for found in attempts(sqlite_town, person) if found[2] not in WHO[person]] == []


@pytest.mark.parametrize("person", ["auditor", "vilankulo.viewer"])
def test_behind_every_door_a_service_refuses_too(
    sqlite_town: Town, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every door of the web layer open: what holds is that the services ask for themselves."""
    monkeypatch.setattr(web, "holds", lambda _actor, _permission: True)
    # A wrong answer in a form may be what is refused first; what matters is that nothing is done.
    refused = {403, 404, 409, 422}
    assert [found for found in attempts(sqlite_town, person) if found[2] not in refused] == []


def test_the_same_forms_work_for_whom_they_are_meant(town: Town) -> None:
    """The refusals above are worth something only if the form was not what was refused."""
    client, token = logged_in(town, "officer")
    written = client.post(f"/alpha/desk/{town.references['checking']}/messages/", data={**FORM, "csrf_token": token})
    assert written.status_code == 303
    lead, token = logged_in(town, "vilankulo.lead")
    asked = lead.post(f"/alpha/cases/{town.references['checking']}/messages/", data={**FORM, "csrf_token": token})
    assert asked.status_code == 303

"""An administrator writes a standard, tries it on past cases and publishes it; others read; tenants stay apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import html5lib
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases.models import Case
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.core.standards import parse_standard
from portal.infra import tenancy, worker
from portal.infra.db import db
from portal.infra.jobs import Job
from portal.insight.queries import standards as queries
from portal.insight.rules.standards_check import problems_of
from portal.insight.rules.standards_known import known_events
from portal.insight.service import standards as service
from portal.insight.service import what_if
from portal.standards.models import Clock, StandardDraft, StandardVersion
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import stories

Clients = Callable[[str | None], FlaskClient]
GRANT = ("preparatory_grant", "application")
HOME = "/alpha/admin/standards/"
CHK = f"{HOME}preparatory_grant/application/CHK/"
DAY = timedelta(days=1)
WORDS = {f"{key}.{code}": f"{key} in {code}" for key in ("name", "promise") for code in ("en", "fr", "pt", "ar")}
PLAIN = WORDS | {
    "side": "secretariat",
    "start": "submitted",
    "stop": "recommended",
    "amount": "20",
    "unit": "business_days",
    "target_percent": "80",
    "per": "case",
    "start_pick": "first",
    "first_day": "after",
}


def fields_of(answer: TestResponse, action: str) -> MultiDict[str, str]:
    """What a browser would send of the form with this address, as it stands."""
    tree = html5lib.HTMLParser(namespaceHTMLElements=False).parse(answer.text)
    form = next(form for form in tree.iter("form") if form.get("action") == action and form.get("method") == "post")
    found: MultiDict[str, str] = MultiDict()
    for element in form.iter():
        name = element.get("name")
        if not name or element.tag == "button":
            continue
        if element.tag == "select":
            picked = [o for o in element.iter("option") if "selected" in o.attrib] or list(element.iter("option"))[:1]
            found.add(name, picked[-1].get("value") or "")
        elif element.tag == "textarea":
            found.add(name, element.text or "")
        elif element.get("type") != "checkbox" or "checked" in element.attrib:
            found.add(name, element.get("value") or "")
    return found


def token_of(client: FlaskClient) -> str:
    return fields_of(client.get(f"{HOME}add/"), f"{HOME}add/")["csrf_token"]


def begin(client: FlaskClient, code: str = "NEW", process: str = "preparatory_grant/application") -> TestResponse:
    return client.post(f"{HOME}add/", data={"csrf_token": token_of(client), "process": process, "code": code})


def test_a_standard_from_the_first_word_to_a_new_case(place: Place, world: World, client_for: Clients) -> None:
    boss = client_for(world.email("alpha", "administrator"))
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        old = stories.submitted(world, now=NOW).id
        db.session.commit()
    address = begin(boss).location
    token = token_of(boss)
    # Nothing said yet: everything is kept, and every gap is named beside its field.
    answer = boss.post(address, data={"csrf_token": token, "do": "save", "amount": "soon", "name.en": "Looked at?"})
    assert answer.location == f"{address}?check=1"
    page = boss.get(answer.location).text
    for told in ("Name, Arabic", "Promise, English", "The clock starts with: ", "Give a whole number from 1 to 5,000."):
        assert told in page, told
    assert 'value="soon"' in page
    assert 'value="Looked at?"' in page
    assert boss.post(f"{address}publish/", data={"csrf_token": token}).status_code == 409
    assert boss.post(f"{address}try/", data={"csrf_token": token, "period": "year"}).location == f"{address}?check=1"
    # All said: it can be tried and published.
    assert boss.post(address, data=PLAIN | {"csrf_token": token, "do": "try"}).location == f"{address}try/"
    assert boss.post(f"{address}try/", data={"csrf_token": token, "period": "never"}).status_code == 422
    assert boss.post(f"{address}try/", data={"csrf_token": token, "period": "twelve_months"}).status_code == 303
    assert "1 case looked at" in boss.get(f"{address}try/").text
    assert "Publish it now" in boss.get(f"{address}publish/").text
    answer = boss.post(f"{address}publish/", data={"csrf_token": token})
    assert answer.location == f"{HOME}preparatory_grant/application/NEW/"
    page = boss.get(answer.location).text
    assert f"by {name_of(place, world, 'administrator')}" in page
    assert "name in en" in boss.get(HOME).text
    assert boss.get(address).status_code == 404, "a published draft is gone"
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        later = datetime.now(NOW.tzinfo) + DAY
        new = stories.submitted(world, organisation="aleppo", now=later)
        codes = set(db.session.scalars(select(Clock.code).where(Clock.case_id == new.id)))
        assert "NEW" in codes
        assert "NEW" not in set(db.session.scalars(select(Clock.code).where(Clock.case_id == old)))


def name_of(place: Place, world: World, who: str) -> str:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        return world.actor("alpha", who).name


def test_a_running_case_keeps_its_version(alpha: World) -> None:
    boss = alpha.actor("alpha", "administrator")
    running = stories.submitted(alpha, now=NOW)
    draft = service.begin_version(*GRANT, "CHK", {"amount": 4}, boss, NOW + DAY)
    row = service.publish(draft, boss, NOW + DAY)
    assert (row.version, row.published_by) == (2, boss.name)
    assert queries.running(*GRANT, "CHK") == {(1, "running"): 1}
    fresh = stories.submitted(alpha, organisation="aleppo", now=NOW + 2 * DAY)
    stories.returned(alpha, running, NOW + 2 * DAY)
    versions = dict(
        db.session.execute(
            select(Clock.case_id, StandardVersion.version)
            .join(StandardVersion, StandardVersion.id == Clock.standard_id)
            .where(Clock.code == "CHK")
        ).all()
    )
    assert versions == {running.id: 1, fresh.id: 2}


def test_history_says_what_changed(world: World, place: Place, client_for: Clients) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        boss = world.actor("alpha", "administrator")
        changes = {"amount": 4, "pauses": [], "stop": ["found_complete"]}
        service.publish(service.begin_version(*GRANT, "CHK", changes, boss, NOW), boss, NOW + DAY)
        db.session.commit()
    page = client_for(world.email("alpha", "auditor")).get(CHK).text
    assert "<del>10 working days</del>" in page
    assert "<ins>4 working days</ins>" in page
    assert "<del>“Found complete and eligible” or “Found not eligible”</del>" in page
    assert "<ins>“Found complete and eligible”</ins>" in page
    assert page.count('class="sheet" aria-labelledby="v') == 2
    assert "New version of this standard" not in page, "an auditor reads"


SHIPPED = [
    (instrument, process, str(row["code"]))
    for instrument in instruments.all_instruments()
    for process in instruments.processes(instrument)
    for row in instruments.standards_data(instrument, process)
]


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_the_form_says_everything_that_shipped_standards_say(place: Place, world: World, client_for: Clients) -> None:
    """A form that is opened and sent as it stands changes nothing."""
    client = client_for(world.email("alpha", "administrator"))
    token = token_of(client)
    for instrument, process, code in SHIPPED:
        home = f"{HOME}{instrument}/{process}/{code}/"
        address = client.post(home, data={"csrf_token": token}).location
        answer = client.post(address, data=fields_of(client.get(address), address))
        assert answer.location == address, (code, client.get(answer.location).text)
        with place.app.app_context(), tenancy.scope(world["alpha"].id):
            draft = queries.draft_of(instrument, process, code)
            assert draft is not None
            row = queries.newest(instrument, process, code)
            assert row is not None
            assert parse_standard(draft.definition) == parse_standard(row.definition), code
        assert "nothing to publish" in client.post(f"{address}publish/", data={"csrf_token": token}).text
    assert len(SHIPPED) > 10


EXACT = {
    "per": "subject", "start_pick": "latest", "first_day": "same", "cut_off": "17:00", "zone": "Europe/Brussels",
    "roll_forward": True, "roll_start": True, "cap": {"amount": 30, "unit": "business_days"},
    "restart": ["sent_back"], "reset": ["undone"], "lose": ["eligibility_doubted"], "void": ["withdrawn"],
    "revive": ["reopened"],
    "pauses": [
        {"from": ["returned", {"kind": "translation_requested", "where": {"language": ["ar"]}}], "to": ["resubmitted"]}
    ],
    "allowances": [
        {"on": ["extended"], "unit": "business_days", "amount_from": "days", "once": True},
        {"on": ["translation_requested"], "unit": "business_days", "by": "language", "amounts": {"ar": 10, "fr": 5},
         "before_start": True, "reason": {"en": "Translation", "fr": "Traduction", "pt": "Tradução", "ar": "ترجمة"}},
        {"on": ["returned"], "unit": "business_days", "amount": 2},
    ],
    "tiers": [{"percent": 50, "amount": 3}, {"percent": 70, "amount": 5}],
    "start_shift": [{"since": "03-01", "until": "03-31", "counts_from": "04-01", "where": {"year": ["next"]}}],
    "warn": [{"share": 50}, {"before": 2, "unit": "calendar_days"}],
    "escalation": [{"role": "programme_manager", "after": 0}, {"role": "administrator", "after": 5}],
    "applies": {"routes": ["threshold"], "programmes": ["cds", "su"], "amount_over": "1000", "amount_up_to": "250000"},
}  # fmt: skip


def test_the_form_says_everything_a_standard_may_say(place: Place, world: World, client_for: Clients) -> None:
    """Conditions on what an event carries come in as text, and the form passes them on."""
    client = client_for(world.email("alpha", "administrator"))
    address = begin(client).location
    token = token_of(client)
    assert client.post(address, data=PLAIN | {"csrf_token": token}).location == address
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        definition = db.session.scalars(select(StandardDraft.definition)).one() | EXACT
    sent = client.post(f"{address}text/", data={"csrf_token": token, "definition": json.dumps(definition)})
    assert sent.location == f"{address}text/", client.get(sent.location).text
    page = client.get(address)
    assert "Translation requested (only if the language is “Arabic”)" in page.text
    assert client.post(address, data=fields_of(page, address)).location == address
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        draft = db.session.scalars(select(StandardDraft)).one()
        assert parse_standard(draft.definition) == parse_standard(definition)
    for shown in ("try/", "publish/"):
        assert client.get(f"{address}{shown}?lang=ar").status_code == 200


def test_rows_are_added_and_taken_away_without_scripts(world: World, client_for: Clients) -> None:
    client = client_for(world.email("alpha", "administrator"))
    address = begin(client).location
    fields = fields_of(client.get(address), address)
    fields["tiers.0.percent"], fields["tiers.0.amount"] = "50", "4"
    fields["do"] = "add:tiers"
    assert client.post(address, data=fields).location == f"{address}?open=tiers#rows-tiers"
    assert "tiers.1.percent" not in fields_of(client.get(address), address)
    fields = fields_of(client.get(f"{address}?open=tiers"), address)
    assert "tiers.1.percent" in fields
    assert fields["tiers.0.amount"] == "4"
    fields["do"] = "remove:tiers.0"
    client.post(address, data=fields)
    assert fields_of(client.get(address), address)["tiers.0.percent"] == ""


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("start", ["eaten"], "The event eaten is not known to the workflow."),
        ("unit", "fortnights", "Choose one of"),
        ("amount", -3, "Give a whole number from 1 to 5,000."),
        ("calendar", "lunar", "There is no calendar lunar."),
        ("zone", "Mars/Olympus", "The time zone Mars/Olympus is not known."),
        ("promise", {"en": "Soon"}, "promise.ar"),
        ("escalation", [{"role": "mayor"}], "There is no role mayor."),
        ("colour", "red", "This setting is not known."),
        ("warn", "soon", "This must be a list."),
    ],
)
@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_what_is_wrong_in_the_text_is_named_by_its_key(
    place: Place, world: World, client_for: Clients, key: str, value: object, told: str
) -> None:
    client = client_for(world.email("alpha", "administrator"))
    token = token_of(client)
    address = client.post(CHK, data={"csrf_token": token}).location
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        definition = db.session.scalars(select(StandardDraft.definition)).one() | {key: value}
    sent = client.post(f"{address}text/", data={"csrf_token": token, "definition": json.dumps(definition)})
    assert sent.location == f"{address}text/?check=1"
    page = client.get(sent.location).text
    assert f">{key}" in page
    assert told in page
    assert client.get(f"{address}?check=1").status_code == 200, "the form opens whatever the text says"
    assert client.get(f"{address}publish/").status_code == 200
    assert client.post(f"{address}publish/", data={"csrf_token": token}).status_code == 409


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"amount": NaN}', '{"name": {"en": "\\u0000"}}', '{"name": "\\ud800"}', '{"code": "OTHER"}',
     "[" * 20_000, '{"name": "' + "x" * 70_000 + '"}', "9" * 5000],
)  # fmt: skip
def test_text_that_cannot_be_kept_is_shown_again(world: World, client_for: Clients, text: str) -> None:
    client = client_for(world.email("alpha", "administrator"))
    token = token_of(client)
    address = client.post(CHK, data={"csrf_token": token}).location
    answer = client.post(f"{address}text/", data={"csrf_token": token, "definition": text})
    assert answer.status_code == 422
    assert fields_of(answer, f"{address}text/")["definition"].strip() == text


# -- what if


def three_cases(world: World) -> list[Case]:
    """Found complete after 2, 6 and 12 working days, all begun on Monday 2 March 2026, a month without holidays."""
    begun = datetime(2026, 3, 2, 15, 0, tzinfo=NOW.tzinfo)
    found = []
    for organisation, day in (("vilankulo", 4), ("vilankulo", 10), ("aleppo", 18)):
        case = stories.submitted(world, organisation=organisation, now=begun)
        found.append(stories.complete(world, case, begun.replace(day=day)))
    return found


def test_what_if_by_hand(alpha: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten working days are kept by the first two; five only by the first. All ended in the first quarter."""
    boss, now = alpha.actor("alpha", "administrator"), datetime(2026, 5, 4, 12, 0, tzinfo=NOW.tzinfo)
    cases = three_cases(alpha)
    draft = service.begin_version(*GRANT, "CHK", {"amount": 5}, boss, now)
    assert what_if.try_out(draft, "quarter", boss, now)
    result = draft.what_if
    assert result is not None
    assert (result["begin"][:10], result["end"][:10]) == ("2026-01-01", "2026-04-01")
    assert result["cases"] == 3
    assert {key: result["draft"][key] for key in ("met", "missed", "open", "median", "ninetieth")} == {
        "met": 1, "missed": 2, "open": 0, "median": 6, "ninetieth": 12,
    }  # fmt: skip
    assert (result["force"]["met"], result["force"]["missed"]) == (2, 1)
    assert result["differing"] == 1
    assert result["listed"] == [
        {"reference": cases[1].reference, "subject": "", "before": "met", "after": "missed"},
    ]
    assert result["per_month"] == 1.0
    # The same by a job, in batches of two, told as it goes.
    at_once = dict(result)
    monkeypatch.setattr(what_if, "AT_ONCE", 0)
    monkeypatch.setattr(what_if, "BATCH", 2)
    assert not what_if.try_out(draft, "quarter", boss, now)
    db.session.commit()
    assert draft.what_if is not None
    job_id = UUID(draft.what_if["job"])
    told: list[int] = []
    what_if.work(draft.id, "quarter", now, job_id, told.append)
    assert told == [66, 99]
    assert draft.what_if == at_once


def test_a_job_tries_many_cases(
    place: Place, world: World, client_for: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_for(world.email("alpha", "administrator"))
    token = token_of(client)
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        three_cases(world)
        db.session.commit()
    monkeypatch.setattr(what_if, "AT_ONCE", 0)
    monkeypatch.setattr(what_if, "BATCH", 2)
    address = client.post(CHK, data={"csrf_token": token, "amount": "5"}).location
    assert address.endswith("/try/")
    data = {"csrf_token": token, "period": "twelve_months"}
    client.post(address, data=data)
    assert "Being reckoned" in client.get(address).text
    client.post(address, data=data)
    assert worker.run_all(place.app, datetime.now(NOW.tzinfo) + timedelta(minutes=1)) >= 2
    page = client.get(address).text
    assert "Cases that would come out differently" in page
    assert "Being reckoned" not in page
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        assert set(db.session.scalars(select(Job.state).where(Job.name == what_if.JOB))) == {"done"}
    # Other words make the figures those of yesterday; nobody is left waiting for a draft that is gone.
    form = address.removesuffix("try/")
    fields = fields_of(client.get(form), form)
    fields["amount"] = "6"
    client.post(form, data=fields)
    assert "The draft has changed since." in client.get(address).text
    client.post(address, data=data)
    client.post(f"{form}discard/", data={"csrf_token": token})
    worker.run_all(place.app, datetime.now(NOW.tzinfo) + timedelta(minutes=2))
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        assert set(db.session.scalars(select(Job.state).where(Job.name == what_if.JOB))) == {"done"}


# -- who may


def test_only_administrators_write(alpha: World) -> None:
    boss = alpha.actor("alpha", "administrator")
    draft = service.begin("preparatory_grant", "application", " new ", boss, NOW)
    assert draft.code == "NEW"
    for name in ("officer", "manager", "auditor", "vilankulo.lead"):
        actor = alpha.actor("alpha", name)
        for act in (
            lambda actor=actor: service.begin(*GRANT, "OTH", actor, NOW),
            lambda actor=actor: service.begin_version(*GRANT, "CHK", {}, actor, NOW),
            lambda actor=actor: service.save(draft, {}, actor, NOW),
            lambda actor=actor: service.publish(draft, actor, NOW),
            lambda actor=actor: service.discard(draft, actor),
            lambda actor=actor: what_if.try_out(draft, "year", actor, NOW),
        ):
            with pytest.raises(NotAllowed):
                act()
    with pytest.raises(NotNow):
        service.publish(draft, boss, NOW)
    for code in ("", "a b", "1X", "CHK", "NEW", "Ä", "X" * 13):
        with pytest.raises(Invalid):
            service.begin(*GRANT, code, boss, NOW)
    with pytest.raises(NotFound):
        service.begin("preparatory_grant", "report-none", "OTH", boss, NOW)
    with pytest.raises(NotFound):
        service.begin_version(*GRANT, "NONE", {}, boss, NOW)


def test_tenants_do_not_see_each_others_drafts(place: Place, world: World, client_for: Clients) -> None:
    alpha, beta = (client_for(world.email(slug, "administrator")) for slug in ("alpha", "beta"))
    address = begin(alpha).location
    assert beta.get(address).status_code == 404, "no administrator here"
    other = address.replace("/alpha/", "/beta/")
    assert beta.get(other).status_code == 404
    token = fields_of(beta.get("/beta/admin/standards/add/"), "/beta/admin/standards/add/")["csrf_token"]
    for path in ("", "text/", "try/", "publish/", "discard/"):
        assert beta.post(f"{other}{path}", data={"csrf_token": token}).status_code == 404, path
    assert "NEW" not in beta.get("/beta/admin/standards/").text
    assert "NEW" in alpha.get(HOME).text
    auditor = client_for(world.email("alpha", "auditor"))
    assert "New standards being written" in auditor.get(HOME).text
    assert auditor.get(address).status_code == 403
    assert client_for(world.email("alpha", "vilankulo.lead")).get(HOME).status_code == 403
    assert alpha.get(f"{HOME}preparatory_grant/none/CHK/").status_code == 404
    assert alpha.get(f"{HOME}preparatory_grant/application/NONE/").status_code == 404


def test_a_wrong_beginning_is_mended_beside_its_field(world: World, client_for: Clients) -> None:
    client = client_for(world.email("alpha", "administrator"))
    assert "Choose one of the processes" in begin(client, process="x").text
    assert "is taken" in begin(client, "chk").text
    answer = begin(client, "<b>")
    assert answer.status_code == 422
    assert "Give a short code" in answer.text
    token = token_of(client)
    for wrong in ({"amount": "ten"}, {"target_percent": "101"}, {"amount": "0"}):
        answer = client.post(CHK, data={"csrf_token": token} | wrong)
        assert answer.location == CHK
        assert "whole number" in client.get(CHK).text


def defined(code: str, **settings: object) -> dict[str, object]:
    """Five working days from the submission to the assessment, with further settings."""
    words = {key: dict.fromkeys(("en", "fr", "pt", "ar"), code) for key in ("name", "promise")}
    plain = {"code": code, "side": "secretariat", "start": ["submitted"], "stop": ["recommended"]}
    return {**words, **plain, "amount": 5, "unit": "business_days", **settings}


def test_a_clock_may_count_from_the_deadline_of_the_call(alpha: World) -> None:
    """The call closes on Tuesday 31 March 2026, 17:00; five working days later is 7 April, whenever one submitted."""
    before = stories.submitted(alpha, now=NOW).id
    call = db.session.get_one(Call, (alpha["alpha"].id, alpha["alpha"].call))
    call.closes_at = datetime(2026, 3, 31, 17, tzinfo=ZoneInfo(call.zone)).astimezone(NOW.tzinfo)
    boss = alpha.actor("alpha", "administrator")
    draft = service.begin(*GRANT, "DEADLINE", boss, NOW)
    service.save(draft, defined("DEADLINE", due_from_event_data="deadline"), boss, NOW)
    service.publish(draft, boss, NOW)
    case = stories.submitted(alpha, organisation="aleppo", now=NOW + DAY)
    clock = db.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.code == "DEADLINE")).one()
    assert clock.due_at is not None
    assert clock.due_at.astimezone(ZoneInfo(call.zone)).date().isoformat() == "2026-04-07"
    assert "DEADLINE" not in set(db.session.scalars(select(Clock.code).where(Clock.case_id == before)))


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"due_from_event_data": "due_on"}, "due_from_event_data"),
        ({"allowances": [{"on": ["extended"], "amount_from": "weeks"}]}, "allowances.0.amount_from"),
    ],
)
def test_what_no_event_carries_is_refused_before_it_stops_a_case(settings: dict[str, object], key: str) -> None:
    found = problems_of(*GRANT, defined("WRONG", **settings), ["en"])
    assert [at for at, _ in found] == [key]


def test_a_clock_may_wait_for_all_conditions() -> None:
    assert {"condition_met", "conditions_settled"} <= set(known_events(*GRANT))

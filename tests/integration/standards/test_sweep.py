"""Time alone: warned once, breached once, lapsed by itself; and the events give every clock again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from portal.cases import cli, queries
from portal.cases.cli import audit, clock_differences
from portal.cases.models import Case, Event
from portal.cases.service import events
from portal.cases.service.sweep import sweep
from portal.infra import tenancy, worker
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.standards import service
from portal.standards.cli import standards
from portal.standards.models import Clock, StandardVersion
from tests.factories import NOW, World
from tests.integration.grants import story
from tests.integration.grants.story import DAY


def kinds(case: Case) -> list[str]:
    return [event.kind for event in queries.events_of(case.id)]


def clock(case: Case, code: str) -> Clock:
    return db.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.code == code)).one()


def checking(world: World, slug: str = "alpha", organisation: str = "vilankulo") -> Case:
    """A submitted case: ACK is due on 5 March, CHK on 17 March 2026."""
    case = story.submitted(world, slug, organisation)
    case.state, case.owner, case.tab = "checking", "secretariat", "checking"
    events.append(case, "acknowledged", world.actor(slug, "officer"), NOW)
    events.refresh_clocks(case, NOW)
    return case


def test_warned_and_breached_once(alpha: World) -> None:
    case = checking(alpha)
    due = clock(case, "CHK").due_at
    assert due is not None
    assert sweep(NOW).cases == 0
    soon = due - 2 * DAY
    first = sweep(soon)
    assert (first.cases, first.warned, first.breached) == (1, 1, 0)
    assert sweep(soon).warned == 0
    late = due + DAY
    assert sweep(late).breached == 1
    assert (sweep(late).breached, sweep(late + DAY).warned) == (0, 0)
    assert kinds(case).count("warned") == 1
    assert kinds(case).count("breached") == 1
    assert {event.audience for event in queries.events_of(case.id) if event.kind in ("warned", "breached")} == {"staff"}
    mails = [(m.template, m.to_address) for m in db.session.scalars(select(OutboxMail))]
    officers = [alpha.email("alpha", name) for name in ("officer", "officer2")]
    managers = [alpha.email("alpha", name) for name in ("manager", "manager2")]
    assert sorted(to for template, to in mails if template == "warning") == sorted(officers)
    assert sorted(to for template, to in mails if template == "breach") == sorted([*officers, *managers])
    assert clock(case, "CHK").due_at == due, "a warning changes no date"


def test_a_broken_promise_stays_broken_while_the_clock_stands_still(alpha: World) -> None:
    """CHK was due on Tuesday 17 March; the applicant is asked on the 19th, too late to mend that, and answers."""
    case = checking(alpha)
    due = clock(case, "CHK").due_at
    assert due is not None
    assert sweep(due + DAY).breached == 1
    asked = due + 2 * DAY
    events.append(case, "returned", alpha.actor("alpha", "officer"), asked)
    events.refresh_clocks(case, asked)
    sweep(asked + DAY)
    paused = clock(case, "CHK")
    assert (paused.state, paused.due_at, paused.breached_at) == ("paused", due, due + DAY)
    assert list(clock_differences(asked + DAY)) == []
    answered = asked + 3 * DAY
    events.append(case, "resubmitted", alpha.actor("alpha", "vilankulo.lead"), answered)
    events.refresh_clocks(case, answered)
    sweep(answered)
    running = clock(case, "CHK")
    assert (running.state, running.due_at, running.breached_at) == ("running", due, due + DAY)
    assert kinds(case).count("breached") == 1


def test_more_time_is_a_new_promise(alpha: World) -> None:
    case = checking(alpha)
    events.append(case, "returned", alpha.actor("alpha", "officer"), NOW)
    case.state = "returned"
    events.refresh_clocks(case, NOW)
    due = clock(case, "FIX").due_at
    assert due is not None
    assert sweep(due - DAY).warned == 1
    told = select(OutboxMail.to_address).where(OutboxMail.template == "warning")
    assert sorted(db.session.scalars(told)) == [
        alpha.email("alpha", "vilankulo.contributor"),
        alpha.email("alpha", "vilankulo.lead"),
    ]
    events.append(case, "extended", alpha.actor("alpha", "officer"), due - DAY, {"days": 5})
    events.refresh_clocks(case, due - DAY)
    later = clock(case, "FIX")
    assert later.due_at is not None
    assert later.due_at > due
    assert later.warned_at is None
    assert sweep(later.due_at - DAY).warned == 1


def test_an_answer_that_never_comes_lapses_the_case(alpha: World) -> None:
    case = checking(alpha)
    events.append(case, "returned", alpha.actor("alpha", "officer"), NOW)
    case.state, case.returned_sections = "returned", {"budget": "Mend it"}
    events.refresh_clocks(case, NOW)
    due = clock(case, "FIX").due_at
    assert due is not None
    assert (sweep(due).lapsed, case.state) == (0, "returned")
    assert sweep(due + DAY / 2).lapsed == 1
    assert case.state == "lapsed"
    assert "lapsed" in kinds(case)
    assert sweep(due + 2 * DAY).cases == 0


def test_each_tenant_is_swept_by_a_job_of_its_own(app: Flask, world: World) -> None:
    for slug, organisation in (("alpha", "vilankulo"), ("beta", "douala")):
        with tenancy.scope(world[slug].id):
            checking(world, slug, organisation)
            db.session.commit()
    late = datetime(2026, 4, 1, 12, tzinfo=UTC)
    db.session.remove()
    worker.run_all(app, late)
    from portal.cases.jobs import look
    from portal.infra.jobs import Run

    look(Run(world["alpha"].call, "clocks.look", {}, None, 1, False, late, DAY, lambda: late))
    db.session.commit()
    worker.run_all(app, late)
    for slug in ("alpha", "beta"):
        with tenancy.scope(world[slug].id):
            found = db.session.scalars(select(Event.kind).where(Event.kind == "breached")).all()
            assert found == ["breached"], slug


def test_one_case_that_cannot_be_reckoned_does_not_stop_the_others(alpha: World) -> None:
    good, bad = checking(alpha), checking(alpha, "alpha", "aleppo")
    bad.workflow_version = 1
    db.session.flush()
    checks = select(StandardVersion).where(StandardVersion.code == "CHK")
    version = db.session.scalars(checks.where(StandardVersion.instrument == "preparatory_grant")).one()
    late = clock(good, "CHK").due_at
    assert late is not None
    broken = StandardVersion(
        instrument="preparatory_grant",
        process="application",
        code="CHK",
        version=2,
        definition={**version.definition, "amount": -1},
        published_at=NOW,
    )
    db.session.add(broken)
    db.session.flush()
    clock(bad, "CHK").standard_id = broken.id
    db.session.flush()
    swept = sweep(late + DAY)
    assert (swept.cases, swept.failed, swept.breached) == (2, 1, 1)
    assert "breached" in kinds(good)
    assert "breached" not in kinds(bad)


def test_rebuild_finds_no_difference_until_something_is_changed(alpha: World) -> None:
    case = story.accepted(alpha)
    story.settle_report(alpha, case, NOW + 60 * DAY, ("1", "2", "3"))
    checking(alpha, "alpha", "aleppo")
    db.session.flush()
    assert list(clock_differences(NOW + 61 * DAY)) == []
    assert list(clock_differences(NOW + 900 * DAY)) == [], "time that was not swept yet is no difference"
    row = db.session.scalars(select(Clock).where(Clock.code == "PAY").order_by(Clock.subject)).first()
    assert row is not None
    assert row.due_at is not None
    row.due_at = row.due_at + DAY
    db.session.flush()
    found = list(clock_differences(NOW + 61 * DAY))
    assert len(found) == 1
    assert "PAY tranche-1: due_at" in found[0]


@pytest.fixture
def command(app: Flask, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """The commands, on this database."""
    monkeypatch.setattr("portal.cases.cli.application", lambda: app)
    monkeypatch.setattr("portal.standards.cli.application", lambda: app)
    return CliRunner()


def test_commands_check_and_rebuild(app: Flask, world: World, command: CliRunner) -> None:
    with tenancy.scope(world["alpha"].id):
        case = checking(world)
        db.session.commit()
        case_id = case.id
    assert command.invoke(standards, ["rebuild", "--check"]).exit_code == 0
    with tenancy.scope(world["alpha"].id):
        row = db.session.scalars(select(Clock).where(Clock.case_id == case_id, Clock.code == "CHK")).one()
        row.state = "paused"
        db.session.commit()
    refused = command.invoke(standards, ["rebuild", "--check"])
    assert refused.exit_code == 1
    assert "CHK: state is paused, should be running" in refused.output
    assert command.invoke(standards, ["rebuild"]).exit_code == 0
    assert command.invoke(standards, ["rebuild", "--check"]).exit_code == 0
    assert command.invoke(standards, ["rebuild", "--tenant", "nobody"]).exit_code == 2


def test_commands_list_schema_simulate(app: Flask, world: World, command: CliRunner, tmp_path: object) -> None:
    listed = command.invoke(standards, ["list", "--tenant", "beta"])
    assert listed.exit_code == 0
    assert "CHK v1" in listed.output
    assert "alpha" not in listed.output
    assert '"$defs"' in command.invoke(standards, ["schema"]).output
    assert command.invoke(standards, ["simulate", "-"], input="{}").exit_code == 1
    assert "not JSON" in command.invoke(standards, ["simulate", "-"], input="{").output


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"at": 1' + "0" * 5000 + "}"])
def test_simulate_refuses_what_is_not_json_in_a_line(text: str) -> None:
    told = CliRunner().invoke(standards, ["simulate", "-"], input=text)
    assert told.exit_code == 1
    assert told.output.startswith("Error: This is not JSON")


def test_audit_verify_notices_an_edited_event(app: Flask, world: World, command: CliRunner) -> None:
    with tenancy.scope(world["alpha"].id):
        checking(world)
        db.session.commit()
    sound = command.invoke(audit, ["verify"])
    assert sound.exit_code == 0, sound.output
    assert "0 breaks" in sound.output
    with tenancy.scope(world["alpha"].id):
        case = db.session.scalars(select(Case)).one()
        case.last_hash = "0" * 64
        db.session.commit()
    broken = command.invoke(audit, ["verify", "--tenant", "alpha"])
    assert broken.exit_code == 1
    assert "the last events are missing" in broken.output
    assert cli.BATCH > 0


def test_seeds_are_published_once_with_the_tenants_own_figures(alpha: World) -> None:
    before = db.session.query(StandardVersion).count()
    service.publish_seeds("preparatory_grant", NOW)
    assert db.session.query(StandardVersion).count() == before
    rows = service.publish_seeds("preparatory_grant", NOW, {"CHK": {"amount": 8}})
    assert db.session.query(StandardVersion).count() == before + 1
    chosen = next(row for row in rows if row.code == "CHK")
    assert (chosen.version, chosen.definition["amount"]) == (2, 8)
    assert {(row.process, row.code) for row in rows} >= {("application", "ACK"), ("report-progress", "REP")}
    with pytest.raises(ValueError, match="NOPE"):
        service.publish_seeds("preparatory_grant", NOW, {"NOPE": {}})

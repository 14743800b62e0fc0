"""The fences between tenants, each tried by somebody who wants to get over it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import exists, func, select, text, union_all, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import aliased

from portal.accounts.models import Person
from portal.cases.models import Case, Event
from portal.infra import fences, tenancy
from portal.infra.db import Base, TenantOwned, db
from portal.infra.tenancy import CrossesTenants, NoTenantScope
from portal.organisations.models import Organisation
from portal.standards.models import StandardVersion
from tests.factories import NOW, World
from tests.integration.cases.stories import start_draft


def names(statement: object) -> set[str]:
    """What a statement on organisations finds."""
    return set(db.session.scalars(statement))  # type: ignore[call-overload]


def test_each_scope_sees_its_own_rows_only(app: Flask, world: World) -> None:
    seen = {}
    for slug in ("alpha", "beta"):
        with tenancy.scope(world[slug].id):
            seen[slug] = names(select(Organisation.name))
    assert len(seen["alpha"]) == len(seen["beta"]) == 3
    assert seen["alpha"].isdisjoint(seen["beta"])


@pytest.mark.parametrize("build", [
    lambda: select(Organisation),
    lambda: select(func.count()).select_from(Organisation),
    lambda: select(Organisation.name),
    lambda: select(aliased(Organisation)),
    lambda: select(exists(select(Organisation.id))),
    lambda: union_all(select(Organisation.name), select(Organisation.name)),
    lambda: select(Organisation.__table__.c.name),
    lambda: select(Person).where(Person.id.in_(select(Case.monitor_id))),
    lambda: update(Organisation).values(name="x"),
])  # fmt: skip
def test_a_statement_outside_any_scope_is_refused(app: Flask, build: object) -> None:
    with pytest.raises((NoTenantScope, CrossesTenants)):
        db.session.execute(build())  # type: ignore[operator]


@pytest.mark.parametrize("build", [
    lambda: select(Organisation.__table__.c.name),
    lambda: text("SELECT name FROM organisation"),
    lambda: Organisation.__table__.update().values(name="x"),
    lambda: union_all(select(Organisation.name), select(Organisation.name)),
])  # fmt: skip
def test_a_statement_that_cannot_be_fenced_is_refused_inside_a_scope_too(alpha: World, build: object) -> None:
    with pytest.raises(CrossesTenants):
        db.session.execute(build())  # type: ignore[operator]


def test_aliases_and_subqueries_are_fenced(alpha: World) -> None:
    other = aliased(Organisation)
    ours = names(select(Organisation.name))
    assert names(select(other.name)) == ours
    assert names(select(Organisation.name).where(Organisation.id.in_(select(other.id)))) == ours
    assert db.session.scalar(select(func.count()).select_from(other)) == 3
    assert db.session.scalar(select(exists(select(other.id).where(other.name.like("%Namibia%"))))) is False


def test_getting_by_key_does_not_reach_over(alpha: World) -> None:
    beta = alpha["beta"]
    assert db.session.get(Organisation, (beta.id, beta.organisations["douala"])) is None


def test_one_scope_at_a_time(alpha: World) -> None:
    with pytest.raises(CrossesTenants), tenancy.scope(alpha["beta"].id):
        pass


def test_a_row_of_another_tenant_is_not_stored(alpha: World) -> None:
    stranger = Organisation(
        tenant_id=alpha["beta"].id, name="x", kind="city", country="MZ", language="en", created_at=NOW
    )
    db.session.add(stranger)
    with pytest.raises(CrossesTenants):
        db.session.flush()


def test_a_reference_cannot_leave_the_tenant(alpha: World) -> None:
    case = start_draft(alpha, "alpha", "vilankulo")
    case.organisation_id = alpha["beta"].organisations["douala"]
    with pytest.raises(DatabaseError):
        db.session.flush()
    db.session.rollback()


def test_bulk_rows_of_another_tenant_are_refused(alpha: World) -> None:
    with pytest.raises(CrossesTenants):
        tenancy.insert_rows(Organisation, [{"tenant_id": alpha["beta"].id, "name": "x"}])


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_row_level_security_stops_a_query_when_the_guard_is_switched_off(app: Flask, world: World) -> None:
    why = {"tenancy": "the guard is switched off on purpose"}
    count = text("SELECT count(*) FROM organisation")
    assert db.session.execute(count, execution_options=why).scalar_one() == 0
    with tenancy.scope(world["alpha"].id):
        assert db.session.execute(count, execution_options=why).scalar_one() == 3
        foreign = text("SELECT count(*) FROM organisation WHERE tenant_id = :other")
        found = db.session.execute(foreign, {"other": world["beta"].id}, execution_options=why)
        assert found.scalar_one() == 0
        with pytest.raises(DatabaseError, match="row-level security"):
            db.session.execute(
                text("UPDATE organisation SET tenant_id = :other"), {"other": world["beta"].id}, execution_options=why
            )
        db.session.rollback()


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_every_table_of_a_tenant_has_its_policy(app: Flask, world: World) -> None:
    rows = db.session.execute(
        text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"),
        execution_options={"tenancy": "the catalogue is nobody's"},
    )
    there = fences.tables_in(db.session.connection())
    assert {row[0] for row in rows} == {table for table in tenancy.owned_tables() if table in there}
    assert not fences.can_bypass(db.session.connection())


def test_every_key_of_a_tenants_table_begins_with_the_tenant() -> None:
    for mapper in Base.registry.mappers:
        if not issubclass(mapper.class_, TenantOwned):
            continue
        table = mapper.local_table
        keys = [list(table.primary_key.columns)]  # type: ignore[attr-defined]
        keys += [list(index.columns) for index in table.indexes]  # type: ignore[attr-defined]
        keys += [list(c.columns) for c in table.constraints if type(c).__name__ == "UniqueConstraint"]  # type: ignore[attr-defined]
        for key in keys:
            assert key[0].name == "tenant_id", f"{table}: {[c.name for c in key]}"


@pytest.mark.parametrize("change", ["UPDATE event SET kind = 'nothing'", "DELETE FROM event"])
def test_events_are_written_for_good(alpha: World, change: str) -> None:
    start_draft(alpha, "alpha", "vilankulo")
    with pytest.raises(DatabaseError, match=r"written for good|permission denied"):
        db.session.execute(text(change), execution_options={"tenancy": "trying to change the past"})
    db.session.rollback()
    assert db.session.scalars(select(StandardVersion.code)).first()
    assert db.session.scalars(select(Event.kind)).first() is None

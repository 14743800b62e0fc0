"""Who holds what: somewhere in a tenant, or in one organisation; and who acts as whom."""

from __future__ import annotations

from uuid import UUID

import pytest

from portal.core.actor import SYSTEM, Actor, OrgRole, Role
from portal.core.permissions import HELD_BY, Permission, holds, holds_in

ONE, TWO = UUID(int=1), UUID(int=2)


def staff(*roles: Role) -> Actor:
    """Somebody of the secretariat."""
    return Actor(UUID(int=9), "Rui", "en", 1, frozenset(roles))


def client(**organisations: OrgRole) -> Actor:
    """Somebody of one or two organisations."""
    ids = {"one": ONE, "two": TWO}
    return Actor(UUID(int=8), "Ana", "pt", 1, frozenset(), {ids[k]: frozenset({v}) for k, v in organisations.items()})


def test_every_permission_has_holders() -> None:
    assert set(HELD_BY) == set(Permission)
    assert all(HELD_BY.values())


@pytest.mark.parametrize("permission", list(Permission))
def test_each_holder_holds_it_and_nobody_else(permission: Permission) -> None:
    for role in Role:
        assert holds(staff(role), permission) == (role in HELD_BY[permission])
    for role_there in OrgRole:
        assert holds(client(one=role_there), permission) == (role_there in HELD_BY[permission])
    assert not holds(Actor(None, "", "en", 1), permission)
    assert not holds(Actor.system(1), permission), "the system moves by its workflow, it enters no page"


def test_a_permission_of_an_organisation_is_asked_of_that_organisation() -> None:
    ana = client(one=OrgRole.LEAD, two=OrgRole.VIEWER)
    assert holds(ana, Permission.CASE_EDIT)
    assert holds_in(ana, Permission.CASE_EDIT, ONE)
    assert not holds_in(ana, Permission.CASE_EDIT, TWO)
    assert not holds_in(ana, Permission.CASE_EDIT, UUID(int=3))
    assert not holds_in(staff(Role.PROGRAMME_OFFICER), Permission.CASE_MESSAGE, ONE), (
        "a role of the secretariat is none"
    )


def test_four_eyes_can_be_kept() -> None:
    """Who records may not be the only one who approves; who manages people decides no case."""
    assert HELD_BY[Permission.PAYMENT_APPROVE] > HELD_BY[Permission.PAYMENT_RECORD]
    administrator = {p for p, roles in HELD_BY.items() if Role.ADMINISTRATOR in roles}
    assert not administrator & {Permission.CASE_ASSESS, Permission.PAYMENT_APPROVE, Permission.PAYMENT_RECORD}


def test_readers_hold_nothing_that_writes() -> None:
    reading = {
        Permission.DESK_READ,
        Permission.TRANSLATION_READ,
        Permission.GRANT_READ,
        Permission.MAIL_READ,
        Permission.PEOPLE_READ,
        Permission.STANDARDS_READ,
        Permission.CASE_READ_OWN,
        Permission.ORGANISATION_READ,
        Permission.PARTNERSHIP_READ,
        Permission.WORKFLOW_READ,
        Permission.EVALUATION_READ,
        Permission.CIRCULAR_READ,
    }
    for reader in (Role.AUDITOR, OrgRole.VIEWER):
        assert {permission for permission, roles in HELD_BY.items() if reader in roles} <= reading


def test_who_comes_from_outside_holds_only_her_own_part() -> None:
    """An evaluator and a member's focal point are no staff: neither enters the desk, a grant or a client's pages."""
    own: dict[Role | OrgRole, set[Permission]] = {
        Role.EVALUATOR: {Permission.EVALUATION_WRITE},
        OrgRole.FOCAL_POINT: {Permission.CIRCULAR_READ, Permission.MEMBER_ANSWER, Permission.SPONSOR_ANSWER},
    }
    for outside, held in own.items():
        assert {permission for permission, roles in HELD_BY.items() if outside in roles} == held
    assert not staff(Role.EVALUATOR).is_staff
    assert staff(Role.EVALUATOR).is_outsider
    assert client(one=OrgRole.FOCAL_POINT).is_outsider
    assert not client(one=OrgRole.FOCAL_POINT, two=OrgRole.VIEWER).is_outsider
    assert not staff(Role.EVALUATOR, Role.AUDITOR).is_outsider
    assert not Actor(None, "", "en", 1).is_outsider, "a stranger is told that she may not, as everywhere"
    assert staff(Role.EVALUATOR, Role.AUDITOR).is_staff


def test_as_whom_somebody_moves_a_case() -> None:
    both = Actor(UUID(int=7), "Eva", "en", 1, frozenset({Role.TRANSLATOR}), {ONE: frozenset({OrgRole.SIGNATORY})})
    assert both.acts_as(ONE) == {"translator", "signatory"}
    assert both.acts_as(TWO) == {"translator"}
    assert both.acts_as(None) == {"translator"}
    assert Actor.system(1).acts_as(ONE) == {SYSTEM}
    assert both.is_staff
    assert both.has(Role.AUDITOR, Role.TRANSLATOR)
    assert not both.has(Role.AUDITOR)
    assert both.in_organisation(ONE)
    assert both.in_organisation(ONE, OrgRole.SIGNATORY)
    assert not both.in_organisation(ONE, OrgRole.LEAD)
    assert not both.in_organisation(TWO)

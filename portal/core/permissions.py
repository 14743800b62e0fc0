"""Who may enter which page: one list of permissions and one table of the roles that hold each.

A page declares its permission (``infra.access``); what an actor may do to *this* case is asked of the workflow and of
the features' rules. Reading the table below is reading the policy.
"""

from __future__ import annotations

from enum import StrEnum

from portal.core.actor import CLIENT_ROLES, STAFF_ROLES, Actor, OrgRole, Role


class Permission(StrEnum):
    """What a page or an action needs, as ``resource:action``."""

    CASE_START = "case:start"
    CASE_READ_OWN = "case:read_own"
    CASE_EDIT = "case:edit"
    CASE_MESSAGE = "case:message"
    ORGANISATION_READ = "organisation:read"
    ORGANISATION_MANAGE = "organisation:manage"
    DESK_READ = "desk:read"
    DESK_WORK = "desk:work"
    CASE_NOTE = "case:note"
    CASE_ASSIGN = "case:assign"
    CASE_ASSESS = "case:assess"
    TRANSLATION_READ = "translation:read"
    TRANSLATION_WRITE = "translation:write"
    GRANT_READ = "grant:read"
    GRANT_ACCEPT = "grant:accept"
    PARTNERSHIP_READ = "partnership:read"
    PARTNERSHIP_ACCEPT = "partnership:accept"
    PAYMENT_RECORD = "payment:record"
    PAYMENT_APPROVE = "payment:approve"
    MAIL_READ = "mail:read"
    MAIL_RESEND = "mail:resend"
    PEOPLE_READ = "people:read"
    PEOPLE_MANAGE = "people:manage"
    STANDARDS_READ = "standards:read"
    BREACH_EXPLAIN = "breach:explain"
    WORKFLOW_READ = "workflow:read"
    STANDARDS_MANAGE = "standards:manage"
    ABSENCE_RECORD = "absence:record"
    CASE_REASSIGN = "case:reassign"
    EVALUATION_WRITE = "evaluation:write"
    EVALUATION_READ = "evaluation:read"
    EVALUATION_MANAGE = "evaluation:manage"
    PANEL_MANAGE = "panel:manage"
    SPONSOR_INVITE = "sponsor:invite"
    SPONSOR_ANSWER = "sponsor:answer"
    SPONSOR_RECORD = "sponsor:record"
    CIRCULAR_READ = "circular:read"
    CIRCULAR_MANAGE = "circular:manage"
    MEMBER_ANSWER = "member:answer"
    MEMBER_MANAGE = "member:manage"
    CALL_MANAGE = "call:manage"
    POLICY_MANAGE = "policy:manage"


_STAFF = STAFF_ROLES
_CLIENT = frozenset(CLIENT_ROLES)
_WRITERS = frozenset({OrgRole.LEAD, OrgRole.CONTRIBUTOR})

#: permission → the roles that hold it, in the secretariat or in an applying organisation
HELD_BY: dict[Permission, frozenset[Role | OrgRole]] = {
    Permission.CASE_START: frozenset({OrgRole.LEAD, OrgRole.CONTRIBUTOR}),
    Permission.CASE_READ_OWN: _CLIENT,
    Permission.CASE_EDIT: _WRITERS,
    Permission.CASE_MESSAGE: frozenset(
        {OrgRole.LEAD, OrgRole.CONTRIBUTOR, OrgRole.SIGNATORY, Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER}
    ),
    Permission.ORGANISATION_READ: _CLIENT,
    Permission.ORGANISATION_MANAGE: frozenset({OrgRole.LEAD}),
    Permission.DESK_READ: _STAFF,
    Permission.DESK_WORK: _STAFF - {Role.AUDITOR},
    Permission.CASE_NOTE: _STAFF - {Role.AUDITOR},
    Permission.CASE_ASSIGN: frozenset({Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER}),
    Permission.CASE_ASSESS: frozenset({Role.PROGRAMME_OFFICER}),
    Permission.TRANSLATION_READ: frozenset(
        {Role.TRANSLATOR, Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER, Role.AUDITOR}
    ),
    Permission.TRANSLATION_WRITE: frozenset({Role.TRANSLATOR}),
    Permission.GRANT_READ: _STAFF | _CLIENT,
    Permission.GRANT_ACCEPT: frozenset({OrgRole.SIGNATORY}),
    Permission.PARTNERSHIP_READ: _STAFF | _CLIENT,
    Permission.PARTNERSHIP_ACCEPT: frozenset({OrgRole.SIGNATORY}),
    Permission.PAYMENT_RECORD: frozenset({Role.FINANCE_OFFICER}),
    Permission.PAYMENT_APPROVE: frozenset({Role.FINANCE_OFFICER, Role.PROGRAMME_MANAGER}),
    Permission.MAIL_READ: frozenset({Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR, Role.AUDITOR}),
    Permission.MAIL_RESEND: frozenset({Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR}),
    Permission.PEOPLE_READ: frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    Permission.PEOPLE_MANAGE: frozenset({Role.ADMINISTRATOR}),
    Permission.STANDARDS_READ: _STAFF,
    Permission.BREACH_EXPLAIN: frozenset({Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER, Role.FINANCE_OFFICER}),
    Permission.WORKFLOW_READ: _STAFF,
    Permission.STANDARDS_MANAGE: frozenset({Role.ADMINISTRATOR}),
    Permission.ABSENCE_RECORD: _STAFF - {Role.AUDITOR},
    Permission.CASE_REASSIGN: frozenset({Role.PROGRAMME_MANAGER}),
    Permission.EVALUATION_WRITE: frozenset({Role.EVALUATOR}),
    Permission.EVALUATION_READ: _STAFF,
    Permission.EVALUATION_MANAGE: frozenset({Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER}),
    Permission.PANEL_MANAGE: frozenset({Role.PROGRAMME_MANAGER}),
    Permission.SPONSOR_INVITE: _WRITERS,
    Permission.SPONSOR_ANSWER: frozenset({OrgRole.FOCAL_POINT}),
    Permission.SPONSOR_RECORD: frozenset({Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER}),
    Permission.CIRCULAR_READ: frozenset(
        {Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER, Role.AUDITOR, OrgRole.FOCAL_POINT}
    ),
    Permission.CIRCULAR_MANAGE: frozenset({Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER}),
    Permission.MEMBER_ANSWER: frozenset({OrgRole.FOCAL_POINT}),
    Permission.MEMBER_MANAGE: frozenset({Role.PROGRAMME_OFFICER, Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR}),
    Permission.CALL_MANAGE: frozenset({Role.PROGRAMME_MANAGER, Role.ADMINISTRATOR}),
    Permission.POLICY_MANAGE: frozenset({Role.ADMINISTRATOR}),
}


def holds(actor: Actor, permission: Permission) -> bool:
    """Whether the actor holds the permission somewhere: in the secretariat or in any of her organisations."""
    roles = HELD_BY[permission]
    if not actor.roles.isdisjoint(roles):
        return True
    return any(not held.isdisjoint(roles) for held in actor.organisations.values())


def holds_in(actor: Actor, permission: Permission, organisation_id: object) -> bool:
    """Whether the actor holds the permission as a member of this very organisation."""
    held = actor.organisations.get(organisation_id, frozenset())  # type: ignore[call-overload]
    return not held.isdisjoint(HELD_BY[permission])

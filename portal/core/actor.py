"""Who acts: a person in one tenant with her roles there, or the system itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What a person does in a tenant's secretariat."""

    PROGRAMME_OFFICER = "programme_officer"
    PROGRAMME_MANAGER = "programme_manager"
    TRANSLATOR = "translator"
    FINANCE_OFFICER = "finance_officer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    #: from outside: scores what is assigned to her and sees nothing else
    EVALUATOR = "evaluator"


class OrgRole(StrEnum):
    """What a person does in an organisation that applies."""

    LEAD = "lead"
    CONTRIBUTOR = "contributor"
    SIGNATORY = "signatory"
    VIEWER = "viewer"
    #: in a member organisation: answers circulars, confirms sponsorship
    FOCAL_POINT = "focal_point"


#: the roles that work in the secretariat; an evaluator does not
STAFF_ROLES = frozenset(Role) - {Role.EVALUATOR}
#: the roles in an organisation that applies; a focal point is a member's
CLIENT_ROLES = (OrgRole.LEAD, OrgRole.CONTRIBUTOR, OrgRole.SIGNATORY, OrgRole.VIEWER)

#: the name under which the system itself acts in workflows
SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who acts, for which tenant, in which roles, in which language.

    :param person_id: None for the system and for the anonymous public.
    :param organisations: the actor's organisations in this tenant, each with the roles she has in it.
    """

    person_id: UUID | None
    name: str
    language: str
    tenant_id: int
    roles: frozenset[Role] = frozenset()
    organisations: Mapping[UUID, frozenset[OrgRole]] = field(default_factory=dict)
    is_system: bool = False
    organisation_names: Mapping[UUID, str] = field(default_factory=dict)

    @classmethod
    def system(cls, tenant_id: int) -> Actor:
        """The portal itself, acting by a rule (acknowledgement, lapse of a deadline)."""
        return cls(None, "", "en", tenant_id, is_system=True)

    @property
    def is_staff(self) -> bool:
        """Whether the actor works in the tenant's secretariat."""
        return not self.roles.isdisjoint(STAFF_ROLES)

    @property
    def is_outsider(self) -> bool:
        """Whether the actor is here only for what she is asked: neither staff nor of an organisation that applies."""
        held = {role for roles in self.organisations.values() for role in roles}
        return bool(self.roles or held) and not self.is_staff and held.isdisjoint(CLIENT_ROLES)

    @property
    def member_organisations(self) -> tuple[UUID, ...]:
        """The members for which the actor is the focal point."""
        return tuple(sorted(key for key, held in self.organisations.items() if OrgRole.FOCAL_POINT in held))

    def has(self, *roles: Role) -> bool:
        """Whether the actor holds one of these roles in the secretariat."""
        return not self.roles.isdisjoint(roles)

    def in_organisation(self, organisation_id: UUID, *roles: OrgRole) -> bool:
        """Whether the actor holds one of these roles in the organisation (any role when none is named)."""
        held = self.organisations.get(organisation_id, frozenset())
        return bool(held) if not roles else not held.isdisjoint(roles)

    def acts_as(self, organisation_id: UUID | None) -> frozenset[str]:
        """Every role name under which the actor may make a move on a case of this organisation."""
        if self.is_system:
            return frozenset({SYSTEM})
        held = self.organisations.get(organisation_id, frozenset()) if organisation_id else frozenset()
        return frozenset({*(str(r) for r in self.roles), *(str(r) for r in held)})

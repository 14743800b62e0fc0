"""The roles in words, for people."""

from __future__ import annotations

from portal.core.actor import OrgRole, Role
from portal.core.text import N_, Message

ROLE_NAMES: dict[str, Message] = {
    Role.PROGRAMME_OFFICER: N_("Programme officer"),
    Role.PROGRAMME_MANAGER: N_("Programme manager"),
    Role.TRANSLATOR: N_("Translator"),
    Role.FINANCE_OFFICER: N_("Finance officer"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.AUDITOR: N_("Auditor"),
    Role.EVALUATOR: N_("External evaluator"),
    OrgRole.LEAD: N_("Lead"),
    OrgRole.CONTRIBUTOR: N_("Contributor"),
    OrgRole.SIGNATORY: N_("Signatory"),
    OrgRole.VIEWER: N_("Viewer"),
    OrgRole.FOCAL_POINT: N_("Focal point"),
}


def role_name(role: str) -> Message:
    """A role in words; the system itself is named too."""
    return ROLE_NAMES.get(role, N_("The portal"))

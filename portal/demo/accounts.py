"""The accounts of the demonstration, one row for each role a person holds."""

from __future__ import annotations

from collections.abc import Iterable

from portal.demo.content import DemoContent
from portal.demo.people import DemoPerson


def all_accounts(content: DemoContent) -> list[dict[str, str]]:
    """Who may log in: tenant, organisation (empty for the secretariat), email, password, role, language.

    The secretariats come first, then the organisations in the order of their files; an organisation that is
    registered with two tenants has its people in both.
    """
    rows = [
        _row(person, tenant, "", role)
        for tenant in (t.slug for t in content.tenants)
        for person in content.people
        for slug, role in person.roles
        if slug == tenant
    ]
    for tenant in (t.slug for t in content.tenants):
        for organisation in content.organisations:
            if tenant in organisation.tenants:
                held = _roles_in(content.people, organisation.code)
                rows += [_row(person, tenant, organisation.name, role) for person, role in held]
    return rows


#: The organisations whose people the tour of the README uses, and the members whose focal points it does.
TOUR, MEMBERS = ("vilankulo", "aleppo"), ("world-bank", "un-habitat")


def shown_first(content: DemoContent) -> list[dict[str, str]]:
    """The accounts a visitor needs first: secretariats and evaluators, the two cities of the tour, focal points."""
    cities = {organisation.name for organisation in content.organisations if organisation.code in TOUR}
    members = {organisation.name for organisation in content.organisations if organisation.code in MEMBERS}
    return [
        row
        for row in all_accounts(content)
        if not row["organisation"]
        or row["organisation"] in cities
        or (row["organisation"] in members and row["role"] == "focal_point" and row["tenant"] == "cities-alliance")
    ]


def _roles_in(people: Iterable[DemoPerson], organisation: str) -> list[tuple[DemoPerson, str]]:
    return [(person, role) for person in people for code, role in person.organisations if code == organisation]


def _row(person: DemoPerson, tenant: str, organisation: str, role: str) -> dict[str, str]:
    return {
        "tenant": tenant,
        "organisation": organisation,
        "email": person.email,
        "password": person.password,
        "role": role,
        "language": person.language,
    }

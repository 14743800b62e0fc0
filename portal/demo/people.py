"""Tenants, organisations, people and cities of the demonstration, as typed facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

Data: TypeAlias = Mapping[str, Any]

_NAMESPACE = uuid5(NAMESPACE_URL, "https://city-grants-portal.example/demonstration")


class DemoContentError(ValueError):
    """The demonstration's files contradict each other; the message names the file's entry and what is missing."""


def demo_id(kind: str, code: str) -> UUID:
    """The fixed id of a thing of the demonstration, the same in every installation."""
    return uuid5(_NAMESPACE, f"{kind}:{code}")


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A tenant with everything that its set-up needs; `data` is the entry as written, calendar and policy included."""

    slug: str
    name: Mapping[str, str]
    short: Mapping[str, str]
    welcome: Mapping[str, str]
    languages: tuple[str, ...]
    working_languages: tuple[str, ...]
    currency: str
    reference_prefix: str
    brand_colour: str
    address: tuple[str, ...]
    letterhead: tuple[str, ...]
    signatory_title: Mapping[str, str]
    email: str
    phone: str
    web: str
    instruments: tuple[str, ...]
    calendar: Mapping[str, Any]
    policy: Mapping[str, Any]
    limits: Mapping[str, str]
    standards: Mapping[str, int]

    @classmethod
    def read(cls, data: Data) -> DemoTenant:
        """Build from an entry of tenants.toml."""
        lists = ("languages", "working_languages", "address", "letterhead", "instruments")
        return cls(**{"standards": {}, **data, **{key: tuple(data[key]) for key in lists}})


@dataclass(frozen=True, slots=True)
class DemoCity:
    """A city; `id` is its GeoNames number, none where GeoNames' list of larger places does not have it."""

    code: str
    name: str
    country: str
    lat: float
    lon: float
    timezone: str
    id: int | None = None
    population: int | None = None
    names: Mapping[str, str] | None = None

    def answer(self, language: str) -> dict[str, object]:
        """The stored answer of a city question, named in the language of the applicant."""
        return {"id": self.id, "name": (self.names or {}).get(language, self.name), "country": self.country}


@dataclass(frozen=True, slots=True)
class DemoOrganisation:
    """An organisation; members of an alliance are organisations of kind `member`."""

    code: str
    kind: str
    name: str
    short: str
    tenants: tuple[str, ...]
    country: str
    city: str | None
    language: str
    address: str
    email: str
    phone: str

    @classmethod
    def read(cls, data: Data) -> DemoOrganisation:
        """Build from an entry of organisations.toml."""
        return cls(**{"short": "", "city": None, **data, "tenants": tuple(data["tenants"])})

    @property
    def id(self) -> UUID:
        """Its fixed id."""
        return demo_id("organisation", self.code)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A person with the roles she has: (tenant, role) in secretariats, (organisation, role) in organisations."""

    code: str
    name: str
    position: str
    email: str
    language: str
    password: str
    phone: str
    roles: tuple[tuple[str, str], ...]
    organisations: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, data: Data) -> DemoPerson:
        """Build from an entry of people.toml."""
        return cls(
            **{
                "phone": "",
                **data,
                "roles": tuple((entry["tenant"], entry["role"]) for entry in data.get("roles", ())),
                "organisations": tuple((e["organisation"], e["role"]) for e in data.get("organisations", ())),
            }
        )

    @property
    def id(self) -> UUID:
        """Her fixed id."""
        return demo_id("person", self.code)


@dataclass(frozen=True, slots=True)
class World:
    """Who and what the cases refer to, by code."""

    tenants: Mapping[str, DemoTenant]
    organisations: Mapping[str, DemoOrganisation]
    people: Mapping[str, DemoPerson]
    cities: Mapping[str, DemoCity]

    def in_role(self, organisation: str, role: str) -> DemoPerson:
        """The person of an organisation with a role.

        Raises DemoContentError when there is none.
        """
        for person in self.people.values():
            if (organisation, role) in person.organisations:
                return person
        raise DemoContentError(f"people.toml: nobody is {role} of the organisation {organisation!r}; add a person.")

    def contact(self, person: DemoPerson) -> dict[str, str]:
        """The stored answer of a contact question: the person with the address of her first organisation."""
        organisation = self.organisations[person.organisations[0][0]]
        return {
            "name": person.name,
            "position": person.position,
            "organisation": organisation.name,
            "address": organisation.address,
            "email": person.email,
            "phone": person.phone,
        }

    def contact_of(self, organisation: str, role: str) -> dict[str, str]:
        """The stored contact of whoever holds a role in an organisation."""
        return self.contact(self.in_role(organisation, role))

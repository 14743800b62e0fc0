"""What the rules need to know of an evaluator and of a case."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Evaluator:
    """An evaluator as the rules see her.

    :param countries: ISO 3166-1 alpha-2 codes of where she works or worked.
    :param ties: names of cities, organisations and people she is or was bound to.
    :param organisations: organisations of the tenant to which she belongs.
    :param most_cases: how many cases she takes in one round; :param load: how many she has in it already.
    """

    person_id: UUID
    name: str
    expertise: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    ties: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    most_cases: int = 5
    load: int = 0


@dataclass(frozen=True)
class Subject:
    """A case as the rules see it.

    :param topics: codes she may be an expert in: the instrument, the kind of activity.
    :param languages: the languages in which the case can be read (its own, and those of a filed translation).
    :param people: names of the contacts in the application.
    """

    case_id: UUID
    reference: str
    country: str = ""
    cities: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    topics: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()

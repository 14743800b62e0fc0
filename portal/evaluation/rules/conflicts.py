"""What hints at a conflict of interest. A hint proves nothing, and is never ignored: she declares herself."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from portal.evaluation.rules.known import Evaluator, Subject

CITY, COUNTRY, ORGANISATION, MENTOR = "city", "country", "organisation", "mentor"


@dataclass(frozen=True)
class Hint:
    """One hint.

    :param kind: ``city``, ``country``, ``organisation`` or ``mentor`` (she is bound to a person behind it).
    :param what: the name or the country code that is the same on both sides.
    """

    kind: str
    what: str

    def to_data(self) -> dict[str, str]:
        """The hint as it is kept with the assignment."""
        return {"kind": self.kind, "what": self.what}


def folded(name: str) -> str:
    """A name for comparing: no case, no marks, no punctuation, single spaces."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    kept = (sign if sign.isalnum() else " " for sign in plain if unicodedata.category(sign) not in ("Mn", "Cf", "Lm"))
    return " ".join("".join(kept).split())


def hints(evaluator: Evaluator, subject: Subject) -> tuple[Hint, ...]:
    """Every hint at a conflict, in a fixed order.

    A city or an organisation also counts inside a longer name, as whole words: “Municipality of Vilankulo” is a tie to
    Vilankulo, “UN-Habitat Mozambique” one to UN-Habitat.
    """
    ties = [*evaluator.ties, *evaluator.organisations]
    found = [Hint(CITY, name) for name in _shared(subject.cities, ties, within=True)]
    if subject.country and subject.country in evaluator.countries:
        found.append(Hint(COUNTRY, subject.country))
    found += [Hint(ORGANISATION, name) for name in _shared(subject.organisations, ties, within=True)]
    found += [Hint(MENTOR, name) for name in _shared(subject.people, [*evaluator.ties, evaluator.name])]
    return tuple(found)


def _shared(names: Iterable[str], others: Iterable[str], *, within: bool = False) -> list[str]:
    keys = [key for key in map(folded, others) if key]
    found: dict[str, str] = {}
    for name in names:
        key = folded(name)
        if key and any(key == other or (within and f" {key} " in f" {other} ") for other in keys):
            found.setdefault(key, name)
    return list(found.values())

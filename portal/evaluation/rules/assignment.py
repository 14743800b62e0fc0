"""Who evaluates which case: by expertise, language and load, the same every time, and explained."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from portal.evaluation.rules.conflicts import hints
from portal.evaluation.rules.known import Evaluator, Subject

EXPERTISE_POINTS, LANGUAGE_POINTS, LOAD_POINTS = 3, 2, 1


@dataclass(frozen=True)
class Choice:
    """An evaluator for a case, and why.

    :param topics: the case's topics she knows; :param languages: those of its languages she reads.
    :param load: how many cases of the round she had before this one, of at most :param most:.
    """

    case_id: UUID
    person_id: UUID
    topics: tuple[str, ...]
    languages: tuple[str, ...]
    load: int
    most: int

    @property
    def points(self) -> int:
        """Expertise counts most, then a common language, and every case she has already counts against her."""
        return EXPERTISE_POINTS * len(self.topics) + LANGUAGE_POINTS * bool(self.languages) - LOAD_POINTS * self.load

    def to_data(self) -> dict[str, object]:
        """The facts as they are kept with the assignment."""
        return {
            "topics": list(self.topics),
            "languages": list(self.languages),
            "load": self.load,
            "most": self.most,
            "points": self.points,
        }


def weigh(evaluator: Evaluator, subject: Subject) -> Choice:
    """What speaks for and against giving a case to an evaluator."""
    return Choice(
        subject.case_id,
        evaluator.person_id,
        tuple(sorted(subject.topics & evaluator.expertise)),
        tuple(sorted(subject.languages & evaluator.languages)),
        evaluator.load,
        evaluator.most_cases,
    )


def suits(evaluator: Evaluator, subject: Subject) -> bool:
    """Whether the portal itself may give her the case: she reads it, has room, and nothing hints at a conflict."""
    reads = bool(subject.languages & evaluator.languages)
    return reads and evaluator.load < evaluator.most_cases and not hints(evaluator, subject)


def assign(
    subjects: Iterable[Subject],
    evaluators: Iterable[Evaluator],
    needed: int,
    taken: Mapping[UUID, Collection[UUID]],
    barred: Collection[tuple[UUID, UUID]] = (),
) -> tuple[Choice, ...]:
    """Give every case the evaluators it still needs, the case that fewest can read first.

    :param needed: how many evaluators a case needs.
    :param taken: case → people who work on it already; :param barred: (case, person) that must not meet, whoever
        declared a conflict or gave it back.
    """
    people = {one.person_id: one for one in evaluators}
    barred = set(barred)

    def able(subject: Subject) -> list[Evaluator]:
        busy = set(taken.get(subject.case_id, ()))
        return [
            one
            for one in people.values()
            if one.person_id not in busy and (subject.case_id, one.person_id) not in barred and suits(one, subject)
        ]

    chosen: list[Choice] = []
    for subject in sorted(subjects, key=lambda one: (len(able(one)), one.reference)):
        ranked = sorted(
            (weigh(one, subject) for one in able(subject)),
            key=lambda choice: (-choice.points, people[choice.person_id].name, str(choice.person_id)),
        )
        for choice in ranked[: max(0, needed - len(taken.get(subject.case_id, ())))]:
            chosen.append(choice)
            one = people[choice.person_id]
            people[choice.person_id] = replace(one, load=one.load + 1)
    return tuple(chosen)

"""What the members' silence means: who was asked, who was reached, who said nothing, and whether that suffices.

A mail that came back is not silence. A member counts as reached when a mail to one of its focal points was taken by
the mail server and nobody has recorded that it bounced, when one of them has opened the circular, or when it answered.
Silence counts as consent only of members that were reached; at least one must have been, and where the tenant's policy
asks for a quorum, that share of all members asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

NO_OBJECTION, OBJECTION, DISCUSSION, RECUSED = "no_objection", "objection", "discussion", "recused"
#: what stops an approval by silence until it is settled
STOPPING = frozenset({OBJECTION, DISCUSSION})
ASKED, REACHED, BOUNCED = "asked", "reached", "bounced"
#: states of a mail: taken by the mail server, or kept in the outbox where none is set and mails are read there
ARRIVED_MAILS = frozenset({"sent", "kept"})


@dataclass(frozen=True)
class Sent:
    """A circular as it was sent to one focal point.

    :param person: None where the member has no focal point.
    :param state: what was recorded: ``asked``, ``reached`` or ``bounced``; :param mail: the state of its mail.
    :param seen: whether she has opened the circular.
    """

    organisation: UUID
    person: UUID | None
    state: str
    mail: str
    seen: bool


def arrival(sent: Sent) -> str:
    """Whether a circular arrived at one focal point: ``asked`` (not known yet), ``reached`` or ``bounced``."""
    if sent.seen or sent.state == REACHED:
        return REACHED
    if sent.person is None or sent.state == BOUNCED or sent.mail == "failed":
        return BOUNCED
    return REACHED if sent.mail in ARRIVED_MAILS else ASKED


@dataclass(frozen=True)
class Count:
    """Who was asked about a case, and what became of it; each member stands in ``asked`` and in one other list.

    :param unreached: nobody of it can be shown to have got the circular; its silence says nothing.
    """

    asked: tuple[UUID, ...]
    agreed: tuple[UUID, ...]
    stopping: tuple[UUID, ...]
    recused: tuple[UUID, ...]
    silent: tuple[UUID, ...]
    unreached: tuple[UUID, ...]

    @property
    def reached(self) -> tuple[UUID, ...]:
        """The members that the circular reached."""
        return tuple(one for one in self.asked if one not in self.unreached)

    def suffices(self, quorum: int) -> bool:
        """Whether enough members were reached for silence to count.

        :param quorum: the share of the members asked that must have been reached, in per cent; 0: one of them.
        """
        return bool(self.reached) and len(self.reached) * 100 >= quorum * len(self.asked)


def count(sent: Iterable[Sent], stances: Mapping[UUID, str]) -> Count:
    """Who was asked, reached, silent.

    :param sent: every addressee of the circular; :param stances: member → what stands of what it said.
    """
    rows = list(sent)
    asked = tuple(dict.fromkeys(row.organisation for row in rows))
    reached = {row.organisation for row in rows if arrival(row) == REACHED}

    def said(*kinds: str) -> tuple[UUID, ...]:
        return tuple(one for one in asked if stances.get(one) in kinds)

    quiet = [one for one in asked if one not in stances]
    return Count(
        asked,
        said(NO_OBJECTION),
        said(*STOPPING),
        said(RECUSED),
        tuple(one for one in quiet if one in reached),
        tuple(one for one in quiet if one not in reached),
    )


def as_data(found: Count, names: Mapping[UUID, str], quorum: int) -> dict[str, Any]:
    """The count as the event keeps it: each list by the members' names, in alphabetical order."""

    def named(keys: Iterable[UUID]) -> list[str]:
        return sorted(names.get(key, str(key)) for key in keys)

    return {
        "asked": named(found.asked),
        "reached": named(found.reached),
        "silent": named(found.silent),
        "agreed": named(found.agreed),
        "recused": named(found.recused),
        "unreached": named(found.unreached),
        "quorum": quorum,
    }

"""How the desk is ordered: its tabs, its filters, its pages."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from portal.core.errors import Invalid
from portal.core.text import N_, Message

#: The tabs, in their order. A workflow may bring further ones; they follow in the order of their codes.
TABS: dict[str, Message] = {
    "mine": N_("Mine"),
    "all": N_("All open"),
    "submitted": N_("Submitted"),
    "checking": N_("Checking"),
    "returned": N_("Returned"),
    "translating": N_("Translating"),
    "assessing": N_("Assessing"),
    "coordination": N_("Coordination"),
    "approval": N_("Approval"),
    "deciding": N_("Deciding"),
    "decided": N_("Decided"),
    "proposal_due": N_("Full proposal due"),
    "agreement": N_("Agreement"),
    "under_way": N_("Under way"),
    "in_force": N_("In force"),
    "reports": N_("Reports"),
    "ended": N_("Ended"),
}
#: rows of a page: what stays under 60 KB of HTML
PAGE = 30
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filters:
    """What the reader of the desk asked for. Empty strings and None: no filter."""

    tab: str = "mine"
    words: str = ""
    state: str = ""
    country: str = ""
    language: str = ""
    monitor: UUID | None = None
    nobody: bool = False
    overdue: bool = False
    unexplained: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether anything besides the tab was asked for."""
        places = self.words or self.state or self.country or self.language
        return bool(places or self.monitor or self.nobody or self.overdue or self.unexplained)


@dataclass(frozen=True)
class Place:
    """Where a page of the list begins: after, or before, the case with this promise and id."""

    at: datetime
    case_id: UUID
    backwards: bool = False


def read_filters(
    given: Mapping[str, str], *, tabs: frozenset[str], states: frozenset[str], languages: frozenset[str]
) -> Filters:
    """What was asked for, checked.

    :raises Invalid: naming each filter whose value does not exist.
    """
    problems: dict[str, Message] = {}
    values = {key: given.get(key, "").strip() for key in ("tab", "q", "state", "country", "language", "monitor")}
    if values["tab"] and values["tab"] not in tabs:
        problems["tab"] = N_("There is no such tab; choose one of those offered.")
    if values["state"] and values["state"] not in states:
        problems["state"] = N_("There is no such state; choose one of those offered.")
    if values["language"] and values["language"] not in languages:
        problems["language"] = N_("There is no such language here; choose one of those offered.")
    if values["country"] and not (len(values["country"]) == 2 and values["country"].isascii()):
        problems["country"] = N_("There is no such country; choose one of those offered.")
    for box in ("overdue", "unexplained"):
        if given.get(box, "") not in ("", "1"):
            problems[box] = N_("Tick the box or leave it.")
    if len(values["q"]) > 200:
        problems["q"] = N_("Please search for fewer words.")
    monitor = _monitor(values["monitor"], problems)
    if problems:
        raise Invalid(problems)
    return Filters(
        tab=values["tab"] or "mine",
        words=values["q"],
        state=values["state"],
        country=values["country"].upper(),
        language=values["language"],
        monitor=monitor,
        nobody=values["monitor"] == "nobody",
        overdue=given.get("overdue") == "1",
        unexplained=given.get("unexplained") == "1",
    )


def _monitor(value: str, problems: dict[str, Message]) -> UUID | None:
    if not value or value == "nobody":
        return None
    try:
        return UUID(value)
    except ValueError:
        problems["monitor"] = N_("There is no such person here; choose one of those offered.")
        return None


def write_place(at: datetime, case_id: UUID) -> str:
    """A place in the list as it stands in an address."""
    micros = (at - EPOCH) // timedelta(microseconds=1)
    packed = micros.to_bytes(8, "big", signed=True) + case_id.bytes
    return urlsafe_b64encode(packed).decode().rstrip("=")


def read_place(after: str, before: str) -> Place | None:
    """The place named by an address, or None for the beginning.

    :raises Invalid: when the address was changed by hand.
    """
    written = after or before
    if not written:
        return None
    try:
        packed = urlsafe_b64decode(written + "=" * (-len(written) % 4))
        at = EPOCH + timedelta(microseconds=int.from_bytes(packed[:8], "big", signed=True))
        case_id = UUID(bytes=packed[8:])
    except (ValueError, binascii.Error, OverflowError):
        raise Invalid({"after": N_("This page of the list does not exist; begin with the first one.")}) from None
    return Place(at, case_id, backwards=not after)

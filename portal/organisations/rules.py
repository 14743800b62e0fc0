"""Who is a member on a day: membership is dated (Slum Dwellers International, for one, joined in November 2007)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol


class PeriodLike(Protocol):
    """From when to when an organisation is a member; both days belong to it."""

    @property
    def starts_on(self) -> date:
        """The first day."""

    @property
    def ends_on(self) -> date | None:
        """The last day; None while it goes on."""


def is_member_on(periods: Iterable[PeriodLike], day: date) -> bool:
    """Whether an organisation is a member on a day.

    An organisation of the kind "member" for which no period was ever recorded counts as one: an installation that
    never noted the dates must not lose its members by that.

    :param day: the day in the tenant's own zone.
    """
    known = list(periods)
    return not known or any(p.starts_on <= day and (p.ends_on is None or day <= p.ends_on) for p in known)

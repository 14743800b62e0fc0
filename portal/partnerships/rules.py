"""The years of a partnership agreement."""

from __future__ import annotations

from datetime import date, timedelta


def last_day(first: date, years: int) -> date:
    """The last day of a period of whole years that begins on ``first``.

    A period that begins on 29 February ends on 28 February, whatever year that is.

    :param years: at least 1, in calendar years.
    :raises ValueError: for fewer.
    """
    if years < 1:
        raise ValueError(f"{years} is no period")
    try:
        anniversary = first.replace(year=first.year + years)
    except ValueError:
        anniversary = date(first.year + years, 3, 1)
    return anniversary - timedelta(days=1)

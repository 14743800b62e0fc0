"""The published figures as pages and downloads show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from babel import Locale
from babel.dates import format_date

from portal.calls.rules import instruments
from portal.core.standards import Standard
from portal.infra import i18n
from portal.infra.i18n import gettext, show_message, show_text
from portal.insight import describe
from portal.insight.queries import performance as queries
from portal.insight.queries.performance import Published, Which
from portal.insight.rules import performance as rules
from portal.insight.rules.performance import Ended, Figures
from portal.insight.rules.quarters import Quarter
from portal.insight.rules.trend import Trend, trend
from portal.standards.rules.reasons import REASONS
from portal.standards.show import days

#: What a reader of the feed is told of: two years.
FEED_QUARTERS = 8


@dataclass(frozen=True)
class QuarterRow:
    """One quarter of one standard, for the picture's table."""

    quarter: Quarter
    name: str
    short: str
    year: str
    is_running: bool
    figures: Figures
    median: str
    nine_in_ten: str
    paused: str


@dataclass(frozen=True)
class Shown:
    """One standard: what it promises, its figures in the period, and its quarters.

    :param reasons: (reason in words, how many were missed for it), the most frequent first.
    :param running: how many run now, and how many of these are late.
    :param versions: (number, day of publication, what it promises) of those that applied in the period.
    """

    anchor: str
    name: str
    promise: str
    within: str
    target: str
    figures: Figures
    median: str
    nine_in_ten: str
    paused_median: str
    paused_mean: str
    reasons: list[tuple[str, int]]
    running: tuple[int, int]
    rows: list[QuarterRow]
    picture: Trend | None
    picture_words: str
    versions: list[tuple[int, datetime, str]]
    counting: list[describe.Line]


@dataclass(frozen=True)
class Group:
    """The standards of one process of an instrument; ``code`` names it in addresses."""

    code: str
    title: str
    shown: list[Shown]


def quarter_name(quarter: Quarter, skeleton: str = "yQQQQ") -> str:
    """A quarter in words: “3rd quarter 2026”; ``yQQQ`` for “Q3 2026”, ``QQQ`` for “Q3”."""
    return _quarter_name(quarter, skeleton, i18n.locale_code())


@lru_cache(maxsize=512)
def _quarter_name(quarter: Quarter, skeleton: str, code: str) -> str:
    locale = Locale.parse(i18n.REGION.get(code, code))
    pattern = locale.datetime_skeletons.get(skeleton, skeleton)
    return format_date(quarter.first, str(pattern), locale=locale)


def reason_name(code: str) -> str:
    """A coded reason in words."""
    return show_message(REASONS[code]) if code in REASONS else code


def process_title(instrument: str, process: str) -> str:
    """A process in words: the instrument's title, and that it is about reports."""
    title = show_text(instruments.instrument(instrument).title)
    return title if process == instruments.APPLICATION else f"{title} · {gettext('Reports')}"


def by_process(shown: Iterable[tuple[Published, Shown]]) -> list[Group]:
    """Standards under the title of their process, as they come; a process of which nothing ended stands last."""
    groups = [
        Group(f"{instrument}-{process}", process_title(instrument, process), [one for _, one in members])
        for (instrument, process), members in groupby(shown, key=lambda pair: (pair[0].instrument, pair[0].process))
    ]
    return sorted(groups, key=lambda group: not any(one.figures.volume for one in group.shown))


def show(
    one: Published,
    period: Sequence[Quarter],
    quarters: Sequence[Quarter],
    found: Mapping[tuple[Which, str], list[Ended]],
    running: tuple[int, int],
    now: datetime,
    zone: str,
) -> Shown:
    """One standard.

    :param period: the quarters whose figures lead. :param quarters: those of the picture, the oldest first.
    :param found: standard and quarter's code → what ended. :param zone: the tenant's, in which quarters begin and end.
    """
    begin, end = period[0].step(-1).ends_at(zone), period[-1].ends_at(zone)
    standard = one.at(end)[1]
    figures = rules.figures(row for quarter in period for row in found.get((one.which, quarter.code), ()))
    rows = [_row(standard, quarter, found.get((one.which, quarter.code), ()), now, zone) for quarter in quarters]
    any_case = any(row.figures.volume for row in rows)
    share = standard.target_percent / 100
    shares = [row.figures.share for row in rows]
    return Shown(
        anchor=f"{one.instrument}-{one.process}-{one.code}".lower(),
        name=show_text(standard.name),
        promise=show_text(standard.promise),
        within=days(standard.amount, standard.unit),
        target=i18n.show_percent(share),
        figures=figures,
        median=_taken(standard, figures.median),
        nine_in_ten=_taken(standard, figures.nine_in_ten),
        paused_median=_calendar_days(figures.paused_median),
        paused_mean=_calendar_days(None if figures.paused_mean is None else round(figures.paused_mean)),
        reasons=[(reason_name(code), n) for code, n in sorted(figures.reasons.items(), key=lambda item: -item[1])],
        running=running,
        rows=rows,
        picture=trend(shares, share, mirrored=i18n.direction() == "rtl") if any_case else None,
        picture_words=_picture_words(rows, i18n.show_percent(share)),
        versions=[
            (row.version, row.published_at, f"{days(s.amount, s.unit)} · {i18n.show_percent(s.target_percent / 100)}")
            for row, s in one.applied(begin, end)
        ],
        counting=_counting(standard, describe.Reader.of(one.instrument, one.process, staff=False)),
    )


def _row(standard: Standard, quarter: Quarter, ended: Iterable[Ended], now: datetime, zone: str) -> QuarterRow:
    found = rules.figures(ended)
    return QuarterRow(
        quarter,
        quarter_name(quarter, "yQQQ"),
        quarter_name(quarter, "QQQ"),
        quarter_name(quarter, "y"),
        now < quarter.ends_at(zone),
        found,
        _taken(standard, found.median),
        _taken(standard, found.nine_in_ten),
        _calendar_days(found.paused_median),
    )


def _taken(standard: Standard, count: int | None) -> str:
    if count is None:
        return ""
    return days(count, standard.count_unit) if count else gettext("the same day")


def _calendar_days(count: int | None) -> str:
    return "" if count is None else days(count, "calendar_days")


def _picture_words(rows: Iterable[QuarterRow], target: str) -> str:
    """The picture told to whoever cannot see it."""
    told = [
        gettext("%(quarter)s: no cases", quarter=row.name)
        if row.figures.share is None
        else gettext(
            "%(quarter)s: %(share)s of %(count)s",
            quarter=row.name,
            share=i18n.show_percent(row.figures.share),
            count=i18n.show_number(row.figures.volume),
        )
        for row in rows
    ]
    return i18n.show_clauses([*told, gettext("target %(share)s", share=target)])


def _counting(standard: Standard, to: describe.Reader) -> list[describe.Line]:
    """From when to when a standard counts, what stops its clock and what adds time: what everybody may hold us to."""
    wanted = {
        gettext("The clock starts with"),
        gettext("The clock stops with"),
        gettext("When it starts more than once"),
        gettext("Cut-off hour"),
        gettext("The clock stands still"),
        gettext("Counted anew after"),
        gettext("Nothing is promised after"),
        gettext("More time is given"),
        gettext("Closed unanswered after"),
        gettext("Inner targets"),
    }
    return [line for line in describe.lines(standard, to) if line.label in wanted]


# -- downloads

COLUMNS = (
    "tenant",
    "instrument",
    "process",
    "code",
    "version",
    "name",
    "side",
    "quarter",
    "begins",
    "ends",
    "complete",
    "volume",
    "met",
    "missed",
    "lost",
    "met_percent",
    "target_percent",
    "target_amount",
    "target_unit",
    "count_unit",
    "median",
    "p90",
    "paused_volume",
    "paused_median",
    *(f"reason_{code}" for code in REASONS),
    "reason_not_explained",
    "few",
)


def table(tenant: str, quarters: Sequence[Quarter], now: datetime, zone: str) -> list[dict[str, Any]]:
    """One row for each standard and quarter, under ``COLUMNS``; what there is none of is None. Two queries.

    :param tenant: its slug. :param now: UTC. :param zone: the tenant's.
    """
    every = queries.published()
    found = grouped(queries.tally(quarters, every))
    return [
        _record(tenant, one, quarter, rules.figures(found.get((one.which, quarter.code), ())), now, zone)
        for one in every
        for quarter in quarters
    ]


def grouped(rows: Iterable[Ended]) -> dict[tuple[Which, str], list[Ended]]:
    """What ended, by standard and quarter."""
    found: dict[tuple[Which, str], list[Ended]] = {}
    for row in rows:
        found.setdefault((row.which, row.quarter), []).append(row)
    return found


def _record(tenant: str, one: Published, quarter: Quarter, got: Figures, now: datetime, zone: str) -> dict[str, Any]:
    end = quarter.ends_at(zone)
    row, standard = one.at(end)
    values: dict[str, Any] = {
        "tenant": tenant,
        "instrument": one.instrument,
        "process": one.process,
        "code": one.code,
        "version": row.version,
        "name": show_text(standard.name),
        "side": standard.side,
        "quarter": quarter.code,
        "begins": quarter.first.isoformat(),
        "ends": quarter.last.isoformat(),
        "complete": end <= now,
        "volume": got.volume,
        "met": got.met,
        "missed": got.missed,
        "lost": got.lost,
        "met_percent": None if got.share is None else round(100 * got.share, 1),
        "target_percent": standard.target_percent,
        "target_amount": standard.amount,
        "target_unit": standard.unit,
        "count_unit": standard.count_unit,
        "median": got.median,
        "p90": got.nine_in_ten,
        "paused_volume": got.paused_count,
        "paused_median": got.paused_median,
        **{f"reason_{code}": got.reasons.get(code, 0) for code in REASONS},
        "reason_not_explained": got.unexplained,
        "few": got.is_few,
    }
    return {column: values[column] for column in COLUMNS}

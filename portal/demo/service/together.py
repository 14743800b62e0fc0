"""Play stories that meet: one course of time for all cases that share circulars and rounds of evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import select

from portal.cases.service import message
from portal.cases.service.sweep import sweep_case
from portal.demo.content import DemoContent, DemoContentError
from portal.demo.rules.moments import Timeline, working_day
from portal.demo.service import members, story
from portal.demo.service.panel import Panel
from portal.demo.service.stage import MOST_SWEEPS, Stage, keep_mails
from portal.demo.stories import Act, Note
from portal.infra.db import db
from portal.members.service import close, remind
from portal.standards.models import Clock
from portal.tenants.models import Tenant

#: when the night's work is done, UTC: in every office the day before is over, and nobody has come yet
NIGHT = time(6, 30)


class Nights:
    """What time alone changes, night by night: clocks that run out, windows that end, members to be reminded."""

    def __init__(self, first: date) -> None:
        """:param first: the first night."""
        self.next = datetime.combine(first, NIGHT, UTC)

    def until(self, now: datetime) -> None:
        """Do the work of every night that is over by now."""
        while self.next <= now:
            self.work(self.next)
            self.next += timedelta(days=1)

    def work(self, now: datetime) -> None:
        """Do the work of one night, each change at its own time."""
        done: set[tuple[object, datetime]] = set()
        for _ in range(MOST_SWEEPS):
            due = db.session.execute(
                select(Clock.case_id, Clock.next_check_at)
                .where(Clock.is_open.is_(True), Clock.next_check_at <= now)
                .order_by(Clock.next_check_at, Clock.case_id)
            ).all()
            # What a window holds back is due until the window is closed.
            left = next((row for row in due if (row.case_id, row.next_check_at) not in done), None)
            if left is None:
                break
            done.add((left.case_id, left.next_check_at))
            sweep_case(left.case_id, left.next_check_at)
        close.close_windows(now)
        remind.remind(now)


def play(content: DemoContent, tenant: Tenant, now: datetime, tell: Callable[[str], None]) -> tuple[int, int]:
    """Play every case of a tenant that meets others, in the tenant's scope.

    :param now: UTC. :returns: how many cases, and how many mails were kept.
    :raises DemoContentError: naming the case and what stopped it.
    """
    found = content.alliance.cases_of(tenant.slug)
    if not found:
        return 0, 0
    course = Timeline(tenant.work_calendar, tenant.zone, now, 11)
    stages = {demo.code: Stage(content, tenant, demo, course, together=True) for demo in found}
    acts = list(_in_order(_acts(content, tenant, stages, course), course))
    nights = Nights(now.date() + timedelta(days=acts[0].day - 7))
    course.passing = nights.until
    kept = 0
    for act in acts:
        act.what()
        kept += keep_mails(now)
    nights.until(now)
    nights.work(now)
    kept += keep_mails(now)
    for stage in stages.values():
        _check(stage)
        demo = stage.demo
        tell(f"{stage.case.reference:<14} {stage.case.state:<13} {demo.language}  {demo.title}")
    return len(stages), kept


def _acts(content: DemoContent, tenant: Tenant, stages: Mapping[str, Stage], course: Timeline) -> Iterator[Act]:
    """Everything that happens, in the order in which it is written down."""
    any_stage = next(iter(stages.values()))
    for circular in content.alliance.circulars:
        if circular.tenant == tenant.slug:
            yield Act(circular.day, partial(members.send, circular, stages, any_stage, course), 1)
    for facts in content.alliance.rounds:
        if facts.tenant == tenant.slug:
            for act in Panel(facts, stages, any_stage, course).acts():
                yield Act(act.day, act.what, 2)
    for stage in stages.values():
        yield from _acts_of(stage)


def _acts_of(stage: Stage) -> Iterator[Act]:
    """The moves of a case, what members say of it, and what is written about it."""
    for milestone in stage.demo.milestones:
        yield Act(milestone.day, partial(_tried, stage, partial(story.step, stage, milestone)))
    for word in stage.demo.words:
        yield Act(word.day, partial(_tried, stage, partial(members.say, stage, word)), 3)
    for note in (*stage.demo.messages, *stage.demo.notes):
        yield Act(note.day, partial(_written, stage, note), 4)


def _in_order(acts: Iterator[Act], course: Timeline) -> list[Act]:
    """By the working day on which each happens, then as written; on one day cases move before others speak of them."""
    today = course.now.astimezone(ZoneInfo(course.zone)).date()

    def key(act: Act) -> tuple[date, int, int]:
        return working_day(course.calendar, today + timedelta(days=act.day)), act.day, act.order

    return sorted(acts, key=key)


def _written(stage: Stage, note: Note) -> None:
    write = message.write_note if note in stage.demo.notes else message.send_message
    write(stage.case, note.text, stage.actor(note.person), stage.time.at(note.day))


def _tried(stage: Stage, what: Callable[[], None]) -> None:
    try:
        what()
    except DemoContentError:
        raise
    except Exception as error:
        state = stage.case.state if stage.started else "nothing"
        raise DemoContentError(f"case {stage.demo.code} ({state}): {type(error).__name__}: {error}") from error


def _check(stage: Stage) -> None:
    if stage.case.state != stage.demo.target_state:
        raise DemoContentError(f"case {stage.demo.code}: ended {stage.case.state}, not {stage.demo.target_state}.")

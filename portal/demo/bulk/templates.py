"""A course with real instants and clocks: worked out once for a tenant, shared by every case that takes it then.

The reckoning is the product's own. Two cases share a template only when every fact happened at the same instants; then
their clocks are the same too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import inspect
from uuid_utils.compat import uuid7

from portal.calls.rules import instruments
from portal.cases.service.events import STAFF_ONLY
from portal.core.standards import EventFact
from portal.core.workflow import State
from portal.demo.bulk.plots import ROLE_OF, Beat, Plot, days
from portal.demo.rules.moments import Timeline
from portal.infra.db import db
from portal.standards import service as standards
from portal.standards.models import Clock
from portal.standards.rules.readings import Reading
from portal.standards.rules.steps import come
from portal.tenants.models import Tenant

APPLICATION, REPORT = "application", "report-progress"
DAYS_TO_REPORT = 45


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as every case of a template has it; who caused it differs."""

    at: datetime
    kind: str
    subject: str | None
    by: str
    role: str
    audience: str
    data: dict[str, Any]


@dataclass
class Reckoned:
    """What a case needs to be to have its clocks reckoned."""

    id: UUID
    tenant_id: int
    instrument: str
    process: str
    amount: Any = None
    route: str = ""
    urgent_at: datetime = standards.NEVER
    urgent_warn_at: datetime | None = None
    urgent_from: datetime | None = None
    urgent_code: str = ""
    urgent_paused: bool = False


@dataclass(frozen=True)
class Template:
    """What cases of the same course and the same instants have in common."""

    state: str
    facts: tuple[Fact, ...]
    columns: dict[str, Any]
    clocks: tuple[dict[str, Any], ...]
    report: Template | None = None
    when: dict[str, datetime] = field(default_factory=dict)

    def at(self, kind: str) -> datetime | None:
        """When the first fact of a kind happened."""
        return self.when.get(kind)


@dataclass
class Templates:
    """The templates of one tenant, made when first needed.

    :param now: UTC; clocks hold from this instant on.
    """

    tenant: Tenant
    instrument: str
    now: datetime
    made: dict[tuple[int, int, float], Template] = field(default_factory=dict)

    def of(self, plot: Plot, age: int, pace: float) -> Template:
        """The template of a course whose last fact is so many days old."""
        key = (id(plot), age, pace)
        found = self.made.get(key)
        if found is None:
            found = self.made[key] = self._make(plot, age, pace)
        return found

    def _make(self, plot: Plot, age: int, pace: float) -> Template:
        instants = self._instants(plot.beats, age, pace)
        period_end = self._period_end(plot, instants)
        facts, state = [], ""
        for beat, at in zip(plot.beats, instants, strict=True):
            before, state = state, beat.to or state
            facts.append(_fact(beat, at, before, state, period_end))
        when = _first(facts)
        clocks: list[dict[str, Any]] = []
        urgency = self._clocked(APPLICATION, facts, clocks)
        return Template(
            state=plot.state,
            facts=tuple(facts),
            columns=self._columns(APPLICATION, plot.state, facts) | urgency,
            clocks=tuple(clocks),
            report=self._report(facts, period_end) if "agreement_accepted" in when else None,
            when=when,
        )

    def _instants(self, beats: tuple[Beat, ...], age: int, pace: float) -> list[datetime]:
        """When each fact happened; without a gap to the one before, at the same instant."""
        time = Timeline(self.tenant.work_calendar, self.tenant.zone, self.now, seed=age * 31 + len(beats) * 7)
        instants: list[datetime] = []
        for beat, day in zip(beats, days(beats, age, pace), strict=True):
            instants.append(time.at(day) if beat.gap or not instants else instants[-1])
        return instants

    def _period_end(self, plot: Plot, instants: list[datetime]) -> str:
        """The end of the first reporting period, counted from the acceptance of the agreement, as an ISO date."""
        for beat, at in zip(plot.beats, instants, strict=True):
            if beat.kind == "agreement_accepted":
                local = at.astimezone(ZoneInfo(self.tenant.zone)).date()
                return (local + timedelta(days=self.tenant.policy.report_period_days)).isoformat()
        return ""

    def _report(self, facts: list[Fact], period_end: str) -> Template:
        """The first report of a grant: due, or submitted and accepted when the course says so."""
        own = [_own(fact, period_end) for fact in facts if fact.subject == "report-1"]
        accepted = any(fact.kind == "report_accepted" for fact in own)
        state = "accepted" if accepted else "due"
        clocks: list[dict[str, Any]] = []
        columns = self._columns(REPORT, state, own) | self._clocked(REPORT, own, clocks)
        return Template(state, tuple(own), columns, tuple(clocks), when=_first(own))

    def _columns(self, process: str, code: str, facts: list[Fact]) -> dict[str, Any]:
        state = self._state(process, code)
        when = _first(facts)
        moved = [fact.at for fact in facts if fact.data.get("to") == code]
        decided = [when[kind] for kind in ("approved", "declined", "found_not_eligible") if kind in when]
        return {
            "state": code,
            "state_since": moved[0] if moved else facts[-1].at,
            "owner": state.owner,
            "tab": state.tab,
            "is_open": not state.is_end,
            "is_submitted": process != APPLICATION or "submitted" in when,
            "created_at": facts[0].at,
            "changed_at": facts[-1].at,
            "submitted_at": when.get("submitted") or when.get("report_submitted"),
            "decided_at": decided[0] if decided else None,
            "funded_at": when["approved"] if "approved" in when and "letter_sent" in when else None,
        }

    def _state(self, process: str, code: str) -> State:
        return instruments.workflow(self.instrument, process, 1).states[code]

    def _clocked(self, process: str, facts: list[Fact], clocks: list[dict[str, Any]]) -> dict[str, Any]:
        """Reckon the clocks as the product does, into ``clocks``; returns the case's most urgent promise."""
        case = Reckoned(uuid7(), self.tenant.id, self.instrument, process)
        told = [
            EventFact(seq, fact.at, fact.kind, fact.subject, fact.data)
            for seq, fact in enumerate(facts, 1)
            if "copied_from" not in fact.data
        ]
        session = db.session()
        with session.no_autoflush:
            for clock, reading in standards.reckoned(case, told, self.now, {}):
                session.expunge(clock)
                clocks.append(_noticed(_values(clock), reading, self.now))
        return {key: getattr(case, key) for key in ("urgent_at", "urgent_warn_at", "urgent_from", "urgent_code",
                                                    "urgent_paused")}  # fmt: skip


def _values(clock: Clock) -> dict[str, Any]:
    """A clock's columns but those that name its case."""
    keys = (column.key for column in inspect(Clock).mapper.column_attrs)
    return {key: getattr(clock, key) for key in keys if key not in ("id", "tenant_id", "case_id")}


def _noticed(values: dict[str, Any], reading: Reading, now: datetime) -> dict[str, Any]:
    """What the sweep would have noted by now: that a running clock is nearly or wholly run out, and who was told."""
    if values["state"] == "running":
        for key, instant in (("warned_at", "warn_at"), ("breached_at", "due_at")):
            passed = values[instant] is not None and values[instant] < now
            values[key] = values[instant] + timedelta(minutes=1) if passed else None
        values["told"] = len(come(reading.reckoning, now))
    return values


def _first(facts: list[Fact]) -> dict[str, datetime]:
    when: dict[str, datetime] = {}
    for fact in facts:
        when.setdefault(fact.kind, fact.at)
    return when


def _fact(beat: Beat, at: datetime, before: str, after: str, period_end: str) -> Fact:
    data: dict[str, Any] = {"from": before or after, "to": after} if beat.to else {}
    if beat.kind == "letter_sent":
        data["outcome"] = "approved" if after == "agreement" else after
    if beat.kind.startswith("report_"):
        data = {"period_end": period_end, "copied_from": "report"}
    audience = "staff" if beat.kind in STAFF_ONLY else "applicant"
    return Fact(at, beat.kind, beat.subject, beat.by, ROLE_OF[beat.by], audience, data)


def _own(fact: Fact, period_end: str) -> Fact:
    """The report's own fact, of which the application keeps a copy."""
    moves = {"report_opened": {"period_end": period_end}, "report_submitted": {"from": "due", "to": "reviewing"},
             "report_accepted": {"from": "reviewing", "to": "accepted"}}  # fmt: skip
    return Fact(fact.at, fact.kind, fact.subject, fact.by, fact.role, fact.audience, dict(moves[fact.kind]))

"""What is told of a running clock, and when: its warnings, the breach, the steps of the escalation. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.core.standards import Reckoning

WARNING, BREACH, ESCALATION = "warning", "breach", "escalation"
MOMENT = timedelta(microseconds=1)
_ORDER = {WARNING: 0, BREACH: 1, ESCALATION: 2}


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be told at an instant (UTC). ``role`` only of an escalation: who is told."""

    at: datetime
    kind: str
    role: str = ""


def steps(reckoning: Reckoning) -> tuple[Step, ...]:
    """Everything that will be told of a running clock if nothing stops it, in order; nothing of any other."""
    if reckoning.state != "running" or reckoning.due_at is None:
        return ()
    found = [Step(at, WARNING) for at in reckoning.warnings]
    found.append(Step(reckoning.due_at + MOMENT, BREACH))
    found += [Step(at, ESCALATION, role) for at, role in reckoning.escalations]
    return tuple(sorted(found, key=lambda step: (step.at, _ORDER[step.kind])))


def come(reckoning: Reckoning, now: datetime) -> tuple[Step, ...]:
    """Those of the steps whose instant has come."""
    return tuple(step for step in steps(reckoning) if step.at <= now)


def to_tell(reckoning: Reckoning, told: int, now: datetime) -> tuple[Step, ...]:
    """What is to be told now, when so many steps were told already.

    Several may have come while nobody looked: then the last warning stands for the earlier ones, and none is given any
    more once the promise is broken.
    """
    new = come(reckoning, now)[told:]
    warnings = [step for step in new if step.kind == WARNING]
    others = [step for step in new if step.kind != WARNING]
    broken = any(step.kind == BREACH for step in come(reckoning, now))
    return (*(warnings[-1:] if not broken else ()), *others)

"""The published JSON Schema of a simulation, and with it of a standard and a calendar."""

from __future__ import annotations

from portal.core.standards.reading import LARGEST_AMOUNT
from portal.core.standards.standard import SIDES, UNITS


def _object(needed: list[str], **properties: object) -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "required": needed, "properties": properties}


def _list(items: object, about: str = "", **more: object) -> dict[str, object]:
    return {"type": "array", "items": items, **({"description": about} if about else {}), **more}


def _whole(low: int, high: int = LARGEST_AMOUNT, about: str = "") -> dict[str, object]:
    return {"type": "integer", "minimum": low, "maximum": high, **({"description": about} if about else {})}


def _about(ref: str, about: str) -> dict[str, object]:
    return {"$ref": f"#/$defs/{ref}", "description": about}


TEXT: dict[str, object] = {"type": "string", "minLength": 1}
FLAG: dict[str, object] = {"type": "boolean", "default": False}
DAY: dict[str, object] = {
    "type": "string",
    "pattern": r"^(\d{4}-)?\d{2}-\d{2}$",
    "description": "A date (2026-03-31) or a day of every year (03-31).",
}
UNIT: dict[str, object] = {
    "enum": list(UNITS),
    "description": "business_days: by the calendar. weekdays: without weekends, holidays included. weeks and months "
    "are added as such (a shorter month ends on its last day) and told in calendar days.",
}
KIND_AND_WHERE = _object(["kind"], kind=TEXT, where={"$ref": "#/$defs/where"})

DEFS: dict[str, object] = {
    "words": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": TEXT,
        "description": "A text by language code.",
    },
    "where": {
        "type": "object",
        "description": "For each key of the event's data the value or values it may have.",
        "additionalProperties": {"type": ["string", "integer", "boolean", "array"]},
    },
    "events": {
        "oneOf": [TEXT, KIND_AND_WHERE, _list({"oneOf": [TEXT, KIND_AND_WHERE]})],
        "description": "One event kind or several, any of which is meant.",
    },
    "shift": _object(["until", "counts_from"], since=DAY, until=DAY, counts_from=DAY, where={"$ref": "#/$defs/where"}),
    "allowance": {
        **_object(
            ["on"],
            on={"$ref": "#/$defs/events"},
            unit=UNIT,
            amount=_whole(0),
            amount_from={**TEXT, "description": "The key of the event's data that holds the amount."},
            by={**TEXT, "description": "The key of the event's data that chooses from amounts, e.g. language."},
            amounts={"type": "object", "additionalProperties": _whole(0)},
            before_start={**FLAG, "description": "Also count events before the clock started."},
            once={**FLAG, "description": "Count only the first such event."},
            reason={"$ref": "#/$defs/words"},
        ),
        "oneOf": [{"required": ["amount"]}, {"required": ["amount_from"]}, {"required": ["by", "amounts"]}],
        "description": "Time visibly added to the target. In the standard's own unit when that is in working days.",
    },
    "applies": _object(
        [],
        instruments=_list(TEXT),
        routes=_list(TEXT),
        programmes=_list(TEXT),
        amount_over={"type": ["string", "integer"]},
        amount_up_to={"type": ["string", "integer"]},
    ),
}

STANDARD: dict[str, object] = _object(
    ["code", "name", "promise", "side", "start", "stop", "amount", "unit"],
    code=TEXT,
    name={"$ref": "#/$defs/words"},
    promise={"$ref": "#/$defs/words"},
    side={"enum": list(SIDES), "description": "Whose clock it is."},
    per={"enum": ["case", "subject"], "default": "case", "description": "One clock per case or per event subject."},
    start=_about("events", "What starts the clock."),
    start_where=_about("where", "What the data of a starting event must say."),
    start_pick={
        "enum": ["first", "latest", "all"],
        "default": "first",
        "description": "first: only the first start counts. latest: every start counts anew. all: the clock starts "
        "when each of the events has happened, with the last of them.",
    },
    start_shift=_list({"$ref": "#/$defs/shift"}, "A start within a span counts from a later day."),
    due_from_event_data={**TEXT, "description": "Count from the date under this key of the starting event's data."},
    stop=_about("events", "What stops the clock."),
    amount=_whole(
        0,
        about="The target. On the same day: 1, with the same day as the first one counted; 0 only together with "
        "due_from_event_data.",
    ),
    unit=UNIT,
    first_day={"enum": ["after", "same"], "default": "after", "description": "Which day is the first one counted."},
    cut_off={
        **TEXT,
        "description": "Local hour such as 17:00. Later arrivals count for the next working day; the "
        "due day ends at this hour. Without it a day ends at midnight.",
    },
    zone={**TEXT, "description": "IANA zone; the calendar's when absent."},
    calendar={
        **TEXT,
        "default": "default",
        "description": "Code of the calendar to count by. In a simulation it is that of the one given, which is "
        "called default when it has no code.",
    },
    roll_forward={**FLAG, "description": "A due day that is not a working day moves to the next one."},
    roll_start={**FLAG, "description": "A start on a day that is not a working day counts for the next one."},
    pauses=_list(
        _object(
            ["from", "to"],
            **{"from": {"$ref": "#/$defs/events"}, "to": {"$ref": "#/$defs/events"}},
            at_most={
                **_object(["amount"], amount=_whole(1), unit=UNIT),
                "description": "After this much time, counted from the day after it began, it goes on by itself.",
            },
        ),
        "Intervals in which the clock stands still.",
    ),
    restart=_about("events", "What starts the whole time anew, also after the clock has stopped."),
    reset=_about("events", "What undoes the start: the clock has not started."),
    lose=_about("events", "What takes the case out of the standard."),
    void=_about("events", "What ends an open clock without judging it, such as a withdrawal."),
    revive=_about("events", "What undoes that: the clock goes on, the time between counts as a pause."),
    allowances=_list({"$ref": "#/$defs/allowance"}),
    cap=_object(["amount"], amount=_whole(1), unit=UNIT),
    tiers=_list(_object(["percent", "amount"], percent=_whole(1, 100), amount=_whole(1)), "Inner targets, ascending."),
    target_percent=_whole(1, 100, "The public target: per cent of cases within the time."),
    warn=_list(
        {
            **_object([], before=_whole(0), unit=UNIT, share=_whole(1, 99)),
            "oneOf": [{"required": ["before"]}, {"required": ["share"]}],
        },
        "When to warn: units ahead of the due day, or per cent of the time elapsed.",
    ),
    escalation=_list(_object(["role"], role=TEXT, after=_whole(0)), "Who is told, how many units after the due day."),
    applies={"$ref": "#/$defs/applies"},
)

CALENDAR: dict[str, object] = _object(
    ["zone"],
    code=TEXT,
    zone={**TEXT, "description": "IANA time zone such as Africa/Maputo."},
    weekend=_list(_whole(0, 6), "Free days of the week, Monday = 0.", default=[5, 6], maxItems=6),
    countries=_list(_object(["country"], country=TEXT, subdivision={"type": ["string", "null"]})),
    closing_days={
        "oneOf": [
            _list({"type": "string", "format": "date"}),
            {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
        ],
        "description": "Dates, or an object of dates with their names.",
    },
    weekdays_only={**FLAG, "description": "Leave out holidays and closing days."},
    dated={"type": ["string", "null"], "format": "date"},
)

INSTANT: dict[str, object] = {"type": "string", "format": "date-time", "description": "ISO 8601 with zone or offset."}
TOLD: dict[str, object] = {"type": ["string", "null"], "format": "date-time"}

RESULT: dict[str, object] = {
    **_object(
        ["state", "started_at", "due_at", "stopped_at", "elapsed", "remaining", "unit", "pauses", "explanation"],
        state={
            "enum": ["not_started", "running", "paused", "met", "missed", "lost", "void"],
            "description": "running: also past the due date, when remaining is negative. met, missed: stopped in time, "
            "or too late, or closed by the cap. lost: the case is out of the standard. void: ended without judgement.",
        },
        started_at={**TOLD, "description": "Of the event that started the clock, or started it anew."},
        due_at={
            **TOLD,
            "description": "The last second in time. While the clock is paused, what it would be if it went on at "
            "once. Null when nothing is promised.",
        },
        stopped_at=TOLD,
        elapsed={"type": "integer", "description": "Days counted until it stopped, or until at; pauses left out."},
        remaining={
            "type": ["integer", "null"],
            "description": "Days left until the due day; negative when late, by at least one.",
        },
        unit={"enum": ["business_days", "weekdays", "calendar_days"], "description": "Of elapsed and remaining."},
        pauses=_list(
            _object(["from", "to"], **{"from": {"type": "string", "format": "date-time"}, "to": TOLD}),
            "Within the run of the clock, without overlaps; to is null while it stands still.",
        ),
        explanation=_list(TEXT, "One line per step of the reckoning."),
    ),
    "description": "What is printed. Instants are in the clock's zone.",
}

SCHEMA: dict[str, object] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Simulation of a service standard",
    **_object(
        ["standard", "calendar", "events", "at"],
        standard=STANDARD,
        calendar=CALENDAR,
        events=_list(_object(["at", "kind"], at=INSTANT, kind=TEXT, subject=TEXT, data={"type": "object"})),
        at=INSTANT,
        subject={**TEXT, "description": "For a standard per subject: which one; the first one named when absent."},
    ),
    "$defs": {**DEFS, "result": RESULT},
}

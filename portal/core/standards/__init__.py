"""Service standards: promises as data, and the pure reckoning of what they mean for a case at an instant."""

from portal.core.standards.bar import Bar, bar
from portal.core.standards.dues import EventDataError
from portal.core.standards.history import EventFact
from portal.core.standards.parse import parse_standard, parse_standards
from portal.core.standards.reading import StandardError
from portal.core.standards.reckon import (
    Finished,
    Reckoning,
    State,
    TierResult,
    moves,
    next_check,
    reckon,
    reckon_all,
    stored,
    subjects,
)
from portal.core.standards.schema import SCHEMA
from portal.core.standards.simulate import english, simulate
from portal.core.standards.standard import Standard
from portal.core.standards.writing import to_data

__all__ = [
    "SCHEMA",
    "Bar",
    "EventDataError",
    "EventFact",
    "Finished",
    "Reckoning",
    "Standard",
    "StandardError",
    "State",
    "TierResult",
    "bar",
    "english",
    "moves",
    "next_check",
    "parse_standard",
    "parse_standards",
    "reckon",
    "reckon_all",
    "simulate",
    "stored",
    "subjects",
    "to_data",
]

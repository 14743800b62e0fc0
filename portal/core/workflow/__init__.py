"""Workflows as versioned data: states with an owner, moves with roles and guards, read from a definition and checked.

The mechanism is here and pure; guards and effects are named in the data and kept in registries by the features.
"""

from __future__ import annotations

from portal.core.workflow.checking import ANY, NOTHING, STANDARD, STATE, TRACK, Known, Takes
from portal.core.workflow.definition import Ask, Mail, Move, Option, State, Target, Workflow, WorkflowError
from portal.core.workflow.reading import parse_workflow

__all__ = [
    "ANY",
    "NOTHING",
    "STANDARD",
    "STATE",
    "TRACK",
    "Ask",
    "Known",
    "Mail",
    "Move",
    "Option",
    "State",
    "Takes",
    "Target",
    "Workflow",
    "WorkflowError",
    "parse_workflow",
]

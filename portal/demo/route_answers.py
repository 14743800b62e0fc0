"""From the short notation of the case files to the answers of project proposals and concept notes (version 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from portal.demo.case_answers import Answers, attachments, place, rows, sponsors, who
from portal.demo.people import Data, World

PROPOSAL, NOTE = "project_proposal", "concept_note"
PLACE = ("title", "activity_type", "scope", "citywide", "country")
NOT_FUNDED = ("emergency", "research", "members_work")
#: prose by its key in the files → section and question
PROSE: Mapping[str, Mapping[str, str]] = {
    PROPOSAL: {
        "background": "purpose.background",
        "objectives": "purpose.objectives",
        "methodology": "activities.methodology",
        "outcomes": "results.outcomes",
        "monitoring": "results.monitoring",
        "sustainability": "results.sustainability",
        "partnerships": "support.partnerships",
        "commitment": "support.commitment",
        "investment": "support.investment",
        "environment": "environment.environment",
        "environment_monitoring": "environment.environment_monitoring",
        "cofinancing_note": "budget.cofinancing_note",
    },
    NOTE: {
        "problem": "idea.problem",
        "objectives": "idea.objectives",
        "approach": "idea.approach",
        "results": "idea.results",
        "partnerships": "support.partnerships",
        "commitment": "support.commitment",
        "investment": "support.investment",
        "environment": "support.environment",
    },
}
#: tables: their key → where they stand, their columns, and which of these are translated
TABLES: Mapping[str, Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]]] = {
    PROPOSAL: {
        "activities": ("activities.activities", ("what", "from_month", "to_month", "who"), ("what", "who")),
        "outputs": ("results.outputs", ("output", "month"), ("output",)),
        "budget": ("budget.budget", ("component", "category", "grant", "cofin_cash", "cofin_kind"), ("component",)),
    },
    NOTE: {"costs": ("budget.costs", ("source", "cash", "in_kind"), ("source",))},
}


def answers(instrument: str, data: Data, world: World) -> Answers:
    """The complete answers of a project proposal or a concept note."""
    found: Answers = {
        "who": who(data, world),
        "sponsors": {"sponsors": sponsors(data, world)},
        "place": place(data, world, PLACE),
    }
    for key, path in PROSE[instrument].items():
        _put(found, path, str(data[key]).strip())
    for key, (path, columns, _) in TABLES[instrument].items():
        _put(found, path, rows(columns, data[key]))
    for key in ("duration", "amount"):
        _put(found, f"budget.{key}", data[key])
    if instrument == PROPOSAL:
        found["execution"] = {"client_executes": "yes"}
    found["screening"] = dict.fromkeys(NOT_FUNDED, "no")
    found["attachments"] = {"attachments": attachments(data, world)}
    found["declaration"] = {"declaration": True}
    return found


def _put(found: Answers, path: str, value: object) -> None:
    section, question = path.split(".")
    found.setdefault(section, {})[question] = value


def translation(instrument: str, data: Data, case: Data) -> dict[str, str]:
    """Translated texts by answer path; a table's rows stand in the order of the original.

    Raises ValueError when a translated table has another number of rows than the original.
    """
    found = {"place.title": data["title"]}
    found |= {path: str(data[key]).strip() for key, path in PROSE[instrument].items()}
    for n, (text, _) in enumerate(zip(data.get("attachments", ()), case.get("attachments", ()), strict=True), 1):
        found[f"attachments.attachments.r{n}.description"] = text
    for key, (path, _, columns) in TABLES[instrument].items():
        for n, (line, _) in enumerate(zip(data[key], case[key], strict=True), 1):
            found |= _cells(f"{path}.r{n}", columns, [line] if isinstance(line, str) else line)
    return found


def _cells(row: str, columns: Iterable[str], cells: Iterable[str]) -> dict[str, str]:
    return {f"{row}.{column}": text for column, text in zip(columns, cells, strict=True)}


def evaluation(criteria: Iterable[str], data: Data) -> Answers:
    """The answers of an evaluator (review form of a concept note): a number and a remark for each criterion."""
    marks = list(zip(criteria, data["scores"], strict=True))
    found: dict[str, object] = dict(marks)
    found |= {f"{code}_comment": data["remarks"][str(mark)] for code, mark in marks}
    return {
        "criteria": found,
        "recommendation": {"recommendation": data["recommendation"], "summary": data["summary"]},
    }

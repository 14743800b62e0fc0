"""From the short notation of the case files to the answers of the forms, by question code.

Covers the application form, the progress report and the assessment of a preparatory grant, all at version 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias

from portal.demo.papers import Paper
from portal.demo.people import Data, DemoOrganisation, World, demo_id

Answers: TypeAlias = dict[str, dict[str, Any]]

PROSE = {
    "background": "purpose.background",
    "purpose": "purpose.purpose",
    "leads_to_details": "purpose.leads_to_details",
    "approach": "activities.approach",
    "stakeholders": "results.stakeholders",
    "environment": "results.environment",
    "cofinancing_note": "budget.cofinancing_note",
}
TABLES = {
    "activities": ("activities.activities", ("what", "from_month", "to_month", "who")),
    "outputs": ("results.outputs", ("output", "month")),
    "budget": ("budget.budget", ("component", "category", "grant", "cofin_cash", "cofin_kind")),
}
CRITERIA = (
    "objective",
    "commitment",
    "investment",
    "partnerships",
    "cofinancing",
    "coherence",
    "scale",
    "institutional",
    "environment",
)


def rows(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> list[dict[str, object]]:
    """Table rows from lists of cells, each with the stable row id r1, r2 … that stored rows carry."""
    return [{"_row": f"r{n}", **dict(zip(columns, cells, strict=True))} for n, cells in enumerate(lines, 1)]


def _prose(data: Data, key: str) -> str:
    return str(data[key]).strip()


def papers(data: Data, organisation: DemoOrganisation) -> list[Paper]:
    """The documents of a case: first one proof for each sponsor, then the attachments, in the order of the file."""
    code, language = data["code"], organisation.language
    found = [
        Paper(
            demo_id("file", f"{code}:sponsor-{n}"),
            f"{code}-sponsor-{n}.docx",
            language,
            (sponsor["proof"], data["title"], organisation.name),
        )
        for n, sponsor in enumerate(data["sponsors"], 1)
    ]
    for n, attachment in enumerate(data.get("attachments", ()), 1):
        name = f"{code}-{attachment['kind'].replace('_', '-')}-{n}.docx"
        lines = (attachment["description"], data["title"], organisation.name)
        found.append(Paper(demo_id("file", f"{code}:attachment-{n}"), name, language, lines))
    return found


def application(data: Data, world: World) -> Answers:
    """The complete answers of an application (preparatory grant, application form version 1)."""
    return {
        "who": who(data, world),
        "sponsors": {"sponsors": sponsors(data, world)},
        "place": place(data, world, ("title", "activity_type", "scope", "country")),
        "purpose": {
            "background": _prose(data, "background"),
            "purpose": _prose(data, "purpose"),
            "leads_to": data["leads_to"],
            "leads_to_details": _prose(data, "leads_to_details"),
        },
        "activities": {
            "approach": _prose(data, "approach"),
            "activities": rows(TABLES["activities"][1], data["activities"]),
        },
        "results": {
            "outputs": rows(TABLES["outputs"][1], data["outputs"]),
            "stakeholders": _prose(data, "stakeholders"),
            "environment": _prose(data, "environment"),
        },
        "budget": _budget(data),
        "execution": _execution(data, world),
        "attachments": {"attachments": attachments(data, world)},
        "declaration": {"declaration": True},
    }


def who(data: Data, world: World) -> dict[str, Any]:
    """Who submits, may be asked, receives the grant, and works with them."""
    code = data["organisation"]
    return {
        "submitter": world.contact_of(code, "lead"),
        "contact": world.contact_of(code, "contributor"),
        "recipient": world.contact_of(code, "signatory"),
        "other_parties": [
            {"_row": f"r{n}", "party": world.contact_of(party["organisation"], "lead"), "role": party["role"]}
            for n, party in enumerate(data.get("other_parties", ()), 1)
        ],
    }


def place(data: Data, world: World, facts: Iterable[str]) -> dict[str, Any]:
    """The named facts of title and place, and the cities in the language of the applicant."""
    language = world.organisations[data["organisation"]].language
    return {
        **{key: data[key] for key in facts},
        "cities": [
            {"_row": f"r{n}", "city": world.cities[code].answer(language)} for n, code in enumerate(data["cities"], 1)
        ],
    }


def attachments(data: Data, world: World) -> list[dict[str, object]]:
    """The attached documents, in the order of the file."""
    found = papers(data, world.organisations[data["organisation"]])[len(data["sponsors"]) :]
    return [
        {"_row": f"r{n}", "kind": entry["kind"], "file": paper.answer(), "description": entry["description"]}
        for n, (entry, paper) in enumerate(zip(data.get("attachments", ()), found, strict=True), 1)
    ]


def sponsors(data: Data, world: World) -> list[dict[str, object]]:
    """The members that sponsor an application, each with its proof."""
    proofs = [paper.answer() for paper in papers(data, world.organisations[data["organisation"]])]
    found: list[dict[str, object]] = []
    for n, (entry, proof) in enumerate(zip(data["sponsors"], proofs, strict=False), 1):
        member = world.organisations[entry["organisation"]]
        found.append(
            {
                "_row": f"r{n}",
                "organisation": {"id": str(member.id), "name": member.name},
                "signatory": world.contact_of(member.code, "signatory"),
                "contact": world.contact_of(member.code, "lead"),
                "proof": proof,
            }
        )
    return found


def _budget(data: Data) -> dict[str, Any]:
    answers = {
        "budget": rows(TABLES["budget"][1], data["budget"]),
        "duration": data["duration"],
        "amount": data["amount"],
    }
    if "cofinancing_note" in data:
        answers["cofinancing_note"] = _prose(data, "cofinancing_note")
    return answers


def _execution(data: Data, world: World) -> dict[str, Any]:
    if data.get("client_executes", "yes") == "yes":
        return {"client_executes": "yes"}
    exception = data["exception"]
    return {
        "client_executes": "no",
        "exception_reason": exception["reason"],
        "exception_explanation": exception["explanation"],
        "agent": world.contact(world.people[exception["agent"]]),
    }


def assessment(data: Data) -> Answers:
    """The answers of an assessment (review form version 1).

    A comment is part of the form only where a criterion is not fully met; the others are kept all the same.
    """
    criteria: dict[str, Any] = {}
    for code in CRITERIA:
        criteria[code], criteria[f"{code}_comment"] = data["criteria"][code]
    recommendation = {"recommendation": data["recommendation"], "summary": data["summary"]}
    if "conditions" in data:
        recommendation["conditions"] = data["conditions"]
    return {"criteria": criteria, "recommendation": recommendation}


def report_paper(case: Data, subject: str, organisation: DemoOrganisation) -> Paper:
    """The signed report that goes with a progress report."""
    name = f"{case['code']}-{subject}.docx"
    return Paper(demo_id("file", name), name, organisation.language, (case["title"], subject, organisation.name))


def progress_report(case: Data, report: Data, organisation: DemoOrganisation, today: date) -> Answers:
    """The answers of a progress report (version 1); its period is counted in calendar days from `today`."""
    first, last = (today + timedelta(days=days) for days in report["period_days"])
    lines = [
        (component, category, grant, spent)
        for (component, category, grant, *_), spent in zip(case["budget"], report["spent"], strict=True)
    ]
    return {
        "activities": {
            "summary": report["summary"],
            "progress": rows(("what", "status", "note"), report["progress"]),
        },
        "results": {
            "outputs": rows(("output", "status", "evidence"), report["outputs"]),
            "participation": report["participation"],
        },
        "funds": {
            "period_from": f"{first:%Y-%m}",
            "period_to": f"{last:%Y-%m}",
            "use_of_funds": rows(("line", "category", "budget", "spent"), lines),
            "variance_explanation": report["variance_explanation"],
        },
        "outlook": {"problems": report["problems"], "next_steps": report["next_steps"]},
        "attachments": {
            "attachments": [
                {
                    "_row": "r1",
                    "kind": "report",
                    "file": report_paper(case, report["subject"], organisation).answer(),
                    "description": case["title"],
                }
            ]
        },
        "declaration": {"declaration": True},
    }


def translation(data: Data, case: Data) -> dict[str, str]:
    """Translated texts by answer path (`purpose.background`, `activities.activities.r1.what`).

    Raises ValueError when a translated table has another number of rows than the original.
    """
    found = {"place.title": data["title"]}
    found |= {path: _prose(data, key) for key, path in PROSE.items() if key in data}
    if "exception_explanation" in data:
        found["execution.exception_explanation"] = _prose(data, "exception_explanation")
    for n, (text, _) in enumerate(zip(data.get("attachments", ()), case.get("attachments", ()), strict=True), 1):
        found[f"attachments.attachments.r{n}.description"] = text
    for n, (text, _) in enumerate(zip(data.get("roles", ()), case.get("other_parties", ()), strict=True), 1):
        found[f"who.other_parties.r{n}.role"] = text
    for key, columns in (("activities", ("what", "who")), ("outputs", ("output",)), ("budget", ("component",))):
        if key not in data:
            continue
        for n, (line, _) in enumerate(zip(data[key], case[key], strict=True), 1):
            cells = [line] if isinstance(line, str) else line
            for column, text in zip(columns, cells, strict=True):
                found[f"{TABLES[key][0]}.r{n}.{column}"] = text
    return found

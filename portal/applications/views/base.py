"""What the applicant's pages share: the blueprint, the case asked for, the draft made ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Blueprint, g, redirect
from werkzeug.wrappers import Response

from forms.engine import answers as reading
from forms.engine.context import Context
from forms.engine.definition import FormDefinition
from portal.applications import show
from portal.cases import queries
from portal.cases.models import Answers, Case
from portal.cases.service.context import form_context
from portal.cases.service.move import form_of, state_of
from portal.core.actor import OrgRole
from portal.core.workflow import State
from portal.infra.i18n import locale_code

blueprint = Blueprint("applications", __name__)

#: the places of moves that the applicant's pages offer; the agreement has a page of its own
PLACES = frozenset({"applicant", "submit", "sign", "withdraw", "discard"})


def client_case(reference: str) -> Case:
    """The case as one of the reader's own.

    :raises NotFound: when it belongs to none of her organisations.
    """
    if "client_case" not in g or g.client_case.reference != reference:
        g.client_case = queries.for_client(g.actor, reference)
    return g.client_case


def writes(case: Case) -> bool:
    """Whether the reader may write for the case's organisation."""
    return bool(g.actor.in_organisation(case.organisation_id, OrgRole.LEAD, OrgRole.CONTRIBUTOR))


def form_language(case: Case, definition: FormDefinition) -> str:
    """The language of the form's texts: the reader's where the form has it, else the one the case is written in."""
    return locale_code() if locale_code() in definition.languages else case.language


@dataclass(frozen=True)
class Draft:
    """A case with its form and answers, ready to be shown."""

    case: Case
    state: State
    definition: FormDefinition
    language: str
    context: Context
    rows: Mapping[str, Answers]
    answers: dict[str, dict[str, Any]]
    states: Mapping[str, reading.SectionState]

    def tasks(self, current: str = "") -> list[show.Task]:
        """The sections with how far each is."""
        return show.tasks(
            self.case, self.definition, self.states, self.state, writes=writes(self.case), current=current
        )

    def conflicts(self) -> list[show.Conflict]:
        """Values of colleagues that nobody has looked at yet."""
        rows = queries.open_conflicts(self.case.id)
        return show.conflicts(self.definition, rows, self.answers, self.language, self.context)

    def writers(self) -> int:
        """How many people have written so far."""
        return len({stamp.get("by") for row in self.rows.values() for stamp in row.stamps.values() if stamp.get("by")})


def load_draft(case: Case, now: datetime, files: Mapping[str, Mapping[str, Any]] | None = None) -> Draft:
    """Read a case's answers and work out how far they are. Four queries.

    :param files: files just received, as answers name them, besides those already there.
    """
    definition = form_of(case)
    language = form_language(case, definition)
    context = form_context(case, language, now)
    if files:
        context = replace(context, files={**context.files, **files})
    rows = queries.answer_rows(case.id)
    answers = {code: dict(row.data) for code, row in rows.items()}
    states = reading.states(definition, answers, context)
    return Draft(case, state_of(case), definition, language, context, rows, answers, states)


def see(url: str) -> Response:
    """After a post: go and look at the result."""
    return redirect(url, code=303)

"""Keep a case findable: by its reference, title, place, people's words."""

from __future__ import annotations

from forms.engine import answers as reading
from portal.calls.rules import instruments
from portal.cases import queries
from portal.cases.models import Case
from portal.infra import search


def index(case: Case, translated: str = "") -> None:
    """Store the text by which a case is found: its own words as submitted, and its translation when there is one."""
    definition = instruments.form(case.instrument, case.process, case.form_version)
    words = reading.search_text(definition, queries.answers_of(case.id))
    text = " ".join(part for part in (case.title, case.title_translated, case.city, words, translated) if part)
    search.put(case.tenant_id, case.id, text, search.Visibility.applicant, reference=case.reference)

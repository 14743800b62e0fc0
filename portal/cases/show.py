"""What the documents of a case are called for whoever reads its pages or saves them, in the reader's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from portal.cases.models import Case, Document
from portal.cases.rules.papers import SUBMITTED, TITLES, as_file_name, number_in
from portal.infra.i18n import gettext, locale_code, show_date, show_language, show_number


def document_name(row: Document, reference: str) -> str:
    """A document by its kind, its number and the day it was made: what tells it from the others of its case.

    :param reference: the case's; the day is the one it was in the tenant's zone.
    """
    title = gettext(TITLES[row.kind].id, reference=reference) if row.kind in TITLES else row.title
    number, day = number_in(row.key), show_date(row.created_at)
    if row.kind in SUBMITTED:
        return gettext("%(title)s, submission %(number)s (%(day)s)", title=title, number=show_number(number), day=day)
    if number > 1:
        return gettext("%(title)s, no. %(number)s (%(day)s)", title=title, number=show_number(number), day=day)
    return gettext("%(title)s (%(day)s)", title=title, day=day)


def document_names(rows: Iterable[Document], case: Case) -> dict[UUID, str]:
    """The names of a case's documents by their ids; a letter that is there in two languages says in which each is."""
    names = [(row, document_name(row, case.reference)) for row in rows]
    often = Counter(name for _, name in names)
    return {row.id: _in_its_language(row, name, always=often[name] > 1) for row, name in names}


def file_name(row: Document, reference: str) -> str:
    """The name under which a document is saved."""
    return f"{as_file_name(_in_its_language(row, document_name(row, reference)))}.pdf"


def _in_its_language(row: Document, name: str, *, always: bool = False) -> str:
    """The name with the document's language, where that is not the reader's."""
    if row.language == locale_code() and not always:
        return name
    return gettext("%(name)s, in %(language)s", name=name, language=show_language(row.language))

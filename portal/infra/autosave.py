"""What static/js/autosave.js sends and is answered: one answer at a time, while it is typed.

A page that saves so carries the attributes of ``components/autosave.html``. What is kept, and who may, is each
feature's own; here is only how it is said on the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import jsonify
from werkzeug.wrappers import Response

from forms.engine.definition import Problem
from portal.core.errors import Invalid
from portal.core.text import N_
from portal.infra.i18n import show_message

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Typed:
    """Which answer arrived, against which revision it was typed, and when on the device (UTC)."""

    question: str
    rev: int
    at: datetime


def read(form: Mapping[str, str], now: datetime) -> Typed:
    """What the script says of the answer it sends; the inputs of the answer stand beside it in the form.

    :param now: what an unreadable time counts as (UTC).
    :raises Invalid: (``rev``) when the revision is no number.
    """
    rev = form.get("rev", "0")
    if not (rev.isascii() and rev.isdigit() and len(rev) < 10):
        raise Invalid({"rev": N_("The revision must be a number. Load the page again.")})
    return Typed(form.get("question", ""), int(rev), _instant(form.get("typed_at", ""), now))


def _instant(written: str, now: datetime) -> datetime:
    """When it was typed on the device; a time without zone or from another century counts as now."""
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return now
    return at.astimezone(UTC) if at.tzinfo is not None and LONG_AGO < at < now else now


def answer(
    status: str,
    rev: int,
    now: datetime,
    problems: Iterable[Problem],
    other: Mapping[str, Any] | None = None,
    *,
    unkept: bool = False,
) -> Response:
    """Tell the script how an answer was kept.

    :param status: ``saved``; ``conflict`` or ``stale`` when another value stands or stood.
    :param rev: the revision of the answer now.
    :param problems: what is wrong with its shape, shown as a hint beside it.
    :param other: the other value: ``by``, ``at`` (ISO 8601), ``text``.
    :param unkept: what arrived is not kept here: the device holds it until the writer has chosen.
    """
    told: Response = jsonify(
        status=status,
        rev=rev,
        saved_at=now.isoformat(),
        problems=[{"path": problem.path, "message": show_message(problem.message)} for problem in problems],
        other=other,
        unkept=unkept,
        message="",
    )
    return told

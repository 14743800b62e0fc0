"""The panel: the ranking with its budget line, and the balance of what is recommended."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.applications.show import kind_name
from portal.cases.service.move import state_of
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission, holds
from portal.core.text import Message
from portal.evaluation import queries, show
from portal.evaluation.models import EvaluationRound
from portal.evaluation.rules import portfolio, ranking
from portal.evaluation.service import consensus, rank
from portal.evaluation.views.base import blueprint, whole
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.i18n import gettext

#: what a spreadsheet would take for a formula
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@blueprint.get("/<tenant>/admin/evaluation/<code>/panel/")
@requires(Permission.EVALUATION_READ)
def panel(code: str) -> str:
    """The ranking of a round."""
    return _page(queries.round_by_code(g.actor, code), {})


def _lines(row: EvaluationRound) -> list[dict[str, Any]]:
    found = rank.entries(row)
    call, places, results = queries.call_of(row), queries.ranking_of(row.id), consensus.results(row)
    by_id = {case.id: case for _, case in found}
    lines = ranking.lines([entry for entry, _ in found], call.envelope if call else None)
    return [
        {
            "line": line,
            "case": by_id[line.entry.case_id],
            "dir": i18n.direction(by_id[line.entry.case_id].language),
            "spread": results.get(line.entry.case_id, (None, None))[1],
            "state": i18n.show_text(state_of(by_id[line.entry.case_id]).name),
            "kept": places.get(line.entry.case_id),
        }
        for line in lines
    ]


def _page(row: EvaluationRound, problems: dict[str, Message]) -> str:
    lines = _lines(row)
    call = queries.call_of(row)
    funded = queries.funded_cities()
    today = datetime.now(UTC).astimezone(ZoneInfo(g.tenant.zone)).date()
    recommended = [one["case"] for one in lines if one["kept"] is not None and one["kept"].recommended]
    # Until something is recommended, what the scores alone would fund.
    chosen = recommended or [one["case"] for one in lines if one["line"].fits and one["line"].entry.score is not None]
    balance = portfolio.balance(
        [
            portfolio.Piece(
                case.country or "",
                case.instrument,
                case.amount or Decimal(0),
                (case.country or "", case.city) not in funded,
            )
            for case in chosen
        ],
        call.eligible_on if call else today,
    )
    names = {case.instrument: kind_name(case) for case in chosen}
    names |= {key: i18n.show_message(text) for key, text in show.PARTS.items()}
    return render_template(
        "pages/evaluation/panel.html",
        round=row,
        lines=lines,
        envelope=call.envelope if call else None,
        currency=lines[0]["case"].currency if lines else g.tenant.currency,
        balance=balance,
        is_recommended=bool(recommended),
        beyond=balance.amount - call.envelope if call and call.envelope is not None else Decimal(0),
        names=names,
        may=holds(g.actor, Permission.PANEL_MANAGE),
        problems={key: i18n.show_message(text) for key, text in problems.items()},
        typed=request.form if request.method == "POST" else {},
    )


@blueprint.post("/<tenant>/admin/evaluation/<code>/panel/")
@requires(Permission.PANEL_MANAGE)
def change_panel(code: str) -> Response | tuple[str, int]:
    """Put a case at another place, or mark what is recommended."""
    row, form, now = queries.round_by_code(g.actor, code), request.form, datetime.now(UTC)
    try:
        if form.get("do") == "move":
            place = whole(form.get("place", ""))
            rank.move(row, _id(form.get("case", "")), place, form.get("reason", "")[:2000], g.actor, now)
        else:
            rank.recommend(row, {_id(key) for key in form.getlist("recommended")}, g.actor, now)
    except Invalid as error:
        return _page(row, dict(error.problems)), 422
    flash(gettext("The ranking is kept."), "success")
    return redirect(url_for("evaluation.panel", code=code), 303)


def _id(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise NotFound from None


@blueprint.get("/<tenant>/admin/evaluation/<code>/panel.csv")
@requires(Permission.EVALUATION_READ)
def panel_csv(code: str) -> Response:
    """The ranking as a table for a spreadsheet; amounts and scores as plain figures."""
    row = queries.round_by_code(g.actor, code)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(
        ["place", "reference", "title", "country", "city", "score", "spread", "amount", "currency", "cumulative",
         "fits", "recommended", "reason"]
    )  # fmt: skip
    for one in _lines(row):
        line, case, kept = one["line"], one["case"], one["kept"]
        table.writerow(
            _plain(value)
            for value in (
                line.place, case.reference, case.title, case.country, case.city, line.entry.score, one["spread"],
                line.entry.amount, case.currency, line.cumulative, "yes" if line.fits else "no",
                "yes" if kept and kept.recommended else "no", kept.reason if kept else "",
            )
        )  # fmt: skip
    answer = make_response("\ufeff" + out.getvalue())
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="ranking-{row.code}.csv"'
    return answer


def _plain(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text

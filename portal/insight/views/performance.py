"""How well the published promises are kept: the page for everybody, its data, its feed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, current_app, g, render_template, request, url_for

from portal.cases import queries as cases
from portal.core.errors import NotFound
from portal.core.permissions import Permission, holds
from portal.infra.access import public_page
from portal.infra.i18n import gettext, locale_code, show_text
from portal.infra.pages import kept
from portal.insight import show_feed
from portal.insight import show_performance as show
from portal.insight.queries import performance as queries
from portal.insight.rules import performance as rules
from portal.insight.rules.performance import safe_cell
from portal.insight.rules.quarters import Quarter, quarter_of, read_quarter, up_to
from portal.insight.views.base import blueprint

#: How many quarters the page and its pictures tell of, and how many at most are given away as data.
QUARTERS, MOST_QUARTERS = 4, 40
KEEP_SECONDS = 300


@blueprint.get("/<tenant>/performance/")
@public_page
@kept(cases.whether_anything_happened)
def performance() -> str:
    """What we promise and how we kept it, over the last four quarters or in one of them.

    All processes stand on one page at a glance; ``of`` asks for the promises of one of them, each with its picture.
    Whoever promises for one process only shows both at once.
    """
    now, zone = datetime.now(UTC), g.tenant.zone
    current = _current(now)
    known = _known(current)
    chosen = _chosen(known)
    quarters = up_to(chosen or current, QUARTERS)
    period = (chosen,) if chosen else quarters
    every, running = queries.published(), queries.running(now)
    found = show.grouped(queries.tally(quarters, every))
    shown = [(one, show.show(one, period, quarters, found, running.get(one.which, (0, 0)), now, zone)) for one in every]
    ours = [pair for pair in shown if pair[0].newest.side in rules.OURS]
    total = [pair[1].figures for pair in ours]
    groups = show.by_process(ours)
    one_group = _asked_group(groups)
    return render_template(
        "pages/insight/performance.html",
        groups=groups,
        tabs=_tabs(groups, one_group, chosen),
        group=one_group or (groups[0] if len(groups) == 1 else None),
        at_a_glance=one_group is None,
        others=show.by_process(pair for pair in shown if pair[0].newest.side not in rules.OURS),
        begins=period[0].first,
        ends=min(period[-1].last, now.astimezone(ZoneInfo(zone)).date()),
        so_far=now < period[-1].ends_at(zone),
        met=sum(one.met for one in total),
        volume=sum(one.volume for one in total),
        choices=[(one.code, show.quarter_name(one)) for one in reversed(known)],
        chosen=chosen.code if chosen else "",
        chosen_name=show.quarter_name(chosen) if chosen else "",
        reads_breaches=g.actor is not None and holds(g.actor, Permission.STANDARDS_READ),
        reason_columns=[name for name in show.COLUMNS if name.startswith("reason_")],
    )


def _asked_group(groups: Sequence[show.Group]) -> show.Group | None:
    asked = request.args.get("of", "")
    found = next((one for one in groups if one.code == asked), None)
    if asked and found is None:
        raise NotFound
    return found


def _tabs(groups: Sequence[show.Group], at: show.Group | None, chosen: Quarter | None) -> list[dict[str, object]]:
    """All processes at a glance, then each of them; none when there is only one."""
    if len(groups) < 2 and at is None:
        return []
    quarter = chosen.code if chosen else None
    named = [(None, gettext("At a glance")), *((one.code, one.title) for one in groups)]
    return [
        {
            "label": label,
            "url": url_for("insight.performance", quarter=quarter, of=code),
            "current": code == (at.code if at else None),
        }
        for code, label in named
    ]


def _current(now: datetime) -> Quarter:
    return quarter_of(now.astimezone(ZoneInfo(g.tenant.zone)).date())


def _known(current: Quarter) -> tuple[Quarter, ...]:
    """The quarters that may be asked for, the oldest first: those with figures, and at least the last four."""
    first = min(queries.first_quarter() or current, current.step(1 - QUARTERS))
    known = up_to(current, MOST_QUARTERS)
    return tuple(one for one in known if one >= first)


def _chosen(known: Sequence[Quarter]) -> Quarter | None:
    asked = request.args.get("quarter", "")
    if not asked:
        return None
    quarter = read_quarter(asked)
    if quarter not in known:
        raise NotFound
    return quarter


@blueprint.get("/<tenant>/performance.csv")
@public_page
def performance_csv() -> Response:
    """The figures as a table: one row for each standard and quarter."""
    rows, now = _table()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(show.COLUMNS)
    for row in rows:
        writer.writerow([_cell(value) for value in row.values()])
    return _download(text.getvalue().encode(), "text/csv", "csv", now, rows)


def _cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else safe_cell(value)


@blueprint.get("/<tenant>/performance.json")
@public_page
def performance_json() -> Response:
    """The figures with the definition of each quarter."""
    rows, now = _table()
    quarters = {row["quarter"]: {key: row[key] for key in ("begins", "ends", "complete")} for row in rows}
    data = {
        "tenant": {"slug": g.tenant.slug, "name": show_text(g.tenant.name)},
        "generated_at": now.isoformat(timespec="seconds"),
        "language": locale_code(),
        "time_zone": g.tenant.zone,
        "periods": [{"quarter": code, **span} for code, span in quarters.items()],
        "columns": list(show.COLUMNS),
        "rows": rows,
    }
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return _download(text.encode(), "application/json", "json", now, rows)


def _table() -> tuple[list[dict[str, Any]], datetime]:
    now = datetime.now(UTC)
    return show.table(g.tenant.slug, _known(_current(now)), now, g.tenant.zone), now


def _download(body: bytes, mimetype: str, ending: str, now: datetime, rows: object) -> Response:
    day = now.astimezone(ZoneInfo(g.tenant.zone)).date()
    answer = current_app.response_class(body, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{g.tenant.slug}-performance-{day}.{ending}"'
    return _for_some_minutes(answer, json.dumps(rows).encode())


def _for_some_minutes(answer: Response, facts: bytes) -> Response:
    """Let it be kept for some minutes; its mark is what it says, not the moment at which it says it."""
    answer.set_etag(hashlib.sha256(locale_code().encode() + facts).hexdigest()[:24])
    whose = "private" if g.person is not None or "lang" in request.args else "public"
    answer.headers["Cache-Control"] = f"{whose}, max-age={KEEP_SECONDS}"
    answer.headers["Content-Language"] = locale_code()
    answer.headers.add("Vary", "Cookie, Accept-Language")
    made: Response = answer.make_conditional(request)  # type: ignore[assignment]
    return made


@blueprint.get("/<tenant>/performance.atom")
@public_page
def performance_feed() -> Response:
    """The quarters that ended, as a feed."""
    now, zone = datetime.now(UTC), g.tenant.zone
    running, every = _current(now), queries.published()
    first = queries.first_quarter()
    quarters = [one for one in up_to(running.step(-1), show.FEED_QUARTERS) if first is not None and one >= first]
    base, code = current_app.config["PORTAL"].base_url.rstrip("/"), locale_code()
    addresses = (
        base + url_for("insight.performance_feed", lang=code),
        base + url_for("insight.performance", lang=code),
    )
    body = show_feed.feed(
        show_feed.Publisher(base, g.tenant.slug, show_text(g.tenant.name), zone),
        addresses,
        every,
        queries.tally(quarters, every),
        quarters,
        running.step(-1).ends_at(zone),
    )
    return _for_some_minutes(current_app.response_class(body, mimetype="application/atom+xml"), body)

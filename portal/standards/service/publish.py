"""Publish standards: what came with an instrument, and what an administrator writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.calls import service as calls
from portal.calls.models import Call, CallChange
from portal.calls.rules import instruments
from portal.calls.service.announce import ANNOUNCED
from portal.calls.service.listeners import News
from portal.core.actor import Actor
from portal.core.standards import parse_standard, to_data
from portal.infra.db import db
from portal.standards import queries
from portal.standards.models import StandardVersion


def publish(
    instrument: str, process: str, definition: Mapping[str, Any], now: datetime, by: str = ""
) -> StandardVersion:
    """Publish a new version of a standard; running clocks keep the version they started under.

    :param by: the name of who publishes it; empty for what came with the instrument.
    :raises StandardError: when the definition is wrong, naming every key at fault.
    """
    standard = parse_standard(definition)
    last = db.session.scalars(
        select(StandardVersion.version)
        .where(
            StandardVersion.instrument == instrument,
            StandardVersion.process == process,
            StandardVersion.code == standard.code,
        )
        .order_by(StandardVersion.version.desc())
        .limit(1)
    ).first()
    row = StandardVersion(
        instrument=instrument,
        process=process,
        code=standard.code,
        version=(last or 0) + 1,
        definition=to_data(standard),
        published_at=now,
        published_by=by,
    )
    db.session.add(row)
    db.session.flush()
    queries.forget()
    return row


def publish_seeds(
    instrument: str, now: datetime, overrides: Mapping[str, Mapping[str, Any]] | None = None
) -> list[StandardVersion]:
    """Publish the standards an instrument ships with, for its application and each of its reports.

    :param overrides: standard's code → the keys a tenant words or counts otherwise, such as ``{"amount": 8}``.
    :returns: the versions now in force; a standard whose newest version says the same already is not published again.
    :raises ValueError: when an override names a standard the instrument does not have.
    :raises StandardError: when a definition is wrong, naming every key at fault.
    """
    own = dict(overrides or {})
    rows = [(p, row) for p in instruments.processes(instrument) for row in instruments.standards_data(instrument, p)]
    unknown = set(own) - {str(row["code"]) for _, row in rows}
    if unknown:
        raise ValueError(f"{instrument} has no standard {', '.join(sorted(unknown))}")
    published = []
    for process, row in rows:
        code = str(row["code"])
        definition = {**row, **own.get(code, {})}
        newest = next((v for v in queries.versions(instrument, process) if v.code == code), None)
        if newest is not None and newest.definition == to_data(parse_standard(definition)):
            published.append(newest)
        else:
            published.append(publish(instrument, process, definition, now))
    return published


@calls.told
def promise_at_first(call: Call, news: News, _actor: Actor, now: datetime) -> None:
    """Publish what an instrument came with when its first call is announced: no case may run without its clocks.

    A tenant that has published anything for the instrument has made up its own mind and is left alone.
    """
    if not isinstance(news, CallChange) or news.kind != ANNOUNCED:
        return
    for code in filter(None, (call.instrument, call.next_instrument)):
        if not db.session.scalars(
            select(StandardVersion.id).where(StandardVersion.instrument == code).limit(1)
        ).first():
            publish_seeds(code, now)

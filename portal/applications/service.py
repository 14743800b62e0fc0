"""What an applicant does besides answering and moving: hand files in and take them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from portal.cases.models import Case
from portal.cases.rules.access import is_open, may_edit
from portal.cases.service.move import state_of
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.core.text import N_, Message
from portal.infra import storage, uploads
from portal.infra.storage import StoredFile
from portal.tenants import queries as tenants

UPLOAD = "-upload"


class Upload(Protocol):
    """A file as a browser sends it."""

    filename: str | None
    stream: Any


def store_uploads(
    case: Case, section: str, sent: Iterable[tuple[str, Upload]], actor: Actor, now: datetime
) -> tuple[dict[str, dict[str, Any]], dict[str, Message]]:
    """Keep the files sent with a section.

    :param sent: (input name, file); an input in which no file was chosen is passed over.
    :returns: input name of the answer → the file as answers name it, and input name → what was wrong with it.
    :raises NotAllowed: when the actor does not write here. :raises NotNow: when the section is closed.
    """
    kept: dict[str, dict[str, Any]] = {}
    problems: dict[str, Message] = {}
    limit = tenants.by_id(case.tenant_id).policy.upload_limit_mb * uploads.MEGABYTE
    for name, upload in sent:
        if not upload.filename or not name.endswith(UPLOAD):
            continue
        _check_open(case, section, actor)
        field = name.removesuffix(UPLOAD)
        try:
            row = _store(case, f"{section}.{field}", upload.filename, upload.stream, limit, actor, now)
        except Invalid as error:
            problems[field] = next(iter(error.problems.values()))
            continue
        kept[field] = {"id": str(row.id), "name": row.name, "size": row.size, "type": row.media_type}
    return kept, problems


def _store(
    case: Case, question: str, filename: str, stream: BinaryIO, limit: int, actor: Actor, now: datetime
) -> StoredFile:
    checked = uploads.check(filename, stream, limit=limit)
    return storage.save(
        stream,
        name=checked.name,
        media_type=checked.media_type,
        limit=limit,
        now=now,
        uploaded_by=actor.person_id,
        case_id=case.id,
        question=question[:200],
    )


def forget_files(case: Case, removed: Iterable[StoredFile], now: datetime) -> int:
    """Mark files as removed that no answer names any more; what was ever submitted keeps its files.

    :returns: how many were marked.
    """
    if case.is_submitted:
        return 0
    count = 0
    for row in removed:
        row.deleted_at, count = now, count + 1
    return count


def named_files(value: Any) -> set[str]:
    """The ids of every file an answer names, however deep."""
    if isinstance(value, Mapping):
        own = {str(value["id"])} if {"id", "size", "type"} <= set(value) and value["id"] else set()
        return own.union(*(named_files(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(named_files(item) for item in value))
    return set()


def _check_open(case: Case, section: str, actor: Actor) -> None:
    state = state_of(case)
    if may_edit(actor, case, state, section):
        return
    if not is_open(case, state, section):
        raise NotNow(N_("This section cannot be edited now. What you typed is kept on your device."))
    raise NotAllowed(N_("Only a lead or a contributor of the organisation may write here."))

"""Circulars and answers as plain values in the reader's language, so that templates decide nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.accounts.models import Person
from portal.applications.service import named_files
from portal.applications.show import kind_name
from portal.cases import queries as cases
from portal.cases.models import Case, Document, Event, Submission
from portal.cases.show import document_names
from portal.core.actor import Actor
from portal.core.text import Message
from portal.infra import i18n
from portal.infra.db import db
from portal.infra.storage import StoredFile
from portal.members import show_clocks
from portal.members.models import CircularItem, MemberComment, MemberStance
from portal.members.queries import circulars as queries
from portal.members.queries import membership, sponsors
from portal.members.rules import windows
from portal.members.rules.words import ANSWERS, ENDINGS, READERS, SPONSOR_STATES, STANCES
from portal.review import show as review
from portal.standards.show import ClockView
from portal.translation import queries as translations

NUMERALS = {windows.RECOMMENDED: "I", windows.COORDINATION: "II", windows.APPROVED: "III"}


@dataclass(frozen=True)
class Row:
    """A case in the table of a circular, as on paper: country, city, title, amount, sponsors, monitor, deadline.

    :param answer: what the reader's member has said, or how it stands for the secretariat; with its tone.
    :param clock: the members' own time, where the list is one of dates.
    """

    item: CircularItem | None
    case: Case
    kind: str
    dir: str
    country: str
    amount: str
    sponsors: tuple[str, ...]
    monitor: str
    closes_at: datetime | None
    answer: str = ""
    tone: str = "plain"
    clock: ClockView | None = None


@dataclass(frozen=True)
class Part:
    """A part of a circular: its Roman numeral, its name, its cases."""

    code: str
    numeral: str
    name: Message
    rows: tuple[Row, ...]


def parts(found: Iterable[tuple[CircularItem, Case]], actor: Actor, now: datetime) -> list[Part]:
    """The parts of a circular that hold a case, in the order of the paper. :param now: UTC."""
    rows = list(found)
    known = _about([case for _, case in rows])
    said = _said(rows, actor, now)
    return [
        Part(
            code,
            NUMERALS[code],
            name,
            tuple(_row(case, known, item, said[item.id]) for item, case in rows if item.part == code),
        )
        for code, name in windows.PARTS.items()
        if any(item.part == code for item, _ in rows)
    ]


def candidates(found: Mapping[str, list[Case]]) -> list[Part]:
    """What waits for the next circular, part by part, empty ones too."""
    known = _about([case for rows in found.values() for case in rows])
    return [
        Part(code, NUMERALS[code], name, tuple(_row(case, known) for case in found[code]))
        for code, name in windows.PARTS.items()
    ]


def rows_of(shown: Iterable[queries.Shown], actor: Actor, now: datetime) -> list[Row]:
    """Cases of several circulars in one list, e.g. what waits for a focal point."""
    found = list(shown)
    known = _about([one.case for one in found])
    said = _said([(one.item, one.case) for one in found], actor, now)
    return [
        replace(
            _row(one.case, known, one.item, said[one.item.id]), clock=show_clocks.own_clock(one.case, one.item, now)
        )
        for one in found
    ]


@dataclass(frozen=True)
class _About:
    sponsors: Mapping[UUID, tuple[str, ...]]
    monitors: Mapping[UUID, str]


def _about(found: list[Case]) -> _About:
    """Sponsors and monitors of some cases; two queries."""
    people = {case.monitor_id for case in found if case.monitor_id is not None}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    newest: dict[UUID, Submission] = {}
    keys = [case.id for case in found]
    for row in db.session.scalars(
        select(Submission).where(Submission.case_id.in_(keys)).order_by(Submission.case_id, Submission.number)
    ):
        newest[row.case_id] = row
    names = {
        key: tuple(dict.fromkeys(name for _, name in sponsors.named(row.answers) if name))
        for key, row in newest.items()
    }
    return _About(names, {row.id: row.name for row in rows})


def _row(case: Case, known: _About, item: CircularItem | None = None, said: tuple[str, str] = ("", "plain")) -> Row:
    return Row(
        item,
        case,
        kind_name(case),
        i18n.direction(case.language),
        i18n.show_country(case.country),
        i18n.show_money(case.amount, case.currency),
        known.sponsors.get(case.id, ()),
        known.monitors.get(case.monitor_id, "") if case.monitor_id else "",
        item.closes_at if item else None,
        *said,
    )


def is_open(item: CircularItem, case: Case, now: datetime) -> bool:
    """Whether members may answer under this item now. :param now: UTC."""
    window = windows.WINDOWS.get(item.part)
    return (
        window is not None
        and item.state in (queries.OPEN, queries.CONTESTED)
        and case.state in window.open_in
        and windows.in_time(item.closes_at, now)
    )


def _said(rows: list[tuple[CircularItem, Case]], actor: Actor, now: datetime) -> dict[UUID, tuple[str, str]]:
    """What the reader's members have said under each item, or how it stands; with its tone. Two queries."""
    mine = set(actor.member_organisations)
    keys = [item.id for item, _ in rows] if mine else []
    words: dict[UUID, tuple[str, str]] = {}
    for item_id, found in queries.comments_by_item(keys).items():
        if any(row.organisation_id in mine for row in found):
            words[item_id] = (i18n.gettext("Commented"), "kept")
    for row in queries.standing_of(keys):
        if row.organisation_id in mine:
            message, tone = STANCES[row.stance]
            words[row.item_id] = (i18n.show_message(message), tone)
    return {item.id: words.get(item.id) or _stands(item, case, bool(mine), now) for item, case in rows}


def _stands(item: CircularItem, case: Case, is_member: bool, now: datetime) -> tuple[str, str]:
    if item.part == windows.APPROVED or item.state == queries.LISTED:
        return "", "plain"
    if item.state == queries.CONTESTED and not is_member:
        return i18n.gettext("Objection to resolve"), "late"
    if is_open(item, case, now):
        return (i18n.gettext("Not answered yet"), "soon") if is_member else (i18n.gettext("Open"), "waiting")
    return i18n.gettext("Time is over"), "plain"


# -- what was said


@dataclass(frozen=True)
class Comment:
    """A member's comment with the secretariat's answer."""

    row: MemberComment
    member: str
    dir: str
    answer: str
    readers: str


@dataclass(frozen=True)
class Stance:
    """Where a member stands, or stood."""

    row: MemberStance
    member: str
    words: str
    tone: str
    ending: str


def comments(rows: Iterable[MemberComment], names: Mapping[UUID, str] | None = None) -> list[Comment]:
    """What members have said in coordination, with the names of the members."""
    found = list(rows)
    names = membership.names({row.organisation_id for row in found}) if names is None else names
    return [
        Comment(
            row,
            names.get(row.organisation_id, ""),
            i18n.direction(row.language),
            i18n.show_message(ANSWERS[row.answer_kind]) if row.answer_kind else "",
            i18n.show_message(READERS[row.visibility][1]),
        )
        for row in found
    ]


def stances(rows: Iterable[MemberStance], names: Mapping[UUID, str] | None = None) -> list[Stance]:
    """Where members stand on an approval, ended words too, with the names of the members."""
    found = list(rows)
    names = membership.names({row.organisation_id for row in found}) if names is None else names
    return [
        Stance(
            row,
            names.get(row.organisation_id, ""),
            i18n.show_message(STANCES[row.stance][0]),
            STANCES[row.stance][1] if row.ended_at is None else "plain",
            i18n.show_message(ENDINGS[row.ending]) if row.ending else "",
        )
        for row in found
    ]


@dataclass(frozen=True)
class Sponsor:
    """A member asked to sponsor a case, or one that its answers name.

    :param id: None for a sponsor that was typed and is no member; :param state: of the request, or ``named``.
    """

    id: UUID | None
    name: str
    state: str
    words: str
    tone: str
    note: str = ""
    answered_at: datetime | None = None
    answered_by: str = ""
    file_id: UUID | None = None


def _sponsor(key: UUID | None, name: str, state: str, **more: Any) -> Sponsor:
    message, tone = SPONSOR_STATES[state]
    return Sponsor(key, name, state, i18n.show_message(message), tone, **more)


def asked_sponsors(case: Case) -> list[Sponsor]:
    """The members asked to sponsor a case, each with how it stands."""
    return [
        _sponsor(
            organisation.id,
            organisation.name,
            row.state,
            note=row.note,
            answered_at=row.answered_at,
            answered_by=row.answered_by_name,
            file_id=row.file_id,
        )
        for row, organisation in sponsors.of_case(case.id)
    ]


def sponsor_rows(case: Case) -> list[Sponsor]:
    """The members asked to sponsor a case and those its answers name, each with how it stands."""
    rows = asked_sponsors(case)
    seen = {row.id for row in rows}
    named = [(key, name) for key, name in sponsors.named(cases.answers_of(case.id)) if key is None or key not in seen]
    return rows + [_sponsor(key, name, "named") for key, name in named]


def sponsors_told(events: Iterable[Event]) -> list[Sponsor]:
    """The members asked to sponsor a case, as its events tell: for a page that has read them anyway."""
    found: dict[str, Sponsor] = {}
    for event in events:
        head, _, state = event.kind.partition("_")
        if head == "sponsor" and event.subject:
            answered = state != "invited"
            found[event.subject] = _sponsor(
                UUID(event.subject),
                str(event.data.get("member") or ""),
                state,
                note=str(event.data.get("note") or ""),
                answered_at=event.at if answered else None,
                answered_by=event.actor_name if answered else "",
            )
    return list(found.values())


# -- the application as it was sent


@dataclass(frozen=True)
class AsSent:
    """The application as it was when the circular was sent.

    :param parts: its sections, in translation where an accepted one belongs to this very submission.
    :param names: what its documents are called, by their ids.
    """

    snapshot: Submission
    parts: list[review.ShownPart]
    translated: bool
    documents: list[Document]
    names: dict[UUID, str]
    files: list[StoredFile]


def as_sent(case: Case, sent_at: datetime, now: datetime) -> AsSent | None:
    """What members read of a case: the submission that stood when it was sent to them, with its papers.

    :param sent_at: UTC; :param now: UTC.
    """
    snapshot = queries.snapshot_as_sent(case.id, sent_at)
    if snapshot is None:
        return None
    version = next(
        (
            row
            for row in translations.versions(case.id)
            if row.state == "accepted" and row.submission_number == snapshot.number
        ),
        None,
    )
    found, _ = review.parts(case, snapshot, None, version, i18n.locale_code(), now)
    key = f"submission-{snapshot.number}"
    papers = [row for row in cases.documents_of(case.id) if row.kind == "submission" and row.key == key]
    return AsSent(snapshot, found, version is not None, papers, document_names(papers, case), files_of(case, snapshot))


def files_of(case: Case, snapshot: Submission) -> list[StoredFile]:
    """The files that a submission names, by name."""
    wanted = named_files(snapshot.answers)
    rows = db.session.scalars(select(StoredFile).where(StoredFile.case_id == case.id, StoredFile.deleted_at.is_(None)))
    return sorted((row for row in rows if str(row.id) in wanted), key=lambda row: row.name)

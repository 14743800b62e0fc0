"""A case as members read it: what was sent to them, and their answer; nothing of it exists for whom it was not sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.cases.service import tracks
from portal.cases.show import file_name
from portal.core.errors import Invalid, NotFound, NotNow
from portal.core.permissions import Permission, holds
from portal.infra import i18n
from portal.infra.access import requires
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.members import show, show_clocks
from portal.members.queries import circulars as queries
from portal.members.rules import silence
from portal.members.rules.windows import APPROVED, COORDINATION, PARTS, RECOMMENDED
from portal.members.rules.words import READERS, STANCES
from portal.members.service import answer
from portal.members.service import circular as service
from portal.members.views import blueprint
from portal.review.views.files import hand_out

Answered = Response | tuple[str, int]


@blueprint.get("/<tenant>/circulars/cases/<reference>/")
@requires(Permission.CIRCULAR_READ)
def case(reference: str) -> str:
    """A case as it was sent to the members, what they say of it, and the form to answer."""
    return _page(queries.shown_to(g.actor, reference))


def _page(found: list[queries.Shown], typed: dict[str, str] | None = None, problems: dict[str, str] | None = None,
          refused: str = "") -> str:  # fmt: skip
    """:param found: each time it was sent, the newest first; :param refused: why an answer could not be counted."""
    now, newest = datetime.now(UTC), found[0]
    row = newest.case
    open_now = next((one for one in found if show.is_open(one.item, row, now)), None)
    mine = [(str(key), g.actor.organisation_names.get(key, "")) for key in g.actor.member_organisations]
    standing = queries.standing(open_now.item.id) if open_now else {}
    own = next((standing[key] for key in g.actor.member_organisations if key in standing), None)
    shown = {one.item.id for one in found}
    text = show.as_sent(row, newest.circular.sent_at or now, now)
    return render_template(
        "pages/members/case.html",
        case=row,
        dir=i18n.direction(row.language),
        rows=show.rows_of([newest], g.actor, now)[0],
        found=found,
        names=PARTS,
        open_now=open_now,
        is_member=holds(g.actor, Permission.MEMBER_ANSWER),
        is_staff=queries.is_staff_reader(g.actor),
        mine=mine,
        own=own,
        own_words=i18n.show_message(STANCES[own.stance][0]) if own else "",
        may_withdraw_now=_may_withdraw(found),
        readers=[(code, i18n.show_message(words)) for code, (words, _) in READERS.items()],
        choices=[(code, i18n.show_message(words)) for code, (words, _) in STANCES.items()],
        comments=show.comments(one for one in queries.comments_for(g.actor, row.id) if one.item_id in shown),
        stances=show.stances(one for one in queries.stances_of(row.id) if one.item_id in shown),
        tracks=tracks.shown(row),
        promises=show_clocks.promises(row, found, now),
        text=text,
        typed=typed or {},
        problems=problems or {},
        refused=refused,
        recommended=RECOMMENDED,
        coordination=COORDINATION,
        approved=APPROVED,
    )


def _may_withdraw(found: list[queries.Shown]) -> bool:
    """Whether an objection of a member the reader speaks for stands against the case, also after its window."""
    item = next((one.item for one in found if one.item.state == queries.CONTESTED), None)
    if item is None:
        return False
    stands = queries.standing(item.id)
    return any(key in stands and stands[key].stance in silence.STOPPING for key in g.actor.member_organisations)


@blueprint.post("/<tenant>/circulars/cases/<reference>/comments/")
@requires(Permission.MEMBER_ANSWER)
def comment(reference: str) -> Answered:
    """Comment on a case in coordination."""
    return _answer(reference, COORDINATION, ("body", "visibility"), gettext("Your comment is with the secretariat."))


@blueprint.post("/<tenant>/circulars/cases/<reference>/stance/")
@requires(Permission.MEMBER_ANSWER)
def stance(reference: str) -> Answered:
    """Say where the member stands on an approval."""
    return _answer(reference, RECOMMENDED, ("stance", "reason"), gettext("Your answer is recorded."))


@blueprint.post("/<tenant>/circulars/cases/<reference>/withdraw/")
@requires(Permission.MEMBER_ANSWER)
def withdraw(reference: str) -> Answered:
    """Withdraw the member's objection."""
    return _answer(reference, RECOMMENDED, ("withdrawal",), gettext("Your objection is withdrawn."))


def _answer(reference: str, part: str, fields: tuple[str, ...], done: str) -> Answered:
    """Take an answer; one that comes too late is told so on the page, where its words still stand."""
    found = queries.shown_to(g.actor, reference)
    sent = next((one for one in found if one.item.part == part), None)
    if sent is None:
        raise NotFound
    typed = {name: request.form.get(name, "")[:50_000] for name in (*fields, "organisation")}
    now = datetime.now(UTC)
    try:
        _take(sent, typed, now)
    except (Invalid, NotNow) as error:
        known = error.problems if isinstance(error, Invalid) else {}
        problems = {key: i18n.show_message(message) for key, message in known.items()}
        db.session.rollback()
        refused = "" if problems else i18n.show_message(error.message)
        again = queries.shown_to(g.actor, reference)
        return _page(again, typed, problems, refused), 422 if problems else 409
    service.mark_seen(sent.circular.id, g.actor, now)
    flash(done, "success")
    return redirect(url_for("members.case", reference=reference), 303)


def _take(sent: queries.Shown, typed: dict[str, str], now: datetime) -> None:
    organisation = _organisation(typed["organisation"])
    if "body" in typed:
        answer.comment(sent.item.id, organisation, typed["body"], typed["visibility"], g.actor, now)
    elif "withdrawal" in typed:
        answer.withdraw_objection(sent.item.id, organisation, typed["withdrawal"], g.actor, now)
    else:
        answer.take_stance(sent.item.id, organisation, typed["stance"], typed["reason"], g.actor, now)


def _organisation(written: str) -> UUID:
    """For which of her members somebody answers; who speaks for one need not say."""
    mine = g.actor.member_organisations
    if len(mine) == 1 and not written:
        return UUID(str(mine[0]))
    found = next((key for key in mine if str(key) == written), None)
    if found is None:
        raise NotFound
    return UUID(str(found))


# -- papers


@blueprint.get("/<tenant>/circulars/cases/<reference>/files/<uuid:file_id>/")
@requires(Permission.CIRCULAR_READ)
def file(reference: str, file_id: UUID) -> Response:
    """A file that the application names, as it was sent to the members."""
    found, text = _as_sent(reference)
    if all(row.id != file_id for row in text.files):
        raise NotFound
    return hand_out(file_id, found.case.id)


@blueprint.get("/<tenant>/circulars/cases/<reference>/documents/<uuid:document_id>/")
@requires(Permission.CIRCULAR_READ)
def document(reference: str, document_id: UUID) -> Response:
    """The typeset application, as it was sent to the members. :raises NotFound: also while it is being made."""
    found, text = _as_sent(reference)
    row = next((row for row in text.documents if row.id == document_id), None)
    if row is None or row.file_id is None:
        raise NotFound
    return hand_out(row.file_id, found.case.id, file_name(row, found.case.reference))


def _as_sent(reference: str) -> tuple[queries.Shown, Any]:
    found, now = queries.shown_to(g.actor, reference)[0], datetime.now(UTC)
    text = show.as_sent(found.case, found.circular.sent_at or now, now)
    if text is None:
        raise NotFound
    return found, text

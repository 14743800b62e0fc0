"""Grants: the list, a grant's own page with its payments, and the agreement with its acceptance."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from forms.engine.numbers import NotANumber, parse_number
from portal.accounts.service import confirm_password
from portal.cases.models import Case
from portal.cases.service.move import make_move, state_of
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.text import N_, Message, Text
from portal.grants import queries
from portal.grants.models import Grant
from portal.grants.rules.terms import CENT
from portal.grants.service import payments
from portal.grants.show import grant_view
from portal.infra import i18n, pdf
from portal.infra.access import requires
from portal.infra.db import db
from portal.infra.i18n import gettext
from portal.infra.web import keep_changes
from portal.review import show_followed
from portal.review.queries import followed

blueprint = Blueprint("grants", __name__)

Refused = tuple[str, int]


@blueprint.get("/<tenant>/grants/")
@requires(Permission.GRANT_READ)
def grants() -> str:
    """Every grant the actor may read, newest first, with what was committed, paid and spent."""
    after = request.args.get("after", "")[:40] or None
    rows = queries.listed(g.actor, after)
    more = len(rows) > queries.PAGE
    rows = rows[: queries.PAGE]
    return render_template(
        "pages/grants/grants.html",
        rows=rows,
        states=[_state_name(row.case) for row in rows],
        totals=queries.totals(g.actor),
        currency=g.tenant.currency,
        next_url=url_for("grants.grants", after=rows[-1].case.reference) if more else None,
        first_url=url_for("grants.grants") if after else None,
    )


@blueprint.get("/<tenant>/grants/<reference>/")
@requires(Permission.GRANT_READ)
def grant(reference: str) -> str:
    """A grant: what is to be done, money, lines, tranches, payments, reports, agreement."""
    case, found = queries.visible(g.actor, reference)
    return _grant_page(case, found)


def _grant_page(
    case: Case, found: Grant, problems: dict[str, Message] | None = None, typed: dict[str, str] | None = None
) -> str:
    now = datetime.now(UTC)
    return render_template(
        "pages/grants/grant.html",
        view=grant_view(case, found, g.actor, now),
        asked=show_followed.shown(case, followed.for_client(case), now, client=not g.actor.is_staff),
        asked_url=url_for("review.case", reference=case.reference, tab="conditions")
        if g.actor.is_staff
        else url_for("review.conditions", reference=case.reference),
        problems=problems or {},
        typed=typed or {},
        today=now,
        title_dir=i18n.direction(case.language),
    )


@blueprint.post("/<tenant>/grants/<reference>/payments/")
@requires(Permission.PAYMENT_RECORD)
def enter_payment(reference: str) -> BaseResponse | Refused:
    """Enter a payment of a tranche."""
    case, _ = queries.visible(g.actor, reference)
    typed = {name: request.form.get(name, "")[:200] for name in ("tranche", "amount", "paid_on", "bank_reference")}
    try:
        number, amount, day = _payment_fields(typed)
        payments.enter_payment(case, number, amount, day, typed["bank_reference"], g.actor, datetime.now(UTC))
    except Invalid as refused:
        db.session.rollback()
        return _grant_page(*queries.visible(g.actor, reference), refused.problems, typed), 422
    flash(gettext("The payment is entered. Another person has to approve it."), "success")
    return redirect(url_for("grants.grant", reference=reference), 303)


def _payment_fields(typed: dict[str, str]) -> tuple[int, Decimal, date]:
    """Tranche, amount and day as typed. :raises Invalid: naming each that cannot be read."""
    problems: dict[str, Message] = {}
    amount, day = Decimal(0), date.min
    try:
        amount = parse_number(typed["amount"], i18n.locale_code())
        if amount == amount.quantize(CENT):
            amount = amount.quantize(CENT)
    except (NotANumber, ArithmeticError):
        problems["amount"] = N_("Enter an amount such as 1234.50.")
    try:
        day = date.fromisoformat(typed["paid_on"])
    except ValueError:
        problems["paid_on"] = N_("Enter a day such as 2026-03-31.")
    if not (typed["tranche"].isascii() and typed["tranche"].isdigit() and len(typed["tranche"]) < 4):
        problems["tranche"] = N_("Choose the tranche that was paid.")
    if problems:
        raise Invalid(problems)
    return int(typed["tranche"]), amount, day


@blueprint.post("/<tenant>/grants/<reference>/payments/<uuid:payment_id>/approve")
@requires(Permission.PAYMENT_APPROVE)
def approve_payment(reference: str, payment_id: UUID) -> BaseResponse:
    """Approve a payment another person entered."""
    _own_payment(reference, payment_id)
    payments.approve_payment(payment_id, g.actor, datetime.now(UTC))
    flash(gettext("The payment is approved. The client is told by mail."), "success")
    return redirect(url_for("grants.grant", reference=reference), 303)


@blueprint.post("/<tenant>/grants/<reference>/payments/<uuid:payment_id>/refuse")
@requires(Permission.PAYMENT_APPROVE)
def refuse_payment(reference: str, payment_id: UUID) -> BaseResponse | Refused:
    """Refuse a payment that is not approved yet."""
    _own_payment(reference, payment_id)
    reason = request.form.get("reason", "")
    try:
        payments.refuse_payment(payment_id, reason, g.actor, datetime.now(UTC))
    except Invalid as refused:
        db.session.rollback()
        problems = {f"reason-{payment_id}": message for message in refused.problems.values()}
        return _grant_page(*queries.visible(g.actor, reference), problems, {f"reason-{payment_id}": reason}), 422
    flash(gettext("The payment is refused."), "success")
    return redirect(url_for("grants.grant", reference=reference), 303)


def _own_payment(reference: str, payment_id: UUID) -> None:
    """The payment must be one of this grant's. :raises NotFound: when it is not."""
    _, found = queries.visible(g.actor, reference)
    if queries.payment(payment_id)[2].id != found.id:
        raise NotFound


# -- the agreement


@blueprint.get("/<tenant>/grants/<reference>/agreement/")
@requires(Permission.GRANT_READ)
def agreement(reference: str) -> str:
    """The agreement in every language it has, and its acceptance for the signatory it names."""
    case, found = queries.visible(g.actor, reference)
    return _agreement_page(case, found)


@blueprint.post("/<tenant>/grants/<reference>/agreement/")
@requires(Permission.GRANT_ACCEPT)
def accept_agreement(reference: str) -> BaseResponse | Refused:
    """Accept the agreement: password, typed name, consent; the time and the network address are kept."""
    case, _ = queries.visible(g.actor, reference)
    now, address = datetime.now(UTC), request.remote_addr or ""
    typed = {"typed_name": request.form.get("typed_name", "")[:200], "confirm": request.form.get("confirm", "")}
    try:
        if request.form.get("password"):
            _check_password(request.form["password"], address, now)
        inputs = {**typed, "password": request.form.get("password", "")}
        key = request.form.get("key", "")[:64]
        make_move(case, "accept_agreement", g.actor, now, inputs, key=key, address=address)
    except Invalid as refused:
        if not g.get("keep_changes"):
            db.session.rollback()
        return _agreement_page(*queries.visible(g.actor, reference), refused.problems, typed), 422
    flash(gettext("You have accepted the agreement. The first tranche is released."), "success")
    return redirect(url_for("grants.grant", reference=reference), 303)


def _check_password(password: str, address: str, now: datetime) -> None:
    """Ask for the password again before anything is changed; a wrong one is counted."""
    try:
        confirm_password(g.person, password, address, now)
    except Invalid:
        keep_changes()
        raise


def _agreement_page(
    case: Case, found: Grant, problems: dict[str, Message] | None = None, typed: dict[str, str] | None = None
) -> str:
    papers = [paper for paper in queries.agreements_of(case.id) if g.actor.is_staff or paper.audience == "applicant"]
    mine = g.actor.person_id is not None and g.actor.person_id == found.signatory_id
    return render_template(
        "pages/grants/agreement.html",
        case=case,
        grant=found,
        papers=papers,
        directions=[i18n.direction(paper.language) for paper in papers],
        may_accept=case.state == "signing" and mine,
        problems=problems or {},
        typed=typed or {},
        key=secrets.token_urlsafe(24),
        can_render=pdf.available(),
        title_dir=i18n.direction(case.language),
    )


def _state_name(case: Case) -> Text:
    state = state_of(case)
    return state.name if g.actor.is_staff else state.public_name

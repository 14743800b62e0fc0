"""The rules a tenant sets for itself: to be read by the secretariat, to be changed by administrators."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.calls.rules import instruments
from portal.core.errors import Invalid
from portal.core.permissions import Permission, holds
from portal.core.policy import TenantPolicy
from portal.infra import pdf
from portal.infra.access import requires
from portal.infra.i18n import gettext, locale_code, show_list, show_message, show_money, show_number, show_text
from portal.public.views.base import blueprint, shown
from portal.tenants import queries as tenants
from portal.tenants import rules
from portal.tenants import service as tenant_service
from portal.tenants.rules import Rule


@blueprint.get("/<tenant>/admin/rules/")
@requires(Permission.STANDARDS_READ)
def policy() -> str:
    """The rules in force, and every earlier version with what it changed."""
    return _page(rules.shown(_today(), _codes()), {})


@blueprint.post("/<tenant>/admin/rules/")
@requires(Permission.POLICY_MANAGE)
def publish_policy() -> Response:
    """Put changed rules in force."""
    form = request.form
    data, wrong = rules.read(form, _codes(), locale_code(), _today())
    if wrong:
        return make_response(_page(form, shown(wrong)), 422)
    seen = form.get("number", "")
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 7 else -1
    try:
        row = tenant_service.publish_policy(data, form.get("reason", ""), number, g.actor, datetime.now(UTC))
    except Invalid as refusal:
        return make_response(_page(form, shown(refusal.problems)), 422)
    flash(gettext("Version %(number)s of the rules is in force.", number=show_number(row.number)), "success")
    return redirect(url_for("public.policy"), 303)


def _today() -> TenantPolicy:
    """The rules in force as the database has them: what this process remembers may be some seconds old."""
    versions = tenants.policies()
    policy: TenantPolicy = TenantPolicy.parse(versions[0].data) if versions else g.tenant.policy
    return policy


def _codes() -> tuple[str, ...]:
    return tuple(instruments.all_instruments())


def _page(form: Mapping[str, str], problems: Mapping[str, str]) -> str:
    versions = tenants.policies()
    policies = [TenantPolicy.parse(row.data) for row in versions]
    today = policies[0] if policies else g.tenant.policy
    changes = [_changes(before, after) for after, before in pairwise(policies)]
    return render_template(
        "pages/public/policy.html",
        form=form,
        problems=problems,
        summary={name: f"{_label(name)}: {text}" for name, text in problems.items()},
        groups=rules.groups(),
        instruments=[(code, show_text(known.title)) for code, known in instruments.all_instruments().items()],
        said={rule.name: _said(rule, today) for _, some in rules.groups() for rule in some},
        managed=holds(g.actor, Permission.POLICY_MANAGE),
        counts_pages=pdf.available(),
        number=versions[0].number if versions else 0,
        history=list(zip(versions, [*changes, []], strict=True)) if versions else [],
    )


def _label(name: str) -> str:
    """What an input is called in the list of what is to be mended."""
    if name == "reason":
        return gettext("Reason")
    head, _, code = name.partition(".")
    label = next(show_message(rule.label) for _, some in rules.groups() for rule in some if rule.name == head)
    return f"{label}, {show_text(instruments.instrument(code).title)}" if code else label


def _changes(before: TenantPolicy, after: TenantPolicy) -> list[tuple[str, str, str]]:
    """What a version changed: the rule, before, after."""
    found = []
    for _, some in rules.groups():
        for rule in some:
            was, now = _said(rule, before), _said(rule, after)
            if was != now:
                found.append((show_message(rule.label), was, now))
    return found


def _said(rule: Rule, policy: TenantPolicy) -> str:
    """A rule in the reader's words."""
    value: Any = policy.to_data()[rule.name]
    if rule.kind == "amounts":
        limits = {code: policy.limit_for(code) for code in _codes()}
        return " · ".join(f"{_title(code)}: {_money(limit)}" for code, limit in limits.items())
    if rule.kind == "wholes":
        return " · ".join(f"{_title(code)}: {show_number(value[code])}" for code in _codes() if code in value)
    if rule.kind == "shares":
        return show_list(map(show_number, value))
    if rule.kind == "tick":
        return gettext("yes") if value else gettext("no")
    if rule.kind == "choice":
        return show_message(rule.choices.get(value, value))
    return _money(Decimal(value)) if rule.kind == "amount" else show_number(value)


def _title(code: str) -> str:
    return show_text(instruments.instrument(code).title)


def _money(value: Decimal) -> str:
    return show_money(value, g.tenant.currency)

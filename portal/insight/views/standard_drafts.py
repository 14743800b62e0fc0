"""A draft of a standard: written in a form or as text, tried out on past cases, published."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.role_names import role_name
from portal.core.standards.standard import SIDES, UNITS, EventMatch
from portal.core.text import N_, Message
from portal.infra.access import requires
from portal.infra.i18n import all_languages, gettext, show_language, show_message, show_number
from portal.insight import describe
from portal.insight.queries import standards as queries
from portal.insight.rules import standards_form as forms
from portal.insight.rules.definition_text import DefinitionError, read_definition, write_definition
from portal.insight.rules.standards_known import ROLES, in_order, known_events
from portal.insight.rules.standards_trial import PERIODS
from portal.insight.service import standards as service
from portal.insight.service import what_if as trials
from portal.insight.views.base import blueprint
from portal.insight.views.standards import process_name, running_words
from portal.standards.models import StandardDraft
from portal.standards.rules.words import event_words
from portal.standards.show import days

#: how the form calls the first part of a field's name
LABELS: dict[str, Message] = {
    "name": N_("Name"),
    "promise": N_("Promise"),
    "side": N_("Whose time is it?"),
    "start": N_("The clock starts with"),
    "stop": N_("The clock stops with"),
    "amount": N_("Within"),
    "unit": N_("Unit"),
    "target_percent": N_("Public target, per cent"),
    "warn": N_("Reminder"),
    "escalation": N_("Who is told when it is late"),
    "per": N_("One clock for each"),
    "start_pick": N_("When it starts more than once"),
    "first_day": N_("First day counted"),
    "cut_off": N_("Cut-off hour"),
    "zone": N_("Time zone"),
    "due_from_event_data": N_("Counted from a date that the event carries"),
    "roll_forward": N_("When the last day is not a working day"),
    "roll_start": N_("When the first day is not a working day"),
    "cap": N_("Closed unanswered after"),
    "pauses": N_("Pause"),
    "restart": N_("The whole time starts anew with"),
    "reset": N_("The start is undone by"),
    "lose": N_("Nothing is promised any more after"),
    "void": N_("No longer needed after"),
    "revive": N_("Goes on after"),
    "allowances": N_("Allowance"),
    "tiers": N_("Inner target"),
    "start_shift": N_("Later start"),
    "applies": N_("Only for some cases"),
}


@blueprint.get("/<tenant>/admin/standards/drafts/<uuid:draft_id>/")
@requires(Permission.STANDARDS_MANAGE)
def standard_draft(draft_id: UUID) -> str:
    """The form; with ``?check=1`` it says what is still to be mended, each beside its field."""
    draft = queries.draft(draft_id)
    faults = service.check(draft) if request.args.get("check") else []
    languages = g.tenant.languages
    fields: dict[str, str] = {}
    others: list[str] = []
    for key, message in faults:
        field = forms.field_of(key, languages)
        if field:
            fields.setdefault(field, _said(message))
        else:
            others.append(f"{key}: {_said(message)}")
    return render_template(
        "pages/insight/standard_draft.html",
        **_head(draft, "form"),
        form=forms.shown(draft.definition, request.args.get("open", "")),
        problems=fields,
        summary={field: f"{_label(field)}: {text}" for field, text in fields.items()},
        others=others,
        checked=bool(request.args.get("check")),
        texts=[(code, all_languages()[code]) for code in languages if code in all_languages()],
        **_choices(draft),
    )


@blueprint.post("/<tenant>/admin/standards/drafts/<uuid:draft_id>/")
@requires(Permission.STANDARDS_MANAGE)
def save_standard_draft(draft_id: UUID) -> Response:
    """Keep what the form says, whatever is missing still; go where the button leads."""
    draft = queries.draft(draft_id)
    todo, _, what = request.form.get("do", "save").partition(":")
    before = draft.definition
    definition = forms.read_form(request.form, before, g.tenant.languages, what if todo == "remove" else "")
    service.save(draft, definition, g.actor, datetime.now(UTC))
    if todo in ("add", "remove"):
        anchor = what.partition(".")[0] if todo == "remove" else what
        return redirect(
            url_for("insight.standard_draft", draft_id=draft.id, open=anchor, _anchor=f"rows-{anchor}"), 303
        )
    if service.check(draft):
        return redirect(url_for("insight.standard_draft", draft_id=draft.id, check=1), 303)
    if todo == "try":
        return redirect(url_for("insight.what_if", draft_id=draft.id), 303)
    flash(gettext("The draft is saved. Nothing is wrong with it."), "success")
    return redirect(url_for("insight.standard_draft", draft_id=draft.id), 303)


@blueprint.get("/<tenant>/admin/standards/drafts/<uuid:draft_id>/text/")
@requires(Permission.STANDARDS_MANAGE)
def standard_text(draft_id: UUID) -> str:
    """The definition as text, for what the form cannot say."""
    draft = queries.draft(draft_id)
    faults = service.check(draft) if request.args.get("check") else []
    return _text_page(draft, write_definition(draft.definition), [(key, _said(message)) for key, message in faults])


@blueprint.post("/<tenant>/admin/standards/drafts/<uuid:draft_id>/text/")
@requires(Permission.STANDARDS_MANAGE)
def save_standard_text(draft_id: UUID) -> Response:
    """Keep the definition as it was typed, if it can be read at all."""
    draft = queries.draft(draft_id)
    typed = request.form.get("definition", "")
    try:
        service.save(draft, read_definition(typed), g.actor, datetime.now(UTC))
    except DefinitionError as fault:
        return make_response(_text_page(draft, typed, [("", show_message(fault.message))]), 422)
    except Invalid as refusal:
        faults = [("", show_message(message)) for message in refusal.problems.values()]
        return make_response(_text_page(draft, typed, faults), 422)
    if service.check(draft):
        return redirect(url_for("insight.standard_text", draft_id=draft.id, check=1), 303)
    flash(gettext("The draft is saved. Nothing is wrong with it."), "success")
    return redirect(url_for("insight.standard_text", draft_id=draft.id), 303)


def _text_page(draft: StandardDraft, text: str, faults: list[tuple[str, str]]) -> str:
    kinds = in_order(known_events(draft.instrument, draft.process))
    return render_template(
        "pages/insight/standard_text.html",
        **_head(draft, "text"),
        text=text,
        faults=faults,
        kinds=[(kind, show_message(event_words(kind))) for kind in kinds],
    )


@blueprint.get("/<tenant>/admin/standards/drafts/<uuid:draft_id>/try/")
@requires(Permission.STANDARDS_MANAGE)
def what_if(draft_id: UUID) -> str:
    """What the draft would have meant for the cases of a period, or how far the reckoning is."""
    return _trial_page(queries.draft(draft_id))


@blueprint.post("/<tenant>/admin/standards/drafts/<uuid:draft_id>/try/")
@requires(Permission.STANDARDS_MANAGE)
def run_what_if(draft_id: UUID) -> Response:
    """Try the draft out."""
    draft = queries.draft(draft_id)
    if service.check(draft):
        return redirect(url_for("insight.standard_draft", draft_id=draft.id, check=1), 303)
    try:
        trials.try_out(draft, request.form.get("period", ""), g.actor, datetime.now(UTC))
    except Invalid as refusal:
        problems = {field: show_message(message) for field, message in refusal.problems.items()}
        return make_response(_trial_page(draft, problems), 422)
    return redirect(url_for("insight.what_if", draft_id=draft.id), 303)


def _trial_page(draft: StandardDraft, problems: dict[str, str] | None = None) -> str:
    result = dict(draft.what_if or {})
    if result.get("status") == "running":
        state, result["percent"] = queries.progress(UUID(str(result["job"])))
        result["status"] = "failed" if state == "failed" else "running"
    for key, unit in (("draft", "unit"), ("force", "force_unit")):
        if result.get(key):
            side = result[key] = dict(result[key])
            for middle in ("median", "ninetieth"):
                side[middle] = None if side[middle] is None else _taken(side[middle], result[unit])
    for key in ("begin", "end"):
        if result.get(key):
            result[key] = datetime.fromisoformat(result[key])
    listed = [
        row
        | {"before": show_message(describe.STATES[row["before"]]), "after": show_message(describe.STATES[row["after"]])}
        for row in result.get("listed", ())
    ]
    return render_template(
        "pages/insight/standard_try.html",
        **_head(draft, "try"),
        result=result,
        listed=listed,
        stale=bool(result) and result.get("wording") != trials.digest(draft.definition),
        problems=problems or {},
        periods=[(code, show_message(describe.PERIODS[code])) for code in PERIODS],
        ready=not service.check(draft),
    )


def _taken(count: int, unit: str) -> str:
    return days(count, unit) if count else gettext("the same day")


@blueprint.get("/<tenant>/admin/standards/drafts/<uuid:draft_id>/publish/")
@requires(Permission.STANDARDS_MANAGE)
def confirm_standard(draft_id: UUID) -> str:
    """What publishing would mean: what changes, who keeps the old version, from when the new one counts."""
    draft = queries.draft(draft_id)
    row = queries.newest(draft.instrument, draft.process, draft.code)
    ready = not service.check(draft)
    new = queries.parsed_draft(draft) if ready else None
    to = describe.Reader.of(draft.instrument, draft.process)
    return render_template(
        "pages/insight/standard_publish.html",
        **_head(draft, "publish"),
        ready=ready,
        nothing_new=ready and service.says_nothing_new(draft),
        lines=describe.lines(new, to) if new is not None else [],
        changes=describe.changes(queries.parsed_version(row), new, to) if row is not None and new is not None else None,
        running=running_words(draft.instrument, draft.process, draft.code),
        next_number=row.version + 1 if row is not None else 1,
        tried=bool(draft.what_if) and (draft.what_if or {}).get("wording") == trials.digest(draft.definition),
    )


@blueprint.post("/<tenant>/admin/standards/drafts/<uuid:draft_id>/publish/")
@requires(Permission.STANDARDS_MANAGE)
def publish_standard(draft_id: UUID) -> Response:
    """Publish the draft as the next version."""
    draft = queries.draft(draft_id)
    row = service.publish(draft, g.actor, datetime.now(UTC))
    flash(gettext("Version %(number)s of %(code)s is in force.", number=row.version, code=row.code), "success")
    return redirect(url_for("insight.standard", instrument=row.instrument, process=row.process, code=row.code), 303)


@blueprint.post("/<tenant>/admin/standards/drafts/<uuid:draft_id>/discard/")
@requires(Permission.STANDARDS_MANAGE)
def discard_standard(draft_id: UUID) -> Response:
    """Throw the draft away."""
    service.discard(queries.draft(draft_id), g.actor)
    flash(gettext("The draft is thrown away. What is in force stays as it is."), "success")
    return redirect(url_for("insight.standards"), 303)


def _head(draft: StandardDraft, tab: str) -> dict[str, Any]:
    names = (
        ("form", "insight.standard_draft", gettext("Form")),
        ("text", "insight.standard_text", gettext("As text")),
        ("try", "insight.what_if", gettext("What if")),
        ("publish", "insight.confirm_standard", gettext("Publish")),
    )
    return {
        "draft": draft,
        "writer": queries.writer(draft),
        "process": process_name(draft.instrument, draft.process),
        "tabs": [
            {"label": label, "url": url_for(endpoint, draft_id=draft.id), "current": code == tab}
            for code, endpoint, label in names
        ],
    }


def _choices(draft: StandardDraft) -> dict[str, Any]:
    kinds = known_events(draft.instrument, draft.process)
    return {
        "kinds": [(kind, show_message(event_words(kind))) for kind in kinds],
        "event_label": partial(_event_label, describe.Reader.of(draft.instrument, draft.process)),
        "sides": [(side, show_message(describe.SIDES[side])) for side in SIDES],
        "units": [(unit, show_message(describe.UNITS[unit])) for unit in UNITS],
        "roles": [(role, show_message(role_name(role))) for role in ROLES],
        "draft_currency": g.tenant.currency,
    }


def _event_label(to: describe.Reader, value: str) -> str:
    """How an event that the list of the process does not hold is shown: with its conditions, or quoted as it is."""
    if not value.startswith("{"):
        return show_message(event_words(value))
    try:
        data = json.loads(value)
        return describe.event(EventMatch(str(data["kind"]), data["where"]), to)
    except (ValueError, KeyError, TypeError, AttributeError):
        return gettext("the condition “%(code)s” holds", code=value)


def _label(field: str) -> str:
    """What a field of the form is called in a list of what is to be mended."""
    head, *rest = field.split(".")
    label = show_message(LABELS[head])
    if head in ("name", "promise"):
        return f"{label}, {show_language(rest[0])}"
    return f"{label} {show_number(int(rest[0]) + 1)}" if rest and rest[0].isdigit() else label


def _said(message: Message) -> str:
    """A fault in the reader's language, with events and languages named as she knows them."""
    values = dict(message.values)
    if "event" in values:
        values["event"] = event_words(str(values["event"]))
    if "language" in values:
        values["language"] = show_language(str(values["language"]))
    return show_message(Message(message.id, values))

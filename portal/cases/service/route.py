"""Choose how a case is decided when it is submitted, and keep the policy of that day with it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from forms.engine import answers as reading
from portal.calls import queries as calls
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases import queries
from portal.cases.models import Case, Event
from portal.cases.service import events
from portal.cases.service.move import form_of
from portal.cases.service.steps import Step, condition, effect, guard
from portal.core.errors import NotNow
from portal.core.policy import TenantPolicy
from portal.core.routes import CITYWIDE, ROUTES, NoRouteError, Obligation, choose_route
from portal.core.text import N_, Message, Text
from portal.tenants import queries as tenants

CHOSEN = "route_chosen"
#: the rules of a policy that stay as they were on the day of submission
KEPT = ("small_limit", "middle_limit", "citywide_route", "assessment_above", "assessment_citywide")
_AMOUNTS = frozenset({"amount", "limit"})


def policy_of(case: Case, call: Call | None = None) -> TenantPolicy:
    """The policy under which a case runs: that of the day it was submitted (a draft: today's), with what its call says
    otherwise and what its submission kept.

    :param call: the case's own, when it is at hand.
    """
    call = call or calls.by_id(case.call_id)
    rules = tenants.policy_at(case.tenant_id, case.submitted_at)
    policy = rules.with_call(call.policy_overrides if call else None, case.instrument)
    kept = chosen(case) if case.submitted_at is not None else None
    if kept is None:
        return policy
    own = dict(kept.data["policy"])
    limits = {**policy.to_data()["instrument_limits"], case.instrument: own.pop("limit")}
    return TenantPolicy.parse(policy.to_data() | own | {"instrument_limits": limits})


def chosen(case: Case) -> Event | None:
    """The event that keeps the newest choice of a case's route; None before it was submitted."""
    return queries.newest_event(case.id, (CHOSEN,))


def obligations_of(case: Case) -> tuple[Obligation, ...]:
    """What an approval will oblige to, each with its reason, as the policy of the day of submission said."""
    event = chosen(case)
    return tuple(_obligation(row) for row in event.data["obligations"]) if event else ()


def _obligation(row: Mapping[str, Any]) -> Obligation:
    values = {key: Decimal(value) if key in _AMOUNTS else value for key, value in row["values"].items()}
    return Obligation(str(row["code"]), Message(str(row["reason"]), values))


@effect("choose_route")
def choose_route_of(step: Step) -> None:
    """Choose the route by amount and scope, and keep with the case what was chosen, why, and under which limits.

    A case that comes back mended is judged anew, under the limits of its first submission.

    :raises NotNow: when there is no way to decide it, e.g. an amount above every limit.
    """
    case = step.case
    policy = policy_of(case)
    known = reading.promote(form_of(case), queries.answers_of(case.id))
    scope = CITYWIDE if _answer(case, "place.citywide") == "yes" else ""
    try:
        route = choose_route(case.instrument, _amount(known.get("amount")), scope, policy)
    except NoRouteError as error:
        raise NotNow(error.message) from error
    case.route = route.code
    data = policy.to_data()
    facts = {
        "route": route.code,
        "policy": {name: data[name] for name in KEPT} | {"limit": str(policy.limit_for(case.instrument))},
        "obligations": [
            {"code": one.code, "reason": one.reason.id, "values": {k: str(v) for k, v in one.reason.values.items()}}
            for one in route.obligations
        ],
    }
    events.append(case, CHOSEN, step.actor, step.now, facts)


@condition("route", frozenset(ROUTES))
def route(step: Step) -> bool:
    """The case is decided by the named route."""
    return step.case.route == step.argument


@guard("screened")
def screened(step: Step) -> Message | None:
    """No answer says that this is something which is not funded; the instrument's data say which answers those are."""
    for row in told_by_screening(step.case.instrument, queries.answers_of(step.case.id)):
        if row["consequence"] == "not_eligible":
            return N_("%(why)s Look at the section “What is not funded”.", why=Text(row["message"]))
    return None


def told_by_screening(instrument: str, answers: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of the instrument's ``screening`` that the answers meet: question, answer, consequence, message."""
    found = []
    for row in instruments.instrument(instrument).extra.get("screening", ()):
        section, _, question = str(row["question"]).partition(".")
        if answers.get(section, {}).get(question) == row["answer"]:
            found.append(row)
    return found


def _answer(case: Case, path: str) -> Any:
    section, _, question = path.partition(".")
    return queries.answers_of(case.id).get(section, {}).get(question)


def _amount(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None

"""By which way an application is decided: its amount and its scope choose, the limits are the tenant's policy.

The circulars of the Cities Alliance show three ways: small grants are approved by the secretariat with notice, larger
ones after donor coordination, and above 250,000 US dollars the members approve by not objecting (Proposals Update,
10 December 2009; Guidelines for Submission of Proposals 2008-2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from portal.core.policy import TenantPolicy
from portal.core.text import N_, Message

SMALL, MIDDLE, LARGE = "small", "middle", "large"
ROUTES = (SMALL, MIDDLE, LARGE)
#: the scope of a strategy or a programme for the whole of a city
CITYWIDE = "citywide"
ENVIRONMENT = "strategic_environmental_assessment"

ROUTE_NAMES: dict[str, Message] = {
    SMALL: N_("Small grant: decided by a programme manager"),
    MIDDLE: N_("Middle grant: decided by a programme manager after coordination"),
    LARGE: N_("Large grant: decided by the members, by not objecting"),
}
OBLIGATION_NAMES: dict[str, Message] = {ENVIRONMENT: N_("Strategic environmental assessment")}


class NoRouteError(ValueError):
    """Nobody may decide an application like this; ``message`` says why."""

    def __init__(self, message: Message) -> None:
        """:param message: why there is no way, for people."""
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True)
class Obligation:
    """Something that an approval will oblige the grantee to, and why."""

    code: str
    reason: Message


@dataclass(frozen=True)
class Route:
    """The way an application is decided, why this one, and what an approval will oblige to."""

    code: str
    reason: Message
    obligations: tuple[Obligation, ...] = ()


def choose_route(instrument: str, amount: Decimal | None, scope: str, policy: TenantPolicy) -> Route:
    """The way an application is decided under a policy.

    :param amount: what is asked for, in the tenant's currency; :param scope: ``citywide``, or anything else.
    :raises NoRouteError: when no amount is asked for, or one above what the instrument may grant at all.
    """
    limit = policy.limit_for(instrument)
    if amount is None or amount <= 0:
        raise NoRouteError(N_("No amount is asked for; without one there is no way to decide."))
    if amount > limit:
        raise NoRouteError(N_("The amount of %(amount)s is above the limit of %(limit)s.", amount=amount, limit=limit))
    code, reason = _by_amount(amount, policy)
    least = policy.citywide_route
    if scope == CITYWIDE and least and ROUTES.index(least) > ROUTES.index(code):
        code, reason = least, N_("It concerns the whole city.")
    return Route(code, reason, _obligations(amount, scope, policy))


def _by_amount(amount: Decimal, policy: TenantPolicy) -> tuple[str, Message]:
    if amount <= policy.small_limit:
        return SMALL, _within(amount, policy.small_limit)
    if amount <= policy.middle_limit:
        return MIDDLE, _within(amount, policy.middle_limit)
    return LARGE, _above(amount, policy.middle_limit)


def _obligations(amount: Decimal, scope: str, policy: TenantPolicy) -> tuple[Obligation, ...]:
    """Medium Term Strategy 2008-2010: an assessment for any grant over 250,000 US dollars or any citywide focus."""
    if amount > policy.assessment_above:
        return (Obligation(ENVIRONMENT, _above(amount, policy.assessment_above)),)
    if scope == CITYWIDE and policy.assessment_citywide:
        return (Obligation(ENVIRONMENT, N_("It concerns the whole city.")),)
    return ()


def _within(amount: Decimal, limit: Decimal) -> Message:
    return N_("The amount of %(amount)s is not above %(limit)s.", amount=amount, limit=limit)


def _above(amount: Decimal, limit: Decimal) -> Message:
    return N_("The amount of %(amount)s is above %(limit)s.", amount=amount, limit=limit)

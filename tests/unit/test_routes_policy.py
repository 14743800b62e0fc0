"""Which way an application is decided, and what an approval obliges to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from portal.core.policy import TenantPolicy
from portal.core.routes import CITYWIDE, ENVIRONMENT, NoRouteError, choose_route

PROPOSAL = "project_proposal"


def policy(**rules: Any) -> TenantPolicy:
    """A policy with a few rules of its own."""
    return TenantPolicy.parse(rules)


@pytest.mark.parametrize(
    ("amount", "code"),
    [("0.01", "small"), ("75000", "small"), ("75000.01", "middle"), ("250000", "middle"), ("250000.01", "large"),
     ("500000", "large")],
)  # fmt: skip
def test_the_limits_belong_to_the_smaller_route(amount: str, code: str) -> None:
    route = choose_route(PROPOSAL, Decimal(amount), "city", policy())
    assert route.code == code
    assert route.reason.values["amount"] == Decimal(amount)


@pytest.mark.parametrize("amount", [None, Decimal(0), Decimal(-1), Decimal("500000.01")])
def test_without_an_amount_or_above_every_limit_there_is_no_way(amount: Decimal | None) -> None:
    with pytest.raises(NoRouteError):
        choose_route(PROPOSAL, amount, "city", policy())


def test_each_instrument_has_its_own_limit() -> None:
    rules = policy(amount_limit="30000", instrument_limits={"concept_note": "200000"})
    assert rules.limit_for("preparatory_grant") == Decimal(30000)
    assert rules.limit_for("concept_note") == Decimal(200000)
    assert rules.limit_for(PROPOSAL) == Decimal(500000)
    assert rules.with_call({"amount_limit": "60000"}, PROPOSAL).limit_for(PROPOSAL) == Decimal(60000)
    assert rules.with_call({"amount_limit": "60000"}, "preparatory_grant").limit_for(PROPOSAL) == Decimal(500000)
    with pytest.raises(NoRouteError, match="200000"):
        choose_route("concept_note", Decimal(200001), "", rules)


@pytest.mark.parametrize(
    ("amount", "scope", "rules", "reason"),
    [
        ("250000.01", "", {}, "above"),
        ("10000", CITYWIDE, {}, "whole city"),
        ("250000", "", {}, ""),
        ("10000", CITYWIDE, {"assessment_citywide": False}, ""),
        ("250000.01", "", {"assessment_above": "300000"}, ""),
    ],
)
def test_large_and_citywide_work_is_followed_by_an_assessment(
    amount: str, scope: str, rules: dict[str, Any], reason: str
) -> None:
    route = choose_route(PROPOSAL, Decimal(amount), scope, policy(**rules))
    assert [one.code for one in route.obligations] == ([ENVIRONMENT] if reason else [])
    assert all(reason in str(one.reason) for one in route.obligations)


def test_a_whole_city_may_raise_the_route_and_never_lowers_it() -> None:
    rules = policy(citywide_route="middle")
    assert choose_route(PROPOSAL, Decimal(10000), CITYWIDE, rules).code == "middle"
    assert choose_route(PROPOSAL, Decimal(10000), "city", rules).code == "small"
    assert choose_route(PROPOSAL, Decimal(400000), CITYWIDE, rules).code == "large"


@pytest.mark.parametrize(
    "rules",
    [{"small_limit": "300000"}, {"citywide_route": "huge"}, {"page_consequence": "shout"}, {"middle_limit": "many"},
     {"instrument_limits": {"concept_note": "much"}}],
)  # fmt: skip
def test_rules_that_cannot_be_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"limit|route|consequence|amount"):
        policy(**rules)

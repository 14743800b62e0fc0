"""A tenant's rules: defaults, what is stored, and refusals of what is misspelt."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

import pytest

from portal.core.policy import TenantPolicy


def test_nothing_stored_means_the_rules_of_today() -> None:
    policy = TenantPolicy.parse({})
    assert policy == TenantPolicy()
    assert policy.amount_limit == Decimal(75000)
    assert policy.tranche_shares == (60, 40)
    assert policy.sign_off_required
    assert policy.four_eyes_on_letters


def test_what_is_stored_is_read_back_the_same() -> None:
    policy = TenantPolicy.parse(
        {"amount_limit": "30000.50", "tranche_shares": [34, 33, 33], "sign_off_required": False, "upload_limit_mb": 25}
    )
    assert policy.amount_limit == Decimal("30000.50")
    assert policy.tranche_shares == (34, 33, 33)
    data = policy.to_data()
    assert TenantPolicy.parse(data) == policy
    assert set(data) == {field.name for field in fields(TenantPolicy)}
    assert data["amount_limit"] == "30000.50"
    assert data["tranche_shares"] == [34, 33, 33]


def test_a_number_is_exact_however_it_was_written() -> None:
    assert TenantPolicy.parse({"amount_limit": 0.1}).amount_limit == Decimal("0.1")


def test_a_misspelt_rule_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(ValueError, match="amout_limit, sing_off") as refused:
        TenantPolicy.parse({"amout_limit": 1, "sing_off": True})
    assert "sign_off_required" in str(refused.value)

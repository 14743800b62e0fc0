"""The rules of a tenant as a form: complete, read back as shown, and refused where they cannot be."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal

import pytest

from portal.core.policy import TenantPolicy
from portal.tenants import rules

CODES = ("preparatory_grant", "project_proposal", "concept_note")


def test_every_rule_is_shown_once() -> None:
    shown = [rule.name for _, some in rules.groups() for rule in some]
    assert sorted(shown) == sorted(field.name for field in fields(TenantPolicy)), "new rule: say how it is set"


@pytest.mark.parametrize(
    "policy",
    [
        TenantPolicy(),
        TenantPolicy(
            small_limit=Decimal("75000.50"), citywide_route="large", sign_off_required=False, page_consequence="refuse",
            page_limits={"project_proposal": 20, "concept_note": 8, "preparatory_grant": 5},
            tranche_shares=(34, 33, 33),
        ),
    ],
)  # fmt: skip
def test_a_form_sent_as_it_stands_changes_nothing(policy: TenantPolicy) -> None:
    data, wrong = rules.read(rules.shown(policy, CODES), CODES, "en", policy)
    assert wrong == {}
    read = TenantPolicy.parse(data)
    limits = {code: read.limit_for(code) for code in CODES}
    assert limits == {code: policy.limit_for(code) for code in CODES}
    assert replace(read, instrument_limits=policy.instrument_limits) == policy


@pytest.mark.parametrize(
    ("name", "text"),
    [("small_limit", "much"), ("small_limit", "0"), ("small_limit", "300000"), ("citywide_route", "sideways"),
     ("sponsors_needed", "-1"), ("upload_limit_mb", "101"), ("tranche_shares", "60, 50"), ("tranche_shares", "100, 0"),
     ("tranche_shares", "sixty"), ("page_limits.project_proposal", ""), ("page_limits.concept_note", "0"),
     ("instrument_limits.concept_note", ""), ("report_period_days", "٩٠"), ("page_consequence", "shrug")],
)  # fmt: skip
def test_what_cannot_be_is_refused_beside_its_field(name: str, text: str) -> None:
    form = rules.shown(TenantPolicy(), CODES) | {name: text}
    _, wrong = rules.read(form, CODES, "en", TenantPolicy())
    assert set(wrong) == {"middle_limit" if text == "300000" else name}


def test_numbers_are_read_as_the_reader_writes_them() -> None:
    form = rules.shown(TenantPolicy(), CODES) | {"small_limit": "60.000,50", "page_limits.preparatory_grant": ""}
    data, wrong = rules.read(form, CODES, "pt", TenantPolicy())
    assert wrong == {}
    assert data["small_limit"] == "60000.50"
    assert "preparatory_grant" not in data["page_limits"]


@pytest.mark.parametrize("typed", ["9" * 5000, "1000, -900", "50, 50.0", "²0, 80", ""])
def test_shares_are_whole_numbers_that_make_a_hundred(typed: str) -> None:
    form = rules.shown(TenantPolicy(), CODES) | {"tranche_shares": typed}
    _, wrong = rules.read(form, CODES, "en", TenantPolicy())
    assert set(wrong) == {"tranche_shares"}

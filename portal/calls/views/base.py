"""The blueprint of the calls' pages, and what several of them show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, g

from portal.calls.models import Call
from portal.calls.rules import announcing, instruments
from portal.core.policy import TenantPolicy
from portal.core.text import Message
from portal.infra.i18n import locale_code, show_message

blueprint = Blueprint("calls", __name__)


@dataclass(frozen=True)
class Words:
    """A call's own texts in the one language a reader gets them in.

    :param foreign: whether it is another than the one she reads the page in.
    :param languages: all in which the call is announced.
    """

    title: str
    summary: str
    language: str
    foreign: bool
    languages: tuple[str, ...]


def words(call: Call) -> Words:
    """The texts of a call for this reader: never one from another language beside one from her own."""
    language = announcing.read_in(call, locale_code())
    return Words(
        call.title.get(language, ""),
        call.summary.get(language, ""),
        language,
        language != locale_code(),
        tuple(announcing.whole_in(call)),
    )


def rules_of(call: Call) -> TenantPolicy:
    """The tenant's rules with what the call says otherwise."""
    policy: TenantPolicy = g.tenant.policy
    return policy.with_call(call.policy_overrides, call.instrument)


def amount_limit(call: Call) -> Decimal | None:
    """The most one may ask for, in the tenant's currency; None where no money is asked for."""
    if not instruments.asks_for_money(call.instrument, call.form_version):
        return None
    return rules_of(call).limit_for(call.instrument)


def said(problems: Mapping[str, Message]) -> dict[str, str]:
    """What is to be mended, in the reader's language."""
    return {field: show_message(message) for field, message in problems.items()}

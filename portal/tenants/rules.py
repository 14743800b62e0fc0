"""The rules a tenant may set for itself, as a form shows them and as it is read; nothing here knows of requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from forms.engine.numbers import NotANumber, parse_number
from portal.core.policy import TenantPolicy
from portal.core.text import N_, Message


@dataclass(frozen=True)
class Rule:
    """A rule of ``core.policy`` as people set it.

    :param kind: ``amount``, ``whole``, ``tick``, ``choice``, ``amounts`` or ``wholes`` (one for each instrument),
        ``shares`` (percentages that make a hundred).
    :param low: the least a whole number may be; :param high: the most.
    """

    name: str
    kind: str
    label: Message
    hint: Message | None = None
    low: int = 0
    high: int = 0
    choices: Mapping[str, Message] = field(default_factory=dict)


ROUTES = {
    "": N_("the amount alone decides"),
    "small": N_("as a small grant at least"),
    "middle": N_("as a middle grant at least"),
    "large": N_("as a large grant"),
}
CONSEQUENCES = {
    "note": N_("the officer is told"),
    "lose_standard": N_("no time is promised for its assessment"),
    "refuse": N_("it cannot be submitted"),
}
BODIES = {
    "": N_("nobody"),
    "consultative_group": N_("the consultative group"),
    "executive_committee": N_("the executive committee"),
    "steering_committee": N_("the steering committee"),
}
#: every rule there is, by what it is about, in the order in which a page shows them
GROUPS: tuple[tuple[Message, tuple[Rule, ...]], ...] = (
    (
        N_("Amounts, and who decides"),
        (
            Rule("small_limit", "amount", N_("A programme manager decides up to")),
            Rule(
                "middle_limit",
                "amount",
                N_("A programme manager decides after coordination up to"),
                N_("Above it the members decide, by not objecting."),
            ),
            Rule("instrument_limits", "amounts", N_("The most one application may ask for")),
            Rule(
                "amount_limit",
                "amount",
                N_("The most where nothing else is said"),
                N_("For instruments that are added later."),
            ),
            Rule("citywide_route", "choice", N_("What concerns a whole city is decided"), choices=ROUTES),
            Rule("assessment_above", "amount", N_("A strategic environmental assessment is owed above")),
            Rule("assessment_citywide", "tick", N_("It is owed too for what concerns a whole city")),
        ),
    ),
    (
        N_("Submitting"),
        (
            Rule("sign_off_required", "tick", N_("The signatory signs before an application is submitted")),
            Rule("sponsors_needed", "whole", N_("Sponsors an application names at least"), low=0, high=20),
            Rule("sponsors_must_confirm", "tick", N_("Every sponsor confirms before an application is submitted")),
            Rule(
                "eligible_from_oda_list",
                "tick",
                N_("Only countries on the list of aid recipients may apply"),
                N_("As the list was on the day that the call names."),
            ),
            Rule("page_limits", "wholes", N_("Most pages of a submission"), low=1, high=200),
            Rule("page_consequence", "choice", N_("When a submission is longer"), choices=CONSEQUENCES),
            Rule("upload_limit_mb", "whole", N_("Largest file, in megabytes"), low=1, high=100),
        ),
    ),
    (
        N_("Members"),
        (
            Rule(
                "silence_quorum",
                "whole",
                N_("Share of the members a circular must have reached, per cent"),
                N_("Only then silence counts as consent. 0: at least one of them."),
                high=100,
            ),
            Rule("objection_body", "choice", N_("Who may approve in spite of an objection"), choices=BODIES),
        ),
    ),
    (
        N_("Grants and letters"),
        (
            Rule(
                "tranche_shares",
                "shares",
                N_("Parts in which a grant is paid, per cent"),
                N_("Numbers that make 100 together, such as 60, 40."),
            ),
            Rule("report_period_days", "whole", N_("Days a report covers"), low=7, high=730),
            Rule("four_eyes_on_letters", "tick", N_("A letter is sent by another person than who decided")),
            Rule("access_code_on_status", "tick", N_("Anybody with reference and code may look a case up")),
        ),
    ),
)


def groups() -> list[tuple[Message, list[Rule]]]:
    """The rules this installation has, by what they are about."""
    known = {one.name for one in fields(TenantPolicy)}
    found = [(title, [rule for rule in rules if rule.name in known]) for title, rules in GROUPS]
    return [(title, rules) for title, rules in found if rules]


def shown(policy: TenantPolicy, instruments: Iterable[str]) -> dict[str, str]:
    """A policy as its form holds it: the name of each input and what stands in it."""
    data = policy.to_data()
    found: dict[str, str] = {}
    for _, rules in groups():
        for rule in rules:
            value = data[rule.name]
            if rule.kind == "amounts":
                found |= {f"{rule.name}.{code}": _plain(policy.limit_for(code)) for code in instruments}
            elif rule.kind == "wholes":
                found |= {f"{rule.name}.{code}": str(value.get(code, "")) for code in instruments}
            elif rule.kind == "shares":
                found[rule.name] = ", ".join(str(share) for share in value)
            elif rule.kind == "tick":
                found[rule.name] = "1" if value else ""
            else:
                found[rule.name] = _plain(Decimal(value)) if rule.kind == "amount" else str(value)
    return found


def read(
    form: Mapping[str, str], instruments: Iterable[str], locale: str, today: TenantPolicy
) -> tuple[dict[str, Any], dict[str, Message]]:
    """Read the form of a policy.

    :param locale: the reader's language, in which numbers are typed. :param today: the rules in force.
    :returns: the policy as it is stored, and input → what is wrong with it.
    """
    data = today.to_data()
    wrong: dict[str, Message] = {}
    codes = tuple(instruments)
    for _, rules in groups():
        for rule in rules:
            if rule.kind in ("amounts", "wholes"):
                one = _amount if rule.kind == "amounts" else _count
                own = {code: one(rule, f"{rule.name}.{code}", form, locale, wrong) for code in codes}
                others = {code: value for code, value in data[rule.name].items() if code not in codes}
                data[rule.name] = others | {code: value for code, value in own.items() if value is not None}
            else:
                data[rule.name] = _READERS[rule.kind](rule, rule.name, form, locale, wrong)
    if not wrong and Decimal(data["small_limit"]) > Decimal(data["middle_limit"]):
        wrong["middle_limit"] = N_("This limit has to be above the one before it.")
    return data, wrong


def _plain(amount: Decimal) -> str:
    return str(int(amount)) if amount == int(amount) else f"{amount:.2f}"


def _amount(_rule: Rule, name: str, form: Mapping[str, str], locale: str, wrong: dict[str, Message]) -> str | None:
    try:
        found = parse_number(form.get(name, ""), locale)
    except NotANumber:
        found = Decimal(0)
    if 0 < found < Decimal(10) ** 14 and found == found.quantize(Decimal("0.01")):
        return str(found)
    wrong[name] = N_("Give an amount above nothing, without fractions of a cent.")
    return None


def _whole(rule: Rule, name: str, form: Mapping[str, str], _locale: str, wrong: dict[str, Message]) -> int | None:
    text = form.get(name, "").strip()
    if text.isascii() and text.isdigit() and len(text) < 7 and rule.low <= int(text) <= rule.high:
        return int(text)
    wrong[name] = N_("Give a whole number from %(low)s to %(high)s.", low=rule.low, high=rule.high)
    return None


def _count(rule: Rule, name: str, form: Mapping[str, str], locale: str, wrong: dict[str, Message]) -> int | None:
    """A number for one instrument, or nothing for one that has none by itself."""
    if not form.get(name, "").strip() and name.partition(".")[2] not in getattr(TenantPolicy(), rule.name):
        return None
    return _whole(rule, name, form, locale, wrong)


def _tick(_rule: Rule, name: str, form: Mapping[str, str], _locale: str, _wrong: dict[str, Message]) -> bool:
    return form.get(name) == "1"


def _choice(rule: Rule, name: str, form: Mapping[str, str], _locale: str, wrong: dict[str, Message]) -> str:
    value = form.get(name, "")
    if value not in rule.choices:
        wrong[name] = N_("Choose one of the answers offered.")
    return value


def _shares(_rule: Rule, name: str, form: Mapping[str, str], _locale: str, wrong: dict[str, Message]) -> list[int]:
    words = form.get(name, "").replace("،", ",").replace(";", ",").split(",")
    bare = [word.strip() for word in words]
    found = [int(word) for word in bare if word.isascii() and word.isdigit() and len(word) < 4]
    if len(found) != len(words) or sum(found) != 100 or not all(found):
        wrong[name] = N_("Give whole numbers that make 100 together, such as 60, 40.")
    return found


_READERS: dict[str, Any] = {
    "amount": _amount,
    "whole": _whole,
    "tick": _tick,
    "choice": _choice,
    "shares": _shares,
}

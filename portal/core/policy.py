"""Every rule a tenant may set for itself, with today's behaviour as the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any

#: what a submission longer than the limit leads to
PAGE_CONSEQUENCES = ("note", "lose_standard", "refuse")
#: who may approve in spite of an objection
OBJECTION_BODIES = ("", "consultative_group", "executive_committee", "steering_committee")
_AMOUNTS = ("amount_limit", "small_limit", "middle_limit", "assessment_above")


@dataclass(frozen=True)
class TenantPolicy:
    """A tenant's own rules.

    :param amount_limit: the most one application may ask for, in the tenant's currency, unless its instrument is
        named in ``instrument_limits``.
    :param instrument_limits: instrument → the most one application may ask for.
    :param small_limit: up to this amount a programme manager decides (route ``small``).
    :param middle_limit: up to this amount a programme manager decides after coordination; above it the members do.
    :param citywide_route: the least route for an activity that concerns a whole city; empty: the amount alone decides.
    :param assessment_above: above this amount an approval obliges to a strategic environmental assessment.
    :param assessment_citywide: whether a citywide activity obliges to one whatever its amount.
    :param sign_off_required: whether the signatory must sign before the lead may submit.
    :param sponsors_needed: how many sponsors an application must name.
    :param sponsors_must_confirm: whether every sponsor must have confirmed before an application may be submitted.
    :param silence_quorum: the share of the members asked, in per cent, that a circular must have reached for their
        silence to count as consent; 0: at least one of them.
    :param objection_body: who may approve in spite of a member's objection, by code; empty: nobody may.
    :param page_limits: instrument → how many pages the typeset submission may have.
    :param page_consequence: what a longer one leads to: ``note`` (the officer is told), ``lose_standard`` (no time is
        promised for its assessment), ``refuse`` (it cannot be submitted).
    :param tranche_shares: the percentages in which a grant is paid.
    :param report_period_days: calendar days from the agreement's acceptance to the end of the first reporting period.
    :param eligible_from_oda_list: whether the country must be on the DAC list of ODA recipients at the call's date.
    :param four_eyes_on_letters: whether a letter must be sent by another person than the one who decided.
    :param upload_limit_mb: the largest file an applicant may attach, in megabytes.
    :param access_code_on_status: whether the public may look a case up by reference and access code.
    """

    amount_limit: Decimal = Decimal(75000)
    instrument_limits: Mapping[str, Decimal] = field(
        default_factory=lambda: {"project_proposal": Decimal(500000), "concept_note": Decimal(250000)}
    )
    small_limit: Decimal = Decimal(75000)
    middle_limit: Decimal = Decimal(250000)
    citywide_route: str = ""
    assessment_above: Decimal = Decimal(250000)
    assessment_citywide: bool = True
    sign_off_required: bool = True
    sponsors_needed: int = 1
    sponsors_must_confirm: bool = False
    silence_quorum: int = 0
    objection_body: str = "executive_committee"
    page_limits: Mapping[str, int] = field(default_factory=lambda: {"project_proposal": 12, "concept_note": 8})
    page_consequence: str = "note"
    tranche_shares: tuple[int, ...] = (60, 40)
    report_period_days: int = 90
    eligible_from_oda_list: bool = True
    four_eyes_on_letters: bool = True
    upload_limit_mb: int = 10
    access_code_on_status: bool = True

    def __post_init__(self) -> None:
        """:raises ValueError: for rules that contradict themselves."""
        if self.small_limit > self.middle_limit:
            raise ValueError("small_limit is above middle_limit; make it smaller")
        if self.citywide_route not in ("", "small", "middle", "large"):
            raise ValueError("citywide_route is one of small, middle, large, or empty")
        if self.page_consequence not in PAGE_CONSEQUENCES:
            raise ValueError(f"page_consequence is one of {', '.join(PAGE_CONSEQUENCES)}")
        if not 0 <= self.silence_quorum <= 100:
            raise ValueError("silence_quorum is a share in per cent, from 0 to 100")
        if self.objection_body not in OBJECTION_BODIES:
            raise ValueError(f"objection_body is one of {', '.join(filter(None, OBJECTION_BODIES))}, or empty")

    def limit_for(self, instrument: str) -> Decimal:
        """The most one application with an instrument may ask for, in the tenant's currency."""
        return self.instrument_limits.get(instrument, self.amount_limit)

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> TenantPolicy:
        """Read a policy from stored data.

        :raises ValueError: for a rule that does not exist or cannot be, so that a slip is not silently ignored.
        """
        known = {f.name for f in fields(cls)}
        unknown = set(data) - known
        if unknown:
            raise ValueError(f"no such policy: {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
        values = dict(data)
        for name in _AMOUNTS:
            if name in values:
                values[name] = _amount(name, values[name])
        if "instrument_limits" in values:
            own = {key: _amount(key, value) for key, value in dict(values["instrument_limits"]).items()}
            values["instrument_limits"] = {**cls().instrument_limits, **own}
        if "page_limits" in values:
            limits = {key: int(value) for key, value in dict(values["page_limits"]).items()}
            values["page_limits"] = {**cls().page_limits, **limits}
        if "tranche_shares" in values:
            values["tranche_shares"] = tuple(int(share) for share in values["tranche_shares"])
        return cls(**values)

    def with_call(self, overrides: Mapping[str, Any] | None, instrument: str) -> TenantPolicy:
        """The policy with what a call of an instrument says otherwise; its ``amount_limit`` is the instrument's own.

        :raises ValueError: for a rule that does not exist.
        """
        own = dict(overrides or {})
        if "page_limits" in own:
            own["page_limits"] = {**self.page_limits, **dict(own["page_limits"])}
        if "amount_limit" in own:
            limits = {**self.instrument_limits, **dict(own.get("instrument_limits", {}))}
            own["instrument_limits"] = {**limits, instrument: own["amount_limit"]}
        return TenantPolicy.parse(self.to_data() | own)

    def to_data(self) -> dict[str, Any]:
        """The policy as it is stored."""
        data = {f.name: getattr(self, f.name) for f in fields(self)}
        return (
            data
            | {name: str(data[name]) for name in _AMOUNTS}
            | {
                "instrument_limits": {key: str(value) for key, value in self.instrument_limits.items()},
                "page_limits": dict(self.page_limits),
                "tranche_shares": list(self.tranche_shares),
            }
        )


def _amount(name: str, value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{name} is not an amount: {value!r}") from None

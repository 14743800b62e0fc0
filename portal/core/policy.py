"""Every rule a tenant may set for itself, with today's behaviour as the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class TenantPolicy:
    """A tenant's own rules.

    :param amount_limit: the most one preparatory grant may ask for, in the tenant's currency.
    :param sign_off_required: whether the signatory must sign before the lead may submit.
    :param sponsors_needed: how many sponsors an application must name.
    :param tranche_shares: the percentages in which a grant is paid.
    :param report_period_days: calendar days from the agreement's acceptance to the end of the first reporting period.
    :param eligible_from_oda_list: whether the country must be on the DAC list of ODA recipients at the call's date.
    :param four_eyes_on_letters: whether a letter must be sent by another person than the one who decided.
    :param upload_limit_mb: the largest file an applicant may attach, in megabytes.
    :param access_code_on_status: whether the public may look a case up by reference and access code.
    """

    amount_limit: Decimal = Decimal(75000)
    sign_off_required: bool = True
    sponsors_needed: int = 1
    tranche_shares: tuple[int, ...] = (60, 40)
    report_period_days: int = 90
    eligible_from_oda_list: bool = True
    four_eyes_on_letters: bool = True
    upload_limit_mb: int = 10
    access_code_on_status: bool = True

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> TenantPolicy:
        """Read a policy from stored data.

        :raises ValueError: for a rule that does not exist, so that a misspelt one is not silently ignored.
        """
        known = {f.name for f in fields(cls)}
        unknown = set(data) - known
        if unknown:
            raise ValueError(f"no such policy: {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
        values = dict(data)
        if "amount_limit" in values:
            values["amount_limit"] = Decimal(str(values["amount_limit"]))
        if "tranche_shares" in values:
            values["tranche_shares"] = tuple(int(share) for share in values["tranche_shares"])
        return cls(**values)

    def to_data(self) -> dict[str, Any]:
        """The policy as it is stored."""
        data = {f.name: getattr(self, f.name) for f in fields(self)}
        return data | {"amount_limit": str(self.amount_limit), "tranche_shares": list(self.tranche_shares)}

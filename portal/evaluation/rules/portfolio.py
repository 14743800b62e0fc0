"""What a selection would look like: by income group, region and instrument, and how many cities are new."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.core import recipients

OTHER = "other"
#: Regions of the United Nations geoscheme (M49), as far as recipients of aid lie in them.
_REGIONS = {
    "africa": "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ "
    "NA NE NG RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW",
    "asia": "AF AM AZ BD BT CN GE ID IN IQ IR JO KG KH KP KZ LA LB LK MM MN MV MY NP OM PH PK PS SA SY TH TJ TL TM TR "
    "UZ VN YE",
    "americas": "AG AI AR BB BO BR BZ CL CO CR CU DM DO EC GD GT GY HN HT JM KN LC MS MX NI PA PE PY SR SV TT UY VC VE",
    "europe": "AL BA BY HR MD ME MK RS UA XK",
    "oceania": "CK FJ FM KI MH NR NU PG PW SB TK TO TV VU WF WS",
}
_REGION_OF = {code: region for region, codes in _REGIONS.items() for code in codes.split()}
REGIONS = (*_REGIONS, OTHER)


@dataclass(frozen=True)
class Piece:
    """A case of the selection. :param first_time: whether its city was never funded before."""

    country: str
    instrument: str
    amount: Decimal
    first_time: bool


@dataclass(frozen=True)
class Share:
    """One part of the whole. :param percent: of the money, 0 to 100, rounded."""

    code: str
    count: int
    amount: Decimal
    percent: int


@dataclass(frozen=True)
class Balance:
    """The selection by each question, the largest part first."""

    count: int
    amount: Decimal
    income: tuple[Share, ...]
    regions: tuple[Share, ...]
    instruments: tuple[Share, ...]
    first_time: int


def region(country: str) -> str:
    """The region of a country (United Nations geoscheme): ``africa``, ``asia``, … or ``other``."""
    return _REGION_OF.get(country, OTHER)


def balance(pieces: Iterable[Piece], on: date) -> Balance:
    """The balance of a selection.

    :param on: the day of the DAC list by which the income groups are read.
    :raises recipients.RecipientListError: when the day is before the table begins.
    """
    found = list(pieces)
    total = sum((one.amount for one in found), Decimal(0))

    def income(one: Piece) -> str:
        group = recipients.income_group(one.country, on) if one.country else None
        return str(group) if group else OTHER

    return Balance(
        len(found),
        total,
        _shares(found, income, total),
        _shares(found, lambda one: region(one.country), total),
        _shares(found, lambda one: one.instrument, total),
        sum(one.first_time for one in found),
    )


def _shares(pieces: list[Piece], part: Callable[[Piece], str], total: Decimal) -> tuple[Share, ...]:
    counts: dict[str, int] = {}
    sums: dict[str, Decimal] = {}
    for one in pieces:
        code = part(one)
        counts[code] = counts.get(code, 0) + 1
        sums[code] = sums.get(code, Decimal(0)) + one.amount
    order = sorted(counts, key=lambda code: (-sums[code], code))
    return tuple(
        Share(code, counts[code], sums[code], round(100 * sums[code] / total) if total else 0) for code in order
    )

"""What a form needs to know of the world around it; given from outside so that the library stays pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, eq=False)
class Context:
    """The facts of the moment in which a form is shown, read or checked.

    *currency* is the ISO 4217 code of every money answer; *locale* is the reader's; *language* is the language in which
    the applicant writes (default: the locale's). *eligible_countries* holds ISO 3166 alpha-2 codes, None for all.
    *amount_limit* is in *currency*. *find_cities(name, country)* returns dicts with id, name, country, best first.
    *find_members* gives the (id, name) pairs offered for organisations; *files* are the known uploads by id.
    """

    today: dt.date
    currency: str = "USD"
    locale: str = "en"
    eligible_countries: frozenset[str] | None = None
    amount_limit: Decimal | None = None
    find_cities: Callable[[str, str | None], list[dict[str, Any]]] | None = None
    find_members: Callable[[], tuple[tuple[str, str], ...]] = tuple
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    policy: Mapping[str, object] = field(default_factory=dict)
    language: str | None = None
    city_picker_url: str = ""

    @property
    def written_in(self) -> str:
        """The language of the applicant's own words."""
        return self.language or self.locale

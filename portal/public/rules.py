"""What the public may know, colours that are safe to serve, and how a list is paged. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from portal.core.text import N_, Message

#: A case is a funded project from the day its letter of approval was sent.
FUNDED_STATES = ("agreement", "signing", "under_way", "closed")
#: The states in words for everybody: those of the workflow speak to the recipient ("waiting for you").
STATE_NAMES: dict[str, Message] = {
    "agreement": N_("Approved"),
    "signing": N_("Approved"),
    "under_way": N_("Under way"),
    "closed": N_("Completed"),
}
BRAND_PROPERTIES = {
    "brand": "--brand",
    "brand_ink": "--brand-ink",
    "brand_soft": "--brand-soft",
    "on_brand": "--on-brand",
}
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def brand_css(brand: Mapping[str, object]) -> str:
    """A tenant's colours as custom properties; what is no plain colour is left out, so that nothing else gets in."""
    lines = [
        f"{name}: {value};"
        for key, name in BRAND_PROPERTIES.items()
        if isinstance(value := brand.get(key), str) and _COLOUR.fullmatch(value)
    ]
    return ":root { " + " ".join(lines) + " }\n" if lines else "/* the portal's own colours */\n"


def write_place(at: datetime, row_id: UUID) -> str:
    """A place in a list ordered by time and id, for an address."""
    return f"{at.isoformat()}~{row_id}"


def read_place(text: str) -> tuple[datetime, UUID] | None:
    """The place an address names, or None when it names none."""
    moment, _, row_id = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return (at, UUID(row_id)) if at.tzinfo is not None else None
    except ValueError:
        return None

"""The names and values of a posted form, as kinds read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .context import Context
from .definition import Answer

MOST_ROWS = 200  # rows read from one post, whatever a definition allows


def plain(formdata: Any) -> dict[str, list[str]]:
    """Turn a multi-dict (or a mapping of strings or lists) into lists of strings by name; other values are ignored."""
    if formdata is None:
        return {}
    read = getattr(formdata, "getlist", None)
    out: dict[str, list[str]] = {}
    for name in list(formdata):
        found = read(name) if read else formdata[name]
        values = list(found) if isinstance(found, list | tuple) else [found]
        out[str(name)] = [value for value in values if isinstance(value, str)]
    return out


@dataclass(frozen=True)
class Inputs:
    """What was posted under one input name, and under the names that begin with it."""

    data: Mapping[str, list[str]]
    name: str

    @property
    def present(self) -> bool:
        """Tell whether the page had an input of exactly this name."""
        return self.name in self.data

    @property
    def values(self) -> list[str]:
        """Every value posted under this name."""
        return self.data.get(self.name, [])

    @property
    def value(self) -> str:
        """The last value posted under this name (a hidden marker comes first), or nothing."""
        return self.values[-1] if self.values else ""

    def child(self, name: str) -> Inputs:
        """Return the inputs of a part."""
        return Inputs(self.data, f"{self.name}-{name}")

    @property
    def touched(self) -> bool:
        """Tell whether the page had this input or any part of it."""
        return self.present or any(name.startswith(self.name + "-") for name in self.data)

    def rows(self) -> list[int]:
        """Return the row numbers posted, in order."""
        shape = re.compile(re.escape(self.name) + r"-([0-9]{1,6})-")
        found = {int(match.group(1)) for match in map(shape.match, self.data) if match}
        return sorted(found)[:MOST_ROWS]


@dataclass(frozen=True, eq=False)
class Env:
    """The context of a read, and the answer to a neighbouring question of the same page."""

    context: Context
    sibling: Callable[[str], Answer]

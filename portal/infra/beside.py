"""Parts of a page that a feature further up brings: the page knows where they stand, the feature knows what they say.

A page never imports the features above its own; they register what they have to show at a place of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from flask import render_template
from markupsafe import Markup

#: (what the page is about, who reads, now) → template and values, or None when there is nothing to show
Bring = Callable[[Any, Any, datetime], tuple[str, Mapping[str, Any]] | None]

_BROUGHT: dict[str, list[tuple[Bring, frozenset[str]]]] = defaultdict(list)


def bring(place: str, about: Collection[str] = ()) -> Callable[[Bring], Bring]:
    """Register what a feature shows at a place, e.g. ``applicant_case``.

    :param about: the kinds of events without which there is nothing to show; empty: it is always asked.
    """

    def register(function: Bring) -> Bring:
        _BROUGHT[place].append((function, frozenset(about)))
        return function

    return register


def brought(
    place: str, subject: Any, actor: Any, now: datetime, happened: Collection[str] | None = None
) -> list[Markup]:
    """The parts that features bring to a place of a page, rendered, in the order of their registration.

    :param happened: the kinds of events there are, so that a feature without any is not asked; None: all are asked.
    """
    asked = [part for part, about in _BROUGHT[place] if happened is None or not about or not about.isdisjoint(happened)]
    found = (part(subject, actor, now) for part in asked)
    return [Markup(render_template(part[0], **part[1])) for part in found if part is not None]  # noqa: S704 - rendered by escaping templates

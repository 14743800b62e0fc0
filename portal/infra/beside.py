"""Parts of a page that a feature further up brings: the page knows where they stand, the feature knows what they say.

A page never imports the features above its own; they register what they have to show at a place of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import render_template
from markupsafe import Markup

#: (what the page is about, who reads, now, what the page has read already) → template and values, or None when there
#: is nothing to show
Bring = Callable[[Any, Any, datetime, Mapping[str, Any]], tuple[str, Mapping[str, Any]] | None]

_BROUGHT: dict[str, list[Bring]] = defaultdict(list)


def bring(place: str) -> Callable[[Bring], Bring]:
    """Register what a feature shows at a place, e.g. ``applicant_case``."""

    def register(function: Bring) -> Bring:
        _BROUGHT[place].append(function)
        return function

    return register


def brought(place: str, subject: Any, actor: Any, now: datetime, **known: Any) -> list[Markup]:
    """The parts that features bring to a place of a page, rendered, in the order of their registration.

    :param known: what the page has read already and the parts need not read again, e.g. ``events``.
    """
    found = (part(subject, actor, now, known) for part in _BROUGHT[place])
    return [Markup(render_template(part[0], **part[1])) for part in found if part is not None]  # noqa: S704 - rendered by escaping templates

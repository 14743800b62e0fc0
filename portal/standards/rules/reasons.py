"""Why a promise was broken: the coded reasons that an officer chooses from and that are published. Pure."""

from __future__ import annotations

from portal.core.text import N_, Message

#: code → what it is called, in the order in which they are offered
REASONS: dict[str, Message] = {
    "shared_responsibility": N_("Others shared the responsibility"),
    "volume": N_("More work than usual"),
    "complexity": N_("The case was complex"),
    "external_body": N_("Waiting for another body"),
    "absence": N_("Absence of staff"),
    "other": N_("Another reason"),
}
#: the reasons that say nothing without words of their own
NEEDS_NOTE = frozenset({"other"})

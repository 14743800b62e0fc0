"""In which languages a call is whole, and what is still missing before it can be announced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from portal.core.text import N_, Message

#: the texts a call has in every language it is announced in
TEXTS: dict[str, Message] = {"title": N_("Title"), "summary": N_("What is funded")}


class CallLike(Protocol):
    """What these rules need to know of a call."""

    title: dict[str, str]
    summary: dict[str, str]
    languages: list[str]
    opens_at: datetime
    closes_at: datetime | None
    questions_until: datetime | None


def holes(call: CallLike, languages: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """The texts that are missing: pairs of the text's name and the language.

    :param languages: to look at; by default those the call is announced in.
    """
    texts: dict[str, Mapping[str, str]] = {"title": call.title, "summary": call.summary}
    wanted = call.languages if languages is None else languages
    return [(name, code) for code in wanted for name in TEXTS if not str(texts[name].get(code) or "").strip()]


def whole_in(call: CallLike) -> list[str]:
    """The languages in which a call can be read: those it is announced in and in which nothing is missing.

    A call from before announcements were checked may be whole in none; then every language with a title counts.
    """
    missing = {code for _, code in holes(call)}
    return [code for code in call.languages if code not in missing] or [code for code in call.title if call.title[code]]


def read_in(call: CallLike, wish: str) -> str:
    """The language a reader gets a call in: her own where it is whole, else English, else its first one."""
    languages = whole_in(call)
    return next((code for code in (wish, "en", *languages) if code in languages), wish)


def faults(call: CallLike, now: datetime, *, leads_on: bool, has_next: bool) -> dict[str, Message]:
    """Why a call cannot be announced yet: field → what is wrong and how to mend it; empty when all is well.

    :param now: UTC. :param leads_on: whether its instrument only opens the way to a full proposal.
    :param has_next: whether the call says of which instrument that proposal is.
    """
    found: dict[str, Message] = {}
    if not call.languages:
        found["languages"] = N_("Choose at least one language to announce the call in.")
    for name, code in holes(call):
        found[f"{name}-{code}"] = N_("This is missing. Write it, or do not announce the call in this language.")
    if call.closes_at is not None and call.closes_at <= max(call.opens_at, now):
        found["closes_at"] = N_("The closing has to come after the opening, and after today.")
    if call.questions_until is not None and call.closes_at is not None and call.questions_until > call.closes_at:
        found["questions_until"] = N_("Questions end with the call at the latest.")
    if leads_on and not has_next:
        found["next_instrument"] = N_("Say with which instrument applications approved in principle go on.")
    return found

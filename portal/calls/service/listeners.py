"""Who is told of what happens to a call: features above this one, which know what is being written for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.calls.models import Call, CallChange, Clarification
from portal.core.actor import Actor

#: what happened to a call: a decision about it, or an answer to a question
News = CallChange | Clarification
Listener = Callable[[Call, News, Actor, datetime], None]
_listeners: list[Listener] = []


def told(listener: Listener) -> Listener:
    """Register who is told, in the transaction of the change, after it was made."""
    _listeners.append(listener)
    return listener


def tell(call: Call, news: News, actor: Actor, now: datetime) -> None:
    """Tell everybody who wants to know. :param actor: who did it. :param now: UTC."""
    for listener in _listeners:
        listener(call, news, actor, now)

"""Whether a typed name is the name of a person: letter forms, accents, order and initials apart."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher

CLOSE_ENOUGH = 0.85
#: shorter parts are compared letter by letter
SHORTEST = 4


def resembles(typed: str, name: str) -> bool:
    """Whether a typed name may stand for a person's name.

    Case, accents, marks and punctuation do not matter, nor does the order of the parts; a part may be left out or
    shortened to its initial as long as two parts in full remain, and a slip of a letter is forgiven.
    """
    given, known = parts(typed), parts(name)
    if not given or not known:
        return False
    if sorted(given) == sorted(known):
        return True
    if len(given) == len(known) and all(map(_close, sorted(given), sorted(known))):
        return True
    whole = [part for part in given if len(part) > 1]
    initials = [part for part in given if len(part) == 1]
    return (
        len(whole) >= 2
        and set(whole) <= set(known)
        and all(any(part.startswith(letter) for part in known) for letter in initials)
    )


def _close(one: str, other: str) -> bool:
    """Whether two parts are the same but for a slip; short parts must be the same."""
    return one == other or (
        min(len(one), len(other)) >= SHORTEST and SequenceMatcher(None, one, other).ratio() >= CLOSE_ENOUGH
    )


def parts(name: str) -> list[str]:
    """The parts of a name folded for comparing: no case, no marks, no punctuation, one form of each letter."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Cf", "Lm"))
    return "".join(sign if sign.isalnum() else " " for sign in letters).split()

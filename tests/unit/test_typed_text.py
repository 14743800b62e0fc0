"""What is left of a typed text when signs that no text holds are taken out."""

from __future__ import annotations

import pytest

from portal.core.text import legible


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("Bien reçu\u202f?", "Bien reçu\u202f?"),
        ("10\u00a0jours", "10\u00a0jours"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\x00b\x07c\x1b", "abc"),
        ("a\u202eb\u2066c", "abc"),  # turns the order of what follows
        ("a\u2028b\nc", "abc"),
        ("\ue000\ufffe東京", "東京"),
    ],
)
def test_spaces_and_joiners_stay_and_control_signs_go(typed: str, left: str) -> None:
    assert legible(typed) == left


def test_line_breaks_stay_where_they_are_wanted() -> None:
    assert legible("a\nb\tc\x00", breaks="\n\t") == "a\nb\tc"

"""Lists in running text: names, clauses and the values of messages are joined as each language does."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from portal.core.text import N_
from portal.infra import i18n


@pytest.mark.parametrize(
    ("language", "style", "joined"),
    [
        ("en", "standard", "a, b and c"),
        ("fr", "standard", "a, b et c"),
        ("pt", "or", "a, b ou c"),
        ("ar", "standard", "a وb وc"),
        ("ar", "or", "a أو b أو c"),
        ("es", "standard", "a, b y c"),
    ],
)
def test_names_are_joined_as_the_language_does(language: str, style: str, joined: str) -> None:
    with i18n.in_language(language):
        assert i18n.show_list(["a", "", "b", "c"], style) == joined  # type: ignore[arg-type]


def test_a_message_joins_the_names_it_carries() -> None:
    message = N_("Reports still to be accepted: %(references)s.", references=("R-1", "R-2", "R-3"))
    assert str(message).endswith(": R-1, R-2, R-3.")
    assert i18n.show_message(message).endswith(": R-1, R-2 and R-3.")
    with i18n.in_language("fr"):
        assert "R-1, R-2 et R-3" in i18n.show_message(message)


def test_names_on_a_page_keep_their_direction_and_are_escaped() -> None:
    shown = i18n.show_names(["Ärzte & Co", "", "<b>"])
    assert shown == "<bdi>Ärzte &amp; Co</bdi> and <bdi>&lt;b&gt;</bdi>"
    assert isinstance(shown, Markup)
    assert i18n.show_names([]) == ""
    assert i18n.show_list([Markup("<b>one</b>"), "a < b"], "or") == "<b>one</b> or a &lt; b"


@pytest.mark.parametrize(("language", "told"), [("en", "a, b; c"), ("fr", "a, b\u00a0; c"), ("ar", "a, b؛ c")])
def test_clauses_are_parted_as_the_language_does(language: str, told: str) -> None:
    with i18n.in_language(language):
        assert i18n.show_clauses(["a, b", "", "c"]) == told

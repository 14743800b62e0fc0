"""What a move asks: each answer there, of its kind, cleaned; everything wrong named at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.cases.rules.inputs import MOST_CHARACTERS, check_inputs, clean
from portal.core.errors import Invalid
from portal.core.text import Text
from portal.core.workflow import Ask, Move
from portal.core.workflow.definition import Option, Target

WORDS = Text({"en": "Words"})
SECTIONS = ("who", "budget")


def asking(kind: str, *, required: bool = True, options: tuple[str, ...] = ()) -> Move:
    """A move that asks one thing, ``it``."""
    ask = Ask("it", kind, WORDS, None, required, tuple(Option(code, WORDS) for code in options))
    return Move("move", WORDS, ("here",), (Target(""),), ("lead",), "moved", asks=(ask,))


def answer(move: Move, value: Any) -> Any:
    """What is kept of an answer."""
    return check_inputs(move, {"it": value}, SECTIONS)["it"]


@pytest.mark.parametrize(
    ("kind", "options", "given_", "kept"),
    [
        ("text", (), "  Ana\x00 Mabote ", "Ana Mabote"),
        ("longtext", (), "one\r\ntwo\rthree\tfour\x1b", "one\ntwo\nthree\tfour"),
        ("choice", ("a", "b"), "b", "b"),
        ("days", ("5", "10"), "10", 10),
        ("confirm", (), "on", True),
        ("password", (), "  kept as typed ", "  kept as typed "),
        ("sections", (), {"budget": " Add the audit. "}, {"budget": "Add the audit."}),
    ],
)
def test_a_right_answer_is_kept(kind: str, options: tuple[str, ...], given_: Any, kept: Any) -> None:
    assert answer(asking(kind, options=options), given_) == kept


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", None), ("text", ""), ("text", " \n\x00 "), ("longtext", "x" * (MOST_CHARACTERS + 1)),
        ("choice", "c"), ("choice", ""), ("days", "7"), ("days", "-5"), ("confirm", ""), ("password", ""),
        ("sections", {}), ("sections", None), ("sections", {"moon": "x"}), ("sections", {"budget": "  "}),
        ("sections", {"budget": "x" * (MOST_CHARACTERS + 1)}), ("sections", {"budget": "x", "moon": "y"}),
        ("instant", "9999-12-31T23:59"), ("instant", "0001-01-01T00:00"), ("instant", "2026-02-30T09:00"),
        ("instant", "2026-03-20T09:00+01:00"),
        ("unheard_of", ""),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_refused_by_its_name(kind: str, value: Any) -> None:
    options = ("5", "10") if kind in ("choice", "days") else ()
    with pytest.raises(Invalid) as refused:
        answer(asking(kind, options=options), value)
    assert set(refused.value.problems) == {"it"}
    assert str(refused.value.problems["it"])


def test_what_need_not_be_answered_may_be_left() -> None:
    assert answer(asking("text", required=False), "") == ""
    assert answer(asking("choice", required=False, options=("a",)), "") == ""
    assert answer(asking("days", required=False, options=("5",)), "") == ""
    assert answer(asking("confirm", required=False), "") is False


def test_everything_wrong_is_named_and_nothing_else_is_kept() -> None:
    asks = (Ask("why", "text", WORDS), Ask("how", "choice", WORDS, options=(Option("a", WORDS),)))
    move = Move("move", WORDS, ("here",), (Target(""),), ("lead",), "moved", asks=asks)
    with pytest.raises(Invalid) as refused:
        check_inputs(move, {}, SECTIONS)
    assert set(refused.value.problems) == {"why", "how"}
    kept = check_inputs(move, {"why": "x", "how": "a", "state": "closed", "tenant_id": 2}, SECTIONS)
    assert kept == {"why": "x", "how": "a"}


@given(st.text(st.characters(), max_size=60))
def test_clean_text_holds_nothing_that_breaks_a_page_or_a_database(text: str) -> None:
    kept = clean(text)
    assert clean(kept) == kept
    kept.encode()
    assert not any(ord(sign) < 32 and sign not in "\n\t" for sign in kept)
    assert kept == kept.strip()

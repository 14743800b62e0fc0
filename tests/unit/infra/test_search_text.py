from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.infra.search_text import MOST_QUERY_TERMS, index_terms, query_terms, reference_key


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Évaluation de l'Élan", "evaluation de l elan"),
        ("ISPARTA ısparta İstanbul", "isparta istanbul"),
        ("ёлка Орёл", "елка орел"),
        ("المَدينة والمدينة للمدينة بالمدينة", "مدينه"),
        ("أحمد إدارة آمال مبنى مسؤول", "احمد اداره امال مبني مسوول"),
        ("تـــنـــمـــيـــة", "تنميه"),
        ("東京都", "東 京 都 東京 京都"),
        ("がっこう", "が っ こ う がっ っこ こう"),
        ("ABC東京", "abc 東 京 東京"),
        ("Straße Łódź œuvre smørrebrød", "strasse lodz oeuvre smorrebrod"),
        ("٢٠٢٦ ۲۰۲۶ ２０２６", "2026"),
        ("CA-2026-0042", "ca 2026 0042"),
        ("\ue0007 hidden mark", "7 hidden mark"),
        ("", ""),
        ("--- !!! \u202e", ""),
    ],
)
def test_what_is_stored(text: str, terms: str) -> None:
    assert index_terms(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("東京", ["東京"]),
        ("都", ["都"]),
        ("東京都市", ["東京", "京都", "都市"]),
        ("الحي", ["حي"]),
        ("ال", ["ال"]),
        ('"a" OR b* NEAR(c)', ["a", "or", "b", "near", "c"]),
    ],
)
def test_what_is_asked(text: str, terms: list[str]) -> None:
    assert query_terms(text) == terms


def test_a_reference_is_compared_without_its_signs() -> None:
    assert reference_key("ca 2026/0042 ") == reference_key("CA-2026-0042") == "ca20260042"


def test_a_long_question_is_cut() -> None:
    assert len(query_terms(" ".join(f"w{n}" for n in range(100)))) == MOST_QUERY_TERMS


@given(st.text(max_size=60))
def test_every_text_is_found_by_itself(text: str) -> None:
    stored = index_terms(text).split()
    assert all(any(term.startswith(asked) for term in stored) for asked in query_terms(text))


@given(st.text(max_size=60))
def test_no_token_can_break_a_query(text: str) -> None:
    for term in (*index_terms(text).split(" "), *query_terms(text)):
        assert not set(term) & set("\"'\\ *:&|!()-\ue000\x00")


@given(st.text(max_size=60))
def test_case_and_form_do_not_matter(text: str) -> None:
    import unicodedata

    assert index_terms(unicodedata.normalize("NFD", text)) == index_terms(unicodedata.normalize("NFC", text))

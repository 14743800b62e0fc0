"""Whether a typed name is a person's name."""

from __future__ import annotations

import pytest

from portal.cases.rules.names import resembles


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Ana Mabote", "Ana Mabote"),
        ("ana  MABOTE ", "Ana Mabote"),
        ("Mabote, Ana", "Ana Mabote"),
        ("Joao Conceicao", "João Conceição"),
        ("Ana Mabotte", "Ana Mabote"),
        ("Ana M. Sitoe Mabote", "Ana Maria Sitoe Mabote"),
        ("Ana Mabote", "Ana Maria Mabote"),
        ("محمَّد العلي", "محمد العلي"),
        ("O'Brien Seán", "Sean O’Brien"),
        ("田中 太郎", "田中 太郎"),
    ],
)
def test_the_same_person(typed: str, name: str) -> None:
    assert resembles(typed, name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("", "Ana Mabote"),
        ("...", "Ana Mabote"),
        ("Ana", "Ana Mabote"),
        ("A. Mabote", "Ana Mabote"),
        ("Rui Mabote", "Ana Mabote"),
        ("Somebody Else", "Ana Mabote"),
        ("Ana Mabote", ""),
        ("محمد الأحمد", "محمد العلي"),
    ],
)
def test_another_person(typed: str, name: str) -> None:
    assert not resembles(typed, name)

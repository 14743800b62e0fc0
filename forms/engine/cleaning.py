"""Typed text made safe to keep, and the counting of words in any script."""

from __future__ import annotations

import re
import unicodedata

# Control characters except tab and line feed, and the bidirectional embeddings and overrides that can make a text
# read differently from what it says. Marks and isolates stay: Arabic writers need them.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]+")


def clean_lines(text: str) -> str:
    """Return *text* normalised (NFC, line feeds), without control characters and outer blanks; lines are kept."""
    text = _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def clean_line(text: str) -> str:
    """Return *text* cleaned and on one line, with runs of blanks made one."""
    return " ".join(clean_lines(text).split())


def count_words(text: str) -> int:
    """Count words: what stands between blanks and has a letter or digit; in Chinese and Japanese two characters a word.

    The scripts without blanks are counted so that a limit allows about as much content as in a European language.
    """
    words = 0
    for run in _CJK.findall(text):
        words += (len(run) + 1) // 2
    for token in _CJK.sub(" ", text).split():
        words += any(char.isalnum() for char in token)
    return words

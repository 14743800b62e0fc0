"""One way of reading words for search, the same for what is stored and for what is asked.

Databases cut text into words each in its own way, and most of them know neither the Arabic article nor words written
without spaces. So the cutting is done here, and both databases store plain tokens. Pure: no database, no framework.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

#: More words than this in one question are ignored: nobody types them, and each costs an index look-up.
MOST_QUERY_TERMS = 16
#: Longer tokens are cut: a pasted address or key is not a word.
LONGEST_TERM = 64

_KANA_VOICE_MARKS = frozenset("\u3099\u309a")
#: Letters that Unicode does not decompose although readers take them for one another.
_LETTERS = str.maketrans(
    {
        "ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŋ": "ng",
        "\u0640": None,  # Arabic tatweel, only there to stretch a word
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه", "ک": "ك",
        "ڪ": "ك", "گ": "ك",
        "\u200c": None, "\u200d": None, "\u00ad": None,  # joiners and the soft hyphen stand inside words
    }
)  # fmt: skip
#: Arabic writes "and", "with", "like", "for" and the article onto the word. Only with the article: a bare letter is
#: too often part of the word itself.
_ARABIC_PREFIX = re.compile(r"^(?:(?:[وف]?(?:[بك])?ال)|(?:[وف]?لل))(?=[\u0600-\u06ff]{2,})")
_ARABIC = re.compile(r"^[\u0600-\u06ff]")
_UNSPACED = re.compile(
    "[\u3005-\u3007\u3041-\u309f\u30a0-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003134f]+"
)


def index_terms(text: str) -> str:
    """The tokens to store for a text, separated by single spaces, each once, in order of first appearance.

    Words written without spaces (Chinese, Japanese) give their single characters and each pair of neighbours.

    :param text: any text a person wrote, in any script.
    """
    terms: dict[str, None] = {}
    for word in _words(text):
        for run, unspaced in _runs(word):
            if unspaced:
                terms.update(dict.fromkeys(run))
                terms.update(dict.fromkeys(_pairs(run)))
            else:
                terms[_stem(run)] = None
    return " ".join(terms)


def query_terms(text: str) -> list[str]:
    """The tokens a question asks for; every one must be found, each as the beginning of a stored token.

    :param text: what was typed into the search box.
    :returns: at most :data:`MOST_QUERY_TERMS` tokens; empty when nothing searchable was typed.
    """
    terms: dict[str, None] = {}
    for word in _words(text):
        for run, unspaced in _runs(word):
            if unspaced and len(run) > 1:
                terms.update(dict.fromkeys(_pairs(run)))
            else:
                terms[run if unspaced else _stem(run)] = None
    return list(terms)[:MOST_QUERY_TERMS]


def reference_key(text: str) -> str:
    """A reference as it is compared: letters and digits only, so ``ca 2026 42x`` equals ``CA-2026-42X``."""
    return "".join(_words(text))[:LONGEST_TERM]


def _words(text: str) -> Iterator[str]:
    """Folded words: no case, no accents, one form per letter, digits as 0-9."""
    folded = fold(text)
    start = 0
    for position, character in enumerate(folded):
        if not _in_word(character):
            if position > start:
                yield folded[start:position]
            start = position + 1
    if len(folded) > start:
        yield folded[start:]


def fold(text: str) -> str:
    """A text without case, accents and variants of letters, its spaces and signs kept: for comparing names."""
    # Case before and after: folding a capital dotted I leaves a mark that the decomposition must still see.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(
        character for character in decomposed if not unicodedata.combining(character) or character in _KANA_VOICE_MARKS
    ).translate(_LETTERS)
    # Composed again: Japanese voiced syllables and Korean blocks are one character to those who search by pairs.
    return unicodedata.normalize("NFC", "".join(map(_digit, kept)))


@lru_cache(maxsize=4096)
def _digit(character: str) -> str:
    if character.isascii():
        return character
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)


@lru_cache(maxsize=16384)
def _in_word(character: str) -> bool:
    """Letters, digits and the vowel signs of Indic scripts; private-use characters are ours and never come in."""
    return unicodedata.category(character)[0] in "LNM"


def _runs(word: str) -> Iterator[tuple[str, bool]]:
    """A word in stretches: (stretch, whether its script writes without spaces)."""
    end = 0
    for match in _UNSPACED.finditer(word):
        if match.start() > end:
            yield word[end : match.start()], False
        yield match.group(), True
        end = match.end()
    if end < len(word):
        yield word[end:], False


def _pairs(run: str) -> list[str]:
    return [run[position : position + 2] for position in range(len(run) - 1)]


def _stem(word: str) -> str:
    if _ARABIC.match(word):
        word = _ARABIC_PREFIX.sub("", word)
    return word[:LONGEST_TERM]

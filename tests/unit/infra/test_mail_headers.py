"""Headers of mails, read as RFC 2047 says and not as Python's own reader forgives."""

from __future__ import annotations

import re
from base64 import b64decode
from email.headerregistry import Address
from email.message import EmailMessage
from quopri import decodestring

import pytest

from portal.infra.mail_headers import WIRE

PIECE = re.compile(r"=\?utf-8\?([bq])\?([^?]*)\?=")
WORDS = [
    "تقرير مرحلي أول عن مشروع تحسين الأحياء غير الرسمية في المدينة القديمة وما حولها من القرى",
    "حلا الجبري، مسؤولة التعاون الدولي في بلدية مدينة حلب الكبرى وضواحيها الجنوبية والشرقية",
    "中文 名字 " * 9 + "中文",
    "Núria Castellví i Puigdemont, de la Ciutat de Barcelona, àrea de cooperació internacional",
]


def read(header: str, raw: str) -> str:
    """A header's words: pieces side by side are one word, whatever stands between them goes."""
    lines = re.search(rf"^{header}: ((?:.*\r\n )*.*)\r\n", raw, re.MULTILINE)
    assert lines is not None
    joined = re.sub(r"\?=\s+=\?", "?==?", lines[1].replace("\r\n", ""))

    def words(piece: re.Match[str]) -> str:
        bare = b64decode(piece[2]) if piece[1] == "b" else decodestring(piece[2].replace("_", " "))
        return bare.decode("latin-1")

    return PIECE.sub(words, joined).encode("latin-1").decode()


@pytest.mark.parametrize("words", WORDS)
def test_no_space_between_words_is_lost(words: str) -> None:
    message = EmailMessage(policy=WIRE)
    message["To"] = Address(display_name=words, username="a.b", domain="city.example")
    message["Subject"] = words
    raw = message.as_bytes().decode("ascii")
    assert read("Subject", raw) == words
    assert read("To", raw) == f"{words} <a.b@city.example>"
    assert all(len(piece[0]) <= 75 for piece in PIECE.finditer(raw))
    assert all(len(line) <= 78 for line in raw.split("\r\n"))


def test_plain_words_stay_as_they_are() -> None:
    message = EmailMessage(policy=WIRE)
    message["To"] = Address(display_name="Mayor, City of X", username="a", domain="city.example")
    message["Subject"] = "Soon due"
    assert message.as_bytes() == b'To: "Mayor, City of X" <a@city.example>\r\nSubject: Soon due\r\n\r\n'

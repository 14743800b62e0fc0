from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from portal.core.errors import Invalid
from portal.infra import uploads
from portal.infra.uploads import MEDIA_TYPES, check, clean_name

OFFICE = "application/vnd.openxmlformats-officedocument."


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, kind)
    return out.getvalue()


def archive(parts: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def office(main: str, **extra: bytes) -> bytes:
    listing = f'<Types><Override PartName="/x.xml" ContentType="{OFFICE}{main}.main+xml"/></Types>'
    return archive({"[Content_Types].xml": listing.encode(), "x.xml": b"<x/>", **extra})


GOOD: dict[str, bytes] = {
    "pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n",
    "docx": office("wordprocessingml.document"),
    "xlsx": office("spreadsheetml.sheet"),
    "pptx": office("presentationml.presentation"),
    "odt": archive({"mimetype": MEDIA_TYPES["odt"].encode(), "content.xml": b"<x/>"}),
    "ods": archive({"mimetype": MEDIA_TYPES["ods"].encode(), "content.xml": b"<x/>"}),
    "jpg": picture("JPEG"),
    "png": picture("PNG"),
    "csv": "nome;número\nVilankulo;1\n".encode(),
    "txt": "مدينة\r\n城市\r\n".encode("utf-16"),
}


def refusal(name: str, content: bytes, **options: int) -> str:
    with pytest.raises(Invalid) as refused:
        check(name, io.BytesIO(content), **options)
    return str(refused.value.problems["file"])


@pytest.mark.parametrize("extension", list(MEDIA_TYPES))
def test_each_accepted_kind_is_known_by_its_inside(extension: str) -> None:
    stream = io.BytesIO(GOOD[extension])
    stream.seek(3)
    checked = check(f"Ata da reunião.{extension.upper()}", stream)
    assert (checked.extension, checked.media_type) == (extension, MEDIA_TYPES[extension])
    assert checked.size == len(GOOD[extension])
    assert stream.tell() == 0
    assert check("photo.jpeg", io.BytesIO(GOOD["jpg"])).extension == "jpg"


@pytest.mark.parametrize("extension", list(MEDIA_TYPES))
@pytest.mark.parametrize("inside", [kind for kind in MEDIA_TYPES if kind not in ("csv", "txt")])
def test_a_name_that_lies_is_refused(extension: str, inside: str) -> None:
    if extension == inside:
        assert check(f"x.{extension}", io.BytesIO(GOOD[inside])).extension == extension
    else:
        assert f"not a {extension.upper()} file" in refusal(f"x.{extension}", GOOD[inside])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.pdf", b"", "is empty"),
        ("x.pdf", b"MZ" + b"\0" * 500, "not a PDF"),
        ("x.pdf", GOOD["pdf"][:20], "damaged"),
        ("x.png", GOOD["png"][:40], "damaged"),
        ("x.zip", archive({"a": b"b"}), "one by one"),
        ("x.doc", b"\xd0\xcf\x11\xe0", "save it as PDF"),
        ("x.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "password"),
        ("x.docx", archive({"a": b"b"}), "not a DOCX"),
        ("x.docx", GOOD["docx"][:-30], "not a DOCX"),
        ("x.docx", office("wordprocessingml.document", **{"word/vbaProject.bin": b"x"}), "macros"),
        ("x.heic", b"x", "JPG or PNG"),
        ("x.exe", b"MZ", "Accepted are"),
        ("noextension", b"x", "Accepted are"),
        ("x.pdf.exe", GOOD["pdf"], "Accepted are"),
        ("x.txt", b"a\x00b", "not a TXT"),
    ],
)
def test_each_refusal_says_how_to_mend_it(name: str, content: bytes, words: str) -> None:
    assert words in refusal(name, content)


def test_too_large_is_said_in_megabytes() -> None:
    words = refusal("x.pdf", GOOD["pdf"] + b" " * 2_500_000, limit=2 * uploads.MEGABYTE)
    assert "2.4 MB" in words
    assert "at most 2 MB" in words


def test_a_bomb_is_not_opened() -> None:
    bomb = office("wordprocessingml.document", **{"word/document.xml": b"\0" * 60_000_000})
    assert len(bomb) < 100_000
    assert "unpacks to far more" in refusal("x.docx", bomb)
    many = archive({f"{n}": b"" for n in range(5_001)}, zipfile.ZIP_STORED)
    assert "unpacks to far more" in refusal("x.docx", many)


def test_a_listing_that_lies_about_its_size_is_read_to_the_limit_only() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", b" " * 9_000_000)
    assert "not a DOCX" in refusal("x.docx", out.getvalue())


@pytest.mark.parametrize(
    ("given_name", "clean"),
    [
        ("C:\\Users\\Ana\\Ata.pdf", "Ata.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("  ميزانية \u0000 2026.xlsx", "ميزانية 2026.xlsx"),
        ("می\u200cخواهم.pdf", "می\u200cخواهم.pdf"),
        (".htaccess", "htaccess"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_cleaned(given_name: str, clean: str) -> None:
    assert clean_name(given_name) == clean


@given(st.text(max_size=300))
def test_any_name_becomes_a_harmless_one(name: str) -> None:
    clean = clean_name(name)
    assert 1 <= len(clean) <= uploads.LONGEST_NAME + 11
    assert not set(clean) & set('/\\\r\n\0"<>\u202a\u202e\u2066')
    assert clean_name(clean) == clean


@pytest.mark.parametrize("extension", list(MEDIA_TYPES))
@given(content=st.binary(max_size=300), change=st.sampled_from([bytes, zlib.compress]))
def test_no_content_breaks_the_check(extension: str, content: bytes, change: Callable[[bytes], bytes]) -> None:
    for tried in (change(content), GOOD[extension][:30] + content, b"PK\x03\x04" + content):
        # Either it is accepted or refused with a message; nothing else may come out.
        with contextlib.suppress(Invalid):
            assert check(f"x.{extension}", io.BytesIO(tried)).extension == extension

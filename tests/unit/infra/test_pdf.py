from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from portal.infra import pdf
from portal.infra.pdf import ForbiddenResource, render

PAGE = """<!doctype html><html{lang}><head><title>Acordo de subvenção</title><meta name="author" content="Secretariado">
<style>body {{ font-family: "Noto Sans", "Noto Sans Arabic", "Noto Sans CJK JP" }} {style}</style></head>
<body><h1>Vilankulo</h1><p lang="ar" dir="rtl">اتفاقية المنحة</p><p lang="ru">Город Орёл</p><p lang="ja">東京都</p>
<table><tr><th>A</th></tr><tr><td>1</td></tr></table>{body}</body></html>"""
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAA"
    "AfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def page(*, lang: str = ' lang="pt"', style: str = "", body: str = "") -> str:
    return PAGE.format(lang=lang, style=style, body=body)


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def test_this_machine_can_make_pdfs_and_quickly() -> None:
    assert pdf.available(), pdf.why_not()
    assert pdf.why_not() == pdf.slow_because() == ""


def test_a_document_is_tagged_and_says_its_language_and_title() -> None:
    reader = read(render(page(), language="pt"))
    root = reader.trailer["/Root"].get_object()
    assert root["/Lang"] == "pt"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    assert reader.metadata is not None
    assert reader.metadata.title == "Acordo de subvenção"
    assert reader.metadata.author == "Secretariado"


def test_every_script_has_its_own_font() -> None:
    reader = read(render(page(), language="pt"))
    fonts = {str(font.get_object()["/BaseFont"]) for font in reader.pages[0]["/Resources"]["/Font"].values()}
    for script in ("Arabic", "CJK"):
        assert any(script in name for name in fonts), fonts
    text = reader.pages[0].extract_text()
    assert "Город Орёл" in text
    assert "東京都" in text


def test_a_document_without_language_gets_it() -> None:
    root = read(render(page(lang=""), language="ar")).trailer["/Root"].get_object()
    assert root["/Lang"] == "ar"
    with pytest.raises(ValueError, match="whole document"):
        render("<p>x</p>", language="en")


def test_a_record_for_the_archive_says_so() -> None:
    root = read(render(page(), language="pt", variant="pdf/a-2a")).trailer["/Root"].get_object()
    assert b"pdfaid" in root["/Metadata"].get_object().get_data()


def test_pictures_inside_the_document_are_shown() -> None:
    reader = read(render(page(body=f'<img src="{PIXEL}" alt="x">'), language="pt"))
    assert len(list(reader.pages[0].images)) == 1


@pytest.mark.parametrize(
    "body",
    [
        '<img src="http://127.0.0.1:1/x.png" alt="">',
        '<img src="https://example.org/x.png" alt="">',
        '<img src="file:///etc/passwd" alt="">',
        '<img src="file://example.org/etc/passwd" alt="">',
        '<img src="../../pyproject.toml" alt="">',
        '<img src="%2e%2e/%2e%2e/pyproject.toml" alt="">',
        '<link rel="stylesheet" href="ftp://example.org/x.css">',
        '<object data="file:///etc/hostname"></object>',
    ],
)
def test_nothing_is_fetched_from_elsewhere(body: str) -> None:
    with pytest.raises(ForbiddenResource):
        render(page(body=body), language="pt")


def test_styles_come_from_our_own_folders_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = tmp_path / "paper.css"
    sheet.write_text("@page { size: A5 }", encoding="utf-8")
    with pytest.raises(ForbiddenResource):
        render(page(), css=[sheet], language="pt")
    monkeypatch.setattr(pdf, "ALLOWED_FOLDERS", (tmp_path, tmp_path))
    assert round(float(read(render(page(), css=[sheet], language="pt")).pages[0].mediabox.width)) == 420


def test_without_pango_the_reason_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins
    from typing import Any

    real = builtins.__import__

    def broken(name: str, *rest: Any, **named: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'\nlong explanation")
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", broken)
    pdf._state.cache_clear()
    try:
        assert not pdf.available()
        assert "apt-get install libpango-1.0-0" in pdf.why_not()
        with pytest.raises(pdf.PdfUnavailable, match="Pango is missing"):
            render(page(), language="pt")
    finally:
        monkeypatch.undo()
        pdf._state.cache_clear()

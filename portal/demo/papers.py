"""The small documents that the demonstration attaches: one-page letters in the word-processor format everybody opens.

They are made from text, always with the same bytes, so that the size stored with an answer is the size of the file.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from uuid import UUID
from xml.sax.saxutils import escape

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MADE_AT = (2026, 1, 1, 0, 0, 0)
_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{MEDIA_TYPE}.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of the demonstration: its id, file name, language and lines of text (the first is its heading)."""

    id: UUID
    name: str
    language: str
    lines: tuple[str, ...]

    def content(self) -> bytes:
        """The file itself; equal papers have equal bytes."""
        return _document(self.lines, right_to_left=self.language == "ar")

    def answer(self) -> dict[str, object]:
        """The stored answer of a file question: id, name, size in bytes, media type."""
        return {"id": str(self.id), "name": self.name, "size": len(self.content()), "type": MEDIA_TYPE}


def _paragraph(text: str, *, heading: bool, right_to_left: bool) -> str:
    direction = "<w:pPr><w:bidi/></w:pPr>" if right_to_left else ""
    marks = ("<w:b/><w:bCs/>" if heading else "") + ("<w:rtl/>" if right_to_left else "")
    look = f"<w:rPr>{marks}</w:rPr>" if marks else ""
    return f'<w:p>{direction}<w:r>{look}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def _document(lines: tuple[str, ...], *, right_to_left: bool) -> bytes:
    body = "".join(_paragraph(line, heading=n == 0, right_to_left=right_to_left) for n, line in enumerate(lines))
    document = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in (
            ("[Content_Types].xml", _CONTENT_TYPES),
            ("_rels/.rels", _RELATIONS),
            ("word/document.xml", document),
        ):
            archive.writestr(zipfile.ZipInfo(name, _MADE_AT), text.encode())
    return stream.getvalue()

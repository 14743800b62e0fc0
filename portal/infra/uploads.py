"""Whether a file is what its name says, and fit to be kept. Pure: a name and a stream in, a verdict out.

What is inside decides, not what the browser says. Archives inside office files are looked into without unpacking
them. Each refusal tells the applicant how to mend it.
"""

from __future__ import annotations

import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import puremagic

from portal.core.errors import Invalid
from portal.core.text import N_, Message

MEGABYTE = 1024 * 1024
DEFAULT_LIMIT = 20 * MEGABYTE
LONGEST_NAME = 120

_HEAD = 8192
_MOST_ENTRIES = 5_000
_MOST_UNPACKED = 400 * MEGABYTE
_MOST_RATIO = 200
_MOST_LISTING = 2 * MEGABYTE

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept: its cleaned name, its extension, what it is, and its size in bytes."""

    name: str
    extension: str
    media_type: str
    size: int


MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "odt": f"{_OPEN}text",
    "ods": f"{_OPEN}spreadsheet",
    "jpg": "image/jpeg",
    "png": "image/png",
    "csv": "text/csv",
    "txt": "text/plain",
}
_ALIASES = {"jpeg": "jpg", "jpe": "jpg"}
#: For ``accept=`` of a file field.
ACCEPT = ",".join(f".{extension}" for extension in (*MEDIA_TYPES, "jpeg"))

_MAIN_PARTS = {
    "docx": f"{_OFFICE}wordprocessingml.document.main+xml",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet.main+xml",
    "pptx": f"{_OFFICE}presentationml.presentation.main+xml",
}


def check(filename: str, stream: BinaryIO, *, limit: int = DEFAULT_LIMIT, field: str = "file") -> Checked:
    """Look at an uploaded file; the stream is left at its beginning.

    :param filename: the name as the browser sent it.
    :param stream: the content, seekable.
    :param limit: the most bytes allowed.
    :param field: the form field that the problem is told to.
    :raises Invalid: with a message that says what is wrong and how to mend it.
    """
    name = clean_name(filename)
    extension = _extension(name)
    size = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(_HEAD)
    try:
        problem = _problem(name, extension, stream, head, size, limit)
    finally:
        stream.seek(0)
    if problem is not None:
        raise Invalid({field: problem})
    return Checked(name=name, extension=extension, media_type=MEDIA_TYPES[extension], size=size)


def _problem(name: str, extension: str, stream: BinaryIO, head: bytes, size: int, limit: int) -> Message | None:
    if extension not in MEDIA_TYPES:
        return _not_accepted(name, extension)
    if size == 0:
        return N_("The file “%(name)s” is empty. Please choose the file again.", name=name)
    if size > limit:
        return N_(
            "The file “%(name)s” has %(size)s MB; at most %(limit)s MB are allowed. Make it smaller, for example by "
            "saving pictures at a lower resolution, or hand it in as several files.",
            name=name,
            size=f"{size / MEGABYTE:.1f}",
            limit=f"{limit / MEGABYTE:g}",
        )
    return _LOOKS[extension](name, extension, stream, head)


def clean_name(filename: str) -> str:
    """A file name that is safe to show and to send: no path, no control or direction characters, not too long.

    The two joiners that Persian and Indic scripts need stay.
    """
    name = unicodedata.normalize("NFC", filename.replace("\\", "/").rsplit("/", 1)[-1])
    name = "".join(
        character
        for character in name
        if character in "\u200c\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    )
    name = re.sub(r"\s+", " ", re.sub(r'[<>:"|?*]', "_", name)).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        return name[:LONGEST_NAME] or "file"
    return f"{stem[: LONGEST_NAME - 1 - len(extension)].rstrip(' .') or 'file'}.{extension[:10]}"


def _extension(name: str) -> str:
    extension = name.rpartition(".")[2].casefold() if "." in name else ""
    return _ALIASES.get(extension, extension)


def _not_accepted(name: str, extension: str) -> Message:
    if extension in ("zip", "rar", "7z", "gz", "tar"):
        return N_("“%(name)s” is an archive. Please hand in the files in it one by one.", name=name)
    if extension in ("doc", "xls", "ppt", "rtf", "pages", "numbers", "docm", "xlsm", "pptm"):
        return N_(
            "“%(name)s” is in a format we cannot accept. Open it, choose “Save as”, and save it as PDF, DOCX, XLSX or "
            "PPTX (without macros).",
            name=name,
        )
    if extension in ("heic", "heif", "webp", "tif", "tiff", "gif", "bmp", "svg"):
        return N_("“%(name)s” is a picture in a format we cannot accept. Please save it as JPG or PNG.", name=name)
    return N_(
        "We cannot accept “%(name)s”. Accepted are PDF, DOCX, XLSX, PPTX, ODT, ODS, JPG, PNG, CSV and TXT files.",
        name=name,
    )


def _differs(name: str, extension: str) -> Message:
    return N_(
        "“%(name)s” is not a %(kind)s file, although its name says so, or it is damaged. Open it, save it again as "
        "%(kind)s and choose it again.",
        name=name,
        kind=extension.upper(),
    )


def _magic_agrees(head: bytes, extension: str) -> bool:
    """Whether puremagic counts the extension among those the beginning of the file allows."""
    wanted = {f".{extension}", *(f".{alias}" for alias, of in _ALIASES.items() if of == extension)}
    try:
        return any(found.extension.lower() in wanted for found in puremagic.magic_string(head))
    except (puremagic.PureError, ValueError):
        return False


def _look_signed(name: str, extension: str, stream: BinaryIO, head: bytes) -> Message | None:
    """PDF, JPG, PNG: known by how they begin, and not cut off at the end."""
    begins = {"pdf": b"%PDF-", "jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}[extension]
    ends = {"pdf": b"%%EOF", "jpg": b"\xff\xd9", "png": b"IEND"}[extension]
    stream.seek(0, 2)
    stream.seek(max(0, stream.tell() - 64 * 1024))
    if not head.startswith(begins) or not _magic_agrees(head, extension) or ends not in stream.read():
        return _differs(name, extension)
    return None


def _look_text(name: str, extension: str, stream: BinaryIO, head: bytes) -> Message | None:  # noqa: ARG001
    """CSV, TXT: no binary bytes anywhere; UTF-8, UTF-16 with its mark, or an older 8-bit encoding."""
    stream.seek(0)
    content = stream.read()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeDecodeError:
            return _differs(name, extension)
    if re.search(rb"[\x00-\x08\x0e-\x1f\x7f]", content) or content.startswith((b"%PDF-", b"PK\x03\x04", b"{\\rtf")):
        return _differs(name, extension)
    return None


def _look_zipped(name: str, extension: str, stream: BinaryIO, head: bytes) -> Message | None:
    """Office files: an archive of the right inner kind, of sane size, without macros."""
    if not head.startswith(b"PK\x03\x04"):
        if head.startswith(b"\xd0\xcf\x11\xe0"):
            return N_(
                "“%(name)s” is protected by a password or in an older format. Remove the password, save it as "
                "%(kind)s and choose it again.",
                name=name,
                kind=extension.upper(),
            )
        return _differs(name, extension)
    try:
        with zipfile.ZipFile(stream) as archive:
            return _archive_problem(archive, name, extension)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, ValueError, KeyError):
        return _differs(name, extension)


def _archive_problem(archive: zipfile.ZipFile, name: str, extension: str) -> Message | None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    swollen = unpacked > 10 * MEGABYTE and unpacked > _MOST_RATIO * packed
    if len(entries) > _MOST_ENTRIES or unpacked > _MOST_UNPACKED or swollen:
        return N_(
            "“%(name)s” unpacks to far more than its size, so we do not open it. Please save it as PDF instead.",
            name=name,
        )
    names = {entry.filename for entry in entries}
    if any(part.rsplit("/", 1)[-1].lower() == "vbaproject.bin" for part in names):
        return N_("“%(name)s” contains macros. Please save it without macros and choose it again.", name=name)
    if extension in ("odt", "ods"):
        right = _read_part(archive, "mimetype").strip().decode("ascii", "replace") == MEDIA_TYPES[extension]
    else:
        right = _MAIN_PARTS[extension].encode() in _read_part(archive, "[Content_Types].xml")
    return None if right else _differs(name, extension)


def _read_part(archive: zipfile.ZipFile, part: str) -> bytes:
    """One small part, never more than the limit whatever the archive claims."""
    with archive.open(part) as file:
        return file.read(_MOST_LISTING)


_LOOKS: dict[str, Callable[[str, str, BinaryIO, bytes], Message | None]] = {
    **dict.fromkeys(("pdf", "jpg", "png"), _look_signed),
    **dict.fromkeys(("csv", "txt"), _look_text),
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods"), _look_zipped),
}

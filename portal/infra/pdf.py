"""HTML to tagged PDF, in the job worker only: rendering takes half a second and holds the interpreter.

WeasyPrint needs Pango from the system. It is imported late, so that everything else runs without it.
"""

from __future__ import annotations

import mimetypes
import re
import threading
import warnings
import zlib
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

_REPOSITORY = Path(__file__).resolve().parents[2]
#: The only folders a document may take pictures and styles from.
ALLOWED_FOLDERS = (_REPOSITORY / "portal" / "static", _REPOSITORY / "templates" / "documents")
DEBIAN_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core fonts-noto-cjk"

# The root of the tree of pages says how many there are; it stands in a stream of packed objects.
_STREAM = re.compile(rb"/Type\s*/ObjStm\b.*?stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_NODE = re.compile(rb"<<[^<>]*/Type\s*/Pages\b[^<>]*>>")
_COUNT = re.compile(rb"/Count\s+(\d+)")

_lock = threading.Lock()


class PdfUnavailable(RuntimeError):
    """WeasyPrint or what it needs from the system is missing; the message says what to install."""


class ForbiddenResource(ValueError):
    """A document asked for something outside its own folders."""


@lru_cache(maxsize=1)
def _state() -> tuple[Any, str]:
    """WeasyPrint or None, and why not."""
    try:
        import weasyprint
    except ImportError as error:
        return None, f"The Python package weasyprint cannot be imported ({error})."
    except OSError as error:
        first = (str(error).splitlines() or [""])[0]
        return None, f"Pango is missing ({first}). On Debian or Ubuntu: apt-get install {DEBIAN_PACKAGES}"
    return weasyprint, ""


def available() -> bool:
    """Whether PDFs can be made on this machine."""
    return _state()[0] is not None


def why_not() -> str:
    """What is missing and how to install it; empty when nothing is."""
    return _state()[1]


def slow_because() -> str:
    """Why PDFs are made slowly here, for whoever starts the portal; empty when they are not."""
    if not available():
        return ""
    from weasyprint.text import ffi

    if getattr(ffi, "harfbuzz_subset", None):
        return ""
    return "libharfbuzz-subset0 is missing: documents in Chinese or Japanese take many seconds."


@lru_cache(maxsize=1)
def _fonts() -> Any:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@lru_cache(maxsize=32)
def _style(path: Path, changed: float) -> Any:  # noqa: ARG001 (part of the cache key)
    """A parsed style sheet, kept until its file changes."""
    weasyprint = _state()[0]
    return weasyprint.CSS(filename=str(path), font_config=_fonts(), url_fetcher=_fetcher())


def _allowed(url: str) -> Path:
    """The file a ``file:`` address means. :raises ForbiddenResource: when it is not in an allowed folder."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        raise ForbiddenResource(f"documents may not load {parts.scheme}: addresses")
    path = Path(unquote(parts.path)).resolve()
    if not any(path.is_relative_to(folder.resolve()) for folder in ALLOWED_FOLDERS):
        raise ForbiddenResource(f"documents may not load {path.name}: it is outside their folders")
    return path


@lru_cache(maxsize=1)
def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class ClosedFetcher(URLFetcher):  # type: ignore[misc, unused-ignore]
        """Fetches ``data:`` and our own files; a document that asks for anything else is not made at all."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)

        def fetch(self, url: str, headers: Any = None) -> Any:
            """The resource. :raises ForbiddenResource: for anything but ``data:`` and files in our folders."""
            if url[:5].lower() == "data:":
                return super().fetch(url, headers)
            path = _allowed(url)
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    return ClosedFetcher()


def render(html: str, *, css: Iterable[Path] = (), language: str, variant: str = "pdf/ua-1") -> bytes:
    """A tagged PDF of a document.

    Title, author, subject and dates come from the document's ``<title>`` and ``<meta>`` elements.

    :param html: a whole document, with ``lang`` on its root; relative addresses are taken from templates/documents.
    :param css: style sheets in :data:`ALLOWED_FOLDERS`.
    :param language: BCP 47 code, put on the root when the document does not say it.
    :param variant: ``pdf/ua-1`` for downloads; ``pdf/a-2a`` for records kept for long (archive and tags).
    :raises PdfUnavailable: when this machine cannot make PDFs.
    :raises ForbiddenResource: when the document asks for something from elsewhere.
    """
    weasyprint, reason = _state()
    if weasyprint is None:
        raise PdfUnavailable(reason)
    from weasyprint.urls import FatalURLFetchingError

    sheets = [(_allowed(path.resolve().as_uri()), path.stat().st_mtime) for path in css]
    # One font configuration serves the whole process and is not made for two threads at once.
    with _lock:
        try:
            document = weasyprint.HTML(
                string=_with_language(html, language),
                base_url=ALLOWED_FOLDERS[1].as_uri() + "/",
                url_fetcher=_fetcher(),
            ).render(stylesheets=[_style(*sheet) for sheet in sheets], font_config=_fonts(), pdf_variant=variant)
            with warnings.catch_warnings():
                # WeasyPrint leaves the colour profile of archive PDFs for the interpreter to close.
                warnings.simplefilter("ignore", ResourceWarning)
                return bytes(document.write_pdf(pdf_variant=variant))
        except FatalURLFetchingError as error:
            # It does not derive from Exception, so no caller would notice it; and only its cause says what is wrong.
            raise error.__cause__ if isinstance(error.__cause__, Exception) else ForbiddenResource(str(error)) from None


def page_count(content: bytes) -> int:
    """How many pages a PDF made by :func:`render` has.

    :raises ValueError: for anything else, so that nothing is taken for a short document.
    """
    parts = [content, *(_inflated(stream) for stream in _STREAM.findall(content))]
    counts = [int(number) for part in parts for node in _NODE.findall(part) for number in _COUNT.findall(node)]
    if not counts:
        raise ValueError("this PDF does not say how many pages it has")
    return max(counts)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def _with_language(html: str, language: str) -> str:
    start = html.lower().find("<html")
    if start < 0:
        raise ValueError("render() needs a whole document with an <html> element")
    end = html.index(">", start)
    if " lang=" in html[start:end].lower():
        return html
    return f'{html[: start + 5]} lang="{language}"{html[start + 5 :]}'


def dates(created: datetime) -> str:
    """The value of ``<meta name="dcterms.created">`` for an instant (UTC)."""
    return created.strftime("%Y-%m-%dT%H:%M:%SZ")

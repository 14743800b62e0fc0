"""Atom feeds (RFC 4287) as UTF-8: a head, entries, and nothing that XML cannot write."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
#: A tag names things by an authority and a date on which it was one (RFC 4151); the date never changes.
TAG_DATE = "2026"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def tag(base_url: str, what: str) -> str:
    """A name for ever: the portal's address names the authority. :param what: a path below it, ``demo/performance``."""
    return f"tag:{urlsplit(base_url).hostname or 'localhost'},{TAG_DATE}:{what}"


def head(
    name: str, title: str, updated: datetime, addresses: tuple[str, str], author: str, language: str
) -> ET.Element:
    """A feed without entries.

    :param name: its tag. :param addresses: of the feed itself and of the page it tells of.
    """
    ET.register_namespace("", ATOM)
    root = ET.Element(_q("feed"), {LANGUAGE: language})
    text(root, "id", name)
    text(root, "title", title)
    text(root, "updated", updated.isoformat())
    ET.SubElement(root, _q("link"), rel="self", type=MEDIA_TYPE, href=addresses[0])
    link(root, addresses[1])
    text(ET.SubElement(root, _q("author")), "name", author)
    return root


def entry(root: ET.Element, name: str, title: str, at: datetime, address: str, language: str = "") -> ET.Element:
    """An entry at the end of a feed. :param language: when it is another one than the feed's."""
    found = ET.SubElement(root, _q("entry"), {LANGUAGE: language} if language else {})
    text(found, "id", name)
    text(found, "title", title)
    text(found, "published", at.isoformat())
    text(found, "updated", at.isoformat())
    link(found, address)
    return found


def link(parent: ET.Element, address: str) -> None:
    """Where the same stands for a reader."""
    ET.SubElement(parent, _q("link"), rel="alternate", type="text/html", href=address)


def text(parent: ET.Element, name: str, words: str, **attributes: str) -> None:
    """A part that is text. A text may hold signs that XML 1.0 has no way to write; they are left out."""
    clean = "".join(sign for sign in words if sign >= " " or sign in "\t\n")
    ET.SubElement(parent, _q(name), attributes).text = clean


def written(root: ET.Element) -> bytes:
    """The feed as it is sent."""
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _q(name: str) -> str:
    return f"{{{ATOM}}}{name}"

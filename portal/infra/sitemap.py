"""Sitemaps (sitemaps.org, protocol 0.9): which addresses there are to be found, for the programs of search engines."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

MEDIA_TYPE = "application/xml"
#: The protocol allows 50,000 addresses in one file; with every language of each, far fewer make a file of a size that
#: a slow line still carries.
MOST = 1000
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


def index(files: Iterable[str]) -> str:
    """A file that names other files. :param files: their full addresses."""
    rows = "".join(f"<sitemap>{_location(address)}</sitemap>\n" for address in files)
    return f'{_HEAD}<sitemapindex xmlns="{_NAMESPACE}">\n{rows}</sitemapindex>\n'


def pages(addresses: Iterable[str], languages: Iterable[str]) -> str:
    """A file of pages, each with the address it has in every language.

    :param addresses: full addresses, without a query. :param languages: codes; the address alone is for a reader of
        none of them (``x-default``), who gets what her browser asks for.
    """
    codes = tuple(languages)
    rows = "".join(f"<url>{_location(address)}{_alternates(address, codes)}</url>\n" for address in addresses)
    return f'{_HEAD}<urlset xmlns="{_NAMESPACE}" xmlns:xhtml="{_XHTML}">\n{rows}</urlset>\n'


def _location(address: str) -> str:
    return f"<loc>{_escaped(address)[1:-1]}</loc>"


def _alternates(address: str, languages: tuple[str, ...]) -> str:
    ways = [("x-default", address), *((code, f"{address}?lang={code}") for code in languages)]
    return "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href={_escaped(way)}/>' for code, way in ways if len(ways) > 2
    )


def _escaped(address: str) -> str:
    return quoteattr(address, {'"': "&quot;", "'": "&apos;"})

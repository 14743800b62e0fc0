"""What the longest pages weigh, before compression: a slow line carries them, and each row pays for itself."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Place
from tests.integration.pages.test_lists import MORE_ROWS, ClientFor, Lists

#: A page of a list, whole.
MOST_BYTES = 60_000
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
BODY = re.compile(r"<tbody>(.*?)</tbody>", re.DOTALL)
#: address → who reads it, how many rows it has at least, and what a row may weigh on average; in Arabic, whose letters
#: are two bytes each
WEIGHED = {
    "/alpha/desk/?tab=all": ("officer", 30, 1450),
    "/alpha/admin/standards/": ("administrator", 10, 780),
}


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_the_longest_pages_and_their_rows_stay_light(place: Place, client_for: ClientFor) -> None:
    Lists(place).more(MORE_ROWS)
    for url, (person, least, most) in WEIGHED.items():
        client = client_for(place.world.email("alpha", person))
        for language in ("en", "ar"):
            page = client.get(f"{url}{'&' if '?' in url else '?'}lang={language}").text
            rows = [row for body in BODY.findall(page) for row in ROW.findall(body)]
            assert len(rows) >= least, url
            weight = sum(len(row.encode()) for row in rows) / len(rows)
            assert weight <= most, (url, language, round(weight))
            assert len(page.encode()) <= MOST_BYTES, (url, language)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_small_clock_is_read_aloud_once(place: Place, client_for: ClientFor) -> None:
    """Its words stand beside the bar: the bar itself says nothing."""
    Lists(place)
    page = client_for(place.world.email("alpha", "officer")).get("/alpha/desk/?tab=all").text
    bars = re.findall(r'<svg class="promise-bar[^>]*>', page)
    assert bars
    assert set(bars) == {'<svg class="promise-bar" aria-hidden="true">'}

"""The client that checks pages finds sections that say nothing of what they are about."""

from __future__ import annotations

import pytest

from tests.client import check_page

HEAD = '<!doctype html><html lang="en" dir="ltr"><head><title>T</title></head>'
PAGE = HEAD + "<body><main><h1>T</h1>{}</main></body></html>"


@pytest.mark.parametrize(
    "section",
    [
        "<section><h2>One</h2></section>",
        '<section aria-label="Two"><p>…</p></section>',
        '<section aria-labelledby="three"><p id="three">Three</p></section>',
        "<article><div><h3>Four</h3></div></article>",
        "<div><p>Five</p></div>",
    ],
)
def test_a_section_with_a_heading_or_a_name_passes(section: str) -> None:
    check_page(PAGE.format(section), "here")


@pytest.mark.parametrize(
    "section",
    [
        "<section><p>One</p></section>",
        '<section aria-label=" "><p>Two</p></section>',
        '<section aria-labelledby="three"><p id="three"></p></section>',
        "<article><h4> </h4></article>",
    ],
)
def test_a_section_without_either_does_not(section: str) -> None:
    with pytest.raises(AssertionError, match="neither a heading nor a name"):
        check_page(PAGE.format(section), "here")

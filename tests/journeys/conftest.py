"""Whole stories through the running portal: real processes, a real browser, the demonstration."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from portal.demo import content
from tests.journeys.behind import Newcomer
from tests.journeys.serving import Server, running
from tests.journeys.visitor import SIZES, Visitor
from tests.machine import browser as machine_browser


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The portal with the demonstration, for all journeys."""
    with running(tmp_path_factory.mktemp("portal")) as found:
        yield found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all journeys; each person has a context of her own."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(**machine_browser().launch_options())
        yield browser
        browser.close()


@pytest.fixture
def person(server: Server, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Who works in the story: `person("vilankulo-lead")` and a newcomer are logged in; `person()` is anybody."""
    visitors: list[Visitor] = []
    people = {found.code: found for found in content.load().people}

    def make(who: str | Newcomer | None = None, *, language: str = "en", scripts: bool = True) -> Visitor:
        known = people[who] if isinstance(who, str) else who
        width, height = SIZES["wide"]
        context = chromium.new_context(
            locale=known.language if known else language,
            java_script_enabled=scripts,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
        )
        visitor = Visitor(known.code if known else "anybody", server, context)
        visitors.append(visitor)
        if known:
            visitor.log_in(known.email, known.password)
        return visitor

    yield make
    for visitor in visitors:
        visitor.close()

"""Somebody at a browser: a window of her own, in her language, with an eye on what must never happen."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from playwright.sync_api import APIResponse, BrowserContext, ConsoleMessage, Locator, Page, Route, expect

from tests.journeys.serving import Server
from tests.machine import axe_source

#: With this variable set to a folder, every looked-at page leaves a picture there.
PICTURES = os.environ.get("JOURNEY_PICTURES")
SIZES = {"wide": (1280, 900), "narrow": (375, 800)}
#: How often a document is asked for while the job runner makes it, twice a second.
TRIES = 240


class Visitor:
    """A person with a browser window; `close` fails when her browser complained or something left the house."""

    def __init__(self, name: str, server: Server, context: BrowserContext) -> None:
        self.name, self.server, self.context = name, server, context
        self.complaints: list[str] = []
        self.forgiven: list[str] = []
        context.route("**/*", self._guard)
        context.set_default_timeout(20_000)
        self.page = self.open_window()

    def open_window(self) -> Page:
        """Open another window of the same browser and work in it from now on."""
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        return self.page

    def _guard(self, route: Route) -> None:
        if route.request.url.startswith((self.server.base, "data:", "blob:")):
            route.continue_()
        else:
            self.complaints.append(f"left the house: {route.request.url}")
            route.abort()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(part in message.text for part in self.forgiven):
            self.complaints.append(f"{self.page.url}: {message.text}")

    @contextmanager
    def forgiving(self, *parts: str) -> Iterator[None]:
        """Expect the browser to complain with one of these parts: a refusal or a lost line that the test wants."""
        before = list(self.forgiven)
        self.forgiven += parts
        try:
            yield
        finally:
            if not self.page.is_closed():
                self.page.wait_for_timeout(50)  # the console speaks a moment after the page
            self.forgiven = before

    def _expecting(self, status: int) -> AbstractContextManager[None]:
        """A refusal that the test asks for is no complaint."""
        return self.forgiving(f"status of {status}") if status >= 400 else nullcontext()

    def close(self) -> None:
        """Leave, and tell what went wrong on the way."""
        self.context.close()
        assert not self.complaints, f"{self.name}: {self.complaints[:10]}"

    # -- going about

    def go(self, path: str, status: int = 200) -> Page:
        """Open a page of the tenant (or, with a slash in front, of the portal)."""
        with self._expecting(status):
            answer = self.page.goto(self.server.address(path))
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        return self.page

    def send(self, button: Locator | str, status: int = 200) -> Page:
        """Press a button of a form and wait for the page that follows."""
        found = self.page.locator(button).first if isinstance(button, str) else button
        with self._expecting(status), self.page.expect_navigation() as awaited:
            found.click()
        answer = awaited.value
        # a page that only changes its anchor has no answer of its own
        assert answer is None or answer.status == status, f"{self.page.url}: {answer.status}"
        return self.page

    def log_in(self, email: str, password: str) -> None:
        """Log in with the form everybody uses."""
        self.go("/login")
        self.page.fill("#f-email", email)
        self.page.fill("#f-password", password)
        self.send("form[action='/login'] button")
        assert "/login" not in self.page.url, f"{email} cannot log in"

    # -- looking

    def look(self, name: str, *, axe: bool = True) -> None:
        """Look at the page as it is: no fault for assistive technology, and it fits a telephone."""
        if axe:
            self.axe()
        self._fits(name)

    def axe(self) -> None:
        """Zero violations of the accessibility rules."""
        self.page.evaluate(axe_source())
        found: list[dict[str, Any]] = self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)"
        )
        told = [
            f"{rule['id']} ({rule['help']}): {[' '.join(map(str, node['target'])) for node in rule['nodes'][:4]]}"
            for rule in found
        ]
        assert not told, f"{self.page.url}: {told}"

    def _fits(self, name: str) -> None:
        too_wide = []
        for size, (width, height) in reversed(SIZES.items()):  # wide last: the story goes on in it
            self.page.set_viewport_size({"width": width, "height": height})
            sheet = self.page.evaluate("document.documentElement.scrollWidth")
            if sheet > width + 1:
                too_wide.append(f"{sheet} pixels at {width}")
            if PICTURES:
                Path(PICTURES).mkdir(parents=True, exist_ok=True)
                self.page.screenshot(path=f"{PICTURES}/{name}-{size}.png", full_page=True)
        assert not too_wide, f"{self.page.url} is too wide: {too_wide}"

    def text(self) -> str:
        """What a reader sees of the content."""
        return re.sub(r"[ \u00a0\u202f]+", " ", self.page.inner_text("#content"))

    def says(self, *texts: str) -> None:
        """The page shows each of these texts."""
        for text in texts:
            expect(self.page.locator("#content")).to_contain_text(text)

    # -- documents

    def download(self, address: str) -> bytes:
        """Fetch a document that the job runner makes; ask again while it is being made."""
        for _ in range(TRIES):
            answer: APIResponse = self.context.request.get(self.server.base + address)
            assert answer.ok, f"{address}: {answer.status}"
            if "text/html" not in answer.headers["content-type"]:
                return answer.body()
            time.sleep(0.5)
        raise AssertionError(f"{address} is still being made; the log ends: {self.server.log()[-2000:]}")

"""What the secretariat does with a case, the same in every journey."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import expect
from pypdf import PdfReader

from portal.demo.content import DemoCase
from tests.journeys.visitor import TRIES, Visitor


def papers(case: DemoCase) -> dict[str, bytes]:
    """The files that go with a case and its reports, by the id its answers name."""
    found = [*case.papers, *(report.paper for report in case.reports)]
    return {str(paper.id): paper.content() for paper in found}


def step(visitor: Visitor, reference: str, move: str, **given: str) -> None:
    """Make a move on the desk: by its button when it asks nothing, else by its form."""
    visitor.go(f"desk/{reference}/")
    here = visitor.page.locator(f"form[action*='/moves/{move}/'] button")
    if here.count():
        visitor.send(here)
        return
    visitor.send(visitor.page.locator(f"a[href*='/moves/{move}/']").first)
    for name, text in given.items():
        if visitor.page.locator(f"input[name={name}][type=radio]").count():
            visitor.page.check(f"input[name={name}][value='{text}']")
        else:
            visitor.page.fill(f"[name={name}]", text)
    visitor.send("#content form button.btn-primary, #content form button.btn-danger")


def state(visitor: Visitor, reference: str) -> str:
    """The state that stands on the head of a case on the desk."""
    visitor.go(f"desk/{reference}/")
    return visitor.page.locator(".case-head .pill").first.inner_text()


def await_state(visitor: Visitor, reference: str, wanted: str) -> None:
    """Look at the case until the job runner has brought it there."""
    for _ in range(TRIES):
        if state(visitor, reference) == wanted:
            return
        visitor.page.wait_for_timeout(500)
    raise AssertionError(f"{reference} is still {state(visitor, reference)}, not {wanted}")


def translate(visitor: Visitor, reference: str, texts: Mapping[str, str], picture: str) -> None:
    """A translator finds the case in her list, types the translation beside the original, files it."""
    visitor.go("inbox/")
    visitor.look(f"{picture}-inbox")
    visitor.send(visitor.page.locator(f"a[href$='/desk/{reference}/translation/']"))
    targets = visitor.page.locator("[name^='t:']")
    rows: dict[str, list[str]] = {}
    for number in range(targets.count()):
        path = (targets.nth(number).get_attribute("name") or "").removeprefix("t:").split(".")
        if len(path) > 2:  # rows made in a browser have names of their own: count them
            known = rows.setdefault(".".join(path[:2]), [])
            if path[2] not in known:
                known.append(path[2])
            path[2] = f"r{known.index(path[2]) + 1}"
        targets.nth(number).fill(texts[".".join(path)])
    visitor.look(f"{picture}-translating")
    visitor.send("button[name=do][value=file]")


def assess(visitor: Visitor, reference: str, answers: Mapping[str, Mapping[str, Any]], picture: str) -> None:
    """The officer fills the assessment and files it."""
    visitor.go(f"desk/{reference}/?tab=assessment")
    judge(visitor, answers, "form[action$='/assessment/']", picture)


def judge(visitor: Visitor, answers: Mapping[str, Mapping[str, Any]], selector: str, picture: str) -> None:
    """Fill a review, the officer's or an external evaluator's, and file it."""
    form = visitor.page.locator(f"#content {selector}")
    for section in answers.values():
        for code, value in section.items():
            chosen = form.locator(f"[name='{code}'][value='{value}']")
            if chosen.count():
                chosen.check()
            elif value:
                found = form.locator(f"textarea[name='{code}'], input[name='{code}']:not([type=radio])")
                # A comment is asked only where a criterion is not met; what is not asked cannot be typed.
                if found.count() and found.first.is_visible():
                    found.first.fill(str(value))
    visitor.look(f"{picture}-assessing")
    visitor.send("button[name=do][value=file]")


def add_round(visitor: Visitor, code: str, title: str, call: str, needed: int, *, blind: bool = False) -> None:
    """Open a round of evaluation for a call, from yesterday to next month; blind: without the names of applicants."""
    visitor.go("admin/evaluation/")
    form = visitor.page.locator("#content form", has=visitor.page.locator("[name=opens_at]"))
    opens, closes = (datetime.now(UTC) + shift for shift in (-timedelta(days=1), timedelta(days=30)))
    given = {"title": title, "code": code, "opens_at": opens, "closes_at": closes, "needed": needed}
    for name, value in given.items():
        text = value.strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else str(value)
        form.locator(f"[name={name}]").fill(text)
    form.locator("[name=instrument]").select_option(label=f"Call: {call}")
    form.locator("[name=blind]").set_checked(blind)
    visitor.look(f"round-{code}")
    visitor.send(form.locator("button.btn-primary"))


def send_letter(visitor: Visitor, reference: str, words: Mapping[str, str], picture: str) -> None:
    """The officer previews the letter, words the conditions in the applicant's language, reads it, sends it."""
    visitor.go(f"desk/{reference}/letter/")
    for language, text in words.items():
        visitor.page.fill(f"#conditions-{language}", text)
        visitor.send(visitor.page.locator(f"form:has(#conditions-{language}) button"))
        visitor.says(text)
    visitor.look(f"{picture}-letter")
    expect(visitor.page.locator("form[action*='/moves/send_letter/'] button")).to_be_disabled()
    visitor.send("form[action$='/letter/seen'] button")
    visitor.send("form[action*='/moves/send_letter/'] button")


def documents(visitor: Visitor, reference: str) -> dict[str, bytes]:
    """Every document of a case as PDF by its language, fetched by somebody of the applying organisation."""
    visitor.go(f"cases/{reference}/")
    links = visitor.page.locator("a[href*='/documents/']")
    found = {}
    for number in range(links.count()):
        link = links.nth(number)
        content = visitor.download(link.get_attribute("href") or "")
        assert content.startswith(b"%PDF"), link.inner_text()
        found[f"{link.inner_text().strip()} ({link.get_attribute('hreflang')})"] = content
    return found


def words_of(pdf: bytes) -> str:
    """The text of a PDF, in one line."""
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s+", " ", text)

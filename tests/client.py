"""A client that checks every page it fetches: strict HTML, headings, labels, sections, language, ids, scripts."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient
from html5lib.constants import E as HTML_ERRORS
from werkzeug.test import TestResponse

#: What a strict parser grumbles about although it is right: nothing so far.
FORGIVEN: frozenset[str] = frozenset()
#: An instant as HTML knows it: a day, or a day and a time with its zone; no more than three digits of a second.
INSTANT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:?\d\d)?)?")
#: signs that isolate a direction: for sentences, never for what is sent back
ISOLATES = re.compile("[\u2066-\u2069]")
HEADINGS = ("h2", "h3", "h4", "h5", "h6")
NAMED_BY_ITSELF = {"hidden", "submit", "button", "reset", "image"}


class CheckingClient(FlaskClient):
    """Fetches like a browser without scripts and complains about what a reader could stumble over."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Fetch, then check a page of our own."""
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.status_code // 100 != 3 and response.data:
            check_page(response.get_data(as_text=True), response.request.path)
        return response


def check_page(source: str, where: str) -> None:
    """Assert what must hold of every page.

    :param where: its address, for the message.
    """
    # html5lib does not know what a template holds
    source = re.sub(r"<template\b.*?</template>", "", source, flags=re.DOTALL)
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(source)
    errors = [(position, code) for position, code, _ in parser.errors if code not in FORGIVEN]
    lines = source.splitlines()
    told = [f"{code}: {HTML_ERRORS[code]} near {lines[p[0] - 1].strip()[:120]!r}" for p, code in errors[:5]]
    assert not errors, f"{where}: not strict HTML: {told}"
    _check_head(tree, where)
    _check_ids(tree, where)
    _check_labels(tree, where)
    _check_sections(tree, where)
    _check_times(tree, where)
    _check_inline(tree, where)


def _check_head(tree: Element, where: str) -> None:
    assert tree.get("lang"), f"{where}: <html> has no lang"
    assert tree.get("dir") in ("ltr", "rtl"), f"{where}: <html> has no dir"
    headings = list(tree.iter("h1"))
    assert len(headings) == 1, f"{where}: {len(headings)} h1 headings"
    title = "".join(next(tree.iter("title")).itertext()).strip()
    assert title, f"{where}: no title"


def _check_ids(tree: Element, where: str) -> None:
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    twice = [key for key, count in ids.items() if count > 1]
    assert not twice, f"{where}: ids used twice: {twice}"
    for element in tree.iter():
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            for target in (element.get(attribute) or "").split():
                assert target in ids, f"{where}: {attribute}={target!r} points nowhere"
        href = element.get("href") or ""
        if element.tag == "a" and re.fullmatch(r"#.+", href):
            assert href[1:] in ids, f"{where}: link to {href} points nowhere"


def _check_labels(tree: Element, where: str) -> None:
    labelled = {element.get("for") for element in tree.iter("label")}
    inside = {id(control) for label in tree.iter("label") for control in label.iter()}
    for control in tree.iter():
        if control.tag not in ("input", "select", "textarea") or control.get("type") in NAMED_BY_ITSELF:
            continue
        named = (
            control.get("id") in labelled
            or id(control) in inside
            or control.get("aria-label")
            or control.get("aria-labelledby")
        )
        assert named, f"{where}: <{control.tag} name={control.get('name')!r}> has no label"
        assert not ISOLATES.search(control.get("value") or ""), f"{where}: a value holds signs of direction"
    for button in tree.iter("button"):
        words = "".join(button.itertext()).strip() or button.get("aria-label") or button.get("title")
        assert words, f"{where}: a button says nothing"
    for image in tree.iter("img"):
        assert image.get("alt") is not None, f"{where}: an image has no alt"


def _check_sections(tree: Element, where: str) -> None:
    """What is a section or an article says what it is about: by a heading in it, or by a name."""
    words = {element.get("id"): "".join(element.itertext()).strip() for element in tree.iter() if element.get("id")}
    for section in (*tree.iter("section"), *tree.iter("article")):
        named = (section.get("aria-label") or "").strip() or any(
            words.get(target) for target in (section.get("aria-labelledby") or "").split()
        )
        headed = any("".join(heading.itertext()).strip() for level in HEADINGS for heading in section.iter(level))
        told = " ".join("".join(section.itertext()).split())[:80]
        assert named or headed, f"{where}: <{section.tag}> has neither a heading nor a name: {told!r}"


def _check_times(tree: Element, where: str) -> None:
    for element in tree.iter("time"):
        instant = element.get("datetime", "")
        assert INSTANT.fullmatch(instant), f"{where}: <time datetime={instant!r}> is no instant of HTML"


def _check_inline(tree: Element, where: str) -> None:
    for element in tree.iter():
        assert not element.get("style"), f"{where}: inline style on <{element.tag}>"
        events = [name for name in element.attrib if str(name).startswith("on")]
        assert not events, f"{where}: inline script {events} on <{element.tag}>"
    assert not list(tree.iter("style")), f"{where}: a <style> element"
    for script in tree.iter("script"):
        assert script.get("src") or script.get("type") == "application/json", f"{where}: an inline script"

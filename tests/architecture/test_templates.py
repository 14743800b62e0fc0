"""Templates: each one is used, each one asked for is there; mails are whole and none is orphaned; nothing inline."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import html5lib
import pytest

from forms.engine import registry
from portal.calls.rules import instruments
from portal.core.text import N_
from portal.infra.mail import queue_mail
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.grants.test_mails import FULL, KNOWN, NEEDED

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
NAMED = re.compile(r"""["']((?:pages|errors|layouts|components|documents|emails)/[\w/{}.-]+\.(?:html|txt))["']""")
INLINE = re.compile(r"\s(?:style|on[a-z]+)\s*=")
FOREIGN = re.compile(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""")
PARTS = {"subject.txt", "body.txt", "body.html"}
LANGUAGES = ("en", "fr", "pt", "ar")
#: functions that word a mail, whose first argument names it
MAILING = {"notify", "queue_mail", "_send", "to_focal_point"}
GIVEN: dict[str, Any] = dict(KNOWN)
ALWAYS: dict[str, Any] = dict(NEEDED)
#: what the mails about accounts and to evaluators are given besides what every mail is
ACCOUNTS: dict[str, tuple[dict[str, Any], ...]] = {
    "invitation": (
        {"inviter": "Rui", "role": N_("Lead"), "organisation": "Municipality", "is_new": True, "days": 14},
        {"inviter": "", "role": N_("Auditor"), "organisation": "", "is_new": False, "days": 1},
    ),
    "reset": ({"hours": 2}, {"hours": 1}),
    "password_changed": ({"at": NOW, "zone": "Europe/Madrid"},),
    "evaluation_assigned": ({"closes_at": NOW, "zone": "Europe/Madrid"},),
    "evaluation_consensus": ({"closes_at": NOW, "zone": "Europe/Madrid"},),
    "evaluation_reminder": ({"closes_at": NOW, "zone": "Europe/Madrid"},),
}


@cache
def sources() -> tuple[tuple[str, str], ...]:
    """Every Python file of the portal and every template, with its text."""
    paths = [*(ROOT / "portal").rglob("*.py"), *TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]
    return tuple((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in sorted(paths))


@cache
def asked_for() -> dict[str, str]:
    """Every template that something names, and where; ``{…}`` of an f-string stands for any word."""
    return {name: where for where, text in sources() for name in NAMED.findall(text)}


def pattern(name: str) -> re.Pattern[str]:
    """The names that a named template, perhaps with ``{…}`` in it, may stand for."""
    return re.compile("".join("[a-z0-9_]+" if part.startswith("{") else re.escape(part)
                              for part in re.split(r"(\{[^}]*\})", name)))  # fmt: skip


def there() -> list[str]:
    """Every template there is, by its name."""
    found = [*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]
    return sorted(str(path.relative_to(TEMPLATES)) for path in found)


def test_every_template_asked_for_is_there() -> None:
    names = there()
    missing = {name: where for name, where in asked_for().items() if not any(map(pattern(name).fullmatch, names))}
    assert not missing


def test_every_template_is_asked_for() -> None:
    patterns = [pattern(name) for name in asked_for()]
    unused = [name for name in there() if not any(known.fullmatch(name) for known in patterns)]
    # Mails are named by workflows and by the services; see below.
    assert [name for name in unused if not name.startswith("emails/")] == []


def test_every_address_a_template_makes_exists(sqlite_place: Place) -> None:
    wrong = [
        (where, endpoint)
        for where, text in sources()
        for endpoint in re.findall(r"""url_for\(\s*["']([a-z_.]+)["']""", text)
        if endpoint not in sqlite_place.app.view_functions
    ]
    assert not wrong


#: names joined by a comma of one script: lists in sentences are the languages' own (filters ``listed`` and ``names``)
JOINED = re.compile(r"""join\("[,;] ?"\)|\{\{ ?"[,;] ?" if not loop\.last|if not loop\.last %\}[,;]""")
#: codes of the columns of a download, shown as they are written there
CODES = {"templates/pages/insight/performance.html"}


def test_lists_in_sentences_are_joined_by_the_language() -> None:
    found = [name for name, text in sources() if name.startswith("templates/") and JOINED.search(text)]
    assert set(found) <= CODES, "use the filters listed or names"


def test_nothing_inline_and_no_foreign_address() -> None:
    wrong = [
        (where, tag)
        for where, text in sources()
        if where.startswith("templates/")
        for tag in re.findall(r"<[a-z][^>]*>", re.sub(r"\{[{%#].*?[}%#]\}", "", text, flags=re.DOTALL))
        if INLINE.search(tag) or FOREIGN.search(tag)
    ]
    assert not wrong


# -- mails


def mail_folders() -> list[str]:
    """Every mail there is."""
    return sorted(path.name for path in (TEMPLATES / "emails").iterdir() if path.is_dir())


def named_by_workflows() -> set[str]:
    """The mails that a move of some version of some workflow sends."""
    known = registry.load()
    found: set[str] = set()
    for code in known.instruments:
        for process in instruments.processes(code):
            for version in known.versions(code, instruments.workflow_file(process)):
                moves = instruments.workflow(code, process, version).moves.values()
                found |= {mail.template for move in moves for mail in move.mails}
    return found


def named_by_services() -> set[str]:
    """The mails that the code words itself."""
    found: set[str] = set()
    for where, text in sources():
        if where.endswith(".py"):
            calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
            for call in calls:
                name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                first = call.args[0] if call.args else None
                if name in MAILING and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def test_every_mail_named_is_there_and_every_mail_there_is_named() -> None:
    assert named_by_workflows() | named_by_services() == set(mail_folders())


@pytest.mark.parametrize("name", mail_folders())
def test_a_mail_has_its_three_parts(name: str) -> None:
    assert {path.name for path in (TEMPLATES / "emails" / name).iterdir()} == PARTS


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)  # words do not depend on the database
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_is_worded_in_every_language(alpha: World, language: str) -> None:
    for name in mail_folders():
        contexts = ACCOUNTS.get(name, ({}, FULL))
        subjects = set()
        for more in contexts:
            context = {**GIVEN, "kind": "application", "email": "ana@alpha.example", **more, **ALWAYS.get(name, {})}
            mail = queue_mail(name, "ana@alpha.example", language, context, case_id=None, now=NOW)
            subjects.add(mail.subject)
            for text in (mail.subject, mail.text_body, mail.html_body):
                assert text.strip(), name
                assert not re.search(r"%\(|\{\{|\{%|\bNone\b|Undefined", text), (name, text)
            assert not re.search(r"\n{4}", mail.text_body), f"{name}: a hole in the text"
            assert context["action_url"] in mail.text_body, name
            assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in mail.html_body
            parser = html5lib.HTMLParser()
            parser.parse(mail.html_body)
            assert not parser.errors, (name, parser.errors)
        assert all(len(subject) > 5 for subject in subjects)


def test_no_mail_says_the_same_in_two_languages(alpha: World) -> None:
    """A text that was forgotten in translation would be the English one."""
    for name in mail_folders():
        more = ACCOUNTS.get(name, (FULL,))[0]
        context = {**GIVEN, "kind": "application", "email": "ana@alpha.example", **more, **ALWAYS.get(name, {})}
        said = [queue_mail(name, "a@alpha.example", language, context, case_id=None, now=NOW).text_body.splitlines()[0]
                for language in LANGUAGES]  # fmt: skip
        assert len(set(said)) == len(LANGUAGES), (name, said)

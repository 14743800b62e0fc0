from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from portal.infra import logging as portal_logging
from portal.infra.logging import configure, describe, scrub, scrub_facts, working_on


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    "text",
    [
        "password=S3cretS3cret",
        "password: 'S3cretS3cret'",
        '{"password": "S3cretS3cret", "a": 1}',
        "reset_token=S3cretS3cret&x=1",
        "X-Csrf-Token: S3cretS3cret",
        "Authorization: Bearer S3cretS3cret.abc",
        "Set-Cookie: S3cretS3cret; Path=/",
        "client_secret=S3cretS3cret",
        "smtp://me:S3cretS3cret@mail:25",
        "postgresql://S3cret:S3cretS3cret@db/x".replace("S3cret:", "me:"),
        "GET /account/reset/S3cretS3cret.abcdef-x",
        "PORTAL_SECRET_KEY=S3cretS3cret",
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    assert "S3cret" not in scrub(text)
    assert "[hidden]" in scrub(text)


@pytest.mark.parametrize(
    "text",
    ["passport=AB123", "The password was changed.", "compass: north", "tokenised: yes", "footprint=3", "2 tokens used"],
)
def test_plain_words_stay(text: str) -> None:
    assert scrub(text) == text


def test_facts_are_filtered_at_every_depth() -> None:
    form = {"new_password": "x1", "rows": [{"Cookie": "x2"}, "token=x3"]}
    facts: dict[str, Any] = {"user": 1, "form": form, "ok": None}
    assert scrub_facts(facts) == {
        "user": 1,
        "form": {"new_password": "[hidden]", "rows": [{"Cookie": "[hidden]"}, "token=[hidden]"]},
        "ok": None,
    }


def test_json_lines_carry_the_request_and_never_the_secret() -> None:
    out = io.StringIO()
    configure(json_lines=True, stream=out)
    log = logging.getLogger("portal.test")
    with working_on("req-1\nforged"):
        try:
            raise ValueError("password=hunter2 wrong")
        except ValueError:
            log.exception("log-in of %s failed", "مريم", extra={"facts": {"token": "abc", "try": 2}})
    log.info("outside")
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert first["request"] == "req-1forged"
    assert first["message"] == "log-in of مريم failed"
    assert first["facts"] == {"token": "[hidden]", "try": 2}
    assert "test_logging.py" in first["trace"]
    assert "hunter2" not in out.getvalue()
    assert (second["request"], second["level"]) == ("-", "info")


def test_readable_lines_cannot_be_forged() -> None:
    out = io.StringIO()
    configure(json_lines=False, stream=out)
    logging.getLogger("portal.test").warning("name: %s", "x\n12:00:00 INFO all is well", extra={"facts": {"n": 1}})
    (line,) = out.getvalue().splitlines()
    assert line.endswith("[-] name: x\\n12:00:00 INFO all is well n=1")


def test_an_error_is_described_by_its_first_line() -> None:
    class Wrapped(Exception):
        orig = ValueError("duplicate key\nDETAIL: Key (email)=(ana@example.org)")

    assert describe(Wrapped("statement with parameters")) == "ValueError: duplicate key"
    assert describe(RuntimeError()) == "RuntimeError"
    assert portal_logging.request_id() == "-"

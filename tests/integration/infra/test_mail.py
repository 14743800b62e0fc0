from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from flask import Flask
from uuid_utils.compat import uuid7

from portal.core.errors import Invalid, NotNow
from portal.infra import mail, tenancy
from portal.infra.db import db
from portal.infra.mail import MailServer, OutboxMail, queue_mail
from portal.infra.worker import run_all

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CONTEXT = {"name": "Ana <b>&", "place": "Vilankulo", "action_url": "https://grants.example.org/x?a=1&b=2"}


class MailBox:
    """A mail server that keeps what it is given and answers as told."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.answer = "250 taken"
        self.logins: list[tuple[bytes, bytes]] = []

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            content = envelope.content
            self.mails.append(message_from_bytes(content if isinstance(content, bytes) else b""))
        return self.answer

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        right = data.password == b"p@ss"
        return AuthResult(success=right, handled=right)


@pytest.fixture
def box() -> MailBox:
    return MailBox()


@pytest.fixture
def server(app: Flask, box: MailBox) -> Iterator[Controller]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        authenticator=box.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    set_mail_url(app, f"smtp://me:p%40ss@127.0.0.1:{port}?from=grants@example.org")
    yield controller
    controller.stop()


def set_mail_url(app: Flask, url: str | None) -> None:
    app.config["PORTAL"] = replace(app.config["PORTAL"], mail_url=url)


def write(app: Flask, template: str = "greeting", *, to: str = "ana@example.org", **options: Any) -> UUID:
    with app.app_context(), tenancy.scope(1):
        language = options.pop("language", "pt")
        row = queue_mail(template, to, language, CONTEXT, case_id=uuid7(), now=NOW, **options)
        db.session.commit()
        return row.id


def the_mail(app: Flask) -> OutboxMail:
    with app.app_context(), tenancy.scope(1):
        return db.session.execute(sa.select(OutboxMail)).scalar_one()


def test_a_mail_goes_out_in_the_receivers_language(app: Flask, box: MailBox, server: Controller) -> None:
    write(app, language="ar", to_name="آنا")
    assert run_all(app, NOW) == 1
    row = the_mail(app)
    assert (row.state, row.error, row.attempts, row.sent_at) == ("sent", None, 1, NOW)
    (sent,) = box.mails
    assert box.logins[-1] == (b"me", b"p@ss")
    assert sent["Message-ID"] == row.message_id
    assert sent["Auto-Submitted"] == "auto-generated"
    assert {part["Content-Language"] for part in sent.walk()} == {"ar"}
    assert sent["From"] == "grants@example.org"
    assert str(make_header(decode_header(sent["To"]))).startswith("آنا")
    text, html = (part.get_payload(decode=True).decode() for part in sent.walk() if not part.is_multipart())  # type: ignore[union-attr]
    assert text.startswith("ar rtl\r\n")
    assert "Ana <b>&" in text
    assert '<html lang="ar" dir="rtl">' in html
    assert "Ana &lt;b&gt;&amp;" in html
    assert 'href="https://grants.example.org/x?a=1&amp;b=2"' in html


def test_a_rolled_back_change_sends_nothing(app: Flask, box: MailBox, server: Controller) -> None:
    with app.app_context(), tenancy.scope(1):
        queue_mail("greeting", "ana@example.org", "en", CONTEXT, case_id=None, now=NOW)
        db.session.rollback()
    assert run_all(app, NOW) == 0
    with app.app_context(), tenancy.scope(1):
        assert db.session.execute(sa.select(OutboxMail)).first() is None
    assert box.mails == []


def test_without_a_mail_server_mails_are_kept_to_be_read(app: Flask) -> None:
    write(app, "link", confidential=True)
    run_all(app, NOW)
    row = the_mail(app)
    assert row.state == "kept"
    assert "Vilankulo" in row.text_body


def test_a_server_that_is_away_is_tried_again(app: Flask, box: MailBox, server: Controller) -> None:
    box.answer = "451 come back later"
    write(app)
    run_all(app, NOW)
    row = the_mail(app)
    assert (row.state, row.attempts, row.error) == ("queued", 1, "451 come back later")
    box.answer = "250 taken"
    run_all(app, NOW + timedelta(minutes=1))
    assert (the_mail(app).state, the_mail(app).error, len(box.mails)) == ("sent", None, 1)


def test_nobody_answering_is_tried_until_the_last_attempt(app: Flask) -> None:
    set_mail_url(app, "smtp://127.0.0.1:1")
    write(app)
    now = NOW
    for _ in range(8):
        assert run_all(app, now) == 1
        now += timedelta(hours=1)
    row = the_mail(app)
    assert (row.state, row.attempts) == ("failed", 8)
    assert row.error is not None
    assert "ConnectionRefusedError" in row.error
    assert run_all(app, now) == 0


def test_a_refused_mail_fails_at_once_and_can_be_sent_again(app: Flask, box: MailBox, server: Controller) -> None:
    box.answer = "550 no such person"
    mail_id = write(app)
    run_all(app, NOW)
    first = the_mail(app)
    assert (first.state, first.error) == ("failed", "550 no such person")
    box.answer = "250 taken"
    with app.app_context(), tenancy.scope(1):
        mail.resend(mail_id, NOW)
        with pytest.raises(NotNow):
            mail.resend(mail_id, NOW)
        db.session.commit()
    run_all(app, NOW)
    assert the_mail(app).state == "sent"
    assert box.mails[0]["Message-ID"] == first.message_id


def test_a_wrong_password_is_the_operators_and_tried_again(app: Flask, server: Controller) -> None:
    set_mail_url(app, f"smtp://me:wrong@127.0.0.1:{server.port}")
    write(app)
    run_all(app, NOW)
    row = the_mail(app)
    assert row.state == "queued"
    assert row.error is not None
    assert row.error.startswith("535")


def test_a_personal_link_is_wiped_once_sent(app: Flask, box: MailBox, server: Controller) -> None:
    mail_id = write(app, "link", confidential=True)
    run_all(app, NOW)
    assert len(box.mails) == 1
    assert (the_mail(app).text_body, the_mail(app).html_body) == ("", "")
    with app.app_context(), tenancy.scope(1), pytest.raises(NotNow):
        mail.resend(mail_id, NOW)


def test_another_tenant_cannot_send_it_again(app: Flask) -> None:
    mail_id = write(app)
    with app.app_context(), tenancy.scope(2), pytest.raises(LookupError):
        mail.resend(mail_id, NOW)


@pytest.mark.parametrize("to", ["", "ana", "ana@example.org\nBcc: all@example.org", "a@b, c@d", "<x>@example.org"])
def test_what_is_no_address_is_refused(app: Flask, to: str) -> None:
    with pytest.raises(Invalid) as refused:
        write(app, to=to)
    assert "name@example.org" in str(refused.value.problems["email"])


def test_headers_cannot_be_smuggled_in(app: Flask, box: MailBox, server: Controller) -> None:
    with app.app_context(), tenancy.scope(1):
        evil = {**CONTEXT, "name": "Ana\r\nBcc: all@example.org\u202e"}
        queue_mail("greeting", "ana@example.org", "en", evil, case_id=None, now=NOW, to_name="X\nBcc: y@example.org")
        db.session.commit()
    run_all(app, NOW)
    (sent,) = box.mails
    assert sent["Bcc"] is None
    assert sent["Subject"] == "Welcome Ana Bcc: all@example.org"


def test_the_address_of_the_server_is_read_and_explained() -> None:
    read = MailServer.from_url("smtp://u%40x:p%3A@mail.example.org?tls=starttls")
    assert (read.user, read.password, read.port, read.sender) == ("u@x", "p:", 587, "grants@mail.example.org")
    assert MailServer.from_url("smtps://mail.example.org").tls == "ssl"
    with pytest.raises(ValueError, match="should look like") as refused:
        MailServer.from_url("smtp://u:geheim@mail.example.org?tls=maybe")
    assert "geheim" not in str(refused.value)

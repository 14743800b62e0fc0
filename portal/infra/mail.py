"""Mail: rendered when something happens, in the receiver's language, kept in an outbox, sent by a job after the commit.

Without ``PORTAL_MAIL_URL`` nothing leaves the machine: the outbox in the application is where mails are read.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from babel import Locale
from email_validator import EmailNotValidError, validate_email
from flask import current_app
from sqlalchemy import Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from portal.core.errors import Invalid, NotNow
from portal.core.text import N_
from portal.infra import i18n, jobs, tenancy
from portal.infra.db import Base, Instant, TenantOwned, db
from portal.infra.mail_headers import WIRE

SEND = "mail.send"
TIMEOUT_SECONDS = 20
LONGEST_SUBJECT = 200


class OutboxMail(TenantOwned, Base):
    """A mail as it was worded; staff can read it and send it again."""

    __tablename__ = "outbox_mail"

    to_address: Mapped[str] = mapped_column(String(320))
    to_name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(12))
    template: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(LONGEST_SUBJECT))
    text_body: Mapped[str] = mapped_column(Text)
    html_body: Mapped[str] = mapped_column(Text)
    case_id: Mapped[UUID | None] = mapped_column(Uuid)
    #: carries a link that lets somebody in: bodies are wiped once sent, and staff never read them.
    confidential: Mapped[bool] = mapped_column(default=False)
    message_id: Mapped[str] = mapped_column(String(200))
    #: queued, sent (taken by the mail server), kept (no mail server is set), failed
    state: Mapped[str] = mapped_column(String(8), default="queued")
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(String(500))
    attempts: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        UniqueConstraint("tenant_id", "message_id"),
        Index("ix_outbox_mail_created", "tenant_id", "created_at"),
        Index("ix_outbox_mail_case", "tenant_id", "case_id"),
    )


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes, from ``smtp://user:password@host:port?tls=starttls&from=grants@example.org``."""

    host: str
    port: int
    tls: str
    user: str | None
    password: str | None
    sender: str

    @classmethod
    def from_url(cls, url: str) -> MailServer:
        """Read the address of the mail server.

        :raises ValueError: says what is wrong, without repeating the password.
        """
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        tls = options.get("tls", "ssl" if parts.scheme == "smtps" else "none")
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or tls not in ("none", "starttls", "ssl"):
            raise ValueError("PORTAL_MAIL_URL should look like smtp://user:password@host:587?tls=starttls (or tls=ssl)")
        return cls(
            host=parts.hostname,
            port=parts.port or {"none": 25, "starttls": 587, "ssl": 465}[tls],
            tls=tls,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            sender=options.get("from", f"grants@{parts.hostname}"),
        )


def queue_mail(
    template: str,
    to: str,
    language: str,
    context: Mapping[str, Any],
    *,
    case_id: UUID | None,
    now: datetime,
    to_name: str = "",
    confidential: bool = False,
) -> OutboxMail:
    """Word a mail and write it, with the job that sends it, into the caller's transaction.

    :param template: a folder of ``templates/emails`` with ``subject.txt``, ``body.txt`` and ``body.html``.
    :param to: the receiver's address.
    :param language: the receiver's language; the whole mail is worded in it.
    :param context: plain values for the templates; they also get ``lang``, ``dir`` and ``subject``. The layout uses
        ``tenant_name``, ``action_url`` and ``action_label`` when given.
    :param confidential: the mail carries a link that lets somebody in; its text is wiped once sent.
    :raises Invalid: when the address cannot be one.
    :raises NoTenantScope: outside a tenant's scope.
    """
    tenant_id = tenancy.required()
    address = _address(to)
    with i18n.in_language(language):
        folder = f"emails/{_template_name(template)}"
        values = {**context, "lang": language, "dir": _direction(language)}
        values["subject"] = subject = one_line(_render(f"{folder}/subject.txt", values), LONGEST_SUBJECT)
        text_body = _render(f"{folder}/body.txt", values).strip() + "\n"
        html_body = _render(f"{folder}/body.html", values)
    mail_id = uuid7()
    mail = OutboxMail(
        id=mail_id,
        to_address=address,
        to_name=one_line(to_name, 200),
        language=language,
        template=template,
        subject=subject,
        text_body=text_body,
        html_body=html_body,
        case_id=case_id,
        confidential=confidential,
        message_id=f"<{mail_id.hex}@{_own_domain()}>",
        state="queued",
        created_at=now,
        attempts=0,
    )
    db.session().add(mail)
    db.session().flush()
    jobs.enqueue(SEND, {"mail": str(mail_id)}, tenant_id=tenant_id, now=now)
    return mail


def resend(mail_id: UUID, now: datetime) -> OutboxMail:
    """Send a mail once more, as it was worded, under the same Message-ID.

    :raises LookupError: when the tenant in scope has no such mail.
    :raises NotNow: when it is waiting already, or its text was wiped after sending.
    """
    mail = db.session().get(OutboxMail, (tenancy.required(), mail_id))
    if mail is None:
        raise LookupError(f"no mail {mail_id}")
    if mail.state == "queued":
        raise NotNow(N_("This mail is already waiting to be sent."))
    if mail.confidential and not mail.text_body:
        raise NotNow(N_("This mail held a personal link and was not kept. Ask for a new link instead."))
    mail.state, mail.error = "queued", None
    jobs.enqueue(SEND, {"mail": str(mail_id)}, tenant_id=mail.tenant_id, now=now)
    return mail


def one_line(text: str, longest: int) -> str:
    """A text fit for a header: one line, no control or direction-changing characters."""
    visible = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+", " ", text)
    return " ".join(visible.split())[:longest]


def compose(mail: OutboxMail, sender: str, sender_name: str) -> EmailMessage:
    """The mail as it goes over the wire: text and HTML, UTF-8, marked as sent by a machine."""
    message = EmailMessage(policy=WIRE)
    message["From"] = _header_address(sender_name, sender)
    message["To"] = _header_address(mail.to_name, mail.to_address)
    message["Subject"] = one_line(mail.subject, LONGEST_SUBJECT)
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text_body, cte="base64")
    message.add_alternative(mail.html_body, subtype="html", cte="base64")
    # Setting a content takes away what was said of one before, so the language is said at the end, of each part.
    for part in message.walk():
        part["Content-Language"] = mail.language
    return message


@jobs.handler(SEND, lease_seconds=120, max_attempts=8)
def send(run: jobs.Run) -> None:
    """Hand one mail to the mail server, or keep it in the outbox when none is set.

    The server may get the same mail twice (we died before noting that it was sent): the Message-ID is the same then.
    """
    session = db.session()
    key = (tenancy.required(), UUID(run.payload["mail"]))
    mail = session.get(OutboxMail, key)
    if mail is None or mail.state in ("sent", "kept"):
        return
    url = current_app.config["PORTAL"].mail_url
    if url is None:
        _finish(mail, "kept", run)
        return
    server = MailServer.from_url(url)
    message = compose(mail, server.sender, current_app.config.get("MAIL_SENDER_NAME", ""))
    # Nobody's writing waits while a mail server makes us wait.
    run.release()
    problem, again = _deliver(server, message)
    mail = session.get(OutboxMail, key, populate_existing=True)
    if mail is None:
        return
    if problem is None:
        _finish(mail, "sent", run)
        return
    mail.attempts += 1
    mail.error = problem
    if again and not run.last_attempt:
        raise jobs.TryAgain(problem)
    mail.state = "failed"


def _finish(mail: OutboxMail, state: str, run: jobs.Run) -> None:
    mail.state, mail.sent_at, mail.error = state, run.clock(), None
    mail.attempts += 1
    if mail.confidential and state == "sent":
        mail.text_body = mail.html_body = ""


def _deliver(server: MailServer, message: EmailMessage) -> tuple[str | None, bool]:
    """Speak to the mail server. :returns: what went wrong, if anything, and whether a later try may help."""
    try:
        with _connection(server) as smtp:
            smtp.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        return f"{code} {_answer(answer)}"[:500], code < 500
    except smtplib.SMTPResponseException as error:
        # Wrong credentials are the operator's to mend, and then the mail should still go.
        lasting = error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
        return f"{error.smtp_code} {_answer(error.smtp_error)}"[:500], not lasting
    except smtplib.SMTPNotSupportedError as error:
        return f"the mail server does not offer what is needed: {error}"[:500], False
    except (OSError, smtplib.SMTPException) as error:
        return f"{type(error).__name__}: {error}"[:500], True
    return None, False


@contextmanager
def _connection(server: MailServer) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    smtp = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
        if server.tls == "ssl"
        else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    )
    with smtp:
        if server.tls == "starttls":
            smtp.starttls(context=context)
        if server.user is not None:
            smtp.login(server.user, server.password or "")
        yield smtp


def _answer(answer: bytes | str) -> str:
    return one_line(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer, 400)


def _address(to: str) -> str:
    try:
        # Addresses of test machines are allowed: whether a domain exists is the mail server's to say.
        return validate_email(to.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        message = N_("“%(address)s” is not an e-mail address. It should look like name@example.org.", address=to[:100])
        raise Invalid({"email": message}) from None


def _header_address(name: str, address: str) -> Address:
    user, _, domain = address.rpartition("@")
    return Address(display_name=one_line(name, 200), username=user, domain=domain)


def _template_name(template: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", template):
        raise ValueError(f"not a mail template: {template!r}")
    return template


def _render(template: str, values: Mapping[str, Any]) -> str:
    """Render without the page's context: a mail is the same whether a request or a job words it."""
    return current_app.jinja_env.get_template(template).render(values)


def _direction(language: str) -> str:
    return str(Locale.parse(language, sep="-" if "-" in language else "_").text_direction)


def _own_domain() -> str:
    return urlsplit(current_app.config["PORTAL"].base_url).hostname or "localhost"

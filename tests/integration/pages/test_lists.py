"""Lists: only what the reader may see, as many queries for thirty rows as for one, every row once and in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import event, inspect, select
from uuid_utils.compat import uuid7

from portal.accounts.models import Membership, Person
from portal.calls.models import Call
from portal.cases.models import Case
from portal.core.actor import Role
from portal.grants.models import Grant, GrantLine, Tranche
from portal.infra import tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.infra.pages import shelf
from portal.organisations.models import Organisation
from portal.public import queries as public
from portal.review.queries import desk
from tests.conftest import Place
from tests.factories import World
from tests.integration.cases import stories

#: what one page may ask of the database, the person's session, roles and all
MOST_QUERIES = 8
MORE_ROWS, WALKED_ROWS = 29, 120
Row = TypeVar("Row")
ClientFor = Callable[[str | None], FlaskClient]


def clone(row: Row, **changes: Any) -> Row:
    """Another row like this one, with an id of its own."""
    values = {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
    return type(row)(**{**values, "id": uuid7(), **changes})


class Lists:
    """Two tenants, two organisations in the first, a case in translation and a grant under way in each."""

    def __init__(self, place: Place) -> None:
        self.place, self.world = place, place.world
        self.now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=5)
        self.waiting: dict[str, str] = {}
        self.granted: dict[str, str] = {}
        self.made = 0
        for slug, organisation in (("alpha", "vilankulo"), ("alpha", "aleppo"), ("beta", "douala")):
            with place.app.app_context(), tenancy.scope(self.world[slug].id):
                # The second tenant works in French too: its city writes in Portuguese here, to be translated.
                part = self.world[slug]
                owner = db.session.get(Organisation, (part.id, part.organisations[organisation]))
                assert owner is not None
                owner.language = "ar" if organisation == "aleppo" else "pt"
                self._grow(slug, organisation)
                db.session.commit()
                db.session.remove()

    def _grow(self, slug: str, organisation: str) -> None:
        case = stories.submitted(self.world, slug, organisation, self.now)
        self.waiting[organisation] = stories.complete(self.world, case, self.now + timedelta(hours=1)).reference
        case = stories.submitted(self.world, slug, organisation, self.now)
        for number, verb in enumerate(stories.TO_UNDER_WAY, start=1):
            verb(self.world, case, self.now + number * stories.STEP)
        self.granted[organisation] = case.reference

    def more(self, rows: int) -> None:
        """Add so many rows to every list of the first tenant."""
        with self.place.app.app_context(), tenancy.scope(self.world["alpha"].id):
            for _ in range(rows):
                self.made += 1
                self._add(self.made)
            db.session.commit()
            db.session.remove()
        desk.forget()
        public.forget()

    def _add(self, number: int) -> None:
        # Three rows share each instant: the order must not hang on the instant alone.
        later = timedelta(minutes=number // 3)
        for kept in (self.waiting["vilankulo"], self.granted["vilankulo"]):
            case = db.session.scalars(select(Case).where(Case.reference == kept)).one()
            reference = f"AL-2026-{5000 + number if kept == self.waiting['vilankulo'] else 7000 + number}"
            decided = case.decided_at + later if case.decided_at else None
            new = clone(case, reference=reference, urgent_at=case.urgent_at + later, decided_at=decided)
            db.session.add(new)
            db.session.flush()
            self._add_grant(case, new)
        mail = db.session.scalars(select(OutboxMail).order_by(OutboxMail.created_at).limit(1)).one()
        subject = f"Mail {number:04}"
        db.session.add(clone(mail, subject=subject, message_id=f"<{number}@alpha>", created_at=mail.created_at + later))
        call = db.session.scalars(select(Call).where(Call.code == "preparatory-grants")).one()
        db.session.add(clone(call, code=f"call-{number}", title={"en": f"Call {number:04}"}))
        person = Person(
            email=f"more{number}@alpha.example", name=f"More {number:04}", language="en", password_hash=None,
            session_key=f"more-{number}", created_at=self.now,
        )  # fmt: skip
        db.session.add(person)
        db.session.flush()
        tenant = self.world["alpha"].id
        db.session.add(Membership(tenant_id=tenant, person_id=person.id, role=Role.AUDITOR, since=self.now))
        db.session.flush()

    def _add_grant(self, case: Case, new: Case) -> None:
        for grant in db.session.scalars(select(Grant).where(Grant.case_id == case.id)).all():
            copied = clone(grant, case_id=new.id)
            db.session.add(copied)
            db.session.flush()
            for part in (Tranche, GrantLine):
                for row in db.session.scalars(select(part).where(part.grant_id == grant.id)).all():
                    db.session.add(clone(row, grant_id=copied.id))


@contextmanager
def counted(place: Place) -> Iterator[list[str]]:
    """The queries that are sent meanwhile, without what only opens or ends a transaction."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        # On PostgreSQL each transaction first names its tenant for the row policies.
        if "set_config" not in statement and not statement.lstrip().upper().startswith(("PRAGMA", "SET ", "BEGIN")):
            seen.append(statement)

    with place.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


#: address → who reads it, what of the organisations' cases is on it, and what is not
FOR_STAFF = ("vilankulo", "aleppo")
PAGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "/alpha/desk/?tab=all": ("officer", "both", FOR_STAFF),
    "/alpha/desk/?tab=mine": ("officer", "", ()),
    "/alpha/desk/?tab=translating": ("manager", "waiting", FOR_STAFF),
    "/alpha/desk/?tab=under_way": ("manager", "granted", FOR_STAFF),
    "/alpha/desk/?tab=all&state=translating": ("officer", "waiting", FOR_STAFF),
    "/alpha/desk/?tab=all&country=MZ": ("officer", "both", ("vilankulo",)),
    "/alpha/desk/?tab=all&language=ar": ("officer", "both", ("aleppo",)),
    "/alpha/desk/?tab=all&monitor=nobody": ("officer", "", ()),
    "/alpha/desk/?tab=all&overdue=1": ("officer", "", ()),
    "/alpha/desk/?q=strategy": ("auditor", "", ()),
    "/alpha/my/": ("vilankulo.viewer", "both", ("vilankulo",)),
    "/alpha/grants/": ("finance", "granted", FOR_STAFF),
    "/alpha/inbox/": ("translator", "both", FOR_STAFF),  # what was translated lately too
    "/alpha/projects/": ("nobody", "granted", FOR_STAFF),
    "/alpha/projects/?country=MZ": ("nobody", "granted", ("vilankulo",)),
    "/alpha/admin/mail/": ("administrator", "", ()),
    "/alpha/admin/people/": ("auditor", "", ()),
    "/alpha/calls/": ("nobody", "", ()),
}


def email(world: World, person: str) -> str | None:
    """The address of somebody of the first tenant."""
    return None if person == "nobody" else world.email("alpha", person)


def test_lists_show_what_the_reader_may_see_and_nothing_else(place: Place, client_for: ClientFor) -> None:
    lists = Lists(place)
    for url, (person, kind, owners) in PAGES.items():
        text = client_for(email(place.world, person)).get(url).text
        for name, references in (("waiting", lists.waiting), ("granted", lists.granted)):
            for organisation, reference in references.items():
                if organisation not in owners and kind:
                    assert reference not in text, (url, organisation)
                elif organisation in owners:
                    assert (reference in text) == (kind in (name, "both")), (url, organisation, name)
        assert "BE-2026" not in text, url
        assert "beta.example" not in text, url
    clients = client_for(email(place.world, "vilankulo.lead")).get("/alpha/grants/").text
    assert lists.granted["vilankulo"] in clients
    assert lists.granted["aleppo"] not in clients


def test_thirty_rows_cost_as_many_queries_as_one(place: Place, client_for: ClientFor) -> None:
    lists = Lists(place)
    first = {url: _queries(place, client_for, url) for url in PAGES}
    lists.more(MORE_ROWS)
    then = {url: _queries(place, client_for, url) for url in PAGES}
    assert {url: len(seen) for url, seen in then.items()} == {url: len(seen) for url, seen in first.items()}
    dear = {url: seen for url, seen in then.items() if len(seen) > MOST_QUERIES}
    assert not dear, {url: (len(seen), seen) for url, seen in dear.items()}


def _queries(place: Place, client_for: ClientFor, url: str) -> list[str]:
    client = client_for(email(place.world, PAGES[url][0]))
    desk.forget()
    public.forget()
    shelf.clear()
    with counted(place) as seen:
        assert client.get(url).status_code == 200, url
    return seen


#: address → who reads it, and what names a row on the page
WALKS = {
    "/alpha/desk/?tab=all": ("officer", r"/alpha/desk/(AL-2026-\d{4}(?:-R1)?)/"),
    "/alpha/desk/?tab=translating&language=pt": ("officer", r"/alpha/desk/(AL-2026-\d{4}(?:-R1)?)/"),
    "/alpha/my/": ("vilankulo.lead", r"/alpha/cases/(AL-2026-\d{4}(?:-R1)?)/"),
    "/alpha/grants/": ("finance", r"/alpha/grants/(AL-2026-\d{4})/"),
    "/alpha/projects/": ("nobody", r"/alpha/projects/(AL-2026-\d{4})/"),
    "/alpha/admin/mail/": ("administrator", r"/alpha/admin/mail/([0-9a-f-]{36})/"),
}


def test_paging_walks_every_row_once_and_in_order(place: Place, client_for: ClientFor) -> None:
    lists = Lists(place)
    lists.more(WALKED_ROWS)
    for url, (person, pattern) in WALKS.items():
        walked = _walk(client_for(email(place.world, person)), url, pattern)
        assert len(walked) == len(set(walked)), f"{url}: a row twice"
        assert walked == _in_order(place, url), url


def _walk(client: FlaskClient, url: str, pattern: str) -> list[str]:
    """The rows of every page, following the link to the next one."""
    found: list[str] = []
    page: str | None = url
    for _ in range(40):
        text = client.get(page or "").text
        found += dict.fromkeys(re.findall(pattern, text))
        links = re.findall(r'href="([^"]*[?&](?:amp;)?after=[^"]*)"', text)
        following = [link.replace("&amp;", "&") for link in links if "lang=" not in link]
        if not following:
            return found
        page = following[-1]
    raise AssertionError(f"{url}: the pages never end")


def _in_order(place: Place, url: str) -> list[str]:
    """What the list holds, in the order it promises."""
    with place.app.app_context(), tenancy.scope(place.world["alpha"].id):
        if "mail" in url:
            mails = select(OutboxMail.id).order_by(OutboxMail.created_at.desc(), OutboxMail.id.desc())
            rows: list[str] = [str(row) for row in db.session.scalars(mails)]
            db.session.remove()
            return rows
        cases = list(db.session.scalars(select(Case)))
        granted = set(db.session.scalars(select(Grant.case_id)))
        db.session.remove()
    mine: UUID = place.world["alpha"].organisations["vilankulo"]
    if "desk" in url:
        kept = [c for c in cases if c.is_submitted and c.is_open]
        if "translating" in url:
            kept = [c for c in kept if c.tab == "translating" and c.language == "pt"]
        return [c.reference for c in sorted(kept, key=lambda c: (c.urgent_at, c.id))]
    if "/my/" in url:
        kept = [c for c in cases if c.organisation_id == mine]
        rank = {"applicant": 0, "recipient": 0}
        return [
            c.reference
            for c in sorted(kept, key=lambda c: (rank.get(c.owner, 1) if c.is_open else 2, c.urgent_at, c.id))
        ]
    kept = [c for c in cases if c.id in granted]
    if "grants" in url:
        return [c.reference for c in sorted(kept, key=lambda c: c.reference, reverse=True)]
    return [c.reference for c in sorted(kept, key=lambda c: (c.decided_at, c.id), reverse=True)]

"""The small world with a case in every state of it, built once for all tests of pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import Connection, event, select

from portal.accounts.models import Person
from portal.accounts.service.links import new_ticket
from portal.calls import queries as calls
from portal.calls.service import questions
from portal.cases import queries as cases
from portal.cases.models import AnswerConflict, Case, Document
from portal.cases.service import message
from portal.grants.models import Payment
from portal.infra import storage, tenancy
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.infra.storage import StoredFile
from portal.insight.service import standards
from portal.members.queries import circulars
from portal.members.rules.windows import COORDINATION
from portal.members.rules.words import MEMBERS
from portal.members.service import answer, circular, sponsors
from portal.review.queries import followed
from portal.review.service import conditions
from tests.client import CheckingClient
from tests.conftest import Place
from tests.integration.cases import proposals, stories
from tests.integration.evaluation import panels
from tests.integration.members import people
from tests.integration.members.test_sponsors import PDF

WRITES = ("INSERT", "UPDATE", "DELETE")
AGO = timedelta(days=12)


@dataclass
class Town:
    """A place, and the ids of what its pages are about; plain values only, so that it outlives every session."""

    place: Place
    #: stage → reference of the first tenant's case in it
    references: dict[str, str] = field(default_factory=dict)
    #: a case of another organisation of the same tenant, and one of the other tenant
    aleppo: str = ""
    beta: str = ""
    payment: UUID | None = None
    mail: UUID | None = None
    #: a message of the officer in the case that is being assessed
    message: UUID | None = None
    #: a condition of the grant that is under way
    condition: UUID | None = None
    #: a new version of a standard that the administrator writes
    standard_draft: UUID | None = None
    #: the secret of a link to a new password
    token: str = ""
    #: a value of a colleague's that lost, in the draft
    conflict: UUID | None = None
    #: a proposal before the members, the circular it was sent with, and what was asked and said about it
    before_members: str = ""
    circular: int = 0
    member: UUID | None = None
    addressee: UUID | None = None
    comment: UUID | None = None
    sponsorship: UUID | None = None
    #: a proposal in the circular that is being made; nobody outside knows of it
    waiting: str = ""
    #: what somebody else than ``one@experts.example`` was asked to evaluate: the case that is being assessed
    evaluation: UUID | None = None
    #: stage → document and file of its case
    documents: dict[str, UUID] = field(default_factory=dict)
    files: dict[str, UUID] = field(default_factory=dict)

    def client(self, email: str | None, *, checking: bool = True) -> FlaskClient:
        """A client logged in as somebody, or as nobody."""
        self.place.app.test_client_class = CheckingClient if checking else FlaskClient
        client = self.place.app.test_client()
        if email is not None:
            with self.place.app.app_context():
                person = db.session.scalars(select(Person).where(Person.email == email)).one()
                key = f"{person.id}:{person.session_key}"
                db.session.remove()
            with client.session_transaction() as session:
                session["_user_id"], session["_fresh"] = key, True
        return client


def build(kind: str, folder: Path) -> Town:
    """Build a place of one kind with a case in every state."""
    town = Town(Place(kind, folder))
    world, now = town.place.world, datetime.now(UTC).replace(microsecond=0) - AGO
    with town.place.app.app_context():
        with tenancy.scope(world["alpha"].id):
            found = stories.one_in_every_state(world, "alpha", "vilankulo", now)
            town.references = {stage: case.reference for stage, case in found.items()}
            town.aleppo = stories.submitted(world, "alpha", "aleppo", now).reference
            officer, lead = world.actor("alpha", "officer"), world.actor("alpha", "vilankulo.lead")
            town.message = message.send_message(found["assessing"], "Is <b>this</b> it?", officer, now + AGO / 2).id
            message.send_message(found["assessing"], "نعم، هذا هو", lead, now + AGO / 2)
            message.write_note(found["assessing"], "Call the mayor.", officer, now + AGO / 2)
            _file(found["assessing"], now)
            boss = world.actor("alpha", "administrator")
            draft = standards.begin_version("preparatory_grant", "application", "CHK", {"amount": 8}, boss, now)
            town.standard_draft = draft.id
            questions.ask(calls.by_code("preparatory-grants"), "May <b>villages</b> apply?", "pt", lead, now)
            lost = AnswerConflict(
                case_id=found["draft"].id, section="place", question="title", value="Another title", typed_at=now,
                typed_by=lead.person_id, typed_by_name=lead.name,
            )  # fmt: skip
            db.session.add(lost)
            db.session.flush()
            town.conflict = lost.id
            _evidence(town, found["under_way"], now)
            _members(town, now)
            _evaluators(town, found["assessing"])
            _ids(town, {stage: case.id for stage, case in found.items()}, found["payment_entered"].id)
            db.session.commit()
        with tenancy.scope(world["alpha"].id):
            person = db.session.get(Person, world["alpha"].people["stranger"])
            assert person is not None
            town.token = new_ticket(person, "reset", datetime.now(UTC))
            db.session.commit()
        with tenancy.scope(world["beta"].id):
            town.beta = stories.submitted(world, "beta", "douala", now).reference
            db.session.commit()
        db.session.remove()
    return town


def _evidence(town: Town, case: Case, now: datetime) -> None:
    """A document that shows how a condition is met."""
    town.condition = followed.of_case(case.id)[0].id
    sent = conditions.Sent("minutes.pdf", io.BytesIO(PDF))
    lead = town.place.world.actor("alpha", "vilankulo.lead")
    conditions.claim(case, town.condition, "<b>Seen</b> here", lead, now + AGO / 2, sent)


def _members(town: Town, now: datetime) -> None:
    """Three members: one proposal they comment on, one before them for approval, a circular being made."""
    world = town.place.world
    found = people.join(world, "alpha")
    town.member = found["gavea"]
    gavea, lead = people.speaker(world, "alpha", "gavea"), world.actor("alpha", "vilankulo.lead")
    commented = people.coordinating(world, now=now)
    item = people.item_of(commented, COORDINATION)
    town.comment = answer.comment(item.id, found["gavea"], "من يدفع؟ <b>Who</b>?", MEMBERS, gavea, now + AGO / 2).id
    town.sponsorship = sponsors.invite(commented, found["gavea"], "Follow <i>it</i>", lead, now + AGO / 2).id
    case = people.before_members(world, now=now - timedelta(days=21))
    people.say(world, case, "norlan", "objection", case.state_since + AGO / 4, "Not agreed.")
    town.before_members, town.circular = case.reference, circulars.items_of(case.id)[0][1].number
    row = circulars.items_of(case.id)[0][1]
    town.addressee = next(one.row.id for one in circulars.addressees(row.id) if one.organisation == "Gavea")
    _file(case, now)
    document = cases.papers_of(case.id, "submission")[0]
    file = db.session.scalars(select(StoredFile).where(StoredFile.case_id == case.id).order_by(StoredFile.id)).first()
    assert file is not None
    document.file_id = file.id
    town.documents["before_members"], town.files["before_members"] = document.id, file.id
    waits = proposals.to_coordinate(world, proposals.submitted(world, now=now), now + stories.HOUR)
    town.waiting = waits.reference
    circular.compose({COORDINATION: [waits.id]}, "Dear members,", world.actor("alpha", "officer"), now + AGO / 2)


def _evaluators(town: Town, case: Case) -> None:
    """Two evaluators of a round: one was asked about Aleppo's case, the other about Vilankulo's."""
    world, row = town.place.world, panels.new_round(town.place.world)
    aleppo = db.session.scalars(select(Case).where(Case.reference == town.aleppo)).one()
    panels.ask(world, aleppo, row, panels.evaluator(world, "one", languages=["en", "pt", "ar"]))
    town.evaluation = panels.ask(world, case, row, panels.evaluator(world, "two")).id


def _file(case: Case, now: datetime) -> None:
    """Give a case a file that can really be fetched, under the row that stands for it."""
    row = db.session.scalars(select(StoredFile).where(StoredFile.case_id == case.id).order_by(StoredFile.id)).first()
    assert row is not None
    kept = storage.store().put(io.BytesIO(b"%PDF-1.4 a letter"))
    row.storage_key, row.size, row.sha256, row.question = kept.key, kept.size, kept.sha256, "sponsors"


def _ids(town: Town, cases: dict[str, UUID], paid_case: UUID) -> None:
    stages = {case_id: stage for stage, case_id in cases.items()}
    for row in db.session.scalars(select(Document).where(Document.case_id.in_(stages))):
        town.documents.setdefault(stages[row.case_id], row.id)
    files = select(StoredFile).where(StoredFile.case_id.in_(stages)).order_by(StoredFile.id)
    for file in db.session.scalars(files):
        if file.case_id is not None:
            town.files.setdefault(stages[file.case_id], file.id)
    town.payment = db.session.scalars(select(Payment.id).where(Payment.approved_at.is_(None))).one()
    town.mail = db.session.scalars(select(OutboxMail.id).where(OutboxMail.case_id == paid_case)).first()
    assert town.mail is not None


@contextmanager
def statements(town: Town) -> Iterator[list[str]]:
    """Every statement the application sends to its database meanwhile."""
    seen: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    with town.place.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)

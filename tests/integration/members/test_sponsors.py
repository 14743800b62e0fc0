"""Sponsors: asked by the applicant, answered by the member, or proved by a document that staff records."""

from __future__ import annotations

import io
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import answer as answering
from portal.cases.service.move import make_move
from portal.core.errors import Invalid, NotAllowed, NotNow
from portal.infra.db import db
from portal.infra.mail import OutboxMail
from portal.members.queries import sponsors as queries
from portal.members.service import sponsors
from portal.organisations.models import MemberPeriod
from tests.factories import NOW, World
from tests.integration.cases import proposals, stories
from tests.integration.cases.test_tracks import set_policy
from tests.integration.members import people

DAY = timedelta(days=1)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def name_sponsor(world: World, case: Case, organisation: UUID | None, name: str) -> None:
    """Name a member as sponsor in the form."""
    rows = [dict(row) for row in cases.answers_of(case.id)["sponsors"]["sponsors"]]
    rows[0]["organisation"] = {"id": str(organisation) if organisation else None, "name": name}
    lead = stories.who(world, case, "lead")
    answering.save_section(case, "sponsors", {"sponsors": rows}, lead, NOW, seen={})


def test_a_member_is_asked_and_confirms(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    case, lead = proposals.draft(alpha), alpha.actor("alpha", "vilankulo.lead")
    row = sponsors.invite(case, found["gavea"], "Follows the work", lead, NOW)
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "sponsor_invited")).one()
    assert (mail.to_address, mail.language) == ("gavea@alpha.example", "fr")
    assert f"/alpha/sponsorships/{row.id}/" in mail.text_body
    with pytest.raises(NotNow):
        sponsors.invite(case, found["gavea"], "", lead, NOW)
    with pytest.raises(NotAllowed):
        sponsors.answer(row, True, "", people.speaker(alpha, "alpha", "norlan"), NOW)
    gavea = people.speaker(alpha, "alpha", "gavea")
    sponsors.answer(row, True, "Gladly.", gavea, NOW + DAY)
    assert (row.state, row.answered_by_name) == ("confirmed", "Gavea Focal")
    with pytest.raises(NotNow):
        sponsors.answer(row, False, "No more.", gavea, NOW + DAY)
    kinds = [event.kind for event in cases.events_of(case.id, audience="applicant")]
    assert kinds[-2:] == ["sponsor_invited", "sponsor_confirmed"]


def test_who_declines_says_why_and_may_be_asked_again(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    case, lead = proposals.draft(alpha), alpha.actor("alpha", "vilankulo.lead")
    row = sponsors.invite(case, found["gavea"], "", lead, NOW)
    gavea = people.speaker(alpha, "alpha", "gavea")
    with pytest.raises(Invalid):
        sponsors.answer(row, False, " ", gavea, NOW)
    sponsors.answer(row, False, "Not our country.", gavea, NOW)
    assert sponsors.invite(case, found["gavea"], "", lead, NOW + DAY).state == "invited"
    sponsors.withdraw(case, found["gavea"], lead, NOW + DAY)
    assert queries.of_members(gavea) == []


def test_only_those_who_write_for_the_applicant_ask_and_only_present_members_are_asked(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    case = proposals.draft(alpha)
    for name in ("vilankulo.viewer", "vilankulo.signatory", "aleppo.lead", "officer"):
        with pytest.raises(NotAllowed):
            sponsors.invite(case, found["gavea"], "", alpha.actor("alpha", name), NOW)
    former = next(p for p in db.session.scalars(select(MemberPeriod)) if p.ends_on == date(2000, 12, 31))
    with pytest.raises(Invalid):
        sponsors.invite(case, former.organisation_id, "", alpha.actor("alpha", "vilankulo.lead"), NOW)


def test_staff_records_a_document_that_proves_it(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    case = proposals.submitted(alpha)
    officer = alpha.actor("alpha", "officer")
    with pytest.raises(NotAllowed):
        sponsors.record_proof(
            case, found["gavea"], "letter.pdf", io.BytesIO(PDF), "", alpha.actor("alpha", "auditor"), NOW
        )
    with pytest.raises(Invalid) as refused:
        sponsors.record_proof(case, found["gavea"], "", io.BytesIO(b""), "", officer, NOW)
    assert "document" in refused.value.problems
    row = sponsors.record_proof(case, found["gavea"], "letter.pdf", io.BytesIO(PDF), "By post", officer, NOW)
    assert (row.state, row.answered_by_name) == ("proved", officer.name)
    assert row.file_id is not None


def test_an_unconfirmed_sponsor_blocks_submission_where_policy_says_so(alpha: World) -> None:
    found = people.join(alpha, "alpha")
    case = proposals.draft(alpha)
    set_policy(case.tenant_id, sponsors_must_confirm=True)
    signed = {"typed_name": "A Mayor", "confirm": "yes"}

    def submit() -> Case:
        make_move(case, "sign", stories.who(alpha, case, "signatory"), NOW + DAY, signed)
        return make_move(case, "submit", stories.who(alpha, case, "lead"), NOW + DAY)

    with pytest.raises(NotNow, match="is not a member today"):
        submit()
    db.session.rollback()
    name_sponsor(alpha, case, found["gavea"], "Gavea")
    db.session.commit()
    with pytest.raises(NotNow, match="has not confirmed yet"):
        submit()
    db.session.rollback()
    row = sponsors.invite(case, found["gavea"], "", alpha.actor("alpha", "vilankulo.lead"), NOW)
    sponsors.answer(row, True, "", people.speaker(alpha, "alpha", "gavea"), NOW)
    assert submit().state == "checking"

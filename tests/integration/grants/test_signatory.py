"""Who signs an agreement is named with her position, on the paper and on the case, before it is signed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Person
from portal.cases import queries as cases
from portal.cases.models import Case
from portal.cases.service import agreements, signatories
from portal.core.errors import Invalid, NotAllowed, NotFound, NotNow
from portal.grants import queries
from portal.infra import tenancy
from portal.infra.db import db
from portal.organisations.models import OrganisationMember
from tests.conftest import Place
from tests.factories import NOW, World
from tests.integration.cases import stories
from tests.integration.review.road import at

Clients = Callable[[str | None], FlaskClient]
LATER = NOW + 24 * stories.STEP


def deputy(world: World, case: Case) -> Person:
    """A second person who may sign for the organisation."""
    person = db.session.get(Person, world["alpha"].people["stranger"])
    assert person is not None
    db.session.add(
        OrganisationMember(
            organisation_id=case.organisation_id, person_id=person.id, role="signatory", since=NOW + stories.STEP
        )
    )
    db.session.flush()
    return person


def to_sign(world: World, organisation: str = "vilankulo") -> Case:
    """A case whose agreement is drawn up and not sent."""
    return stories.letter_sent(world, at(world, "decided", organisation=organisation), NOW + 8 * stories.HOUR)


def test_the_paper_names_whoever_is_to_sign(alpha: World) -> None:
    case = to_sign(alpha)
    person = alpha.actor("alpha", "vilankulo.signatory")
    assert {paper.source["signatory"]["name"] for paper in queries.agreements_of(case.id)} == {person.name}


@pytest.mark.parametrize("who", ["vilankulo.lead", "officer"])
def test_another_signatory_is_named_before_it_is_sent(alpha: World, who: str) -> None:
    case = to_sign(alpha)
    person, old = deputy(alpha, case), queries.agreements_of(case.id)
    agreements.name_signatory(case, person.id, "Vice-presidente", alpha.actor("alpha", who), LATER)
    new = queries.agreements_of(case.id)
    assert all(paper.void_at == LATER for paper in old)
    assert [paper.source["signatory"] for paper in new] == [
        {"name": person.name, "position": "Vice-presidente"} for _ in new
    ]
    assert [paper.source["articles"] for paper in new] == [paper.source["articles"] for paper in old]
    assert {paper.audience for paper in new} == {"staff"}
    event = cases.events_of(case.id)[-1]
    assert (event.kind, event.data["signatory"], event.audience) == ("signatory_named", person.name, "applicant")
    stories.agreement_sent(alpha, case, LATER + stories.HOUR)
    grant = queries.of_case(case.id)
    assert grant is not None
    assert (grant.signatory_id, grant.signatory_name) == (person.id, person.name)


def test_while_it_waits_for_a_signature_another_person_may_still_be_named(alpha: World) -> None:
    case = stories.agreement_sent(alpha, to_sign(alpha), NOW + 12 * stories.HOUR)
    person, lead = deputy(alpha, case), alpha.actor("alpha", "vilankulo.lead")
    agreements.name_signatory(case, person.id, "Deputy mayor", lead, LATER)
    assert all(paper.audience == "applicant" and paper.sent_at == LATER for paper in queries.agreements_of(case.id))
    with pytest.raises(NotAllowed), db.session.begin_nested():
        stories.agreement_accepted(alpha, case, LATER + stories.HOUR)  # the mayor, whom it no longer names
    db.session.expire_all()
    agreements.name_signatory(
        case, alpha.actor("alpha", "vilankulo.signatory").person_id, "Mayor", lead, LATER + stories.HOUR
    )
    stories.agreement_accepted(alpha, case, LATER + 2 * stories.HOUR)
    assert signatories.shown_of(case, lead) is None
    with pytest.raises(NotNow):
        agreements.name_signatory(case, person.id, "Deputy mayor", lead, LATER + 3 * stories.HOUR)


def test_who_may_not_name_and_who_may_not_be_named(alpha: World) -> None:
    case, officer = to_sign(alpha), alpha.actor("alpha", "officer")
    mayor = alpha.actor("alpha", "vilankulo.signatory").person_id
    for name, refusal in (
        ("vilankulo.contributor", NotAllowed), ("vilankulo.viewer", NotAllowed), ("manager", NotAllowed),
        ("auditor", NotAllowed), ("aleppo.lead", NotFound), ("stranger", NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            agreements.name_signatory(case, mayor, "Mayor", alpha.actor("alpha", name), LATER)
    for person_id, position in (
        (alpha["alpha"].people["vilankulo.lead"], "Lead"), (None, "Mayor"), (mayor, " "), (mayor, "x" * 201),
        (alpha["beta"].people["officer"], "Officer"),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            agreements.name_signatory(case, person_id, position, officer, LATER)


def test_the_page_names_her_and_both_sides_see_it(place: Place, world: World, client_for: Clients) -> None:
    with place.app.app_context(), tenancy.scope(world["alpha"].id):
        case = to_sign(world)
        person = deputy(world, case)
        reference, person_id, name = case.reference, str(person.id), person.name
        db.session.commit()
        db.session.remove()
    lead, officer = client_for(world.email("alpha", "vilankulo.lead")), client_for(world.email("alpha", "officer"))
    path = f"/alpha/cases/{reference}/signatory/"
    page = lead.get(f"{path}?lang=en").text
    assert name in page
    form = {"csrf_token": page.split('name="csrf_token" value="')[1].split('"')[0], "person": person_id}
    assert lead.post(path, data=form | {"position": ""}).status_code == 422
    assert lead.post(path, data=form | {"position": "Deputy mayor"}).status_code == 303
    for client, side in ((lead, "cases"), (officer, "desk")):
        assert f"{name} · Deputy mayor" in client.get(f"/alpha/{side}/{reference}/?lang=en").text
    assert client_for(world.email("alpha", "aleppo.lead")).get(path).status_code == 404
    assert client_for(world.email("alpha", "manager")).get(path).status_code == 403
    assert client_for(world.email("beta", "officer")).get(f"/beta/cases/{reference}/signatory/").status_code == 404

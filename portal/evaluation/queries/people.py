"""Read evaluators, and cases as the rules about evaluators see them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import and_, func, select

from portal.accounts.models import Membership, Person
from portal.calls.rules import instruments
from portal.cases.models import Case, Submission
from portal.core.actor import Role
from portal.evaluation.models import Evaluation, EvaluatorProfile
from portal.evaluation.queries.hers import AT_WORK
from portal.evaluation.rules import blind, topics
from portal.evaluation.rules.known import Evaluator, Subject
from portal.infra.db import db
from portal.organisations.models import City, Organisation, OrganisationMember
from portal.translation.models import TranslationVersion


def profile_of(person_id: UUID) -> EvaluatorProfile | None:
    """An evaluator's profile in the tenant in scope."""
    return db.session.scalars(select(EvaluatorProfile).where(EvaluatorProfile.person_id == person_id)).first()


def profiles(tenant_id: int) -> list[tuple[EvaluatorProfile, Person]]:
    """The evaluators who hold the role now, by name."""
    query = (
        select(EvaluatorProfile, Person)
        .join(Person, Person.id == EvaluatorProfile.person_id)
        .join(
            Membership,
            and_(
                Membership.person_id == Person.id,
                Membership.tenant_id == tenant_id,
                Membership.role == str(Role.EVALUATOR),
            ),
        )
        .order_by(Person.name, Person.id)
    )
    return [(profile, person) for profile, person in db.session.execute(query)]


def belongs_to_applicant(person_id: UUID, case: Case) -> bool:
    """Whether somebody has a role in the organisation that applies: she never evaluates, whatever she declares."""
    query = select(OrganisationMember.id).where(
        OrganisationMember.person_id == person_id, OrganisationMember.organisation_id == case.organisation_id
    )
    return db.session.scalars(query).first() is not None


def evaluators(tenant_id: int, round_id: UUID) -> list[Evaluator]:
    """Everybody who may be asked in a round, with what she is bound to and how much she has in it already."""
    load_query = (
        select(Evaluation.person_id, func.count())
        .where(Evaluation.round_id == round_id, Evaluation.state.in_(AT_WORK))
        .group_by(Evaluation.person_id)
    )
    load = {row[0]: row[1] for row in db.session.execute(load_query)}
    found = [(profile, person) for profile, person in profiles(tenant_id) if profile.active and person.active]
    belongs: dict[UUID, list[str]] = {}
    member_query = (
        select(OrganisationMember.person_id, Organisation.name)
        .join(Organisation, Organisation.id == OrganisationMember.organisation_id)
        .where(OrganisationMember.person_id.in_([person.id for _, person in found]))
    )
    for person_id, name in db.session.execute(member_query):
        belongs.setdefault(person_id, []).append(name)
    return [
        Evaluator(
            person.id,
            person.name,
            frozenset(profile.expertise),
            frozenset(profile.languages),
            frozenset(profile.countries),
            tuple(profile.ties),
            tuple(belongs.get(person.id, ())),
            profile.most_cases,
            load.get(person.id, 0),
        )
        for profile, person in found
    ]


def subjects(cases: Iterable[Case]) -> list[Subject]:
    """The cases as the rules see them, by what was last submitted."""
    found = list(cases)
    keys = [case.id for case in found]
    snapshots: dict[UUID, Submission] = {}
    for snapshot in db.session.scalars(
        select(Submission).where(Submission.case_id.in_(keys)).order_by(Submission.number)
    ):
        snapshots[snapshot.case_id] = snapshot
    languages = {case.id: {case.language} for case in found}
    for case_id, language in db.session.execute(
        select(TranslationVersion.case_id, TranslationVersion.language).where(
            TranslationVersion.case_id.in_(keys), TranslationVersion.accepted_at.is_not(None)
        )
    ):
        languages[case_id].add(language)
    applicant_query = select(Organisation.id, Organisation.name).where(
        Organisation.id.in_({case.organisation_id for case in found})
    )
    applicants = {row[0]: row[1] for row in db.session.execute(applicant_query)}
    return [
        _subject(case, snapshots.get(case.id), applicants.get(case.organisation_id, ""), frozenset(languages[case.id]))
        for case in found
    ]


def names_of(case: Case, snapshot: Submission) -> tuple[list[str], list[str]]:
    """Every name by which an application could be recognised, and those of its people.

    Cities in every language the gazetteer knows: a translation writes them as its readers do.
    """
    form = instruments.form(case.instrument, case.process, snapshot.form_version)
    names = [*blind.names_in(form, snapshot.answers), case.city, *case.city.split(", ")]
    numbers = set(blind.cities_in(form, snapshot.answers))
    applicant = db.session.scalars(select(Organisation).where(Organisation.id == case.organisation_id)).first()
    if applicant is not None:
        names.append(applicant.name)
        numbers |= {applicant.city_id} if applicant.city_id else set()
    for city in db.session.scalars(select(City).where(City.id.in_(numbers))):
        names += [city.name, *city.names.values()]
    return names, blind.people_in(form, snapshot.answers)


def _subject(case: Case, snapshot: Submission | None, applicant: str, languages: frozenset[str]) -> Subject:
    parties: list[str] = []
    people: list[str] = []
    subjects_of = frozenset({case.instrument})
    if snapshot is not None:
        form = instruments.form(case.instrument, case.process, snapshot.form_version)
        parties, people = blind.organisations_in(form, snapshot.answers), blind.people_in(form, snapshot.answers)
        subjects_of = topics.of(case.instrument, form, snapshot.answers)
    return Subject(
        case.id,
        case.reference,
        case.country or "",
        tuple(dict.fromkeys(name for name in (*case.city.split(", "), case.city) if name)),
        tuple(dict.fromkeys(name for name in (applicant, *parties) if name)),
        tuple(people),
        subjects_of,
        languages,
    )

"""Read evaluators, rounds and evaluations. What an evaluator may read of a case is decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, and_, exists, func, select

from portal.accounts.models import Membership, Person
from portal.calls.models import Call
from portal.calls.rules import instruments
from portal.cases.models import APPLICATION, Case, Submission
from portal.core.actor import Actor, Role
from portal.core.errors import NotFound
from portal.core.permissions import Permission, holds
from portal.evaluation.models import Consensus, Evaluation, EvaluationRound, EvaluatorProfile, RankedCase
from portal.evaluation.rules.blind import names_in
from portal.evaluation.rules.known import Evaluator, Subject
from portal.infra.db import db
from portal.organisations.models import Organisation, OrganisationMember
from portal.translation.models import TranslationVersion

ASSIGNED, CONFLICTED, DECLARED, DRAFT, FILED = "assigned", "conflicted", "declared", "draft", "filed"
RELEASED, DECLINED = "released", "declined"
#: she has declared herself free: only then is a text of the case hers to read
READABLE = (DECLARED, DRAFT, FILED)
#: the case counts as hers; in the other states somebody else is needed
AT_WORK = (ASSIGNED, *READABLE)
OPEN = "open"

Mine = Select[Evaluation, EvaluationRound, Case]


def _mine(actor: Actor, now: datetime, states: Iterable[str]) -> Mine:
    """Her evaluations in some states, within the window of an open round; none once her role was taken."""
    held = exists().where(
        Membership.tenant_id == actor.tenant_id,
        Membership.person_id == actor.person_id,
        Membership.role == str(Role.EVALUATOR),
    )
    return (
        select(Evaluation, EvaluationRound, Case)
        .join(EvaluationRound, EvaluationRound.id == Evaluation.round_id)
        .join(Case, Case.id == Evaluation.case_id)
        .where(
            held,
            Evaluation.person_id == actor.person_id,
            Evaluation.state.in_(tuple(states)),
            EvaluationRound.state == OPEN,
            EvaluationRound.opens_at <= now,
            EvaluationRound.closes_at > now,
            Case.is_submitted.is_(True),
        )
    )


def readable(actor: Actor, now: datetime) -> Mine:
    """The cases whose texts an evaluator may read now: she has declared herself free and the window is open.

    :param now: UTC; the window's first instant belongs to it, its last does not.
    """
    return _mine(actor, now, READABLE)


def listed(actor: Actor, now: datetime) -> Mine:
    """What stands in her list: also what she has not declared herself on, of which only bare facts may be shown."""
    return _mine(actor, now, AT_WORK).order_by(EvaluationRound.closes_at, Evaluation.assigned_at, Evaluation.id)


def one_listed(actor: Actor, evaluation_id: UUID, now: datetime) -> Row[Evaluation, EvaluationRound, Case]:
    """One of hers, to declare herself on. :raises NotFound: for every other, whether or not it exists."""
    return _one(listed(actor, now).order_by(None), evaluation_id)


def one_readable(actor: Actor, evaluation_id: UUID, now: datetime) -> Row[Evaluation, EvaluationRound, Case]:
    """One whose texts she may read. :raises NotFound: for every other, whether or not it exists."""
    return _one(readable(actor, now), evaluation_id)


def _one(query: Mine, evaluation_id: UUID) -> Row[Evaluation, EvaluationRound, Case]:
    found = db.session.execute(query.where(Evaluation.id == evaluation_id)).first()
    if found is None:
        raise NotFound
    return found


# -- the secretariat's


def rounds(actor: Actor) -> list[EvaluationRound]:
    """Every round, the latest first. :raises NotFound: for anybody outside the secretariat."""
    _staff(actor)
    return list(
        db.session.scalars(select(EvaluationRound).order_by(EvaluationRound.opens_at.desc(), EvaluationRound.code))
    )


def round_by_code(actor: Actor, code: str) -> EvaluationRound:
    """A round as the secretariat sees it. :raises NotFound: when there is none, or for anybody else."""
    _staff(actor)
    found = db.session.scalars(select(EvaluationRound).where(EvaluationRound.code == code)).first()
    if found is None:
        raise NotFound
    return found


def _staff(actor: Actor) -> None:
    if not holds(actor, Permission.EVALUATION_READ):
        raise NotFound


def cases_of(row: EvaluationRound) -> list[Case]:
    """The submitted, open applications of a round: of its call, or of its instrument when it has no call."""
    query = select(Case).where(
        Case.kind == APPLICATION,
        Case.instrument == row.instrument,
        Case.is_submitted.is_(True),
        Case.is_open.is_(True),
    )
    if row.call_id is not None:
        query = query.where(Case.call_id == row.call_id)
    return list(db.session.scalars(query.order_by(Case.reference)))


def case_of(row: EvaluationRound, reference: str) -> Case:
    """A case of a round. :raises NotFound: when it is not one of them."""
    found = next((case for case in cases_of(row) if case.reference == reference), None)
    if found is None:
        raise NotFound
    return found


def evaluations_of(round_id: UUID, case_id: UUID | None = None) -> list[tuple[Evaluation, str]]:
    """The evaluations of a round, or of one of its cases, each with the evaluator's name."""
    query = (
        select(Evaluation, Person.name)
        .join(Person, Person.id == Evaluation.person_id)
        .where(Evaluation.round_id == round_id)
        .order_by(Evaluation.assigned_at, Evaluation.id)
    )
    if case_id is not None:
        query = query.where(Evaluation.case_id == case_id)
    return [(row, name) for row, name in db.session.execute(query)]


def consensus_of(round_id: UUID, case_id: UUID) -> Consensus | None:
    """What the reviewers of a case agreed on, if anything was written yet."""
    query = select(Consensus).where(Consensus.round_id == round_id, Consensus.case_id == case_id)
    return db.session.scalars(query).first()


def rounds_with(case_id: UUID) -> list[EvaluationRound]:
    """The rounds in which somebody was asked about a case, the latest first."""
    asked = select(Evaluation.round_id).where(Evaluation.case_id == case_id)
    query = select(EvaluationRound).where(EvaluationRound.id.in_(asked))
    return list(db.session.scalars(query.order_by(EvaluationRound.opens_at.desc(), EvaluationRound.id)))


def ranking_of(round_id: UUID) -> dict[UUID, RankedCase]:
    """The places a panel gave, by case."""
    query = select(RankedCase).where(RankedCase.round_id == round_id).order_by(RankedCase.place)
    return {row.case_id: row for row in db.session.scalars(query)}


def call_of(row: EvaluationRound) -> Call | None:
    """The call of a round."""
    return db.session.scalars(select(Call).where(Call.id == row.call_id)).first() if row.call_id else None


def funded_cities() -> set[tuple[str, str]]:
    """(country, city) of every application that was funded before."""
    query = select(Case.country, Case.city).where(Case.funded_at.is_not(None), Case.kind == APPLICATION).distinct()
    return {(country or "", city) for country, city in db.session.execute(query)}


# -- people


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


def _subject(case: Case, snapshot: Submission | None, applicant: str, languages: frozenset[str]) -> Subject:
    names: list[str] = []
    topics = {case.instrument}
    if snapshot is not None:
        form = instruments.form(case.instrument, case.process, snapshot.form_version)
        names = names_in(form, snapshot.answers)
        for section, question in form.each():
            if question.promote == "activity_type":
                topics.add(str(snapshot.answers.get(section.code, {}).get(question.code) or case.instrument))
    return Subject(
        case.id,
        case.reference,
        case.country or "",
        # Names of cities, of parties and of people all stand in the answers; what a tie says may be any of them.
        tuple(dict.fromkeys(name for name in (*case.city.split(", "), case.city) if name)),
        tuple(dict.fromkeys(name for name in (applicant, *names) if name)),
        tuple(dict.fromkeys(names)),
        frozenset(topics),
        languages,
    )

"""The rows of one generated case, for every table it stands in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from uuid_utils.compat import uuid7

from portal.cases.models import Answers, Case, Event, Submission
from portal.cases.rules.chain import digest
from portal.demo.bulk.dossiers import Dossier, Written
from portal.demo.bulk.templates import APPLICATION, REPORT, Template
from portal.grants.models import Grant, GrantLine, Payment, Tranche
from portal.infra.search import Entry, Visibility
from portal.review.models import Assessment, Decision
from portal.standards.models import Clock
from portal.tenants.models import Tenant
from portal.translation.models import TranslationVersion

#: In the order in which rows may refer to each other.
TABLES = (Case, Answers, Submission, Event, Clock, TranslationVersion, Assessment, Decision, Grant, GrantLine, Tranche,
          Payment)  # fmt: skip


@dataclass(slots=True)
class Batch:
    """Rows waiting to be inserted, by table, and the texts by which their cases are found."""

    rows: dict[Any, list[dict[str, Any]]] = field(default_factory=lambda: {table: [] for table in TABLES})
    entries: list[Entry] = field(default_factory=list)

    def add(self, table: Any, **values: Any) -> UUID:
        """Add a row with an id of its own; returns the id."""
        values["id"] = key = uuid7()
        self.rows[table].append(values)
        return key


@dataclass(frozen=True, slots=True)
class Who:
    """A person as an event names her."""

    id: UUID | None
    name: str


@dataclass(frozen=True, slots=True)
class Parties:
    """Who acts in a generated case; keys as in ``plots.ROLE_OF``, and "finance2" who approves payments."""

    people: dict[str, Who]

    def __getitem__(self, key: str) -> Who:
        return self.people[key]


@dataclass(slots=True)
class Link:
    """An event as its digest reads it."""

    tenant_id: int
    case_id: UUID
    seq: int
    at: datetime
    kind: str
    subject: str | None
    actor_id: UUID | None
    actor_name: str
    actor_role: str
    audience: str
    data: dict[str, Any]
    previous_hash: str
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Generated:
    """One case before its rows are made."""

    tenant: Tenant
    instrument: str
    call_id: UUID
    organisation_id: UUID
    country: str
    reference: str
    template: Template
    dossier: Dossier
    written: Written
    parties: Parties
    form_checksum: str
    translated: bool


def add(batch: Batch, made: Generated) -> None:
    """Add every row of a case to a batch."""
    template, when = made.template, made.template.when
    case_id = uuid7()
    last = _events(batch, made, case_id, template)
    batch.rows[Case].append(_case(made, case_id, template, last))
    _answers(batch, made, case_id)
    _clocks(batch, case_id, template)
    if "submitted" in when:
        _submission(batch, made, case_id)
    if made.translated and "translation_requested" in when:
        _translation(batch, made, case_id)
    if "recommended" in when:
        _assessment(batch, made, case_id)
    _decision(batch, made, case_id)
    if "letter_sent" in when and "approved" in when:
        _grant(batch, made, case_id)
    if template.report is not None:
        _report(batch, made, case_id, template.report)
    _findable(batch, made, case_id)


def _case(made: Generated, case_id: UUID, template: Template, last: tuple[int, str]) -> dict[str, Any]:
    followed = template.columns["is_submitted"]
    return {
        "id": case_id,
        "reference": made.reference,
        "kind": APPLICATION,
        "instrument": made.instrument,
        "process": APPLICATION,
        "form_version": 1,
        "workflow_version": 1,
        "parent_id": None,
        "subject": "",
        "call_id": made.call_id,
        "organisation_id": made.organisation_id,
        "monitor_id": made.parties["officer"].id if followed else None,
        "started_by": made.parties["lead"].id,
        "language": made.dossier.language,
        "title": made.written.title,
        "title_translated": None,
        "country": made.country,
        "city": made.written.city,
        "amount": made.dossier.amount,
        "currency": made.tenant.currency,
        "returned_sections": {"budget": made.dossier.summary} if template.state == "returned" else {},
        "access_code_digest": None,
        "last_seq": last[0],
        "last_hash": last[1],
        **template.columns,
    }


def _events(batch: Batch, made: Generated, case_id: UUID, template: Template) -> tuple[int, str]:
    """Chain the facts; returns number and digest of the last."""
    previous, seq = "", 0
    for seq, fact in enumerate(template.facts, 1):
        who, data = made.parties[fact.by], fact.data
        if fact.kind in ("submitted", "resubmitted"):
            data = {**data, "submission": 1, "sha256": made.written.sha256}
            if fact.kind == "submitted":
                data["deadline"] = fact.at.astimezone(ZoneInfo(made.tenant.zone)).date().isoformat()
        elif "copied_from" in data:
            data = {**data, "copied_from": f"{made.reference}-R1"}
        link = Link(
            made.tenant.id, case_id, seq, fact.at, fact.kind, fact.subject, who.id, who.name, fact.role, fact.audience,
            data, previous,
        )  # fmt: skip
        link.hash = digest(link)
        batch.add(
            Event, case_id=case_id, seq=seq, at=fact.at, kind=fact.kind, subject=fact.subject, actor_id=who.id,
            actor_name=who.name, actor_role=fact.role, audience=fact.audience, data=data, previous_hash=previous,
            hash=link.hash,
        )  # fmt: skip
        previous = link.hash
    return seq, previous


def _clocks(batch: Batch, case_id: UUID, template: Template) -> None:
    for values in template.clocks:
        batch.add(Clock, case_id=case_id, **values)


def _answers(batch: Batch, made: Generated, case_id: UUID) -> None:
    """The sections as they stand. Who typed what when is kept for drafts alone: nobody else types beside another."""
    at, who = made.template.columns["created_at"], made.parties["lead"]
    stamp = {"rev": 1, "at": at.isoformat(), "by": str(who.id), "name": who.name}
    draft = made.template.state == "draft"
    for section, data in made.written.answers.items():
        batch.add(
            Answers,
            case_id=case_id,
            section=section,
            data=data,
            stamps=dict.fromkeys(data, stamp) if draft else {},
            version=1,
            changed_at=at,
            changed_by=who.id,
        )


def _submission(batch: Batch, made: Generated, case_id: UUID) -> None:
    batch.add(
        Submission,
        case_id=case_id,
        number=1,
        answers=made.written.answers,
        sha256=made.written.sha256,
        form_version=1,
        form_checksum=made.form_checksum,
        submitted_at=made.template.when["submitted"],
        submitted_by=made.parties["lead"].id,
        signed_by_name=made.parties["signatory"].name,
    )


def _translation(batch: Batch, made: Generated, case_id: UUID) -> None:
    when, who = made.template.when, made.parties["translator"]
    filed, accepted = when.get("translation_filed"), when.get("translation_accepted")
    batch.add(
        TranslationVersion,
        case_id=case_id,
        submission_number=1,
        language=made.tenant.working_languages[0],
        version=1,
        texts=made.dossier.translation,
        state="accepted" if accepted else "filed" if filed else "draft",
        translator_id=who.id,
        translator_name=who.name,
        changed_at=filed or when["translation_requested"],
        filed_at=filed,
        accepted_at=accepted,
        accepted_by_name=made.parties["officer"].name if accepted else "",
    )


def _assessment(batch: Batch, made: Generated, case_id: UUID) -> None:
    at, who = made.template.when["recommended"], made.parties["officer"]
    declined = "declined" in made.template.when
    batch.add(
        Assessment,
        case_id=case_id,
        number=1,
        form_version=1,
        answers=made.dossier.assessment,
        recommendation="decline" if declined else "approve",
        state="filed",
        assessor_id=who.id,
        assessor_name=who.name,
        changed_at=at,
        filed_at=at,
    )


def _decision(batch: Batch, made: Generated, case_id: UUID) -> None:
    outcomes = {"approved": "approved", "declined": "declined", "found_not_eligible": "not_eligible"}
    for kind, outcome in outcomes.items():
        at = made.template.when.get(kind)
        if at is not None:
            who = made.parties["manager"]
            batch.add(
                Decision,
                case_id=case_id,
                outcome=outcome,
                grounds=made.dossier.summary,
                conditions="",
                decided_by=who.id,
                decided_by_name=who.name,
                decided_at=at,
                undone_at=None,
            )


def _grant(batch: Batch, made: Generated, case_id: UUID) -> None:
    when, signatory, amount = made.template.when, made.parties["signatory"], made.dossier.amount
    accepted = when.get("agreement_accepted") if signatory.id else None
    grant_id = batch.add(
        Grant,
        case_id=case_id,
        submission_number=1,
        amount=amount,
        currency=made.tenant.currency,
        duration_months=int(made.dossier.answers["budget"]["duration"]),
        created_at=when["letter_sent"],
        signatory_id=signatory.id,
        signatory_name=signatory.name,
        sent_at=when.get("agreement_sent"),
        accepted_at=accepted,
        accepted_by=signatory.id if accepted else None,
        accepted_name=signatory.name if accepted else "",
        accepted_address="192.0.2.10" if accepted else "",
        closed_at=when.get("completed"),
    )
    reported = "report_accepted" in when
    for number, (label, category, planned) in enumerate(made.dossier.lines, 1):
        spent = planned if reported else Decimal(0)
        batch.add(
            GrantLine, grant_id=grant_id, number=number, label=label, category=category, amount=planned, spent=spent
        )
    _tranches(batch, made, grant_id, amount)


def _tranches(batch: Batch, made: Generated, grant_id: UUID, amount: Decimal) -> None:
    """The parts in which the grant is paid; the last one takes what rounding leaves."""
    shares = made.tenant.policy.tranche_shares
    left = amount
    for number, share in enumerate(shares, 1):
        part = left if number == len(shares) else (amount * share / 100).quantize(Decimal("0.01"))
        left -= part
        released, paid = (_instant(made.template, kind, f"tranche-{number}") for kind in ("tranche_released", "paid"))
        tranche_id = batch.add(
            Tranche,
            grant_id=grant_id,
            number=number,
            amount=part,
            condition="agreement_accepted" if number == 1 else f"report_accepted:{number - 1}",
            released_at=released,
            paid_at=paid,
        )
        if paid is not None:
            _payment(batch, made, tranche_id, part, paid, number)


def _payment(batch: Batch, made: Generated, tranche_id: UUID, part: Decimal, paid: datetime, number: int) -> None:
    first, second = made.parties["finance"], made.parties["finance2"]
    batch.add(
        Payment,
        tranche_id=tranche_id,
        amount=part,
        currency=made.tenant.currency,
        paid_on=paid.date(),
        bank_reference=f"{made.reference}-{number}",
        entered_by=first.id,
        entered_by_name=first.name,
        entered_at=paid,
        approved_by=second.id,
        approved_by_name=second.name,
        approved_at=paid,
        refused_at=None,
    )


def _instant(template: Template, kind: str, subject: str) -> datetime | None:
    return next((fact.at for fact in template.facts if fact.kind == kind and fact.subject == subject), None)


def _report(batch: Batch, made: Generated, parent_id: UUID, template: Template) -> None:
    """The first report of a grant, as a case of its own."""
    case_id = uuid7()
    last = _events(batch, made, case_id, template)
    row = _case(made, case_id, template, last)
    row |= {
        "reference": f"{made.reference}-R1",
        "kind": "report",
        "process": REPORT,
        "parent_id": parent_id,
        "subject": "report-1",
        "started_by": None,
    }
    batch.rows[Case].append(row)
    _clocks(batch, case_id, template)


def _findable(batch: Batch, made: Generated, case_id: UUID) -> None:
    text = f"{made.written.title} {made.written.city}"
    batch.entries.append(Entry(case_id, text, Visibility.applicant, made.reference, made.dossier.terms))

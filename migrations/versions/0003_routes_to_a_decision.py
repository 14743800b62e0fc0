"""The routes to a decision: calls with changes, sponsors, circulars, evaluators, tracks, conditions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.infra import fences
from portal.infra.db import Amount, Instant, Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: the new tables whose rows belong to tenants
OWNED = (
    "call_change",
    "case_condition",
    "case_track",
    "circular",
    "circular_addressee",
    "circular_item",
    "clarification",
    "consensus",
    "evaluation",
    "evaluation_round",
    "evaluator_profile",
    "member_comment",
    "member_period",
    "member_stance",
    "message_version",
    "ranked_case",
    "sponsorship",
)


#: table → the check that gets wider, with what it allows before and after
CHECKS = {
    "organisation_member": (
        "role",
        ("lead", "contributor", "signatory", "viewer"),
        ("lead", "contributor", "signatory", "viewer", "focal_point"),
    ),
    "decision": (
        "outcome",
        ("approved", "approved_with_conditions", "declined", "not_eligible"),
        (
            "approved",
            "approved_with_conditions",
            "approved_in_principle",
            "declined",
            "revise_and_resubmit",
            "not_eligible",
        ),
    ),
}


def _check(table: str, column: str, values: tuple[str, ...]) -> None:
    """Let a column hold these values and no others."""
    allowed = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{column}"), f"{column} IN ({allowed})")


def upgrade() -> None:
    """Bring the database here."""
    for table, (column, _before, after) in CHECKS.items():
        _check(table, column, after)
    op.create_table(
        "call_change",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("before", Instant(), nullable=True),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.String(length=200), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('announced', 'extension', 'late_entry', 'changed')", name=op.f("ck_call_change_kind")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_call_change_decided_by")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "call_id"], ["call.tenant_id", "call.id"], name=op.f("fk_call_change_tenant_id_call_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "organisation_id"],
            ["organisation.tenant_id", "organisation.id"],
            name=op.f("fk_call_change_tenant_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_call_change")),
    )
    op.create_index("ix_call_change_call", "call_change", ["tenant_id", "call_id", "decided_at"], unique=False)
    op.create_table(
        "circular",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'sent')", name=op.f("ck_circular_state")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_circular_made_by")),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name=op.f("fk_circular_sent_by")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_circular")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_circular_tenant_id_number")),
    )
    op.create_table(
        "clarification",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("public_question", Json, nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("answered_by_name", sa.String(length=200), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_clarification_asked_by")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "call_id"], ["call.tenant_id", "call.id"], name=op.f("fk_clarification_tenant_id_call_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_clarification")),
        sa.UniqueConstraint("tenant_id", "call_id", "number", name=op.f("uq_clarification_tenant_id_call_id_number")),
    )
    op.create_table(
        "evaluation_round",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", Json, nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("opens_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("shows_others", sa.Boolean(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("honorarium", Amount(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.CheckConstraint("state IN ('planned', 'open', 'closed')", name=op.f("ck_evaluation_round_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "call_id"], ["call.tenant_id", "call.id"], name=op.f("fk_evaluation_round_tenant_id_call_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evaluation_round")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_evaluation_round_tenant_id_code")),
    )
    op.create_table(
        "evaluator_profile",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("expertise", Json, nullable=False),
        sa.Column("languages", Json, nullable=False),
        sa.Column("countries", Json, nullable=False),
        sa.Column("ties", Json, nullable=False),
        sa.Column("most_cases", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("invited_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_evaluator_profile_person_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evaluator_profile")),
        sa.UniqueConstraint("tenant_id", "person_id", name=op.f("uq_evaluator_profile_tenant_id_person_id")),
    )
    op.create_table(
        "member_period",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_member_period_order")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_member_period_recorded_by")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "organisation_id"],
            ["organisation.tenant_id", "organisation.id"],
            name=op.f("fk_member_period_tenant_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_member_period")),
    )
    op.create_index(
        "ix_member_period_organisation", "member_period", ["tenant_id", "organisation_id", "starts_on"], unique=False
    )
    op.create_table(
        "case_track",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by_name", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'ended', 'waived')", name=op.f("ck_case_track_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_case_track_tenant_id_case_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_track")),
        sa.UniqueConstraint("tenant_id", "case_id", "code", name=op.f("uq_case_track_tenant_id_case_id_code")),
    )
    op.create_table(
        "circular_addressee",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("circular_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'reached', 'bounced')", name=op.f("ck_circular_addressee_state")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_circular_addressee_person_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "circular_id"],
            ["circular.tenant_id", "circular.id"],
            name=op.f("fk_circular_addressee_tenant_id_circular_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "organisation_id"],
            ["organisation.tenant_id", "organisation.id"],
            name=op.f("fk_circular_addressee_tenant_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_circular_addressee")),
        sa.UniqueConstraint(
            "tenant_id", "circular_id", "organisation_id", "person_id", name="uq_circular_addressee_one"
        ),
    )
    op.create_table(
        "circular_item",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("circular_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=15), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("opens_at", Instant(), nullable=True),
        sa.Column("closes_at", Instant(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("part IN ('recommended', 'coordination', 'approved')", name=op.f("ck_circular_item_part")),
        sa.CheckConstraint(
            "state IN ('listed', 'open', 'contested', 'ended', 'cancelled')", name=op.f("ck_circular_item_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_circular_item_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "circular_id"],
            ["circular.tenant_id", "circular.id"],
            name=op.f("fk_circular_item_tenant_id_circular_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_circular_item")),
        sa.UniqueConstraint(
            "tenant_id", "circular_id", "case_id", name=op.f("uq_circular_item_tenant_id_circular_id_case_id")
        ),
    )
    op.create_index("ix_circular_item_case", "circular_item", ["tenant_id", "case_id", "opens_at"], unique=False)
    op.create_index("ix_circular_item_open", "circular_item", ["tenant_id", "state", "closes_at"], unique=False)
    op.create_table(
        "consensus",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("answers", Json, nullable=False),
        sa.Column("score", Amount(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("moderator_id", sa.Uuid(), nullable=True),
        sa.Column("moderator_name", sa.String(length=200), nullable=False),
        sa.Column("signatures", Json, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'signed')", name=op.f("ck_consensus_state")),
        sa.ForeignKeyConstraint(["moderator_id"], ["person.id"], name=op.f("fk_consensus_moderator_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_consensus_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "round_id"],
            ["evaluation_round.tenant_id", "evaluation_round.id"],
            name=op.f("fk_consensus_tenant_id_round_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_consensus")),
        sa.UniqueConstraint("tenant_id", "round_id", "case_id", name=op.f("uq_consensus_tenant_id_round_id_case_id")),
    )
    op.create_table(
        "evaluation",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("declaration", sa.Text(), nullable=False),
        sa.Column("declared_at", Instant(), nullable=True),
        sa.Column("answers", Json, nullable=False),
        sa.Column("score", Amount(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("recommendation", sa.String(length=40), nullable=False),
        sa.Column("assigned_by", sa.Uuid(), nullable=True),
        sa.Column("assigned_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("filed_at", Instant(), nullable=True),
        sa.Column("reminded_at", Instant(), nullable=True),
        sa.Column("honorarium_state", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "honorarium_state IN ('', 'due', 'paid', 'waived')", name=op.f("ck_evaluation_honorarium_state")
        ),
        sa.CheckConstraint(
            "state IN ('assigned', 'conflicted', 'declared', 'draft', 'filed', 'released', 'declined')",
            name=op.f("ck_evaluation_state"),
        ),
        sa.ForeignKeyConstraint(["assigned_by"], ["person.id"], name=op.f("fk_evaluation_assigned_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_evaluation_person_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_evaluation_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "round_id"],
            ["evaluation_round.tenant_id", "evaluation_round.id"],
            name=op.f("fk_evaluation_tenant_id_round_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint(
            "tenant_id",
            "round_id",
            "case_id",
            "person_id",
            name=op.f("uq_evaluation_tenant_id_round_id_case_id_person_id"),
        ),
    )
    op.create_index("ix_evaluation_case", "evaluation", ["tenant_id", "case_id", "state"], unique=False)
    op.create_index("ix_evaluation_person", "evaluation", ["tenant_id", "person_id", "state"], unique=False)
    op.create_table(
        "ranked_case",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("score", Amount(), nullable=True),
        sa.Column("amount", Amount(), nullable=True),
        sa.Column("recommended", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_ranked_case_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "round_id"],
            ["evaluation_round.tenant_id", "evaluation_round.id"],
            name=op.f("fk_ranked_case_tenant_id_round_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ranked_case")),
        sa.UniqueConstraint("tenant_id", "round_id", "case_id", name=op.f("uq_ranked_case_tenant_id_round_id_case_id")),
    )
    op.create_index("ix_ranked_case_place", "ranked_case", ["tenant_id", "round_id", "place"], unique=False)
    op.create_table(
        "sponsorship",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("invited_at", Instant(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_by_name", sa.String(length=200), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('invited', 'confirmed', 'proved', 'declined', 'withdrawn')", name=op.f("ck_sponsorship_state")
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_sponsorship_answered_by")),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"], name=op.f("fk_sponsorship_invited_by")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_sponsorship_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "organisation_id"],
            ["organisation.tenant_id", "organisation.id"],
            name=op.f("fk_sponsorship_tenant_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sponsorship")),
        sa.UniqueConstraint(
            "tenant_id", "case_id", "organisation_id", name=op.f("uq_sponsorship_tenant_id_case_id_organisation_id")
        ),
    )
    op.create_index(
        "ix_sponsorship_organisation", "sponsorship", ["tenant_id", "organisation_id", "state"], unique=False
    )
    op.create_table(
        "case_condition",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("changed_by_name", sa.String(length=200), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('condition', 'obligation')", name=op.f("ck_case_condition_kind")),
        sa.CheckConstraint("state IN ('open', 'claimed', 'met', 'waived')", name=op.f("ck_case_condition_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_case_condition_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "decision_id"],
            ["decision.tenant_id", "decision.id"],
            name=op.f("fk_case_condition_tenant_id_decision_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_condition")),
        sa.UniqueConstraint("tenant_id", "case_id", "number", name=op.f("uq_case_condition_tenant_id_case_id_number")),
    )
    op.create_index("ix_case_condition_due", "case_condition", ["tenant_id", "state", "due_on"], unique=False)
    op.create_table(
        "member_comment",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("answer_kind", sa.String(length=12), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_name", sa.String(length=200), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "answer_kind IN ('', 'accepted', 'explained', 'referred')", name=op.f("ck_member_comment_answer_kind")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_member_comment_person_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_member_comment_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["circular_item.tenant_id", "circular_item.id"],
            name=op.f("fk_member_comment_tenant_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "organisation_id"],
            ["organisation.tenant_id", "organisation.id"],
            name=op.f("fk_member_comment_tenant_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_member_comment")),
    )
    op.create_index("ix_member_comment_case", "member_comment", ["tenant_id", "case_id", "made_at"], unique=False)
    op.create_table(
        "member_stance",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("person_name", sa.String(length=200), nullable=False),
        sa.Column("stance", sa.String(length=15), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by_name", sa.String(length=200), nullable=False),
        sa.Column("ending", sa.String(length=12), nullable=False),
        sa.Column("ending_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "ending IN ('', 'withdrawn', 'resolved', 'overruled', 'replaced')", name=op.f("ck_member_stance_ending")
        ),
        sa.CheckConstraint(
            "stance IN ('no_objection', 'objection', 'discussion', 'recused')", name=op.f("ck_member_stance_stance")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_member_stance_person_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_member_stance_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "item_id"],
            ["circular_item.tenant_id", "circular_item.id"],
            name=op.f("fk_member_stance_tenant_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "organisation_id"],
            ["organisation.tenant_id", "organisation.id"],
            name=op.f("fk_member_stance_tenant_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_member_stance")),
    )
    op.create_index("ix_member_stance_item", "member_stance", ["tenant_id", "item_id", "made_at"], unique=False)
    op.create_table(
        "message_version",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("replaced_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["case_message.tenant_id", "case_message.id"],
            name=op.f("fk_message_version_tenant_id_message_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_message_version")),
    )
    op.create_index(
        "ix_message_version_message", "message_version", ["tenant_id", "message_id", "replaced_at"], unique=False
    )
    op.add_column("call", sa.Column("is_draft", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("call", sa.Column("envelope", Amount(), nullable=True))
    op.add_column("call", sa.Column("next_instrument", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("call", sa.Column("next_months", sa.Integer(), nullable=False, server_default="2"))
    op.add_column("case_message", sa.Column("edited_at", Instant(), nullable=True))
    op.add_column("cases", sa.Column("route", sa.String(length=30), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("follows_id", sa.Uuid(), nullable=True))
    op.add_column("decision", sa.Column("body", sa.String(length=40), nullable=False, server_default="manager"))
    op.add_column("decision", sa.Column("embargo_until", Instant(), nullable=True))
    op.add_column("decision", sa.Column("appeal_of", sa.Uuid(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for statement in fences.row_level_security(OWNED):
            op.execute(statement)


def downgrade() -> None:
    """Take it back."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in fences.drop_row_level_security(OWNED):
            op.execute(statement)
    op.drop_column("decision", "appeal_of")
    op.drop_column("decision", "embargo_until")
    op.drop_column("decision", "body")
    op.drop_column("cases", "follows_id")
    op.drop_column("cases", "route")
    op.drop_column("case_message", "edited_at")
    op.drop_column("call", "next_months")
    op.drop_column("call", "next_instrument")
    op.drop_column("call", "envelope")
    op.drop_column("call", "is_draft")
    op.drop_index("ix_message_version_message", table_name="message_version")
    op.drop_table("message_version")
    op.drop_index("ix_member_stance_item", table_name="member_stance")
    op.drop_table("member_stance")
    op.drop_index("ix_member_comment_case", table_name="member_comment")
    op.drop_table("member_comment")
    op.drop_index("ix_case_condition_due", table_name="case_condition")
    op.drop_table("case_condition")
    op.drop_index("ix_sponsorship_organisation", table_name="sponsorship")
    op.drop_table("sponsorship")
    op.drop_index("ix_ranked_case_place", table_name="ranked_case")
    op.drop_table("ranked_case")
    op.drop_index("ix_evaluation_person", table_name="evaluation")
    op.drop_index("ix_evaluation_case", table_name="evaluation")
    op.drop_table("evaluation")
    op.drop_table("consensus")
    op.drop_index("ix_circular_item_open", table_name="circular_item")
    op.drop_index("ix_circular_item_case", table_name="circular_item")
    op.drop_table("circular_item")
    op.drop_table("circular_addressee")
    op.drop_table("case_track")
    op.drop_index("ix_member_period_organisation", table_name="member_period")
    op.drop_table("member_period")
    op.drop_table("evaluator_profile")
    op.drop_table("evaluation_round")
    op.drop_table("clarification")
    op.drop_table("circular")
    op.drop_index("ix_call_change_call", table_name="call_change")
    op.drop_table("call_change")
    for table, (column, before, _after) in CHECKS.items():
        _check(table, column, before)

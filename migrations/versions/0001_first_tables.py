"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.infra import fences, search
from portal.infra.db import Amount, Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: the tables whose rows belong to tenants
OWNED = (
    "answer_conflict",
    "answers",
    "assessment",
    "attempted",
    "call",
    "case_message",
    "cases",
    "clock",
    "decision",
    "document",
    "event",
    "grant_line",
    "grants",
    "organisation",
    "organisation_member",
    "outbox_mail",
    "partnership",
    "payment",
    "reference_counter",
    "standard_version",
    "stored_file",
    "submission",
    "tranche",
    "translation_version",
)


def upgrade() -> None:
    """Bring the database here."""
    op.create_table(
        "attempt",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("blocked_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt")),
    )
    op.create_table(
        "call",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("title", Json, nullable=False),
        sa.Column("summary", Json, nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("workflow_version", sa.Integer(), nullable=False),
        sa.Column("languages", Json, nullable=False),
        sa.Column("opens_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=True),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("eligible_on", sa.Date(), nullable=False),
        sa.Column("policy_overrides", Json, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_call")),
        sa.UniqueConstraint("tenant_id", "code", name=op.f("uq_call_tenant_id_code")),
    )
    op.create_index("ix_call_instrument", "call", ["tenant_id", "instrument"], unique=False)
    op.create_table(
        "city",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("population", sa.BigInteger(), nullable=True),
        sa.Column("zone", sa.String(length=60), nullable=True),
        sa.Column("names", Json, nullable=False),
        sa.Column("search_key", sa.String(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_city")),
    )
    op.create_index("ix_city_country_population", "city", ["country", "population"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=True),
        sa.Column("payload", Json, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("run_at", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("unique_key", sa.String(length=200), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("progress", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_job_unique_key")),
    )
    op.create_index(
        "ix_job_open",
        "job",
        ["run_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index("ix_job_state_created_at", "job", ["state", "created_at"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('city', 'association', 'national_government', 'regional_government', 'member', 'ngo', 'firm')",
            name=op.f("ck_organisation_kind"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_organisation")),
    )
    op.create_index("ix_organisation_name", "organisation", ["tenant_id", "name"], unique=False)
    op.create_table(
        "outbox_mail",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("to_address", sa.String(length=320), nullable=False),
        sa.Column("to_name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text_body", sa.Text(), nullable=False),
        sa.Column("html_body", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_outbox_mail")),
        sa.UniqueConstraint("tenant_id", "message_id", name=op.f("uq_outbox_mail_tenant_id_message_id")),
    )
    op.create_index("ix_outbox_mail_case", "outbox_mail", ["tenant_id", "case_id"], unique=False)
    op.create_index("ix_outbox_mail_created", "outbox_mail", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("session_key", sa.String(length=64), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_login_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_table(
        "reference_counter",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reference_counter")),
        sa.UniqueConstraint("tenant_id", "year", name=op.f("uq_reference_counter_tenant_id_year")),
    )
    op.create_table(
        "standard_version",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("process", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", Json, nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_standard_version")),
        sa.UniqueConstraint(
            "tenant_id",
            "instrument",
            "process",
            "code",
            "version",
            name=op.f("uq_standard_version_tenant_id_instrument_process_code_version"),
        ),
    )
    op.create_table(
        "stored_file",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("storage_key", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("question", sa.String(length=200), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("tenant_id", "storage_key", name=op.f("uq_stored_file_tenant_id_storage_key")),
    )
    op.create_index("ix_stored_file_case", "stored_file", ["tenant_id", "case_id"], unique=False)
    op.create_table(
        "tenant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name_texts", Json, nullable=False),
        sa.Column("short_name", sa.String(length=80), nullable=False),
        sa.Column("welcome", Json, nullable=False),
        sa.Column("letterhead", Json, nullable=False),
        sa.Column("brand", Json, nullable=False),
        sa.Column("languages", Json, nullable=False),
        sa.Column("working_languages", Json, nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reference_prefix", sa.String(length=8), nullable=False),
        sa.Column("calendar", Json, nullable=False),
        sa.Column("policy_data", Json, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenant_slug")),
    )
    op.create_table(
        "worker_beat",
        sa.Column("worker", sa.String(length=120), nullable=False),
        sa.Column("beat_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_worker_beat")),
    )
    op.create_table(
        "affiliation",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_affiliation_person_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_affiliation_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "person_id", name=op.f("pk_affiliation")),
    )
    op.create_index("ix_affiliation_person_id", "affiliation", ["person_id"], unique=False)
    op.create_table(
        "cases",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("process", sa.String(length=40), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("workflow_version", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("monitor_id", sa.Uuid(), nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=400), nullable=False),
        sa.Column("title_translated", sa.String(length=400), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("city", sa.String(length=300), nullable=False),
        sa.Column("amount", Amount(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_since", Instant(), nullable=False),
        sa.Column("owner", sa.String(length=20), nullable=False),
        sa.Column("tab", sa.String(length=40), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("is_submitted", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("funded_at", Instant(), nullable=True),
        sa.Column("returned_sections", Json, nullable=False),
        sa.Column("access_code_digest", sa.String(length=64), nullable=True),
        sa.Column("urgent_at", Instant(), nullable=False),
        sa.Column("urgent_warn_at", Instant(), nullable=True),
        sa.Column("urgent_from", Instant(), nullable=True),
        sa.Column("urgent_code", sa.String(length=20), nullable=False),
        sa.Column("urgent_paused", sa.Boolean(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(kind = 'report') = (parent_id IS NOT NULL)", name=op.f("ck_cases_report_has_parent")),
        sa.CheckConstraint("kind IN ('application', 'report')", name=op.f("ck_cases_kind")),
        sa.ForeignKeyConstraint(["monitor_id"], ["person.id"], name=op.f("fk_cases_monitor_id")),
        sa.ForeignKeyConstraint(["started_by"], ["person.id"], name=op.f("fk_cases_started_by")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "call_id"], ["call.tenant_id", "call.id"], name=op.f("fk_cases_tenant_id_call_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "organisation_id"],
            ["organisation.tenant_id", "organisation.id"],
            name=op.f("fk_cases_tenant_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_cases_tenant_id_parent_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cases")),
        sa.UniqueConstraint("tenant_id", "reference", name=op.f("uq_cases_tenant_id_reference")),
    )
    op.create_index("ix_cases_changed", "cases", ["tenant_id", "organisation_id", "changed_at"], unique=False)
    op.create_index(
        "ix_cases_country", "cases", ["tenant_id", "is_submitted", "country", "urgent_at", "id"], unique=False
    )
    op.create_index("ix_cases_desk", "cases", ["tenant_id", "is_submitted", "is_open", "urgent_at", "id"], unique=False)
    op.create_index("ix_cases_funded", "cases", ["tenant_id", "funded_at", "id"], unique=False)
    op.create_index(
        "ix_cases_language", "cases", ["tenant_id", "is_submitted", "language", "urgent_at", "id"], unique=False
    )
    op.create_index(
        "ix_cases_monitor", "cases", ["tenant_id", "monitor_id", "is_open", "urgent_at", "id"], unique=False
    )
    op.create_index(
        "ix_cases_organisation", "cases", ["tenant_id", "organisation_id", "is_open", "urgent_at", "id"], unique=False
    )
    op.create_index("ix_cases_parent", "cases", ["tenant_id", "parent_id"], unique=False)
    op.create_index("ix_cases_tab", "cases", ["tenant_id", "is_submitted", "tab", "urgent_at", "id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_membership_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "person_id", "role", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_person_id", "membership", ["person_id"], unique=False)
    op.create_table(
        "organisation_member",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.CheckConstraint(
            "role IN ('lead', 'contributor', 'signatory', 'viewer')", name=op.f("ck_organisation_member_role")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_organisation_member_person_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "organisation_id"],
            ["organisation.tenant_id", "organisation.id"],
            name=op.f("fk_organisation_member_tenant_id_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_organisation_member")),
        sa.UniqueConstraint(
            "tenant_id",
            "organisation_id",
            "person_id",
            "role",
            name=op.f("uq_organisation_member_tenant_id_organisation_id_person_id_role"),
        ),
    )
    op.create_index("ix_organisation_member_person", "organisation_member", ["tenant_id", "person_id"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('invitation', 'reset')", name=op.f("ck_ticket_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ticket_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_ticket")),
    )
    op.create_table(
        "answer_conflict",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("section", sa.String(length=60), nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.Column("typed_at", Instant(), nullable=False),
        sa.Column("typed_by", sa.Uuid(), nullable=True),
        sa.Column("typed_by_name", sa.String(length=200), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_answer_conflict_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(["typed_by"], ["person.id"], name=op.f("fk_answer_conflict_typed_by")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_answer_conflict")),
    )
    op.create_index("ix_answer_conflict_case", "answer_conflict", ["tenant_id", "case_id", "settled_at"], unique=False)
    op.create_table(
        "answers",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("section", sa.String(length=60), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("stamps", Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_answers_changed_by")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_answers_tenant_id_case_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_answers")),
        sa.UniqueConstraint("tenant_id", "case_id", "section", name=op.f("uq_answers_tenant_id_case_id_section")),
    )
    op.create_table(
        "assessment",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("answers", Json, nullable=False),
        sa.Column("recommendation", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("assessor_id", sa.Uuid(), nullable=True),
        sa.Column("assessor_name", sa.String(length=200), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("filed_at", Instant(), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'filed', 'reopened')", name=op.f("ck_assessment_state")),
        sa.ForeignKeyConstraint(["assessor_id"], ["person.id"], name=op.f("fk_assessment_assessor_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_assessment_tenant_id_case_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("tenant_id", "case_id", "number", name=op.f("uq_assessment_tenant_id_case_id_number")),
    )
    op.create_table(
        "attempted",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("move", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_attempted_tenant_id_case_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_attempted")),
        sa.UniqueConstraint("tenant_id", "case_id", "key", name=op.f("uq_attempted_tenant_id_case_id_key")),
    )
    op.create_table(
        "case_message",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("visibility", sa.String(length=12), nullable=False),
        sa.Column("from_staff", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.CheckConstraint("visibility IN ('both', 'staff')", name=op.f("ck_case_message_visibility")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_case_message_author_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_case_message_tenant_id_case_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_case_message")),
    )
    op.create_index("ix_case_message_case", "case_message", ["tenant_id", "case_id", "sent_at"], unique=False)
    op.create_table(
        "clock",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("standard_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("side", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("warn_at", Instant(), nullable=True),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.Column("next_check_at", Instant(), nullable=False),
        sa.Column("warned_at", Instant(), nullable=True),
        sa.Column("breached_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "state IN ('not_started', 'running', 'paused', 'met', 'missed', 'lost', 'void')",
            name=op.f("ck_clock_state"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_clock_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "standard_id"],
            ["standard_version.tenant_id", "standard_version.id"],
            name=op.f("fk_clock_tenant_id_standard_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_clock")),
        sa.UniqueConstraint(
            "tenant_id", "case_id", "code", "subject", name=op.f("uq_clock_tenant_id_case_id_code_subject")
        ),
    )
    op.create_index("ix_clock_sweep", "clock", ["tenant_id", "is_open", "next_check_at"], unique=False)
    op.create_table(
        "decision",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_by_name", sa.String(length=200), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('approved', 'approved_with_conditions', 'declined', 'not_eligible')",
            name=op.f("ck_decision_outcome"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_decision_decided_by")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_decision_tenant_id_case_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_decision")),
    )
    op.create_index("ix_decision_case", "decision", ["tenant_id", "case_id", "decided_at"], unique=False)
    op.create_table(
        "document",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("source", Json, nullable=False),
        sa.Column("source_sha256", sa.String(length=64), nullable=False),
        sa.Column("audience", sa.String(length=12), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("rendered_at", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("void_at", Instant(), nullable=True),
        sa.CheckConstraint("audience IN ('applicant', 'staff')", name=op.f("ck_document_audience")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_document_tenant_id_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["stored_file.tenant_id", "stored_file.id"],
            name=op.f("fk_document_tenant_id_file_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_document")),
        sa.UniqueConstraint(
            "tenant_id", "case_id", "key", "language", name=op.f("uq_document_tenant_id_case_id_key_language")
        ),
    )
    op.create_table(
        "event",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("actor_role", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.String(length=12), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("audience IN ('applicant', 'staff')", name=op.f("ck_event_audience")),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_event_actor_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_event_tenant_id_case_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_event")),
        sa.UniqueConstraint("tenant_id", "case_id", "seq", name=op.f("uq_event_tenant_id_case_id_seq")),
    )
    op.create_table(
        "grants",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("submission_number", sa.Integer(), nullable=False),
        sa.Column("amount", Amount(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("duration_months", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("signatory_id", sa.Uuid(), nullable=True),
        sa.Column("signatory_name", sa.String(length=200), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("accepted_name", sa.String(length=200), nullable=False),
        sa.Column("accepted_address", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (accepted_by IS NULL)", name=op.f("ck_grants_accepted_by_somebody")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_grants_amount_positive")),
        sa.ForeignKeyConstraint(["accepted_by"], ["person.id"], name=op.f("fk_grants_accepted_by")),
        sa.ForeignKeyConstraint(["signatory_id"], ["person.id"], name=op.f("fk_grants_signatory_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_grants_tenant_id_case_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_grants")),
        sa.UniqueConstraint("tenant_id", "case_id", name=op.f("uq_grants_tenant_id_case_id")),
    )
    op.create_table(
        "partnership",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("submission_number", sa.Integer(), nullable=False),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("signatory_id", sa.Uuid(), nullable=True),
        sa.Column("signatory_name", sa.String(length=200), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("accepted_name", sa.String(length=200), nullable=False),
        sa.Column("accepted_address", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (accepted_by IS NULL)", name=op.f("ck_partnership_accepted_by_somebody")
        ),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (in_force_from IS NULL)", name=op.f("ck_partnership_in_force_when_accepted")
        ),
        sa.CheckConstraint("(in_force_from IS NULL) = (ends_on IS NULL)", name=op.f("ck_partnership_whole_period")),
        sa.CheckConstraint("years > 0", name=op.f("ck_partnership_years_positive")),
        sa.ForeignKeyConstraint(["accepted_by"], ["person.id"], name=op.f("fk_partnership_accepted_by")),
        sa.ForeignKeyConstraint(["signatory_id"], ["person.id"], name=op.f("fk_partnership_signatory_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_partnership_tenant_id_case_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_partnership")),
        sa.UniqueConstraint("tenant_id", "case_id", name=op.f("uq_partnership_tenant_id_case_id")),
    )
    op.create_table(
        "submission",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", Json, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("form_checksum", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("signed_by_name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["submitted_by"], ["person.id"], name=op.f("fk_submission_submitted_by")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"], ["cases.tenant_id", "cases.id"], name=op.f("fk_submission_tenant_id_case_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_submission")),
        sa.UniqueConstraint("tenant_id", "case_id", "number", name=op.f("uq_submission_tenant_id_case_id_number")),
    )
    op.create_table(
        "translation_version",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("submission_number", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("texts", Json, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("translator_id", sa.Uuid(), nullable=True),
        sa.Column("translator_name", sa.String(length=200), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("filed_at", Instant(), nullable=True),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("accepted_by_name", sa.String(length=200), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'filed', 'accepted')", name=op.f("ck_translation_version_state")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "case_id"],
            ["cases.tenant_id", "cases.id"],
            name=op.f("fk_translation_version_tenant_id_case_id"),
        ),
        sa.ForeignKeyConstraint(["translator_id"], ["person.id"], name=op.f("fk_translation_version_translator_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_translation_version")),
        sa.UniqueConstraint(
            "tenant_id",
            "case_id",
            "language",
            "version",
            name=op.f("uq_translation_version_tenant_id_case_id_language_version"),
        ),
    )
    op.create_table(
        "grant_line",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("amount", Amount(), nullable=False),
        sa.Column("spent", Amount(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "grant_id"], ["grants.tenant_id", "grants.id"], name=op.f("fk_grant_line_tenant_id_grant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_grant_line")),
        sa.UniqueConstraint("tenant_id", "grant_id", "number", name=op.f("uq_grant_line_tenant_id_grant_id_number")),
    )
    op.create_table(
        "tranche",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("amount", Amount(), nullable=False),
        sa.Column("condition", sa.String(length=60), nullable=False),
        sa.Column("released_at", Instant(), nullable=True),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_tranche_amount_positive")),
        sa.CheckConstraint("paid_at IS NULL OR released_at IS NOT NULL", name=op.f("ck_tranche_paid_when_released")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "grant_id"], ["grants.tenant_id", "grants.id"], name=op.f("fk_tranche_tenant_id_grant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tranche")),
        sa.UniqueConstraint("tenant_id", "grant_id", "number", name=op.f("uq_tranche_tenant_id_grant_id_number")),
    )
    op.create_table(
        "payment",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tranche_id", sa.Uuid(), nullable=False),
        sa.Column("amount", Amount(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("bank_reference", sa.String(length=80), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_by_name", sa.String(length=200), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by_name", sa.String(length=200), nullable=False),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("refused_at", Instant(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_amount_positive")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> entered_by", name=op.f("ck_payment_two_persons")),
        sa.ForeignKeyConstraint(["approved_by"], ["person.id"], name=op.f("fk_payment_approved_by")),
        sa.ForeignKeyConstraint(["entered_by"], ["person.id"], name=op.f("fk_payment_entered_by")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tranche_id"],
            ["tranche.tenant_id", "tranche.id"],
            name=op.f("fk_payment_tenant_id_tranche_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_payment")),
    )
    op.create_index("ix_payment_tranche", "payment", ["tenant_id", "tranche_id"], unique=False)
    dialect = op.get_bind().dialect.name
    for statement in (*search.upgrade_sql(dialect), *fences.append_only(dialect)):
        op.execute(statement)
    if dialect == "postgresql":
        for statement in fences.row_level_security(OWNED):
            op.execute(statement)


def downgrade() -> None:
    """Take it back."""
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        for statement in fences.drop_row_level_security(OWNED):
            op.execute(statement)
    for statement in (*fences.drop_append_only(dialect), *search.downgrade_sql(dialect)):
        op.execute(statement)
    op.drop_index("ix_payment_tranche", table_name="payment")
    op.drop_table("payment")
    op.drop_table("tranche")
    op.drop_table("grant_line")
    op.drop_table("translation_version")
    op.drop_table("submission")
    op.drop_table("partnership")
    op.drop_table("grants")
    op.drop_table("event")
    op.drop_table("document")
    op.drop_index("ix_decision_case", table_name="decision")
    op.drop_table("decision")
    op.drop_index("ix_clock_sweep", table_name="clock")
    op.drop_table("clock")
    op.drop_index("ix_case_message_case", table_name="case_message")
    op.drop_table("case_message")
    op.drop_table("attempted")
    op.drop_table("assessment")
    op.drop_table("answers")
    op.drop_index("ix_answer_conflict_case", table_name="answer_conflict")
    op.drop_table("answer_conflict")
    op.drop_table("ticket")
    op.drop_index("ix_organisation_member_person", table_name="organisation_member")
    op.drop_table("organisation_member")
    op.drop_index("ix_membership_person_id", table_name="membership")
    op.drop_table("membership")
    op.drop_index("ix_cases_tab", table_name="cases")
    op.drop_index("ix_cases_parent", table_name="cases")
    op.drop_index("ix_cases_organisation", table_name="cases")
    op.drop_index("ix_cases_monitor", table_name="cases")
    op.drop_index("ix_cases_language", table_name="cases")
    op.drop_index("ix_cases_funded", table_name="cases")
    op.drop_index("ix_cases_desk", table_name="cases")
    op.drop_index("ix_cases_country", table_name="cases")
    op.drop_index("ix_cases_changed", table_name="cases")
    op.drop_table("cases")
    op.drop_index("ix_affiliation_person_id", table_name="affiliation")
    op.drop_table("affiliation")
    op.drop_table("worker_beat")
    op.drop_table("tenant")
    op.drop_index("ix_stored_file_case", table_name="stored_file")
    op.drop_table("stored_file")
    op.drop_table("standard_version")
    op.drop_table("reference_counter")
    op.drop_table("person")
    op.drop_index("ix_outbox_mail_created", table_name="outbox_mail")
    op.drop_index("ix_outbox_mail_case", table_name="outbox_mail")
    op.drop_table("outbox_mail")
    op.drop_index("ix_organisation_name", table_name="organisation")
    op.drop_table("organisation")
    op.drop_index("ix_job_state_created_at", table_name="job")
    op.drop_index(
        "ix_job_open",
        table_name="job",
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.drop_table("job")
    op.drop_index("ix_city_country_population", table_name="city")
    op.drop_table("city")
    op.drop_index("ix_call_instrument", table_name="call")
    op.drop_table("call")
    op.drop_table("attempt")

"""What publishing the promises needs: tallies, calendars with a history, drafts of standards, absences, feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.infra import fences
from portal.infra.db import Instant, Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: the new tables whose rows belong to tenants
OWNED = (
    "absence",
    "calendar_version",
    "clock_tally",
    "feed_address",
    "standard_draft",
)


def upgrade() -> None:
    """Bring the database here."""
    op.create_table(
        "calendar_version",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("definition", Json, nullable=False),
        sa.Column("in_force_at", Instant(), nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("cases_total", sa.Integer(), nullable=False),
        sa.Column("cases_done", sa.Integer(), nullable=False),
        sa.Column("clocks_moved", sa.Integer(), nullable=False),
        sa.Column("last_case_id", sa.Uuid(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_calendar_version")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_calendar_version_tenant_id_number")),
    )
    op.create_table(
        "clock_tally",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("process", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("paused_days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_clock_tally")),
        sa.UniqueConstraint(
            "tenant_id",
            "instrument",
            "process",
            "code",
            "quarter",
            "state",
            "taken",
            "paused_days",
            "reason",
            name="uq_clock_tally_key",
        ),
    )
    op.create_table(
        "standard_draft",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("process", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("definition", Json, nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("what_if", Json, nullable=True),
        sa.Column("what_if_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_standard_draft")),
        sa.UniqueConstraint(
            "tenant_id",
            "instrument",
            "process",
            "code",
            name=op.f("uq_standard_draft_tenant_id_instrument_process_code"),
        ),
    )
    op.create_table(
        "absence",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("deputy_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_absence_order")),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name=op.f("fk_absence_deputy_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_absence_recorded_by")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_person", "absence", ["tenant_id", "person_id", "ends_on"], unique=False)
    op.create_table(
        "feed_address",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_read_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('deadlines', 'reviews', 'reports')", name=op.f("ck_feed_address_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_feed_address_person_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_feed_address")),
    )
    op.create_index("ix_feed_address_digest", "feed_address", ["tenant_id", "digest"], unique=False)
    op.create_index("ix_feed_address_person", "feed_address", ["tenant_id", "person_id"], unique=False)
    op.add_column("clock", sa.Column("told", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("clock", sa.Column("reason", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("clock", sa.Column("taken", sa.Integer(), nullable=True))
    op.add_column("clock", sa.Column("paused_days", sa.Integer(), nullable=True))
    op.add_column(
        "standard_version", sa.Column("published_by", sa.String(length=200), nullable=False, server_default="")
    )
    op.add_column("person", sa.Column("weekly_digest", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_index("ix_clock_breached", "clock", ["tenant_id", "side", "breached_at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for statement in fences.row_level_security(OWNED):
            op.execute(statement)


def downgrade() -> None:
    """Take it back."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in fences.drop_row_level_security(OWNED):
            op.execute(statement)
    op.drop_index("ix_clock_breached", table_name="clock")
    op.drop_column("person", "weekly_digest")
    op.drop_column("standard_version", "published_by")
    op.drop_column("clock", "paused_days")
    op.drop_column("clock", "taken")
    op.drop_column("clock", "reason")
    op.drop_column("clock", "told")
    op.drop_index("ix_feed_address_person", table_name="feed_address")
    op.drop_index("ix_feed_address_digest", table_name="feed_address")
    op.drop_table("feed_address")
    op.drop_index("ix_absence_person", table_name="absence")
    op.drop_table("absence")
    op.drop_table("standard_draft")
    op.drop_table("clock_tally")
    op.drop_table("calendar_version")

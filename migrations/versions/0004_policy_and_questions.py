"""Rules of a tenant by the day from which they hold; until when a call may be asked about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.infra import fences
from portal.infra.db import Instant, Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

#: the new tables whose rows belong to tenants
OWNED = ("policy_version",)


def upgrade() -> None:
    """Bring the database here."""
    op.create_table(
        "policy_version",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("in_force_at", Instant(), nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_policy_version_tenant_id_number")),
    )
    op.add_column("call", sa.Column("questions_until", Instant(), nullable=True))
    op.add_column("call_change", sa.Column("details", Json, nullable=False, server_default="{}"))
    op.add_column("clarification", sa.Column("set_aside_at", Instant(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for statement in fences.row_level_security(OWNED):
            op.execute(statement)


def downgrade() -> None:
    """Take it back."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in fences.drop_row_level_security(OWNED):
            op.execute(statement)
    op.drop_column("clarification", "set_aside_at")
    op.drop_column("call_change", "details")
    op.drop_column("call", "questions_until")
    op.drop_table("policy_version")

"""Who reads what a member says about a case; of which day of a condition somebody was reminded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database here."""
    with op.batch_alter_table("member_comment") as batch:
        # What is there was written under the words that every member asked reads it.
        batch.add_column(sa.Column("visibility", sa.String(length=12), nullable=False, server_default="members"))
        batch.create_check_constraint(op.f("ck_member_comment_visibility"), "visibility IN ('members', 'secretariat')")
    for column in ("reminded_for", "overdue_for"):
        op.add_column("case_condition", sa.Column(column, sa.Date(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    for column in ("overdue_for", "reminded_for"):
        op.drop_column("case_condition", column)
    with op.batch_alter_table("member_comment") as batch:
        batch.drop_constraint(op.f("ck_member_comment_visibility"), type_="check")
        batch.drop_column("visibility")

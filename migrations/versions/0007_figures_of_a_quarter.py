"""An index that leads to the figures of one quarter, however many quarters there are."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database here."""
    op.create_index("ix_clock_tally_quarter", "clock_tally", ["tenant_id", "quarter"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_clock_tally_quarter", table_name="clock_tally")

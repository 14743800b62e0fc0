"""An index that holds what the desk's figures are counted by."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = ["tenant_id", "is_submitted", "tab", "owner", "country", "is_open", "urgent_at", "monitor_id"]


def upgrade() -> None:
    """Bring the database here."""
    op.create_index("ix_cases_counts", "cases", COLUMNS, unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_cases_counts", table_name="cases")

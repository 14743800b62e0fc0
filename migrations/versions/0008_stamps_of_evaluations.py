"""Which revision each answer of an evaluation has, and when it was typed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.infra.db import Json

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the database here."""
    # What is there was kept as a whole: its answers begin at revision 0, typed before anything that comes.
    op.add_column("evaluation", sa.Column("stamps", Json, nullable=False, server_default="{}"))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("evaluation") as batch:
        batch.drop_column("stamps")

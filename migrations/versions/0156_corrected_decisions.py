"""The day on which the words of a decision on a place were corrected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0156"
down_revision = "0155"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("markets_status_decision", sa.Column("corrected_on", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("markets_status_decision") as batch:
        batch.drop_column("corrected_on")

"""Which measures are counted with or without an effort."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("indicators_measure") as batch:
        batch.add_column(sa.Column("counted_anyway", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE indicators_measure SET counted_anyway = TRUE WHERE kind IN ('crime', 'calls')")
    with op.batch_alter_table("indicators_measure") as batch:
        batch.alter_column("counted_anyway", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("indicators_measure") as batch:
        batch.drop_column("counted_anyway")

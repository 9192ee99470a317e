"""Whether those who sit at a desk were told of an urgent report; of those that are there they are not told again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reports_thread") as batch:
        batch.add_column(sa.Column("announced", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("reports_thread") as batch:
        batch.alter_column("announced", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("reports_thread") as batch:
        batch.drop_column("announced")

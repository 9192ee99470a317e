"""A report that came with very many others is read after those that did not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reports_thread") as batch:
        batch.add_column(sa.Column("in_flood", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("reports_thread") as batch:
        batch.alter_column("in_flood", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("reports_thread") as batch:
        batch.drop_column("in_flood")

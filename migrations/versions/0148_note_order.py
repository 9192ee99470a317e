"""The order of notes of one day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0148"
down_revision = "0147"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reports_note", sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("reports_note") as batch:
        batch.drop_column("position")

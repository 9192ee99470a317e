"""Changes of what residents read or call that wait for a second person, or for a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0159"
down_revision = "0158"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_waiting_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_waiting_change")),
    )


def downgrade() -> None:
    op.drop_table("core_waiting_change")

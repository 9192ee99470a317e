"""Mailboxes whose owners answered no to a question whether they want news."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0160"
down_revision = "0159"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "following_refusal",
        sa.Column("contact_hash", sa.String(length=64), nullable=False),
        sa.Column("refused_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("contact_hash", name=op.f("pk_following_refusal")),
    )


def downgrade() -> None:
    op.drop_table("following_refusal")

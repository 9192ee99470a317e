"""Texts that may be about a meeting wait until their sender has said what they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """What waits for a word of its sender."""
    op.create_table(
        "sms_unsorted",
        sa.Column("id", KEY, nullable=False),
        sa.Column("sender_hash", sa.String(64), nullable=False),
        sa.Column("number", sa.LargeBinary()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("cancels", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_unsorted")),
        sa.UniqueConstraint("sender_hash", name=op.f("uq_sms_unsorted_sender_hash")),
    )
    op.create_index(op.f("ix_sms_unsorted_expires_at"), "sms_unsorted", ["expires_at"])


def downgrade() -> None:
    """Take it away; what waits is lost."""
    op.drop_table("sms_unsorted")

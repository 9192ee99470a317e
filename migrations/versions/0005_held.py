"""Texts that wait until a person has said whether a phone wants any."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """What waits for a phone."""
    op.create_table(
        "sms_held",
        sa.Column("id", KEY, nullable=False),
        sa.Column("thread_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["sms_route.thread_id"], name=op.f("fk_sms_held_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_held")),
    )
    op.create_index(op.f("ix_sms_held_thread_id"), "sms_held", ["thread_id"])


def downgrade() -> None:
    """Take it away; what waits is lost."""
    op.drop_table("sms_held")

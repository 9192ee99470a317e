"""Who took a report to work on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0141"
down_revision = "0140"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reports_taken",
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["reports_thread.id"],
            name=op.f("fk_reports_taken_thread_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["accounts_member.id"],
            name=op.f("fk_reports_taken_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_reports_taken")),
    )
    op.create_index(op.f("ix_reports_taken_member_id"), "reports_taken", ["member_id"])


def downgrade() -> None:
    op.drop_table("reports_taken")

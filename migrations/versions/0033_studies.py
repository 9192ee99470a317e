"""Studies of places, what was done otherwise than planned, and results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "indicators_study",
        sa.Column("id", ID, nullable=False),
        sa.Column("market_id", ID, nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("locked_at", MOMENT, nullable=True),
        sa.Column("locked_by_id", ID, nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("version", ID, nullable=False),
        sa.CheckConstraint("(locked_at IS NULL) = (digest IS NULL)", name=op.f("ck_indicators_study_locked")),
        sa.CheckConstraint("(text IS NULL) = (digest IS NULL)", name=op.f("ck_indicators_study_hashed")),
        sa.CheckConstraint(
            "delivered_on IS NULL OR locked_at IS NOT NULL", name=op.f("ck_indicators_study_locked_first")
        ),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets_market.id"], name=op.f("fk_indicators_study_market_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["locked_by_id"], ["accounts_member.id"], name=op.f("fk_indicators_study_locked_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_study")),
        sa.UniqueConstraint("market_id", name=op.f("uq_indicators_study_market_id")),
    )
    op.create_table(
        "indicators_deviation",
        sa.Column("id", ID, nullable=False),
        sa.Column("study_id", ID, nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        *(sa.Column(f"{name}_{lang}", sa.Text(), nullable=False) for name in ("what", "why") for lang in ("en", "es")),
        sa.Column("member_id", ID, nullable=True),
        sa.Column("noted_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["indicators_study.id"], name=op.f("fk_indicators_deviation_study_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["accounts_member.id"], name=op.f("fk_indicators_deviation_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_deviation")),
    )
    op.create_index(op.f("ix_indicators_deviation_study_id"), "indicators_deviation", ["study_id"])
    op.create_table(
        "indicators_result",
        sa.Column("study_id", ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("progress", ID, nullable=False),
        sa.Column("tries", ID, nullable=False),
        sa.Column("taken_until", MOMENT, nullable=True),
        sa.Column("inputs", sa.String(length=64), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("computed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('due', 'running', 'done', 'failed')", name=op.f("ck_indicators_result_state")
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_indicators_result_progress")),
        sa.ForeignKeyConstraint(
            ["study_id"], ["indicators_study.id"], name=op.f("fk_indicators_result_study_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("study_id", name=op.f("pk_indicators_result")),
    )


def downgrade() -> None:
    op.drop_table("indicators_result")
    op.drop_index(op.f("ix_indicators_deviation_study_id"), "indicators_deviation")
    op.drop_table("indicators_deviation")
    op.drop_table("indicators_study")

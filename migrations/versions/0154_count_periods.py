"""Guarded counts by periods that are fixed beforehand, without running sums and without doubts of a solver."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0154"
down_revision = "0153"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOUBTS = ("known_before", "unsolved", "timed_out")
FROZEN, SNAPSHOT, PREVIEW = "indicators_frozen_count", "indicators_snapshot", "indicators_preview"


def upgrade() -> None:
    op.create_table(
        "indicators_count_period",
        sa.Column("area_id", ID, nullable=False),
        sa.Column("measure_id", ID, nullable=False),
        sa.Column("year", ID, autoincrement=False, nullable=False),
        sa.Column("months", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["area_id"], ["indicators_area.id"], name=op.f("fk_indicators_count_period_area_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["indicators_measure.id"], name=op.f("fk_indicators_count_period_measure_id")
        ),
        sa.PrimaryKeyConstraint("area_id", "measure_id", "year", name=op.f("pk_indicators_count_period")),
    )
    # Everything that was frozen so far is of one month, and was protected month by month.
    op.add_column(FROZEN, sa.Column("months", ID, nullable=False, server_default="1"))
    op.add_column(FROZEN, sa.Column("rule", ID, nullable=False, server_default="1"))
    op.drop_column(FROZEN, "sum_shown")
    for name in DOUBTS:
        op.drop_column(SNAPSHOT, name)
    op.drop_column(PREVIEW, "progress")


def downgrade() -> None:
    op.add_column(PREVIEW, sa.Column("progress", ID, nullable=True))
    for name in DOUBTS:
        op.add_column(SNAPSHOT, sa.Column(name, ID, nullable=False, server_default="0"))
    op.add_column(FROZEN, sa.Column("sum_shown", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_column(FROZEN, "rule")
    op.drop_column(FROZEN, "months")
    op.drop_table("indicators_count_period")

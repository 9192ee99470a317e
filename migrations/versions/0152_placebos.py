"""Placebo areas drawn from incident files, and their monthly counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0152"
down_revision = "0151"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "indicators_placebo_set",
        sa.Column("id", ID, nullable=False),
        sa.Column("market_id", ID, nullable=False),
        sa.Column("rule", ID, nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("inputs", sa.String(length=64), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("areas", ID, nullable=False),
        sa.Column("outlines", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("areas > 0", name=op.f("ck_indicators_placebo_set_areas")),
        sa.ForeignKeyConstraint(
            ["market_id"],
            ["markets_market.id"],
            name=op.f("fk_indicators_placebo_set_market_id_markets_market"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_placebo_set")),
        sa.UniqueConstraint("market_id", name=op.f("uq_indicators_placebo_set_market_id")),
    )
    op.create_table(
        "indicators_placebo_counts",
        sa.Column("id", ID, nullable=False),
        sa.Column("set_id", ID, nullable=False),
        sa.Column("measure_id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["indicators_placebo_set.id"],
            name=op.f("fk_indicators_placebo_counts_set_id_indicators_placebo_set"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["indicators_measure.id"],
            name=op.f("fk_indicators_placebo_counts_measure_id_indicators_measure"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["indicators_import.id"],
            name=op.f("fk_indicators_placebo_counts_import_id_indicators_import"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_placebo_counts")),
    )
    for column in ("set_id", "measure_id", "import_id"):
        op.create_index(op.f(f"ix_indicators_placebo_counts_{column}"), "indicators_placebo_counts", [column])


def downgrade() -> None:
    op.drop_table("indicators_placebo_counts")
    op.drop_table("indicators_placebo_set")

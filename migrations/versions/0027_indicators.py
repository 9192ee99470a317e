"""Measures, areas, monthly figures and snapshots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PAIRS = ("name", "about", "source", "unit")
TABLES = ("figure", "area", "measure", "snapshot")


def pair(name: str) -> list[sa.Column[str]]:
    """A text in both languages."""
    return [sa.Column(f"{name}_{lang}", sa.Text(), nullable=False) for lang in ("en", "es")]


def upgrade() -> None:
    op.create_table(
        "indicators_measure",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        *(column for name in PAIRS for column in pair(name)),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("of_key", sa.String(length=40), nullable=True),
        sa.Column("lag_days", ID, nullable=False),
        sa.Column("guarded", sa.Boolean(), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.CheckConstraint(
            "kind IN ('crime', 'calls', 'survey', 'service', 'portal')", name=op.f("ck_indicators_measure_kind")
        ),
        sa.CheckConstraint("direction IN ('down', 'up', 'neither')", name=op.f("ck_indicators_measure_direction")),
        sa.CheckConstraint("lag_days BETWEEN 0 AND 366", name=op.f("ck_indicators_measure_lag")),
        sa.CheckConstraint("of_key IS NULL OR of_key <> key", name=op.f("ck_indicators_measure_of_another")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_measure")),
        sa.UniqueConstraint("key", name=op.f("uq_indicators_measure_key")),
    )
    op.create_table(
        "indicators_area",
        sa.Column("id", ID, nullable=False),
        sa.Column("market_id", ID, nullable=True),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("rank", ID, nullable=False),
        *pair("name"),
        sa.Column("geometry", sa.Text(), nullable=True),
        sa.Column("population", ID, nullable=True),
        sa.Column("version", ID, nullable=False),
        sa.CheckConstraint(
            "part IN ('place', 'comparison', 'ring', 'comparison_ring', 'city')", name=op.f("ck_indicators_area_part")
        ),
        sa.CheckConstraint("(part = 'city') = (market_id IS NULL)", name=op.f("ck_indicators_area_whose")),
        sa.CheckConstraint("population IS NULL OR population > 0", name=op.f("ck_indicators_area_population")),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets_market.id"], name=op.f("fk_indicators_area_market_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_area")),
        sa.UniqueConstraint("market_id", "part", "rank", name=op.f("uq_indicators_area_market_id_part_rank")),
    )
    op.create_table(
        "indicators_figure",
        sa.Column("id", ID, nullable=False),
        sa.Column("area_id", ID, nullable=False),
        sa.Column("measure_id", ID, nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=5), nullable=False),
        sa.Column("value", ID, nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_indicators_figure_count")),
        sa.CheckConstraint("language IN ('', 'en', 'es')", name=op.f("ck_indicators_figure_language")),
        sa.CheckConstraint("channel IN ('', 'web', 'sms', 'paper')", name=op.f("ck_indicators_figure_channel")),
        sa.ForeignKeyConstraint(
            ["area_id"], ["indicators_area.id"], name=op.f("fk_indicators_figure_area_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["indicators_measure.id"], name=op.f("fk_indicators_figure_measure_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_figure")),
        sa.UniqueConstraint(
            *("area_id", "measure_id", "month_on", "language", "channel"),
            name=op.f("uq_indicators_figure_cell"),
        ),
    )
    op.create_index(op.f("ix_indicators_figure_measure_id"), "indicators_figure", ["measure_id"])
    op.create_table(
        "indicators_snapshot",
        sa.Column("id", ID, nullable=False),
        sa.Column("frozen_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_snapshot")),
        sa.UniqueConstraint("digest", name=op.f("uq_indicators_snapshot_digest")),
        sa.UniqueConstraint("frozen_on", name=op.f("uq_indicators_snapshot_frozen_on")),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(f"indicators_{table}")

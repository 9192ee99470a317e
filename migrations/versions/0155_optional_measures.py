"""Arrests and stops by group of people, measures of the whole city only, weights of harm, and what offers cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0155"
down_revision = "0154"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OLD = ("crime", "calls", "survey", "service", "portal")
NEW = (*OLD, "policing")
KIND = "ck_indicators_measure_kind"
CHECKS = {
    "ck_indicators_measure_residents": "residents IS NULL OR residents BETWEEN 0 AND 100",
    "ck_indicators_measure_policing": "kind <> 'policing' OR guarded",
}


def upgrade() -> None:
    with op.batch_alter_table("indicators_measure") as batch:
        batch.add_column(sa.Column("residents", ID, nullable=True))
        batch.add_column(sa.Column("city_only", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("weights", sa.JSON(none_as_null=True), nullable=True))
        batch.drop_constraint(op.f(KIND), type_="check")
        batch.create_check_constraint(op.f(KIND), f"kind IN {NEW!r}")
        for name, check in CHECKS.items():
            batch.create_check_constraint(op.f(name), check)
    op.create_table(
        "indicators_offer_cost",
        sa.Column("id", ID, nullable=False),
        sa.Column("year", ID, nullable=False),
        sa.Column("dollars", ID, nullable=False),
        sa.CheckConstraint("dollars >= 0", name=op.f("ck_indicators_offer_cost_dollars")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_offer_cost")),
        sa.UniqueConstraint("year", name=op.f("uq_indicators_offer_cost_year")),
    )


def downgrade() -> None:
    op.drop_table("indicators_offer_cost")
    for table in ("indicators_frozen_count", "indicators_count_period", "indicators_figure"):
        counts, measures = (
            sa.table(table, sa.column("measure_id")),
            sa.table("indicators_measure", *map(sa.column, ("id", "kind"))),
        )
        of_policing = sa.select(measures.c.id).where(measures.c.kind == "policing")
        op.execute(sa.delete(counts).where(counts.c.measure_id.in_(of_policing)))
    op.execute("DELETE FROM indicators_measure WHERE kind = 'policing'")
    with op.batch_alter_table("indicators_measure") as batch:
        for name in CHECKS:
            batch.drop_constraint(op.f(name), type_="check")
        batch.drop_constraint(op.f(KIND), type_="check")
        batch.create_check_constraint(op.f(KIND), f"kind IN {OLD!r}")
        batch.drop_column("weights")
        batch.drop_column("city_only")
        batch.drop_column("residents")

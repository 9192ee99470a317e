"""What was decided about counts in snapshots; snapshots that cannot be changed; a look at the next one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ON_SQLITE = """
CREATE TRIGGER indicators_snapshot_is_frozen BEFORE UPDATE ON indicators_snapshot
BEGIN SELECT RAISE(ABORT, 'a snapshot is never changed'); END
"""
ON_POSTGRESQL = """
CREATE FUNCTION indicators_snapshot_is_frozen() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a snapshot is never changed'; END $$;
CREATE TRIGGER indicators_snapshot_is_frozen BEFORE UPDATE ON indicators_snapshot
FOR EACH ROW EXECUTE FUNCTION indicators_snapshot_is_frozen()
"""


def upgrade() -> None:
    op.create_table(
        "indicators_frozen_count",
        sa.Column("area_id", ID, nullable=False),
        sa.Column("measure_id", ID, nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=5), nullable=False),
        sa.Column("value", ID, nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("sum_shown", sa.Boolean(), nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_indicators_frozen_count_count")),
        sa.ForeignKeyConstraint(
            ["area_id"],
            ["indicators_area.id"],
            name=op.f("fk_indicators_frozen_count_area_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["indicators_measure.id"], name=op.f("fk_indicators_frozen_count_measure_id")
        ),
        sa.PrimaryKeyConstraint(
            *("area_id", "measure_id", "month_on", "language", "channel"), name=op.f("pk_indicators_frozen_count")
        ),
    )
    op.create_table(
        "indicators_preview",
        sa.Column("id", ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_preview")),
    )
    op.execute(ON_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else ON_SQLITE)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER indicators_snapshot_is_frozen ON indicators_snapshot")
        op.execute("DROP FUNCTION indicators_snapshot_is_frozen()")
    else:
        op.execute("DROP TRIGGER indicators_snapshot_is_frozen")
    op.drop_table("indicators_preview")
    op.drop_table("indicators_frozen_count")

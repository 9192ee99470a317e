"""What is noted of how a snapshot was made; a log of snapshots that the database keeps by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOTES = ("known_before", "unsolved", "timed_out")
LOGGED = """
INSERT INTO indicators_snapshot_log (height, frozen_on, digest)
SELECT (SELECT COALESCE(MAX(height), 0) + 1 FROM indicators_snapshot_log), NEW.frozen_on, NEW.digest
"""
ON_SQLITE = (
    f"CREATE TRIGGER indicators_snapshot_is_logged AFTER INSERT ON indicators_snapshot BEGIN {LOGGED}; END",
    """CREATE TRIGGER indicators_snapshot_log_stays BEFORE DELETE ON indicators_snapshot_log
    BEGIN SELECT RAISE(ABORT, 'the log of snapshots stays'); END""",
    """CREATE TRIGGER indicators_snapshot_log_is_frozen BEFORE UPDATE ON indicators_snapshot_log
    BEGIN SELECT RAISE(ABORT, 'the log of snapshots stays'); END""",
)
ON_POSTGRESQL = (
    f"""CREATE FUNCTION indicators_snapshot_is_logged() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN {LOGGED}; RETURN NEW; END $$""",
    """CREATE TRIGGER indicators_snapshot_is_logged AFTER INSERT ON indicators_snapshot
    FOR EACH ROW EXECUTE FUNCTION indicators_snapshot_is_logged()""",
    """CREATE FUNCTION indicators_snapshot_log_stays() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the log of snapshots stays'; END $$""",
    """CREATE TRIGGER indicators_snapshot_log_stays BEFORE UPDATE OR DELETE ON indicators_snapshot_log
    FOR EACH ROW EXECUTE FUNCTION indicators_snapshot_log_stays()""",
)


def upgrade() -> None:
    # Adding a column in place leaves the triggers of the table alone.
    for name in NOTES:
        op.add_column("indicators_snapshot", sa.Column(name, ID, nullable=False, server_default="0"))
    op.create_table(
        "indicators_snapshot_log",
        sa.Column("height", ID, autoincrement=False, nullable=False),
        sa.Column("frozen_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("height", name=op.f("pk_indicators_snapshot_log")),
    )
    op.execute(
        "INSERT INTO indicators_snapshot_log (height, frozen_on, digest) "
        "SELECT ROW_NUMBER() OVER (ORDER BY frozen_on), frozen_on, digest FROM indicators_snapshot"
    )
    for trigger in ON_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else ON_SQLITE:
        op.execute(trigger)
    op.execute("DELETE FROM indicators_preview")
    with op.batch_alter_table("indicators_preview") as batch:
        batch.add_column(sa.Column("progress", ID, nullable=True))
        batch.alter_column("made_at", existing_type=sa.DateTime(timezone=True), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM indicators_preview")
    with op.batch_alter_table("indicators_preview") as batch:
        batch.alter_column("made_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.drop_column("progress")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER indicators_snapshot_is_logged ON indicators_snapshot")
        op.execute("DROP FUNCTION indicators_snapshot_is_logged()")
        op.execute("DROP TABLE indicators_snapshot_log")
        op.execute("DROP FUNCTION indicators_snapshot_log_stays()")
    else:
        op.execute("DROP TRIGGER indicators_snapshot_is_logged")
        op.execute("DROP TABLE indicators_snapshot_log")
    for name in NOTES:
        op.drop_column("indicators_snapshot", name)

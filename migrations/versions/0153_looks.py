"""The measure that a deviation concerns; of surveys the people asked, those who skip, and surveys of the whole city."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0153"
down_revision = "0152"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHECK = "ck_indicators_survey_tally_measure"
OLD = ("asked", "aware", "safe", "trust")
NEW = ("handed", *OLD, "aware_skip", "safe_skip", "trust_skip")
ADDED = sorted(set(NEW) - set(OLD))


def upgrade() -> None:
    op.add_column("indicators_deviation", sa.Column("measure", sa.String(length=40), nullable=True))
    with op.batch_alter_table("indicators_survey") as batch:
        batch.alter_column("market_id", existing_type=ID, nullable=True)
    _check(NEW)
    for language in ("en", "es"):
        for channel in ("web", "sms", "paper"):
            for measure in ADDED:
                # Of surveys that still run: counters exist from the beginning, so that no two answers insert one.
                op.execute(
                    "INSERT INTO indicators_survey_tally (survey_id, language, channel, measure, count) "
                    f"SELECT id, '{language}', '{channel}', '{measure}', 0 FROM indicators_survey "
                    "WHERE counted_on IS NULL"
                )


def downgrade() -> None:
    op.execute(f"DELETE FROM indicators_survey_tally WHERE measure IN {tuple(ADDED)!r}")
    _check(OLD)
    op.execute("DELETE FROM indicators_survey WHERE market_id IS NULL")
    with op.batch_alter_table("indicators_survey") as batch:
        batch.alter_column("market_id", existing_type=ID, nullable=False)
    with op.batch_alter_table("indicators_deviation") as batch:
        batch.drop_column("measure")


def _check(measures: tuple[str, ...]) -> None:
    with op.batch_alter_table("indicators_survey_tally") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), f"measure IN {measures!r}")

"""Surveys of residents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "indicators_survey",
        sa.Column("id", ID, nullable=False),
        sa.Column("market_id", ID, nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=True),
        sa.Column("author_id", ID, nullable=False),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_indicators_survey_order")),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets_market.id"], name=op.f("fk_indicators_survey_market_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["accounts_member.id"], name=op.f("fk_indicators_survey_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicators_survey")),
    )
    op.create_index(op.f("ix_indicators_survey_market_id"), "indicators_survey", ["market_id"])
    op.create_table(
        "indicators_survey_tally",
        sa.Column("survey_id", ID, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=5), nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("count", ID, nullable=False),
        sa.CheckConstraint("language IN ('en', 'es')", name=op.f("ck_indicators_survey_tally_language")),
        sa.CheckConstraint("channel IN ('web', 'sms', 'paper')", name=op.f("ck_indicators_survey_tally_channel")),
        sa.CheckConstraint(
            "measure IN ('asked', 'aware', 'safe', 'trust')", name=op.f("ck_indicators_survey_tally_measure")
        ),
        sa.CheckConstraint("count >= 0", name=op.f("ck_indicators_survey_tally_count")),
        sa.ForeignKeyConstraint(
            ["survey_id"],
            ["indicators_survey.id"],
            name=op.f("fk_indicators_survey_tally_survey_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "survey_id", "language", "channel", "measure", name=op.f("pk_indicators_survey_tally")
        ),
    )
    op.create_table(
        "indicators_survey_slip",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("survey_id", ID, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.CheckConstraint("language IN ('en', 'es')", name=op.f("ck_indicators_survey_slip_language")),
        sa.ForeignKeyConstraint(
            ["survey_id"],
            ["indicators_survey.id"],
            name=op.f("fk_indicators_survey_slip_survey_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_indicators_survey_slip")),
    )
    op.create_index(op.f("ix_indicators_survey_slip_survey_id"), "indicators_survey_slip", ["survey_id"])


def downgrade() -> None:
    for table in ("slip", "tally"):
        op.drop_table(f"indicators_survey_{table}")
    op.drop_table("indicators_survey")

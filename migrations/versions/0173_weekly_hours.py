"""Weekly hours of organizations, in place of other people's calendars."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0173"
down_revision = "0160"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "meetings_weekly_hours",
        sa.Column("id", ID, nullable=False),
        sa.Column("organisation_id", ID, nullable=False),
        sa.Column("weekday", ID, nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_meetings_weekly_hours_weekday")),
        sa.CheckConstraint("ends > starts", name=op.f("ck_meetings_weekly_hours_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations_organisation.id"],
            name=op.f("fk_meetings_weekly_hours_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings_weekly_hours")),
    )
    op.create_index(
        op.f("ix_meetings_weekly_hours_organisation_id"), "meetings_weekly_hours", ["organisation_id"]
    )


def downgrade() -> None:
    op.drop_table("meetings_weekly_hours")

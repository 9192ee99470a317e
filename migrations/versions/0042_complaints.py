"""Months of complaints about police conduct: how many in the whole city, frozen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports_complaint_month",
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("filed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("filed >= 0", name="ck_reports_complaint_month_count"),
        sa.PrimaryKeyConstraint("month_on", name="pk_reports_complaint_month"),
    )


def downgrade() -> None:
    op.drop_table("reports_complaint_month")

"""Who runs the site, and the count of demands for records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "home_operator",
        sa.Column("id", ID, nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("hours_en", sa.Text(), nullable=False),
        sa.Column("hours_es", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("press_phone", sa.String(length=40), nullable=False),
        sa.Column("press_email", sa.String(length=254), nullable=False),
        sa.Column("complaints_en", sa.Text(), nullable=False),
        sa.Column("complaints_es", sa.Text(), nullable=False),
        sa.Column("limits_en", sa.Text(), nullable=False),
        sa.Column("limits_es", sa.Text(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("license", sa.String(length=20), nullable=False),
        sa.Column("security_email", sa.String(length=254), nullable=False),
        sa.Column("source_url", sa.String(length=300), nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_home_operator_only")),
        sa.CheckConstraint("license IN ('CC-BY-4.0', 'CC0-1.0')", name=op.f("ck_home_operator_license")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_operator")),
    )
    op.create_table(
        "home_demand_count",
        sa.Column("id", ID, nullable=False),
        sa.Column("year", ID, nullable=False),
        sa.Column("quarter", ID, nullable=False),
        sa.Column("by_court", ID, nullable=False),
        sa.Column("by_agency", ID, nullable=False),
        sa.Column("by_public", ID, nullable=False),
        sa.Column("refused", ID, nullable=False),
        sa.Column("answered", ID, nullable=False),
        sa.Column("handed_en", sa.Text(), nullable=False),
        sa.Column("handed_es", sa.Text(), nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_home_demand_count_quarter")),
        sa.CheckConstraint(
            "by_court >= 0 AND by_agency >= 0 AND by_public >= 0", name=op.f("ck_home_demand_count_counts")
        ),
        sa.CheckConstraint(
            "refused BETWEEN 0 AND by_court + by_agency + by_public", name=op.f("ck_home_demand_count_refused")
        ),
        sa.CheckConstraint(
            "answered BETWEEN 0 AND by_court + by_agency + by_public", name=op.f("ck_home_demand_count_answered")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_demand_count")),
        sa.UniqueConstraint("year", "quarter", name=op.f("uq_home_demand_count_year_quarter")),
    )


def downgrade() -> None:
    op.drop_table("home_demand_count")
    op.drop_table("home_operator")

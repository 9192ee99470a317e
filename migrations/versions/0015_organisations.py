"""Organisations, their offices, and who belongs to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Houses that take part."""
    op.create_table(
        "organisations_organisation",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=15), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("version", KEY, nullable=False),
        sa.CheckConstraint(
            "kind IN ('congregation', 'group', 'agency', 'police')", name=op.f("ck_organisations_organisation_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations_organisation")),
    )
    op.create_table(
        "organisations_belonging",
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["accounts_member.id"], name=op.f("fk_organisations_belonging_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations_organisation.id"],
            name=op.f("fk_organisations_belonging_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "member_id", name=op.f("pk_organisations_belonging")),
    )
    op.create_table(
        "organisations_office",
        sa.Column("id", KEY, nullable=False),
        sa.Column("organisation_id", KEY, nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations_organisation.id"], name=op.f("fk_organisations_office_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations_office")),
    )
    op.create_index(
        op.f("ix_organisations_office_organisation_id"), "organisations_office", ["organisation_id"], unique=False
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_index(op.f("ix_organisations_office_organisation_id"), table_name="organisations_office")
    op.drop_table("organisations_office")
    op.drop_table("organisations_belonging")
    op.drop_table("organisations_organisation")

"""Settings that administrators change in the portal, and the history of these changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0143"
down_revision = "0142"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_setting",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", ID, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_core_setting")),
    )
    op.create_table(
        "core_setting_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_setting_change")),
    )
    op.create_index(op.f("ix_core_setting_change_name"), "core_setting_change", ["name"])


def downgrade() -> None:
    op.drop_table("core_setting_change")
    op.drop_table("core_setting")

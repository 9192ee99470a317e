"""The last results of the doctor's checks, for the page of the state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0149"
down_revision = "0148"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "doctor_check",
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('look', 'unchecked', 'good')", name=op.f("ck_doctor_check_state")),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_doctor_check")),
    )


def downgrade() -> None:
    op.drop_table("doctor_check")

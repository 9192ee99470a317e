"""What residents say after a report was closed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("reports_thread") as table:
        table.add_column(sa.Column("verdict", sa.String(length=6), nullable=True))
        table.add_column(sa.Column("verdict_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("verdict_asked_on", sa.Date(), nullable=True))
        table.create_check_constraint("verdict", "verdict IS NULL OR verdict IN ('better', 'same', 'worse')")
        table.create_check_constraint("verdict_on", "(verdict IS NULL) = (verdict_on IS NULL)")
        table.create_index(op.f("ix_reports_thread_verdict_on"), ["verdict_on"])


def downgrade() -> None:
    with op.batch_alter_table("reports_thread") as table:
        table.drop_index(op.f("ix_reports_thread_verdict_on"))
        table.drop_constraint(op.f("ck_reports_thread_verdict_on"), type_="check")
        table.drop_constraint(op.f("ck_reports_thread_verdict"), type_="check")
        table.drop_column("verdict_asked_on")
        table.drop_column("verdict_on")
        table.drop_column("verdict")

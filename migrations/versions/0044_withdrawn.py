"""What a meeting offered can be taken back, with a reason, and whoever asked for it is told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

KINDS = ("counted", "in_line", "for_host", "offer", "ask", "taken_out", "moved", "cancelled")
REMINDERS = ("days", "day", "hours")
COLUMNS = {"withdrawn": sa.String(length=40), "withdrawn_reason_en": sa.Text(), "withdrawn_reason_es": sa.Text()}


def upgrade() -> None:
    with op.batch_alter_table("meetings_meeting") as batch:
        for name, kind in COLUMNS.items():
            batch.add_column(sa.Column(name, kind, nullable=False, server_default=""))
    with op.batch_alter_table("meetings_meeting") as batch:
        for name in COLUMNS:
            batch.alter_column(name, server_default=None)
    with op.batch_alter_table("meetings_told") as batch:
        batch.drop_constraint(op.f("ck_meetings_told_kind"), type_="check")
        kinds = (*KINDS, "withdrawn", *REMINDERS)
        batch.create_check_constraint(op.f("ck_meetings_told_kind"), f"kind IN {kinds!r}")


def downgrade() -> None:
    op.execute("DELETE FROM meetings_told WHERE kind = 'withdrawn'")
    with op.batch_alter_table("meetings_told") as batch:
        batch.drop_constraint(op.f("ck_meetings_told_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_meetings_told_kind"), f"kind IN {(*KINDS, *REMINDERS)!r}")
    with op.batch_alter_table("meetings_meeting") as batch:
        for name in COLUMNS:
            batch.drop_column(name)

"""Answers of many people wait for the host, and a host may take answers out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

STATES = ("coming", "waiting", "offered", "cancelled", "expired")
KINDS = ("counted", "in_line", "offer", "ask", "moved", "cancelled", "days", "day", "hours")
WHYS = ("double", "mistake", "silent", "no_room")


def upgrade() -> None:
    """Whoever was counted stays counted."""
    with op.batch_alter_table("meetings_rsvp") as batch:
        batch.drop_constraint(op.f("ck_meetings_rsvp_state"), type_="check")
        batch.add_column(sa.Column("for_host", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("why", sa.String(length=10), nullable=True))
        batch.create_check_constraint(op.f("ck_meetings_rsvp_state"), f"state IN {(*STATES, 'taken_out')!r}")
        batch.create_check_constraint(op.f("ck_meetings_rsvp_for_host"), "state = 'waiting' OR NOT for_host")
        batch.create_check_constraint(op.f("ck_meetings_rsvp_taken_out"), "(state = 'taken_out') = (why IS NOT NULL)")
        batch.create_check_constraint(op.f("ck_meetings_rsvp_why"), f"why IN {WHYS!r}")
    with op.batch_alter_table("meetings_rsvp") as batch:
        batch.alter_column("for_host", server_default=None)
    with op.batch_alter_table("meetings_told") as batch:
        batch.drop_constraint(op.f("ck_meetings_told_kind"), type_="check")
        kinds = ("counted", "in_line", "for_host", "offer", "ask", "taken_out", *KINDS[4:])
        batch.create_check_constraint(op.f("ck_meetings_told_kind"), f"kind IN {kinds!r}")


def downgrade() -> None:
    """Whom a host took out is as if they had cancelled."""
    op.execute("DELETE FROM meetings_told WHERE kind IN ('for_host', 'taken_out')")
    op.execute("UPDATE meetings_rsvp SET state = 'cancelled', why = NULL WHERE state = 'taken_out'")
    with op.batch_alter_table("meetings_told") as batch:
        batch.drop_constraint(op.f("ck_meetings_told_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_meetings_told_kind"), f"kind IN {KINDS!r}")
    with op.batch_alter_table("meetings_rsvp") as batch:
        for name in ("state", "for_host", "taken_out", "why"):
            batch.drop_constraint(op.f(f"ck_meetings_rsvp_{name}"), type_="check")
        batch.drop_column("why")
        batch.drop_column("for_host")
        batch.create_check_constraint(op.f("ck_meetings_rsvp_state"), f"state IN {STATES!r}")

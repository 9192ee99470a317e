"""Answers to meetings without a waiting line, seats without reserved ones, and guests of polls without slips."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0170"
down_revision = "0160"
branch_labels = None
depends_on = None
RESERVED = ("meetings_seats", "meetings_series")


def upgrade() -> None:
    for table in RESERVED:
        with op.batch_alter_table(table) as batch:
            if table == "meetings_seats":
                batch.drop_constraint(op.f("ck_meetings_seats_reserved"), type_="check")
            batch.drop_column("reserved")
    with op.batch_alter_table("meetings_rsvp") as batch:
        batch.drop_index(op.f("ix_meetings_rsvp_offered_until"))
        for check in ("offer", "for_host", "taken_out"):
            batch.drop_constraint(op.f(f"ck_meetings_rsvp_{check}"), type_="check")
        for column in ("given", "for_host", "position", "offered_until"):
            batch.drop_column(column)
    with op.batch_alter_table("partners_poll_guest") as batch:
        batch.drop_constraint(op.f("uq_partners_poll_guest_slip_hash"), type_="unique")
        batch.drop_column("slip_hash")


def downgrade() -> None:
    for table in RESERVED:
        op.add_column(table, sa.Column("reserved", sa.Integer(), nullable=False, server_default="0"))
    for column in ("given", "for_host"):
        op.add_column("meetings_rsvp", sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("meetings_rsvp", sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("meetings_rsvp", sa.Column("offered_until", sa.DateTime(), nullable=True))
    op.add_column("partners_poll_guest", sa.Column("slip_hash", sa.String(64), nullable=False, server_default=""))

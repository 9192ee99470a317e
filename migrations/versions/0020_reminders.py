"""Reminders of meetings, who was told what, and parcels that never go at night."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHOICES = "('', 'days', 'day', 'hours', 'days,day', 'days,hours', 'day,hours', 'days,day,hours')"
KINDS = "('counted', 'in_line', 'offer', 'ask', 'moved', 'cancelled', 'days', 'day', 'hours')"
# What is on its way is still taken back by whatever is newer; of what it was, the least is assumed.
WAITING = """
    INSERT INTO meetings_told (id, rsvp_id, contact_hash, channel, kind, sequence, starts_at, parcel_id)
    SELECT meetings_rsvp.id, meetings_rsvp.id, contact_hash, contact_kind, 'moved', sequence, starts_at, parcel_id
    FROM meetings_rsvp JOIN meetings_meeting ON meetings_meeting.id = meetings_rsvp.meeting_id
    WHERE parcel_id IS NOT NULL AND contact_hash IS NOT NULL AND starts_at IS NOT NULL
"""
REMINDERS = sa.text("kind IN ('days', 'day', 'hours')")


def upgrade() -> None:
    """Nobody agreed to a reminder so far; meetings have the usual ones."""
    with op.batch_alter_table("core_outbox") as batch:
        batch.add_column(sa.Column("by_day", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("core_outbox") as batch:
        batch.alter_column("by_day", server_default=None)
    with op.batch_alter_table("meetings_seats") as batch:
        batch.add_column(sa.Column("reminders", sa.String(length=20), nullable=False, server_default="day,hours"))
        batch.create_check_constraint(op.f("ck_meetings_seats_reminders"), f"reminders IN {CHOICES}")
    with op.batch_alter_table("meetings_seats") as batch:
        batch.alter_column("reminders", server_default=None)
    op.create_table(
        "meetings_wording",
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_meetings_wording")),
    )
    op.create_table(
        "meetings_told",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rsvp_id", KEY, nullable=False),
        sa.Column("contact_hash", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("sequence", KEY, nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parcel_id", KEY, nullable=True),
        sa.CheckConstraint(f"kind IN {KINDS}", name=op.f("ck_meetings_told_kind")),
        sa.CheckConstraint("channel IN ('text', 'mail')", name=op.f("ck_meetings_told_channel")),
        sa.ForeignKeyConstraint(
            ["rsvp_id"], ["meetings_rsvp.id"], name=op.f("fk_meetings_told_rsvp_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["core_outbox.id"], name=op.f("fk_meetings_told_parcel_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings_told")),
    )
    op.create_index(op.f("ix_meetings_told_rsvp_id"), "meetings_told", ["rsvp_id"])
    op.create_index(op.f("ix_meetings_told_parcel_id"), "meetings_told", ["parcel_id"])
    op.create_index(
        op.f("ix_meetings_told_contact_hash"),
        "meetings_told",
        ["contact_hash", "kind", "starts_at"],
        unique=True,
        sqlite_where=REMINDERS,
        postgresql_where=REMINDERS,
    )
    op.execute(WAITING)
    with op.batch_alter_table("meetings_rsvp") as batch:
        batch.add_column(sa.Column("agreed_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("agreed_how", sa.String(length=4), nullable=True))
        batch.add_column(sa.Column("wording", sa.String(length=16), nullable=True))
        batch.add_column(sa.Column("proved_on", sa.Date(), nullable=True))
        batch.create_check_constraint(op.f("ck_meetings_rsvp_agreed_how"), "agreed_how IN ('text', 'web')")
        batch.create_check_constraint(op.f("ck_meetings_rsvp_agreed"), "(agreed_on IS NULL) = (wording IS NULL)")
        batch.create_foreign_key(op.f("fk_meetings_rsvp_wording"), "meetings_wording", ["wording"], ["version"])
        batch.drop_constraint(op.f("fk_meetings_rsvp_parcel_id"), type_="foreignkey")
        batch.drop_column("parcel_id")


def downgrade() -> None:
    """Forget it."""
    op.drop_table("meetings_told")
    with op.batch_alter_table("meetings_rsvp") as batch:
        batch.add_column(sa.Column("parcel_id", KEY, nullable=True))
        batch.create_foreign_key(
            op.f("fk_meetings_rsvp_parcel_id"), "core_outbox", ["parcel_id"], ["id"], ondelete="SET NULL"
        )
        batch.drop_constraint(op.f("fk_meetings_rsvp_wording"), type_="foreignkey")
        for name in ("agreed_how", "agreed"):
            batch.drop_constraint(op.f(f"ck_meetings_rsvp_{name}"), type_="check")
        for name in ("agreed_on", "agreed_how", "wording", "proved_on"):
            batch.drop_column(name)
    op.drop_table("meetings_wording")
    with op.batch_alter_table("meetings_seats") as batch:
        batch.drop_constraint(op.f("ck_meetings_seats_reminders"), type_="check")
        batch.drop_column("reminders")
    with op.batch_alter_table("core_outbox") as batch:
        batch.drop_column("by_day")

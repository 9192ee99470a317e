"""Answers to meetings and their seats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Seats of a meeting, and who comes."""
    op.create_table(
        "meetings_seats",
        sa.Column("meeting_id", KEY, nullable=False),
        sa.Column("capacity", KEY, nullable=True),
        sa.Column("reserved", KEY, nullable=False),
        sa.Column("close_hours", KEY, nullable=False),
        sa.Column("text_code", sa.String(length=4), nullable=True),
        sa.Column("sums", sa.JSON(), nullable=True),
        sa.CheckConstraint("capacity BETWEEN 1 AND 9999", name=op.f("ck_meetings_seats_capacity")),
        sa.CheckConstraint("reserved BETWEEN 0 AND coalesce(capacity, 0)", name=op.f("ck_meetings_seats_reserved")),
        sa.CheckConstraint("close_hours BETWEEN 0 AND 168", name=op.f("ck_meetings_seats_close_hours")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings_meeting.id"], name=op.f("fk_meetings_seats_meeting_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_meetings_seats")),
        sa.UniqueConstraint("text_code", name=op.f("uq_meetings_seats_text_code")),
    )
    op.create_table(
        "meetings_rsvp",
        sa.Column("id", KEY, nullable=False),
        sa.Column("meeting_id", KEY, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("party", KEY, nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ages", sa.String(length=40), nullable=False),
        sa.Column("interpreter", sa.String(length=5), nullable=False),
        sa.Column("ride", sa.String(length=6), nullable=False),
        sa.Column("ride_seats", KEY, nullable=False),
        sa.Column("access_needs", sa.LargeBinary(), nullable=True),
        sa.Column("first_name", sa.LargeBinary(), nullable=True),
        sa.Column("contact_kind", sa.String(length=4), nullable=True),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("contact_hash", sa.String(length=64), nullable=True),
        sa.Column("letter", sa.String(length=1), nullable=True),
        sa.Column("parcel_id", KEY, nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        sa.Column("ask_by", sa.Date(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('coming', 'waiting', 'offered', 'cancelled', 'expired')", name=op.f("ck_meetings_rsvp_state")
        ),
        sa.CheckConstraint("party BETWEEN 1 AND 12", name=op.f("ck_meetings_rsvp_party")),
        sa.CheckConstraint("ride IN ('', 'needs', 'offers')", name=op.f("ck_meetings_rsvp_ride")),
        sa.CheckConstraint("ride_seats BETWEEN 0 AND 8", name=op.f("ck_meetings_rsvp_ride_seats")),
        sa.CheckConstraint("contact_kind IN ('text', 'mail')", name=op.f("ck_meetings_rsvp_contact_kind")),
        sa.CheckConstraint(
            "(state = 'offered') = (offered_until IS NOT NULL)", name=op.f("ck_meetings_rsvp_offer")
        ),
        sa.CheckConstraint("(contact IS NULL) = (contact_hash IS NULL)", name=op.f("ck_meetings_rsvp_contact")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings_meeting.id"], name=op.f("fk_meetings_rsvp_meeting_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["parcel_id"], ["core_outbox.id"], name=op.f("fk_meetings_rsvp_parcel_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings_rsvp")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_meetings_rsvp_code_hash")),
        sa.UniqueConstraint(
            "meeting_id", "contact_hash", "letter", name=op.f("uq_meetings_rsvp_meeting_id_contact_hash_letter")
        ),
    )
    op.create_index(op.f("ix_meetings_rsvp_meeting_id"), "meetings_rsvp", ["meeting_id", "state"])
    op.create_index(op.f("ix_meetings_rsvp_offered_until"), "meetings_rsvp", ["offered_until"])


def downgrade() -> None:
    """Take them away."""
    for table in ("meetings_rsvp", "meetings_seats"):
        op.drop_table(table)

"""Calendars of others, and what they hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PROBLEMS = (
    "no_address", "not_https", "password", "port", "no_host", "not_public", "no_answer", "too_slow", "certificate",
    "redirects", "not_there", "not_allowed", "broken", "too_large", "packed", "no_calendar", "too_much",
)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "meetings_calendar",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("etag", sa.String(length=200), nullable=False),
        sa.Column("last_modified", sa.String(length=60), nullable=False),
        sa.Column("problem", sa.String(length=20), nullable=True),
        sa.Column("failures", NUMBER, nullable=False),
        sa.Column("left_out", NUMBER, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("looked_at", MOMENT, nullable=True),
        sa.Column("look_at", MOMENT, nullable=True),
        sa.Column("added_by_id", NUMBER, nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.CheckConstraint(
            "kind IN ('worship', 'school', 'partner', 'other')", name=op.f("ck_meetings_calendar_kind")
        ),
        sa.CheckConstraint(
            "source IN ('hours', 'days', 'file', 'address')", name=op.f("ck_meetings_calendar_source")
        ),
        sa.CheckConstraint(f"problem IN {PROBLEMS!r}", name=op.f("ck_meetings_calendar_problem")),
        sa.CheckConstraint(
            "(source = 'address') = (address IS NOT NULL)", name=op.f("ck_meetings_calendar_address")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["accounts_member.id"], name=op.f("fk_meetings_calendar_added_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings_calendar")),
    )
    op.create_index(op.f("ix_meetings_calendar_look_at"), "meetings_calendar", ["look_at"])
    op.create_table(
        "meetings_outside_event",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("calendar_id", NUMBER, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("whole_day", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("venue", sa.String(length=120), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_meetings_outside_event_order")),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["meetings_calendar.id"],
            name=op.f("fk_meetings_outside_event_calendar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings_outside_event")),
    )
    op.create_index(op.f("ix_meetings_outside_event_calendar_id"), "meetings_outside_event", ["calendar_id", "starts_at"])
    op.create_index(op.f("ix_meetings_outside_event_starts_at"), "meetings_outside_event", ["starts_at"])


def downgrade() -> None:
    """Forget them."""
    op.drop_table("meetings_outside_event")
    op.drop_table("meetings_calendar")

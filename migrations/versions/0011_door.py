"""What came of meetings, how many came, and how late meetings were changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SIDES = ("residents", "youth", "faith", "organizers", "services", "city", "police", "others")


def upgrade() -> None:
    """Changes of meetings, report-backs with their lines, head counts."""
    op.create_table(
        "meetings_change",
        sa.Column("id", KEY, nullable=False),
        sa.Column("meeting_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("notice_hours", KEY, nullable=False),
        sa.CheckConstraint("kind IN ('moved', 'cancelled')", name=op.f("ck_meetings_change_kind")),
        _of_a_meeting("meetings_change"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings_change")),
    )
    op.create_index(op.f("ix_meetings_change_meeting_id"), "meetings_change", ["meeting_id"])
    op.create_table(
        "meetings_report_back",
        sa.Column("id", KEY, nullable=False),
        sa.Column("meeting_id", KEY, nullable=False),
        *_both("next_steps"),
        *_both("minutes"),
        sa.Column("author_id", KEY, nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("version", KEY, nullable=False),
        _of_a_meeting("meetings_report_back"),
        sa.ForeignKeyConstraint(
            ["author_id"], ["accounts_member.id"], name=op.f("fk_meetings_report_back_author_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings_report_back")),
    )
    op.create_index(op.f("ix_meetings_report_back_meeting_id"), "meetings_report_back", ["meeting_id"])
    _add_lines("meetings_decision", *_both("what"), *_both("who"), sa.Column("by_on", sa.Date(), nullable=True))
    _add_lines("meetings_said_and_done", *_both("said"), *_both("done"))
    op.create_table(
        "meetings_head_count",
        sa.Column("meeting_id", KEY, nullable=False),
        sa.Column("side", sa.String(length=12), nullable=False),
        sa.Column("heads", KEY, nullable=False),
        sa.CheckConstraint(f"side IN {SIDES!r}", name=op.f("ck_meetings_head_count_side")),
        sa.CheckConstraint("heads >= 0", name=op.f("ck_meetings_head_count_heads")),
        _of_a_meeting("meetings_head_count"),
        sa.PrimaryKeyConstraint("meeting_id", "side", name=op.f("pk_meetings_head_count")),
    )


def _add_lines(table: str, *columns: sa.Column) -> None:
    op.create_table(
        table,
        sa.Column("id", KEY, nullable=False),
        sa.Column("report_back_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["report_back_id"],
            ["meetings_report_back.id"],
            name=op.f(f"fk_{table}_report_back_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("report_back_id", "position", name=op.f(f"uq_{table}_report_back_id_position")),
    )


def _both(name: str) -> tuple[sa.Column, sa.Column]:
    return tuple(sa.Column(f"{name}_{lang}", sa.Text(), nullable=False) for lang in ("en", "es"))


def _of_a_meeting(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["meeting_id"], ["meetings_meeting.id"], name=op.f(f"fk_{table}_meeting_id"), ondelete="CASCADE"
    )


def downgrade() -> None:
    """Take the tables away."""
    for table in ("head_count", "said_and_done", "decision", "report_back", "change"):
        op.drop_table(f"meetings_{table}")

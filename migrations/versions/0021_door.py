"""Agendas, counts at the door, words of announcements that were changed by hand, and imports of head counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """So far there is none of it."""
    op.create_table(
        "meetings_agenda_point",
        sa.Column("id", KEY, nullable=False),
        sa.Column("meeting_id", KEY, nullable=False),
        sa.Column("position", KEY, nullable=False),
        sa.Column("minutes", KEY, nullable=False),
        sa.Column("what_en", sa.Text(), nullable=False),
        sa.Column("what_es", sa.Text(), nullable=False),
        sa.CheckConstraint("minutes BETWEEN 1 AND 600", name=op.f("ck_meetings_agenda_point_minutes")),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meetings_meeting.id"],
            name=op.f("fk_meetings_agenda_point_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings_agenda_point")),
        sa.UniqueConstraint("meeting_id", "position", name=op.f("uq_meetings_agenda_point_meeting_id_position")),
    )
    _create_for_meetings()
    op.create_table(
        "meetings_head_import",
        sa.Column("id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["accounts_member.id"], name=op.f("fk_meetings_head_import_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings_head_import")),
    )
    op.create_index(op.f("ix_meetings_head_import_member_id"), "meetings_head_import", ["member_id"])


def _create_for_meetings() -> None:
    op.create_table(
        "meetings_door_count",
        sa.Column("meeting_id", KEY, nullable=False),
        sa.Column("door", sa.String(length=32), nullable=False),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.CheckConstraint("turn >= 0", name=op.f("ck_meetings_door_count_turn")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings_meeting.id"], name=op.f("fk_meetings_door_count_meeting_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("meeting_id", "door", name=op.f("pk_meetings_door_count")),
    )
    op.create_table(
        "meetings_announcement",
        sa.Column("meeting_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("stale", sa.String(length=20), nullable=False),
        sa.Column("editor_id", KEY, nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("words_es", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('bulletin', 'announcement')", name=op.f("ck_meetings_announcement_kind")),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["meetings_meeting.id"],
            name=op.f("fk_meetings_announcement_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["editor_id"], ["accounts_member.id"], name=op.f("fk_meetings_announcement_editor_id")),
        sa.PrimaryKeyConstraint("meeting_id", "kind", name=op.f("pk_meetings_announcement")),
    )


def downgrade() -> None:
    """Forget it."""
    for table in ("meetings_head_import", "meetings_announcement", "meetings_door_count"):
        op.drop_table(table)
    op.drop_table("meetings_agenda_point")

"""Notes of the desk, saved answers, and reports that were closed as the same as another one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0142"
down_revision = "0141"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reports_note",
        sa.Column("id", ID, nullable=False),
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("about_id", ID, nullable=True),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("desk_key_id", ID, nullable=False),
        sa.Column("key_for_desk", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["reports_thread.id"], name=op.f("fk_reports_note_thread_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["about_id"], ["reports_message.id"], name=op.f("fk_reports_note_about_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["accounts_member.id"], name=op.f("fk_reports_note_member_id")),
        sa.ForeignKeyConstraint(["desk_key_id"], ["accounts_desk_key.id"], name=op.f("fk_reports_note_desk_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports_note")),
        sa.UniqueConstraint("about_id", name=op.f("uq_reports_note_about_id")),
    )
    op.create_index(op.f("ix_reports_note_thread_id"), "reports_note", ["thread_id"])
    op.create_table(
        "reports_saved_answer",
        sa.Column("id", ID, nullable=False),
        sa.Column("desk_id", ID, nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_es", sa.Text(), nullable=False),
        sa.Column("answer_en", sa.Text(), nullable=False),
        sa.Column("answer_es", sa.Text(), nullable=False),
        sa.Column("changed_by_id", ID, nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["accounts_desk.id"], name=op.f("fk_reports_saved_answer_desk_id")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["accounts_member.id"], name=op.f("fk_reports_saved_answer_changed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports_saved_answer")),
    )
    op.create_index(op.f("ix_reports_saved_answer_desk_id"), "reports_saved_answer", ["desk_id"])
    op.create_table(
        "reports_same",
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("same_as_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["reports_thread.id"], name=op.f("fk_reports_same_thread_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["same_as_id"], ["reports_thread.id"], name=op.f("fk_reports_same_same_as_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_reports_same")),
    )
    op.create_index(op.f("ix_reports_same_same_as_id"), "reports_same", ["same_as_id"])


def downgrade() -> None:
    op.drop_table("reports_same")
    op.drop_table("reports_saved_answer")
    op.drop_table("reports_note")

"""Calls to the voice line, voice notes in reports, and what is still to be deleted at the provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
CHECKS = (
    ("reports_thread", "channel", "channel IN ('web', 'text', 'relay', 'voice')", "channel IN ('web', 'text', 'relay')"),
    ("reports_message", "kind", "kind IN ('words', 'picture', 'voice')", "kind IN ('words', 'picture')"),
)


def upgrade() -> None:
    for table, name, check, _before in CHECKS:
        _replace(table, name, check)
    op.create_table(
        "sms_call",
        sa.Column("id", ID, nullable=False),
        sa.Column("call_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_call")),
        sa.UniqueConstraint("call_hash", name=op.f("uq_sms_call_call_hash")),
    )
    op.create_index(op.f("ix_sms_call_expires_at"), "sms_call", ["expires_at"])
    op.create_table(
        "sms_voice_deletion",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.LargeBinary(), nullable=False),
        sa.Column("thread_id", ID, nullable=True),
        sa.Column("attempts", ID, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('call', 'recording')", name=op.f("ck_sms_voice_deletion_kind")),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["reports_thread.id"], name=op.f("fk_sms_voice_deletion_thread_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_voice_deletion")),
    )
    op.create_index(op.f("ix_sms_voice_deletion_due_at"), "sms_voice_deletion", ["due_at"])
    op.create_index(op.f("ix_sms_voice_deletion_thread_id"), "sms_voice_deletion", ["thread_id"])


def downgrade() -> None:
    op.drop_table("sms_voice_deletion")
    op.drop_table("sms_call")
    # The version before knows no voice notes; that there was one still stands in the words of its report.
    op.execute("DELETE FROM reports_message WHERE kind = 'voice'")
    op.execute("UPDATE reports_thread SET channel = 'relay' WHERE channel = 'voice'")
    for table, name, _check, before in CHECKS:
        _replace(table, name, before)


def _replace(table: str, name: str, check: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch.create_check_constraint(op.f(f"ck_{table}_{name}"), check)

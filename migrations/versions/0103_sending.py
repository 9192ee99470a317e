"""Several numbers with their own pace, copies at the provider, and counts of texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("core_outbox", sa.Column("bulk", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("core_outbox") as batch:
        batch.alter_column("bulk", server_default=None)
    with op.batch_alter_table("sms_talk") as batch:
        batch.alter_column("our_number", existing_type=sa.String(20), type_=sa.String(30))
    op.create_table(
        "sms_pace",
        sa.Column("sender", sa.String(length=30), nullable=False),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_sms_pace")),
    )
    op.create_table(
        "sms_known_sender",
        sa.Column("phone_hash", sa.String(length=64), nullable=False),
        sa.Column("sender", sa.String(length=30), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("phone_hash", name=op.f("pk_sms_known_sender")),
    )
    op.create_index(op.f("ix_sms_known_sender_last_on"), "sms_known_sender", ["last_on"])
    op.create_table(
        "sms_text_count",
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("total", ID, nullable=False),
        sa.PrimaryKeyConstraint("month_on", "what", name=op.f("pk_sms_text_count")),
    )
    op.create_table(
        "sms_provider_copy",
        sa.Column("id", ID, nullable=False),
        sa.Column("names", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("sends_again", sa.Boolean(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_provider_copy")),
        sa.UniqueConstraint("message_id", name=op.f("uq_sms_provider_copy_message_id")),
    )
    op.create_index(op.f("ix_sms_provider_copy_due_at"), "sms_provider_copy", ["due_at"])
    op.create_table(
        "sms_texted_answer",
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["core_outbox.id"], name=op.f("fk_sms_texted_answer_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["reports_thread.id"], name=op.f("fk_sms_texted_answer_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_sms_texted_answer")),
    )
    op.create_index(op.f("ix_sms_texted_answer_message_id"), "sms_texted_answer", ["message_id"])


def downgrade() -> None:
    for table in ("sms_texted_answer", "sms_provider_copy", "sms_text_count", "sms_known_sender", "sms_pace"):
        op.drop_table(table)
    with op.batch_alter_table("sms_talk") as batch:
        batch.alter_column("our_number", existing_type=sa.String(30), type_=sa.String(20))
    op.drop_column("core_outbox", "bulk")

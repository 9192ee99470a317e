"""Where residents want to be told of an answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0105"
down_revision = "0104"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alerts_answer",
        sa.Column("id", ID, nullable=False),
        sa.Column("thread_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("wording", sa.String(length=16), nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.CheckConstraint("channel IN ('text', 'mail')", name=op.f("ck_alerts_answer_channel")),
        sa.CheckConstraint("language IN ('en', 'es')", name=op.f("ck_alerts_answer_language")),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["reports_thread.id"], name=op.f("fk_alerts_answer_thread_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["wording"], ["following_wording.version"], name=op.f("fk_alerts_answer_wording")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts_answer")),
        sa.UniqueConstraint("thread_id", name=op.f("uq_alerts_answer_thread_id")),
    )


def downgrade() -> None:
    op.drop_table("alerts_answer")

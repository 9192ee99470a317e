"""Indexes over open and closed reports and over what is passed on and not answered, for the list of a desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0140"
down_revision = "0107"
branch_labels = None
depends_on = None

OPEN = (
    *("desk_id", "in_flood", "urgent", "received_on", "state", "waiting_since", "category", "language"),
    *("channel", "market_id", "code_confirmed", "length", "texts_back"),
)
UNANSWERED = "withdrawn_on IS NULL AND closed_on IS NULL AND answered_on IS NULL"


def upgrade() -> None:
    is_open, is_closed = sa.text("state <> 'closed'"), sa.text("closed_on IS NOT NULL")
    op.create_index(
        "ix_reports_thread_open", "reports_thread", [*OPEN], sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index(
        "ix_reports_thread_closed",
        "reports_thread",
        ["desk_id", "closed_on"],
        sqlite_where=is_closed,
        postgresql_where=is_closed,
    )
    op.create_index(
        "ix_reports_referral_unanswered",
        "reports_referral",
        ["desk_id", "receiver_key_id", "passed_to", "market_id", "thread_id"],
        sqlite_where=sa.text(UNANSWERED),
        postgresql_where=sa.text(UNANSWERED),
    )


def downgrade() -> None:
    op.drop_index("ix_reports_referral_unanswered", "reports_referral")
    op.drop_index("ix_reports_thread_closed", "reports_thread")
    op.drop_index("ix_reports_thread_open", "reports_thread")

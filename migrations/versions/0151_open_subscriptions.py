"""An index over the subscriptions that wait for a yes: whoever never gave it is erased each hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0151"
down_revision = "0150"
branch_labels = None
depends_on = None

OPEN = sa.text("confirmed_on IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_following_subscription_open",
        "following_subscription",
        ["asked_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_index("ix_following_subscription_open", "following_subscription")

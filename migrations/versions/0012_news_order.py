"""An index from which the order of the news is read, with what decides whether a post may be shown."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the place's id into it: a page far back in the list then reads no post before its own."""
    op.drop_index("ix_news_post_published_at", table_name="news_post")
    op.create_index("ix_news_post_published_at_market_id", "news_post", ["published_at", "market_id"])


def downgrade() -> None:
    """The day alone, as before."""
    op.drop_index("ix_news_post_published_at_market_id", table_name="news_post")
    op.create_index(op.f("ix_news_post_published_at"), "news_post", ["published_at"])

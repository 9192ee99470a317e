"""Tools and guides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Guides, tags, and which guide has which."""
    op.create_table(
        "news_tag",
        sa.Column("id", KEY, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news_tag")),
        sa.UniqueConstraint("slug", name=op.f("uq_news_tag_slug")),
    )
    op.create_table(
        "news_guide",
        sa.Column("id", KEY, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("title_es", sa.Text(), nullable=False),
        sa.Column("about_en", sa.Text(), nullable=False),
        sa.Column("about_es", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("body_es", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("year", KEY, nullable=True),
        sa.Column("written_in", sa.String(length=4), nullable=False),
        sa.Column("author_id", KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", KEY, nullable=False),
        sa.CheckConstraint("written_in IN ('en', 'es', 'both')", name=op.f("ck_news_guide_written_in")),
        sa.ForeignKeyConstraint(["author_id"], ["accounts_member.id"], name=op.f("fk_news_guide_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news_guide")),
        sa.UniqueConstraint("slug", name=op.f("uq_news_guide_slug")),
    )
    op.create_index(op.f("ix_news_guide_published_at"), "news_guide", ["published_at"])
    op.create_table(
        "news_guide_tag",
        sa.Column("guide_id", KEY, nullable=False),
        sa.Column("tag_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["guide_id"], ["news_guide.id"], name=op.f("fk_news_guide_tag_guide_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["news_tag.id"], name=op.f("fk_news_guide_tag_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("guide_id", "tag_id", name=op.f("pk_news_guide_tag")),
    )
    op.create_index(op.f("ix_news_guide_tag_tag_id"), "news_guide_tag", ["tag_id"])


def downgrade() -> None:
    """Take them all away."""
    for table in ("news_guide_tag", "news_guide", "news_tag"):
        op.drop_table(table)

"""Tags and hours for posts, files for guides, and for all three kinds of pages which language is older."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TRANSLATED = ("news_post", "news_guide", "meetings_meeting")
PARITY = {
    "stale": (sa.Text(), ""),
    "original": (sa.String(length=2), "en"),
    "translation": (sa.String(length=10), "person"),
    "translated_by": (sa.String(length=80), ""),
    "reviewed_by": (sa.String(length=80), ""),
}
CHECKS = {"original": "original IN ('en', 'es')", "translation": "translation IN ('person', 'checked', 'machine')"}


def upgrade() -> None:
    """The columns of translations, the join table of tags, the hour that is awaited, files."""
    for table in TRANSLATED:
        _add_parity(table)
    with op.batch_alter_table("news_post") as batch:
        batch.add_column(sa.Column("awaited", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("news_post") as batch:
        batch.alter_column("awaited", server_default=None)
    op.create_table(
        "news_post_tag",
        sa.Column("post_id", KEY, nullable=False),
        sa.Column("tag_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["news_post.id"], name=op.f("fk_news_post_tag_post_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["news_tag.id"], name=op.f("fk_news_post_tag_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", "tag_id", name=op.f("pk_news_post_tag")),
    )
    op.create_index(op.f("ix_news_post_tag_tag_id"), "news_post_tag", ["tag_id"])
    _add_files()


def _add_parity(table: str) -> None:
    with op.batch_alter_table(table) as batch:
        for name, (kind, usual) in PARITY.items():
            batch.add_column(sa.Column(name, kind, nullable=False, server_default=usual))
        for name, condition in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)
    with op.batch_alter_table(table) as batch:
        for name in PARITY:
            batch.alter_column(name, server_default=None)


def _add_files() -> None:
    op.create_table(
        "news_guide_file",
        sa.Column("id", KEY, nullable=False),
        sa.Column("guide_id", KEY, nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("size", KEY, nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("lang IN ('en', 'es')", name=op.f("ck_news_guide_file_lang")),
        sa.CheckConstraint("kind IN ('pdf', 'png', 'jpg', 'txt')", name=op.f("ck_news_guide_file_kind")),
        sa.ForeignKeyConstraint(
            ["guide_id"], ["news_guide.id"], name=op.f("fk_news_guide_file_guide_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news_guide_file")),
        sa.UniqueConstraint("guide_id", "lang", name=op.f("uq_news_guide_file_guide_id_lang")),
    )


def downgrade() -> None:
    """Take it all away again; a post whose hour has not come stays hidden, for its hour is kept."""
    op.drop_table("news_guide_file")
    op.drop_table("news_post_tag")
    with op.batch_alter_table("news_post") as batch:
        batch.drop_column("awaited")
    for table in TRANSLATED:
        with op.batch_alter_table(table) as batch:
            for name in CHECKS:
                batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            for name in PARITY:
                batch.drop_column(name)

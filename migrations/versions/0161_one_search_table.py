"""The index of the search is one table: FTS5 on SQLite, one with a `tsvector` on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0161"
down_revision = "0160"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = "setweight(to_tsvector('simple'::regconfig, title), 'A') || to_tsvector('simple'::regconfig, body)"
ON_SQLITE = (
    # Words are indexed folded and in lower case: the tokenizer only has to split them.
    """CREATE VIRTUAL TABLE home_search USING fts5
    (kind UNINDEXED, item_id UNINDEXED, lang UNINDEXED, position UNINDEXED, title, body,
    tokenize='unicode61 remove_diacritics 0', prefix='2 3 4')""",
    # What is deleted is gone from the file too.
    "INSERT INTO home_search(home_search, rank) VALUES ('secure-delete', 1)",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER home_search_gone")
    op.drop_table("home_search_words")
    op.drop_table("home_search")
    if op.get_bind().dialect.name == "postgresql":
        _create_words_table()
    else:
        for statement in ON_SQLITE:
            op.execute(statement)


def _create_words_table() -> None:
    """Create what FTS5 is on SQLite."""
    op.create_table(
        "home_search",
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("lang", sa.String(2), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), sa.Computed(WORDS, persisted=True)),
    )
    op.create_index("ix_home_search_item_id", "home_search", ["item_id"])
    op.create_index("ix_home_search_words", "home_search", ["words"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_table("home_search")
    op.create_table(
        "home_search",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("lang", sa.String(2), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_search")),
        sa.UniqueConstraint("kind", "item_id", "lang", name=op.f("uq_home_search_kind_item_id_lang")),
    )
    op.create_table("home_search_words", sa.Column("id", ID, primary_key=True), sa.Column("words", sa.Text()))
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE TRIGGER home_search_gone AFTER DELETE ON home_search BEGIN SELECT 1; END")

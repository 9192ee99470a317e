"""The index of what can be found: FTS5 on SQLite, a tsvector with GIN on PostgreSQL. `flask search rebuild` fills it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The entries, and the words of each; a deleted entry takes its words along."""
    op.create_table(
        "home_search",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.CheckConstraint(
            "kind IN ('place', 'why_here', 'call_in', 'page', 'guide', 'meeting', 'post')",
            name=op.f("ck_home_search_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_search")),
        sa.UniqueConstraint("kind", "item_id", "lang", name=op.f("uq_home_search_kind_item_id_lang")),
    )
    if op.get_bind().dialect.name == "sqlite":
        # Words come folded and in small letters: nothing is left for the tokenizer but to part them.
        op.execute(
            "CREATE VIRTUAL TABLE home_search_words USING fts5"
            "(title, body, tokenize='unicode61 remove_diacritics 0', prefix='2 3 4')"
        )
        # What is taken back is gone from the file too.
        op.execute("INSERT INTO home_search_words(home_search_words, rank) VALUES ('secure-delete', 1)")
        op.execute(
            "CREATE TRIGGER home_search_gone AFTER DELETE ON home_search "
            "BEGIN DELETE FROM home_search_words WHERE rowid = old.id; END"
        )
        return
    op.create_table(
        "home_search_words",
        sa.Column("id", KEY, nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_search_words")),
        sa.ForeignKeyConstraint(
            ["id"], ["home_search.id"], name=op.f("fk_home_search_words_id"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_home_search_words_words"), "home_search_words", ["words"], postgresql_using="gin")


def downgrade() -> None:
    """Take it away; what SQLite keeps for it goes along."""
    op.drop_table("home_search_words")
    op.drop_table("home_search")

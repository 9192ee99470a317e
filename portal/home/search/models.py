"""What is in the index. The words themselves stand in `home_search_words`, which each database keeps in its own way.

There the index of SQLite is a virtual table (FTS5) and that of PostgreSQL a `tsvector`; a deleted entry takes its
words along. Order never comes from how seldom a word is: what is hidden would count in that and could be noticed.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String, UniqueConstraint, column, table
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.home.search.rules import KINDS

WORDS = "home_search_words"
FTS5 = table(WORDS, column("rowid"), column("title"), column("body"), column(WORDS))
TSVECTOR = table(WORDS, column("id"), column("words"))


class Entry(Base):
    """That something can be found in a language. `item_id` is that of the place, the meeting, the report-back."""

    __tablename__ = "home_search"
    __table_args__ = (
        UniqueConstraint("kind", "item_id", "lang"),
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    """Made by `rules.entry_key`."""
    kind: Mapped[str] = mapped_column(String(10))
    item_id: Mapped[int]
    lang: Mapped[str] = mapped_column(String(2))

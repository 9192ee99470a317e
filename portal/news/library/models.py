"""Guides and their tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.news.library.rules import WrittenIn

WRITTEN_IN = ", ".join(f"'{one}'" for one in WrittenIn)


@dataclass(frozen=True)
class GuideDraft:
    """Everything an editor says of a guide; before it is published it may have gaps."""

    title: Bilingual
    about: Bilingual
    body: Bilingual
    url: str
    source: str
    year: int | None
    written_in: str
    tags: Sequence[Tag]


class Tag(Base):
    """A word that guides are found by."""

    __tablename__ = "news_tag"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[Bilingual] = bilingual("name")


class GuideTag(Base):
    """That a guide has a tag."""

    __tablename__ = "news_guide_tag"

    guide_id: Mapped[int] = mapped_column(ForeignKey("news_guide.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("news_tag.id", ondelete="CASCADE"), primary_key=True, index=True)


class Guide(Base):
    """A document elsewhere (`url`), a page of our own to print (`body`, Markdown without HTML), or both.

    `source` cites the document in its own language. `slug` has no words of the title: it stands in the history of
    whoever read it.
    """

    __tablename__ = "news_guide"
    __table_args__ = (CheckConstraint(f"written_in IN ({WRITTEN_IN})", name="written_in"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[Bilingual] = bilingual("title")
    about: Mapped[Bilingual] = bilingual("about")
    body: Mapped[Bilingual] = bilingual("body")
    url: Mapped[str] = mapped_column(String(500))
    source: Mapped[str] = mapped_column(String(300))
    year: Mapped[int | None]
    written_in: Mapped[str] = mapped_column(String(4))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"))
    """Who began it; None when it came from the list of the command line."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(nullable=False)

    tags: Mapped[list[Tag]] = relationship(secondary="news_guide_tag", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}

    def take(self, draft: GuideDraft) -> None:
        """Say what the draft says."""
        for field in fields(GuideDraft):
            value = getattr(draft, field.name)
            setattr(self, field.name, list(value) if field.name == "tags" else value)

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def has_page(self) -> bool:
        """Whether there is a text of our own to read and print."""
        return self.body.is_whole

"""News posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.clock import now
from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.core.parity import NOBODY, Credit
from portal.core.translated import Translated, translation_checks
from portal.markets.models import Market
from portal.markets.rules import is_public, public_since
from portal.news.rules import TEXTS, State, alphabetical, state_of
from portal.news.tags import Tag


@dataclass(frozen=True)
class Draft:
    """Everything an editor says in a post; before it is published it may have gaps."""

    title: Bilingual
    summary: Bilingual
    body: Bilingual
    market_id: int | None = None
    tags: Sequence[Tag] = ()
    credit: Credit = NOBODY


class PostTag(Base):
    """That a post has a tag."""

    __tablename__ = "news_post_tag"

    post_id: Mapped[int] = mapped_column(ForeignKey("news_post.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("news_tag.id", ondelete="CASCADE"), primary_key=True, index=True)


class Post(Translated, Base):
    """A post, public from `published_at` on, which may lie ahead. `body` is Markdown without HTML."""

    __tablename__ = "news_post"
    __table_args__ = (
        *translation_checks(),
        # The lists are read from it alone: when, and whose.
        Index("ix_news_post_published_at_market_id", "published_at", "market_id"),
    )
    PARITY = TEXTS

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slug: Mapped[str | None] = mapped_column(String(80), unique=True)
    """Its name in addresses, from the first publication on."""
    title: Mapped[Bilingual] = bilingual("title")
    summary: Mapped[Bilingual] = bilingual("summary")
    body: Mapped[Bilingual] = bilingual("body")
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    awaited: Mapped[bool] = mapped_column(default=False)
    """Whether its hour was set and nobody has yet emptied the kept pages for it. Never asked who may see it."""
    version: Mapped[int] = mapped_column(nullable=False)

    market: Mapped[Market | None] = relationship(lazy="joined", viewonly=True)
    tags: Mapped[list[Tag]] = relationship(secondary="news_post_tag", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}

    def take(self, draft: Draft, *, same: bool = False) -> None:
        """Say what the draft says; `same`: an editor vouches that both languages say the same."""
        self.take_texts(draft, same=same)
        for field in fields(Draft):
            value = getattr(draft, field.name)
            setattr(self, field.name, list(value) if field.name == "tags" else value)

    @property
    def state(self) -> State:
        """Draft, scheduled or published, at this moment."""
        return state_of(self.published_at, now())

    @property
    def is_published(self) -> bool:
        """Whether the public can read it, or will without anybody doing anything more."""
        return self.published_at is not None

    @property
    def is_scheduled(self) -> bool:
        return self.state is State.SCHEDULED

    @property
    def waits_for_place(self) -> bool:
        """Whether its hour has come and nobody sees it, because its place is not released."""
        is_out = self.state is State.PUBLISHED
        return is_out and self.market is not None and not is_public(self.market.released_at, now())

    @property
    def team_look(self) -> str:
        """How it stands for the team, which also sees what the public does not yet."""
        return "waiting" if self.waits_for_place else self.state.value

    @property
    def public_since(self) -> datetime | None:
        """When the public could first know of it."""
        return public_since(self.published_at, self.market.released_at if self.market else None)

    def tags_by_name(self) -> list[Tag]:
        """Its tags in the order of the reader's alphabet."""
        return sorted(self.tags, key=lambda tag: alphabetical(str(tag.name)))

    def tag_names(self) -> list[str]:
        """What its tags are called in the reader's language."""
        return [str(tag.name) for tag in self.tags_by_name()]

"""News posts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.markets.models import Market
from portal.markets.rules import public_since


@dataclass(frozen=True)
class Draft:
    """Everything an editor says in a post; before it is published it may have gaps."""

    title: Bilingual
    summary: Bilingual
    body: Bilingual
    market_id: int | None = None


class Post(Base):
    """A post, public from `published_at` on. `body` is Markdown without HTML."""

    __tablename__ = "news_post"
    # The lists are read from it alone: when, and whose.
    __table_args__ = (Index("ix_news_post_published_at_market_id", "published_at", "market_id"),)

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
    version: Mapped[int] = mapped_column(nullable=False)

    market: Mapped[Market | None] = relationship(lazy="joined", viewonly=True)

    __mapper_args__ = {"version_id_col": version}

    def take(self, draft: Draft) -> None:
        """Say what the draft says."""
        for field in fields(Draft):
            setattr(self, field.name, getattr(draft, field.name))

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def public_since(self) -> datetime | None:
        """When the public could first know of it."""
        return public_since(self.published_at, self.market.released_at if self.market else None)

"""Tags, which posts and guides share."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual


class Tag(Base):
    """A word that posts and guides are found by."""

    __tablename__ = "news_tag"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[Bilingual] = bilingual("name")


class GuideTag(Base):
    """That a guide has a tag."""

    __tablename__ = "news_guide_tag"

    guide_id: Mapped[int] = mapped_column(ForeignKey("news_guide.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("news_tag.id", ondelete="CASCADE"), primary_key=True, index=True)

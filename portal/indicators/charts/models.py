"""Drawings of the latest snapshot. They can be made again at any time, so those of earlier ones are thrown away."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id
from portal.core.i18n import LANGUAGES

FORMS = ("narrow", "wide", "paper")
"""As SVG for a phone and for a large screen; as PNG for what is printed."""


class Drawing(Base):
    """One panel drawn, in one language and one form."""

    __tablename__ = "indicators_drawing"
    __table_args__ = (
        UniqueConstraint("digest", "slug", "measure", "lang", "form"),
        CheckConstraint(f"lang IN {LANGUAGES!r}", name="lang"),
        CheckConstraint(f"form IN {FORMS!r}", name="form"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    digest: Mapped[str] = mapped_column(String(64))
    """Of the snapshot."""
    slug: Mapped[str] = mapped_column(String(60))
    """Of the place; empty for the whole city."""
    measure: Mapped[str] = mapped_column(String(40))
    lang: Mapped[str] = mapped_column(String(2))
    form: Mapped[str] = mapped_column(String(6))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

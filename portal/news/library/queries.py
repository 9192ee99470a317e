"""Which guides there are. The public sees those that `public_guides` lets through, and tags that one of them has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, select

from portal.core.addresses import is_slug
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.i18n import language
from portal.news.library.models import Guide, Tag


def shown_guides(*conditions: ColumnElement[bool]) -> Select[Guide]:
    """The one way to guides that the public may know of."""
    return select(Guide).where(Guide.published_at.is_not(None), Guide.published_at <= now(), *conditions)


def public_guides(*conditions: ColumnElement[bool]) -> list[Guide]:
    """Guides that the public may know of: pages of our own first, then the newest documents."""
    found = session.scalars(shown_guides(*conditions))
    return sorted(found, key=lambda guide: (not guide.has_page, -(guide.year or 0), str(guide.title).casefold()))


def public_guide(slug: str) -> Guide:
    """One guide that has a page of its own, or `NotFound`."""
    found = public_guides(Guide.slug == slug) if is_slug(slug) else []
    if not found or not found[0].has_page:
        raise NotFound
    return found[0]


def tags_of(guides: Iterable[Guide]) -> list[Tag]:
    """The tags that these guides have: one that only drafts have would tell what is being prepared."""
    return by_name({tag.id: tag for guide in guides for tag in guide.tags}.values())


def every_tag() -> list[Tag]:
    """All tags, for the team."""
    return by_name(session.scalars(select(Tag)))


def by_name(tags: Iterable[Tag]) -> list[Tag]:
    """In the order of the reader's alphabet."""
    return sorted(tags, key=lambda tag: tag.name[language()].casefold())


def editable_guides() -> Sequence[Guide]:
    """Drafts and all others for the team, the latest first."""
    return session.scalars(select(Guide).order_by(Guide.updated_at.desc(), Guide.id)).all()


def editable_guide(guide_id: int, *, to_change: bool = False) -> Guide:
    """One guide for the team, or `NotFound`; `to_change` makes a second editor wait for the first."""
    found = select(Guide).where(Guide.id == guide_id)
    guide = session.scalars(found.with_for_update(of=Guide) if to_change else found).one_or_none()
    if guide is None:
        raise NotFound
    return guide

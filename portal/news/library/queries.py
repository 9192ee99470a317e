"""Which guides there are. The public sees those that `public_guides` lets through, and tags that one of them has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, true

from portal.core.addresses import is_slug
from portal.core.clock import now
from portal.core.db import session
from portal.core.errors import NotFound
from portal.core.i18n import language
from portal.news.library.models import Guide, GuideFile
from portal.news.rules import alphabetical
from portal.news.tags import Tag

EDITOR_PAGE = 30


def shown_guides(*conditions: ColumnElement[bool]) -> Select[Guide]:
    """The one way to guides that the public may know of."""
    return select(Guide).where(Guide.published_at.is_not(None), Guide.published_at <= now(), *conditions)


def public_guides(*conditions: ColumnElement[bool]) -> list[Guide]:
    """Guides that the public may know of: pages of our own first, then the newest documents."""
    found = session.scalars(shown_guides(*conditions))
    return sorted(found, key=lambda guide: (not guide.has_page, -(guide.year or 0), alphabetical(str(guide.title))))


def public_guide(slug: str) -> Guide:
    """One guide that has a page of its own, or `NotFound`."""
    found = public_guides(Guide.slug == slug) if is_slug(slug) else []
    if not found or not found[0].has_page:
        raise NotFound
    return found[0]


def tags_of(guides: Iterable[Guide]) -> list[Tag]:
    """The tags that these guides have: one that only drafts have would tell what is being prepared."""
    return by_name({tag.id: tag for guide in guides for tag in guide.tags}.values())


def by_name(tags: Iterable[Tag]) -> list[Tag]:
    """In the order of the reader's alphabet."""
    return sorted(tags, key=lambda tag: alphabetical(tag.name[language()]))


def public_file(slug: str, lang: str) -> tuple[Guide, GuideFile]:
    """The file of a guide that the public may know of, or `NotFound`: taken back, its file is gone with it."""
    found = public_guides(Guide.slug == slug) if is_slug(slug) else []
    file = found[0].file_in(lang) if found else None
    if file is None:
        raise NotFound
    return found[0], file


class Shelf(NamedTuple):
    """A page of the editors' list: these guides, whether there are more, and how many drafts and published ones."""

    guides: Sequence[Guide]
    more: bool
    drafts: int
    published: int


def editable_guides(published: bool | None = None, page: int = 1) -> Shelf:
    """Drafts and all others for the team, drafts first, the latest first; `published` for one of the two."""
    is_draft = Guide.published_at.is_(None)
    wanted = true() if published is None else ~is_draft if published else is_draft
    listed = select(Guide).where(wanted).order_by(is_draft.desc(), Guide.updated_at.desc(), Guide.id)
    found = session.scalars(listed.offset((page - 1) * EDITOR_PAGE).limit(EDITOR_PAGE + 1)).all()
    drafts, out = (session.scalar(select(func.count(Guide.id)).where(one)) or 0 for one in (is_draft, ~is_draft))
    return Shelf(found[:EDITOR_PAGE], len(found) > EDITOR_PAGE, drafts, out)


def editable_guide(guide_id: int, *, to_change: bool = False) -> Guide:
    """One guide for the team, or `NotFound`; `to_change` makes a second editor wait for the first."""
    found = select(Guide).where(Guide.id == guide_id)
    guide = session.scalars(found.with_for_update(of=Guide) if to_change else found).one_or_none()
    if guide is None:
        raise NotFound
    return guide


def unread_files() -> Sequence[int]:
    """The ids of files that no worker has read yet."""
    return session.scalars(select(GuideFile.id).where(GuideFile.words.is_(None))).all()

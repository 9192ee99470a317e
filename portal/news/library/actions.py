"""Adding guides, publishing them and taking them back; loading the list that every city may begin with."""

from __future__ import annotations

from sqlalchemy import select

from portal.core.addresses import random_tail, slug
from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import session
from portal.core.edition import publish_edition
from portal.core.errors import Refused
from portal.core.i18n import Bilingual
from portal.news.library.literature import literature
from portal.news.library.models import Guide, GuideDraft
from portal.news.library.rules import missing
from portal.news.tags import Tag


def draft_guide(draft: GuideDraft, author_id: int | None) -> Guide:
    """Begin a guide; it may have gaps and nobody outside the team sees it."""
    moment = now()
    guide = Guide(slug=random_tail(), author_id=author_id, created_at=moment, updated_at=moment)
    guide.take(draft)
    session.add(guide)
    session.flush()
    record("guide.drafted", "guide", guide.id, author_id)
    _record_files(guide, draft, author_id)
    return guide


def edit_guide(guide: Guide, draft: GuideDraft, editor_id: int, *, same: bool = False) -> None:
    """Change a guide; a published one must stay whole in both languages. Raises `Refused`.

    `same`: the editor vouches that both languages say the same.
    """
    if guide.is_published and missing(draft, bool(guide.digests_after(draft))):
        raise Refused("guide_gaps")
    guide.take(draft, same=same)
    guide.updated_at = now()
    record("guide.edited", "guide", guide.id, editor_id)
    _record_files(guide, draft, editor_id)
    if guide.is_published:
        publish_edition()


def _record_files(guide: Guide, draft: GuideDraft, editor_id: int | None) -> None:
    for file in draft.files.values():
        record("guide.file_put" if file else "guide.file_erased", "guide", guide.id, editor_id)


def publish_guide(guide: Guide, editor_id: int | None) -> None:
    """Show it to everybody. Raises `Refused` while a language is not whole or there is nothing to read."""
    if missing(guide, bool(guide.files)):
        raise Refused("guide_gaps")
    guide.published_at = guide.updated_at = now()
    record("guide.published", "guide", guide.id, editor_id)
    publish_edition()


def delete_draft(guide: Guide, editor_id: int) -> None:
    """Erase a draft and its files, for good. Raises `Refused` while it is published."""
    if guide.is_published:
        raise Refused("guide_not_draft")
    record("guide.deleted", "guide", guide.id, editor_id)
    session.delete(guide)
    session.flush()


def take_back_guide(guide: Guide, editor_id: int) -> None:
    """Make it a draft again; it is gone from the list, and so is its page."""
    was_shown = guide.is_published
    guide.published_at = None
    guide.updated_at = now()
    record("guide.taken_back", "guide", guide.id, editor_id)
    if was_shown:
        publish_edition()


def add_tag(name: Bilingual, editor_id: int | None, known_as: str | None = None) -> Tag:
    """A new tag, or the one that is called the same already; `known_as` is its name in addresses."""
    for tag in session.scalars(select(Tag)):
        if (tag.name.en.casefold(), tag.name.es.casefold()) == (name.en.casefold(), name.es.casefold()):
            return tag
    tag = Tag(slug=known_as or slug(name.en, random_tail()), name=name)
    session.add(tag)
    session.flush()
    record("tag.added", "tag", tag.id, editor_id)
    return tag


def load_literature(author_id: int | None) -> int:
    """Publish the list of `literature`, but for what is there already; how many were new."""
    names, entries = literature()
    there = {key for guide in session.scalars(select(Guide)) for key in (guide.url, guide.title.en)}
    new = [entry for entry in entries if not entry.keys & there]
    found = {tag.slug: tag for tag in session.scalars(select(Tag).where(Tag.slug.in_(names)))}
    needed = sorted({name for entry in new for name in entry.tags} - found.keys())
    tags = found | {name: add_tag(names[name], author_id, name) for name in needed}
    for entry in new:
        publish_guide(draft_guide(entry.draft([tags[name] for name in entry.tags]), author_id), author_id)
    return len(new)

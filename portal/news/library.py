"""The library of tools and guides: rules, tables, queries, actions, the job that reads files, a command, and texts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import sqlalchemy as sa
from flask.cli import AppGroup
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import Base, added, db, one, random_id, session
from portal.core.files.uploads import KINDS, CleanFile, words_in
from portal.core.i18n import LANGUAGES, NOTHING, Bilingual, bilingual
from portal.core.jobs.engine import each_row
from portal.core.page_cache import renew_cache_version
from portal.core.slugs import random_tail, slug
from portal.core.statuses import Refused
from portal.markets import status
from portal.markets.publishing import Publication
from portal.news.posts import Tag, alphabetical


class WrittenIn(StrEnum):
    """The language of the document itself, which readers should know before they open it."""

    ENGLISH = "en"
    SPANISH = "es"
    BOTH = "both"


def missing(guide: Guide, has_file: bool = False) -> list[str]:
    """Return the form fields that block publication; "url" if there is nothing to read: no body, address or file."""
    gaps, body = (status.missing(guide.texts, names) for names in (("title", "about"), ("body",)))
    if len(body) == 1:
        return [*gaps, *body]
    return [*gaps, "url"] if body and not guide.url and not has_file else gaps


def is_address(text: str) -> bool:
    """Return whether `text` is a whole web address; an embedded password or another scheme could be a trap."""
    if re.search(r"[\s\x00-\x1f\"'<>\\]", text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and "." in (parts.hostname or "") and "@" not in parts.netloc


Files = Mapping[str, CleanFile | None]
"""By language: a new file, or None to erase the stored one. Languages that are absent keep their file."""


class GuideFile(Base):
    """A downloadable file of a guide, one for each language.

    It is stored in the database, so that backups include it, withdrawing the guide hides it, and a replaced file is
    overwritten on the disk.
    """

    __tablename__ = "news_guide_file"
    __table_args__ = (
        sa.UniqueConstraint("guide_id", "lang"),
        sa.CheckConstraint(f"lang IN {LANGUAGES!r}", name="lang"),
        sa.CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    guide_id: Mapped[int] = mapped_column(sa.ForeignKey("news_guide.id", ondelete="CASCADE"))
    lang: Mapped[str] = mapped_column(sa.String(2))
    kind: Mapped[str] = mapped_column(sa.String(4))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(32))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    """Sanitized by `core.files.uploads.clean`; the original file name is not kept."""
    words: Mapped[str | None] = mapped_column(sa.Text, deferred=True)
    """The extracted text, for the search; None until the job has read the file, empty if it contains no text."""
    added_at: Mapped[datetime]


class Guide(Publication, Base):
    """A guide: an external document (`url`), a page to print (`body`, Markdown without HTML), files, or several.

    `source` cites the document in its own language. `slug` contains no words of the title, because it remains in the
    browser history of the reader.
    """

    __tablename__ = "news_guide"
    PARITY = ("title", "about", "body")

    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    title: Mapped[Bilingual] = bilingual("title")
    about: Mapped[Bilingual] = bilingual("about")
    body: Mapped[Bilingual] = bilingual("body")
    url: Mapped[str] = mapped_column(sa.String(500))
    source: Mapped[str] = mapped_column(sa.String(300))
    year: Mapped[int | None]
    written_in: Mapped[WrittenIn]
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts_member.id"))
    """The member who created it; None when the command line loaded it from the list of literature."""
    published_at: Mapped[datetime | None] = mapped_column(index=True)

    tags: Mapped[list[Tag]] = relationship(secondary="news_guide_tag", lazy="selectin")
    files: Mapped[list[GuideFile]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="GuideFile.lang"
    )

    def put_files(self, files: Files) -> None:
        """Store new files and erase others, by language; the replaced content is gone for good."""
        for lang, file in files.items():
            stored = self.file_in(lang)
            if file is None:
                self.files = [other for other in self.files if other is not stored]
                continue
            if stored is None:
                stored = GuideFile(id=random_id(), lang=lang)
                self.files.append(stored)
            stored.kind, stored.content, stored.size = file.kind, file.content, len(file.content)
            stored.digest, stored.words, stored.added_at = file.digest, None, now()

    @property
    def texts(self) -> dict[str, Bilingual]:
        """All translated texts plus the digests of the files: a new file in one language marks the other as stale."""
        return super().texts | {"file": digests_after(self, {})}

    @property
    def has_page(self) -> bool:
        return self.body.is_whole

    def file_in(self, lang: str) -> GuideFile | None:
        return next((file for file in self.files if file.lang == lang), None)


def digests_after(guide: Guide | None, files: Files) -> Bilingual:
    """Return the digests of the files that a guide will have, in each language; "" for none."""
    there = {file.lang: file.digest for file in guide.files if file.lang not in files} if guide else {}
    digests = there | {lang: file.digest for lang, file in files.items() if file}
    return Bilingual(en=digests.get("en", ""), es=digests.get("es", ""))


def shown_guides(*conditions: sa.ColumnElement[bool]) -> sa.Select[Guide]:
    """Return the SELECT of published guides. Every public query must start from it."""
    return sa.select(Guide).where(Guide.published_at.is_not(None), Guide.published_at <= now(), *conditions)


def public_guides() -> list[Guide]:
    """Return the published guides: pages of our own first, then external documents, newest first."""
    guides = session.scalars(shown_guides())
    return sorted(guides, key=lambda guide: (not guide.has_page, -(guide.year or 0), alphabetical(str(guide.title))))


def public_guide(slug: str) -> Guide:
    """Return a published guide. Raises `NotFound`, also for one that was withdrawn."""
    return one(shown_guides(Guide.slug == slug))


def editable_guide(guide_id: int, *, to_change: bool = False) -> Guide:
    return one(sa.select(Guide).where(Guide.id == guide_id), to_change=to_change)


LIST = Path(__file__).with_name("literature.toml")


def literature() -> tuple[dict[str, Bilingual], list[dict[str, Any]]]:
    """Return tag names by slug, and attributes of guides with the slugs of their tags, of the list of literature."""
    read = tomllib.loads(LIST.read_text(encoding="utf-8"))
    guides = []
    for entry in read["guides"]:
        texts = {name: Bilingual(**entry[name]) if name in entry else NOTHING for name in Guide.PARITY}
        others = {"url": entry.get("link", ""), "source": entry.get("source", ""), "year": entry.get("year")}
        guides.append(texts | others | {"written_in": WrittenIn(entry["written_in"]), "tags": entry["tags"]})
    return {name: Bilingual(**words) for name, words in read["tags"].items()}, guides


def draft_guide(values: Mapping[str, Any], author_id: int | None, files: Files | None = None) -> Guide:
    """Create an unpublished guide; it may be incomplete, and only the team sees it."""
    guide = added(Guide(slug=random_tail(), author_id=author_id, **values))
    guide.put_files(files or {})
    record("guide.drafted", "guide", guide.id, author_id)
    _record_files(guide, files or {}, author_id)
    return guide


def edit_guide(
    guide: Guide, values: Mapping[str, Any], editor_id: int, files: Files | None = None, *, same: bool = False
) -> None:
    """Change a guide. Raises `Refused` if a published guide would become incomplete in one of the languages."""
    files = files or {}
    guide.take_values(values, same=same, file=digests_after(guide, files))
    guide.put_files(files)
    if guide.is_published:
        _require_whole(guide)
        renew_cache_version()
    guide.updated_at = now()
    record("guide.edited", "guide", guide.id, editor_id)
    _record_files(guide, files, editor_id)


def _record_files(guide: Guide, files: Files, editor_id: int | None) -> None:
    for file in files.values():
        record("guide.file_put" if file else "guide.file_erased", "guide", guide.id, editor_id)


def _require_whole(guide: Guide) -> None:
    if missing(guide, bool(guide.files)):
        raise Refused("guide_gaps")


def publish_guide(guide: Guide, editor_id: int | None) -> None:
    """Publish a guide. Raises `Refused` while a language is incomplete or there is nothing to read."""
    _require_whole(guide)
    guide.published_at = guide.updated_at = now()
    record("guide.published", "guide", guide.id, editor_id)
    renew_cache_version()


def take_back_guide(guide: Guide, editor_id: int) -> None:
    """Withdraw a guide: it becomes a draft again, and leaves the list together with its page."""
    was_shown = guide.is_published
    guide.published_at = None
    guide.updated_at = now()
    record("guide.taken_back", "guide", guide.id, editor_id)
    if was_shown:
        renew_cache_version()


def add_tag(name: Bilingual, editor_id: int | None, known_as: str | None = None) -> Tag:
    """Create a tag, or return the existing one with the same names; `known_as` is used as the slug."""
    for tag in session.scalars(sa.select(Tag)):
        if (tag.name.en.casefold(), tag.name.es.casefold()) == (name.en.casefold(), name.es.casefold()):
            return tag
    tag = added(Tag(slug=known_as or slug(name.en, random_tail()), name=name))
    record("tag.added", "tag", tag.id, editor_id)
    return tag


def load_literature(author_id: int | None) -> int:
    """Publish the entries of `literature` that are not in the library yet. Returns how many were new."""
    names, guides = literature()
    there = {key for guide in session.scalars(sa.select(Guide)) for key in (guide.url, guide.title.en)} - {""}
    new = [values for values in guides if there.isdisjoint((values["url"], values["title"].en))]
    tags = {tag.slug: tag for tag in session.scalars(sa.select(Tag).where(Tag.slug.in_(names)))}
    needed = {name for values in new for name in values["tags"]} - tags.keys()
    tags |= {name: add_tag(names[name], author_id, name) for name in sorted(needed)}
    for values in new:
        own = [tags[name] for name in values["tags"]]
        publish_guide(draft_guide({**values, "tags": own}, author_id), author_id)
    return len(new)


AT_MOST = timedelta(seconds=20)


def read_files() -> None:
    """Extract the text of new or replaced files, until a time limit: waiting text messages need the worker."""
    until = now() + AT_MOST
    with db.work():
        waiting = session.scalars(sa.select(GuideFile.id).where(GuideFile.words.is_(None))).all()
    each_row(waiting, read_file, begin=lambda _file_id: now() < until)


def read_file(file_id: int) -> None:
    """Extract and store the text of a file. Extraction takes seconds, so it runs outside a transaction."""
    with db.work():
        columns = (GuideFile.guide_id, GuideFile.kind, GuideFile.content, GuideFile.digest)
        stored = session.execute(sa.select(*columns).where(GuideFile.id == file_id)).one_or_none()
    if stored is None:
        return
    words = words_in(stored.kind, stored.content)
    with db.work():
        # Lock the guide: an editor who saves it at the same time updates the search index too.
        session.scalars(sa.select(Guide.id).where(Guide.id == stored.guide_id).with_for_update()).all()
        # The file may have been replaced or erased in the meantime.
        same = GuideFile.id == file_id, GuideFile.digest == stored.digest
        if (file := session.scalar(sa.select(GuideFile).where(*same))) is not None:
            file.words = words


guides = AppGroup("guides", help="Tools and guides.")


@guides.command("seed")
def seed() -> None:
    """Publish the list of literature about the strategy; guides that exist already are not changed."""
    with db.work():
        new = load_literature(None)
    click.echo(f"New in the library: {new}.")


IN_LANGUAGE = {
    WrittenIn.ENGLISH: _l("in English"),
    WrittenIn.SPANISH: _l("in Spanish"),
    WrittenIn.BOTH: _l("in English and Spanish"),
}
NOTHING_TO_READ = _l("Give the address of a document, add a file, or write a text in both languages.")
NO_ADDRESS = _l("This is not the whole address of a page. It begins with https://.")
NO_YEAR = _l("Write the year with four digits, such as 2012, or leave it empty.")
HALF_A_TAG = _l("A new tag needs a name in both languages.")
TAKE_ALONG = {"en": _l("Download in English"), "es": _l("Download in Spanish")}
REFUSALS = {
    "guide_gaps": _l("It cannot be published yet: something is missing in one of the languages."),
}

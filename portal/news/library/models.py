"""Guides and their tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.clock import now
from portal.core.db import Base, random_id
from portal.core.files.kinds import KINDS, CleanFile
from portal.core.i18n import LANGUAGES, Bilingual, bilingual
from portal.core.parity import NOBODY, Credit
from portal.core.translated import Translated, translation_checks
from portal.news.library.rules import TEXTS, WrittenIn
from portal.news.tags import Tag

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
    credit: Credit = NOBODY
    files: Mapping[str, CleanFile | None] = field(default_factory=dict)
    """By language: a new file, or None to erase the one that is there. Languages not named keep theirs."""


class GuideFile(Base):
    """A file to take along, one for each language.

    It stands in the database, so that a backup has it, a guide that is taken back hides it, and one that is replaced
    is overwritten on the disk.
    """

    __tablename__ = "news_guide_file"
    __table_args__ = (
        UniqueConstraint("guide_id", "lang"),
        CheckConstraint(f"lang IN {LANGUAGES!r}", name="lang"),
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    guide_id: Mapped[int] = mapped_column(ForeignKey("news_guide.id", ondelete="CASCADE"))
    lang: Mapped[str] = mapped_column(String(2))
    kind: Mapped[str] = mapped_column(String(4))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(32))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """Made clean by `core.files.cleaning`; the name it came with is not kept."""
    words: Mapped[str | None] = mapped_column(Text, deferred=True)
    """What it says, for the search; None until a worker has read it, empty if there is nothing to read."""
    added_at: Mapped[datetime]


class Guide(Translated, Base):
    """A document elsewhere (`url`), a page of our own to print (`body`, Markdown without HTML), files, or several.

    `source` cites the document in its own language. `slug` has no words of the title: it stands in the history of
    whoever read it.
    """

    __tablename__ = "news_guide"
    __table_args__ = (CheckConstraint(f"written_in IN ({WRITTEN_IN})", name="written_in"), *translation_checks())
    PARITY = (*TEXTS, "body")

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
    files: Mapped[list[GuideFile]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="GuideFile.lang"
    )

    __mapper_args__ = {"version_id_col": version}

    def take(self, draft: GuideDraft, *, same: bool = False) -> None:
        """Say what the draft says; `same`: an editor vouches that both languages say the same."""
        self.take_texts(draft, same=same, file=_sides(self.digests_after(draft)))
        for name in ("url", "source", "year", "written_in", "credit"):
            setattr(self, name, getattr(draft, name))
        self.tags = list(draft.tags)
        self.put_files(draft.files)

    def digests_after(self, draft: GuideDraft) -> dict[str, str]:
        """The files that it will have by their languages, each by its digest."""
        there = {file.lang: file.digest for file in self.files if file.lang not in draft.files}
        return there | {lang: file.digest for lang, file in draft.files.items() if file}

    def put_files(self, files: Mapping[str, CleanFile | None]) -> None:
        """Take in new files and erase others, by their languages; what stood there is gone for good."""
        for lang, file in files.items():
            self._put(lang, file)

    def _put(self, lang: str, file: CleanFile | None) -> None:
        old = self.file_in(lang)
        if file is None:
            self.files = [one for one in self.files if one is not old]
            return
        if old is None:
            old = GuideFile(id=random_id(), lang=lang)
            self.files.append(old)
        old.kind, old.content, old.size, old.digest = file.kind, file.content, len(file.content), file.digest
        old.words, old.added_at = None, now()

    @property
    def texts(self) -> dict[str, Bilingual]:
        """Every text and the files: one of two that is replaced makes the other older."""
        return super().texts | {"file": _sides({file.lang: file.digest for file in self.files})}

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def has_page(self) -> bool:
        """Whether there is a text of our own to read and print."""
        return self.body.is_whole

    def file_in(self, lang: str) -> GuideFile | None:
        """The file in one language."""
        return next((file for file in self.files if file.lang == lang), None)


def _sides(digests: Mapping[str, str]) -> Bilingual:
    return Bilingual(en=digests.get("en", ""), es=digests.get("es", ""))

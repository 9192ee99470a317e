"""The promises that offices made, everything that happened to each, and what residents said of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.commitments.rules.ballots import SAYS
from portal.commitments.rules.promises import STEPS, VERDICTS, Standing, standing
from portal.core.clock import now, today, zone
from portal.core.db import Base, random_id
from portal.core.files.kinds import KINDS, CleanFile
from portal.core.i18n import Bilingual, bilingual
from portal.core.parity import NOBODY, Credit
from portal.core.translated import Translated, translation_checks
from portal.markets.models import Market
from portal.markets.rules import is_public, public_since
from portal.organisations.models import Office

TEXTS = ("what", "made_at")


@dataclass(frozen=True)
class Pledge:
    """Everything that is said of a promise when it is written down; a draft has gaps."""

    what: Bilingual
    made_at: Bilingual
    made_on: date | None = None
    due_on: date | None = None
    office_id: int | None = None
    market_id: int | None = None
    credit: Credit = NOBODY


class Commitment(Translated, Base):
    """A promise of an office, public once it stands there in both languages."""

    __tablename__ = "commitments_commitment"
    __table_args__ = (
        CheckConstraint(f"verdict IN {VERDICTS!r}", name="verdict"),
        CheckConstraint("(verdict IS NULL) = (judged_on IS NULL)", name="judged"),
        CheckConstraint("published_at IS NULL OR (slug IS NOT NULL AND due_on IS NOT NULL)", name="whole"),
        Index(None, "due_on", "id"),
        *translation_checks(),
    )
    PARITY = TEXTS

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slug: Mapped[str | None] = mapped_column(String(80), unique=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("organisations_office.id"), index=True)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"), index=True)
    what: Mapped[Bilingual] = bilingual("what")
    made_at: Mapped[Bilingual] = bilingual("made_at")
    """On which occasion it was made, in words."""
    made_on: Mapped[date | None]
    due_on: Mapped[date | None]
    first_due_on: Mapped[date | None]
    """The day that was named when it was published, whatever was named later."""
    verdict: Mapped[str | None] = mapped_column(String(8))
    judged_on: Mapped[date | None]
    origin: Mapped[str | None] = mapped_column(String(60), unique=True)
    """What it was taken over from, so that nothing is taken over twice."""
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(nullable=False)

    office: Mapped[Office | None] = relationship(lazy="joined")
    market: Mapped[Market | None] = relationship(lazy="joined", viewonly=True)
    entries: Mapped[list[LedgerEntry]] = relationship(
        cascade="all, delete-orphan", order_by="(LedgerEntry.at, LedgerEntry.position)", back_populates="commitment"
    )
    milestones: Mapped[list[Milestone]] = relationship(
        cascade="all, delete-orphan", order_by="(Milestone.due_on, Milestone.id)"
    )

    __mapper_args__ = {"version_id_col": version}

    def take(self, pledge: Pledge, *, same: bool = False) -> None:
        """Say what the pledge says; `same`: an editor vouches that both languages say the same."""
        self.take_texts(pledge, same=same)
        self.made_on, self.due_on, self.credit = pledge.made_on, pledge.due_on, pledge.credit
        self.office_id, self.market_id = pledge.office_id, pledge.market_id

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def standing(self) -> Standing:
        """How it stands today."""
        return standing(self.due_on or today(), self.verdict, today())

    @property
    def waits_for_place(self) -> bool:
        """Whether it is published and nobody sees it, because its place is not released."""
        return self.is_published and self.market is not None and not is_public(self.market.released_at, now())

    @property
    def team_look(self) -> str:
        """What it is to the team, which also sees what the public does not yet."""
        if not self.is_published:
            return "draft"
        return "waiting" if self.waits_for_place else self.standing.value

    def known_day(self, day: date | None) -> date | None:
        """A day as the public may read it: none from before its place was known, as that would tell when work began."""
        released_at = self.market.released_at if self.market else None
        is_early = day is not None and released_at is not None and day < released_at.astimezone(zone()).date()
        return None if is_early else day

    @property
    def public_since(self) -> datetime | None:
        """When the public could first know of it."""
        return public_since(self.published_at, self.market.released_at if self.market else None)

    @property
    def told_on(self) -> date | None:
        """The day of the verdict, for the public: one before the release would tell when work at the place began."""
        if self.judged_on is None or self.public_since is None:
            return self.judged_on
        return max(self.judged_on, self.public_since.astimezone(zone()).date())


class LedgerEntry(Base):
    """Something that happened to a promise, for ever part of its public history."""

    __tablename__ = "commitments_entry"
    __table_args__ = (
        CheckConstraint(f"step IN {STEPS!r}", name="step"),
        UniqueConstraint("commitment_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments_commitment.id", ondelete="CASCADE"))
    position: Mapped[int]
    """Its place in the history, from 1."""
    step: Mapped[str] = mapped_column(String(10))
    text: Mapped[Bilingual] = bilingual("text")
    """Why, or what it is; of a new wording the old one."""
    url: Mapped[str] = mapped_column(String(500), default="")
    due_before: Mapped[date | None]
    due_after: Mapped[date | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    at: Mapped[datetime]

    commitment: Mapped[Commitment] = relationship(back_populates="entries")
    file: Mapped[EvidenceFile | None] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def told_at(self) -> datetime:
        """What happened while a place was hidden happened, for the public, when it could first know of it."""
        return max(self.at, self.commitment.public_since or self.at)


class EvidenceFile(Base):
    """A file that shows how a promise goes; its entry says in both languages what it is.

    It stands in the database, so that a backup has it and its promise hides it. Taken out, its bytes are gone for good
    and the row says that there was one: history is not written over.
    """

    __tablename__ = "commitments_file"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
        CheckConstraint("(content IS NULL) = (taken_out_on IS NOT NULL)", name="taken_out"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    entry_id: Mapped[int] = mapped_column(ForeignKey("commitments_entry.id", ondelete="CASCADE"), unique=True)
    kind: Mapped[str] = mapped_column(String(4))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(32))
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """Made clean by `core.files.cleaning`; the name it came with is not kept."""
    taken_out_on: Mapped[date | None]

    @classmethod
    def of(cls, file: CleanFile) -> EvidenceFile:
        """A row for a file that was made clean."""
        found = cls(id=random_id(), kind=file.kind, size=len(file.content), digest=file.digest, content=file.content)
        found.taken_out_on = None
        return found

    @property
    def is_there(self) -> bool:
        """Whether it can still be had."""
        return self.taken_out_on is None


class Milestone(Base):
    """A step on the way to a promise, with a day of its own."""

    __tablename__ = "commitments_milestone"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments_commitment.id", ondelete="CASCADE"), index=True)
    what: Mapped[Bilingual] = bilingual("what")
    due_on: Mapped[date]
    reached_on: Mapped[date | None]

    @property
    def standing(self) -> Standing:
        """How it stands today."""
        return Standing.KEPT if self.reached_on else standing(self.due_on, None, today())


class Hearing(Base):
    """A session at which residents answer, by slip, whether promises were kept."""

    __tablename__ = "commitments_hearing"
    __table_args__ = (CheckConstraint("closes_on >= opens_on", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    title: Mapped[Bilingual] = bilingual("title")
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))

    items: Mapped[list[Item]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="Item.position", back_populates="hearing"
    )


class Item(Base):
    """A promise on the slips of a hearing, and how often each answer was given. No row for any person."""

    __tablename__ = "commitments_item"
    __table_args__ = (
        UniqueConstraint("hearing_id", "commitment_id"),
        *(CheckConstraint(f"{say} >= 0", name=say) for say in SAYS),
    )

    hearing_id: Mapped[int] = mapped_column(ForeignKey("commitments_hearing.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments_commitment.id", ondelete="CASCADE"), index=True)
    kept: Mapped[int] = mapped_column(default=0)
    partly: Mapped[int] = mapped_column(default=0)
    broken: Mapped[int] = mapped_column(default=0)
    unsure: Mapped[int] = mapped_column(default=0)

    hearing: Mapped[Hearing] = relationship(back_populates="items")
    commitment: Mapped[Commitment] = relationship(lazy="joined")

    @property
    def counts(self) -> dict[str, int]:
        """How often each answer was given."""
        return {say: getattr(self, say) for say in SAYS}


class Slip(Base):
    """A printed slip that was not answered yet, by a keyed hash of its code. Answering erases the row."""

    __tablename__ = "commitments_slip"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    hearing_id: Mapped[int] = mapped_column(ForeignKey("commitments_hearing.id", ondelete="CASCADE"), index=True)

"""Tables of promises, their history and evidence, hearings and slips, and the queries for the public and the team."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import (
    Case,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    UniqueConstraint,
    and_,
    case,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from portal.accounts.reminders import STILL_LATE, WEEK
from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.commitments.ballots import SAYS
from portal.commitments.promise_states import (
    KEEPERS,
    STEPS,
    VERDICTS,
    PromiseActor,
    PromiseState,
    PromiseVerdict,
    standing,
)
from portal.core.clock import today, zone
from portal.core.db import Base, Encrypted, EncryptedBytes, one, random_id, session
from portal.core.files.uploads import KINDS, CleanFile
from portal.core.i18n import Bilingual, bilingual, translation_checks
from portal.core.statuses import NotFound
from portal.markets.gate import about_shown
from portal.markets.places import may_be_known, may_be_shown
from portal.markets.publishing import PublicationAtPlace
from portal.organisations.organisations import Office, organisations_of

TEXTS = ("what", "made_at")


class Commitment(PublicationAtPlace, Base):
    """A promise of an office, public once it is complete in both languages."""

    __tablename__ = "commitments_commitment"
    __table_args__ = (
        CheckConstraint(f"verdict IN {VERDICTS!r}", name="verdict"),
        CheckConstraint("(verdict IS NULL) = (judged_on IS NULL)", name="judged"),
        CheckConstraint("published_at IS NULL OR (slug IS NOT NULL AND due_on IS NOT NULL)", name="whole"),
        Index(None, "due_on", "id"),
        *translation_checks(),
    )
    PARITY = TEXTS

    slug: Mapped[str | None] = mapped_column(String(80), unique=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("organisations_office.id"), index=True)
    what: Mapped[Bilingual] = bilingual("what", encrypted=True)
    made_at: Mapped[Bilingual] = bilingual("made_at", encrypted=True)
    """The occasion on which it was made, in words."""
    made_on: Mapped[date | None]
    due_on: Mapped[date | None]
    first_due_on: Mapped[date | None]
    """The due date at publication, even if it was changed later."""
    verdict: Mapped[str | None] = mapped_column(String(8))
    judged_on: Mapped[date | None]
    origin: Mapped[str | None] = mapped_column(String(60), unique=True)
    """The source it was copied from, so that nothing is copied twice."""
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    published_at: Mapped[datetime | None] = mapped_column(index=True)

    office: Mapped[Office | None] = relationship(lazy="joined")
    entries: Mapped[list[LedgerEntry]] = relationship(
        cascade="all, delete-orphan", order_by="(LedgerEntry.at, LedgerEntry.position)", back_populates="commitment"
    )
    milestones: Mapped[list[Milestone]] = relationship(
        cascade="all, delete-orphan", order_by="(Milestone.due_on, Milestone.id)"
    )

    @property
    def standing(self) -> PromiseState:
        """Its state today."""
        return standing(self.due_on or today(), self.verdict, today())

    @property
    def team_look(self) -> str:
        """Its state as shown to the team: "draft", "waiting" for its place, or a `PromiseState`."""
        if not self.is_published:
            return "draft"
        return "waiting" if self.waits_for_place else self.standing.value

    def known_day(self, day: date | None) -> date | None:
        """Return a day as the public may read it.

        None for a day before its place's release, which would tell when work began.
        """
        released_at = self.market.released_at if self.market else None
        is_early = day is not None and released_at is not None and day < released_at.astimezone(zone()).date()
        return None if is_early else day

    @property
    def told_on(self) -> date | None:
        """The day of the verdict as the public reads it: not before the release, to hide when work began."""
        if self.judged_on is None or self.public_since is None:
            return self.judged_on
        return max(self.judged_on, self.public_since.astimezone(zone()).date())


class LedgerEntry(Base):
    """An entry in the permanent public history of a promise."""

    __tablename__ = "commitments_entry"
    __table_args__ = (
        CheckConstraint(f"step IN {STEPS!r}", name="step"),
        UniqueConstraint("commitment_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments_commitment.id", ondelete="CASCADE"))
    position: Mapped[int]
    """Its position in the history, from 1."""
    step: Mapped[str] = mapped_column(String(10))
    text: Mapped[Bilingual] = bilingual("text", encrypted=True)
    """The reason or the content of the step; for a new wording the old one."""
    url: Mapped[str] = mapped_column(Encrypted(), default="")
    due_before: Mapped[date | None]
    due_after: Mapped[date | None]
    by_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    at: Mapped[datetime]

    commitment: Mapped[Commitment] = relationship(back_populates="entries")
    file: Mapped[EvidenceFile | None] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def told_at(self) -> datetime:
        """When it happened as the public reads it: not before the public could know of the promise."""
        return max(self.at, self.commitment.public_since or self.at)


class EvidenceFile(Base):
    """A file as evidence of progress; its entry describes it in both languages.

    It is stored in the database, so that backups include it and the promise's visibility applies. When it is removed,
    its bytes are deleted and the row remains, because history is not overwritten.
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
    content: Mapped[bytes | None] = mapped_column(EncryptedBytes(), deferred=True)
    """Sanitized by `core.files.cleaning`; the original file name is not stored."""
    taken_out_on: Mapped[date | None]

    @classmethod
    def of(cls, file: CleanFile) -> EvidenceFile:
        """Return a row for a sanitized file."""
        found = cls(id=random_id(), kind=file.kind, size=len(file.content), digest=file.digest, content=file.content)
        found.taken_out_on = None
        return found

    @property
    def is_there(self) -> bool:
        """Whether it can still be downloaded."""
        return self.taken_out_on is None


class Milestone(Base):
    """A milestone of a promise, with a due date of its own."""

    __tablename__ = "commitments_milestone"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments_commitment.id", ondelete="CASCADE"), index=True)
    what: Mapped[Bilingual] = bilingual("what", encrypted=True)
    due_on: Mapped[date]
    reached_on: Mapped[date | None]

    @property
    def standing(self) -> PromiseState:
        """Its state today."""
        return PromiseState.KEPT if self.reached_on else standing(self.due_on, None, today())


class Hearing(Base):
    """A session at which residents answer, by slip, whether promises were kept."""

    __tablename__ = "commitments_hearing"
    __table_args__ = (CheckConstraint("closes_on >= opens_on", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    title: Mapped[Bilingual] = bilingual("title")
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))

    items: Mapped[list[HearingItem]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="HearingItem.position", back_populates="hearing"
    )


class HearingItem(Base):
    """A promise on the slips of a hearing, and the count of each answer. There is no row for any person."""

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
        """The count of each answer."""
        return {say: getattr(self, say) for say in SAYS}


class BallotSlip(Base):
    """A printed, unanswered slip, by a keyed hash of its code. Answering deletes the row."""

    __tablename__ = "commitments_slip"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    hearing_id: Mapped[int] = mapped_column(ForeignKey("commitments_hearing.id", ondelete="CASCADE"), index=True)


PAGE = 24
FEED = 30
SOON = timedelta(days=7)


def shown() -> ColumnElement[bool]:
    """Return the condition for a promise that the public may see."""
    return and_(Commitment.published_at.is_not(None), may_be_shown(Commitment.market_id))


def stands(standing: PromiseState) -> ColumnElement[bool]:
    """Return the condition for a promise in this state today: `promise_states.standing` in SQL."""
    match standing:
        case PromiseState.KEPT | PromiseState.BROKEN:
            return Commitment.verdict == standing.value
        case PromiseState.LATE:
            return and_(Commitment.verdict.is_(None), Commitment.due_on < today())
    return and_(Commitment.verdict.is_(None), Commitment.due_on >= today())


def _in_order(rows: Select[Commitment]) -> Select[Commitment]:
    """Order open promises first, the longest overdue at the top; then judged ones, the newest first."""
    judged = case((Commitment.verdict.is_(None), 0), else_=1)
    open_by_day = case((Commitment.verdict.is_(None), Commitment.due_on))
    return rows.order_by(judged, open_by_day, Commitment.judged_on.desc(), Commitment.id)


def public_commitments(
    *,
    standing: PromiseState | None = None,
    office_id: int | None = None,
    market_id: int | None = None,
) -> Select[Commitment]:
    """Return the query for public promises, optionally of one state, office or place."""
    found = select(Commitment).where(shown())
    if standing is not None:
        found = found.where(stands(standing))
    if office_id is not None:
        found = found.where(Commitment.office_id == office_id)
    if market_id is not None:
        found = found.where(Commitment.market_id == market_id)
    return _in_order(found)


def commitments_page(rows: Select[Commitment], page: int) -> tuple[Sequence[Commitment], bool]:
    """Return a page of promises, and whether there are more. Raises `NotFound` beyond the end."""
    found = session.scalars(rows.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    if page > 1 and not found:
        raise NotFound
    return found[:PAGE], len(found) > PAGE


def _kinds() -> Case[str]:
    """Return the state of a promise today, as a column."""
    return case(
        (Commitment.verdict == PromiseVerdict.KEPT.value, PromiseState.KEPT.value),
        (Commitment.verdict == PromiseVerdict.BROKEN.value, PromiseState.BROKEN.value),
        (Commitment.due_on < today(), PromiseState.LATE.value),
        else_=PromiseState.DUE.value,
    )


def counts(*, office_id: int | None = None, market_id: int | None = None) -> dict[PromiseState, int]:
    """Return the number of public promises in each state."""
    kinds = _kinds()
    asked = select(kinds, func.count()).where(shown()).group_by(kinds)
    if office_id is not None:
        asked = asked.where(Commitment.office_id == office_id)
    if market_id is not None:
        asked = asked.where(Commitment.market_id == market_id)
    found = {PromiseState(kind): count for kind, count in session.execute(asked)}
    return {one: found.get(one, 0) for one in PromiseState}


def counts_at(market_ids: Collection[int]) -> dict[int | None, dict[PromiseState, int]]:
    """Return the number of public promises in each state, for each place that has any."""
    kinds = _kinds()
    asked = select(Commitment.market_id, kinds, func.count()).where(shown(), Commitment.market_id.in_(market_ids))
    found: dict[int | None, dict[PromiseState, int]] = {}
    for market_id, kind, count in session.execute(asked.group_by(Commitment.market_id, kinds)):
        found.setdefault(market_id, dict.fromkeys(PromiseState, 0))[PromiseState(kind)] = count
    return found


def commitments_at(market_id: int, most: int = 6) -> Sequence[Commitment]:
    """Return the first of the public promises about a place."""
    return session.scalars(public_commitments(market_id=market_id).limit(most)).all()


def public_commitment(slug: str) -> Commitment:
    """Return a public promise; raise the same `NotFound` for a hidden one and for one that never existed."""
    asked = select(Commitment).where(shown(), Commitment.slug == slug)
    return one(_whole(asked))


def files_of(commitment: Commitment) -> list[EvidenceFile]:
    """Return the evidence files of a promise that were not removed."""
    return [entry.file for entry in commitment.entries if entry.file is not None and entry.file.is_there]


def file_in(commitment: Commitment, file_id: int) -> EvidenceFile:
    """Return one of them; raise the same `NotFound` for one that was removed and for one that never existed."""
    for file in files_of(commitment):
        if file.id == file_id:
            return file
    raise NotFound


def latest_entries(market_id: int | None = None) -> Sequence[LedgerEntry]:
    """Return the newest entries of public promises, for feeds."""
    asked = select(LedgerEntry).join(LedgerEntry.commitment).where(shown())
    if market_id is not None:
        asked = asked.where(Commitment.market_id == market_id)
    return session.scalars(asked.order_by(LedgerEntry.at.desc(), LedgerEntry.position.desc()).limit(FEED)).all()


def _whole(rows: Select[Commitment]) -> Select[Commitment]:
    return rows.options(selectinload(Commitment.entries), selectinload(Commitment.milestones))


def public_office(office_id: int) -> Office:
    """Return an office with a promise that the public may see; raise `NotFound` otherwise."""
    asked = select(Office).where(Office.id == office_id, Office.id.in_(select(Commitment.office_id).where(shown())))
    found = session.scalars(asked).first()
    if found is None:
        raise NotFound
    return found


def promise_actor(member: Member) -> PromiseActor:
    """Return a member as a `PromiseActor` for the rules."""
    return PromiseActor(frozenset(member.roles), organisations_of(member.id))


def may_see(member: Member) -> ColumnElement[bool]:
    """Return the condition for a promise that a member may know of.

    A draft is for members who may write it: the other side must not read what an office has not said in public.
    """
    me = promise_actor(member)
    own = select(Office.id).where(Office.organisation_id.in_(me.organisations))
    drafts = or_(Commitment.author_id == member.id, Commitment.office_id.in_(own))
    if Role.ORGANIZER in me.roles:
        # Copied from a decision made in public: it is part of a report-back that any organizer may edit.
        drafts = or_(drafts, Commitment.origin.is_not(None))
    mine = true() if me.roles & KEEPERS else or_(Commitment.published_at.is_not(None), drafts)
    return and_(may_be_known(Commitment.market_id, member.id), mine)


def team_commitments(member: Member, standing: PromiseState | None = None) -> Select[Commitment]:
    """Return the query for drafts and published promises that a member may know of, the drafts first."""
    found = select(Commitment).where(may_see(member)).order_by(Commitment.published_at.is_not(None))
    if standing is not None:
        found = found.where(Commitment.published_at.is_not(None), stands(standing))
    return _in_order(found)


def team_commitment(commitment_id: int, member: Member, *, to_change: bool = False) -> Commitment:
    """Return a promise that a member may know of, with `to_change` locked for update; raise `NotFound` otherwise."""
    asked = select(Commitment).where(Commitment.id == commitment_id, may_see(member))
    found = session.scalars(_whole(asked.with_for_update(of=Commitment) if to_change else asked)).first()
    if found is None:
        raise NotFound
    return found


def due_soon(member: Member) -> Sequence[Commitment]:
    """Return open promises that are late or due within a week, of those a member may know of."""
    rows = team_commitments(member).where(
        Commitment.published_at.is_not(None), Commitment.verdict.is_(None), Commitment.due_on <= today() + SOON
    )
    return session.scalars(rows).all()


def promises_near() -> Sequence[Commitment]:
    """Return open promises, hidden ones included, whose day may call for a reminder."""
    near = Commitment.due_on.between(today() - STILL_LATE, today() + WEEK)
    asked = select(Commitment).where(Commitment.published_at.is_not(None), Commitment.verdict.is_(None), near)
    return session.scalars(_whole(asked)).all()


def hearings() -> Sequence[Hearing]:
    """Return all hearings, the newest first."""
    return session.scalars(select(Hearing).order_by(Hearing.opens_on.desc(), Hearing.id)).all()


def hearing_of(hearing_id: int) -> Hearing:
    """Return a hearing by its id; raise `NotFound` if there is none."""
    found = session.get(Hearing, hearing_id)
    if found is None:
        raise NotFound
    return found


def slip(code_hash: str, *, to_use: bool = False) -> BallotSlip | None:
    """Return an unanswered slip by the hash of its code, with `to_use` locked for update."""
    asked = select(BallotSlip).where(BallotSlip.code_hash == code_hash)
    return session.scalars(asked.with_for_update() if to_use else asked).first()


def answers_about(commitment_ids: Iterable[int]) -> Sequence[HearingItem]:
    """Return the answers about promises at hearings that are over, the newest first."""
    ended = select(Hearing.id).where(Hearing.closes_on < today())
    asked = (
        select(HearingItem)
        .join(HearingItem.hearing)
        .where(HearingItem.commitment_id.in_(list(commitment_ids)), HearingItem.hearing_id.in_(ended))
    )
    return session.scalars(asked.order_by(Hearing.closes_on.desc())).all()


def answerable() -> Sequence[Commitment]:
    """Return the promises that may be printed on a slip: public ones only, as anyone may get a slip."""
    return session.scalars(public_commitments()).all()


def about_shown_commitments() -> ColumnElement[bool]:
    """Return the condition for an audit event that is not about a promise at a hidden place."""
    return about_shown("commitment", Commitment.id, Commitment.market_id)

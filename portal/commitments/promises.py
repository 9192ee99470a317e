"""Promises: tables (also of hearings and slips), queries for the public and the team, and words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.commitments import promise_rules
from portal.commitments.promise_rules import SAYS, BallotChoice, PromiseActor, PromiseState, PromiseStep, PromiseVerdict
from portal.core.clock import today, zone
from portal.core.db import Base, Encrypted, EncryptedBytes, numbered_page, one, random_id, session
from portal.core.files.uploads import KINDS, CleanFile, facts_of
from portal.core.i18n import Bilingual, bilingual, date_words, language
from portal.core.statuses import NotFound, existing
from portal.markets.places import may_be_known, may_be_shown
from portal.markets.publishing import PublicationAtPlace
from portal.organisations.organisations import Office, open_offices, organisations_of


class Commitment(PublicationAtPlace, Base):
    """A promise of an office, public once it is complete in both languages."""

    __tablename__ = "commitments_commitment"
    __table_args__ = (
        CheckConstraint("(verdict IS NULL) = (judged_on IS NULL)", name="judged"),
        CheckConstraint("published_at IS NULL OR (slug IS NOT NULL AND due_on IS NOT NULL)", name="whole"),
        sa.Index(None, "due_on", "id"),
    )
    PARITY = ("what", "made_at")

    slug: Mapped[str | None] = mapped_column(String(80), unique=True)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("organisations_office.id"), index=True)
    what: Mapped[Bilingual] = bilingual("what", encrypted=True)
    made_at: Mapped[Bilingual] = bilingual("made_at", encrypted=True)
    """The occasion on which it was made, in words."""
    made_on: Mapped[date | None]
    due_on: Mapped[date | None]
    first_due_on: Mapped[date | None]
    """The due date at publication, even if it was changed later."""
    verdict: Mapped[PromiseVerdict | None]
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
        return promise_rules.standing(self.due_on or today(), self.verdict, today())

    @property
    def team_look(self) -> str:
        """Its state as shown to the team: "draft", "waiting" for its place, or a `PromiseState`."""
        if not self.is_published:
            return "draft"
        return "waiting" if self.waits_for_place else self.standing.value

    def may_be_written(self, by: PromiseActor) -> bool:
        return promise_rules.may_write(by, self.office.organisation_id if self.office else None)

    def may_be_judged(self, by: PromiseActor) -> bool:
        house = self.office.organisation if self.office else None
        return house is not None and promise_rules.may_judge(by, house.id, house.kind)

    def known_day(self, day: date | None) -> date | None:
        """Return a day as the public may read it: None before the place's release, which would tell when work began."""
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
    __tablename__ = "commitments_entry"
    __table_args__ = (sa.UniqueConstraint("commitment_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments_commitment.id", ondelete="CASCADE"))
    position: Mapped[int]
    """Its position in the history, from 1."""
    step: Mapped[PromiseStep]
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
    """Sanitized by `core.files.uploads.clean`; the original file name is not stored."""
    taken_out_on: Mapped[date | None]

    @classmethod
    def of(cls, file: CleanFile) -> EvidenceFile:
        size = len(file.content)
        return cls(id=random_id(), kind=file.kind, size=size, digest=file.digest, content=file.content)

    @property
    def is_there(self) -> bool:
        return self.taken_out_on is None


class Milestone(Base):
    __tablename__ = "commitments_milestone"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    commitment_id: Mapped[int] = mapped_column(ForeignKey("commitments_commitment.id", ondelete="CASCADE"), index=True)
    what: Mapped[Bilingual] = bilingual("what", encrypted=True)
    due_on: Mapped[date]
    reached_on: Mapped[date | None]

    @property
    def standing(self) -> PromiseState:
        return PromiseState.KEPT if self.reached_on else promise_rules.standing(self.due_on, None, today())


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
        sa.UniqueConstraint("hearing_id", "commitment_id"),
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
        return {say: getattr(self, say) for say in SAYS}


class BallotSlip(Base):
    """A printed, unanswered slip, by a keyed hash of its code. Answering deletes the row."""

    __tablename__ = "commitments_slip"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    hearing_id: Mapped[int] = mapped_column(ForeignKey("commitments_hearing.id", ondelete="CASCADE"), index=True)


PAGE = 24


def shown() -> ColumnElement[bool]:
    return sa.and_(Commitment.published_at.is_not(None), may_be_shown(Commitment.market_id))


def stands(standing: PromiseState) -> ColumnElement[bool]:
    """Return the condition for a promise in this state today: `promise_rules.standing` in SQL."""
    match standing:
        case PromiseState.KEPT | PromiseState.BROKEN:
            return Commitment.verdict == standing.value
        case PromiseState.LATE:
            return sa.and_(Commitment.verdict.is_(None), Commitment.due_on < today())
    return sa.and_(Commitment.verdict.is_(None), Commitment.due_on >= today())


def _in_order(rows: Select[Commitment]) -> Select[Commitment]:
    """Order open promises first, the longest overdue at the top; then judged ones, the newest first."""
    judged = sa.case((Commitment.verdict.is_(None), 0), else_=1)
    open_by_day = sa.case((Commitment.verdict.is_(None), Commitment.due_on))
    return rows.order_by(judged, open_by_day, Commitment.judged_on.desc(), Commitment.id)


def public_commitments(standing: PromiseState | None = None, /, **within: int) -> Select[Commitment]:
    """Return the query for public promises, of one state, and `within` a market_id or an office_id."""
    rows = select(Commitment).where(shown()).filter_by(**within)
    return _in_order(rows if standing is None else rows.where(stands(standing)))


def commitments_page(rows: Select[Commitment], page: int) -> tuple[Sequence[Commitment], bool]:
    """Return a page of promises, and whether there are more. Raises `NotFound` beyond the end."""
    listed, more = numbered_page(rows, page, PAGE)
    if page > 1 and not listed:
        raise NotFound
    return listed, more


def counts(**within: int) -> dict[PromiseState, int]:
    """Return the number of public promises in each state, `within` a market_id or an office_id."""
    kind = sa.case(*((stands(state), state.value) for state in PromiseState))
    rows = session.execute(select(kind, sa.func.count(Commitment.id)).where(shown()).filter_by(**within).group_by(kind))
    return dict.fromkeys(PromiseState, 0) | {PromiseState(state): count for state, count in rows}


def commitments_at(market_id: int) -> Sequence[Commitment]:
    return session.scalars(public_commitments(market_id=market_id).limit(6)).all()


def public_commitment(slug: str) -> Commitment:
    """Return a public promise; raise the same `NotFound` for a hidden one and for one that never existed."""
    return one(_whole(select(Commitment).where(shown(), Commitment.slug == slug)))


def files_of(commitment: Commitment) -> list[EvidenceFile]:
    return [entry.file for entry in commitment.entries if entry.file is not None and entry.file.is_there]


def file_in(commitment: Commitment, file_id: int) -> EvidenceFile:
    """Return one of them; raise the same `NotFound` for one that was removed and for one that never existed."""
    return existing({file.id: file for file in files_of(commitment)}.get(file_id))


def _whole(rows: Select[Commitment]) -> Select[Commitment]:
    return rows.options(selectinload(Commitment.entries), selectinload(Commitment.milestones))


def promise_actor(member: Member) -> PromiseActor:
    return PromiseActor(frozenset(member.roles), organisations_of(member.id), member.id)


def offices_to_write_for(me: PromiseActor) -> list[Office]:
    return [office for office in open_offices() if promise_rules.may_write(me, office.organisation_id)]


def may_see(member: Member) -> ColumnElement[bool]:
    """Return the condition for what a member may know of; the other side reads no draft before it is said in public."""
    me = promise_actor(member)
    own = select(Office.id).where(Office.organisation_id.in_(me.organisations))
    drafts = sa.or_(Commitment.author_id == member.id, Commitment.office_id.in_(own))
    if Role.ORGANIZER in me.roles:
        # Copied from a decision made in public: it is part of a report-back that any organizer may edit.
        drafts = sa.or_(drafts, Commitment.origin.is_not(None))
    seen = sa.true() if me.roles & promise_rules.KEEPERS else sa.or_(Commitment.published_at.is_not(None), drafts)
    return sa.and_(may_be_known(Commitment.market_id, member.id), seen)


def team_commitments(member: Member, standing: PromiseState | None = None) -> Select[Commitment]:
    rows = select(Commitment).where(may_see(member)).order_by(Commitment.published_at.is_not(None))
    if standing is not None:
        rows = rows.where(Commitment.published_at.is_not(None), stands(standing))
    return _in_order(rows)


def team_commitment(commitment_id: int, member: Member, *, to_change: bool = False) -> Commitment:
    """Return a promise that a member may know of, with `to_change` locked for update; raise `NotFound` otherwise."""
    return one(_whole(select(Commitment).where(Commitment.id == commitment_id, may_see(member))), to_change=to_change)


STANDINGS = {
    PromiseState.LATE: _l("Late"),
    PromiseState.DUE: _l("Still to come"),
    PromiseState.BROKEN: _l("Broken"),
    PromiseState.KEPT: _l("Kept"),
}
STEPS = {
    PromiseStep.MADE: _l("The promise was made public"),
    PromiseStep.MOVED: _l("Another day was named"),
    PromiseStep.REWORDED: _l("The wording was corrected. Before, it said:"),
    PromiseStep.PLANNED: _l("A step on the way was planned"),
    PromiseStep.REACHED: _l("A step on the way was reached"),
    PromiseStep.EVIDENCE: _l("Evidence was added"),
    PromiseStep.WITHDRAWN: _l("A file was taken out"),
    PromiseStep.CLAIMED: _l("The office says it is done"),
    PromiseStep.KEPT: _l("The other side says: kept"),
    PromiseStep.BROKEN: _l("The other side says: broken"),
    PromiseStep.REOPENED: _l("The other side took its word back: it is open again"),
}
SAY_WORDS = {
    BallotChoice.KEPT: _l("It was kept"),
    BallotChoice.PARTLY: _l("It was kept in part"),
    BallotChoice.BROKEN: _l("It was not kept"),
    BallotChoice.UNSURE: _l("I don't know"),
}


def promised(commitment: Commitment) -> str:
    """Return the words of a promise, marked as promised because it is shown together with its state."""
    return str(_("Promised: %(what)s", what=commitment.what[language()]))


def standing_words(commitment: Commitment) -> str:
    day = commitment.told_on if commitment.verdict else commitment.due_on
    return f"{STANDINGS[commitment.standing]} · {date_words(day)}" if day else str(STANDINGS[commitment.standing])


def standing_sentence(commitment: Commitment) -> str:
    """Return how a promise that nobody has judged stands towards its day; nothing for others."""
    if commitment.due_on is None or commitment.verdict is not None:
        return ""
    due, late = date_words(commitment.due_on), (today() - commitment.due_on).days
    if late <= 0:
        return str(_("Due on %(day)s.", day=due))
    return str(
        ngettext("It was due on %(day)s, %(num)s day ago.", "It was due on %(day)s, %(num)s days ago.", late, day=due)
    )


def kept_and_late(counts: dict[PromiseState, int]) -> str:
    numbers = {name.value: counts[name] for name in (PromiseState.KEPT, PromiseState.LATE, PromiseState.BROKEN)}
    words = _("%(all)s in all: %(kept)s kept, %(late)s late, %(broken)s broken.")
    return str(words) % (numbers | {"all": sum(counts.values())})


def step_title(entry: LedgerEntry) -> str:
    return str(STEPS[entry.step])


def step_text(entry: LedgerEntry) -> str:
    """Return what a step says: for the first one the occasion, unless its day would tell when work began."""
    promise = entry.commitment
    before, after = (date_words(day) if day else "" for day in (entry.due_before, entry.due_after))
    told = ""
    if entry.step is PromiseStep.MADE and (made_on := promise.known_day(promise.made_on)):
        told = f"{promise.made_at[language()]}, {date_words(made_on)}"
    elif entry.step is PromiseStep.MOVED:
        told = _("From %(before)s to %(after)s.", before=before, after=after)
    elif entry.step is PromiseStep.PLANNED and after:
        told = _("Due on %(day)s.", day=after)
    return f"{told} {entry.text[language()]}".strip()


def file_facts(file: EvidenceFile) -> str:
    """Return the kind and size of a file, or that it was removed; when and why is in the history."""
    return facts_of(file.kind, file.size) if file.is_there else str(_("was taken out"))


def answers_in_words(item: HearingItem) -> list[tuple[str, str]]:
    """Return the public answers about a promise as (label, count); empty while too few answered."""
    answers = promise_rules.shown_answers(item.counts)
    if answers is None:
        return []
    few = _("too few to show")
    rows = [(str(SAY_WORDS[say]), few if count is None else str(count)) for say, count in answers.rows]
    return [*rows, (_("Altogether"), str(answers.total))]

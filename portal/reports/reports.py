"""Rows and queries of reports: threads, sealed messages and referrals.

No column here may hold a telephone number, an address, a user agent, a code word or a resident's text in clear. Times
are dates: the minute of a report could betray who was seen with a phone in hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Self

import sqlalchemy as sa
from flask_babel import gettext as _
from nacl.public import PrivateKey, PublicKey
from sqlalchemy import ColumnElement, ForeignKey, LargeBinary, and_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from portal.accounts import users
from portal.core.clock import today
from portal.core.crypto import About, CannotOpen, Misplaced, reseal, unseal
from portal.core.db import Base, Versioned, numbered_page, once_per_page, one, random_id, session, table
from portal.core.i18n import date_words
from portal.core.purge import days_ago
from portal.core.statuses import NotFound, Refused, existing
from portal.core.vouched import Vouched
from portal.markets.places import Market, is_shown, own_to, workers_at
from portal.reports import texts, triage
from portal.reports.holds import ReportHold, keeps
from portal.reports.triage import Category, Channel, Disposition, NextDue, Referral, ResidentVerdict, TriageState
from portal.reports.words import ReportWords

OPEN = "state <> 'closed'"


class Thread(Vouched, Versioned, Base):
    """A report with all its messages. `locator` is a keyed hash of the code words."""

    __tablename__ = "reports_thread"
    BINDS = ("id", "locator", "public_key", "desk_id", "language", "length")
    __table_args__ = (
        sa.CheckConstraint("(verdict IS NULL) = (verdict_on IS NULL)", name="verdict_on"),
        sa.CheckConstraint("(state = 'closed') = (disposition IS NOT NULL)", name="closed_with_disposition"),
        sa.Index(None, "desk_id", "state", "received_on"),
        # What the desk's list asks of open reports stands in it, so that counting them reads no row.
        sa.Index(
            "ix_reports_thread_open",
            *("desk_id", "in_flood", "urgent", "received_on", "state", "waiting_since", "category", "language"),
            *("channel", "market_id", "code_confirmed", "length", "texts_back"),
            sqlite_where=sa.text(OPEN),
            postgresql_where=sa.text(OPEN),
        ),
        sa.Index(
            "ix_reports_thread_closed",
            *("desk_id", "closed_on"),
            sqlite_where=sa.text("closed_on IS NOT NULL"),
            postgresql_where=sa.text("closed_on IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    locator: Mapped[str] = mapped_column(sa.String(64), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """The private key is derived from the code words, which only the resident has."""
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"))
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"))
    category: Mapped[Category]
    channel: Mapped[Channel]
    language: Mapped[str] = mapped_column(sa.String(2))
    urgent: Mapped[bool] = mapped_column(default=False)
    """The report contains words of danger, so the desk sees it first. No emergency service is sent automatically."""
    announced: Mapped[bool] = mapped_column(default=False)
    """Whether the members of its desk were told that something urgent waits."""
    in_flood: Mapped[bool] = mapped_column(default=False)
    """It came with very many others, so it is read after the rest, danger first; cleared once a member has read it."""
    received_on: Mapped[date]
    clock_from: Mapped[date]
    """The day from which deadlines count: of arrival, of reopening, or of the handover to another desk."""
    state: Mapped[TriageState]
    waiting_since: Mapped[date | None]
    """Since when a message of the resident or a receiver's answer waits for the desk; None when nothing waits."""
    read_on: Mapped[date | None]
    passed_to: Mapped[Referral | None]
    passed_on: Mapped[date | None]
    disposition: Mapped[Disposition | None]
    closed_on: Mapped[date | None] = mapped_column(index=True)
    closed_before_with: Mapped[Disposition | None]
    """The disposition before the report was reopened, shown beside the later one."""
    reopened_on: Mapped[date | None]
    verdict: Mapped[ResidentVerdict | None]
    """The resident's verdict; it stands beside the disposition and never replaces it."""
    verdict_on: Mapped[date | None] = mapped_column(index=True)
    verdict_asked_on: Mapped[date | None]
    """The day on which the question was sent to a phone, or the resident was told that it stands on the page."""
    held_since: Mapped[date | None]
    """Start of a legal hold, which keeps the report beyond its retention; see the deletion schedule."""
    code_confirmed: Mapped[bool] = mapped_column(default=False)
    texts_back: Mapped[bool] = mapped_column(default=False)
    """Whether answers also go to a phone, as far as this feature knows; it never learns which phone."""
    doubt: Mapped[bool] = mapped_column(default=False)
    """A text in it may have been an opt-out: nothing is texted until a desk member has decided whether it was one."""
    length: Mapped[int] = mapped_column(default=0)
    """The number of messages, and the position of the next one."""

    messages: Mapped[list[ThreadMessage]] = relationship(
        order_by="ThreadMessage.position", cascade="all, delete-orphan", back_populates="thread"
    )

    @property
    def running(self) -> tuple[NextDue, str] | None:
        """The running deadline and its state today."""
        clock = triage.clock_of(self.state, self.clock_from)
        return (clock, clock.reading(today())) if clock else None


class SealedToDesk:
    """Mixin for rows with a text in `box`; the desk's key with `desk_key_id` opens the key of that text."""

    box: Mapped[bytes] = mapped_column(LargeBinary)
    desk_key_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk_key.id"))
    key_for_desk: Mapped[bytes] = mapped_column(LargeBinary)

    def hand_on(self, keys: Keys, to: users.ActiveKey) -> None:
        """Seal the key of the text to another desk. Raises Refused("cannot_open") if these keys do not open it."""
        self.key_for_desk = resealed(self.key_for_desk, self.desk_key_id, keys, to)
        self.desk_key_id = to.id


class ThreadMessage(SealedToDesk, Vouched, Base):
    """One sealed message. A random key closes `box`; that key is sealed to the desk and to the thread."""

    __tablename__ = "reports_message"
    BINDS = (
        *("thread_id", "position", "author", "kind", "written_on", "member_id"),
        *("box", "desk_key_id", "key_for_desk", "key_for_thread"),
    )
    __table_args__ = (
        sa.UniqueConstraint("thread_id", "position"),
        sa.CheckConstraint("author IN ('resident', 'desk')", name="author"),
        sa.CheckConstraint("kind IN ('words', 'picture', 'voice')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"))
    position: Mapped[int]
    author: Mapped[str] = mapped_column(sa.String(10))
    kind: Mapped[str] = mapped_column(sa.String(10), default="words")
    member_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"))
    """The desk member who answered; never shown to the resident."""
    written_on: Mapped[date]
    key_for_thread: Mapped[bytes] = mapped_column(LargeBinary)

    thread: Mapped[Thread] = relationship(back_populates="messages")

    @classmethod
    def looked_at(cls) -> ColumnElement[bool]:
        """Files are large, and are looked at when somebody opens them."""
        return cls.kind == "words"

    def opened(self, sealed_key: bytes, private: PrivateKey) -> bytes:
        """Return the content. Raises `CannotOpen`, or `Misplaced` for what was written past the portal."""
        if not self.is_vouched:
            raise Misplaced
        return unseal(self.about, self.box, sealed_key, private)

    @property
    def about(self) -> About:
        language = self.thread.language
        return about_message(self.thread_id, self.position, self.author, self.kind, self.written_on, language)


def about_message(thread_id: int, position: int, author: str, kind: str, written_on: date, language: str) -> About:
    """Return what a message is bound to: in another thread or place, or under another name, it does not open."""
    return ("message", thread_id, position, author, kind, written_on, language)


UNANSWERED = "withdrawn_on IS NULL AND closed_on IS NULL AND answered_on IS NULL"


class PassedOn(SealedToDesk, Vouched, Versioned, Base):
    """A referral: a report passed on to people who read it here, with the words the desk chose and the outcome.

    Receivers read this row and no other: nothing in it leads to the thread, its channel or its language. Once the
    referral is over (withdrawn, or the report closed), no copy is left that they could open.
    """

    __tablename__ = "reports_referral"
    BINDS = ("id", "thread_id", "desk_id", "box", "answer_box")
    __table_args__ = (
        sa.CheckConstraint("passed_to <> 'oversight'", name="received"),
        sa.CheckConstraint("category <> 'conduct'", name="no_conduct"),
        sa.CheckConstraint("passed_to IN ('outreach', 'property') OR market_id IS NOT NULL", name="place"),
        sa.CheckConstraint("passed_to <> 'outreach' OR category = 'services'", name="services"),
        sa.CheckConstraint("passed_to <> 'property' OR category = 'property'", name="property"),
        sa.CheckConstraint("acknowledged_by_id IS NULL OR acknowledged_on IS NOT NULL", name="acknowledged"),
        sa.CheckConstraint("(answered_on IS NULL) = (answer_box IS NULL)", name="answered"),
        sa.CheckConstraint(
            "(withdrawn_on IS NULL AND closed_on IS NULL)"
            " OR (key_for_receiver IS NULL AND answer_key_for_receiver IS NULL)",
            name="over",
        ),
        sa.Index(None, "desk_id", "market_id"),
        sa.Index(
            "ix_reports_referral_unanswered",
            *("desk_id", "receiver_key_id", "passed_to", "market_id", "thread_id"),
            sqlite_where=sa.text(UNANSWERED),
            postgresql_where=sa.text(UNANSWERED),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), index=True)
    passed_to: Mapped[Referral]
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"))
    """The receiving desk."""
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"))
    category: Mapped[Category]
    passed_on: Mapped[date]
    answer_by: Mapped[date]
    acknowledged_on: Mapped[date | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"))
    answered_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    closed_on: Mapped[date | None]

    # The text is for the receivers: its key is sealed to the desk that passed it on and to the receiving desk.
    receiver_key_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk_key.id"))
    key_for_receiver: Mapped[bytes | None] = mapped_column(LargeBinary)

    answer_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The receivers' finding and proposed ending, sealed to both desks in the same way."""
    answer_desk_key_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_desk_key.id"))
    answer_key_for_desk: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer_receiver_key_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_desk_key.id"))
    answer_key_for_receiver: Mapped[bytes | None] = mapped_column(LargeBinary)

    @property
    def is_over(self) -> bool:
        return self.withdrawn_on is not None or self.closed_on is not None

    @property
    def running(self) -> tuple[NextDue, str] | None:
        """The receivers' running deadline and its state today."""
        if self.is_over:
            return None
        clock = triage.clock_of_referral(self.passed_on, self.answer_by, self.acknowledged_on, self.answered_on)
        return (clock, clock.reading(today())) if clock else None


PAGE_SIZE = 25
# Said twice, so that no index leads through what is closed: once as the index of open reports spells it, which is not
# used for a parameter, and once state by state, for the index that has the state in it.
IS_OPEN: ColumnElement[bool] = and_(
    Thread.state != sa.literal_column("'closed'"),
    Thread.state.in_([state for state in TriageState if state is not TriageState.CLOSED]),
)
READ_LAST: ColumnElement[bool] = and_(Thread.in_flood, ~Thread.urgent)
"""Came in a flood, and speaks of no danger."""
SPEAKS_OF_DANGER: ColumnElement[bool] = and_(Thread.urgent, Thread.state == TriageState.NEW)
"""Nobody has read it yet."""
Keys = Mapping[int, PrivateKey]
"""Private keys of desks, by the id of their `DeskKey`."""


@dataclass(frozen=True)
class OpenedMessage:
    row: ThreadMessage
    words: ReportWords | None = None
    """None for a picture or a voice note, or if the given keys do not open it."""
    is_misplaced: bool = False
    """Somebody moved, repeated or wrote it past the portal; then nothing of it is shown."""


# Runs with every report, so the statement is built once.
BY_LOCATOR = select(Thread.id).where(Thread.locator == sa.bindparam("locator"))


def thread_by_locator(locator: str) -> Thread | None:
    # The hot answer is no; only a thread that is there is worth the object mapper.
    row = session.execute(BY_LOCATOR, {"locator": locator}).first()
    return session.get(Thread, row.id) if row else None


def key_of_desk(desk_id: int) -> users.ActiveKey:
    """Return the key that is sealed to at a desk. Raises Refused("no_desk")."""
    if (key := users.active_key_of(desk_id)) is None:
        raise Refused("no_desk")
    return key


def resealed(sealed: bytes, key_id: int, keys: Keys, to: users.ActiveKey) -> bytes:
    """Seal the key of a text to another desk. Raises Refused("cannot_open") if these keys do not open it."""
    private = keys.get(key_id)
    if private is None:
        raise Refused("cannot_open")
    try:
        return reseal(sealed, private, PublicKey(to.public_key))
    except CannotOpen as error:
        raise Refused("cannot_open") from error


def thread_at_desk(thread_id: int, desk_ids: Sequence[int]) -> Thread:
    """Return a thread of one of these desks. Raises `NotFound`, alike for another desk's and for none."""
    return one(select(Thread).where(Thread.id == thread_id, Thread.desk_id.in_(desk_ids)))


@dataclass(frozen=True)
class Clocks:
    """How many deadlines of reports at a place are running, and how many of these are overdue."""

    running: int
    overdue: int

    @classmethod
    def of(cls, clocks: Iterable[NextDue | None]) -> Self:
        readings = [clock.reading(today()) for clock in clocks if clock]
        return cls(len(readings), readings.count("overdue"))


def clocks_at(market_id: int, *, of_the_desk: bool) -> Clocks:
    """Return deadline counts for the team of a place: no report, no id, and no complaint about the police."""
    open_ones = (
        select(Thread.state, Thread.clock_from)
        .join(users.Desk, users.Desk.id == Thread.desk_id)
        .where(Thread.market_id == market_id, IS_OPEN)
        .where(users.Desk.kind == triage.TRIAGE, Thread.category != Category.CONDUCT)
    )
    if not of_the_desk:
        # Unread ones are the desk's own concern.
        open_ones = open_ones.where(Thread.state == TriageState.PASSED)
    return Clocks.of(triage.clock_of(*row) for row in session.execute(open_ones))


def for_desk(message: ThreadMessage, keys: Keys) -> OpenedMessage:
    return _opened(message, message.key_for_desk, keys.get(message.desk_key_id))


def opened_by_desk(thread: Thread, keys: Keys) -> list[OpenedMessage]:
    return [for_desk(message, keys) for message in thread.messages]


def opened_by_resident(thread: Thread, private: PrivateKey) -> list[OpenedMessage]:
    return [_opened(message, message.key_for_thread, private) for message in thread.messages]


def attachment(thread: Thread, message_id: int, keys: Keys, kind: str) -> bytes:
    """Return a picture of this thread as JPEG or a voice note as WAV, or raise `NotFound`."""
    of_thread = ThreadMessage.thread_id == thread.id, ThreadMessage.kind == kind
    message = one(select(ThreadMessage).where(ThreadMessage.id == message_id, *of_thread))
    try:
        return message.opened(message.key_for_desk, existing(keys.get(message.desk_key_id)))
    except CannotOpen:
        raise NotFound from None


def _opened(message: ThreadMessage, sealed_key: bytes, private: PrivateKey | None) -> OpenedMessage:
    if message.kind != "words":
        return OpenedMessage(message, is_misplaced=not message.is_vouched)
    try:
        content = message.opened(sealed_key, private) if private else None
    except CannotOpen as error:
        return OpenedMessage(message, is_misplaced=isinstance(error, Misplaced))
    return OpenedMessage(message, ReportWords.from_bytes(content) if content else None)


def opened_words(thread_ids: Sequence[int], keys: Keys, most: int) -> dict[int, list[str]]:
    """Return the texts of the first `most` messages of each thread that these keys open, by thread id."""
    messages = select(ThreadMessage).where(ThreadMessage.thread_id.in_(thread_ids), ThreadMessage.kind == "words")
    messages = messages.options(joinedload(ThreadMessage.thread))
    opened = defaultdict[int, list[str]](list)
    for row in session.scalars(messages.where(ThreadMessage.position < most).order_by(ThreadMessage.position)):
        if words := for_desk(row, keys).words:
            opened[row.thread_id].append(words.all_text)
    return opened


IS_LIVE = and_(PassedOn.withdrawn_on.is_(None), PassedOn.closed_on.is_(None))
PRESSING = (PassedOn.answered_on.is_not(None), PassedOn.acknowledged_on.is_not(None), PassedOn.answer_by, PassedOn.id)


@dataclass(frozen=True)
class Shared:
    row: PassedOn
    words: str | None
    finding: triage.ReferralFinding | None


def opened_referral(row: PassedOn, keys: Keys, *, as_sender: bool = False) -> Shared:
    """Return a referral as its receivers open it, or `as_sender` as the desk does that passed it on."""
    for_desk = row.key_for_desk, row.desk_key_id, row.answer_key_for_desk, row.answer_desk_key_id
    theirs = row.key_for_receiver, row.receiver_key_id, row.answer_key_for_receiver, row.answer_receiver_key_id
    words_key, words_key_id, answer_key, answer_key_id = for_desk if as_sender else theirs
    if not row.is_vouched:
        keys = {}
    words = unsealed(("passed on", row.id), row.box, words_key, keys.get(words_key_id))
    finding = unsealed(("finding", row.id), row.answer_box, answer_key, keys.get(answer_key_id or 0))
    return Shared(
        row,
        ReportWords.from_bytes(words).what if words else None,
        triage.ReferralFinding.from_bytes(finding) if finding else None,
    )


def unsealed(about: About, box: bytes | None, sealed_key: bytes | None, private: PrivateKey | None) -> bytes | None:
    """Return a text; None without a key, or if it does not open or was written past the portal."""
    if box is not None and sealed_key is not None and private is not None:
        with suppress(CannotOpen):
            return unseal(about, box, sealed_key, private)
    return None


def readable_by(member_id: int, desk_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition for referrals to these desks of a member's: of their places; of all, for city-wide desks."""
    at_their_places = PassedOn.market_id.in_(select(Market.id).where(own_to(member_id)))
    is_theirs = sa.or_(PassedOn.passed_to.not_in(triage.BOUND_TO_A_PLACE), at_their_places)
    return and_(PassedOn.desk_id.in_(desk_ids), IS_LIVE, is_theirs)


def received(member_id: int, desk_ids: Collection[int], page: int) -> tuple[Sequence[PassedOn], bool]:
    """Return a page of referrals to a member's open desks, the most pressing first, and whether more follow."""
    theirs = select(PassedOn).where(readable_by(member_id, desk_ids))
    return numbered_page(theirs.order_by(*PRESSING), page, PAGE_SIZE)


def received_one(referral_id: int, member_id: int, desk_ids: Collection[int]) -> PassedOn:
    """Return one of these referrals. Raises `NotFound`, alike for one of another place or desk and one that is over."""
    return one(select(PassedOn).where(PassedOn.id == referral_id, readable_by(member_id, desk_ids)))


@once_per_page
def referrals_of(thread_id: int) -> Sequence[PassedOn]:
    """Return all referrals of a report: live ones first, then by date, the latest first."""
    rows = select(PassedOn).where(PassedOn.thread_id == thread_id)
    return session.scalars(rows.order_by(IS_LIVE.desc(), PassedOn.passed_on.desc(), PassedOn.id)).all()


def who_has_it(thread: Thread) -> tuple[list[Referral], list[tuple[Referral, date]]]:
    """Return who has the report, the latest last, and who had it, each with the last day; everybody once."""
    rows = sorted(referrals_of(thread.id), key=lambda row: (row.passed_on, row.passed_to))
    until = {row.id: row.withdrawn_on or (None if row.closed_on == thread.closed_on else row.closed_on) for row in rows}
    has = [row.passed_to for row in rows if until[row.id] is None]
    has += [thread.passed_to] if thread.passed_to else []
    had = {row.passed_to: day for row in rows if (day := until[row.id]) is not None}
    return list(dict.fromkeys(has)), [(to, day) for to, day in had.items() if to not in has]


def live_referrals(thread_id: int) -> Sequence[PassedOn]:
    rows = select(PassedOn).where(PassedOn.thread_id == thread_id, IS_LIVE)
    return session.scalars(rows.order_by(PassedOn.passed_on, PassedOn.id)).all()


def referral_of(thread_id: int, referral_id: int) -> PassedOn:
    return one(select(PassedOn).where(PassedOn.id == referral_id, PassedOn.thread_id == thread_id))


def unacknowledged_at(market_id: int, *, to_all: bool) -> Clocks:
    """Count the unacknowledged referrals of a place; only those to the team unless `to_all`."""
    rows = select(PassedOn).where(IS_LIVE, PassedOn.market_id == market_id, PassedOn.acknowledged_on.is_(None))
    if not to_all:
        rows = rows.where(PassedOn.passed_to == Referral.TEAM)
    return Clocks.of(row.running and row.running[0] for row in session.scalars(rows))


def open_for_reports() -> bool:
    return triage.TRIAGE in kinds_of_open_desks()


OPEN_KINDS = users.ACTIVE_KEYS.where(table(users.Desk).c.kind.in_((triage.TRIAGE, triage.OVERSIGHT)))


def kinds_of_open_desks() -> frozenset[str]:
    return frozenset(row.kind for row in session.execute(OPEN_KINDS) if users.vouched_key(row))


def readers_of(row: PassedOn) -> frozenset[int]:
    """Return the ids of members to whom `received_one` returns this referral, and whose keys open it."""
    of_row = row.desk_id, row.receiver_key_id, row.passed_to, row.market_id
    return frozenset() if row.is_over else _who_reads(*of_row)


def _who_reads(desk_id: int, receiver_key_id: int, passed_to: Referral, market_id: int | None) -> frozenset[int]:
    desk = users.holders_by_desk().get(desk_id)
    if desk is None:
        return frozenset()
    able = desk.member_ids
    if desk.key_id != receiver_key_id:
        able &= users.copy_holders(receiver_key_id)
    return able & working_at(market_id) if passed_to in triage.BOUND_TO_A_PLACE else able


@once_per_page
def working_at(market_id: int | None) -> frozenset[int]:
    """Return the ids of the members who work at a place that is shown; nobody at a hidden one, or at none."""
    return workers_at(market_id) if market_id is not None and is_shown(market_id) else frozenset()


def is_stranded(row: PassedOn) -> bool:
    return not row.is_over and row.answered_on is None and not readers_of(row)


def stranded_threads(desk_ids: Collection[int]) -> set[int]:
    """Return the ids of these desks' reports with a stranded referral; see `is_stranded`."""
    alike = (PassedOn.desk_id, PassedOn.receiver_key_id, PassedOn.passed_to, PassedOn.market_id)
    waiting = select(*alike).where(IS_LIVE, PassedOn.answered_on.is_(None)).distinct()
    stranded = set[int]()
    for kind in [kind for kind in session.execute(waiting) if not _who_reads(*kind)]:
        same = (column.is_not_distinct_from(value) for column, value in zip(alike, kind, strict=True))
        rows = select(PassedOn.thread_id).join(Thread, Thread.id == PassedOn.thread_id)
        rows = rows.where(IS_LIVE, PassedOn.answered_on.is_(None), Thread.desk_id.in_(desk_ids), *same)
        stranded.update(session.scalars(rows))
    return stranded


def nobody_reads(market_id: int) -> list[str]:
    """Return warnings about targets that no referral of a place reaches, but for a police desk never set up."""
    keys = {to: users.active_key(to) for to in triage.BOUND_TO_A_PLACE}
    workers = workers_at(market_id)
    missed = [to for to, key in keys.items() if key is None or users.copy_holders(key.id).isdisjoint(workers)]
    return [str(texts.UNREACHED[to]) for to in missed if to is not Referral.POLICE or keys[to]]


def holders_sentence(thread: Thread) -> str:
    """Return who has a report that was passed on and who had it; empty if it was never passed on."""
    has, had = who_has_it(thread)
    before = [_("%(who)s, until %(day)s", who=texts.REFERRALS[to], day=date_words(until)) for to, until in had]
    return "; ".join([*(str(texts.REFERRALS[to]) for to in has), *before])


def is_held() -> ColumnElement[bool]:
    return sa.or_(Thread.held_since.is_not(None), sa.exists().where(keeps(Thread.received_on, Thread.market_id)))


@dataclass(frozen=True)
class KeptLonger:
    """That a report is kept beyond its time; `until_on` is None if no last day is set."""

    until_on: date | None
    may_be_told: bool


def kept_longer(thread: Thread) -> KeptLonger | None:
    if thread.held_since is not None:
        return KeptLonger(None, may_be_told=True)
    holds = select(ReportHold).where(keeps(thread.received_on, thread.market_id))
    hold = session.scalars(holds.order_by(ReportHold.may_be_told.desc(), ReportHold.until_on.desc())).first()
    return KeptLonger(hold.until_on, hold.may_be_told) if hold else None


def is_silent_since(days: int) -> ColumnElement[bool]:
    """Return the condition for threads without a message in the last `days` days."""
    written = sa.exists().where(ThreadMessage.thread_id == Thread.id, ThreadMessage.written_on > days_ago(days))
    return and_(Thread.received_on <= days_ago(days), sa.not_(written))

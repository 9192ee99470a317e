"""Rows and queries of conversations by text message; nothing is kept longer than it is needed.

Numbers are keyed hashes, with a different key for every purpose, so that a report, a consent and an answer to a meeting
from the same phone cannot be joined. The number itself is stored once, encrypted, in `Route`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.crypto import keyed_hash, site_key
from portal.core.db import Base, random_id, session
from portal.core.erasures import LASTING
from portal.core.portal import current_portal
from portal.markets.places import NamedPlace, public_names
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.answering import cancel_rsvp
from portal.meetings.rsvp.outgoing import contact_hash
from portal.meetings.rsvp.rsvp import (
    Rsvp,
    answers_from,
    any_told_by_text,
    locked_meeting,
    meetings_answered_ahead,
    told_by_text,
)
from portal.reports.reports import Thread
from portal.reports.triage import TriageState
from portal.sms.choices import MOST_LISTED, PlaceName
from portal.sms.effects import AGREED, How
from portal.sms.keywords import Language


class Inbound(Base):
    """A provider's message that was taken in, so that a repeated delivery changes nothing."""

    __tablename__ = "sms_inbound"
    __table_args__ = (UniqueConstraint("provider", "message_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    provider: Mapped[str] = mapped_column(String(12))
    message_hash: Mapped[str] = mapped_column(String(64))
    received_on: Mapped[date] = mapped_column(index=True)


class Conversation(Base):
    """A conversation with one phone; it expires after about two hours."""

    __tablename__ = "sms_talk"
    __table_args__ = (UniqueConstraint("our_number", "sender_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    our_number: Mapped[str] = mapped_column(String(30))
    sender_hash: Mapped[str] = mapped_column(String(64))
    step: Mapped[str] = mapped_column(String(20))
    language: Mapped[str | None] = mapped_column(String(2))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("reports_thread.id", ondelete="SET NULL"), index=True)
    answers: Mapped[int] = mapped_column(default=0)
    """Automatic answers in the current window, so that two robots cannot answer each other for ever."""
    window_until: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Route(Base):
    """The phone that answers to a thread go to. Erased with the thread, by the texter, or by age."""

    __tablename__ = "sms_route"
    __table_args__ = (CheckConstraint(f"agreed_how IN {AGREED!r}", name="agreed_how"),)

    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), primary_key=True)
    sender_hash: Mapped[str] = mapped_column(String(64), index=True)
    number: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2))
    agreed_on: Mapped[date]
    """With the next two columns, the record of consent to answers and to nothing else: date, manner, and the exact
    wording."""
    agreed_how: Mapped[str] = mapped_column(String(12))
    wording: Mapped[str] = mapped_column(ForeignKey("sms_wording.version"))
    expires_on: Mapped[date] = mapped_column(index=True)


class HeldMessage(Base):
    """A text that waits until it is decided whether its phone wants any; erased together with the `Route`."""

    __tablename__ = "sms_held"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("sms_route.thread_id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    """Its position among all texts that wait for this phone."""
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Unsorted(Base):
    """A text that may be about a meeting, whose sender was asked.

    After `expires_at` it is filed as a report, which a person reads.
    """

    __tablename__ = "sms_unsorted"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    sender_hash: Mapped[str] = mapped_column(String(64), unique=True)
    number: Mapped[bytes | None] = mapped_column(LargeBinary)
    """None once its sender had it erased."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2))
    cancels: Mapped[bool] = mapped_column(default=False)
    """The text was "cancel", which may mean the seat or all texts."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class CodePart(Base):
    """Some of a phone's code words, until the others come in another text."""

    __tablename__ = "sms_code_part"

    sender_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    words: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ConsentWording(Base):
    """The exact words that told phones which texts they get, by version, kept for as long as the portal runs."""

    __tablename__ = "sms_wording"

    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    language: Mapped[str] = mapped_column(String(4))
    """A language code, or "both"."""
    words: Mapped[str] = mapped_column(Text)
    """With placeholders for code words and site name, which belong to one person or are the same for all."""


class OptOut(Base):
    """A phone that wants no more texts from us. Checked when a text is about to be sent."""

    __tablename__ = "sms_opt_out"

    sender_hash: Mapped[str] = mapped_column(String(64), primary_key=True, info=LASTING)
    since_on: Mapped[date] = mapped_column(info=LASTING)
    how: Mapped[str] = mapped_column(String(20), info=LASTING)


class PictureWaiting(Base):
    """A picture at the provider that a worker has yet to fetch, clean and seal."""

    __tablename__ = "sms_picture_waiting"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"))
    address: Mapped[bytes] = mapped_column(LargeBinary)
    """The provider's URL of the picture, encrypted."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(index=True)


class DeliveryWord(Base):
    """A status callback that was taken in; one about an unknown message is kept until the outbox knows the message."""

    __tablename__ = "sms_delivery_word"
    __table_args__ = (UniqueConstraint("provider_id", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    provider_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20))
    error_code: Mapped[str | None] = mapped_column(String(10))
    received_on: Mapped[date] = mapped_column(index=True)
    settled: Mapped[bool] = mapped_column(default=False)


class TextedAnswer(Base):
    """The latest text that went to a report's phone, so that the desk sees whether it arrived."""

    __tablename__ = "sms_texted_answer"

    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("core_outbox.id", ondelete="CASCADE"), index=True)


class Purpose(StrEnum):
    """Purpose of a hash. Hashes of different purposes cannot be compared, so their tables cannot be joined."""

    TALK = "text talk"
    REPORT = "text report"
    CONSENT = "text consent"
    MESSAGE = "text message"


def sender_hash(purpose: Purpose, number: str) -> str:
    """Return the hash of a number (or of a provider's message id) for the tables of one purpose."""
    secret: str = current_portal.settings.secret
    return keyed_hash(site_key(secret, purpose), number)


def was_taken_in(message_id: str) -> bool:
    """Whether a provider's message was taken in within the last 30 days."""
    note = sender_hash(Purpose.MESSAGE, message_id)
    return session.scalar(select(Inbound.id).where(Inbound.message_hash == note)) is not None


class Spoken(NamedTuple):
    """The stored columns of the last conversation with a phone, whether it has expired or not."""

    id: int
    step: str
    language: str | None
    thread_id: int | None
    answers: int
    window_until: datetime
    expires_at: datetime


class PhoneState(NamedTuple):
    """The state of a phone. Two equal states mean that nothing happened in between."""

    spoken: Spoken | None
    opted_out: bool
    blocked: bool
    """It opted out at the provider, which delivers nothing any more."""
    doubted: bool
    """A text of this phone may have been an opt-out, and it is not decided yet whether it was."""
    asked_id: int | None
    """The report about which the desk asked this phone for more."""


# Runs with every text, so the statements are built once.
_OF_PHONE = (Conversation.our_number == bindparam("our_number"), Conversation.sender_hash == bindparam("sender"))
OPTED_OUT = select(OptOut.how).where(OptOut.sender_hash == bindparam("consent"))
# Always returns exactly one row.
PHONE = select(literal(1).label("one")).subquery()
SPOKEN = select(
    OPTED_OUT.scalar_subquery().label("opted_out_how"),
    *(
        Conversation.id,
        Conversation.step,
        Conversation.language,
        Conversation.thread_id,
        Conversation.answers,
        Conversation.window_until,
        Conversation.expires_at,
    ),
).select_from(PHONE.outerjoin(Conversation, and_(*_OF_PHONE)))
OPEN_MATTERS = (
    select(Thread.id, Thread.doubt, Thread.state)
    .join(Route, Route.thread_id == Thread.id)
    .where(Route.sender_hash == bindparam("sender"), or_(Thread.doubt, Thread.state == TriageState.ASKED))
)


def standing_of(our_number: str, number: str) -> PhoneState:
    """Return the current state of a phone."""
    consent, sender = sender_hash(Purpose.CONSENT, number), sender_hash(Purpose.TALK, number)
    row = session.execute(SPOKEN, {"our_number": our_number, "sender": sender, "consent": consent}).one()
    matters = session.execute(OPEN_MATTERS, {"sender": sender_hash(Purpose.REPORT, number)}).all()
    return PhoneState(
        spoken=Spoken._make(row[1:]) if row.id is not None else None,
        opted_out=row.opted_out_how is not None,
        blocked=row.opted_out_how == How.PROVIDER,
        doubted=any(matter.doubt for matter in matters),
        asked_id=next((matter.id for matter in matters if matter.state == TriageState.ASKED), None),
    )


def talk_of(our_number: str, number: str) -> Conversation | None:
    """Return the last conversation with a phone, whether it has expired or not."""
    return session.scalar(
        select(Conversation).where(*_OF_PHONE), {"our_number": our_number, "sender": sender_hash(Purpose.TALK, number)}
    )


def has_opted_out(number: str) -> bool:
    """Whether this phone wants no texts from us."""
    return session.execute(OPTED_OUT, {"consent": sender_hash(Purpose.CONSENT, number)}).first() is not None


def is_in_doubt(sender: str) -> bool:
    """Whether a text of this phone may have been an opt-out, and it is not decided yet whether it was.

    `sender` is the phone's hash for the purpose REPORT.
    """
    doubts = (
        select(Thread.id).join(Route, Route.thread_id == Thread.id).where(Route.sender_hash == sender, Thread.doubt)
    )
    return session.scalar(doubts.limit(1)) is not None


def route_of(thread_id: int) -> Route | None:
    """Return the route to the phone that a thread came from, or None if it was erased."""
    return session.get(Route, thread_id)


def places() -> tuple[Sequence[NamedPlace], tuple[PlaceName, ...]]:
    """Return the places offered as answers and their names; only places that the public may know of."""
    markets = public_names()[:MOST_LISTED]
    return markets, tuple(PlaceName(en=market.name.en, es=market.name.es) for market in markets)


JUST_TOLD = timedelta(days=3)
"""How long a text from a phone may be an answer to our last message to it about a meeting."""


def language_of(rsvp: Rsvp) -> Language:
    """Return the language of an RSVP."""
    return "es" if rsvp.language == "es" else "en"


def meetings_of(number: str) -> list[Meeting]:
    """Return the upcoming meetings that this phone has an RSVP for."""
    return [one for one in meetings_answered_ahead() if answers_from(*key_of(one, number))]


def told_lately(number: str, since: datetime | None = None) -> list[tuple[Meeting, str]]:
    """Return the upcoming meetings we recently texted this phone about, with the kind of the last text.

    With `since`, only what was texted after that moment.
    """
    just_now = now() - JUST_TOLD
    begin = max(just_now, since) if since else just_now
    # Most of the time nobody was written to lately, and every text asks this.
    if not any_told_by_text(begin):
        return []
    ahead = {contact_hash(one.id, number): one for one in meetings_answered_ahead()}
    told = told_by_text(ahead, begin) if ahead else {}
    return [(meeting, told[hashed]) for hashed, meeting in ahead.items() if hashed in told]


def free_seats(number: str, meeting: Meeting) -> int:
    """Cancel all RSVPs of this phone for a meeting, and return how many people they counted."""
    meeting = locked_meeting(meeting.id)
    own = answers_from(*key_of(meeting, number))
    for mine in own:
        cancel_rsvp(meeting, mine)
    return sum(mine.party for mine in own)


def key_of(meeting: Meeting, number: str) -> tuple[int, str]:
    """Return the lookup key of a phone's RSVPs to this meeting: meeting id and contact hash."""
    return meeting.id, contact_hash(meeting.id, number)

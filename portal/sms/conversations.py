"""What the conversation by text message has to remember, and nothing longer than it has to.

Numbers are keyed hashes, with a different key for every purpose, so that a report, a consent and (later) an
answer to a meeting from the same phone cannot be joined. The number itself exists once, encrypted, in `Route`.
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
from portal.core.portal import current_portal
from portal.markets.places import NamedPlace, public_names
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.answering import cancel_rsvp
from portal.meetings.rsvp.outgoing import contact_hash
from portal.meetings.rsvp.rsvp import Rsvp, answers_from, locked_meeting, meetings_answered_ahead, told_by_text
from portal.reports.reports import Thread
from portal.reports.triage import TriageState
from portal.sms.effects import AGREED, How
from portal.sms.either_rules import MOST_LISTED, PlaceName
from portal.sms.keywords import Language


class Inbound(Base):
    """A message of the provider that was taken in, so that a repeat changes nothing."""

    __tablename__ = "sms_inbound"
    __table_args__ = (UniqueConstraint("provider", "message_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    provider: Mapped[str] = mapped_column(String(12))
    message_hash: Mapped[str] = mapped_column(String(64))
    received_on: Mapped[date] = mapped_column(index=True)


class Conversation(Base):
    """A conversation with one phone; it ends by itself after about two hours."""

    __tablename__ = "sms_talk"
    __table_args__ = (UniqueConstraint("our_number", "sender_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    our_number: Mapped[str] = mapped_column(String(20))
    sender_hash: Mapped[str] = mapped_column(String(64))
    step: Mapped[str] = mapped_column(String(20))
    language: Mapped[str | None] = mapped_column(String(2))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("reports_thread.id", ondelete="SET NULL"), index=True)
    answers: Mapped[int] = mapped_column(default=0)
    """Automatic answers in the present window, so that two robots cannot talk for ever."""
    window_until: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Route(Base):
    """Which phone an answer goes to. Erased when the conversation is, by the texter or by its age."""

    __tablename__ = "sms_route"
    __table_args__ = (CheckConstraint(f"agreed_how IN {AGREED!r}", name="agreed_how"),)

    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), primary_key=True)
    sender_hash: Mapped[str] = mapped_column(String(64), index=True)
    number: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2))
    agreed_on: Mapped[date]
    """With the next two, the record of consent to answers, and to nothing else: when, how, and what was said then."""
    agreed_how: Mapped[str] = mapped_column(String(12))
    wording: Mapped[str] = mapped_column(ForeignKey("sms_wording.version"))
    expires_on: Mapped[date] = mapped_column(index=True)


class HeldMessage(Base):
    """A text that waits until a person has said whether its phone wants any; erased with the way back to the phone."""

    __tablename__ = "sms_held"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("sms_route.thread_id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    """Its place among all that waits for this phone."""
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Unsorted(Base):
    """A text that may be about a meeting: its sender was asked, and after `expires_at` a person reads it."""

    __tablename__ = "sms_unsorted"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    sender_hash: Mapped[str] = mapped_column(String(64), unique=True)
    number: Mapped[bytes | None] = mapped_column(LargeBinary)
    """None once its sender had it erased."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2))
    cancels: Mapped[bool] = mapped_column(default=False)
    """It was "cancel": the seat, or all texts?"""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ConsentWording(Base):
    """The exact words by which phones were told what they get from us, by version, for as long as the portal runs."""

    __tablename__ = "sms_wording"

    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    language: Mapped[str] = mapped_column(String(4))
    """Or "both"."""
    words: Mapped[str] = mapped_column(Text)
    """With holes for the code words and the name of the site, which belong to one person or are the same for all."""


class OptOut(Base):
    """A phone that wants no more texts from us. Checked when a text is about to be sent."""

    __tablename__ = "sms_opt_out"

    sender_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    since_on: Mapped[date]
    how: Mapped[str] = mapped_column(String(20))


class PictureWaiting(Base):
    """A picture that lies at the provider until a worker has fetched, cleaned and sealed it."""

    __tablename__ = "sms_picture_waiting"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"))
    address: Mapped[bytes] = mapped_column(LargeBinary)
    """The provider's address of the picture, encrypted."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(index=True)


class DeliveryWord(Base):
    """A status callback that was taken in; unknown messages are kept until the outbox knows them."""

    __tablename__ = "sms_delivery_word"
    __table_args__ = (UniqueConstraint("provider_id", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    provider_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20))
    error_code: Mapped[str | None] = mapped_column(String(10))
    received_on: Mapped[date] = mapped_column(index=True)
    settled: Mapped[bool] = mapped_column(default=False)


class Purpose(StrEnum):
    """Hashes of different purposes cannot be compared, so tables of different purposes cannot be joined."""

    TALK = "text talk"
    REPORT = "text report"
    CONSENT = "text consent"
    MESSAGE = "text message"


def sender_hash(purpose: Purpose, number: str) -> str:
    """What stands for a number (or a provider's message id) in the tables of one purpose."""
    secret: str = current_portal.settings.secret
    return keyed_hash(site_key(secret, purpose), number)


class Spoken(NamedTuple):
    """The last conversation with a phone as its row has it, whether it has expired or not."""

    id: int
    step: str
    language: str | None
    thread_id: int | None
    answers: int
    window_until: datetime
    expires_at: datetime


class PhoneState(NamedTuple):
    """How a phone stands with us. Two that are equal say that nothing happened in between."""

    spoken: Spoken | None
    opted_out: bool
    blocked: bool
    """It opted out at the provider, which lets nothing through any more."""
    doubted: bool
    """Somebody at this phone may have asked us to stop, and nobody has said yet whether it was meant."""
    asked_id: int | None
    """The report about which the desk asked this phone for more."""


# Asked with every text: put together once.
_OF_PHONE = (Conversation.our_number == bindparam("our_number"), Conversation.sender_hash == bindparam("sender"))
OPTED_OUT = select(OptOut.how).where(OptOut.sender_hash == bindparam("consent"))
# One row in any case.
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
    """How a phone stands with us at this moment."""
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
    """The last conversation with a phone, whether it has expired or not."""
    return session.scalar(
        select(Conversation).where(*_OF_PHONE), {"our_number": our_number, "sender": sender_hash(Purpose.TALK, number)}
    )


def has_opted_out(number: str) -> bool:
    """Whether this phone wants no texts from us."""
    return session.execute(OPTED_OUT, {"consent": sender_hash(Purpose.CONSENT, number)}).first() is not None


def is_in_doubt(sender: str) -> bool:
    """Whether somebody at this phone may have asked us to stop, and nobody has said yet whether it was meant.

    `sender` is the phone's hash of the purpose REPORT.
    """
    doubts = (
        select(Thread.id).join(Route, Route.thread_id == Thread.id).where(Route.sender_hash == sender, Thread.doubt)
    )
    return session.scalar(doubts.limit(1)) is not None


def route_of(thread_id: int) -> Route | None:
    """The way back to the phone that a thread came from, if it is still known."""
    return session.get(Route, thread_id)


def places() -> tuple[Sequence[NamedPlace], tuple[PlaceName, ...]]:
    """The places that are asked about, and their names; only what the public may know of."""
    markets = public_names()[:MOST_LISTED]
    return markets, tuple(PlaceName(en=market.name.en, es=market.name.es) for market in markets)


JUST_TOLD = timedelta(days=3)
"""So long a text from a phone may answer to what we wrote to it about a meeting."""


def language_of(rsvp: Rsvp) -> Language:
    """In which language somebody answered."""
    return "es" if rsvp.language == "es" else "en"


def meetings_of(number: str) -> list[Meeting]:
    """Those ahead that this phone answered to."""
    return [one for one in meetings_answered_ahead() if answers_from(*key_of(one, number))]


def told_lately(number: str) -> list[tuple[Meeting, str]]:
    """The meetings ahead about which we wrote to this phone in the last days, and what the last text was."""
    ahead = {contact_hash(one.id, number): one for one in meetings_answered_ahead()}
    told = told_by_text(ahead, now() - JUST_TOLD) if ahead else {}
    return [(meeting, told[hashed]) for hashed, meeting in ahead.items() if hashed in told]


def free_seats(number: str, meeting: Meeting) -> None:
    """Nobody comes of those who answered from this phone."""
    meeting = locked_meeting(meeting.id)
    for mine in answers_from(*key_of(meeting, number)):
        cancel_rsvp(meeting, mine)


def key_of(meeting: Meeting, number: str) -> tuple[int, str]:
    """By what the answers of a phone to this meeting are found."""
    return meeting.id, contact_hash(meeting.id, number)

"""Rows and queries of conversations by text message; nothing is kept longer than it is needed.

Numbers are keyed hashes, with another key for each `Purpose`: a phone's report, consent and RSVP cannot be joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint, bindparam, delete, literal, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now
from portal.core.crypto import keyed_hash, site_key
from portal.core.db import Base, Encrypted, db, random_id, session
from portal.core.erasures import LASTING
from portal.core.portal import current_portal
from portal.core.vouched import Vouched
from portal.following.following import Follower, hash_of
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp import rsvp
from portal.meetings.rsvp.answering import cancel_rsvp
from portal.meetings.rsvp.outgoing import contact_hash
from portal.reports.reports import Thread
from portal.reports.triage import TriageState
from portal.sms.effects import AnswerConsent, DialogueStep
from portal.sms.keywords import Language

TALK_LASTS = timedelta(hours=2)
JUST_TOLD = timedelta(days=3)
"""How long a text from a phone may be an answer to our last message to it about a meeting."""
WAITS_FOR_ANSWER = timedelta(hours=2)
PART_WAITS = timedelta(minutes=10)


class Inbound(Base):
    __tablename__ = "sms_inbound"
    __table_args__ = (UniqueConstraint("provider", "message_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    provider: Mapped[str] = mapped_column(String(12))
    message_hash: Mapped[str] = mapped_column(String(64))
    received_on: Mapped[date] = mapped_column(index=True)


class Conversation(Base):
    __tablename__ = "sms_talk"
    __table_args__ = (UniqueConstraint("our_number", "sender_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    our_number: Mapped[str] = mapped_column(String(30))
    sender_hash: Mapped[str] = mapped_column(String(64))
    step: Mapped[DialogueStep]
    language: Mapped[str | None] = mapped_column(String(2))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("reports_thread.id", ondelete="SET NULL"), index=True)
    answers: Mapped[int] = mapped_column(default=0)
    """Automatic answers in the current window, so that two robots cannot answer each other for ever."""
    window_until: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Route(Vouched, Base):
    """The phone that answers to a thread go to. Erased with the thread, by the texter, or by age."""

    __tablename__ = "sms_route"
    BINDS = ("thread_id", "sender_hash", "number")

    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"), primary_key=True)
    sender_hash: Mapped[str] = mapped_column(String(64), index=True)
    number: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2))
    agreed_on: Mapped[date]
    """With the next two columns, the record of consent to answers and to nothing else: date, manner, exact wording."""
    agreed_how: Mapped[AnswerConsent]
    wording: Mapped[str] = mapped_column(ForeignKey("sms_wording.version"))
    expires_on: Mapped[date] = mapped_column(index=True)


def way_to(thread_id: int) -> Route | None:
    """Return the phone to which answers go; none if somebody put another one in its place past the portal."""
    route = session.get(Route, thread_id)
    return route if route and route.is_vouched else None


class HeldMessage(Base):
    """A text that waits until it is decided whether its phone wants any; erased together with the `Route`."""

    __tablename__ = "sms_held"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("sms_route.thread_id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    """Its position among all texts that wait for this phone."""
    body: Mapped[str] = mapped_column(Encrypted())


class Unsorted(Base):
    """A text that may be about a meeting, whose sender was asked; after `expires_at` a person reads it as a report."""

    __tablename__ = "sms_unsorted"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    sender_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # Only read where it is filed or answered: what no key of ours opens must not hold up the others.
    number: Mapped[str | None] = mapped_column(Encrypted(), deferred=True)
    """None once its sender had it erased."""
    body: Mapped[str] = mapped_column(Encrypted(), deferred=True)
    language: Mapped[Language] = mapped_column(String(2))
    cancels: Mapped[bool] = mapped_column(default=False)
    """The text was "cancel", which may mean the seat or all texts."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class CodePart(Base):
    """Some of a phone's code words, until the others come in another text."""

    __tablename__ = "sms_code_part"

    sender_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    words: Mapped[str] = mapped_column(Encrypted())
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OptOut(Base):
    """A phone that wants no more texts from us. Checked when a text is about to be sent."""

    __tablename__ = "sms_opt_out"

    sender_hash: Mapped[str] = mapped_column(String(64), primary_key=True, info=LASTING)
    since_on: Mapped[date] = mapped_column(info=LASTING)
    how: Mapped[str] = mapped_column(String(20), info=LASTING)


class Purpose(StrEnum):
    """Purpose of a hash. Hashes of different purposes cannot be compared, so their tables cannot be joined."""

    TALK = "text talk"
    SENDER = "text sender"
    REPORT = "text report"
    CONSENT = "text consent"
    MESSAGE = "text message"


def sender_hash(purpose: Purpose, number: str) -> str:
    """Return the hash of a number (or of a provider's message id) for the tables of one purpose."""
    return keyed_hash(site_key(current_portal.settings.secret, purpose), number)


class PhoneState(NamedTuple):
    """The stored state of a phone and its last conversation, whether that has expired or not."""

    talk_id: int | None = None
    step: DialogueStep | None = None
    language: str | None = None
    thread_id: int | None = None
    answers: int | None = None
    window_until: datetime | None = None
    expires_at: datetime | None = None
    opted_out: str | None = None
    """The way in which it opted out."""
    doubted: bool = False
    asked_id: int | None = None
    """The report about which the desk asked this phone for more."""
    follows: bool = False
    """It gets news of a place or of meetings, or was asked whether it wants them."""
    may_be_told: bool = False
    """Some phone was texted about a meeting lately."""
    cancels: bool | None = None
    """Whether the text that waits for its sender's answer is "cancel"; None if none waits."""
    has_part: bool = False
    """Some code words of this phone wait for the others."""


# Runs with every text, so the statements are built once.
OPTED_OUT = select(OptOut.how).where(OptOut.sender_hash == bindparam("consent"))
_OWN = select(Thread.id).join(Route, Route.thread_id == Thread.id).where(Route.sender_hash == bindparam("reporter"))
_IN_DOUBT = _OWN.where(Thread.doubt)
_LAST = "id step language thread_id answers window_until expires_at".split()
_PHONE = select(literal(1).label("phone")).subquery()
_TALKS = (Conversation.our_number == bindparam("our_number")) & (Conversation.sender_hash == bindparam("sender"))
# Always returns exactly one row.
STANDING = select(
    *(getattr(Conversation, name) for name in _LAST),
    OPTED_OUT.scalar_subquery(),
    _IN_DOUBT.exists(),
    _OWN.where(Thread.state == TriageState.ASKED).limit(1).scalar_subquery(),
    select(Follower.id).where(Follower.contact_hash == bindparam("follower")).exists(),
    rsvp.ANY_TOLD.exists(),
    select(Unsorted.cancels).where(Unsorted.sender_hash == bindparam("sender")).scalar_subquery(),
    select(CodePart.sender_hash).where(CodePart.sender_hash == bindparam("sender")).exists(),
).select_from(_PHONE.outerjoin(Conversation, _TALKS))


def standing_of(our_number: str, number: str) -> PhoneState:
    given = {
        "our_number": our_number,
        "since": now() - JUST_TOLD,
        "follower": hash_of(number),
        "sender": sender_hash(Purpose.TALK, number),
        "reporter": sender_hash(Purpose.REPORT, number),
        "consent": sender_hash(Purpose.CONSENT, number),
    }
    # Past the mapper: nothing waits to be written yet.
    return PhoneState(*session.connection().execute(STANDING, given).one())


def has_opted_out(number: str) -> bool:
    return session.execute(OPTED_OUT, {"consent": sender_hash(Purpose.CONSENT, number)}).first() is not None


def is_in_doubt(sender: str) -> bool:
    """Whether a text of the phone with this hash (for REPORT) may have been an opt-out, which is not decided yet."""
    return session.scalar(_IN_DOUBT.limit(1), {"reporter": sender}) is not None


def meetings_of(number: str) -> list[Meeting]:
    return [meeting for meeting in rsvp.meetings_answered_ahead() if own_answers(meeting, number)]


def told_lately(number: str, since: datetime | None = None) -> dict[Meeting, str]:
    """Return the meetings to come that we texted this phone about lately (after `since`), and the last text's kind."""
    begin = max(now() - JUST_TOLD, since) if since else now() - JUST_TOLD
    ahead = {contact_hash(meeting.id, number): meeting for meeting in rsvp.meetings_answered_ahead()}
    kinds = rsvp.told_by_text(ahead, begin) if ahead else {}
    return {meeting: kinds[hashed] for hashed, meeting in ahead.items() if hashed in kinds}


def own_answers(meeting: Meeting, number: str) -> Sequence[rsvp.Rsvp]:
    return rsvp.answers_from(meeting.id, contact_hash(meeting.id, number))


def free_seats(number: str, meeting: Meeting | None) -> int:
    """Cancel all RSVPs of this phone for a meeting, and return how many people they counted."""
    if meeting is None:
        return 0
    meeting = rsvp.locked_meeting(meeting.id)
    own = own_answers(meeting, number)
    for answer in own:
        cancel_rsvp(meeting, answer)
    return sum(answer.party for answer in own)


def wait_for_answer(number: str, words: str, language: Language, *, cancels: bool = False) -> None:
    """Keep a text until its sender has said what it is; several of one phone are merged into one row."""
    row = unsorted_of(number)
    if row is None:
        row = Unsorted(id=random_id(), sender_hash=sender_hash(Purpose.TALK, number))
        session.add(row)
    row.number, row.body, row.language, row.cancels = number, words, language, cancels
    row.expires_at = now() + WAITS_FOR_ANSWER
    session.flush()


def unsorted_of(number: str) -> Unsorted | None:
    return session.scalar(select(Unsorted).where(Unsorted.sender_hash == sender_hash(Purpose.TALK, number)))


def drop(row: Unsorted | None) -> None:
    if row is not None:
        session.delete(row)
        session.flush()
        db.after_commit(db.forget_journal)


def part_of(number: str) -> str:
    """Return the code words of a phone that wait for the others."""
    own = CodePart.sender_hash == sender_hash(Purpose.TALK, number)
    return session.scalar(select(CodePart.words).where(own, CodePart.expires_at > now())) or ""


def keep_part(number: str, words: str = "") -> None:
    """Keep these code words of a phone until the others come, or none, in place of those that waited."""
    sender = sender_hash(Purpose.TALK, number)
    session.execute(delete(CodePart).where(CodePart.sender_hash == sender))
    db.after_commit(db.forget_journal)
    if words:
        db.insert(CodePart, sender_hash=sender, words=words, expires_at=now() + PART_WAITS)


def forget_code_parts() -> None:
    with db.work():
        late = delete(CodePart).where(CodePart.expires_at <= now())
        erased = session.scalars(late.returning(CodePart.sender_hash)).all()
    if erased:
        db.forget_journal()


def forget_sender(number: str) -> None:
    """Erase a number from its waiting texts, whose words still reach a person, and its parts of code words."""
    keep_part(number)
    own = Unsorted.sender_hash == sender_hash(Purpose.TALK, number)
    session.execute(delete(Unsorted).where(own, Unsorted.cancels))
    session.execute(update(Unsorted).where(own).values(number=None))

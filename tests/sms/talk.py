"""What tests of texts share: phones, the state machine heard on its own, and what the desk and the outbox hold."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select

from portal.accounts.users import DeskKey
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp
from portal.reports.reports import Thread, opened_by_desk
from portal.sms.dialogue import HeardText, HeardTurn, hear
from portal.sms.effects import OF_REPORTS, Code, DialogueState, DialogueStep, KeepWords, Saying, SpokenAnswer
from portal.sms.keywords import Keyword
from portal.sms.reading import PhoneContext, Reading, ReceivedText, Verdict, read
from tests.conftest import Work
from tests.make import make_meeting, private_key_of

TOKEN, OLD_TOKEN, OURS = "a-token-of-the-provider", "the-token-before-that", "+15550100000"
ROSA, RUTH, EVA = "+13365550142", "+13365550143", "+13365550144"
Say = Callable[..., str]


def context_of(talk: DialogueState) -> PhoneContext:
    """What a conversation alone tells of a phone."""
    is_open = talk.step in (*OF_REPORTS, DialogueStep.ASIDE)
    return PhoneContext(
        talk.step if is_open else DialogueStep.NONE,
        talk.language,
        in_report=talk.thread_id is not None,
        opted_out=talk.opted_out,
        doubted=talk.doubted,
        blocked=talk.blocked,
    )


def listen(
    talk: DialogueState, text: str, *, provider_did: Keyword | None = None, code: Code = Code.NONE, **given
) -> HeardTurn:
    """Read and hear a text by nothing but its conversation."""
    received = ReceivedText(text, given.get("pictures", 0), provider_did)
    reading = read(received, context_of(talk)) if code is Code.NONE else Reading(Verdict.CODE_WORDS)
    return hear(talk, HeardText(text, reading, code=code, **given))


def said(heard: HeardTurn) -> list[Saying]:
    return [effect.say for effect in heard.effects if isinstance(effect, SpokenAnswer)]


def kept(heard: HeardTurn) -> list[KeepWords]:
    return [effect for effect in heard.effects if isinstance(effect, KeepWords)]


def how_many(work: Work, table: type) -> int:
    with work() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def waiting(work: Work) -> list[str]:
    """What is to go out, oldest first."""
    with work() as session:
        rows = session.scalars(select(OutboundMessage).order_by(OutboundMessage.created_at, OutboundMessage.id))
        return [cipher().decrypt(row.body) for row in rows if row.body]


def reported(work: Work) -> list[str]:
    """Every word of every report, as the desk reads it."""
    with work() as session:
        keys = {key.id: private_key_of(key) for key in session.scalars(select(DeskKey))}
        threads = session.scalars(select(Thread))
        return [one.words.what for thread in threads for one in opened_by_desk(thread, keys) if one.words]


def seats(work: Work) -> list[str]:
    """The state of every answer to a meeting."""
    with work() as session:
        return list(session.scalars(select(Rsvp.state).order_by(Rsvp.id)))


def make_room(session, code: str = "4821", capacity: int | None = 10, **given: object) -> int:
    """A meeting that is answered by text."""
    meeting = make_meeting(session, **({"ride": "asked"} | given))
    session.flush()
    session.add(MeetingSeats(meeting_id=meeting.id, capacity=capacity, close_hours=0, text_code=code))
    return meeting.id

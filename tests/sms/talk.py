"""What tests of texts share: phones, the state machine heard on its own, and what the desk and the outbox hold."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from portal.accounts.users import DeskKey
from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import DeliveryState
from portal.core.telephone import sign
from portal.core.web import Portal
from portal.meetings.rsvp.answering import Contact, Wish, file_rsvp
from portal.meetings.rsvp.outgoing import remind, tell
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp, locked_meeting
from portal.meetings.rsvp.rules import ContactKind, Reminder, ReminderConsent, ReminderWindow, RsvpNews
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
    return PhoneContext(**vars(talk if is_open else replace(talk, step=DialogueStep.NONE)))


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


def values(work: Work, column) -> list:
    """What stands in a column, in all rows."""
    with work() as session:
        return list(session.scalars(select(column)))


def waiting(work: Work) -> list[str]:
    """What is to go out, oldest first."""
    with work() as session:
        rows = session.scalars(select(OutboundMessage).order_by(OutboundMessage.created_at, OutboundMessage.id))
        return [row.body for row in rows if row.body]


def reported(work: Work) -> list[str]:
    """Every word of every report, as the desk reads it."""
    with work() as session:
        keys = {key.id: private_key_of(key) for key in session.scalars(select(DeskKey))}
        threads = session.scalars(select(Thread))
        return [one.words.what for thread in threads for one in opened_by_desk(thread, keys) if one.words]


def seats(work: Work, number: str | None = None) -> list[str]:
    """The state of every answer to a meeting, or of those with this number, which one that is given up loses."""
    with work() as session:
        rows = session.scalars(select(Rsvp))
        return [row.state for row in rows if number in (None, row.contact)]


def add_room(work: Work, code: str, capacity: int | None = None, **given: object) -> int:
    with work() as session:
        return make_room(session, code, capacity, **given)


def make_room(session, code: str = "4821", capacity: int | None = 10, **given: object) -> int:
    """A meeting that is answered by text."""
    starts_at = now().replace(microsecond=0) + timedelta(days=9)
    meeting = make_meeting(session, **({"starts_at": starts_at, "ride": "asked"} | given))
    session.flush()
    session.add(MeetingSeats(meeting_id=meeting.id, capacity=capacity, close_hours=0, text_code=code))
    return meeting.id


_ids = count(1)


def phone(number: int) -> str:
    return f"+1336555{number:04}"


def each_reminded(work: Work, texts: Iterable[str], **how: object) -> Iterator[tuple[str, str]]:
    """Each text with a phone of its own, which has a seat of a meeting with room for all and was just reminded."""
    with work() as session:
        session.execute(update(MeetingSeats).values(capacity=None))
    for number, text in enumerate(texts):
        remind_of_meeting(work, phone(number), **how)
        yield text, phone(number)


def post(
    app: Portal, body: str, sender: str = ROSA, *, token: str = TOKEN, path: str = "/sms/twilio/inbound", **more: str
) -> TestResponse:
    """Text the portal as the provider hands it over."""
    form = {
        "MessageSid": f"SM{next(_ids):032x}",
        "From": sender,
        "To": OURS,
        "Body": body,
        "NumMedia": "0",
        "FromCity": "CANARYCITY",
        "FromZip": "99999",
    } | more
    headers = {"X-Twilio-Signature": sign(token, f"{app.settings.public_url}{path}", form)}
    return app.test_client().post(path, data=form, headers=headers)


def remind_of_meeting(
    work: Work, number: str = ROSA, code: str = "4821", language: str = "en", news: RsvpNews | None = None
) -> None:
    """Let a phone answer to a meeting, and write to it about it; it goes out at once."""
    with work() as session:
        coded = select(MeetingSeats.meeting_id).where(MeetingSeats.text_code == code)
        meeting = locked_meeting(session.scalars(coded).one())
        wish = Wish(2, contact=Contact(ContactKind.TEXT, number, ReminderConsent.TEXT))
        rsvp = file_rsvp(meeting, wish, language, f"{number} {code}".encode().ljust(32), quietly=True)
        if news:
            tell(rsvp, meeting, news)
        else:
            remind(rsvp, meeting, ReminderWindow(Reminder.DAY, now(), now() + timedelta(hours=3)))
        session.execute(update(OutboundMessage).values(state=DeliveryState.SENT, sending_since=now()))

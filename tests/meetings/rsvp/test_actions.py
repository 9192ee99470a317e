"""Answers and seats in the database: messages, reminders, what is erased."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from itertools import count
from secrets import token_bytes
from typing import Any

import pytest
import vobject
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs.outbox import Letter, MessageKind, OutboundMessage
from portal.core.jobs.retries import Unknown
from portal.core.mail import compose
from portal.core.page_cache import CacheVersion
from portal.core.portal import current_portal
from portal.core.slugs import id_in, token_of
from portal.core.statuses import Refused
from portal.meetings.meeting import Meeting
from portal.meetings.planning import cancel_meeting, change_meeting, copy_meeting, publish_meeting
from portal.meetings.rsvp import answering, outgoing, rsvp
from portal.meetings.rsvp.answering import Contact, Wish
from portal.meetings.rsvp.rsvp import ReminderWording, Rsvp, RsvpNotice, held_seats, seats_of
from portal.meetings.rsvp.rules import ContactKind, Ride, SeatLevel, Why
from tests.core.transports import TestTransport
from tests.make import both, deliver_ready, make_market, make_meeting, make_room

MONDAY = datetime(2026, 6, 1, 16, tzinfo=UTC)
"""Noon in the city."""
_numbers = count(1000)
STARTS = MONDAY + timedelta(days=7, hours=6)
PHONE, MAIL = Contact(ContactKind.TEXT, "+13365550142"), Contact(ContactKind.MAIL, "rosa@example.org")
WHY = both("The hall is closed.", "El salón está cerrado.")
pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


def room(session: Session, capacity: int | None = None, **given: Any) -> Meeting:
    return make_room(session, capacity, str(next(_numbers)), starts_at=STARTS, **given)


def come(meeting: Meeting, party: int = 1, lang: str = "en", nonce: bytes | None = None, **wish: Any) -> Rsvp:
    return answering.file_rsvp(meeting, Wish(party, **wish), lang, nonce or token_bytes(32))


def letters(session: Session, **these: str) -> list[str]:
    """The words of every message, or of those in a state or of a kind."""
    session.flush()
    rows = session.scalars(select(OutboundMessage).filter_by(**these).execution_options(populate_existing=True))
    return [row.body for row in rows if row.body]


def test_a_form_sent_twice_is_one_answer(session: Session) -> None:
    meeting, nonce = room(session), token_bytes(32)
    first, again = (come(meeting, 3, nonce=nonce, contact=PHONE) for _ in range(2))
    assert first is again
    assert held_seats(meeting.id) == 3
    assert len(letters(session)) == 1
    assert come(meeting, 2, nonce=nonce, contact=PHONE).party == 2
    assert held_seats(meeting.id) == 2


def test_nothing_that_opens_an_answer_is_stored(session: Session) -> None:
    mine = come(room(session), access_needs="a ramp", first_name="Rosa", contact=PHONE)
    session.flush()
    stored = " ".join(map(str, session.execute(text("SELECT * FROM meetings_rsvp")).one()))
    code, token = outgoing.code_of(mine.id), token_of(outgoing.MINE, mine.id)
    assert not [secret for secret in (code, token, "ramp", "Rosa", "3365550142") if secret in stored]
    assert id_in(outgoing.MINE, token) == mine.id
    assert outgoing.hash_of_code(code) == mine.code_hash


def test_a_link_of_another_answer_cannot_be_derived(session: Session) -> None:
    meeting = room(session)
    one, other = come(meeting), come(meeting)
    mixed = token_of(outgoing.MINE, one.id)[:11] + token_of(outgoing.MINE, other.id)[11:]
    wrong = (mixed, "", "x", "%00", "ñ", "A" * 32, "A" * 3000)
    assert [token for token in wrong if id_in(outgoing.MINE, token)] == []


def test_a_phone_is_not_recognised_at_the_next_meeting(session: Session) -> None:
    first, second = (come(room(session), contact=PHONE) for _ in range(2))
    assert first.contact_hash != second.contact_hash
    session.flush()
    assert len(set(session.scalars(text("SELECT contact FROM meetings_rsvp")))) == 2


def test_families_who_share_a_phone_are_told_apart(session: Session) -> None:
    meeting = room(session)
    families = [come(meeting, contact=PHONE) for _ in range(6)]
    assert [one.letter for one in families] == list("ABCDEF")
    with pytest.raises(Refused, match="answers_too_many"):
        come(meeting, contact=PHONE)
    answering.cancel_rsvp(meeting, families[1])
    assert come(meeting, contact=PHONE).letter == "B"


def test_the_last_seats_and_what_is_said_then(session: Session) -> None:
    meeting = room(session, 10)
    first = come(meeting, 6)
    with pytest.raises(Refused, match="answers_too_large"):
        come(meeting, 5)
    other = come(meeting, 4)
    with pytest.raises(Refused, match="answers_full"):
        come(meeting, 1)
    answering.cancel_rsvp(meeting, first)
    second = come(meeting, 5)
    with pytest.raises(Refused, match="answers_too_large"):
        answering.answer_again(meeting, first)
    answering.change_rsvp(meeting, second, Wish(6))
    with pytest.raises(Refused, match="answers_full"):
        answering.change_rsvp(meeting, other, Wish(5))
    assert other.party == 4
    answering.change_rsvp(meeting, second, Wish(1))
    answering.change_rsvp(meeting, other, Wish(5, ages=(4,), ride=Ride.OFFERS, ride_seats=2))
    assert (other.party, other.ages, other.ride_seats) == (5, "4", 2)


def test_who_stays_away_is_forgotten_at_once(session: Session) -> None:
    meeting = room(session, 4)
    mine = come(meeting, 3, ages=(2,), interpreter="es", access_needs="ramp", first_name="Rosa", contact=PHONE)
    answering.cancel_rsvp(meeting, mine)
    answering.cancel_rsvp(meeting, mine)
    assert mine.state == "cancelled"
    kept = (mine.ages, mine.interpreter, mine.access_needs, mine.first_name, mine.contact, mine.contact_hash)
    assert kept == ("", "", "", "", None, None)
    answering.answer_again(meeting, mine)
    assert (mine.state, mine.party) == ("coming", 3)


def test_the_host_gives_more_seats_and_answers_beyond_them(session: Session, organizer: int) -> None:
    meeting = room(session, 2)
    come(meeting, 2)
    added = answering.add_answer(meeting, 2, "es", organizer)
    assert (added.state, held_seats(meeting.id)) == ("coming", 4)
    answering.cancel_rsvp(meeting, added)
    with pytest.raises(Refused, match="answers_full"):
        answering.answer_again(meeting, added)
    answering.set_seats(meeting, 4, 0, organizer)
    come(meeting, 2)
    answering.set_seats(meeting, 1, 0, organizer)
    assert held_seats(meeting.id) == 4
    with pytest.raises(Refused, match="answers_full"):
        come(meeting, 1)
    answering.set_seats(meeting, None, 24, organizer)
    assert come(meeting, 12).is_coming
    acts = session.scalars(select(AuditEvent.action)).all()
    assert (acts.count("meeting.seats_given"), acts.count("meeting.seats_set")) == (1, 3)


def test_the_public_edition_changes_with_the_words(session: Session) -> None:
    meeting = room(session, 8)

    def edition() -> int:
        session.flush()
        return session.scalar(select(CacheVersion.number)) or 0

    before = edition()
    for party, told, later in ((2, SeatLevel.OPEN, 0), (3, SeatLevel.FEW, 1), (3, SeatLevel.FULL, 2)):
        last = come(meeting, party)
        assert (rsvp.level_of(meeting.id), edition()) == (told, before + later)
    answering.cancel_rsvp(meeting, last)
    assert (rsvp.level_of(meeting.id), edition()) == (SeatLevel.FEW, before + 3)


def test_answers_close(session: Session, time_machine) -> None:
    meeting = room(session)
    seats_of(meeting.id).close_hours = 24
    session.flush()
    time_machine.move_to(STARTS - timedelta(hours=24))
    with pytest.raises(Refused, match="answers_closed"):
        come(meeting)


def test_who_needs_childcare_is_asked_again_once(session: Session, organizer: int) -> None:
    meeting = room(session)
    child = come(meeting, 2, ages=(4,), contact=PHONE)
    come(meeting, 2, ages=(4,))
    come(meeting, 1, contact=MAIL)
    asked, until = answering.ask_again(meeting, organizer)
    assert (asked, until.isoformat(), child.ask_by) == (1, "2026-06-05", until)
    assert len([words for words in letters(session, kind=MessageKind.TEXT) if "still right" in words]) == 1
    assert not [words for words in letters(session, kind=MessageKind.MAIL) if "still right" in words]
    assert answering.ask_again(meeting, organizer)[0] == 0
    # Nobody is asked about what is called off.
    come(meeting, 2, ages=(5,), contact=Contact(ContactKind.TEXT, "+13365550143"))
    cancel_meeting(meeting, WHY, organizer)
    assert answering.ask_again(meeting, organizer)[0] == 0


def test_sums_outlive_the_answers(session: Session) -> None:
    meeting = room(session, 9)
    come(meeting, 3, ages=(1, 4), interpreter="es", ride=Ride.NEEDS, access_needs="ramp")
    come(meeting, 2, interpreter="es", ride=Ride.OFFERS, ride_seats=3)
    come(meeting, 4)
    before = rsvp.sums_of(meeting.id)
    assert (before.people, before.answers, before.children) == (9, 3, [1, 1, 0, 0])
    assert (before.rides_needed, before.seats_offered, before.access) == (3, 3, 1)
    ids = session.scalars(select(Rsvp.id)).all()
    for some in (ids[:2], ids[2:]):
        answering.keep_sums(some)
        for one in some:
            session.delete(session.get_one(Rsvp, one))
        session.flush()
    assert rsvp.sums_of(meeting.id) == before


def test_a_number_is_erased_from_every_answer(session: Session) -> None:
    answers = [come(room(session), 2, contact=PHONE) for _ in range(2)]
    other = come(room(session), 2, contact=MAIL)
    answering.forget_phone(PHONE.address)
    assert [(one.contact, one.contact_hash, one.party) for one in answers] == [(None, None, 2)] * 2
    assert other.contact is not None


def test_meetings_have_a_code_until_they_end(session: Session, organizer: int, time_machine) -> None:
    draft = make_meeting(session, published=False, starts_at=STARTS)
    assert seats_of(draft.id).text_code is None
    publish_meeting(draft, organizer)
    assert (seats_of(draft.id).text_code or "").isdigit()
    answering.set_seats(draft, 30, 12, organizer)
    twin = copy_meeting(draft, organizer)
    session.flush()
    assert (seats_of(twin.id).capacity, seats_of(twin.id).text_code) == (30, None)
    for day, has_code in ((MONDAY, True), (STARTS + timedelta(days=2), False)):
        time_machine.move_to(day)
        answering.free_text_codes()
        session.refresh(seats_of(draft.id))
        assert (seats_of(draft.id).text_code is not None) == has_code


def test_a_meeting_from_before_codes_gets_one(session: Session) -> None:
    before = ((STARTS, True), (STARTS, False), (MONDAY - timedelta(days=9), True))
    old, draft, over = (make_meeting(session, starts_at=at, published=out) for at, out in before)
    session.flush()
    codes = set()
    for _time in range(2):
        for meeting_id in answering.free_text_codes():
            answering.give_text_code(meeting_id)
        codes.add(seats_of(old.id).text_code)
    assert len(codes) == 1 and None not in codes
    assert (seats_of(draft.id).text_code, seats_of(over.id).text_code) == (None, None)


def test_only_what_matters_is_told_in_time(session: Session, organizer: int, time_machine) -> None:
    meeting = room(session, 5)
    coming, other = come(meeting, 3, contact=PHONE), come(meeting, 2, lang="es", contact=MAIL)
    before = letters(session, state="due")
    change_meeting(meeting, replace(meeting.plan, host=both("Eva", "Eva")), both("", ""), organizer)
    assert letters(session, state="due") == before
    time_machine.move_to(STARTS - timedelta(hours=15))
    cancel_meeting(meeting, WHY, organizer)
    told = sorted(words.split("http")[0].split("\n")[-1] for words in letters(session, state="due"))
    assert told == [
        "Common Ground: Se cancela lo planeado (8 jun, 6:00 p.m.). Motivo: ",
        "Common Ground: What was planned for Jun 8, 6:00 PM is canceled. Why: ",
    ]
    assert set(session.scalars(select(OutboundMessage.due_at).filter_by(state="due"))) == {now()}
    answering.cancel_rsvp(meeting, coming)
    assert other.is_coming
    with pytest.raises(Refused, match="answers_closed"):
        answering.answer_again(meeting, coming)


def test_nothing_is_said_of_a_meeting_hidden_since(session: Session, organizer: int) -> None:
    market = make_market(session)
    meeting = room(session, 1, market_id=market.id)
    come(meeting, contact=PHONE)
    before = set(letters(session))
    market.released_at = None
    session.flush()
    answering.set_seats(meeting, 5, 0, organizer)
    cancel_meeting(meeting, WHY, organizer)
    assert set(letters(session)) <= before


# --- Reminders and changes: who is told, when, once, and what is taken back ---

EVENING_BEFORE, TWO_BEFORE = STARTS - timedelta(hours=25), STARTS - timedelta(hours=2)


def post_of(app: Flask) -> TestTransport:
    """Where texts and mail go."""
    post = TestTransport()
    app.transports = {"text": post, "mail": post}
    return post


def reach(meeting: Meeting, address: str = "", lang: str = "en", party: int = 1, proved: bool = True) -> Rsvp:
    """Come, and leave a number or an address that is proved to be theirs."""
    kind = ContactKind.MAIL if "@" in address else ContactKind.TEXT
    mine = come(meeting, party, lang, contact=Contact(kind, address or f"+1336555{next(_numbers)}"))
    if proved:
        answering.accept_reminders(meeting, mine)
    db.session().flush()
    return mine


def work_off(post: TestTransport) -> list[str]:
    """Commit, let the timetable and the worker do what is due; what went out."""
    before = len(post.delivered)
    queue()
    with current_portal.app_context():
        deliver_ready()
    return [body for _address, body, *_rest in list(post.delivered)[before:]]


def queue() -> None:
    """Commit, and let the timetable queue what is due."""
    db.commit()
    with current_portal.app_context():
        answering.remind_all()
    db.session().expire_all()


def test_reminders_come_a_day_and_two_hours_before(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = room(session)
    reach(meeting), reach(meeting, "rosa@example.org", "es")
    assert len(work_off(post)) == 2
    time_machine.move_to(EVENING_BEFORE - timedelta(minutes=30))
    assert work_off(post) == []
    time_machine.move_to(EVENING_BEFORE)
    texted, mailed = sorted(work_off(post))
    assert texted.startswith("Common Ground: A reminder for Jun 8, 6:00 PM. Not coming? Text NOT COMING ")
    assert mailed.startswith("Common Ground: Le recordamos (8 jun, 6:00 p.m.)")
    assert sorted(letter.subject for letter in post.letters[-2:]) == ["", "Common Ground: sobre su respuesta"]
    time_machine.shift(timedelta(hours=1))
    assert work_off(post) == []
    time_machine.move_to(TWO_BEFORE)
    assert len(work_off(post)) == 2


def test_who_did_not_confirm_is_not_reminded(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = room(session)
    mine = reach(meeting, proved=False)
    (asked,) = work_off(post)
    assert "May we remind you? Text MEET" in asked
    assert "/en/meetings/reminder/" in asked
    assert (mine.agreed_how, mine.agreed_on, mine.proved_on) == ("web", MONDAY.date(), None)
    assert session.get_one(ReminderWording, mine.wording).words.startswith("Only about this meeting")
    confirmed = reach(meeting)
    work_off(post)
    answering.change_rsvp(meeting, confirmed, Wish(1, contact=Contact(ContactKind.MAIL, "new@example.org")))
    assert confirmed.proved_on is None, "another address has to be confirmed again"
    (asked,) = work_off(post)
    assert post.delivered[-1][0] == "new@example.org"
    assert "May we remind you here?" in asked
    reach(meeting)
    assert len(work_off(post)) == 1
    time_machine.move_to(EVENING_BEFORE)
    assert len(work_off(post)) == 1


def test_a_reminder_moves_with_the_meeting(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = room(session)
    reach(meeting)
    work_off(post)
    time_machine.move_to(EVENING_BEFORE - timedelta(minutes=30))
    work_off(post)
    later = STARTS + timedelta(days=3)
    plan = replace(meeting.plan, starts_at=later, ends_at=later + timedelta(hours=2))
    change_meeting(meeting, plan, WHY, meeting.author_id)
    time_machine.move_to(EVENING_BEFORE)
    (moved,) = work_off(post)
    assert "Now it is Jun 11, 6:00 PM" in moved
    time_machine.move_to(later - timedelta(hours=25))
    (reminder,) = work_off(post)
    assert "A reminder for Jun 11, 6:00 PM" in reminder


def test_what_was_lost_is_not_sent_when_wrong(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = room(session)
    reach(meeting)
    work_off(post)
    time_machine.move_to(EVENING_BEFORE)
    post.outcomes.append(Unknown("lost"))
    work_off(post)
    cancel_meeting(meeting, WHY, meeting.author_id)
    assert work_off(post) == []
    time_machine.shift(timedelta(minutes=5))
    (cancelled,) = work_off(post)
    assert "is canceled" in cancelled
    assert sorted(session.scalars(select(OutboundMessage.state))) == ["sent", "sent", "stale"]


def test_who_leaves_or_erased_the_number_is_not_reminded(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = room(session, 3)
    gone, erased = reach(meeting), reach(meeting, party=2)
    work_off(post)
    time_machine.move_to(EVENING_BEFORE - timedelta(minutes=10))
    queue()
    answering.cancel_rsvp(meeting, gone)
    answering.change_rsvp(meeting, erased, Wish(2, forget_contact=True))
    assert session.scalars(select(RsvpNotice).where(RsvpNotice.rsvp_id.in_([gone.id, erased.id]))).all() == []
    time_machine.move_to(EVENING_BEFORE)
    assert not [words for words in work_off(post) if "reminder" in words]


def test_two_families_on_one_phone_get_one_text(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = room(session)
    reach(meeting, "+13365550142"), reach(meeting, "+13365550142")
    work_off(post)
    time_machine.move_to(EVENING_BEFORE)
    (only,) = work_off(post)
    assert " B." not in only


def test_nothing_that_can_wait_goes_at_night(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = room(session)
    reach(meeting)
    work_off(post)
    change_meeting(meeting, replace(meeting.plan, place=both("Hall", "Sala")), WHY, meeting.author_id)
    db.commit()
    time_machine.move_to(MONDAY + timedelta(hours=9, minutes=1))
    assert work_off(post) == []
    time_machine.move_to(MONDAY + timedelta(hours=20))
    assert len(work_off(post)) == 1


def test_moved_then_cancelled_is_told_once(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = room(session, 1)
    answering.take_out(meeting, [reach(meeting)], Why.MISTAKE, meeting.author_id)
    work_off(post)
    time_machine.shift(timedelta(hours=33))
    change_meeting(meeting, replace(meeting.plan, place=both("Hall", "Sala")), WHY, meeting.author_id)
    cancel_meeting(meeting, WHY, meeting.author_id)
    time_machine.shift(timedelta(hours=12))
    (told,) = work_off(post)
    assert "is canceled" in told
    assert [row.sequence for row in session.scalars(select(RsvpNotice).where(RsvpNotice.kind == "cancelled"))] == [2]


def read_calendar(letter: Letter) -> tuple[str, vobject.base.Component]:
    """The method of the part of a mail that calendars act upon, and its one event."""
    raw = compose("portal@example.org", "example.org", "rosa@example.org", letter, 1).as_bytes()
    mail = message_from_bytes(raw, policy=policy.default)
    (part,) = (one for one in mail.walk() if one.get_content_type() == "text/calendar")
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "meeting.ics"
    assert attached.get_content().decode() == part.get_content()
    (calendar,) = vobject.readComponents(part.get_content(), validate=True)
    assert calendar.method.value == part["Content-Type"].params["method"]
    assert mail.get_body(("plain",)) is not None
    return calendar.method.value, calendar.vevent


def test_mail_moves_the_entry_and_takes_it_out(session: Session, time_machine, app: Flask) -> None:
    post = post_of(app)
    meeting = room(session)
    reach(meeting, "rosa@example.org")
    answering.take_out(meeting, [reach(meeting, "ruth@example.org", "es")], Why.MISTAKE, meeting.author_id)
    work_off(post)
    assert not any(letter.calendar for letter in post.letters)
    later = STARTS + timedelta(days=1)
    plan = replace(meeting.plan, starts_at=later, ends_at=later + timedelta(hours=2))
    change_meeting(meeting, plan, WHY, meeting.author_id)
    # Whoever was taken out is told, and not invited.
    work_off(post)
    (moved,) = (letter for letter in post.letters if letter.calendar)
    method, event = read_calendar(moved)
    assert (method, event.uid.value, event.sequence.value) == ("REQUEST", meeting.uid, "1")
    assert event.dtstart.value == later
    assert event.attendee.value == "mailto:rosa@example.org"
    cancel_meeting(meeting, WHY, meeting.author_id)
    seen = len(post.letters)
    work_off(post)
    told = [(method, event, event.summary.value) for method, event in map(read_calendar, post.letters[seen:])]
    assert {(method, one.sequence.value, one.status.value, one.uid.value, said) for method, one, said in told} == {
        ("CANCEL", "2", "CANCELLED", meeting.uid, f"Canceled: {meeting.title.en}"),
        ("CANCEL", "2", "CANCELLED", meeting.uid, f"Cancelada: {meeting.title.es}"),
    }


def test_the_ledger_holds_neither_names_nor_numbers(session: Session, app: Flask) -> None:
    post = post_of(app)
    mine = reach(room(session), "+13365550142")
    work_off(post)
    row = session.execute(select(RsvpNotice.__table__)).one()
    assert "3365550142" not in " ".join(map(str, row))
    assert (row.contact_hash, row.kind, row.channel, row.sequence) == (mine.contact_hash, "counted", "text", 0)
    session.delete(session.get_one(Rsvp, mine.id))
    db.commit()
    assert session.scalars(select(RsvpNotice)).all() == []

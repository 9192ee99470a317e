"""The deletion schedule: a test for each of its lines, the hold, and the certificates."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import delete, func, select

from portal import retention
from portal.accounts.desk_keys import BeginAnew
from portal.accounts.people import remove_member
from portal.accounts.reminders import ReachWording, Reminded, ReminderChannel
from portal.accounts.users import Desk, DeskKey, Invitation, Member, Removal, SignIn
from portal.alerts.alerts import AnswerAlert, keep_alert
from portal.core import purge
from portal.core.audit import AuditEvent, record
from portal.core.clock import now, today, zone
from portal.core.db import random_id
from portal.core.jobs import outbox, retries
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import RetryStep
from portal.core.purge import Purge
from portal.following.following import Follower, FollowRefusal, Subscription
from portal.following.notices import FollowNotice, FollowNoticeState, NewsAudience
from portal.indicators.uploads import Upload
from portal.meetings.door import DoorCount
from portal.meetings.rsvp.rsvp import MeetingSeats, Rsvp
from portal.partners.callin import call_ins
from portal.partners.callin.call_ins import CallInCard, CallInLink
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, Membership, my_seat
from portal.partners.members import close_circle, invite
from portal.partners.notes import Note, write
from portal.partners.polls.deciding import propose
from portal.partners.polls.polls import CircleDate
from portal.partners.polls.rules import SlotSpan
from portal.partners.reconciliation.planning import keep_line, keep_names
from portal.partners.reconciliation.rules import QuoteScope
from portal.partners.reconciliation.sessions import Quote, SealedEnvelope
from portal.reports.complaints import ComplaintMonth
from portal.reports.desk_texts import TaughtText
from portal.reports.notes import DeskNote, leave_for_next_shift
from portal.reports.reports import Thread, ThreadMessage
from portal.reports.triage import Disposition, TriageState
from portal.sms.conversations import CodePart, Conversation, Inbound, Route
from portal.sms.deliveries import DeliveryWord
from portal.sms.outgoing import ConsentWording, KnownSender
from tests.following.followers import make_follower
from tests.make import SCHEDULE, both, make_circle, make_desk, make_market, make_meeting, make_member, make_report
from tests.partners.sessions import make_circle_session, part_of

RULES = {rule.what: rule for rule in SCHEDULE}
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=2)
NO_NEEDS = {"ages": "2", "interpreter": "", "ride": "", "language": "es", "answered_on": date(2026, 1, 1)}


def make_closed_report(session):
    thread = make_thread(session)
    thread.state, thread.disposition, thread.closed_on, thread.waiting_since = "closed", "acted", today(), None
    return thread


def make_thread(session):
    make_desk(session, [make_member(session)])
    make_market(session)
    thread = make_report().thread
    session.flush()
    return thread


def way_back(thread):
    words = ConsentWording.keep("Your text has arrived.", "en")
    agreed = {"agreed_on": today(), "agreed_how": "first_text", "wording": words, "expires_on": today()}
    way = Route(thread_id=thread.id, sender_hash="a", number=b"x", language="en", **agreed)
    way.vouch()
    return way


def make_talk(session, window_first=False):
    """One that is over, while answers to it may still be counted: it goes with the later of the two."""
    first, last = now() + HOUR, now() + 2 * HOUR
    times = {"window_until": first if window_first else last, "expires_at": last if window_first else first}
    return add(session, Conversation(our_number="+1", sender_hash="a", step="none", **times))


def make_wish_for_news(session):
    row = make_follower(session, confirmed=False)
    return session.scalars(select(Subscription).where(Subscription.follower_id == row.id)).one()


def make_alert(session):
    thread = make_closed_report(session)
    keep_alert(thread.id, "+13365550101", "en", "words")
    return only(session, AnswerAlert)


def make_news(session):
    row = FollowNotice(key="meeting 1", send_before=now() + DAY, created_at=now(), link=both("", ""))
    row.audience, row.state = NewsAudience.MEETINGS, FollowNoticeState.SENDING
    row.words = both("A meeting was moved.", "Una reunión cambió de hora.")
    return row


def make_inbound(session):
    return add(session, Inbound(provider="twilio", message_hash="a", received_on=today()))


def make_message(session):
    return session.get_one(OutboundMessage, outbox.put(MessageKind.TEXT, "+1", "words"))


def make_settled_message(session):
    message = make_message(session)
    outbox.settle(outbox.claim(message.id, LEASE), RetryStep(retries.DeliveryState.SENT, provider_id="SM1"))
    return message


def make_meeting_today(session):
    return make_meeting(session, starts_at=datetime.combine(today(), time(1), zone()))


def make_answer(session):
    meeting = make_meeting_today(session)
    return add(session, Rsvp(meeting_id=meeting.id, code_hash="a", state="coming", party=2, **NO_NEEDS))


def make_door_count(session):
    return DoorCount(meeting_id=make_meeting_today(session).id, door="a" * 32, turn=1, counts={"who.faith": 1})


def make_sign_in(session):
    member_id, moment = make_member(session).id, now()
    times = {"created_at": moment, "seen_at": moment}
    return add(session, SignIn(token_hash="a", member_id=member_id, wrapped_private_key=b"x", **times))


def make_invitation(session):
    who = {"email": "a@b.c", "name": "Ana", "language": "en", "roles": "triage"}
    return add(session, Invitation(token_hash="a", created_at=now(), expires_at=now(), **who))


def make_removal(session):
    member = make_member(session, [])
    remove_member(member, None)
    return session.get_one(Removal, member.id)


def make_request_for_desk(session):
    desk, asker = make_desk(session, kind="outreach"), make_member(session)
    return BeginAnew(desk_id=desk.id, asked_by_id=asker.id, asked_at=now())


def make_shift_note(session):
    member = make_member(session)
    desk_id = make_desk(session, [member]).id
    leave_for_next_shift(desk_id, "Look at the lamp.", member.id)
    return session.scalars(select(DeskNote)).one()


def make_seat(session, roles=()):
    lead = make_member(session, roles)
    circle = make_circle(session, lead)
    return circle, my_seat(circle.id, lead)


def make_note(session):
    return write(make_seat(session)[1], Note(expires_on=today()), {"title": "T", "body": "B"})


def make_circle_invitation(session):
    invite(make_seat(session)[1], make_member(session, []).email, "", "en", CircleRole.MEMBER)
    # Whoever sits there is not what this is about.
    session.execute(delete(Membership).where(Membership.joined_on.is_not(None)))
    return only(session, Membership)


def make_closed_circle(session):
    circle, seat = make_seat(session)
    write(seat, Note(expires_on=today()), {"title": "T", "body": "B"})
    close_circle(seat)
    return circle


def make_held(session, role="facilitator"):
    lead = make_member(session, [role])
    circle = make_circle(session, lead, kind="reconciliation")
    return part_of(circle, make_circle_session(session, circle, lead, days=0), lead)


def only(session, table):
    return session.scalars(select(table)).one()


def make_names(session):
    keep_names(make_held(session, "community_lead"), {"names": "N"}, 1)
    return only(session, SealedEnvelope)


def make_line(session):
    words = both("I waited.", "Yo esperé."), both("A neighbor", "Una vecina")
    keep_line(make_held(session), QuoteScope.SIDES, *words, today(), today())
    return only(session, Quote)


def plan(session):
    seat = make_seat(session, ["community_lead"])[1]
    return seat, call_ins.plan_call_in(seat, today(), {"begins": "18:30"}, None)


def make_voice(session):
    seat, call_in = plan(session)
    return call_ins.keep_line(seat, call_in, CallInCard(), {"who": "elder", "point": "story", "name": "E"})


def make_link(session):
    sealed = {"token_hash": "t" * 64, "public_key": b"p" * 32, "box": b"b", "sealed_key": b"k"}
    link = CallInLink(id=random_id(), card_id=make_voice(session).id, **sealed)
    link.vouch()
    return link


def make_poll(session):
    span = SlotSpan(now() + 9 * DAY, now() + 10 * DAY)
    return propose(make_seat(session)[1], {"question_en": "Q"}, [span], {"closes_on": today()})


def make_circle_date(session):
    circle, _seat = make_seat(session)
    date = CircleDate(circle_id=circle.id, starts_at=now() - DAY, ends_at=now(), uid="u", sequence=0)
    date.store(circle, {"question_en": "Q"})
    return date


def make_event(session):
    record("act", "thread", 1, None)
    session.flush()
    return only(session, AuditEvent)


def make_number(session):
    """One that nobody proved to be theirs."""
    version = ReachWording.keep("Only for reminders.", "en")
    agreed = {"agreed_on": today(), "wording": version, "asked_at": now()}
    return ReminderChannel(member_id=make_member(session).id, way="mail", contact="x", contact_hash="a", **agreed)


def make_file_of_figures(session):
    values = {"kind": "months", "file_name": "a.csv", "digest": "0" * 64, "size": 3, "state": "sent"}
    return Upload(member_id=make_member(session).id, sent_at=now(), **values)


def add(session, row):
    session.add(row)
    return row


CASES = {
    "months of complaints": (lambda _: ComplaintMonth(month_on=today(), filed=3), 430 * DAY),
    "closed reports": (make_closed_report, 90 * DAY),
    "silent reports": (make_thread, 365 * DAY),
    "answers to meetings": (make_answer, DAY),
    "counts of doors": (make_door_count, 30 * DAY),
    "files of figures": (make_file_of_figures, DAY),
    "ways back to phones": (lambda one: way_back(make_thread(one)), DAY),
    "conversations by text": (make_talk, timedelta(hours=2)),
    "parts of code words by text": (lambda _: CodePart(sender_hash="a", words="", expires_at=now() + HOUR), HOUR),
    "marks of texts taken in": (make_inbound, 30 * DAY),
    "words about deliveries": (lambda _: DeliveryWord(provider_id="SM1", status="sent", received_on=today()), 30 * DAY),
    "which of our numbers a phone knows": (
        lambda _: KnownSender(phone_hash="a", sender="+1", last_on=today()),
        180 * DAY,
    ),
    "questions whether news is wanted": (make_wish_for_news, 3 * DAY),
    "news to followers": (make_news, 30 * DAY),
    "mailboxes that want no question": (lambda _: FollowRefusal(contact_hash="a", refused_on=today()), 366 * DAY),
    "where to tell of answers": (make_alert, 29 * DAY),
    "settled messages": (make_settled_message, 30 * DAY),
    "stuck messages": (make_message, 30 * DAY),
    "accounts that were ended": (make_removal, DAY),
    "sign-ins": (make_sign_in, timedelta(minutes=45)),
    "invitations": (make_invitation, 30 * DAY),
    "requests to begin a desk anew": (make_request_for_desk, 30 * DAY),
    "numbers for reminders": (make_number, DAY),
    "reminders of days": (
        lambda one: Reminded(
            member_id=make_member(one).id, about="promise 1", due_on=today(), nearness="eve", mark="", told_on=today()
        ),
        60 * DAY,
    ),
    "notes of circles": (make_note, DAY),
    "suggestions, notes and names of sessions": (make_names, 2 * DAY),
    "lines word by word": (make_line, DAY),
    "invitations to circles": (make_circle_invitation, 30 * DAY),
    "those who speak at call-ins": (make_voice, 30 * DAY),
    "private links of those who speak": (make_link, 2 * DAY),
    "call-ins of circles": (lambda one: plan(one)[1], 180 * DAY),
    "questions for a day in circles": (make_poll, 30 * DAY),
    "dates of circles": (make_circle_date, 30 * DAY),
    "closed circles": (make_closed_circle, 30 * DAY),
    "examples of texts read wrongly": (
        lambda one: TaughtText(desk_id=make_desk(one).id, written_on=today(), plain="{}"),
        30 * DAY,
    ),
    "notes for the next shift": (make_shift_note, 7 * DAY),
    "audit events": (make_event, 730 * DAY),
}


# Their rows stay; what is put in place of a column is tried beside what it is for.
REPLACED = {"sources of signals", "what imports of figures changed"}
# There is nothing to wait for: tried below.
AT_ONCE = {"seats in circles that were taken", "acknowledgements that were never said", "people who follow nothing"}


def test_every_line_of_the_schedule_has_a_case():
    assert set(CASES) | REPLACED | AT_ONCE == set(RULES)
    assert {what for what, rule in RULES.items() if rule.instead} == REPLACED


def count(work, table):
    with work() as session:
        return session.scalar(select(func.count()).select_from(table))


def purge_after(app, what, delay):
    with time_machine.travel(now() + delay), app.app_context():
        return purge.purge(RULES[what])


@pytest.mark.parametrize("what", CASES)
def test_what_is_over_is_erased_and_nothing_sooner(app, work, what):
    make, keeps = CASES[what]
    table = RULES[what].table
    with app.app_context():
        # Just after midnight, an hour earlier is the day before: what goes a day too early would not be seen.
        noon = datetime.combine(today(), time(12), zone())
    with time_machine.travel(noon):
        with work() as session:
            session.add(make(session))
        before = count(work, table)
        # What has a date instead of a time may go at any hour of its last day, and the clocks may change until then.
        early, late = (DAY + HOUR, HOUR) if keeps >= DAY else (MINUTE, MINUTE)
        assert purge_after(app, what, keeps - early) == 0
        assert count(work, table) == before
        assert purge_after(app, what, keeps + late) == 1
        assert count(work, table) == before - 1


def test_what_has_two_ends_stays_until_the_later(app, work):
    with work() as session:
        make_settled_message(session)
        make_talk(session, window_first=True)
        make_sign_in(session).seen_at = now() + timedelta(hours=12)
    for what, delay, erased in (
        # What was sent is not stuck.
        ("stuck messages", 31 * DAY, 0),
        ("conversations by text", 2 * HOUR - MINUTE, 0),
        ("conversations by text", 2 * HOUR + MINUTE, 1),
        # Somebody who stays too long is signed out.
        ("sign-ins", timedelta(hours=11), 0),
        ("sign-ins", timedelta(hours=12, minutes=1), 1),
    ):
        assert purge_after(app, what, delay) == erased


@pytest.mark.both_databases
def test_hold_that_comes_while_purge_runs_keeps_report(app, work, monkeypatch):
    with work() as session:
        kept = make_closed_report(session).id
        others = [make_report().thread for _ in range(2)]
        for thread in others:
            thread.state, thread.disposition = TriageState.CLOSED, Disposition.ACTED
            thread.closed_on, thread.waiting_since = today(), None
    listed = purge._next_ids

    def hold_once_listed(rule, last):
        ids = listed(rule, last)
        if kept in ids:
            retention._set_hold(kept, "retention.held", today())
        return ids

    monkeypatch.setattr(purge, "_next_ids", hold_once_listed)
    purge_after(app, "closed reports", 91 * DAY)
    with work() as session:
        assert session.scalars(select(Thread.id)).all() == [kept]


def test_phone_that_never_agreed_is_forgotten_with_the_question(app, work):
    with work() as session:
        make_follower(session, confirmed=False)
        make_follower(session)
    assert purge_after(app, "people who follow nothing", timedelta(0)) == 0
    assert purge_after(app, "questions whether news is wanted", 3 * DAY + HOUR) == 1
    assert purge_after(app, "people who follow nothing", 3 * DAY + HOUR) == 1
    assert count(work, Follower) == 1


def test_who_sat_in_a_circle_is_forgotten(app, work):
    with work() as session:
        lead, elder = make_member(session, []), make_member(session, [])
        circle = make_circle(session, lead, elder)
        remove_member(elder, None)
    # As long as the account can be brought back, so can the seat.
    assert purge_after(app, "seats in circles that were taken", timedelta(0)) == 0
    assert purge_after(app, "accounts that were ended", DAY) == 1
    assert purge_after(app, "seats in circles that were taken", DAY) == 1
    with work() as session:
        assert session.scalars(select(Membership.member_id)).all() == [lead.id]
        assert my_seat(circle.id, session.get_one(Member, lead.id)).is_admitted


@pytest.mark.both_databases
def test_closed_circle_goes_with_all_and_others_stay(app, work):
    with work() as session:
        make_closed_circle(session)
        stays = make_circle(session, make_member(session, []), name="Oak circle").id
        make_desk(session, [make_member(session)])
    purge_after(app, "closed circles", 30 * DAY)
    with work() as session:
        assert session.scalars(select(Circle.id)).all() == [stays]
        assert session.scalars(select(Note)).all() == []
        assert session.scalar(select(func.count()).select_from(Desk)) == 2
        assert session.scalar(select(func.count()).select_from(DeskKey)) == 2


def test_sums_stay_when_answers_go(app, work):
    with work() as session:
        meeting_id = make_answer(session).meeting_id
    assert purge_after(app, "answers to meetings", 2 * DAY) == 1
    with work() as session:
        sums = session.get_one(MeetingSeats, meeting_id).sums
    assert (sums["people"], sums["children"]) == (2, [1, 0, 0, 0])


def test_a_hold_beats_the_purge_and_is_seen(app, work):
    with work() as session:
        thread = make_closed_report(session)
        session.add(way_back(thread))
        silent = make_report().thread
    run, held = app.test_cli_runner().invoke, [str(thread.id), str(silent.id)]
    assert [run(args=["retention", "hold", one]).exit_code for one in held] == [0, 0]
    with time_machine.travel(now() + 400 * DAY):
        output = run(args=["retention", "run"]).output
        assert "closed reports: 0 erased, 1 held" in output
        assert "silent reports: 0 erased, 1 held" in output
        assert count(work, Thread) == 2
        assert [run(args=["retention", "release", one]).exit_code for one in held] == [0, 0]
        output = run(args=["retention", "run"]).output
        assert "closed reports: 1 erased, 0 held" in output
        assert "silent reports: 1 erased, 0 held" in output
    # They go with their messages and ways back.
    assert [count(work, table) for table in (Thread, ThreadMessage, Route)] == [0, 0, 0]
    with work() as session:
        acts = session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == held[0]))
        assert {"retention.held", "retention.released"} <= set(acts)
        numbers = session.scalars(select(Purge.held).where(Purge.what == "closed reports").order_by(Purge.ran_at))
        assert numbers.all() == [1, 0]


def test_the_log_speaks_only_of_what_was_erased(app, work, caplog):
    caplog.set_level("INFO")
    with app.app_context():
        retention.run()
    assert "retention" not in caplog.text
    with work() as session:
        assert set(session.scalars(select(Purge.what))) == set(RULES), "a certificate for every line"
        make_inbound(session)
    purge_after(app, "marks of texts taken in", 31 * DAY)
    assert "retention: marks-of-texts-taken-in: 1 erased, 0 held" in caplog.text


def test_a_row_that_cannot_be_erased_keeps_no_other(app, work, monkeypatch):
    def erase(ids):
        if stubborn in ids:
            raise KeyError

    def purged(rule):
        with time_machine.travel(now() + 31 * DAY), app.app_context():
            return purge.purge(rule)

    monkeypatch.setattr(purge, "BATCH", 10)
    rule = RULES["marks of texts taken in"]
    with work() as session:
        session.add_all(Inbound(provider="x", message_hash=f"{n}", received_on=today()) for n in range(25))
    with work() as session:
        stubborn = sorted(session.scalars(select(Inbound.id)))[12]
    assert purged(replace(rule, before=erase)) == 24
    with work() as session:
        assert session.scalars(select(Inbound.id)).all() == [stubborn]
        assert sum(session.scalars(select(Purge.count))) == 24
        session.execute(delete(Purge))
        session.add_all(Inbound(provider="y", message_hash=f"{n}", received_on=today()) for n in range(24))
    # They go in batches, with a certificate each.
    assert purged(rule) == 25
    with work() as session:
        assert sorted(session.scalars(select(Purge.count))) == [5, 10, 10]


def test_what_was_erased_is_gone_from_the_file(app, work, settings):
    mark = b"a keyed hash that must not be found again"
    with work() as session:
        session.add(Inbound(provider="x", message_hash=mark.decode(), received_on=today()))
    path = settings.data_dir.parent / "portal.db"
    assert mark in path.read_bytes() + path.with_name("portal.db-wal").read_bytes()
    with time_machine.travel(now() + 31 * DAY), app.app_context():
        retention.run()
    rest = b"".join(file.read_bytes() for file in path.parent.glob("portal.db*") if file.is_file())
    assert mark not in rest

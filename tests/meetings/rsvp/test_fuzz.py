"""A thousand random steps: answers, moves, cancellations, clocks, workers that are killed. What must stay true.

What is promised is looked at where it counts, when a transport is about to carry something, by its own arithmetic.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from portal.core.clock import now
from portal.core.db import db
from portal.core.i18n import speaking
from portal.core.jobs import delivery
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import UNSETTLED, Retry, Sent, Unknown
from portal.core.statuses import NotFound, Refused
from portal.meetings.meeting import Meeting
from portal.meetings.planning import cancel_meeting, change_meeting
from portal.meetings.rsvp import answering, hosting, outgoing
from portal.meetings.rsvp.answering import Contact, Wish
from portal.meetings.rsvp.reminder_times import Reminder
from portal.meetings.rsvp.rsvp import Rsvp, RsvpNotice, locked_meeting
from portal.meetings.rsvp.seats import ContactKind, ReminderConsent, Why
from portal.meetings.rsvp.texts import day_and_hour
from tests.conftest import Work
from tests.make import both, make_member, make_room

BEGINS = datetime(2026, 6, 1, 16, tzinfo=UTC)
WHY = both("The hall is closed.", "El salón está cerrado.")
REMINDERS = {reminder.value for reminder in Reminder}


class Killed(BaseException):
    """The machine went down."""


class Broken(BaseException):
    """A promise is broken. Not an error of the transport's: the outbox would take that for bad luck and go on."""


@dataclass(frozen=True)
class Carried:
    address: str
    body: str
    message_id: int
    at: datetime


class Post:
    """A transport that is now and then busy, slow, killed before or after it handed something over, or refused."""

    def __init__(self, city: City, finds: bool) -> None:
        self._city = city
        self._finds = finds
        self.carried: list[Carried] = []

    def deliver(self, address: str, body: str, message_id: int, _valid_for: timedelta) -> Sent | Retry | Unknown:
        try:
            self._city.check_message(address, body, message_id)
        except AssertionError as error:
            raise Broken(str(error)) from error
        chance = self._city.random.random()
        if chance < 0.04:
            raise Killed
        if chance < 0.08:
            return Retry("busy")
        if chance < 0.12:
            return Unknown("lost")
        self.carried.append(Carried(address, body, message_id, now()))
        if chance < 0.16:
            raise Killed
        if chance < 0.2:
            return Unknown("taken, and the answer lost")
        return Sent(f"id{message_id}")

    def find(self, address: str, body: str, since: datetime, known: Collection[str]) -> str | None:
        same = (one for one in self.carried if (one.address, one.body) == (address, body) and one.at >= since)
        names = (f"id{one.message_id}" for one in same if f"id{one.message_id}" not in known)
        return next(names, None) if self._finds else None

    def is_suppressed(self, address: str) -> bool:
        return address in self._city.stopped


class City:
    """A few meetings, and whoever answers to them."""

    def __init__(self, app: Flask, work: Work, seed: int, clock: time_machine.Traveller) -> None:
        self.random = Random(seed)
        self._app, self._work, self._clock = app, work, clock
        self._numbers = count(1_000_000)
        self.stopped: set[str] = set()
        self.texts, self.mails = Post(self, finds=True), Post(self, finds=False)
        app.transports = {"text": self.texts, "mail": self.mails}
        self.meetings: list[int] = []
        self.answers: list[int] = []
        self.gone: set[str] = set()
        self.addresses: dict[int, str] = {}
        self.changed: dict[int, int] = {}
        self.started: dict[int, list[datetime]] = {}
        with work() as session:
            self.editor = make_member(session, ("organizer",)).id
        self.plan()

    def step(self) -> None:
        """One random thing."""
        if not self._ahead():
            self.plan()
        often = [self.answer, self.text, self.pass_time, self.run_worker] * 6 + [self.prove] * 3
        seldom = [self.text, self.prove, self.leave, self.again, self.other_contact] * 2
        rarely = [self.move, self.move_place, self.edit, self.cancel, self.plan]
        others = [self.remind_otherwise, self.stop, self.take_out]
        self.random.choice([*often, *seldom, *rarely, *others])()
        self.check_city()

    def end_well(self) -> None:
        """Two last meetings, one of which takes place: some are reminded, and some hear that it does not."""
        for is_cancelled in (True, False):
            self.plan((now() + timedelta(days=3)).replace(hour=22, minute=0, second=0, microsecond=0))
            for _ in range(3):
                self.text(self.meetings[-1])
            if is_cancelled:
                self.cancel(self.meetings[-1])
        self.drain()
        for before in (timedelta(hours=25), timedelta(hours=2)):
            self._clock.move_to(self.started[self.meetings[-1]][0] - before)
            self.run_worker()

    def plan(self, starts_at: datetime | None = None) -> None:
        with self._work() as session:
            starts = starts_at or self._some_start()
            made = make_room(session, None, str(next(self._numbers))[-4:], starts_at=starts)
            self.meetings.append(made.id)
            self.started[made.id] = [starts]

    def answer(self) -> None:
        self._file(self._contact() if self.random.random() < 0.85 else None)

    def text(self, meeting_id: int = 0) -> None:
        """By text: the number is certain, and the answer names the reminders."""
        contact = Contact(ContactKind.TEXT, f"+1336{next(self._numbers)}", ReminderConsent.TEXT)
        rsvp_id = self._file(contact, meeting_id)
        if rsvp_id is not None:
            with self._work() as session:
                rsvp = session.get_one(Rsvp, rsvp_id)
                outgoing.agree(rsvp, ReminderConsent.TEXT, "We remind you by text.")
                hosting.accept_reminders(locked_meeting(rsvp.meeting_id), rsvp)

    def prove(self) -> None:
        self._with_answer(hosting.accept_reminders)

    def leave(self) -> None:
        def go(meeting: Meeting, rsvp: Rsvp) -> None:
            answering.cancel_rsvp(meeting, rsvp)
            self._forget(rsvp)

        self._with_answer(go)

    def again(self) -> None:
        self._with_answer(answering.answer_again)

    def take_out(self) -> None:
        why = self.random.choice(list(Why))
        self._with_answer(lambda meeting, rsvp: hosting.take_out(meeting, [rsvp], why, self.editor))

    def other_contact(self) -> None:
        contact = self._contact()

        def change(meeting: Meeting, rsvp: Rsvp) -> None:
            if rsvp.is_coming:
                answering.change_rsvp(meeting, rsvp, Wish(rsvp.party, contact=contact))
                self._forget(rsvp)
                self.addresses[rsvp.id] = contact.address

        self._with_answer(change)

    def move(self) -> None:
        starts = self._some_start()
        self._change(lambda plan: replace(plan, starts_at=starts, ends_at=starts + timedelta(hours=2)), starts)

    def move_place(self) -> None:
        hall = both(f"Hall {next(self._numbers)}", f"Sala {next(self._numbers)}")
        self._change(lambda plan: replace(plan, place=hall))

    def edit(self) -> None:
        with self._meeting() as meeting:
            change_meeting(meeting, replace(meeting.plan, host=both("Eva", "Eva")), both("", ""), self.editor)

    def cancel(self, meeting_id: int = 0) -> None:
        with self._meeting(meeting_id) as meeting:
            cancel_meeting(meeting, WHY, self.editor)
            if meeting.ends_at > now():
                self.changed[meeting.id] = meeting.sequence

    def remind_otherwise(self) -> None:
        with self._meeting() as meeting:
            hosting.set_reminders(meeting, [one for one in Reminder if self.random.random() < 0.7], self.editor)

    def stop(self) -> None:
        if self.addresses and self.random.random() < 0.3:
            self.stopped.add(self.random.choice(sorted(self.addresses.values())))

    def pass_time(self) -> None:
        """Minutes, or a day in which workers look in now and then."""
        for _ in range(self.random.choice([1, 1, 1, 1, 4, 12])):
            self._clock.shift(timedelta(minutes=self.random.randrange(1, 120), seconds=self.random.randrange(60)))
            if self.random.random() < 0.4:
                self.run_worker()

    def run_worker(self) -> None:
        """What the timetable does each minute; the worker may be killed anywhere in it."""
        for job in (hosting.remind_all, delivery.deliver_ready):
            with self._app.app_context():
                try:
                    job()
                except Killed:
                    db.close()

    def drain(self) -> None:
        """Days go by with workers that do their work."""
        for _ in range(150):
            self.run_worker()
            with self._work() as session:
                if session.scalar(select(OutboundMessage.id).where(OutboundMessage.state.in_(UNSETTLED))) is None:
                    return
            self._clock.shift(timedelta(minutes=20))
        raise AssertionError("something never goes out and never ends")

    def check_message(self, address: str, body: str, message_id: int) -> None:
        """Before a transport hands anything over."""
        with self._app.app_context(), db.work() as session:
            told = session.scalars(select(RsvpNotice).where(RsvpNotice.message_id == message_id)).one_or_none()
            assert told is not None, "somebody who left, or erased their number, is written to"
            rsvp = session.get_one(Rsvp, told.rsvp_id)
            meeting = session.get_one(Meeting, rsvp.meeting_id)
            assert address not in self.gone | self.stopped
            is_out = rsvp.state == "cancelled"
            assert not is_out or rsvp.why, "somebody who cancelled is written to"
            assert is_out == (told.kind == "taken_out") or told.kind in ("moved", "cancelled")
            with speaking(rsvp.language):
                when = day_and_hour(meeting.starts_at)
            assert when in body, f"{told.kind} names another time than {when}"
            if told.kind != "cancelled":
                assert not meeting.is_cancelled, f"{told.kind} of what is cancelled"
            if told.kind in REMINDERS:
                self._check_reminder(told.kind, meeting, rsvp)
            self._check_hours(told.kind, meeting)

    def _check_reminder(self, kind: str, meeting: Meeting, rsvp: Rsvp) -> None:
        assert rsvp.state == "coming"
        assert rsvp.agreed_on is not None
        assert rsvp.proved_on is not None
        ahead = meeting.starts_at - now()
        starts_on, today = (moment.astimezone(self._app.settings.zone).date() for moment in (meeting.starts_at, now()))
        if kind == "hours":
            evening_before = (starts_on - today).days == 1 and meeting.starts_at.astimezone(
                self._app.settings.zone
            ).hour < 10
            assert evening_before or timedelta(0) < ahead <= timedelta(hours=3)
        else:
            assert (starts_on - today).days == {"day": 1, "days": 2}[kind]

    def _check_hours(self, kind: str, meeting: Meeting) -> None:
        if 8 <= now().astimezone(self._app.settings.zone).hour < 21 or kind == "counted":
            return
        assert kind in ("moved", "cancelled"), f"{kind} at night"
        near = min(abs(start - now()) for start in self.started[meeting.id])
        assert near <= timedelta(hours=24), "a change that could have waited rings at night"

    def check_city(self) -> None:
        """After each step."""
        with self._work():
            self._check_everybody_knows()
        ids = [one.message_id for one in self.texts.carried]
        assert len(ids) == len(set(ids)), "a text went out twice"
        self._check_reminded_once()

    def _check_everybody_knows(self) -> None:
        """Whoever was told of a meeting before it changed is told of the change, or has it on its way."""
        told: dict[int, list[RsvpNotice]] = {}
        for row in db.session().scalars(select(RsvpNotice)):
            told.setdefault(row.rsvp_id, []).append(row)
        for rsvp in db.session().scalars(select(Rsvp).where(Rsvp.contact_hash.is_not(None))).all():
            changed, rows = self.changed.get(rsvp.meeting_id), told.get(rsvp.id, [])
            if changed is None or not rows or min(row.sequence for row in rows) >= changed:
                continue
            news = [row for row in rows if row.kind in ("moved", "cancelled") and row.sequence >= changed]
            assert news, "somebody was told of a meeting and not of its change"
            assert news[-1].contact_hash == rsvp.contact_hash
            message = db.session().get_one(OutboundMessage, news[-1].message_id)
            if message.state == "stale":
                assert message.send_before <= now()
            elif message.state == "sent":
                assert message.id in {one.message_id for one in (*self.texts.carried, *self.mails.carried)}
            elif message.state == "suppressed":
                assert self.addresses[rsvp.id] in self.stopped

    def _check_reminded_once(self) -> None:
        columns = (RsvpNotice.contact_hash, RsvpNotice.kind, RsvpNotice.starts_at)
        with self._work() as session:
            rows = session.execute(select(*columns).where(RsvpNotice.kind.in_(REMINDERS))).all()
            assert len(rows) == len(set(rows))

    def _some_start(self) -> datetime:
        ahead = timedelta(minutes=self.random.choice([90, 400, 800, 1500, 3000, 5000]))
        return now().replace(second=0, microsecond=0) + ahead + timedelta(minutes=self.random.randrange(0, 600, 15))

    def _ahead(self) -> list[int]:
        ahead = select(Meeting.id).where(Meeting.starts_at > now(), Meeting.state == "published")
        with self._work() as session:
            found = set(session.scalars(ahead))
        return [meeting_id for meeting_id in self.meetings if meeting_id in found]

    def _contact(self) -> Contact:
        number = next(self._numbers)
        if self.random.random() < 0.5:
            return Contact(ContactKind.TEXT, f"+1336{number}")
        return Contact(ContactKind.MAIL, f"p{number}@example.org")

    def _file(self, contact: Contact | None, meeting_id: int = 0) -> int | None:
        meeting_id = meeting_id or self.random.choice(self._ahead() or self.meetings)
        wish = Wish(self.random.choice([1, 1, 2, 3, 4, 7]), ages=(4,), contact=contact)
        language = self.random.choice(["en", "es"])
        quietly = bool(contact and contact.agreed is ReminderConsent.TEXT)
        with self._trying():
            meeting = locked_meeting(meeting_id)
            rsvp = answering.file_rsvp(meeting, wish, language, secrets.token_bytes(32), quietly=quietly)
            db.session().flush()
            self.answers.append(rsvp.id)
            if contact:
                self.addresses[rsvp.id] = contact.address
            return rsvp.id
        return None

    def _with_answer(self, change: Callable[[Meeting, Rsvp], object]) -> None:
        if not self.answers:
            return
        with self._trying():
            rsvp = db.session().get(Rsvp, self.random.choice(self.answers[-30:]))
            if rsvp is not None:
                change(locked_meeting(rsvp.meeting_id), rsvp)

    def _change(self, change: Callable[..., object], starts: datetime | None = None) -> None:
        with self._meeting() as meeting:
            change_meeting(meeting, change(meeting.plan), WHY, self.editor, same=True)
            self.changed[meeting.id] = meeting.sequence
            if starts:
                self.started[meeting.id].append(starts)

    def _forget(self, rsvp: Rsvp) -> None:
        if rsvp.id in self.addresses:
            self.gone.add(self.addresses.pop(rsvp.id))

    @contextmanager
    def _meeting(self, meeting_id: int = 0) -> Iterator[Meeting]:
        meeting_id = meeting_id or self.random.choice(self._ahead() or self.meetings)
        with self._trying():
            yield locked_meeting(meeting_id)

    @contextmanager
    def _trying(self) -> Iterator[None]:
        """A request: what a rule refuses is rolled back whole."""
        try:
            with self._work():
                yield
        except (Refused, NotFound):
            return


def live(app: Flask, work: Work, seed: int, steps: int) -> City:
    with time_machine.travel(BEGINS, tick=False) as clock:
        city = City(app, work, seed, clock)
        for number in range(steps):
            try:
                city.step()
            except (AssertionError, Broken) as error:
                raise AssertionError(f"seed {seed}, step {number}: {error}") from error
        city.end_well()
        city.drain()
        city.check_city()
    return city


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.night) for seed in (2, 3, 4))])
def test_what_is_promised_holds_whatever_happens(app: Flask, work: Work, seed: int) -> None:
    city = live(app, work, seed, 250)
    sent = [*city.texts.carried, *city.mails.carried]
    assert len(sent) > 40
    assert any(re.search(r"reminder for|Le recordamos \(", one.body) for one in sent)
    assert any("canceled" in one.body or "Se cancela" in one.body for one in sent)

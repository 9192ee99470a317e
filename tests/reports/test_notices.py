"""Word to the desks: each morning, and at once what is urgent; it says nothing of what came, and to nobody else."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from portal.accounts import reminders
from portal.accounts.reminders import ReminderChannel, ReminderWay
from portal.accounts.users import Member
from portal.core.db import session
from portal.core.i18n import speaking
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import DeliveryState
from portal.core.web import Portal
from portal.reports import notices
from portal.reports.reports import Thread
from portal.reports.triage import Category
from tests.accounts.reminding import NOON, PHONE, code_sent, forget_limits, posted, send_texts
from tests.conftest import Work
from tests.make import make_desk, make_member, make_report

NIGHT = NOON + timedelta(hours=12)
SOMETHING, NOTHING, URGENT = "something for you to read", "nothing new for you", "Something cannot wait"
ALGO, NADA, URGENTE = "algo para leer", "no hay nada nuevo", "Algo no puede esperar"


@pytest.fixture(autouse=True)
def clock(app: Portal) -> Iterator[time_machine.Traveller]:
    send_texts(app)
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


class Town:
    """A triage desk of two, an oversight desk of one, somebody who sits nowhere."""

    def __init__(self, work: Work) -> None:
        def person(name: str, role: str, language: str = "en") -> Member:
            return make_member(session, [role], email=f"{name}@example.org", language=language)

        with work():
            self.ana, self.ben = person("ana", "triage"), person("ben", "triage", "es")
            self.olga, self.other = person("olga", "oversight"), person("other", "organizer")
            make_desk(session, [self.ana, self.ben])
            make_desk(session, [self.olga], kind="oversight")


def run(app: Portal, *jobs) -> None:
    for job in jobs:
        with app.app_context():
            job()


def mails(work: Work) -> dict[str, str]:
    with work():
        found = [(to.split("@")[0] if "@" in to else to, body) for _kind, to, body in posted()]
        assert len({to for to, _body in found}) == len(found)
        session.execute(update(OutboundMessage).values(state=DeliveryState.SENT, address=None, body=None))
    return dict(found)


def urgent(**given: object) -> None:
    make_report("A man with a gun stands there.", urgent=True, **given)


def test_word_of_morning_comes_daily_and_tells_nothing(app: Portal, work: Work) -> None:
    Town(work)
    run(app, notices.tell_each_morning, notices.tell_each_morning)
    said = mails(work)
    assert sorted(said) == ["ana", "ben", "olga"]
    assert NOTHING in said["ana"] and NADA in said["ben"]
    with work():
        for number in range(3):
            make_report(f"Two people sell by canary corner {number}.")
        forget_limits()
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        run(app, notices.tell_each_morning)
        said = mails(work)
    assert SOMETHING in said["ana"] and ALGO in said["ben"] and NOTHING in said["olga"]
    with work():
        assert len(set(session.scalars(select(OutboundMessage.subject)))) == 2, "the same subject, whatever came"
    assert not any(word in body.lower() for body in said.values() for word in ("canary", "3", "desk", "report:"))


def test_complaint_about_police_is_told_of_to_oversight_only(app: Portal, work: Work) -> None:
    Town(work)
    with work():
        urgent(category=Category.CONDUCT)
    run(app, notices.tell_of_urgent)
    assert set(mails(work)) == {"olga"}
    run(app, notices.tell_each_morning)
    said = mails(work)
    assert SOMETHING in said["olga"] and NOTHING in said["ana"]


@pytest.mark.both_databases
def test_what_is_urgent_is_told_once_at_night_too(app, work, clock) -> None:
    Town(work)
    clock.move_to(NIGHT)
    with work():
        urgent()
        make_report()
    run(app, notices.tell_of_urgent, notices.tell_of_urgent)
    said = mails(work)
    assert URGENT in said["ana"]
    assert URGENTE in said["ben"]
    assert set(said) == {"ana", "ben"}
    clock.shift(timedelta(hours=2))
    run(app, notices.tell_of_urgent)
    assert mails(work) == {}


def test_urgent_flood_is_one_word_per_half_hour(app, work, clock) -> None:
    Town(work)
    told = []
    for _minute in range(60):
        with work():
            urgent()
        run(app, notices.tell_of_urgent)
        told.append(len(mails(work)))
        clock.shift(timedelta(minutes=1))
    assert 2 <= sum(map(bool, told)) <= 3
    clock.shift(timedelta(minutes=31))
    run(app, notices.tell_of_urgent)
    with work():
        assert session.query(Thread).filter_by(announced=False).count() == 0


def by_text(member: Member) -> None:
    reminders.ask_number(member, PHONE)
    assert reminders.prove_number(member, code_sent())
    session.execute(update(OutboundMessage).values(state=DeliveryState.SENT, address=None, body=None))


def test_by_text_goes_only_what_is_urgent_by_day(app, work, clock) -> None:
    town = Town(work)
    with work():
        by_text(town.ana)
    run(app, notices.tell_each_morning)
    assert "ana" in mails(work)
    with work(), speaking("es"):
        assert not set("áíóú") & set(str(notices.URGENT)), "in Spanish it would be a dear text"
        urgent()
    run(app, notices.tell_of_urgent)
    assert set(mails(work)) == {PHONE, "ben"}
    clock.move_to(NIGHT)
    with work():
        urgent()
    run(app, notices.tell_of_urgent)
    assert set(mails(work)) == {"ana", "ben"}


def test_who_cannot_be_texted_holds_up_nobody(app: Portal, work: Work) -> None:
    town = Town(work)
    with work():
        by_text(town.ana)
        session.connection().exec_driver_sql("UPDATE accounts_reach SET contact = 'not what the cipher wrote'")
        urgent()
    run(app, notices.tell_of_urgent, notices.tell_of_urgent)
    assert set(mails(work)) == {"ben"}
    # Who agreed to older words gets no text for what they did not speak of.
    with work():
        forget_limits()
        channel = session.get_one(ReminderChannel, town.ana.id)
        channel.wording = reminders.keep_wording("A few texts about days.", "en")
        urgent()
    run(app, notices.tell_of_urgent)
    assert set(mails(work)) == {"ana", "ben"}


def test_who_wants_nothing_hears_nothing_and_the_doctor_knows(app, work, clock) -> None:
    town = Town(work)
    with work():
        reminders.choose(town.ana, ReminderWay.NONE)
    run(app, notices.tell_each_morning)
    assert set(mails(work)) == {"ben", "olga"}
    with work():
        assert notices.unreached_desks() == []
        reminders.choose(town.ben, ReminderWay.NONE)
        urgent()
    run(app, notices.tell_of_urgent)
    with work():
        assert notices.unreached_desks() == ["triage"]
        assert session.query(Thread).filter_by(announced=False).count() == 1
        reminders.choose(town.ben, ReminderWay.MAIL)
        forget_limits()
    run(app, notices.tell_of_urgent)
    assert set(mails(work)) == {"ben"}

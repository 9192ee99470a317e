"""Reports, answers to meetings and followers are not joined by a time that stands in two tables."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import DateTime, select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import Base, Moment
from portal.core.web import Portal
from portal.meetings.rsvp.rsvp import Rsvp
from portal.sms.conversations import Conversation
from tests.conftest import Work
from tests.page import Reader
from tests.sms.talk import Say, remind_of_meeting

NOON = datetime.fromisoformat("2026-06-10T16:03:17.123457+00:00")
OF_PEOPLE = ("following_", "meetings_", "commitments_", "accounts_", "partners_", "reports_", "sms_route")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def bearing(session: Session, moment: datetime) -> set[str]:
    """Return the tables with a time that lies whole minutes from this moment."""
    found = set()
    for table in Base.metadata.sorted_tables:
        times = [column for column in table.columns if isinstance(column.type, Moment | DateTime)]
        for column in times:
            values = session.scalars(select(column).where(column.is_not(None)))
            if any(value.replace(minute=0, hour=0, day=1, month=1, year=1) == mark(moment) for value in values):
                found.add(table.name)
    return found


def mark(moment: datetime) -> datetime:
    return moment.replace(minute=0, hour=0, day=1, month=1, year=1)


def is_in_report(session: Session) -> bool:
    return bool(session.scalars(select(Conversation.thread_id).where(Conversation.thread_id.is_not(None))).all())


def people_of(tables: set[str]) -> set[str]:
    return {name for name in tables if name.startswith(OF_PEOPLE)}


TEXTS = (
    *("They sell by the bus stop.", "FOLLOW Elm Street", "by the laundry, at night", "NEWS", "FOLLOW MEETINGS"),
    *("MEET 4821", "They sell there every evening now.", "MEET 4821 2", "can I bring my mom?"),
    *("They came back with a car.", "STOP", "START", "DELETE"),
)


def test_text_leaves_its_moment_in_no_table_about_people(clock: time_machine.Traveller, say: Say, work: Work) -> None:
    in_report = 0
    for body in TEXTS:
        clock.shift(timedelta(seconds=61, microseconds=7))
        say(body)
        with work() as session:
            tables = bearing(session, now())
            in_report += is_in_report(session)
        assert "sms_talk" in tables, body
        assert not people_of(tables), body
    assert in_report > 3


def test_asking_for_news_leaves_no_moment_in_people_tables(
    clock: time_machine.Traveller, app: Portal, work: Work, city: int
) -> None:
    clock.shift(timedelta(seconds=61, microseconds=7))
    page = Reader(app.test_client())
    page("/en/follow/").form().enter(about="meetings", contact="(336) 555-0143")
    with work() as session:
        assert bearing(session, now()) == {"core_outbox"}


@pytest.mark.parametrize("did", ["", "STOP"])
def test_seat_given_up_joins_nobody_to_report(
    clock: time_machine.Traveller, say: Say, work: Work, city: int, did: str
) -> None:
    remind_of_meeting(work)
    clock.shift(timedelta(seconds=61))
    say("1")
    say("They sell by the bus stop.")
    clock.shift(timedelta(seconds=61))
    say("cancel", **({"OptOutType": did} if did else {}))
    if not did:
        say("1")
    with work() as session:
        assert {row.state for row in session.scalars(select(Rsvp))} == {"cancelled"}
        assert not people_of(bearing(session, now()))
        assert not is_in_report(session)

"""Lists of meetings in pages: nothing is missed or stands twice, and a page costs the same however many there are."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import event, insert, select

from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.db import Leaf, Session, random_id
from portal.core.portal import Portal
from portal.meetings import lists
from portal.meetings.lists import ListedMeeting, meetings_ahead
from portal.meetings.meeting import PAGE, Meeting, answerable, known_meetings, meetings_of
from portal.meetings.readiness import MeetingState, ReportBackState
from portal.meetings.report_back import owes_report, standings
from portal.meetings.series import dates_of
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting, make_member, make_report_back, make_series
from tests.page import reader_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def many(session: Session, member: Member, how_many: int, begin: timedelta = DAY, step: timedelta = HOUR / 6) -> None:
    """So many meetings, one after the other: rows without the mapper, as ten thousand would take minutes with it."""
    first = make_meeting(session, member, starts_at=now() + begin)
    columns = Meeting.__table__.columns
    row = dict(session.execute(select(*columns).where(Meeting.id == first.id)).mappings().one())
    rows = []
    for number in range(1, how_many):
        starts_at = now() + begin + number * step
        own = {"id": random_id(), "slug": f"evening-{number}", "uid": f"evening-{number}@portal.test"}
        rows.append(row | own | {"starts_at": starts_at, "ends_at": starts_at + HOUR})
    session.execute(insert(Meeting.__table__), rows)


def every_page(leaf: Leaf[ListedMeeting]) -> Iterator[Leaf[ListedMeeting]]:
    yield leaf
    while leaf.older:
        leaf = meetings_ahead(leaf.older)
        yield leaf


def test_pages_hold_each_meeting_once_and_lead_back(work: Work) -> None:
    with work() as session:
        many(session, make_member(session, ("organizer",)), 3 * PAGE + 1)
        pages = list(every_page(meetings_ahead()))
        shown = [one.meeting.id for leaf in pages for one in leaf.rows]
        everything = session.scalars(select(Meeting.id).order_by(Meeting.starts_at, Meeting.id)).all()
        assert shown == list(everything)
        assert [leaf.is_first for leaf in pages] == [True, *[False] * (len(pages) - 1)]
        for before, after in pairwise(pages):
            back = meetings_ahead(after.newer)
            assert [one.meeting.id for one in back.rows] == [one.meeting.id for one in before.rows]
            assert back.is_first == before.is_first


def test_series_take_a_line_each_on_whatever_page(work: Work, monkeypatch) -> None:
    def told(rows: Iterable[ListedMeeting]) -> list[object]:
        return [(one.meeting.id, one.stand) for one in rows]

    chance = Random(4)
    with work() as session:
        member = make_member(session, ("organizer",))
        for number in range(PAGE):
            meeting = make_meeting(session, member, starts_at=(now() + DAY + number * HOUR).replace(microsecond=0))
            if number % 2:
                dates = [one.meeting for one in dates_of(make_series(session, meeting, "w1", times=9))]
                for one in chance.sample(dates, 2):
                    one.place = both(f"Elsewhere {one.id}", "En otro lugar")
                chance.choice(dates).state = MeetingState.CANCELLED
        session.flush()
        everything = session.scalars(select(Meeting).order_by(Meeting.starts_at, Meeting.id)).all()
        paged = told(one for leaf in every_page(meetings_ahead()) for one in leaf.rows)
        monkeypatch.setattr(lists, "PAGE", len(everything))
        wanted = told(meetings_ahead().rows)
        assert paged == wanted
        assert len(everything) > len(wanted) > 2 * PAGE


@contextmanager
def rows_read() -> Iterator[list[object]]:
    """Count the meetings that become objects."""
    found: list[object] = []

    def note(target: object, _context: object) -> None:
        found.append(target)

    event.listen(Meeting, "load", note)
    yield found
    event.remove(Meeting, "load", note)


def test_no_list_reads_more_when_there_are_more(app: Portal, work: Work) -> None:
    with work() as session:
        member = make_member(session, ("organizer", "faith_partner"))
        many(session, member, 400, begin=-200 * HOUR / 6)
    reader = reader_of(app, member)
    reader("/en/team/meetings/")
    for path in (
        *("/en/meetings/", "/en/meetings/past/", "/en/team/announce/", "/en/team/meetings/week/", "/en/team/today/"),
        *("/en/team/meetings/", "/en/team/meetings/?show=earlier", "/en/team/meetings/?show=draft"),
    ):
        with rows_read() as found:
            reader(path, quotes=("Evening",))
        assert len(found) <= 8 * PAGE, path


@pytest.mark.both_databases
def test_conditions_in_the_database_are_the_rules(work: Work) -> None:
    """Who answers for a meeting and what is owed: the database says what the rules say."""
    chance = Random(11)
    with work() as session:
        people = [make_member(session, roles) for roles in (("organizer",), ("community_lead",), ("organizer",), ())]
        owners = [None, *(member.id for member in people)]
        markets = [make_market(session, f"Street {number}") for number in range(4)]
        for market, owner, deputy in zip(markets, (1, 4, 0, 4), (2, 3, 4, 0), strict=True):
            market.owner_id, market.deputy_id = owners[owner], owners[deputy]
            let_in(session, market, *people)
        for number in range(60):
            starts_at = now() + chance.choice((-30, -13, -1, 1, 13, 15)) * DAY
            told = {"market_id": chance.choice([None, *(market.id for market in markets)]), "starts_at": starts_at}
            made = make_meeting(session, chance.choice(people), published=chance.random() < 0.7, **told)
            if number % 5 == 0 and made.is_published:
                made.state = MeetingState.CANCELLED
            elif number % 3 == 0 and made.is_published:
                make_report_back(session, made, published=number % 2 == 0)
        session.flush()
        everything = session.scalars(select(Meeting)).all()
        for member in people:
            own = {one.id for one in session.scalars(meetings_of(member.id))}
            assert own == {one.id for one in everything if member.id in answerable(one)}
        owed = set(session.scalars(known_meetings(people[0].id, owes_report())))
        states, asked = standings(everything), (ReportBackState.AWAITED, ReportBackState.OVERDUE)
        assert owed == {one for one in everything if states[one.id] in asked}

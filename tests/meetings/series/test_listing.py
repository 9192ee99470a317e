"""Lists with series in them: short, and still nobody comes on the wrong evening, or at the wrong hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from portal.core.clock import now
from portal.meetings.lists import meetings_ahead
from portal.meetings.meeting import Meeting, MeetingPlan
from portal.meetings.planning import cancel_meeting, change_meeting
from portal.meetings.series import Series, dates_of
from portal.meetings.series_rules import DateView, Stand, stands
from tests.conftest import Work
from tests.make import both, make_market, make_meeting, make_series
from tests.page import Reader

NEW_YORK = ZoneInfo("America/New_York")
THURSDAY = datetime(2026, 12, 3, 19, tzinfo=NEW_YORK)
REASON = both("The hall opens later.", "El salón abre más tarde.")
HOUR = timedelta(hours=1)
NEXT, ANEW, APART = Stand
pytestmark = pytest.mark.time_machine(datetime(2026, 12, 1, 12, tzinfo=NEW_YORK), tick=True)


def old(moved: bool = False) -> DateView:
    return DateView(("7 p.m.",), is_regular=False, is_moved=moved)


def new(moved: bool = True) -> DateView:
    return DateView(("8 p.m.",), is_regular=True, is_moved=moved)


OFF = DateView(("8 p.m.",), is_regular=True, is_off=True)


def test_what_a_list_shows_of_a_series(subtests: pytest.Subtests) -> None:
    for dates, wanted in (
        ([new(False)] * 3, [NEXT, None, None]),
        # The rest moves: the first of it says so, and once it is over only the next one does.
        ([old(), old(), new(), new(), new(False)], [NEXT, None, ANEW, None, None]),
        ([new(), new(), new(False)], [NEXT, None, None]),
        # One alone is elsewhere: those after it are as the first.
        ([new(False), old(moved=True), new(False)], [NEXT, APART, None]),
        # It is the next one: the first as usual is listed too.
        ([old(moved=True), new(False), new(False)], [NEXT, ANEW, None]),
        # Moved and moved back: whoever heard of the other hour must read that.
        ([new(False), new(), new(False)], [NEXT, ANEW, None]),
        ([OFF, new(False), OFF, new(False)], [APART, NEXT, APART, None]),
    ):
        with subtests.test(f"{dates} {wanted}"):
            assert stands(dates) == wanted


def change(meeting: Meeting, **said: object) -> None:
    """Change one date by hand."""
    before = meeting.plan
    after = MeetingPlan(**{name: said.get(name, getattr(before, name)) for name in MeetingPlan.__dataclass_fields__})
    change_meeting(meeting, after, REASON, meeting.author_id)


def later(meeting: Meeting, by: timedelta) -> dict[str, object]:
    assert meeting.starts_at and meeting.ends_at
    return {"starts_at": meeting.starts_at + by, "ends_at": meeting.ends_at + by}


def weekly(work_session: object, **given: object) -> Series:
    meeting = make_meeting(work_session, starts_at=THURSDAY, title=both("Porch evening", "Tarde"), **given)
    return make_series(work_session, meeting, "w1", slug="porch-series")


def days() -> list[tuple[int, int, Stand | None]]:
    found = [(one.meeting.starts_at, one.stand) for one in meetings_ahead().rows]
    return [(at.astimezone(NEW_YORK).day, at.astimezone(NEW_YORK).hour, stand) for at, stand in found if at]


def test_a_whole_rest_that_moved_is_listed_once(work: Work) -> None:
    with work() as session:
        series = weekly(session)
        for one in dates_of(series)[:2]:
            change(one.meeting, **later(one.meeting, HOUR))
        assert days() == [(3, 20, NEXT), (17, 19, ANEW)]
        first = meetings_ahead().rows[0]
        assert first.following and first.following.starts_at == THURSDAY + timedelta(weeks=1) + HOUR
    with work(), time_machine.travel(datetime(2027, 1, 1, tzinfo=NEW_YORK)):
        # Half a year later there are dates that nobody ever heard otherwise of; the list is as short.
        assert days() == [(7, 19, NEXT)]


def test_what_differs_alone_is_listed_alone(work: Work) -> None:
    with work() as session:
        series = weekly(session)
        found = [one.meeting for one in dates_of(series) if one.meeting]
        change(found[1], **later(found[1], timedelta(days=1)))
        change(found[2], place=both("Church", "Iglesia"))
        cancel_meeting(found[4], REASON, found[4].author_id)
        wanted = [(3, 19, NEXT), (11, 19, APART), (17, 19, APART), (31, 19, APART)]
        assert days() == wanted


def test_each_card_of_a_series_leads_to_its_dates(page: Reader, work: Work) -> None:
    with work() as session:
        series = weekly(session, market_id=make_market(session, "Elm Street").id)
        for one in dates_of(series)[:2]:
            change(one.meeting, **later(one.meeting, HOUR))
    for path in ("meetings/", "places/elm-street/"):
        shown = page(f"/es/{path}", quotes=("Porch evening",))
        cards = [card for card in shown.find_all("article.card") if "Tarde" in _text(card)]
        assert len(cards) == 2
        for card in cards:
            assert [one.get("href") for one in card.iter("a")][1] == "/es/meetings/series/porch-series/"
        assert "Después: jueves, 10 de diciembre de 2026, de 8:00 p.m. a 10:00 p.m." in _text(cards[0])
        assert "Desde esta fecha: Cada semana, el jueves" in _text(cards[1])
    dates = page("/es/meetings/series/porch-series/", quotes=("Porch evening",))
    assert dates.text.count(REASON.es) == 1


def test_a_series_that_is_not_public_is_not_named(work: Work) -> None:
    with work() as session:
        series = weekly(session)
        series.published_at = None
        assert {one.public_series for one in meetings_ahead().rows} == {None}
        series.published_at = now()
        assert meetings_ahead().rows[0].public_series is series


def _text(element: object) -> str:
    return " ".join(" ".join(element.itertext()).split())

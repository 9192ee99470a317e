"""Series as they are begun, made longer, edited in many places and given another rhythm."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import BadSettings, Settings, read_settings
from portal.core.audit import AuditEvent
from portal.core.i18n import speaking
from portal.core.portal import current_portal
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.meetings import planning
from portal.meetings.meeting import Meeting
from portal.meetings.planning import make_dates
from portal.meetings.series import Occurrence, Series, Wanted, ahead_of, dates_of, holiday_name
from portal.meetings.series_rules import rhythm_named
from tests.conftest import Work
from tests.make import both, make_meeting, make_member

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 12, 1, 12, tzinfo=NEW_YORK)
FIRST = date(2027, 1, 5)
REASON, NOTHING = both("The hall is closed.", "El salón está cerrado."), both("", "")
pytestmark = pytest.mark.time_machine(NOW, tick=False)


def wanted(key: str = "w2", first_on: date = FIRST, **given: object) -> Wanted:
    rhythm = rhythm_named(key, first_on)
    assert rhythm
    return Wanted(rhythm, first_on, **given)


def at(day: date, clock: time = time(18, 30)) -> datetime:
    return datetime.combine(day, clock, NEW_YORK)


def begin(session: Session, organizer: int, key: str = "w2", *, published: bool = True, **given: object) -> Series:
    meeting = make_meeting(session, starts_at=at(FIRST), published=published)
    series = planning.begin_series(meeting, wanted(key, **given), organizer)
    if published:
        planning.publish_series(series, organizer)
    return series


def meetings(series: Series) -> list[Meeting]:
    return [one.meeting for one in dates_of(series) if one.meeting]


def local(meeting: Meeting) -> datetime:
    assert meeting.starts_at
    return meeting.starts_at.astimezone(NEW_YORK)


def days(series: Series) -> list[date]:
    return [local(meeting).date() for meeting in meetings(series) if not meeting.is_cancelled]


def test_each_date_is_a_meeting_at_the_same_hour(session: Session, organizer: int) -> None:
    series = begin(session, organizer)
    found = meetings(series)
    assert days(series)[:3] == [FIRST, date(2027, 1, 19), date(2027, 2, 2)]
    assert {local(one).time() for one in found} == {time(18, 30)}
    assert {one.starts_at.hour for one in found if one.starts_at} == {22, 23}, "in UTC it is another hour in summer"
    assert {one.state for one in found} == {"published"}
    assert len({one.uid for one in found}) == len({one.slug for one in found}) == len(found) == 14
    assert all(one.report_back_on == local(one).date() + timedelta(days=14) for one in found)


def test_only_a_dated_meeting_in_no_series_can_repeat(session: Session, organizer: int) -> None:
    meeting = make_meeting(session, starts_at=at(FIRST))
    planning.begin_series(meeting, wanted(), organizer)
    undated = make_meeting(session, published=False)
    undated.starts_at = undated.ends_at = None
    off = make_meeting(session, starts_at=at(FIRST), state="cancelled", change_reason=REASON)
    for one in (meeting, undated, off):
        with pytest.raises(Refused, match="series_no_start"):
            planning.begin_series(one, wanted(), organizer)


@pytest.mark.both_databases
def test_making_dates_twice_makes_nothing_twice(app: Portal, work: Work) -> None:
    with work() as session:
        before = days(begin(session, make_member(session, ("organizer",)).id))
    for ahead, more in ((timedelta(0), 0), (timedelta(days=90), 4)):
        with time_machine.travel(NOW + ahead, tick=False), app.app_context():
            make_dates()
            make_dates()
        with work() as session:
            found = days(session.scalars(select(Series)).one())
            assert (found[: len(before)], len(found)) == (before, len(before) + more)
    with work() as session:
        made = session.scalars(select(AuditEvent).where(AuditEvent.action == "meeting.drafted")).all()
        assert {event.actor_id for event in made[-4:]} == {None}, "the timetable made them, nobody else"


def test_days_that_were_left_out_stay_out(session: Session, organizer: int) -> None:
    series = begin(session, organizer, "w1", skips_holidays=True, left_out=frozenset({date(2027, 1, 12)}))
    assert date(2027, 1, 12) not in days(series)
    planning.extend_series(series)
    assert date(2027, 1, 12) not in days(series)
    monday = make_meeting(session, starts_at=at(date(2027, 1, 4)))
    mondays = planning.begin_series(monday, wanted("w1", date(2027, 1, 4), skips_holidays=True), organizer)
    assert date(2027, 1, 18) in days(mondays), "somebody saw it and wanted it"
    with time_machine.travel(datetime(2027, 7, 1, tzinfo=NEW_YORK), tick=False):
        planning.extend_series(mondays)
    assert date(2027, 8, 30) in days(mondays)
    assert date(2027, 9, 6) not in days(mondays), "Labor Day"


def test_a_deleted_draft_is_not_made_again(session: Session, organizer: int) -> None:
    series = begin(session, organizer, published=False)
    second, third = meetings(series)[1:3]
    planning.delete_draft(second, organizer)
    session.expire_all()
    planning.publish_series(series, organizer)
    planning.cancel_meeting(third, REASON, organizer)
    planning.extend_series(series)
    assert days(series)[:2] == [FIRST, date(2027, 2, 16)]
    assert (third.state, third.sequence, third.change_reason) == ("cancelled", 1, REASON)


def change(
    series: Series, meeting: Meeting, organizer: int, *, for_all: bool = True, **changes: object
) -> planning.Edited | None:
    before, after = meeting.plan, replace(meeting.plan, **changes)
    planning.change_meeting(meeting, after, REASON, organizer)
    edit = planning.Edit(before, after, REASON)
    return planning.change_others(series, meeting, edit, organizer) if for_all else None


def test_another_hour_for_all_moves_all(session: Session, organizer: int) -> None:
    series = begin(session, organizer)
    first, *others = meetings(series)
    later = at(FIRST, time(19))
    told = change(series, first, organizer, starts_at=later, ends_at=later + timedelta(hours=1))
    assert (len(told.changed), told.kept) == (len(others), [])
    with time_machine.travel(NOW + timedelta(days=90), tick=False):
        assert planning.extend_series(series) == 4
    assert {local(one).time() for one in meetings(series)} == {time(19)}
    assert all(one.is_moved and one.change_reason == REASON for one in others)


def test_what_was_changed_by_hand_stays(session: Session, organizer: int) -> None:
    series = begin(session, organizer, times=4)
    first, second, third, _last = meetings(series)
    change(series, second, organizer, for_all=False, title=both("Cookout", "Parrillada"))
    moved = at(date(2027, 2, 4), time(17))
    change(series, third, organizer, for_all=False, starts_at=moved, ends_at=moved + timedelta(hours=2))
    told = change(series, first, organizer, title=both("New", "Nuevo"), food="no")
    assert told.kept == [second]
    assert (second.title.en, second.food) == ("Cookout", "no")
    assert (third.title.en, local(third)) == ("New", moved)


def test_another_day_moves_dates_with_whoever_comes(session: Session, organizer: int) -> None:
    series = begin(session, organizer)
    uids = [one.uid for one in meetings(series)]
    thursday = wanted("w2", date(2027, 1, 21))
    with pytest.raises(Refused, match="meeting_reason"):
        planning.change_rhythm(series, thursday, NOTHING, organizer)
    assert not planning.change_rhythm(series, thursday, REASON, organizer).dropped
    assert days(series)[:3] == [FIRST, date(2027, 1, 21), date(2027, 2, 4)]
    assert [one.uid for one in meetings(series)][: len(uids)] == uids
    assert {one.sequence for one in meetings(series)[1 : len(uids)]} == {1}


def test_fewer_dates_are_called_off_with_the_reason(session: Session, organizer: int) -> None:
    series = begin(session, organizer, "w1")
    planning.change_rhythm(series, wanted("m1", date(2027, 2, 2)), REASON, organizer)
    assert days(series) == [
        *(FIRST + timedelta(weeks=week) for week in range(4)),
        *(date(2027, month, day) for month, day in ((2, 2), (3, 2), (4, 6), (5, 4), (6, 1), (7, 6), (8, 3))),
    ]
    off = [one for one in meetings(series) if one.is_cancelled]
    assert len(off) > 10
    assert {(one.sequence, one.change_reason) for one in off} == {(1, REASON)}
    drafts = begin(session, organizer, "w1", published=False)
    planning.change_rhythm(drafts, wanted("m1", date(2027, 2, 2)), NOTHING, organizer)
    assert {one.state for one in meetings(drafts)} == {"draft"}


def test_an_ended_series_makes_nothing_more(session: Session, organizer: int) -> None:
    series = begin(session, organizer)
    with pytest.raises(Refused, match="meeting_reason"):
        planning.end_series(series, both("Over", ""), organizer)
    assert planning.end_series(series, REASON, organizer) == 14
    with time_machine.travel(NOW + timedelta(days=90), tick=False):
        assert planning.extend_series(series) == 0
    assert days(series) == []


def test_through_hundreds_of_edits_sequences_only_grow(session: Session, organizer: int) -> None:
    chance = random.Random(20261124)
    series = begin(session, organizer, "w1", times=8)
    uids: dict[int, str] = {}
    sequences: dict[int, int] = {}
    for _turn in range(50):
        # What cannot be, such as an end before the start, is refused as anywhere else.
        with suppress(Refused):
            _anything(series, chance, organizer)
        session.flush()
        slots = session.scalars(select(Occurrence.slot_on).where(Occurrence.series_id == series.id)).all()
        assert len(slots) == len(set(slots))
        for one in meetings(series):
            assert uids.setdefault(one.id, one.uid) == one.uid
            assert one.sequence >= sequences.get(one.id, 0)
            sequences[one.id] = one.sequence
        assert set(uids) == {one.id for one in meetings(series)}, "what people were told of stays"
    assert len(set(uids.values())) == len(uids)
    assert max(sequences.values()) > 10


def _anything(series: Series, chance: random.Random, organizer: int) -> None:
    ahead = ahead_of(series)
    if not ahead or chance.random() < 0.05:
        key, weekday = chance.choice(["w1", "w2", "m1"]), timedelta(days=chance.randrange(7))
        planning.change_rhythm(series, wanted(key, date(2027, 1, 4) + weekday, times=8), REASON, organizer)
        return
    slot, meeting = chance.choice(ahead)
    if chance.random() < 0.05:
        planning.cancel_meeting(meeting, REASON, organizer)
        return
    start = at(local(meeting).date() if chance.random() < 0.7 else slot, time(chance.randrange(9, 21)))
    changes = chance.choice(
        [
            {"starts_at": start, "ends_at": start + timedelta(hours=chance.choice([1, 2]))},
            {"title": both(f"Title {chance.randrange(3)}", "Título")},
            {"food": chance.choice(["yes", "no"])},
        ]
    )
    change(series, meeting, organizer, for_all=chance.random() < 0.7, **changes)


# --- The city's own days off stand beside the federal ones ---


DAYS = "12-24 Christmas Eve|Nochebuena; 2027-03-26 Good Friday|Viernes Santo"


@pytest.mark.usefixtures("session")
def test_a_day_is_named_in_the_readers_language(settings: Settings) -> None:
    current_portal.settings = settings.model_copy(update={"days_off": DAYS})
    for day, names in (
        (date(2030, 12, 24), ("Christmas Eve", "Nochebuena")),
        (date(2027, 3, 26), ("Good Friday", "Viernes Santo")),
        (date(2028, 3, 26), (None, None)),
        (date(2027, 7, 4), ("Independence Day", "Día de la Independencia")),
    ):
        for lang, name in zip(("en", "es"), names, strict=True):
            with speaking(lang):
                assert holiday_name(day) == name


def test_a_day_without_both_names_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("tomorrow", "12-24 Christmas Eve", "13-01 x|y", "2027-3-26 x|y", "12-24 |y"):
        monkeypatch.setenv("PORTAL_ENVIRONMENT", "test")
        monkeypatch.setenv("PORTAL_DAYS_OFF", wrong)
        with pytest.raises(BadSettings, match="12-24 Christmas Eve"):
            read_settings()

"""Series as they are begun, made longer, edited in many places and given another rhythm."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.audit import AuditEvent
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.meetings import planning, series_steps
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp.hosting import set_seats
from portal.meetings.rsvp.rsvp import seats_of
from portal.meetings.series import Occurrence, Series, Wanted, ahead_of, dates_of, editable_series_of
from portal.meetings.series_rules import rhythm_named
from portal.meetings.series_steps import make_dates
from tests.conftest import Work
from tests.make import both, make_market, make_meeting, make_member

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 12, 1, 12, tzinfo=NEW_YORK)
FIRST = date(2027, 1, 5)
REASON, NOTHING = both("The hall is closed.", "El salón está cerrado."), both("", "")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def editor(session: Session) -> int:
    return make_member(session, ("organizer",)).id


def wanted(key: str = "w2", first_on: date = FIRST, **given: object) -> Wanted:
    rhythm = rhythm_named(key, first_on)
    assert rhythm
    return Wanted(rhythm, first_on, **given)


def at(day: date, clock: time = time(18, 30)) -> datetime:
    return datetime.combine(day, clock, NEW_YORK)


def begin(session: Session, editor: int, key: str = "w2", *, published: bool = True, **given: object) -> Series:
    meeting = make_meeting(session, starts_at=at(FIRST), published=published)
    series = series_steps.begin_series(meeting, wanted(key, **given), editor)
    if published:
        series_steps.publish_series(series, editor)
    return series


def meetings(series: Series) -> list[Meeting]:
    return [one.meeting for one in dates_of(series) if one.meeting]


def local(meeting: Meeting) -> datetime:
    assert meeting.starts_at
    return meeting.starts_at.astimezone(NEW_YORK)


def days(series: Series) -> list[date]:
    return [local(meeting).date() for meeting in meetings(series) if not meeting.is_cancelled]


def test_each_date_is_a_meeting_of_its_own_at_the_same_hour_in_winter_and_summer(session: Session, editor: int) -> None:
    series = begin(session, editor)
    found = meetings(series)
    assert days(series)[:3] == [FIRST, date(2027, 1, 19), date(2027, 2, 2)]
    assert {local(one).time() for one in found} == {time(18, 30)}
    assert {one.starts_at.hour for one in found if one.starts_at} == {22, 23}, "in UTC it is another hour in summer"
    assert {one.state for one in found} == {"published"}
    assert len({one.uid for one in found}) == len({one.slug for one in found}) == len(found) == 14
    assert all(one.report_back_on == local(one).date() + timedelta(days=14) for one in found)


def test_drafts_stay_drafts_until_somebody_publishes_them(session: Session, editor: int) -> None:
    series = begin(session, editor, published=False)
    assert {one.state for one in meetings(series)} == {"draft"}
    assert series.slug is None
    assert series_steps.publish_series(series, editor) == 0
    assert {one.state for one in meetings(series)} == {"published"}
    assert series.slug


def test_what_has_gaps_is_not_published_as_a_series_either(session: Session, editor: int) -> None:
    meeting = make_meeting(session, starts_at=at(FIRST), published=False, food=None)
    series = series_steps.begin_series(meeting, wanted(), editor)
    with pytest.raises(Refused, match="meeting_gaps"):
        series_steps.publish_series(series, editor)
    assert {one.state for one in meetings(series)} == {"draft"}


def test_only_a_meeting_with_a_day_that_is_in_no_series_can_repeat(session: Session, editor: int) -> None:
    meeting = make_meeting(session, starts_at=at(FIRST))
    series_steps.begin_series(meeting, wanted(), editor)
    undated = make_meeting(session, published=False)
    undated.starts_at = undated.ends_at = None
    off = make_meeting(session, starts_at=at(FIRST), state="cancelled", change_reason=REASON)
    for one in (meeting, undated, off):
        with pytest.raises(Refused, match="series_no_start"):
            series_steps.begin_series(one, wanted(), editor)


def test_as_many_seats_at_each_date(session: Session, editor: int) -> None:
    meeting = make_meeting(session, starts_at=at(FIRST))
    set_seats(meeting, 30, 2, editor)
    series = series_steps.begin_series(meeting, wanted(times=3), editor)
    assert {seats_of(one.id).capacity for one in meetings(series)} == {30}


@pytest.mark.both_databases
def test_making_dates_twice_makes_nothing_twice_and_time_brings_new_ones(app: Portal, work: Work) -> None:
    with work() as session:
        series = begin(session, make_member(session, ("organizer",)).id)
        before = days(series)
    with app.app_context():
        make_dates()
        make_dates()
    with work() as session:
        series = session.scalars(select(Series)).one()
        assert days(series) == before
    with time_machine.travel(NOW + timedelta(days=90), tick=False), app.app_context():
        make_dates()
        make_dates()
    with work() as session:
        series = session.scalars(select(Series)).one()
        assert days(series)[: len(before)] == before
        assert len(days(series)) == len(before) + 4
        made = session.scalars(select(AuditEvent).where(AuditEvent.action == "meeting.drafted")).all()
        assert {event.actor_id for event in made[-4:]} == {None}, "the timetable made them, nobody else"


@pytest.mark.parametrize(("given", "count"), [({"times": 4}, 4), ({"until_on": date(2027, 2, 10)}, 3)])
def test_a_series_with_an_end_ends(session: Session, editor: int, given: dict[str, object], count: int) -> None:
    series = begin(session, editor, **given)
    with time_machine.travel(NOW + timedelta(days=300), tick=False):
        assert series_steps.extend_series(series) == 0
    assert len(days(series)) == count


def test_days_that_were_left_out_stay_out_and_later_holidays_too(session: Session, editor: int) -> None:
    series = begin(session, editor, "w1", skips_holidays=True, left_out=frozenset({date(2027, 1, 12)}))
    assert date(2027, 1, 12) not in days(series)
    series_steps.extend_series(series)
    assert date(2027, 1, 12) not in days(series)
    monday = make_meeting(session, starts_at=at(date(2027, 1, 4)))
    mondays = series_steps.begin_series(monday, wanted("w1", date(2027, 1, 4), skips_holidays=True), editor)
    assert date(2027, 1, 18) in days(mondays), "somebody saw it and wanted it"
    with time_machine.travel(datetime(2027, 7, 1, tzinfo=NEW_YORK), tick=False):
        series_steps.extend_series(mondays)
    assert date(2027, 8, 30) in days(mondays)
    assert date(2027, 9, 6) not in days(mondays), "Labor Day"


def test_a_deleted_draft_is_not_made_again_and_a_skipped_date_stays_as_cancelled(session: Session, editor: int) -> None:
    series = begin(session, editor, published=False)
    second, third = meetings(series)[1:3]
    planning.delete_draft(second, editor)
    session.expire_all()
    series_steps.publish_series(series, editor)
    planning.cancel_meeting(third, REASON, editor)
    series_steps.extend_series(series)
    assert days(series)[:2] == [FIRST, date(2027, 2, 16)]
    assert (third.state, third.sequence, third.change_reason) == ("cancelled", 1, REASON)


def change(
    series: Series, meeting: Meeting, editor: int, *, for_all: bool = True, **changes: object
) -> series_steps.Edited | None:
    before = meeting.plan
    after = replace(before, **changes)
    planning.change_meeting(meeting, after, REASON, editor)
    edit = series_steps.Edit(before, after, REASON)
    return series_steps.change_others(series, meeting, edit, editor) if for_all else None


@pytest.mark.parametrize(("for_all", "reached"), [(False, [3]), (True, [*range(6)])])
def test_an_edit_reaches_as_far_as_somebody_chose(session: Session, editor: int, for_all: bool, reached) -> None:
    series = begin(session, editor, times=6)
    found = meetings(series)
    change(series, found[3], editor, for_all=for_all, title=both("New", "Nuevo"))
    assert [number for number, one in enumerate(found) if one.title.en == "New"] == reached
    assert [one.sequence for one in found] == [int(number in reached) for number in range(6)]


def test_another_hour_for_all_moves_all_and_dates_made_later_begin_then(session: Session, editor: int) -> None:
    series = begin(session, editor)
    first, *others = meetings(series)
    later = at(FIRST, time(19))
    told = change(series, first, editor, starts_at=later, ends_at=later + timedelta(hours=1))
    assert (len(told.changed), told.kept) == (len(others), [])
    with time_machine.travel(NOW + timedelta(days=90), tick=False):
        assert series_steps.extend_series(series) == 4
    assert {local(one).time() for one in meetings(series)} == {time(19)}
    assert all(one.is_moved and one.change_reason == REASON for one in others)


def test_what_was_changed_by_hand_stays(session: Session, editor: int) -> None:
    series = begin(session, editor, times=4)
    first, second, third, _last = meetings(series)
    change(series, second, editor, for_all=False, title=both("Cookout", "Parrillada"))
    moved = at(date(2027, 2, 4), time(17))
    change(series, third, editor, for_all=False, starts_at=moved, ends_at=moved + timedelta(hours=2))
    told = change(series, first, editor, title=both("New", "Nuevo"), food="no")
    assert told.kept == [second]
    assert (second.title.en, second.food) == ("Cookout", "no")
    assert (third.title.en, local(third)) == ("New", moved)


def test_what_is_over_or_called_off_is_never_touched(session: Session, editor: int) -> None:
    series = begin(session, editor, times=4)
    first, second, third, last = meetings(series)
    planning.cancel_meeting(second, REASON, editor)
    with time_machine.travel(at(FIRST) + timedelta(days=1), tick=False):
        change(series, third, editor, title=both("New", "Nuevo"))
    assert [one.title.en == "New" for one in (first, second, third, last)] == [False, False, True, True]


@pytest.mark.both_databases
def test_another_day_moves_dates_with_whoever_comes_and_keeps_their_names(session: Session, editor: int) -> None:
    series = begin(session, editor)
    uids = [one.uid for one in meetings(series)]
    thursday = wanted("w2", date(2027, 1, 21))
    with pytest.raises(Refused, match="meeting_reason"):
        series_steps.change_rhythm(series, thursday, NOTHING, editor)
    becomes = series_steps.change_rhythm(series, thursday, REASON, editor)
    assert not becomes.dropped
    assert days(series)[:3] == [FIRST, date(2027, 1, 21), date(2027, 2, 4)]
    assert [one.uid for one in meetings(series)][: len(uids)] == uids
    assert {one.sequence for one in meetings(series)[1 : len(uids)]} == {1}


@pytest.mark.both_databases
def test_fewer_dates_are_called_off_with_the_reason_and_drafts_just_go(session: Session, editor: int) -> None:
    series = begin(session, editor, "w1")
    series_steps.change_rhythm(series, wanted("m1", date(2027, 2, 2)), REASON, editor)
    assert days(series) == [
        *(FIRST + timedelta(weeks=week) for week in range(4)),
        *(date(2027, month, day) for month, day in ((2, 2), (3, 2), (4, 6), (5, 4), (6, 1), (7, 6), (8, 3))),
    ]
    off = [one for one in meetings(series) if one.is_cancelled]
    assert len(off) > 10
    assert {(one.sequence, one.change_reason) for one in off} == {(1, REASON)}
    drafts = begin(session, editor, "w1", published=False)
    series_steps.change_rhythm(drafts, wanted("m1", date(2027, 2, 2)), NOTHING, editor)
    assert {one.state for one in meetings(drafts)} == {"draft"}


def test_an_ended_series_makes_nothing_more(session: Session, editor: int) -> None:
    series = begin(session, editor)
    with pytest.raises(Refused, match="meeting_reason"):
        series_steps.end_series(series, both("Over", ""), editor)
    assert series_steps.end_series(series, REASON, editor) == 14
    with time_machine.travel(NOW + timedelta(days=90), tick=False):
        assert series_steps.extend_series(series) == 0
    assert days(series) == []


def test_through_hundreds_of_edits_sequences_only_grow_and_names_never_change(session: Session, editor: int) -> None:
    chance = random.Random(20261124)
    series = begin(session, editor, "w1", times=12)
    uids: dict[int, str] = {}
    sequences: dict[int, int] = {}
    for _turn in range(100):
        # What cannot be, such as an end before the start, is refused as anywhere else.
        with suppress(Refused):
            _anything(series, chance, editor)
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


def _anything(series: Series, chance: random.Random, editor: int) -> None:
    ahead = ahead_of(series)
    if not ahead or chance.random() < 0.05:
        key, weekday = chance.choice(["w1", "w2", "m1"]), timedelta(days=chance.randrange(7))
        series_steps.change_rhythm(series, wanted(key, date(2027, 1, 4) + weekday, times=12), REASON, editor)
        return
    slot, meeting = chance.choice(ahead)
    if chance.random() < 0.05:
        planning.cancel_meeting(meeting, REASON, editor)
        return
    start = at(local(meeting).date() if chance.random() < 0.7 else slot, time(chance.randrange(9, 21)))
    changes = chance.choice(
        [
            {"starts_at": start, "ends_at": start + timedelta(hours=chance.choice([1, 2]))},
            {"title": both(f"Title {chance.randrange(3)}", "Título")},
            {"food": chance.choice(["yes", "no"])},
        ]
    )
    change(series, meeting, editor, for_all=chance.random() < 0.7, **changes)


def test_a_series_at_a_hidden_place_is_none_to_somebody_who_is_not_admitted(session: Session, editor: int) -> None:
    market = make_market(session, released=False)
    meeting = make_meeting(session, starts_at=at(FIRST), market_id=market.id)
    series_steps.begin_series(meeting, wanted(), editor)
    assert editable_series_of(meeting, editor) is None

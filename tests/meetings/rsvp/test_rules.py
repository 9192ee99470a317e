"""Free seats, and what everybody hears of them."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from operator import ne
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from portal.core.hours import WAKING, is_waking, last_waking, next_waking
from portal.meetings.rsvp import rules
from portal.meetings.rsvp.rules import CHOICES, USUAL, Reminder, RsvpNews, SeatLevel
from portal.reports.code import one_slip_apart
from portal.sms.rsvp_rules import suggest


def test_free_seats_and_what_everybody_hears() -> None:
    for capacity, held, free, told in (
        (None, 900, None, SeatLevel.OPEN),
        (20, 5, 15, SeatLevel.OPEN),
        (20, 17, 3, SeatLevel.FEW),
        (200, 181, 19, SeatLevel.FEW),
        (20, 20, 0, SeatLevel.FULL),
        # The room shrank: nobody is turned out, nobody new comes in.
        (5, 9, 0, SeatLevel.FULL),
    ):
        assert (rules.free_seats(capacity, held), rules.level(capacity, held)) == (free, told), (capacity, held)


# --- What people type into an answer, and its code ---


def test_ages_are_read_as_people_write_them() -> None:
    few = {"": (), "3": (3,), "0 / 17": (0, 17), "4; 4.": (4, 4)}
    for typed, ages in {**few, "11, 3 and 5": (3, 5, 11), "11,3 y 5": (3, 5, 11)}.items():
        assert rules.read_ages(typed) == ages
    for typed in ("three", "3 months", "18", "-2", "1,2,3,4,5,6,7,8,9", "٣", "3a"):
        with pytest.raises(ValueError, match="not ages"):
            rules.read_ages(typed)
    with pytest.raises(rules.ChildTooOld):
        rules.read_ages("0, 30")


@given(st.lists(st.integers(0, 17), max_size=8))
def test_ages_come_back(ages: list[int]) -> None:
    written = ",".join(map(str, sorted(ages)))
    assert rules.read_ages(written) == tuple(sorted(ages))
    assert len(written) <= 40
    assert sum(rules.by_band(ages)) == len(ages)


# --- Codes for texts: a slip of the finger is never another meeting ---


def test_a_wrong_figure_makes_no_other_code() -> None:
    known = set(rules.CODES)
    assert len(rules.CODES) == len(known) == 818
    assert all(len(code) == 4 and code.isdigit() for code in known)
    for code in known:
        wrong = {code[:at] + figure + code[at + 1 :] for at in range(4) for figure in "0123456789"}
        swapped = {code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(3)}
        assert (wrong | swapped) & known == {code}
    assert not any(one_slip_apart(one, other) for one, other in combinations(rules.CODES[:200], 2))


def test_codes_run_out_and_none_is_guessed_between_two() -> None:
    assert rules.draw_code(rules.CODES, Random(1)) is None
    assert rules.draw_code(rules.CODES[1:], Random(1)) == rules.CODES[0]
    pairs = combinations(rules.CODES, 2)
    one, other = next(pair for pair in pairs if sum(map(ne, *pair)) == 2)
    at = next(place for place in range(4) if one[place] != other[place])
    between = one[:at] + other[at] + one[at + 1 :]
    assert suggest(between, (one, other)) is None
    assert suggest(between, (one,)) == one


# --- When people are written to, until when they are asked again ---


ZONE = ZoneInfo("America/New_York")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=ZONE)


@given(moments)
def test_nobody_is_written_to_at_night(now: datetime) -> None:
    told = next_waking(now, ZONE, WAKING)
    assert 8 <= told.astimezone(ZONE).hour < 21
    assert timedelta(0) <= told - now <= timedelta(hours=12)
    if 8 <= now.astimezone(ZONE).hour < 21:
        assert told == now


def test_answers_are_taken_until_the_hour_that_was_said() -> None:
    cases = ((0, at(10, 17, 59), True), (0, at(10, 18), False), (24, at(9, 17), True), (24, at(9, 18), False))
    for hours, moment, taken in cases:
        assert rules.takes_answers(at(10, 18), hours, moment) == taken


def test_people_are_asked_again_by_the_friday_before() -> None:
    for starts, today, until in (
        # June 12, 2026 is a Friday.
        *((16, 9, 12), (13, 9, 12), (12, 1, 5)),
        # That Friday is over, or today: the day before must do.
        *((16, 12, 15), (16, 16, 16)),
    ):
        assert rules.ask_by(date(2026, 6, starts), date(2026, 6, today)) == date(2026, 6, until)


EVERY = tuple(Reminder)


def test_reminders_come_the_day_before_and_two_hours_before() -> None:
    day = ("day", at(7, 17), at(7, 21))
    for starts, expected in (
        (at(8, 18), [day, ("hours", at(8, 16), at(8, 17, 30))]),
        (at(8, 10), [day, ("hours", at(8, 8), at(8, 9, 30))]),
        # It would ring at half past seven; and the evening before somebody is reminded already.
        (at(8, 9, 30), [day]),
        (at(8, 22, 30), [day, ("hours", at(8, 20, 30), at(8, 21))]),
        (at(8, 23, 30), [day, ("hours", at(8, 20), at(8, 21))]),
    ):
        found = rules.windows(starts, rules.USUAL, ZONE, WAKING)
        assert [(one.reminder, one.opens, one.closes) for one in found] == expected
    # In the morning the evening before is enough.
    (only,) = rules.windows(at(8, 8), [Reminder.HOURS], ZONE, WAKING)
    assert (only.opens, only.closes) == (at(7, 20), at(7, 21))


def test_none_and_all_can_be_chosen() -> None:
    assert rules.windows(at(8, 18), (), ZONE, WAKING) == ()
    assert [one.reminder for one in rules.windows(at(8, 18), EVERY, ZONE, WAKING)] == ["days", "day", "hours"]
    read, write = rules.read_choice, rules.write_choice
    assert [write(read(choice)) for choice in CHOICES] == list(CHOICES)
    assert write([Reminder.HOURS, Reminder.DAY]) == write(USUAL) == "day,hours"


@given(moments, st.sets(st.sampled_from(EVERY)))
def test_nobody_is_reminded_at_night_or_after_the_start(starts: datetime, chosen: set[Reminder]) -> None:
    for one in rules.windows(starts, chosen, ZONE, WAKING):
        assert one.opens < one.closes <= starts
        assert is_waking(one.opens, ZONE, WAKING)
        assert is_waking(one.closes - timedelta(seconds=1), ZONE, WAKING)


@given(moments)
def test_the_night_has_two_ends(moment: datetime) -> None:
    before, after = last_waking(moment, ZONE, WAKING), next_waking(moment, ZONE, WAKING)
    assert before <= moment <= after
    assert is_waking(after, ZONE, WAKING)
    assert is_waking(before - timedelta(seconds=1), ZONE, WAKING) or before == after
    assert (before == moment == after) or not is_waking(moment, ZONE, WAKING) or before == after
    assert after - before <= timedelta(hours=12)


def test_a_change_rings_at_night_on_the_same_day() -> None:
    evening = ((at(7, 14), False), (at(7, 22), False), (at(8, 3), True), (at(8, 17), True))
    for starts, now, waits in (
        *((at(8, 18), *case) for case in evening),
        # Before a morning meeting the night must do.
        (at(8, 9), at(7, 22), True),
        (at(8, 12), at(7, 22), False),
    ):
        assert rules.cannot_wait(starts, now, ZONE, WAKING) == waits


def test_a_change_takes_all_back() -> None:
    everything = {*RsvpNews, *Reminder}
    for news in RsvpNews:
        taken = set(rules.TAKEN_BACK_BY[news])
        if news is RsvpNews.CANCELLED:
            assert taken == everything
        elif news is RsvpNews.MOVED:
            assert taken == everything - {RsvpNews.WITHDRAWN}, "childcare that is gone is no matter of hour or door"
        else:
            assert not taken & {RsvpNews.MOVED, RsvpNews.CANCELLED}
            assert (RsvpNews.WITHDRAWN in taken) == (news is RsvpNews.WITHDRAWN)

"""Watching over places: signals, the alarm, reviews; in a database, with the timetable's job."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.core import purge
from portal.core.clock import now, today, week_of, zone
from portal.core.jobs import engine as timetable
from portal.core.page_cache import current_cache_version
from portal.core.statuses import Refused
from portal.markets import places, watch
from portal.markets.places import Review, Signal
from portal.markets.reviews import Baseline, Cause, SignalKind, review_day
from portal.markets.watch import open_due_reviews, public_record, watched, weekly_table
from tests.make import SCHEDULE, make_decision, make_market, make_member

DAY, WEEK = timedelta(days=1), timedelta(days=7)
# A Tuesday afternoon in the city: reviews are due on Thursdays.
NOW = datetime.fromisoformat("2026-11-24T15:00:00-05:00")


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def market_id(work):
    with work() as session:
        return make_market(session).id


def note(market_id, source="a", days_ago=0, checked=False):
    watch.note_signal(market_id, source, today() - days_ago * DAY, SignalKind.REPORT, checked=checked)


def signals(session):
    rows = session.scalars(select(Signal).order_by(Signal.seen_on, Signal.source))
    return [(row.source, row.seen_on, row.corroborated) for row in rows]


def reviews(session):
    rows = session.scalars(select(Review).order_by(Review.due_on, Review.cause))
    return [(row.cause, row.due_on, row.signed_on) for row in rows]


@pytest.mark.both_databases
def test_one_source_counts_once_a_week_and_a_second_one_makes_both_count(work, market_id):
    with work() as session:
        note(market_id)
        note(market_id, days_ago=1)
        assert signals(session) == [("a", today(), False)]
        note(market_id, "b", days_ago=8)
        assert [counts for *_rest, counts in signals(session)] == [True, True]
        watch.withdraw_signal(market_id, "b")
        assert signals(session) == [("a", today(), False)]


def test_what_was_checked_counts_until_it_is_said_not_to_be(work, market_id):
    with work() as session:
        note(market_id, checked=True)
        assert signals(session)[0][2]
        note(market_id)
        assert not signals(session)[0][2]


def test_another_place_is_another_matter(work, market_id):
    with work() as session:
        other = make_market(session, "Oak Street").id
        note(market_id)
        note(other, "b")
        assert not any(counts for *_rest, counts in signals(session))
        watch.withdraw_elsewhere("a", other)
        assert [source for source, *_rest in signals(session)] == ["b"]


def test_what_was_seen_too_long_ago_changes_nothing(work, market_id):
    with work() as session:
        note(market_id, days_ago=35, checked=True)
        note(market_id, days_ago=-1)
        assert signals(session) == []


def test_a_sighting_counts_once_a_week_for_whoever_notes_it(work, market_id):
    with work() as session:
        market, member = session.get(places.Market, market_id), make_member(session, ["organizer"])
        watch.note_sighting(market, today(), member.id)
        watch.note_sighting(market, today() - DAY, member.id)
        assert len(signals(session)) == 1
        assert watched(market).quiet_weeks == 0
        watch.withdraw_sighting(market, week_of(today()), member.id)
        assert signals(session) == []
        with pytest.raises(Refused, match="sighting_day"):
            watch.note_sighting(market, today() - 36 * DAY, member.id)


def test_a_source_is_another_one_at_every_place_and_never_an_id(app):
    with app.app_context():
        member = watch.sighting_by(1, 7), watch.sighting_by(2, 7), watch.source_of(SignalKind.REPORT, 7)
        assert len(set(member)) == 3
        assert all(len(source) == 64 for source in member)


@pytest.mark.both_databases
def test_sources_are_forgotten_and_counts_stay(app, work, market_id, tuesday):
    (rule,) = (rule for rule in SCHEDULE if rule.what == "sources of signals")
    with work() as session:
        note(market_id)
        note(market_id, "b")
        before = weekly_table(session.get(places.Market, market_id))
    tuesday.shift(5 * WEEK - 2 * DAY)
    with work():
        note(market_id, "c")
    with app.app_context():
        assert purge.purge(rule) == 0
        tuesday.shift(DAY)
        assert purge.purge(rule) == 2
        assert purge.purge(rule) == 0
    with work() as session:
        left = signals(session)
        assert sorted(source[:10] for source, *_rest in left) == ["c", "forgotten ", "forgotten "]
        assert len({source for source, *_rest in left}) == 3
        after = weekly_table(session.get(places.Market, market_id))
        assert [week.signals for week in after if week.begins_on <= before[-1].begins_on][-1] == 2


@pytest.mark.both_databases
def test_the_weekly_review_is_opened_once_and_made_up_for_after_a_pause(app, work, market_id, tuesday):
    with app.app_context():
        open_due_reviews()
        open_due_reviews()
    thursday = review_day(NOW.date())
    with work() as session:
        assert reviews(session) == [("weekly", thursday, None)]
    tuesday.shift(3 * WEEK)
    with app.app_context():
        open_due_reviews()
        open_due_reviews()
    with work() as session:
        assert [due_on for _cause, due_on, _signed in reviews(session)] == [thursday + n * WEEK for n in range(4)]


def test_the_timetable_opens_them(app, work, market_id):
    engine = app.engine
    with app.app_context():
        assert "reviews" in timetable.due(engine._entries)
    engine.run("reviews", [])
    with work() as session:
        assert len(reviews(session)) == 1
    with app.app_context():
        assert "reviews" not in timetable.due(engine._entries)


@pytest.mark.both_databases
def test_two_sources_open_one_review_and_the_status_stays(app, work, market_id, tuesday):
    with work():
        note(market_id)
        note(market_id, "b", days_ago=3)
    with app.app_context():
        open_due_reviews()
        open_due_reviews()
    with work() as session:
        assert [cause for cause, *_rest in reviews(session)].count(Cause.TWO_SOURCES) == 1
        market = session.get(places.Market, market_id)
        assert market.standing.status == "holding"
        lead = make_member(session, ["community_lead"])
        watch.sign_review(market, review_day(today()), "We looked.", lead.id)
    tuesday.shift(DAY)
    with app.app_context():
        open_due_reviews()
    with work() as session:
        # The same two people do not open another one; a third and a fourth do.
        assert [cause for cause, *_rest in reviews(session)].count(Cause.TWO_SOURCES) == 1
        note(market_id, "c")
        note(market_id, "d")
    with app.app_context():
        open_due_reviews()
    with work() as session:
        assert [cause for cause, *_rest in reviews(session)].count(Cause.TWO_SOURCES) == 2


def test_a_sum_over_the_limit_opens_one_review(app, work, market_id, tuesday):
    with work():
        for number, days_ago in enumerate((0, 0, 7, 7)):
            note(market_id, f"s{number}", days_ago=days_ago, checked=True)
    for _often in range(2):
        with app.app_context():
            open_due_reviews()
    with work() as session:
        assert watched(session.get(places.Market, market_id)).is_alarm
        assert [cause for cause, *_rest in reviews(session)].count(Cause.CUSUM) == 1


def test_a_hidden_place_and_one_that_holds_by_itself_have_no_reviews(app, work):
    with work() as session:
        make_market(session, "Birch Street", released=False)
        make_market(session, "Cedar Street", status="graduated")
    with app.app_context():
        open_due_reviews()
    with work() as session:
        assert reviews(session) == []


def test_after_it_slips_again_nothing_from_before_was_missed(app, work, tuesday):
    with work() as session:
        market = make_market(session)
    with app.app_context():
        open_due_reviews()
    with work() as session:
        market = session.get(places.Market, market.id)
        market.decisions.insert(0, make_decision("graduated", since_on=today()))
    tuesday.shift(20 * WEEK)
    with app.app_context():
        open_due_reviews()
    with work() as session:
        assert len(reviews(session)) == 1
        assert public_record(session.get(places.Market, market.id)) is None
        slipping = session.get(places.Market, market.id)
        slipping.decisions.insert(0, make_decision("slipping", since_on=today()))
    with app.app_context():
        open_due_reviews()
    with work() as session:
        assert [due_on for _cause, due_on, _signed in reviews(session)][1:] == [review_day(today())]


@pytest.mark.both_databases
def test_signing_takes_a_finding_and_works_once(work, app, market_id):
    with app.app_context():
        open_due_reviews()
    with work() as session:
        market, lead = session.get(places.Market, market_id), make_member(session, ["community_lead"])
        with pytest.raises(Refused, match="review_finding"):
            watch.sign_review(market, review_day(today()), "  ", lead.id)
        before = current_cache_version()
        watch.sign_review(market, review_day(today()), "Quiet.", lead.id)
        with pytest.raises(Refused, match="review_signed"):
            watch.sign_review(market, review_day(today()), "Quiet.", lead.id)
    with work() as session:
        assert current_cache_version() > before
        assert public_record(session.get(places.Market, market_id)).last_on == today()


def test_the_public_does_not_see_that_an_alarm_opened_a_review(app, work, market_id, tuesday):
    with app.app_context():
        open_due_reviews()
    with work() as session:
        market, lead = session.get(places.Market, market_id), make_member(session, ["community_lead"])
        watch.sign_review(market, review_day(today()), "Quiet.", lead.id)
        before = public_record(market)
        note(market_id, "a", checked=True)
        note(market_id, "b", checked=True)
        assert watch.open_reviews(market)
        assert public_record(market) == before
    tuesday.shift(3 * DAY)
    with work() as session:
        # Unless it is missed: that is public.
        market = session.get(places.Market, market_id)
        assert public_record(market).missed == (review_day(NOW.date()),)
        watch.sign_review(market, review_day(NOW.date()), "They were right.", lead.id)
        record = public_record(market)
        assert record.missed == ()
        assert [held.held_on for held in record.late] == [today()]


def test_the_baseline_must_make_sense(work, market_id):
    with work() as session:
        market, lead = session.get(places.Market, market_id), make_member(session, ["community_lead"])
        watch.set_baseline(market, Baseline(0.5, 2.0, 4.0), lead.id)
        for wrong in (Baseline(0, 1, 1), Baseline(1, 1, 1), Baseline(0.2, 1, 0)):
            with pytest.raises(Refused, match="baseline"):
                watch.set_baseline(market, wrong, lead.id)
        assert market.baseline == Baseline(0.5, 2.0, 4.0)


def test_weeks_of_outreach_are_set_as_they_were_marked(work, market_id):
    with work() as session:
        market, lead = session.get(places.Market, market_id), make_member(session, ["community_lead"])
        week = week_of(today())
        watch.mark_outreach(market, {week, week - WEEK}, {week, week - 9 * WEEK}, lead.id)
        assert [one.outreach for one in weekly_table(market)][-2:] == [False, True]
        watch.mark_outreach(market, {week, week - WEEK}, {week - WEEK}, lead.id)
        assert [one.outreach for one in weekly_table(market)][-2:] == [True, False]


def test_the_table_begins_with_the_release(work, market_id):
    with work() as session:
        market = session.get(places.Market, market_id)
        first = week_of(market.released_at.astimezone(zone()).date())
        assert weekly_table(market)[0].begins_on == first
        assert weekly_table(market)[-1].begins_on == week_of(today())
        market.released_at = now() + WEEK
        assert len(weekly_table(market)) == 1

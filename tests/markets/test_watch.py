"""Watching over places: signals, the alarm, reviews; in a database, with the timetable's job."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.core import purge
from portal.core.clock import today, week_of
from portal.core.db import db
from portal.core.page_cache import current_cache_version
from portal.core.statuses import Refused
from portal.markets import places, watch
from portal.markets.places import Review, Signal
from portal.markets.reviews import Cause, SignalKind, review_day
from portal.markets.watch import open_due_reviews, public_record, watched, weekly_table
from tests.make import SCHEDULE, make_market, make_member

DAY, WEEK = timedelta(days=1), timedelta(days=7)
# A Tuesday afternoon in the city: reviews are due on Thursdays.
NOW = datetime.fromisoformat("2026-11-24T15:00:00-05:00")
pytestmark = pytest.mark.time_machine(NOW, tick=False)


@pytest.fixture
def market_id(work):
    with work() as session:
        return make_market(session).id


def note(market_id, source="a", days_ago=0, checked=False):
    watch.note_signal(market_id, source, today() - days_ago * DAY, SignalKind.REPORT, checked=checked)


def open_reviews(app):
    for _twice in range(2):
        with app.app_context():
            open_due_reviews()


def signals(session):
    rows = session.scalars(select(Signal).order_by(Signal.seen_on, Signal.source))
    return [(row.source, row.seen_on, row.corroborated) for row in rows]


def reviews(session):
    rows = session.scalars(select(Review).order_by(Review.due_on, Review.cause))
    return [(row.cause, row.due_on, row.signed_on) for row in rows]


@pytest.mark.both_databases
def test_one_source_counts_once_a_week(session):
    market_id = make_market(session).id
    note(market_id, days_ago=35, checked=True)
    note(market_id, days_ago=-1)
    assert signals(session) == [], "seen too long ago, or tomorrow"
    note(market_id)
    note(market_id, days_ago=1)
    assert signals(session) == [("a", today(), False)]
    note(market_id, "b", days_ago=8)
    assert [counts for *_rest, counts in signals(session)] == [True, True]
    watch.withdraw_signal(market_id, "b")
    assert signals(session) == [("a", today(), False)]


def test_a_sighting_counts_once_a_week_for_each(session):
    market, member = make_market(session), make_member(session, ["organizer"])
    watch.note_sighting(market, today(), member.id)
    watch.note_sighting(market, today() - DAY, member.id)
    assert len(signals(session)) == 1
    assert watched(market).quiet_weeks == 0
    watch.withdraw_signal(market.id, watch.sighting_by(market.id, member.id), week_of(today()))
    assert signals(session) == []
    with pytest.raises(Refused, match="sighting_day"):
        watch.note_sighting(market, today() - 36 * DAY, member.id)


def test_a_source_is_another_one_at_every_place(app):
    with app.app_context():
        member = watch.sighting_by(1, 7), watch.sighting_by(2, 7), watch.source_of(SignalKind.REPORT, 7)
        assert len(set(member)) == 3
        assert all(len(source) == 64 for source in member)


def test_sources_are_forgotten_and_counts_stay(session, time_machine):
    market = make_market(session)
    (rule,) = (rule for rule in SCHEDULE if rule.what == "sources of signals")
    note(market.id)
    note(market.id, "b")
    last_week = weekly_table(market)[-1].begins_on
    time_machine.shift(5 * WEEK - 2 * DAY)
    note(market.id, "c")
    db.commit()
    assert purge.purge(rule) == 0
    time_machine.shift(DAY)
    assert (purge.purge(rule), purge.purge(rule)) == (2, 0)
    sources = [source for source, *_rest in signals(db.session())]
    assert sorted(source[:10] for source in sources) == ["c", "forgotten ", "forgotten "]
    assert len(set(sources)) == 3
    after = weekly_table(db.session().get_one(places.Market, market.id))
    assert [week.signals for week in after if week.begins_on <= last_week][-1] == 2


@pytest.mark.both_databases
def test_the_weekly_review_is_opened_once(app, work, market_id, time_machine):
    with work() as session:
        make_market(session, "Birch Street", released=False)
        make_market(session, "Cedar Street", status="graduated")
    open_reviews(app)
    thursday = review_day(NOW.date())
    with work() as session:
        assert reviews(session) == [("weekly", thursday, None)], "none of hidden and graduated places"
    time_machine.shift(3 * WEEK)
    open_reviews(app)
    with work() as session:
        assert [due_on for _cause, due_on, _signed in reviews(session)] == [thursday + n * WEEK for n in range(4)]


def test_two_sources_open_one_review_and_the_status_stays(app, work, market_id, time_machine):
    def asked(session):
        return [cause for cause, *_rest in reviews(session)].count(Cause.TWO_SOURCES)

    with work():
        note(market_id)
        note(market_id, "b", days_ago=3)
    open_reviews(app)
    with work() as session:
        assert asked(session) == 1
        market = session.get(places.Market, market_id)
        assert market.standing.status == "holding"
        watch.sign_review(market, review_day(today()), "We looked.", make_member(session, ["community_lead"]).id)
    time_machine.shift(DAY)
    open_reviews(app)
    with work() as session:
        # The same two people do not open another one; a third and a fourth do.
        assert asked(session) == 1
        note(market_id, "c")
        note(market_id, "d")
    open_reviews(app)
    with work() as session:
        assert asked(session) == 2


def test_signing_takes_a_finding_and_works_once(work, app, market_id):
    open_reviews(app)
    with work() as session:
        market, lead = session.get(places.Market, market_id), make_member(session, ["community_lead"])
        day, before = review_day(today()), current_cache_version()
        with pytest.raises(Refused, match="review_finding"):
            watch.sign_review(market, day, "  ", lead.id)
        watch.sign_review(market, day, "Quiet.", lead.id)
        with pytest.raises(Refused, match="review_signed"):
            watch.sign_review(market, day, "Quiet.", lead.id)
    with work() as session:
        assert current_cache_version() > before
        assert public_record(session.get(places.Market, market_id)).last_on == today()


def test_the_public_does_not_see_that_an_alarm_asked(app, work, market_id, time_machine):
    open_reviews(app)
    with work() as session:
        market, lead = session.get(places.Market, market_id), make_member(session, ["community_lead"])
        watch.sign_review(market, review_day(today()), "Quiet.", lead.id)
        before = public_record(market)
        note(market_id, "a", checked=True)
        note(market_id, "b", checked=True)
        assert watch.open_reviews(market)
        assert public_record(market) == before
    time_machine.shift(3 * DAY)
    with work() as session:
        # Unless it is missed: that is public.
        market = session.get(places.Market, market_id)
        assert public_record(market).missed == (review_day(NOW.date()),)
        watch.sign_review(market, review_day(NOW.date()), "They were right.", lead.id)
        record = public_record(market)
        assert record.missed == ()
        assert [held.held_on for held in record.late] == [today()]

"""What is known of a place for the board reaches no public page, in no language, by no byte."""

import re
from datetime import timedelta

import pytest

from portal.core.clock import today, week_of
from portal.core.i18n import LANGUAGES
from portal.core.page_cache import renew_cache_version
from portal.markets import places as actions_places, watch as actions
from portal.markets.places import OutreachWeek, Review, Signal
from portal.markets.reviews import SignalKind
from tests.house.test_pages import STATUS
from tests.wall.city import City
from tests.wall.walk import public_pages

CANARY = "Canary-finding-7731"


@pytest.fixture
def city(once) -> City:
    return once(City)


def watch(session, market_id, member_id):
    """All that the team can know: signals, outreach, reviews held, open and missed."""
    for number in range(4):
        week_on = week_of(today()) - timedelta(days=7 * number)
        for source in "abc":
            seen = {"week_on": week_on, "seen_on": week_on, "checked": True, "corroborated": True}
            session.add(Signal(market_id=market_id, source=f"{CANARY}{source}", kind="report", **seen))
        session.add(OutreachWeek(market_id=market_id, week_on=week_on))
        due_on = today() - timedelta(days=7 * number + 1)
        review = Review(market_id=market_id, cause="weekly", opened_on=due_on, due_on=due_on, finding=CANARY)
        if number:
            review.signed_on, review.signed_by_id = due_on, member_id
        session.add(review)


def read_everything(app, client, city):
    """Every public page; the signed, random token of a form is another one each time."""
    pages = {}
    for page in public_pages(app, client, city, STATUS | {"progress.picture": 404}).values():
        for lang in LANGUAGES:
            answer = client.get(page.format(lang=lang))
            data = re.sub(rb'value="[^"]{40,}"', b"", answer.data)
            pages[page.format(lang=lang)] = (answer.status_code, data, answer.headers.get("ETag"))
    return pages


def test_that_somebody_reported_changes_no_byte_of_public_page(app, client, work, city):
    elm = city.holes["market_id"][0]
    with work() as session:
        actions.open_reviews(session.get(actions_places.Market, elm))
    before = read_everything(app, client, city)
    with work() as session:
        for number in range(6):
            source = actions.source_of(SignalKind.REPORT, number)
            actions.note_signal(elm, source, today(), SignalKind.REPORT, checked=True)
        opened = actions.open_reviews(session.get(actions_places.Market, elm))
        assert opened
    app.page_cache._looked_at = 0
    assert read_everything(app, client, city) == before


def test_what_a_review_found_is_for_the_team(app, client, work, city):
    elm, lead = city.holes["market_id"][0], city.people["outside: community_lead"]
    with work() as session:
        watch(session, elm, lead.id)
        renew_cache_version()
    pages = read_everything(app, client, city)
    assert not any(CANARY.encode() in data for _status, data, _tag in pages.values())
    # The net holds fish: that one was missed is there.
    assert b"was not held" in pages["/en/places/elm-street/"][1]

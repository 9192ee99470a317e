"""What is known of a place for the board reaches no public page, in no language, by no byte."""

from __future__ import annotations

import re
from datetime import timedelta

from portal.core.clock import today, week_of
from portal.core.page_cache import renew_cache_version
from portal.markets import places as actions_places
from portal.markets import watch as actions
from portal.markets.places import OutreachWeek, Review, Signal
from portal.markets.reviews import SignalKind
from tests.house.test_pages import address, public_rules
from tests.make import make_desk, make_guide, make_market, make_meeting, make_member, make_post

CANARY = "Canary-finding-7731"


def make_place(work):
    """A public place, and who knows of it."""
    with work() as session:
        member = make_member(session, ["triage", "community_lead"])
        make_desk(session, [member])
        elm = make_market(session, "Elm Street")
        make_meeting(session, member, slug="porch-evening", market_id=elm.id)
        make_post(session, member, slug="lamps-are-back", market_id=elm.id)
        make_guide(session, slug="k7f2qd", tag="evidence")
        return elm.id, member.id


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


def read_everything(app, client):
    """Every public page; the signed, random token of a form is another one each time."""
    pages = {}
    for rule in public_rules(app):
        for lang in ("en", "es"):
            answer = client.get(address(rule, lang))
            data = re.sub(rb'value="[^"]{40,}"', b"", answer.data)
            pages[address(rule, lang)] = (answer.status_code, data, answer.headers.get("ETag"))
    return pages


def test_that_somebody_reported_changes_no_byte_of_public_page(app, client, work):
    elm, _member_id = make_place(work)
    with work() as session:
        actions.open_reviews(session.get(actions_places.Market, elm))
    before = read_everything(app, client)
    with work() as session:
        for number in range(6):
            source = actions.source_of(SignalKind.REPORT, number)
            actions.note_signal(elm, source, today(), SignalKind.REPORT, checked=True)
        opened = actions.open_reviews(session.get(actions_places.Market, elm))
        assert {one.cause for one in opened} >= {"cusum", "two_sources"}
    app.page_cache._looked_at = 0
    assert read_everything(app, client) == before


def test_what_a_review_found_is_for_the_team(app, client, work):
    elm, member_id = make_place(work)
    with work() as session:
        watch(session, elm, member_id)
        renew_cache_version()
    pages = read_everything(app, client)
    assert not any(CANARY.encode() in data for _status, data, _tag in pages.values())
    # The net holds fish: that one was missed is there.
    assert b"was not held" in pages["/en/places/elm-street/"][1]

"""A release at its real hour: on that minute, in the city's time, everywhere at once, and nobody has to do anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal.core.audit import AuditEvent
from portal.core.web import Portal
from portal.markets.gate import announce_releases, take_key_back, turn_key
from portal.markets.places import RELEASED, Market
from tests.conftest import Work
from tests.make import both, let_in, make_desk, make_market, make_meeting, make_member, make_post

# The city keeps the time of New York: agreed on an afternoon, released the next morning at ten, by its clock.
SUMMER = datetime(2026, 7, 1, 18, tzinfo=UTC), datetime(2026, 7, 2, 14, tzinfo=UTC)
CLOCKS_GO_BACK = datetime(2026, 10, 31, 18, tzinfo=UTC), datetime(2026, 11, 1, 15, tzinfo=UTC)
CLOCKS_GO_ON = datetime(2026, 3, 7, 19, tzinfo=UTC), datetime(2026, 3, 8, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ITS_OWN = ("", "meetings.ics", "meetings.atom", "poster-a4.svg", "call-in/")
LISTS = (
    *("", "places/", "report/", "meetings/", "meetings.ics", "meetings.atom", "news/", "news.atom"),
    *("search/?q=street", "search/?q=calle", "news/tags/lamps/"),
)


def hide(work: Work) -> None:
    """A hidden place with a meeting and news; both keys are turned now."""
    with work() as session:
        # Without a desk the form is closed, and names no place.
        make_desk(session)
        market = make_market(session, "Zanzibar Street", released=False)
        session.flush()
        title = both("Zanzibar evening", "Tarde de Zanzibar")
        make_meeting(session, slug="evening", title=title, market_id=market.id)
        make_post(session, slug="post", title=title, tag="lamps", market_id=market.id)
        for role in ("community_lead", "police_liaison"):
            member = make_member(session, (role,))
            let_in(session, market, member)
            turn_key(market, member, "Agreed.")


def looked_at(app: Portal, lang: str) -> dict[str, tuple[int, bool]]:
    """Status of every surface, and whether the place is named there; asked twice, the second time from memory."""
    client = app.test_client()
    own = {f"/{lang}/places/zanzibar-street/{end}" for end in ITS_OWN}
    addresses = {*own, *(f"/{lang}/{path}" for path in LISTS), "/sitemap.xml"}
    addresses |= {f"/{lang}/meetings/evening", f"/{lang}/news/post"}
    found = {}
    for address in sorted(addresses):
        first, again = client.get(address), client.get(address)
        seen = {"zanzibar" in answer.text.lower() for answer in (first, again)}
        assert len(seen) == 1
        found[address] = (first.status_code, seen.pop())
    return found


@pytest.mark.parametrize(("agreed", "hour"), [SUMMER, CLOCKS_GO_BACK, CLOCKS_GO_ON])
def test_place_is_nowhere_until_its_hour_then_everywhere(
    app: Portal, work: Work, agreed: datetime, hour: datetime
) -> None:
    lang = "en"
    with time_machine.travel(agreed, tick=False):
        hide(work)
    with time_machine.travel(hour - SECOND, tick=False):
        before = looked_at(app, lang)
        never = app.test_client().get("/en/places/never-there/")
        hidden = app.test_client().get("/en/places/zanzibar-street/")
        assert (hidden.status_code, hidden.data) == (404, never.data)
    assert [address for address, (_status, named) in before.items() if named] == []
    # No job has run, and no process was told.
    with time_machine.travel(hour, tick=False):
        after = looked_at(app, lang)
    call_in = "/en/places/zanzibar-street/call-in/"
    assert after.pop(call_in)[0] == 404
    assert {status for status, _named in after.values()} == {200}
    in_no_word = f"/en/search/?q={'calle'}"
    assert [address for address, (_status, named) in after.items() if not named] == [in_no_word]


def test_key_taken_back_in_last_second_stops_it(app: Portal, work: Work) -> None:
    agreed, hour = SUMMER
    with time_machine.travel(agreed, tick=False):
        hide(work)
    with time_machine.travel(hour - SECOND, tick=False), work() as session:
        market = session.scalars(select(Market)).one()
        lead = session.scalars(select(AuditEvent.actor_id).where(AuditEvent.action == "market.key_turned")).first()
        assert lead
        take_key_back(market, lead)
    with time_machine.travel(hour + timedelta(days=2), tick=False):
        assert {status for address, (status, _) in looked_at(app, "en").items() if "zanzibar-" in address} == {404}


def test_the_job_notes_a_release_once(app: Portal, work: Work) -> None:
    agreed, hour = SUMMER
    with time_machine.travel(agreed, tick=False):
        hide(work)
    noted = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == RELEASED)
    for moment, times in ((hour - SECOND, 0), (hour, 1), (hour + timedelta(minutes=1), 1)):
        with time_machine.travel(moment, tick=False):
            with app.app_context():
                announce_releases()
            with work() as session:
                assert session.scalar(noted) == times

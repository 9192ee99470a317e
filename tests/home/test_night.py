"""The night of a call-in, and why a place was chosen: from which minute on, and what is not said before the release."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient

from portal.core.clock import now
from portal.core.page_cache import renew_cache_version
from portal.core.web import Portal
from portal.markets.gate import turn_key
from portal.markets.places import CallIn
from tests.conftest import Work
from tests.make import both, let_in, make_call_in, make_desk, make_market, make_meeting, make_member, make_post
from tests.page import Reader

MINUTE = timedelta(minutes=1)


def look_again(client: FlaskClient) -> None:
    client.application.page_cache._looked_at = 0.0


def answer(client: FlaskClient, url: str) -> tuple[int, list[tuple[str, str]], bytes]:
    found = client.get(url)
    return found.status_code, found.headers.to_wsgi_list(), found.data


def test_it_goes_live_when_it_ends_without_a_name(page: Reader, work: Work) -> None:
    never = answer(page.client, "/en/tonight/")
    assert never[0] == 404
    with work() as session:
        make_call_in(session, make_market(session, "Canary Street", released=False), now() + MINUTE)
    assert answer(page.client, "/en/tonight/") == never
    assert not page("/en/").has("a[href=/en/tonight/]")
    with work() as session:
        session.query(CallIn).one().ended_at = now()
        renew_cache_version()
    look_again(page.client)
    found = page("/en/tonight/")
    said = ("You matter.", "Rosa helps with work.", "Greet each other.", "988", "Naloxone", "911")
    assert [words for words in said if words not in found.text] == []
    assert not any(word in found.response.text.lower() for word in ("canar", "/places/c"))
    assert page("/en/").has("a[href=/en/tonight/]")
    for path in ("places/canary-street/call-in/", "places/canary-street/"):
        assert page.client.get(f"/en/{path}").status_code == 404


def test_the_newest_is_named_for_two_weeks(page: Reader, work: Work) -> None:
    with work() as session:
        make_call_in(session, make_market(session, "Old Street"), now() - timedelta(days=14, minutes=1))
    assert page.client.get("/en/tonight/").status_code == 404
    page("/en/places/old-street/call-in/")
    with work() as session:
        make_call_in(session, make_market(session, "Mid Street"), now() - timedelta(days=13))
        make_call_in(session, make_market(session, "New Street"), now() - timedelta(days=1))
        renew_cache_version()
    look_again(page.client)
    for lang in ("en", "es"):
        for path in ("tonight/", "places/new-street/call-in/"):
            found = page(f"/{lang}/{path}")
            assert "New" in found.text and "Mid" not in found.text
            assert found.has(f"a[href=/{lang}/places/new-street/]")


def test_one_person_alone_shows_nothing(client: FlaskClient, work: Work) -> None:
    for keys, name in ((0, "Elm Street"), (1, "Oak Street")):
        with work() as session:
            make_call_in(session, make_market(session, name, released=False), keys=keys)
        look_again(client)
        assert client.get("/en/tonight/").status_code == 404


def test_place_named_by_mistake_stays_hidden_until_release(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session, released=False)
        market.own_name = both("The Wedge", "La cuña")
        call_in = make_call_in(session, market)
        call_in.message = both("We met.\n\nOn ELM STREET it ends.", "Nos reunimos.\n\nEn la cuña se acaba.")
        call_in.services = both("Ask at the wedge.", "Pregunte.")
    english, spanish = page("/en/tonight/"), page("/es/tonight/")
    assert "We met." in english.text
    assert "Nos reunimos." in spanish.text
    assert not any(word in (english.text + spanish.text).lower() for word in ("elm", "wedge", "cuña"))
    assert "Help that is offered" not in english.text


def test_why_here_waits_for_end_of_call_in(page: Reader, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Oak Street")
        market.why_here = both("Neighbors **asked** for it.", "Los vecinos lo **pidieron**.")
        make_call_in(session, market, now() + MINUTE)
        make_market(session, "Elm Street")
    assert "asked" not in page("/en/places/oak-street/").response.text
    assert "call-in" not in page("/en/places/oak-street/").response.text
    with work() as session:
        session.query(CallIn).one().ended_at = now()
        renew_cache_version()
    look_again(page.client)
    assert "Why here" in (night := page("/en/places/oak-street/").follow("what was said")).text
    assert "Neighbors asked" in night.text
    assert page.client.get("/en/places/elm-street/call-in/").status_code == 404


# --- A release at its real hour: on that minute, in the city's time, everywhere at once ---

# The city keeps the time of New York: agreed on an afternoon, released the next morning at ten, by its clock.
SUMMER = datetime(2026, 7, 1, 18, tzinfo=UTC), datetime(2026, 7, 2, 14, tzinfo=UTC)
CLOCKS_GO_BACK = datetime(2026, 10, 31, 18, tzinfo=UTC), datetime(2026, 11, 1, 15, tzinfo=UTC)
CLOCKS_GO_ON = datetime(2026, 3, 7, 19, tzinfo=UTC), datetime(2026, 3, 8, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ITS_OWN = ("", "poster-a4.svg", "call-in/")
LISTS = (
    *("", "places/", "report/", "meetings/", "meetings.ics", "meetings.atom", "news/", "news.atom"),
    *("search/?q=street", "search/?q=calle", "news/tags/lamps/"),
)


def hide(work: Work) -> None:
    """A hidden place with a meeting and news; both keys are turned now."""
    title = both("Zanzibar evening", "Tarde de Zanzibar")
    with work() as session:
        # Without a desk the form is closed, and names no place.
        make_desk(session)
        market = make_market(session, "Zanzibar Street", released=False)
        make_meeting(session, slug="evening", title=title, market_id=market.id)
        make_post(session, slug="post", title=title, tag="lamps", market_id=market.id)
        for role in ("community_lead", "police_liaison"):
            member = make_member(session, (role,))
            let_in(session, market, member)
            turn_key(market, member, "Agreed.")
        market.slug = "zanzibar-street"


def looked_at(app: Portal) -> dict[str, tuple[int, bool]]:
    """Status of every surface, and whether the place is named there; asked twice, the second time from memory."""
    client = app.test_client()
    own = {f"/en/places/zanzibar-street/{end}" for end in ITS_OWN}
    addresses = {*own, *(f"/en/{path}" for path in (*LISTS, "meetings/evening", "news/post")), "/sitemap.xml"}
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
    with time_machine.travel(agreed, tick=False):
        hide(work)
    with time_machine.travel(hour - SECOND, tick=False):
        before = looked_at(app)
        hidden, never = (app.test_client().get(f"/en/places/{name}/") for name in ("zanzibar-street", "never-there"))
        assert (hidden.status_code, hidden.data) == (404, never.data)
    assert [address for address, (_status, named) in before.items() if named] == []
    # No job has run, and no process was told.
    with time_machine.travel(hour, tick=False):
        after = looked_at(app)
    assert after.pop("/en/places/zanzibar-street/call-in/")[0] == 404
    assert {status for status, _named in after.values()} == {200}
    in_no_word = "/en/search/?q=calle"
    assert [address for address, (_status, named) in after.items() if not named] == [in_no_word]

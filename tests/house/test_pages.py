"""Every page that everybody may read, in both languages, with something on it."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from portal.core.web import HEADERS, Portal
from tests.conftest import Work
from tests.house.test_access import PUBLIC, WHO
from tests.make import make_desk, make_guide, make_market, make_meeting, make_member, make_post, sign_in
from tests.page import SAME_ORIGIN, Reader

# What stands in the holes of an address, by endpoint.
HOLES = {
    "guides.guide": {"slug": "k7f2qd"},
    "guides.tagged": {"tag": "evidence"},
    "markets.place": {"slug": "elm-street"},
    "meetings.meeting": {"slug": "porch-evening"},
    "meetings.entry": {"slug": "porch-evening"},
    "meetings.month": {"name": f"{date.today():%Y-%m}"},
    "meetings.past": {"number": "1"},
    "meetings.place_calendar": {"slug": "elm-street"},
    "news.post": {"slug": "lamps-are-back"},
    "news.posts": {"number": "1"},
    "sign_in.accept": {"token": "made-up"},
}
STATUS = {"home.choose": 302, "sign_in.accept": 404}
# What a browser or a computer between must never keep.
KEPT_BY_NOBODY = ("reports.", "reports_follow.", "sign_in.")
# Its text is the same everywhere and tells nothing.
NOT_A_PAGE = {"home.choose", "home.robots"}


@pytest.fixture(autouse=True)
def city(work: Work) -> None:
    with work() as session:
        member = make_member(session)
        make_desk(session, [member])
        market = make_market(session, "Elm Street")
        make_market(session, "Birch Street", released=False)
        make_meeting(session, member, slug="porch-evening", market_id=market.id)
        make_post(session, member, slug="lamps-are-back", market_id=market.id)
        make_guide(session, slug="k7f2qd", tag="evidence")


def public_rules(app: Portal) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if WHO[rule.endpoint] == PUBLIC and "GET" in (rule.methods or ()):
            yield rule


def address(rule: Rule, lang: str) -> str:
    url = rule.rule.replace("<lang:lang>", lang)
    for hole in rule.arguments - {"lang"}:
        before, _, rest = url.partition("<")
        url = before + HOLES[rule.endpoint][hole] + rest.partition(">")[2]
    return url


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_public_page_is_what_a_page_must_be(app: Portal, page: Reader, lang: str) -> None:
    for rule in public_rules(app):
        url, status = address(rule, lang), STATUS.get(rule.endpoint, 200)
        answer = page.client.get(url, headers=SAME_ORIGIN)
        assert answer.status_code == status, url
        assert "Set-Cookie" not in answer.headers, url
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, url
        if answer.mimetype == "text/html" and status != 302:
            page.read(answer, status)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_pages_say_who_may_keep_them(app: Portal, client: FlaskClient, lang: str) -> None:
    for rule in public_rules(app):
        kept = client.get(address(rule, lang)).headers["Cache-Control"]
        if rule.endpoint.startswith(KEPT_BY_NOBODY):
            assert kept == "no-store", rule
        else:
            assert kept in ("no-store", "public, no-cache"), rule


def test_both_languages_are_two_pages(app: Portal, page: Reader) -> None:
    for rule in public_rules(app):
        if rule.endpoint in NOT_A_PAGE or rule.endpoint in STATUS:
            continue
        english, spanish = (page.client.get(address(rule, lang)).text for lang in ("en", "es"))
        assert english != spanish, rule


def test_a_public_page_does_not_look_who_is_signed_in(app: Portal, work: Work) -> None:
    with work() as session:
        member = make_member(session, ["organizer"])
    known, unknown = app.test_client(), app.test_client()
    sign_in(known, member)
    for rule in public_rules(app):
        if rule.endpoint.startswith(("reports.", "reports_follow.", "sign_in.")):
            continue
        url = address(rule, "es")
        ours, theirs = known.get(url), unknown.get(url)
        assert ours.data == theirs.data, url
        assert "Set-Cookie" not in ours.headers, url
        assert "Cookie" not in ours.headers.get("Vary", ""), url


@pytest.mark.parametrize("lang", ["en", "es"])
def test_error_pages_are_pages(page: Reader, lang: str) -> None:
    page(f"/{lang}/nothing", 404)
    page(f"/{lang}/report/", 403, method="POST", headers={"Sec-Fetch-Site": "cross-site"})
    page(f"/{lang}/", 405, method="POST")


def test_a_hidden_place_is_a_place_that_never_was(client: FlaskClient) -> None:
    hidden = client.get("/en/places/birch-street/")
    never = client.get("/en/places/cedar-street/")
    assert hidden.status_code == never.status_code == 404
    assert hidden.headers.to_wsgi_list() == never.headers.to_wsgi_list()
    assert hidden.text.replace("birch", "cedar") == never.text

"""The onion address: pages, feeds and cookies of its own, limits of its own, and nothing that leads out of Tor."""

import re

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.app import create_app
from portal.core import limits
from portal.core.db import db
from portal.core.hosts import onion_requests
from portal.core.limits import RateLimit, attempt, networks
from portal.core.slugs import public_address
from portal.leaks.crawl import Visitor
from portal.leaks.drill import ONION as OVER_TOR, Look
from portal.meetings import feeds
from tests.make import PASSWORD, make_market, make_meeting, make_member

PUBLIC, ONION = "https://portal.test", f"http://{'abcdefg2' * 7}.onion"
HOST = ONION.removeprefix("http://")


pytestmark = pytest.mark.parametrize(
    "settings", [{"public_url": PUBLIC, "onion_url": ONION}], indirect=True, ids=["onion"]
)


def read(client, path, base=ONION, **more):
    return client.get(path, base_url=base, **more)


def paths(app):
    known = {rule.rule.replace("<lang:lang>", "en") for rule in app.url_map.iter_rules() if rule.arguments <= {"lang"}}
    return ["/es/", *(path for path in known if path.endswith((".atom", ".ics", ".json", ".xml", ".txt", "/")))]


def test_every_public_page_links_to_where_it_was_asked(app, client):
    for path in paths(app):
        # Twice: the page cache keeps a page for each.
        for base, other in ((ONION, PUBLIC), (PUBLIC, ONION), (ONION, PUBLIC)):
            answer = read(client, path, base)
            # *Who can see this* tells of the onion address, as a text.
            said = re.sub(rf"<code[^>]*>{ONION}</code>", "", answer.text)
            linked = re.findall(rf'(?:href|content|src|action)="{other}|^\w+:.*{other}|>{other}', said, re.MULTILINE)
            assert not linked, path
            headers = {name: value for name, value in answer.headers if name != "Onion-Location"}
            assert other not in str(headers), path


def test_a_page_says_its_own_address(app, client):
    tags = []
    for base in (ONION, PUBLIC, ONION, PUBLIC):
        page = read(client, "/en/places/", base)
        assert f'<link rel="canonical" href="{base}/en/places/">' in page.text
        assert f'hreflang="es" href="{base}/es/places/"' in page.text
        assert f"Sitemap: {base}/sitemap.xml" in read(client, "/robots.txt", base).text
        # No calendar is asked to fetch from the onion address: it would ask outside of Tor.
        meetings = read(client, "/en/meetings/", base).text
        month = read(client, re.findall(r'href="(/en/meetings/month/[^"]+)"', meetings)[0], base).text
        assert ("webcal:" in month) == (base == PUBLIC)
        # Headers fit HTTP over Tor.
        assert ("Strict-Transport-Security" in page.headers) == (base == PUBLIC)
        assert "upgrade-insecure" not in page.headers["Content-Security-Policy"]
        tags.append(page.headers["ETag"])
    # The page cache keeps both apart.
    assert tags[0] == tags[2] != tags[1] == tags[3]
    # What is sent has the public address.
    with app.test_request_context("/en/", base_url=ONION, environ_overrides={"portal.onion": True}):
        assert public_address("home.front") == f"{PUBLIC}/en/"
    with app.app_context():
        assert public_address("home.front", lang="en") == f"{PUBLIC}/en/"


def test_browsers_are_told_of_onion_address_on_pages_only(settings, client):
    def told(path, method, base=PUBLIC):
        return client.open(path, method=method, base_url=base).headers.get("Onion-Location")

    for method in ("GET", "HEAD"):
        for path in ("/en/", "/en/search/?q=caf%C3%A9"):
            assert told(path, method) == f"{ONION}{path}"
        assert told("/en/", method, ONION) is None
        assert [told(path, method) for path in ("/en/nowhere", "/robots.txt", "/en/team/", "/")] == [None] * 4
    # Without the setting nothing is said.
    client = create_app(settings.model_copy(update={"onion_url": ""})).test_client()
    assert told("/en/", "GET") is None
    assert f'href="{PUBLIC}/en/places/"' in read(client, "/en/places/").text
    db.engine.dispose()


def test_member_signs_in_with_a_cookie_that_http_allows(app, client, work):
    with work() as session:
        make_member(session, ("organizer",), email="ana@portal.test")
    form = {"email": "ana@portal.test", "password": PASSWORD}
    for base, name in ((ONION, "portal"), (PUBLIC, "__Host-portal")):
        token = re.search(r'name="token"[^>]*value="([^"]+)"', client.get("/en/sign-in", base_url=base).text)
        answer = client.post("/en/sign-in", base_url=base, data=form | ({"token": token[1]} if token else {}))
        assert (answer.status_code, answer.headers["Location"]) == (302, "/en/second-step/?entered=y")
        cookie = client.get_cookie(name, base.partition("://")[2])
        assert (cookie.secure, cookie.http_only) == (base == PUBLIC, True)
        # The door let in: the second step knows who it is.
        assert client.get("/en/second-step/", base_url=base).status_code == 200
    # A passkey is neither set up nor asked for over the onion address.
    assert client.get("/en/second-step/set-up/passkey", base_url=ONION).status_code == 404
    page = read(client, "/en/sign-in").text
    assert "data-passkey-alone" not in page
    assert "<details data-other-way open>" in page
    assert "only works at portal.test" in page
    assert "data-passkey-alone" in read(client, "/en/sign-in", PUBLIC).text
    for base, status in ((ONION, 404), (PUBLIC, 200)):
        assert client.post("/en/sign-in/passkey/options", base_url=base).status_code == status


def test_the_host_is_the_one_that_the_proxy_names(settings):
    for hops, headers, is_onion in (
        (0, {"HTTP_HOST": HOST}, True),
        (0, {"HTTP_HOST": "portal.test", "HTTP_X_FORWARDED_HOST": HOST}, False),
        (1, {"HTTP_HOST": "127.0.0.1:8000", "HTTP_X_FORWARDED_HOST": HOST}, True),
        (1, {"HTTP_HOST": HOST, "HTTP_X_FORWARDED_HOST": "portal.test"}, False),
        (1, {"HTTP_HOST": HOST}, True),
        (2, {"HTTP_HOST": "portal.test", "HTTP_X_FORWARDED_HOST": f"{HOST}, 10.0.0.1"}, True),
        (2, {"HTTP_HOST": "portal.test", "HTTP_X_FORWARDED_HOST": HOST}, False),
        (0, {}, False),
    ):
        given = settings.model_copy(update={"proxy_hops": hops, "onion_url": ONION})
        is_for_onion = onion_requests(given)
        assert is_for_onion({**headers}) is is_onion
        # What Flask takes for the host must never be another one: the page cache would mix both up.
        seen = []

        def flask(environ, _start, seen=seen):
            seen.append(environ.get("HTTP_HOST") == HOST)
            return []

        (ProxyFix(flask, x_for=hops, x_proto=hops, x_host=hops) if hops else flask)({**headers}, None)
        assert seen == [is_onion]


CIRCUITS = ["fc00:dead:beef:4dad::1:1", "fc00:dead:beef:4dad::1:2"]
WEB = "203.0.113.7"
LIMIT = RateLimit(near=2, wide=3, everybody=4, reserved=0, seconds=60)


def ask(app, address, *, onion=True, what=lambda: attempt("code", LIMIT).passed):
    """Try once what is limited; whether it was let through."""
    more = {"REMOTE_ADDR": address, **({"portal.onion": True} if onion else {})}
    with app.test_request_context("/en/", environ_overrides=more):
        return what()


def test_flood_over_tor_leaves_web_alone_and_the_reverse(app):
    # One circuit does not spend what another has.
    assert [ask(app, CIRCUITS[0]) for _ in range(4)] == [True, True, False, False]
    assert ask(app, CIRCUITS[1])
    assert len({ask(app, address, what=limits.address_key) for address in CIRCUITS}) == 2
    assert len({ask(app, address, what=networks).wide for address in CIRCUITS}) == 1
    over_tor = [ask(app, f"fc00:dead:beef:4dad::{circuit:x}") for circuit in range(12)]
    assert over_tor.count(True) <= LIMIT.everybody - 2
    assert not over_tor[-1]
    assert ask(app, WEB, onion=False)
    for number in range(12):
        ask(app, f"198.51.{number}.1", onion=False)
    assert ask(app, CIRCUITS[0], what=lambda: attempt("another", LIMIT).passed)


def test_tor_is_one_class_and_claims_of_it_none(app):
    here = ask(app, "127.0.0.1", what=networks)
    assert here.everybody == limits.ONION
    assert here.near == here.wide == ask(app, "::1", what=limits.address_key)
    assert ask(app, "127.0.0.1", onion=False, what=networks).everybody == "everybody"
    assert here.near != ask(app, "127.0.0.1", onion=False, what=limits.address_key)
    # Who only claims the host stays of the web.
    assert ask(app, WEB, what=networks) == ask(app, WEB, onion=False, what=networks)


def test_the_drill_finds_what_leads_out_of_tor(app, work, monkeypatch):
    monkeypatch.setattr(Visitor, "_is_let_in", lambda _self, endpoint: endpoint.startswith("meetings."))
    with work() as session:
        make_meeting(session, make_member(session, ("organizer",)), market_id=make_market(session, "Elm Street").id)

    def drill():
        """What is found when the public reads the pages of meetings over Tor."""
        with app.app_context(), db.rehearsal():
            look = Look(app)
            look.read_everything(Visitor(app, name=OVER_TOR, base=ONION))
            assert look.report.answers > 5
            assert look.report.roles == 0, "the one over Tor is no role"
            return {(leak.where, leak.what) for leak in look.report.leaks}

    assert drill() == set()
    monkeypatch.setattr(feeds, "address_here", public_address)
    assert ("/en/meetings.atom (as the public over Tor)", "leads to the public address") in drill()

"""The edge: who is let in, one commit or none, what an error says, and when the public sees a change."""

import logging

import pytest
from flask import abort, redirect
from sqlalchemy import exc, text
from werkzeug.exceptions import NotFound as NoPage
from werkzeug.routing import AnyConverter

from portal.app import create_app
from portal.core import page_cache
from portal.core.audit import AuditEvent, record
from portal.core.clock import now
from portal.core.db import db, session
from portal.core.page_cache import current_cache_version, renew_cache_version
from portal.core.statuses import NotAllowed, NotFound, Refused, status_of
from portal.core.web import MOST_BYTES, PUBLIC, AudienceBlueprint
from tests.core.test_db import locked, stored
from tests.make import make_market, make_member
from tests.page import SAME_ORIGIN, Reader, reader_of

SECRET_WORDS = "a canary in the error"


def fill_the_disk():
    """Give the file no page more than it has, and write more than fits."""
    pages = session.execute(text("PRAGMA page_count")).scalar()
    session.execute(text(f"PRAGMA max_page_count = {pages}"))
    rows = [{"at": now(), "action": "a" * 60, "object_type": "b" * 40, "object_id": "c" * 40} for _ in range(500)]
    session.execute(AuditEvent.__table__.insert(), rows)


def end(how):
    match how:
        case "redirect":
            return redirect("/en/")
        case "page":
            return "page"
        case "form with errors":
            return "form", 422
        case "too often":
            return "wait", 429
        case "refused":
            raise Refused("made_up_key")
        case "not allowed":
            raise NotAllowed
        case "not found":
            raise NotFound
        case "abort":
            abort(410)
        case "disk full":
            fill_the_disk()
    raise ZeroDivisionError(SECRET_WORDS)


def probe_room(app):
    """Add a room; what ran after its commits."""
    done = []
    room = AudienceBlueprint("probe", __name__, audience=PUBLIC)

    @room.post("/probe/<how>")
    def probe(how):
        record("probe.sent", "probe", 1, None)
        session.flush()
        db.after_commit(lambda: done.append(f"after {stored()}"))
        return end(how)

    app.register_blueprint(room)
    return done


def send(client, how, **headers):
    return client.post(f"/en/probe/{how}", headers=headers or SAME_ORIGIN)


@pytest.mark.both_databases
def test_from_400_on_nothing_is_kept(app, client):
    steps = probe_room(app)
    refused = {"form with errors": 422, "too often": 429, "refused": 409, "not allowed": 403, "not found": 404}
    for how, status in (refused | {"abort": 410, "crash": 500}).items():
        assert send(client, how).status_code == status
        assert (stored(), steps) == (0, []), how
    # Nothing waits for the next commit either; below 400 everything is kept.
    for number, how in enumerate(("redirect", "page"), 1):
        assert send(client, how).status_code < 400
        assert (stored(), steps[-1]) == (number, f"after {number}")


def test_full_disk_is_said_and_nothing_is_half_written(app, page, portal_dir, monkeypatch):
    steps = probe_room(app)
    assert "Nothing was stored" in page("/en/probe/disk full", 503, method="POST").text
    db.engine.dispose()
    assert (stored(), steps) == (0, [])
    assert send(page.client, "page").status_code == 200
    assert (stored(), steps) == (1, ["after 1"])
    # So is a locked database, and public pages go on.
    monkeypatch.setattr("portal.core.engines.SQLITE_BUSY_MS", 50)
    db.engine.dispose()
    with locked(portal_dir):
        assert "Nothing was stored" in page("/en/probe/page", 503, method="POST").text
        page("/es/")
        page("/es/places/")
    assert send(page.client, "page").status_code == 200
    assert steps == ["after 1", "after 2"]


def test_a_form_of_ours_is_taken_and_foreign_refused(app, client):
    probe_room(app)
    for headers in (
        *({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}),
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        *({"Origin": "https://evil.example"}, {"Origin": "http://localhost.evil.example"}, {"Origin": "null"}),
    ):
        assert send(client, "page", **headers).status_code == 403
    assert stored() == 0
    for headers in (
        *({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}),
        *({"Origin": "http://localhost"}, {"User-Agent": "very old"}),
    ):
        assert send(client, "page", **headers).status_code == 200


def test_what_is_too_large_is_refused_before_reading(app, page):
    page("/en/sign-in", 413, method="POST", data={"password": "x" * (MOST_BYTES + 1)})


def test_an_error_is_logged_without_its_words(app, client, caplog):
    probe_room(app)
    with caplog.at_level(logging.DEBUG):
        answer = send(client, "crash")
    assert "ZeroDivisionError" in caplog.text
    assert "in end" in caplog.text
    assert SECRET_WORDS not in caplog.text + answer.text
    assert "/en/probe" not in caplog.text


def test_browsers_are_told_to_stay_on_https(settings):
    for public_url, all_hosts, told in (
        ("https://portal.test", False, ["max-age=63072000"]),
        ("https://portal.test", True, ["max-age=63072000; includeSubDomains"]),
        ("http://localhost", True, []),
    ):
        given = {"public_url": public_url, "https_on_subdomains": all_hosts}
        client = create_app(settings.model_copy(update=given)).test_client()
        for path in ("/en/", "/en/nothing-here"):
            answer = client.get(path, base_url=public_url)
            assert answer.headers.getlist("Strict-Transport-Security") == told
        db.engine.dispose()


def test_what_is_not_there_is_same_whatever_was_asked(client):
    places = [client.get(f"/en/{path}") for path in ("places/aaaa/", "places/bbbb/")]
    assert places[0].text.replace("aaaa", "bbbb") == places[1].text
    assert places[0].headers.to_wsgi_list() == places[1].headers.to_wsgi_list()
    # A missing slash keeps the question.
    answer = client.get("/en/report?place=elm-street&x=%2F%2Fa")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/en/report/?place=elm-street&x=%2F%2Fa")


def one_of_few(app, rule, name):
    """The first of what may stand there, where only a few things may; else a seven."""
    # The map binds its rules when it is first asked.
    app.url_map.update()
    converter = rule._converters[name]
    return min(converter.items) if isinstance(converter, AnyConverter) else "7"


def addresses(app):
    """An address for every rule, as it is meant and without its slash; and some with one slash too many."""
    given = {"lang": "en", "thread_id": 7, "message_id": 7, "member_id": 7}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            asked = rule.arguments - (rule.defaults or {}).keys()
            values = {name: given.get(name, one_of_few(app, rule, name)) for name in asked} | (rule.defaults or {})
            path = app.url_map.bind("").build(rule.endpoint, values, force_external=False, append_unknown=False)
            yield from (path, path.rstrip("/") or "/")
    for path in ("/en/report", "/en/news.atom", "/en/team/today", "/sms/twilio/inbound", "/robots.txt"):
        yield from (f"{path}//", f"/{path}", path.replace("/en/", "/en//"), path.replace("/", "//"))


def test_no_answer_repeats_the_host_that_a_request_claims(app):
    redirected = 0
    for address in {*addresses(app), "/en/report?place=x&q=//forged.test", "//forged.example/en/report", "/nothing"}:
        for method in ("GET",) if address.endswith("/") else ("GET", "POST"):
            answer = app.test_client().open(address, method=method, headers={"Host": "user@forged.example"})
            where = f"{method} {address}"
            assert "forged.example" not in str(answer.headers), where
            assert b"forged.example" not in answer.data, where
            if location := answer.headers.get("Location"):
                redirected += 1
                assert location.startswith("/") and not location.startswith("//"), where
    assert redirected > 20


def an_organizer(app, work):
    with work() as session:
        member = make_member(session, ["organizer"])
    return reader_of(app, member).client


def test_somebody_signed_in_is_led_back_to_their_rooms(app, work):
    organizer = an_organizer(app, work)
    for lang, back in (("en", "Back to my work"), ("es", "Volver a mi trabajo")):
        for path, status in (("audit/", 403), ("team/meetings/77", 404), ("desk/5", 403)):
            found = Reader(organizer)(f"/{lang}/{path}", status)
            assert found.has("body.room")
            assert not found.has("form.sign-out")
            assert back in found.text
            assert found.find("main a.button").get("href") == f"/{lang}/team/today/"
    # To the page before if there was one.
    found = Reader(organizer)("/en/team/news/77", 404, headers={"Referer": "http://localhost/en/team/news/"})
    assert found.find("main a.button").get("href") == "/en/team/news/"
    assert "Back to where you were" in found.text
    # A hidden place and none are the same to somebody inside.
    with work() as session:
        hidden = make_market(session, "Canary Street", released=False).id
    referer = {"Referer": "http://localhost/en/team/places/"}
    there, nowhere = (organizer.get(f"/en/team/places/{one}/", headers=referer) for one in (hidden, hidden + 1))
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.data == nowhere.data
    assert there.headers == nowhere.headers


def test_the_public_pages_stay_the_same_for_everybody(app, work):
    organizer = an_organizer(app, work)
    for path in ("/en/places/nowhere/", "/en/news/nothing", "/en/team/nowhere/"):
        ours, theirs = organizer.get(path), app.test_client().get(path)
        assert ours.status_code == 404
        assert ours.data == theirs.data
        assert "Cookie" not in theirs.headers.get("Vary", "")
    foreign = {"Sec-Fetch-Site": "cross-site"}
    refused = organizer.post("/en/report/", headers=foreign)
    assert refused.status_code == 403
    assert 'class="room"' not in refused.text
    assert "Cookie" not in app.test_client().get("/en/nowhere").headers.get("Vary", "")


@pytest.mark.both_databases
def test_the_number_grows_with_the_commit(app, work):
    assert current_cache_version() == 0
    for number in (1, 2):
        with work():
            renew_cache_version()
            renew_cache_version()
        assert current_cache_version() == 2 * number
    with pytest.raises(ZeroDivisionError), work():
        renew_cache_version()
        raise ZeroDivisionError
    assert current_cache_version() == 4


def test_a_release_reaches_the_page_that_is_kept(app, client, work, monkeypatch):
    monkeypatch.setattr(page_cache, "LOOK_SECONDS", 0)
    assert "Elm Street" not in client.get("/en/").text
    etag = client.get("/en/").headers["ETag"]
    assert client.get("/en/", headers={"If-None-Match": etag}).status_code == 304
    with work() as session:
        make_market(session, "Elm Street")
    assert client.get("/en/", headers={"If-None-Match": etag}).status_code == 200
    assert "Elm Street" in client.get("/en/").text


def test_an_error_has_its_status():
    for error, status in (
        (NotAllowed(), 403),
        (NotFound(), 404),
        (Refused("closed"), 409),
        (NoPage(), 404),
        (exc.OperationalError("", {}, Exception("database is locked")), 503),
        (exc.TimeoutError("no connection became free"), 503),
        (OSError("no space left"), 503),
        (ValueError(), 500),
    ):
        assert status_of(error) == status, error

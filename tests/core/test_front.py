"""What is kept before Flask is asked, for whom, and until when."""

import gzip
from secrets import token_bytes
from types import SimpleNamespace

import brotli
import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.test import Client
from werkzeug.wrappers import Response

from portal.core import page_cache

LONG = "<p>Calle Elm está tranquila.</p>" * 40


class Portal:
    """Stands for Flask, with a page cache before it: says what it is told to, and counts how often it is asked."""

    def __init__(self):
        self.asked, self.body, self.status, self.headers = 0, LONG, 200, {}
        self.shared = self.open = True
        self.meanwhile = lambda: None
        # The time on every clock; the cache version in the database, and what is wrong with that.
        self.seconds, self.number, self.failure = 1_000.0, 1, None
        self.browser = Client(page_cache.PageCache(self, self.cache_version, lambda _environ: False))

    def __call__(self, environ, start_response):
        self.asked += 1
        if self.open:
            environ["portal.open"] = True
        environ["portal.shared"] = self.shared and self.status == 200
        response = Response(self.body, status=self.status, mimetype="text/html", headers=self.headers)
        self.meanwhile()
        return response(environ, start_response)

    def cache_version(self):
        if self.failure:
            raise self.failure
        return self.number


@pytest.fixture
def portal(monkeypatch):
    made = Portal()
    monkeypatch.setattr(page_cache, "time", SimpleNamespace(monotonic=lambda: made.seconds, time=lambda: made.seconds))
    return made


def test_nothing_else_is_kept(portal, monkeypatch):
    # Nobody can see from the headers whether the page was kept ready.
    alone, whole, kept = portal.browser.head("/es/"), portal.browser.get("/es/"), portal.browser.head("/es/")
    assert (alone.data, whole.text, kept.data, portal.asked) == (b"", LONG, b"", 1)
    assert alone.headers.to_wsgi_list() == whole.headers.to_wsgi_list() == kept.headers.to_wsgi_list()
    changes = ({"shared": False}, {"headers": {"Set-Cookie": "a=b"}}, {"status": 404}, {"open": False})
    for number, change in enumerate(changes):
        usual = {name: getattr(portal, name) for name in change}
        vars(portal).update(change)
        asked = portal.asked
        assert [portal.browser.get(f"/es/{number}").text for _ in range(2)] == [LONG] * 2
        assert portal.asked == asked + 2, change
        vars(portal).update(usual)
    # A query is never answered from memory.
    portal.browser.get("/es/?page=2")
    portal.body = "another"
    assert portal.browser.get("/es/?page=2").text == "another"
    assert portal.browser.get("/es/").text == LONG
    # And no more than fit.
    portal.number, portal.seconds, asked = 2, portal.seconds + 60, portal.asked
    monkeypatch.setattr(page_cache, "MOST_PAGES", 3)
    for number in range(5):
        portal.browser.get(f"/es/{number}")
        portal.browser.get(f"/es/{number}")
    assert portal.asked == asked + 3 + 2 * 2


def test_every_browser_gets_a_coding_it_understands(portal):
    for accepted, coding, unpack in (
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("", None, bytes),
        ("identity", None, bytes),
        ("br;q=0, gzip;q=0", None, bytes),
    ):
        for _kept in (False, True):
            answer = portal.browser.get("/es/", headers={"Accept-Encoding": accepted})
            assert answer.headers.get("Content-Encoding") == coding
            assert unpack(answer.data).decode() == LONG
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert portal.asked == 1
    portal.open = False
    answer = portal.browser.get("/es/desk", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in answer.headers, "a page of members"


def test_answers_to_forms_have_whole_kilobytes(portal):
    for accepted, unpack in (("gzip, br", gzip.decompress), ("br", bytes), ("", bytes)):
        for size in (0, 1, *range(8100, 8240, 7), 40_000):
            portal.body = token_bytes(size // 2).hex()
            answer = portal.browser.post("/es/", headers={"Accept-Encoding": accepted})
            assert unpack(answer.data).decode().rstrip(" ") == portal.body
            assert len(answer.data) % 1024 == 0 and len(answer.data) >= page_cache.FEWEST["gzip"]
            assert int(answer.headers["Content-Length"]) == len(answer.data)
    portal.status = 303
    assert len(portal.browser.post("/es/", headers={"Accept-Encoding": ""}).data) == len(portal.body)


def test_what_the_browser_has_is_not_sent_again(portal):
    answers = {coding: portal.browser.get("/es/", headers={"Accept-Encoding": coding}) for coding in ("br", "gzip", "")}
    tags = {coding: answer.headers["ETag"] for coding, answer in answers.items()}
    assert len(set(tags.values())) == 3
    same = portal.browser.get("/es/", headers={"Accept-Encoding": "br", "If-None-Match": tags["br"]})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tags["br"])
    assert "Content-Length" not in same.headers
    other = portal.browser.get("/es/", headers={"Accept-Encoding": "gzip", "If-None-Match": tags["br"]})
    assert other.status_code == 200
    portal.number, portal.body = 2, "new" * 200
    portal.seconds += 1
    assert portal.browser.get("/es/", headers={"Accept-Encoding": "br", "If-None-Match": tags["br"]}).status_code == 200


def test_a_new_edition_voids_within_the_promised_time(portal):
    portal.browser.get("/es/")
    # A database that does not answer keeps the pages.
    portal.failure = OperationalError("", {}, Exception("locked"))
    portal.seconds += 1
    assert portal.browser.get("/es/").text == LONG
    portal.failure, portal.number, portal.body = None, 2, "old"
    portal.seconds += page_cache.LOOK_SECONDS + 0.01

    def publish_and_somebody_else_asks():
        # While the page is being made, another request learns of a new edition.
        portal.meanwhile = lambda: None
        portal.number = 3
        portal.seconds += 1
        portal.browser.get("/es/other")

    portal.meanwhile = publish_and_somebody_else_asks
    assert portal.browser.get("/es/").text == "old"
    portal.body = "new"
    assert portal.browser.get("/es/").text == "new"


def test_what_is_set_for_hour_is_there_on_minute(portal):
    portal.seconds = 10 * 3600 - 59.0
    portal.browser.get("/es/")
    portal.body = "released"
    portal.seconds = 10 * 3600 - 0.1
    assert portal.browser.get("/es/").text == LONG
    # A page begun before the minute is not kept beyond it.
    portal.meanwhile = lambda: setattr(portal, "seconds", 10 * 3600)
    portal.body = "begun before"
    assert portal.browser.get("/es/begun").text == "begun before"
    portal.body = "released"
    for path in ("/es/", "/es/begun"):
        assert portal.browser.get(path).text == "released"

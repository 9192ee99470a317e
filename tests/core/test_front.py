"""What is kept before Flask is asked, for whom, and until when."""

import gzip
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.test import Client
from werkzeug.wrappers import Response

from portal.core import page_cache

LONG = "<p>Calle Elm está tranquila.</p>" * 40


class Inner:
    """Stands for Flask: says what it is told to, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.body = LONG
        self.status = 200
        self.shared = True
        self.open = True
        self.headers: dict[str, str] = {}
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        self.asked += 1
        if self.open:
            environ["portal.open"] = True
        environ["portal.shared"] = self.shared and self.status == 200
        response = Response(self.body, status=self.status, mimetype="text/html", headers=self.headers)
        self.meanwhile()
        return response(environ, start_response)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        return self.seconds

    def time(self) -> float:
        return self.seconds


class CacheVersion:
    """The number in the database, and a database that may fail."""

    number = 1
    failure: Exception | None = None

    def __call__(self) -> int:
        if self.failure:
            raise self.failure
        return self.number


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(page_cache, "time", made)
    return made


@pytest.fixture
def inner() -> Inner:
    return Inner()


@pytest.fixture
def edition() -> CacheVersion:
    return CacheVersion()


@pytest.fixture
def browser(inner: Inner, edition: CacheVersion, clock: Clock) -> Client:
    return Client(page_cache.PageCache(inner, edition))


def test_a_shared_page_is_asked_for_once(browser: Client, inner: Inner) -> None:
    assert [browser.get("/es/").text for _ in range(3)] == [LONG] * 3
    assert inner.asked == 1


@pytest.mark.parametrize(
    "change", [{"shared": False}, {"headers": {"Set-Cookie": "a=b"}}, {"status": 404}, {"open": False}], ids=str
)
def test_nothing_else_is_kept(browser: Client, inner: Inner, change: dict[str, object]) -> None:
    for name, value in change.items():
        setattr(inner, name, value)
    assert [browser.get("/es/").text for _ in range(2)] == [LONG] * 2
    assert inner.asked == 2


def test_a_query_is_never_answered_from_memory(browser: Client, inner: Inner) -> None:
    browser.get("/es/?page=2")
    browser.get("/es/")
    inner.body = "another"
    assert browser.get("/es/?page=2").text == "another"
    assert browser.get("/es/").text == LONG


def test_head_has_the_headers_and_no_body(browser: Client, inner: Inner) -> None:
    alone = browser.head("/es/")
    assert (alone.data, inner.asked) == (b"", 1)
    whole = browser.get("/es/")
    kept = browser.head("/es/")
    assert kept.data == b""
    # Nobody can see from it whether the page was kept ready.
    assert alone.headers.to_wsgi_list() == whole.headers.to_wsgi_list() == kept.headers.to_wsgi_list()
    assert inner.asked == 1


@pytest.mark.parametrize(
    ("accepted", "coding", "unpack"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("", None, bytes),
        ("identity", None, bytes),
    ],
)
def test_every_browser_gets_a_coding_it_understands(browser, inner, accepted, coding, unpack) -> None:
    for _kept in (False, True):
        answer = browser.get("/es/", headers={"Accept-Encoding": accepted})
        assert answer.headers.get("Content-Encoding") == coding
        assert unpack(answer.data).decode() == LONG
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert inner.asked == 1


def test_a_refused_coding_is_not_used(browser: Client) -> None:
    for _kept in (False, True):
        answer = browser.get("/es/", headers={"Accept-Encoding": "br;q=0, gzip;q=0"})
        assert "Content-Encoding" not in answer.headers
        assert answer.text == LONG


def test_pages_of_members_are_not_compressed(browser: Client, inner: Inner) -> None:
    inner.open = False
    answer = browser.get("/es/desk", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in answer.headers


def test_what_the_browser_has_is_not_sent_again(
    browser: Client, edition: CacheVersion, clock: Clock, inner: Inner
) -> None:
    answers = {coding: browser.get("/es/", headers={"Accept-Encoding": coding}) for coding in ("br", "gzip", "")}
    tags = {coding: answer.headers["ETag"] for coding, answer in answers.items()}
    assert len(set(tags.values())) == 3
    same = browser.get("/es/", headers={"Accept-Encoding": "br", "If-None-Match": tags["br"]})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tags["br"])
    assert "Content-Length" not in same.headers
    other = browser.get("/es/", headers={"Accept-Encoding": "gzip", "If-None-Match": tags["br"]})
    assert other.status_code == 200
    edition.number, inner.body = 2, "new" * 200
    clock.seconds += 1
    assert browser.get("/es/", headers={"Accept-Encoding": "br", "If-None-Match": tags["br"]}).status_code == 200


def test_a_new_edition_voids_within_the_promised_time(browser, inner, edition, clock) -> None:
    browser.get("/es/")
    edition.number, inner.body = 2, "new"
    clock.seconds += page_cache.LOOK_SECONDS + 0.01
    assert browser.get("/es/").text == "new"


def test_what_is_set_for_hour_is_there_on_minute(browser, inner, clock) -> None:
    clock.seconds = 10 * 3600 - 59.0
    browser.get("/es/")
    inner.body = "released"
    clock.seconds = 10 * 3600 - 0.1
    assert browser.get("/es/").text == LONG
    clock.seconds = 10 * 3600
    assert browser.get("/es/").text == "released"


def test_page_begun_before_the_minute_is_not_kept_beyond(browser, inner, clock) -> None:
    clock.seconds = 10 * 3600 - 0.1
    inner.meanwhile = lambda: setattr(clock, "seconds", 10 * 3600)
    assert browser.get("/es/").text == LONG
    inner.body = "released"
    assert browser.get("/es/").text == "released"


def test_a_database_that_does_not_answer_keeps_the_pages(browser, inner, edition, clock) -> None:
    browser.get("/es/")
    edition.failure = OperationalError("", {}, Exception("locked"))
    clock.seconds += 1
    assert browser.get("/es/").text == LONG
    assert inner.asked == 1


def test_page_of_old_edition_is_never_kept_as_new(browser, inner, edition, clock) -> None:
    def publish_and_somebody_else_asks() -> None:
        # While the page is being made, another request learns of a new edition.
        inner.meanwhile = lambda: None
        edition.number = 2
        clock.seconds += 1
        browser.get("/es/other")

    inner.body = "old"
    inner.meanwhile = publish_and_somebody_else_asks
    assert browser.get("/es/").text == "old"
    inner.body = "new"
    assert browser.get("/es/").text == "new"


def test_memory_is_bounded(browser, inner, monkeypatch) -> None:
    monkeypatch.setattr(page_cache, "MOST_PAGES", 3)
    for number in range(5):
        browser.get(f"/es/{number}")
        browser.get(f"/es/{number}")
    assert inner.asked == 3 + 2 * 2

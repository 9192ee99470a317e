"""Fetching from a real server on this machine, and from nothing that it must not reach."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path

import pytest

from portal.meetings.calendars.fetching import MOST_BYTES, Fetched, Known, NotImported, fetch
from portal.meetings.calendars.hours import CalendarProblem
from tests.meetings.calendars.ics import calendar, event
from tests.meetings.calendars.server import Server, make_certificate, says, serving

FILE = calendar(event("DTSTART:20261201T180000"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server, whose certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(certificate) as found:
        yield found


def here(url: str, known: Known | None = None, seconds: float = 5) -> Fetched:
    return fetch(url, known or Known(), loopback=True, seconds=seconds)


def problem_of(url: str, **given: float) -> CalendarProblem:
    with pytest.raises(NotImported) as raised:
        here(url, **given)
    return raised.value.problem


def test_a_calendar_is_fetched_and_the_next_time_only_asked_for(server: Server) -> None:
    def reply(request: BaseHTTPRequestHandler) -> None:
        is_known = request.headers.get("If-None-Match") == '"v1"'
        says(b"" if is_known else FILE, 304 if is_known else 200, ETag='"v1"', Last_Modified="Tue, 24 Nov 2026")(
            request
        )

    server.replies["/a.ics?key=1"] = reply
    first = here(server.url("/a.ics?key=1"))
    assert first == Fetched(FILE, Known('"v1"', "Tue, 24 Nov 2026"))
    assert here(server.url("/a.ics?key=1"), first.known) == Fetched(None, first.known)
    sent = server.asked[1][1]
    assert sent["If-None-Match"] == '"v1"'
    assert sent["If-Modified-Since"] == "Tue, 24 Nov 2026"
    assert sent["Host"] == f"localhost:{server.port}"


def test_nothing_about_us_goes_along(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    server.replies["/a"] = says(b"", 302, Location="/b", Set_Cookie="a=b")
    server.replies["/b"] = says(FILE)
    assert here(server.url("/a")).content == FILE
    for _path, headers in server.asked:
        assert set(headers) == {"Host", "Accept", "Accept-Encoding", "User-Agent"}
    assert [path for path, _headers in server.asked] == ["/a", "/b"]


def test_without_the_setting_of_tests_this_machine_is_not_asked(server: Server) -> None:
    server.replies["/a"] = says(FILE)
    for host in ("localhost", "127.0.0.1", "[::1]"):
        with pytest.raises(NotImported) as raised:
            fetch(f"https://{host}/a", Known())
        assert raised.value.problem == CalendarProblem.NOT_PUBLIC
    assert server.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://192.168.1.1/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://0x0a000001/",
        "https://167772161/",
        "https://0/",
    ],
)
def test_closed_networks_are_not_asked_whatever_their_spelling(url: str) -> None:
    assert problem_of(url) in (CalendarProblem.NOT_PUBLIC, CalendarProblem.NO_HOST)


@pytest.mark.parametrize(
    ("to", "problem"),
    [
        ("https://10.0.0.1/", CalendarProblem.NOT_PUBLIC),
        ("https://169.254.169.254/", CalendarProblem.NOT_PUBLIC),
        ("http://localhost/", CalendarProblem.NOT_HTTPS),
        ("//192.168.0.1/a", CalendarProblem.NOT_PUBLIC),
        ("file:///etc/passwd", CalendarProblem.NO_ADDRESS),
        ("https://a:b@localhost/", CalendarProblem.PASSWORD),
        ("/a", CalendarProblem.REDIRECTS),
    ],
)
def test_a_redirect_leads_nowhere_else_either(server: Server, to: str, problem: CalendarProblem) -> None:
    server.replies["/a"] = says(b"", 302, Location=to)
    assert problem_of(server.url("/a")) == problem


def test_a_name_that_also_stands_for_a_closed_number_is_not_called(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a name server does that answers with two numbers, or with another one the second time."""
    asked = []

    def answers(host: str, port: int, **_kind: object) -> list[object]:
        asked.append(host)
        numbers = ("127.0.0.1", "10.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in numbers]

    server.replies["/a"] = says(FILE)
    monkeypatch.setattr(socket, "getaddrinfo", answers)
    assert problem_of(server.url("/a")) == CalendarProblem.NOT_PUBLIC
    assert asked == ["localhost"]
    assert server.asked == []


def test_the_name_is_looked_up_once_and_the_number_is_called(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = socket.getaddrinfo, []

    def answers(host: str, *rest: object, **kind: object) -> object:
        asked.append(host)
        return real(host, *rest, **kind)

    server.replies["/a"] = says(FILE)
    monkeypatch.setattr(socket, "getaddrinfo", answers)
    assert here(server.url("/a")).content == FILE
    assert asked[0] == "localhost"
    assert set(asked[1:]) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (401, CalendarProblem.NOT_ALLOWED),
        (403, CalendarProblem.NOT_ALLOWED),
        (404, CalendarProblem.NOT_THERE),
        (410, CalendarProblem.NOT_THERE),
        (304, CalendarProblem.BROKEN),
        (500, CalendarProblem.BROKEN),
        (204, CalendarProblem.BROKEN),
    ],
)
def test_an_answer_that_is_no_calendar_has_a_name(server: Server, status: int, problem: CalendarProblem) -> None:
    server.replies["/a"] = says(b"", status)
    assert problem_of(server.url("/a")) == problem


def test_what_is_too_large_is_not_taken(server: Server) -> None:
    server.replies["/said"] = says(b"x", Content_Length=str(MOST_BYTES + 1))
    assert problem_of(server.url("/said")) == CalendarProblem.TOO_LARGE

    def without_length(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        for _chunk in range(MOST_BYTES // 10_000 + 2):
            request.wfile.write(b"x" * 10_000)

    server.replies["/unsaid"] = without_length
    assert problem_of(server.url("/unsaid")) == CalendarProblem.TOO_LARGE


def test_what_is_packed_is_not_opened(server: Server) -> None:
    server.replies["/a"] = says(b"\x1f\x8b", Content_Encoding="gzip")
    assert problem_of(server.url("/a")) == CalendarProblem.PACKED


def test_half_an_answer_is_none(server: Server) -> None:
    server.replies["/a"] = says(FILE[:50], Content_Length=str(len(FILE)))
    assert problem_of(server.url("/a")) == CalendarProblem.NO_ANSWER


@pytest.mark.slow
def test_whoever_drips_is_cut_off(server: Server) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in count():
            request.wfile.write(f"X-{number}: x\r\n".encode())
            request.wfile.flush()
            if server.is_over.wait(0.1):
                return

    def drip_body(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not server.is_over.wait(0.1):
            request.wfile.write(b"x")
            request.wfile.flush()

    server.replies |= {"/head": drip, "/body": drip_body, "/silent": lambda _request: server.is_over.wait()}
    for path in server.replies:
        assert problem_of(server.url(path), seconds=1) == CalendarProblem.TOO_SLOW


def test_a_certificate_of_nobody_is_not_believed(certificate: Path) -> None:
    with serving(certificate) as server:
        server.replies["/a"] = says(FILE)
        assert problem_of(server.url("/a")) == CalendarProblem.CERTIFICATE
        assert server.asked == []


def test_nobody_there(server: Server) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert problem_of(f"https://localhost:{port}/a") == CalendarProblem.NO_ANSWER
    assert problem_of("https://no-such-name.invalid/") == CalendarProblem.NO_HOST

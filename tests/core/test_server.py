"""The web server as it is started: what it says of itself, and what it survives."""

import http.client
import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, closing, suppress

import psutil
import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from portal import server
from portal.config import ROOT
from tests.patience import HANGS, wait_for

APP = """
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

@Request.application
def app(request):
    if request.path == "/fails":
        raise ValueError
    try:
        return Response(request.form.get("what", "here"))
    except HTTPException as error:
        return error
"""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def started(tmp_path):
    """A server with one worker that answers with `APP`."""
    (tmp_path / "small.py").write_text(APP)
    with socket.socket() as probe:
        probe.bind((server.HOST, 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    command = server.command(port, 1, app="small:app")
    with subprocess.Popen(command, env=environment, cwd=tmp_path, start_new_session=True) as started:
        try:
            while not answers(port):
                assert started.poll() is None
                time.sleep(0.05)
            yield started
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)


@pytest.fixture
def port(started):
    """Where that server answers."""
    return int(started.args[started.args.index("--port") + 1])


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex((server.HOST, port)) == 0


def ask(port, path, method="GET", body=None, within=HANGS, **headers):
    with closing(http.client.HTTPConnection(server.HOST, port, timeout=within)) as connection:
        connection.request(method, path, body, FORM | headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
    return answer


def sending(port, length, *sent):
    """A connection on which a form of this length was begun."""
    connection = socket.create_connection((server.HOST, port), timeout=HANGS)
    head = f"POST / HTTP/1.1\r\nHost: here\r\nContent-Type: {FORM['Content-Type']}\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + b"".join(sent))
    return connection


def test_no_answer_names_the_server(port):
    for path, method, status in (("/", "GET", 200), ("/", "HEAD", 200), ("/fails", "GET", 500)):
        answer = ask(port, path, method)
        assert answer.status == status
        assert "granian" not in str(answer.getheaders()).lower()


def test_workers_that_are_killed_again_and_again_come_back(started, port):
    first = psutil.Process(started.pid)
    killed = set()
    while len(killed) < 8:
        for worker in first.children():
            killed.add(worker.pid)
            with suppress(psutil.NoSuchProcess):
                worker.kill()
        assert started.poll() is None
        time.sleep(0.05)
    assert wait_for(lambda: page_or_nothing(port)) == "here"
    started.send_signal(signal.SIGTERM)
    assert started.wait(HANGS) == 0


def page_or_nothing(port):
    # A killed worker takes the connections with it that it had accepted.
    with suppress(OSError, http.client.HTTPException):
        return ask(port, "/").text
    return ""


def test_slow_senders_leave_places_to_others(port):
    with ExitStack() as stack:
        slow = [stack.enter_context(sending(port, 6, b"w")) for _each in range(2 * server.PLACES)]
        large = [stack.enter_context(sending(port, 10**6, b"w")) for _each in range(2 * server.LARGE_BODIES)]
        for _again in range(3):
            assert ask(port, "/").text == "here"
            assert ask(port, "/", "POST", "what=now").text == "now"
        slow[0].sendall(b"hat=a")
        assert slow[0].recv(9999).endswith(b"a")
        # Whoever breaks off leaves a place.
        for connection in [*slow, *large]:
            connection.close()
        assert ask(port, "/", "POST", f"what={'a' * server.SMALL_BODY}").text == "a" * server.SMALL_BODY


def test_bodies_arrive_whole_however_they_are_sent(port):
    with closing(http.client.HTTPConnection(server.HOST, port, timeout=HANGS)) as connection:
        for body in ("what=one", "what=two", iter([b"what=", b"in parts"]), "what="):
            # Several on one connection.
            connection.request("POST", "/", body, FORM, encode_chunked=not isinstance(body, str))
            expected = "in parts" if not isinstance(body, str) else body[5:]
            assert connection.getresponse().read().decode() == expected
    head = f"POST / HTTP/1.1\r\nHost: here\r\nContent-Type: {FORM['Content-Type']}\r\n"
    with socket.create_connection((server.HOST, port), timeout=HANGS) as connection:
        connection.sendall(f"{head}Content-Length: 6\r\nExpect: 100-continue\r\n\r\n".encode())
        assert b"100 Continue" in connection.recv(9999)
        connection.sendall(b"what=b")
        assert connection.recv(9999).endswith(b"b")


def test_half_a_form_is_no_form(port):
    for length in (9, server.SMALL_BODY + 9):
        with sending(port, length, b"what=hal") as connection:
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(9999).startswith(b"HTTP/1.1 400"), length


def test_when_too_many_are_sending_the_next_one_is_told_at_once(monkeypatch):
    monkeypatch.setattr(server, "ARRIVING", 0)
    app = server.patient(Request.application(lambda request: Response(request.form.get("what", "here"))))
    client = Client(app)
    assert client.get("/").text == "here"
    answer = client.post("/", data={"what": "a"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


def test_the_header_is_one_and_empty():
    seen = []
    app = server.nameless(lambda _environ, start: start("200 OK", [("X-A", "b")]) or [b""])
    app({}, lambda *given: seen.append(given))
    assert seen == [("200 OK", [("X-A", "b"), ("Server", "")], None)]


def test_it_says_where_it_listens_and_that_it_stops(tmp_path):
    (tmp_path / "small.py").write_text(APP)
    with socket.socket() as probe:
        probe.bind((server.HOST, 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    command = server.command(port, 1, app="small:app")
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout.readline() == f"Listening on http://{server.HOST}:{port}\n"
            started.send_signal(signal.SIGTERM)
            assert started.stdout.read() == "Stopping …\n"
        finally:
            started.kill()


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_are_refused_with_a_sentence(monkeypatch, workers):
    monkeypatch.setattr("sys.argv", server.command(8000, workers)[2:])
    with pytest.raises(SystemExit, match="--workers must be 1 or more"):
        server.main()

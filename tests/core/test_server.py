"""The web server as it is started: what it says of itself."""

import http.client
import os
import signal
import socket
import subprocess
import time
from contextlib import closing

import pytest

from portal import server
from portal.config import ROOT
from tests.patience import HANGS

APP = """
def app(environ, start):
    if environ["PATH_INFO"] == "/fails":
        raise ValueError
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"here"]
"""


@pytest.fixture
def port(tmp_path):
    """Where a server answers with `APP`."""
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
            yield port
        finally:
            os.killpg(started.pid, signal.SIGKILL)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex((server.HOST, port)) == 0


def ask(port, path, method="GET"):
    with closing(http.client.HTTPConnection(server.HOST, port, timeout=HANGS)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        answer.read()
    return answer


def test_no_answer_names_the_server(port):
    for path, method, status in (("/", "GET", 200), ("/", "HEAD", 200), ("/fails", "GET", 500)):
        answer = ask(port, path, method)
        assert answer.status == status
        assert "granian" not in str(answer.getheaders()).lower()


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

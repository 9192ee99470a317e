"""The web server as it is started: what it says of itself, and what it survives."""

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack, closing, contextmanager, suppress

import psutil
import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from portal import server
from portal.config import ROOT
from tests.certificate import make_certificate
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


@contextmanager
def serving(folder, **given):
    """A server with one worker that answers with `APP`, and where."""
    (folder / "small.py").write_text(APP)
    [port] = free_ports(1)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{folder}"}
    command = server.command(port, 1, app="small:app")
    with subprocess.Popen(command, env=environment, cwd=folder, start_new_session=True, **given) as process:
        try:
            yield process, port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def port(tmp_path):
    with serving(tmp_path) as (process, port):
        while not answers(port):
            assert process.poll() is None
            time.sleep(0.05)
        yield port


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex((server.HOST, port)) == 0


def ask(port, path, method="GET", body=None, within=HANGS, **headers):
    with closing(http.client.HTTPConnection(server.HOST, port, timeout=within)) as connection:
        connection.request(method, path, body, FORM | headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
    return answer


def received(connection, end):
    """Read until an answer ends like this, in however many pieces it arrives."""
    data = b""
    while not data.endswith(end) and (piece := connection.recv(9999)):
        data += piece
    return data if data.endswith(end) else b""


def sending(port, length, *sent):
    """A connection on which a form of this length was begun."""
    connection = socket.create_connection((server.HOST, port), timeout=HANGS)
    head = f"POST / HTTP/1.1\r\nHost: here\r\nContent-Type: {FORM['Content-Type']}\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + b"".join(sent))
    return connection


def test_workers_that_are_killed_again_and_again_come_back(tmp_path):
    with serving(tmp_path, stdout=subprocess.PIPE, text=True) as (process, port):
        assert process.stdout.readline() == f"Listening on http://{server.HOST}:{port}\n"
        first, killed = psutil.Process(process.pid), set()
        while len(killed) < 8:
            for worker in first.children():
                killed.add(worker.pid)
                with suppress(psutil.NoSuchProcess):
                    worker.kill()
            assert process.poll() is None
            time.sleep(0.05)
        assert wait_for(lambda: page_or_nothing(port)) == "here"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read().endswith("Stopping …\n")
        assert process.wait(HANGS) == 0


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
        assert received(slow[0], b"\r\n\r\na")
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
        assert received(connection, b"\r\n\r\nb")
    # Half a form is no form.
    for length in (9, server.SMALL_BODY + 9):
        with sending(port, length, b"what=hal") as connection:
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(9999).startswith(b"HTTP/1.1 400"), length
    # No answer names the server.
    for path, method, status in (("/", "GET", 200), ("/", "HEAD", 200), ("/fails", "GET", 500)):
        answer = ask(port, path, method)
        assert answer.status == status
        assert "granian" not in str(answer.getheaders()).lower()


def test_when_too_many_are_sending_the_next_is_told(app, caplog, monkeypatch):
    monkeypatch.setattr(server, "ARRIVING", 0)
    patient = server.Patient(Request.application(lambda request: Response(request.form.get("what", "here"))))
    client = Client(patient)
    assert client.get("/").text == "here"
    answer = client.post("/", data={"what": "a"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    # One line is logged of a form that is not waited for.
    body = {"wsgi.input": server.NoRoom(), "CONTENT_LENGTH": "9"}
    kind = "application/x-www-form-urlencoded"
    answer = app.test_client().post("/en/report/", content_type=kind, environ_overrides=body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert [(record.levelname, record.event) for record in caplog.records] == [("WARNING", "request.no_room")]


# What Debian's nginx.conf has around our files.
AROUND = """
{user}
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 768; }}
http {{
    server_tokens off;
    ssl_protocols TLSv1.2 TLSv1.3;
    access_log /dev/null;
    gzip on;
    include {folder}/portal.conf;
    include {folder}/onion.conf;
}}
"""
NAME = "portal.example.org"
ONION = "ONIONADDRESS.onion"


def free_ports(count):
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _each in range(count)]
        for probe in probes:
            probe.bind((server.HOST, 0))
        return [probe.getsockname()[1] for probe in probes]


@pytest.fixture
def proxy(port, tmp_path):
    """The ports for HTTPS and for tor of an nginx with the files of `deploy/` in front of that server."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    web, tls, tor = free_ports(3)
    certificate = make_certificate(tmp_path)
    for name in ("portal.conf", "onion.conf"):
        conf = (ROOT / "deploy" / "nginx" / name).read_text()
        conf = re.sub(r"(listen (?:\[::\]:)?)(80|443)\b", lambda at: f"{at[1]}{web if at[2] == '80' else tls}", conf)
        conf = re.sub(r"/etc/letsencrypt/\S+\.pem", str(certificate), conf)
        conf = conf.replace(":8081", f":{tor}").replace(":8000", f":{port}")
        conf = conf.replace("/run/portal-bodies", f"{tmp_path}/bodies").replace("/var/log/nginx", str(tmp_path))
        (tmp_path / name).write_text(conf)
    user = "user root;" if os.getuid() == 0 else ""
    (tmp_path / "nginx.conf").write_text(AROUND.format(user=user, folder=tmp_path))
    command = [nginx, "-e", f"{tmp_path}/error.log", "-g", "daemon off;", "-c", f"{tmp_path}/nginx.conf"]
    with subprocess.Popen(command) as running:
        try:
            wait_for(lambda: running.poll() is not None or answers(tls))
            assert running.poll() is None
            yield tls, tor
        finally:
            running.terminate()


class Visitor:
    """Somebody with an address, or over a circuit of the onion service, before the proxy."""

    def __init__(self, proxy, address="127.0.0.1", circuit=None):
        tls, tor = proxy
        self.host = ONION if circuit else NAME
        self.socket = socket.create_connection((server.HOST, tor if circuit else tls), HANGS, (address, 0))
        if circuit:
            self.socket.sendall(f"PROXY TCP6 {circuit} ::1 1 80\r\n".encode())
        else:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket, server_hostname=NAME)

    def begin(self, length, path="/en/report/"):
        """Send the head of a form of this length, and a letter."""
        head = f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: {FORM['Content-Type']}\r\n"
        self.socket.sendall(f"{head}Content-Length: {length}\r\n\r\nw".encode())
        return self.socket

    def ask(self, method="GET", body=None, path="/en/report/"):
        """Return what the portal says, and close."""
        connection = http.client.HTTPConnection(self.host)
        connection.sock = self.socket
        with closing(connection):
            connection.request(method, path, body, FORM | {"Connection": "close"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()


@pytest.mark.slow
def test_slow_bodies_wait_at_proxy_and_on_no_disk(proxy, tmp_path):
    with ExitStack() as stack:
        for number in range(server.ARRIVING + 8):
            stack.enter_context(Visitor(proxy, f"127.0.0.{2 + number // 50}").begin(1000))
        for number in range(64):
            stack.enter_context(Visitor(proxy, circuit=f"fc00:dead:beef:4dad::{number:x}").begin(1000))
        large = stack.enter_context(Visitor(proxy, "127.0.0.9").begin(10**6))
        for who in ({"address": "127.0.0.1"}, {"circuit": "fc00:dead:beef:4dad::ffff"}):
            # The last is larger than what nginx keeps in its own memory.
            for words in ("now", "a" * 200_000):
                assert Visitor(proxy, **who).ask() == (200, "here")
                assert Visitor(proxy, **who).ask("POST", f"what={words}") == (200, words)
        assert (tmp_path / "bodies").is_dir()
        large.sendall(b"hat=" + b"a" * (10**6 - 5))
        assert large.recv(12) == b"HTTP/1.1 200"


@pytest.mark.slow
def test_one_address_does_not_take_all_connections(proxy):
    with ExitStack() as stack:
        for _each in range(64):
            stack.enter_context(Visitor(proxy, "127.0.0.2").begin(1000))
        assert wait_for(lambda: Visitor(proxy, "127.0.0.2").ask()[0] == 429)
        assert Visitor(proxy, "127.0.0.3").ask() == (200, "here")
        # Each circuit has its own, and files of evaluators have few.
        assert Visitor(proxy, circuit="fc00:dead:beef:4dad::2").ask() == (200, "here")
        files = "/en/team/figures/incidents/"
        for _each in range(4):
            stack.enter_context(Visitor(proxy, "127.0.0.3").begin(10**8, files))
        assert wait_for(lambda: Visitor(proxy, "127.0.0.3").ask(path=files)[0] == 429)
        assert Visitor(proxy, "127.0.0.3").ask() == Visitor(proxy, "127.0.0.4").ask(path=files) == (200, "here")

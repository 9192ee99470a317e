"""What `flask doctor check` finds at the public address: asked over TLS on this machine."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from portal.config import Environment, Settings
from portal.core.web import secure_headers
from portal.doctor import outside
from portal.doctor.findings import CheckState
from portal.doctor.outside import public_address
from tests.certificate import make_certificate

Found = dict[str, tuple[CheckState, str]]
Check = Callable[..., Found]


class FrontPage(BaseHTTPRequestHandler):
    """Answers as the portal does: with a redirect to a language."""

    status, location = 302, "/en/"
    headers_sent = secure_headers(Settings(environment=Environment.TEST))

    def do_GET(self):
        self.send_response(self.status)
        for name, value in {**self.headers_sent, "Location": self.location, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_line):
        """Say nothing."""


@pytest.fixture
def check(settings, tmp_path, monkeypatch):
    """`check(days, host=…, status=…)`: what is found at a server with such a certificate and such an answer."""
    servers = []

    def check(days=60, *, host="localhost", is_trusted=True, **answer):
        path = make_certificate(tmp_path, days, host)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Answer", (FrontPage,), answer))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_given: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        if is_trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(path))
        return found(settings, f"https://localhost:{server.server_address[1]}")

    yield check
    for server in servers:
        server.shutdown()
        server.server_close()


def found(settings, url):
    asked = settings.model_copy(update={"public_url": url})
    return {one.what: (one.state, one.says) for one in public_address(asked)}


def test_all_is_well(check):
    assert check() == {
        "public address": (CheckState.GOOD, "answers over https and leads nowhere else"),
        "certificate": (CheckState.GOOD, "good for 60 more days"),
        "security headers": (CheckState.GOOD, "all arrive"),
    }
    sent = {**FrontPage.headers_sent, "Content-Security-Policy": "default-src *"}
    del sent["Strict-Transport-Security"]
    says = "missing or changed on the way: Content-Security-Policy, Strict-Transport-Security"
    assert check(headers_sent=sent)["security headers"] == (CheckState.LOOK, says)


def test_certificate_that_ends_soon_or_browsers_refuse(check):
    for given in ({"is_trusted": False}, {"days": -1}, {"host": "elsewhere.example.org"}):
        [(what, (state, says))] = check(**given).items()
        assert (what, state) == ("certificate", CheckState.LOOK)
        assert says.startswith("browsers do not trust it: ")
    soon = (CheckState.LOOK, "good for 13 more days: does whatever renews it run?")
    assert check(13)["certificate"] == soon


def test_an_address_that_leads_elsewhere_or_is_broken(check, settings):
    elsewhere = (CheckState.LOOK, "leads to another host: look at the proxy and at the DNS")
    for location in ("https://parked.example.org/", "http://localhost/", "//localhost:1/en/"):
        assert check(location=location)["public address"] == elsewhere
    assert check(status=502)["public address"] == (CheckState.LOOK, "answers with 502: look at the proxy")
    says = "PORTAL_PUBLIC_URL did not answer this machine (ConnectionRefusedError)"
    assert found(settings, "https://localhost:1")["public address"] == (CheckState.UNCHECKED, says)
    says = "PORTAL_PUBLIC_URL is not https: only for development"
    assert found(settings, "http://localhost") == {"public address": (CheckState.GOOD, says)}
    real = settings.model_copy(update={"environment": Environment.PRODUCTION})
    assert found(real, "http://localhost") == {"public address": (CheckState.LOOK, says)}


def test_a_server_that_dawdles_holds_nothing_up(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(outside, "ALL_WITHIN", 0.3)
    path, is_over = make_certificate(tmp_path, 60), threading.Event()
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def dawdle():
            with suppress(OSError), context.wrap_socket(server.accept()[0], server_side=True) as line:
                # A byte now and then: no single wait is a long one.
                while not is_over.wait(0.05):
                    line.sendall(b"H")

        thread = threading.Thread(target=dawdle, daemon=True)
        thread.start()
        state, _says = found(settings, f"https://localhost:{server.getsockname()[1]}")["public address"]
        is_over.set()
        thread.join(5)
    assert state is CheckState.UNCHECKED

"""HTTP for the fake provider: reads requests, checks credentials, and writes answers or breaks the connection."""

from __future__ import annotations

import json
import socket
import sys
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; a `payload` of bytes is sent as is, anything else as JSON."""

    status: int
    payload: Any = None
    location: str = ""
    kind: str = "application/json"


def problem(status: int, code: int, message: str) -> Reply:
    """Return an error in Twilio's format."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Reply(status, {"code": code, "message": message, "more_info": more, "status": status})


class Answering(Protocol):
    """The object that answers requests."""

    account_sid: str
    auth_token: str

    def answer(self, method: str, path: str, query: dict[str, str], form: dict[str, str]) -> Reply | None:
        """Answer a request with valid credentials; None breaks the connection."""

    def stored(self, path: str) -> Reply:
        """Answer a request for the storage of pictures."""


class LoopbackServer(ThreadingHTTPServer):
    """A server with a thread per connection, none of which keeps the process alive."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        super().__init__((LOOPBACK, port), handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Track a connection, so that none is served after the end."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Stop tracking a connection that ends."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that was killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """Break all open connections."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """A connection."""

    provider: Answering
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _reply(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if parts.path.startswith("/_storage/"):
            self._write(self.provider.stored(parts.path) if "Authorization" not in self.headers else Reply(400))
        elif not self._is_account():
            self._write(problem(401, 20003, "Authenticate"))
        else:
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            form = dict(parse_qsl(body, keep_blank_values=True))
            self._write(self.provider.answer(self.command, parts.path, query, form))

    do_GET = do_POST = do_DELETE = _reply  # noqa: N815

    def _is_account(self) -> bool:
        expected = b64encode(f"{self.provider.account_sid}:{self.provider.auth_token}".encode())
        return compare_digest(self.headers.get("Authorization", "").encode(), b"Basic " + expected)

    def _write(self, reply: Reply | None) -> None:
        if reply is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        payload = reply.payload if isinstance(reply.payload, bytes) else json.dumps(reply.payload).encode()
        payload = b"" if reply.payload is None else payload
        try:
            self._put(reply, payload)
        except OSError:
            # The client has given up, as a late answer is meant to provoke.
            self.close_connection = True

    def _put(self, reply: Reply, payload: bytes) -> None:
        self.send_response(reply.status)
        if reply.location:
            self.send_header("Location", reply.location)
        if reply.status != 204:
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the lines would contain telephone numbers."""

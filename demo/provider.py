"""A fake provider: Twilio's endpoints on this machine, for demonstrations, tests and load runs.

`python -m demo.provider --port 8001` starts it; tests use `with Provider() as provider:`. It checks the
account's credentials, signs its calls to the portal, and keeps everything in memory. Numbers that fail are listed in
`demo.exchange`. Besides Twilio's endpoints it serves `GET /_texts?number=…&since=…` (texts delivered to a phone),
`GET /_screen?number=…` (the phone's screen, including its own texts), and `POST /_incoming` (From, Body, and optionally
To, Media in base64 and MediaType: a text from a phone).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hmac import compare_digest
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from demo.exchange import Exchange, ProviderMessage, Trick
from portal.core.telephone import sign

DEMO_ACCOUNT_SID = "AC00000000000000000000000000000000"
DEMO_AUTH_TOKEN = "the-demonstration-has-no-secret"  # noqa: S105
DEMO_NUMBER = "+15005550006"
_API_VERSION = "2010-04-01"
_ACCOUNT = re.compile(rf"/{_API_VERSION}/Accounts/(?P<account>\w+)\.json")
_MESSAGES = re.compile(rf"/{_API_VERSION}/Accounts/(?P<account>\w+)/Messages\.json")
_MESSAGE = re.compile(rf"/{_API_VERSION}/Accounts/(?P<account>\w+)/Messages/(?P<sid>\w+)\.json")
_MEDIA = re.compile(rf"/{_API_VERSION}/Accounts/(?P<account>\w+)/Messages/(?P<sid>\w+)/Media/(?P<media>\w+)")
_NUMBERS = re.compile(rf"/{_API_VERSION}/Accounts/(?P<account>\w+)/IncomingPhoneNumbers\.json")
_STORAGE = re.compile(r"/_storage/(?P<sid>\w+)/(?P<media>\w+)")
_CALL_TIMEOUT = 10
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


class LoopbackServer(ThreadingHTTPServer):
    """A server with a thread per connection, none of which keeps the process alive."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self.open: set[socket.socket] = set()
        """Connections, so that none is served after the end."""
        super().__init__((LOOPBACK, port), handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Nothing is said of a client that was killed.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    provider: Provider
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _reply(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        given = self.headers.get("Authorization", "").encode()
        account = b64encode(f"{self.provider.account_sid}:{self.provider.auth_token}".encode())
        if parts.path.startswith("/_storage/"):
            self._write(Reply(400) if given else self.provider.stored(parts.path))
        elif not compare_digest(given, b"Basic " + account):
            self._write(problem(401, 20003, "Authenticate"))
        else:
            query, form = (dict(parse_qsl(pairs, keep_blank_values=True)) for pairs in (parts.query, body))
            self._write(self.provider.answer(self.command, parts.path, query, form))

    do_GET = do_POST = do_DELETE = _reply  # noqa: N815

    def _write(self, reply: Reply | None) -> None:
        if reply is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        payload = reply.payload if isinstance(reply.payload, bytes) else json.dumps(reply.payload).encode()
        payload = b"" if reply.payload is None else payload
        try:
            self.send_response(reply.status)
            if reply.location:
                self.send_header("Location", reply.location)
            if reply.status != 204:
                self.send_header("Content-Type", reply.kind)
                self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
        except OSError:
            # The client has given up, as a late answer is meant to provoke.
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the lines would contain telephone numbers."""


class Provider:
    """The fake provider on a local port.

    `late` and `slow` are delays of answers in seconds, beyond and within the client's timeout; `told_after` is the
    delay of callbacks. `webhook_url` receives the texts from phones.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        account_sid: str = DEMO_ACCOUNT_SID,
        auth_token: str = DEMO_AUTH_TOKEN,
        number: str = DEMO_NUMBER,
        webhook_url: str = "",
        late: float = 20,
        slow: float = 1,
        told_after: float = 0,
    ) -> None:
        self.account_sid, self.auth_token, self.number = account_sid, auth_token, number
        self.webhook_url = webhook_url
        self.numbers = [number]
        """The numbers of the account."""
        self.application_sid = ""
        self.late, self.slow, self.told_after = late, slow, told_after
        self.exchange = Exchange()
        self._closing = threading.Event()
        self._callers = ThreadPoolExecutor(8, thread_name_prefix="provider-call")
        self._server = LoopbackServer(port, type("Handler", (Handler,), {"provider": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    @property
    def sent(self) -> list[ProviderMessage]:
        return self.exchange.sent

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop answering; running callbacks are finished."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self._server.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._callers.shutdown(wait=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def serve(self) -> None:
        self.start()
        try:
            self._thread.join()
        except KeyboardInterrupt:
            self.close()

    def text_in(self, sender: str, body: str, pictures: Iterable[tuple[str, bytes]] = (), to: str = "") -> int:
        """Send the portal a text from a phone; return the HTTP status, or 0 without an answer."""
        to = to or self.number
        message, did = self.exchange.come_in(sender, to, body, pictures)
        form = {
            **self._names(message),
            "From": sender, "To": to, "Body": body, "NumSegments": "1", "NumMedia": str(len(message.pictures)),
            "FromCity": "SPRINGFIELD", "FromState": "XX", "FromZip": "00000", "FromCountry": "US",
        }  # fmt: skip
        if did:
            form["OptOutType"] = did
        for number, (media, (kind, _)) in enumerate(message.pictures.items()):
            form[f"MediaUrl{number}"] = f"{self.url}{self._path(message)}/Media/{media}"
            form[f"MediaContentType{number}"] = kind
        return self.call(self.webhook_url, form)

    def call(self, url: str, form: Mapping[str, str]) -> int:
        """Post a signed form; return the HTTP status, or 0 without an answer."""
        signature = sign(self.auth_token, url, form)
        request = Request(url, urlencode(form).encode(), {"X-Twilio-Signature": signature})  # noqa: S310
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=_CALL_TIMEOUT) as response:
                response.read()
                return int(response.status)
        except URLError as error:
            return int(getattr(error, "code", 0))
        # Also one that broke off in the middle.
        except (OSError, ValueError, HTTPException):
            return 0

    def _names(self, message: ProviderMessage) -> dict[str, str]:
        account = {"AccountSid": self.account_sid, "ApiVersion": _API_VERSION}
        return {"MessageSid": message.sid, "SmsSid": message.sid, **account}

    def _tell(self, message: ProviderMessage) -> None:
        """Move a text through its states, calling back at each."""
        self._closing.wait(self.told_after)
        for status in message.states():
            self.exchange.move(message, status)
            if message.callback_url:
                states = {"MessageStatus": status, "SmsStatus": status}
                form = {**self._names(message), "From": message.sender, "To": message.to, **states}
                self.call(
                    message.callback_url, form | ({"ErrorCode": str(code)} if (code := message.error_code) else {})
                )

    def answer(self, method: str, path: str, query: dict[str, str], form: dict[str, str]) -> Reply | None:
        """Answer a request with valid credentials; None breaks the connection."""
        if _ACCOUNT.fullmatch(path):
            return Reply(200, {"sid": self.account_sid, "status": "active"})
        if _MESSAGES.fullmatch(path):
            return self._create(form) if method == "POST" else self._list(path, query)
        if text := _MESSAGE.fullmatch(path):
            return self._one(method, text["sid"])
        if media := _MEDIA.fullmatch(path):
            return self._media(method, media["sid"], media["media"])
        if _NUMBERS.fullmatch(path):
            return self._owned(query.get("PhoneNumber"))
        if path == "/_texts":
            return self._shown(query.get("number", ""), int(query.get("since") or 0))
        if path == "/_screen":
            lines = self.exchange.screen(query.get("number", ""))
            return Reply(200, {"lines": [asdict(line) for line in lines]})
        if path == "/_incoming" and method == "POST":
            pictures = [(form["MediaType"], b64decode(form["Media"]))] if form.get("Media") else []
            status = self.text_in(form["From"], form.get("Body", ""), pictures, form.get("To", ""))
            return Reply(200, {"status": status})
        return problem(404, 20404, "The requested resource was not found")

    def _create(self, form: dict[str, str]) -> Reply | None:
        to, *more = (form.get(name, "") for name in ("To", "From", "Body", "StatusCallback"))
        magic, message = self.exchange.hand_in(to, *more)
        if message is not None:
            self._callers.submit(self._tell, message)
        match magic.trick:
            case Trick.LATE_TAKEN | Trick.LATE_LOST if message is None or magic.trick is Trick.LATE_TAKEN:
                self._closing.wait(self.late)
            case Trick.CUT_TAKEN | Trick.CUT_LOST if message is None or magic.trick is Trick.CUT_TAKEN:
                return None
            case Trick.SLOW:
                self._closing.wait(self.slow)
        if message is not None:
            return Reply(201, self._shape(message))
        if magic.trick is Trick.REFUSE:
            return problem(400, magic.code or 21211, f"Unable to create record for 'To' number {to}")
        if magic.trick is Trick.BUSY_TWICE:
            return problem(429, 20429, "Too Many Requests")
        return problem(500, 20500, "An internal server error has occurred")

    def _list(self, path: str, query: dict[str, str]) -> Reply:
        since, before = (
            datetime.fromisoformat(query[name]).replace(tzinfo=UTC) if name in query else None
            for name in ("DateSent>", "DateSent<")
        )
        messages = self.exchange.find(query.get("To"), query.get("From"), since, before)
        page, size = int(query.get("Page") or 0), int(query.get("PageSize") or 50)
        shown = messages[page * size : (page + 1) * size]
        more = len(messages) > (page + 1) * size
        following = f"{path}?{urlencode({**query, 'Page': page + 1, 'PageSize': size})}" if more else None
        shapes = [self._shape(message) for message in shown]
        pages = {"page": page, "page_size": size, "next_page_uri": following, "uri": path}
        return Reply(200, {"messages": shapes, **pages})

    def _one(self, method: str, sid: str) -> Reply:
        message = self.exchange.get(sid)
        if message is None:
            return problem(404, 20404, f"{sid} was not found")
        if method != "DELETE":
            return Reply(200, self._shape(message))
        if self.exchange.erase(sid):
            return Reply(204)
        return problem(409, 20009, "Cannot delete this resource before it is complete")

    def _owned(self, wanted: str | None) -> Reply:
        """Return how the numbers of the account are set up; only the one that was asked for, if one was."""
        shape = {
            "sid": "PN" + "0" * 32, "account_sid": self.account_sid,
            "sms_url": self.webhook_url, "sms_method": "POST", "sms_application_sid": self.application_sid,
            "capabilities": {"sms": True, "mms": True, "voice": False, "fax": False},
        }  # fmt: skip
        numbers = [{**shape, "phone_number": number} for number in self.numbers if wanted in {None, number}]
        return Reply(200, {"incoming_phone_numbers": numbers, "page": 0, "page_size": 50, "next_page_uri": None})

    def _media(self, method: str, sid: str, media: str) -> Reply:
        message = self.exchange.get(sid)
        if message is None or media not in message.pictures:
            return problem(404, 20404, f"{media} was not found")
        if method == "DELETE":
            del message.pictures[media]
            return Reply(204)
        return Reply(307, location=f"{self.url}/_storage/{sid}/{media}")

    def stored(self, path: str) -> Reply:
        """Return a picture from the storage, which requires no credentials."""
        picture = _STORAGE.fullmatch(path)
        message = self.exchange.get(picture["sid"]) if picture else None
        if picture is None or message is None or picture["media"] not in message.pictures:
            return problem(404, 20404, "The requested resource was not found")
        kind, content = message.pictures[picture["media"]]
        return Reply(200, content, kind=kind)

    def _shown(self, number: str, since: int) -> Reply:
        shown = self.exchange.delivered(number, since)
        texts = [{"n": message.order, "body": message.body} for message in shown]
        return Reply(200, {"texts": texts, "last": shown[-1].order if shown else since})

    def _path(self, message: ProviderMessage) -> str:
        return f"/{_API_VERSION}/Accounts/{self.account_sid}/Messages/{message.sid}"

    def _shape(self, message: ProviderMessage) -> dict[str, Any]:
        return {
            "sid": message.sid, "account_sid": self.account_sid, "api_version": _API_VERSION, "to": message.to,
            "from": message.sender, "body": message.body, "status": message.status, "direction": message.direction,
            "error_code": message.error_code, "error_message": None, "num_segments": "1",
            "num_media": str(len(message.pictures)), "date_created": format_datetime(message.created_at),
            "date_updated": format_datetime(message.sent_at or message.created_at),
            "date_sent": format_datetime(message.sent_at) if message.sent_at else None,
            "messaging_service_sid": None, "price": None, "price_unit": "USD", "subresource_uris": {},
            "uri": f"{self._path(message)}.json",
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake provider of text messages, for demonstrations and tests.")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--account-sid", default=os.environ.get("PORTAL_TWILIO_ACCOUNT_SID") or DEMO_ACCOUNT_SID)
    parser.add_argument("--number", default=os.environ.get("PORTAL_SMS_NUMBER") or DEMO_NUMBER)
    parser.add_argument("--webhook", default="", help="the portal's address for texts that come in")
    parser.add_argument("--late", type=float, default=20, help="seconds after which a late answer comes")
    given = parser.parse_args()
    token = os.environ.get("PORTAL_TWILIO_AUTH_TOKEN") or DEMO_AUTH_TOKEN
    try:
        account = {"account_sid": given.account_sid, "auth_token": token, "number": given.number}
        provider = Provider(given.port, **account, webhook_url=given.webhook, late=given.late)
    except OSError:
        sys.exit(f"Port {given.port} is in use: give another one with --port.")
    print(f"Fake provider at {provider.url}", flush=True)
    provider.serve()


if __name__ == "__main__":
    main()

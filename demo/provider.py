"""A fake provider: Twilio's endpoints on this machine, for demonstrations, tests and load runs.

`python -m demo.provider --port 8001` starts it; tests use `with Provider() as provider:`. It checks the
account's credentials, signs its calls to the portal, and keeps everything in memory. Numbers that fail are listed in
`demo.exchange`. Besides Twilio's endpoints it serves `GET /_screen?number=…` (a phone's screen, including its own
texts) and `POST /_incoming` (From, Body, and optionally To, Media in base64 and MediaType: a text from a phone).
"""

from __future__ import annotations

import argparse
import os
import socket
import threading
from base64 import b64decode
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import format_datetime
from http.client import HTTPException
from typing import Any, Self
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from flask import Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import WSGIRequestHandler, make_server

from demo.exchange import Exchange, ProviderMessage, Trick
from portal.core.telephone import sign

DEMO_ACCOUNT_SID = "AC00000000000000000000000000000000"
DEMO_AUTH_TOKEN = "the-demonstration-has-no-secret"  # noqa: S105
DEMO_NUMBER = "+15005550006"
_API_VERSION = "2010-04-01"
_CALL_TIMEOUT = 10
LOOPBACK = "127.0.0.1"
STORAGE = "/_storage/"


def problem(status: int, code: int, message: str) -> tuple[dict[str, Any], int]:
    """Return an error in Twilio's format."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "message": message, "more_info": more, "status": status}, status


class SilentHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
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
        self.application_sid = ""
        self.late, self.slow, self.told_after = late, slow, told_after
        self.exchange = Exchange()
        self._closing = threading.Event()
        self._callers = ThreadPoolExecutor(8, thread_name_prefix="provider-call")
        self.server = make_server(LOOPBACK, port, self._app(), threaded=True, request_handler=SilentHandler)

    def _app(self) -> Flask:
        app, account = Flask("demo.provider"), f"/{_API_VERSION}/Accounts/{self.account_sid}"
        message = f"{account}/Messages/<sid>"
        # By name, so that a test may put another answer in its place.
        app.before_request(lambda: self.admit())  # noqa: PLW0108
        app.get(f"{account}.json")(self._status)
        app.get(f"{account}/IncomingPhoneNumbers.json")(self._owned)
        app.get(f"{account}/Messages.json")(self._list)
        app.post(f"{account}/Messages.json")(self._create)
        app.route(f"{message}.json", methods=["GET", "DELETE"])(self._one)
        app.route(f"{message}/Media/<media>", methods=["GET", "DELETE"])(self._media)
        app.get(f"{STORAGE}<sid>/<media>")(self._media)
        app.get("/_screen")(self._screen)
        app.post("/_incoming")(self._incoming)
        return app

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server.port}"

    def start(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def close(self) -> None:
        """Stop answering; running callbacks are finished."""
        self._closing.set()
        self.server.shutdown()
        self._callers.shutdown(wait=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
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

    def admit(self) -> ResponseReturnValue | None:
        """Return an error unless the credentials are right; the storage of pictures requires that there are none."""
        given = request.authorization
        if request.path.startswith(STORAGE):
            return ("", 400) if given else None
        if given is None or (given.username, given.password) != (self.account_sid, self.auth_token):
            return problem(401, 20003, "Authenticate")
        return None

    def _status(self) -> ResponseReturnValue:
        return {"sid": self.account_sid, "status": "active"}

    def _screen(self) -> ResponseReturnValue:
        return {"lines": [asdict(line) for line in self.exchange.screen(request.args["number"])]}

    def _incoming(self) -> ResponseReturnValue:
        form = request.form
        pictures = [(form["MediaType"], b64decode(form["Media"]))] if "Media" in form else []
        return {"status": self.text_in(form["From"], form.get("Body", ""), pictures, form.get("To", ""))}

    def _create(self) -> ResponseReturnValue:
        to, *more = (request.form.get(name, "") for name in ("To", "From", "Body", "StatusCallback"))
        magic, message = self.exchange.hand_in(to, *more)
        if message is not None:
            self._callers.submit(self._tell, message)
        match magic.trick:
            case Trick.LATE_TAKEN | Trick.LATE_LOST if message is None or magic.trick is Trick.LATE_TAKEN:
                self._closing.wait(self.late)
            case Trick.CUT_TAKEN | Trick.CUT_LOST if message is None or magic.trick is Trick.CUT_TAKEN:
                request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            case Trick.SLOW:
                self._closing.wait(self.slow)
        if message is not None:
            return self._shape(message), 201
        if magic.trick is Trick.REFUSE:
            return problem(400, magic.code or 21211, f"Unable to create record for 'To' number {to}")
        if magic.trick is Trick.BUSY_TWICE:
            return problem(429, 20429, "Too Many Requests")
        return problem(500, 20500, "An internal server error has occurred")

    def _list(self) -> ResponseReturnValue:
        query = request.args
        since, before = (
            datetime.fromisoformat(query[name]).replace(tzinfo=UTC) if name in query else None
            for name in ("DateSent>", "DateSent<")
        )
        messages = self.exchange.find(query.get("To"), query.get("From"), since, before)
        page, size = query.get("Page", 0, int), query.get("PageSize", 50, int)
        shown = messages[page * size : (page + 1) * size]
        more = len(messages) > (page + 1) * size
        following = f"{request.path}?{urlencode({**query, 'Page': page + 1, 'PageSize': size})}" if more else None
        pages = {"page": page, "page_size": size, "next_page_uri": following, "uri": request.path}
        return {"messages": [self._shape(message) for message in shown], **pages}

    def _one(self, sid: str) -> ResponseReturnValue:
        message = self.exchange.get(sid)
        if message is None:
            return problem(404, 20404, f"{sid} was not found")
        if request.method == "GET":
            return self._shape(message)
        if self.exchange.erase(sid):
            return "", 204
        return problem(409, 20009, "Cannot delete this resource before it is complete")

    def _owned(self) -> ResponseReturnValue:
        """Return how the number of the account is set up, unless another one was asked for."""
        number = {
            "sid": "PN" + "0" * 32, "account_sid": self.account_sid, "phone_number": self.number,
            "sms_url": self.webhook_url, "sms_method": "POST", "sms_application_sid": self.application_sid,
            "capabilities": {"sms": True, "mms": True, "voice": False, "fax": False},
        }  # fmt: skip
        numbers = [number] if request.args.get("PhoneNumber") in {None, self.number} else []
        return {"incoming_phone_numbers": numbers, "page": 0, "page_size": 50, "next_page_uri": None}

    def _media(self, sid: str, media: str) -> ResponseReturnValue:
        """Return where a picture lies, or from there the picture."""
        message = self.exchange.get(sid)
        if message is None or media not in message.pictures:
            return problem(404, 20404, f"{media} was not found")
        if request.path.startswith(STORAGE):
            kind, content = message.pictures[media]
            return Response(content, content_type=kind)
        if request.method == "DELETE":
            del message.pictures[media]
            return "", 204
        return redirect(f"{self.url}{STORAGE}{sid}/{media}", 307)

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
    parser.add_argument("--webhook", default="", help="the portal's address for texts that come in")
    given = parser.parse_args()
    provider = Provider(
        given.port,
        account_sid=os.environ.get("PORTAL_TWILIO_ACCOUNT_SID") or DEMO_ACCOUNT_SID,
        auth_token=os.environ.get("PORTAL_TWILIO_AUTH_TOKEN") or DEMO_AUTH_TOKEN,
        number=os.environ.get("PORTAL_SMS_NUMBER") or DEMO_NUMBER,
        webhook_url=given.webhook,
    )
    print(f"Fake provider at {provider.url}", flush=True)
    provider.server.serve_forever()


if __name__ == "__main__":
    main()

"""The telephone: sends texts, asks about their delivery, fetches pictures, and verifies the provider's signature.

Only this module imports twilio, and late. Its exceptions and log lines can contain numbers and URLs, so none leaves it:
failures are an `Outcome`, or raised as `Unreachable` or `PictureRefused`, which hold at most a reason and a code.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property, partial
from ipaddress import ip_address
from typing import Any, NamedTuple, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

import click

from portal.core.clock import now
from portal.core.jobs.retries import Failed, Outcome, Retry, Sent, Unknown, Unreachable


class ProviderStatus(NamedTuple):
    status: str
    code: int | None = None


class KeptText(NamedTuple):
    sid: str
    came_in: bool


class PictureRefused(Exception):
    """The picture is not at the provider, is too large, or is gone; trying again is useless."""


class PictureTooLarge(PictureRefused):
    """It is larger than was asked for."""


OPTED_OUT = 21610
OPTED_OUT_REASON = "opted out"
_NEVER = {
    21211: "invalid number",
    21408: "region not permitted",
    OPTED_OUT: OPTED_OUT_REASON,
    21612: "no way to this number",
    21614: "not a mobile number",
    21617: "too long",
    30003: "handset unreachable",
    30004: "blocked",
    30005: "unknown handset",
    30006: "landline or unreachable carrier",
    30007: "filtered by a carrier",
    30034: "sender not registered",
}
_FEW_TIMES = {30008: "unknown carrier error", 30500: "carrier unavailable"}
BUSY = {429, 20429}
_LOST_ON_THE_WAY = {502, 504}
CREDENTIALS = {401, 403}


def judge(status: int | None, code: int | None) -> Retry | Failed | Unknown:
    """Return the outcome for an HTTP status and a provider's code (of a response or of a status callback)."""
    if code in _NEVER:
        return Failed(_NEVER[code], code, opted_out=code == OPTED_OUT)
    if code in _FEW_TIMES:
        return Retry(_FEW_TIMES[code], code, few=True)
    if status in BUSY or code in BUSY:
        return Retry("busy", code)
    if status in _LOST_ON_THE_WAY:
        # A gateway gave up waiting; the server behind it may have accepted the text.
        return Unknown("no answer through a gateway")
    if status is not None and status >= 500:
        return Retry("provider error", code)
    if status in CREDENTIALS:
        # An operator can fix this, and then the text should still go out.
        return Retry("credentials refused", code)
    return Failed("refused", code)


def reason_of(code: int | None) -> str:
    """Return why a text was not delivered, in the words of `judge()`."""
    return _NEVER.get(code or 0) or _FEW_TIMES.get(code or 0) or "refused"


class SentText(NamedTuple):
    sid: str
    to: str
    body: str
    sender: str
    at: datetime


class MemoryTelephone:
    """Keeps texts in memory, as a provider would to which each was sent; nothing comes in."""

    def __init__(self) -> None:
        self.sent: list[SentText] = []

    def send(self, to: str, body: str, callback_url: str, valid_for: timedelta, sender: str = "") -> Outcome:
        self.sent.append(SentText(f"SM{secrets.token_hex(16)}", to, body, sender, now()))
        return Sent(self.sent[-1].sid)

    def find(self, to: str, body: str, since: datetime, known: Collection[str] = ()) -> str | None:
        sids = (text.sid for text in self.sent if (text.to, text.body) == (to, body) and text.at >= since)
        return next((sid for sid in sids if sid not in known), None)

    def state_of(self, sid: str) -> ProviderStatus | None:
        return ProviderStatus("sent")

    def text_of(self, sid: str) -> tuple[str, str] | None:
        return next(((text.to, text.body) for text in self.sent if text.sid == sid), None)

    def kept_texts(self, number: str, before: datetime) -> list[KeptText]:
        return []

    def time(self) -> datetime:
        raise Unreachable("this machine")

    def fetch_picture(self, url: str, most_bytes: int) -> bytes:
        raise PictureRefused("gone")

    def erase(self, sid: str) -> bool:
        self.sent = [text for text in self.sent if text.sid != sid]
        return True

    def erase_picture(self, url: str) -> bool:
        return True


class ConsoleTelephone(MemoryTelephone):
    """Prints the texts that it would send. For development only: it shows numbers and contents."""

    def send(self, to: str, body: str, callback_url: str, valid_for: timedelta, sender: str = "") -> Outcome:
        click.echo(f"--- text to {to} ---\n{body}\n---")
        return super().send(to, body, callback_url, valid_for, sender)


# --- Twilio ---

_API = "https://api.twilio.com"
_GONE = 404
_STILL_UNDER_WAY = 409
_LONGEST_VALIDITY = timedelta(hours=10)
_CLOCK_SLACK = timedelta(minutes=3)
"""By how much a worker's clock may be ahead: more than a lease, which two workers would not keep by then anyway."""
_MOST_LISTED = 100
_MOST_KEPT = 1_000
_MOST_REDIRECTS = 3
_TRIAL_PREFIX = "Sent from your Twilio trial account - "
_CHUNK = 64 * 1024


class TwilioTelephone:
    """Twilio, or a compatible API at `api_base` (https, unless it is on this machine). Numbers are E.164."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        from_number: str,
        api_base: str | None = None,
        timeout: float = 10,
    ) -> None:
        self._auth = account_sid, auth_token
        self._from = from_number
        self._api = urlsplit((api_base or _API).rstrip("/"))
        if self._api.scheme != "https" and not _is_this_machine(self._api):
            raise ValueError("the provider's address must begin with https://")
        self._timeout = timeout
        # Below these levels they log URLs with numbers; urllib3 warns with them when it retries.
        logging.getLogger("twilio").setLevel(logging.WARNING)
        logging.getLogger("urllib3").setLevel(logging.ERROR)

    @cached_property
    def _client(self) -> Any:
        # Imported late: it costs a tenth of a second and 25 MB, and web processes never send.
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        http = TwilioHttpClient(timeout=self._timeout)
        http.session.trust_env = not _is_this_machine(self._api)
        client = Client(*self._auth, http_client=http)
        client.api.base_url = self._api.geturl()
        return client

    def send(self, to: str, body: str, callback_url: str, valid_for: timedelta, sender: str = "") -> Outcome:
        """Send a text from our first number or `sender`; the provider reports its states until it gives up."""
        seconds = int(max(timedelta(seconds=1), min(valid_for, _LONGEST_VALIDITY)).total_seconds())
        message = self._ask(
            lambda: self._client.messages.create(
                to=to, from_=sender or self._from, body=body, status_callback=callback_url, validity_period=seconds
            )
        )
        if isinstance(message, TwilioTrouble):
            return message.outcome
        return Sent(message.sid) if message.sid else Unknown("answer not understood")

    def find(self, to: str, body: str, since: datetime, known: Collection[str] = ()) -> str | None:
        """Return the sid of this very text if it was sent since then and isn't in `known`. Raises `Unreachable`."""
        # No filter by date: the provider filters by the date of sending, which a queued text does not have yet.
        messages = _must(self._ask(lambda: self._client.messages.list(to=to, limit=_MOST_LISTED)))
        earliest = since - _CLOCK_SLACK
        for message in messages:
            if isinstance(judge(None, message.error_code), Retry):
                # An earlier attempt, which was not delivered: this message is the next one.
                continue
            same = (message.body or "").removeprefix(_TRIAL_PREFIX).strip() == body.strip()
            if same and message.sid not in known and (message.date_created or since) >= earliest:
                return str(message.sid)
        return None

    def state_of(self, sid: str) -> ProviderStatus | None:
        """Return the status of a text, None if the provider has no such text. Raises `Unreachable`."""
        text = self._text(sid)
        return ProviderStatus(text.status, text.error_code) if text else None

    def text_of(self, sid: str) -> tuple[str, str] | None:
        """Return to whom a text went and its words, None if the provider has no such text. Raises `Unreachable`."""
        text = self._text(sid)
        return (str(text.to), (text.body or "").removeprefix(_TRIAL_PREFIX)) if text else None

    def _text(self, sid: str) -> Any:
        message = self._ask(lambda: self._client.messages(sid).fetch())
        is_gone = isinstance(message, TwilioTrouble) and message.status == _GONE
        return None if is_gone else _must(message)

    def kept_texts(self, number: str, before: datetime) -> list[KeptText]:
        """Return what is still kept of texts from and to our number, sent before then. Raises `Unreachable`."""
        which = {"date_sent_before": before, "limit": _MOST_KEPT}
        came = _must(self._ask(lambda: self._client.messages.list(to=number, **which)))
        went = _must(self._ask(lambda: self._client.messages.list(from_=number, **which)))
        # The filter may go by whole days.
        early = [message for message in (*came, *went) if message.date_created and message.date_created <= before]
        return [KeptText(str(message.sid), came_in=message.direction == "inbound") for message in early]

    def time(self) -> datetime:
        """Return the time by the provider's clock. Raises `Unreachable`, also if the provider is this machine."""
        if self._api.scheme != "https":
            raise Unreachable("this machine")
        address = self._api.geturl()
        head = partial(self._client.http_client.session.head, address, timeout=self._timeout, allow_redirects=False)
        return _must(self._ask(lambda: parsedate_to_datetime(head().headers["Date"])))

    def account_status(self) -> str:
        """Return the provider's state of our account, such as active or suspended. Raises `Unreachable`."""
        return str(_must(self._ask(lambda: self._client.api.accounts(self._auth[0]).fetch())).status)

    def setup_of(self, number: str) -> NumberSetup | None:
        """Return how a number of the account is set up, None if the account lacks it. Raises `Unreachable`."""
        listed = _must(self._ask(lambda: self._client.incoming_phone_numbers.list(phone_number=number, limit=1)))
        if not listed:
            return None
        ours = listed[0]
        can = ours.capabilities or {}
        return NumberSetup(
            can_text=bool(can.get("sms")),
            can_picture=bool(can.get("mms")),
            url=ours.sms_url or "",
            method=ours.sms_method or "",
            has_application=bool(ours.sms_application_sid),
        )

    def numbers_led_to(self, url: str) -> list[str]:
        """Return the account's numbers whose texts go to this address. Raises `Unreachable`."""
        owned = _must(self._ask(lambda: self._client.incoming_phone_numbers.list(limit=_MOST_KEPT)))
        return [one.phone_number for one in owned if one.sms_url == url and not one.sms_application_sid]

    def erase(self, sid: str) -> bool:
        """Delete a text at the provider; False while it is still under way. Raises `Unreachable`."""
        answer = self._ask(lambda: self._client.messages(sid).delete())
        if isinstance(answer, TwilioTrouble) and answer.status in {_GONE, _STILL_UNDER_WAY}:
            return answer.status == _GONE
        return bool(_must(answer))

    def erase_picture(self, url: str) -> bool:
        """Delete a picture at the provider; False to try again. Raises `PictureRefused`, `Unreachable`."""
        answer = self._request("DELETE", self._checked(url, with_credentials=True), with_credentials=True)
        return answer.status in {200, 204, _GONE}

    def fetch_picture(self, url: str, most_bytes: int) -> bytes:
        """Return a picture that came with a text. Raises `PictureRefused` or `Unreachable`."""
        address = self._checked(url, with_credentials=True)
        for hop in range(_MOST_REDIRECTS):
            answer = self._request("GET", address, with_credentials=hop == 0, most_bytes=most_bytes)
            if answer.location is None:
                break
            address = self._checked(urljoin(address, answer.location), with_credentials=False)
        else:
            raise PictureRefused("too many redirects")
        if answer.status != 200:
            raise PictureRefused("gone")
        if answer.body is None:
            raise PictureTooLarge
        return answer.body

    def _checked(self, url: str, with_credentials: bool) -> str:
        """Return the URL if it is the provider's: a forged one could make us call any host, or send it our secret."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise PictureRefused("not an address") from None
        is_usual = parts.scheme == "https" and port in {None, 443}
        # The provider's API redirects to these hosts for pictures.
        at_amazon = host == "s3-external-1.amazonaws.com" and parts.path.startswith("/media.twiliocdn.com/")
        is_storage = is_usual and (host.endswith(".twiliocdn.com") or at_amazon)
        is_ours = (parts.scheme, host, port) == (self._api.scheme, self._api.hostname, self._api.port)
        if parts.username is not None or not (is_ours or (is_storage and not with_credentials)):
            raise PictureRefused("not the provider's address")
        return url

    def _request(self, method: str, url: str, with_credentials: bool, most_bytes: int = 0) -> PictureAnswer:
        # Not None, which would let a .netrc file add credentials.
        auth = self._auth if with_credentials else lambda request: request
        options = {"auth": auth, "timeout": self._timeout, "allow_redirects": False, "stream": True}

        def answered() -> PictureAnswer:
            with self._client.http_client.session.request(method, url, **options) as response:
                location = response.headers.get("Location") if response.is_redirect else None
                body: bytes | None = b""
                for chunk in response.iter_content(_CHUNK):
                    body = (body or b"") + chunk
                    if len(body) > most_bytes:
                        body = None
                        break
                return PictureAnswer(response.status_code, location, body)

        answer = _must(self._ask(answered))
        if answer.status >= 500 or answer.status in BUSY | CREDENTIALS:
            raise Unreachable("provider error")
        return answer

    def _ask(self, question: Callable[[], Answer]) -> Answer | TwilioTrouble:
        """Return the answer, or the trouble without request data."""
        from twilio.base.exceptions import TwilioException

        status: int | None = None
        try:
            return question()
        except TwilioException as error:
            if status := getattr(error, "status", None):
                code = getattr(error, "code", None)
                return TwilioTrouble(judge(status, None if code == status else code), status)
        except OSError as error:
            # Whatever the library's HTTP client raises is one.
            return TwilioTrouble(_lost(error))
        except (ValueError, LookupError, TypeError, AttributeError):
            # The response is not in the form that the library expects.
            pass
        return TwilioTrouble(Unknown("answer not understood"))


Telephone = TwilioTelephone | MemoryTelephone
Answer = TypeVar("Answer")


class TwilioTrouble(NamedTuple):
    """The reason why there is no answer, and the HTTP status if there was one."""

    outcome: Retry | Failed | Unknown
    status: int | None = None


class NumberSetup(NamedTuple):
    """What one of our numbers can do, and where the provider sends what comes in."""

    can_text: bool
    can_picture: bool
    url: str
    method: str
    has_application: bool
    """An application at the provider decides where texts go, and `url` is not used."""


class PictureAnswer(NamedTuple):
    """A response; `body` is None if it was larger than allowed."""

    status: int
    location: str | None
    body: bytes | None


def _must(answer: Answer | TwilioTrouble) -> Answer:
    if isinstance(answer, TwilioTrouble):
        raise Unreachable(answer.outcome.reason)
    return answer


def _lost(error: OSError) -> Retry | Unknown:
    """Classify a lost connection: `Unknown` if the request can have arrived before it failed."""
    from urllib3.exceptions import ConnectTimeoutError, ProxyError, SSLError

    cause = error.args[0] if error.args else None
    if isinstance(getattr(cause, "reason", cause), ConnectTimeoutError | ProxyError | SSLError):
        return Retry("no connection")
    return Unknown("no answer")


def _is_this_machine(parts: SplitResult) -> bool:
    try:
        return parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def signature_valid(
    tokens: Sequence[str], public_url: str, path_and_query: str, form: Mapping[str, Any], header: str | None
) -> bool:
    """Return whether the provider signed this request with one of `tokens` (two while they are rotated).

    `public_url` is the configured one, not as a proxy rewrites it; `form` a MultiDict: repeated values are signed too.
    """
    from twilio.request_validator import RequestValidator

    url = public_url.rstrip("/") + path_and_query
    # An unset token is empty, with which an attacker could sign.
    return bool(header) and any(RequestValidator(token).validate(url, form, header) for token in tokens if token)


def sign(token: str, url: str, form: Mapping[str, Any]) -> str:
    from twilio.request_validator import RequestValidator

    return str(RequestValidator(token).compute_signature(url, form))

"""How far a text has come, and what the provider's codes mean for it."""

from __future__ import annotations

import secrets
import sys
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TextIO

from portal.core.clock import now
from portal.core.outcomes import Failed, Outcome, Retry, Sent, Unknown


@dataclass(frozen=True)
class ProviderStatus:
    """What the provider says of a text: its word, and a code where it failed."""

    status: str
    code: int | None = None


class PictureRefused(Exception):
    """The picture is not at the provider, is too large, or is gone; there is no use in trying again."""


OPTED_OUT = 21610
_NEVER = {
    21211: "invalid number",
    21408: "region not permitted",
    OPTED_OUT: "opted out",
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
    """What an HTTP status and the provider's code (of an answer or of a status callback) mean for a text."""
    if code in _NEVER:
        return Failed(_NEVER[code], code, opted_out=code == OPTED_OUT)
    if code in _FEW_TIMES:
        return Retry(_FEW_TIMES[code], code, few=True)
    if status in BUSY or code in BUSY:
        return Retry("busy", code)
    if status in _LOST_ON_THE_WAY:
        # A gateway gave up waiting; what stands behind it may have taken the text.
        return Unknown("no answer through a gateway")
    if status is not None and status >= 500:
        return Retry("provider error", code)
    if status in CREDENTIALS:
        # An operator can put this right, and then the text should still go.
        return Retry("credentials refused", code)
    return Failed("refused", code)


class Telephone(Protocol):
    """Who sends texts. Numbers are E.164; no method logs or raises anything that holds a number or a text."""

    def send(self, to: str, body: str, callback_url: str, valid_for: timedelta) -> Outcome:
        """Send a text; the provider reports its states to `callback_url` and gives up after `valid_for`."""

    def find(self, to: str, body: str, since: datetime, known: Collection[str] = ()) -> str | None:
        """The sid of this very text if it was sent since then and isn't among `known`. Raises `Unreachable`."""

    def state_of(self, sid: str) -> ProviderStatus | None:
        """How far a text has come, None if the provider has no such text. Raises `Unreachable`."""

    def fetch_picture(self, url: str, most_bytes: int) -> bytes:
        """A picture that came with a text. Raises `PictureRefused` or `Unreachable`."""

    def erase(self, sid: str) -> bool:
        """Delete a text at the provider; False while it is still under way. Raises `Unreachable`."""

    def erase_picture(self, url: str) -> bool:
        """Delete a picture at the provider; False to try again. Raises `PictureRefused`, `Unreachable`."""


@dataclass(frozen=True)
class SentText:
    """A text that a twin was given to send."""

    to: str
    body: str
    callback_url: str
    valid_for: timedelta
    outcome: Outcome
    at: datetime

    @property
    def sid(self) -> str:
        """The provider's name for it, empty if it was not taken."""
        return self.outcome.sid if isinstance(self.outcome, Sent) else ""


class MemoryTelephone:
    """Keeps what it is given. `outcomes` are used up in order, then everything is sent; `pictures` are by address."""

    def __init__(self) -> None:
        self.texts: list[SentText] = []
        self.outcomes: deque[Outcome] = deque()
        self.states: dict[str, ProviderStatus] = {}
        self.pictures: dict[str, bytes] = {}
        self.erased: list[str] = []

    def send(self, to: str, body: str, callback_url: str, valid_for: timedelta) -> Outcome:
        outcome = self.outcomes.popleft() if self.outcomes else Sent(f"SM{secrets.token_hex(16)}")
        self.texts.append(SentText(to, body, callback_url, valid_for, outcome, now()))
        return outcome

    @property
    def sent(self) -> list[SentText]:
        """Only what was taken."""
        return [text for text in self.texts if isinstance(text.outcome, Sent)]

    def find(self, to: str, body: str, since: datetime, known: Collection[str] = ()) -> str | None:
        sids = (text.sid for text in self.sent if (text.to, text.body) == (to, body) and text.at >= since)
        return next((sid for sid in sids if sid not in known), None)

    def state_of(self, sid: str) -> ProviderStatus | None:
        return None if sid in self.erased else self.states.get(sid, ProviderStatus("sent"))

    def fetch_picture(self, url: str, most_bytes: int) -> bytes:
        picture = self.pictures.get(url)
        if picture is None or len(picture) > most_bytes:
            raise PictureRefused("gone or too large")
        return picture

    def erase(self, sid: str) -> bool:
        self.erased.append(sid)
        return True

    def erase_picture(self, url: str) -> bool:
        self.pictures.pop(url, None)
        return True


class ConsoleTelephone(MemoryTelephone):
    """Prints what it would send. For development only: it shows numbers and words."""

    def __init__(self, out: TextIO | None = None) -> None:
        super().__init__()
        self._out = out

    def send(self, to: str, body: str, callback_url: str, valid_for: timedelta) -> Outcome:
        outcome = super().send(to, body, callback_url, valid_for)
        print(f"--- text to {to} ---\n{body}\n---", file=self._out or sys.stdout, flush=True)
        return outcome

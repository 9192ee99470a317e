"""Telephones for tests and development, and the meaning of the provider's codes."""

from __future__ import annotations

import secrets
import sys
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TextIO

from portal.core.clock import now
from portal.core.jobs.retries import Failed, Outcome, Retry, Sent, Unknown, Unreachable


@dataclass(frozen=True)
class ProviderStatus:
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


@dataclass(frozen=True)
class SentText:
    to: str
    body: str
    callback_url: str
    valid_for: timedelta
    outcome: Outcome
    at: datetime
    sender: str = ""

    @property
    def sid(self) -> str:
        return self.outcome.sid if isinstance(self.outcome, Sent) else ""


class MemoryTelephone:
    """Keeps texts in memory. `outcomes` are used up in order, then all are sent. `pictures` are by URL."""

    def __init__(self) -> None:
        self.texts: list[SentText] = []
        self.outcomes: deque[Outcome] = deque()
        self.states: dict[str, ProviderStatus] = {}
        self.pictures: dict[str, bytes] = {}
        self.erased: list[str] = []

    def send(self, to: str, body: str, callback_url: str, valid_for: timedelta, sender: str = "") -> Outcome:
        outcome = self.outcomes.popleft() if self.outcomes else Sent(f"SM{secrets.token_hex(16)}")
        self.texts.append(SentText(to, body, callback_url, valid_for, outcome, now(), sender))
        return outcome

    @property
    def sent(self) -> list[SentText]:
        return [text for text in self.texts if isinstance(text.outcome, Sent)]

    def find(self, to: str, body: str, since: datetime, known: Collection[str] = ()) -> str | None:
        sids = (text.sid for text in self.sent if (text.to, text.body) == (to, body) and text.at >= since)
        return next((sid for sid in sids if sid not in known), None)

    def state_of(self, sid: str) -> ProviderStatus | None:
        return None if sid in self.erased else self.states.get(sid, ProviderStatus("sent"))

    def text_of(self, sid: str) -> tuple[str, str] | None:
        texts = (text for text in self.sent if text.sid == sid and sid not in self.erased)
        return next(((text.to, text.body) for text in texts), None)

    def kept_texts(self, number: str, before: datetime) -> list[KeptText]:
        return []

    def time(self) -> datetime:
        raise Unreachable("this machine")

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
    """Prints the texts that it would send. For development only: it shows numbers and contents."""

    def __init__(self, out: TextIO | None = None) -> None:
        super().__init__()
        self._out = out

    def send(self, to: str, body: str, callback_url: str, valid_for: timedelta, sender: str = "") -> Outcome:
        outcome = super().send(to, body, callback_url, valid_for, sender)
        print(f"--- text to {to} ---\n{body}\n---", file=self._out or sys.stdout, flush=True)
        return outcome

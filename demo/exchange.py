"""State of the fake provider: texts, pictures, opt-outs, and numbers that fail in a known way (`MAGIC`)."""

from __future__ import annotations

import secrets
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.core.clock import now


class Trick(StrEnum):
    DELIVER = "deliver"
    REFUSE = "refuse"
    UNDELIVERED = "undelivered"
    BUSY_TWICE = "busy twice"
    BROKEN_TWICE = "broken twice"
    LATE_TAKEN = "late, taken"
    LATE_LOST = "late, lost once"
    SLOW = "slow"
    CUT_TAKEN = "cut, taken"
    CUT_LOST = "cut, lost once"
    TOLD_TWICE = "told twice"


@dataclass(frozen=True)
class Magic:
    """The fate of a text; `code` is the error of a permanent failure."""

    trick: Trick
    code: int | None = None


MAGIC = {
    # Refused: not a valid number; no way to it; region not permitted; has opted out; not a mobile number.
    "+15005550001": Magic(Trick.REFUSE, 21211),
    "+15005550002": Magic(Trick.REFUSE, 21612),
    "+15005550003": Magic(Trick.REFUSE, 21408),
    "+15005550004": Magic(Trick.REFUSE, 21610),
    "+15005550009": Magic(Trick.REFUSE, 21614),
    # Taken, then undelivered: unknown error; has opted out.
    "+15005550102": Magic(Trick.UNDELIVERED, 30008),
    "+15005550103": Magic(Trick.UNDELIVERED, 21610),
    # 429 (20429) or 500 twice, then delivered; repeats this cycle.
    "+15005550110": Magic(Trick.BUSY_TWICE),
    "+15005550111": Magic(Trick.BROKEN_TWICE),
    # The answer comes too late for the client, or slowly but in time; if lost, the second try is taken.
    "+15005550120": Magic(Trick.LATE_TAKEN),
    "+15005550121": Magic(Trick.LATE_LOST),
    "+15005550122": Magic(Trick.SLOW),
    # The connection breaks before the answer; if lost, the second try is taken.
    "+15005550123": Magic(Trick.CUT_TAKEN),
    "+15005550124": Magic(Trick.CUT_LOST),
    # Delivered, but every status is called back twice.
    "+15005550130": Magic(Trick.TOLD_TWICE),
}
_DELIVERED = Magic(Trick.DELIVER)
_REFUSALS_BEFORE_SUCCESS = {Trick.BUSY_TWICE: 2, Trick.BROKEN_TWICE: 2, Trick.LATE_LOST: 1, Trick.CUT_LOST: 1}
TERMINAL = frozenset({"delivered", "undelivered", "failed", "received"})

# Keywords that the provider acts upon by itself, in English only. Without CANCEL, which operators take out: after a
# reminder we ask whether it means the seat or all texts.
_STOP = frozenset({"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout"})
_START = frozenset({"start", "unstop"})
_HELP = frozenset({"help", "info"})
_OWN_ANSWERS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number.",
    "START": "You have successfully been re-subscribed to messages from this number.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


@dataclass
class ProviderMessage:
    """A text in or out."""

    to: str
    sender: str
    body: str
    callback_url: str = ""
    direction: str = "outbound-api"
    magic: Magic = _DELIVERED
    sid: str = field(default_factory=lambda: "SM" + secrets.token_hex(16))
    status: str = "queued"
    error_code: int | None = None
    created_at: datetime = field(default_factory=now)
    sent_at: datetime | None = None
    pictures: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def states(self) -> list[str]:
        match self.magic.trick:
            case Trick.UNDELIVERED:
                return ["sent", "undelivered"]
            case Trick.TOLD_TWICE:
                return ["sent", "sent", "delivered", "delivered"]
            case _:
                return ["sent", "delivered"]


@dataclass(frozen=True)
class ScreenLine:
    """A text on a telephone's screen; `mine`: its owner sent it."""

    mine: bool
    body: str
    pictures: int = 0


class Exchange:
    """The state of the fake provider. Thread-safe."""

    def __init__(self) -> None:
        self.next_tricks: deque[Magic] = deque()
        """The fates of the next texts, whatever their numbers: for tests."""
        self._messages: dict[str, ProviderMessage] = {}
        self._screens: defaultdict[str, list[ScreenLine]] = defaultdict(list)
        """The screens of telephones: a text erased at the provider stays there."""
        self._opted_out: set[str] = set()
        self._tries: Counter[tuple[str, Trick]] = Counter()
        self._lock = threading.Lock()

    @property
    def sent(self) -> list[ProviderMessage]:
        return [message for message in self.everything if message.direction == "outbound-api"]

    @property
    def everything(self) -> list[ProviderMessage]:
        with self._lock:
            return list(self._messages.values())

    def hand_in(self, to: str, sender: str, body: str, callback_url: str) -> tuple[Magic, ProviderMessage | None]:
        """Return the fate of a text, and the text; None if it was not taken."""
        with self._lock:
            magic = MAGIC.get(to, _DELIVERED)
            if self.next_tricks:
                magic = self.next_tricks.popleft()
            elif to in self._opted_out:
                magic = Magic(Trick.REFUSE, 21610)
            if magic.trick is Trick.REFUSE:
                return magic, None
            refusals, tries = _REFUSALS_BEFORE_SUCCESS.get(magic.trick, 0), self._tries[to, magic.trick]
            self._tries[to, magic.trick] += 1
            if tries % (refusals + 1) < refusals:
                return magic, None
            return magic, self._keep(ProviderMessage(to, sender, body, callback_url, magic=magic))

    def come_in(
        self, sender: str, to: str, body: str, pictures: Iterable[tuple[str, bytes]] = ()
    ) -> tuple[ProviderMessage, str]:
        """Record a text from a phone; return it with the provider's own action: STOP, START, HELP or ""."""
        with self._lock:
            about: dict[str, Any] = {"direction": "inbound", "status": "received", "sent_at": now()}
            message = ProviderMessage(to, sender, body, **about)
            message.pictures = {"ME" + secrets.token_hex(16): picture for picture in pictures}
            self._screens[sender].append(ScreenLine(True, body, len(message.pictures)))
            did, word = "", body.strip().lower()
            if word in _STOP:
                self._opted_out.add(sender)
                did = "STOP"
            elif word in _START or (word == "yes" and sender in self._opted_out):
                self._opted_out.discard(sender)
                did = "START"
            elif word in _HELP:
                did = "HELP"
            self._keep(message)
            if did:
                answer = ProviderMessage(sender, to, _OWN_ANSWERS[did], direction="outbound-reply")
                self.move(self._keep(answer), "delivered")
            return message, did

    def screen(self, number: str) -> list[ScreenLine]:
        return list(self._screens[number])

    def find(
        self, to: str | None, sender: str | None, sent_since: datetime | None, sent_before: datetime | None
    ) -> list[ProviderMessage]:
        texts = [text for text in reversed(self.everything) if to in {None, text.to} and sender in {None, text.sender}]
        if sent_since is not None:
            texts = [text for text in texts if text.sent_at is not None and text.sent_at >= sent_since]
        if sent_before is not None:
            texts = [text for text in texts if text.sent_at is not None and text.sent_at <= sent_before]
        return texts

    def get(self, sid: str) -> ProviderMessage | None:
        return self._messages.get(sid)

    def erase(self, sid: str) -> bool:
        """Return whether the text is erased now; one that is still in transit stays."""
        with self._lock:
            message = self._messages.get(sid)
            if message is not None and message.status not in TERMINAL:
                return False
            self._messages.pop(sid, None)
            return True

    def move(self, message: ProviderMessage, status: str) -> None:
        """Set a state; a terminal state is final."""
        if message.status in TERMINAL:
            return
        message.status = status
        message.sent_at = message.sent_at or now()
        if status == "delivered":
            self._screens[message.to].append(ScreenLine(False, message.body))
        if status == "undelivered":
            message.error_code = message.magic.code

    def _keep(self, message: ProviderMessage) -> ProviderMessage:
        self._messages[message.sid] = message
        return message

"""State of the fake provider: texts, pictures, opt-outs, and numbers that fail in a known way.

Numbers that do something other than deliver:

    number         what happens
    +15005550001   refused, 21211: not a valid number
    +15005550002   refused, 21612: no way to this number
    +15005550003   refused, 21408: region not permitted
    +15005550004   refused, 21610: has opted out
    +15005550009   refused, 21614: not a mobile number
    +15005550100   taken, then undelivered, 30003: handset unreachable
    +15005550101   taken, then undelivered, 30007: filtered by a carrier
    +15005550102   taken, then undelivered, 30008: unknown error
    +15005550103   taken, then undelivered, 21610: has opted out
    +15005550110   429 (20429) twice, then delivered; repeats this cycle
    +15005550111   500 twice, then delivered; repeats this cycle
    +15005550120   taken and delivered, but the answer comes too late for the client
    +15005550121   no answer, not taken; taken at the second try
    +15005550122   taken, answered slowly but in time
    +15005550123   taken and delivered, but the connection breaks before the answer
    +15005550124   the connection breaks, not taken; taken at the second try
    +15005550130   delivered, every status is called back twice
    +15005550131   delivered, the statuses are called back in the wrong order
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

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
    TOLD_BACKWARDS = "told backwards"


@dataclass(frozen=True)
class Magic:
    """The fate of a text; `code` is the error of a permanent failure."""

    trick: Trick
    code: int | None = None


MAGIC = {
    "+15005550001": Magic(Trick.REFUSE, 21211),
    "+15005550002": Magic(Trick.REFUSE, 21612),
    "+15005550003": Magic(Trick.REFUSE, 21408),
    "+15005550004": Magic(Trick.REFUSE, 21610),
    "+15005550009": Magic(Trick.REFUSE, 21614),
    "+15005550100": Magic(Trick.UNDELIVERED, 30003),
    "+15005550101": Magic(Trick.UNDELIVERED, 30007),
    "+15005550102": Magic(Trick.UNDELIVERED, 30008),
    "+15005550103": Magic(Trick.UNDELIVERED, 21610),
    "+15005550110": Magic(Trick.BUSY_TWICE),
    "+15005550111": Magic(Trick.BROKEN_TWICE),
    "+15005550120": Magic(Trick.LATE_TAKEN),
    "+15005550121": Magic(Trick.LATE_LOST),
    "+15005550122": Magic(Trick.SLOW),
    "+15005550123": Magic(Trick.CUT_TAKEN),
    "+15005550124": Magic(Trick.CUT_LOST),
    "+15005550130": Magic(Trick.TOLD_TWICE),
    "+15005550131": Magic(Trick.TOLD_BACKWARDS),
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


def _sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


@dataclass
class ProviderMessage:
    """An incoming or outgoing text; `order` is its sequence number among all texts."""

    order: int
    to: str
    sender: str
    body: str
    callback_url: str = ""
    direction: str = "outbound-api"
    magic: Magic = _DELIVERED
    sid: str = field(default_factory=lambda: _sid("SM"))
    status: str = "queued"
    error_code: int | None = None
    created_at: datetime = field(default_factory=now)
    sent_at: datetime | None = None
    pictures: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def states(self) -> list[str]:
        """Return the states that are called back, in this order."""
        match self.magic.trick:
            case Trick.UNDELIVERED:
                return ["sent", "undelivered"]
            case Trick.TOLD_TWICE:
                return ["sent", "sent", "delivered", "delivered"]
            case Trick.TOLD_BACKWARDS:
                return ["delivered", "sent", "queued"]
            case _:
                return ["sent", "delivered"]


@dataclass(frozen=True)
class ScreenLine:
    """A text on a telephone's screen; `mine`: its owner sent it."""

    mine: bool
    body: str
    pictures: int = 0


@dataclass(frozen=True)
class Taken:
    """The result of handing in a text; `message` is None if it was not taken."""

    magic: Magic
    message: ProviderMessage | None


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
        self._count = 0
        self._lock = threading.Lock()

    @property
    def sent(self) -> list[ProviderMessage]:
        """All texts taken from the portal and not erased, oldest first."""
        return [message for message in self.everything if message.direction == "outbound-api"]

    @property
    def everything(self) -> list[ProviderMessage]:
        """All texts that are not erased, in either direction, oldest first."""
        with self._lock:
            return list(self._messages.values())

    def hand_in(self, to: str, sender: str, body: str, callback_url: str) -> Taken:
        """Take an outgoing text."""
        with self._lock:
            magic = self._magic(to)
            if self._is_lost(magic.trick, to):
                return Taken(magic, None)
            message = self._keep(ProviderMessage(self._next(), to, sender, body, callback_url, magic=magic))
            return Taken(magic, message)

    def come_in(
        self, sender: str, to: str, body: str, pictures: Iterable[tuple[str, bytes]] = ()
    ) -> tuple[ProviderMessage, str]:
        """Record a text from a phone; return it with the provider's own action: STOP, START, HELP or ""."""
        with self._lock:
            message = ProviderMessage(
                self._next(), to, sender, body, direction="inbound", status="received", sent_at=now()
            )
            message.pictures = {_sid("ME"): picture for picture in pictures}
            self._screens[sender].append(ScreenLine(True, body, len(message.pictures)))
            did = self._own_keyword(sender, body)
            self._keep(message)
            if did:
                answer = ProviderMessage(self._next(), sender, to, _OWN_ANSWERS[did], direction="outbound-reply")
                self.move(self._keep(answer), "delivered")
            return message, did

    def delivered(self, number: str, since: int = 0) -> list[ProviderMessage]:
        """Return the texts that reached a phone after the one numbered `since`."""
        arrived = (one for one in self.everything if (one.to, one.status) == (number, "delivered"))
        return [message for message in arrived if message.order > since]

    def screen(self, number: str) -> list[ScreenLine]:
        """Return the lines on a telephone's screen, oldest first."""
        return list(self._screens[number])

    def find(
        self, to: str | None, sender: str | None, sent_since: datetime | None, sent_before: datetime | None
    ) -> list[ProviderMessage]:
        """Return texts by number and date of sending, newest first."""
        return [
            message
            for message in reversed(self.everything)
            if to in {None, message.to}
            and sender in {None, message.sender}
            and (sent_since is None or (message.sent_at is not None and message.sent_at >= sent_since))
            and (sent_before is None or (message.sent_at is not None and message.sent_at <= sent_before))
        ]

    def get(self, sid: str) -> ProviderMessage | None:
        return self._messages.get(sid)

    def erase(self, sid: str) -> bool | None:
        """Return True if the text was erased, False if it is still in transit, None if it is unknown."""
        with self._lock:
            message = self._messages.get(sid)
            if message is None:
                return None
            if message.status not in TERMINAL:
                return False
            del self._messages[sid]
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

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _keep(self, message: ProviderMessage) -> ProviderMessage:
        self._messages[message.sid] = message
        return message

    def _magic(self, to: str) -> Magic:
        if self.next_tricks:
            return self.next_tricks.popleft()
        if to in self._opted_out:
            return Magic(Trick.REFUSE, 21610)
        return MAGIC.get(to, _DELIVERED)

    def _is_lost(self, trick: Trick, to: str) -> bool:
        if trick is Trick.REFUSE:
            return True
        refusals = _REFUSALS_BEFORE_SUCCESS.get(trick, 0)
        tries = self._tries[to, trick]
        self._tries[to, trick] += 1
        return tries % (refusals + 1) < refusals

    def _own_keyword(self, sender: str, body: str) -> str:
        word = body.strip().lower()
        if word in _STOP:
            self._opted_out.add(sender)
            return "STOP"
        if word in _START or (word == "yes" and sender in self._opted_out):
            self._opted_out.discard(sender)
            return "START"
        return "HELP" if word in _HELP else ""

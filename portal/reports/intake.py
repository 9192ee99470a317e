"""Filing of reports: code words, locator and key of a thread, sealing, and the marking of floods.

No report is refused because others flood the site. A mark says that a report came when far more than usual arrived,
from a network that sent many; neither the address nor the network is stored with it. Reports with words of danger have
a smaller quota of their own, so that a flood of those does not bury a genuine one. A flood from very many networks,
which no quota stops, is told by its near-copies (`words.sketch`), and one of words of danger is folded when the desk
reads it: see `worklist`.

Code words go from page to page encrypted in a form field, so that the server stores nothing between two requests. The
page of an opened thread shows no code words: its ticket is valid for half an hour and useless to anyone who finds the
page's source later. The receipt shows the words anyway: the value in its form does not expire, but only `/confirm`
accepts it, and only until the words are confirmed.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import blake2b
from threading import BoundedSemaphore
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from nacl.public import PrivateKey, PublicKey

from portal.accounts.users import ActiveKey, active_key, key_for_texts
from portal.core.clock import today
from portal.core.crypto import locator, private_key_from_seed, site_key, stretch_words, thread_seed
from portal.core.db import db, random_id, session
from portal.core.jobs.outbox import cipher
from portal.core.limits import Networks, RateLimit, attempt, may_try_each, networks, salt_of_today
from portal.core.page_cache import shared
from portal.core.portal import current_portal
from portal.core.statuses import Refused
from portal.core.vouched import mac_of
from portal.reports.attachments import Attachment
from portal.reports.code import Candidate, readings, tries, words_from
from portal.reports.reports import Thread, ThreadMessage, about_message, opened_by_resident, thread_by_locator
from portal.reports.threads import Kind, add_attachments, add_words, keyed_id, message_columns
from portal.reports.triage import Category, Channel, TriageState, desk_for
from portal.reports.words import ReportWords, sketch

# A slot is free again after a tenth of a millisecond, so every request may wait for one.
_slots = BoundedSemaphore(2)
_slow_lane = BoundedSemaphore(1)


def stretch_code(code: Candidate, *, slowly: bool = False) -> bytes:
    """Return the bytes from which locator and key are derived. Two calls run at once; of the `slowly` ones, one."""
    with _slow_lane if slowly else nullcontext(), _slots:
        return stretch_words(code, _subkey("report codes"))


def locator_of(code: Candidate, *, slowly: bool = False) -> str:
    return locator(stretch_code(code, slowly=slowly), _subkey("report locators"))


def report_opened_by(text: str, *, slowly: bool = False) -> tuple[Thread, Candidate] | None:
    """Return the report that code words in a text open, with the words as they were given out.

    Correct words always do, whatever was tried before: 78 bits cannot be guessed. Who goes slowly gets no other orders.
    """
    for code in readings(text) if slowly else tries(text):
        thread = thread_by_locator(locator_of(code, slowly=slowly))
        if thread is not None:
            return thread, code
    return None


def key_of(code: Candidate) -> PrivateKey:
    return private_key_from_seed(thread_seed(stretch_code(code)))


def _subkey(purpose: str) -> bytes:
    return site_key(current_portal.settings.secret, purpose)


class CarriedWords:
    """How code words go from page to page in a form field: encrypted, and for so many `seconds`, if any."""

    def __init__(self, salt: str, seconds: int | None = None) -> None:
        self.salt, self.limit = salt, {"max_age": seconds} if seconds else {}

    def write(self, code: Candidate) -> str:
        return str(self._serializer().dumps(cipher().encrypt(" ".join(code)).decode()))

    def read(self, carried: str | None) -> Candidate | None:
        """Return the code words of such a field, or None if it is too old or not ours."""
        try:
            return tuple(cipher().decrypt(self._serializer().loads(carried or "", **self.limit).encode()).split(" "))
        except BadSignature:
            return None

    def _serializer(self) -> Any:
        kind = URLSafeTimedSerializer if self.limit else URLSafeSerializer
        return kind(current_app.secret_key or "", salt=self.salt)


TICKET = CarriedWords("report ticket", 1800)
"""For pages that do not show the code words."""
SHOWN_WORDS = CarriedWords("report words shown")
"""For the page that shows the code words and asks to confirm them."""


@dataclass(frozen=True)
class NewReport:
    words: ReportWords
    category: Category
    channel: Channel
    language: str
    market_id: int | None = None
    urgent: bool = False
    in_flood: bool = False
    texts_back: bool = False
    attachments: tuple[Attachment, ...] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """What the row of its thread takes over as it is."""
        return {name: value for name, value in vars(self).items() if name not in ("words", "attachments")}


@dataclass(frozen=True)
class SealedReport:
    """A sealed report that is ready to be stored, with the code words that only the resident will have."""

    report: NewReport
    thread_id: int
    nonce: bytes
    code: Candidate
    locator: str
    private_key: PrivateKey
    desk_key_id: int
    messages: list[dict[str, Any]]


@dataclass(frozen=True)
class Filed:
    thread_id: int
    code: Candidate

    @property
    def thread(self) -> Thread:
        return session.get_one(Thread, self.thread_id)


def file_report(report: NewReport, nonce: bytes) -> Filed:
    """Seal and store a report; of a form (nonce) sent again, what is new. Raises Refused("closed") without a desk."""
    sealed = seal_report(report, nonce)
    before = keep_report(sealed)
    return Filed(before.id if before else sealed.thread_id, sealed.code)


def seal_report(report: NewReport, nonce: bytes) -> SealedReport:
    """Return the report sealed, without writing anything. Raises Refused("closed")."""
    if report.category is Category.CONDUCT:
        # A form that is sent again as a complaint becomes another report, with another desk and code.
        nonce = blake2b(nonce, digest_size=len(nonce), person=b"oversight").digest()
    code = words_from(nonce, report.language)
    stretched = stretch_code(code)
    private = private_key_from_seed(thread_seed(stretched))
    # Looked up again when the report is stored.
    key = shared(active_key, desk_for(report.category)) or _desk_key(report)
    thread_id, by = random_id(), locator(stretched, _subkey("report locators"))
    messages = _messages(report, thread_id, nonce, key, private.public_key)
    return SealedReport(report, thread_id, nonce, code, by, private, key.id, messages)


def keep_report(sealed: SealedReport) -> Thread | None:
    """Store a sealed report, or merge it into the thread of the same form and return that. Raises Refused("closed")."""
    if _is_stored(sealed):
        return None
    report, thread = sealed.report, thread_by_locator(sealed.locator)
    assert thread is not None
    content = report.words.to_bytes()
    messages = opened_by_resident(thread, sealed.private_key)
    if not any(message.words is not None and message.words.to_bytes() == content for message in messages):
        # Sent again with more in it, perhaps long after: added as a new message, which reopens a closed report.
        add_words(thread, report.words)
    add_attachments(thread, report.attachments, sealed.nonce)
    # If a desk member moved it to the other desk, their category stays: else that desk might pass it on wrongly.
    if thread.state == TriageState.NEW and desk_for(thread.category) == desk_for(report.category):
        thread.category, thread.market_id = report.category, report.market_id
    return thread


def _desk_key(report: NewReport) -> ActiveKey:
    find = key_for_texts if report.channel is Channel.TEXT else active_key
    key = find(desk_for(report.category))
    if key is None:
        raise Refused("closed")
    return key


def _messages(
    report: NewReport, thread_id: int, nonce: bytes, key: ActiveKey, public: PublicKey
) -> list[dict[str, Any]]:
    """Return the columns of the messages that a report becomes, sealed: its words, then its files."""
    messages: list[tuple[int, Kind, bytes]] = [(random_id(), "words", report.words.to_bytes())]
    messages += [(keyed_id(nonce, file.digest), file.kind, file.content) for file in report.attachments]
    rows = []
    for position, (message_id, kind, content) in enumerate(messages):
        about = about_message(thread_id, position, "resident", kind, today(), report.language)
        rows.append({"id": message_id, **message_columns(about, content, key, public)})
    return rows


def _is_stored(sealed: SealedReport) -> bool:
    """Insert the thread with its messages; False if its locator exists, because the form was sent before."""
    report, public = sealed.report, sealed.private_key.public_key
    key, messages = _desk_key(report), sealed.messages
    columns = {**report.columns, "id": sealed.thread_id, "locator": sealed.locator, "public_key": bytes(public)}
    columns |= {"desk_id": key.desk_id, "length": len(messages), "state": TriageState.NEW, "version": 1}
    columns |= dict.fromkeys(("received_on", "clock_from", "waiting_since"), today())
    if not db.insert_new(Thread, **columns, mac=mac_of(Thread, columns)):
        return False
    if key.id != sealed.desk_key_id:
        # A member may have left the desk since it was sealed, with a copy of the key.
        messages = _messages(report, sealed.thread_id, sealed.nonce, key, public)
    for message in messages:
        db.insert(ThreadMessage, **message)
    return True


HOUR, DAY = 3_600, 86_400
MOST_ALIKE = 8
"""Reports an hour that say nearly the same: neighbors who copy from each other are fewer, a robot sends more."""


def came_in_flood(words: str, *, is_urgent: bool, by: Networks | None = None) -> bool:
    """Count a report; return whether it is read after the others. `by`: its networks, if no address sent it."""
    address, everybody = current_portal.settings.reports_per_address, current_portal.settings.reports_in_all
    limits = {
        "ordinary report": _rate_limit(2 * address, everybody, address // 3, HOUR),
        "ordinary by day report": _rate_limit(4 * address, 3 * everybody, 2 * address // 3, DAY),
    }
    if is_urgent:
        limits["urgent report"] = _rate_limit(address // 6, everybody // 5, address // 10, HOUR)
        limits["urgent by day report"] = _rate_limit(address // 2, 3 * everybody // 5, address // 6, DAY)
    by = by or networks()
    is_within = all(attempt(what, limit, by).passed for what, limit in limits.items())
    # Words of danger are never held back for being alike.
    parts = () if is_urgent else sketch(words, salt_of_today())
    is_new = may_try_each("alike", parts, MOST_ALIKE, HOUR)
    return not (is_within and is_new)


def is_room_for_files() -> bool:
    """Count a form with files; False if too many came: they are large, and a flood of them would fill the disk."""
    address, everybody = current_portal.settings.reports_per_address, current_portal.settings.reports_in_all
    return attempt("pictures", _rate_limit(address // 2, everybody // 3, address // 6, HOUR)).passed


def _rate_limit(network: int, everybody: int, reserved: int, seconds: int) -> RateLimit:
    most = max(1, network)
    return RateLimit(most, most, max(1, everybody), max(1, reserved), seconds)

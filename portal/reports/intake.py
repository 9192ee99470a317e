"""From code words to where their thread is found and to the key that opens it, with the secrets of this site.

Nobody is refused because of others. A mark says that a report came when far more came than is usual, from a network
that sent many; no address and no network is kept with it. Reports with words of danger have a smaller share of their
own, so that a flood of those does not bury the one that is true. Against a flood from very many networks, which no
share holds up, the desk folds them when it reads: see `queries.threads`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from hashlib import blake2b
from threading import BoundedSemaphore
from typing import NamedTuple

from nacl.public import PrivateKey, PublicKey

from portal.accounts.users import ActiveKey, active_key
from portal.core.clock import today
from portal.core.crypto import Sealed, private_key_from_seed, seal, site_key, unseal
from portal.core.db import db, random_id, session
from portal.core.limits import Networks, Share, attempt
from portal.core.portal import current_portal
from portal.core.statuses import Refused
from portal.reports.code import words_from
from portal.reports.reports import Thread, locator, stretch, thread_by_locator, thread_seed
from portal.reports.threads import add_words, keep_first
from portal.reports.triage import Category, Channel, TriageState, desk_for
from portal.reports.urgency import ReportWords

# A place is free again after a tenth of a millisecond, so everybody may wait for one.
_slots = BoundedSemaphore(2)
_slow_lane = BoundedSemaphore(1)


def stretch_code(code: tuple[str, ...], *, slowly: bool = False) -> bytes:
    """What the locator and the thread's key are derived from; a few at once, of those that go `slowly` one."""
    with _slow_lane if slowly else nullcontext(), _slots:
        return stretch(code, _subkey("report codes"))


def locator_of(code: tuple[str, ...], *, slowly: bool = False) -> str:
    """Where the thread of these code words is found."""
    return locator_from(stretch_code(code, slowly=slowly))


def key_of(code: tuple[str, ...]) -> PrivateKey:
    """The key that opens the thread of these code words."""
    return key_from(stretch_code(code))


def locator_from(stretched: bytes) -> str:
    """`locator_of` for who has stretched the code already."""
    return locator(stretched, _subkey("report locators"))


def key_from(stretched: bytes) -> PrivateKey:
    """`key_of` for who has stretched the code already."""
    return private_key_from_seed(thread_seed(stretched))


def _subkey(purpose: str) -> bytes:
    secret: str = current_portal.settings.secret
    return site_key(secret, purpose)


@dataclass(frozen=True)
class NewReport:
    """A report as it comes in."""

    words: ReportWords
    category: Category
    channel: Channel
    language: str
    market_id: int | None = None
    urgent: bool = False
    in_flood: bool = False
    texts_back: bool = False


@dataclass(frozen=True)
class SealedReport:
    """A report ready to be kept, and the code words that nobody but the resident will have."""

    report: NewReport
    code: tuple[str, ...]
    locator: str
    private_key: PrivateKey
    desk_key_id: int
    sealed: Sealed


class Kept(NamedTuple):
    """Which thread it became, and whether somebody has shown already that they have its code words."""

    thread_id: int
    code_confirmed: bool


@dataclass(frozen=True)
class Filed:
    """Which thread it became, and the code words that nobody but the resident will have."""

    thread_id: int
    code: tuple[str, ...]

    @property
    def thread(self) -> Thread:
        """The thread, read when it is asked for: whoever only files needs no more than its id."""
        return session.get_one(Thread, self.thread_id)


def file_report(report: NewReport, nonce: bytes) -> Filed:
    """Take a report in, sealed. Sending the same form again (same nonce) changes nothing but what is new in it.

    Raises Refused("closed") while nobody sits at the desk that would read it.
    """
    sealed = seal_report(report, nonce)
    return Filed(keep_report(sealed).thread_id, sealed.code)


def seal_report(report: NewReport, nonce: bytes) -> SealedReport:
    """The first half of `file_report`: changes nothing. Raises Refused("closed")."""
    code = words_from(_nonce_for(report, nonce), report.language)
    stretched = stretch_code(code)
    private = key_from(stretched)
    # Asked again when it is kept.
    key = _desk_key(report)
    sealed = _seal(report, key, private.public_key)
    return SealedReport(report, code, locator_from(stretched), private, key.id, sealed)


def keep_report(sealed: SealedReport) -> Kept:
    """The second half of `file_report`. Raises Refused("closed")."""
    if (new := _new_thread(sealed)) is not None:
        return Kept(new, code_confirmed=False)
    thread = _sent_before(sealed)
    if not _was_said(thread, sealed):
        # Sent again with more in it, perhaps long after: it counts as new words, and wakes a closed report.
        add_words(thread, sealed.report.words)
    # Sorted by a person to the other desk meanwhile, it stays what they said: else that desk might pass it on wrongly.
    if thread.state == TriageState.NEW and desk_for(Category(thread.category)) == desk_for(sealed.report.category):
        thread.category, thread.market_id = sealed.report.category, sealed.report.market_id
    return Kept(thread.id, thread.code_confirmed)


def _nonce_for(report: NewReport, nonce: bytes) -> bytes:
    """A form that is sent again as a complaint about the police is another report, with another desk and code."""
    if report.category is not Category.CONDUCT:
        return nonce
    return blake2b(nonce, digest_size=len(nonce), person=b"oversight").digest()


def _desk_key(report: NewReport) -> ActiveKey:
    key = active_key(desk_for(report.category))
    if key is None:
        raise Refused("closed")
    return key


def _seal(report: NewReport, key: ActiveKey, public: PublicKey) -> Sealed:
    return seal(report.words.to_bytes(), [PublicKey(key.public_key), public])


def _new_thread(sealed: SealedReport) -> int | None:
    """The thread that it became; None when there is one with its locator: the form was sent before."""
    report, public = sealed.report, sealed.private_key.public_key
    key = _desk_key(report)
    thread_id, day = random_id(), today()
    is_new = db.insert_new(
        Thread,
        id=thread_id,
        locator=sealed.locator,
        public_key=bytes(public),
        desk_id=key.desk_id,
        market_id=report.market_id,
        category=report.category,
        channel=report.channel,
        language=report.language,
        urgent=report.urgent,
        in_flood=report.in_flood,
        texts_back=report.texts_back,
        received_on=day,
        clock_from=day,
        state=TriageState.NEW,
        waiting_since=day,
        length=1,
        version=1,
    )
    if not is_new:
        return None
    # Somebody may have left the desk since it was sealed, and taken a copy of the key.
    still_right = key.id == sealed.desk_key_id
    keep_first(thread_id, sealed.sealed if still_right else _seal(report, key, public), key.id)
    return thread_id


def _sent_before(sealed: SealedReport) -> Thread:
    thread = thread_by_locator(sealed.locator)
    assert thread is not None
    return thread


def _was_said(thread: Thread, sealed: SealedReport) -> bool:
    content = sealed.report.words.to_bytes()
    return any(unseal(each.box, each.key_for_thread, sealed.private_key) == content for each in thread.messages)


HOUR, DAY = 3_600, 86_400


def came_in_flood(*, is_urgent: bool, by: Networks | None = None) -> bool:
    """Whether a report that comes now is read after the others; counts it. `by`: who sent it, if no address did."""
    return not all(attempt(f"{what} report", share, by).passed for what, share in _shares(is_urgent=is_urgent))


def _shares(*, is_urgent: bool) -> Iterator[tuple[str, Share]]:
    settings = current_portal.settings
    one: int = settings.reports_per_address
    everybody: int = settings.reports_in_all
    yield "ordinary", _share(2 * one, everybody, one // 3, HOUR)
    yield "ordinary by day", _share(4 * one, 3 * everybody, 2 * one // 3, DAY)
    if is_urgent:
        yield "urgent", _share(one // 6, everybody // 5, one // 10, HOUR)
        yield "urgent by day", _share(one // 2, 3 * everybody // 5, one // 6, DAY)


def _share(network: int, everybody: int, reserved: int, seconds: int) -> Share:
    most = max(1, network)
    return Share(most, most, max(1, everybody), max(1, reserved), seconds)

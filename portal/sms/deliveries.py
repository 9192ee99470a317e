"""What becomes of texts at the provider: delivery states, monthly counts, copies that it is to delete, and pictures.

Counts know no phone, no day, no report. The provider keeps each text with both numbers until it is told to delete it: a
row stands for that from the text's end until it has. What it answers itself, as to STOP, is asked for each hour.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ForeignKey, Row, String, UniqueConstraint, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import now, today, waking, zone
from portal.core.db import Base, Encrypted, db, random_id, session
from portal.core.files.apart import FileTrouble, NotTaken, rebuilt
from portal.core.hours import next_waking
from portal.core.i18n import LANGUAGES, speaking
from portal.core.jobs import outbox, retries
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import MessageKind, OutboundMessage, cipher
from portal.core.jobs.retries import DeliveryState, Unreachable
from portal.core.limits import DAY, may_try
from portal.core.logs import LogEvent
from portal.core.portal import current_portal
from portal.core.telephone import PictureRefused, PictureTooLarge, Telephone
from portal.reports.reports import Thread
from portal.reports.threads import append
from portal.reports.words import ReportWords
from portal.sms.conversations import Conversation, Inbound, Purpose, is_in_doubt, sender_hash, way_to
from portal.sms.texts import LOST_PICTURE_TEXT, UnreadPicture, in_each


class Delivery(StrEnum):
    """The provider's states, in the order in which a text passes them."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


TERMINAL = frozenset({Delivery.DELIVERED, Delivery.UNDELIVERED, Delivery.FAILED})
_BY_WORD = {
    **{state.value: state for state in Delivery},
    "accepted": Delivery.QUEUED,
    "scheduled": Delivery.QUEUED,
    "read": Delivery.DELIVERED,
    "canceled": Delivery.FAILED,
}
_RANK = {state: rank for rank, state in enumerate(Delivery)}


def delivery(status: str) -> Delivery | None:
    return _BY_WORD.get(status.strip().lower())


def later(before: Delivery | None, state: Delivery) -> Delivery:
    """Return the state to believe: never an earlier one, and a terminal one for good."""
    return state if before is None or (before not in TERMINAL and _RANK[state] > _RANK[before]) else before


class Count(StrEnum):
    """What is counted; failures also by reason, after a colon."""

    SENT = "sent"
    SEGMENTS = "segments"
    DELIVERED = "delivered"
    FAILED = "failed"
    STALE = "stale"
    OPT_OUTS = "opt-outs"


class TextCount(Base):
    __tablename__ = "sms_text_count"

    month_on: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(60), primary_key=True)
    total: Mapped[int]


def count(what: Count, amount: int = 1, *, reason: str = "") -> None:
    key = {"month_on": today().replace(day=1), "what": f"{what}:{reason}" if reason else str(what)}
    row = update(TextCount).filter_by(**key).values(total=TextCount.total + amount).returning(TextCount.total)
    row = row.execution_options(synchronize_session=False)
    if session.execute(row).scalar() is None and not db.insert_new(TextCount, **key, total=amount):
        session.execute(row)


def counts_of(month: date) -> dict[str, int]:
    rows = session.execute(select(TextCount.what, TextCount.total).where(TextCount.month_on == month))
    return dict(rows.all())


class DeliveryWord(Base):
    """A status callback that was taken in; one about an unknown message is kept until the outbox knows the message."""

    __tablename__ = "sms_delivery_word"
    __table_args__ = (UniqueConstraint("provider_id", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    provider_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20))
    error_code: Mapped[str | None] = mapped_column(String(10))
    received_on: Mapped[date] = mapped_column(index=True)
    settled: Mapped[bool] = mapped_column(default=False)


OVERDUE_AFTER = timedelta(days=1)
LONGEST_WAIT = timedelta(hours=6)
AGAIN_AFTER = timedelta(minutes=2)
MOST_AT_ONCE = 300
UNHEARD = LogEvent(
    "sms.unheard", logging.ERROR, "{count} texts came to our numbers and never to the portal; see flask doctor sms"
)


class ProviderCopy(Base):
    __tablename__ = "sms_provider_copy"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    names: Mapped[str] = mapped_column(Encrypted(), deferred=True)
    """The provider's id of the text, and on further lines the URLs of its pictures."""
    message_id: Mapped[int | None] = mapped_column(unique=True)
    """The row of the outbox, for a text of ours; it may be gone by then."""
    sends_again: Mapped[bool] = mapped_column(default=False)
    """The text was not delivered and is to be sent again first: only the provider still has its words."""
    since: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)


def telephone() -> Telephone:
    opened: Telephone | None = current_portal.telephone
    assert opened is not None
    return opened


def delete_later(
    provider_id: str, pictures: Sequence[str] = (), *, message_id: int | None = None, sends_again: bool = False
) -> None:
    """Have a text deleted at the provider, with its pictures once they are fetched."""
    text = {"names": "\n".join((provider_id, *pictures)), "message_id": message_id, "sends_again": sends_again}
    db.insert_new(ProviderCopy, id=random_id(), **text, since=now(), due_at=now(), attempts=0)


def overdue_copies() -> int:
    """Return how many texts the provider should have deleted a day ago and has not."""
    late = select(func.count()).select_from(ProviderCopy).where(ProviderCopy.since < now() - OVERDUE_AFTER)
    return session.scalar(late) or 0


def _due(table: type[ProviderCopy] | type[PictureWaiting], *, most: int) -> Sequence[int]:
    """Return the ids of what the provider is to be asked for now, the longest overdue first."""
    if current_portal.telephone is None:
        return ()
    with db.work():
        return session.scalars(select(table.id).where(table.due_at <= now()).order_by(table.due_at).limit(most)).all()


def delete_copies() -> None:
    each_row(_due(ProviderCopy, most=MOST_AT_ONCE), _delete_copy, begin=_count_attempt)


def _count_attempt(copy_id: int) -> bool:
    """Count an attempt and set the time of the next one: it is never given up."""
    copy = session.get(ProviderCopy, copy_id, with_for_update=True)
    if copy is None or copy.due_at > now():
        return False
    copy.attempts += 1
    copy.due_at = now() + min(timedelta(minutes=2 ** min(copy.attempts, 10)), LONGEST_WAIT)
    return True


def _delete_copy(copy_id: int) -> None:
    """Delete one text with its pictures; no transaction is open while the provider is asked."""
    with db.work():
        copy = session.get(ProviderCopy, copy_id)
        if copy is None:
            return
        provider_id, *pictures = copy.names.split("\n")
        if pictures and not set(pictures).isdisjoint(session.scalars(select(PictureWaiting.address))):
            return
        again = copy.message_id if copy.sends_again else None
    with suppress(Unreachable):
        if again is not None:
            text = telephone().text_of(provider_id)
            with db.work():
                if text is not None:
                    outbox.send_again(again, provider_id, *text, due_at=now() + AGAIN_AFTER)
                # What is sent again becomes another text at the provider, with a row of its own.
                row = update(ProviderCopy).where(ProviderCopy.id == copy_id)
                session.execute(row.values(sends_again=False, message_id=None))
        if all(_picture_is_gone(url) for url in pictures) and telephone().erase(provider_id):
            # It names nothing any more.
            ours = OutboundMessage.provider_id == provider_id, OutboundMessage.state.not_in(retries.UNSETTLED)
            with db.work():
                session.execute(delete(ProviderCopy).where(ProviderCopy.id == copy_id))
                session.execute(delete(DeliveryWord).where(DeliveryWord.provider_id == provider_id))
                session.execute(update(OutboundMessage).where(*ours).values(provider_id=None))


class LeftTexts(NamedTuple):
    """Texts of our numbers that the provider still keeps after a day and that no row of ours names."""

    ours: list[str]
    """Sent from our numbers, or taken in: to be deleted."""
    unheard: list[str]
    """Sent to our numbers and never taken in, as when the portal was down: nobody has read them."""


def left_texts(before: datetime) -> LeftTexts:
    """Return what the provider keeps from before this moment. Raises `Unreachable`."""
    kept = [text for number in current_portal.settings.sms_numbers for text in telephone().kept_texts(number, before)]
    with db.work():
        came_in = {sender_hash(Purpose.MESSAGE, text.sid): text.sid for text in kept if text.came_in}
        heard = {*session.scalars(select(Inbound.message_hash).where(Inbound.message_hash.in_(came_in)))}
        unheard = [sid for message_hash, sid in came_in.items() if message_hash not in heard]
        has_id = OutboundMessage.provider_id.is_not(None)
        elsewhere = {*session.scalars(select(OutboundMessage.provider_id).where(has_id)), *unheard}
    return LeftTexts([text.sid for text in kept if text.sid not in elsewhere], unheard)


def delete_left_texts() -> None:
    """Delete what the provider keeps of our numbers beside the rows; never what nobody has read."""
    if current_portal.telephone is None:
        return
    # If it cannot be reached, the next hour comes.
    with suppress(Unreachable):
        left = left_texts(now() - OVERDUE_AFTER)
        if left.unheard:
            UNHEARD.log(count=len(left.unheard))
        each_row(left.ours[:MOST_AT_ONCE], _erase)


def _erase(provider_id: str) -> None:
    with suppress(Unreachable):
        telephone().erase(provider_id)


def _picture_is_gone(url: str) -> bool:
    try:
        return telephone().erase_picture(url)
    except PictureRefused:
        # Not an address of the provider: there is nothing of ours.
        return True


SILENT_FOR = timedelta(days=1)
SILENT_FOR_GOOD = timedelta(days=3)
"""After this no state is expected any more: some carriers never report one."""
MOST_RECONCILED = 200


def ask_about_silent_texts() -> None:
    """Ask the provider about texts that were sent a day ago and have no final state yet."""
    if current_portal.telephone is None:
        return
    with db.work():
        sent = OutboundMessage.kind == MessageKind.TEXT, OutboundMessage.state == DeliveryState.SENT
        unsettled = OutboundMessage.delivery.is_(None) | OutboundMessage.delivery.not_in([*TERMINAL])
        silent = select(OutboundMessage.id, OutboundMessage.provider_id).where(*sent, unsettled)
        silent = silent.where(OutboundMessage.created_at < now() - SILENT_FOR)
        # In random order: texts that never get a state must not fill the limit each night.
        rows = session.execute(silent.order_by(func.random()).limit(MOST_RECONCILED)).all()
    each_row(rows, _ask_about)


def _ask_about(row: Row[int, str | None]) -> None:
    message_id, provider_id = row
    try:
        answer = telephone().state_of(provider_id or "")
    except Unreachable:
        return
    state = delivery(answer.status) if answer else Delivery.FAILED
    with db.work():
        message = session.get(OutboundMessage, message_id)
        if message is None or message.provider_id is None:
            return
        if state is not None:
            message.delivery = later(Delivery(message.delivery) if message.delivery else None, state)
        if message.delivery in TERMINAL or message.created_at < now() - SILENT_FOR_GOOD:
            delete_later(message.provider_id, message_id=message.id)


MOST_PICTURE_BYTES = 8 * 1024 * 1024
PICTURE_WAITS = timedelta(minutes=5)
MOST_PICTURE_ATTEMPTS = 12
LOST_PICTURE_WITHIN = timedelta(hours=4)
TROUBLES = {FileTrouble.TOO_LARGE: UnreadPicture.TOO_LARGE, FileTrouble.TOO_MANY_DOTS: UnreadPicture.TOO_LARGE}


class PictureWaiting(Base):
    """A picture at the provider that a worker has yet to fetch, clean and seal."""

    __tablename__ = "sms_picture_waiting"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    thread_id: Mapped[int] = mapped_column(ForeignKey("reports_thread.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(Encrypted(), deferred=True)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(index=True)


def fetch_pictures() -> None:
    """Fetch waiting pictures, re-encode and seal them; the desk and the sender are told of one that is lost."""
    each_row(_due(PictureWaiting, most=50), fetch_picture, begin=_count_picture_attempt)


def _count_picture_attempt(waiting_id: int) -> bool:
    """Count an attempt and set the time of the next one; False once there were too many."""
    waiting = session.get(PictureWaiting, waiting_id, with_for_update=True)
    if waiting is None:
        return False
    if waiting.attempts >= MOST_PICTURE_ATTEMPTS:
        _settle(waiting, UnreadPicture.NOT_FETCHED)
        return False
    waiting.attempts += 1
    waiting.due_at = now() + PICTURE_WAITS * waiting.attempts
    return True


def fetch_picture(waiting_id: int) -> None:
    """Fetch one picture; no transaction is open while the provider is asked."""
    with db.work():
        waiting = session.get(PictureWaiting, waiting_id)
        url = waiting.address if waiting else None
    if url is None:
        return
    picture = _fetched(url)
    with db.work():
        waiting = session.get(PictureWaiting, waiting_id)
        if waiting is not None and picture is not None:
            _settle(waiting, picture)


def _fetched(url: str) -> bytes | UnreadPicture | None:
    """Return the picture as a new JPEG, or why there is none; None to try again later, which is counted already."""
    try:
        content = telephone().fetch_picture(url, MOST_PICTURE_BYTES)
        return rebuilt(content) if content else UnreadPicture.EMPTY
    except Unreachable:
        return None
    except PictureTooLarge:
        return UnreadPicture.TOO_LARGE
    except PictureRefused:
        return UnreadPicture.NOT_FETCHED
    except NotTaken as reason:
        return None if reason.trouble is FileTrouble.UNFINISHED else TROUBLES.get(reason.trouble, UnreadPicture.NONE)


def _settle(waiting: PictureWaiting, picture: bytes | UnreadPicture) -> None:
    """Add the picture to its report, or tell the desk and the sender that there is none."""
    thread = session.get_one(Thread, waiting.thread_id)
    if isinstance(picture, UnreadPicture):
        with speaking(thread.language):
            append(thread, ReportWords(str(picture.value)), "desk")
        _tell_of_lost_picture(thread.id, is_late=waiting.attempts > 1)
    else:
        append(thread, picture, "resident", kind="picture")
    session.delete(waiting)


def _tell_of_lost_picture(thread_id: int, *, is_late: bool) -> None:
    """Tell the sender once a day for each report that a picture could not be read; if it `is_late`, by day."""
    route = way_to(thread_id)
    if route is None or is_in_doubt(route.sender_hash) or not may_try("told of picture", str(thread_id), 1, DAY):
        return
    due_at = next_waking(now(), zone(), waking()) if is_late else now()
    talk = session.execute(select(Conversation.language).where(Conversation.thread_id == thread_id)).first()
    languages = LANGUAGES if talk is not None and talk.language is None else (route.language,)
    number, before = cipher().decrypt(route.number), due_at + LOST_PICTURE_WITHIN
    body = f"{current_portal.settings.site_name}: {in_each(languages, lambda: str(LOST_PICTURE_TEXT))}"
    outbox.put(MessageKind.TEXT, number, body, direct=not is_late, by_day=is_late, due_at=due_at, send_before=before)

"""Jobs and transport of text messages: sending, fetching pictures, filing unsorted texts, delivery states, verdicts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal.config import Settings, SmsSender
from portal.core.clock import now
from portal.core.db import db, session
from portal.core.files.apart import FileTrouble, NotTaken
from portal.core.files.rewriting import made_anew
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import MessageKind, OutboundMessage, cipher
from portal.core.jobs.retries import DeliveryState
from portal.core.outcomes import Failed, Outcome, Unreachable
from portal.core.portal import Portal, current_portal
from portal.core.sms.telephone import ConsoleTelephone, PictureRefused, Telephone
from portal.core.sms.twilio import TwilioTelephone
from portal.reports.reports import Thread
from portal.reports.threads import add_picture
from portal.sms.conversations import PictureWaiting, Unsorted, has_opted_out
from portal.sms.outgoing import early_words, settle_word, stop_texting
from portal.sms.replies import ask_phone, phones_to_ask, settle_late
from portal.sms.segments import TERMINAL, Delivery, delivery, later

MOST_PICTURE_BYTES = 8 * 1024 * 1024
PICTURE_WAITS = timedelta(minutes=5)
MOST_PICTURE_ATTEMPTS = 12
SILENT_FOR = timedelta(days=1)
MOST_RECONCILED = 200


def start(portal: Portal) -> None:
    """Open the configured telephone and register the transport for texts."""
    telephone = open_telephone(portal.settings)
    if telephone is not None:
        portal.telephone = telephone
        portal.transports[MessageKind.TEXT] = TextTransport(telephone, portal.settings.public_url)


def open_telephone(settings: Settings) -> Telephone | None:
    """Return the configured telephone, or None while text messages are switched off."""
    match settings.sms_sender:
        case SmsSender.TWILIO:
            return TwilioTelephone(
                settings.twilio_account_sid,
                settings.twilio_auth_token,
                settings.sms_number,
                settings.twilio_api_base or None,
            )
        case SmsSender.CONSOLE:
            return ConsoleTelephone()
        case _:
            return None


class TextTransport:
    """Transport for texts; checks opt-outs when a text is about to be sent, not when it was written."""

    def __init__(self, telephone: Telephone, public_url: str) -> None:
        self._telephone = telephone
        self._public_url = public_url

    def deliver(self, address: str, body: str, parcel_id: int, valid_for: timedelta) -> Outcome:
        outcome = self._telephone.send(address, body, f"{self._public_url}/sms/twilio/status/{parcel_id}", valid_for)
        if isinstance(outcome, Failed) and outcome.opted_out:
            # The provider received the opt-out and did not forward it, which it may do.
            with db.work():
                stop_texting(address, "provider")
        return outcome

    def find(self, address: str, body: str, since: datetime, known: Collection[str]) -> str | None:
        return self._telephone.find(address, body, since, known)

    def is_suppressed(self, address: str) -> bool:
        return has_opted_out(address)


def telephone() -> Telephone:
    """Return the telephone of this app."""
    found = current_portal.telephone
    assert found is not None
    return found


def fetch_pictures() -> None:
    """Fetch waiting pictures, re-encode and seal them, and delete them at the provider.

    A picture that cannot be had is given up.
    """
    if current_portal.telephone is None:
        return
    with db.work():
        due = select(PictureWaiting.id).where(PictureWaiting.due_at <= now()).order_by(PictureWaiting.due_at).limit(50)
        ids = session.scalars(due).all()
    each_row(ids, fetch_picture, begin=_count_attempt)


def _count_attempt(waiting_id: int) -> bool:
    """Count an attempt and set the time of the next one; False once there were too many."""
    waiting = session.get(PictureWaiting, waiting_id, with_for_update=True)
    if waiting is None:
        return False
    if waiting.attempts >= MOST_PICTURE_ATTEMPTS:
        session.delete(waiting)
        return False
    waiting.attempts += 1
    waiting.due_at = now() + PICTURE_WAITS * waiting.attempts
    return True


def fetch_picture(waiting_id: int) -> None:
    """Fetch one picture; no transaction is open while the provider is asked."""
    with db.work():
        waiting = session.get(PictureWaiting, waiting_id)
        url = cipher().decrypt(waiting.address) if waiting else None
    if url is None:
        return
    jpeg: bytes | None = None
    try:
        jpeg = made_anew(telephone().fetch_picture(url, MOST_PICTURE_BYTES))
    except Unreachable:
        # The attempt is counted already.
        return
    except PictureRefused:
        jpeg = None
    except NotTaken as reason:
        if reason.trouble is FileTrouble.UNFINISHED:
            return
    _keep(waiting_id, jpeg)
    try:
        telephone().erase_picture(url)
    except (PictureRefused, Unreachable):
        # The provider erases pictures by itself after some time; our row is settled either way.
        return


def _keep(waiting_id: int, jpeg: bytes | None) -> None:
    with db.work():
        waiting = session.get(PictureWaiting, waiting_id)
        thread = session.get(Thread, waiting.thread_id) if waiting else None
        if thread is not None and jpeg is not None:
            add_picture(thread, jpeg)
        if waiting is not None:
            session.delete(waiting)


def file_unsorted() -> None:
    """File texts as reports whose senders did not say in time whether they are about a meeting."""
    with db.work():
        late = session.scalars(select(Unsorted.id).where(Unsorted.expires_at <= now()).limit(50)).all()
    each_row(late, settle_late, begin=_put_off)


def _put_off(row_id: int) -> bool:
    """Postpone a text that cannot be filed without a desk, so that it holds up no other."""
    row = session.get(Unsorted, row_id, with_for_update=True)
    if row is not None:
        row.expires_at = now() + PICTURE_WAITS
    return row is not None


def settle_delivery_words() -> None:
    """Apply delivery states that came before we knew the text they are about."""
    with db.work():
        ids = early_words()
    each_row(ids, settle_word)


def ask_about_silent_texts() -> None:
    """Ask the provider about texts that were sent a day ago and have no final state yet."""
    if current_portal.telephone is None:
        return
    with db.work():
        ended = [state.value for state in TERMINAL]
        silent = (
            select(OutboundMessage.id, OutboundMessage.provider_id)
            .where(
                OutboundMessage.kind == MessageKind.TEXT,
                OutboundMessage.state == DeliveryState.SENT,
                OutboundMessage.created_at < now() - SILENT_FOR,
            )
            .where(OutboundMessage.delivery.is_(None) | OutboundMessage.delivery.not_in(ended))
            # In random order: texts that never get a state must not fill the limit each night.
            .order_by(func.random())
            .limit(MOST_RECONCILED)
        )
        rows = session.execute(silent).tuples().all()
    each_row(rows, _ask_about)


def ask_whether_better() -> None:
    """Ask each phone for a verdict in its own transaction, so that a crashed run asks no phone twice."""
    with db.work():
        waiting = phones_to_ask()
    each_row(waiting, ask_phone)


def _ask_about(row: tuple[int, str | None]) -> None:
    parcel_id, provider_id = row
    try:
        state = telephone().state_of(provider_id or "")
    except Unreachable:
        return
    told = delivery(state.status) if state else Delivery.FAILED
    with db.work():
        parcel = session.get(OutboundMessage, parcel_id)
        if parcel is not None and told is not None:
            parcel.delivery = later(Delivery(parcel.delivery) if parcel.delivery else None, told)

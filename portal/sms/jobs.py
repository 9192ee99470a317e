"""Jobs and transport of text messages: sending, fetching pictures, filing unsorted texts, delivery states, verdicts."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select

from portal.config import Settings, SmsSender
from portal.core.clock import now
from portal.core.db import db, session
from portal.core.files.apart import FileTrouble, NotTaken, rebuilt
from portal.core.i18n import speaking
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import MessageKind, OutboundMessage, cipher
from portal.core.jobs.retries import DeliveryState, Unreachable
from portal.core.portal import Portal, current_portal
from portal.core.sms.telephone import ConsoleTelephone, PictureRefused, PictureTooLarge
from portal.core.sms.twilio import Telephone, TwilioTelephone
from portal.reports.reports import Thread
from portal.reports.threads import add_picture, note_lost
from portal.sms.conversations import CodePart, PictureWaiting, Unsorted
from portal.sms.deliveries import TERMINAL, Delivery, delete_later, delivery, later, telephone
from portal.sms.outgoing import TextTransport, tell_of_lost_picture
from portal.sms.replies import settle_late
from portal.sms.texts import LOST_PICTURE, UnreadPicture

MOST_PICTURE_BYTES = 8 * 1024 * 1024
PICTURE_WAITS = timedelta(minutes=5)
MOST_PICTURE_ATTEMPTS = 12
TROUBLES = {FileTrouble.TOO_LARGE: UnreadPicture.TOO_LARGE, FileTrouble.TOO_MANY_DOTS: UnreadPicture.TOO_LARGE}
SILENT_FOR = timedelta(days=1)
SILENT_FOR_GOOD = timedelta(days=3)
"""After this no state is expected any more: some carriers never report one."""
MOST_RECONCILED = 200


def start(portal: Portal) -> None:
    """Open the configured telephone and register the transport for texts."""
    telephone = open_telephone(portal.settings)
    if telephone is not None:
        portal.telephone = telephone
        portal.transports[MessageKind.TEXT] = TextTransport(telephone, portal.settings.public_url)


def open_telephone(settings: Settings) -> Telephone | None:
    match settings.sms_sender:
        case SmsSender.TWILIO:
            return TwilioTelephone(
                settings.twilio_account_sid,
                settings.twilio_auth_token,
                settings.sms_number,
                settings.twilio_api_base or None,
                old_token=settings.twilio_auth_token_old,
            )
        case SmsSender.CONSOLE:
            return ConsoleTelephone()
        case _:
            return None


def fetch_pictures() -> None:
    """Fetch waiting pictures, re-encode and seal them; the desk and the sender are told of one that is lost."""
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
        _settle(waiting, UnreadPicture.NOT_FETCHED)
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
            note_lost(thread, str(LOST_PICTURE[picture]))
        tell_of_lost_picture(thread.id, is_late=waiting.attempts > 1)
    else:
        add_picture(thread, picture)
    session.delete(waiting)


def file_unsorted() -> None:
    """File texts as reports whose senders did not say in time whether they are about a meeting."""
    with db.work():
        late = session.scalars(select(Unsorted.id).where(Unsorted.expires_at <= now()).limit(50)).all()

    def put_off(row_id: int) -> bool:
        """Postpone a text that cannot be filed without a desk, so that it holds up no other."""
        row = session.get(Unsorted, row_id, with_for_update=True)
        if row is not None:
            row.expires_at = now() + PICTURE_WAITS
        return row is not None

    each_row(late, settle_late, begin=put_off)


def forget_code_parts() -> None:
    with db.work():
        erased = session.execute(delete(CodePart).where(CodePart.expires_at <= now()).returning(CodePart.words)).all()
    if erased:
        db.forget_journal()


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
        some = session.execute(silent.order_by(func.random()).limit(MOST_RECONCILED))
        rows = [(row.id, row.provider_id) for row in some]
    each_row(rows, _ask_about)


def _ask_about(row: tuple[int, str | None]) -> None:
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

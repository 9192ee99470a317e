"""Codes and links that open an answer, and messages to the residents who gave it.

Short code and link token are derived from the id of the answer with a secret and are stored nowhere: the server can
write the link into a message weeks later, whereas an attacker who has only the database can make neither.

Messages are recorded as `RsvpNotice`: which answer was told of which state of the meeting over which channel, without
texts or names. Queued messages that are no longer true are taken back.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.core.clock import now, today, waking, zone
from portal.core.contact import mailbox_of
from portal.core.crypto import keyed_hash, site_key
from portal.core.db import added, session
from portal.core.hours import next_waking
from portal.core.i18n import speaking
from portal.core.jobs import outbox
from portal.core.jobs.outbox import Letter, MessageKind, OutboundMessage
from portal.core.jobs.retries import UNSETTLED, DeliveryState
from portal.core.mail import sender_of
from portal.core.portal import current_portal
from portal.core.slugs import ID_BYTES, PROOF_BYTES, public_address, token_of
from portal.core.statuses import NotFound
from portal.core.texted import code_from
from portal.meetings.feeds import invitation
from portal.meetings.meeting import Meeting
from portal.meetings.rsvp import rules, texts
from portal.meetings.rsvp.rsvp import ReminderWording, Rsvp, RsvpNotice, is_public, seats_of
from portal.meetings.rsvp.rules import ContactKind, Reminder, ReminderConsent, ReminderWindow, RsvpNews, cannot_wait

MINE = "meeting answer link"
"""The purpose of the tokens in private links."""
IN_HAND = (DeliveryState.SENDING, DeliveryState.UNKNOWN)
CONFIRM_WITHIN = timedelta(hours=4)


def _key(purpose: str) -> bytes:
    return site_key(current_portal.settings.secret, f"meeting answer {purpose}")


def id_from(nonce: bytes) -> int:
    """Return the id of the answer that a form creates; a form that is sent twice yields the same id."""
    return int(keyed_hash(_key("id"), nonce.hex())[:15], 16) + 1


def code_of(rsvp_id: int) -> str:
    return code_from(hmac.digest(_key("code"), str(rsvp_id).encode(), "sha256"))


def hash_of_code(code: str) -> str:
    """Return the keyed hash by which an answer is found from its short code."""
    return keyed_hash(_key("code found"), code)


def contact_hash(meeting_id: int, address: str) -> str:
    """Return the hash of a contact, which links answers to one meeting and matches nothing elsewhere."""
    return keyed_hash(_key(f"contact {meeting_id}"), mailbox_of(address))


def private_link(rsvp: Rsvp) -> str:
    return public_address("meetings_rsvp.mine", lang=rsvp.language, token=token_of(MINE, rsvp.id))


def contact_link(rsvp: Rsvp) -> str:
    """Return the URL of the consent page, which only readers of the answer's phone or mailbox receive."""
    return public_address("meetings_remind.ask", lang=rsvp.language, token=_contact_token(rsvp))


def _contact_token(rsvp: Rsvp) -> str:
    proof = hmac.digest(_key("contact link"), f"{rsvp.id} {rsvp.contact_hash}".encode(), "sha256")
    return urlsafe_b64encode(rsvp.id.to_bytes(ID_BYTES, "big") + proof[:PROOF_BYTES]).decode()


def written_to(token: str) -> Rsvp:
    """Return the answer whose contact received this link. Raises `NotFound` if the contact has changed since."""
    try:
        claimed = int.from_bytes(urlsafe_b64decode(token)[:ID_BYTES], "big")
    except ValueError:
        raise NotFound from None
    # Databases take no larger integer.
    rsvp = session.get(Rsvp, claimed) if claimed < 2**63 else None
    if rsvp is None or rsvp.contact_hash is None or not hmac.compare_digest(token, _contact_token(rsvp)):
        raise NotFound
    return rsvp


def _note(rsvp: Rsvp, meeting: Meeting, kind: RsvpNews | Reminder, message_id: int | None) -> None:
    """Record that a message was queued or, without a message, that a reminder is left out."""
    added(
        RsvpNotice(
            rsvp_id=rsvp.id,
            contact_hash=rsvp.contact_hash,
            channel=rsvp.contact_kind,
            kind=kind,
            sequence=meeting.sequence,
            starts_at=meeting.starts_at,
            message_id=message_id,
        )
    )


def take_back(rsvp: Rsvp, kinds: Iterable[RsvpNews | Reminder]) -> bool:
    """Recall queued messages of these kinds and delete their records. Return whether there were any."""
    recalled = False
    waiting = (
        select(RsvpNotice)
        .join(OutboundMessage, OutboundMessage.id == RsvpNotice.message_id)
        .where(OutboundMessage.state.in_(UNSETTLED), RsvpNotice.rsvp_id == rsvp.id, RsvpNotice.kind.in_(tuple(kinds)))
    )
    for notice in session.scalars(waiting).all():
        if notice.message_id is not None and outbox.recall(notice.message_id):
            session.delete(notice)
            recalled = True
    session.flush()
    return recalled


def leave_out_reminders(rsvp: Rsvp, meeting: Meeting) -> None:
    """Mark reminders as left out whose time is at hand: the resident is being told the start right now."""
    if meeting.starts_at is None or rsvp.contact_hash is None:
        return
    notices = select(RsvpNotice.kind).where(
        RsvpNotice.contact_hash == rsvp.contact_hash, RsvpNotice.starts_at == meeting.starts_at
    )
    kinds = set(session.scalars(notices))
    chosen = rules.read_choice(seats_of(meeting.id).reminders)
    for window in rules.windows(meeting.starts_at, chosen, zone(), waking()):
        if window.is_at_hand(now()) and window.reminder not in kinds:
            _note(rsvp, meeting, window.reminder, None)


def tell(rsvp: Rsvp, meeting: Meeting, news: RsvpNews, *, before: datetime | None = None) -> None:
    """Queue a message to the contact of this answer, if there is one, with a time after which it is not sent.

    Queued messages that it supersedes are taken back, so that nobody is reminded in the same breath as of a
    cancellation. Nothing is sent about a meeting that is over or whose place has been hidden since; of a cancelled one,
    only that it is. `before`: the previous start.
    """
    take_back(rsvp, rules.TAKEN_BACK_BY[news])
    may_be_told = meeting.is_cancelled == (news is RsvpNews.CANCELLED) and not meeting.is_over and is_public(meeting)
    if rsvp.contact is None or not may_be_told:
        return
    when = _when(rsvp, meeting, news, before or meeting.starts_at or now())
    # It must not overtake the latest one that is not sent; what goes out at once only that in a worker's hands.
    unsent = (
        select(OutboundMessage.id)
        .join(RsvpNotice, RsvpNotice.message_id == OutboundMessage.id)
        .where(RsvpNotice.rsvp_id == rsvp.id, OutboundMessage.state.in_(IN_HAND if when.get("direct") else UNSETTLED))
    )
    after = session.scalars(unsent.order_by(OutboundMessage.created_at.desc())).first()
    # A contact typed on the web is asked whether the answer is theirs.
    asks = news is RsvpNews.COUNTED and not rsvp.proved_on and bool(seats_of(meeting.id).reminders)
    _send(rsvp, meeting, news, f"{news}_ask" if asks else str(news), after=after, **when)


def remind(rsvp: Rsvp, meeting: Meeting, window: ReminderWindow) -> None:
    """Queue a reminder for its window, once the caller has seen that this contact has none of this kind and start."""
    due_at = max(now(), window.opens)
    _send(rsvp, meeting, window.reminder, "remind", due_at=due_at, send_before=window.closes, by_day=True)


def _send(rsvp: Rsvp, meeting: Meeting, kind: RsvpNews | Reminder, name: str, **when: Any) -> None:
    """Queue the words of `name` in `texts.MESSAGES` and record it; a phone that answers by code has its own words."""
    channel, address = MessageKind(rsvp.contact_kind or ""), rsvp.contact or ""
    site = current_portal.settings.site_name
    with speaking(rsvp.language):
        code = texts.code_with_letter(meeting, rsvp)
        by_code = channel is MessageKind.TEXT and code and f"{name}_text" in texts.MESSAGES
        words = str(texts.MESSAGES[f"{name}_text" if by_code else name]) % {
            "code": code,
            "site": site,
            "when": texts.day_and_hour(meeting.starts_at) if meeting.starts_at else "",
            "why": texts.WHY_NAMES[rsvp.why] if rsvp.why else "",
            "what": texts.offers_in_words(need for need in meeting.gone if need in rsvp.counts_on),
            "link": contact_link(rsvp) if name.endswith("_ask") else private_link(rsvp),
        }
        body: str | Letter = words
        if channel is MessageKind.MAIL:
            # A moved or cancelled meeting changes in the calendar, too; whoever was taken out is not invited.
            is_invited = kind is RsvpNews.CANCELLED or (kind is RsvpNews.MOVED and rsvp.is_coming)
            calendar = invitation(meeting, sender_of(current_portal.settings), address) if is_invited else b""
            body = Letter(str(texts.MAIL_SUBJECT) % {"site": site}, words, calendar)
    _note(rsvp, meeting, kind, outbox.put(channel, address, body, **when))


def _when(rsvp: Rsvp, meeting: Meeting, news: RsvpNews, before: datetime) -> dict[str, Any]:
    """Return the delivery times.

    A confirmation goes out at once, since the resident is awake, as does a change on the same day; others wait for the
    waking hours, and so does a confirmation to a phone that has not answered from there: it may be a stranger's.
    """
    if news in rules.CHANGES:
        starts = (before, meeting.starts_at or before)
        soon = any(cannot_wait(start, now(), zone(), waking()) for start in starts if start > now())
        due_at = now() if soon else next_waking(now(), zone(), waking())
        return {"direct": soon, "by_day": not soon, "due_at": due_at, "send_before": meeting.ends_at}
    due_at = next_waking(now(), zone(), waking())
    may_be_strangers = rsvp.contact_kind == ContactKind.TEXT and rsvp.proved_on is None
    can_wait = meeting.starts_at is not None and not cannot_wait(meeting.starts_at, now(), zone(), waking())
    if news is RsvpNews.COUNTED and not (may_be_strangers and can_wait and due_at > now()):
        return {"direct": True, "send_before": now() + CONFIRM_WITHIN}
    return {"due_at": due_at, "by_day": True, "send_before": meeting.starts_at}


def agree(rsvp: Rsvp, how: ReminderConsent, words: str) -> None:
    """Record consent to reminders after the resident has read these words in the language of the answer."""
    version = ReminderWording.keep(words, rsvp.language)
    rsvp.agreed_on, rsvp.agreed_how, rsvp.wording = today(), how, version

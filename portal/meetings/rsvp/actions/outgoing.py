"""What is written to those who left a number or an address: short, neutral, in their language, not at night."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from portal.core.clock import now, zone
from portal.core.hours import next_waking
from portal.core.i18n import speaking
from portal.core.jobs import outbox
from portal.core.jobs.outbox import Kind, cipher
from portal.core.mail import letter, sender_of
from portal.meetings.feeds import invitation
from portal.meetings.models import Meeting
from portal.meetings.rsvp.actions.keys import contact_link, private_link
from portal.meetings.rsvp.actions.ledger import note, still_under_way, take_back
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import is_public, seats_of
from portal.meetings.rsvp.rules.answers import ContactKind
from portal.meetings.rsvp.rules.news import CHANGES, News, Window, taken_back_by
from portal.meetings.rsvp.rules.seats import State
from portal.meetings.rsvp.rules.times import cannot_wait
from portal.meetings.rsvp.texts import (
    MAIL_SUBJECT,
    MESSAGES,
    code_with_letter,
    day_and_hour,
    offers_in_words,
    why_taken_out,
)

JUST_ANSWERED = (News.COUNTED, News.IN_LINE, News.FOR_HOST)
CONFIRM_WITHIN = timedelta(hours=4)
KINDS = {ContactKind.TEXT: Kind.TEXT, ContactKind.MAIL: Kind.MAIL}


def tell(rsvp: Rsvp, meeting: Meeting, news: News, *, before: datetime | None = None, unasked: bool = False) -> None:
    """Write to whoever gave this answer, if they said where; what is told too late is not told.

    What was written before and has not gone out is taken back if this says it too: nobody is offered a seat and told
    of the cancellation in one breath. About a meeting whose place was hidden since, nothing is said.
    `before`: when it was to start until now. `unasked`: nobody is waiting for it at this hour.
    """
    take_back(rsvp, taken_back_by(news))
    if rsvp.contact is None or not _may_be_spoken_of(meeting, news):
        return
    when = _when(rsvp, meeting, news, before or meeting.starts_at or now(), unasked=unasked)
    after = still_under_way(rsvp, in_hand=bool(when.get("direct")))
    with speaking(rsvp.language):
        words = _filled(rsvp, meeting, _words_of(rsvp, meeting, news))
        calendar = _calendar(rsvp, meeting, news)
    note(rsvp, meeting, news, _put(rsvp, words, calendar, after=after, **when))


def remind(rsvp: Rsvp, meeting: Meeting, window: Window) -> None:
    """Queue a reminder for its hours. Whoever calls has seen that this phone or mailbox has none of this start yet."""
    with speaking(rsvp.language):
        words = _filled(rsvp, meeting, "remind_text" if _has_code(rsvp, meeting) else "remind")
    parcel = _put(rsvp, words, due_at=max(now(), window.opens), send_before=window.closes, by_day=True)
    note(rsvp, meeting, window.reminder, parcel)


def _may_be_spoken_of(meeting: Meeting, news: News) -> bool:
    """Of what is called off nothing else is told, of what is over nothing, of what is hidden neither."""
    is_ahead = meeting.ends_at is not None and meeting.ends_at > now()
    return is_ahead and meeting.is_cancelled == (news is News.CANCELLED) and is_public(meeting)


def _put(rsvp: Rsvp, words: str, calendar: bytes = b"", **when: Any) -> outbox.Posted:
    kind, address = ContactKind(rsvp.contact_kind or ""), cipher().decrypt(rsvp.contact or b"")
    if kind is ContactKind.MAIL:
        with speaking(rsvp.language):
            words = letter(str(MAIL_SUBJECT) % {"site": _site()}, words, calendar)
    return outbox.put(KINDS[kind], address, words, **when)


def _filled(rsvp: Rsvp, meeting: Meeting, name: str) -> str:
    return str(MESSAGES[name]) % {
        "code": code_with_letter(meeting, rsvp),
        "site": _site(),
        "when": day_and_hour(meeting.starts_at) if meeting.starts_at else "",
        "until": day_and_hour(rsvp.offered_until) if rsvp.offered_until else "",
        "why": why_taken_out(rsvp),
        "what": offers_in_words(need for need in meeting.gone if need in rsvp.counts_on),
        "link": contact_link(rsvp) if name.partition("_ask")[1] else private_link(rsvp),
    }


def _words_of(rsvp: Rsvp, meeting: Meeting, news: News) -> str:
    """The name of the words; whoever typed number or address on the web is asked there whether it is theirs."""
    if news is News.MOVED and rsvp.state == State.OFFERED:
        return "moved_offer"
    by_code = _has_code(rsvp, meeting)
    if news is News.OFFER:
        return "offer_text" if by_code else "offer"
    if news in (News.COUNTED, News.IN_LINE) and not rsvp.proved_on and seats_of(meeting.id).reminders:
        return f"{news}_ask{'_text' if by_code else ''}"
    return news


def _has_code(rsvp: Rsvp, meeting: Meeting) -> bool:
    return rsvp.contact_kind == ContactKind.TEXT and bool(code_with_letter(meeting, rsvp))


def _calendar(rsvp: Rsvp, meeting: Meeting, news: News) -> bytes:
    """What changes the entry in their calendar; whoever waits for a seat is not invited by it."""
    is_told = news is News.CANCELLED or (news is News.MOVED and rsvp.is_coming)
    if rsvp.contact_kind != ContactKind.MAIL or not is_told:
        return b""
    sender = sender_of(current_app.extensions["settings"])
    return invitation(meeting, sender, cipher().decrypt(rsvp.contact or b""))


def _when(rsvp: Rsvp, meeting: Meeting, news: News, before: datetime, *, unasked: bool) -> dict[str, Any]:
    """A confirmation answers somebody who is awake, and a change on the same day cannot wait; all else can."""
    if news in CHANGES:
        starts = (before, meeting.starts_at or before)
        soon = any(cannot_wait(start, now(), zone()) for start in starts if start > now())
        due_at = now() if soon else next_waking(now(), zone())
        return {"direct": soon, "by_day": not soon, "due_at": due_at, "send_before": meeting.ends_at}
    if news in JUST_ANSWERED and not unasked:
        return {"direct": True, "send_before": now() + CONFIRM_WITHIN}
    due_at = next_waking(now(), zone())
    return {"due_at": due_at, "by_day": True, "send_before": rsvp.offered_until or meeting.starts_at}


def _site() -> str:
    site: str = current_app.extensions["settings"].site_name
    return site

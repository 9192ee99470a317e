"""What is written to those who left a number or an address: short, neutral, in their language, not at night."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask import current_app

from portal.core.clock import now, zone
from portal.core.db import session
from portal.core.i18n import speaking
from portal.core.jobs import outbox
from portal.core.jobs.outbox import Kind, cipher
from portal.meetings.models import Meeting
from portal.meetings.rsvp.actions.keys import private_link
from portal.meetings.rsvp.models import Rsvp
from portal.meetings.rsvp.queries import is_public
from portal.meetings.rsvp.rules.answers import ContactKind
from portal.meetings.rsvp.rules.times import is_last_day, next_waking
from portal.meetings.rsvp.texts import MAIL_SUBJECT, MESSAGES, code_with_letter, day_and_hour

CONFIRM_WITHIN = timedelta(hours=4)


class News(StrEnum):
    """What can be told."""

    COUNTED = "counted"
    IN_LINE = "in_line"
    OFFER = "offer"
    ASK = "ask"
    MOVED = "moved"
    CANCELLED = "cancelled"


def tell(rsvp: Rsvp, meeting: Meeting, news: News) -> None:
    """Write to whoever gave this answer, if they said where; what is told too late is not told.

    What was written before and has not gone out is taken back: nobody is offered a seat and told of the cancellation
    in one breath. About a meeting whose place was hidden since, nothing is said.
    """
    recall_last(rsvp)
    if rsvp.contact is None or meeting.starts_at is None or not is_public(meeting):
        return
    with speaking(rsvp.language):
        site: str = current_app.extensions["settings"].site_name
        code = code_with_letter(meeting, rsvp)
        by_text = news is News.OFFER and rsvp.contact_kind == ContactKind.TEXT and code
        words = str(MESSAGES["offer_text" if by_text else news]) % {
            "code": code,
            "site": site,
            "when": day_and_hour(meeting.starts_at),
            "until": day_and_hour(rsvp.offered_until) if rsvp.offered_until else "",
            "link": private_link(rsvp),
        }
        if rsvp.contact_kind == ContactKind.MAIL:
            words = f"{str(MAIL_SUBJECT) % {'site': site}}\n\n{words}"
    kind = Kind.MAIL if rsvp.contact_kind == ContactKind.MAIL else Kind.TEXT
    parcel = outbox.put(kind, cipher().decrypt(rsvp.contact), words, **_when(rsvp, meeting, news))

    session.flush()
    rsvp.parcel_id = parcel.id


def recall_last(rsvp: Rsvp) -> None:
    """Take back what was written last, if it has not gone out."""
    if rsvp.parcel_id is not None:
        outbox.recall(rsvp.parcel_id)
        rsvp.parcel_id = None


def _when(rsvp: Rsvp, meeting: Meeting, news: News) -> dict[str, Any]:
    """A confirmation answers somebody who is awake, and a change on the same day cannot wait; all else can."""
    if news in (News.MOVED, News.CANCELLED):
        soon = meeting.starts_at is not None and is_last_day(meeting.starts_at, now())
        return {"direct": soon, "due_at": now() if soon else next_waking(now(), zone()), "send_before": meeting.ends_at}
    if news in (News.COUNTED, News.IN_LINE):
        return {"direct": True, "send_before": now() + CONFIRM_WITHIN}
    return {"due_at": next_waking(now(), zone()), "send_before": rsvp.offered_until or meeting.starts_at}

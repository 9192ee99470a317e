"""Jobs of the voice line: fetching voice notes, and deleting recordings and call records at the provider."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import func, select

from portal.core.clock import now
from portal.core.db import db, session
from portal.core.files.apart import NotTaken
from portal.core.files.sounds import resounded
from portal.core.i18n import speaking
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import cipher
from portal.core.jobs.retries import Unreachable
from portal.core.logs import LogEvent
from portal.core.portal import current_portal
from portal.core.purge import days_ago
from portal.core.sms.telephone import PictureRefused
from portal.reports.reports import Thread
from portal.reports.threads import add_voice_note, note_lost
from portal.sms.jobs import telephone
from portal.sms.voice_calls import VoiceDeletion
from portal.sms.voice_texts import LOST_NOTE

MOST_BYTES = 8 * 1024 * 1024
WAITS = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
MOST_FETCHES = 12
"""After that a voice note is given up. Its deletion is never given up."""
AT_ONCE = 50
OVERDUE_DAYS = 2
OVERDUE = LogEvent(
    "voice.overdue",
    logging.ERROR,
    "{count} recordings or call records are overdue to be deleted at the provider",
)
LOST = LogEvent(
    "voice.lost",
    logging.ERROR,
    "a voice note was lost: the provider did not have it in a form that is accepted",
)


def settle_calls() -> None:
    """Fetch the voice notes that are due, and delete what calls left at the provider."""
    if current_portal.telephone is None:
        return
    with db.work():
        due = select(VoiceDeletion.id).where(VoiceDeletion.due_at <= now()).order_by(VoiceDeletion.due_at)
        ids = session.scalars(due.limit(AT_ONCE)).all()
    each_row(ids, settle_one, begin=_count_attempt)


def warn_of_overdue() -> None:
    """Log how many recordings and call records should have been deleted at the provider days ago."""
    with db.work():
        count = how_many_overdue()
    if count:
        OVERDUE.log(count=count)


def how_many_overdue() -> int:
    """Return the number of deletions at the provider that are overdue."""
    overdue = VoiceDeletion.since_on <= days_ago(OVERDUE_DAYS)
    return session.scalar(select(func.count()).select_from(VoiceDeletion).where(overdue)) or 0


def _count_attempt(row_id: int) -> bool:
    """Count an attempt and set the time of the next one, so that a failing row holds up no other."""
    row = session.get(VoiceDeletion, row_id, with_for_update=True)
    if row is None:
        return False
    row.attempts += 1
    row.due_at = now() + min(WAITS * 2 ** min(row.attempts, 10), LONGEST_WAIT)
    return True


def settle_one(row_id: int) -> None:
    """Fetch one recording if a report waits for it, then delete it; no transaction is open while the provider is asked.

    A recording that cannot be had in the end is deleted as well, and the report says so.
    """
    with db.work():
        row = session.get(VoiceDeletion, row_id)
        if row is None:
            return
        reference, attempts = cipher().decrypt(row.reference), row.attempts
        waited_for = row.thread_id is not None
    if waited_for and not _fetch(row_id, reference, attempts):
        return
    try:
        erased = telephone().erase(reference)
    except Unreachable:
        # The attempt is counted already.
        return
    if erased:
        with db.work():
            if (row := session.get(VoiceDeletion, row_id)) is not None:
                session.delete(row)


def _fetch(row_id: int, reference: str, attempts: int) -> bool:
    """Fetch a recording and add it to its report; False to try again later."""
    wav: bytes | None = None
    try:
        wav = resounded(telephone().fetch_recording(reference, MOST_BYTES))
    except Unreachable:
        if attempts < MOST_FETCHES:
            return False
    except (PictureRefused, NotTaken):
        wav = None
    with db.work():
        row = session.get(VoiceDeletion, row_id, with_for_update=True)
        thread = session.get(Thread, row.thread_id) if row and row.thread_id else None
        if thread is not None:
            _add(thread, wav)
        if row is not None:
            # Fetched or given up: only the deletion is left.
            row.thread_id, row.attempts = None, 0
    return True


def _add(thread: Thread, wav: bytes | None) -> None:
    if wav is not None:
        add_voice_note(thread, wav)
        return
    LOST.log()
    with speaking(thread.language):
        note_lost(thread, str(LOST_NOTE))

"""Keeping what somebody made of the words of an announcement."""

from __future__ import annotations

from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.core.parity import stale_after
from portal.meetings.models import Meeting
from portal.meetings.paper.models import Announcement
from portal.meetings.paper.words import basis_of, words_of


def keep_words(meeting: Meeting, kind: str, said: Bilingual, editor_id: int, *, same: bool = False) -> None:
    """Keep these words, which from now on stand against what the meeting says; `same`: both languages say the same."""
    before = words_of(meeting, kind)
    stale = frozenset[str]() if same else stale_after({"words": before.said}, {"words": said}, before.stale)
    kept = session.get(Announcement, (meeting.id, kind))
    if kept is None:
        kept = Announcement(meeting_id=meeting.id, kind=kind)
        session.add(kept)
    kept.words, kept.basis, kept.stale = said, basis_of(before.found), " ".join(sorted(stale))
    kept.editor_id, kept.saved_at = editor_id, now()
    record("meeting.words_kept", "meeting", meeting.id, editor_id)


def forget_words(meeting: Meeting, kind: str, editor_id: int) -> None:
    """Say again what the portal says."""
    kept = session.get(Announcement, (meeting.id, kind))
    if kept is not None:
        session.delete(kept)
        record("meeting.words_forgotten", "meeting", meeting.id, editor_id)

"""The words of announcements as they stand: those of the portal, or what somebody made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.meetings.models import Meeting
from portal.meetings.paper.models import Announcement
from portal.meetings.paper.texts import in_both


@dataclass(frozen=True)
class Words:
    """What an announcement says, and what the portal would say now."""

    said: Bilingual
    found: Bilingual
    saved_at: datetime | None = None
    is_outdated: bool = False
    """Whether the meeting has changed since somebody wrote these words."""
    stale: frozenset[str] = frozenset()


def words_of(meeting: Meeting, kind: str) -> Words:
    """The words of one kind for a published meeting."""
    found = in_both(meeting, kind)
    kept = session.get(Announcement, (meeting.id, kind))
    if kept is None:
        return Words(found, found)
    return Words(kept.words, found, kept.saved_at, kept.basis != basis_of(found), frozenset(kept.stale.split()))


def to_announce(meeting: Meeting, kind: str) -> Bilingual:
    """What is safe to announce: what somebody made of the words, unless the meeting or one language went on since."""
    words = words_of(meeting, kind)
    return words.found if words.is_outdated or words.stale else words.said


def basis_of(found: Bilingual) -> str:
    """The mark of what the portal says."""
    return blake2b(f"{found.en}\x00{found.es}".encode(), digest_size=16).hexdigest()


def mark(words: Words) -> str:
    """Changes whenever somebody saves, or the meeting changes under words that nobody has touched."""
    return basis_of(words.said)

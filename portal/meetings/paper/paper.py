"""What flyers and announcements say, generated from the meeting or edited by hand and stored; and a flyer's files."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b

from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.clock import now
from portal.core.contact import telephone
from portal.core.db import Base, session
from portal.core.i18n import LANGUAGES, Bilingual, bilingual, language, speaking
from portal.core.paper import SIZES, Form, code_of, in_other_language, shown_address, typeset
from portal.core.parity import stale_after
from portal.core.portal import current_portal
from portal.core.slugs import public_address
from portal.meetings.meeting import Meeting
from portal.meetings.readiness import NEEDS
from portal.meetings.rsvp.rsvp import is_open
from portal.meetings.rsvp.texts import short_address, text_code
from portal.meetings.texts import NEED_NAMES, answer_name, changed, when, where, where_exactly

KINDS = ("bulletin", "announcement")
# The last one is a picture of four by five for a phone, 1080 by 1350 pixels.
FLYER_SIZES = {**SIZES, "picture": (216.0, 270.0)}


@dataclass(frozen=True)
class Flyer:
    """The texts of a flyer in one language."""

    eyebrow: str
    headline: str
    day: str
    leaf: tuple[str, str, str]
    """The day as on a calendar: weekday and month in short, and the number between them."""
    hours: str
    place: str
    access: str
    purpose: str
    needs: tuple[tuple[str, str], ...]
    """Needs as (answer, sentence); the answer is "yes", "asked" or "no"."""
    called_off: str
    """Empty, or the notice that the meeting is cancelled."""
    reason: str
    """The reason of a move or cancellation."""
    lead: str
    address: str
    shown_address: str
    texting: str
    other_language: str
    other_lang: str

    @property
    def said(self) -> str:
        """What it says, in the order in which it stands."""
        needs = (sentence for _answer, sentence in self.needs)
        when_and_where = (self.day, self.hours, self.place, self.access)
        if self.called_off:
            begin: tuple[str, ...] = (self.called_off, self.reason, self.headline, *when_and_where)
        else:
            begin = (self.headline, *when_and_where, self.reason)
        foot = (self.lead, self.shown_address, self.texting, self.other_language)
        return " ".join(filter(None, (self.eyebrow, *begin, self.purpose, *needs, *foot)))


def drawn(flyer: Flyer, size: str, form: Form) -> bytes:
    """Return the flyer as a file, in the language of the request.

    A long text is set smaller; what fits in no size that can be read is cut: the code leads to all of it.
    """
    width, height = FLYER_SIZES[size]
    data = {**asdict(flyer), "width": width, "height": height, "code": code_of(flyer.address)}
    return typeset("flyer", flyer.headline, data, form, said=flyer.said)


class Announcement(Base):
    """A bulletin paragraph or a text to be read aloud that was edited by hand."""

    __tablename__ = "meetings_announcement"
    __table_args__ = (CheckConstraint(f"kind IN {KINDS!r}", name="kind"),)

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    words: Mapped[Bilingual] = bilingual("words", encrypted=True)
    basis: Mapped[str] = mapped_column(String(32))
    """The hash of the generated text at that time; if it differs now, the meeting has changed."""
    stale: Mapped[str] = mapped_column(String(20), default="")
    """The marks of `core.parity`: which language is older than the other."""
    editor_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    saved_at: Mapped[datetime]


CALLS = 14
"""Lines of a phone tree."""
KIND_NAMES = {"bulletin": _l("Paragraph for a bulletin"), "announcement": _l("To be read aloud")}
AUDITED = {
    "meeting.words_kept": _l("changed the words of an announcement"),
    "meeting.words_forgotten": _l("took the portal’s words for an announcement again"),
}


def flyer(meeting: Meeting) -> Flyer:
    """Return the texts of the flyer of a published meeting in the language of the request."""
    lang, address = language(), _address(meeting)
    off = meeting.is_cancelled
    return Flyer(
        eyebrow=_("%(site)s · Meeting", site=current_portal.settings.site_name),
        headline=meeting.title[lang],
        day=_day(meeting),
        leaf=_leaf(meeting),
        hours=_hours(meeting),
        place=where_exactly(meeting),
        access=meeting.access[lang],
        purpose="" if off else meeting.purpose[lang],
        needs=() if off else tuple((str(getattr(meeting, need)), _need(meeting, need)) for need in NEEDS),
        called_off=_("Canceled") if off else "",
        reason=changed(meeting),
        lead=_("Everything about it, and every change:"),
        address=address,
        shown_address=_typed_address(meeting),
        texting=texting(meeting),
        **in_other_language("This page is in English too.", "La página también está en español."),
    )


def bulletin(meeting: Meeting) -> str:
    """Return a paragraph for the bulletin of a congregation in the current language."""
    lang = language()
    if meeting.is_cancelled:
        return " ".join((_called_off(meeting), _("Everything about it: %(address)s", address=_typed_address(meeting))))
    parts = (
        *_change(meeting),
        _(
            "%(title)s: %(when)s, %(place)s.",
            title=meeting.title[lang],
            when=when(meeting),
            place=where_exactly(meeting),
        ),
        meeting.purpose[lang],
        *([_("How to get in: %(access)s", access=meeting.access[lang])] if meeting.has_door else []),
        ". ".join(_need(meeting, need) for need in NEEDS) + ".",
        _("Everything about it, and every change: %(address)s", address=_typed_address(meeting)),
    )
    return " ".join(parts)


def announcement(meeting: Meeting) -> str:
    """Return a text to be read aloud: short, without an address, with day and place twice."""
    lang, day, hours = language(), _day(meeting), _hours(meeting)
    if meeting.is_cancelled:
        return "\n".join((_called_off(meeting), _("If you know somebody who wanted to come, please tell them.")))
    parts = (
        *_change(meeting),
        _("Neighbors, you are invited: %(title)s.", title=meeting.title[lang]),
        _("It is on %(day)s, %(hours)s: %(place)s.", day=day, hours=hours, place=where(meeting)),
        meeting.purpose[lang],
        ". ".join(_need(meeting, need) for need in NEEDS) + ".",
        _("Once more: %(day)s, %(place)s. The flyer is at the door.", day=day, place=where(meeting)),
    )
    return "\n".join(parts)


def _change(meeting: Meeting) -> tuple[str, ...]:
    """Return the note about a moved meeting.

    It comes first: people who wrote down the earlier announcement must hear that it no longer holds.
    """
    if not meeting.is_moved:
        return ()
    return (_("Please note a change. What we announced before no longer holds."), changed(meeting))


def _called_off(meeting: Meeting) -> str:
    lang = language()
    said = _("%(title)s, planned for %(when)s, will not take place.", title=meeting.title[lang], when=when(meeting))
    return f"{said} {changed(meeting)}"


def in_both(meeting: Meeting, kind: str) -> Bilingual:
    """Return the generated bulletin or announcement in both languages."""
    said = {}
    for lang in LANGUAGES:
        with speaking(lang):
            said[lang] = bulletin(meeting) if kind == "bulletin" else announcement(meeting)
    return Bilingual(**said)


def _address(meeting: Meeting) -> str:
    return public_address("meetings.meeting", slug=meeting.slug)


def _typed_address(meeting: Meeting) -> str:
    return short_address(meeting) or shown_address(_address(meeting))


def _day(meeting: Meeting) -> str:
    return str(format_date(meeting.starts_at, "full")) if meeting.starts_at else ""


def _leaf(meeting: Meeting) -> tuple[str, str, str]:
    if meeting.starts_at is None:
        return "", "", ""
    weekday, number, month = (format_datetime(meeting.starts_at, form) for form in ("EEE", "d", "LLLL"))
    return str(weekday).rstrip("."), str(number), str(month)


def _hours(meeting: Meeting) -> str:
    if meeting.starts_at is None or meeting.ends_at is None:
        return ""
    start, end = (format_datetime(moment, "h:mm a") for moment in (meeting.starts_at, meeting.ends_at))
    return str(_("%(start)s to %(end)s", start=start, end=end))


def _need(meeting: Meeting, need: str) -> str:
    return f"{NEED_NAMES[need]}: {answer_name(getattr(meeting, need))}"


def texting(meeting: Meeting) -> str:
    """Return the sentence about answering by SMS; empty if that is not possible.

    It contains the meeting's code, without which a text message would begin a report.
    """
    settings = current_portal.settings
    words = text_code(meeting)
    if not words or not is_open(meeting) or settings.sms_sender == "off" or not settings.sms_number:
        return ""
    number = telephone(settings.sms_number).replace(" ", "\u00a0")
    return str(_("To come, text %(words)s to %(number)s.", words=words.replace(" ", "\u00a0"), number=number))


@dataclass(frozen=True)
class AnnouncementText:
    """The current text of an announcement beside the generated one."""

    said: Bilingual
    found: Bilingual
    saved_at: datetime | None = None
    is_outdated: bool = False
    """Whether the meeting has changed since the text was edited."""
    stale: frozenset[str] = frozenset()


def words_of(meeting: Meeting, kind: str) -> AnnouncementText:
    """Return the texts of one kind for a published meeting."""
    found = in_both(meeting, kind)
    kept = session.get(Announcement, (meeting.id, kind))
    if kept is None:
        return AnnouncementText(found, found)
    return AnnouncementText(
        kept.words, found, kept.saved_at, kept.basis != basis_of(found), frozenset(kept.stale.split())
    )


def to_announce(meeting: Meeting, kind: str) -> Bilingual:
    """Return the text that is safe to announce.

    It is the edited text unless the meeting or one language has changed since; then it is the generated one.
    """
    words = words_of(meeting, kind)
    return words.found if words.is_outdated or words.stale else words.said


def basis_of(found: Bilingual) -> str:
    """Return a hash of the generated text."""
    return blake2b(f"{found.en}\x00{found.es}".encode(), digest_size=16).hexdigest()


def mark(words: AnnouncementText) -> str:
    """Return a hash of the current text, which changes with an edit or, for generated texts, with the meeting."""
    return basis_of(words.said)


def keep_words(meeting: Meeting, kind: str, said: Bilingual, editor_id: int, *, same: bool = False) -> None:
    """Store an edited text, which replaces the generated one; `same`: both languages say the same."""
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
    """Delete the edited text, so that the generated one is used."""
    kept = session.get(Announcement, (meeting.id, kind))
    if kept is not None:
        session.delete(kept)
        record("meeting.words_forgotten", "meeting", meeting.id, editor_id)

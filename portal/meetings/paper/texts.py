"""The words on flyers and in announcements: neutral, the same for everybody, with an honest "no"."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app
from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.addresses import public_address
from portal.core.i18n import LANGUAGES, Bilingual, language, speaking
from portal.core.numbers import telephone
from portal.meetings.models import Meeting
from portal.meetings.paper.layout import Flyer
from portal.meetings.rsvp.queries import is_open
from portal.meetings.rsvp.texts import text_code
from portal.meetings.rules import NEEDS
from portal.meetings.texts import NEED_NAMES, answer_name, changed, when, where

CALLS = 14
"""Lines of a phone tree."""
KIND_NAMES = {"bulletin": _l("Paragraph for a bulletin"), "announcement": _l("To be read aloud")}
AUDITED = {
    "meeting.words_kept": _l("changed the words of an announcement"),
    "meeting.words_forgotten": _l("took the portal’s words for an announcement again"),
}


def flyer(meeting: Meeting) -> Flyer:
    """What the flyer of a published meeting says, in the language of the request."""
    lang, address = language(), _address(meeting)
    off = meeting.is_cancelled
    return Flyer(
        eyebrow=_("%(site)s · Meeting", site=current_app.extensions["settings"].site_name),
        title=meeting.title[lang],
        day=_day(meeting),
        hours=_hours(meeting),
        place=where(meeting),
        access=meeting.access[lang],
        purpose="" if off else meeting.purpose[lang],
        needs=() if off else tuple((str(getattr(meeting, need)), _need(meeting, need)) for need in NEEDS),
        called_off=_("Canceled") if off else "",
        reason=changed(meeting),
        lead=_("Everything about it, and every change:"),
        address=address,
        shown_address=shown(address),
        texting=texting(meeting),
        other_language=_in_the_other_language(),
    )


def bulletin(meeting: Meeting) -> str:
    """A paragraph for the bulletin of a congregation, in the language at hand."""
    lang = language()
    if meeting.is_cancelled:
        return " ".join((_called_off(meeting), _("Everything about it: %(address)s", address=shown(_address(meeting)))))
    parts = (
        *_change(meeting),
        _("%(title)s: %(when)s, %(place)s.", title=meeting.title[lang], when=when(meeting), place=where(meeting)),
        meeting.purpose[lang],
        *([_("How to get in: %(access)s", access=meeting.access[lang])] if meeting.has_door else []),
        ". ".join(_need(meeting, need) for need in NEEDS) + ".",
        _("Everything about it, and every change: %(address)s", address=shown(_address(meeting))),
    )
    return " ".join(parts)


def announcement(meeting: Meeting) -> str:
    """What is read aloud from the front: short, no address, twice the day and the place."""
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
    """Whoever wrote down what was announced before must hear first that it no longer holds."""
    if not meeting.is_moved:
        return ()
    return (_("Please note a change. What we announced before no longer holds."), changed(meeting))


def _called_off(meeting: Meeting) -> str:
    lang = language()
    said = _("%(title)s, planned for %(when)s, will not take place.", title=meeting.title[lang], when=when(meeting))
    return f"{said} {changed(meeting)}"


def in_both(meeting: Meeting, kind: str) -> Bilingual:
    """Bulletin or announcement in both languages, as the portal words it."""
    said = {}
    for lang in LANGUAGES:
        with speaking(lang):
            said[lang] = bulletin(meeting) if kind == "bulletin" else announcement(meeting)
    return Bilingual(**said)


def shown(address: str) -> str:
    """An address as people type it."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}"


def _address(meeting: Meeting) -> str:
    return public_address("meetings.meeting", slug=meeting.slug)


def _day(meeting: Meeting) -> str:
    return str(format_date(meeting.starts_at, "full")) if meeting.starts_at else ""


def _hours(meeting: Meeting) -> str:
    if meeting.starts_at is None or meeting.ends_at is None:
        return ""
    start, end = (format_datetime(moment, "h:mm a") for moment in (meeting.starts_at, meeting.ends_at))
    return str(_("%(start)s to %(end)s", start=start, end=end))


def _need(meeting: Meeting, need: str) -> str:
    return f"{NEED_NAMES[need]}: {answer_name(getattr(meeting, need))}"


def texting(meeting: Meeting) -> str:
    """What to text to whom in order to come. Without the meeting's code a text would begin a report."""
    settings = current_app.extensions["settings"]
    words = text_code(meeting)
    if not words or not is_open(meeting) or settings.sms_sender == "off" or not settings.sms_number:
        return ""
    number = telephone(settings.sms_number).replace(" ", "\u00a0")
    return str(_("To come, text %(words)s to %(number)s.", words=words.replace(" ", "\u00a0"), number=number))


def _in_the_other_language() -> str:
    return "This page is in English too." if language() == "es" else "La página también está en español."

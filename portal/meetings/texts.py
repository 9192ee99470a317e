"""Texts about meetings: date and place, offers, missing fields, refusals, holidays and warnings."""

from __future__ import annotations

from datetime import date

from babel.dates import format_skeleton, get_day_names, get_timezone_name
from flask_babel import format_date, format_datetime, get_locale, gettext as _, lazy_gettext as _l

from portal.core.clock import today, zone
from portal.core.i18n import NEAR, day, language
from portal.meetings.meeting import Arrangements, Meeting
from portal.meetings.readiness import NEEDS, Mode, OfferAnswer

NEED_NAMES = {"interpreter": _l("Interpreter"), "childcare": _l("Childcare"), "food": _l("Food"), "ride": _l("Ride")}
ANSWER_NAMES = {
    OfferAnswer.YES: _l("Yes"),
    OfferAnswer.ASKED: _l("We have asked; not certain yet"),
    OfferAnswer.NO: _l("No"),
}
SHORT_ANSWERS = {OfferAnswer.YES: _l("Yes"), OfferAnswer.ASKED: _l("Asked, not sure"), OfferAnswer.NO: _l("No")}
"""For choosing; on pages the answer stands in full."""
MISSING = _l("This is still missing.")
WRONG_DATES = {
    "in_past": ("held_on", _l("This time has passed already.")),
    "order": ("ends", _l("The end must come after the start.")),
    "report_back_early": ("report_back_on", _l("This day comes before the meeting is over.")),
}
AUDITED = {
    "meeting.drafted": _l("drafted a meeting"),
    "meeting.moved": _l("moved a meeting to another time or place"),
    "meeting.edited": _l("changed a meeting"),
    "meeting.published": _l("published a meeting"),
    "meeting.cancelled": _l("canceled a meeting"),
    "meeting.deleted": _l("deleted the draft of a meeting"),
    "meeting.deleted_unseen": _l("deleted the draft of a meeting"),
    "meeting": _l("meeting"),
}
REFUSALS = {
    "meeting_gaps": _l("The meeting cannot be published yet: something is missing or its dates are wrong."),
    "meeting_reason": _l("Please choose why, or write it in both languages. People were told otherwise."),
    "meeting_reason_half": _l("You added own words in one language. Write them here too, or take them out."),
    "meeting_one_language": _l("Please change it in both languages, or people go to different doors."),
    "meeting_hidden": _l(
        "At this place the public could no longer see the meeting, and nobody would tell those who are coming. "
        "Choose “None”, or cancel the meeting."
    ),
    "meeting_cancelled": _l("This meeting was canceled. Copy it to plan a new one."),
    "meeting_held": _l("This meeting was held, and its page tells what came of it. It cannot be canceled any more."),
    "paper_draft": _l("This meeting is still a draft. Flyers and sheets come when it is published."),
    "meeting_not_draft": _l("Only a draft can be deleted. What was published can be canceled."),
    "meeting_draft": _l("This meeting was never published, so there is nobody to cancel it for."),
}


HOLIDAYS = {
    "new_year": _l("New Year’s Day"),
    "king": _l("Martin Luther King Jr. Day"),
    "presidents": _l("Presidents’ Day"),
    "memorial": _l("Memorial Day"),
    "juneteenth": _l("Juneteenth"),
    "independence": _l("Independence Day"),
    "labor": _l("Labor Day"),
    "columbus": _l("Columbus Day"),
    "veterans": _l("Veterans Day"),
    "thanksgiving": _l("Thanksgiving"),
    "christmas": _l("Christmas"),
}


def when(meeting: Meeting) -> str:
    if meeting.starts_at is None or meeting.ends_at is None:
        return str(_("No date yet"))
    return f"{day(meeting.starts_at)}, {hours(meeting)}"


def hours(meeting: Meeting) -> str:
    start, end = (format_datetime(moment, "h:mm a") for moment in (meeting.starts_at, meeting.ends_at))
    return str(_("%(start)s to %(end)s", start=start, end=end))


def named(meeting: Arrangements) -> str:
    """Return the title in the reader's language, else in the other; a draft may have none."""
    return meeting.title[language()] or meeting.title.en or meeting.title.es or str(_("Without a title"))


def where(meeting: Meeting, *, exactly: bool = False) -> str:
    """Return the place, `exactly` with its street address, and whether people join online."""
    if not meeting.has_door:
        return str(_("Online"))
    place = ", ".join(filter(None, (meeting.place[language()], meeting.address if exactly else "")))
    return str(_("%(place)s, and online", place=place)) if meeting.mode == Mode.HYBRID else place


def changed(meeting: Meeting) -> str:
    """Return why it was moved or cancelled, and that it was: a bare reason would read as if it were new."""
    reason = meeting.change_reason[language()]
    if meeting.is_cancelled:
        return str(_("Reason: %(reason)s", reason=reason))
    return str(_("The time or the place has changed. Reason: %(reason)s", reason=reason)) if meeting.is_moved else ""


ZONES_AS_SAID = {
    "hora oriental": "hora del Este",
    "hora central": "hora del Centro",
    "hora de las Montañas Rocosas": "hora de la Montaña",
}
"""Names of CLDR for Spanish that nobody says in the US."""


def zone_name(meeting: Meeting) -> str:
    """Return the name of the city's time zone, as people in the US say it."""
    local = meeting.starts_at.astimezone(zone()) if meeting.starts_at else zone()
    name = get_timezone_name(local, locale=get_locale(), zone_variant="generic")
    return ZONES_AS_SAID.get(name, name)


def answers(meeting: Meeting) -> list[tuple[str, str]]:
    return [(str(NEED_NAMES[need]), answer_name(getattr(meeting, need))) for need in NEEDS]


def offers(meeting: Meeting) -> dict[str, str]:
    """Return the needs that are certainly provided for, with their names; none for a cancelled meeting."""
    wanted = () if meeting.is_cancelled else NEEDS
    return {need: str(NEED_NAMES[need]) for need in wanted if getattr(meeting, need) == OfferAnswer.YES}


def answer_name(answer: str | None) -> str:
    return str(ANSWER_NAMES[OfferAnswer(answer)]) if answer else _("Not answered yet")


def day_name(on: date) -> str:
    """Return a day in words, as it begins a line."""
    words = day(on)
    return words[:1].upper() + words[1:]


def month_name(first: date) -> str:
    is_near = abs(first - today()) <= NEAR
    name = str(format_date(first, "LLLL")) if is_near else format_skeleton("yMMMM", first, locale=get_locale())
    return name[:1].upper() + name[1:]


def weekday_names() -> list[str]:
    names = get_day_names(locale=get_locale())
    return [names[number] for number in (6, *range(6))]

"""Meetings on paper, in pictures and in bulletins: flyers, announcements, sheets for the evening, and their pages.

What flyers and announcements say is generated from the meeting. Sheets are for strokes at the door, the agenda in
large letters, and a phone tree; each says what its page says. Nothing of an answer stands on any, and there is no line
for a name but on the phone tree, which whoever holds it fills in by hand. Of all this, faith partners have pages of
their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from flask import Response as FlaskResponse, render_template, request
from flask_babel import format_date, gettext as _

from portal.accounts.sign_in import current_user
from portal.core.contact import telephone
from portal.core.i18n import Bilingual, clock, date_parts, date_words, day, language
from portal.core.paper import SIZES, Form, code_of, in_other_language, shown_address, typeset
from portal.core.portal import current_portal
from portal.core.slugs import public_address
from portal.core.statuses import NotFound, Refused
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.following.notices import in_both
from portal.meetings.agenda import agenda_of
from portal.meetings.door import counters
from portal.meetings.lists import meetings_ahead
from portal.meetings.meeting import OF_A_MEETING, PLANNERS, Meeting, editable_meeting, public_meeting
from portal.meetings.readiness import NEEDS
from portal.meetings.rsvp.rsvp import is_open
from portal.meetings.rsvp.texts import short_address, text_code
from portal.meetings.texts import NEED_NAMES, answer_name, answers, changed, hours, when, where

# The last one is a picture of four by five for a phone, 1080 by 1350 pixels.
FLYER_SIZES = {**SIZES, "picture": (216.0, 270.0)}
MIMETYPES = {"pdf": "application/pdf", "png": "image/png"}
CALLS = 14
"""Lines of a phone tree."""


def drawn(flyer: Mapping[str, Any], size: str, form: Form) -> bytes:
    """Return the flyer as a file. A long text is set smaller, or cut if that is unreadable: the code leads to it."""
    width, height = FLYER_SIZES[size]
    data = {**flyer, "width": width, "height": height, "code": code_of(flyer["address"])}
    return typeset("flyer", flyer["headline"], data, form)


def flyer(meeting: Meeting) -> dict[str, Any]:
    """Return what stands on a flyer, for its template."""
    lang, address = language(), public_address("meetings.meeting", slug=meeting.slug)
    off = meeting.is_cancelled
    return {
        "eyebrow": _("%(site)s · Meeting", site=current_portal.settings.site_name),
        "headline": meeting.title[lang],
        "day": day(meeting.starts_at) if meeting.starts_at else "",
        # As on a calendar: weekday and month in short, and the number between them.
        "leaf": date_parts(meeting.starts_at) if meeting.starts_at else ("", "", ""),
        "hours": hours(meeting),
        "place": where(meeting, exactly=True),
        "access": meeting.access[lang],
        "purpose": "" if off else meeting.purpose[lang],
        "needs": [] if off else [(str(getattr(meeting, need)), _need(meeting, need)) for need in NEEDS],
        "called_off": _("Canceled") if off else "",
        "reason": changed(meeting),
        "lead": _("Everything about it, and every change:"),
        "address": address,
        "shown_address": _typed_address(meeting),
        "texting": texting(meeting),
        **in_other_language("This page is in English too.", "La página también está en español."),
    }


def bulletin(meeting: Meeting) -> str:
    lang = language()
    if meeting.is_cancelled:
        return " ".join((_called_off(meeting), _("Everything about it: %(address)s", address=_typed_address(meeting))))
    told = {"title": meeting.title[lang], "when": when(meeting), "place": where(meeting, exactly=True)}
    parts = (
        *_change(meeting),
        _("%(title)s: %(when)s, %(place)s.", **told),
        meeting.purpose[lang],
        *([_("How to get in: %(access)s", access=meeting.access[lang])] if meeting.has_door else []),
        ". ".join(_need(meeting, need) for need in NEEDS) + ".",
        _("Everything about it, and every change: %(address)s", address=_typed_address(meeting)),
    )
    return " ".join(parts)


def announcement(meeting: Meeting) -> str:
    """Return a text to be read aloud: short, without an address, with day and place twice."""
    # With its year, whenever it is read.
    lang, held_on = language(), format_date(meeting.starts_at, "full") if meeting.starts_at else ""
    if meeting.is_cancelled:
        return "\n".join((_called_off(meeting), _("If you know somebody who wanted to come, please tell them.")))
    parts = (
        *_change(meeting),
        _("Neighbors, you are invited: %(title)s.", title=meeting.title[lang]),
        _("It is on %(day)s, %(hours)s: %(place)s.", day=held_on, hours=hours(meeting), place=where(meeting)),
        meeting.purpose[lang],
        ". ".join(_need(meeting, need) for need in NEEDS) + ".",
        _("Once more: %(day)s, %(place)s. The flyer is at the door.", day=held_on, place=where(meeting)),
    )
    return "\n".join(parts)


def _change(meeting: Meeting) -> tuple[str, ...]:
    """Return the note about a moved meeting, which comes first: people wrote down what no longer holds."""
    if not meeting.is_moved:
        return ()
    return (_("Please note a change. What we announced before no longer holds."), changed(meeting))


def _called_off(meeting: Meeting) -> str:
    title = meeting.title[language()]
    sentence = _("%(title)s, planned for %(when)s, will not take place.", title=title, when=when(meeting))
    return f"{sentence} {changed(meeting)}"


def _typed_address(meeting: Meeting) -> str:
    return short_address(meeting) or shown_address(public_address("meetings.meeting", slug=meeting.slug))


def _need(meeting: Meeting, need: str) -> str:
    return f"{NEED_NAMES[need]}: {answer_name(getattr(meeting, need))}"


def texting(meeting: Meeting) -> str:
    """Return how to answer by SMS, if one can. Without the meeting's code, a text would begin a report."""
    settings = current_portal.settings
    words = text_code(meeting)
    if not words or not is_open(meeting) or settings.sms_sender == "off" or not settings.sms_number:
        return ""
    number = telephone(settings.sms_number).replace(" ", "\u00a0")
    return str(_("To come, text %(words)s to %(number)s.", words=words.replace(" ", "\u00a0"), number=number))


def announcements(meeting: Meeting) -> list[tuple[str, Bilingual]]:
    """Return the texts to announce a meeting in both languages, each with what it is for."""
    texts = ((_("Paragraph for a bulletin"), bulletin), (_("To be read aloud"), announcement))
    return [(name, in_both(partial(words, meeting))) for name, words in texts]


ITEMS = 5
"""Empty lines for an evening without an agenda."""
LINE = 11
"""Millimeters for what is written by hand."""


def sheet_file(meeting: Meeting, kind: str) -> bytes:
    title = meeting.title[language()]
    data = {
        "headline": title,
        "when": when(meeting),
        "foot": current_portal.settings.site_name,
        "page": _("Page"),
        "large": False,
        **SHEETS[kind](meeting),
    }
    return typeset("sheet", f"{data['kind']}: {title}", data, kept=False)


def _door(_meeting: Meeting) -> dict[str, Any]:
    groups = [
        _table((group, _("Strokes"), _("Sum")), [(label, "", "") for _name, label in names], (5, 8, 2))
        for group, names in counters()
    ]
    words = _("One stroke for each person, no names. Nobody has to say who they are to come in.")
    return {"kind": _("Sheet for the door"), "said": [words], "tables": groups}


def _evening(meeting: Meeting) -> dict[str, Any]:
    begins, ends = (clock(at) if at else "" for at in (meeting.starts_at, meeting.ends_at))
    points = [(clock(at), point.what[language()], "") for at, point in agenda_of(meeting)]
    if not points:
        welcome = (begins, _("Welcome. What tonight is for, and who interprets."), "")
        points = [welcome, *[("", "", "")] * ITEMS]
    points.append(("", _("What was decided: who does what, by when. Read it aloud."), ""))
    who, day = meeting.report_back_by[language()], date_words(meeting.report_back_on) if meeting.report_back_on else ""
    points.append((ends, _("End. Who tells what came of it: %(who)s, by %(day)s.", who=who, day=day), ""))
    lines = [meeting.host[language()], meeting.purpose[language()], _needs(meeting)]
    head = (_("Time"), _("What"), _("Who"))
    return {
        "kind": _("The evening in large letters"),
        "large": True,
        "said": [line for line in lines if line],
        "tables": [_table(head, points, (0, 5, 2), height=0)],
    }


def _phone_tree(meeting: Meeting) -> dict[str, Any]:
    access = meeting.access[language()] if meeting.has_door else ""
    ask = _(
        "Call the people below you and ask them to call the next ones. Write by hand; the sheet stays with you and is "
        "torn up after the meeting."
    )
    head = (_("Who calls"), _("Whom"), _("Number"), _("Reached"), _("Comes with how many; needs"))
    lines = [where(meeting, exactly=True), access, _needs(meeting), texting(meeting), ask]
    tables = [_table(head, [("",) * len(head)] * CALLS, (4, 4, 4, 2, 5))]
    return {"kind": _("Phone tree"), "said": [line for line in lines if line], "tables": tables}


SHEETS: dict[str, Callable[[Meeting], dict[str, Any]]] = {"door": _door, "evening": _evening, "phone-tree": _phone_tree}


def _needs(meeting: Meeting) -> str:
    return " · ".join(": ".join(pair) for pair in answers(meeting))


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], columns: Sequence[int], height: int = LINE
) -> dict[str, Any]:
    """Return a table for the template; a column of 0 is as wide as its words, and a height of 0 as high."""
    return {"head": head, "rows": rows, "columns": columns, "height": height}


desk_blueprint = AudienceBlueprint(
    "meetings_paper", __name__, audience=members(*PLANNERS), url_prefix=f"{OF_A_MEETING}/paper"
)


@desk_blueprint.get("/")
def index(meeting_id: int) -> str:
    meeting = _published(meeting_id)
    return render_template("meetings/paper/index.html", meeting=meeting, announcements=announcements(meeting))


@desk_blueprint.get("/<kind>.pdf")
def sheet(meeting_id: int, kind: str) -> FlaskResponse:
    if kind not in SHEETS:
        raise NotFound
    return FlaskResponse(sheet_file(_published(meeting_id), kind), mimetype="application/pdf")


def _published(meeting_id: int) -> Meeting:
    meeting = editable_meeting(meeting_id, current_user.id)
    if meeting.is_draft:
        raise Refused("paper_draft")
    return meeting


flyers_blueprint = AudienceBlueprint("flyers", __name__, audience=PUBLIC)


@flyers_blueprint.get("/meetings/<slug>/flyer-<any(a4, letter):paper>.pdf")
@flyers_blueprint.get("/meetings/<slug>/flyer.png", endpoint="picture", defaults={"paper": "picture", "form": "png"})
@shared_page
def paper(slug: str, paper: str, form: Form = "pdf") -> FlaskResponse:
    """Send the flyer: as PDF for printing, as PNG for phones."""
    return FlaskResponse(drawn(flyer(_ahead(slug)), paper, form), mimetype=MIMETYPES[form])


def _ahead(slug: str) -> Meeting:
    """Return a public meeting to come, cancelled ones too: what was announced must be corrected. Raises `NotFound`."""
    meeting = public_meeting(slug)
    if meeting.is_over:
        raise NotFound
    return meeting


congregation_blueprint = AudienceBlueprint(
    "meetings_congregation",
    __name__,
    audience=members("faith_partner", "organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/announce",
)


@congregation_blueprint.get("/", endpoint="index")
def to_announce() -> str:
    """List public meetings to come, each date of a series for itself."""
    leaf = meetings_ahead(request.args.get("after"), each=True)
    return render_template("meetings/paper/congregation.html", leaf=leaf)


@congregation_blueprint.get("/<slug>/", endpoint="meeting")
def announce(slug: str) -> str:
    meeting = _ahead(slug)
    return render_template("meetings/paper/to_announce.html", meeting=meeting, announcements=announcements(meeting))


@congregation_blueprint.get("/<slug>/phone-tree.pdf")
def phone_tree(slug: str) -> FlaskResponse:
    return FlaskResponse(sheet_file(_ahead(slug), "phone-tree"), mimetype="application/pdf")

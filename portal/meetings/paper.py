"""Meetings on paper, in pictures and in bulletins: flyers, announcements, sheets for the evening, and their pages.

What flyers and announcements say is generated from the meeting, or edited by hand and stored. Sheets are for strokes at
the door, the agenda in large letters, and a phone tree; each says what its page says. Nothing of an answer stands on
any, and there is no line for a name but on the phone tree, which whoever holds it fills in by hand. Of all this, faith
partners have pages of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any

from flask import Response as FlaskResponse, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext as _, lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column
from wtforms import BooleanField

from portal.accounts.sign_in import current_user
from portal.core import editing
from portal.core.audit import record
from portal.core.clock import now
from portal.core.contact import telephone
from portal.core.db import Base, session
from portal.core.editing import Both, WholeForm, both
from portal.core.i18n import LANGUAGES, Bilingual, bilingual, clock, date_parts, date_words, day, language
from portal.core.paper import SIZES, Form, code_of, in_other_language, shown_address, typeset
from portal.core.parity import stale_after
from portal.core.portal import current_portal
from portal.core.slugs import public_address
from portal.core.statuses import NotFound, Refused
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.following.notices import in_both
from portal.markets.texts import names_hidden_place
from portal.meetings.agenda import agenda_of
from portal.meetings.door import counters
from portal.meetings.lists import meetings_ahead
from portal.meetings.meeting import OF_A_MEETING, PLANNERS, Meeting, editable_meeting, public_meeting
from portal.meetings.readiness import NEEDS
from portal.meetings.rsvp.rsvp import is_open
from portal.meetings.rsvp.texts import short_address, text_code
from portal.meetings.texts import NEED_NAMES, answer_name, answers, changed, hours, when, where

KINDS = ("bulletin", "announcement")
# The last one is a picture of four by five for a phone, 1080 by 1350 pixels.
FLYER_SIZES = {**SIZES, "picture": (216.0, 270.0)}


@dataclass(frozen=True)
class Flyer:
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
        needs = (sentence for _answer, sentence in self.needs)
        when_and_where = (self.day, self.hours, self.place, self.access)
        if self.called_off:
            begin: tuple[str, ...] = (self.called_off, self.reason, self.headline, *when_and_where)
        else:
            begin = (self.headline, *when_and_where, self.reason)
        foot = (self.lead, self.shown_address, self.texting, self.other_language)
        return " ".join(filter(None, (self.eyebrow, *begin, self.purpose, *needs, *foot)))


def drawn(flyer: Flyer, size: str, form: Form) -> bytes:
    """Return the flyer as a file. A long text is set smaller, or cut if that is unreadable: the code leads to it."""
    width, height = FLYER_SIZES[size]
    data = {**asdict(flyer), "width": width, "height": height, "code": code_of(flyer.address)}
    return typeset("flyer", flyer.headline, data, form, said=flyer.said)


class Announcement(Base):
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
    lang, address = language(), public_address("meetings.meeting", slug=meeting.slug)
    off = meeting.is_cancelled
    return Flyer(
        eyebrow=_("%(site)s · Meeting", site=current_portal.settings.site_name),
        headline=meeting.title[lang],
        day=day(meeting.starts_at) if meeting.starts_at else "",
        leaf=date_parts(meeting.starts_at) if meeting.starts_at else ("", "", ""),
        hours=hours(meeting),
        place=where(meeting, exactly=True),
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
    # With its year, whenever it is read: a text that changed by itself would make the words kept for it outdated.
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


GENERATED: dict[str, Callable[[Meeting], str]] = {"bulletin": bulletin, "announcement": announcement}


@dataclass(frozen=True)
class AnnouncementText:
    current: Bilingual
    generated: Bilingual
    saved_at: datetime | None = None
    is_outdated: bool = False
    """Whether the meeting has changed since the text was edited."""
    stale: frozenset[str] = frozenset()


def words_of(meeting: Meeting, kind: str) -> AnnouncementText:
    generated, kept = in_both(partial(GENERATED[kind], meeting)), session.get(Announcement, (meeting.id, kind))
    if kept is None:
        return AnnouncementText(generated, generated)
    is_outdated = kept.basis != _hash_of(generated)
    return AnnouncementText(kept.words, generated, kept.saved_at, is_outdated, frozenset(kept.stale.split()))


def _hash_of(text: Bilingual) -> str:
    """Return a hash that changes with an edit or, of a generated text, with the meeting."""
    return blake2b(f"{text.en}\x00{text.es}".encode(), digest_size=16).hexdigest()


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


MIMETYPES = {"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"}
SOON = timedelta(days=35)
"""A bulletin covers a month, whereas a series is planned for half a year."""


class AnnouncementForm(WholeForm):
    """An announcement in both languages: a bulletin in one would leave half of the residents out."""

    words = Both(editing.lines, _l("The words"), 4_000)
    same = BooleanField(editing.SAME)

    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(prefix=f"{kind}-", **kwargs)


desk_blueprint = AudienceBlueprint(
    "meetings_paper", __name__, audience=members(*PLANNERS), url_prefix=f"{OF_A_MEETING}/paper"
)


@desk_blueprint.get("/")
def index(meeting_id: int) -> str:
    return _page(_published(meeting_id), {})


@desk_blueprint.post("/words/<kind>", endpoint="keep_words")
def change_words(meeting_id: int, kind: str) -> ResponseReturnValue:
    """Store an edited text, which replaces the generated one, or take that again."""
    if kind not in KINDS:
        raise NotFound
    meeting = _published(meeting_id, to_change=True)
    form, words = AnnouncementForm(kind), words_of(meeting, kind)
    if form.is_behind(both("words", words.current), _hash_of(words.current)):
        return _page(meeting, {kind: form}), 409
    kept = session.get(Announcement, (meeting.id, kind))
    if editing.pressed() == "again":
        if kept:
            session.delete(kept)
            record("meeting.words_forgotten", "meeting", meeting.id, current_user.id)
    elif not form.validate() or names_hidden_place(form, current_user.id, meeting.market_id):
        return _page(meeting, {kind: form}), 422
    else:
        text, stale = form.words, stale_after({"words": words.current}, {"words": form.words}, words.stale)
        kept = kept or Announcement(meeting_id=meeting.id, kind=kind)
        kept.words, kept.basis, kept.editor_id, kept.saved_at = text, _hash_of(words.generated), current_user.id, now()
        kept.stale = "" if form.same.data else " ".join(sorted(stale))
        session.add(kept)
        record("meeting.words_kept", "meeting", meeting.id, current_user.id)
    return editing.done(url_for("meetings_paper.index", meeting_id=meeting.id, _anchor=kind), _("Saved."))


@desk_blueprint.get("/<kind>.pdf")
def sheet(meeting_id: int, kind: str) -> FlaskResponse:
    if kind not in SHEETS:
        raise NotFound
    return FlaskResponse(sheet_file(_published(meeting_id), kind), mimetype="application/pdf")


def _page(meeting: Meeting, sent: Mapping[str, AnnouncementForm]) -> str:
    """Render the page; of a kind that was not `sent`, with the stored text."""
    words, forms = {kind: words_of(meeting, kind) for kind in KINDS}, {}
    for kind in KINDS:
        stored = both("words", words[kind].current) | {"version": _hash_of(words[kind].current)}
        forms[kind] = sent.get(kind) or AnnouncementForm(kind, formdata=None, data=stored)
        forms[kind].stale = words[kind].stale
    return render_template(
        "meetings/paper/index.html", meeting=meeting, announcements=words, forms=forms, names=KIND_NAMES
    )


def _published(meeting_id: int, *, to_change: bool = False) -> Meeting:
    meeting = editable_meeting(meeting_id, current_user.id, to_change=to_change)
    if meeting.is_draft:
        raise Refused("paper_draft")
    return meeting


flyers_blueprint = AudienceBlueprint("flyers", __name__, audience=PUBLIC)


@flyers_blueprint.get("/meetings/<slug>/flyer-<any(a4, letter):paper>.pdf")
@flyers_blueprint.get(
    "/meetings/<slug>/flyer-<any(a4, letter):paper>.svg", endpoint="drawing", defaults={"form": "svg"}
)
@flyers_blueprint.get("/meetings/<slug>/flyer.png", endpoint="picture", defaults={"paper": "picture", "form": "png"})
@shared_page
def paper(slug: str, paper: str, form: Form = "pdf") -> FlaskResponse:
    """Send the flyer: as PDF for printing, as SVG with drawn letters for enlarging, as PNG for phones."""
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
    """List public meetings to come, each date of a series for itself: those to announce now, and later ones."""
    leaf, until = meetings_ahead(request.args.get("after"), each=True), now() + SOON
    meetings = [listed.meeting for listed in leaf.rows]
    soon = [meeting for meeting in meetings if meeting.starts_at and meeting.starts_at <= until]
    later = [meeting for meeting in meetings if meeting not in soon]
    return render_template("meetings/paper/congregation.html", leaf=leaf, meetings=soon, later=later)


@congregation_blueprint.get("/<slug>/", endpoint="meeting")
def announce(slug: str) -> str:
    meeting, announcements = _ahead(slug), {}
    for kind in KINDS:
        words = words_of(meeting, kind)
        # An edited one is safe to announce unless the meeting or one language changed since.
        announcements[kind] = words.generated if words.is_outdated or words.stale else words.current
    return render_template(
        "meetings/paper/to_announce.html",
        meeting=meeting,
        announcements=announcements,
        names=KIND_NAMES,
        languages=LANGUAGES,
    )


@congregation_blueprint.get("/<slug>/phone-tree.pdf")
def phone_tree(slug: str) -> FlaskResponse:
    return FlaskResponse(sheet_file(_ahead(slug), "phone-tree"), mimetype="application/pdf")

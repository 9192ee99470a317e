"""The form for the words of an announcement."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import Response as Response_flask
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field

from portal.core.clock import now
from portal.core.editing import SAME, EditorForm, both, english, lines, spanish
from portal.core.i18n import Bilingual, language
from portal.core.statuses import NotFound, Refused
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.markets.texts import names_hidden_place
from portal.meetings.agenda import agenda_of
from portal.meetings.door import counters
from portal.meetings.meeting import Meeting, editable_meeting, public_meeting
from portal.meetings.paper import paper as paper_paper
from portal.meetings.paper.drawing import pdf, png, svg
from portal.meetings.paper.paper import CALLS, KIND_NAMES, KINDS, AnnouncementText, flyer, mark, texting, words_of
from portal.meetings.texts import MISSING

WORDS = _l("The words")


class AnnouncementForm(EditorForm):
    """The same in both languages; neither may be empty. Fields are named for the kind: two forms stand on one page."""

    kind: str

    def validate(self, extra_validators: Any = None) -> bool:
        """A bulletin in one language would leave half of the neighbors out."""
        whole: bool = super().validate(extra_validators)
        for lang in ("en", "es"):
            if not self[f"{self.kind}_{lang}"].data:
                self.complain(f"{self.kind}_{lang}", MISSING)
        return whole and not self.errors

    @property
    def said(self) -> Bilingual:
        """What was typed."""
        return self.pair(self.kind)

    @property
    def is_same(self) -> bool:
        """Whether the editor vouches that both languages say the same."""
        return bool(self[f"{self.kind}_same"].data)

    def mark_stale(self, words: AnnouncementText) -> None:
        """Show which language is older than the other."""
        self.stale = frozenset(f"{self.kind}_{mark.removeprefix('words_')}" for mark in words.stale)

    def differing(self, words: AnnouncementText) -> list[tuple[Field, str]]:
        """The fields that hold something else than what is stored now."""
        return self.differences(both(self.kind, words.said))


def posted_form(kind: str) -> AnnouncementForm:
    """The form that was sent."""
    return _named(kind)()


def shown_form(kind: str, words: AnnouncementText) -> AnnouncementForm:
    """The form as it is opened, whatever was sent for another."""
    return _named(kind)(formdata=None, data=both(kind, words.said))


@cache
def _named(kind: str) -> type[AnnouncementForm]:
    fields: dict[str, Any] = {
        "kind": kind,
        f"{kind}_en": lines(english(WORDS), 4_000),
        f"{kind}_es": lines(spanish(WORDS), 4_000),
        f"{kind}_same": BooleanField(SAME),
    }
    return type("WordsForm", (AnnouncementForm,), fields)


Answer = Response | str | tuple[str, int]

desk_blueprint = AudienceBlueprint(
    "meetings_paper",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/<int:meeting_id>/paper",
)
ITEMS = 5


@desk_blueprint.get("/")
def index(meeting_id: int) -> str:
    """Flyers, announcements in both languages, and the sheets."""
    meeting = _published(meeting_id)
    return _page(meeting)


@desk_blueprint.post("/words/<kind>")
def keep_words(meeting_id: int, kind: str) -> Answer:
    """Keep what somebody made of the words, or take those that the portal finds."""
    if kind not in KINDS:
        raise NotFound
    meeting = _published(meeting_id, to_change=True)
    form = posted_form(kind)
    if form.is_behind(mark(words_of(meeting, kind))):
        return _page(meeting, {kind: form}, behind=kind), 409
    if request.form.get("then") == "again":
        paper_paper.forget_words(meeting, kind, current_user.id)
    elif not form.validate() or names_hidden_place(form, current_user.id, meeting.market_id):
        return _page(meeting, {kind: form}), 422
    else:
        paper_paper.keep_words(meeting, kind, form.said, current_user.id, same=form.is_same)
    flash(_("Saved."), "success")
    return redirect(url_for("meetings_paper.index", meeting_id=meeting.id, _anchor=kind))


@desk_blueprint.get("/phone-tree")
def phone_tree(meeting_id: int) -> str:
    """A sheet for people who call each other: lines to write on, no names of ours."""
    meeting = _published(meeting_id)
    return render_template("meetings/paper/phone_tree.html", meeting=meeting, rows=CALLS, texting=texting(meeting))


@desk_blueprint.get("/door")
def door(meeting_id: int) -> str:
    """The sheet for the door: the same counters that the phone has, for strokes."""
    return render_template("meetings/paper/door.html", meeting=_published(meeting_id), groups=counters())


@desk_blueprint.get("/evening")
def evening(meeting_id: int) -> str:
    """The evening in large letters, with room for what comes when."""
    meeting = _published(meeting_id)
    return render_template("meetings/paper/evening.html", meeting=meeting, agenda=agenda_of(meeting), rows=ITEMS)


def _page(meeting: Meeting, forms: Mapping[str, AnnouncementForm] | None = None, behind: str = "") -> str:
    said = {kind: words_of(meeting, kind) for kind in KINDS}
    shown = {kind: (forms or {}).get(kind) or shown_form(kind, said[kind]) for kind in KINDS}
    for kind, form in shown.items():
        form.mark_stale(said[kind])
        if behind == kind or request.method == "GET" or kind not in (forms or {}):
            # Saving again is then a choice made with both versions in sight.
            form.version.data = mark(said[kind])
    return render_template(
        "meetings/paper/index.html",
        meeting=meeting,
        is_over=meeting.ends_at is None or meeting.ends_at <= now(),
        said=said,
        forms=shown,
        newer=shown[behind].differing(said[behind]) if behind else None,
        behind=behind,
        names=KIND_NAMES,
    )


def _published(meeting_id: int, *, to_change: bool = False) -> Meeting:
    meeting = editable_meeting(meeting_id, current_user.id, to_change=to_change)
    if meeting.is_draft:
        raise Refused("paper_draft")
    return meeting


flyers_blueprint = AudienceBlueprint("flyers", __name__, audience=PUBLIC)


@flyers_blueprint.get("/meetings/<slug>/flyer-<any(a4, letter):paper>.pdf")
@shared_page
def paper(slug: str, paper: str) -> Response_flask:
    """To print."""
    return Response_flask(pdf(flyer(_ahead(slug)), paper, language()), mimetype="application/pdf")


@flyers_blueprint.get("/meetings/<slug>/flyer-<any(a4, letter):paper>.svg")
@shared_page
def drawing(slug: str, paper: str) -> Response_flask:
    """To change or to enlarge."""
    return Response_flask(svg(flyer(_ahead(slug)), paper), mimetype="image/svg+xml")


@flyers_blueprint.get("/meetings/<slug>/flyer.png")
@shared_page
def picture(slug: str) -> Response_flask:
    """To send from phone to phone."""
    return Response_flask(png(flyer(_ahead(slug))), mimetype="image/png")


def _ahead(slug: str) -> Meeting:
    """A public meeting that is not over: nobody is invited to what was."""
    meeting = public_meeting(slug)
    if meeting.ends_at is None or meeting.ends_at <= now():
        raise NotFound
    return meeting

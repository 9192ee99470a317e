"""Pages for flyers and for the texts and sheets of a meeting."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from portal.accounts.sign_in import current_user
from portal.core.clock import now
from portal.core.editing import SAME, EditorForm, both, english, lines, spanish
from portal.core.i18n import Bilingual
from portal.core.statuses import NotFound, Refused
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.markets.texts import names_hidden_place
from portal.meetings.agenda import agenda_of
from portal.meetings.door import counters
from portal.meetings.meeting import Meeting, editable_meeting, public_meeting
from portal.meetings.paper import paper as papers
from portal.meetings.paper.paper import (
    CALLS,
    KIND_NAMES,
    KINDS,
    AnnouncementText,
    drawn,
    flyer,
    mark,
    texting,
    words_of,
)
from portal.meetings.paper.sheets import ITEMS, SHEETS, sheet
from portal.meetings.texts import MISSING

WORDS = _l("The words")


class AnnouncementForm(EditorForm):
    """Form for an announcement; both languages are required.

    Field names contain the kind, because two of these forms stand on one page.
    """

    kind: str

    def validate(self, extra_validators: Any = None) -> bool:
        """Require both languages: a bulletin in one would leave half of the residents out."""
        whole: bool = super().validate(extra_validators)
        for lang in ("en", "es"):
            if not self[f"{self.kind}_{lang}"].data:
                self.complain(f"{self.kind}_{lang}", MISSING)
        return whole and not self.errors

    @property
    def said(self) -> Bilingual:
        """The text as typed."""
        return self.pair(self.kind)

    @property
    def is_same(self) -> bool:
        """Whether the organizer confirms that both languages say the same."""
        return bool(self[f"{self.kind}_same"].data)

    def mark_stale(self, words: AnnouncementText) -> None:
        """Mark the language whose text is older than the other."""
        self.stale = frozenset(f"{self.kind}_{mark.removeprefix('words_')}" for mark in words.stale)


def posted_form(kind: str) -> AnnouncementForm:
    """Return the submitted form."""
    return _named(kind)()


def shown_form(kind: str, words: AnnouncementText) -> AnnouncementForm:
    """Return the form with the stored text, ignoring data submitted for the other kind."""
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


desk_blueprint = AudienceBlueprint(
    "meetings_paper",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/<int:meeting_id>/paper",
)


@desk_blueprint.get("/")
def index(meeting_id: int) -> str:
    """Show flyers, announcements in both languages, and links to the sheets."""
    meeting = _published(meeting_id)
    return _page(meeting)


@desk_blueprint.post("/words/<kind>")
def keep_words(meeting_id: int, kind: str) -> ResponseReturnValue:
    """Store an edited announcement, or return to the generated text."""
    if kind not in KINDS:
        raise NotFound
    meeting = _published(meeting_id, to_change=True)
    form, stored = posted_form(kind), words_of(meeting, kind)
    if form.is_behind(both(kind, stored.said), mark(stored)):
        return _page(meeting, {kind: form}), 409
    if request.form.get("then") == "again":
        papers.forget_words(meeting, kind, current_user.id)
    elif not form.validate() or names_hidden_place(form, current_user.id, meeting.market_id):
        return _page(meeting, {kind: form}), 422
    else:
        papers.keep_words(meeting, kind, form.said, current_user.id, same=form.is_same)
    flash(_("Saved."), "success")
    return redirect(url_for("meetings_paper.index", meeting_id=meeting.id, _anchor=kind))


@desk_blueprint.get("/phone-tree")
def phone_tree(meeting_id: int) -> str:
    """Show a phone tree sheet with blank lines to write on; the portal fills in no names."""
    meeting = _published(meeting_id)
    file = url_for("meetings_paper.sheet_file", meeting_id=meeting.id, kind="phone-tree")
    words = {"texting": texting(meeting), "file": file}
    return render_template("meetings/paper/phone_tree.html", meeting=meeting, rows=CALLS, **words)


@desk_blueprint.get("/door")
def door(meeting_id: int) -> str:
    """Show the tally sheet for the door, with the same counters as on the phone."""
    return render_template("meetings/paper/door.html", meeting=_published(meeting_id), groups=counters())


@desk_blueprint.get("/evening")
def evening(meeting_id: int) -> str:
    """Show the agenda of the evening in large letters."""
    meeting = _published(meeting_id)
    return render_template("meetings/paper/evening.html", meeting=meeting, agenda=agenda_of(meeting), rows=ITEMS)


@desk_blueprint.get("/<kind>.pdf")
def sheet_file(meeting_id: int, kind: str) -> FlaskResponse:
    """Send a sheet as PDF, for those who print without a script."""
    if kind not in SHEETS:
        raise NotFound
    return FlaskResponse(sheet(_published(meeting_id), kind), mimetype="application/pdf")


def _page(meeting: Meeting, forms: Mapping[str, AnnouncementForm] | None = None) -> str:
    said = {kind: words_of(meeting, kind) for kind in KINDS}
    shown = {kind: (forms or {}).get(kind) or shown_form(kind, said[kind]) for kind in KINDS}
    for kind, form in shown.items():
        form.mark_stale(said[kind])
        if kind not in (forms or {}):
            form.version.data = mark(said[kind])
    return render_template(
        "meetings/paper/index.html",
        meeting=meeting,
        is_over=meeting.ends_at is None or meeting.ends_at <= now(),
        said=said,
        forms=shown,
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
def paper(slug: str, paper: str) -> FlaskResponse:
    """Send the flyer as PDF for printing."""
    return FlaskResponse(drawn(flyer(_ahead(slug)), paper, "pdf"), mimetype="application/pdf")


@flyers_blueprint.get("/meetings/<slug>/flyer-<any(a4, letter):paper>.svg")
@shared_page
def drawing(slug: str, paper: str) -> FlaskResponse:
    """Send the flyer as SVG for enlarging; its letters are drawings."""
    return FlaskResponse(drawn(flyer(_ahead(slug)), paper, "svg"), mimetype="image/svg+xml")


@flyers_blueprint.get("/meetings/<slug>/flyer.png")
@shared_page
def picture(slug: str) -> FlaskResponse:
    """Send the flyer as PNG for phones."""
    return FlaskResponse(drawn(flyer(_ahead(slug)), "picture", "png"), mimetype="image/png")


def _ahead(slug: str) -> Meeting:
    """Return a public meeting that is not over, since flyers invite to it. Raises `NotFound`."""
    meeting = public_meeting(slug)
    if meeting.ends_at is None or meeting.ends_at <= now():
        raise NotFound
    return meeting

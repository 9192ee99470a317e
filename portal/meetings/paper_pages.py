"""Pages for flyers and for the texts and sheets of a meeting; of those, faith partners have pages of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from flask import Response as FlaskResponse, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField

from portal.accounts.sign_in import current_user
from portal.core.clock import now
from portal.core.editing import SAME, Both, EditorForm, lines, pressed
from portal.core.i18n import LANGUAGES, Bilingual
from portal.core.paper import Form
from portal.core.statuses import NotFound, Refused
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.markets.texts import names_hidden_place
from portal.meetings import paper as papers
from portal.meetings.agenda import agenda_of
from portal.meetings.door import counters
from portal.meetings.lists import meetings_ahead
from portal.meetings.meeting import OF_A_MEETING, PLANNERS, Meeting, editable_meeting, public_meeting
from portal.meetings.paper import CALLS, KIND_NAMES, KINDS, AnnouncementText, words_of
from portal.meetings.texts import MISSING

MIMETYPES = {"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"}
SOON = timedelta(days=35)
"""A bulletin covers a month, whereas a series is planned for half a year."""


class AnnouncementForm(EditorForm):
    """An announcement in both languages. Field names contain the kind, because two such forms stand on one page."""

    kind: str

    def validate(self, extra_validators: Any = None) -> bool:
        """Require both languages: a bulletin in one would leave half of the residents out."""
        whole: bool = super().validate(extra_validators)
        for lang in LANGUAGES:
            if not self.text[lang]:
                self.complain(f"{self.kind}_{lang}", MISSING)
        return whole and not self.errors

    @property
    def text(self) -> Bilingual:
        return self.pair(self.kind)


@cache
def _form_of(kind: str) -> type[AnnouncementForm]:
    fields = {"kind": kind, kind: Both(lines, _l("The words"), 4_000), f"{kind}_same": BooleanField(SAME)}
    return type("WordsForm", (AnnouncementForm,), fields)


def _stored(kind: str, words: AnnouncementText) -> dict[str, str]:
    return {f"{kind}_{lang}": words.current[lang] for lang in LANGUAGES}


desk_blueprint = AudienceBlueprint(
    "meetings_paper", __name__, audience=members(*PLANNERS), url_prefix=f"{OF_A_MEETING}/paper"
)


@desk_blueprint.get("/")
def index(meeting_id: int) -> str:
    return _page(_published(meeting_id), {})


@desk_blueprint.post("/words/<kind>")
def keep_words(meeting_id: int, kind: str) -> ResponseReturnValue:
    if kind not in KINDS:
        raise NotFound
    meeting = _published(meeting_id, to_change=True)
    form, words = _form_of(kind)(), words_of(meeting, kind)
    if form.is_behind(_stored(kind, words), words.mark):
        return _page(meeting, {kind: form}), 409
    if pressed() == "again":
        papers.forget_words(meeting, kind, current_user.id)
    elif not form.validate() or names_hidden_place(form, current_user.id, meeting.market_id):
        return _page(meeting, {kind: form}), 422
    else:
        # Whether the organizer confirms that both languages say the same.
        same = bool(form[f"{kind}_same"].data)
        papers.keep_words(meeting, kind, form.text, current_user.id, same=same)
    flash(_("Saved."), "success")
    return redirect(url_for("meetings_paper.index", meeting_id=meeting.id, _anchor=kind))


@desk_blueprint.get("/phone-tree")
def phone_tree(meeting_id: int) -> str:
    meeting = _published(meeting_id)
    return _phone_tree(meeting, url_for("meetings_paper.sheet_file", meeting_id=meeting.id, kind="phone-tree"))


@desk_blueprint.get("/door")
def door(meeting_id: int) -> str:
    return render_template("meetings/paper/door.html", meeting=_published(meeting_id), groups=counters())


@desk_blueprint.get("/evening")
def evening(meeting_id: int) -> str:
    meeting, rows = _published(meeting_id), papers.ITEMS
    return render_template("meetings/paper/evening.html", meeting=meeting, agenda=agenda_of(meeting), rows=rows)


@desk_blueprint.get("/<kind>.pdf")
def sheet_file(meeting_id: int, kind: str) -> FlaskResponse:
    """Send a sheet as PDF, for those who print without a script."""
    if kind not in papers.SHEETS:
        raise NotFound
    return FlaskResponse(papers.sheet(_published(meeting_id), kind), mimetype="application/pdf")


def _page(meeting: Meeting, sent: Mapping[str, AnnouncementForm]) -> str:
    """Render the page; of a kind that was not `sent`, with the stored text."""
    words, forms = {kind: words_of(meeting, kind) for kind in KINDS}, {}
    for kind in KINDS:
        stored = {**_stored(kind, words[kind]), "version": words[kind].mark}
        forms[kind] = sent.get(kind) or _form_of(kind)(formdata=None, data=stored)
        forms[kind].stale = frozenset(f"{kind}_{mark.removeprefix('words_')}" for mark in words[kind].stale)
    return render_template(
        "meetings/paper/index.html",
        meeting=meeting,
        is_over=meeting.is_over,
        announcements=words,
        forms=forms,
        names=KIND_NAMES,
    )


def _phone_tree(meeting: Meeting, file: str) -> str:
    words = papers.texting(meeting)
    return render_template("meetings/paper/phone_tree.html", meeting=meeting, rows=CALLS, texting=words, file=file)


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
    return FlaskResponse(papers.drawn(papers.flyer(_ahead(slug)), paper, form), mimetype=MIMETYPES[form])


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


@congregation_blueprint.get("/<slug>/")
def meeting(slug: str) -> str:
    meeting = _ahead(slug)
    return render_template(
        "meetings/paper/to_announce.html",
        meeting=meeting,
        announcements={kind: papers.to_announce(meeting, kind) for kind in KINDS},
        names=KIND_NAMES,
        languages=LANGUAGES,
    )


@congregation_blueprint.get("/<slug>/phone-tree", endpoint="phone_tree")
def congregation_phone_tree(slug: str) -> str:
    return _phone_tree(_ahead(slug), url_for("meetings_congregation.phone_tree_file", slug=slug))


@congregation_blueprint.get("/<slug>/phone-tree.pdf")
def phone_tree_file(slug: str) -> FlaskResponse:
    return FlaskResponse(papers.sheet(_ahead(slug), "phone-tree"), mimetype="application/pdf")

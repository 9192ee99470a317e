"""The notebook of a circle: topics and answers, decrypted with the signed-in member's key."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.editing import is_sure
from portal.core.forms import FormPage
from portal.core.statuses import NotAllowed, NotFound
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.partners import notes
from portal.partners.circle_rules import Act
from portal.partners.circles import CircleSeat, Keys, Note, Words, enter, inside, my_keys, open_text, open_to_change
from portal.partners.forms import NoteForm, TopicForm, TopicWordsForm
from portal.partners.texts import A_MEMBER_OF_THE_CIRCLE

LAST_PAGE = 100_000
blueprint = AudienceBlueprint(
    "circles_notes", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/notebook"
)


@dataclass(frozen=True)
class OpenedNote:
    """A note as the reader sees it; `words` is None if their keys do not open it."""

    note: Note
    words: Words | None
    author: str
    is_mine: bool
    answers: int = 0


@blueprint.get("/")
def index(circle_id: int) -> str:
    """List the topics, page by page."""
    seat, keys = enter(circle_id, Act.READ), my_keys()
    page = min(max(request.args.get("page", 1, int), 1), LAST_PAGE)
    found, more = notes.topics(seat.circle, page)
    names = _names(seat, [topic.note for topic in found])
    topics = [_opened(topic.note, keys, names, topic.answers) for topic in found]
    return render_template("partners/notebook.html", seat=seat, topics=topics, page=page, more=more)


@blueprint.route("/new", methods=["GET", "POST"])
def begin(circle_id: int) -> ResponseReturnValue:
    """Write a topic."""
    seat, form = enter(circle_id, Act.WRITE), TopicForm()
    if not form.validate_on_submit():
        return FormPage(_("Write a topic"), _("Write it down"), frame=inside(seat), keep=True).show(form)
    note = notes.begin_topic(seat, _typed(form), form.expires_on)
    return redirect(url_for("circles_notes.topic", circle_id=circle_id, topic_id=note.id))


@blueprint.route("/<int:topic_id>/", methods=["GET", "POST"])
def topic(circle_id: int, topic_id: int) -> ResponseReturnValue:
    """Show a topic with its answers, and write an answer."""
    seat, form = enter(circle_id, Act.READ), NoteForm()
    found = notes.topic(seat.circle, topic_id)
    if not form.validate_on_submit():
        return _topic(seat, found, form), form.http_status
    notes.answer(seat, found, _typed(form))
    return redirect(url_for("circles_notes.topic", circle_id=circle_id, topic_id=topic_id))


@blueprint.route("/<int:topic_id>/edit/<int:note_id>", methods=["GET", "POST"])
def edit(circle_id: int, topic_id: int, note_id: int) -> ResponseReturnValue:
    """Edit the member's own note; a concurrent change is shown beside the form (409)."""
    seat = enter(circle_id, Act.WRITE)
    note = _note(seat, topic_id, note_id, to_change=True)
    words = open_to_change(note)
    if note.author_id != seat.member.id:
        raise NotAllowed
    form = NoteForm() if note.topic_id else TopicWordsForm()
    if not form.validate_over(words, note.version):
        return FormPage(_("Change it"), _("Save"), frame=inside(seat), keep=True).show(form)
    notes.change(seat, note, _typed(form))
    flash(_("Saved."), "success")
    return redirect(url_for("circles_notes.topic", circle_id=circle_id, topic_id=topic_id))


@blueprint.post("/<int:topic_id>/delete/<int:note_id>")
def delete(circle_id: int, topic_id: int, note_id: int) -> Response:
    """Delete a note after confirmation."""
    seat = enter(circle_id, Act.READ)
    note = _note(seat, topic_id, note_id, to_change=True)
    if not is_sure():
        return redirect(url_for("circles_notes.topic", circle_id=circle_id, topic_id=topic_id))
    notes.erase(seat, note)
    flash(_("Deleted."), "success")
    if note_id == topic_id:
        return redirect(url_for("circles_notes.index", circle_id=circle_id))
    return redirect(url_for("circles_notes.topic", circle_id=circle_id, topic_id=topic_id))


def _note(seat: CircleSeat, topic_id: int, note_id: int, *, to_change: bool = False) -> Note:
    notes.topic(seat.circle, topic_id)
    note = notes.note(seat.circle, note_id, to_change=to_change)
    if topic_id not in (note.id, note.topic_id):
        raise NotFound
    return note


def _topic(seat: CircleSeat, topic: Note, form: NoteForm) -> str:
    keys, answers = my_keys(), notes.answers(topic)
    names = _names(seat, [topic, *answers])
    return render_template(
        "partners/topic.html",
        seat=seat,
        form=form,
        topic=_opened(topic, keys, names),
        notes=[_opened(note, keys, names) for note in (topic, *answers)],
    )


def _names(seat: CircleSeat, of: list[Note]) -> dict[int, str]:
    """Return the authors' names by member id; empty for members who may not see names."""
    return member_names(note.author_id for note in of) if seat.may(Act.SEE_NAMES) else {}


def _opened(note: Note, keys: Keys, names: dict[int, str], answers: int = 0) -> OpenedNote:
    mine = note.author_id == current_user.id
    author = _("You") if mine else names.get(note.author_id, str(A_MEMBER_OF_THE_CIRCLE))
    return OpenedNote(note, open_text(note, keys), author, mine, answers)


def _typed(form: NoteForm) -> Words:
    words = {"body": form.body.data or ""}
    return {"title": form.title.data or "", **words} if "title" in form else words

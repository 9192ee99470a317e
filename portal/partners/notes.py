"""The notebook of a circle: topics and answers, sealed to its key, and their pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Mapped, aliased, mapped_column
from werkzeug.wrappers import Response
from wtforms import RadioField

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.clock import today
from portal.core.db import Base, Versioned, random_id, session
from portal.core.editing import EditorForm, done, page_asked
from portal.core.forms import FormPage, choices_of, long_text, text
from portal.core.statuses import NotAllowed, NotFound
from portal.partners import circles
from portal.partners.circle_rules import Act
from portal.partners.circles import Circle, CircleSeat, SealedText, SealedWords, Words, enter, inside, my_keys

PAGE = 30
LONGEST_NOTE = 20_000
LIFETIMES = {30: _l("30 days"), 90: _l("90 days"), 365: _l("A year")}
A_MEMBER_OF_THE_CIRCLE = _l("Somebody of this circle")


class Note(SealedText, Versioned, Base):
    """A topic of the circle's notebook, or an answer to one. The day is stored, not the time."""

    __tablename__ = "partners_note"
    __table_args__ = (sa.CheckConstraint("(topic_id IS NULL) = (expires_on IS NOT NULL)", name="expires_on"),)
    BINDS = ("id", "circle_id", "topic_id", "author_id")

    circle_id: Mapped[int] = mapped_column(sa.ForeignKey(circles.A_CIRCLE, ondelete="CASCADE"), index=True)
    topic_id: Mapped[int | None] = mapped_column(sa.ForeignKey("partners_note.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(sa.ForeignKey(circles.A_MEMBER))
    place: Mapped[int]
    """The position in the notebook: one more than the note written before it."""
    written_on: Mapped[date]
    changed_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    """The last day of a topic; it is erased with all answers."""


def topics(circle: Circle, page: int) -> tuple[list[tuple[Note, int]], bool]:
    """Return a page of topics with the number of answers, the one last written to first, and whether there are more."""
    answer = aliased(Note)
    last = sa.func.max(sa.func.coalesce(answer.place, Note.place))
    rows = session.execute(
        select(Note, sa.func.count(answer.id))
        .outerjoin(answer, answer.topic_id == Note.id)
        .where(Note.circle_id == circle.id, Note.topic_id.is_(None), Note.expires_on >= today())
        .group_by(Note.id)
        .order_by(last.desc(), Note.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    )
    counted = [(note, answers) for note, answers in rows]
    return counted[:PAGE], len(counted) > PAGE


def topic_of(circle: Circle, topic_id: int) -> Note:
    """Return a topic of this circle that has not expired. Raises `NotFound`."""
    topic = circles.in_circle(Note, circle, topic_id)
    if topic.topic_id is not None or (topic.expires_on or today()) < today():
        raise NotFound
    return topic


def write(seat: CircleSeat, note: Note, words: Words) -> Note:
    """Write a topic with its last day (`title`, `body`), or an answer to one (`body`).

    Raises NotAllowed, Refused("circle_locked" or "circle_closed").
    """
    seat.require(Act.WRITE)
    last = session.scalar(select(sa.func.max(Note.place)).where(Note.circle_id == seat.circle.id))
    note.id, note.circle_id, note.author_id = random_id(), seat.circle.id, seat.member.id
    note.written_on, note.place = today(), (last or 0) + 1
    note.store(seat.circle, words)
    return note


def change(seat: CircleSeat, note: Note, words: Words) -> None:
    """Replace the content of a note, sealed to the current key. Raises NotAllowed unless the member is its author."""
    seat.require(Act.WRITE)
    if note.author_id != seat.member.id:
        raise NotAllowed
    note.changed_on = today()
    note.store(seat.circle, words)


def erase(seat: CircleSeat, note: Note) -> None:
    """Delete one's own note or, with permission to tidy, any; a topic goes with its answers. Raises NotAllowed."""
    if note.author_id != seat.member.id and not seat.may(Act.TIDY):
        raise NotAllowed
    session.delete(note)
    session.flush()
    if note.author_id != seat.member.id:
        seat.record("circle.note_deleted", note.author_id)


# A form has its fields in the order in which they are made.
TITLE, BODY = text(_l("Topic"), 120), long_text(_l("What you write"), LONGEST_NOTE, rows=10)


class NoteForm(SealedWords, EditorForm):
    SEALED, body = ("title", "body"), BODY


class TopicWordsForm(NoteForm):
    title = TITLE


class TopicForm(TopicWordsForm):
    days = RadioField(_l("How long it stays, with all answers"), choices=choices_of(LIFETIMES), default="90")


class OpenedNote(NamedTuple):
    """A note as the reader sees it; `words` is None if their keys do not open it."""

    note: Note
    words: Words | None
    author: str
    is_mine: bool
    answers: int = 0


blueprint = circles.circle_blueprint("circles_notes", __name__, "notebook")


@blueprint.get("/")
def index(circle_id: int) -> str:
    seat, page = enter(circle_id, Act.READ), page_asked()
    counted, more = topics(seat.circle, page)
    return render_template("partners/notebook.html", seat=seat, topics=_opened(seat, counted), page=page, more=more)


@blueprint.route("/new", methods=["GET", "POST"])
def begin(circle_id: int) -> ResponseReturnValue:
    seat, form = enter(circle_id, Act.WRITE), TopicForm()
    if not form.validate_on_submit():
        return FormPage(_("Write a note"), _("Write it down"), frame=inside(seat), keep=True).show(form)
    expires_on = today() + timedelta(days=int(form.days.data))
    return redirect(_page(circle_id, write(seat, Note(expires_on=expires_on), form.words).id))


@blueprint.route("/<int:topic_id>/", methods=["GET", "POST"])
def topic(circle_id: int, topic_id: int) -> ResponseReturnValue:
    seat, form = enter(circle_id, Act.READ), NoteForm()
    topic = topic_of(seat.circle, topic_id)
    if form.validate_on_submit():
        write(seat, Note(topic_id=topic.id), form.words)
        return redirect(_page(circle_id, topic_id))
    answers = session.scalars(select(Note).where(Note.topic_id == topic.id).order_by(Note.place, Note.id))
    notes = _opened(seat, [(note, 0) for note in (topic, *answers)])
    return render_template("partners/topic.html", seat=seat, form=form, topic=notes[0], notes=notes), form.http_status


@blueprint.route("/<int:topic_id>/edit/<int:note_id>", methods=["GET", "POST"])
def edit(circle_id: int, topic_id: int, note_id: int) -> ResponseReturnValue:
    seat = enter(circle_id, Act.WRITE)
    note = _note_to_change(seat, topic_id, note_id)
    words = circles.open_to_change(note)
    if note.author_id != seat.member.id:
        raise NotAllowed
    form = NoteForm() if note.topic_id else TopicWordsForm()
    if not form.validate_over(form.opened(words), note.version):
        return FormPage(_("Change it"), _("Save"), frame=inside(seat), keep=True).show(form)
    change(seat, note, form.words)
    return done(_page(circle_id, topic_id), _("Saved."))


@blueprint.post("/<int:topic_id>/delete/<int:note_id>")
def delete(circle_id: int, topic_id: int, note_id: int) -> Response:
    seat = enter(circle_id, Act.READ)
    note = _note_to_change(seat, topic_id, note_id)
    goes = note_id == topic_id and "sure" in request.form
    there = url_for("circles_notes.index", circle_id=circle_id) if goes else _page(circle_id, topic_id)
    return circles.once_sure(lambda: erase(seat, note), _("Deleted."), there)


def _note_to_change(seat: CircleSeat, topic_id: int, note_id: int) -> Note:
    topic_of(seat.circle, topic_id)
    note = circles.in_circle(Note, seat.circle, note_id, to_change=True)
    if topic_id not in (note.id, note.topic_id):
        raise NotFound
    return note


def _opened(seat: CircleSeat, counted: Sequence[tuple[Note, int]]) -> list[OpenedNote]:
    """Return notes, each with the number of its answers, as the member reads them: authors only if they see names."""
    keys = my_keys()
    names = member_names(note.author_id for note, _answers in counted) if seat.may(Act.SEE_NAMES) else {}
    names = {**names, current_user.id: _("You")}
    return [
        OpenedNote(
            note,
            circles.open_text(note, keys),
            names.get(note.author_id, str(A_MEMBER_OF_THE_CIRCLE)),
            note.author_id == current_user.id,
            answers,
        )
        for note, answers in counted
    ]


def _page(circle_id: int, topic_id: int) -> str:
    return url_for("circles_notes.topic", circle_id=circle_id, topic_id=topic_id)

"""The run of the evening: its items in their order, each with its minutes, dragged or moved by buttons."""

from __future__ import annotations

from collections.abc import Collection

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.phrase_pages import Answer
from portal.core.editors import is_sure
from portal.core.web import SIGNED_IN, Room
from portal.partners.callin import actions
from portal.partners.callin.evening import Evening, Line, open_evening
from portal.partners.callin.forms import ItemForm, RunForm, run_form
from portal.partners.callin.models import CallInItem
from portal.partners.callin.queries import line
from portal.partners.callin.rules.run import Item, Part, Place, seen_as, written
from portal.partners.callin.views.door import enter_evening, need
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act
from portal.partners.sealing import my_keys, open_text

room = Room(
    "call_ins_run",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/call-ins/<int:call_in_id>/run",
)


@room.get("/")
def index(circle_id: int, call_in_id: int) -> str:
    """The run with its hours, and what is amiss."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    return _run(seat, evening, run_form(evening))


@room.post("/save")
def save(circle_id: int, call_in_id: int) -> Answer:
    """Keep order, rooms and minutes as they stand on the page; who was slower sees both, and nothing is kept yet."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, to_change=True)
    form, stored = run_form(evening), evening.run
    whole, theirs = form.validate(), list(zip(evening.lines, stored, strict=True))
    actions.arrange(seat, evening.call_in, form.run(stored))
    mine = open_evening(seat, evening.call_in, my_keys())
    is_first = form.was.data == written(stored) or mine.run == stored
    if whole and is_first:
        return _back(evening, form.moved)
    # An answer from 400 on keeps nothing of this.
    form.was.data = written(stored)
    return _run(seat, mine, form, () if is_first else theirs), 409 if whole else 422


@room.post("/usual")
def fill(circle_id: int, call_in_id: int) -> Response:
    """Begin with the usual run."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    actions.fill_run(seat, evening.call_in)
    return _back(evening)


@room.route("/new", methods=["GET", "POST"])
def add(circle_id: int, call_in_id: int) -> Answer:
    """Add an item at the end."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    form = _form(evening)
    if not form.is_submitted():
        return _page(seat, evening, form)
    if not form.validate():
        return _page(seat, evening, form), 422
    item = Item(Part(form.part.data), int(form.room.data), form.minutes.data)
    added = actions.add_line(seat, evening.call_in, actions.row_of(item), form.words({}))
    return _back(evening, added.id)


@room.route("/<int:item_id>/", methods=["GET", "POST"])
def edit(circle_id: int, call_in_id: int, item_id: int) -> Answer:
    """Change an item: what it is, where, how long, and who speaks; who was slower sees both."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, to_change=request.method == "POST")
    row = line(CallInItem, evening.call_in, item_id)
    words = need(open_text(row, my_keys()))
    form, seen = _form(evening), seen_as(row.room, row.minutes, words)
    stored = {**words, "room": str(row.room), "minutes": row.minutes}
    if not form.is_submitted():
        form.process(data={**stored, "version": seen})
        return _page(seat, evening, form, row)
    if form.is_behind(seen):
        form.version.data = seen
        newer = form.differences({name: value for name, value in stored.items() if name in form})
        return _page(seat, evening, form, row, newer), 409
    if not form.validate():
        return _page(seat, evening, form, row), 422
    row.room, row.minutes = int(form.room.data), form.minutes.data
    actions.change_line(seat, evening.call_in, row, form.words(words))
    flash(_("Saved."), "success")
    return _back(evening, row.id)


@room.post("/<int:item_id>/drop")
def drop(circle_id: int, call_in_id: int, item_id: int) -> Response:
    """Take an item out."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    item = line(CallInItem, evening.call_in, item_id)
    if not is_sure():
        return _back(evening, item_id)
    actions.drop_line(seat, evening.call_in, item)
    flash(_("Taken out."), "success")
    return _back(evening)


def _form(evening: Evening) -> ItemForm:
    return ItemForm(evening.voices if evening.sees_roster else None)


def _page(seat: Seat, evening: Evening, form: ItemForm, row: CallInItem | None = None, newer: object = None) -> str:
    return render_template("partners/callin/item.html", seat=seat, evening=evening, form=form, row=row, newer=newer)


def _run(seat: Seat, evening: Evening, form: RunForm, theirs: Collection[tuple[Line, Place]] = ()) -> str:
    return render_template("partners/callin/run.html", seat=seat, evening=evening, form=form, theirs=theirs)


def _back(evening: Evening, item_id: int | None = None) -> Response:
    stored = evening.call_in
    anchor = f"item-{item_id}" if item_id is not None else None
    return redirect(url_for("call_ins_run.index", circle_id=stored.circle_id, call_in_id=stored.id, _anchor=anchor))

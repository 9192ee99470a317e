"""The pages on which the run of a call-in and the instructions for its door are written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import Field, HiddenField, RadioField, SelectChoice, SelectField
from wtforms.validators import DataRequired, NumberRange

from portal.core.editing import EditorForm, is_sure, line, lines
from portal.core.forms import NUMBER, FormPage, IntegerField, ProtectedForm, readable
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.partners.callin import call_in
from portal.partners.callin.call_in import CallInItem
from portal.partners.callin.call_in import line as run_line
from portal.partners.callin.evening import OpenedCallIn, ScheduledItem, Voice, open_evening
from portal.partners.callin.evening_rules import LONGEST_PART, Place, RunItem, RunPart, moved, seen_as, written
from portal.partners.callin.help_pages import _refuse_names
from portal.partners.callin.pages import FILL_IN, WRONG_NUMBER, enter_evening, erasing, in_evening
from portal.partners.callin.rules import not_neutral, obvious_name
from portal.partners.callin.texts import PARTS, ROOM_NAMES, SHORT_ROOMS
from portal.partners.callin.voices_pages import _choices
from portal.partners.circle_rules import Act
from portal.partners.circles import CircleSeat, my_keys, need, open_to_change

GROUPS = _l("One line each, such as: group A, 3 people, with families.")
DOORS = _l("Such as: group A comes at 5:45 by the side door, group B at 6:10.")
CHAIRS = _l("Some of those called in will not come. Who takes the chairs away, who goes to see them, and when?")


class DoorForm(EditorForm):
    """The form of the instructions for the door, in neutral labels."""

    labels = lines(_l("People called in, as labels"), 600, GROUPS, rows=4, optional=True)
    apart = lines(_l("Who must not meet at the door"), 600, DOORS, rows=4, optional=True)
    chairs = lines(_l("What happens with empty chairs"), 1_000, CHAIRS, rows=4, optional=True)

    def validate_labels(self, field: Field) -> None:
        """Refuse anything but counts and labels."""
        _refuse_names(field, not_neutral)

    def validate_apart(self, field: Field) -> None:
        """Refuse anything but counts and labels."""
        _refuse_names(field, not_neutral)

    def validate_chairs(self, field: Field) -> None:
        """Refuse sentences that contain a name."""
        _refuse_names(field, obvious_name)

    @property
    def words(self) -> dict[str, str]:
        """The content to be sealed."""
        return {name: self[name].data or "" for name in ("labels", "apart", "chairs")}


ON_EVERY_SHEET = _l("Stands on every sheet, also on that of the police. No names.")
ONLY_VOICES = _l("Only for a community voice. You see these names because you keep the list of those who speak.")


class ItemForm(EditorForm):
    """The form of an item of the run."""

    part = SelectField(_l("What"), choices=[SelectChoice(part.value, PARTS[part]) for part in RunPart])
    about = line(_l("In your own words"), 120, ON_EVERY_SHEET, optional=True)
    room = RadioField(
        _l("Where"), choices=[SelectChoice(str(room), label) for room, label in ROOM_NAMES.items()], default="1"
    )
    minutes = IntegerField(
        _l("Minutes"),
        validators=[DataRequired(FILL_IN), readable, NumberRange(1, LONGEST_PART, WRONG_NUMBER)],
        render_kw=NUMBER,
    )
    voice = SelectField(_l("Who speaks"), coerce=str, description=ONLY_VOICES)

    def __init__(self, voices: Sequence[Voice] | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if voices is None:
            del self.voice
        else:
            self.voice.choices = [SelectChoice("", _l("Nobody yet")), *_choices(voices)]

    def validate_about(self, field: Field) -> None:
        """Refuse names: the whole circle reads this text, and it is printed on every sheet."""
        _refuse_names(field, obvious_name)

    def words(self, before: Mapping[str, str]) -> dict[str, str]:
        """Return the content to be sealed; without access to the roster the speaker in `before` is kept."""
        voice = self.voice.data if "voice" in self else before.get("voice", "")
        is_voice = self.part.data == RunPart.VOICE
        return {"part": self.part.data, "about": self.about.data or "", "voice": (voice or "") if is_voice else ""}


LONGEST_ID = 20


class RunForm(ProtectedForm):
    """The form of the whole run in page order, with its previous state (`was`) to detect concurrent changes."""

    was = HiddenField()

    @property
    def moved(self) -> int | None:
        """The id of the item whose arrow was pressed, or None."""
        return _number(request.form.get("move", "").partition("-")[2])

    @property
    def order(self) -> list[int]:
        """The ids in page order, with a pressed arrow applied."""
        sent = [_number(one) for one in request.form.getlist("item")]
        order = [one for one in sent if one is not None]
        pressed = self.moved
        return order if pressed is None else moved(order, pressed, up=request.form["move"].startswith("up"))

    def run(self, stored: Sequence[Place]) -> list[Place]:
        """Return the submitted items that still exist; an invalid room or length keeps its stored value."""
        before = {place.item: place for place in stored}
        return [self._place(before[one]) for one in self.order if one in before]

    def _place(self, before: Place) -> Place:
        room, minutes = self[f"room_{before.item}"], self[f"minutes_{before.item}"]
        return Place(
            before.item,
            before.room if room.errors else int(room.data),
            before.minutes if minutes.errors else minutes.data,
        )


def run_form(evening: OpenedCallIn) -> RunForm:
    """Return the form with a room and a length for each item: `room_<id>`, `minutes_<id>`."""
    rooms = [SelectChoice(str(room), label) for room, label in SHORT_ROOMS.items()]
    fields: dict[str, Any] = {}
    for row, words in evening.items:
        what = PARTS[RunPart(words["part"])]
        fields[f"room_{row.id}"] = SelectField(_l("Room: %(what)s", what=what), choices=rooms, default=str(row.room))
        fields[f"minutes_{row.id}"] = IntegerField(
            _l("Minutes: %(what)s", what=what),
            validators=[DataRequired(FILL_IN), readable, NumberRange(1, LONGEST_PART, WRONG_NUMBER)],
            default=row.minutes,
        )
    form: RunForm = type("WholeRunForm", (RunForm,), fields)(data={"was": written(evening.run)})
    return form


def _number(sent: str) -> int | None:
    return int(sent) if sent.isdecimal() and len(sent) < LONGEST_ID else None


paper_blueprint = AudienceBlueprint(
    "call_ins_paper",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/call-ins/<int:call_in_id>",
)


@paper_blueprint.route("/door", methods=["GET", "POST"])
def door(circle_id: int, call_in_id: int) -> ResponseReturnValue:
    """Edit the instructions for the door: groups that must not meet, as labels, and the use of empty chairs."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    words, form = need(evening.words), DoorForm()
    stored = {name: words.get(name, "") for name in form.words}
    if not form.validate_over(stored, evening.call_in.version):
        rule = _(
            "Nobody who is called in is named here, nor anywhere in the portal. Write counts and labels: “group A”, "
            "“two brothers”, “person 3”. Obvious names are refused; that does not find every one, so look yourself."
        )
        frame = in_evening(seat, evening)
        return FormPage(_("What the door must know"), _("Save"), [rule], frame, keep=True).show(form)
    call_in.change_door(seat, evening.call_in, {**words, **form.words})
    flash(_("Saved."), "success")
    return redirect(url_for("call_ins.show", circle_id=circle_id, call_in_id=call_in_id))


run_blueprint = AudienceBlueprint(
    "call_ins_run",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/call-ins/<int:call_in_id>/run",
)


@run_blueprint.get("/")
def index(circle_id: int, call_in_id: int) -> str:
    """Show the run with its start times and problems."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    return _run(seat, evening, run_form(evening))


@run_blueprint.post("/save")
def save(circle_id: int, call_in_id: int) -> ResponseReturnValue:
    """Save order, rooms and minutes; a concurrent change is shown beside the form (409), and nothing is saved yet."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, to_change=True)
    form, stored = run_form(evening), evening.run
    whole, theirs = form.validate(), list(zip(evening.lines, stored, strict=True))
    call_in.arrange(seat, evening.call_in, form.run(stored))
    mine = open_evening(seat, evening.call_in, my_keys())
    is_first = form.was.data == written(stored) or mine.run == stored
    if whole and is_first:
        return _back(evening, form.moved)
    # Responses with a status of 400 or above roll the transaction back, so nothing of this is saved.
    form.was.data = written(stored)
    return _run(seat, mine, form, () if is_first else theirs), 409 if whole else 422


@run_blueprint.post("/usual")
def fill(circle_id: int, call_in_id: int) -> Response:
    """Fill the run with the standard one."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    call_in.fill_run(seat, evening.call_in)
    return _back(evening)


@run_blueprint.route("/new", methods=["GET", "POST"])
def add(circle_id: int, call_in_id: int) -> ResponseReturnValue:
    """Append an item."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    form = _form(evening)
    if not form.validate_on_submit():
        return _page(seat, evening, form)
    item = RunItem(RunPart(form.part.data), int(form.room.data), form.minutes.data)
    added = call_in.add_line(seat, evening.call_in, call_in.row_of(item), form.words({}))
    return _back(evening, added.id)


@run_blueprint.route("/<int:item_id>/", methods=["GET", "POST"])
def edit(circle_id: int, call_in_id: int, item_id: int) -> ResponseReturnValue:
    """Edit an item, including its speaker; a concurrent change is shown beside the form (409)."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, to_change=request.method == "POST")
    row = run_line(CallInItem, evening.call_in, item_id)
    words = open_to_change(row)
    form, seen = _form(evening), seen_as(row.room, row.minutes, words)
    stored = {**words, "room": str(row.room), "minutes": row.minutes}
    if not form.validate_over(stored, seen):
        return _page(seat, evening, form, row)
    row.room, row.minutes = int(form.room.data), form.minutes.data
    call_in.change_line(seat, evening.call_in, row, form.words(words))
    flash(_("Saved."), "success")
    return _back(evening, row.id)


@run_blueprint.post("/<int:item_id>/drop")
def drop(circle_id: int, call_in_id: int, item_id: int) -> Response:
    """Delete an item after confirmation."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    item = run_line(CallInItem, evening.call_in, item_id)
    if not is_sure():
        return _back(evening, item_id)
    call_in.drop_line(seat, evening.call_in, item)
    flash(_("Taken out."), "success")
    return _back(evening)


def _form(evening: OpenedCallIn) -> ItemForm:
    return ItemForm(evening.voices if evening.sees_roster else None)


def _page(seat: CircleSeat, evening: OpenedCallIn, form: ItemForm, row: CallInItem | None = None) -> tuple[str, int]:
    title = _("Change an item") if row else _("Add an item")
    own, frame = "partners/callin/item.html", in_evening(seat, evening)
    surely = (erasing(evening, "call_ins_run.drop", item_id=row.id), _("Take this item out")) if row else None
    return FormPage(title, _("Save"), frame=frame, template=own, surely=surely, keep=True).show(form)


def _run(
    seat: CircleSeat, evening: OpenedCallIn, form: RunForm, theirs: Collection[tuple[ScheduledItem, Place]] = ()
) -> str:
    return render_template("partners/callin/run.html", seat=seat, evening=evening, form=form, theirs=theirs)


def _back(evening: OpenedCallIn, item_id: int | None = None) -> Response:
    stored = evening.call_in
    anchor = f"item-{item_id}" if item_id is not None else None
    return redirect(url_for("call_ins_run.index", circle_id=stored.circle_id, call_in_id=stored.id, _anchor=anchor))

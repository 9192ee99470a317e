"""The run of a call-in, and *Tonight*.

*Tonight* shows the clock, the run, what one task needs and whom to reach, on one page that is also the paper. A tablet
can be stolen and a paper left lying. The page that a device keeps has no name, no place and no token; a page for a task
has what that task needs, is kept by nobody, and bears a mark that tells an older paper from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from flask import Response as FlaskResponse, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import DataRequired

from portal.core import assets
from portal.core.clock import zone
from portal.core.contact import can_be_dialed, dial
from portal.core.editing import EditorForm, done, line
from portal.core.forms import NUMBER, Between, FormPage, IntegerField, ProtectedForm, choices_of
from portal.core.statuses import NotAllowed
from portal.partners import circles
from portal.partners.callin import call_ins, evening_rules
from portal.partners.callin.call_ins import PARTS, ROOM_NAMES, CallInItem, CallInOffer, page_of
from portal.partners.callin.evening import OpenedCallIn, Voice, enter_evening, in_evening, open_evening
from portal.partners.callin.evening_rules import Consent, RunItem
from portal.partners.callin.pages import NoNames, voice_names
from portal.partners.callin.rules import EveningSheet, mark_of, obvious_name, sheets
from portal.partners.circle_rules import Act, CircleRole
from portal.partners.circles import SealedWords, Words, my_keys, need, once_sure

ON_EVERY_SHEET = _l("Stands on every sheet, also on that of the police. No names.")
ONLY_VOICES = _l("Only for a community voice. You see these names because you keep the list of those who speak.")


def minutes_field(label: Any, **more: Any) -> IntegerField:
    return IntegerField(label, validators=[DataRequired(), Between(1, evening_rules.LONGEST_PART)], **more)


class ItemForm(NoNames, SealedWords, EditorForm):
    SEALED = ("part", "about", "voice")
    # The whole circle reads this text, and it is printed on every sheet.
    NO_NAMES = {"about": obvious_name}
    part = SelectField(_l("What"), choices=choices_of(PARTS))
    about = line(_l("In your own words"), 120, ON_EVERY_SHEET, optional=True)
    room = RadioField(_l("Where"), choices=choices_of(ROOM_NAMES), default="1")
    minutes = minutes_field(_l("Minutes"), render_kw=NUMBER)
    voice = SelectField(_l("Who speaks"), coerce=str, description=ONLY_VOICES)

    def __init__(self, voices: Sequence[Voice] | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if voices is None:
            del self.voice
        else:
            self.voice.choices = choices_of(voice_names(voices), _l("Nobody yet"))


class RunForm(ProtectedForm):
    """The form of the whole run in page order, with its previous state (`was`) to detect concurrent changes."""

    was = HiddenField()

    @property
    def moved(self) -> str:
        return request.form.get("move", "").partition("-")[2]

    def run(self, stored: Sequence[RunItem]) -> list[RunItem]:
        """Return the sent items that still exist, in page order, an arrow applied; what is invalid stays as stored."""
        before, run = {str(item.id): item for item in stored}, []
        order = [before[sent] for sent in request.form.getlist("item") if sent in before]
        if self.moved in before:
            order = evening_rules.moved(order, before[self.moved], up=request.form["move"].startswith("up"))
        for item in order:
            room, minutes = self[f"room_{item.id}"], self[f"minutes_{item.id}"]
            length = item.minutes if minutes.errors else minutes.data
            run.append(item._replace(room=item.room if room.errors else int(room.data), minutes=length))
        return run


def run_form(evening: OpenedCallIn) -> RunForm:
    """Return the form with a room and a length for each item: `room_<id>`, `minutes_<id>`."""
    rooms = choices_of(call_ins.SHORT_ROOMS)
    fields: dict[str, Any] = {}
    for item in evening.run:
        what = PARTS[item.part]
        fields[f"room_{item.id}"] = SelectField(_l("Room: %(what)s", what=what), choices=rooms, default=str(item.room))
        fields[f"minutes_{item.id}"] = minutes_field(_l("Minutes: %(what)s", what=what), default=item.minutes)
    form: RunForm = type("WholeRunForm", (RunForm,), fields)(data={"was": evening_rules.written(evening.run)})
    return form


run_blueprint = circles.circle_blueprint("call_ins_run", __name__, "call-ins/<int:call_in_id>/run")


@run_blueprint.get("/")
def index(circle_id: int, call_in_id: int) -> str:
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    form = run_form(evening)
    return render_template("partners/callin/run.html", seat=seat, evening=evening, form=form, theirs=())


@run_blueprint.post("/save")
def save(circle_id: int, call_in_id: int) -> ResponseReturnValue:
    """Save order, rooms and minutes; a concurrent change is shown beside the form (409), and nothing is saved yet."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, to_change=True)
    form, stored = run_form(evening), evening.run
    whole, theirs = form.validate(), list(zip(evening.lines, stored, strict=True))
    call_ins.arrange(seat, evening.call_in, form.run(stored))
    arranged = open_evening(seat, evening.call_in, my_keys())
    is_first = form.was.data == evening_rules.written(stored) or arranged.run == stored
    if whole and is_first:
        return redirect(_page(evening, form.moved))
    # Responses with a status of 400 or above roll the transaction back, so nothing of this is saved.
    form.was.data = evening_rules.written(stored)
    shown = {"seat": seat, "evening": arranged, "form": form, "theirs": () if is_first else theirs}
    return render_template("partners/callin/run.html", **shown), 409 if whole else 422


@run_blueprint.post("/usual")
def fill(circle_id: int, call_in_id: int) -> Response:
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    call_ins.fill_run(seat, evening.call_in)
    return redirect(_page(evening))


@run_blueprint.route("/new", methods=["GET", "POST"], defaults={"item_id": None}, endpoint="add")
@run_blueprint.route("/<int:item_id>/", methods=["GET", "POST"])
def edit(circle_id: int, call_in_id: int, item_id: int | None) -> ResponseReturnValue:
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, to_change=request.method == "POST")
    form = ItemForm(evening.voices if evening.sees_roster else None)
    row, title, surely = CallInItem(), _("Add an item"), None
    # Whose turn it is stays as it was for a lead without access to the roster.
    words: Words = {"voice": ""}
    if item_id is None:
        is_whole = form.validate_on_submit()
    else:
        row, title = call_ins.line_of(CallInItem, evening.call_in, item_id), _("Change an item")
        words = circles.open_to_change(row)
        stored = {**words, "room": str(row.room), "minutes": row.minutes}
        # An opaque mark: the page must not say what the item says.
        is_whole = form.validate_over(stored, mark_of(sorted(stored.items())))
        surely = page_of(evening.call_in, "call_ins_run.drop", item_id=row.id), _("Take this item out")
    if not is_whole:
        frame, own = in_evening(seat, evening), "partners/callin/item.html"
        return FormPage(title, _("Save"), frame=frame, template=own, surely=surely, keep=True).show(form)
    row.room, row.minutes = int(form.room.data), form.minutes.data
    words = {**words, **form.words}
    if form.part.data != evening_rules.RunPart.VOICE:
        # Who spoke is not to come back with the part.
        words["voice"] = ""
    call_ins.keep_line(seat, evening.call_in, row, words)
    return done(_page(evening, row.id), _("Saved."))


@run_blueprint.post("/<int:item_id>/drop")
def drop(circle_id: int, call_in_id: int, item_id: int) -> Response:
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD)
    item = call_ins.line_of(CallInItem, evening.call_in, item_id)
    return once_sure(lambda: call_ins.drop_line(seat, evening.call_in, item), _("Taken out."), _page(evening))


def _page(evening: OpenedCallIn, item_id: int | str = "") -> str:
    anchor = f"item-{item_id}" if item_id else None
    return page_of(evening.call_in, "call_ins_run.index", _anchor=anchor)


FILES = ("portal.css", "stage.css", "stage.js")
WITH_POINTS = (EveningSheet.HOST, EveningSheet.SPEAKER)
SHOWN = {
    EveningSheet.HOST: ("coordinator", "reach", "chairs"),
    EveningSheet.SPEAKER: (),
    EveningSheet.SERVICES: ("coordinator", "reach", "people"),
    EveningSheet.LAW: (),
    EveningSheet.DOOR: ("coordinator", "reach", "people", "labels", "apart", "chairs"),
}
"""The sealed texts that each task needs, besides hour and place."""

tonight_blueprint = circles.circle_blueprint("tonight", __name__, "call-ins/<int:call_in_id>/tonight")


@tonight_blueprint.get("/worker.js")
def worker(circle_id: int, call_in_id: int) -> FlaskResponse:
    enter_evening(circle_id, call_in_id, Act.READ)
    return assets.worker()


@tonight_blueprint.get("/", endpoint="stage", defaults={"task": ""})
@tonight_blueprint.get("/<task>")
def task(circle_id: int, call_in_id: int, task: str) -> str:
    """Show the evening for a task; without one, clock and run without a name, for a tablet on stage."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    sheet = circles.chosen(EveningSheet, task) if task else None
    if sheet and sheet not in sheets(seat.role, seat.member.roles):
        raise NotAllowed
    plan, keys = need(evening.words), my_keys()
    rows = call_ins.lines(CallInOffer, evening.call_in) if sheet is EveningSheet.SERVICES else ()
    offers = [words for row in rows if (words := circles.open_text(row, keys)) is not None]
    sees_leads = sheet and sheet is not EveningSheet.LAW and not seat.is_police
    people = circles.seats(seat.circle) if sees_leads else ()
    # Available offline until 3 a.m. of the following day.
    over = datetime.combine(evening.call_in.held_on + timedelta(days=1), time(3), zone())
    words = {name: plan.get(name, "") for name in SHOWN[sheet]} if sheet else {}
    reach = words.get("reach", "")
    if re.fullmatch(r"[^\s@:?]+@[^\s@:?]+", reach):
        reach_link = f"mailto:{reach}"
    else:
        reach_link = dial(reach) if can_be_dialed(reach) else ""
    return render_template(
        "partners/callin/tonight.html",
        seat=seat,
        evening=evening,
        task=sheet,
        tasks=sheets(seat.role, seat.member.roles),
        words=words,
        with_points=evening.sees_points and (sheet is None or sheet in WITH_POINTS),
        offers=offers,
        leads=[other.member.name for other in people if other.role is CircleRole.LEAD],
        mine=sheet is not None and evening.voice_of(seat.member.id) is not None,
        reach_link=reach_link,
        mark=_mark(evening, sheet, words, offers) if sheet else "",
        until=round(over.timestamp() * 1000),
        worker=assets.worker_address("tonight.worker", FILES, circle_id=circle_id, call_in_id=call_in_id),
    )


def _mark(evening: OpenedCallIn, task: EveningSheet, words: Words, offers: Sequence[Words]) -> str:
    """Return the mark of a task's paper: the same for everybody who may print it, in either language."""
    shown: list[Any] = []
    for item in evening.lines:
        shown += [item.part, item.about, item.row.minutes, item.row.room]
        if task is not EveningSheet.LAW:
            shown += [item.is_spoken, item.by_spare]
        if task in WITH_POINTS:
            shown.append(item.point)
        if task is EveningSheet.HOST and item.voice is not None:
            shown += [item.voice.consents[consent] for consent in (Consent.SPEAK, Consent.NAME, Consent.PHOTO)]
            shown += [item.voice.card.id, item.voice.said_name]
            shown += [item.voice.words[name] for name in ("interpreter", "support")]
    plan = evening.words or {}
    services = [(offer["what"], offer["office"]) for offer in offers]
    return mark_of((plan.get("begins"), plan.get("where"), sorted(words.items()), services, shown))

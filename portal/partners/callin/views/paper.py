"""The plan on paper for each task, what the door must know, and the stage: a tablet that counts down without a network.

A tablet can be stolen and a sheet left lying: the stage has no name at all, and a sheet only what its reader needs.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from portal.accounts.phrase_pages import Answer
from portal.core import offline
from portal.core.clock import zone
from portal.core.errors import NotAllowed, NotFound
from portal.core.web import SIGNED_IN, Room
from portal.partners.callin import actions, queries
from portal.partners.callin.evening import Evening
from portal.partners.callin.forms import DoorForm
from portal.partners.callin.models import CallInOffer
from portal.partners.callin.rules.wall import Sheet, sheets
from portal.partners.callin.views.door import enter_evening, need
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act
from portal.partners.sealing import my_keys, open_text

FILES = ("portal.css", "stage.css", "stage.js")
room = Room(
    "call_ins_paper",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/call-ins/<int:call_in_id>",
)


@room.get("/sheets/<sheet>")
def sheet(circle_id: int, call_in_id: int, sheet: str) -> str:
    """The plan for one task, to print."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    if sheet not in set(Sheet):
        raise NotFound
    if Sheet(sheet) not in sheets(seat.role, seat.member.roles):
        raise NotAllowed
    keys = my_keys()
    offers = (
        [open_text(row, keys) for row in queries.lines(CallInOffer, evening.call_in)] if sheet == "services" else []
    )
    return render_template(
        f"partners/callin/sheet_{sheet}.html",
        seat=seat,
        evening=evening,
        sheet=Sheet(sheet),
        words=need(evening.words),
        offers=[words for words in offers if words is not None],
    )


@room.route("/door", methods=["GET", "POST"])
def door(circle_id: int, call_in_id: int) -> Answer:
    """Who must not meet, as labels, and what happens with empty chairs."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.LEAD, roster=True)
    words, form = need(evening.words), DoorForm()
    if not form.is_submitted():
        form.process(data={**words, "version": str(evening.call_in.version)})
        return _door_page(seat, evening, form)
    if form.is_behind(evening.call_in.version):
        form.version.data = str(evening.call_in.version)
        newer = form.differences({name: words.get(name, "") for name in form.words})
        return _door_page(seat, evening, form, newer), 409
    if not form.validate():
        return _door_page(seat, evening, form), 422
    actions.change_door(seat, evening.call_in, {**words, **form.words})
    flash(_("Saved."), "success")
    return redirect(url_for("call_ins.show", circle_id=circle_id, call_in_id=call_in_id))


@room.get("/stage/")
def stage(circle_id: int, call_in_id: int) -> str:
    """The plan for a tablet: what is on, how long still, what comes next."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    need(evening.words)
    stored = evening.call_in
    # Until the day after, in the small hours.
    over = datetime.combine(stored.held_on + timedelta(days=1), time(3), zone())
    return render_template(
        "partners/callin/stage.html",
        seat=seat,
        evening=evening,
        until=round(over.timestamp() * 1000),
        worker=offline.worker_address("call_ins_paper.worker", FILES, circle_id=circle_id, call_in_id=call_in_id),
    )


@room.get("/stage/worker.js")
def worker(circle_id: int, call_in_id: int) -> FlaskResponse:
    """What keeps the stage on the tablet for that evening."""
    enter_evening(circle_id, call_in_id, Act.READ)
    return offline.worker()


def _door_page(seat: Seat, evening: Evening, form: DoorForm, newer: object = None) -> str:
    return render_template("partners/callin/door.html", seat=seat, evening=evening, form=form, newer=newer)

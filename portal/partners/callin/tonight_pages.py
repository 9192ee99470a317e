"""*Tonight*: the clock, the run, what one task needs and whom to reach, on one page that is also the paper.

A tablet can be stolen and a paper left lying. The page that a device keeps has no name, no place and no token; a page
for a task has what that task needs, is kept by nobody, and bears a mark that tells an older paper from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from flask import Response, render_template

from portal.core import assets
from portal.core.clock import zone
from portal.core.contact import can_be_dialed, dial
from portal.core.statuses import NotAllowed, NotFound
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.partners.callin.call_in import CallInOffer, CallInPlan, lines
from portal.partners.callin.evening import OpenedCallIn, ScheduledItem
from portal.partners.callin.evening_rules import Consent
from portal.partners.callin.own_part import own_voice
from portal.partners.callin.pages import enter_evening
from portal.partners.callin.rules import EveningSheet, mark_of, sheets
from portal.partners.circle_rules import Act
from portal.partners.circles import CircleSeat, Words, leads, my_keys, need, open_text, seats

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

blueprint = AudienceBlueprint(
    "tonight",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/call-ins/<int:call_in_id>/tonight",
)


@blueprint.get("/")
def stage(circle_id: int, call_in_id: int) -> str:
    """Show the clock and the run without a name: for a tablet on stage, and what a device keeps for the evening."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    need(evening.words)
    return _page(seat, evening, None)


@blueprint.get("/worker.js")
def worker(circle_id: int, call_in_id: int) -> Response:
    """Return the service worker that keeps the page without names for the evening."""
    enter_evening(circle_id, call_in_id, Act.READ)
    return assets.worker()


@blueprint.get("/<task>")
def task(circle_id: int, call_in_id: int, task: str) -> str:
    """Show the evening to a member with one task."""
    seat, evening = enter_evening(circle_id, call_in_id, Act.READ)
    if task not in set(EveningSheet):
        raise NotFound
    if EveningSheet(task) not in sheets(seat.role, seat.member.roles):
        raise NotAllowed
    need(evening.words)
    return _page(seat, evening, EveningSheet(task))


def _page(seat: CircleSeat, evening: OpenedCallIn, task: EveningSheet | None) -> str:
    stored = evening.call_in
    at = {"circle_id": stored.circle_id, "call_in_id": stored.id}
    offers = _offers(stored) if task is EveningSheet.SERVICES else []
    # Available offline until 3 a.m. of the following day.
    over = datetime.combine(stored.held_on + timedelta(days=1), time(3), zone())
    words = {name: (evening.words or {}).get(name, "") for name in SHOWN[task]} if task else {}
    return render_template(
        "partners/callin/tonight.html",
        seat=seat,
        evening=evening,
        task=task,
        tasks=sheets(seat.role, seat.member.roles),
        words=words,
        with_points=evening.sees_points and (task is None or task in WITH_POINTS),
        offers=offers,
        leads=_leads(seat) if task and task is not EveningSheet.LAW and not seat.is_police else [],
        mine=task is not None and own_voice(evening, seat.member.id) is not None,
        reach_link=_link(words.get("reach", "")),
        mark=_mark(evening, task, words, offers) if task else "",
        until=round(over.timestamp() * 1000),
        worker=assets.worker_address("tonight.worker", FILES, **at),
    )


def _link(reach: str) -> str:
    """Return the address with which a phone calls or writes there; empty if it holds neither number nor mailbox."""
    if re.fullmatch(r"[^\s@:?]+@[^\s@:?]+", reach):
        return f"mailto:{reach}"
    return dial(reach) if can_be_dialed(reach) else ""


def _leads(seat: CircleSeat) -> list[str]:
    ids = leads(seat.circle)
    return [one.member.name for one in seats(seat.circle) if one.member.id in ids]


def _offers(call_in: CallInPlan) -> list[Words]:
    keys = my_keys()
    opened = (open_text(row, keys) for row in lines(CallInOffer, call_in))
    return [words for words in opened if words is not None]


def _mark(evening: OpenedCallIn, task: EveningSheet, words: Words, offers: Sequence[Words]) -> str:
    """Return the mark of a task's paper: the same for everybody who may print it, in either language."""
    shown = [_shown(line, task) for line in evening.lines]
    plan = evening.words or {}
    services = [(one["what"], one["office"]) for one in offers]
    return mark_of((plan.get("begins"), plan.get("where"), sorted(words.items()), services, shown))


def _shown(line: ScheduledItem, task: EveningSheet) -> tuple[Any, ...]:
    found: tuple[Any, ...] = (line.part, line.about, line.row.minutes, line.row.room)
    if task is not EveningSheet.LAW:
        found += (line.is_spoken, line.by_spare)
    if task in WITH_POINTS:
        found += (line.point,)
    if task is EveningSheet.HOST and line.voice is not None:
        consents = [line.voice.consents[consent] for consent in (Consent.SPEAK, Consent.NAME, Consent.PHOTO)]
        found += (line.voice.card.id, line.voice.said_name, consents, line.voice.words["interpreter"])
        found += (line.voice.words["support"],)
    return found

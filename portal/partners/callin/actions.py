"""Preparing a call-in, its run, its voices and offers; ending it; and writing down what was done afterwards.

Who may do what is asked once more here: a page that forgot to would otherwise be a hole in the wall.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import delete

from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import random_id, session
from portal.core.errors import NotAllowed, Refused
from portal.partners.callin.models import CallInCard, CallInItem, CallInOffer, CallInPlan, CallInStep
from portal.partners.callin.queries import lines, my_places, next_turn, place_of, steps
from portal.partners.callin.rules.evening import OPEN, Lack, State, Step, may_move
from portal.partners.callin.rules.run import USUAL, Item, Place, merged
from portal.partners.callin.rules.voices import Consent, give, take_back
from portal.partners.callin.rules.wall import keeps_roster
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act
from portal.partners.sealing import Words

Line = TypeVar("Line", CallInItem, CallInCard, CallInOffer)
MOST_LINES = 40


def plan_call_in(seat: Seat, held_on: date, words: Words, market_id: int | None) -> CallInPlan:
    """Begin to prepare one. Raises NotAllowed, Refused("circle_locked" or "circle_closed")."""
    _require_lead(seat)
    found = CallInPlan(id=random_id(), circle_id=seat.circle.id, held_on=held_on, state=State.PREPARING.value)
    found.close(seat.circle.desk_id, words)
    _tie(seat, found, market_id)
    session.add(found)
    session.flush()
    _note("planned", seat)
    return found


def change_call_in(seat: Seat, found: CallInPlan, held_on: date, words: Words, market_id: int | None) -> None:
    """Write its day and its words anew; a place that this lead may not know of stays tied."""
    _require_lead(seat)
    _require_open(found)
    found.held_on = held_on
    found.close(seat.circle.desk_id, words)
    _tie(seat, found, market_id)
    session.flush()


def change_door(seat: Seat, found: CallInPlan, words: Words) -> None:
    """Write down what the door must know."""
    require_roster(seat)
    _require_open(found)
    found.close(seat.circle.desk_id, words)
    session.flush()


def move_on(
    seat: Seat, found: CallInPlan, then: State, lacking: Sequence[Lack] = (), words: Words | None = None
) -> None:
    """Say how far it is; `words` are all of its own. Raises Refused("call_in_state" or "call_in_lacks")."""
    _require_lead(seat)
    if not may_move(State(found.state), then, held_on=found.held_on, today=today()):
        raise Refused("call_in_state")
    if then is State.READY and lacking:
        raise Refused("call_in_lacks")
    found.state = then.value
    if then is State.ENDED:
        # Whoever writes it down a week later owed the families their call all the same.
        found.ended_on = found.held_on
        if lacking and words is not None:
            found.close(seat.circle.desk_id, {**words, "lacked": " ".join(lacking)})
    session.flush()
    _note(then.value, seat)


def add_line(seat: Seat, found: CallInPlan, line: Line, words: Words) -> Line:
    """Add an item, a card or an offer at the end. Raises Refused("call_in_full")."""
    _require_right(seat, found, type(line))
    if len(lines(type(line), found)) >= MOST_LINES:
        raise Refused("call_in_full")
    line.id, line.call_in_id, line.turn = random_id(), found.id, next_turn(type(line), found)
    line.close(seat.circle.desk_id, words)
    session.add(line)
    session.flush()
    return line


def change_line(seat: Seat, found: CallInPlan, line: Line, words: Words) -> None:
    """Write it anew, sealed to the present key."""
    _require_right(seat, found, type(line))
    line.close(seat.circle.desk_id, words)
    session.flush()


def drop_line(seat: Seat, found: CallInPlan, line: Line) -> None:
    """Take it out for good."""
    _require_right(seat, found, type(line))
    session.delete(line)
    session.flush()


def fill_run(seat: Seat, found: CallInPlan) -> None:
    """Begin with the usual run. Raises Refused("call_in_run") when there is one already."""
    if lines(CallInItem, found):
        raise Refused("call_in_run")
    for item in USUAL:
        add_line(seat, found, row_of(item), {"part": item.part.value, "about": "", "voice": ""})


def row_of(item: Item) -> CallInItem:
    """The open columns of an item."""
    return CallInItem(room=item.room, minutes=item.minutes)


def arrange(seat: Seat, found: CallInPlan, run: Sequence[Place]) -> None:
    """Put the run in this order, with these rooms and minutes; what is not in it stays behind what it followed."""
    _require_right(seat, found, CallInItem)
    rows = {row.id: row for row in lines(CallInItem, found)}
    for place in run:
        if place.item in rows:
            rows[place.item].room, rows[place.item].minutes = place.room, place.minutes
    for turn, row_id in enumerate(merged([place.item for place in run], list(rows)), 1):
        rows[row_id].turn = turn
    session.flush()


def take_consent(seat: Seat, card: CallInCard, words: Words, consent: Consent, *, given: bool) -> None:
    """Write down today that somebody agrees, or does not any more. That counts from now on, everywhere.

    A word can be taken back at any time, after the evening too.
    """
    require_roster(seat)
    card.close(seat.circle.desk_id, (give if given else take_back)(words, consent, today()))
    session.flush()


def finish_step(seat: Seat, found: CallInPlan, step: Step, words: Words) -> None:
    """Something that was owed is done. Raises Refused("call_in_state")."""
    _require_hand(seat)
    if found.ended_on is None:
        raise Refused("call_in_state")
    if step not in steps(found):
        row = CallInStep(call_in_id=found.id, step=step.value, done_on=today())
        row.close(seat.circle.desk_id, words)
        session.add(row)
        session.flush()


def reopen_step(seat: Seat, found: CallInPlan, step: Step) -> None:
    """It was not done after all."""
    _require_hand(seat)
    session.execute(delete(CallInStep).where(CallInStep.call_in_id == found.id, CallInStep.step == step.value))


def require_roster(seat: Seat) -> None:
    """Raise NotAllowed unless they may know who speaks."""
    if not keeps_roster(seat.role, seat.member.roles):
        raise NotAllowed
    _require_lead(seat)


def _note(what: str, seat: Seat) -> None:
    """The log says who acted, and not in which circle: an administrator would learn which one prepares an evening."""
    record(f"circle.call_in_{what}", "member", seat.member.id, seat.member.id)


def _tie(seat: Seat, found: CallInPlan, market_id: int | None) -> None:
    if found.market_id is not None and place_of(found, seat.member.id) is None:
        return
    if market_id is not None and market_id not in {place.id for place in my_places(seat.member.id)}:
        raise NotAllowed
    found.market_id = market_id


def _require_right(seat: Seat, found: CallInPlan, kind: type[Line]) -> None:
    if kind is CallInOffer:
        # Offers are delivered, and counted, for months after the evening.
        _require_hand(seat)
        return
    (require_roster if kind is CallInCard else _require_lead)(seat)
    _require_open(found)


def _require_hand(seat: Seat) -> None:
    if not seat.may(Act.WRITE) or seat.is_police:
        raise NotAllowed
    _require_living(seat)


def _require_lead(seat: Seat) -> None:
    if not seat.may(Act.LEAD):
        raise NotAllowed
    _require_living(seat)


def _require_living(seat: Seat) -> None:
    if seat.circle.closed_on is not None:
        raise Refused("circle_closed")


def _require_open(found: CallInPlan) -> None:
    if found.state not in OPEN:
        raise Refused("call_in_over")

"""A call-in that a circle prepares: its day and how far it is stand open, and all else is sealed to the circle's key.

Nobody who was called in has a column or a word here. Who speaks, when it begins, where, who helps: nothing of it is in
clear, and no name of a column tells what a box holds.

Who may do what is asked once more here: a page that forgot to would otherwise be a hole in the wall.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TypeVar

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.users import Member
from portal.core.audit import record
from portal.core.clock import today, zone
from portal.core.db import Base, random_id, session
from portal.core.i18n import date_words
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.markets.places import Market, admitted, known_markets
from portal.partners.callin.evening_rules import (
    OPEN,
    ROOMS,
    USUAL,
    AftercareDue,
    AftercareStep,
    Consent,
    EveningState,
    Lack,
    Place,
    RunItem,
    clocks,
    give,
    may_move,
    merged,
    take_back,
)
from portal.partners.callin.rules import keeps_roster
from portal.partners.callin.texts import STEPS as STEPS_TEXTS
from portal.partners.circle_rules import Act
from portal.partners.circles import Circle, CircleSeat, SealedText, Words, my_circles
from portal.partners.members import Open, Upcoming

A_CALL_IN = "partners_call_in.id"
STATES = tuple(state.value for state in EveningState)
STEPS = tuple(step.value for step in AftercareStep)


class CallInPlan(SealedText, Base):
    """An evening. Sealed: `begins`, `where`, `people`, `coordinator`, `reach`, and what the door must know."""

    __tablename__ = "partners_call_in"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name="ended"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey("partners_circle.id", ondelete="CASCADE"), index=True)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="SET NULL"), index=True)
    """Shown only to whoever is admitted to that place by name."""
    held_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10))
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class CallInItem(SealedText, Base):
    """An item of the run. Sealed: `part`, `about`, and which voice it is for."""

    __tablename__ = "partners_call_in_item"
    __table_args__ = (
        CheckConstraint(f"room IN {ROOMS!r}", name="room"),
        CheckConstraint("minutes > 0", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    call_in_id: Mapped[int] = mapped_column(ForeignKey(A_CALL_IN, ondelete="CASCADE"), index=True)
    turn: Mapped[int]
    room: Mapped[int]
    minutes: Mapped[int]


class CallInCard(SealedText, Base):
    """One of those who speak. Everything is sealed; `rules.voices` knows the words in it."""

    __tablename__ = "partners_call_in_card"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    call_in_id: Mapped[int] = mapped_column(ForeignKey(A_CALL_IN, ondelete="CASCADE"), index=True)
    turn: Mapped[int]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class CallInOffer(SealedText, Base):
    """A line of what is offered. Sealed: `what`, `office`, and how many offers were `made` and `delivered`."""

    __tablename__ = "partners_call_in_offer"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    call_in_id: Mapped[int] = mapped_column(ForeignKey(A_CALL_IN, ondelete="CASCADE"), index=True)
    turn: Mapped[int]


class CallInStep(SealedText, Base):
    """Something that was owed after the evening is done. Sealed: how many were `reached`; nobody's name."""

    __tablename__ = "partners_call_in_step"
    __table_args__ = (UniqueConstraint("call_in_id", "step"), CheckConstraint(f"step IN {STEPS!r}", name="step"))

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    call_in_id: Mapped[int] = mapped_column(ForeignKey(A_CALL_IN, ondelete="CASCADE"))
    step: Mapped[str] = mapped_column(String(10))
    done_on: Mapped[date]


Line = TypeVar("Line", CallInItem, CallInCard, CallInOffer)


def call_ins(circle: Circle) -> Sequence[CallInPlan]:
    """The call-ins of a circle, the last day first."""
    asked = select(CallInPlan).where(CallInPlan.circle_id == circle.id)
    return session.scalars(asked.order_by(CallInPlan.held_on.desc(), CallInPlan.id)).all()


def call_in(circle: Circle, call_in_id: int, *, to_change: bool = False) -> CallInPlan:
    """A call-in of this circle, or `NotFound`; `to_change` keeps others from changing its run at the same time."""
    found = session.get(CallInPlan, call_in_id, with_for_update=to_change)
    if found is None or found.circle_id != circle.id:
        raise NotFound
    return found


def lines(kind: type[Line], of: CallInPlan) -> Sequence[Line]:
    """The items, cards or offers of a call-in, in their order."""
    return session.scalars(select(kind).where(kind.call_in_id == of.id).order_by(kind.turn, kind.id)).all()


def line(kind: type[Line], of: CallInPlan, line_id: int) -> Line:
    """One of them, or `NotFound`."""
    found = session.get(kind, line_id)
    if found is None or found.call_in_id != of.id:
        raise NotFound
    return found


def next_turn(kind: type[Line], of: CallInPlan) -> int:
    """The place after the last one."""
    last = session.scalar(select(func.max(kind.turn)).where(kind.call_in_id == of.id))
    return (last or 0) + 1


def steps(of: CallInPlan) -> dict[AftercareStep, CallInStep]:
    """What was done after a call-in."""
    found = session.scalars(select(CallInStep).where(CallInStep.call_in_id == of.id))
    return {AftercareStep(one.step): one for one in found}


def my_places(member_id: int) -> list[Market]:
    """The places that a member may tie a call-in to: those to which they are admitted by name."""
    return [market for market in known_markets(member_id) if member_id in admitted(market.id)]


def place_of(of: CallInPlan, member_id: int) -> Market | None:
    """The place of a call-in, for whoever is admitted to it; None for everybody else, and where there is none."""
    if of.market_id is None or member_id not in admitted(of.market_id):
        return None
    return session.get(Market, of.market_id)


def places_of_call_ins(until: datetime) -> Sequence[int | None]:
    """The place of each call-in that is prepared for a day until then; None where it is tied to none."""
    days = CallInPlan.held_on.between(today(), until.astimezone(zone()).date())
    return session.scalars(select(CallInPlan.market_id).where(CallInPlan.state.in_(OPEN), days)).all()


MOST_LINES = 40


def plan_call_in(seat: CircleSeat, held_on: date, words: Words, market_id: int | None) -> CallInPlan:
    """Begin to prepare one. Raises NotAllowed, Refused("circle_locked" or "circle_closed")."""
    _require_lead(seat)
    found = CallInPlan(id=random_id(), circle_id=seat.circle.id, held_on=held_on, state=EveningState.PREPARING.value)
    found.close(seat.circle.desk_id, words)
    _tie(seat, found, market_id)
    session.add(found)
    session.flush()
    _note("planned", seat)
    return found


def change_call_in(seat: CircleSeat, found: CallInPlan, held_on: date, words: Words, market_id: int | None) -> None:
    """Write its day and its words anew; a place that this lead may not know of stays tied."""
    _require_lead(seat)
    _require_open(found)
    found.held_on = held_on
    found.close(seat.circle.desk_id, words)
    _tie(seat, found, market_id)
    session.flush()


def change_door(seat: CircleSeat, found: CallInPlan, words: Words) -> None:
    """Write down what the door must know."""
    require_roster(seat)
    _require_open(found)
    found.close(seat.circle.desk_id, words)
    session.flush()


def move_on(
    seat: CircleSeat, found: CallInPlan, then: EveningState, lacking: Sequence[Lack] = (), words: Words | None = None
) -> None:
    """Say how far it is; `words` are all of its own. Raises Refused("call_in_state" or "call_in_lacks")."""
    _require_lead(seat)
    if not may_move(EveningState(found.state), then, held_on=found.held_on, today=today()):
        raise Refused("call_in_state")
    if then is EveningState.READY and lacking:
        raise Refused("call_in_lacks")
    found.state = then.value
    if then is EveningState.ENDED:
        # Whoever writes it down a week later owed the families their call all the same.
        found.ended_on = found.held_on
        if lacking and words is not None:
            found.close(seat.circle.desk_id, {**words, "lacked": " ".join(lacking)})
    session.flush()
    _note(then.value, seat)


def add_line(seat: CircleSeat, found: CallInPlan, line: Line, words: Words) -> Line:
    """Add an item, a card or an offer at the end. Raises Refused("call_in_full")."""
    _require_right(seat, found, type(line))
    if len(lines(type(line), found)) >= MOST_LINES:
        raise Refused("call_in_full")
    line.id, line.call_in_id, line.turn = random_id(), found.id, next_turn(type(line), found)
    line.close(seat.circle.desk_id, words)
    session.add(line)
    session.flush()
    return line


def change_line(seat: CircleSeat, found: CallInPlan, line: Line, words: Words) -> None:
    """Write it anew, sealed to the present key."""
    _require_right(seat, found, type(line))
    line.close(seat.circle.desk_id, words)
    session.flush()


def drop_line(seat: CircleSeat, found: CallInPlan, line: Line) -> None:
    """Take it out for good."""
    _require_right(seat, found, type(line))
    session.delete(line)
    session.flush()


def fill_run(seat: CircleSeat, found: CallInPlan) -> None:
    """Begin with the usual run. Raises Refused("call_in_run") when there is one already."""
    if lines(CallInItem, found):
        raise Refused("call_in_run")
    for item in USUAL:
        add_line(seat, found, row_of(item), {"part": item.part.value, "about": "", "voice": ""})


def row_of(item: RunItem) -> CallInItem:
    """The open columns of an item."""
    return CallInItem(room=item.room, minutes=item.minutes)


def arrange(seat: CircleSeat, found: CallInPlan, run: Sequence[Place]) -> None:
    """Put the run in this order, with these rooms and minutes; what is not in it stays behind what it followed."""
    _require_right(seat, found, CallInItem)
    rows = {row.id: row for row in lines(CallInItem, found)}
    for place in run:
        if place.item in rows:
            rows[place.item].room, rows[place.item].minutes = place.room, place.minutes
    for turn, row_id in enumerate(merged([place.item for place in run], list(rows)), 1):
        rows[row_id].turn = turn
    session.flush()


def take_consent(seat: CircleSeat, card: CallInCard, words: Words, consent: Consent, *, given: bool) -> None:
    """Write down today that somebody agrees, or does not any more. That counts from now on, everywhere.

    A word can be taken back at any time, after the evening too.
    """
    require_roster(seat)
    card.close(seat.circle.desk_id, (give if given else take_back)(words, consent, today()))
    session.flush()


def finish_step(seat: CircleSeat, found: CallInPlan, step: AftercareStep, words: Words) -> None:
    """Something that was owed is done. Raises Refused("call_in_state")."""
    _require_hand(seat)
    if found.ended_on is None:
        raise Refused("call_in_state")
    if step not in steps(found):
        row = CallInStep(call_in_id=found.id, step=step.value, done_on=today())
        row.close(seat.circle.desk_id, words)
        session.add(row)
        session.flush()


def reopen_step(seat: CircleSeat, found: CallInPlan, step: AftercareStep) -> None:
    """It was not done after all."""
    _require_hand(seat)
    session.execute(delete(CallInStep).where(CallInStep.call_in_id == found.id, CallInStep.step == step.value))


def require_roster(seat: CircleSeat) -> None:
    """Raise NotAllowed unless they may know who speaks."""
    if not keeps_roster(seat.role, seat.member.roles):
        raise NotAllowed
    _require_lead(seat)


def _note(what: str, seat: CircleSeat) -> None:
    """The log says who acted, and not in which circle: an administrator would learn which one prepares an evening."""
    record(f"circle.call_in_{what}", "member", seat.member.id, seat.member.id)


def _tie(seat: CircleSeat, found: CallInPlan, market_id: int | None) -> None:
    if found.market_id is not None and place_of(found, seat.member.id) is None:
        return
    if market_id is not None and market_id not in {place.id for place in my_places(seat.member.id)}:
        raise NotAllowed
    found.market_id = market_id


def _require_right(seat: CircleSeat, found: CallInPlan, kind: type[Line]) -> None:
    if kind is CallInOffer:
        # Offers are delivered, and counted, for months after the evening.
        _require_hand(seat)
        return
    (require_roster if kind is CallInCard else _require_lead)(seat)
    _require_open(found)


def _require_hand(seat: CircleSeat) -> None:
    if not seat.may(Act.WRITE) or seat.is_police:
        raise NotAllowed
    _require_living(seat)


def _require_lead(seat: CircleSeat) -> None:
    if not seat.may(Act.LEAD):
        raise NotAllowed
    _require_living(seat)


def _require_living(seat: CircleSeat) -> None:
    if seat.circle.closed_on is not None:
        raise Refused("circle_closed")


def _require_open(found: CallInPlan) -> None:
    if found.state not in OPEN:
        raise Refused("call_in_over")


COMING_CALL_IN = _l("Call-in")


def clocks_of(call_in: CallInPlan) -> list[AftercareDue]:
    """The clocks that run since it ended; none before."""
    if call_in.ended_on is None:
        return []
    return clocks(call_in.ended_on, {step: row.done_on for step, row in steps(call_in).items()}, today())


def coming(seat: CircleSeat) -> list[Upcoming]:
    """The call-ins that are still open, and what is owed next; the latter not for police."""
    found = []
    for call_in in call_ins(seat.circle):
        if call_in.state in OPEN:
            found.append(Upcoming(call_in.held_on, COMING_CALL_IN, _plan(call_in)))
        if not seat.is_police:
            found += [Upcoming(clock.until_on, STEPS_TEXTS[clock.step], _help(call_in)) for clock in _running(call_in)]
    return found


def coming_at(market_id: int, member: Member) -> list[date]:
    """The days of the call-ins of a place that circles prepare in which a member sits and can read.

    Only for whoever is admitted to the place by name: to nobody else is it said which evening belongs to which place.
    """
    if member.id not in admitted(market_id):
        return []
    mine = [seat for seat in my_circles(member) if seat.is_admitted and seat.agrees and not seat.circle.closed_on]
    found = [call_in for seat in mine for call_in in call_ins(seat.circle) if call_in.market_id == market_id]
    return sorted(call_in.held_on for call_in in found if call_in.state in OPEN and call_in.held_on >= today())


def left_open(seat: CircleSeat) -> list[Open]:
    """What a lead leaves to the next one: evenings in preparation and clocks that run."""
    return list(_left_open(seat)) if seat.may(Act.LEAD) else []


def _left_open(seat: CircleSeat) -> Iterator[Open]:
    for call_in in call_ins(seat.circle):
        if call_in.state in OPEN:
            what = _("The call-in of %(day)s is being prepared.", day=date_words(call_in.held_on))
            yield Open(what, _plan(call_in), must=False)
        for clock in _running(call_in):
            what = _("Open until %(day)s: %(what)s.", day=date_words(clock.until_on), what=STEPS_TEXTS[clock.step])
            yield Open(what, _help(call_in), must=False)


def _running(call_in: CallInPlan) -> list[AftercareDue]:
    return [clock for clock in clocks_of(call_in) if clock.state not in ("met", "late")]


def _plan(call_in: CallInPlan) -> str:
    return url_for("call_ins.show", circle_id=call_in.circle_id, call_in_id=call_in.id)


def _help(call_in: CallInPlan) -> str:
    return url_for("call_ins_help.index", circle_id=call_in.circle_id, call_in_id=call_in.id)

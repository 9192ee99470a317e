"""Call-ins: tables, queries, actions, the entries on other pages, and words.

The state is in clear, day and place are encrypted with the server's cipher, since reminders need them, and all else is
sealed to the circle's key.

The people who were called in have no column and no text here. Speakers, start, place and helpers are never in clear,
and no column name tells the content of a sealed envelope.

The actions check permissions themselves: a page that forgot to would otherwise open a hole in the role wall.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, TypeVar

import sqlalchemy as sa
from babel.dates import format_time
from blinker import Signal
from flask import url_for
from flask_babel import get_locale, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import db
from portal.core.clock import today, zone
from portal.core.crypto import About
from portal.core.db import Base, Encrypted, Versioned, random_id, session
from portal.core.purge import days_ago
from portal.core.statuses import NotAllowed, Refused
from portal.core.vouched import Vouched
from portal.markets.places import Market, admitted, known_markets
from portal.partners.callin import evening_rules
from portal.partners.callin.evening_rules import OPEN, AftercareStep, Amiss, Consent, EveningState
from portal.partners.callin.rules import EveningSheet, Found, keeps_roster, own_sheet
from portal.partners.circle_rules import Act, CircleKind
from portal.partners.circles import A_CIRCLE, Circle, CircleSeat, SealedText, Upcoming, Words

A_CALL_IN = "partners_call_in.id"
A_CARD = "partners_call_in_card.id"
MOST_LINES = 40
COMING_CALL_IN = _l("Call-in")


class CallInPlan(SealedText, Versioned, Base):
    """A call-in. Sealed: `begins`, `where`, `people`, `coordinator`, `reach`, and the instructions for the door."""

    __tablename__ = "partners_call_in"
    __table_args__ = (sa.CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL)", name="ended"),)
    circle_id: Mapped[int] = mapped_column(sa.ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    market_id: Mapped[int | None] = mapped_column(Encrypted(int))
    """Shown only to members who are admitted to that place by name. No reference: who copies it must not follow it."""
    held_on: Mapped[date] = mapped_column(Encrypted(date.fromisoformat))
    state: Mapped[EveningState]
    ended_on: Mapped[date | None]


class CallInLine(SealedText):
    BINDS = ("id", "call_in_id")
    call_in_id: Mapped[int] = mapped_column(sa.ForeignKey(A_CALL_IN, ondelete="CASCADE"), index=True)
    turn: Mapped[int]


class CallInItem(CallInLine, Base):
    """An item of the run of show. Sealed: `part`, `about`, and the speaker it is for."""

    __tablename__ = "partners_call_in_item"
    __table_args__ = (
        sa.CheckConstraint(f"room IN {evening_rules.ROOMS!r}", name="room"),
        sa.CheckConstraint("minutes > 0", name="minutes"),
    )

    room: Mapped[int]
    minutes: Mapped[int]


class CallInCard(CallInLine, Versioned, Base):
    """The card of a community voice, a speaker. Everything is sealed; `evening_rules.WORDS` lists its keys."""

    __tablename__ = "partners_call_in_card"


class CallInOffer(CallInLine, Base):
    """An offered service. Sealed: `what`, `office`, and the number of offers `made` and `delivered`."""

    __tablename__ = "partners_call_in_offer"


class CallInStep(SealedText, Base):
    """A follow-up step that was done after the evening. Sealed: the number of people `reached`; no names."""

    __tablename__ = "partners_call_in_step"
    __table_args__ = (sa.UniqueConstraint("call_in_id", "step"),)
    BINDS = ("id", "call_in_id")

    call_in_id: Mapped[int] = mapped_column(sa.ForeignKey(A_CALL_IN, ondelete="CASCADE"))
    step: Mapped[AftercareStep]
    done_on: Mapped[date]


class CallInLink(Vouched, Base):
    """The private link of a speaker: a copy of their own part, sealed to a key that only the link itself makes."""

    __tablename__ = "partners_call_in_link"
    BINDS = ("id", "card_id", "token_hash", "public_key")

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    card_id: Mapped[int] = mapped_column(sa.ForeignKey(A_CARD, ondelete="CASCADE"), unique=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Keyed: a copy of the database opens no link."""
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    box: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sealed_key: Mapped[bytes] = mapped_column(sa.LargeBinary)

    @property
    def about(self) -> About:
        return (self.__tablename__, self.id, self.card_id)


class CallInTaken(SealedText, Base):
    """A consent that a speaker took back themselves and no lead has seen yet. Sealed: which one, and the day."""

    __tablename__ = "partners_call_in_taken"

    card_id: Mapped[int] = mapped_column(sa.ForeignKey(A_CARD, ondelete="CASCADE"), index=True)


Line = TypeVar("Line", CallInItem, CallInCard, CallInOffer)
evening_changed = Signal(
    "sender is the call-in: its day, run, a speaker or a consent are others than before; `seat` changed it"
)


def of_circle(circle: Circle) -> list[CallInPlan]:
    """Return the call-ins of a circle, latest day first; only circles of the moral voice have any."""
    if circle.kind != CircleKind.MORAL_VOICE:
        return []
    rows = session.scalars(select(CallInPlan).where(CallInPlan.circle_id == circle.id).order_by(CallInPlan.id))
    return sorted(rows, key=lambda call_in: call_in.held_on, reverse=True)


def page_of(call_in: CallInPlan, endpoint: str, **more: Any) -> str:
    return url_for(endpoint, circle_id=call_in.circle_id, call_in_id=call_in.id, **more)


def tonight_of(seat: CircleSeat, call_in: CallInPlan) -> str:
    return page_of(call_in, "tonight.task", task=own_sheet(seat.role, seat.member.roles).value)


def lines(kind: type[Line], call_in: CallInPlan) -> Sequence[Line]:
    return session.scalars(select(kind).where(kind.call_in_id == call_in.id).order_by(kind.turn, kind.id)).all()


def line_of(kind: type[Line], call_in: CallInPlan, line_id: int) -> Line:
    """Return one item, card or offer of a call-in. Raises `NotFound`."""
    return db.one(select(kind).where(kind.id == line_id, kind.call_in_id == call_in.id))


def taken_back(call_in: CallInPlan) -> Sequence[CallInTaken]:
    """Return what speakers of a call-in took back themselves, as long as no lead has seen it."""
    rows = select(CallInTaken).join(CallInCard, CallInCard.id == CallInTaken.card_id)
    return session.scalars(rows.where(CallInCard.call_in_id == call_in.id)).all()


def steps(call_in: CallInPlan) -> dict[AftercareStep, CallInStep]:
    return {row.step: row for row in session.scalars(select(CallInStep).where(CallInStep.call_in_id == call_in.id))}


def my_places(member_id: int) -> list[Market]:
    """Return the places that a member may link to a call-in: those to which they are admitted by name."""
    return [market for market in known_markets(member_id) if member_id in admitted(market.id)]


def place_of(call_in: CallInPlan, member_id: int) -> Market | None:
    """Return the place of a call-in if the member is admitted to it; None otherwise, and if it has none."""
    is_known = call_in.market_id is not None and member_id in admitted(call_in.market_id)
    return session.get(Market, call_in.market_id) if is_known else None


def places_of_call_ins(until: datetime) -> Sequence[int | None]:
    """Return the market id of each open call-in from today to `until`; None where it is not linked to one."""
    rows = session.execute(select(CallInPlan.market_id, CallInPlan.held_on).where(CallInPlan.state.in_(OPEN)))
    return [market_id for market_id, held_on in rows if today() <= held_on <= until.astimezone(zone()).date()]


def long_over(days: int) -> sa.ColumnElement[bool]:
    """Return the condition for call-ins whose day was so many days ago or earlier: looked up, since SQL reads none."""
    rows = session.execute(select(CallInPlan.id, CallInPlan.held_on))
    return CallInPlan.id.in_([call_in_id for call_in_id, held_on in rows if held_on <= days_ago(days)])


def plan_call_in(seat: CircleSeat, held_on: date, words: Words, market_id: int | None) -> CallInPlan:
    """Create a call-in. Raises NotAllowed, Refused("circle_locked" or "circle_closed")."""
    call_in = CallInPlan(id=random_id(), circle_id=seat.circle.id, state=EveningState.PREPARING)
    change_call_in(seat, call_in, held_on, words, market_id)
    seat.record("circle.call_in_planned")
    return call_in


def change_call_in(seat: CircleSeat, call_in: CallInPlan, held_on: date, words: Words, market_id: int | None) -> None:
    """Replace the day and the sealed text of a call-in. A linked place that this lead may not know of stays linked."""
    _require_right(seat, call_in, CallInItem)
    call_in.held_on = held_on
    if call_in.market_id is None or place_of(call_in, seat.member.id) is not None:
        if market_id is not None and market_id not in {place.id for place in my_places(seat.member.id)}:
            raise NotAllowed
        call_in.market_id = market_id
    call_in.store(seat.circle, words)
    evening_changed.send(call_in, seat=seat)


def change_door(seat: CircleSeat, call_in: CallInPlan, words: Words) -> None:
    """Replace the sealed text, including the instructions for the door. Only for keepers of the roster."""
    _require_right(seat, call_in, CallInCard)
    call_in.store(seat.circle, words)


def move_on(
    seat: CircleSeat,
    call_in: CallInPlan,
    then: EveningState,
    lacking: Sequence[evening_rules.Lack] = (),
    words: Words | None = None,
) -> None:
    """Change the state; `words` is the complete sealed text. Raises Refused("call_in_state" or "call_in_lacks")."""
    seat.require(Act.LEAD)
    if then not in evening_rules.moves(call_in.state, held_on=call_in.held_on, today=today()):
        raise Refused("call_in_state")
    if then is EveningState.READY and lacking:
        raise Refused("call_in_lacks")
    call_in.state = then
    if then is EveningState.ENDED:
        # The day of the call-in, not today: a late entry must not postpone the calls that families are owed.
        call_in.ended_on = call_in.held_on
        if lacking and words is not None:
            call_in.store(seat.circle, {**words, "lacked": " ".join(lacking)})
    session.flush()
    seat.record(f"circle.call_in_{then}")


def keep_line(seat: CircleSeat, call_in: CallInPlan, line: Line, words: Words) -> Line:
    """Store an item, a card or an offer; a new one comes last. Raises Refused("call_in_full")."""
    _require_right(seat, call_in, type(line))
    if line.id is None:
        earlier = lines(type(line), call_in)
        if len(earlier) >= MOST_LINES:
            raise Refused("call_in_full")
        line.call_in_id, line.turn = call_in.id, max((row.turn for row in earlier), default=0) + 1
    line.store(seat.circle, words)
    evening_changed.send(call_in, seat=seat)
    return line


def drop_line(seat: CircleSeat, call_in: CallInPlan, line: Line) -> None:
    _require_right(seat, call_in, type(line))
    session.delete(line)
    evening_changed.send(call_in, seat=seat)


def fill_run(seat: CircleSeat, call_in: CallInPlan) -> None:
    """Fill an empty run with the standard one. Raises Refused("call_in_run") if it is not empty."""
    if lines(CallInItem, call_in):
        raise Refused("call_in_run")
    for item in evening_rules.USUAL:
        row = CallInItem(room=item.room, minutes=item.minutes)
        keep_line(seat, call_in, row, {"part": item.part.value, "about": "", "voice": ""})


def arrange(seat: CircleSeat, call_in: CallInPlan, run: Sequence[evening_rules.RunItem]) -> None:
    """Store the order, rooms and minutes of the run; items absent from `run` stay behind their predecessor."""
    _require_right(seat, call_in, CallInItem)
    rows = {row.id: row for row in lines(CallInItem, call_in)}
    for item in run:
        rows[item.id].room, rows[item.id].minutes = item.room, item.minutes
    for turn, row_id in enumerate(evening_rules.merged([item.id for item in run], list(rows)), 1):
        rows[row_id].turn = turn
    evening_changed.send(call_in, seat=seat)


def take_consent(seat: CircleSeat, card: CallInCard, words: Words, consent: Consent, *, given: bool) -> None:
    """Record that a speaker gives a consent or, at any time, withdraws it. It takes effect at once and everywhere."""
    settle(seat, card, (evening_rules.give if given else evening_rules.take_back)(words, consent, today()))


def settle(seat: CircleSeat, card: CallInCard, words: Words) -> None:
    """Store a card with what its speaker took back themselves, now that a lead has seen it."""
    require_roster(seat)
    card.store(seat.circle, words)
    session.execute(sa.delete(CallInTaken).where(CallInTaken.card_id == card.id))
    evening_changed.send(session.get_one(CallInPlan, card.call_in_id), seat=seat)


def finish_step(seat: CircleSeat, call_in: CallInPlan, step: AftercareStep, words: Words) -> None:
    """Record a follow-up step as done. Raises Refused("call_in_state") unless the call-in has ended."""
    _require_hand(seat)
    if call_in.ended_on is None:
        raise Refused("call_in_state")
    if step not in steps(call_in):
        CallInStep(call_in_id=call_in.id, step=step, done_on=today()).store(seat.circle, words)


def reopen_step(seat: CircleSeat, call_in: CallInPlan, step: AftercareStep) -> None:
    _require_hand(seat)
    session.execute(sa.delete(CallInStep).where(CallInStep.call_in_id == call_in.id, CallInStep.step == step))


def require_roster(seat: CircleSeat) -> None:
    if not keeps_roster(seat.role, seat.member.roles):
        raise NotAllowed
    seat.require(Act.LEAD)


def _require_right(seat: CircleSeat, call_in: CallInPlan, kind: type[Line]) -> None:
    """Raise NotAllowed, Refused("circle_closed" or "call_in_over") unless the member may change this kind of line."""
    if kind is CallInOffer:
        # Offers are delivered and counted for months after the evening.
        _require_hand(seat)
        return
    if kind is CallInCard:
        require_roster(seat)
    seat.require(Act.LEAD)
    if call_in.state not in OPEN:
        raise Refused("call_in_over")


def _require_hand(seat: CircleSeat) -> None:
    if seat.is_police:
        raise NotAllowed
    seat.require(Act.WRITE)


def clocks_of(call_in: CallInPlan) -> list[evening_rules.AftercareDue]:
    """Return the deadlines of the follow-up; empty before the call-in has ended."""
    if call_in.ended_on is None:
        return []
    return evening_rules.clocks(call_in.ended_on, {step: row.done_on for step, row in steps(call_in).items()}, today())


def coming(seat: CircleSeat) -> Iterator[Upcoming]:
    for call_in in of_circle(seat.circle):
        if call_in.state in OPEN:
            yield Upcoming(call_in.held_on, COMING_CALL_IN, page_of(call_in, "call_ins.show"))
        for clock in running(call_in) if not seat.is_police else ():
            yield Upcoming(clock.until_on, STEPS[clock.step], page_of(call_in, "call_ins_help.index"))


def running(call_in: CallInPlan) -> list[evening_rules.AftercareDue]:
    return [clock for clock in clocks_of(call_in) if clock.state not in ("met", "late")]


PARTS = {
    evening_rules.RunPart.WELCOME: _l("Welcome and ground rules"),
    evening_rules.RunPart.VOICE: _l("Community voice"),
    evening_rules.RunPart.SERVICES: _l("Services, with one coordinator"),
    evening_rules.RunPart.LAW: _l("Law enforcement and the deadline"),
    evening_rules.RunPart.CLOSE: _l("The community closes"),
    evening_rules.RunPart.MEAL: _l("Meal; families meet the coordinator"),
    evening_rules.RunPart.OTHER: _l("Something else"),
}
PART_WORDS = {
    evening_rules.RunPart.WELCOME: _l(
        "No one is arrested tonight. No debate, no open microphone. Everybody goes home."
    ),
    evening_rules.RunPart.SERVICES: _l("One person to call, and a table in the room where people can sign up."),
    evening_rules.RunPart.LAW: _l(
        "The promise and the deadline: what happens if the selling goes on. It is theirs to say, nobody else's."
    ),
    evening_rules.RunPart.CLOSE: _l("The last word is the community's: we want you with us."),
}
ROOM_NAMES = {1: _l("Room 1: the community"), 2: _l("Room 2: with law enforcement")}
SHORT_ROOMS = {1: _l("Room 1"), 2: _l("Room 2")}
AMISS = {
    Amiss.SHORT: _l("The evening is shorter than 60 minutes. Take the time that people need to be heard."),
    Amiss.LONG: _l("The evening is longer than 75 minutes. People stop listening: shorten it."),
    Amiss.FEW_VOICES: _l("Fewer than four community voices. Four to six are usual."),
    Amiss.MANY_VOICES: _l("More than six community voices. Four to six are usual."),
    Amiss.LONG_VOICE: _l("A voice has more than three minutes. Two or three are enough for one point."),
    Amiss.NO_WELCOME: _l("There is no welcome. Say the ground rules: no one is arrested tonight."),
    Amiss.NO_SERVICES: _l("There are no services. Without help on offer the message is only half."),
    Amiss.NO_LAW: _l("Law enforcement is missing: nobody says the deadline."),
    Amiss.LAW_BEFORE_VOICES: _l("Law enforcement speaks before the last voice. The community speaks first."),
    Amiss.NO_CLOSE: _l("Nobody closes. The last word should be the community's."),
}
WHO = {
    evening_rules.Who.ELDER: _l("Elder"),
    evening_rules.Who.MOTHER: _l("Mother who lost a child"),
    evening_rules.Who.CHANGED: _l("Someone who left the life"),
    evening_rules.Who.CLERGY: _l("Clergy"),
    evening_rules.Who.BUSINESS: _l("Business"),
    evening_rules.Who.YOUTH: _l("Young person"),
    evening_rules.Who.NEIGHBOR: _l("Neighbor"),
    evening_rules.Who.OTHER: _l("Somebody else"),
}
POINTS = {
    evening_rules.VoicePoint.STORY: _l("My own story"),
    evening_rules.VoicePoint.HARM: _l("The harm it does"),
    evening_rules.VoicePoint.WORTH: _l("You are worth something to us"),
    evening_rules.VoicePoint.STOP: _l("It has to stop"),
    evening_rules.VoicePoint.HELP: _l("There is help"),
}
POINT_WORDS = {
    evening_rules.VoicePoint.STORY: _l("What I lived through myself. Not what I heard about others."),
    evening_rules.VoicePoint.HARM: _l("What the selling does to children, to older people, to this street."),
    evening_rules.VoicePoint.WORTH: _l("We know you can do something else. We want you with us."),
    evening_rules.VoicePoint.STOP: _l("Said plainly, once, without anger."),
    evening_rules.VoicePoint.HELP: _l("Here is who helps. We walk there with you."),
}
CONSENTS = {
    Consent.SPEAK: _l("Speaks that evening"),
    Consent.NAME: _l("May be introduced by name"),
    Consent.PHOTO: _l("May be photographed"),
    Consent.CONTACT: _l("May be contacted afterwards"),
}
OWN_CONSENTS = {
    Consent.SPEAK: _l("I speak that evening"),
    Consent.NAME: _l("You may say my name"),
    Consent.PHOTO: _l("You may take my picture"),
    Consent.CONTACT: _l("You may get in touch afterwards"),
}
OWN_EFFECTS = {
    Consent.SPEAK: _l("You do not speak. Somebody steps in, or the evening goes on. Nobody asks you why."),
    Consent.NAME: _l("Nobody says your name that evening. It comes off every sheet."),
    Consent.PHOTO: _l("Nobody may take your picture, or use one that was taken."),
    Consent.CONTACT: _l("Nobody calls or writes to you after the evening."),
}
SAFETY = {
    "block": _l("Lives on the block?"),
    "door": _l("Comes and goes through a separate door?"),
    "ride": _l("Is the way here and home arranged?"),
}
PREPARED = {
    evening_rules.VoicePreparation.ASKED: _l("who asked them"),
    evening_rules.VoicePreparation.SPEAK: _l("their yes to speak"),
    evening_rules.VoicePreparation.REHEARSAL: _l("a rehearsal"),
    evening_rules.VoicePreparation.SAFETY: _l("the safety check"),
    evening_rules.VoicePreparation.POINT: _l("their point"),
    evening_rules.VoicePreparation.ALTERNATE: _l("somebody who can step in"),
}
STATES = {
    EveningState.PREPARING: _l("Being prepared"),
    EveningState.READY: _l("Ready"),
    EveningState.ENDED: _l("It took place"),
    EveningState.OFF: _l("Called off"),
}
LACKS = {
    evening_rules.Lack.BEGINS: _l("The hour at which it begins"),
    evening_rules.Lack.RUN: _l("A run with welcome, services and law enforcement"),
    evening_rules.Lack.LENGTH: _l("A length between 60 and 75 minutes"),
    evening_rules.Lack.COORDINATOR: _l("The one coordinator of services, by name"),
    evening_rules.Lack.VOICES: _l("Somebody for every voice of the run, who agrees to speak; nobody twice"),
    evening_rules.Lack.SAFETY: _l("The safety check of everybody who speaks"),
}
STEPS = {
    AftercareStep.FIRST: _l("Reach the families of those called in, within 24 to 72 hours"),
    AftercareStep.THANKS: _l("Thank those who spoke, and ask how they are"),
    AftercareStep.DAY_30: _l("Families and offers, after 30 days"),
    AftercareStep.DAY_60: _l("Families and offers, after 60 days"),
    AftercareStep.DAY_90: _l("Families and offers, after 90 days"),
}
SHEETS = {
    EveningSheet.HOST: _l("For the host"),
    EveningSheet.SPEAKER: _l("For those who speak"),
    EveningSheet.SERVICES: _l("For services"),
    EveningSheet.LAW: _l("For law enforcement"),
    EveningSheet.DOOR: _l("For the door"),
}
NAMES_REFUSED = {
    Found.TITLE: _l(
        "This looks like somebody's name (Mr., Mrs., Sr., Sra.). Write a count or a label such as “group A”."
    ),
    Found.NICKNAME: _l("This looks like a nickname. Write a count or a label such as “group A”."),
    Found.FULL_NAME: _l("This looks like a first and a last name. Write a count or a label such as “group A”."),
    Found.FIRST_NAME: _l("This looks like somebody's name. Write a count or a label such as “group A”."),
    Found.NUMBER: _l("This looks like a phone number or another number of a person. Leave it out."),
}
NO_NAME_WHERE = _l(
    "This looks like somebody's name. Write a street, or a building and what it is, such as a church or a school."
)
NO_NAME_FOR_YOUTH = _l("Write no name here: the portal holds none of anybody under 18.")
REFUSALS = {
    "call_in_state": _l("The call-in cannot become that now. Before its day it cannot have taken place."),
    "call_in_lacks": _l("It is not ready yet. The page says what is missing."),
    "call_in_over": _l("This call-in is over. What was planned stays as it was."),
    "call_in_full": _l("There are too many lines already."),
    "call_in_run": _l("There is a run already. Change it line by line."),
}
AUDITED = {
    "circle.call_in_planned": _l("began to prepare a call-in"),
    "circle.call_in_preparing": _l("put a call-in back into preparation"),
    "circle.call_in_ready": _l("said that a call-in is ready"),
    "circle.call_in_ended": _l("said that a call-in took place"),
    "circle.call_in_off": _l("called off a call-in"),
    "circle.call_in_link": _l("made a private link for somebody who speaks"),
    "circle.call_in_link_ended": _l("took back a private link of somebody who speaks"),
}


def hour(at: time) -> str:
    return str(format_time(at, "h:mm a", locale=get_locale()))

"""Polls of a circle: the list, asking, answering, and what everybody said, as far as whoever looks may know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.accounts.phrase_pages import Answer
from portal.core.clock import today
from portal.core.errors import NotAllowed
from portal.core.forms import RoomForm
from portal.core.web import SIGNED_IN, Room
from portal.partners.door import enter
from portal.partners.polls import queries as stored
from portal.partners.polls.actions import polls as acts
from portal.partners.polls.actions.polls import PROPOSES
from portal.partners.polls.forms import LastDayForm, ProposalForm, answer_form, question_of, says_of
from portal.partners.polls.models import Guest, Poll, Slot
from portal.partners.polls.queries import Tally, guest_key, member_key
from portal.partners.polls.rules.best import Choice, best_first
from portal.partners.polls.rules.slots import is_last_day
from portal.partners.polls.texts import (
    CHOICE_NAMES,
    REFUSALS,
    counts_words,
    day_words,
    hours_words,
    reasons,
    slot_words,
)
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act
from portal.partners.sealing import my_keys, open_text

MOST_BEST = 3
room = Room("circles_polls", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/polls")
room.add_app_template_global(slot_words, "slot_words")
room.add_app_template_global(day_words, "day_words")
room.add_app_template_global(hours_words, "hours_words")
room.add_app_template_global(counts_words, "counts_words")
room.add_app_template_global(CHOICE_NAMES.__getitem__, "choice_name")


@dataclass(frozen=True)
class Person:
    """Somebody who is asked, as a row of the matrix. `guest_id`: of somebody with a slip."""

    name: str
    choices: Sequence[Choice | None]
    is_essential: bool
    guest_id: int | None = None


@room.get("/")
def index(circle_id: int) -> str:
    """Every poll of the circle, and the dates ahead."""
    seat, keys = enter(circle_id, Act.READ), my_keys()
    found = stored.polls(seat.circle) if seat.is_admitted else []
    polls = [(one, question_of(open_text(one, keys)), stored.takes_answers(one)) for one in found]
    dates = stored.dates_ahead(seat.circle) if seat.is_admitted else []
    return render_template("partners/polls/index.html", seat=seat, polls=polls, dates=dates, may_ask=_may_ask(seat))


@room.route("/new", methods=["GET", "POST"])
def propose(circle_id: int) -> Answer:
    """Ask the circle for a day."""
    seat = enter_opened(circle_id, PROPOSES)
    form = ProposalForm(stored.asked_members(seat.circle))
    if not form.is_submitted():
        return render_template("partners/polls/new.html", seat=seat, form=form)
    if not form.validate():
        return render_template("partners/polls/new.html", seat=seat, form=form), 422
    poll = acts.propose(seat, form.proposal)
    flash(_("The circle is asked. Tell them, or wait: the portal reminds whoever has not answered."), "success")
    return _to(circle_id, poll.id)


@room.route("/<int:poll_id>/", methods=["GET", "POST"])
def show(circle_id: int, poll_id: int) -> Answer:
    """A poll: which times suit me, and how they stand."""
    seat = enter_opened(circle_id, Act.READ)
    poll = stored.poll(seat.circle, poll_id)
    form = answer_form(RoomForm, poll.slots, _mine(seat, poll))
    if not form.is_submitted():
        return _show(seat, poll, form)
    if not seat.may(Act.WRITE):
        raise NotAllowed
    if not form.validate():
        return _show(seat, poll, form), 422
    acts.answer(seat, poll, says_of(form, poll.slots))
    flash(_("Your answer is saved. You can change it until the last day."), "success")
    return _to(circle_id, poll_id)


@room.post("/<int:poll_id>/stop")
def stop(circle_id: int, poll_id: int) -> Response:
    """Take no more answers."""
    seat = enter_opened(circle_id, PROPOSES)
    acts.stop(seat, stored.poll(seat.circle, poll_id, to_change=True))
    flash(_("No more answers are taken."), "success")
    return _to(circle_id, poll_id)


@room.route("/<int:poll_id>/last-day", methods=["GET", "POST"])
def last_day(circle_id: int, poll_id: int) -> Answer:
    """Take answers until another day."""
    seat, form = enter_opened(circle_id, PROPOSES), LastDayForm()
    poll = stored.poll(seat.circle, poll_id, to_change=form.is_submitted())
    if not form.is_submitted():
        form = LastDayForm(closes_on=poll.closes_on)
        return render_template("partners/polls/last_day.html", seat=seat, poll=poll, form=form)
    if form.validate() and not is_last_day(form.closes_on.data, stored.first_day(poll), today()):
        form.closes_on.errors = [REFUSALS["poll_last_day"]]
    if form.errors:
        return render_template("partners/polls/last_day.html", seat=seat, poll=poll, form=form), 422
    acts.set_last_day(seat, poll, form.closes_on.data)
    flash(_("Answers are taken until the new day."), "success")
    return _to(circle_id, poll_id)


def enter_opened(circle_id: int, act: Act) -> Seat:
    """The seat of somebody who was let in: whoever was not yet, learns no times and no answers. Raises NotAllowed."""
    seat = enter(circle_id, act)
    if not seat.is_admitted:
        raise NotAllowed
    return seat


def _may_ask(seat: Seat) -> bool:
    return seat.may(PROPOSES) and seat.is_admitted and seat.circle.closed_on is None


def _to(circle_id: int, poll_id: int) -> Response:
    return redirect(url_for("circles_polls.show", circle_id=circle_id, poll_id=poll_id))


def _mine(seat: Seat, poll: Poll) -> dict[int, Choice]:
    said, key = stored.said(poll), member_key(seat.member.id)
    return {slot.place: said[slot.id][key] for slot in poll.slots if key in said[slot.id]}


def _show(seat: Seat, poll: Poll, form: FlaskForm) -> str:
    keys = my_keys()
    busy = stored.busy_with(poll.slots, seat.member.id)
    tally, words = stored.tally(seat.circle, poll, busy), open_text(poll, keys)
    names = seat.may(Act.SEE_NAMES)
    return render_template(
        "partners/polls/show.html",
        seat=seat,
        poll=poll,
        form=form,
        question=question_of(words),
        place=question_of(words, "place"),
        busy=busy,
        tally=tally,
        is_open=stored.takes_answers(poll),
        may_ask=_may_ask(seat),
        date=stored.date_from(poll),
        best=_best(poll, tally, busy) if names else [],
        people=_people(seat, poll, tally) if names else [],
    )


def _best(poll: Poll, tally: Tally, busy: Mapping[int, list[str]]) -> list[tuple[Slot, list[str]]]:
    """The best slots with the reasons, once somebody has answered."""
    if tally.silent == len(tally.voters):
        return []
    slots = {slot.place: slot for slot in poll.slots}
    order = best_first(list(tally.standings.values()))[:MOST_BEST]
    return [(slots[one.slot], reasons(one, busy[slots[one.slot].id])) for one in order]


def _people(seat: Seat, poll: Poll, tally: Tally) -> list[Person]:
    """Who said what, for who may see names."""
    essential = {one.key for one in tally.voters if one.is_essential}

    def row(key: str, name: str, guest: Guest | None = None) -> Person:
        choices = [tally.said[slot.id].get(key) for slot in poll.slots]
        return Person(name, choices, key in essential, guest.id if guest else None)

    members = [row(member_key(one.member.id), one.member.name) for one in stored.asked_members(seat.circle)]
    return members + [row(guest_key(one.id), name, one) for one, name in guest_names(poll)]


def guest_names(poll: Poll) -> list[tuple[Guest, str]]:
    """The guests of a poll and who they are, for who may see names."""
    keys = my_keys()
    opened: list[tuple[Guest, Any]] = [(one, open_text(one, keys)) for one in stored.guests(poll)]
    return sorted(((one, words["who"] if words else _("Locked for you")) for one, words in opened), key=_by_name)


def _by_name(one: tuple[Guest, str]) -> tuple[str, int]:
    return one[1].casefold(), one[0].id

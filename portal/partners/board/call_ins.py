"""What is open about the call-ins of a circle: counts, and only what the page of the call-in shows this person too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.core.clock import today
from portal.core.i18n import date_words
from portal.partners.board.lines import Line, due_on
from portal.partners.board.rules import Tone
from portal.partners.callin.coming import A_CALL_IN, clocks_of
from portal.partners.callin.evening import Evening, open_evening
from portal.partners.callin.models import CallInOffer, CallInPlan
from portal.partners.callin.queries import call_ins, lines
from portal.partners.callin.rules.evening import OPEN, Lack, State
from portal.partners.callin.rules.voices import Prepared
from portal.partners.callin.texts import LACKS, POINTS
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act, Kind
from portal.partners.sealing import Keys, open_text

ABOUT_VOICES = (Lack.VOICES, Lack.SAFETY)
ABOUT_THE_RUN = (Lack.RUN, Lack.LENGTH)


def next_call_in(seat: Seat) -> tuple[date, str, str] | None:
    """The next one that is prepared: its day, what it is, its page."""
    ahead = [one for one in _of(seat) if one.state in OPEN and one.held_on >= today()]
    if not ahead:
        return None
    first = min(ahead, key=lambda one: one.held_on)
    return first.held_on, str(A_CALL_IN), _page("call_ins.show", first)


def open_in_call_ins(seat: Seat, keys: Keys) -> Iterator[Line]:
    """What is missing before each call-in, the next one first, and what is owed after it."""
    for call_in in sorted(_of(seat), key=lambda one: one.held_on):
        if call_in.state in OPEN and call_in.held_on < today():
            what = _("The call-in of %(day)s: say whether it took place", day=date_words(call_in.held_on))
            yield Line(str(what), _page("call_ins.show", call_in), Tone.OVERDUE)
        elif call_in.state in OPEN and seat.is_admitted:
            yield from due_on(call_in.held_on, _before(seat, open_evening(seat, call_in, keys)))
        elif call_in.state == State.ENDED:
            yield from _after(call_in, keys)


def _of(seat: Seat) -> list[CallInPlan]:
    return [] if seat.circle.kind != Kind.MORAL_VOICE else list(call_ins(seat.circle))


def _before(seat: Seat, evening: Evening) -> Iterator[Line]:
    call_in = evening.call_in
    if seat.may(Act.LEAD):
        for lack in evening.lacks:
            yield Line(str(LACKS[lack]), _where(evening, lack))
    if uncovered := evening.matrix.uncovered:
        points = ", ".join(str(POINTS[point]) for point in uncovered)
        yield Line(
            str(_("Points that nobody makes: %(points)s", points=points)), _page("call_ins_voices.index", call_in)
        )
    if evening.sees_roster:
        yield from _voices(evening)
    if call_in.state == State.PREPARING and seat.may(Act.LEAD) and not evening.lacks:
        yield Line(str(_("Nothing is missing: say that it is ready")), _page("call_ins.show", call_in), Tone.WAITING)


def _voices(evening: Evening) -> Iterator[Line]:
    """How many are not prepared yet; who they are stands on the page that this leads to."""
    url = _page("call_ins_voices.index", evening.call_in)
    open_with = [what for voice in evening.speaking for what in voice.open]
    if number := open_with.count(Prepared.SPEAK):
        yield Line(ngettext("%(num)d voice has not said yes", "%(num)d voices have not said yes", number), url)
    if number := open_with.count(Prepared.REHEARSAL):
        yield Line(ngettext("%(num)d voice has not rehearsed", "%(num)d voices have not rehearsed", number), url)
    if number := open_with.count(Prepared.ALTERNATE):
        what = ngettext("%(num)d voice has nobody to step in", "%(num)d voices have nobody to step in", number)
        yield Line(what, url)


def _where(evening: Evening, lack: Lack) -> str:
    if lack in ABOUT_THE_RUN:
        return _page("call_ins_run.index", evening.call_in)
    is_there = lack in ABOUT_VOICES
    return _page("call_ins_voices.index" if is_there else "call_ins.edit", evening.call_in)


def _after(call_in: CallInPlan, keys: Keys) -> Iterator[Line]:
    states = [clock.state for clock in clocks_of(call_in)]
    url = _page("call_ins_help.index", call_in)
    if overdue := states.count("overdue"):
        what = ngettext("Follow-up: %(num)d step is overdue", "Follow-up: %(num)d steps are overdue", overdue)
        yield Line(str(what), url, Tone.OVERDUE)
    if due := states.count("due_today"):
        what = ngettext("Follow-up: %(num)d step is due today", "Follow-up: %(num)d steps are due today", due)
        yield Line(str(what), url, Tone.TODAY)
    made, delivered = _offers(call_in, keys)
    if delivered < made:
        what = _("Help: %(delivered)d of %(made)d offers were delivered", delivered=delivered, made=made)
        yield Line(str(what), url, Tone.WAITING)


def _offers(call_in: CallInPlan, keys: Keys) -> tuple[int, int]:
    opened = [words for row in lines(CallInOffer, call_in) if (words := open_text(row, keys)) is not None]
    return sum(int(words["made"]) for words in opened), sum(int(words["delivered"]) for words in opened)


def _page(endpoint: str, call_in: CallInPlan) -> str:
    return url_for(endpoint, circle_id=call_in.circle_id, call_in_id=call_in.id)

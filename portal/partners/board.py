"""The board of a lead: open items of their circles, most pressing first; reminders.

Every query goes through the reader's seat, so the board shows nothing that the reader could not open in the circle.
Reminders of coming call-ins and sessions, and of follow-up that is due, open nothing that is sealed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from flask import render_template, url_for
from flask_babel import gettext as _, ngettext
from sqlalchemy import select

from portal.accounts import reminders
from portal.accounts.reminders import Due
from portal.accounts.roles import Role
from portal.accounts.sign_in import SessionUser, current_user
from portal.accounts.today import DUE, NextEvening, OpenItem, Tone, pressing
from portal.accounts.users import Member
from portal.core.clock import today
from portal.core.db import session
from portal.core.i18n import date_words, day as day_words, language
from portal.core.statuses import NotFound
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.partners import circles
from portal.partners.callin import call_ins
from portal.partners.callin.call_ins import CallInOffer, CallInPlan
from portal.partners.callin.evening import OpenedCallIn, open_evening
from portal.partners.callin.evening_rules import OPEN, EveningState, Lack, VoicePreparation
from portal.partners.callin.rules import keeps_roster
from portal.partners.circle_rules import Act, CircleRole
from portal.partners.circles import Circle, CircleSeat, Keys, Upcoming, my_circles, my_keys, seats
from portal.partners.polls import polls
from portal.partners.reconciliation import sessions
from portal.partners.reconciliation.sessions import ReconciliationSession, circle_sessions

FIRST_SHOWN = 3
"""The number of a circle's lines that are visible at first; the rest unfold."""
ABOUT = "circle "
CALL_IN, SESSION, STEP = f"{ABOUT}call-in ", f"{ABOUT}session ", f"{ABOUT}step "
LONG_AGO = date(2000, 1, 1)
"""Used where no naming day is recorded: a reminder a week ahead is then never too many."""
WHERE = {
    Lack.RUN: "call_ins_run.index",
    Lack.LENGTH: "call_ins_run.index",
    Lack.VOICES: "call_ins_voices.index",
    Lack.SAFETY: "call_ins_voices.index",
}
"""The page on which a lack is mended, unless it is the form of the call-in."""


def _due_on(day: date, lines: Iterable[OpenItem]) -> Iterator[OpenItem]:
    """Yield the lines of a session held on `day`; on the day itself missing items become due today."""
    for line in lines:
        yield replace(line, tone=Tone.TODAY) if line.tone is Tone.MISSING and day == today() else line


def open_in_call_ins(seat: CircleSeat, keys: Keys) -> Iterator[OpenItem]:
    """Yield the items missing before each call-in, earliest first, and the follow-up owed after it."""
    for call_in in reversed(call_ins.of_circle(seat.circle)):
        yield from _taken_back(seat, call_in)
        if call_in.state in OPEN and call_in.held_on < today():
            what = _("The call-in of %(day)s: say whether it took place", day=date_words(call_in.held_on))
            yield OpenItem(what, call_ins.page_of(call_in, "call_ins.show"), Tone.OVERDUE)
        elif call_in.state in OPEN and seat.is_admitted:
            yield from _due_on(call_in.held_on, _before(seat, open_evening(seat, call_in, keys)))
        elif call_in.state == EveningState.ENDED:
            yield from _after(call_in, keys)


def _taken_back(seat: CircleSeat, call_in: CallInPlan) -> Iterator[OpenItem]:
    """Yield how many speakers took something back themselves, for keepers of the roster, until one has seen it."""
    if not keeps_roster(seat.role, seat.member.roles):
        return
    if cards := {row.card_id for row in call_ins.taken_back(call_in)}:
        what = ngettext("%(num)d voice took a yes back", "%(num)d voices took a yes back", len(cards))
        yield OpenItem(what, call_ins.page_of(call_in, "call_ins_voices.index"), Tone.TODAY)


def _before(seat: CircleSeat, evening: OpenedCallIn) -> Iterator[OpenItem]:
    """Yield what is missing, as on the page of the call-in, and what only waits: speakers by number, without names."""
    call_in, leads = evening.call_in, seat.may(Act.LEAD)
    voices = call_ins.page_of(call_in, "call_ins_voices.index")
    for lack in evening.lacks if leads else ():
        yield OpenItem(str(call_ins.LACKS[lack]), call_ins.page_of(call_in, WHERE.get(lack, "call_ins.edit")))
    if uncovered := evening.matrix.uncovered:
        points = ", ".join(str(call_ins.POINTS[point]) for point in uncovered)
        yield OpenItem(_("Points that nobody makes: %(points)s", points=points), voices, Tone.WAITING)
    undone = Counter(what for voice in evening.speaking for what in voice.open)
    kinds = VoicePreparation.SPEAK, VoicePreparation.REHEARSAL, VoicePreparation.ALTERNATE
    speak, rehearsed, spare = (undone[what] for what in kinds)
    for number, what in (
        (speak, ngettext("%(num)d voice has not said yes", "%(num)d voices have not said yes", speak)),
        (rehearsed, ngettext("%(num)d voice has not rehearsed", "%(num)d voices have not rehearsed", rehearsed)),
        (spare, ngettext("%(num)d voice has nobody to step in", "%(num)d voices have nobody to step in", spare)),
    ):
        if number:
            yield OpenItem(what, voices, Tone.WAITING)
    if call_in.state == EveningState.PREPARING and leads and not evening.lacks:
        page = call_ins.page_of(call_in, "call_ins.show")
        yield OpenItem(_("Nothing is missing: say that it is ready"), page, Tone.WAITING)


def _after(call_in: CallInPlan, keys: Keys) -> Iterator[OpenItem]:
    states = [clock.state for clock in call_ins.clocks_of(call_in)]
    url = call_ins.page_of(call_in, "call_ins_help.index")
    if overdue := states.count("overdue"):
        what = ngettext("Follow-up: %(num)d step is overdue", "Follow-up: %(num)d steps are overdue", overdue)
        yield OpenItem(what, url, Tone.OVERDUE)
    if due := states.count("due_today"):
        what = ngettext("Follow-up: %(num)d step is due today", "Follow-up: %(num)d steps are due today", due)
        yield OpenItem(what, url, Tone.TODAY)
    offers = [circles.open_text(row, keys) or {} for row in call_ins.lines(CallInOffer, call_in)]
    made, delivered = (sum(int(words.get(name) or 0) for words in offers) for name in ("made", "delivered"))
    if delivered < made:
        what = _("Help: %(delivered)d of %(made)d offers were delivered", delivered=delivered, made=made)
        yield OpenItem(what, url, Tone.WAITING)


def open_with_people(seat: CircleSeat) -> Iterator[OpenItem]:
    circle_page = url_for("circles.show", circle_id=seat.circle.id)
    handover = url_for("circles_handover.index", circle_id=seat.circle.id)
    people = url_for("circles_lead.invite", circle_id=seat.circle.id)
    everybody, leading = seats(seat.circle), circles.leads(seat.circle)
    if circles.is_offered(seat):
        yield OpenItem(_("You are asked to lead this circle"), circle_page)
    if not leading:
        yield OpenItem(_("This circle has no lead"), handover, Tone.OVERDUE)
    elif len(leading) == 1:
        yield OpenItem(_("Only one person leads it: ask a second to lead too"), handover)
    offered = sum(other.membership.offered_by_id is not None for other in everybody)
    if offered and seat.may(Act.LEAD):
        what = ngettext(
            "%(num)d person is asked to lead and has not answered",
            "%(num)d people are asked to lead and have not answered",
            offered,
        )
        yield OpenItem(what, handover, Tone.WAITING)
    outside = sum(not other.is_admitted for other in everybody)
    if outside and seat.is_admitted and seat.may(Act.ADMIT):
        what = ngettext("%(num)d person waits to be let in", "%(num)d people wait to be let in", outside)
        yield OpenItem(what, circle_page)
    if seat.may(Act.LEAD) and (invited := len(circles.waiting(seat.circle))):
        what = ngettext("%(num)d invitation is not answered", "%(num)d invitations are not answered", invited)
        yield OpenItem(what, people, Tone.WAITING)
    if seat.may(Act.LEAD) and not any(other.role is CircleRole.INTERPRETER for other in everybody):
        yield OpenItem(_("Nobody in this circle interprets"), people, Tone.WAITING)


def open_in_polls(seat: CircleSeat) -> Iterator[OpenItem]:
    """Yield a line for each poll that waits for an answer or a decision; only for admitted members."""
    for poll in polls.polls_of(seat.circle) if seat.is_admitted else ():
        if polls.first_day(poll) < today() or polls.agreed_date(poll) is not None:
            continue
        tally = polls.tally(seat.circle, poll, {})
        suits = any(
            not slot.lacking and not slot.essential_no and not slot.essential_silent
            for slot in tally.standings.values()
        )
        quorum = _("Enough people can come.") if suits else _("No time suits enough people so far.")
        if polls.takes_answers(poll):
            waits = ngettext(
                "Finding a day: %(num)d has not answered. %(quorum)s",
                "Finding a day: %(num)d have not answered. %(quorum)s",
                tally.silent,
                quorum=quorum,
            )
            yield OpenItem(waits.strip(), polls.poll_page(poll), Tone.WAITING)
        else:
            waits = _("Finding a day: answers are in, nothing is chosen. %(quorum)s", quorum=quorum)
            yield OpenItem(waits.strip(), polls.poll_page(poll))


def _ahead(seat: CircleSeat) -> CallInPlan | ReconciliationSession | None:
    """Return the next call-in or session of a circle, which has the one or the other."""
    rows: list[CallInPlan | ReconciliationSession] = [*circle_sessions(seat.circle)]
    rows += [call_in for call_in in call_ins.of_circle(seat.circle) if call_in.state in OPEN]
    coming = (row for row in rows if row.held_on >= today())
    return min(coming, key=lambda row: row.held_on, default=None)


def _upcoming(ahead: CallInPlan | ReconciliationSession) -> Upcoming:
    if isinstance(ahead, CallInPlan):
        return Upcoming(ahead.held_on, call_ins.COMING_CALL_IN, call_ins.page_of(ahead, "call_ins.show"))
    what = _("Session: %(what)s", what=sessions.COMPONENTS[ahead.component])
    return Upcoming(ahead.held_on, what, sessions.page_of(ahead))


def open_in_sessions(seat: CircleSeat) -> Iterator[OpenItem]:
    """Yield the items missing before each session, and the report that is due after it."""
    for circle_session in sorted(circle_sessions(seat.circle), key=lambda circle_session: circle_session.held_on):
        part, url = sessions.part_in(seat, circle_session.id), sessions.page_of(circle_session)
        if circle_session.held_on >= today() and not part.has_accepted:
            # All other lines of the session are visible only after acceptance.
            unread = OpenItem(_("You have not accepted the ground rules yet"), url)
            yield from _due_on(circle_session.held_on, [unread])
        elif circle_session.held_on >= today():
            yield from _due_on(circle_session.held_on, _before_session(circle_session))
        elif circle_session.reported_on is None and part.plans:
            what = _("Report back what came of the session, due %(day)s", day=date_words(circle_session.report_on))
            yield OpenItem(what, url, Tone.OVERDUE if circle_session.is_overdue else Tone.WAITING)


def _before_session(circle_session: ReconciliationSession) -> Iterator[OpenItem]:
    url = sessions.page_of(circle_session)
    able = {seat.member.id for seat in sessions.able_to_facilitate(circle_session.circle)}
    if circle_session.facilitator_id not in able:
        yield OpenItem(_("Nobody facilitates the session: name somebody"), url)
    here = {seat.member.id for seat in seats(circle_session.circle)}
    if open_with := len(here - sessions.has_accepted(circle_session)):
        what = ngettext(
            "%(num)d person has not accepted the ground rules",
            "%(num)d people have not accepted the ground rules",
            open_with,
        )
        yield OpenItem(what, url, Tone.WAITING)


class BoardCircle(NamedTuple):
    """A circle on the board: `ahead` is its next session or call-in, and `due` stands at the top of the board.

    Of what is missing, the `first` are seen at once; lines that only wait for other people are never among them.
    """

    seat: CircleSeat
    ahead: Upcoming | None
    lines: Sequence[OpenItem]
    due: Sequence[OpenItem]
    first: Sequence[OpenItem]


def seats_on_board(member: Member, seats: Iterable[CircleSeat]) -> list[CircleSeat]:
    """Return those of a member's `seats` that are on their board: circles they lead, or all for a community lead.

    Police lead none, and have no board whatever else they are.
    """
    sees_all = Role.COMMUNITY_LEAD in member.roles and Role.POLICE_LIAISON not in member.roles
    return [seat for seat in seats if seat.circle.closed_on is None and (sees_all or seat.may(Act.LEAD))]


def shelves_of(member: Member, keys: Keys) -> list[BoardCircle]:
    """Return the board of a member. Raises `NotFound` for members without one, as if the page did not exist."""
    seats = seats_on_board(member, my_circles(member))
    if not seats:
        raise NotFound
    return sorted((_shelf(seat, keys) for seat in seats), key=_urgency)


def _urgency(shelf: BoardCircle) -> tuple[bool, int, date]:
    """Return the sort key: a session today, then the most pressing line, then the earliest session."""
    worst = pressing(shelf.lines[0].tone) if shelf.lines else len(Tone)
    first = shelf.ahead.on if shelf.ahead else date.max
    return first > today(), worst, first


def _shelf(seat: CircleSeat, keys: Keys) -> BoardCircle:
    if not seat.agrees:
        # The circle's pages show nothing else before acceptance.
        promise = url_for("circles.promise", circle_id=seat.circle.id)
        unread = [OpenItem(_("Accept what you promise each other, as it is now"), promise)]
        return BoardCircle(seat, None, unread, [], unread)
    lines = [*open_in_call_ins(seat, keys), *open_in_sessions(seat), *open_in_polls(seat), *open_with_people(seat)]
    if not seat.is_admitted:
        circle_page = url_for("circles.show", circle_id=seat.circle.id)
        lines.insert(0, OpenItem(_("You cannot open what is written here yet"), circle_page))
    lines.sort(key=lambda line: pressing(line.tone))
    due = [line for line in lines if line.tone in DUE]
    missing = [line for line in lines if line.tone is Tone.MISSING]
    ahead = _ahead(seat)
    return BoardCircle(seat, _upcoming(ahead) if ahead else None, lines, due, missing[:FIRST_SHOWN])


blueprint = AudienceBlueprint("circles_board", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/board")


@blueprint.get("/")
def index() -> str:
    shelves = shelves_of(current_user.member, my_keys())
    return render_template(
        "partners/board.html",
        shelves=shelves,
        Tone=Tone,
        overdue=sum(len(shelf.due) for shelf in shelves),
        missing=sum(line.tone is Tone.MISSING for shelf in shelves for line in shelf.lines),
    )


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield a member's invitations, what waits for their own answer, and how much is open where they lead."""
    if not circles.is_drawn_in(me.id) or Role.ADMINISTRATOR in me.roles:
        return
    for circle, _membership in circles.my_invitations(me.member):
        what = _("You are invited: %(circle)s", circle=circle.name[language()])
        yield OpenItem(what, url_for("circles.invitation", circle_id=circle.id))
    seats, keys = my_circles(me.member), {} if me.is_locked else my_keys()
    on_board = set() if me.is_locked else {seat.circle.id for seat in seats_on_board(me.member, seats)}
    for seat in seats:
        if seat.circle.closed_on is None and seat.circle.id not in on_board:
            yield from _waits_for_me(seat)
        elif seat.circle.closed_on is None:
            shelf, name = _shelf(seat, keys), seat.circle.name[language()]
            yield from (replace(line, what=f"{name}: {line.what}") for line in shelf.due)
            if count := sum(line.tone is Tone.MISSING for line in shelf.lines):
                what = ngettext(
                    "%(circle)s: %(num)d thing is missing", "%(circle)s: %(num)d things are missing", count, circle=name
                )
                yield OpenItem(what, url_for("circles_board.index"))


def _waits_for_me(seat: CircleSeat) -> Iterator[OpenItem]:
    name = seat.circle.name[language()]
    if not seat.agrees:
        what = _("%(circle)s: accept what you promise each other", circle=name)
        yield OpenItem(what, url_for("circles.promise", circle_id=seat.circle.id))
        return
    for poll in polls.open_polls(seat.circle) if seat.is_admitted and seat.may(Act.WRITE) else ():
        if not polls.has_answered(poll, seat.member.id):
            yield OpenItem(_("%(circle)s: say which day suits you", circle=name), polls.poll_page(poll))
    for circle_session in circle_sessions(seat.circle):
        if circle_session.held_on >= today() and not sessions.part_in(seat, circle_session.id).has_accepted:
            yield OpenItem(_("%(circle)s: accept the ground rules", circle=name), sessions.page_of(circle_session))


def next_evenings(me: SessionUser) -> Iterator[NextEvening]:
    """Yield the next call-in and session of each circle; to a speaker who leads nothing, the page of their part."""
    is_in_circles = circles.is_drawn_in(me.id) and Role.ADMINISTRATOR not in me.roles
    for seat in my_circles(me.member) if is_in_circles else ():
        ahead = _ahead(seat) if seat.circle.closed_on is None and seat.agrees else None
        if ahead is None:
            continue
        day, what, page = _upcoming(ahead)
        if isinstance(ahead, CallInPlan):
            if not seat.may(Act.LEAD) and open_evening(seat, ahead, my_keys()).voice_of(seat.member.id):
                page = call_ins.page_of(ahead, "own_part_inside.show")
            elif day == today():
                page = call_ins.tonight_of(seat, ahead)
        yield NextEvening(day, day_words(day), str(what), seat.circle.name[language()], page)


def open_circles() -> Sequence[int]:
    return session.scalars(select(Circle.id).where(Circle.closed_on.is_(None))).all()


def reminders_of(circle_id: int) -> Iterator[Due]:
    circle = session.get(Circle, circle_id)
    if circle is None:
        return
    leading = [seat.member.id for seat in seats(circle) if seat.may(Act.LEAD) and seat.is_admitted]
    days = [(*day, leading) for day in _days(circle)]
    for poll in polls.open_polls(circle):
        asked = [seat.member.id for seat in polls.asked_members(circle)]
        silent = [member_id for member_id in asked if not polls.has_answered(poll, member_id)]
        days.append((poll.closes_on, f"{ABOUT}poll {poll.id}", poll.asked_on, silent))
    for due_on, about, named_on, member_ids in days:
        if near := reminders.nearness(due_on, named_on, today()):
            yield from (Due(due_on, about, near, member_id) for member_id in member_ids)


def _days(circle: Circle) -> Iterator[tuple[date, str, date]]:
    """Yield the days to remind of, each with what it is about and the day on which it was named."""
    for call_in in call_ins.of_circle(circle):
        if call_in.state in OPEN:
            yield call_in.held_on, f"{CALL_IN}{call_in.id}", LONG_AGO
        for clock in call_ins.running(call_in):
            yield clock.until_on, f"{STEP}{call_in.id} {clock.step}", clock.from_on
    for circle_session in circle_sessions(circle):
        if circle_session.held_on >= today():
            yield circle_session.held_on, f"{SESSION}{circle_session.id}", LONG_AGO
        elif circle_session.reported_on is None:
            yield circle_session.report_on, f"{STEP}{circle_session.id} report", circle_session.held_on

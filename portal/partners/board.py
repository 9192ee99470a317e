"""The board of a lead: open items of their circles, most pressing first, and the promises due this week.

Every query goes through the reader's seat, so the board shows nothing that the reader could not open in the circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from portal.accounts.roles import Role
from portal.accounts.sign_in import SessionUser, current_user
from portal.accounts.today import DUE, NextEvening, OpenItem, Tone, pressing
from portal.accounts.users import Member
from portal.commitments.promise_states import KEEPERS, SPEAKERS, PromiseState
from portal.commitments.promises import Commitment, due_soon
from portal.core.clock import today
from portal.core.db import session
from portal.core.i18n import date_words, language
from portal.core.i18n import day as day_words
from portal.core.statuses import NotFound
from portal.core.web import SIGNED_IN, AudienceBlueprint
from portal.partners.callin.call_in import (
    COMING_CALL_IN,
    CallInOffer,
    CallInPlan,
    call_ins,
    clocks_of,
    lines,
    taken_back,
)
from portal.partners.callin.evening import OpenedCallIn, open_evening
from portal.partners.callin.evening_rules import OPEN, EveningState, Lack, VoicePreparation
from portal.partners.callin.own_part import own_voice
from portal.partners.callin.pages import tonight_for
from portal.partners.callin.rules import keeps_roster
from portal.partners.callin.texts import LACKS, POINTS
from portal.partners.circle_rules import Act, CircleKind, CircleRole
from portal.partners.circles import (
    CircleSeat,
    Keys,
    is_offered,
    leads,
    my_circles,
    my_invitations,
    my_keys,
    open_text,
    seats,
    waiting,
)
from portal.partners.polls.polls import (
    Poll,
    agreed_date,
    first_day,
    has_answered,
    open_polls,
    polls,
    takes_answers,
    tally,
)
from portal.partners.reconciliation.rules import Component
from portal.partners.reconciliation.sessions import (
    Acceptance,
    ReconciliationSession,
    able_to_facilitate,
    circle_sessions,
    has_sessions,
    part_in,
)
from portal.partners.reconciliation.texts import COMPONENTS

FIRST_SHOWN = 3
"""The number of a circle's lines that are visible at first; the rest unfold."""
PROMISES_SHOWN = 6


def may_have_board(roles: Collection[str], *, leads: bool) -> bool:
    """Return whether a member has a board: leads of a circle and community leads; never police or administrators."""
    if Role.POLICE_LIAISON in roles or Role.ADMINISTRATOR in roles:
        return False
    return leads or Role.COMMUNITY_LEAD in roles


def due_on(day: date, lines: Iterable[OpenItem]) -> Iterator[OpenItem]:
    """Yield the lines of a session held on `day`; on the day itself missing items become due today."""
    for line in lines:
        yield replace(line, tone=Tone.TODAY) if line.tone is Tone.MISSING and day == today() else line


ABOUT_VOICES = (Lack.VOICES, Lack.SAFETY)
ABOUT_THE_RUN = (Lack.RUN, Lack.LENGTH)


def next_call_in(seat: CircleSeat) -> tuple[date, str, str] | None:
    """Return the day, title and page of the next call-in in preparation, or None."""
    first = _next_call_in(seat)
    return (first.held_on, str(COMING_CALL_IN), _page("call_ins.show", first)) if first else None


def _next_call_in(seat: CircleSeat) -> CallInPlan | None:
    ahead = [one for one in _of(seat) if one.state in OPEN and one.held_on >= today()]
    return min(ahead, key=lambda one: one.held_on, default=None)


def open_in_call_ins(seat: CircleSeat, keys: Keys) -> Iterator[OpenItem]:
    """Yield the items missing before each call-in, earliest first, and the follow-up owed after it."""
    for call_in in sorted(_of(seat), key=lambda one: one.held_on):
        yield from _taken_back(seat, call_in)
        if call_in.state in OPEN and call_in.held_on < today():
            what = _("The call-in of %(day)s: say whether it took place", day=date_words(call_in.held_on))
            yield OpenItem(str(what), _page("call_ins.show", call_in), Tone.OVERDUE)
        elif call_in.state in OPEN and seat.is_admitted:
            yield from due_on(call_in.held_on, _before(seat, open_evening(seat, call_in, keys)))
        elif call_in.state == EveningState.ENDED:
            yield from _after(call_in, keys)


def _taken_back(seat: CircleSeat, call_in: CallInPlan) -> Iterator[OpenItem]:
    """Yield how many speakers took something back themselves, for keepers of the roster, until one has seen it."""
    if not keeps_roster(seat.role, seat.member.roles):
        return
    cards = {row.card_id for row in taken_back(call_in)}
    if len(cards) == 1:
        card_id = cards.pop()
        url = url_for("call_ins_voices.show", circle_id=call_in.circle_id, call_in_id=call_in.id, card_id=card_id)
        yield OpenItem(_("A voice took a yes back"), url, Tone.TODAY)
    elif cards:
        what = ngettext("%(num)d voice took a yes back", "%(num)d voices took a yes back", len(cards))
        yield OpenItem(what, _page("call_ins_voices.index", call_in), Tone.TODAY)


def _of(seat: CircleSeat) -> list[CallInPlan]:
    return [] if seat.circle.kind != CircleKind.MORAL_VOICE else list(call_ins(seat.circle))


def _before(seat: CircleSeat, evening: OpenedCallIn) -> Iterator[OpenItem]:
    """Yield what `evening.lacks` names, as the page of the call-in does, and what waits but keeps nobody from it."""
    call_in = evening.call_in
    if seat.may(Act.LEAD):
        for lack in evening.lacks:
            yield OpenItem(str(LACKS[lack]), _where(evening, lack))
    if uncovered := evening.matrix.uncovered:
        points = ", ".join(str(POINTS[point]) for point in uncovered)
        what = str(_("Points that nobody makes: %(points)s", points=points))
        yield OpenItem(what, _page("call_ins_voices.index", call_in), Tone.WAITING)
    if evening.sees_roster:
        yield from _voices(evening)
    if call_in.state == EveningState.PREPARING and seat.may(Act.LEAD) and not evening.lacks:
        yield OpenItem(
            str(_("Nothing is missing: say that it is ready")), _page("call_ins.show", call_in), Tone.WAITING
        )


def _voices(evening: OpenedCallIn) -> Iterator[OpenItem]:
    """Yield how many speakers are not prepared yet, without names; the linked page shows them."""
    url = _page("call_ins_voices.index", evening.call_in)
    open_with = [what for voice in evening.speaking for what in voice.open]
    if number := open_with.count(VoicePreparation.SPEAK):
        what = ngettext("%(num)d voice has not said yes", "%(num)d voices have not said yes", number)
        yield OpenItem(what, url, Tone.WAITING)
    if number := open_with.count(VoicePreparation.REHEARSAL):
        what = ngettext("%(num)d voice has not rehearsed", "%(num)d voices have not rehearsed", number)
        yield OpenItem(what, url, Tone.WAITING)
    if number := open_with.count(VoicePreparation.ALTERNATE):
        what = ngettext("%(num)d voice has nobody to step in", "%(num)d voices have nobody to step in", number)
        yield OpenItem(what, url, Tone.WAITING)


def _where(evening: OpenedCallIn, lack: Lack) -> str:
    if lack in ABOUT_THE_RUN:
        return _page("call_ins_run.index", evening.call_in)
    is_there = lack in ABOUT_VOICES
    return _page("call_ins_voices.index" if is_there else "call_ins.edit", evening.call_in)


def _after(call_in: CallInPlan, keys: Keys) -> Iterator[OpenItem]:
    states = [clock.state for clock in clocks_of(call_in)]
    url = _page("call_ins_help.index", call_in)
    if overdue := states.count("overdue"):
        what = ngettext("Follow-up: %(num)d step is overdue", "Follow-up: %(num)d steps are overdue", overdue)
        yield OpenItem(str(what), url, Tone.OVERDUE)
    if due := states.count("due_today"):
        what = ngettext("Follow-up: %(num)d step is due today", "Follow-up: %(num)d steps are due today", due)
        yield OpenItem(str(what), url, Tone.TODAY)
    made, delivered = _offers(call_in, keys)
    if delivered < made:
        what = _("Help: %(delivered)d of %(made)d offers were delivered", delivered=delivered, made=made)
        yield OpenItem(str(what), url, Tone.WAITING)


def _offers(call_in: CallInPlan, keys: Keys) -> tuple[int, int]:
    opened = [words for row in lines(CallInOffer, call_in) if (words := open_text(row, keys)) is not None]
    return sum(int(words["made"]) for words in opened), sum(int(words["delivered"]) for words in opened)


def _page(endpoint: str, call_in: CallInPlan) -> str:
    return url_for(endpoint, circle_id=call_in.circle_id, call_in_id=call_in.id)


def open_with_people(seat: CircleSeat) -> Iterator[OpenItem]:
    """Yield the items about members: handover, leads, admission, invitations, interpreters."""
    circle_page = url_for("circles.show", circle_id=seat.circle.id)
    handover = url_for("circles_handover.index", circle_id=seat.circle.id)
    everybody, leading = seats(seat.circle), leads(seat.circle)
    if is_offered(seat):
        yield OpenItem(str(_("You are asked to lead this circle")), circle_page)
    if not leading:
        yield OpenItem(str(_("This circle has no lead")), handover, Tone.OVERDUE)
    elif len(leading) == 1:
        yield OpenItem(str(_("Only one person leads it: ask a second to lead too")), handover)
    yield from _handed_over(seat, everybody, handover)
    yield from _let_in(seat, everybody, circle_page)
    if not any(one.role is CircleRole.INTERPRETER for one in everybody) and seat.may(Act.LEAD):
        yield OpenItem(str(_("Nobody in this circle interprets")), _people(seat), Tone.WAITING)


def _handed_over(seat: CircleSeat, everybody: list[CircleSeat], url: str) -> Iterator[OpenItem]:
    asked = sum(one.membership.offered_by_id is not None for one in everybody)
    if asked and seat.may(Act.LEAD):
        what = ngettext(
            "%(num)d person is asked to lead and has not answered",
            "%(num)d people are asked to lead and have not answered",
            asked,
        )
        yield OpenItem(what, url, Tone.WAITING)


def _let_in(seat: CircleSeat, everybody: list[CircleSeat], url: str) -> Iterator[OpenItem]:
    outside = sum(not one.is_admitted for one in everybody)
    if outside and seat.is_admitted and seat.may(Act.ADMIT):
        yield OpenItem(ngettext("%(num)d person waits to be let in", "%(num)d people wait to be let in", outside), url)
    invited = len(waiting(seat.circle)) if seat.may(Act.LEAD) else 0
    if invited:
        what = ngettext("%(num)d invitation is not answered", "%(num)d invitations are not answered", invited)
        yield OpenItem(what, _people(seat), Tone.WAITING)


def _people(seat: CircleSeat) -> str:
    return url_for("circles_lead.invite", circle_id=seat.circle.id)


def open_in_polls(seat: CircleSeat) -> Iterator[OpenItem]:
    """Yield a line for each poll that waits for an answer or a decision; only for admitted members."""
    for poll in polls(seat.circle) if seat.is_admitted else ():
        if first_day(poll) < today() or agreed_date(poll) is not None:
            continue
        url = url_for("circles_polls.show", circle_id=seat.circle.id, poll_id=poll.id)
        if takes_answers(poll):
            yield OpenItem(_running(seat, poll), url, Tone.WAITING)
        else:
            yield OpenItem(_chosen(seat, poll), url)


def _running(seat: CircleSeat, poll: Poll) -> str:
    silent = tally(seat.circle, poll, {}).silent
    waits = ngettext(
        "Finding a day: %(num)d has not answered. %(quorum)s",
        "Finding a day: %(num)d have not answered. %(quorum)s",
        silent,
        quorum=_quorum(seat, poll),
    )
    return str(waits).strip()


def _chosen(seat: CircleSeat, poll: Poll) -> str:
    return str(_("Finding a day: answers are in, nothing is chosen. %(quorum)s", quorum=_quorum(seat, poll))).strip()


def _quorum(seat: CircleSeat, poll: Poll) -> str:
    """Return whether some slot has enough people of each side and no essential person missing or silent, in words."""
    standings = tally(seat.circle, poll, {}).standings.values()
    if any(not one.lacking and not one.essential_no and not one.essential_silent for one in standings):
        return str(_("Enough people can come."))
    return str(_("No time suits enough people so far."))


def next_session(seat: CircleSeat) -> tuple[date, str, str] | None:
    """Return the day, title and page of the next session, or None."""
    ahead = [one for one in _sessions_ahead(seat) if one.held_on >= today()]
    if not ahead:
        return None
    first = min(ahead, key=lambda one: one.held_on)
    what = _("Session: %(what)s", what=COMPONENTS[Component(first.component)])
    return first.held_on, str(what), _session_page(seat, first)


def open_in_sessions(seat: CircleSeat) -> Iterator[OpenItem]:
    """Yield the items missing before each session, and the report that is due after it."""
    for circle_session in sorted(_sessions_ahead(seat), key=lambda one: one.held_on):
        part = part_in(seat, circle_session.id)
        if circle_session.held_on >= today() and not part.has_accepted:
            # All other lines of the session are visible only after acceptance.
            mine = OpenItem(str(_("You have not accepted the ground rules yet")), _session_page(seat, circle_session))
            yield from due_on(circle_session.held_on, [mine])
        elif circle_session.held_on >= today():
            yield from due_on(circle_session.held_on, _due_before(seat, circle_session))
        elif circle_session.reported_on is None and part.plans:
            yield _report(seat, circle_session)


def _sessions_ahead(seat: CircleSeat) -> list[ReconciliationSession]:
    return list(circle_sessions(seat.circle)) if has_sessions(seat.circle) else []


def _due_before(seat: CircleSeat, circle_session: ReconciliationSession) -> Iterator[OpenItem]:
    url, able = _session_page(seat, circle_session), {one.member.id for one in able_to_facilitate(seat.circle)}
    if circle_session.facilitator_id not in able:
        yield OpenItem(str(_("Nobody facilitates the session: name somebody")), url)
    here = {one.member.id for one in seats(seat.circle)}
    accepted = set(
        session.scalars(select(Acceptance.member_id).where(Acceptance.rules_id == circle_session.ground_rules.id))
    )
    if open_with := len(here - accepted):
        what = ngettext(
            "%(num)d person has not accepted the ground rules",
            "%(num)d people have not accepted the ground rules",
            open_with,
        )
        yield OpenItem(what, url, Tone.WAITING)


def _report(seat: CircleSeat, circle_session: ReconciliationSession) -> OpenItem:
    what = _("Report back what came of the session, due %(day)s", day=date_words(circle_session.report_on))
    return OpenItem(
        str(what), _session_page(seat, circle_session), Tone.OVERDUE if circle_session.is_overdue else Tone.WAITING
    )


def _session_page(seat: CircleSeat, circle_session: ReconciliationSession) -> str:
    return url_for("sessions.show", circle_id=seat.circle.id, session_id=circle_session.id)


WRITERS = KEEPERS | SPEAKERS
"""The roles that have the team's pages of promises."""


@dataclass(frozen=True)
class BoardCircle:
    """A circle on the board. `ahead`: day, title and page of its next session or call-in."""

    seat: CircleSeat
    ahead: tuple[date, str, str] | None
    lines: Sequence[OpenItem]

    @property
    def due(self) -> Sequence[OpenItem]:
        """The lines that are overdue or due today; they stand at the top of the board."""
        return [line for line in self.lines if line.tone in DUE]

    @property
    def first(self) -> Sequence[OpenItem]:
        """The most pressing of the missing items. Lines that only wait for other people are never among them."""
        return [line for line in self.lines if line.tone is Tone.MISSING][:FIRST_SHOWN]

    @property
    def more(self) -> Sequence[OpenItem]:
        """The remaining lines."""
        return self.lines[len(self.due) + len(self.first) :]

    @property
    def urgency(self) -> tuple[bool, int, date]:
        """The sort key: a session today, then the most pressing line, then the earliest session."""
        worst = pressing(self.lines[0].tone) if self.lines else len(Tone)
        first = self.ahead[0] if self.ahead else date.max
        return first > today(), worst, first


@dataclass(frozen=True)
class Board:
    """A member's board: circles and promises."""

    shelves: Sequence[BoardCircle]
    promises: Sequence[tuple[Commitment, str]]
    """The promises that are late or due within a week, each with its page."""

    @property
    def late(self) -> Sequence[tuple[Commitment, str]]:
        """The promises that are late."""
        return [(one, url) for one, url in self.promises if one.standing is PromiseState.LATE]

    @property
    def soon(self) -> Sequence[tuple[Commitment, str]]:
        """The promises due this week."""
        return [(one, url) for one, url in self.promises if one.standing is not PromiseState.LATE]

    @property
    def overdue(self) -> int:
        """The number of items that are overdue or due today."""
        return sum(len(shelf.due) for shelf in self.shelves) + len(self.late)

    @property
    def missing(self) -> int:
        """The number of missing items."""
        return sum(line.tone is Tone.MISSING for shelf in self.shelves for line in shelf.lines)


def seats_on_board(member: Member, seats: Iterable[CircleSeat]) -> list[CircleSeat]:
    """Return the member's `seats` that are on their board: circles they lead, or all for a community lead.

    Empty for police liaisons and administrators.
    """
    mine = [seat for seat in seats if seat.circle.closed_on is None]
    if not may_have_board(member.roles, leads=any(seat.may(Act.LEAD) for seat in mine)):
        return []
    return mine if Role.COMMUNITY_LEAD in member.roles else [seat for seat in mine if seat.may(Act.LEAD)]


def board_of(member: Member, keys: Keys) -> Board:
    """Return the board of a member. Raises `NotFound` for members without one, as if the page did not exist."""
    seats = seats_on_board(member, my_circles(member))
    if not seats:
        raise NotFound
    shelves = sorted((_shelf(seat, keys) for seat in seats), key=lambda shelf: shelf.urgency)
    due = [(one, url) for one in due_soon(member) if (url := _page_of(one, member))]
    return Board(shelves, due)


def _shelf(seat: CircleSeat, keys: Keys) -> BoardCircle:
    if not seat.agrees:
        # The circle's pages show nothing else before acceptance.
        promise = url_for("circles.promise", circle_id=seat.circle.id)
        return BoardCircle(seat, None, [OpenItem(str(_("Accept what you promise each other, as it is now")), promise)])
    ahead = min(filter(None, (next_call_in(seat), next_session(seat))), default=None)
    return BoardCircle(seat, ahead, sorted(_lines(seat, keys), key=lambda line: pressing(line.tone)))


def _lines(seat: CircleSeat, keys: Keys) -> Iterator[OpenItem]:
    if not seat.is_admitted:
        circle_page = url_for("circles.show", circle_id=seat.circle.id)
        yield OpenItem(str(_("You cannot open what is written here yet")), circle_page)
    yield from open_in_call_ins(seat, keys)
    yield from open_in_sessions(seat)
    yield from open_in_polls(seat)
    yield from open_with_people(seat)


def _page_of(promise: Commitment, member: Member) -> str | None:
    """Return the team's page of a promise for members who have it, else the public page, once it is public."""
    if not member.roles.isdisjoint(WRITERS):
        return url_for("commitments_team.edit", commitment_id=promise.id)
    return None if promise.waits_for_place else url_for("commitments.commitment", slug=promise.slug)


blueprint = AudienceBlueprint("circles_board", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/board")
ROOMS: tuple[AudienceBlueprint, ...] = (blueprint,)


@blueprint.get("/")
def index() -> str:
    """Show the member's board."""
    board = board_of(current_user.member, my_keys())
    return render_template("partners/board.html", board=board, Tone=Tone, most=PROMISES_SHOWN)


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield a member's invitations, what waits for their own answer, and how much is open where they lead."""
    if Role.ADMINISTRATOR in me.roles:
        return
    for circle, _membership in my_invitations(me.member):
        what = _("You are invited: %(circle)s", circle=circle.name[language()])
        yield OpenItem(what, url_for("circles.invitation", circle_id=circle.id))
    mine, keys = my_circles(me.member), {} if me.is_locked else my_keys()
    on_board = set() if me.is_locked else {seat.circle.id for seat in seats_on_board(me.member, mine)}
    for seat in mine:
        if seat.circle.closed_on is None:
            yield from _of_board(seat, keys) if seat.circle.id in on_board else _own(seat)


def _of_board(seat: CircleSeat, keys: Keys) -> Iterator[OpenItem]:
    shelf = _shelf(seat, keys)
    name = seat.circle.name[language()]
    for line in shelf.due:
        yield replace(line, what=f"{name}: {line.what}")
    if missing := sum(line.tone is Tone.MISSING for line in shelf.lines):
        what = ngettext(
            "%(circle)s: %(num)d thing is missing", "%(circle)s: %(num)d things are missing", missing, circle=name
        )
        yield OpenItem(what, url_for("circles_board.index"))


def _own(seat: CircleSeat) -> Iterator[OpenItem]:
    """Yield what waits for the member's own answer in a circle."""
    name = seat.circle.name[language()]
    if not seat.agrees:
        what = _("%(circle)s: accept what you promise each other", circle=name)
        yield OpenItem(what, url_for("circles.promise", circle_id=seat.circle.id))
        return
    for one in open_polls(seat.circle) if seat.is_admitted and seat.may(Act.WRITE) else ():
        if not has_answered(one, seat.member.id):
            what = _("%(circle)s: say which day suits you", circle=name)
            yield OpenItem(what, url_for("circles_polls.show", circle_id=seat.circle.id, poll_id=one.id))
    for circle_session in _sessions_ahead(seat):
        if circle_session.held_on >= today() and not part_in(seat, circle_session.id).has_accepted:
            what = _("%(circle)s: accept the ground rules", circle=name)
            yield OpenItem(what, _session_page(seat, circle_session))


def next_evenings(me: SessionUser) -> Iterator[NextEvening]:
    """Yield the next call-in and session of each of a member's circles."""
    for seat in my_circles(me.member) if Role.ADMINISTRATOR not in me.roles else ():
        if seat.circle.closed_on is None and seat.agrees:
            for found in (_own_call_in(seat), next_session(seat)):
                if found is not None:
                    day, what, url = found
                    yield NextEvening(day, day_words(day), what, seat.circle.name[language()], url)


def _own_call_in(seat: CircleSeat) -> tuple[date, str, str] | None:
    """Return like `next_call_in`: the page of the evening on its day, and to a speaker who leads nothing their part."""
    call_in = _next_call_in(seat)
    if call_in is None:
        return None
    page = tonight_for(seat, call_in) if call_in.held_on == today() else _page("call_ins.show", call_in)
    if not seat.may(Act.LEAD) and own_voice(open_evening(seat, call_in, my_keys()), seat.member.id):
        page = _page("own_part_inside.show", call_in)
    return call_in.held_on, str(COMING_CALL_IN), page

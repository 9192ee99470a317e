"""The board of somebody: their circles, the most pressing first, and the promises of this week.

Everything is asked with the seat of whoever reads: what they could not open in a circle is not on their board.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _

from portal.accounts.models import Member
from portal.accounts.rules.roles import Role
from portal.commitments.models import Commitment
from portal.commitments.queries import due_soon
from portal.commitments.rules.promises import KEEPERS, SPEAKERS, Standing
from portal.core.clock import today
from portal.core.errors import NotFound
from portal.partners.board.call_ins import next_call_in, open_in_call_ins
from portal.partners.board.lines import Line
from portal.partners.board.people import open_with_people
from portal.partners.board.polls import open_in_polls
from portal.partners.board.rules import DUE, FIRST_SHOWN, Tone, may_have_board, pressing
from portal.partners.board.sessions import next_session, open_in_sessions
from portal.partners.queries.circles import Seat, my_circles
from portal.partners.rules.circles import Act
from portal.partners.sealing import Keys

WRITERS = KEEPERS | SPEAKERS
"""Who has the team's pages of promises."""


@dataclass(frozen=True)
class Shelf:
    """A circle on the board. `ahead`: day, words and page of its next session."""

    seat: Seat
    ahead: tuple[date, str, str] | None
    lines: Sequence[Line]

    @property
    def due(self) -> Sequence[Line]:
        """What is overdue or due today: it stands at the top of the board."""
        return [line for line in self.lines if line.tone in DUE]

    @property
    def first(self) -> Sequence[Line]:
        """The most pressing of the rest. What only waits for others never stands in the way."""
        return [line for line in self.lines if line.tone is Tone.MISSING][:FIRST_SHOWN]

    @property
    def more(self) -> Sequence[Line]:
        """The others."""
        return self.lines[len(self.due) + len(self.first) :]

    @property
    def urgency(self) -> tuple[bool, int, date]:
        """For sorting: a session of today, then the most pressing line, then the session that comes first."""
        worst = pressing(self.lines[0].tone) if self.lines else len(Tone)
        first = self.ahead[0] if self.ahead else date.max
        return first > today(), worst, first


@dataclass(frozen=True)
class Board:
    """All of it."""

    shelves: Sequence[Shelf]
    promises: Sequence[tuple[Commitment, str]]
    """Late ones and those due within a week, with the page of each."""

    @property
    def late(self) -> Sequence[tuple[Commitment, str]]:
        """The promises that are late."""
        return [(one, url) for one, url in self.promises if one.standing is Standing.LATE]

    @property
    def soon(self) -> Sequence[tuple[Commitment, str]]:
        """Those of this week."""
        return [(one, url) for one, url in self.promises if one.standing is not Standing.LATE]

    @property
    def overdue(self) -> int:
        """How much is overdue or due today."""
        return sum(len(shelf.due) for shelf in self.shelves) + len(self.late)

    @property
    def missing(self) -> int:
        """How much is missing."""
        return sum(line.tone is Tone.MISSING for shelf in self.shelves for line in shelf.lines)


def seats_on_board(member: Member, seats: Iterable[Seat]) -> list[Seat]:
    """Which of somebody's `seats` are on their board: where they lead; a community lead's are all. None for police."""
    mine = [seat for seat in seats if seat.circle.closed_on is None]
    if not may_have_board(member.roles, leads=any(seat.may(Act.LEAD) for seat in mine)):
        return []
    return mine if Role.COMMUNITY_LEAD in member.roles else [seat for seat in mine if seat.may(Act.LEAD)]


def board_of(member: Member, keys: Keys) -> Board:
    """The board of a member; `NotFound` for who has none, as if there were no such page."""
    seats = seats_on_board(member, my_circles(member))
    if not seats:
        raise NotFound
    shelves = sorted((_shelf(seat, keys) for seat in seats), key=lambda shelf: shelf.urgency)
    due = [(one, url) for one in due_soon(member) if (url := _page_of(one, member))]
    return Board(shelves, due)


def _shelf(seat: Seat, keys: Keys) -> Shelf:
    if not seat.agrees:
        # The circle's pages show nothing else before that.
        promise = url_for("circles.promise", circle_id=seat.circle.id)
        return Shelf(seat, None, [Line(str(_("Accept what you promise each other, as it is now")), promise)])
    ahead = min(filter(None, (next_call_in(seat), next_session(seat))), default=None)
    return Shelf(seat, ahead, sorted(_lines(seat, keys), key=lambda line: pressing(line.tone)))


def _lines(seat: Seat, keys: Keys) -> Iterator[Line]:
    if not seat.is_admitted:
        circle_page = url_for("circles.show", circle_id=seat.circle.id)
        yield Line(str(_("You cannot open what is written here yet")), circle_page)
    yield from open_in_call_ins(seat, keys)
    yield from open_in_sessions(seat)
    yield from open_in_polls(seat)
    yield from open_with_people(seat)


def _page_of(promise: Commitment, member: Member) -> str | None:
    """The team's page for who has one; for others what everybody reads, once everybody does."""
    if not member.roles.isdisjoint(WRITERS):
        return url_for("commitments_team.edit", commitment_id=promise.id)
    return None if promise.waits_for_place else url_for("commitments.commitment", slug=promise.slug)

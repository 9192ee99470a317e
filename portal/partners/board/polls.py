"""What is open about finding a day: who has not answered, whether enough can come, and what was not chosen yet."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.core.clock import today
from portal.partners.board.lines import Line
from portal.partners.board.rules import Tone
from portal.partners.polls.models import Poll
from portal.partners.polls.queries import date_from, first_day, polls, takes_answers, tally
from portal.partners.queries.circles import Seat


def open_in_polls(seat: Seat) -> Iterator[Line]:
    """A line for each poll that waits for somebody; for whoever was let in."""
    for poll in polls(seat.circle) if seat.is_admitted else ():
        if first_day(poll) < today() or date_from(poll) is not None:
            continue
        url = url_for("circles_polls.show", circle_id=seat.circle.id, poll_id=poll.id)
        if takes_answers(poll):
            yield Line(_running(seat, poll), url, Tone.WAITING)
        else:
            yield Line(_chosen(seat, poll), url)


def _running(seat: Seat, poll: Poll) -> str:
    silent = tally(seat.circle, poll, {}).silent
    waits = ngettext(
        "Finding a day: %(num)d has not answered. %(quorum)s",
        "Finding a day: %(num)d have not answered. %(quorum)s",
        silent,
        quorum=_quorum(seat, poll),
    )
    return str(waits).strip()


def _chosen(seat: Seat, poll: Poll) -> str:
    return str(_("Finding a day: answers are in, nothing is chosen. %(quorum)s", quorum=_quorum(seat, poll))).strip()


def _quorum(seat: Seat, poll: Poll) -> str:
    """Whether there is a time at which each side is there in number and nobody is missing who must be there."""
    standings = tally(seat.circle, poll, {}).standings.values()
    if any(not one.lacking and not one.essential_no and not one.essential_silent for one in standings):
        return str(_("Enough people can come."))
    return str(_("No time suits enough people so far."))

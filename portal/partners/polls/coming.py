"""What polls and dates add to a circle's page: what comes next, and what somebody leaves open who goes."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.clock import zone
from portal.partners.ahead import Ahead
from portal.partners.handover import Open
from portal.partners.polls.queries import dates_ahead, has_answered, open_polls
from portal.partners.polls.texts import hours_words
from portal.partners.queries.circles import Seat
from portal.partners.rules.circles import Act

PLEASE_ANSWER, ANSWERED = _l("Which day suits you? Answer until:"), _l("Finding a day: answers are taken until")


def next_dates(seat: Seat) -> list[Ahead]:
    """Dates that were agreed on and polls that wait, for whoever was let in."""
    if not seat.is_admitted:
        return []
    return [*_polls(seat), *_dates(seat)]


def open_polls_of(seat: Seat) -> list[Open]:
    """Polls that somebody began and nobody has ended; others may end them."""
    return [
        Open(
            _("You asked the circle for a day, and nothing was chosen yet"),
            url_for("circles_polls.show", circle_id=seat.circle.id, poll_id=one.id),
            must=False,
        )
        for one in open_polls(seat.circle)
        if one.author_id == seat.member.id
    ]


def _polls(seat: Seat) -> list[Ahead]:
    return [
        Ahead(
            one.closes_on,
            PLEASE_ANSWER if seat.may(Act.WRITE) and not has_answered(one, seat.member.id) else ANSWERED,
            url_for("circles_polls.show", circle_id=seat.circle.id, poll_id=one.id),
        )
        for one in open_polls(seat.circle)
    ]


def _dates(seat: Seat) -> list[Ahead]:
    return [
        Ahead(
            one.starts_at.astimezone(zone()).date(),
            _("Agreed date, %(hours)s", hours=hours_words(one.starts_at, one.ends_at)),
            url_for("circles_dates.show", circle_id=seat.circle.id, date_id=one.id),
        )
        for one in dates_ahead(seat.circle)
    ]

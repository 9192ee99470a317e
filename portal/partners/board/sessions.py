"""What is open about the sessions of reconciliation of a circle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from portal.core.clock import today
from portal.core.db import session
from portal.core.i18n import date_words
from portal.partners.board.lines import Line, due_on
from portal.partners.board.rules import Tone
from portal.partners.queries.circles import Seat, seats
from portal.partners.reconciliation.models import Acceptance, Sitting
from portal.partners.reconciliation.queries.sittings import able_to_facilitate, has_sessions, part_in, sittings
from portal.partners.reconciliation.rules import Component
from portal.partners.reconciliation.texts import COMPONENTS


def next_session(seat: Seat) -> tuple[date, str, str] | None:
    """The next one: its day, what it is about, its page."""
    ahead = [one for one in _of(seat) if one.held_on >= today()]
    if not ahead:
        return None
    first = min(ahead, key=lambda one: one.held_on)
    what = _("Session: %(what)s", what=COMPONENTS[Component(first.component)])
    return first.held_on, str(what), _page(seat, first)


def open_in_sessions(seat: Seat) -> Iterator[Line]:
    """What is missing before each session, and the report that is due after it."""
    for sitting in sorted(_of(seat), key=lambda one: one.held_on):
        part = part_in(seat, sitting.id)
        if sitting.held_on >= today() and not part.has_accepted:
            # Everything else about it stands behind them.
            mine = Line(str(_("You have not accepted the ground rules yet")), _page(seat, sitting))
            yield from due_on(sitting.held_on, [mine])
        elif sitting.held_on >= today():
            yield from due_on(sitting.held_on, _before(seat, sitting))
        elif sitting.reported_on is None and part.plans:
            yield _report(seat, sitting)


def _of(seat: Seat) -> list[Sitting]:
    return list(sittings(seat.circle)) if has_sessions(seat.circle) else []


def _before(seat: Seat, sitting: Sitting) -> Iterator[Line]:
    url, able = _page(seat, sitting), {one.member.id for one in able_to_facilitate(seat.circle)}
    if sitting.facilitator_id not in able:
        yield Line(str(_("Nobody facilitates the session: name somebody")), url)
    here = {one.member.id for one in seats(seat.circle)}
    accepted = set(session.scalars(select(Acceptance.member_id).where(Acceptance.rules_id == sitting.ground_rules.id)))
    if open_with := len(here - accepted):
        what = ngettext(
            "%(num)d person has not accepted the ground rules",
            "%(num)d people have not accepted the ground rules",
            open_with,
        )
        yield Line(what, url, Tone.WAITING)


def _report(seat: Seat, sitting: Sitting) -> Line:
    what = _("Report back what came of the session, due %(day)s", day=date_words(sitting.report_on))
    return Line(str(what), _page(seat, sitting), Tone.OVERDUE if sitting.is_overdue else Tone.WAITING)


def _page(seat: Seat, sitting: Sitting) -> str:
    return url_for("sessions.show", circle_id=seat.circle.id, session_id=sitting.id)

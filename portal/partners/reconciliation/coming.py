"""What comes in a circle because of its sessions, and what whoever leaves would leave open."""

from __future__ import annotations

from flask import has_request_context, url_for
from flask_babel import gettext as _

from portal.core.clock import today
from portal.core.i18n import date_words
from portal.partners.ahead import Ahead
from portal.partners.handover import Open
from portal.partners.queries.circles import Seat
from portal.partners.reconciliation.models import Sitting
from portal.partners.reconciliation.queries.sittings import has_sessions, part_in, sittings
from portal.partners.reconciliation.rules import Component
from portal.partners.reconciliation.texts import COMPONENTS


def sessions_ahead(seat: Seat) -> list[Ahead]:
    """Meetings of each side, sessions, the end of suggestions, and reports that are due or overdue."""
    found = sittings(seat.circle) if has_sessions(seat.circle) else []
    return [item for sitting in found for item in _ahead(seat, sitting)]


def _ahead(seat: Seat, sitting: Sitting) -> list[Ahead]:
    url = _url(seat, sitting) or ""
    what = COMPONENTS[Component(sitting.component)]
    days = [
        (sitting.agencies_on, _("Police and agencies meet before: %(what)s", what=what)),
        (sitting.held_on, _("Session: %(what)s", what=what)),
    ]
    if not part_in(seat, sitting.id).of_agencies:
        days.append((sitting.community_on, _("The community meets before: %(what)s", what=what)))
    if sitting.notice is not None:
        days.append((sitting.notice.closes_on, _("Last day for suggestions: %(what)s", what=what)))
    coming = [Ahead(on, str(words), url) for on, words in days if on >= today()]
    if sitting.is_over and sitting.reported_on is None:
        coming.append(Ahead(sitting.report_on, str(_("Report back: %(what)s", what=what)), url))
    return coming


def open_sessions(seat: Seat) -> list[Open]:
    """Sessions ahead that somebody facilitates must get another facilitator; a report that is due is good to know."""
    if not has_sessions(seat.circle) or seat.circle.closed_on is not None:
        return []
    left = []
    for sitting in sittings(seat.circle):
        url = _url(seat, sitting)
        what = COMPONENTS[Component(sitting.component)]
        if sitting.facilitator_id == seat.member.id and sitting.held_on >= today():
            left.append(Open(str(_("You facilitate a session: %(what)s. Name somebody else first.", what=what)), url))
        elif sitting.is_over and sitting.reported_on is None and part_in(seat, sitting.id).plans:
            day = date_words(sitting.report_on)
            left.append(
                Open(
                    str(_("Not reported back yet: %(what)s, due %(day)s.", what=what, day=day)),
                    url,
                    must=False,
                )
            )
    return left


def _url(seat: Seat, sitting: Sitting) -> str | None:
    """Its page; there is none to follow where nobody looks, as when an account is ended by a command."""
    if not has_request_context():
        return None
    return url_for("sessions.show", circle_id=seat.circle.id, session_id=sitting.id)

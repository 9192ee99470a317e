"""Flyers of meetings that are still to come, for everybody to print and to send on."""

from __future__ import annotations

from flask import Response

from portal.core.clock import now
from portal.core.errors import NotFound
from portal.core.i18n import language
from portal.core.web import PUBLIC, Room, shared_page
from portal.meetings.models import Meeting
from portal.meetings.paper.drawing import pdf, png, svg
from portal.meetings.paper.texts import flyer
from portal.meetings.queries import public_meeting

room = Room("flyers", __name__, audience=PUBLIC)


@room.get("/meetings/<slug>/flyer-<any(a4, letter):paper>.pdf")
@shared_page
def paper(slug: str, paper: str) -> Response:
    """To print."""
    return Response(pdf(flyer(_ahead(slug)), paper, language()), mimetype="application/pdf")


@room.get("/meetings/<slug>/flyer-<any(a4, letter):paper>.svg")
@shared_page
def drawing(slug: str, paper: str) -> Response:
    """To change or to enlarge."""
    return Response(svg(flyer(_ahead(slug)), paper), mimetype="image/svg+xml")


@room.get("/meetings/<slug>/flyer.png")
@shared_page
def picture(slug: str) -> Response:
    """To send from phone to phone."""
    return Response(png(flyer(_ahead(slug))), mimetype="image/png")


def _ahead(slug: str) -> Meeting:
    """A public meeting that is not over: nobody is invited to what was."""
    meeting = public_meeting(slug)
    if meeting.ends_at is None or meeting.ends_at <= now():
        raise NotFound
    return meeting

"""Meetings for everybody: lists, a page each, calendars."""

from __future__ import annotations

from flask import Response, render_template
from flask_babel import gettext as _

from portal.core.web import PUBLIC, Room, shared_page
from portal.meetings.feeds import CONTENT_TYPE, calendar_file
from portal.meetings.queries import calendar_meetings, past_meetings, public_meeting, upcoming_meetings
from portal.meetings.report_back.queries import heads, late_changes, published_versions, standing_of, standings
from portal.meetings.report_back.texts import heads_in_words, late_sentence, report_standing
from portal.meetings.texts import answers, offers, when, zone_name

room = Room("meetings", __name__, audience=PUBLIC)
for name, words in (("when", when), ("zone_name", zone_name), ("answers", answers), ("offers", offers)):
    room.app_template_filter(name)(words)
room.app_template_filter("report_standing")(report_standing)
room.app_template_filter("heads_in_words")(heads_in_words)


@room.get("/meetings/")
@shared_page
def upcoming() -> str:
    """What is to come, and what was last."""
    past, _more = past_meetings(1)
    return render_template("meetings/upcoming.html", meetings=upcoming_meetings(), any_past=bool(past))


@room.get("/meetings/past/")
@room.get("/meetings/past/<int(min=1, max=9999):number>/")
@shared_page
def past(number: int = 1) -> str:
    """What is over, in pages."""
    meetings, more = past_meetings(number)
    return render_template(
        "meetings/past.html",
        meetings=meetings,
        number=number,
        more=more,
        standings=standings(meetings),
        reliability=late_sentence(*late_changes()),
    )


@room.get("/meetings/<slug>")
@shared_page
def meeting(slug: str) -> str:
    """Everything people need to know to come."""
    found = public_meeting(slug)
    return render_template(
        "meetings/meeting.html",
        meeting=found,
        versions=published_versions(found.id),
        heads=heads(found.id),
        standing=standing_of(found),
    )


@room.get("/meetings.ics")
@shared_page
def calendar() -> Response:
    """All meetings, for calendars that subscribe."""
    return Response(calendar_file(calendar_meetings(), _("Meetings")), content_type=CONTENT_TYPE)


@room.get("/meetings/<slug>.ics")
@shared_page
def entry(slug: str) -> Response:
    """One meeting, for a calendar."""
    found = public_meeting(slug)
    return Response(calendar_file([found], _("Meetings")), content_type=CONTENT_TYPE)

"""Series for everybody: a page with the dates, a calendar, a feed."""

from __future__ import annotations

from flask import Response, render_template

from portal.core.clock import now
from portal.core.i18n import language
from portal.core.web import PUBLIC, Room, shared_page
from portal.meetings.atom import CONTENT_TYPE as ATOM
from portal.meetings.feeds import CONTENT_TYPE, calendar_file
from portal.meetings.models import Meeting
from portal.meetings.series.feeds import series_feed
from portal.meetings.series.listing import listed
from portal.meetings.series.queries import calendar_of, public_dates, public_series
from portal.meetings.series.texts import day_of_month, repeats

room = Room("series", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/meetings/series")
room.app_template_filter("repeats")(repeats)
room.app_template_filter("day_of_month")(day_of_month)


@room.get("/<slug>/")
@shared_page
def page(slug: str) -> str:
    """How often, the next one, and all dates ahead; what was called off stays in its place."""
    found = public_series(slug)
    ahead = public_dates(found, Meeting.ends_at > now())
    following = next((meeting for meeting in ahead if not meeting.is_cancelled), None)
    standing_out = {one.meeting.id for one in listed(ahead)}
    return render_template(
        "meetings/series/page.html", series=found, dates=ahead, following=following, standing_out=standing_out
    )


@room.get("/<slug>.ics")
@shared_page
def calendar(slug: str) -> Response:
    """Its dates, for calendars that subscribe."""
    found = public_series(slug)
    return Response(calendar_file(calendar_of(found), found.title[language()]), content_type=CONTENT_TYPE)


@room.get("/<slug>.atom")
@shared_page
def feed(slug: str) -> Response:
    """Its dates, for feed readers."""
    return Response(series_feed(public_series(slug)), content_type=ATOM)

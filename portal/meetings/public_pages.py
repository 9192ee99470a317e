"""Public pages of meetings: lists, a page for each, a month view, iCalendar and Atom feeds."""

from __future__ import annotations

from datetime import date, datetime, time

from flask import Response, render_template
from flask_babel import gettext as _

from portal.core.clock import today, zone
from portal.core.feeds import Feed, atom_feed
from portal.core.i18n import language
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.core.statuses import NotFound
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.markets.map.drawing import address_map
from portal.markets.places import public_market
from portal.meetings.agenda import agenda_of
from portal.meetings.feeds import (
    CONTENT_TYPE,
    calendar_file,
    entries_of,
    entry_file,
    event_data,
)
from portal.meetings.lists import meetings_ahead
from portal.meetings.meeting import (
    Meeting,
    calendar_at,
    calendar_meetings,
    meetings_between,
    past_meetings,
    public_meeting,
)
from portal.meetings.readiness import has_page, month_after, month_named, weeks_of
from portal.meetings.report_back import (
    heads,
    heads_in_words,
    late_changes,
    late_sentence,
    public_promises,
    published_versions,
    report_standing,
    standing_of,
    standings,
)
from portal.meetings.series import public_series_of
from portal.meetings.texts import (
    answers,
    hours,
    is_to_go_to,
    map_link,
    month_name,
    offers,
    online,
    weekday_names,
    when,
    where,
    where_exactly,
    where_to_go,
    zone_name,
)

blueprint = AudienceBlueprint("meetings", __name__, audience=PUBLIC)
WORDS = (
    ("when", when),
    ("hours", hours),
    ("where", where),
    ("where_exactly", where_exactly),
    ("where_to_go", where_to_go),
    ("map_link", map_link),
    ("zone_name", zone_name),
    ("answers", answers),
    ("offers", offers),
)
for name, words in (*WORDS, ("joined_online", online)):
    blueprint.app_template_filter(name)(words)
blueprint.app_template_filter("month_name")(month_name)
blueprint.app_template_filter("event_data")(event_data)
blueprint.app_template_global("weekday_names")(weekday_names)
blueprint.app_template_filter("report_standing")(report_standing)
blueprint.app_template_filter("heads_in_words")(heads_in_words)


@blueprint.get("/meetings/")
@blueprint.get("/meetings/later-than/<slug>/")
@shared_page
def upcoming(slug: str | None = None) -> str:
    """List meetings to come, or those after the meeting `slug`."""
    leaf = meetings_ahead(slug)
    return render_template(
        "meetings/upcoming.html",
        leaf=leaf,
        series=[one.public_series for one in leaf.rows if one.public_series],
        any_past=bool(past_meetings().rows),
        month=today().strftime("%Y-%m"),
        calendar=address_here("meetings.calendar"),
    )


@blueprint.get("/meetings/past/")
@blueprint.get("/meetings/past/older-than/<slug>/")
@shared_page
def past(slug: str | None = None) -> str:
    """List past meetings, last one first, or those before the meeting `slug`."""
    leaf = past_meetings(slug)
    return render_template(
        "meetings/past.html",
        leaf=leaf,
        standings=standings(leaf.rows),
        reliability=late_sentence(*late_changes()),
    )


@blueprint.get("/meetings/<slug>")
@shared_page
def meeting(slug: str) -> str:
    """Show a meeting with its agenda, series and report-back."""
    found = public_meeting(slug)
    return render_template(
        "meetings/meeting.html",
        meeting=found,
        series=public_series_of(found),
        agenda=agenda_of(found),
        versions=published_versions(found.id),
        promises=public_promises(found),
        heads=heads(found.id),
        standing=standing_of(found),
        map=address_map(found.address, found.market) if is_to_go_to(found) else None,
    )


@blueprint.get("/meetings.ics")
@shared_page
def calendar() -> Response:
    """Send all meetings as a calendar to subscribe to."""
    return Response(calendar_file(calendar_meetings(), _("Meetings")), content_type=CONTENT_TYPE)


@blueprint.get("/meetings/<slug>.ics")
@shared_page
def entry(slug: str) -> Response:
    """Send one meeting as a calendar file."""
    return Response(entry_file(public_meeting(slug)), content_type=CONTENT_TYPE)


@blueprint.get("/places/<slug>/meetings.ics")
@shared_page
def place_calendar(slug: str) -> Response:
    """Send the meetings at a place as a calendar to subscribe to."""
    market = public_market(slug)
    name = _("Meetings: %(place)s", place=market.name[language()])
    return Response(calendar_file(calendar_at(market.id), name), content_type=CONTENT_TYPE)


@blueprint.get("/meetings.atom")
@shared_page
def feed() -> Response:
    """Send all meetings as an Atom feed."""
    title = f"{_('Meetings')} · {current_portal.settings.site_name}"
    about = Feed(title, _("What is new, moved or canceled."), "meetings.upcoming", "meetings.feed", "meetings/all")
    return atom_feed(about, entries_of(calendar_meetings()))


@blueprint.get("/places/<slug>/meetings.atom")
@shared_page
def place_feed(slug: str) -> Response:
    """Send the meetings at a place as an Atom feed."""
    market = public_market(slug)
    title = _("Meetings: %(place)s", place=market.name[language()]) + f" · {current_portal.settings.site_name}"
    about = Feed(
        title,
        _("What is new, moved or canceled."),
        page="markets.place",
        feed="meetings.place_feed",
        name=f"meetings/places/{slug}",
        values={"slug": slug},
    )
    return atom_feed(about, entries_of(calendar_at(market.id)))


@blueprint.get("/meetings/month/<name>/")
@shared_page
def month(name: str) -> str:
    """Show the meetings of a month as a table, on a phone as a list."""
    first = month_named(name, today())
    if first is None:
        raise NotFound
    begins, ends = (datetime.combine(day, time(), zone()) for day in (first, month_after(first)))
    by_day: dict[date, list[Meeting]] = {}
    for found in meetings_between(begins, ends):
        if found.starts_at is not None:
            by_day.setdefault(found.starts_at.astimezone(zone()).date(), []).append(found)
    around = [day if has_page(day, today()) else None for day in (month_after(first, -1), month_after(first))]
    return render_template("meetings/month.html", first=first, weeks=weeks_of(first), by_day=by_day, around=around)

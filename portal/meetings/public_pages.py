"""Public pages of meetings: lists, a page for each, a month view, iCalendar and Atom feeds."""

from __future__ import annotations

from datetime import date, datetime, time

from flask import Response, render_template
from flask_babel import gettext as _

from portal.commitments.promises import shown
from portal.core.clock import today, zone
from portal.core.db import session
from portal.core.feeds import Feed, atom_feed
from portal.core.hours import month_after
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.core.statuses import existing
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.markets.map.drawing import address_map
from portal.meetings import feeds, report_back, texts
from portal.meetings.agenda import agenda_of
from portal.meetings.lists import later_off, meetings_ahead
from portal.meetings.meeting import Meeting, calendar_meetings, meetings_between, past_meetings, public_meeting
from portal.meetings.readiness import has_page, month_named, weeks_of
from portal.meetings.series import has_date, public_series

blueprint = AudienceBlueprint("meetings", __name__, audience=PUBLIC)
FILTERS = (
    *(texts.named, texts.when, texts.hours, texts.where, texts.zone_name),
    *(texts.answers, texts.offers, texts.day_name, texts.month_name),
    *(feeds.event_data, report_back.report_standing, report_back.heads_in_words),
)
for words in FILTERS:
    blueprint.app_template_filter(words.__name__)(words)
blueprint.app_template_global("weekday_names")(texts.weekday_names)


@blueprint.get("/meetings/")
@blueprint.get("/meetings/later-than/<slug>/")
@shared_page
def upcoming(slug: str | None = None) -> str:
    leaf = meetings_ahead(slug)
    return render_template(
        "meetings/upcoming.html",
        leaf=leaf,
        cards=later_off(leaf.rows),
        any_past=bool(past_meetings().rows),
        month=today().strftime("%Y-%m"),
    )


@blueprint.get("/meetings/past/")
@blueprint.get("/meetings/past/older-than/<slug>/")
@shared_page
def past(slug: str | None = None) -> str:
    leaf = past_meetings(slug)
    return render_template(
        "meetings/past.html",
        leaf=leaf,
        standings=report_back.standings(leaf.rows),
        reliability=report_back.late_sentence(),
        month=today().strftime("%Y-%m"),
    )


@blueprint.get("/meetings/<slug>")
@shared_page
def meeting(slug: str) -> str:
    meeting = public_meeting(slug)
    is_to_go_to = meeting.has_door and not meeting.is_cancelled and not meeting.is_over
    return render_template(
        "meetings/meeting.html",
        meeting=meeting,
        series=session.scalars(public_series(has_date(meeting))).one_or_none(),
        agenda=agenda_of(meeting),
        versions=report_back.published_versions(meeting.id),
        promises=report_back.taken_over(meeting, shown()),
        heads=report_back.heads(meeting.id),
        standing=report_back.standing_of(meeting),
        map=address_map(meeting.address, meeting.market, (meeting.place.en, meeting.place.es)) if is_to_go_to else None,
    )


@blueprint.get("/meetings.ics")
@shared_page
def calendar() -> Response:
    return Response(feeds.calendar_file(calendar_meetings(), _("Meetings")), content_type=feeds.CONTENT_TYPE)


@blueprint.get("/meetings/<slug>.ics")
@shared_page
def entry(slug: str) -> Response:
    meeting = public_meeting(slug)
    # METHOD:CANCEL, which takes it out, needs an organizer (RFC 5546, 3.2.5).
    takes_out = meeting.is_cancelled and feeds.organizer_address()
    content = feeds.calendar_file([meeting], method="CANCEL" if takes_out else "PUBLISH")
    return Response(content, content_type=feeds.CONTENT_TYPE)


@blueprint.get("/meetings.atom")
@shared_page
def feed() -> Response:
    title, about = f"{_('Meetings')} · {current_portal.settings.site_name}", _("What is new, moved or canceled.")
    whole = Feed(title, about, page="meetings.upcoming", feed="meetings.feed", name="meetings/all")
    return atom_feed(whole, feeds.entries_of(calendar_meetings()))


@blueprint.get("/meetings/month/<name>/")
@shared_page
def month(name: str) -> str:
    first = existing(month_named(name, today()))
    begins, ends = (datetime.combine(day, time(), zone()) for day in (first, month_after(first)))
    by_day: dict[date | None, list[Meeting]] = {}
    for meeting in meetings_between(begins, ends):
        by_day.setdefault(meeting.held_on, []).append(meeting)
    around = [day if has_page(day, today()) else None for day in (month_after(first, -1), month_after(first))]
    return render_template(
        "meetings/month.html",
        first=first,
        weeks=weeks_of(first),
        by_day=by_day,
        around=around,
        calendar=address_here("meetings.calendar"),
    )

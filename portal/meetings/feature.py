"""Everything that the feature meetings brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation
from portal.accounts.roles import Role
from portal.accounts.today import NEXT_EVENINGS, WAITS
from portal.accounts.users import AUDIT_CONDITIONS
from portal.core.feature import HELD_THEN, MONTHLY_COUNTS, Feature, NavigationItem, Timed
from portal.core.jobs.retries import DAY, MINUTE
from portal.core.purge import RetentionRule
from portal.following.notices import NEWS_SOURCES
from portal.markets.places import GATHERINGS
from portal.meetings import (
    agenda,
    agenda_pages,
    busy,
    busy_pages,
    door,
    door_pages,
    editor_pages,
    found,
    public_pages,
    report_back,
    report_back_pages,
    series,
    series_pages,
    series_steps,
    texts,
    venues,
    venues_pages,
    week_pages,
)
from portal.meetings.door import DoorCount
from portal.meetings.meeting import about_shown_meetings, is_over_since, monthly_meetings, places_of_meetings
from portal.meetings.paper import congregation_pages, paper
from portal.meetings.paper import pages as paper_pages
from portal.meetings.rsvp import host_pages, hosting
from portal.meetings.rsvp import pages as rsvp_pages
from portal.meetings.rsvp import texts as rsvp_texts
from portal.meetings.rsvp.answering import keep_sums
from portal.meetings.rsvp.rsvp import Rsvp
from portal.meetings.to_followers import news_of_meetings

FEATURE = Feature(
    blueprints=(
        public_pages.blueprint,
        editor_pages.blueprint,
        rsvp_pages.answer_blueprint,
        rsvp_pages.mine_blueprint,
        rsvp_pages.short_blueprint,
        host_pages.host_blueprint,
        host_pages.answers_blueprint,
        host_pages.remind_blueprint,
        report_back_pages.blueprint,
        paper_pages.desk_blueprint,
        paper_pages.flyers_blueprint,
        congregation_pages.blueprint,
        series_pages.public_blueprint,
        series_pages.series_blueprint,
        venues_pages.blueprint,
        week_pages.around_blueprint,
        week_pages.blueprint,
        busy_pages.blueprint,
        agenda_pages.blueprint,
        door_pages.blueprint,
    ),
    timetable=(
        Timed("reminders", MINUTE, hosting.remind_all),
        Timed("codes of meetings", DAY, hosting.share_out_codes),
        Timed("dates of series", DAY, series_steps.make_dates),
    ),
    refusals=(
        texts.REFUSALS,
        rsvp_texts.REFUSALS,
        report_back.REFUSALS,
        door.REFUSALS,
        series.REFUSALS,
        agenda.REFUSALS,
    ),
    audited=(
        texts.AUDITED,
        series.AUDITED,
        rsvp_texts.AUDITED,
        report_back.AUDITED,
        busy.AUDITED,
        agenda.AUDITED,
        door.AUDITED,
        paper.AUDITED,
        venues.AUDITED,
    ),
    retention=(
        RetentionRule(
            "answers to meetings",
            "the day after the meeting; sums without persons are kept",
            "with needs, names, ways to reach people, consent to reminders and the ledger of what they were told",
            Rsvp,
            lambda _now: is_over_since(1, Rsvp.meeting_id),
            before=keep_sums,
        ),
        RetentionRule(
            "counts of doors",
            "30 days after the meeting; how many came in which role is kept",
            "what each phone counted",
            DoorCount,
            lambda _now: is_over_since(30, DoorCount.meeting_id),
        ),
    ),
    kept=(
        ("wordings of reminders", "as long as the portal runs: what people read when they agreed to be reminded"),
        ("sums of meetings", "as long as the portal runs: how many came and what they needed, nobody's answer"),
        ("weekly hours of organizations", "until somebody who plans meetings deletes them"),
        (
            "venues of meetings",
            "until somebody who plans meetings deletes them: name, way in, address, encrypted contact",
        ),
    ),
    navigation=(
        NavigationItem(
            20,
            "meetings_editor.index",
            _l("Meetings"),
            navigation.EDITORS,
            navigation.MEETINGS_AND_NEWS,
            rooms=("meetings_hours", "meetings_venues"),
        ),
        NavigationItem(
            60,
            "meetings_congregation.index",
            _l("To announce"),
            frozenset({Role.FAITH_PARTNER}),
            navigation.MEETINGS_AND_NEWS,
            is_useful=congregation_pages.is_there_to_announce,
        ),
    ),
    findable=found.FOUND,
    pages=found.FIXED,
    sitemap=found.listed_pages,
    hooks=(
        AUDIT_CONDITIONS.plug(about_shown_meetings),
        NEWS_SOURCES.plug(news_of_meetings),
        GATHERINGS.plug(places_of_meetings),
        HELD_THEN.plug(busy.held_then),
        MONTHLY_COUNTS.plug(monthly_meetings),
        WAITS.plug(week_pages.waits),
        NEXT_EVENINGS.plug(week_pages.next_evenings),
    ),
)

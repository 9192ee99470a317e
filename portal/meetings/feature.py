"""Everything that the feature meetings brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation
from portal.accounts.roles import Role
from portal.accounts.today import NEXT_EVENINGS, WAITS
from portal.accounts.users import AUDIT_CONDITIONS
from portal.core.feature import HELD_THEN, MONTHLY_COUNTS, Feature, NavigationItem
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import DAY, MINUTE
from portal.core.purge import RetentionRule
from portal.following.notices import NEWS_SOURCES
from portal.markets.places import GATHERINGS
from portal.meetings import (
    agenda,
    busy,
    door,
    editor_pages,
    fortnight,
    lists,
    meeting,
    paper,
    planning,
    public_pages,
    report_back,
    series,
    series_pages,
    texts,
    venues,
)
from portal.meetings.rsvp import answering, host_pages, pages as rsvp_pages, texts as rsvp_texts
from portal.meetings.rsvp.rsvp import Rsvp

FEATURE = Feature(
    blueprints=(
        *(public_pages.blueprint, editor_pages.blueprint, venues.blueprint, agenda.blueprint, door.blueprint),
        *(rsvp_pages.answer_blueprint, rsvp_pages.mine_blueprint, rsvp_pages.short_blueprint),
        *(host_pages.host_blueprint, host_pages.answers_blueprint, host_pages.remind_blueprint),
        *(paper.desk_blueprint, paper.flyers_blueprint, paper.congregation_blueprint),
        *(series_pages.public_blueprint, series_pages.series_blueprint, report_back.blueprint),
        *(busy.around_blueprint, fortnight.blueprint, busy.hours_blueprint),
    ),
    timetable=(
        Timed("reminders", MINUTE, answering.remind_all),
        Timed("codes of meetings", DAY, answering.share_out_codes),
        Timed("dates of series", DAY, planning.make_dates),
    ),
    refusals=(
        *(texts.REFUSALS, rsvp_texts.REFUSALS, report_back.REFUSALS),
        *(door.REFUSALS, series.REFUSALS, agenda.REFUSALS),
    ),
    audited=(
        *(texts.AUDITED, series.AUDITED, rsvp_texts.AUDITED, report_back.AUDITED, busy.AUDITED),
        *(agenda.AUDITED, door.AUDITED, venues.AUDITED),
    ),
    retention=(
        RetentionRule(
            "answers to meetings",
            "the day after the meeting; sums without persons are kept",
            "with needs, names, ways to reach people, consent to reminders and the ledger of what they were told",
            Rsvp,
            lambda _now: meeting.is_over_since(1, Rsvp.meeting_id),
            before=answering.keep_sums,
        ),
        RetentionRule(
            "counts of doors",
            "30 days after the meeting; how many came in which role is kept",
            "what each phone counted",
            door.DoorCount,
            lambda _now: meeting.is_over_since(30, door.DoorCount.meeting_id),
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
            20, "meetings_editor.index", _l("Meetings"), navigation.EDITORS, rooms=("meetings_hours", "meetings_venues")
        ),
        NavigationItem(
            127,
            "meetings_congregation.index",
            _l("To announce"),
            navigation.EDITORS | {Role.FAITH_PARTNER},
            navigation.TELL_PEOPLE,
            is_useful=lambda _member_id: bool(meeting.next_meetings()),
        ),
    ),
    findable=lists.FOUND,
    pages=lists.FIXED,
    sitemap=lists.listed_pages,
    hooks=(
        AUDIT_CONDITIONS.plug(meeting.about_shown_meetings),
        NEWS_SOURCES.plug(lists.news_of_meetings),
        GATHERINGS.plug(meeting.places_of_meetings),
        HELD_THEN.plug(busy.held_then),
        MONTHLY_COUNTS.plug(meeting.monthly_meetings),
        WAITS.plug(fortnight.waits),
        NEXT_EVENINGS.plug(fortnight.next_evenings),
    ),
)

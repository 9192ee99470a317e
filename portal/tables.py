"""Every table of the portal, imported so that migrations and tests see them all."""

from __future__ import annotations

from portal.accounts import reminders
from portal.accounts import users as accounts
from portal.commitments import promises as commitments
from portal.core import audit, page_cache, purge
from portal.core.jobs import engine, outbox
from portal.home.search import kinds as search
from portal.indicators import charts as drawings
from portal.indicators import counts as indicators
from portal.indicators import surveys
from portal.indicators.evaluation import studies
from portal.indicators.imports import uploads as imports
from portal.indicators.snapshots import snapshots
from portal.markets import places as markets
from portal.markets.map import sheets as maps
from portal.meetings import agenda, door, report_back, series
from portal.meetings import congregations as head_import
from portal.meetings import meeting as meetings
from portal.meetings.calendars import calendars
from portal.meetings.paper import paper
from portal.meetings.rsvp import rsvp as answers
from portal.news import library
from portal.news import posts as news
from portal.organisations import organisations
from portal.partners import circles as partners
from portal.partners.callin import call_in as call_ins
from portal.partners.polls import polls
from portal.partners.reconciliation import sessions as reconciliation
from portal.reports import complaints, reports
from portal.sms import conversations as sms

TABLES = (
    audit,
    page_cache,
    purge,
    outbox,
    engine,
    accounts,
    reminders,
    organisations,
    markets,
    maps,
    commitments,
    meetings,
    answers,
    series,
    report_back,
    calendars,
    agenda,
    door,
    head_import,
    paper,
    news,
    library,
    partners,
    call_ins,
    reconciliation,
    polls,
    reports,
    complaints,
    imports,
    indicators,
    snapshots,
    drawings,
    studies,
    surveys,
    search,
    sms,
)

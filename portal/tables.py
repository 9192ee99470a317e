"""Every table of the portal, imported so that migrations and tests see them all."""

from __future__ import annotations

from portal.accounts import models as accounts
from portal.accounts.reminders import models as reminders
from portal.commitments import models as commitments
from portal.core import audit, edition, purge
from portal.core.jobs import outbox, timetable
from portal.home.search import models as search
from portal.indicators import models as indicators
from portal.indicators.charts import models as drawings
from portal.indicators.evaluation import models as studies
from portal.indicators.imports import models as imports
from portal.indicators.snapshots import models as snapshots
from portal.indicators.surveys import models as surveys
from portal.markets import models as markets
from portal.markets.map import models as maps
from portal.meetings import models as meetings
from portal.meetings.agenda import models as agenda
from portal.meetings.calendars import models as calendars
from portal.meetings.door import models as door
from portal.meetings.head_import import models as head_import
from portal.meetings.paper import models as paper
from portal.meetings.report_back import models as report_back
from portal.meetings.rsvp import models as answers
from portal.meetings.series import models as series
from portal.news import models as news
from portal.news.library import models as library
from portal.organisations import models as organisations
from portal.partners import models as partners
from portal.partners.callin import models as call_ins
from portal.partners.polls import models as polls
from portal.partners.reconciliation import models as reconciliation
from portal.reports import models as reports
from portal.reports.complaints import models as complaints
from portal.sms import models as sms

TABLES = (
    audit,
    edition,
    purge,
    outbox,
    timetable,
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

"""What a search finds of meetings and of what came of them, and their pages for the sitemap."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from flask_babel import format_date
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import load_only

from portal.core.db import session
from portal.core.feature import MOST_LISTED, Findable, FixedPage, FoundItem, ResultKind, SitemapPage, changed_on
from portal.core.i18n import NOTHING, Bilingual
from portal.meetings.meeting import Meeting, public_meetings
from portal.meetings.report_back import Decision, ReportBack, SaidAndDone, public_reports
from portal.meetings.series import all_public_series, findable_meetings
from portal.meetings.texts import when

FIXED = (
    FixedPage(
        80,
        "meetings.upcoming",
        _l("Meetings"),
        _l(
            "Everybody may come. Each page says beforehand whether there is an interpreter, childcare, food and a ride."
        ),
    ),
    FixedPage(90, "meetings.past", _l("Earlier meetings"), _l("What was held, and what was canceled.")),
)


def _meeting(meeting: Meeting) -> FoundItem:
    look = "" if meeting.look == "published" else meeting.look
    return FoundItem(str(meeting.title), url_for("meetings.meeting", slug=meeting.slug), when(meeting), look)


def _texts(report: ReportBack) -> Iterator[Bilingual]:
    for decision in report.decisions:
        yield from (decision.what, decision.who)
    for answer in report.answers:
        yield from (answer.said, answer.done)
    yield from (report.next_steps, report.minutes)


def _report(report: ReportBack) -> FoundItem:
    meeting = MEETINGS.read([report.meeting_id])[report.meeting_id]
    page = url_for("meetings.meeting", slug=meeting.slug, _anchor="came-of-it")
    return FoundItem(str(meeting.title), page, format_date(report.published_at, "long"))


MEETINGS = Findable(
    kind=ResultKind("meeting", 5, _l("Meetings")),
    model=Meeting,
    key=Meeting.id,
    public=findable_meetings,
    title=lambda meeting: meeting.title,
    texts=lambda meeting: (
        Bilingual(en=meeting.address, es=meeting.address),
        *(meeting.purpose, meeting.place, meeting.access, meeting.host),
        *(meeting.report_back_by, meeting.change_reason),
    ),
    at=lambda meeting: meeting.starts_at,
    show=_meeting,
    place=Meeting.market_id,
)
REPORTS_BACK = Findable(
    kind=ResultKind("came_of_it", 6, _l("What came of meetings")),
    model=ReportBack,
    key=ReportBack.id,
    public=public_reports,
    title=lambda _report: NOTHING,
    texts=lambda report: tuple(_texts(report)),
    at=lambda report: report.published_at,
    show=_report,
    parts={Decision: "report_back_id", SaidAndDone: "report_back_id"},
    place=select(Meeting.market_id).where(Meeting.id == ReportBack.meeting_id).scalar_subquery(),
)
FOUND = (MEETINGS, REPORTS_BACK)


def listed_pages() -> Iterator[SitemapPage]:
    """Yield the pages of meetings and series for the sitemap."""
    yield from (SitemapPage("meetings.upcoming"), SitemapPage("meetings.past"))
    listed = public_meetings().order_by(Meeting.starts_at.desc()).limit(MOST_LISTED)
    for meeting in session.scalars(listed.options(load_only(Meeting.slug, Meeting.updated_at, Meeting.published_at))):
        changed = changed_on(meeting.updated_at, meeting.public_since)
        yield SitemapPage("meetings.meeting", changed, {"slug": meeting.slug})
    for series in all_public_series():
        yield SitemapPage("series.page", values={"slug": series.slug})

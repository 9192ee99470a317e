"""Everything that the feature reports brings to the portal."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_

from portal.accounts import navigation
from portal.accounts.roles import RECEIVERS, DeskKind
from portal.accounts.today import WAITS
from portal.accounts.users import AUDIT_OF_DESKS
from portal.core.feature import MONTHLY_COUNTS, Feature, FixedPage, NavigationItem, Reader, SitemapPage
from portal.core.health import GAUGES
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import DAY, HOUR, MINUTE
from portal.core.purge import RetentionRule, days_ago
from portal.markets.team_pages import PLACE_WARNINGS
from portal.reports import complaints, follow_pages, holds, intake_pages, notices, received_pages, texts, worklist
from portal.reports.complaints import ComplaintMonth
from portal.reports.desk_pages import blueprint as desk_blueprint
from portal.reports.desk_texts import TaughtText, answers_blueprint, taught_blueprint
from portal.reports.notes import DeskNote
from portal.reports.reports import Thread, is_held, is_silent_since, nobody_reads

_WITH_A_REPORT = "with all messages, notes, what was passed on, keys and the way back to a phone"

FEATURE = Feature(
    blueprints=(
        intake_pages.blueprint,
        follow_pages.blueprint,
        desk_blueprint,
        answers_blueprint,
        taught_blueprint,
        received_pages.blueprint,
    ),
    timetable=(
        Timed("word of the morning", notices.MORNING, notices.tell_each_morning),
        Timed("word of what is urgent", MINUTE, notices.tell_of_urgent),
        Timed("word of what was passed on", HOUR, notices.tell_those_who_have_it),
        Timed("months of complaints", DAY, complaints.freeze_months),
    ),
    refusals=(texts.REFUSALS, holds.REFUSALS),
    audited=(texts.AUDITED, holds.AUDITED),
    retention=(
        RetentionRule(
            "closed reports",
            "90 days after the desk closed them",
            _WITH_A_REPORT,
            Thread,
            lambda _now: Thread.closed_on <= days_ago(90),
            is_held=is_held(),
        ),
        RetentionRule(
            "silent reports",
            "1 year after the last word in a report that was never closed",
            _WITH_A_REPORT,
            Thread,
            lambda _now: and_(Thread.closed_on.is_(None), is_silent_since(365)),
            is_held=is_held(),
        ),
        RetentionRule(
            "examples of texts read wrongly",
            "30 days, unless they were taken out before",
            "the words, sealed or let go, and what they mean",
            TaughtText,
            lambda _now: TaughtText.written_on <= days_ago(30),
        ),
        RetentionRule(
            "notes for the next shift",
            "7 days, unless they were taken away before",
            "the words, sealed to the desk",
            DeskNote,
            lambda _now: and_(DeskNote.thread_id.is_(None), DeskNote.written_on <= days_ago(7)),
        ),
        RetentionRule(
            "months of complaints",
            "430 days after the first of the month",
            "how many complaints about the police came in it, in the whole city",
            ComplaintMonth,
            lambda _now: ComplaintMonth.month_on <= days_ago(430),
        ),
    ),
    kept=(("legal holds on reports", "as long as the portal runs: days, perhaps a place, and nothing of a report"),),
    navigation=(
        NavigationItem(10, "desk.inbox", _l("Desk"), navigation.DESK, navigation.AT_DESK, "d"),
        NavigationItem(80, "received.index", _l("Passed on to us"), RECEIVERS, navigation.AT_DESK),
    ),
    pages=(
        FixedPage(
            50,
            "reports.intake",
            _l("Tell us what is happening"),
            _l("No name, no account. A person on our team reads it, and you can read the answer here."),
            readers=Reader.SEARCHING | Reader.REPORTING | Reader.NEEDING_HELP,
        ),
        FixedPage(
            60,
            "reports_follow.enter",
            _l("Read our answer with your code words"),
            readers=Reader.SEARCHING | Reader.REPORTING,
        ),
    ),
    sitemap=lambda: [SitemapPage("reports.intake")],
    hooks=(
        AUDIT_OF_DESKS.plug((DeskKind.OVERSIGHT, complaints.about_no_complaint)),
        PLACE_WARNINGS.plug(nobody_reads),
        MONTHLY_COUNTS.plug(complaints.monthly_reports),
        MONTHLY_COUNTS.plug(complaints.monthly_verdicts),
        GAUGES.plug(worklist.gauges),
        WAITS.plug(notices.waits_at_desk),
        WAITS.plug(notices.waits_passed_on),
    ),
)

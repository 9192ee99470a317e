"""create_app: the table of contents. Every extension, blueprint, command, job and listener, by name."""

from __future__ import annotations

from itertools import chain

from flask import Flask

from portal import cli, doctor, retention
from portal.accounts import notices, sessions
from portal.accounts import views as accounts
from portal.accounts.reminders import texts as reminder_texts
from portal.accounts.reminders import views as reminders
from portal.accounts.rules.roles import DeskKind
from portal.commitments import jobs as commitment_jobs
from portal.commitments import texts as commitment_texts
from portal.commitments import views as commitments
from portal.commitments.queries import about_shown_commitments
from portal.commitments.tallies import monthly_promises
from portal.commitments.texted import PROMISE_SLIPS
from portal.config import ROOT, Settings, read_settings
from portal.core import assets, front, i18n, limits, logs, mail, private, proxies, web
from portal.core.crypto import Cipher, derive
from portal.core.db import db
from portal.core.edition import current_edition
from portal.core.jobs import delivery, engine
from portal.core.jobs.timetable import MINUTE
from portal.demo import letterbox
from portal.demo import views as demo
from portal.demo.guarded import freeze_earlier
from portal.home import views as home
from portal.home.errors import FOR_PROGRAMS
from portal.home.search import index as search_index
from portal.home.search import jobs as search_jobs
from portal.indicators import tallying
from portal.indicators.areas import jobs as area_jobs
from portal.indicators.areas import texts as area_texts
from portal.indicators.areas import views as areas
from portal.indicators.charts import jobs as drawing_jobs
from portal.indicators.evaluation import jobs as study_jobs
from portal.indicators.evaluation import texts as study_texts
from portal.indicators.evaluation import views as studies
from portal.indicators.imports import jobs as import_jobs
from portal.indicators.imports import texts as import_texts
from portal.indicators.imports import views as imports
from portal.indicators.offers import texts as offer_texts
from portal.indicators.offers import views as offers
from portal.indicators.snapshots import jobs as snapshot_jobs
from portal.indicators.snapshots import views as snapshots
from portal.indicators.surveys import jobs as survey_jobs
from portal.indicators.surveys import texts as survey_texts
from portal.indicators.surveys import views as surveys
from portal.indicators.surveys.texted import SURVEY_SLIPS
from portal.markets import listeners as market_listeners
from portal.markets import texts as market_texts
from portal.markets import views as markets
from portal.markets.actions.gate import announce_releases
from portal.markets.queries import about_public_places, words_of_public_names
from portal.markets.watch import jobs as watch_jobs
from portal.markets.watch import texts as watch_texts
from portal.meetings import texts as meeting_texts
from portal.meetings import views as meetings
from portal.meetings.agenda import texts as agenda_texts
from portal.meetings.calendars import jobs as calendar_jobs
from portal.meetings.calendars import texts as calendar_texts
from portal.meetings.calendars.busy import held_then
from portal.meetings.door import texts as door_texts
from portal.meetings.paper import texts as paper_texts
from portal.meetings.queries import about_shown_meetings, places_of_meetings
from portal.meetings.report_back import texts as report_back_texts
from portal.meetings.rsvp import jobs as answer_jobs
from portal.meetings.rsvp import listeners as answer_listeners
from portal.meetings.rsvp import texts as answer_texts
from portal.meetings.series import jobs as series_jobs
from portal.meetings.series import texts as series_texts
from portal.meetings.tallies import monthly_meetings
from portal.news import jobs as news_jobs
from portal.news import texts as news_texts
from portal.news import views as news
from portal.news.library import jobs as library_jobs
from portal.news.library import texts as library_texts
from portal.news.queries import about_shown_posts
from portal.organisations import texts as organisation_texts
from portal.organisations import views as organisations
from portal.partners import texts as partner_texts
from portal.partners import views as partners
from portal.partners.board import jobs as board_jobs
from portal.partners.board import views as circles_board
from portal.partners.callin import coming as call_ins_coming
from portal.partners.callin import texts as call_in_texts
from portal.partners.callin import views as call_ins
from portal.partners.callin.queries import places_of_call_ins
from portal.partners.polls import coming as poll_news
from portal.partners.polls import jobs as poll_jobs
from portal.partners.polls import texts as poll_texts
from portal.partners.polls import views as polls
from portal.partners.polls.texted import POLL_SLIPS
from portal.partners.queries.circles import is_drawn_in
from portal.partners.reconciliation import texts as session_texts
from portal.partners.reconciliation import views as sessions_of_circles
from portal.partners.reconciliation.coming import open_sessions, sessions_ahead
from portal.partners.reconciliation.pages import acknowledged_pages
from portal.reports import jobs as report_jobs
from portal.reports import notices as report_notices
from portal.reports import texts as report_texts
from portal.reports import views as reports
from portal.reports.complaints import jobs as complaint_jobs
from portal.reports.queries.audited import about_no_complaint
from portal.reports.reach import nobody_reads
from portal.reports.tallies import monthly_reports, monthly_verdicts
from portal.sms import jobs as sms_jobs
from portal.sms import listeners as sms_listeners
from portal.sms import views as sms
from portal.upkeep import texts as upkeep_texts
from portal.upkeep import views as upkeep


def create_app(settings: Settings | None = None) -> web.Portal:
    """The portal for `settings`, by default those of the environment; raises `BadSettings`."""
    settings = settings or read_settings()
    app = web.Portal("portal", root_path=str(ROOT / "portal"), static_folder=None)
    app.secret_key = derive(settings.secret.encode(), "sessions")
    app.extensions["settings"] = settings
    app.extensions["cipher"] = Cipher(settings.cipher_keys.split(","))
    name_texts(app)
    tie_features(app)
    for extension in (logs, private, db, i18n, limits, assets, web, sessions, engine, mail, letterbox):
        extension.start(app)
    register_rooms(app, settings)
    register_jobs(app)
    cli.start(app)
    doctor.start(app)
    notices.start(app)
    market_listeners.start(app)
    answer_listeners.start(app)
    sms_listeners.start(app)
    search_index.start(app)
    wrap(app, settings)
    return app


def name_texts(app: Flask) -> None:
    """The sentences for refusals, and the words for acts of the audit log, from every feature."""
    texts = (
        *(report_texts, market_texts, watch_texts, upkeep_texts, news_texts),
        *(meeting_texts, series_texts, answer_texts, report_back_texts, calendar_texts),
        *(agenda_texts, door_texts, paper_texts, reminder_texts),
        *(organisation_texts, commitment_texts, partner_texts, poll_texts, call_in_texts, session_texts),
        *(area_texts, import_texts, survey_texts, offer_texts, study_texts),
    )
    refusing = (
        *(report_texts, market_texts, watch_texts, news_texts, library_texts),
        *(meeting_texts, answer_texts, report_back_texts, commitment_texts, reminder_texts),
        *(partner_texts, poll_texts, call_in_texts, session_texts),
        *(area_texts, import_texts, survey_texts, offer_texts, study_texts),
    )
    app.extensions["refusals"] = {key: text for one in refusing for key, text in one.REFUSALS.items()}
    app.extensions["audited"] = {act: words for one in texts for act, words in one.AUDITED.items()}


def tie_features(app: Flask) -> None:
    """What features that do not know each other ask of one another."""
    app.extensions["audit_conditions"] = [
        *(about_public_places, about_shown_meetings, about_shown_posts, about_shown_commitments)
    ]
    app.extensions["audit_of_desks"] = {DeskKind.OVERSIGHT: about_no_complaint}
    app.extensions["names_here"] = [words_of_public_names]
    app.extensions["gatherings"] = [places_of_meetings, places_of_call_ins]
    app.extensions["place_warnings"] = [nobody_reads]
    app.extensions["drawn_in"] = {"circles.index": is_drawn_in}
    app.extensions["circle_ahead"] = [poll_news.next_dates, call_ins_coming.coming, sessions_ahead]
    app.extensions["circle_handover"] = [poll_news.open_polls_of, call_ins_coming.left_open, open_sessions]
    app.extensions["pages_of_others"] = [acknowledged_pages]
    app.extensions["busy_with"] = [held_then]
    app.extensions["monthly_counts"] = [monthly_reports, monthly_verdicts, monthly_promises, monthly_meetings]
    app.extensions["before_snapshot"] = [study_jobs.bring_up_to_date]
    app.extensions["published_findings"] = study_jobs.published_findings
    app.extensions["told_programs"] = FOR_PROGRAMS
    app.extensions["slips"] = [PROMISE_SLIPS, SURVEY_SLIPS, POLL_SLIPS]


def register_rooms(app: Flask, settings: Settings) -> None:
    """Every blueprint; each knows its audience."""
    public = (home, markets, commitments, news, meetings)
    mine = (accounts, reminders)
    team = (organisations, partners, circles_board, polls, call_ins, sessions_of_circles, reports, upkeep)
    figures = (areas, snapshots, imports, surveys, offers, studies)
    features = (*public, *team, *figures, *mine, sms)
    for room in chain.from_iterable(feature.ROOMS for feature in features):
        app.register_blueprint(room)
    if settings.is_development:
        for room in home.DEVELOPMENT_ROOMS:
            app.register_blueprint(room)
    if settings.demo:
        for room in demo.ROOMS:
            app.register_blueprint(room)
        app.extensions["before_snapshot"].append(freeze_earlier)


def register_jobs(app: Flask) -> None:
    """What workers do: jobs that are asked for by id, and the timetable."""
    jobs: engine.Engine = app.extensions["engine"]
    jobs.job("deliver", delivery.deliver)
    jobs.timed("sweep", MINUTE, delivery.sweep)
    jobs.timed("journal", MINUTE, delivery.forget_journal)
    jobs.timed("releases", MINUTE, announce_releases)
    watch_jobs.start(app, jobs)
    answer_jobs.start(jobs)
    calendar_jobs.start(jobs)
    series_jobs.start(jobs)
    commitment_jobs.start(jobs)
    poll_jobs.start(jobs)
    board_jobs.start(jobs)
    report_jobs.start(jobs)
    report_notices.start(jobs)
    sms_jobs.start(app, jobs)
    news_jobs.start(jobs)
    library_jobs.start(jobs)
    area_jobs.start(jobs)
    import_jobs.start(jobs)
    search_jobs.start(jobs)
    drawing_jobs.start(jobs)
    survey_jobs.start(jobs)
    study_jobs.start(jobs)
    tallying.start(jobs)
    complaint_jobs.start(jobs)
    snapshot_jobs.start(jobs)
    retention.start(jobs)


def wrap(app: Flask, settings: Settings) -> None:
    """What stands before Flask: the proxy's word on the address, static files, pages kept ready."""
    proxies.wrap(app, settings)
    app.wsgi_app = assets.whitenoise(app, settings)  # type: ignore[method-assign]
    app.wsgi_app = front.Front(app.wsgi_app, current_edition)  # type: ignore[method-assign]

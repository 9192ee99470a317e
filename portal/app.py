"""create_app: the table of contents. Every extension, blueprint, command, job and listener, by name."""

from __future__ import annotations

from itertools import chain

from flask import Flask

from portal import cli, doctor, retention
from portal.accounts import people, sign_in
from portal.accounts import reminders as reminder_texts
from portal.accounts import reminders_pages as reminders
from portal.accounts.roles import DeskKind
from portal.commitments import promise_steps as commitment_jobs
from portal.commitments import texts as commitment_texts
from portal.commitments.hearings import PROMISE_SLIPS
from portal.commitments.promise_steps import monthly_promises
from portal.commitments.promises import about_shown_commitments
from portal.config import ROOT, Settings, read_settings
from portal.core import assets, i18n, limits, logs, mail, page_cache, private, proxies, web
from portal.core.crypto import Cipher, derive
from portal.core.db import db
from portal.core.jobs import delivery, engine
from portal.core.jobs.retries import MINUTE
from portal.core.page_cache import current_edition
from portal.demo import writing
from portal.demo.figures import freeze_earlier
from portal.home.search import index as search_index
from portal.home.search import index as search_jobs
from portal.home.site_pages import FOR_PROGRAMS
from portal.indicators import areas as area_jobs
from portal.indicators import areas as area_texts
from portal.indicators import charts as drawing_jobs
from portal.indicators import counts
from portal.indicators import offers as offer_texts
from portal.indicators import offers_pages as offers
from portal.indicators import surveys as survey_jobs
from portal.indicators import surveys as survey_texts
from portal.indicators.evaluation import running as study_jobs
from portal.indicators.evaluation import texts as study_texts
from portal.indicators.imports import taking as import_jobs
from portal.indicators.imports import texts as import_texts
from portal.indicators.snapshots import freezing as snapshot_jobs
from portal.indicators.snapshots import freezing as snapshots
from portal.indicators.surveys import SURVEY_SLIPS
from portal.markets import gate as market_listeners
from portal.markets import texts as market_texts
from portal.markets import watch as watch_jobs
from portal.markets import watch as watch_texts
from portal.markets.gate import announce_releases
from portal.markets.places import about_public_places, words_of_public_names
from portal.meetings import agenda as agenda_texts
from portal.meetings import door as door_texts
from portal.meetings import report_back as report_back_texts
from portal.meetings import series as series_texts
from portal.meetings import series_steps as series_jobs
from portal.meetings import texts as meeting_texts
from portal.meetings.calendars import fetching as calendar_jobs
from portal.meetings.calendars import texts as calendar_texts
from portal.meetings.calendars.texts import held_then
from portal.meetings.meeting import about_shown_meetings, monthly_meetings, places_of_meetings
from portal.meetings.paper import paper as paper_texts
from portal.meetings.rsvp import hosting as answer_jobs
from portal.meetings.rsvp import hosting as answer_listeners
from portal.meetings.rsvp import texts as answer_texts
from portal.news import library as library_jobs
from portal.news import library as library_texts
from portal.news import posts as news_jobs
from portal.news import posts as news_texts
from portal.news.posts import about_shown_posts
from portal.organisations import organisations as organisation_texts
from portal.organisations import pages as organisations
from portal.partners import board as circles_board
from portal.partners import board_reminders as board_jobs
from portal.partners import texts as partner_texts
from portal.partners.callin import call_in as call_ins_coming
from portal.partners.callin import texts as call_in_texts
from portal.partners.callin.call_in import places_of_call_ins
from portal.partners.circles import is_drawn_in
from portal.partners.polls import deciding as poll_jobs
from portal.partners.polls import polls as poll_news
from portal.partners.polls import texts as poll_texts
from portal.partners.polls.deciding import POLL_SLIPS
from portal.partners.reconciliation import texts as session_texts
from portal.partners.reconciliation.planning import open_sessions, sessions_ahead
from portal.partners.reconciliation.telling import acknowledged_pages
from portal.reports import complaints as complaint_jobs
from portal.reports import notices as report_jobs
from portal.reports import notices as report_notices
from portal.reports import texts as report_texts
from portal.reports.complaints import about_no_complaint, monthly_reports, monthly_verdicts
from portal.reports.reports import nobody_reads
from portal.sms import jobs as sms_jobs
from portal.sms import outgoing as sms_listeners
from portal.upkeep import upkeep as upkeep_texts


def create_app(settings: Settings | None = None) -> web.Portal:
    """The portal for `settings`, by default those of the environment; raises `BadSettings`."""
    settings = settings or read_settings()
    app = web.Portal("portal", root_path=str(ROOT / "portal"), static_folder=None)
    app.secret_key = derive(settings.secret.encode(), "sessions")
    app.settings = settings
    app.cipher = Cipher(settings.cipher_keys.split(","))
    name_texts(app)
    tie_features(app)
    for extension in (logs, private, db, i18n, limits, assets, web, sign_in, engine, mail, writing):
        extension.start(app)
    register_rooms(app, settings)
    register_jobs(app)
    cli.start(app)
    doctor.start(app)
    people.start(app)
    market_listeners.start(app)
    answer_listeners.listen(app)
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
    app.refusals = {key: text for one in refusing for key, text in one.REFUSALS.items()}
    app.audited = {act: words for one in texts for act, words in one.AUDITED.items()}


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
    jobs: engine.Engine = app.engine
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
    report_jobs.start_jobs(jobs)
    report_notices.start(jobs)
    sms_jobs.start(app, jobs)
    news_jobs.start(jobs)
    library_jobs.start(jobs)
    area_jobs.start(jobs)
    import_jobs.start(jobs)
    search_jobs.start_jobs(jobs)
    drawing_jobs.start(jobs)
    survey_jobs.start(jobs)
    study_jobs.start(jobs)
    counts.start(jobs)
    complaint_jobs.start(jobs)
    snapshot_jobs.start(jobs)
    retention.start(jobs)


def wrap(app: Flask, settings: Settings) -> None:
    """What stands before Flask: the proxy's word on the address, static files, pages kept ready."""
    proxies.wrap(app, settings)
    app.wsgi_app = assets.whitenoise(app, settings)  # type: ignore[method-assign]
    app.wsgi_app = page_cache.Front(app.wsgi_app, current_edition)  # type: ignore[method-assign]

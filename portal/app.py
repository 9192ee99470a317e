"""Create the application: the list of features and the order in which everything starts."""

from __future__ import annotations

from functools import partial

from portal import backups, doctor, retention
from portal.accounts import feature as accounts, sign_in
from portal.alerts import feature as alerts
from portal.commitments import feature as commitments
from portal.config import ROOT, BadSettings, Settings, read_settings
from portal.core import (
    assets,
    data_folder,
    erasures,
    health,
    hosts,
    i18n,
    limits,
    logs,
    mail,
    migrations,
    page_cache,
    stored_settings,
    web,
)
from portal.core.crypto import Cipher, derive
from portal.core.db import db
from portal.core.feature import Feature
from portal.core.jobs import engine
from portal.core.portal import Portal
from portal.doctor import feature as doctors
from portal.following import feature as following
from portal.home import feature as home
from portal.indicators import feature as indicators
from portal.markets import feature as markets
from portal.meetings import feature as meetings
from portal.news import feature as news
from portal.organisations import feature as organisations
from portal.partners import feature as partners
from portal.reports import feature as reports
from portal.sms import feature as sms
from portal.upkeep import feature as upkeep

FEATURES: tuple[Feature, ...] = (
    home.FEATURE,
    markets.FEATURE,
    commitments.FEATURE,
    following.FEATURE,
    news.FEATURE,
    meetings.FEATURE,
    organisations.FEATURE,
    partners.FEATURE,
    reports.FEATURE,
    alerts.FEATURE,
    upkeep.FEATURE,
    indicators.FEATURE,
    accounts.FEATURE,
    sms.FEATURE,
    retention.FEATURE,
    doctors.FEATURE,
)

PARTS = (
    *(logs, data_folder, db, erasures, stored_settings, i18n, limits, assets, web, health),
    *(sign_in, engine, mail, migrations, doctor, backups),
)
"""What starts before the features, in this order."""


def create_app(settings: Settings | None = None) -> Portal:
    """Return the portal for `settings`, by default those of the environment; raises `BadSettings`."""
    settings = settings or read_settings()
    app = web.EdgePortal("portal", root_path=str(ROOT / "portal"), static_folder=None)
    app.settings = settings
    app.secret_key = derive(settings.secret.encode(), "sessions")
    app.cipher = Cipher(settings.cipher_keys.split(","))
    for part in PARTS:
        part.start(app)
    for feature in FEATURES:
        feature.join(app)
    if settings.demo:
        # A real city's portal never loads it.
        try:
            from demo import feature as demonstration
        except ModuleNotFoundError as missing:
            raise BadSettings("PORTAL_DEMO: the demonstration is only in the sources, not in a package") from missing
        demonstration.FEATURE.join(app)
    # The WSGI middleware before Flask: proxy addresses, static files, page cache, `/health/live`.
    hosts.trust_proxy(app, settings)
    app.wsgi_app = assets.whitenoise(app, settings)  # type: ignore[method-assign]
    version, is_for_onion = partial(stored_settings.version_for_pages, app), hosts.onion_requests(settings)
    app.page_cache = page_cache.PageCache(app.wsgi_app, version, is_for_onion)
    app.wsgi_app = app.page_cache  # type: ignore[method-assign]
    health.wrap(app)
    return app

"""The sitemap (sitemaps.org): every public page in both languages, with the day on which it last changed.

A day and never more, and none before the public could know of the thing: a crawler reads it, and so does a dealer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app

from portal.commitments.queries import public_commitments
from portal.core.addresses import public_address
from portal.core.clock import zone
from portal.core.db import session
from portal.core.i18n import LANGUAGES
from portal.indicators.snapshots.queries import latest
from portal.markets.nights import night_at
from portal.markets.queries import known_since, public_markets
from portal.markets.texts import history
from portal.meetings.models import Meeting
from portal.meetings.queries import public_meetings
from portal.meetings.series.queries import all_public_series
from portal.news.library.queries import shown_guides
from portal.news.queries import public_posts

FIXED = (
    *("home.front", "about.how_it_works", "about.other_cities", "home.who_can_see", "sms_page.about"),
    *("markets.places", "meetings.upcoming", "meetings.past", "news.posts", "guides.index", "reports.intake"),
    *("commitments.index", "progress.city", "open_data.index"),
)
MOST = 2_000
"""Of news and of meetings, the newest: a sitemap may have 50,000 addresses, and old ones are linked anyway."""


@dataclass(frozen=True)
class Listed:
    """A page: its address in each language, and the day of its last change if it has one."""

    addresses: dict[str, str]
    changed_on: date | None = None


def listed() -> Iterator[Listed]:
    """Everything that the public may know of at this moment."""
    for endpoint in FIXED:
        yield _page(endpoint)
    yield from _places()
    for meeting in session.scalars(public_meetings().order_by(Meeting.starts_at.desc()).limit(MOST)):
        yield _page("meetings.meeting", _last(meeting.updated_at, meeting.public_since), slug=meeting.slug)
    for series in all_public_series():
        yield _page("series.page", slug=series.slug)
    for post in session.scalars(public_posts().limit(MOST)):
        yield _page("news.post", _last(post.updated_at, post.public_since), slug=post.slug)
    for one in session.scalars(public_commitments().limit(MOST)):
        yield _page("commitments.commitment", _last(one.updated_at, one.public_since), slug=one.slug)
    for guide in session.scalars(shown_guides()):
        if guide.has_page:
            yield _page("guides.guide", _last(guide.updated_at, guide.published_at), slug=guide.slug)
    # What features have that this one must not know: each gives endpoint, values and day.
    for pages in current_app.extensions.get("pages_of_others", []):
        for endpoint, values, changed_on in pages():
            yield _page(endpoint, changed_on, **values)


def _places() -> Iterator[Listed]:
    newest = latest()
    counted = {place.slug: newest.document.frozen_on for place in newest.document.places} if newest else {}
    for market in public_markets():
        if market.slug in counted:
            yield _page("progress.place", date.fromisoformat(counted[market.slug]), slug=market.slug)
        days = [day for _decision, day in history(market)]
        yield _page("markets.place", days[0] if days else known_since(market), slug=market.slug)
        if night_at(market) is None:
            continue
        yield _page("markets.call_in", known_since(market), slug=market.slug)
        if market.why_here.is_whole:
            yield _page("markets.why_here", known_since(market), slug=market.slug)


def _page(endpoint: str, changed_on: date | None = None, **values: object) -> Listed:
    return Listed({lang: public_address(endpoint, lang=lang, **values) for lang in LANGUAGES}, changed_on)


def _last(updated_at: datetime, public_since: datetime | None) -> date:
    return max(updated_at, public_since or updated_at).astimezone(zone()).date()

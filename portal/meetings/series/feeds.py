"""The dates of a series as an Atom feed.

Its calendar file is made like every other one (`portal.meetings.feeds`): each date is an event of its own, with its own
UID, and no RRULE. docs/calendars.md says which calendars would lose which dates otherwise.
"""

from __future__ import annotations

from portal.core.i18n import language
from portal.meetings.atom import About, atom_feed
from portal.meetings.series.models import Series
from portal.meetings.series.queries import calendar_of
from portal.meetings.series.texts import repeats


def series_feed(series: Series) -> str:
    """The feed in the language of the request."""
    lang = language()
    about = About(
        title=series.title[lang],
        said=repeats(series),
        author=series.host[lang],
        page="series.page",
        feed="series.feed",
        name=f"series/{series.slug}",
        values={"slug": str(series.slug)},
    )
    return atom_feed(about, calendar_of(series))

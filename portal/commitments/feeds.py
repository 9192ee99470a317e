"""Exports of promises: a table as CSV, and their history as an Atom feed (RFC 4287)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from feedgenerator import Atom1Feed
from flask_babel import gettext as _

from portal.commitments.promises import Commitment, LedgerEntry
from portal.commitments.texts import STANDINGS, promised, step_text, step_title
from portal.core.clock import day_of
from portal.core.i18n import language
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.markets.places import Market

ATOM = "application/atom+xml; charset=utf-8"
CSV = "text/csv; charset=utf-8"
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = (
    *("address", "organization", "office", "place", "what_en", "what_es", "made_on", "first_due_on", "due_on"),
    *("standing", "judged_on"),
)
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def commitments_csv(rows: Iterable[Commitment]) -> str:
    """Return a line for each promise (RFC 4180); columns and standings are in English for programs."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in _cells(one)] for one in rows)
    return written.getvalue()


def _cells(one: Commitment) -> list[str]:
    office, market = one.office, one.market
    return [
        address_here("commitments.commitment", slug=one.slug),
        office.organisation.name.en if office else "",
        office.name.en if office else "",
        market.name.en if market else "",
        one.what.en,
        one.what.es,
        *(str(one.known_day(day) or "") for day in (one.made_on, one.first_due_on, one.due_on)),
        one.standing.value,
        str(one.told_on or ""),
    ]


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet interprets as a formula."""
    return f"'{cell}" if cell.startswith(BEGINS_FORMULA) else cell


class LedgerFeed(Atom1Feed):
    """The library's feed, but an empty one keeps a fixed date instead of the time of the request."""

    def latest_post_date(self) -> datetime:
        """Return when an item last changed."""
        latest: datetime = super().latest_post_date() if self.items else BEGINNING
        return latest


def commitments_feed(entries: Iterable[LedgerEntry], market: Market | None = None) -> str:
    """Return the feed of these entries, the newest first, in the language of the request."""
    lang = language()
    place = {"slug": market.slug} if market else {}
    site = current_portal.settings.site_name
    feed = LedgerFeed(
        title=_("Promises: %(place)s", place=market.name[lang] if market else site),
        link=address_here("commitments.at_place" if market else "commitments.index", **place),
        description=_("Who promised what, by when, and whether it was kept."),
        language=lang,
        author_name=site,
        feed_url=address_here("commitments.place_feed" if market else "commitments.feed", **place),
        feed_guid=_name(f"promises/{market.slug}" if market else "promises"),
    )
    for entry in entries:
        feed.add_item(**_item(entry))
    return str(feed.writeString("utf-8"))


def _item(entry: LedgerEntry) -> dict[str, Any]:
    about = entry.commitment
    return {
        "title": f"{step_title(entry)}. {promised(about)}",
        "link": address_here("commitments.commitment", slug=about.slug),
        "description": step_text(entry) or str(STANDINGS[about.standing]),
        "unique_id": _name(f"{about.slug}/{entry.position}"),
        "pubdate": day_of(entry.told_at),
        "updateddate": day_of(entry.told_at),
    }


def _name(what: str) -> str:
    """Return a permanent tag URI (RFC 4151)."""
    host = urlsplit(current_portal.settings.public_url).hostname
    return f"tag:{host},{BEGINNING.date().isoformat()}:{language()}/promises/{what}"

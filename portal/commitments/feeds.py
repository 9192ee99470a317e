"""Exports of promises: a table as CSV, and their history as an Atom feed (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response
from flask_babel import gettext as _

from portal.commitments.promises import Commitment, LedgerEntry
from portal.commitments.texts import STANDINGS, promised, step_text, step_title
from portal.core.cells import csv_text
from portal.core.clock import day_of
from portal.core.feeds import Entry, Feed, atom_feed
from portal.core.i18n import language
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.markets.places import Market

CSV = "text/csv; charset=utf-8"
COLUMNS = (
    *("address", "organization", "office", "place", "what_en", "what_es", "made_on", "first_due_on", "due_on"),
    *("standing", "judged_on"),
)


def commitments_csv(rows: Iterable[Commitment]) -> str:
    """Return a line for each promise (RFC 4180); columns and standings are in English for programs."""
    return csv_text([COLUMNS, *map(_cells, rows)])


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


def commitments_feed(entries: Iterable[LedgerEntry], market: Market | None = None) -> Response:
    """Answer with the feed of these entries, the newest first, in the language of the request."""
    lang = language()
    place = {"slug": market.slug} if market else {}
    site = current_portal.settings.site_name
    feed = Feed(
        title=_("Promises: %(place)s", place=market.name[lang] if market else site),
        about=_("Who promised what, by when, and whether it was kept."),
        page="commitments.at_place" if market else "commitments.index",
        feed="commitments.place_feed" if market else "commitments.feed",
        name=f"promises/{market.slug}" if market else "promises",
        values=place,
    )
    return atom_feed(feed, [_entry(entry) for entry in entries])


def _entry(entry: LedgerEntry) -> Entry:
    promise = entry.commitment
    return Entry(
        title=f"{step_title(entry)}. {promised(promise)}",
        page=address_here("commitments.commitment", slug=promise.slug),
        name=f"promises/{promise.slug}/{entry.position}",
        published=day_of(entry.told_at),
        updated=day_of(entry.told_at),
        summary=step_text(entry) or str(STANDINGS[promise.standing]),
    )

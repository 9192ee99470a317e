"""A year of a place to print, as a page and as a PDF."""

from __future__ import annotations

from flask import Response, render_template

from portal.core.web import PUBLIC, Room, shared_page
from portal.home.annual import annual_report, bound, title_of
from portal.indicators.panels.texts import KIND_NOTES, KINDS
from portal.markets.queries import public_market

room = Room("annual", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/places")


@room.get("/<slug>/year/<int(min=1900, max=2999):year>/")
@shared_page
def show(slug: str, year: int) -> str:
    """The report of a year, for reading and printing."""
    public_market(slug)
    report = annual_report(slug, year)
    words = {"title": title_of(report), "kinds": KINDS, "kind_notes": KIND_NOTES}
    return render_template("home/progress/annual.html", report=report, shown=report.progress, **words)


@room.get("/<slug>/year/<int(min=1900, max=2999):year>.pdf")
@shared_page
def paper(slug: str, year: int) -> Response:
    """The report of a year as a file."""
    public_market(slug)
    return Response(bound(annual_report(slug, year)), mimetype="application/pdf")

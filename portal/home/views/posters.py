"""Posters to print and hang up: of each released place, and of the city."""

from __future__ import annotations

from flask import Response, render_template

from portal.core.web import PUBLIC, Room, shared_page
from portal.home.posters import pdf, sheet
from portal.markets.models import Market
from portal.markets.queries import public_market

room = Room("posters", __name__, audience=PUBLIC)


@room.get("/poster-<any(a4, letter):paper>.<any(pdf, svg):form>")
@shared_page
def city(paper: str, form: str) -> Response:
    """The poster that leads to the front page."""
    return _answer(None, paper, form)


@room.get("/places/<slug>/poster-<any(a4, letter):paper>.<any(pdf, svg):form>")
@shared_page
def place(slug: str, paper: str, form: str) -> Response:
    """The poster that leads to the page of a place."""
    return _answer(public_market(slug), paper, form)


def _answer(market: Market | None, paper: str, form: str) -> Response:
    poster = sheet(market, paper)
    if form == "pdf":
        return Response(pdf(poster), mimetype="application/pdf")
    return Response(render_template("home/poster.svg", poster=poster), mimetype="image/svg+xml")

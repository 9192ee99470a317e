"""The ledger for everybody: all promises, those of a place or an office, one with its whole history, to take along."""

from __future__ import annotations

from flask import Response, render_template

from portal.commitments.feeds import ATOM, CSV, commitments_csv, commitments_feed
from portal.commitments.queries import (
    answers_about,
    commitments_page,
    counts,
    file_in,
    latest_entries,
    public_commitment,
    public_commitments,
    public_office,
)
from portal.commitments.rules.promises import Standing
from portal.commitments.texts import (
    STANDINGS,
    answers_in_words,
    file_facts,
    promised,
    share_sentence,
    standing_sentence,
    step_text,
    step_title,
)
from portal.core.db import session
from portal.core.files.serving import download, for_everybody
from portal.core.web import PUBLIC, Room, shared_page
from portal.markets.models import Market
from portal.markets.queries import public_market
from portal.organisations.models import Office

FILE_NAME = "evidence"
"""Whatever somebody called it at home; a name can tell who, where and why."""
room = Room("commitments", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/promises")
for name, words in (
    ("promised", promised),
    ("promise_stands", standing_sentence),
    ("step_title", step_title),
    ("step_text", step_text),
    ("residents_say", answers_in_words),
    ("evidence_facts", file_facts),
):
    room.app_template_filter(name)(words)


@room.get("/")
@room.get("/page/<int(min=1, max=9999):number>/")
@shared_page
def index(number: int = 1) -> str:
    """All promises: what is late first, then what is still to come, then what was judged."""
    return _list(number)


@room.get("/<any(late, due, kept, broken):standing>/")
@room.get("/<any(late, due, kept, broken):standing>/page/<int(min=1, max=9999):number>/")
@shared_page
def standing_so(standing: str, number: int = 1) -> str:
    """The promises that stand in one way."""
    return _list(number, standing=Standing(standing))


@room.get("/places/<slug>/")
@room.get("/places/<slug>/page/<int(min=1, max=9999):number>/")
@shared_page
def at_place(slug: str, number: int = 1) -> str:
    """The promises about one place."""
    return _list(number, market=public_market(slug))


@room.get("/offices/<int:office_id>/")
@room.get("/offices/<int:office_id>/page/<int(min=1, max=9999):number>/")
@shared_page
def of_office(office_id: int, number: int = 1) -> str:
    """The promises of one office: its record."""
    return _list(number, office=public_office(office_id))


@room.get("/<slug>")
@shared_page
def commitment(slug: str) -> str:
    """One promise and everything that happened to it."""
    found = public_commitment(slug)
    return render_template("commitments/commitment.html", it=found, answers=answers_about([found.id]))


@room.get("/<slug>/files/<int:file_id>")
def file(slug: str, file_id: int) -> Response:
    """A file that shows how a promise goes. Not among the pages kept ready: a few files would push out all pages."""
    found = file_in(public_commitment(slug), file_id)
    return for_everybody(download(f"{FILE_NAME}-{file_id}", found.kind, found.content or b""), found.digest)


@room.get("/all.csv")
@shared_page
def table() -> Response:
    """Every promise, for a spreadsheet."""
    return _csv(None)


@room.get("/places/<slug>.csv")
@shared_page
def place_table(slug: str) -> Response:
    """The promises about a place, for a spreadsheet."""
    return _csv(public_market(slug))


@room.get("/all.atom")
@shared_page
def feed() -> Response:
    """What happened to promises, for feed readers."""
    return Response(commitments_feed(latest_entries()), content_type=ATOM)


@room.get("/places/<slug>.atom")
@shared_page
def place_feed(slug: str) -> Response:
    """What happened to the promises about a place, for feed readers."""
    market = public_market(slug)
    return Response(commitments_feed(latest_entries(market.id), market), content_type=ATOM)


def _csv(market: Market | None) -> Response:
    rows = session.scalars(public_commitments(market_id=market.id if market else None))
    return Response(commitments_csv(rows), content_type=CSV)


def _list(
    number: int, *, standing: Standing | None = None, market: Market | None = None, office: Office | None = None
) -> str:
    within = {"market_id": market.id if market else None, "office_id": office.id if office else None}
    found: tuple[object, bool] = commitments_page(public_commitments(standing=standing, **within), number)
    sums = counts(**within)
    return render_template(
        "commitments/index.html",
        commitments=found[0],
        more=found[1],
        number=number,
        sums=sums,
        share=share_sentence(sums),
        standing=standing,
        standings=STANDINGS,
        market=market,
        office=office,
    )

"""Cards for other sites, and the page that offers them.

Only the two cards that are pages may stand in a frame of another site: they take no input, run no script and set no
cookie, and their links open a window of their own; so there is nothing in them that a click could be stolen for.
They learn nothing of who looks: no referrer is asked for, none is logged.
"""

from __future__ import annotations

from flask import Response, render_template

from portal.core.i18n import LANGUAGES, speaking
from portal.core.web import PUBLIC, Room, shared_page
from portal.home.embeds import (
    Card,
    frame_code,
    in_words,
    lay_card,
    meeting_card_of,
    next_meeting_card,
    picture_code,
    progress_card_of,
    status_card_of,
)
from portal.markets.models import Market
from portal.markets.queries import public_market
from portal.meetings.paper.drawing import png_of, svg_of

room = Room("embeds", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/embed")
IN_FRAMES = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
CARDS = {"meeting": meeting_card_of, "status": status_card_of, "progress": progress_card_of}
PASSED_ON = {"Cross-Origin-Resource-Policy": "cross-origin", "Referrer-Policy": "no-referrer"}


@room.get("/")
@shared_page
def offer() -> str:
    """What to copy into another site, in both languages, for the next meeting."""
    return _offer(None)


@room.get("/places/<slug>/")
@shared_page
def offer_place(slug: str) -> str:
    """The same for a place: its next meeting, and how it stands."""
    return _offer(public_market(slug))


@room.get("/meeting")
@shared_page
def meeting() -> Response:
    """The next meeting, as a page for a frame."""
    return _frame(next_meeting_card())


@room.get("/meeting.<any(svg, png):form>")
@shared_page
def meeting_picture(form: str) -> Response:
    """The next meeting, as a picture."""
    return _picture(next_meeting_card(), form)


@room.get("/places/<slug>/<any(meeting, status, progress):kind>")
@shared_page
def place(slug: str, kind: str) -> Response:
    """A card of a place, as a page for a frame."""
    return _frame(_card_of(public_market(slug), kind))


@room.get("/places/<slug>/<any(meeting, status, progress):kind>.<any(svg, png):form>")
@shared_page
def place_picture(slug: str, kind: str, form: str) -> Response:
    """A card of a place, as a picture."""
    return _picture(_card_of(public_market(slug), kind), form)


def _card_of(market: Market, kind: str) -> Card:
    return CARDS[kind](market)


def _frame(card: Card) -> Response:
    policy = {"Content-Security-Policy": IN_FRAMES}
    return Response(render_template("home/embeds/card.html", card=card), headers={**PASSED_ON, **policy})


def _picture(card: Card, form: str) -> Response:
    sheet = lay_card(card)
    if form == "png":
        return Response(png_of(sheet), mimetype="image/png", headers=PASSED_ON)
    return Response(svg_of(sheet, in_words(card)), mimetype="image/svg+xml", headers=PASSED_ON)


def _offer(market: Market | None) -> str:
    """Each card with its code in both languages."""
    kinds = ("meeting",) if market is None else tuple(CARDS)
    cards: list[tuple[str, dict[str, Card]]] = []
    for kind in kinds:
        said = {}
        for lang in LANGUAGES:
            with speaking(lang):
                said[lang] = _card_of(market, kind) if market else next_meeting_card()
        cards.append((kind, said))
    return render_template(
        "home/embeds/offer.html", market=market, cards=cards, frame_code=frame_code, picture_code=picture_code
    )

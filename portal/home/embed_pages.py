"""Cards for other sites, and the page that offers their HTML.

Only the cards that are pages may be framed by other sites: they take no input, run no script and set no cookie, and
their links open a new window, so a clickjacking attack has nothing to gain. They learn nothing about their readers: no
referrer is requested or logged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from flask import Response, render_template
from flask_babel import gettext as _
from markupsafe import escape

from portal.core.hosts import site_address
from portal.core.i18n import LANGUAGES, Bilingual, language, speaking
from portal.core.paper import typeset
from portal.core.portal import current_portal
from portal.core.slugs import address_here
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.home.figures import lead_at
from portal.indicators.panels.panels import lead_sentence, lone_notes
from portal.markets.places import Market, public_market
from portal.markets.texts import first_day, standing_sentence, status_name
from portal.meetings.meeting import Meeting, next_meetings
from portal.meetings.rsvp.texts import short_address
from portal.meetings.texts import when, where_exactly


@dataclass(frozen=True)
class EmbedItem:
    """A meeting, or the status of a place."""

    title: str
    lines: tuple[str, ...]
    address: str
    state: str = ""
    """"cancelled", "moved", or "" without a warning."""
    badge: str = ""


@dataclass(frozen=True)
class Card:
    """The content of a card in one language."""

    name: str
    eyebrow: str
    items: tuple[EmbedItem, ...]
    empty: str
    address: str
    """The page with more information."""


def site_card() -> Card:
    """Return the card that stands where a page of the site is shared: neutral words, as a neighbor may see them."""
    settings = current_portal.settings
    city = Bilingual(settings.city_en, settings.city_es)[language()]
    item = EmbedItem(_("Calm streets, and help for those who need it"), (city,), address_here("home.front"))
    return Card(_site(), _site(), (item,), "", item.address)


def next_meeting_card() -> Card:
    """Return the card of the site's next meeting, and of an earlier one that was cancelled."""
    return _meetings(next_meetings(), _site(), address_here("meetings.upcoming"))


def meeting_card_of(market: Market) -> Card:
    """Return the card of the next meeting at a released place."""
    return _meetings(next_meetings(Meeting.market_id == market.id), market.name[language()], _address_of(market))


def status_card_of(market: Market) -> Card:
    """Return the card of a released place's status."""
    name, standing, address = market.name[language()], market.standing, _address_of(market)
    items: tuple[EmbedItem, ...] = ()
    if standing is not None:
        sentence = f"{standing_sentence(standing, first_day(market))}."
        items = (EmbedItem(status_name(standing.status), (sentence,), address),)
    return Card(_("How it stands: %(place)s", place=name), f"{name} · {_site()}", items, _("Not reviewed yet"), address)


def progress_card_of(market: Market) -> Card:
    """Return the card of the finding at a released place, good or bad, in the newest snapshot."""
    name = market.name[language()]
    items: tuple[EmbedItem, ...] = ()
    address = address_here("progress.place", slug=market.slug)
    lead = lead_at(market.slug)
    if lead and lead.measure:
        items = (EmbedItem(lead.measure.name[language()], (lead_sentence(lead), *lone_notes(lead)), address),)
    empty = lead_sentence(lead) if lead else _("It is too early to say.")
    return Card(_("How it is going: %(place)s", place=name), f"{name} · {_site()}", items, empty, address)


def drawn(card: Card, form: Literal["svg", "png"]) -> bytes:
    """Return the card as a picture; long text is set smaller, and cut only if that does not suffice."""
    return typeset("card", card.name, asdict(card), form, said=in_words(card))


def in_words(card: Card) -> str:
    """Return everything that the picture shows as sentences, for screen readers."""
    said = [part for item in card.items for part in (item.badge, item.title, *item.lines) if part]
    return " ".join(
        part if part.endswith((".", "?", "!")) else f"{part}." for part in (card.name, *(said or [card.empty]))
    )


def frame_code(card: Card, address: str) -> str:
    """Return the HTML that shows the card in a frame."""
    return (
        f'<iframe src="{escape(address)}" title="{escape(card.name)}" width="100%" height="300" loading="lazy"'
        ' referrerpolicy="no-referrer" style="border:0;max-width:30rem"></iframe>'
    )


def picture_code(card: Card, address: str) -> str:
    """Return the HTML that shows the card as a picture linked to its page, at the public address: it is for others."""
    page = current_portal.settings.public_url + card.address.removeprefix(site_address())
    return (
        f'<a href="{escape(page)}"><img src="{escape(address)}.png" alt="{escape(card.name)}"'
        ' width="480" height="270" referrerpolicy="no-referrer"></a>'
    )


def _meetings(ahead: Sequence[Meeting], name: str, address: str) -> Card:
    held = next((meeting for meeting in ahead if not meeting.is_cancelled), None)
    off = next((one for one in ahead if one.is_cancelled and (held is None or _starts_before(one, held))), None)
    shown = [meeting for meeting in (off, held) if meeting is not None]
    return Card(
        _("Next meeting: %(name)s", name=name),
        _("Next meeting · %(name)s", name=name),
        tuple(_item(meeting) for meeting in shown),
        _("No meeting is planned right now."),
        address,
    )


def _starts_before(one: Meeting, other: Meeting) -> bool:
    return one.starts_at is not None and other.starts_at is not None and one.starts_at <= other.starts_at


def _item(meeting: Meeting) -> EmbedItem:
    lang = language()
    badges = {"cancelled": _("Canceled"), "moved": _("The time or the place has changed")}
    return EmbedItem(
        title=meeting.title[lang],
        lines=tuple(line for line in (when(meeting), where_exactly(meeting), short_address(meeting)) if line),
        address=address_here("meetings.meeting", slug=meeting.slug),
        state=meeting.look if meeting.look in badges else "",
        badge=badges.get(meeting.look, ""),
    )


def _address_of(market: Market) -> str:
    return address_here("markets.place", slug=market.slug)


def _site() -> str:
    name: str = current_portal.settings.site_name
    return name


blueprint = AudienceBlueprint("embeds", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/embed")
IN_FRAMES = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
CARDS = {"meeting": meeting_card_of, "status": status_card_of, "progress": progress_card_of}
MIMETYPES = {"svg": "image/svg+xml", "png": "image/png"}
PASSED_ON = {"Cross-Origin-Resource-Policy": "cross-origin", "Referrer-Policy": "no-referrer"}


@blueprint.get("/")
@shared_page
def offer() -> str:
    """Offer the HTML for the next meeting's card in both languages."""
    return _offer(None)


@blueprint.get("/places/<slug>/")
@shared_page
def offer_place(slug: str) -> str:
    """Offer the HTML for a place's cards: next meeting, status and progress."""
    return _offer(public_market(slug))


@blueprint.get("/meeting")
@shared_page
def meeting() -> Response:
    """Return the card of the next meeting as a page for a frame."""
    return _frame(next_meeting_card())


@blueprint.get("/meeting.<any(svg, png):form>")
@shared_page
def meeting_picture(form: Literal["svg", "png"]) -> Response:
    """Return the card of the next meeting as a picture."""
    return _picture(next_meeting_card(), form)


@blueprint.get("/site.png")
@shared_page
def site_picture() -> Response:
    """Return the card of the site as a picture, for links that are shared."""
    return _picture(site_card(), "png")


@blueprint.get("/places/<slug>/<any(meeting, status, progress):kind>")
@shared_page
def place(slug: str, kind: str) -> Response:
    """Return a card of a place as a page for a frame."""
    return _frame(_card_of(public_market(slug), kind))


@blueprint.get("/places/<slug>/<any(meeting, status, progress):kind>.<any(svg, png):form>")
@shared_page
def place_picture(slug: str, kind: str, form: Literal["svg", "png"]) -> Response:
    """Return a card of a place as a picture."""
    return _picture(_card_of(public_market(slug), kind), form)


def _card_of(market: Market, kind: str) -> Card:
    return CARDS[kind](market)


def _frame(card: Card) -> Response:
    policy = {"Content-Security-Policy": IN_FRAMES}
    return Response(render_template("home/embeds/card.html", card=card), headers={**PASSED_ON, **policy})


def _picture(card: Card, form: Literal["svg", "png"]) -> Response:
    return Response(drawn(card, form), mimetype=MIMETYPES[form], headers=PASSED_ON)


def _offer(market: Market | None) -> str:
    """Render each card with its HTML in both languages."""
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

"""Posters to print and hang up: one per released place, and one for the city; and the picture of a shared link."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response
from flask_babel import gettext as _

from portal.core.contact import telephone
from portal.core.i18n import Bilingual, language
from portal.core.paper import SIZES, code_of, in_other_language, shown_address, typeset
from portal.core.portal import current_portal
from portal.core.slugs import public_address
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.markets.places import Market, public_market

PASSED_ON = {"Cross-Origin-Resource-Policy": "cross-origin", "Referrer-Policy": "no-referrer"}
MIMETYPES = {"pdf": "application/pdf", "svg": "image/svg+xml"}


def poster(market: Market | None, paper: str) -> dict[str, Any]:
    """Return what the poster of a released place, or of the city, says in the language of the request."""
    settings = current_portal.settings
    address = public_address("markets.place", slug=market.slug) if market else public_address("home.front")
    width, height = SIZES[paper]
    can_text = settings.sms_sender != "off" and settings.sms_number
    return {
        "width": width,
        "height": height,
        "eyebrow": settings.site_name,
        "headline": market.name[language()] if market else settings.site_name,
        "about": _about(market),
        # A quarter of the code may be damaged and it still scans.
        "code": code_of(address, "q"),
        "lead": _("Point your phone's camera here, or type:"),
        "address": shown_address(address),
        "texting": _("Or send a text message:") if can_text else "",
        "number": telephone(settings.sms_number) if can_text else "",
        "trust": _("You do not have to say who you are. A person reads it."),
        "phone": _("The phone company can see your texts. On the website it cannot.") if can_text else "",
        "foot": _("This is not 911. Nobody watches it around the clock. In danger, call 911."),
        **in_other_language("Also in English.", "También en español."),
    }


def _about(market: Market | None) -> str:
    if market:
        return str(_("How this place stands, when neighbors meet, and how to tell us what you see."))
    return str(_("How our places stand, when neighbors meet, and how to tell us what you see."))


def words_of(said: dict[str, Any]) -> str:
    """Return the sentences of a poster in the order in which they stand."""
    order = ("about", "lead", "address", "texting", "number", "trust", "phone", "foot", "other_language")
    return " ".join(said[part] for part in ("headline", *order) if said[part])


def drawn(market: Market | None, paper: str, form: Literal["pdf", "svg"]) -> bytes:
    """Return the poster as a file."""
    said = poster(market, paper)
    return typeset("poster", said["headline"], said, form, said=words_of(said))


blueprint = AudienceBlueprint("posters", __name__, audience=PUBLIC)


@blueprint.get("/poster-<any(a4, letter):paper>.<any(pdf, svg):form>")
@shared_page
def city(paper: str, form: Literal["pdf", "svg"]) -> Response:
    """Return the poster that leads to the front page."""
    return Response(drawn(None, paper, form), mimetype=MIMETYPES[form])


@blueprint.get("/places/<slug>/poster-<any(a4, letter):paper>.<any(pdf, svg):form>")
@shared_page
def place(slug: str, paper: str, form: Literal["pdf", "svg"]) -> Response:
    """Return the poster that leads to the page of a place."""
    return Response(drawn(public_market(slug), paper, form), mimetype=MIMETYPES[form])


@blueprint.get("/embed/site.png")
@shared_page
def shared_link() -> Response:
    """Return the picture that stands where a page is shared: neutral words, as a neighbor may see them."""
    settings = current_portal.settings
    city = Bilingual(settings.city_en, settings.city_es)[language()]
    said = {
        "eyebrow": settings.site_name,
        "title": _("Calm streets, and help for those who need it"),
        "line": city,
    }
    return Response(typeset("card", settings.site_name, said, "png"), mimetype="image/png", headers=PASSED_ON)

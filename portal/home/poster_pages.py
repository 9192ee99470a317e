"""Posters to print and hang up: one per released place, and one for the city; and the picture of a shared link."""

from __future__ import annotations

from typing import Literal

from flask import Response
from flask_babel import gettext as _

from portal.core.contact import telephone
from portal.core.i18n import Bilingual, language
from portal.core.paper import SIZES, code_of, in_other_language, shown_address, typeset
from portal.core.portal import current_portal
from portal.core.slugs import public_address
from portal.core.web import PUBLIC, AudienceBlueprint, shared_page
from portal.markets.places import public_market

PASSED_ON = {"Cross-Origin-Resource-Policy": "cross-origin", "Referrer-Policy": "no-referrer"}
MIMETYPES = {"pdf": "application/pdf", "svg": "image/svg+xml"}


blueprint = AudienceBlueprint("posters", __name__, audience=PUBLIC)


@blueprint.get("/poster-<any(a4, letter):paper>.<any(pdf, svg):form>", endpoint="city")
@blueprint.get("/places/<slug>/poster-<any(a4, letter):paper>.<any(pdf, svg):form>", endpoint="place")
@shared_page
def poster(paper: str, form: Literal["pdf", "svg"], slug: str | None = None) -> Response:
    """Return the poster of a released place, or of the city, in the language of the request."""
    market = public_market(slug) if slug else None
    settings = current_portal.settings
    address = public_address("markets.place", slug=market.slug) if market else public_address("home.front")
    about = (
        _("How this place stands, when neighbors meet, and how to tell us what you see.")
        if market
        else _("How our places stand, when neighbors meet, and how to tell us what you see.")
    )
    width, height = SIZES[paper]
    can_text = settings.sms_sender != "off" and settings.sms_number
    words = {
        "eyebrow": settings.site_name,
        "headline": market.name[language()] if market else settings.site_name,
        "about": about,
        "lead": _("Point your phone's camera here, or type:"),
        "address": shown_address(address),
        "texting": _("Or send a text message:") if can_text else "",
        "number": telephone(settings.sms_number) if can_text else "",
        "trust": _("You do not have to say who you are. A person reads it."),
        "phone": _("The phone company can see your texts. On the website it cannot.") if can_text else "",
        "foot": _("This is not 911. Nobody watches it around the clock. In danger, call 911."),
        **in_other_language("Also in English.", "También en español."),
    }
    # A quarter of the code may be damaged and it still scans.
    values = {"width": width, "height": height, "code": code_of(address, "q"), **words}
    order = "headline about lead address texting number trust phone foot other_language".split()
    read_aloud = " ".join(words[part] for part in order if words[part])
    file = typeset("poster", words["headline"], values, form, said=read_aloud)
    return Response(file, mimetype=MIMETYPES[form])


@blueprint.get("/embed/site.png")
@shared_page
def shared_link() -> Response:
    """Return the picture that stands where a page is shared: neutral words, as a neighbor may see them."""
    settings = current_portal.settings
    words = {
        "eyebrow": settings.site_name,
        "title": _("Calm streets, and help for those who need it"),
        "line": Bilingual(settings.city_en, settings.city_es)[language()],
    }
    return Response(typeset("card", settings.site_name, words, "png"), mimetype="image/png", headers=PASSED_ON)

"""The pages of a speaker: their own part of a call-in, by account or private link, and taking a consent back."""

from __future__ import annotations

from flask import Response, g, render_template, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from portal.core.db import db
from portal.core.forms import BaseForm, FormFrame, FormPage, ProtectedForm
from portal.core.limits import attempt, take_back
from portal.core.slips import guesses
from portal.core.statuses import NotFound
from portal.core.web import PUBLIC, SIGNED_IN, AudienceBlueprint
from portal.partners.callin.evening import OpenedCallIn
from portal.partners.callin.evening_rules import Consent
from portal.partners.callin.own_part import (
    LinkedPart,
    OwnPart,
    last_day,
    opened,
    own_voice,
    part_of,
    take_back_by_link,
    take_back_own,
)
from portal.partners.callin.pages import enter_evening
from portal.partners.callin.texts import OWN_CONSENTS, OWN_EFFECTS
from portal.partners.circle_rules import Act
from portal.partners.circles import CircleSeat, need

blueprint = AudienceBlueprint(
    "own_part_inside",
    __name__,
    audience=SIGNED_IN,
    url_prefix="/<lang:lang>/circles/<int:circle_id>/call-ins/<int:call_in_id>/mine",
)
link_blueprint = AudienceBlueprint("own_part", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/my-part/<token>")


@blueprint.get("/")
def show(circle_id: int, call_in_id: int) -> str:
    """Show a speaker their own part."""
    seat, evening = _enter(circle_id, call_in_id)
    return _inside(seat, evening, _part(seat, evening))


@blueprint.get("/<consent>")
def ask(circle_id: int, call_in_id: int, consent: str) -> str:
    """Ask once before a consent is taken back."""
    seat, evening = _enter(circle_id, call_in_id)
    _part(seat, evening)
    back = url_for("own_part_inside.show", circle_id=circle_id, call_in_id=call_in_id)
    return _ask(ProtectedForm(), _consent(consent), back, FormFrame())


@blueprint.post("/<consent>")
def give_back(circle_id: int, call_in_id: int, consent: str) -> str:
    """Take a consent back; it takes effect at once and everywhere."""
    seat, evening = _enter(circle_id, call_in_id)
    which = _consent(consent)
    return _inside(seat, evening, take_back_own(seat, evening, which), which)


@link_blueprint.get("/")
def by_link(token: str) -> str:
    """Show the part of a link. A GET changes nothing, as link scanners request it too."""
    return _by_link(_opened(token), token)


@link_blueprint.get("/<consent>")
def ask_by_link(token: str, consent: str) -> str:
    """Ask once before a consent is taken back."""
    _opened(token)
    back = url_for("own_part.by_link", token=token)
    return _ask(BaseForm(meta={"csrf": False}), _consent(consent), back, FormFrame("base.html"))


@link_blueprint.post("/<consent>")
def give_back_by_link(token: str, consent: str) -> str:
    """Take a consent back; it takes effect at once and everywhere."""
    _opened(token)
    which = _consent(consent)
    return _by_link(take_back_by_link(token, which), token, which)


@link_blueprint.errorhandler(NotFound)
def say_that_it_ended(_error: NotFound) -> tuple[str, int]:
    """Say where a new link comes from. It is the same for a link that has ended and one that never was."""
    db.rollback()
    g.is_error = True
    title, message = _("This link does not work any more"), _("Ask whoever gave it to you for a new one.")
    return render_template("errors/error.html", title=title, message=message, status=410), 404


@link_blueprint.before_request
def keep_off_paper() -> None:
    """Keep the link out of the page itself: a printed page would say where it is from."""
    g.is_private = True


@link_blueprint.after_request
def keep_out_robots(response: Response) -> Response:
    """Keep private pages out of search engines."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _enter(circle_id: int, call_in_id: int) -> tuple[CircleSeat, OpenedCallIn]:
    return enter_evening(circle_id, call_in_id, Act.READ)


def _part(seat: CircleSeat, evening: OpenedCallIn) -> OwnPart:
    """Return the member's own part; a call-in in which they do not speak has no such page."""
    voice = own_voice(evening, seat.member.id)
    if voice is None:
        raise NotFound
    need(evening.words)
    return part_of(evening, voice)


def _opened(token: str) -> LinkedPart:
    tried = attempt("own part", guesses())
    if not tried.passed:
        raise TooManyRequests
    found = opened(token)
    # It was not a guess: several who speak may share the network of a church.
    take_back(tried)
    return found


def _consent(name: str) -> Consent:
    if name not in set(Consent):
        raise NotFound
    return Consent(name)


def _ask(form: BaseForm, consent: Consent, back: str, frame: FormFrame) -> str:
    words = [OWN_EFFECTS[consent], _("It counts at once. To say yes again, tell whoever asked you.")]
    page = FormPage(
        _("Take this back?"),
        _("Take it back"),
        words,
        frame,
        tab=_("My part"),
        lead=OWN_CONSENTS[consent],
        back=(back, _("No, leave it as it is")),
        danger=True,
    )
    return page.show(form)[0]


def _inside(seat: CircleSeat, evening: OpenedCallIn, part: OwnPart, done: Consent | None = None) -> str:
    base = url_for("own_part_inside.show", circle_id=seat.circle.id, call_in_id=evening.call_in.id)
    at = {"call_in_id": evening.call_in.id}
    return render_template("partners/callin/own.html", seat=seat, part=part, base=base, until=None, done=done, **at)


def _by_link(linked: LinkedPart, token: str, done: Consent | None = None) -> str:
    base, until = url_for("own_part.by_link", token=token), last_day(linked.call_in)
    return render_template("partners/callin/own.html", seat=None, part=linked.part, base=base, until=until, done=done)

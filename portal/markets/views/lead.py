"""Places for community leads: beginning and describing them, people, how they stand, evidence, the boundary."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.queries import member
from portal.accounts.sessions import person
from portal.core.audit import record
from portal.core.clock import now
from portal.core.editors import on_from
from portal.core.errors import NotFound, Refused
from portal.core.web import Room, members
from portal.markets.actions import evidence as notes
from portal.markets.actions import people as door
from portal.markets.actions import places, standing
from portal.markets.forms import (
    AdmitForm,
    BoundaryForm,
    EvidenceForm,
    PlaceForm,
    StatusForm,
    as_typed,
    evidence_as_typed,
)
from portal.markets.keys import keys_turned
from portal.markets.map.actions import set_boundary
from portal.markets.map.importing import MOST_BOUNDARY_BYTES
from portal.markets.map.queries import has_boundary
from portal.markets.models import Market
from portal.markets.naming import has_namesake, names_hidden_place
from portal.markets.queries import admitted_market, admitted_people, evidence, known_market, people_to_admit
from portal.markets.rules import Item, is_public
from portal.markets.rules.people import may_be_admitted
from portal.markets.rules.whole import gaps
from portal.markets.texts import ITEM_NAMES, REFUSALS
from portal.markets.views.evening import say_saved, voids
from portal.markets.views.team import people_in_words, roles_in_words, warnings_of_others

Answer = Response | str | tuple[str, int]
Newer = list[tuple[Any, str]]
room = Room(
    "places_lead",
    __name__,
    audience=members("community_lead"),
    url_prefix="/<lang:lang>/lead/places",
    # A file that is too large still gets an answer in words.
    largest=4 * MOST_BOUNDARY_BYTES,
)


@room.teardown_request
def let_go(_error: BaseException | None) -> None:
    """Close the temporary files that large uploads are kept in meanwhile; nothing of them stays on the disk."""
    request.close()


@room.get("/new")
def new() -> str:
    """An empty form."""
    return _form_page(PlaceForm([person().member]))


@room.post("/new")
def create() -> Answer:
    """Begin a hidden place."""
    form = PlaceForm([person().member])
    if not form.validate() or names_hidden_place(form, person().id):
        return _form_page(form), 422
    market = places.begin_market(form.description, person().id)
    flash(_("The place is begun. Only you know of it: admit those who work on it."), "success")
    _warn_of_namesake(market)
    return redirect(url_for("places_lead.people", market_id=market.id))


@room.get("/<int:market_id>/edit")
def edit(market_id: int) -> str:
    """The form."""
    market = known_market(market_id, person().id)
    form = PlaceForm(_candidates(market), market)
    form.version.data = str(market.version)
    return _form_page(form, market)


@room.post("/<int:market_id>/edit")
def save(market_id: int) -> Answer:
    """Keep what was typed: with gaps while it is hidden and nobody has turned a key."""
    market = known_market(market_id, person().id, to_change=True)
    form = PlaceForm(_candidates(market))
    form.stale = market.stale_fields
    if form.is_behind(market.version):
        return _form_page(form, market, form.differences(as_typed(market))), 409
    if not form.validate():
        return _form_page(form, market), 422
    if is_public(market.released_at, now()) or keys_turned(market.id):
        form.say_what_is_missing(gaps(form.description))
    # A hidden place is shown by itself at its hour, with the texts that it has then.
    if form.errors or names_hidden_place(form, person().id, market.id):
        return _form_page(form, market), 422
    turned = bool(keys_turned(market.id))
    places.describe_market(market, form.description, person().id, same=bool(form.same.data))
    say_saved(market, turned)
    _warn_of_namesake(market)
    _warn_of_others(market)
    shelf = url_for("places_team.place", market_id=market.id)
    return on_from(market.stale_fields, shelf, url_for("places_lead.edit", market_id=market.id))


@room.post("/<int:market_id>/boundary")
def draw_boundary(market_id: int) -> Answer:
    """Say where the place lies, in place of what was there before."""
    market = known_market(market_id, person().id, to_change=True)
    boundary = BoundaryForm()
    if not boundary.validate():
        form = PlaceForm(_candidates(market), market, formdata=None)
        form.version.data = str(market.version)
        return _form_page(form, market, boundary=boundary), 422
    set_boundary(market, boundary.area)
    record("market.boundary_set", "market", market.id, person().id)
    flash(_("The boundary is set. The public sees it when it sees the place."), "success")
    return redirect(url_for("places_lead.edit", market_id=market.id))


@room.get("/<int:market_id>/people")
def people(market_id: int) -> str:
    """Who is admitted, and who could be."""
    return _people_page(admitted_market(market_id, person().id))


@room.post("/<int:market_id>/people")
def admit(market_id: int) -> Answer:
    """Let somebody know of the place."""
    market = admitted_market(market_id, person().id, to_change=True)
    form = _admit_form(market)
    if not form.validate():
        return _people_page(market, form), 422
    door.admit(market, member(int(form.member.data)), person().id)
    flash(_("They are admitted. Tell them yourself: the portal sends no message about a hidden place."), "success")
    return redirect(url_for("places_lead.people", market_id=market.id))


@room.post("/<int:market_id>/people/<int:member_id>/out")
def send_out(market_id: int, member_id: int) -> Answer:
    """Let somebody know of the place no longer."""
    market = admitted_market(market_id, person().id, to_change=True)
    door.send_out(market, member_id, person().id)
    if member_id == person().id:
        flash(_("You are no longer admitted there."), "success")
        return redirect(url_for("places_team.index"))
    flash(_("They are no longer admitted. What they know they still know."), "success")
    _warn_of_others(market)
    return redirect(url_for("places_lead.people", market_id=market.id))


@room.get("/<int:market_id>/status")
def judge(market_id: int) -> str:
    """Ask how it stands, on what evidence."""
    market = known_market(market_id, person().id)
    form = StatusForm(market)
    form.version.data = str(_latest(market))
    return render_template("markets/team/status.html", market=market, form=form, newer=None)


@room.post("/<int:market_id>/status")
def decide(market_id: int) -> Answer:
    """Add the decision to the history."""
    market = known_market(market_id, person().id, to_change=True)
    form = StatusForm(market)
    if form.is_behind(_latest(market)):
        form.version.data = str(_latest(market))
        return render_template("markets/team/status.html", market=market, form=form, newer=market.standing), 409
    if not form.validate() or names_hidden_place(form, person().id, market.id):
        return render_template("markets/team/status.html", market=market, form=form, newer=None), 422
    standing.decide_status(market, form.verdict, person().member)
    flash(_("The decision stands, in both languages."), "success")
    return _to_place(market)


@room.get("/<int:market_id>/steps/<item>")
def ask_evidence(market_id: int, item: str) -> str:
    """What is noted about one step."""
    market, step = admitted_market(market_id, person().id), _item(item)
    stored = evidence(market.id).get(step)
    form = EvidenceForm(stored)
    form.version.data = str(stored.version if stored else 0)
    return _evidence_page(market, step, form)


@room.post("/<int:market_id>/steps/<item>")
def note_evidence(market_id: int, item: str) -> Answer:
    """Keep it."""
    market, step = admitted_market(market_id, person().id, to_change=True), _item(item)
    stored, form = evidence(market.id).get(step), EvidenceForm()
    version = stored.version if stored else 0
    if form.is_behind(version):
        form.version.data = str(version)
        return _evidence_page(market, step, form, form.differences(evidence_as_typed(stored))), 409
    if form.validate():
        try:
            notes.note_evidence(market, step, form.noted, person().id)
        except Refused as refusal:
            form.complain(WHERE[refusal.key], REFUSALS[refusal.key])
    if form.errors:
        return _evidence_page(market, step, form), 422
    flash(_("Saved."), "success")
    return redirect(url_for("places_team.steps", market_id=market.id))


WHERE = {
    "evidence_words": "said",
    "evidence_date": "done_on",
    "evidence_link": "link",
}
"""The field beside which a refusal stands."""


def _item(item: str) -> Item:
    if item not in set(Item):
        raise NotFound
    return Item(item)


def _latest(market: Market) -> int:
    return market.standing.id if market.standing else 0


def _candidates(market: Market) -> list[Any]:
    """Who can look after a place: those inside, and whoever does already."""
    seated = {market.owner_id, market.deputy_id}
    inside = admitted_people(market.id)
    return [one for one in inside if one.id in seated or (one.left_at is None and may_be_admitted(one.roles))]


def _admit_form(market: Market) -> AdmitForm:
    return AdmitForm([(one, roles_in_words(one.roles)) for one in people_to_admit(market.id)])


def _people_page(market: Market, form: AdmitForm | None = None) -> str:
    inside = people_in_words(market)
    form = form or _admit_form(market)
    return render_template("markets/team/people.html", market=market, inside=inside, form=form)


def _form_page(
    form: PlaceForm, market: Market | None = None, newer: Newer | None = None, boundary: BoundaryForm | None = None
) -> str:
    if market is not None and newer is not None:
        # Saving again is then a choice made with both versions in sight.
        form.version.data = str(market.version)
    return render_template(
        "markets/team/edit.html",
        form=form,
        market=market,
        newer=newer,
        voids=market is not None and voids(market),
        boundary=boundary or BoundaryForm(formdata=None),
        has_boundary=market is not None and has_boundary(market.id),
    )


def _warn_of_namesake(market: Market) -> None:
    if has_namesake(market, person().id):
        flash(_("Another place has this name too. Whoever reads it cannot tell them apart."), "warning")


def _warn_of_others(market: Market) -> None:
    for sentence in warnings_of_others(market.id):
        flash(sentence, "warning")


def _evidence_page(market: Market, item: Item, form: EvidenceForm, newer: Newer | None = None) -> str:
    return render_template("markets/team/evidence.html", market=market, name=ITEM_NAMES[item], form=form, newer=newer)


def _to_place(market: Market) -> Response:
    return redirect(url_for("places_team.place", market_id=market.id))

"""Views of a place for its team: overview, keys, steps, call-in, and the tabs and warnings that features add."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, PasswordField
from wtforms.validators import DataRequired

from portal.accounts.roles import Role
from portal.accounts.sign_in import SessionUser, current_user, problem_with
from portal.accounts.texts import ROLES
from portal.accounts.today import OpenItem, Tone
from portal.accounts.users import Member, member_names
from portal.core.clock import now
from portal.core.editing import EditorForm
from portal.core.forms import ProtectedForm, long_text
from portal.core.portal import Hook
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members
from portal.markets import gate, places
from portal.markets.call_in import may_end_from
from portal.markets.gate import gate_of, with_lapsed_key
from portal.markets.gate_rules import KEYS, STEPS, EvidenceItem, is_public
from portal.markets.places import Market, PlaceSeats, admitted, admitted_market, call_in, known_market
from portal.markets.status import CALL_IN, gaps, mark_of, may_be_admitted, missing
from portal.markets.texts import DEPUTY_LAPSES, ITEM_NAMES, OWNER_LAPSES, REFUSALS, STATE_NAMES, WAITING


class CallInEndForm(ProtectedForm):
    sure = BooleanField(
        _l("The last family has left, and everybody may read it now"),
        validators=[DataRequired(_l("Please check this first. It cannot be undone."))],
    )


FILL_IN = _l("Please fill this in.")


class KeyForm(EditorForm):
    reason = long_text(_l("Why the place can be shown now"), 1_000)
    early = BooleanField(_l("I know that the call-in has not ended. The place may be shown at that hour all the same."))
    password = PasswordField(_l("Your password, once more"), validators=[DataRequired(FILL_IN)])
    read = HiddenField()
    """The fingerprint of the texts shown above the form (`mark_of`)."""


class PlaceTab(NamedTuple):
    """A page of a place for its team; its URL takes `market_id`. `order` is its place among the tabs.

    Shown to members whom its blueprint admits and for whom `opens` returns True for the place's id.
    """

    order: int
    endpoint: str
    label: LazyString
    opens: Callable[[int], bool] = lambda _market_id: True


PLACE_TABS: Hook[PlaceTab] = Hook("pages of a place for its team")


def is_inside(market_id: int) -> bool:
    """Return whether the signed-in member is admitted to the place by name."""
    return current_user.id in admitted(market_id)


def place_tabs(market_id: int) -> list[tuple[str, str, bool]]:
    """Return the pages of a place open to the signed-in member: label, address, whether it is the current one."""
    tabs = []
    for tab in sorted(PLACE_TABS.plugged(), key=lambda tab: tab.order):
        room = current_app.blueprints[tab.endpoint.rpartition(".")[0]]
        assert isinstance(room, AudienceBlueprint)
        if room.audience.admits(current_user.roles) and tab.opens(market_id):
            address = url_for(tab.endpoint, market_id=market_id)
            tabs.append((str(tab.label), address, request.endpoint == tab.endpoint))
    return tabs


blueprint = AudienceBlueprint(
    "places_team",
    __name__,
    audience=members("community_lead", "organizer", "faith_partner", "facilitator", "police_liaison"),
    url_prefix="/<lang:lang>/team/places",
)
blueprint.app_template_global("place_tabs")(place_tabs)


@blueprint.app_template_global("place_state")
def place_state(market: Market) -> str:
    """Return whether a place is "hidden", "set" (the hour of release is known) or "public"."""
    if is_public(market.released_at, now()):
        return "public"
    return "hidden" if market.released_at is None else "set"


@blueprint.app_template_global("is_place_lead")
def is_place_lead() -> bool:
    """Return whether the signed-in member is a community lead, who may edit what others only read."""
    return Role.COMMUNITY_LEAD in current_user.roles


@blueprint.get("/")
def index() -> str:
    me = current_user
    markets = places.known_markets(me.id)
    return render_template(
        "markets/team/index.html",
        markets=markets,
        lapsed=with_lapsed_key(markets),
        exposed=places.exposed_places(me.id) if Role.COMMUNITY_LEAD in me.roles else [],
    )


@blueprint.get("/<int:market_id>/")
def place(market_id: int) -> str:
    return _page(known_market(market_id, current_user.id), KeyForm())


@blueprint.post("/<int:market_id>/key")
def turn_key(market_id: int) -> ResponseReturnValue:
    me = current_user
    market = admitted_market(market_id, me.id, to_change=True)
    form = KeyForm()
    if not (form.validate() and _is_meant(market, form, me.member)):
        return _page(market, form), 422
    try:
        gate.turn_key(market, me.member, form.reason.data or "")
    except Refused as refusal:
        if refusal.key not in MENDABLE:
            raise
        form.complain("reason", REFUSALS[refusal.key])
        return _page(market, form), 422
    if market.released_at is None:
        flash(_("You have turned your key. Now somebody with the other one has to confirm."), "success")
    else:
        flash(_("Both keys are turned. The hour of the release is set."), "success")
    return _back(market)


MENDABLE = {"gate_gaps", "gate_older"}
"""Refusals after which the same reason can be sent again, once the texts are in order."""


def _is_meant(market: Market, form: KeyForm, member: Member) -> bool:
    """Return whether the password is right, the texts read are the current ones, and an early hour is confirmed.

    Adds an error to the form otherwise.
    """
    if form.read.data != _mark(market):
        form.complain("reason", _("The texts changed while you were reading. Read them again, then turn your key."))
    if gate_of(market, member).is_early and not form.early.data:
        form.complain("early", _("Please confirm this, or wait until the call-in has ended."))
    if not form.errors and (problem := problem_with(member, form.password.data or "")):
        form.complain("password", problem)
    return not form.errors


@blueprint.post("/<int:market_id>/key/back")
def take_key_back(market_id: int) -> ResponseReturnValue:
    market = admitted_market(market_id, current_user.id, to_change=True)
    gate.take_key_back(market, current_user.id)
    flash(_("Your key is turned back. The place stays hidden."), "success")
    return _back(market)


@blueprint.get("/<int:market_id>/steps")
def steps(market_id: int) -> str:
    market = admitted_market(market_id, current_user.id)
    noted = places.evidence(market.id)
    return render_template(
        "markets/team/steps.html",
        market=market,
        steps=STEPS,
        others=[item for item in EvidenceItem if item not in STEPS],
        noted=noted,
        names=member_names(row.member_id for row in noted.values()),
        item_names=ITEM_NAMES,
        state_names=STATE_NAMES,
    )


@blueprint.get("/<int:market_id>/call-in")
def call_in_page(market_id: int) -> str:
    """Preview the texts of the call-in as the public will read them once it has ended."""
    return evening_page(admitted_market(market_id, current_user.id), CallInEndForm())


def evening_page(market: Market, form: CallInEndForm) -> str:
    evening, earliest = call_in(market.id), may_end_from(market)
    return render_template(
        "markets/team/call_in.html",
        market=market,
        call_in=evening,
        is_whole=evening is not None and not missing(evening.texts, CALL_IN),
        earliest=earliest,
        may_end=earliest is not None and earliest <= now(),
        form=form,
    )


def _back(market: Market) -> Response:
    return redirect(url_for("places_team.place", market_id=market.id))


def _mark(market: Market) -> str:
    evening = call_in(market.id)
    return mark_of(market.texts, evening.texts if evening else None)


def _page(market: Market, form: KeyForm) -> str:
    me = current_user
    inside = me.id in admitted(market.id)
    form.read.data = _mark(market) if inside else ""
    looked_after = places.seats(market)
    return render_template(
        "markets/team/place.html",
        market=market,
        form=form,
        inside=inside,
        gate=gate_of(market, me.member) if inside else None,
        gaps=gaps(market.texts),
        seats=looked_after,
        warnings=_warnings(market, looked_after) if inside else [],
        people=people_in_words(market) if inside else [],
        judges=member_names(decision.member_id for decision in market.decisions if decision.member_id),
        waiting=WAITING,
        key_names=ROLES,
    )


def _warnings(market: Market, looked_after: PlaceSeats) -> list[str]:
    sentences = [str(OWNER_LAPSES[looked_after.owner_lapse])] if looked_after.owner_lapse else []
    sentences += [str(DEPUTY_LAPSES[looked_after.deputy_lapse])] if looked_after.deputy_lapse else []
    if market.standing is None and market.released_at is not None:
        sentences.append(
            _("Nobody has decided how it stands. Until a community lead does, everybody reads “Not reviewed yet”.")
        )
    if is_place_lead() and market in places.exposed_places(current_user.id):
        sentences.append(
            _(
                "A meeting or a call-in is planned for this hidden place, and nothing for a public one: "
                "who watches us could guess it."
            )
        )
    return sentences + warnings_of_others(market.id)


PLACE_WARNINGS: Hook[Callable[[int], list[str]]] = Hook("warnings about a place")
"""Each returns sentences about a place, by its id, for the members who look after it."""


def warnings_of_others(market_id: int) -> list[str]:
    """Return the warnings of features above for the members who look after the place."""
    return [sentence for warn in PLACE_WARNINGS.plugged() for sentence in warn(market_id)]


def people_in_words(market: Market) -> list[tuple[Member, str]]:
    """Return all members with an admission, with their roles, or why the admission is no longer valid."""
    inside, people = admitted(market.id), []
    for member in places.admitted_people(market.id):
        if member.left_at is not None:
            about = _("has left the team")
        elif member.id in inside:
            about = roles_in_words(member.roles)
        elif not may_be_admitted(member.roles):
            about = _("has no role for this any more")
        else:
            about = _("has a new password; somebody who knows them must admit them again")
        people.append((member, str(about)))
    return people


def roles_in_words(roles: frozenset[str]) -> str:
    return ", ".join(str(ROLES[role]) for role in Role if role in roles)


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield the places that wait for the member's key. Not by name: somebody may look over their shoulder."""
    for market in [] if me.roles.isdisjoint(KEYS) else gate.waiting_for_key(me.member):
        url = url_for("places_team.place", market_id=market.id, _anchor="gate")
        yield OpenItem(_("A place waits for your key"), url, Tone.WAITING)

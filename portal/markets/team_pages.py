"""Views of a place for its team: its overview with keys, people and steps, its call-in, and the tabs of features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from sqlalchemy import select
from wtforms import BooleanField, HiddenField, PasswordField, SelectField
from wtforms.validators import DataRequired

from portal.accounts.roles import Role
from portal.accounts.sign_in import SessionUser, current_user, problem_with
from portal.accounts.texts import ROLES
from portal.accounts.today import OpenItem, Tone
from portal.accounts.users import Member, RoleHeld, member_names
from portal.core.clock import now, today
from portal.core.db import session
from portal.core.editing import EditorForm, done
from portal.core.forms import ProtectedForm, choices_of, long_text
from portal.core.portal import Hook
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members
from portal.markets import gate, places, texts
from portal.markets.call_in import may_end_from
from portal.markets.gate_rules import STEPS, EvidenceItem, EvidenceState, GateKey, is_public
from portal.markets.places import Evidence, KeyTurned, Market, admitted, admitted_market, known_market
from portal.markets.reviews import missed_in_a_row
from portal.markets.status import CALL_IN, MAY_KNOW, Work, gaps, mark_of, may_be_admitted, missing
from portal.markets.watch import review_days

FILL_IN = _l("Please fill this in.")


class CallInEndForm(ProtectedForm):
    sure = BooleanField(
        _l("The last family has left, and everybody may read it now"),
        validators=[DataRequired(_l("Please check this first. It cannot be undone."))],
    )


class KeyForm(EditorForm):
    reason = long_text(_l("Why the place can be shown now"), 1_000)
    early = BooleanField(_l("I know that the call-in has not ended. The place may be shown at that hour all the same."))
    password = PasswordField(_l("Your password, once more"), validators=[DataRequired(FILL_IN)])
    read = HiddenField()
    """The fingerprint of the texts shown above the form (`mark_of`)."""

    def is_meant(self, market: Market, member: Member) -> bool:
        """Return whether password, texts read and early hour are right; adds an error to the form otherwise."""
        if not self.validate():
            return False
        if self.read.data != _mark(market):
            self.complain("reason", _("The texts changed while you were reading. Read them again, then turn your key."))
        if gate.gate_of(market, member).is_early and not self.early.data:
            self.complain("early", _("Please confirm this, or wait until the call-in has ended."))
        if not self.errors and (problem := problem_with(member, self.password.data or "")):
            self.complain("password", problem)
        return not self.errors


class AdmitForm(ProtectedForm):
    member = SelectField(_l("Who may know of this place too"), validators=[DataRequired(FILL_IN)])

    def __init__(self, market: Market, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        able = select(RoleHeld.member_id).where(RoleHeld.role.in_(MAY_KNOW))
        others = Member.left_at.is_(None), Member.id.in_(able), Member.id.not_in(admitted(market.id))
        people = session.scalars(select(Member).where(*others).order_by(Member.name, Member.id))
        named = {person.id: f"{person.name} ({_roles_in_words(person)})" for person in people}
        self.member.choices = choices_of(named, _l("Choose somebody"))


class PlaceTab(NamedTuple):
    """A page of a place for its team; its URL takes `market_id`. `order` is its place among the tabs.

    Shown to members whom its blueprint admits and for whom `opens` returns True for the place's id. Pages of the
    blueprints `rooms` belong to it.
    """

    order: int
    endpoint: str
    label: LazyString
    opens: Callable[[int], bool] = lambda _market_id: True
    rooms: tuple[str, ...] = ()


PLACE_TABS: Hook[PlaceTab] = Hook("pages of a place for its team")
PLACE_WARNINGS: Hook[Callable[[int], list[str]]] = Hook("warnings about a place")
"""Each returns sentences about a place, by its id, for the members who look after it."""


def is_inside(market_id: int) -> bool:
    return current_user.id in admitted(market_id)


blueprint = AudienceBlueprint(
    "places_team",
    __name__,
    audience=members("community_lead", "organizer", "faith_partner", "facilitator", "police_liaison"),
    url_prefix="/<lang:lang>/team/places",
)


@blueprint.app_template_global()
def place_tabs(market_id: int) -> list[tuple[str, str, bool]]:
    """Return the pages of a place open to the signed-in member: label, address, whether it is the current one."""
    tabs = []
    for tab in sorted(PLACE_TABS.plugged(), key=lambda tab: tab.order):
        room = current_app.blueprints[tab.endpoint.rpartition(".")[0]]
        assert isinstance(room, AudienceBlueprint)
        if room.audience.admits(current_user.roles) and tab.opens(market_id):
            is_here = request.endpoint == tab.endpoint or request.blueprint in tab.rooms
            tabs.append((str(tab.label), url_for(tab.endpoint, market_id=market_id), is_here))
    return tabs


@blueprint.app_template_global()
def place_state(market: Market) -> str:
    """Return whether a place is "hidden", "set" (the hour of release is known) or "public"."""
    if is_public(market.released_at, now()):
        return "public"
    return "hidden" if market.released_at is None else "set"


@blueprint.app_template_global()
def is_place_lead() -> bool:
    """Return whether the signed-in member is a community lead, who may edit what others only read."""
    return Role.COMMUNITY_LEAD in current_user.roles


@blueprint.get("/")
def index() -> str:
    markets = places.known_markets(current_user.id)
    hidden = [market for market in markets if not is_public(market.released_at, now())]
    acts = gate.last_acts([market.id for market in hidden])
    return render_template(
        "markets/team/index.html",
        markets=markets,
        lapsed=[market for market in hidden if acts.get(market.id) == gate.LAPSED],
        exposed=places.exposed_places(current_user.id) if is_place_lead() else [],
    )


@blueprint.get("/<int:market_id>/")
def place(market_id: int) -> str:
    return overview(known_market(market_id, current_user.id))


@blueprint.post("/<int:market_id>/key")
def turn_key(market_id: int) -> ResponseReturnValue:
    market = admitted_market(market_id, current_user.id, to_change=True)
    form = KeyForm()
    if not form.is_meant(market, current_user.member):
        return overview(market, form), 422
    try:
        gate.turn_key(market, current_user.member, form.reason.data or "")
    except Refused as refusal:
        # The same reason can be sent again, once the texts are in order.
        if refusal.key not in ("gate_gaps", "gate_older"):
            raise
        form.complain("reason", texts.REFUSALS[refusal.key])
        return overview(market, form), 422
    first = _("You have turned your key. Now somebody with the other one has to confirm.")
    both = _("Both keys are turned. The hour of the release is set.")
    return done(url_for("places_team.place", market_id=market.id), both if market.released_at else first)


@blueprint.post("/<int:market_id>/key/back")
def take_key_back(market_id: int) -> ResponseReturnValue:
    market = admitted_market(market_id, current_user.id, to_change=True)
    gate.take_key_back(market, current_user.id)
    words = _("Your key is turned back. The place stays hidden.")
    return done(url_for("places_team.place", market_id=market.id), words)


@blueprint.get("/<int:market_id>/call-in")
def call_in_page(market_id: int) -> str:
    """Preview the texts of the call-in as the public will read them once it has ended."""
    return evening_page(admitted_market(market_id, current_user.id), CallInEndForm())


def evening_page(market: Market, form: CallInEndForm) -> str:
    evening, earliest = places.call_in(market.id), may_end_from(market)
    return render_template(
        "markets/team/call_in.html",
        market=market,
        call_in=evening,
        is_whole=evening is not None and not missing(evening.texts, CALL_IN),
        earliest=earliest,
        may_end=earliest is not None and earliest <= now(),
        form=form,
    )


def overview(market: Market, key: KeyForm | None = None, admission: AdmitForm | None = None) -> str:
    """Return the overview of a place, with the form that was refused.

    The steps and what shows them are for those admitted by name; a lead reads them at every place they know of.
    """
    form, inside, is_lead = key or KeyForm(formdata=None), is_inside(market.id), is_place_lead()
    form.read.data = _mark(market) if inside else ""
    noted = places.evidence(market.id) if inside or is_lead else {}
    people = [decision.member_id for decision in market.decisions] + [note.member_id for note in noted.values()]
    return render_template(
        "markets/team/place.html",
        market=market,
        form=form,
        failed=admission or form,
        admission=admission or (AdmitForm(market, formdata=None) if inside and is_lead else None),
        inside=inside,
        gate=gate.gate_of(market, current_user.member) if inside else None,
        gaps=gaps(market.texts),
        seats=places.seats(market),
        steadiness=texts.steadiness(places.turnovers(market.id)) if is_lead else (),
        warnings=_warnings(market) if inside or is_lead else [],
        people=people_in_words(market) if inside else [],
        names=member_names(filter(None, people)),
        waiting=texts.WAITING,
        key_names=ROLES,
        parts=[_in_short(STEPS, noted), _in_short([item for item in EvidenceItem if item not in STEPS], noted)],
        noted=noted,
        item_names=texts.ITEM_NAMES,
    )


def _in_short(items: Sequence[EvidenceItem], noted: Mapping[EvidenceItem, Evidence]) -> tuple[list[EvidenceItem], str]:
    """Return these steps, and how many of them are in which state: "Done: 7 · Under way: 2"."""
    states = Counter(noted[item].state if item in noted else EvidenceState.OPEN for item in items)
    words = (f"{name}: {states[state]}" for state, name in reversed(texts.STATE_NAMES.items()) if states[state])
    return list(items), " · ".join(words)


def _mark(market: Market) -> str:
    evening = places.call_in(market.id)
    return mark_of(market.texts, evening.texts if evening else None)


def _warnings(market: Market) -> list[str]:
    """Return what needs a look: empty seats, what would give the place away, and for a lead what ends such work."""
    sentences = [str(texts.LAPSES[seat][lapse]) for seat, (_name, lapse) in places.seats(market).items() if lapse]
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
    concerns = texts.concern_sentences(work_at(market), today()) if is_place_lead() else []
    return [*sentences, *warnings_of_others(market.id), *concerns]


def warnings_of_others(market_id: int) -> list[str]:
    """Return the warnings of features above for the members who look after the place."""
    return [sentence for warn in PLACE_WARNINGS.plugged() for sentence in warn(market_id)]


def work_at(market: Market) -> Work:
    """Return the facts about the work at a place that the early warnings evaluate."""
    evening, notes = places.call_in(market.id), places.evidence(market.id)
    return Work(
        begun=[item for item, note in notes.items() if note.state is not EvidenceState.OPEN],
        done={item: note.done_on or date.min for item, note in notes.items() if note.state is EvidenceState.DONE},
        call_in_held=evening is not None and evening.ended_at is not None,
        missed_in_a_row=missed_in_a_row(review_days(market.id), today()),
        is_public=is_public(market.released_at, now()),
        turnovers=places.turnovers(market.id),
    )


def people_in_words(market: Market) -> list[tuple[Member, str]]:
    """Return all members with an admission, with their roles, or why the admission is no longer valid."""
    inside, people = admitted(market.id), []
    for member in places.admitted_people(market.id):
        if member.left_at is not None:
            about = _("has left the team")
        elif member.id in inside:
            about = _roles_in_words(member)
        elif not may_be_admitted(member.roles):
            about = _("has no role for this any more")
        else:
            about = _("has a new password; somebody who knows them must admit them again")
        people.append((member, str(about)))
    return people


def _roles_in_words(member: Member) -> str:
    return ", ".join(str(ROLES[role]) for role in Role if role in member.roles)


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield the places that wait for the member's key. Not by name: somebody may look over their shoulder."""
    if me.roles.isdisjoint(GateKey):
        return
    hidden = select(Market).where(Market.released_at.is_(None), Market.id.in_(select(KeyTurned.market_id)))
    for market in session.scalars(hidden.order_by(Market.id)):
        two_keys = gate.gate_of(market, me.member)
        if two_keys.may_turn and two_keys.turned:
            url = url_for("places_team.place", market_id=market.id, _anchor="gate")
            yield OpenItem(_("A place waits for your key"), url, Tone.WAITING)

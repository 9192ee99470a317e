"""The night of the call-in for community leads: its texts, and saying that it has ended."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.sessions import person
from portal.core.clock import now
from portal.core.editors import on_from
from portal.core.web import Room, members
from portal.markets.actions import call_in as call_ins
from portal.markets.forms import CallInForm, EndForm, call_in_as_typed
from portal.markets.keys import keys_turned
from portal.markets.models import Market
from portal.markets.naming import names_hidden_place
from portal.markets.queries import admitted_market, call_in
from portal.markets.rules import is_public
from portal.markets.views.team import evening_page

Answer = Response | str | tuple[str, int]
Newer = list[tuple[Any, str]]
room = Room("places_evening", __name__, audience=members("community_lead"), url_prefix="/<lang:lang>/lead/places")


@room.get("/<int:market_id>/call-in")
def prepare(market_id: int) -> str:
    """The texts for the night of the call-in."""
    market = admitted_market(market_id, person().id)
    stored = call_in(market.id)
    form = CallInForm(stored)
    form.version.data = str(stored.version if stored else 0)
    return _words_page(market, form)


@room.post("/<int:market_id>/call-in")
def keep(market_id: int) -> Answer:
    """Keep them; with gaps until it has ended."""
    market = admitted_market(market_id, person().id, to_change=True)
    stored = call_in(market.id)
    form = CallInForm()
    form.stale = stored.stale_fields if stored else frozenset()
    version = stored.version if stored else 0
    newer = form.differences(call_in_as_typed(stored)) if form.is_behind(version) else None
    whole = newer is None and form.validate()
    if whole and stored is not None and stored.ended_at is not None:
        whole = not form.say_what_is_missing()
    whole = whole and not names_hidden_place(form, person().id, market.id)
    if not whole:
        form.version.data = str(version) if newer is not None else form.version.data
        return _words_page(market, form, newer), 422 if newer is None else 409
    turned = bool(keys_turned(market.id))
    kept = call_ins.prepare_call_in(market, form.words, person().id, same=bool(form.same.data))
    say_saved(market, turned)
    shelf = url_for("places_team.call_in_page", market_id=market.id)
    return on_from(kept.stale_fields, shelf, url_for("places_evening.prepare", market_id=market.id))


@room.post("/<int:market_id>/call-in/end")
def end(market_id: int) -> Answer:
    """It has ended: everybody may read of it now."""
    market = admitted_market(market_id, person().id, to_change=True)
    form = EndForm()
    if not form.validate():
        return evening_page(market, form), 422
    call_ins.end_call_in(market, person().id)
    flash(_("It is public now, in both languages."), "success")
    return redirect(url_for("places_team.call_in_page", market_id=market.id))


def _words_page(market: Market, form: CallInForm, newer: Newer | None = None) -> str:
    template, exists = "markets/team/call_in_edit.html", market.call_in is not None
    return render_template(template, market=market, form=form, newer=newer, voids=voids(market), exists=exists)


def voids(market: Market) -> bool:
    """Whether other texts void what two people confirmed."""
    return not is_public(market.released_at, now()) and bool(keys_turned(market.id))


def say_saved(market: Market, turned: bool) -> None:
    """Say that it is saved, and whether keys that were turned are void now."""
    flash(_("Saved."), "success")
    if turned and not keys_turned(market.id):
        flash(_("Both keys must be turned again: the texts have changed."), "warning")

"""The maintenance board: for community leads, and for whoever owns a place or stands in. Of reports it shows counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.queries import member_names
from portal.accounts.rules.roles import Role
from portal.accounts.sessions import person
from portal.core.errors import NotFound
from portal.core.web import Room, members
from portal.markets.models import Market
from portal.markets.rules.people import MAY_KNOW
from portal.markets.watch import actions
from portal.markets.watch.queries import noted_by, open_days, outreach_weeks, reviews_at
from portal.markets.watch.texts import CAUSE_NAMES
from portal.reports.complaints.queries import complaints
from portal.reports.complaints.rules import may_hear
from portal.upkeep.charts import chart
from portal.upkeep.forms import BaselineForm, OutreachForm, ReviewForm, SightingForm, offered_weeks
from portal.upkeep.queries import board, board_place, keeps, overview, watches
from portal.upkeep.texts import complaints_words, decimal, quiet, reviews_to_hold, short_date, week_rows

Answer = Response | tuple[str, int]
room = Room("places_board", __name__, audience=members(*MAY_KNOW), url_prefix="/<lang:lang>/team/board")


room.app_template_filter("short_date")(short_date)
room.app_template_filter("reviews_to_hold")(reviews_to_hold)


@room.app_template_global()
def complaints_told() -> str:
    """How many complaints about police conduct there were, for whoever may hear it; else nothing."""
    told = complaints() if may_hear(person().roles) else None
    return complaints_words(told) if told else ""


@room.record_once
def name_tabs(state: BlueprintSetupState) -> None:
    """Give the pages of a place the tabs that open."""
    conditions = state.app.extensions.setdefault("place_tab_conditions", {})
    conditions["places_board.place"] = lambda market_id: watches(market_id, person().member)
    conditions["places_handover.pack"] = lambda market_id: keeps(market_id, person().member)


@room.get("/")
def index() -> str:
    """The places that somebody looks after, what is overdue first."""
    rows, hidden = board(person().member)
    return render_template("upkeep/board.html", rows=rows, hidden=hidden, quiet=quiet)


@room.get("/<int:market_id>")
def place(market_id: int) -> str:
    """One place: its weeks, its alarm, its reviews."""
    return show(board_place(market_id, person().member))


@room.post("/<int:market_id>/sighting")
def note_sighting(market_id: int) -> Answer:
    """Somebody of the team saw selling."""
    market = board_place(market_id, person().member, to_change=True)
    form = SightingForm()
    if not form.validate():
        return show(market, Forms(sighting=form)), 422
    actions.note_sighting(market, form.seen_on.data, person().id)
    flash(_("Noted. It counts once in that week."), "success")
    return back_to(market)


@room.post("/<int:market_id>/sighting/take-back")
def take_sighting_back(market_id: int) -> Response:
    """It was a mistake."""
    market = board_place(market_id, person().member, to_change=True)
    actions.withdraw_sighting(market, _day(request.form.get("week", "")), person().id)
    flash(_("Taken back."), "success")
    return back_to(market)


@room.post("/<int:market_id>/outreach")
def mark_outreach(market_id: int) -> Answer:
    """Say in which weeks the team went from door to door."""
    market = board_place(market_id, person().member, to_change=True)
    form = OutreachForm()
    if not form.validate():
        return show(market, Forms(outreach=form)), 422
    actions.mark_outreach(market, set(offered_weeks()), form.marked, person().id)
    flash(_("Saved. These weeks are marked in the table."), "success")
    return back_to(market)


@dataclass(frozen=True)
class Forms:
    """The forms of the page that somebody has filled in; the others are made anew."""

    sighting: SightingForm | None = None
    outreach: OutreachForm | None = None
    review: ReviewForm | None = None
    baseline: BaselineForm | None = None


def show(market: Market, forms: Forms | None = None) -> str:
    """The page of a place, with what somebody typed if it could not be taken."""
    given, me = forms or Forms(), person()
    row = overview(market, me.member)
    reviews = reviews_at(market.id)
    waiting = open_days(market.id)
    return render_template(
        "upkeep/place.html",
        market=market,
        row=row,
        chart=chart(row.seen.weeks, market.alarm_at),
        table_rows=week_rows(row.seen),
        reviews=reviews,
        signers=member_names(review.signed_by_id for review in reviews if review.signed_by_id),
        causes=CAUSE_NAMES,
        open_days=waiting,
        mine=noted_by(market.id, actions.sighting_by(market.id, me.id)),
        decimal=decimal,
        quiet=quiet,
        is_lead=Role.COMMUNITY_LEAD in me.roles,
        failed=next((form for form in (given.review, given.sighting, given.outreach, given.baseline) if form), None),
        sighting=given.sighting or SightingForm(formdata=None),
        outreach=given.outreach or _outreach(market),
        review=given.review or ReviewForm(waiting, formdata=None),
        baseline=given.baseline or BaselineForm(market, formdata=None),
    )


def back_to(market: Market) -> Response:
    """To the page of a place."""
    return redirect(url_for("places_board.place", market_id=market.id))


def _outreach(market: Market) -> OutreachForm:
    form = OutreachForm(formdata=None)
    form.weeks.data = [day.isoformat() for day in outreach_weeks(market.id)]
    return form


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None

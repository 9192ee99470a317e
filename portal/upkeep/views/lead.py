"""What only a community lead does: sign reviews, set the baseline, read the scorecard."""

from __future__ import annotations

from flask import flash, render_template
from flask_babel import gettext as _

from portal.accounts.sessions import person
from portal.core.clock import today
from portal.core.web import Room, members
from portal.markets.queries import evidence, seats
from portal.markets.rules import Item
from portal.markets.rules.steps import STEPS
from portal.markets.texts import ITEM_NAMES
from portal.markets.watch import actions
from portal.markets.watch.queries import open_days
from portal.reports.reach import nobody_reads
from portal.upkeep.forms import BaselineForm, ReviewForm
from portal.upkeep.queries import board_place, kept_place, work_at
from portal.upkeep.texts import SOURCE, concern_sentences, steadiness
from portal.upkeep.views.board import Answer, Forms, back_to, show

room = Room("places_watch", __name__, audience=members("community_lead"), url_prefix="/<lang:lang>/team/board")


@room.post("/<int:market_id>/review")
def sign(market_id: int) -> Answer:
    """A review was held."""
    market = board_place(market_id, person().member, to_change=True)
    form = ReviewForm(open_days(market.id))
    if not form.validate():
        return show(market, Forms(review=form)), 422
    actions.sign_review(market, form.day, form.finding.data, person().id)
    flash(_("Signed. The page of the place says that the review was held, not what it found."), "success")
    return back_to(market)


@room.post("/<int:market_id>/baseline")
def set_baseline(market_id: int) -> Answer:
    """Change what the alarm is measured against."""
    market = board_place(market_id, person().member, to_change=True)
    form = BaselineForm(market)
    if not form.validate():
        return show(market, Forms(baseline=form)), 422
    if form.say_what_is_newer(market):
        return show(market, Forms(baseline=form)), 409
    actions.set_baseline(market, form.baseline, person().id)
    flash(_("Saved. The sums of all weeks are counted anew."), "success")
    return back_to(market)


@room.get("/<int:market_id>/scorecard")
def scorecard(market_id: int) -> str:
    """How closely the work follows the nine steps, and what may bring it to nothing."""
    market = kept_place(market_id, person().member)
    work = work_at(market)
    return render_template(
        "upkeep/scorecard.html",
        market=market,
        concerns=[*concern_sentences(work, today()), *nobody_reads(market.id)],
        noted=evidence(market.id),
        steps=STEPS,
        others=[item for item in Item if item not in STEPS],
        item_names=ITEM_NAMES,
        seats=seats(market),
        steadiness=steadiness(work.turnovers),
        source=SOURCE,
    )

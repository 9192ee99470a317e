"""The pages of upkeep: the board, and a place with sightings, outreach, weekly reviews and baseline of the alarm."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from babel.dates import format_skeleton
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, get_locale, gettext as _, lazy_gettext as _l, ngettext
from werkzeug.wrappers import Response
from wtforms import SelectField, SelectMultipleField
from wtforms.validators import DataRequired, InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from portal.accounts.roles import Role
from portal.accounts.sign_in import SessionUser, current_user
from portal.accounts.today import OpenItem, Tone
from portal.accounts.users import member_names
from portal.core.clock import today, week_of
from portal.core.editing import EditorForm, done
from portal.core.forms import DateField, FloatField, ProtectedForm, long_text, refuse
from portal.core.i18n import language
from portal.core.statuses import NotFound
from portal.core.suppression import FEWEST_SHOWN
from portal.core.web import AudienceBlueprint, members
from portal.markets import watch
from portal.markets.gate_rules import is_fresh
from portal.markets.places import Market, Review
from portal.markets.reviews import Baseline
from portal.markets.status import MAY_KNOW
from portal.reports.complaints import complaints
from portal.reports.triage import may_hear
from portal.upkeep import upkeep
from portal.upkeep.upkeep import board_place, short_date

FILL_IN = _l("Please fill this in.")
WEEK = timedelta(days=7)
PAST_WEEKS = 8


class SightingForm(ProtectedForm):
    seen_on = DateField(_l("Seen on"), validators=[DataRequired(FILL_IN)])

    def validate_seen_on(self, field: DateField) -> None:
        if not is_fresh(field.data, today()):
            refuse(watch.REFUSALS["sighting_day"])


class OutreachForm(ProtectedForm):
    """The weeks with door-to-door outreach; unchecked weeks are unmarked."""

    weeks = SelectMultipleField(
        _l("Weeks with outreach"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        weeks = ((day.isoformat(), format_date(day, "medium")) for day in offered_weeks())
        self.weeks.choices = [(week, _("Week of %(day)s", day=day)) for week, day in weeks]


def offered_weeks() -> list[date]:
    """Return the Mondays that can be marked: next week, this week and some past ones."""
    this_week = week_of(today())
    return [this_week + WEEK - number * WEEK for number in range(PAST_WEEKS + 2)]


class ReviewForm(ProtectedForm):
    due_on = SelectField(_l("The review that was due on"), validators=[DataRequired(FILL_IN)])
    finding = long_text(_l("What it found, for the team"), 4_000)

    def __init__(self, days: Sequence[date], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.due_on.choices = [(day.isoformat(), format_date(day, "full")) for day in sorted(days)]
        self.signed: Review | None = None


NUMBER = _l("Please give a number above 0.")
ABOVE_0 = [InputRequired(NUMBER), NumberRange(min=0.01, max=100, message=NUMBER)]


class BaselineForm(EditorForm):
    quiet = FloatField(_l("Usual signals in a week while it holds"), validators=ABOVE_0)
    slipping = FloatField(_l("Signals in a week that mean it slips"), validators=ABOVE_0)
    limit = FloatField(_l("Sum at which the alarm opens a review"), validators=ABOVE_0)

    def __init__(self, market: Market, **kwargs: Any) -> None:
        super().__init__(data={"version": str(market.version), **asdict(market.baseline)}, **kwargs)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if whole and self.slipping.data <= self.quiet.data:
            self.slipping.errors = [_l("This must be more than what is usual.")]
        return not self.errors


board_blueprint = AudienceBlueprint(
    "places_board", __name__, audience=members(*MAY_KNOW), url_prefix="/<lang:lang>/team/board"
)
board_blueprint.app_template_filter("short_date")(short_date)
board_blueprint.app_template_filter("reviews_to_hold")(upkeep.reviews_to_hold)


@board_blueprint.app_template_global()
def has_board() -> bool:
    return not current_user.roles.isdisjoint(MAY_KNOW)


@board_blueprint.app_template_global()
def complaints_told() -> str:
    """Return how many complaints about police conduct there were, as exactly as may be published, for who may know."""
    counted = complaints() if may_hear(current_user.roles) else None
    if not counted:
        return ""
    months = (format_skeleton("yMMMM", month, locale=get_locale()) for month in (counted.first_on, counted.last_on))
    span = dict(zip(("since", "until"), months, strict=True))
    if not counted.low:
        return str(_("Fewer than %(few)s from %(since)s to %(until)s.", few=FEWEST_SHOWN, **span))
    return str(_("%(low)s to %(high)s from %(since)s to %(until)s.", low=counted.low, high=counted.high, **span))


def opens_board(market_id: int) -> bool:
    try:
        board_place(market_id, current_user.member)
    except NotFound:
        return False
    return True


@board_blueprint.get("/")
def index() -> str:
    rows, hidden = upkeep.board(current_user.member)
    return render_template("upkeep/board.html", rows=rows, hidden=hidden, quiet=upkeep.quiet)


@board_blueprint.get("/<int:market_id>")
def place(market_id: int) -> str:
    return show(board_place(market_id, current_user.member))


@board_blueprint.post("/<int:market_id>/sighting")
def note_sighting(market_id: int) -> ResponseReturnValue:
    market = board_place(market_id, current_user.member, to_change=True)
    form = SightingForm()
    if not form.validate():
        return show(market, sighting=form), 422
    watch.note_sighting(market, form.seen_on.data, current_user.id)
    return back_to(market, _("Noted. It counts once in that week."))


@board_blueprint.post("/<int:market_id>/sighting/take-back")
def take_sighting_back(market_id: int) -> Response:
    market = board_place(market_id, current_user.member, to_change=True)
    source = watch.sighting_by(market.id, current_user.id)
    watch.withdraw_signal(market.id, source, _day(request.form.get("week", "")))
    return back_to(market, _("Taken back."))


@board_blueprint.post("/<int:market_id>/outreach")
def mark_outreach(market_id: int) -> ResponseReturnValue:
    market = board_place(market_id, current_user.member, to_change=True)
    form = OutreachForm()
    if not form.validate():
        return show(market, outreach=form), 422
    marked = {date.fromisoformat(week) for week in form.weeks.data or ()}
    watch.mark_outreach(market, set(offered_weeks()), marked, current_user.id)
    return back_to(market, _("Saved. These weeks are marked in the table."))


def show(market: Market, **refused: ProtectedForm) -> str:
    row = upkeep.overview(market, current_user.member)
    reviews, waiting = watch.reviews_at(market.id), watch.open_days(market.id)
    outreach = OutreachForm(formdata=None)
    outreach.weeks.data = [day.isoformat() for day in watch.outreach_weeks(market.id)]
    forms: dict[str, ProtectedForm] = {
        "sighting": SightingForm(formdata=None),
        "outreach": outreach,
        "review": ReviewForm(waiting, formdata=None),
        "baseline": BaselineForm(market, formdata=None),
    }
    return render_template(
        "upkeep/place.html",
        market=market,
        row=row,
        chart=upkeep.chart(row.seen.weeks, market.alarm_at),
        table_rows=upkeep.week_rows(row.seen),
        reviews=reviews,
        signers=member_names(review.signed_by_id for review in reviews if review.signed_by_id),
        causes=watch.CAUSE_NAMES,
        open_days=waiting,
        mine=watch.noted_by(market.id, watch.sighting_by(market.id, current_user.id)),
        decimal=upkeep.decimal,
        quiet=upkeep.quiet,
        is_lead=Role.COMMUNITY_LEAD in current_user.roles,
        failed=next(iter(refused.values()), None),
        **(forms | refused),
    )


def back_to(market: Market, message: str) -> Response:
    return done(url_for("places_board.place", market_id=market.id), message)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None


lead_blueprint = AudienceBlueprint(
    "places_watch", __name__, audience=members("community_lead"), url_prefix="/<lang:lang>/team/board"
)


@lead_blueprint.post("/<int:market_id>/review")
def sign(market_id: int) -> ResponseReturnValue:
    market = board_place(market_id, current_user.member, to_change=True)
    form = ReviewForm(watch.open_days(market.id))
    chosen = form.due_on.data or ""
    if chosen not in dict(form.due_on.choices) and re.fullmatch(r"\d{4}-\d\d-\d\d", chosen):
        # Perhaps signed while this finding was written.
        form.signed = watch.signed_at(market.id, _day(chosen))
    if form.signed is not None:
        return show(market, review=form), 409
    if not form.validate():
        return show(market, review=form), 422
    watch.sign_review(market, date.fromisoformat(form.due_on.data), form.finding.data, current_user.id)
    return back_to(market, _("Signed. The page of the place says that the review was held, not what it found."))


@lead_blueprint.post("/<int:market_id>/baseline")
def set_baseline(market_id: int) -> ResponseReturnValue:
    market = board_place(market_id, current_user.member, to_change=True)
    form = BaselineForm(market)
    if not form.validate():
        return show(market, baseline=form), 422
    form.is_behind(asdict(market.baseline), market.version)
    for field, stored in form.newer or ():
        form.complain(field.name, _("Somebody else saved %(number)s here meanwhile.", number=stored))
    if form.newer:
        return show(market, baseline=form), 409
    baseline = Baseline(form.quiet.data, form.slipping.data, form.limit.data)
    watch.set_baseline(market, baseline, current_user.id)
    return back_to(market, _("Saved. The sums of all weeks are counted anew."))


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield one line for each place that a member answers for: an alarm, late reviews, or the next review."""
    if me.roles.isdisjoint(MAY_KNOW):
        return
    for row in upkeep.board(me.member)[0]:
        place, url = row.market.name[language()], url_for("places_board.place", market_id=row.market.id)
        if row.seen.is_alarm:
            yield OpenItem(_("%(place)s: more was noticed than usual. Look at it", place=place), url, Tone.OVERDUE)
        if late := len(row.overdue):
            what = ngettext(
                "%(place)s: %(num)d review is overdue", "%(place)s: %(num)d reviews are overdue", late, place=place
            )
            yield OpenItem(what, url, Tone.OVERDUE)
        elif row.to_hold and row.to_hold[0] <= today() + WEEK:
            what = _("%(place)s: hold the review by %(day)s", place=place, day=short_date(row.to_hold[0]))
            yield OpenItem(what, url, Tone.WAITING)

"""A resident writes a report and gets her code words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import current_app, render_template, request
from sqlalchemy.exc import OperationalError

from portal.core.db import db
from portal.core.errors import Refused
from portal.core.forms import new_token, only_changes_language
from portal.core.i18n import language
from portal.core.limits import address_key, may_try
from portal.core.molds import filled
from portal.core.recent import recent
from portal.core.web import PUBLIC, Room, log_error
from portal.markets.queries import NamedPlace, public_names
from portal.reports.actions import NewReport, keep_report, seal_report
from portal.reports.forms import ConfirmForm, ReportForm
from portal.reports.lanes import came_in_flood
from portal.reports.queries.readers import kinds_of_open_desks
from portal.reports.rules.triage import Category, Channel, desk_for
from portal.reports.texts import CATEGORIES, REFUSALS
from portal.reports.tickets import write_words

room = Room("reports", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/report")
MOST_BYTES = 3 * 1024 * 1024 // 2
"""More than a report may have: what is too long is told so with the text still in the form, not cut off."""
HOUR = 3600
UNFINISHED_PER_REPORT = 8
"""Forms with mistakes that one network address may send for each report: no shelter makes so many, a robot does."""


@room.before_request
def allow_long_forms() -> None:
    """Let a text that is far too long reach the form, which says so and keeps it."""
    request.max_content_length = request.max_form_memory_size = MOST_BYTES


@room.get("/")
def intake() -> str:
    """The form: the same for everybody but for its token, as long as places and desks stay the same."""
    markets = public_names()
    asked = request.args.get("place")
    chosen = asked if asked in {market.slug for market in markets} else None
    categories = _categories(markets)
    if not categories:
        return render_template("reports/closed.html")

    def render(words: Mapping[str, str]) -> str:
        form = ReportForm(markets, language(), categories)
        form.token.data, form.market.data = words["token"], chosen
        return _page(form)

    return filled(("report", tuple(markets), categories, chosen), {"token": new_token()}, render)


@room.post("/")
def send() -> tuple[str, int]:
    """Seal it, keep it, and show the code words once."""
    db.read_only()
    markets = recent("names of places", public_names)
    form = ReportForm(markets, language(), recent("categories of reports", lambda: _categories(markets)))
    if only_changes_language():
        form.name_help_again()
        return _page(form), 200
    if not form.validate():
        # What was chosen may be new since a moment ago.
        markets = public_names()
        form = _form(markets)
    if not form.validate():
        return (_page(form), 422) if _may_go_on() else (_page(form, problem="too_many"), 429)
    if not _may_send():
        return _page(form, problem="too_many"), 429
    try:
        sealed = seal_report(_new_report(form, markets), form.nonce)
        # Made before anything is written, so that whoever else writes waits for the disk only.
        receipt = _receipt(form, sealed.code)
        db.begin_writing()
        kept = keep_report(sealed)
    except Refused as refusal:
        return _page(form, problem=refusal.key), 409
    if kept.code_confirmed:
        # She had the words then. Whoever presses Back and sends the form again may be somebody else.
        return render_template("reports/confirmed.html", slips=(), again=True), 200
    return receipt, 200


@room.errorhandler(OperationalError)
def keep_words(error: OperationalError) -> tuple[str, int]:
    """The database is locked or full: say so, with everything that was typed still there."""
    log_error(error)
    # What cannot be written can still be read: the place that was chosen is not lost either.
    db.close()
    db.read_only()
    form = _form(public_names())
    form.look_for_urgent_words()
    return _page(form, problem="unsaved"), 503


def _form(markets: Sequence[NamedPlace]) -> ReportForm:
    return ReportForm(markets, language(), _categories(markets))


def _categories(markets: Sequence[NamedPlace]) -> tuple[Category, ...]:
    """What a report can be about now: nothing that nobody could read is asked for."""
    desks = kinds_of_open_desks()
    return tuple(key for key in CATEGORIES if desk_for(key) in desks and (markets or key is not Category.CONDUCT))


def _page(form: ReportForm, problem: str | None = None) -> str:
    return render_template("reports/form.html", form=form, problem=REFUSALS.get(problem or ""), kind=problem)


def _receipt(form: ReportForm, code: tuple[str, ...]) -> str:
    category = Category(form.category.data)
    words = {"token": new_token(), "shown": write_words(code)}
    words |= {str(place): word for place, word in enumerate(code)}

    def render(words: Mapping[str, str]) -> str:
        check = ConfirmForm(formdata=None)
        check.token.data, check.shown.data = words["token"], words["shown"]
        shown = [words[str(place)] for place in range(len(code))]
        return render_template("reports/receipt.html", code=shown, urgency=form.urgency, category=category, form=check)

    return filled(("receipt", form.urgency, category, len(code)), words, render)


def _new_report(form: ReportForm, markets: Sequence[NamedPlace]) -> NewReport:
    market = next((market for market in markets if market.slug == form.market.data), None)
    return NewReport(
        words=form.words,
        category=Category(form.category.data),
        channel=Channel.RELAY if form.relay.data else Channel.WEB,
        language=language(),
        market_id=market.id if market else None,
        urgent=bool(form.urgency),
        in_flood=came_in_flood(is_urgent=bool(form.urgency)),
    )


def _may_go_on() -> bool:
    settings = current_app.extensions["settings"]
    most = UNFINISHED_PER_REPORT * settings.reports_per_address
    return may_try("unfinished report", address_key(), most, HOUR)


def _may_send() -> bool:
    most: int = current_app.extensions["settings"].reports_per_address
    return may_try("report", address_key(), most, HOUR)

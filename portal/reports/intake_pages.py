"""The public report form: validation, help named before sending, filing, and the receipt with the code words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import OperationalError
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional, ValidationError

from portal.core.db import db
from portal.core.forms import PublicForm, at_most, new_token, only_changes_language, strip
from portal.core.i18n import language
from portal.core.limits import address_key, may_try
from portal.core.pii import PersonalDetail, giveaways_and_names
from portal.core.portal import current_portal
from portal.core.prerendered import filled
from portal.core.statuses import Refused
from portal.core.web import PUBLIC, AudienceBlueprint, log_error
from portal.markets.map.sheets import names_of_the_city
from portal.markets.places import NamedPlace, public_names
from portal.reports.intake import NewReport, came_in_flood, keep_report, seal_report
from portal.reports.reports import kinds_of_open_desks
from portal.reports.texts import CATEGORIES, REFUSALS
from portal.reports.tickets import write_words
from portal.reports.triage import Category, Channel, desk_for
from portal.reports.urgency import ReportWords, Urgency, all_urgent, says_only_race

LONGEST_REPORT = 20_000
LONGEST_LINE = 500
ELSEWHERE = "elsewhere"
BEFORE_SENDING = (Urgency.CRISIS, Urgency.OVERDOSE)
"""Help that is named before the report is sent, because nobody should wait for a page about these. Guns and fights are
mostly reported as something that goes on at a place: the receipt and the top of the form name 911, and no second
press delays such a report."""
RACE_ALONE = _l("Race alone does not help anybody. Please say what they did, wore or carried, or leave this empty.")
RACE_IN_PASSING = _l("Race alone does not help anybody. Please say it in other words, or leave this empty.")
RACE_INSTEAD = _l("Race alone does not help anybody. Please say what they do, and when.")


def _refuse_race_alone(text: str | None, reason: object) -> None:
    if says_only_race(text or ""):
        raise ValidationError(str(reason))


class ReportForm(PublicForm):
    """The report form: events, place and time first, and appearance last and optional.

    Behaviour comes first; a description by race alone is refused.
    """

    what = TextAreaField(
        _l("What is happening?"),
        filters=[strip],
        validators=[DataRequired(_l("Please write what is happening.")), at_most(LONGEST_REPORT)],
    )
    category = RadioField(_l("What is it about?"), validators=[InputRequired(_l("Please choose one."))])
    market = SelectField(_l("Which place?"), validate_choice=True)
    where = StringField(_l("Where exactly?"), filters=[strip], validators=[Optional(), at_most(LONGEST_LINE)])
    when = StringField(_l("When?"), filters=[strip], validators=[Optional(), at_most(LONGEST_LINE)])
    looks = TextAreaField(
        _l("What did they wear or carry?"), filters=[strip], validators=[Optional(), at_most(LONGEST_LINE)]
    )
    relay = BooleanField(_l("I am writing this for somebody else"))
    sure = BooleanField(_l("Send it as it is"))
    told = HiddenField()
    """The kinds of help that were named before sending, after words that call for them."""

    def __init__(
        self, markets: Sequence[NamedPlace], language: str, categories: Collection[Category], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.market.choices = [("", _l("Choose a place"))]
        self.market.choices += [(market.slug, market.name[language]) for market in markets]
        self.market.choices.append((ELSEWHERE, _l("Somewhere else")))
        self.category.choices = [(key.value, label) for key, label in CATEGORIES.items() if key in categories]
        self.found: tuple[PersonalDetail, ...] = ()
        self.urgency: tuple[Urgency, ...] = ()
        self.help_first: tuple[Urgency, ...] = ()

    def validate_what(self, field: TextAreaField) -> None:
        _refuse_race_alone(field.data, RACE_INSTEAD)

    def validate_where(self, field: StringField) -> None:
        _refuse_race_alone(field.data, RACE_IN_PASSING)

    def validate_when(self, field: StringField) -> None:
        _refuse_race_alone(field.data, RACE_IN_PASSING)

    def validate_looks(self, field: TextAreaField) -> None:
        _refuse_race_alone(field.data, RACE_ALONE)

    def validate(self, extra_validators: Any = None) -> bool:
        whole = super().validate(extra_validators)
        # Only if the lengths are valid: the patterns would take a second over a megabyte.
        self.found = giveaways_and_names(self.words.all_text, names_of_the_city) if whole else ()
        self.look_for_urgent_words()
        return whole and (bool(self.sure.data) or not self.found) and not self.help_first

    def name_help_again(self) -> None:
        """Name the same help again when the page is shown in the other language."""
        self.help_first = tuple(kind for kind in BEFORE_SENDING if kind in (self.told.data or "").split())

    def look_for_urgent_words(self) -> None:
        """Name 988 or 911 once before sending; the form carries back which were named."""
        self.urgency = all_urgent(self.words.all_text[: LONGEST_REPORT + 4 * LONGEST_LINE])
        told = (self.told.data or "").split()
        self.help_first = tuple(kind for kind in self.urgency if kind in BEFORE_SENDING and kind not in told)
        self.told.data = " ".join(kind for kind in self.urgency if kind in BEFORE_SENDING)

    @property
    def words(self) -> ReportWords:
        """The text of the report, as it will be sealed."""
        return ReportWords(self.what.data or "", self.where.data or "", self.when.data or "", self.looks.data or "")


class CodeWordsForm(PublicForm):
    """The code words, in any spelling."""

    code = TextAreaField(_l("Your code words"), filters=[strip])


class ConfirmTicketForm(CodeWordsForm):
    """The code words typed for confirmation; `shown` holds those on the page, encrypted by the server."""

    shown = HiddenField()


blueprint = AudienceBlueprint("reports", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/report")
MOST_BYTES = 3 * 1024 * 1024 // 2
"""More than a report may have, so that an overlong text is rejected by the form with the text kept, and not by the
server."""
HOUR = 3600
UNFINISHED_PER_REPORT = 8
"""Invalid forms that one network address may send for each allowed report: even a shelter sends fewer, a robot more."""


@blueprint.before_request
def allow_long_forms() -> None:
    """Let an overlong text reach the form, which rejects it and keeps it."""
    request.max_content_length = request.max_form_memory_size = MOST_BYTES


@blueprint.get("/")
def intake() -> str:
    """Show the form, the same for every visitor except for its token, while places and desks stay the same."""
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


@blueprint.post("/")
def send() -> tuple[str, int]:
    """Seal and store the report, and show the code words once."""
    db.read_only()
    markets = public_names()
    form = _form(markets)
    if only_changes_language():
        form.name_help_again()
        return _page(form), 200
    if not form.validate():
        if _desk_has_closed(form):
            return _page(form, problem="closed"), 409
        return (_page(form), 422) if _may_go_on() else (_page(form, problem="too_many"), 429)
    if not _may_send():
        return _page(form, problem="too_many"), 429
    try:
        sealed = seal_report(_new_report(form, markets), form.nonce)
        # Rendered before the write lock is taken, so that other writers wait for the disk only.
        receipt = _receipt(form, sealed.code)
        db.begin_writing()
        kept = keep_report(sealed)
    except Refused as refusal:
        return _page(form, problem=refusal.key), 409
    if kept.code_confirmed:
        # The resident had the words then. A different person may be pressing Back and sending the form again.
        return render_template("reports/confirmed.html", slips=(), again=True), 200
    return receipt, 200


@blueprint.errorhandler(OperationalError)
def keep_words(error: OperationalError) -> tuple[str, int]:
    """Answer a locked or full database with 503, and keep everything that was typed."""
    log_error(error)
    # Reading still works, so the chosen place is not lost either.
    db.close()
    db.read_only()
    form = _form(public_names())
    form.look_for_urgent_words()
    return _page(form, problem="unsaved"), 503


def _desk_has_closed(form: ReportForm) -> bool:
    """Return whether nothing is wrong but that the desk of this category has closed since the form was opened."""
    return set(form.errors) == {"category"} and form.category.data in list(CATEGORIES)


def _form(markets: Sequence[NamedPlace]) -> ReportForm:
    return ReportForm(markets, language(), _categories(markets))


def _categories(markets: Sequence[NamedPlace]) -> tuple[Category, ...]:
    """Return the categories that can be reported now: those whose desk is open."""
    desks = kinds_of_open_desks()
    return tuple(key for key in CATEGORIES if desk_for(key) in desks and (markets or key is not Category.CONDUCT))


def _page(form: ReportForm, problem: str | None = None) -> str:
    return render_template("reports/form.html", form=form, problem=REFUSALS.get(problem or ""), kind=problem)


def _receipt(form: ReportForm, code: tuple[str, ...]) -> str:
    category = Category(form.category.data)
    words = {"token": new_token(), "shown": write_words(code)}
    words |= {str(place): word for place, word in enumerate(code)}

    def render(words: Mapping[str, str]) -> str:
        check = ConfirmTicketForm(formdata=None)
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
    settings = current_portal.settings
    most = UNFINISHED_PER_REPORT * settings.reports_per_address
    return may_try("unfinished report", address_key(), most, HOUR)


def _may_send() -> bool:
    most: int = current_portal.settings.reports_per_address
    return may_try("report", address_key(), most, HOUR)

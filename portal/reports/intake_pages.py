"""The public report form: validation, help named before sending, filing, and the receipt with the code words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from flask import render_template, request
from flask_babel import gettext as _, lazy_gettext as _l
from markupsafe import Markup
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from portal.core.db import db
from portal.core.editing import line, lines
from portal.core.files.uploads import bound_files
from portal.core.forms import PublicForm, new_token, only_changes_language, refuse, strip
from portal.core.i18n import language
from portal.core.limits import address_key, count_event, may_try
from portal.core.page_cache import filled, shared
from portal.core.pii import PersonalDetail, personal_details_and_names
from portal.core.portal import Hook, current_portal
from portal.core.reading.danger import Urgency, call_for_help
from portal.core.statuses import UNSAVED, Refused
from portal.core.web import PUBLIC, AudienceBlueprint
from portal.markets.map.drawing import city_map
from portal.markets.map.sheets import has_city_sheet, names_of_the_city
from portal.markets.places import NamedPlace, public_markets, public_names
from portal.reports import attachments, intake as filing
from portal.reports.attachments import Attachment, FilesTold, FormWithFiles, read_files, told_of_files
from portal.reports.code import Candidate, holds_code, readings
from portal.reports.intake import SHOWN_WORDS, NewReport, is_room_for_files, keep_report, seal_report
from portal.reports.reports import Thread, kinds_of_open_desks
from portal.reports.texts import CATEGORIES, REFUSALS
from portal.reports.triage import Category, Channel, desk_for
from portal.reports.words import CloseDetail, ReportWords, says_only_race, to_ask_about
from portal.reports.worklist import TURNED_AWAY

LONGEST_REPORT = 20_000
LONGEST_LINE = 500
ELSEWHERE = "_elsewhere"
"""No slug of a place: those have no underscore."""
SHOW_MAP = "show_map"
"""The button that shows the form again with a map."""
BEFORE_SENDING = (Urgency.CRISIS, Urgency.OVERDOSE)
"""Help that is named before the report is sent, because nobody should wait for a page about these. Guns and fights are
mostly reported as something that goes on at a place: the receipt and the top of the form name 911, and no second
press delays such a report."""
CHOSEN = [InputRequired(_l("Please choose one."))]
RACE_ALONE = _l("Race alone does not help anybody. Please say what they do, wear or carry.")
OR_NOTHING = _l("Race alone does not help anybody. Please say it in other words, or leave this empty.")
CODE_WORDS_HERE = _l("Please take your code words out of here. Not your code words? Say it in other words.")


class FormWithWords(FormWithFiles):
    """A form whose texts must not hold the code words of a report, which are never stored, nor race alone."""

    holds_code = False

    def look_through(self, field: Field) -> None:
        """Refuse code words, and note it, since the page says where they open the report; then a race alone."""
        text = (field.data or "")[:LONGEST_REPORT]
        if holds_code(text) or (readings(text) and filing.report_opened_by(text)):
            self.holds_code = True
            refuse(CODE_WORDS_HERE)
        if says_only_race(field.data or ""):
            refuse(RACE_ALONE if field.name == "what" else OR_NOTHING)


class Choices(NamedTuple):
    """What the form offers: places, the categories whose desk is open, and whether there is a map."""

    markets: tuple[NamedPlace, ...]
    categories: tuple[Category, ...]
    has_map: bool


class ReportForm(FormWithWords):
    """Events, place and time come first, appearance last and optional; a description by race alone is refused."""

    what = lines(_l("What is happening?"), LONGEST_REPORT)
    category = RadioField(_l("What is it about?"), CHOSEN)
    market = SelectField(_l("Which place?"), validate_choice=True, filters=[lambda chosen: chosen or ""])
    """On a map nothing is sent if no place was chosen."""
    where, when = line(_l("Where exactly?"), LONGEST_LINE), line(_l("When?"), LONGEST_LINE)
    looks = lines(_l("What did they wear or carry?"), LONGEST_LINE)
    relay = BooleanField(_l("I am writing this for somebody else"))
    sure = BooleanField(_l("Send it as it is"))
    told = HiddenField()
    """The kinds of help that were named before sending, after words that call for them."""
    on_map = HiddenField()
    """Whether the place is chosen on a map instead of from a list."""

    def __init__(self, choices: Choices) -> None:
        super().__init__()
        named = [(market.slug, market.name[language()]) for market in choices.markets]
        self.market.choices = [("", _l("Choose a place")), *named, (ELSEWHERE, _l("Somewhere else"))]
        self.category.choices = [(key.value, label) for key, label in CATEGORIES.items() if key in choices.categories]
        self.has_map = choices.has_map
        self.found: tuple[PersonalDetail | CloseDetail, ...] = ()
        self.urgency: tuple[Urgency, ...] = ()
        self.is_pressing = False
        self.help_first: tuple[Urgency, ...] = ()

    def validate_what(self, field: TextAreaField) -> None:
        if not field.data and not self.files:
            refuse(_l("Please write what is happening, or add a voice note or a picture below."))
        self.look_through(field)

    validate_where = validate_when = validate_looks = FormWithWords.look_through

    def validate(self, extra_validators: Any = None) -> bool:
        whole = super().validate(extra_validators)
        # Only if the lengths are valid: the patterns would take a second over a megabyte.
        if whole:
            text, of_police = self.words.all_text, self.category.data == Category.CONDUCT
            details = personal_details_and_names(text, names_of_the_city)
            self.found = to_ask_about(details, text, of_police=of_police)
        self.look_for_urgent_words()
        return whole and (bool(self.sure.data) or not self.found) and not self.help_first

    def look_for_urgent_words(self) -> None:
        """Name 988 or 911 once before sending; the form carries back which were named."""
        text = self.words.all_text[: LONGEST_REPORT + 4 * LONGEST_LINE]
        self.urgency, self.is_pressing = call_for_help(text)
        told = (self.told.data or "").split()
        before = [kind for kind in self.urgency if kind in BEFORE_SENDING and self.is_pressing]
        self.help_first = tuple(kind for kind in before if kind not in told)
        self.told.data = " ".join(kind for kind in self.urgency if kind in BEFORE_SENDING)

    @property
    def tells_more(self) -> bool:
        """Return whether one of the optional fields that the page folds away is filled in or wrong."""
        return bool(self.files) or any(field.data or field.errors for field in (self.when, self.looks, self.relay))

    @property
    def words(self) -> ReportWords:
        return ReportWords(self.what.data or "", self.where.data or "", self.when.data or "", self.looks.data or "")


class AlertPart(NamedTuple):
    """What a page says first of being told of answers, and the part in which a resident asks for it."""

    said: Markup = Markup()
    block: Markup = Markup()


ALERTS: Hook[Callable[[Thread | None, Mapping[str, str]], AlertPart]] = Hook("asking to be told of an answer")
"""Returns what a page shows of being told of answers, nothing where that cannot be. There is no thread on a receipt
that is kept for all residents. The mapping has the values of the hidden fields that stand for the code words."""


def alert_part(thread: Thread | None, **carried: str) -> AlertPart:
    return next((part(thread, carried) for part in ALERTS.plugged()), AlertPart())


class CodeWordsForm(PublicForm):
    code = TextAreaField(_l("Your code words"), filters=[strip])


class ConfirmTicketForm(CodeWordsForm):
    """The code words typed for confirmation; `shown` holds those on the page, encrypted by the server."""

    shown = HiddenField()


blueprint = AudienceBlueprint("reports", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/report")
MOST_BYTES = 3 * 1024 * 1024 // 2
"""More than a report may have, so that an overlong text is rejected by the form with the text kept, and not by the
server."""
UNFINISHED_PER_REPORT = 8
"""Invalid forms that one network address may send for each allowed report: even a shelter sends fewer, a robot more."""


def make_room() -> None:
    """Set the limits of a form with a report: for its words, and if it may have some, for its files."""
    request.max_content_length = request.max_form_memory_size = MOST_BYTES
    if request.mimetype == "multipart/form-data":
        request.max_content_length = attachments.MOST_FORM_BYTES
        bound_files(attachments.MOST_ATTACHMENT_BYTES)
        # Read before the first query: it takes as long as the sender's line does.
        _files = request.files


blueprint.after_request(attachments.allow_microphone)
blueprint.before_request(make_room)


@blueprint.get("/")
def intake() -> str:
    """Show the form, the same for every visitor except for its token, while places and desks stay the same."""
    choices = _choices()
    if not choices.categories:
        return render_template("reports/closed.html")
    place = request.args.get("place")
    chosen = place if place in {market.slug for market in choices.markets} else None

    def render(words: Mapping[str, str]) -> str:
        form = ReportForm(choices)
        form.token.data, form.market.data = words["token"], chosen
        return _page(form)

    return filled(("report", choices, chosen), {"token": new_token()}, render)


@blueprint.post("/")
def send() -> tuple[str, int]:
    db.read_only()
    choices = _choices()
    form = ReportForm(choices)
    if only_changes_language() or SHOW_MAP in request.form:
        form.on_map.data = "y" if SHOW_MAP in request.form else form.on_map.data
        form.help_first = tuple(kind for kind in BEFORE_SENDING if kind in (form.told.data or "").split())
        return _page(form), 200
    most = current_portal.settings.reports_per_address
    if not form.validate():
        if set(form.errors) == {"category"} and form.category.data in list(CATEGORIES):
            # Nothing is wrong but that the desk of this category has closed since the form was opened.
            return _page(form, problem="closed"), 409
        may_go_on = may_try("unfinished report", address_key(), UNFINISHED_PER_REPORT * most, filing.HOUR)
        return (_page(form), 422) if may_go_on else (_page(form, problem="too_many"), 429)
    if not may_try("report", address_key(), most, filing.HOUR):
        count_event(TURNED_AWAY, filing.DAY)
        return _page(form, problem="too_many"), 429
    if files := form.files:
        # It takes seconds, for which no connection is held.
        db.close()
    made, told = read_files(files, is_room=is_room_for_files)
    if not form.what.data and (told.voice_lost or not made):
        # The files were all of the report.
        field, lost = (form.what, told.voice_lost) if told.voice_lost else (form.pictures, None)
        field.errors = [attachments.voice_lost(lost)] if lost else told_of_files(told)
        return _page(form), 422
    try:
        sealed = seal_report(_new_report(form, choices.markets, made, told), form.nonce)
        # Rendered before the write lock is taken, so that other writers wait for the disk only.
        receipt = _receipt(form, sealed.code, told)
        db.begin_writing()
        before = keep_report(sealed)
    except Refused as refusal:
        return _page(form, problem=refusal.key), 409
    if before and before.code_confirmed:
        # The resident had the words then. A different person may be pressing Back and sending the form again.
        page = {"slips": (), "again": True, "alert": AlertPart(), "files": told_of_files(told)}
        return render_template("reports/confirmed.html", **page), 200
    return receipt, 200


@blueprint.keep_words
def unsaved() -> str:
    form = ReportForm(_choices())
    form.look_for_urgent_words()
    return _page(form, problem="unsaved")


def _choices() -> Choices:
    """Return what can be chosen now; while the database is away what could be chosen before, so that the form shows."""
    try:
        return shared(_choices_now)
    except UNSAVED:
        db.close()
    nothing = (None, Choices((), tuple(CATEGORIES), has_map=False))
    return cast(Choices, current_portal.page_cache.read.get((_choices_now, ()), nothing)[1])


def _choices_now() -> Choices:
    markets, desks = tuple(public_names()), kinds_of_open_desks()
    may = (key for key in CATEGORIES if desk_for(key) in desks and (markets or key is not Category.CONDUCT))
    return Choices(markets, tuple(may), has_city_sheet())


def _page(form: ReportForm, problem: str | None = None) -> str:
    # Only for whoever asks: it weighs more than all the rest of the page.
    drawing = city_map(public_markets()) if form.on_map.data and problem != "unsaved" else None
    shown = {"map": drawing, "has_map": form.has_map, "problem": REFUSALS.get(problem or ""), "kind": problem}
    return render_template("reports/form.html", form=form, **shown)


def _new_report(
    form: ReportForm, markets: Sequence[NamedPlace], made: tuple[Attachment, ...], told: FilesTold
) -> NewReport:
    words = form.words
    if form.files.voice and not words.what:
        # Where somebody only spoke, it says so: lists at the desk begin with it.
        words = replace(words, what=_("Voice note, %(seconds)s seconds.", seconds=told.voice_seconds))
    return NewReport(
        words=words,
        category=Category(form.category.data),
        channel=Channel.RELAY if form.relay.data else Channel.WEB,
        language=language(),
        market_id=next((market.id for market in markets if market.slug == form.market.data), None),
        urgent=form.is_pressing,
        in_flood=filing.came_in_flood(form.words.all_text, is_urgent=form.is_pressing),
        attachments=made,
    )


def _receipt(form: ReportForm, code: Candidate, told: FilesTold) -> str:
    category, relay = Category(form.category.data), bool(form.relay.data)
    words = {"token": new_token(), "shown": SHOWN_WORDS.write(code)}
    words |= {str(place): word for place, word in enumerate(code)}

    def render(words: Mapping[str, str]) -> str:
        shown = [words[str(place)] for place in range(len(code))]
        part = alert_part(None, token=words["token"], shown=words["shown"])
        about = {"urgency": form.urgency, "category": category, "relay": relay}
        return receipt_page(shown, part, told, about, token=words["token"], shown=words["shown"])

    return filled(("receipt", form.urgency, category, relay, len(code), told), words, render)


def receipt_page(
    code: Sequence[str], part: AlertPart, told: FilesTold, about: Mapping[str, object], *, shown: str, token: str = ""
) -> str:
    """Return the page with the code words; `shown` holds them encrypted, `about` what the report is about."""
    check = ConfirmTicketForm(formdata=None, data={"shown": shown})
    check.token.data = token or check.token.data
    files = {"files": told_of_files(told), "is_lost": told.is_lost}
    return render_template("reports/receipt.html", code=code, form=check, alert=part, **files, **about)

"""Pages of series: the public page with its feeds, and pages for organizers to begin, change and end a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext as _, lazy_gettext as _l, ngettext
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.accounts.sign_in import current_user
from portal.core import editing
from portal.core.clock import now, today, zone
from portal.core.db import numbered_page, one
from portal.core.editing import Both, EditorForm, pressed
from portal.core.forms import DateField, FormPage, whole_number
from portal.core.i18n import language
from portal.core.slugs import address_here
from portal.core.statuses import Refused
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.markets.texts import names_hidden_place, texts_name_hidden_place
from portal.meetings import feeds, planning, series as all_series
from portal.meetings.evenings import span_on
from portal.meetings.forms import CancelForm, GivesReason, field_name
from portal.meetings.lists import places_of
from portal.meetings.meeting import PAGE, PLANNERS, editable_meeting
from portal.meetings.readiness import OfferAnswer, missing, said_once, wrong_dates
from portal.meetings.rsvp.rsvp import reach_in_words, standing_reach
from portal.meetings.series import Series, Wanted, ahead_of, editable_series, holiday_name, public_series, repeats
from portal.meetings.series_rules import MOST_TIMES, rhythm_named, rhythms_from
from portal.meetings.suggestions import conflicts
from portal.meetings.texts import SHORT_ANSWERS, WRONG_DATES

OPEN, UNTIL, TIMES = "open", "until", "times"
ASKED = SHORT_ANSWERS[OfferAnswer.ASKED]


class RhythmForm(GivesReason, EditorForm):
    """Form for the rhythm of a series. Only previewed dates are saved: after another choice they are shown first."""

    first_on = DateField(_l("First day"), validators=[Optional()])
    rhythm = RadioField(_l("How often"), validators=[Optional()])
    ends = RadioField(
        _l("When does it end?"),
        choices=[
            SelectChoice(OPEN, _l("It goes on until we end it")),
            SelectChoice(UNTIL, _l("On a day")),
            SelectChoice(TIMES, _l("After so many meetings")),
        ],
        default=OPEN,
    )
    until_on = DateField(_l("Last day"), validators=[Optional()])
    times = whole_number(_l("How many meetings"), 2, MOST_TIMES, optional=True)
    skips_holidays = BooleanField(_l("Leave out holidays, later too"), default=True)
    hold = SelectMultipleField(
        _l("These are the dates. Uncheck what you want to leave out."),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        choices=[],
        validate_choice=False,
    )
    reason = Both(editing.lines, _l("Why the dates change"), 500)
    shown = HiddenField()

    def __init__(self, first_on: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.first_on.data is None:
            self.first_on.data = first_on
        rhythms = rhythms_from(self.first_on.data)
        self.rhythm.choices = [SelectChoice(rhythm.key, repeats(rhythm)) for rhythm in rhythms]

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        until_on, first_on = self.until_on.data, self.first_on.data
        if not self.rhythm.errors and not self.rhythm.data:
            self.complain("rhythm", _l("Please choose how often."))
        if first_on and first_on <= today():
            self.complain("first_on", all_series.REFUSALS["series_in_past"])
        if self.ends.data == UNTIL and not self.until_on.errors and (until_on is None or until_on <= first_on):
            self.complain("until_on", _l("Please choose a day after the first one."))
        if self.ends.data == TIMES and not self.times.errors and not self.times.data:
            self.complain("times", _l("Please say how many."))
        return whole and not self.errors

    @property
    def wanted(self) -> Wanted:
        """The chosen rhythm, end and left out days. Raises `ValueError` unless the form is valid."""
        rhythm = rhythm_named(self.rhythm.data, self.first_on.data)
        if rhythm is None:
            raise ValueError("the form must be valid")
        wanted = Wanted(
            rhythm,
            self.first_on.data,
            self.until_on.data if self.ends.data == UNTIL else None,
            self.times.data if self.ends.data == TIMES else None,
            bool(self.skips_holidays.data),
        )
        days = wanted.days()
        if self.was_shown:
            left_out = frozenset(day for day in days if day.isoformat() not in (self.hold.data or ()))
        else:
            left_out = frozenset(day for day in days if wanted.skips_holidays and holiday_name(day))
        return replace(wanted, left_out=left_out)

    @property
    def was_shown(self) -> bool:
        """Whether the dates of exactly this choice were previewed."""
        return bool(self.shown.data) and self.shown.data == self._choice

    @property
    def _choice(self) -> str:
        parts = (self.first_on, self.rhythm, self.ends, self.until_on, self.times, self.skips_holidays)
        return " ".join(str(part.data) for part in parts)

    def show(self, wanted: Wanted, taken: Mapping[date, Sequence[str]] | None = None, *, fixed: bool) -> None:
        """Preview the dates with a checkbox for each and conflicts on it; `fixed`: the first date exists already."""
        days = wanted.days()[1:] if fixed else wanted.days()
        self.hold.choices = []
        for day in days:
            # Its conflicts, or at least the name of a holiday.
            about = (taken or {}).get(day) or filter(None, [holiday_name(day)])
            self.hold.choices.append(SelectChoice(day.isoformat(), " · ".join([format_date(day, "full"), *about])))
        self.hold.data = [day.isoformat() for day in days if day not in wanted.left_out]
        self.shown.data = self._choice


public_blueprint = AudienceBlueprint("series", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/meetings/series")
public_blueprint.app_template_filter("repeats")(repeats)


@public_blueprint.get("/<slug>/")
@shared_page
def page(slug: str) -> str:
    series = one(public_series(Series.slug == slug))
    dates = all_series.public_dates(series)
    ahead = [meeting for _slot_on, meeting in dates]
    return render_template(
        "meetings/series/page.html",
        series=series,
        dates=ahead,
        following=next((meeting for meeting in ahead if not meeting.is_cancelled), None),
        standing_out=places_of(series, dates),
        calendar=address_here("series.calendar", slug=slug),
    )


@public_blueprint.get("/<slug>.ics")
@shared_page
def calendar(slug: str) -> Response:
    series = one(public_series(Series.slug == slug))
    file = feeds.calendar_file(all_series.calendar_of(series), series.title[language()])
    return Response(file, content_type=feeds.CONTENT_TYPE)


series_blueprint = AudienceBlueprint(
    "meetings_series", __name__, audience=members(*PLANNERS), url_prefix="/<lang:lang>/team/meetings/series"
)


@series_blueprint.get("/")
def index() -> str:
    page = editing.page_asked()
    newest_first = all_series.known_series(current_user.id).order_by(Series.created_at.desc(), Series.id)
    listed, more = numbered_page(newest_first, page, PAGE)
    rows = [(series, next((meeting for _day, meeting in ahead_of(series)), None)) for series in listed]
    return render_template("meetings/series/index.html", rows=rows, page=page, more=more)


@series_blueprint.route("/from/<int:meeting_id>", methods=["GET", "POST"])
def begin(meeting_id: int) -> ResponseReturnValue:
    """Ask how a meeting repeats, and preview the dates; once they are confirmed, create the series."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    first_on, has_begun = meeting.held_on, meeting.starts_at is not None and meeting.starts_at <= now()
    if first_on is None or has_begun or meeting.is_cancelled or all_series.slot_of(meeting) is not None:
        raise Refused("series_no_start")
    form = RhythmForm(first_on)
    form.first_on.data = first_on
    if form.validate_on_submit():
        wanted = form.wanted
        if pressed() == "save" and form.was_shown:
            series = planning.begin_series(meeting, wanted, current_user.id)
            page = url_for("meetings_series.page", series_id=series.id)
            return editing.done(page, _("The dates are made. Each one is a meeting of its own."))
        spans = {day: span_on(day, *meeting.hours, zone()) for day in wanted.days()} if meeting.hours else {}
        taken = conflicts({day: (span, meeting.id) for day, span in spans.items() if span}, current_user.id)
        form.show(wanted, taken, fixed=True)
    page = render_template("meetings/series/begin.html", form=form, meeting=meeting, asked=ASKED)
    return page, form.http_status if form.errors else 200


@series_blueprint.get("/<int:series_id>", endpoint="page")
def series_page(series_id: int) -> str:
    return _team_page(editable_series(series_id, current_user.id))


def _team_page(series: Series, *, refused: bool = False) -> str:
    dates = all_series.dates_of(series)
    held = [dated for dated in dates if dated.meeting is not None and (dated.meeting.ends_at or now()) >= now()]
    drafts = [meeting for _day, meeting in ahead_of(series) if meeting.is_draft]
    # The drafts ahead that cannot be published, each with the names and labels of the fields at fault.
    lacking = []
    for meeting in drafts:
        wrong = (WRONG_DATES[key][0] for key in wrong_dates(meeting.plan, now(), zone()))
        fields = dict.fromkeys([*said_once(missing(meeting.plan), language()), *wrong])
        if fields:
            lacking.append((meeting, [(name, field_name(name)) for name in fields]))
    return render_template(
        "meetings/series/team.html",
        series=series,
        dates=held,
        left_out=[dated.slot_on for dated in dates if dated.meeting is None and dated.slot_on >= today()],
        drafts=sum(dated.meeting.is_draft for dated in held if dated.meeting),
        lacking=lacking,
        refused=refused,
    )


@series_blueprint.post("/<int:series_id>/publish")
def publish(series_id: int) -> ResponseReturnValue:
    """Publish all dates that are complete; if none is, name what each of them lacks."""
    series = editable_series(series_id, current_user.id, to_change=True)
    texts = [text for _day, meeting in ahead_of(series) if meeting.is_draft for text in meeting.texts.values()]
    halves = [half for text in texts for half in (text.en, text.es)]
    if texts_name_hidden_place(halves, current_user.id, series.market_id):
        raise Refused("series_names_hidden")
    try:
        left = planning.publish_series(series, current_user.id)
    except Refused as error:
        if error.key != "meeting_gaps":
            raise
        return _team_page(series, refused=True), 409
    flash(_("Published in both languages."), "success")
    if left:
        flash(ngettext("%(num)s date still lacks something.", "%(num)s dates still lack something.", left), "warning")
    return redirect(url_for("meetings_series.page", series_id=series_id))


@series_blueprint.route("/<int:series_id>/rhythm", methods=["GET", "POST"])
def rhythm(series_id: int) -> ResponseReturnValue:
    """Preview the changes to each date; once they are confirmed, apply them."""
    series = editable_series(series_id, current_user.id, to_change=request.method == "POST")
    days = (day for day, _meeting in ahead_of(series) if day > today())
    form = RhythmForm(next(days, today() + timedelta(days=1)))
    becomes = None
    if not form.is_submitted():
        form.rhythm.data = series.rhythm.key
        form.ends.data = UNTIL if series.until_on else TIMES if series.times else OPEN
        form.until_on.data, form.times.data = series.until_on, series.times
        form.skips_holidays.data = series.skips_holidays
    elif form.validate():
        wanted = form.wanted
        becomes, meetings = all_series.what_becomes(series, wanted), dict(ahead_of(series, wanted.begins))
        if pressed() == "save" and form.was_shown:
            announced = [meetings[day] for day in becomes.touched if not meetings[day].is_draft]
            lacks_reason = bool(announced) and form.asks_for_reason()
            if not lacks_reason and not names_hidden_place(form, current_user.id, series.market_id):
                planning.change_rhythm(series, wanted, form.given_reason, current_user.id)
                flash(_("Saved. The page and the calendars are up to date."), "success")
                if announced:
                    flash(reach_in_words(*map(standing_reach, announced)))
                return redirect(url_for("meetings_series.page", series_id=series_id))
        form.show(wanted, fixed=False)
    page = render_template("meetings/series/rhythm.html", form=form, series=series, becomes=becomes)
    return page, form.http_status if form.errors else 200


@series_blueprint.route("/<int:series_id>/end", methods=["GET", "POST"])
def end(series_id: int) -> ResponseReturnValue:
    """Ask for the reason if people were told of a date; cancel the published dates ahead and delete the drafts."""
    series = editable_series(series_id, current_user.id, to_change=request.method == "POST")
    form, dates = CancelForm(), [meeting for _day, meeting in ahead_of(series)]
    announced = any(not meeting.is_draft for meeting in dates)
    is_whole = form.validate_on_submit() and not (announced and form.asks_for_reason())
    if not is_whole or names_hidden_place(form, current_user.id, series.market_id):
        words = ngettext(
            "%(num)s date that is still to come is canceled, and no more are made. This cannot be undone.",
            "%(num)s dates that are still to come are canceled, and no more are made. This cannot be undone.",
            len(dates),
        )
        return FormPage(
            _("End the series"),
            _("End the series"),
            [words],
            template="meetings/reason.html",
            lead=series.title[language()] or series.title.en or series.title.es,
            eyebrow=repeats(series.rhythm),
            back=(url_for("meetings_series.page", series_id=series_id), _("Back")),
            danger=True,
        ).show(form)
    planning.end_series(series, form.given_reason, current_user.id)
    flash(_("The series has ended."), "success")
    if announced:
        flash(reach_in_words(*map(standing_reach, dates)))
    return redirect(url_for("meetings_series.page", series_id=series_id))

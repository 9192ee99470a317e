"""Pages of series: the public page with its feeds, and pages for organizers to begin, change and end a series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.accounts.sign_in import current_user
from portal.core.clock import now, today, zone
from portal.core.editing import EditorForm, english, lines, page_asked, spanish
from portal.core.forms import DateField, FormPage, IntegerField
from portal.core.i18n import language
from portal.core.slugs import address_here
from portal.core.statuses import Refused
from portal.core.web import PUBLIC, AudienceBlueprint, members, shared_page
from portal.markets.texts import names_hidden_place, texts_name_hidden_place
from portal.meetings import series_steps
from portal.meetings.desk import taken_on
from portal.meetings.feeds import CONTENT_TYPE, calendar_file
from portal.meetings.forms import WHY, GivesReason, MeetingForm
from portal.meetings.meeting import Meeting, editable_meeting
from portal.meetings.readiness import OfferAnswer, missing, said_once, wrong_dates
from portal.meetings.rsvp.rsvp import AnswerReach, reach_in_words, standing_reach
from portal.meetings.series import (
    REFUSALS,
    Series,
    Wanted,
    ahead_of,
    calendar_of,
    change_begins,
    dates_of,
    day_of_month,
    editable_series,
    holiday_name,
    listed,
    listed_series,
    public_dates,
    public_series,
    repeats,
    rhythm_words,
    series_feed,
    slot_of,
    what_becomes,
)
from portal.meetings.series_rules import MOST_TIMES, Rehung, Rhythm, rhythm_named, rhythms_from
from portal.meetings.texts import SHORT_ANSWERS, WRONG_DATES

OPEN, UNTIL, TIMES = "open", "until", "times"
ENDS = {
    OPEN: _l("It goes on until we end it"),
    UNTIL: _l("On a day"),
    TIMES: _l("After so many meetings"),
}
ASKED = SHORT_ANSWERS[OfferAnswer.ASKED]
WHY_OTHER_DATES = _l("Why the dates change")


class RhythmForm(GivesReason, EditorForm):
    """Form for the rhythm of a series.

    Only previewed dates are saved: after another choice they are shown first.
    """

    first_on = DateField(_l("First day"), validators=[Optional()])
    rhythm = RadioField(_l("How often"), validators=[Optional()])
    ends = RadioField(
        _l("When does it end?"), choices=[SelectChoice(key, label) for key, label in ENDS.items()], default=OPEN
    )
    until_on = DateField(_l("Last day"), validators=[Optional()])
    times = IntegerField(
        _l("How many meetings"),
        validators=[
            Optional(),
            NumberRange(2, MOST_TIMES, _l("Please write a number from %(min)d to %(max)d.")),
        ],
    )
    skips_holidays = BooleanField(_l("Leave out holidays, later too"), default=True)
    hold = SelectMultipleField(
        _l("These are the dates. Uncheck what you want to leave out."),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validate_choice=False,
    )
    reason_en, reason_es = lines(english(WHY_OTHER_DATES), 500), lines(spanish(WHY_OTHER_DATES), 500)
    shown = HiddenField()

    def __init__(self, first_on: date, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.first_on.data is None:
            self.first_on.data = first_on
        rhythms = rhythms_from(self.first_on.data)
        self.rhythm.choices = [SelectChoice(one.key, rhythm_words(one)) for one in rhythms]
        self.hold.choices = []

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if not self.rhythm.errors and not self.rhythm.data:
            self.complain("rhythm", _l("Please choose how often."))
        if self.first_on.data and self.first_on.data <= today():
            self.complain("first_on", REFUSALS["series_in_past"])
        if self.ends.data == UNTIL and not self.until_on.errors and not self._ends_later():
            self.complain("until_on", _l("Please choose a day after the first one."))
        if self.ends.data == TIMES and not self.times.errors and not self.times.data:
            self.complain("times", _l("Please say how many."))
        return whole and not self.errors

    def _ends_later(self) -> bool:
        return self.until_on.data is not None and self.until_on.data > self.first_on.data

    def take(self, series: Series) -> None:
        """Fill the form with the stored rhythm."""
        self.rhythm.data = series.rhythm.key
        self.ends.data = UNTIL if series.until_on else TIMES if series.times else OPEN
        self.until_on.data, self.times.data = series.until_on, series.times
        self.skips_holidays.data = series.skips_holidays

    @property
    def chosen(self) -> Rhythm:
        found = rhythm_named(self.rhythm.data, self.first_on.data)
        if found is None:
            raise ValueError("the form must be valid")
        return found

    @property
    def wanted(self) -> Wanted:
        """The chosen rhythm, end and left out days. The form must be valid."""
        whole = Wanted(
            self.chosen,
            self.first_on.data,
            self.until_on.data if self.ends.data == UNTIL else None,
            self.times.data if self.ends.data == TIMES else None,
            bool(self.skips_holidays.data),
        )
        return Wanted(**vars(whole) | {"left_out": self._left_out(whole.days())})

    def _left_out(self, days: Sequence[date]) -> frozenset[date]:
        if self.was_shown:
            return frozenset(day for day in days if day.isoformat() not in (self.hold.data or ()))
        return frozenset(day for day in days if self.skips_holidays.data and holiday_name(day))

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
        taken = taken or {}
        self.hold.choices = [SelectChoice(day.isoformat(), _day_words(day, taken.get(day, ()))) for day in days]
        self.hold.data = [day.isoformat() for day in days if day not in wanted.left_out]
        self.shown.data = self._choice


def _day_words(day: date, taken: Sequence[str]) -> str:
    """Return a date with its conflicts, or at least the name of a holiday."""
    holiday = holiday_name(day)
    return " · ".join([format_date(day, "full"), *(taken or ([holiday] if holiday else []))])


class SeriesEndForm(GivesReason, EditorForm):
    """Form for the reason of ending a series; not needed while all its dates are drafts."""

    reason_en, reason_es = lines(english(WHY), 500), lines(spanish(WHY), 500)


public_blueprint = AudienceBlueprint("series", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/meetings/series")
public_blueprint.app_template_filter("repeats")(repeats)
public_blueprint.app_template_filter("day_of_month")(day_of_month)


@public_blueprint.get("/<slug>/")
@shared_page
def page(slug: str) -> str:
    """Show the rhythm, the next date and all dates ahead, including cancelled ones."""
    found = public_series(slug)
    ahead = public_dates(found, Meeting.ends_at > now())
    following = next((meeting for meeting in ahead if not meeting.is_cancelled), None)
    standing_out = {one.meeting.id for one in listed(ahead)}
    return render_template(
        "meetings/series/page.html",
        series=found,
        dates=ahead,
        following=following,
        standing_out=standing_out,
        calendar=address_here("series.calendar", slug=slug),
    )


@public_blueprint.get("/<slug>.ics")
@shared_page
def calendar(slug: str) -> Response:
    """Send the dates as a calendar to subscribe to."""
    found = public_series(slug)
    return Response(calendar_file(calendar_of(found), found.title[language()]), content_type=CONTENT_TYPE)


@public_blueprint.get("/<slug>.atom")
@shared_page
def feed(slug: str) -> Response:
    """Send the dates as an Atom feed."""
    return series_feed(public_series(slug))


series_blueprint = AudienceBlueprint(
    "meetings_series",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/series",
)


@series_blueprint.get("/")
def index() -> str:
    """List series, each with its next date."""
    rows, page = [], page_asked()
    found, more = listed_series(current_user.id, page)
    for series in found:
        dates = ahead_of(series)
        rows.append((series, dates[0][1] if dates else None))
    return render_template("meetings/series/index.html", rows=rows, page=page, more=more)


@series_blueprint.route("/from/<int:meeting_id>", methods=["GET", "POST"])
def begin(meeting_id: int) -> ResponseReturnValue:
    """Ask how a meeting repeats, and preview the dates; once they are confirmed, create the series."""
    meeting, first_on = _beginning(editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST"))
    form = RhythmForm(first_on)
    form.first_on.data = first_on
    if not form.validate_on_submit():
        return render_template("meetings/series/begin.html", form=form, meeting=meeting, asked=ASKED), form.http_status
    wanted = form.wanted
    if _then() != "save" or not form.was_shown:
        form.show(wanted, taken_on(wanted.days(), meeting, current_user.id), fixed=True)
        return render_template("meetings/series/begin.html", form=form, meeting=meeting, asked=ASKED)
    series = series_steps.begin_series(meeting, wanted, current_user.id)
    flash(_("The dates are made. Each one is a meeting of its own."), "success")
    return redirect(url_for("meetings_series.page", series_id=series.id))


@series_blueprint.get("/<int:series_id>", endpoint="page")
def series_page(series_id: int) -> str:
    """Show the dates of a series: differing, left out and cancelled ones."""
    return _team_page(editable_series(series_id, current_user.id))


def _team_page(series: Series, *, refused: bool = False) -> str:
    dates = dates_of(series)
    held = [one for one in dates if one.meeting is not None and (one.meeting.ends_at or now()) >= now()]
    left_out = [one.slot_on for one in dates if one.meeting is None and one.slot_on >= today()]
    return render_template(
        "meetings/series/team.html",
        series=series,
        dates=held,
        left_out=left_out,
        drafts=sum(one.meeting.is_draft for one in held if one.meeting),
        lacking=_lacking(series),
        refused=refused,
    )


def _lacking(series: Series) -> list[tuple[Meeting, list[tuple[str, str]]]]:
    """Return the drafts ahead that cannot be published, each with the names and labels of the fields at fault."""
    found = []
    for _day, meeting in ahead_of(series):
        if meeting.is_draft:
            fields = [*said_once(missing(meeting.plan), language())]
            fields += [WRONG_DATES[key][0] for key in wrong_dates(meeting.plan, now(), zone())]
            found.append((meeting, [(name, str(getattr(MeetingForm, name).args[0])) for name in dict.fromkeys(fields)]))
    return [(meeting, fields) for meeting, fields in found if fields]


@series_blueprint.post("/<int:series_id>/publish")
def publish(series_id: int) -> ResponseReturnValue:
    """Publish all dates that are complete; if none is, name what each of them lacks."""
    series = editable_series(series_id, current_user.id, to_change=True)
    words = [word for _day, meeting in ahead_of(series) if meeting.is_draft for word in meeting.words]
    if texts_name_hidden_place(words, current_user.id, series.market_id):
        raise Refused("series_names_hidden")
    try:
        left = series_steps.publish_series(series, current_user.id)
    except Refused as error:
        if error.key != "meeting_gaps":
            raise
        return _team_page(series, refused=True), 409
    flash(_("Published in both languages."), "success")
    if left:
        flash(ngettext("%(num)s date still lacks something.", "%(num)s dates still lack something.", left), "warning")
    return redirect(url_for("meetings_series.page", series_id=series_id))


@series_blueprint.get("/<int:series_id>/rhythm")
def ask_rhythm(series_id: int) -> str:
    """Show the form for another rhythm or another end, from the next date on."""
    series = editable_series(series_id, current_user.id)
    form = RhythmForm(_next_day(series))
    form.take(series)
    return _rhythm_page(form, series)


@series_blueprint.post("/<int:series_id>/rhythm")
def change_rhythm(series_id: int) -> ResponseReturnValue:
    """Preview the changes to each date; once they are confirmed, apply them."""
    series = editable_series(series_id, current_user.id, to_change=True)
    form = RhythmForm(_next_day(series))
    if not form.validate():
        return _rhythm_page(form, series), 422
    wanted = form.wanted
    becomes = what_becomes(series, wanted)
    if _then() != "save" or not form.was_shown:
        form.show(wanted, fixed=False)
        return _rhythm_page(form, series, becomes)
    if (_told_of(series, wanted, becomes) and form.asks_for_reason()) or _betrays(form, series):
        form.show(wanted, fixed=False)
        return _rhythm_page(form, series, becomes), 422
    touched = _told_of(series, wanted, becomes)
    series_steps.change_rhythm(series, wanted, form.reason, current_user.id)
    flash(_("Saved. The page and the calendars are up to date."), "success")
    if touched:
        flash(reach_in_words(sum(map(standing_reach, touched), AnswerReach())))
    return redirect(url_for("meetings_series.page", series_id=series_id))


@series_blueprint.route("/<int:series_id>/end", methods=["GET", "POST"])
def end(series_id: int) -> ResponseReturnValue:
    """Ask for the reason, then end a series: cancel its published dates ahead and delete its drafts."""
    series = editable_series(series_id, current_user.id, to_change=request.method == "POST")
    form, dates = SeriesEndForm(), ahead_of(series)
    told = any(not meeting.is_draft for _day, meeting in dates)
    if not form.validate_on_submit() or (told and form.asks_for_reason()) or _betrays(form, series):
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
            eyebrow=repeats(series),
            back=(url_for("meetings_series.page", series_id=series_id), _("Back")),
            danger=True,
        ).show(form)
    series_steps.end_series(series, form.reason, current_user.id)
    flash(_("The series has ended."), "success")
    if told:
        flash(reach_in_words(sum((standing_reach(one) for _day, one in dates), AnswerReach())))
    return redirect(url_for("meetings_series.page", series_id=series_id))


def _beginning(meeting: Meeting) -> tuple[Meeting, date]:
    """Return a meeting that can be repeated, and its day. Raises `Refused`."""
    if meeting.starts_at is None or meeting.starts_at <= now() or meeting.is_cancelled or slot_of(meeting) is not None:
        raise Refused("series_no_start")
    return meeting, meeting.starts_at.astimezone(zone()).date()


def _next_day(series: Series) -> date:
    dates = [day for day, _meeting in ahead_of(series) if day > today()]
    return dates[0] if dates else today() + timedelta(days=1)


def _told_of(series: Series, wanted: Wanted, becomes: Rehung) -> list[Meeting]:
    """Return the published dates that are moved or cancelled."""
    meetings = dict(ahead_of(series, change_begins(wanted)))
    touched = [*becomes.dropped, *(old for old, _new in becomes.moved)]
    return [meetings[day] for day in touched if not meetings[day].is_draft]


def _betrays(form: RhythmForm | SeriesEndForm, series: Series) -> bool:
    return names_hidden_place(form, current_user.id, series.market_id)


def _then() -> str:
    return request.form.get("then", "")


def _rhythm_page(form: RhythmForm, series: Series, becomes: Rehung | None = None) -> str:
    return render_template("meetings/series/rhythm.html", form=form, series=series, becomes=becomes)

"""Pages for templates: keeping a meeting as a template, and beginning a meeting from one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import Optional

from portal.accounts.sign_in import current_user
from portal.core.clock import now, today, zone
from portal.core.editing import NOT_SURE, EditorForm, english, line, spanish
from portal.core.forms import DateField, TimeField
from portal.core.hours import NoSuchHour, moment_in
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members
from portal.markets.places import is_shown
from portal.markets.texts import names_hidden_place, texts_name_hidden_place
from portal.meetings import series_steps
from portal.meetings.desk import EVENING_TAKEN, taken_on
from portal.meetings.forms import TITLE, need_field
from portal.meetings.meeting import editable_meeting
from portal.meetings.planning import publish_meeting
from portal.meetings.readiness import PROMISED_BY_PEOPLE, missing, to_ask_anew, wrong_dates
from portal.meetings.series import Template, all_templates, plan_of, template_by_id
from portal.meetings.series_pages import NAME
from portal.meetings.texts import MISSING, WRONG_DATES


class KeepForm(EditorForm):
    """Form for the name under which a meeting is kept as a template."""

    name_en, name_es = line(english(NAME), 80), line(spanish(NAME), 80)
    instead = SelectField(_l("In place of"), validators=[Optional()])

    def __init__(self, templates: Sequence[Template], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.instead.choices = [
            SelectChoice("", _l("None: it is a new template")),
            *(SelectChoice(str(one.id), str(one.name)) for one in templates),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for field in (self.name_en, self.name_es):
            if not field.data:
                self.complain(field.name, _l("Please give it a name in both languages."))
        return whole and not self.errors


class BeginForm(EditorForm):
    """Form for the fields of a new meeting that a template lacks: title, day, hour, and promises for that day."""

    title_en, title_es = line(english(TITLE), 120), line(spanish(TITLE), 120)
    held_on = DateField(_l("Day"), validators=[Optional()])
    starts = TimeField(_l("Starts at"), validators=[Optional()])
    interpreter, childcare, ride = (need_field(need) for need in PROMISED_BY_PEOPLE)

    def __init__(self, template: Template, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for need in PROMISED_BY_PEOPLE:
            if not to_ask_anew(need, getattr(template, need)):
                del self[need]

    @property
    def needs(self) -> dict[str, str | None]:
        """The answers about promises for that day; None where a question was left open."""
        return {need: self[need].data or None for need in PROMISED_BY_PEOPLE if need in self}

    def lacks_answers(self) -> bool:
        """Return whether a question about that day is open; adds errors to the fields. Drafts may leave them open."""
        for need, answer in self.needs.items():
            if answer is None:
                self.complain(need, MISSING)
        return bool(self.errors)

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        for field in (self.title_en, self.title_es):
            if not field.data:
                self.complain(field.name, _l("Please write a title in both languages."))
        for field in (self.held_on, self.starts):
            if not field.errors and field.data is None:
                self.complain(field.name, _l("Please fill this in."))
        if not self.errors:
            self._check_hour()
        return whole and not self.errors

    def _check_hour(self) -> None:
        try:
            if moment_in(zone(), self.held_on.data, self.starts.data) <= now():
                self.complain("held_on", WRONG_DATES["in_past"][1])
        except NoSuchHour:
            self.complain("starts", _l("The clocks change on that day: this hour does not exist."))


blueprint = AudienceBlueprint(
    "meetings_templates",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/meetings/templates",
)


@blueprint.get("/")
def index() -> str:
    """List the templates."""
    return render_template("meetings/series/templates.html", templates=all_templates())


@blueprint.route("/from/<int:meeting_id>", methods=["GET", "POST"])
def keep(meeting_id: int) -> ResponseReturnValue:
    """Ask for a name, then keep a meeting as a template."""
    meeting = editable_meeting(meeting_id, current_user.id)
    if not is_shown(meeting.market_id):
        raise Refused("template_hidden")
    form = KeepForm(all_templates())
    if not form.is_submitted():
        form.name_en.data, form.name_es.data = meeting.title.en, meeting.title.es
    if not form.validate_on_submit() or names_hidden_place(form, current_user.id, None):
        return render_template("meetings/series/keep.html", form=form, meeting=meeting), form.http_status
    if texts_name_hidden_place(meeting.words, current_user.id):
        raise Refused("template_hidden")
    instead = template_by_id(int(form.instead.data)) if form.instead.data else None
    series_steps.keep_template(meeting, form.pair("name"), current_user.id, instead)
    flash(_("The template is kept. Every organizer can begin with it."), "success")
    return redirect(url_for("meetings_templates.index"))


@blueprint.route("/<int:template_id>", methods=["GET", "POST"])
def begin(template_id: int) -> ResponseReturnValue:
    """Create a meeting, and publish it if requested and complete; otherwise open the draft with its gaps."""
    template = template_by_id(template_id)
    form = BeginForm(template)
    if not form.is_submitted():
        form.title_en.data, form.title_es.data = template.title.en, template.title.es
        form.starts.data = template.starts
        return _page(form, template)
    wants_all = request.form.get("then") == "publish"
    whole = form.validate()
    if (wants_all and form.lacks_answers()) or not whole or names_hidden_place(form, current_user.id, None):
        return _page(form, template), 422
    day, starts = form.held_on.data, form.starts.data
    meeting = series_steps.begin_from(template, form.pair("title"), day, starts, form.needs, current_user.id)
    whole = wants_all and not missing(meeting.plan) and not wrong_dates(meeting.plan, now(), zone())
    if whole and taken_on([day], meeting, current_user.id):
        flash(str(EVENING_TAKEN), "warning")
        return redirect(url_for("meetings_editor.edit", meeting_id=meeting.id, _anchor="evening"))
    if whole:
        publish_meeting(meeting, current_user.id)
        flash(_("Published in both languages."), "success")
        return redirect(url_for("meetings_editor.edit", meeting_id=meeting.id))
    flash(_("Saved as a draft. It can be published when nothing is missing.") if wants_all else _("Saved as a draft."))
    return redirect(url_for("meetings_editor.edit", meeting_id=meeting.id, check=1 if wants_all else None))


@blueprint.post("/<int:template_id>/delete")
def delete(template_id: int) -> Response:
    """Delete a template once the organizer has confirmed."""
    template = template_by_id(template_id)
    if "sure" not in request.form:
        flash(NOT_SURE, "warning")
        return redirect(url_for("meetings_templates.begin", template_id=template_id))
    series_steps.drop_template(template)
    flash(_("The template is deleted. Meetings that began with it stay."), "success")
    return redirect(url_for("meetings_templates.index"))


def _page(form: BeginForm, template: Template) -> str:
    asked = ("held_on", *form.needs)
    gaps = [name for name in missing(plan_of(template.shape, today())) if name not in asked]
    return render_template("meetings/series/from_template.html", form=form, template=template, gaps=len(gaps))

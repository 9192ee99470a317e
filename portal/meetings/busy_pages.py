"""The page of weekly hours of organizations: a list, a form that adds one, and a button that takes one away."""

from __future__ import annotations

from typing import Any

from babel.dates import get_day_names
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired

from portal.accounts.sign_in import current_user
from portal.core.forms import ProtectedForm, TimeField
from portal.core.web import AudienceBlueprint, members
from portal.meetings import busy
from portal.meetings.texts import MISSING, WRONG_DATES
from portal.organisations.organisations import organisations
from portal.organisations.sides import OrganisationKind


class HoursForm(ProtectedForm):
    """Form for hours of an organization that return every week."""

    organisation = SelectField(_l("Organization"), validators=[InputRequired(MISSING)])
    weekday = SelectField(_l("Day of the week"), coerce=int)
    starts = TimeField(_l("Starts at"), validators=[InputRequired(MISSING)])
    ends = TimeField(_l("Ends at"), validators=[InputRequired(MISSING)])

    def __init__(self) -> None:
        super().__init__(data={"weekday": 6})
        houses = [one for one in organisations() if one.kind != OrganisationKind.POLICE]
        houses.sort(key=lambda one: one.kind != OrganisationKind.CONGREGATION)
        self.organisation.choices = [SelectChoice(str(one.id), str(one.name)) for one in houses]
        names = get_day_names(locale=get_locale())
        self.weekday.choices = [SelectChoice(number, names[number]) for number in (6, *range(6))]

    def validate(self, extra_validators: Any = None) -> bool:
        """Require an end after the start."""
        whole: bool = super().validate(extra_validators)
        if whole and self.ends.data <= self.starts.data:
            self.ends.errors = [WRONG_DATES["order"][1]]
        return not self.errors


blueprint = AudienceBlueprint(
    "meetings_hours",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/hours",
)


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """List the weekly hours, and add some."""
    form = HoursForm()
    if not form.validate_on_submit():
        return render_template("meetings/hours.html", form=form, hours=busy.weekly_hours()), form.http_status
    busy.add_hours(
        int(form.organisation.data), form.weekday.data, form.starts.data, form.ends.data, member_id=current_user.id
    )
    flash(_("Added. From now on you are warned when a meeting falls on the same evening."), "success")
    return redirect(url_for("meetings_hours.index"))


@blueprint.post("/<int:hours_id>/delete")
def delete(hours_id: int) -> Response:
    """Delete weekly hours."""
    busy.delete_hours(hours_id, current_user.id)
    flash(_("Deleted."), "success")
    return redirect(url_for("meetings_hours.index"))

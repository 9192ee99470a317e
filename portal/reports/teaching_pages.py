"""The page on which a desk teaches the number: what was read wrongly, in other words, looked at by a second person."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.forms import at_most, refuse, strip
from portal.core.web import AudienceBlueprint, members
from portal.markets.texts import names_hidden_place
from portal.reports import teaching
from portal.reports.code import holds_code
from portal.reports.desk_access import my_desk_names, my_desks, my_keys
from portal.reports.desk_forms import LookedThroughForm
from portal.reports.teaching import Paraphrase
from portal.reports.texts import LANGUAGES_OF_TEXTS, MEANINGS, TOLD_BEFORE

LONGEST_EXAMPLE = 300


class TaughtForm(LookedThroughForm):
    """A text in other words, and what it means."""

    desk = SelectField(_l("Desk"))
    text = TextAreaField(
        _l("The text, in your own words"),
        filters=[strip],
        validators=[DataRequired(_l("Please write something first.")), at_most(LONGEST_EXAMPLE)],
    )
    label = SelectField(_l("What it means"), choices=list(MEANINGS.items()))
    after = SelectField(_l("What the phone had got last"), choices=list(TOLD_BEFORE.items()))
    written_in = SelectField(_l("Language"), choices=list(LANGUAGES_OF_TEXTS.items()))

    def __init__(self, desks: dict[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.desk.choices = list(desks.items())

    def validate_text(self, field: TextAreaField) -> None:
        if holds_code(field.data or ""):
            refuse(_l("Please take the code words out of here."))

    def validate(self, extra_validators: Any = None) -> bool:
        return bool(super().validate(extra_validators)) and self.is_looked_through(self.text.data or "")


blueprint = AudienceBlueprint(
    "taught", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk/examples"
)


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """List what waits to be looked at or taken out, and take one more."""
    form = TaughtForm(my_desk_names())
    if form.validate_on_submit() and not names_hidden_place(form, current_user.id):
        example = Paraphrase(form.text.data or "", form.written_in.data, form.after.data, form.label.data)
        teaching.teach(int(form.desk.data), example, current_user.id)
        flash(_("Sealed. A colleague looks at it next."), "success")
        return redirect(url_for("taught.index"))
    rows = teaching.taught(my_desks(), my_keys())
    names = member_names({one.row.written_by_id for one in rows if one.row.written_by_id})
    words = {"meanings": MEANINGS, "told_before": TOLD_BEFORE, "me": current_user.id}
    return render_template("reports/taught.html", form=form, rows=rows, names=names, **words), form.http_status


@blueprint.post("/<int:taught_id>/let-go")
def let_go(taught_id: int) -> Response:
    """Put a paraphrase in clear, as the second person."""
    teaching.let_go(teaching.taught_at(taught_id, my_desks()), my_keys(), current_user.id)
    flash(_("It can be learned now. It says neither who wrote it nor when."), "success")
    return redirect(url_for("taught.index"))


@blueprint.post("/<int:taught_id>/erase")
def erase(taught_id: int) -> Response:
    """Erase a paraphrase."""
    teaching.erase(teaching.taught_at(taught_id, my_desks()))
    flash(_("Erased."), "success")
    return redirect(url_for("taught.index"))

"""Pages on which the people of a desk write the answers that they use often, in both languages."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectField

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.editing import WholeForm, both, english, line, lines, spanish
from portal.core.i18n import LANGUAGES
from portal.core.web import AudienceBlueprint, members
from portal.markets.texts import names_hidden_place
from portal.reports import saved_answers
from portal.reports.desk_access import my_desk_names, my_desks
from portal.reports.desk_forms import LookedThroughForm
from portal.reports.saved_answers import SavedAnswer

TITLE, ANSWER = _l("What it is for"), _l("The answer")
LONGEST_ANSWER = 2_000


class SavedAnswerForm(LookedThroughForm, WholeForm):
    """A form for a saved answer."""

    PAIRS = ("title", "answer")

    desk = SelectField(_l("Desk"))
    title_en, title_es = line(english(TITLE), 80), line(spanish(TITLE), 80)
    answer_en, answer_es = lines(english(ANSWER), LONGEST_ANSWER), lines(spanish(ANSWER), LONGEST_ANSWER)

    def __init__(self, desks: dict[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.desk.choices = list(desks.items())

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        return self.is_looked_through(
            "\n\n".join(self[f"{name}_{lang}"].data for name in self.PAIRS for lang in LANGUAGES)
        )


blueprint = AudienceBlueprint(
    "saved_answers", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk/answers"
)


@blueprint.get("/")
def index() -> str:
    """List the saved answers of the member's desks."""
    rows = saved_answers.saved_answers(my_desks())
    names = member_names({row.changed_by_id for row in rows})
    return render_template("reports/saved_answers.html", rows=rows, names=names, desks=my_desk_names())


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Write a new answer."""
    return _edit(None)


@blueprint.route("/<int:answer_id>", methods=["GET", "POST"])
def edit(answer_id: int) -> ResponseReturnValue:
    """Change an answer, unless another member has changed it meanwhile."""
    return _edit(saved_answers.saved_answer(answer_id, my_desks()))


@blueprint.post("/<int:answer_id>/erase")
def erase(answer_id: int) -> Response:
    """Erase an answer."""
    saved_answers.erase(saved_answers.saved_answer(answer_id, my_desks()), current_user.id)
    flash(_("The saved answer is erased. What was sent with it stays."), "success")
    return redirect(url_for("saved_answers.index"))


def _edit(found: SavedAnswer | None) -> ResponseReturnValue:
    form = SavedAnswerForm(my_desk_names())
    stored = {"desk": str(found.desk_id)} | both("title", found.title) | both("answer", found.answer) if found else {}
    if not form.validate_over(stored, found.version if found else 0) or names_hidden_place(form, current_user.id):
        return render_template("reports/saved_answer.html", form=form, found=found), form.http_status
    desk_id = found.desk_id if found else int(form.desk.data or 0)
    saved_answers.save(found, desk_id, form.pair("title"), form.pair("answer"), current_user.id)
    flash(_("Saved. It stands beside every answer of this desk."), "success")
    return redirect(url_for("saved_answers.index"))

"""Answers to begin an answer to a resident with, in both languages: ten of ours, and what a desk has written once.

They are readable by whoever reads the database, so nothing of a report belongs into them; the form looks for names.
Their pages are below.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wrappers import Response
from wtforms import SelectField

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import Base, Versioned, one, random_id, session
from portal.core.editing import Both, WholeForm, line, lines
from portal.core.i18n import LANGUAGES, Bilingual, bilingual
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members
from portal.markets.texts import names_hidden_place
from portal.reports.desk_forms import LookedThroughForm
from portal.reports.inbox_pages import my_desk_names, my_desks

MOST_SAVED = 40


class SavedAnswer(Versioned, Base):
    """An answer of a desk in both languages, with a title by which its members find it."""

    __tablename__ = "reports_saved_answer"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"), index=True)
    title: Mapped[Bilingual] = bilingual("title")
    answer: Mapped[Bilingual] = bilingual("answer")
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    changed_on: Mapped[date]


def saved_answers(desk_ids: Collection[int]) -> Sequence[SavedAnswer]:
    rows = select(SavedAnswer).where(SavedAnswer.desk_id.in_(desk_ids))
    return session.scalars(rows.order_by(SavedAnswer.title_en, SavedAnswer.id)).all()  # type: ignore[attr-defined]


class ReadyAnswer(NamedTuple):
    """An answer to begin with; `then` is the step that goes with it, if there is one."""

    id: int
    title: Bilingual
    answer: Bilingual
    then: str = ""


OURS = [
    ReadyAnswer(number, Bilingual(**one["title"]), Bilingual(one["en"], one["es"]), one.get("then", ""))
    for number, one in enumerate(tomllib.loads(Path(__file__).with_name("answers.toml").read_text())["answer"], 1)
]
"""For what a desk is asked most. Their numbers are no ids of rows, which are drawn among very many."""


def ready_answers(desk_id: int) -> list[ReadyAnswer]:
    return [*(ReadyAnswer(row.id, row.title, row.answer) for row in saved_answers([desk_id])), *OURS]


def saved_answer(answer_id: int, desk_ids: Collection[int]) -> SavedAnswer:
    """Return one of these desks' answers. Raises `NotFound`, alike for another desk's and for one that never was."""
    return one(select(SavedAnswer).where(SavedAnswer.id == answer_id, SavedAnswer.desk_id.in_(desk_ids)))


def save(row: SavedAnswer | None, desk_id: int, title: Bilingual, answer: Bilingual, member_id: int) -> SavedAnswer:
    """Save an answer, a new one without `row`. Raises Refused("many_answers")."""
    if row is None:
        if len(saved_answers([desk_id])) >= MOST_SAVED:
            raise Refused("many_answers")
        row = SavedAnswer(id=random_id(), desk_id=desk_id)
        session.add(row)
    row.title, row.answer = title, answer
    row.changed_by_id, row.changed_on = member_id, today()
    record("answer.saved", "saved answer", row.id, member_id)
    return row


# --- pages ---

LONGEST_ANSWER = 2_000


class SavedAnswerForm(LookedThroughForm, WholeForm):
    ROW = SavedAnswer
    PAIRS = ("title", "answer")

    desk = SelectField(_l("Desk"))
    title = Both(line, _l("What it is for"), 80)
    answer = Both(lines, _l("The answer"), LONGEST_ANSWER)

    def __init__(self, desks: dict[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.desk.choices = list(desks.items())

    def shown(self, row: SavedAnswer) -> dict[str, Any]:
        return super().shown(row) | {"desk": str(row.desk_id)}

    def validate(self, extra_validators: Any = None) -> bool:
        texts = (text[lang] for text in (self.title, self.answer) for lang in LANGUAGES)
        return super().validate(extra_validators) and self.is_looked_through("\n\n".join(texts))


blueprint = AudienceBlueprint(
    "saved_answers", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk/answers"
)


@blueprint.get("/")
def index() -> str:
    rows = saved_answers(my_desks())
    names = member_names({row.changed_by_id for row in rows})
    return render_template("reports/saved_answers.html", rows=rows, names=names, desks=my_desk_names())


@blueprint.route("/new", endpoint="new", methods=["GET", "POST"])
@blueprint.route("/<int:answer_id>", methods=["GET", "POST"])
def edit(answer_id: int | None = None) -> ResponseReturnValue:
    """Write an answer, or change one unless another member has changed it meanwhile."""
    row = None if answer_id is None else saved_answer(answer_id, my_desks())
    form = SavedAnswerForm(my_desk_names())
    if not form.validate_row(row) or names_hidden_place(form, current_user.id):
        return render_template("reports/saved_answer.html", form=form, found=row), form.http_status
    desk_id = row.desk_id if row else int(form.desk.data or 0)
    save(row, desk_id, form.title, form.answer, current_user.id)
    flash(_("Saved. It stands beside every answer of this desk."), "success")
    return redirect(url_for("saved_answers.index"))


@blueprint.post("/<int:answer_id>/erase")
def erase(answer_id: int) -> Response:
    row = saved_answer(answer_id, my_desks())
    session.delete(row)
    record("answer.erased", "saved answer", row.id, current_user.id)
    flash(_("The saved answer is erased. What was sent with it stays."), "success")
    return redirect(url_for("saved_answers.index"))

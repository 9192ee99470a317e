"""What a desk writes once for later, with its pages: answers to begin with, and texts that the number read wrongly.

Saved answers, ten of ours and those that a desk has written once in both languages, are readable by whoever reads the
database, so nothing of a report belongs into them; the form looks for names.

The number learns from texts in other words, each with what was meant. Such a paraphrase is sealed to the desk and names
no report and no hour. Once a second person has judged that it points to nobody, it stands in clear, as an example,
until whoever runs the portal takes it out.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from nacl.public import PublicKey
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import seal
from portal.core.db import Base, Versioned, db, one, random_id, session
from portal.core.editing import Both, EditorForm, WholeForm, done, line, lines
from portal.core.forms import long_text, refuse
from portal.core.i18n import Bilingual, bilingual
from portal.core.names import bare_names
from portal.core.pii import PersonalDetail, personal_details
from portal.core.statuses import Refused, existing
from portal.core.web import AudienceBlueprint, members
from portal.markets.map.sheets import names_of_the_city
from portal.markets.texts import names_hidden_place
from portal.reports import texts
from portal.reports.code import holds_code
from portal.reports.inbox_pages import my_desk_names, my_desks, my_keys
from portal.reports.reports import Keys, key_of_desk, unsealed

LONGEST_ANSWER = 2_000
LONGEST_EXAMPLE = 300


class SavedAnswer(Versioned, Base):
    """An answer of a desk in both languages, with a title by which its members find it."""

    __tablename__ = "reports_saved_answer"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"), index=True)
    title: Mapped[Bilingual] = bilingual("title")
    answer: Mapped[Bilingual] = bilingual("answer")
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    changed_on: Mapped[date]


class TaughtText(Base):
    """A paraphrase with its meaning: sealed until a second person lets it go, then in clear and without its writer."""

    __tablename__ = "reports_taught"
    __table_args__ = (CheckConstraint("(box IS NULL) <> (plain IS NULL)", name="sealed_or_plain"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"), index=True)
    written_on: Mapped[date] = mapped_column(index=True)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"))
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    desk_key_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_desk_key.id"))
    key_for_desk: Mapped[bytes | None] = mapped_column(LargeBinary)
    plain: Mapped[str | None] = mapped_column(Text)


class LookedThroughForm(EditorForm):
    """A form whose words leave the desk, or are not sealed: it asks once more about what could show who somebody is."""

    desk = SelectField(_l("Desk"))
    sure = BooleanField(_l("I am sure: it names nobody from a report"))
    found: tuple[PersonalDetail, ...] = ()
    perhaps_names: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.desk.choices = list(my_desk_names().items())

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        written = (field for field in self if isinstance(field, StringField) and not isinstance(field, HiddenField))
        text = "\n\n".join(field.data or "" for field in written)
        self.found, self.perhaps_names = personal_details(text), bare_names(text, names_of_the_city())
        return bool(self.sure.data) or not (self.found or self.perhaps_names)


# --- saved answers ---


class ReadyAnswer(NamedTuple):
    id: int
    title: Bilingual
    answer: Bilingual
    then: str = ""


OURS = [
    ReadyAnswer(number, Bilingual(**ours["title"]), Bilingual(ours["en"], ours["es"]), ours.get("then", ""))
    for number, ours in enumerate(tomllib.loads(Path(__file__).with_name("answers.toml").read_text())["answer"], 1)
]
"""For what a desk is asked most. Their numbers are no ids of rows, which are drawn among very many."""


def saved_answers(desk_ids: Collection[int]) -> Sequence[SavedAnswer]:
    rows = select(SavedAnswer).where(SavedAnswer.desk_id.in_(desk_ids))
    return session.scalars(rows.order_by(SavedAnswer.title_en, SavedAnswer.id)).all()  # type: ignore[attr-defined]


def ready_answers(desk_id: int) -> list[ReadyAnswer]:
    return [*(ReadyAnswer(row.id, row.title, row.answer) for row in saved_answers([desk_id])), *OURS]


class SavedAnswerForm(LookedThroughForm, WholeForm):
    ROW = SavedAnswer
    title = Both(line, _l("What it is for"), 80)
    answer = Both(lines, _l("The answer"), LONGEST_ANSWER)

    def shown(self, row: SavedAnswer) -> dict[str, Any]:
        return super().shown(row) | {"desk": str(row.desk_id)}


answers_blueprint = AudienceBlueprint(
    "saved_answers", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk/answers"
)


@answers_blueprint.get("/", endpoint="index")
def list_answers() -> str:
    rows = saved_answers(my_desks())
    names = member_names({row.changed_by_id for row in rows})
    return render_template("reports/saved_answers.html", rows=rows, names=names, desks=my_desk_names())


@answers_blueprint.route("/new", endpoint="new", methods=["GET", "POST"])
@answers_blueprint.route("/<int:answer_id>", methods=["GET", "POST"])
def edit(answer_id: int | None = None) -> ResponseReturnValue:
    """Write an answer, or change one unless another member has changed it meanwhile."""
    row, form = None if answer_id is None else _my_answer(answer_id), SavedAnswerForm()
    if not form.validate_row(row) or names_hidden_place(form, current_user.id):
        return render_template("reports/saved_answer.html", form=form, found=row), form.http_status
    if row is None:
        row = SavedAnswer(id=random_id(), desk_id=int(form.desk.data or 0))
        session.add(row)
    row.title, row.answer = form.title, form.answer
    row.changed_by_id, row.changed_on = current_user.id, today()
    record("answer.saved", "saved answer", row.id, current_user.id)
    return done(url_for("saved_answers.index"), _("Saved. It stands beside every answer of this desk."))


@answers_blueprint.post("/<int:answer_id>/erase", endpoint="erase")
def erase_answer(answer_id: int) -> Response:
    row = _my_answer(answer_id)
    session.delete(row)
    record("answer.erased", "saved answer", row.id, current_user.id)
    return done(url_for("saved_answers.index"), _("The saved answer is erased. What was sent with it stays."))


def _my_answer(answer_id: int) -> SavedAnswer:
    """Return an answer of a desk of theirs. Raises `NotFound`, alike for another desk's and for none."""
    return one(select(SavedAnswer).where(SavedAnswer.id == answer_id, SavedAnswer.desk_id.in_(my_desks())))


# --- texts that were read wrongly ---


@dataclass(frozen=True)
class Paraphrase:
    """A text with its language ("mix" for both), what the phone had got last, and what it means."""

    text: str
    lang: str
    after: str
    label: str

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, line: str) -> Paraphrase:
        return cls(**json.loads(line))


def examples() -> tuple[list[int], str]:
    """Return the ids of what was let go, and its lines in groups as in `core/reading/examples`."""
    rows = session.execute(select(TaughtText.id, TaughtText.plain).where(TaughtText.plain.is_not(None))).all()
    groups: dict[str, list[str]] = {}
    for example in (Paraphrase.of(row.plain) for row in rows if row.plain):
        group = groups.setdefault(f"# {example.label}, after {example.after or 'nothing'}, {example.lang}", [])
        group.append(" ".join(example.text.split()).lstrip("# "))
    lines = (line for head, said in sorted(groups.items()) for line in (head, *sorted(said), ""))
    return [row.id for row in rows], "".join(f"{line}\n" for line in lines)


def erase_examples(ids: Collection[int]) -> None:
    session.execute(delete(TaughtText).where(TaughtText.id.in_(ids)))
    db.after_commit(db.forget_journal)


def _opened(row: TaughtText, keys: Keys) -> Paraphrase | None:
    if row.plain is not None:
        return Paraphrase.of(row.plain)
    text = unsealed(("taught", row.id, row.desk_id), row.box, row.key_for_desk, keys.get(row.desk_key_id or 0))
    return Paraphrase.of(text.decode()) if text else None


class TaughtForm(LookedThroughForm):
    text = long_text(_l("The text, in your own words"), LONGEST_EXAMPLE)
    label = SelectField(_l("What it means"), choices=list(texts.MEANINGS.items()))
    after = SelectField(_l("What the phone had got last"), choices=list(texts.TOLD_BEFORE.items()))
    written_in = SelectField(_l("Language"), choices=list(texts.LANGUAGES_OF_TEXTS.items()))

    def validate_text(self, field: TextAreaField) -> None:
        if holds_code(field.data or ""):
            refuse(_l("Please take the code words out of here."))


taught_blueprint = AudienceBlueprint(
    "taught", __name__, audience=members("triage", "oversight"), url_prefix="/<lang:lang>/desk/examples"
)


@taught_blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Show the paraphrases of the member's desks, those first that wait for a second person, or seal another one."""
    form = TaughtForm()
    if form.validate_on_submit() and not names_hidden_place(form, current_user.id):
        example = Paraphrase(form.text.data or "", form.written_in.data, form.after.data, form.label.data)
        row_id, key = random_id(), key_of_desk(int(form.desk.data))
        sealed = seal(("taught", row_id, key.desk_id), example.line().encode(), [PublicKey(key.public_key)])
        row = TaughtText(id=row_id, desk_id=key.desk_id, written_on=today(), written_by_id=current_user.id)
        row.box, row.desk_key_id, row.key_for_desk = sealed.box, key.id, sealed.keys[0]
        # Not recorded: the audit log's hour would lead to the report just read.
        session.add(row)
        return done(url_for("taught.index"), _("Sealed. A colleague looks at it next."))
    taught = select(TaughtText).where(TaughtText.desk_id.in_(my_desks()))
    taught = taught.order_by(TaughtText.plain.is_not(None), TaughtText.written_on, TaughtText.id)
    rows = session.scalars(taught).all()
    shown = {
        "rows": [{"row": row, "example": _opened(row, my_keys())} for row in rows],
        "names": member_names({row.written_by_id for row in rows if row.written_by_id}),
        "texts": texts,
        "me": current_user.id,
    }
    return render_template("reports/taught.html", form=form, **shown), form.http_status


@taught_blueprint.post("/<int:taught_id>/let-go")
def let_go(taught_id: int) -> Response:
    """Put a paraphrase in clear as the second person, and forget who wrote it."""
    row = _at_my_desk(taught_id)
    if row.plain is None:
        if row.written_by_id == current_user.id:
            raise Refused("own_example")
        row.plain = existing(_opened(row, my_keys())).line()
        row.box = row.key_for_desk = row.desk_key_id = row.written_by_id = None
        record("example.let_go", "example", row.id, current_user.id)
    return done(url_for("taught.index"), _("It can be learned now. It says neither who wrote it nor when."))


@taught_blueprint.post("/<int:taught_id>/erase")
def erase(taught_id: int) -> Response:
    session.delete(_at_my_desk(taught_id))
    db.after_commit(db.forget_journal)
    return done(url_for("taught.index"), _("Erased."))


def _at_my_desk(taught_id: int) -> TaughtText:
    """Return a paraphrase of a desk of theirs. Raises `NotFound`, alike for another desk's and for none."""
    row = select(TaughtText).where(TaughtText.id == taught_id, TaughtText.desk_id.in_(my_desks()))
    return one(row, to_change=True)

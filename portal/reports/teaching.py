"""What volunteers teach the number: texts that it read wrongly, in other words, each with what was meant.

A paraphrase is sealed to the desk and names no report and no hour. Once a second person has judged that it points to
nobody, it stands in clear, as an example, until whoever runs the portal takes it out. Its page is below.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from nacl.public import PublicKey
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.wrappers import Response
from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import CannotOpen, seal, unseal
from portal.core.db import Base, db, one, random_id, session
from portal.core.forms import at_most, refuse, strip
from portal.core.statuses import Refused, existing
from portal.core.web import AudienceBlueprint, members
from portal.markets.texts import names_hidden_place
from portal.reports.code import holds_code
from portal.reports.desk_forms import LookedThroughForm
from portal.reports.inbox_pages import my_desk_names, my_desks, my_keys
from portal.reports.reports import Keys, key_of_desk
from portal.reports.texts import LANGUAGES_OF_TEXTS, MEANINGS, TOLD_BEFORE


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


@dataclass(frozen=True)
class OpenedTaught:
    """A paraphrase as the desk reads it; `example` is None if the given keys do not open it."""

    row: TaughtText
    example: Paraphrase | None


def examples() -> tuple[list[int], str]:
    """Return the ids of what was let go, and its lines in groups as in `core/reading/examples`."""
    rows = session.execute(select(TaughtText.id, TaughtText.plain).where(TaughtText.plain.is_not(None))).all()
    groups: dict[str, list[str]] = {}
    for example in (Paraphrase.of(row.plain) for row in rows if row.plain):
        group = groups.setdefault(f"# {example.label}, after {example.after or 'nothing'}, {example.lang}", [])
        group.append(" ".join(example.text.split()).lstrip("# "))
    lines = (line for head, texts in sorted(groups.items()) for line in (head, *sorted(texts), ""))
    return [row.id for row in rows], "".join(f"{line}\n" for line in lines)


def erase_examples(ids: Collection[int]) -> None:
    session.execute(delete(TaughtText).where(TaughtText.id.in_(ids)))
    db.after_commit(db.forget_journal)


def _opened(row: TaughtText, keys: Keys) -> Paraphrase | None:
    if row.plain is not None:
        return Paraphrase.of(row.plain)
    private = keys.get(row.desk_key_id or 0)
    if private is None or row.box is None or row.key_for_desk is None:
        return None
    try:
        return Paraphrase.of(unseal(("taught", row.id, row.desk_id), row.box, row.key_for_desk, private).decode())
    except CannotOpen:
        return None


# --- pages ---

LONGEST_EXAMPLE = 300


class TaughtForm(LookedThroughForm):
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
    """Show the paraphrases of the member's desks, those first that wait for a second person, or seal another one."""
    form = TaughtForm(my_desk_names())
    if form.validate_on_submit() and not names_hidden_place(form, current_user.id):
        example = Paraphrase(form.text.data or "", form.written_in.data, form.after.data, form.label.data)
        row_id, key = random_id(), key_of_desk(int(form.desk.data))
        sealed = seal(("taught", row_id, key.desk_id), example.line().encode(), [PublicKey(key.public_key)])
        row = TaughtText(id=row_id, desk_id=key.desk_id, written_on=today(), written_by_id=current_user.id)
        row.box, row.desk_key_id, row.key_for_desk = sealed.box, key.id, sealed.keys[0]
        # Not recorded: the audit log's hour would lead to the report just read.
        session.add(row)
        flash(_("Sealed. A colleague looks at it next."), "success")
        return redirect(url_for("taught.index"))
    rows = select(TaughtText).where(TaughtText.desk_id.in_(my_desks()))
    rows = rows.order_by(TaughtText.plain.is_not(None), TaughtText.written_on, TaughtText.id)
    opened = [OpenedTaught(row, _opened(row, my_keys())) for row in session.scalars(rows)]
    names = member_names({example.row.written_by_id for example in opened if example.row.written_by_id})
    words = {"meanings": MEANINGS, "told_before": TOLD_BEFORE, "me": current_user.id}
    return render_template("reports/taught.html", form=form, rows=opened, names=names, **words), form.http_status


@blueprint.post("/<int:taught_id>/let-go")
def let_go(taught_id: int) -> Response:
    """Put a paraphrase in clear as the second person, and forget who wrote it."""
    row = _at_my_desk(taught_id)
    if row.plain is None:
        if row.written_by_id == current_user.id:
            raise Refused("own_example")
        row.plain = existing(_opened(row, my_keys())).line()
        row.box = row.key_for_desk = row.desk_key_id = row.written_by_id = None
        record("example.let_go", "example", row.id, current_user.id)
    flash(_("It can be learned now. It says neither who wrote it nor when."), "success")
    return redirect(url_for("taught.index"))


@blueprint.post("/<int:taught_id>/erase")
def erase(taught_id: int) -> Response:
    session.delete(_at_my_desk(taught_id))
    db.after_commit(db.forget_journal)
    flash(_("Erased."), "success")
    return redirect(url_for("taught.index"))


def _at_my_desk(taught_id: int) -> TaughtText:
    """Return a paraphrase of a desk of theirs. Raises `NotFound`, alike for another desk's and for none."""
    row = select(TaughtText).where(TaughtText.id == taught_id, TaughtText.desk_id.in_(my_desks()))
    return one(row, to_change=True)

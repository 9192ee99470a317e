"""The pages on which one kind of row is added, changed and deleted.

What is written there names no place that the writer's readers do not know: a `Shelf` looks before it keeps anything.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.accounts.sign_in import current_user
from portal.core.editing import EditorForm, is_sure
from portal.core.web import AudienceBlueprint
from portal.markets.texts import names_hidden_place

Row = TypeVar("Row")
Form = TypeVar("Form", bound=EditorForm)


class Shelf(ABC, Generic[Row, Form]):
    """`new`, `edit` and `delete` of a blueprint, whose `index` lists the rows.

    A subclass finds a row, makes its form, keeps and deletes; its sentences are flashed afterwards.
    """

    name: str
    """The row's name in the template; with "_id" that of its id in the URL."""
    template: str
    added: Any = ""
    saved: Any = ""
    deleted: Any = _l("The draft is deleted.")

    def __init__(self, blueprint: AudienceBlueprint) -> None:
        self.endpoint = blueprint.name
        row = f"/<int:{self.name}_id>"
        blueprint.add_url_rule("/new", "new", self.new, methods=["GET", "POST"])
        blueprint.add_url_rule(row, "edit", self.edit, methods=["GET", "POST"])
        blueprint.add_url_rule(f"{row}/delete", "delete", self.delete, methods=["POST"])

    @abstractmethod
    def find(self, row_id: int, *, to_change: bool) -> Row:
        """Return a row that the member may edit, locked `to_change` it. Raises `NotFound`."""

    @abstractmethod
    def form(self, row: Row | None) -> Form:
        """Return the form, with what can be chosen."""

    @abstractmethod
    def keep(self, form: Form, row: Row | None) -> Row:
        """Change the row, or create it, as the form says."""

    @abstractmethod
    def erase(self, row: Row) -> None:
        """Delete the row."""

    def more(self, _form: Form, _row: Row | None) -> Mapping[str, Any]:
        """Return what else the template shows."""
        return {}

    def new(self) -> ResponseReturnValue:
        return self.answer(None)

    def edit(self, **ids: int) -> ResponseReturnValue:
        return self.answer(self.find(ids[f"{self.name}_id"], to_change=request.method == "POST"))

    def delete(self, **ids: int) -> ResponseReturnValue:
        """Delete a row once the member has confirmed it."""
        row = self.find(ids[f"{self.name}_id"], to_change=True)
        if not is_sure():
            return redirect(self.address(row))
        self.erase(row)
        flash(str(self.deleted), "success")
        return redirect(url_for(f"{self.endpoint}.index"))

    def answer(self, row: Row | None) -> ResponseReturnValue:
        """Show the form, or keep what was typed."""
        form = self.form(row)
        if not form.validate_row(row) or names_hidden_place(form, current_user.id):
            return self.page(form, row), form.http_status
        self.keep(form, row)
        flash(str(self.added if row is None else self.saved), "success")
        return redirect(url_for(f"{self.endpoint}.index"))

    def page(self, form: Form, row: Row | None, **more: Any) -> str:
        return render_template(self.template, form=form, **{self.name: row}, **self.more(form, row), **more)

    def address(self, row: Any, **more: Any) -> str:
        return url_for(f"{self.endpoint}.edit", **{f"{self.name}_id": row.id}, **more)

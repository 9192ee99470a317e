"""Choosing how to be reminded, on one's own account."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.reminders import actions
from portal.accounts.reminders.forms import CodeForm, WayForm
from portal.accounts.reminders.queries import end_of_number, reach_of, sends_texts, way_of
from portal.accounts.reminders.rules import Way
from portal.accounts.reminders.texts import CONSENT, WRONG_CODE
from portal.accounts.sessions import person
from portal.core.web import SIGNED_IN, Room

Answer = Response | str | tuple[str, int]
room = Room("reminders", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/account/reminders")
ROOMS: tuple[Room, ...] = (room,)


@room.get("/")
def index() -> str:
    """How I am reminded, and what else there is."""
    return _page(_form(), CodeForm())


@room.post("/")
def choose() -> Answer:
    """Choose another way; a number is asked for a code first."""
    form = _form()
    if not form.validate():
        return _page(form, CodeForm(formdata=None)), 422
    if form.wants_texts:
        actions.ask_number(person().member, form.read or "")
        flash(_("A code is on its way to your phone. Type it below."), "success")
    else:
        actions.choose(person().member, Way(form.way.data))
        flash(_("Saved."), "success")
    return redirect(url_for("reminders.index"))


@room.post("/code")
def prove() -> Answer:
    """Type the code from the text."""
    form = CodeForm()
    right = form.validate() and actions.prove_number(person().member, form.code.data)
    if not right:
        form.code.errors = form.code.errors or [WRONG_CODE]
        return _page(_form(formdata=None), form), 422
    flash(_("It is yours. From now on we remind you by text."), "success")
    return redirect(url_for("reminders.index"))


def _form(**kwargs: object) -> WayForm:
    return WayForm(way_of(reach_of(person().id)), **kwargs)


def _page(form: WayForm, code: CodeForm) -> str:
    reach = reach_of(person().id)
    given = reach is not None and reach.contact is not None
    return render_template(
        "accounts/reminders.html",
        form=form,
        code=code,
        consent=CONSENT,
        sends_texts=sends_texts(),
        ending=end_of_number(reach) if reach is not None and given else "",
        is_proved=given and reach is not None and reach.proved_on is not None,
    )

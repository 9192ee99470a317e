"""A page that looks like a telephone. Its texts go to the stand-in for the telephone company, which calls the portal.

Addresses hold which telephone it is, never a number.
"""

from __future__ import annotations

import time

from flask import current_app, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import DataRequired

from portal.config import Settings
from portal.core.errors import NotFound
from portal.core.forms import PublicForm, at_most, strip
from portal.core.web import PUBLIC, Room
from portal.demo.exchange import Line
from portal.demo.phones import NUMBERS, NoCompany, as_read, conversation, send

room = Room("demo_phone", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/demo/phone")
LONGEST_TEXT = 1_600
LOOK_TIMES = 15
LOOK_EVERY = 0.2


class TextForm(PublicForm):
    """A text from the telephone."""

    what = TextAreaField(
        _l("Your text"),
        filters=[strip],
        validators=[DataRequired(_l("Please write something.")), at_most(LONGEST_TEXT)],
    )


@room.get("", endpoint="first")
def first_phone() -> Response:
    """Any telephone will do."""
    return redirect(url_for("demo_phone.screen", which=1))


@room.get("/<int:which>")
def screen(which: int) -> str:
    """What the telephone shows."""
    return _show(which, TextForm(formdata=None))


@room.post("/<int:which>")
def send_text(which: int) -> Response | tuple[str, int]:
    """Send a text, and wait a moment for the answer."""
    form = TextForm()
    number = _number(which)
    if not form.validate():
        return _show(which, form), 422
    try:
        before = len(conversation(_settings(), number))
        taken = send(_settings(), number, form.what.data or "")
        _wait_for_answer(number, before + 1)
    except NoCompany:
        return _show(which, form), 503
    if not taken:
        return _show(which, form, refused=True), 503
    return redirect(url_for("demo_phone.screen", which=which, _anchor="what"))


def _show(which: int, form: TextForm, *, refused: bool = False) -> str:
    lines = _lines(_number(which))
    return render_template(
        "demo/phone.html",
        form=form,
        lines=lines or [],
        unreachable=lines is None,
        refused=refused,
        which=which,
        phones=[as_read(number) for number in NUMBERS],
        portal_number=as_read(_settings().sms_number),
    )


def _lines(number: str) -> list[Line] | None:
    try:
        return conversation(_settings(), number)
    except NoCompany:
        return None


def _wait_for_answer(number: str, more_than: int) -> None:
    for _look in range(LOOK_TIMES):
        if len(conversation(_settings(), number)) > more_than:
            return
        time.sleep(LOOK_EVERY)


def _number(which: int) -> str:
    if not 1 <= which <= len(NUMBERS):
        raise NotFound
    return NUMBERS[which - 1]


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings

"""Forms and views for choosing how to be reminded and for proving a phone number."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired

from portal.accounts import reminders
from portal.accounts.reminders import (
    ABROAD,
    CONSENT,
    WAY_NAMES,
    WRONG_CODE,
    WRONG_NUMBER,
    ReminderWay,
    end_of_number,
    reach_of,
    sends_texts,
    way_of,
)
from portal.accounts.sign_in import current_user
from portal.core.contact import is_texted, read_number
from portal.core.forms import ProtectedForm, at_most, strip, text
from portal.core.web import SIGNED_IN, AudienceBlueprint


class WayForm(ProtectedForm):
    """How to be reminded; by text only where texts are sent, and with a number."""

    way = RadioField(_l("How should we remind you?"), validators=[InputRequired(_l("Please choose one."))])
    number = StringField(_l("Number of your phone"), filters=[strip], validators=[at_most(40)])

    def __init__(self, now: ReminderWay, **kwargs: Any) -> None:
        super().__init__(way=now.value, **kwargs)
        ways = [way for way in ReminderWay if way is not ReminderWay.TEXT or sends_texts()]
        self.way.choices = [SelectChoice(way.value, WAY_NAMES[way]) for way in ways]

    def validate(self, extra_validators: Any = None) -> bool:
        """Require a number that can be texted if texts are chosen."""
        whole: bool = super().validate(extra_validators)
        if self.wants_texts and self.read is None:
            self.number.errors = [*self.number.errors, WRONG_NUMBER]
        elif self.wants_texts and not is_texted(self.read or ""):
            self.number.errors = [*self.number.errors, ABROAD]
        return whole and not self.errors

    @property
    def wants_texts(self) -> bool:
        return bool(self.way.data == ReminderWay.TEXT)

    @property
    def read(self) -> str | None:
        """The number with its country code, or None if it cannot be read."""
        return read_number(self.number.data or "")


class PhoneCodeForm(ProtectedForm):
    """The code that came by text."""

    code = text(_l("The code from the text"), 20)


blueprint = AudienceBlueprint("reminders", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/account/reminders")
ROOMS: tuple[AudienceBlueprint, ...] = (blueprint,)


@blueprint.get("/")
def index() -> str:
    """Show how the member is reminded, and the other ways."""
    return _page(_form(), PhoneCodeForm())


@blueprint.post("/")
def choose() -> ResponseReturnValue:
    """Choose another way; a number must first be proved with a code."""
    form = _form()
    if not form.validate():
        return _page(form, PhoneCodeForm(formdata=None)), 422
    if form.wants_texts:
        reminders.ask_number(current_user.member, form.read or "")
        flash(_("A code is on its way to your phone. Type it below."), "success")
    else:
        reminders.choose(current_user.member, ReminderWay(form.way.data))
        flash(_("Saved."), "success")
    return redirect(url_for("reminders.index"))


@blueprint.post("/code")
def prove() -> ResponseReturnValue:
    """Check the code from the text message."""
    form = PhoneCodeForm()
    right = form.validate() and reminders.prove_number(current_user.member, form.code.data)
    if not right:
        form.code.errors = form.code.errors or [WRONG_CODE]
        return _page(_form(formdata=None), form), 422
    flash(_("It is yours. From now on we remind you by text."), "success")
    return redirect(url_for("reminders.index"))


def _form(**kwargs: object) -> WayForm:
    return WayForm(way_of(reach_of(current_user.id)), **kwargs)


def _page(form: WayForm, code: PhoneCodeForm) -> str:
    reach = reach_of(current_user.id)
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

"""Pages of the demonstration: guide, second factors, mail, telephones (in addresses by position, never by number)."""

from __future__ import annotations

import time

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf.file import FileField
from sqlalchemy import select
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import TextAreaField
from wtforms.validators import ValidationError

from demo import writing
from demo.figures import example
from demo.places import read
from demo.sign_ins import SIGN_INS_FILE
from demo.staff import DOMAIN, next_good
from demo.writing import NUMBERS, NoCompany
from portal.accounts.roles import Role
from portal.accounts.texts import ROLES
from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.contact import telephone
from portal.core.db import session
from portal.core.forms import PublicForm, at_most, strip
from portal.core.portal import current_portal
from portal.core.web import PUBLIC, AudienceBlueprint

guide_blueprint = AudienceBlueprint(
    "demo", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/demo", template_folder="templates"
)


@guide_blueprint.get("/")
def guide() -> str:
    return render_template("demo/guide.html")


@guide_blueprint.get("/codes")
def codes() -> str:
    """Show the codes that the authenticator apps of the demonstration show now."""
    rows, ours = [], (Member.email.endswith(f"@{DOMAIN}"), Member.left_at.is_(None), Member.totp_secret.is_not(None))
    for member in session.scalars(select(Member).where(*ours).order_by(Member.name)):
        roles = ", ".join(str(ROLES[Role(role)]) for role in sorted(member.roles)) or _("In a circle")
        code = next_good(member.totp_secret or "", now(), member.totp_last_step)
        shown = f"{code[:3]} {code[3:]}" if code else _("in half a minute")
        rows.append((member.name, roles, member.email, shown))
    return render_template("demo/codes.html", rows=rows, file=SIGN_INS_FILE)


@guide_blueprint.get("/mail")
def mail() -> str:
    letters = writing.letters(current_portal.settings.data_dir)
    return render_template("demo/mail.html", letters=letters, waiting=writing.waiting_for_morning())


@guide_blueprint.get("/incidents.csv")
def incidents() -> Response:
    answer = Response(example(read("figures")["source"]), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="incidents.csv"'
    return answer


phone_blueprint = AudienceBlueprint("demo_phone", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/demo/phone")
ONE = f"/<int(min=1, max={len(NUMBERS)}):which>"
LONGEST_TEXT = 1_600
LOOK_TIMES = 15
LOOK_EVERY = 0.2
LARGEST_PICTURE = 6 * 1024 * 1024


class TextForm(PublicForm):
    what = TextAreaField(_l("Your text"), filters=[strip], validators=[at_most(LONGEST_TEXT)])
    picture = FileField(_l("A picture"))

    def validate_what(self, field: TextAreaField) -> None:
        if not field.data and not self.picture.data:
            raise ValidationError(_("Please write something."))


@phone_blueprint.before_request
def make_room() -> None:
    request.max_content_length = LARGEST_PICTURE


@phone_blueprint.get("", endpoint="first")
@phone_blueprint.get(ONE)
def screen(which: int = 1) -> str:
    return _show(which, TextForm(formdata=None))


@phone_blueprint.post(ONE)
def send_text(which: int) -> WerkzeugResponse | tuple[str, int]:
    form, number, settings = TextForm(), NUMBERS[which - 1], current_portal.settings
    if not form.validate():
        return _show(which, form), 422
    picture = form.picture.data
    try:
        before = len(writing.conversation(settings, number))
        sent = (picture.mimetype, picture.read()) if picture else None
        is_taken = writing.send(settings, number, form.what.data or "", sent)
        for _look in range(LOOK_TIMES):
            if len(writing.conversation(settings, number)) > before + 1:
                break
            time.sleep(LOOK_EVERY)
    except NoCompany:
        return _show(which, form), 503
    if not is_taken:
        return _show(which, form, refused=True), 503
    return redirect(url_for("demo_phone.screen", which=which, _anchor="what"))


def _show(which: int, form: TextForm, *, refused: bool = False) -> str:
    settings = current_portal.settings
    try:
        lines = writing.conversation(settings, NUMBERS[which - 1])
    except NoCompany:
        lines = None
    return render_template(
        "demo/phone.html",
        form=form,
        lines=lines or [],
        unreachable=lines is None,
        refused=refused,
        which=which,
        phones=[telephone(phone) for phone in NUMBERS],
        portal_number=telephone(settings.sms_number),
    )

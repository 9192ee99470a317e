"""Forms and views of the member's own account: password, second factors, recovery codes, language and reminders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import Field, HiddenField, PasswordField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired

from portal.accounts import people, reminders, second_factor, sign_in, sign_in_pages
from portal.accounts.navigation import first_room, room_bar
from portal.accounts.reminders import ReminderWay
from portal.accounts.sign_in import current_user, password_first
from portal.accounts.sign_in_rules import own_path
from portal.accounts.texts import ROLES
from portal.accounts.users import passkeys, recovery_codes_left
from portal.core.contact import is_texted, read_number, telephone
from portal.core.crypto import Stretched
from portal.core.editing import done
from portal.core.forms import BaseForm, FormPage, ProtectedForm, at_most, refuse, strip, text
from portal.core.web import SIGNED_IN, AudienceBlueprint


def password_field(label: LazyString) -> PasswordField:
    return PasswordField(label, validators=[sign_in_pages.FILL_IN, at_most(sign_in_pages.LONGEST_PASSWORD)])


class PasswordForm(sign_in_pages.NewPassword, ProtectedForm):
    old = password_field(_l("Your password until now"))


class OnceMoreForm(ProtectedForm):
    """Confirm one's own password before an action that a stolen unlocked phone must not be enough for."""

    password = password_field(_l("Your password"))


class LostPasskeyForm(ProtectedForm):
    sure = HiddenField(default="yes")


class LanguageForm(ProtectedForm):
    language = sign_in_pages.language_field()


blueprint = AudienceBlueprint("account", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/account")
blueprint.add_app_template_global(first_room)
blueprint.add_app_template_global(room_bar)


@blueprint.get("/")
def index() -> str:
    own = passkeys(current_user.id)
    return render_template(
        "accounts/account.html",
        member=current_user.member,
        roles=[label for role, label in ROLES.items() if role in current_user.roles],
        passkeys=own,
        passkey_opens=any(passkey.wrapped_private_key for passkey in own),
        is_open=not current_user.is_locked,
        codes_left=recovery_codes_left(current_user.id),
        form=LanguageForm(formdata=None, language=current_user.member.language),
    )


@blueprint.post("/language")
def language() -> Response:
    form = LanguageForm()
    if not form.validate():
        return redirect(url_for("account.index"))
    current_user.member.language = form.language.data
    return done(url_for("account.index"), _("Saved."))


@blueprint.route("/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    form, me = PasswordForm(), current_user
    form.about = (me.member.name, me.member.email)
    change = partial(people.change_password, me.sign_in, me.member, form.new.data or "")
    if form.validate_on_submit() and (problem := sign_in.problem_with(me.member, form.old.data or "", change)):
        form.old.errors = [problem]
    if not form.is_submitted() or form.errors:
        return render_template("accounts/password.html", form=form), form.http_status
    return done(url_for("account.index"), _("Your password is changed. Every other browser was signed out."))


@blueprint.route("/once-more", methods=["GET", "POST"])
def once_more() -> ResponseReturnValue:
    """Ask for the password again, then redirect to `next`."""
    goal, back = own_path(request.args.get("next")), url_for("account.index")
    return _ask_password(sign_in.note_password, goal, back) or redirect(goal or back)


@blueprint.route("/unlock", methods=["GET", "POST"])
def unlock() -> ResponseReturnValue:
    """Ask for what opens the member's key, the password or only a passkey, then redirect to `next`."""
    goal = own_path(request.args.get("next")) or first_room()
    if not current_user.is_locked:
        return redirect(goal)
    if current_user.member.wrapped_private_key is None:
        door = url_for("sign_in.give_passkey_alone", next=goal)
        return _passkey_page(sign_in_pages.OneTapForm(formdata=None), door, unlocks=True)
    return _ask_password(sign_in.unlock, goal, first_room(), unlocks=True) or redirect(goal)


@blueprint.route("/passkey-only", methods=["GET", "POST"])
def passkey_only() -> ResponseReturnValue:
    """Let nothing but a passkey open the member's key, once it has shown that it does."""
    door = url_for("account.passkey_only")
    if confirm := password_first(door):
        return confirm
    form, problem = sign_in_pages.PasskeyForm(), None
    if form.validate_on_submit():
        if second_factor.leave_to_passkeys(current_user.member, form.credential.data or "", form.prf.data or ""):
            return done(url_for("account.index"), _("Only your passkey opens reports and notes now."))
        problem = _("This passkey does not open reports and notes. Nothing was changed.")
    return _passkey_page(sign_in_pages.PasskeyForm(formdata=None), door, problem), form.http_status


def _passkey_page(form: BaseForm, door: str, problem: str | None = None, *, unlocks: bool = False) -> str:
    return render_template("accounts/passkey_only.html", form=form, door=door, problem=problem, unlocks=unlocks)


@blueprint.route("/password-too", methods=["GET", "POST"])
def password_too() -> ResponseReturnValue:
    """Let the password open the member's key again, while it is open in this browser."""
    back = url_for("account.index")
    current_user.private_key()
    if page := _ask_password(sign_in.open_with_password_too, None, back):
        return page
    return done(back, _("Your password opens reports and notes again."))


def _ask_password(
    then: Callable[[Stretched], None], goal: str | None, back: str, *, unlocks: bool = False
) -> tuple[str, int] | None:
    """Return the page that asks for the password; None once the right one was sent, after `then`."""
    form, member = OnceMoreForm(), current_user.member
    if form.validate_on_submit() and (problem := sign_in.problem_with(member, form.password.data or "", then)):
        form.password.errors = [problem]
    if form.is_submitted() and not form.errors:
        return None
    shown = {"form": form, "next": goal, "back": back, "unlocks": unlocks, "email": member.email}
    return render_template("accounts/once_more.html", **shown), form.http_status


@blueprint.route("/codes", methods=["GET", "POST"])
def codes() -> ResponseReturnValue:
    if confirm := password_first(url_for("account.codes")):
        return confirm
    if not ProtectedForm().is_submitted():
        return render_template("accounts/codes.html", codes=None, codes_left=recovery_codes_left(current_user.id))
    made = second_factor.make_recovery_codes(current_user.member)
    return render_template("accounts/codes.html", codes=made, next=first_room())


@blueprint.post("/app/remove")
def drop_app() -> Response:
    if confirm := password_first(url_for("account.index")):
        return confirm
    second_factor.remove_app(current_user.member)
    return done(url_for("account.index"), _("The app's codes do not work any more."))


@blueprint.post("/passkeys/<int:passkey_id>/remove")
def drop_passkey(passkey_id: int) -> ResponseReturnValue:
    """Remove a passkey; ask first about the only one that opens the member's key."""
    if confirm := password_first(url_for("account.index")):
        return confirm
    opens_alone = second_factor.opens_alone(current_user.member, passkey_id)
    if opens_alone and current_user.is_locked and "sure" not in request.form:
        lead = _("Nothing else opens your reports and notes. Then only a colleague can let you in, or the 24 words.")
        back = (url_for("account.index"), _("Not now"))
        page = FormPage(_("Is this passkey lost?"), _("It is lost: remove it"), lead=lead, danger=True, back=back)
        return page.show(LostPasskeyForm(formdata=None))[0]
    second_factor.remove_passkey(current_user.member, passkey_id, current_user.sign_in)
    return done(url_for("account.index"), _("The passkey does not work any more."))


@blueprint.post("/sign-out")
def leave() -> Response:
    """Sign out, and tell the browser to clear its storage, including pages kept for use without network."""
    sign_in.forget()
    answer = redirect(url_for("sign_in.enter"))
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


@blueprint.post("/sign-out/everywhere")
def leave_everywhere() -> Response:
    sign_in.end_sign_ins(current_user.id, current_user.id)
    return leave()


class WayForm(ProtectedForm):
    way = RadioField(_l("How should we remind you?"), validators=[InputRequired(_l("Please choose one."))])
    number = StringField(_l("Number of your phone"), filters=[strip], validators=[at_most(40)])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(way=reminders.way_of(reminders.reach_of(current_user.id)).value, **kwargs)
        ways = [way for way in ReminderWay if way is not ReminderWay.TEXT or reminders.sends_texts()]
        self.way.choices = [SelectChoice(way.value, reminders.WAY_NAMES[way]) for way in ways]

    def validate_number(self, field: Field) -> None:
        if self.way.data == ReminderWay.TEXT:
            number = read_number(field.data or "")
            if number is None:
                refuse(reminders.WRONG_NUMBER)
            elif not is_texted(number):
                refuse(reminders.ABROAD)


class PhoneCodeForm(ProtectedForm):
    code = text(_l("The code from the text"), 20)


reminders_blueprint = AudienceBlueprint(
    "reminders", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/account/reminders"
)


@reminders_blueprint.route("/", endpoint="index", methods=["GET", "POST"])
def choose_reminders() -> ResponseReturnValue:
    """Show the way, or choose another one; a number must first be proved with a code."""
    form = WayForm()
    if not form.validate_on_submit():
        return _reminders_page(form, PhoneCodeForm(formdata=None)), form.http_status
    if form.way.data == ReminderWay.TEXT:
        reminders.ask_number(current_user.member, read_number(form.number.data or "") or "")
        return done(url_for("reminders.index"), _("A code is on its way to your phone. Type it below."))
    reminders.choose(current_user.member, ReminderWay(form.way.data))
    return done(url_for("reminders.index"), _("Saved."))


@reminders_blueprint.post("/code", endpoint="prove")
def prove_number() -> ResponseReturnValue:
    form = PhoneCodeForm()
    if not (form.validate() and reminders.prove_number(current_user.member, form.code.data)):
        form.code.errors = form.code.errors or [reminders.WRONG_CODE]
        return _reminders_page(WayForm(formdata=None), form), 422
    return done(url_for("reminders.index"), _("It is yours. From now on we remind you by text."))


def _reminders_page(form: WayForm, code: PhoneCodeForm) -> str:
    reach = reminders.reach_of(current_user.id)
    return render_template(
        "accounts/reminders.html",
        form=form,
        code=code,
        consent=reminders.CONSENT,
        sends_texts=reminders.sends_texts(),
        # Enough for its owner, useless to somebody who looks over their shoulder.
        ending=telephone(reach.contact)[-4:] if reach and reach.contact else "",
        is_proved=reach is not None and reach.proved_on is not None,
    )

"""Forms and views of the signed-in member's own account: password, language, second factors, recovery codes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField

from portal.accounts import sign_in
from portal.accounts.navigation import first_room, room_bar
from portal.accounts.one_tap import leave_to_passkeys
from portal.accounts.people import change_password, choose_language
from portal.accounts.second_factor import make_recovery_codes, opens_alone, remove_app, remove_passkey
from portal.accounts.sign_in import current_user, end_sign_ins, note_password, password_first, problem_with
from portal.accounts.sign_in_pages import (
    FILL_IN,
    LONGEST_PASSWORD,
    NewPassword,
    OneTapForm,
    OpeningForm,
    language_field,
)
from portal.accounts.sign_in_rules import own_path
from portal.accounts.texts import ROLES, passkey_way
from portal.accounts.users import passkeys, recovery_codes_left
from portal.core.crypto import HashingBusy
from portal.core.forms import BaseForm, FormPage, ProtectedForm, at_most
from portal.core.web import SIGNED_IN, AudienceBlueprint


class PasswordForm(NewPassword, ProtectedForm):
    """Change one's own password."""

    old = PasswordField(_l("Your password until now"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])


class OnceMoreForm(ProtectedForm):
    """Confirm one's own password before an action that a stolen unlocked phone must not be enough for."""

    password = PasswordField(_l("Your password"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])


class LostPasskeyForm(ProtectedForm):
    """The second press for the only passkey that opens."""

    sure = HiddenField(default="yes")


class LanguageForm(ProtectedForm):
    """The language of mails to this member."""

    language = language_field()


blueprint = AudienceBlueprint("account", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/account")
blueprint.add_app_template_global(first_room)
blueprint.add_app_template_global(room_bar)


@blueprint.get("/")
def index() -> str:
    """Show the member's own account data and the settings they can change."""
    mine = passkeys(current_user.id)
    return render_template(
        "accounts/account.html",
        member=current_user.member,
        roles=[label for role, label in ROLES.items() if role in current_user.roles],
        passkeys=mine,
        passkey_opens=any(passkey.wrapped_private_key for passkey in mine),
        is_open=not current_user.is_locked,
        ways={passkey.id: passkey_way(passkey) for passkey in mine},
        codes_left=recovery_codes_left(current_user.id),
        form=LanguageForm(formdata=None, language=current_user.member.language),
    )


@blueprint.post("/language")
def language() -> Response:
    """Set the language of mails to the member."""
    form = LanguageForm()
    if form.validate():
        choose_language(current_user.member, form.language.data)
        flash(_("Saved."), "success")
    return redirect(url_for("account.index"))


@blueprint.route("/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    """Change the password."""
    form = PasswordForm()
    form.about = (current_user.member.name, current_user.member.email)
    if not form.validate_on_submit():
        return render_template("accounts/password.html", form=form), form.http_status
    try:
        changed = _change(form)
    except HashingBusy:
        flash(_("The server is busy. Please try again in a few seconds."), "warning")
        return render_template("accounts/password.html", form=form), 503
    if not changed:
        form.old.errors = [_("This is not your password.")]
        return render_template("accounts/password.html", form=form), 422
    flash(_("Your password is changed. Every other browser was signed out."), "success")
    return redirect(url_for("account.index"))


@blueprint.route("/once-more", methods=["GET", "POST"])
def once_more() -> ResponseReturnValue:
    """Ask for the password again, then redirect to `next`."""
    form, goal = OnceMoreForm(), own_path(request.args.get("next"))
    if not form.validate_on_submit():
        return _password_page(form, goal, url_for("account.index"))
    if problem := problem_with(current_user.member, form.password.data or ""):
        form.password.errors = [problem]
        return _password_page(form, goal, url_for("account.index"))
    note_password()
    return redirect(goal or url_for("account.index"))


@blueprint.route("/unlock", methods=["GET", "POST"])
def unlock() -> ResponseReturnValue:
    """Ask for what opens the member's key, the password or only a passkey, then redirect to `next`."""
    form, goal = OnceMoreForm(), own_path(request.args.get("next")) or first_room()
    if not current_user.is_locked:
        return redirect(goal)
    if current_user.member.wrapped_private_key is None:
        door = url_for("sign_in.give_passkey_alone", next=goal)
        return _passkey_page(OneTapForm(formdata=None), door, unlocks=True)
    if not form.validate_on_submit():
        return _password_page(form, goal, first_room(), unlocks=True)
    if problem := sign_in.unlock(form.password.data or ""):
        form.password.errors = [problem]
        return _password_page(form, goal, first_room(), unlocks=True)
    return redirect(goal)


@blueprint.route("/passkey-only", methods=["GET", "POST"])
def passkey_only() -> ResponseReturnValue:
    """Let nothing but a passkey open the member's key, once it has shown that it does."""
    door = url_for("account.passkey_only")
    if asked := password_first(door):
        return asked
    form, problem = OpeningForm(), None
    if form.validate_on_submit():
        if leave_to_passkeys(current_user.member, form.credential.data or "", form.prf.data or ""):
            flash(_("Only your passkey opens reports and notes now."), "success")
            return redirect(url_for("account.index"))
        problem = _("This passkey does not open reports and notes. Nothing was changed.")
    return _passkey_page(OpeningForm(formdata=None), door, problem), form.http_status


def _passkey_page(form: BaseForm, door: str, problem: str | None = None, *, unlocks: bool = False) -> str:
    shown = {"form": form, "door": door, "problem": problem, "unlocks": unlocks}
    return render_template("accounts/passkey_only.html", **shown)


@blueprint.route("/password-too", methods=["GET", "POST"])
def password_too() -> ResponseReturnValue:
    """Let the password open the member's key again, while it is open in this browser."""
    form, back = OnceMoreForm(), url_for("account.index")
    current_user.private_key()
    if not form.validate_on_submit():
        return _password_page(form, None, back)
    if problem := sign_in.open_with_password_too(form.password.data or ""):
        form.password.errors = [problem]
        return _password_page(form, None, back)
    flash(_("Your password opens reports and notes again."), "success")
    return redirect(back)


def _password_page(form: OnceMoreForm, goal: str | None, back: str, *, unlocks: bool = False) -> tuple[str, int]:
    shown = {"form": form, "next": goal, "back": back, "unlocks": unlocks, "email": current_user.member.email}
    return render_template("accounts/once_more.html", **shown), form.http_status


@blueprint.route("/codes", methods=["GET", "POST"])
def codes() -> ResponseReturnValue:
    """Create recovery codes and show them once."""
    if asked := password_first(url_for("account.codes")):
        return asked
    if not ProtectedForm().is_submitted():
        return render_template("accounts/codes.html", codes=None, codes_left=recovery_codes_left(current_user.id))
    made = make_recovery_codes(current_user.member)
    return render_template("accounts/codes.html", codes=made, next=first_room())


@blueprint.post("/app/remove")
def drop_app() -> Response:
    """Remove the authenticator app."""
    if asked := password_first(url_for("account.index")):
        return asked
    remove_app(current_user.member)
    flash(_("The app's codes do not work any more."), "success")
    return redirect(url_for("account.index"))


@blueprint.post("/passkeys/<int:passkey_id>/remove")
def drop_passkey(passkey_id: int) -> ResponseReturnValue:
    """Remove a passkey; ask first about the only one that opens the member's key."""
    if asked := password_first(url_for("account.index")):
        return asked
    if opens_alone(current_user.member, passkey_id) and current_user.is_locked and "sure" not in request.form:
        lead = _("Nothing else opens your reports and notes. Then only a colleague can let you in, or the 24 words.")
        back = (url_for("account.index"), _("Not now"))
        page = FormPage(_("Is this passkey lost?"), _("It is lost: remove it"), lead=lead, danger=True, back=back)
        return page.show(LostPasskeyForm(formdata=None))[0]
    remove_passkey(current_user.member, passkey_id, current_user.sign_in)
    flash(_("The passkey does not work any more."), "success")
    return redirect(url_for("account.index"))


@blueprint.post("/sign-out")
def leave() -> Response:
    """Sign out of this browser."""
    return _forgotten()


@blueprint.post("/sign-out/everywhere")
def leave_everywhere() -> Response:
    """Sign out of every browser, this one included."""
    end_sign_ins(current_user.id, current_user.id)
    return _forgotten()


def _forgotten() -> Response:
    """Sign out and tell the browser to clear its storage, including pages kept for use without network."""
    sign_in.forget()
    answer = redirect(url_for("sign_in.enter"))
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


def _change(form: PasswordForm) -> bool:
    mine = current_user
    old, new = form.old.data or "", form.new.data or ""
    return change_password(mine.sign_in, mine.member, old, new)

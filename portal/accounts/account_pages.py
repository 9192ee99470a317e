"""Forms and views of the signed-in member's own account: password, language, second factors, recovery codes."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import PasswordField

from portal.accounts import sign_in
from portal.accounts.navigation import first_room, room_bar, room_nav
from portal.accounts.people import change_password, choose_language
from portal.accounts.second_factor import make_recovery_codes, remove_app, remove_passkey
from portal.accounts.sign_in import end_sign_ins, note_password, password_first, person, problem_with
from portal.accounts.sign_in_pages import FILL_IN, LONGEST_PASSWORD, NewPassword, language_field
from portal.accounts.sign_in_rules import own_path
from portal.accounts.texts import ROLES
from portal.accounts.users import passkeys, recovery_codes_left
from portal.core.crypto import HashingBusy
from portal.core.forms import ProtectedForm, at_most
from portal.core.web import SIGNED_IN, AudienceBlueprint


class PasswordForm(NewPassword, ProtectedForm):
    """Change one's own password."""

    old = PasswordField(_l("Your password until now"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])


class OnceMoreForm(ProtectedForm):
    """Confirm one's own password before an action that a stolen unlocked phone must not be enough for."""

    password = PasswordField(_l("Your password"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])


class LanguageForm(ProtectedForm):
    """The language of mails to this member."""

    language = language_field()


blueprint = AudienceBlueprint("account", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/account")
blueprint.add_app_template_global(room_nav)
blueprint.add_app_template_global(room_bar)
Answer = Response | str | tuple[str, int]


@blueprint.get("/")
def index() -> str:
    """Show the member's own account data and the settings they can change."""
    return render_template(
        "accounts/account.html",
        member=person().member,
        roles=[label for role, label in ROLES.items() if role in person().roles],
        passkeys=passkeys(person().id),
        codes_left=recovery_codes_left(person().id),
        form=LanguageForm(formdata=None, language=person().member.language),
    )


@blueprint.post("/language")
def language() -> Response:
    """Set the language of mails to the member."""
    form = LanguageForm()
    if form.validate():
        choose_language(person().member, form.language.data)
        flash(_("Saved."), "success")
    return redirect(url_for("account.index"))


@blueprint.route("/password", methods=["GET", "POST"])
def password() -> Answer:
    """Change the password."""
    form = PasswordForm()
    form.about = (person().member.name, person().member.email)
    if not form.is_submitted():
        return render_template("accounts/password.html", form=form)
    if not form.validate():
        return render_template("accounts/password.html", form=form), 422
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
def once_more() -> Answer:
    """Ask for the password again, then redirect to `next`."""
    form, goal = OnceMoreForm(), own_path(request.args.get("next"))
    if not form.is_submitted():
        return render_template("accounts/once_more.html", form=form, next=goal)
    if not form.validate():
        return render_template("accounts/once_more.html", form=form, next=goal), 422
    if problem := problem_with(person().member, form.password.data or ""):
        form.password.errors = [problem]
        return render_template("accounts/once_more.html", form=form, next=goal), 422
    note_password()
    return redirect(goal or url_for("account.index"))


@blueprint.route("/codes", methods=["GET", "POST"])
def codes() -> Answer:
    """Create recovery codes and show them once."""
    if asked := password_first(url_for("account.codes")):
        return asked
    if not ProtectedForm().is_submitted():
        return render_template("accounts/codes.html", codes=None, codes_left=recovery_codes_left(person().id))
    made = make_recovery_codes(person().member)
    return render_template("accounts/codes.html", codes=made, next=first_room())


@blueprint.post("/app/remove")
def drop_app() -> Response:
    """Remove the authenticator app."""
    if asked := password_first(url_for("account.index")):
        return asked
    remove_app(person().member)
    flash(_("The app's codes do not work any more."), "success")
    return redirect(url_for("account.index"))


@blueprint.post("/passkeys/<int:passkey_id>/remove")
def drop_passkey(passkey_id: int) -> Response:
    """Remove a passkey."""
    if asked := password_first(url_for("account.index")):
        return asked
    remove_passkey(person().member, passkey_id)
    flash(_("The passkey does not work any more."), "success")
    return redirect(url_for("account.index"))


@blueprint.post("/sign-out")
def leave() -> Response:
    """Sign out of this browser."""
    return _forgotten()


@blueprint.post("/sign-out/everywhere")
def leave_everywhere() -> Response:
    """Sign out of every browser, this one included."""
    end_sign_ins(person().id, person().id)
    return _forgotten()


def _forgotten() -> Response:
    """Sign out and tell the browser to clear its storage, including pages kept for use without network."""
    sign_in.forget()
    answer = redirect(url_for("sign_in.enter"))
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


def _change(form: PasswordForm) -> bool:
    mine = person()
    old, new = form.old.data or "", form.new.data or ""
    return change_password(mine.sign_in, mine.member, mine.private_key(), old, new)

"""Forms and views for signing in: password, invitation links, second factor, and setting up a first second factor."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response as JsonResponse, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import Field, HiddenField, PasswordField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Optional

from portal.accounts import people, second_factor, sign_in, sign_in_rules
from portal.accounts.navigation import first_room
from portal.accounts.sign_in import current_user, let_in, may_pass, password_first, retry_after, too_often
from portal.accounts.sign_in_rules import own_path
from portal.accounts.texts import WEAKNESSES, names_here
from portal.accounts.users import has_second_factor, passkeys, recovery_codes_left
from portal.core.crypto import HashingBusy
from portal.core.db import db
from portal.core.forms import ProtectedForm, PublicForm, at_most, form_again, refuse, strip, text
from portal.core.hosts import on_onion
from portal.core.i18n import LANGUAGES, NAMES, language
from portal.core.jobs.outbox import cipher
from portal.core.limits import address_key, is_honest, networks, note_honest
from portal.core.portal import current_portal
from portal.core.statuses import NotAllowed, NotFound
from portal.core.web import HALFWAY, PUBLIC, AudienceBlueprint, came_from_us

FILL_IN = InputRequired(_l("Please fill this in."))
LONGEST_PASSWORD = 1_000
LONGEST_NAME = 120


def email_field() -> StringField:
    return text(
        _l("E-mail address"), sign_in_rules.LONGEST_EMAIL, type="email", autocapitalize="none", spellcheck="false"
    )


def language_field() -> RadioField:
    """Return the field for one's own language, each choice in its own language."""
    own = Markup('<span lang="{0}">{1}</span>')
    return RadioField(_l("Language"), choices=[SelectChoice(code, own.format(code, NAMES[code])) for code in LANGUAGES])


class SignInForm(PublicForm):
    email = email_field()
    password = PasswordField(_l("Password"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])


class SecondStepForm(ProtectedForm):
    code = text(_l("Code"), 40)


class PasskeyAnswer:
    """The browser's response about a passkey, and what that computed, if it can; `sign-in.js` fills it in."""

    credential = HiddenField(validators=[FILL_IN, at_most(20_000)])
    prf = HiddenField(validators=[Optional(), at_most(100)])


class OneTapForm(PasskeyAnswer, PublicForm):
    """For a passkey that signs in alone."""


class PasskeyForm(PasskeyAnswer, ProtectedForm):
    """For a passkey of a member who is known already."""


class NewPasskeyForm(PasskeyForm):
    name = StringField(_l("A name for this passkey"), filters=[strip], validators=[Optional(), at_most(80)])


class NewPassword:
    new = PasswordField(_l("New password"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])
    again = PasswordField(_l("The same password again"), validators=[FILL_IN])
    about: Sequence[str] = ()
    """Name and e-mail address of the password's owner."""

    def validate_new(self, field: Field) -> None:
        if weakness := sign_in.weakness(field.data, self.about, names_here()):
            refuse(WEAKNESSES[weakness])

    def validate_again(self, field: Field) -> None:
        if field.data != self.new.data:
            refuse(_l("The two passwords are not the same."))


class AcceptForm(NewPassword, PublicForm):
    name = text(_l("Your name, as colleagues see it"), LONGEST_NAME)
    language = language_field()


class RenewForm(NewPassword, PublicForm):
    """For a new password by a link."""


sign_in_blueprint = AudienceBlueprint("sign_in", __name__, audience=PUBLIC, url_prefix="/<lang:lang>")
SOON = {"Retry-After": "5"}
BUSY = _l("Many people are signing in at this moment. Please try again in a few seconds.")


@sign_in_blueprint.route("/sign-in", methods=["GET", "POST"])
def enter() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form), form.http_status
    email, password = form.email.data or "", form.password.data or ""
    who = sign_in.PasswordTry(email)
    windows = who.windows()
    if not may_pass(windows):
        return _sign_in_page(form, too_often(windows)), 429, retry_after(windows)
    try:
        shares = sign_in_rules.sign_in_shares(who.near, who.wide, is_known=who.is_known)
        unlocked = sign_in.check_password(email, password, shares)
    except HashingBusy:
        # No password was checked: a member must not be locked out because other requests were faster.
        let_in(windows)
        return _sign_in_page(form, BUSY), 503, SOON
    if unlocked is None:
        return _sign_in_page(form, _("This e-mail address and this password do not go together.")), 422
    let_in(windows)
    who.was_right()
    sign_in.remember(sign_in.begin_sign_in(*unlocked))
    return _entered()


@sign_in_blueprint.route("/sign-in/passkey", methods=["GET", "POST"])
def give_passkey_alone() -> ResponseReturnValue:
    form, near, wide = OneTapForm(), *networks()[:2]
    if not form.is_submitted():
        return _sign_in_page(SignInForm(formdata=None))
    windows = sign_in_rules.passkey_windows(near, wide, is_known=is_honest(near))
    if not may_pass(windows):
        return _sign_in_page(SignInForm(formdata=None), too_often(windows)), 429, retry_after(windows)
    given = form.credential.data or "", form.prf.data or ""
    tokens = second_factor.enter_with_passkey(*given) if form.validate() else None
    if tokens is None:
        # The same words whatever is wrong: nobody learns whether an account or a passkey is there.
        problem = _(
            "That did not work. Try again, or use your e-mail and password. A passkey that was removed does not work."
        )
        return _sign_in_page(SignInForm(formdata=None), problem), 422
    let_in(windows)
    note_honest(near)
    sign_in.remember(tokens)
    return _entered()


@sign_in_blueprint.post("/sign-in/passkey/options")
def options_alone() -> JsonResponse:
    """Return the options for `sign-in.js` to sign in with whatever passkey the device has for this site."""
    # A passkey belongs to one host name, the public one.
    if on_onion():
        raise NotFound
    return JsonResponse(second_factor.one_tap_options(), mimetype="application/json")


def _entered() -> Response:
    # `entered` is for whose browser keeps no cookie: they would find the same page again, without a word.
    return redirect(url_for("second_step.ask", next=own_path(request.args.get("next")), entered="y"))


@sign_in_blueprint.route("/sign-in/again", methods=["GET", "POST"])
def again() -> ResponseReturnValue:
    """Offer a form once more that came while its writer was signed out; nothing is done until they press the button."""
    form = form_again(request.form.get("kept", ""))
    if form is None or own_path(form.path) is None or not came_from_us():
        return _sign_in_page(SignInForm(formdata=None))
    is_inside = current_user.is_authenticated
    if is_inside and not sign_in.must_unlock(current_user):
        return render_template("accounts/again.html", form=form)
    door, kept = "account.unlock" if is_inside else "sign_in.enter", request.form["kept"]
    return render_template("errors/signed_out.html", typed=(), kept=kept, door=door, is_locked=is_inside)


@sign_in_blueprint.route("/invitation/<token>", methods=["GET", "POST"])
def accept(token: str) -> ResponseReturnValue:
    windows = sign_in_rules.invitation_windows(address_key())
    if not may_pass(windows):
        page = render_template("accounts/no_invitation.html", too_often=too_often(windows))
        return page, 429, retry_after(windows)
    try:
        # Outside of the transaction that uses it, because choosing a password takes long.
        with db.new_session(writes=False) as reading:
            invitation = people.invitation_of(token, reading)
        let_in(windows)
        form = RenewForm() if invitation.member_id else AcceptForm(name=invitation.name, language=language())
        name, chosen = invitation.name, language()
        if isinstance(form, AcceptForm):
            name, chosen = form.name.data or "", form.language.data
        form.about = (invitation.email, name)
        shown = {"form": form, "invitation": invitation}
        if not form.validate_on_submit():
            return render_template("accounts/accept.html", problem=None, **shown), form.http_status
        new = people.make_secrets(form.new.data or "")
        member = people.accept(token, name, chosen, new)
    except HashingBusy:
        return render_template("accounts/accept.html", problem=BUSY, **shown), 503, SOON
    except NotFound:
        # The same page for a link that expired, that was used, and that never existed.
        return render_template("accounts/no_invitation.html", too_often=None), 404
    sign_in.remember(sign_in.begin_sign_in(member.id, new.private_key))
    return redirect(url_for("second_step.ask", lang=chosen))


def _sign_in_page(form: SignInForm, problem: LazyString | str | None = None) -> str:
    return render_template(
        "accounts/sign_in.html",
        form=form,
        one_tap=OneTapForm(formdata=None),
        problem=problem,
        stopped=request.args.get("stopped"),
        next=own_path(request.args.get("next")),
    )


second_step_blueprint = AudienceBlueprint(
    "second_step", __name__, audience=HALFWAY, url_prefix="/<lang:lang>/second-step"
)


@second_step_blueprint.get("/")
def ask() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return _go_on()
    if not has_second_factor(current_user.member):
        return redirect(url_for("second_step.choose"))
    return _asking(SecondStepForm())


@second_step_blueprint.route("/code", methods=["GET", "POST"])
def give_code() -> ResponseReturnValue:
    form = SecondStepForm()
    if not form.is_submitted():
        return redirect(url_for("second_step.ask"))
    if not form.validate():
        return _asking(form), 422
    windows = sign_in_rules.second_factor_windows(str(current_user.sign_in.id), str(current_user.id))
    if not may_pass(windows):
        return _asking(form, too_often(windows)), 429, retry_after(windows)
    if not second_factor.check_code(current_user.member, form.code.data or ""):
        form.code.errors = [
            _("This code is not right, or it was used already. Wait for the next one. Is your phone's clock right?")
        ]
        return _asking(form), 422
    let_in(windows)
    sign_in.complete_sign_in(current_user.sign_in)
    if not on_onion() and second_factor.offer_passkey_once(current_user.member):
        return redirect(url_for("second_step.passkey", next=_goal() or first_room()))
    return _go_on()


@second_step_blueprint.route("/passkey", methods=["GET", "POST"])
def give_passkey() -> ResponseReturnValue:
    form = PasskeyForm()
    if not form.is_submitted():
        return redirect(url_for("second_step.ask"))
    # A challenge must not be answered twice.
    challenge = session.pop(sign_in.CHALLENGE, "")
    windows = sign_in_rules.second_factor_windows(str(current_user.sign_in.id), str(current_user.id))
    if not may_pass(windows):
        return _asking(SecondStepForm(formdata=None), too_often(windows)), 429, retry_after(windows)
    given = current_user.member, form.credential.data or "", challenge
    passkey = second_factor.check_passkey(*given) if form.validate() else None
    if passkey is None:
        return _asking(SecondStepForm(formdata=None), _("That passkey did not work. Please try again.")), 422
    let_in(windows)
    sign_in.complete_sign_in(current_user.sign_in, passkey.id)
    return _go_on()


@second_step_blueprint.post("/passkey/options")
def passkey_options() -> JsonResponse:
    from portal.accounts.passkeys import ask_for_one

    options, session[sign_in.CHALLENGE] = ask_for_one(passkeys(current_user.id))
    return JsonResponse(options, mimetype="application/json")


@second_step_blueprint.get("/set-up")
def choose() -> ResponseReturnValue:
    _require_set_up()
    if on_onion():
        return redirect(url_for("second_step.app"))
    return render_template("accounts/choose_factor.html")


@second_step_blueprint.route("/set-up/app", methods=["GET", "POST"])
def app() -> ResponseReturnValue:
    _require_set_up()
    if confirm := password_first(url_for("second_step.app")):
        return confirm
    form = SecondStepForm()
    # It stays the same across page loads until its code was correct.
    if kept := session.get(sign_in.NEW_APP):
        secret = cipher().decrypt(kept.encode())
    else:
        secret = second_factor.new_totp_secret()
        session[sign_in.NEW_APP] = cipher().encrypt(secret).decode()
    if form.validate_on_submit():
        if second_factor.set_up_app(current_user.member, secret, form.code.data or ""):
            session.pop(sign_in.NEW_APP, None)
            return _factor_added()
        form.code.errors = [_("This code is not right. Type the one that the app shows now.")]
    address = second_factor.totp_address(secret, current_user.member.email, current_portal.settings.site_name)
    import segno

    square = Markup(segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", dark="#000"))  # noqa: S704
    groups = [secret[place : place + 4] for place in range(0, len(secret), 4)]
    page = render_template("accounts/set_up_app.html", form=form, square=square, groups=groups, address=address)
    return page, form.http_status


@second_step_blueprint.route("/set-up/passkey", methods=["GET", "POST"])
def passkey() -> ResponseReturnValue:
    if on_onion():
        raise NotFound
    _require_set_up()
    if confirm := password_first(url_for("second_step.passkey")):
        return confirm
    form, goal, problem = NewPasskeyForm(), _goal(), None
    if form.is_submitted():
        # A challenge must not be answered twice.
        challenge = session.pop(sign_in.CHALLENGE, None)
        number = len(passkeys(current_user.id)) + 1
        name = form.name.data or (_("Passkey %(number)d", number=number) if number > 1 else _("Passkey"))
        if form.validate() and challenge is not None:
            output = sign_in_rules.passkey_output(form.prf.data or "")
            private_key = current_user.private_key() if output and not current_user.is_locked else None
            given = current_user.member, form.credential.data or "", challenge, name
            if second_factor.add_passkey(*given, output=output, private_key=private_key):
                return _factor_added()
        form.credential.data = form.prf.data = ""
        problem = _("The passkey was not saved. Please try again, or choose an authenticator app.")
    back = (goal or url_for("account.index")) if current_user.is_authenticated else None
    page = render_template("accounts/set_up_passkey.html", form=form, problem=problem, back=back, next=goal)
    return page, form.http_status


@second_step_blueprint.post("/set-up/passkey/options")
def new_passkey_options() -> JsonResponse:
    _require_set_up()
    # An authenticator with a passkey from before `signs_in` may make a new one, which takes its place.
    complete = [passkey for passkey in passkeys(current_user.id) if passkey.signs_in]
    from portal.accounts.passkeys import ask_for_new

    options, session[sign_in.CHALLENGE] = ask_for_new(current_user.member, complete)
    return JsonResponse(options, mimetype="application/json")


@second_step_blueprint.post("/start-again")
def start_again() -> Response:
    sign_in.forget()
    return redirect(url_for("sign_in.enter"))


def _require_set_up() -> None:
    # An attacker who only knows the password must not be able to add a second factor beside the existing one.
    if not current_user.is_authenticated and has_second_factor(current_user.member):
        raise NotAllowed


def _asking(form: SecondStepForm, problem: str | None = None) -> str:
    return render_template(
        "accounts/second_step.html",
        form=form,
        problem=problem,
        has_passkey=bool(passkeys(current_user.id)) and not on_onion(),
        has_app=current_user.member.has_app,
        next=_goal(),
    )


def _go_on() -> Response:
    if sign_in.must_unlock(current_user):
        return redirect(url_for("account.unlock", next=_goal()))
    return redirect(_goal() or first_room())


def _factor_added() -> Response:
    if not current_user.is_authenticated:
        sign_in.complete_sign_in(current_user.sign_in)
    if not recovery_codes_left(current_user.id):
        return redirect(url_for("account.codes"))
    return redirect(_goal() or url_for("account.index"))


def _goal() -> str | None:
    return own_path(request.args.get("next"))

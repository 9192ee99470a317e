"""Forms and views for signing in: password, invitation links, second factor, and setting up a first second factor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Response as JsonResponse
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import Field, HiddenField, PasswordField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Optional

from portal.accounts import people, second_factor, sign_in
from portal.accounts.navigation import first_room
from portal.accounts.one_tap import enter_with_passkey, one_tap_options, takes_offer
from portal.accounts.second_factor import (
    PasskeyKey,
    add_passkey,
    check_code,
    check_passkey,
    new_totp_secret,
    set_up_app,
    totp_address,
)
from portal.accounts.sign_in import (
    begin_sign_in,
    check_password,
    complete_sign_in,
    current_user,
    let_in,
    may_pass,
    must_unlock,
    password_first,
    password_try,
    retry_after,
    too_often,
    weakness,
)
from portal.accounts.sign_in_rules import (
    LONGEST,
    ThrottleWindow,
    invitation_windows,
    own_path,
    passkey_output,
    passkey_windows,
    second_factor_windows,
)
from portal.accounts.texts import WEAKNESSES, names_here
from portal.accounts.users import Invitation, has_second_factor, passkeys, recovery_codes_left
from portal.core.crypto import HashingBusy
from portal.core.forms import ProtectedForm, PublicForm, at_most, form_again, refuse, strip, text
from portal.core.hosts import on_onion
from portal.core.i18n import LANGUAGES, NAMES, language
from portal.core.jobs.outbox import cipher
from portal.core.limits import address_key, is_honest, networks, note_honest
from portal.core.portal import current_portal
from portal.core.statuses import NotAllowed, NotFound
from portal.core.web import HALFWAY, PUBLIC, AudienceBlueprint, came_from_us

if TYPE_CHECKING:
    from portal.accounts.passkeys import PasskeyRequest


FILL_IN = InputRequired(_l("Please fill this in."))
LONGEST_PASSWORD = 1_000
LONGEST_NAME = 120
LONGEST_RESPONSE, LONGEST_OUTPUT = 20_000, 100


def email_field() -> StringField:
    """Return the field for the address a member signs in with."""
    return text(_l("E-mail address"), LONGEST, type="email", autocapitalize="none", spellcheck="false")


def language_field() -> RadioField:
    """Return the field for one's own language, each choice in its own language."""
    own = Markup('<span lang="{0}">{1}</span>')
    return RadioField(_l("Language"), choices=[SelectChoice(code, own.format(code, NAMES[code])) for code in LANGUAGES])


class SignInForm(PublicForm):
    """First step: e-mail address and password."""

    email = email_field()
    password = PasswordField(_l("Password"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])


class SecondStepForm(ProtectedForm):
    """Second step: a code of the app, or a recovery code."""

    code = text(_l("Code"), 40)


class PasskeyForm(ProtectedForm):
    """The browser's response about a passkey; `sign-in.js` fills it in."""

    credential = HiddenField(validators=[FILL_IN, at_most(LONGEST_RESPONSE)])


class OneTapForm(PublicForm):
    """The browser's response about a passkey that signs in alone, and what the passkey computed, if it can."""

    credential = HiddenField(validators=[FILL_IN, at_most(LONGEST_RESPONSE)])
    prf = HiddenField(validators=[Optional(), at_most(LONGEST_OUTPUT)])


class OpeningForm(PasskeyForm):
    """The same, and what the passkey computed, if it can."""

    prf = HiddenField(validators=[Optional(), at_most(LONGEST_OUTPUT)])


class NewPasskeyForm(OpeningForm):
    """A new passkey and its name."""

    name = StringField(_l("A name for this passkey"), filters=[strip], validators=[Optional(), at_most(80)])


class NewPassword:
    """Two password fields that must agree and be hard to guess."""

    new = PasswordField(_l("New password"), validators=[FILL_IN, at_most(LONGEST_PASSWORD)])
    again = PasswordField(_l("The same password again"), validators=[FILL_IN])
    about: Sequence[str] = ()
    """Name and e-mail address of the password's owner."""

    def validate_new(self, field: Field) -> None:
        """Refuse a password that is easy to guess."""
        if found := weakness(field.data, self.about, names_here()):
            refuse(WEAKNESSES[found])

    def validate_again(self, field: Field) -> None:
        """Catch a typing error."""
        if field.data != self.new.data:
            refuse(_l("The two passwords are not the same."))


class AcceptForm(NewPassword, PublicForm):
    """Make an account from an invitation."""

    name = text(_l("Your name, as colleagues see it"), LONGEST_NAME)
    language = language_field()


class RenewForm(NewPassword, PublicForm):
    """Choose a new password by a link."""


sign_in_blueprint = AudienceBlueprint("sign_in", __name__, audience=PUBLIC, url_prefix="/<lang:lang>")
SOON = {"Retry-After": "5"}


@sign_in_blueprint.route("/sign-in", methods=["GET", "POST"])
def enter() -> ResponseReturnValue:
    """Ask for e-mail address and password."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form), form.http_status
    email, password = form.email.data or "", form.password.data or ""
    who = password_try(email)
    windows = who.windows()
    if not may_pass(windows):
        return _sign_in_page(form, too_often(windows)), 429, retry_after(windows)
    try:
        unlocked = check_password(email, password, who.shares())
    except HashingBusy:
        # No password was checked: a member must not be locked out because other requests were faster.
        let_in(windows)
        return _sign_in_page(form, _busy()), 503, SOON
    if unlocked is None:
        return _sign_in_page(form, _("This e-mail address and this password do not go together.")), 422
    let_in(windows)
    who.was_right()
    sign_in.remember(begin_sign_in(unlocked.member_id, unlocked.private_key, unlocked.renewed))
    return _entered()


@sign_in_blueprint.route("/sign-in/passkey", methods=["GET", "POST"])
def give_passkey_alone() -> ResponseReturnValue:
    """Sign in with a passkey that stands for both factors."""
    form, near, wide = OneTapForm(), *networks()[:2]
    if not form.is_submitted():
        return _sign_in_page(SignInForm(formdata=None))
    windows = passkey_windows(near, wide, is_known=is_honest(near))
    if not may_pass(windows):
        return _sign_in_page(SignInForm(formdata=None), too_often(windows)), 429, retry_after(windows)
    tokens = enter_with_passkey(form.credential.data or "", form.prf.data or "") if form.validate() else None
    if tokens is None:
        # The same words whatever is wrong: nobody learns whether an account or a passkey is there.
        return _sign_in_page(SignInForm(formdata=None), _passkey_failed()), 422
    let_in(windows)
    note_honest(near)
    sign_in.remember(tokens)
    return _entered()


def _require_passkeys() -> None:
    # A passkey belongs to one host name, the public one.
    if on_onion():
        raise NotFound


@sign_in_blueprint.post("/sign-in/passkey/options")
def options_alone() -> JsonResponse:
    """Return the options for `sign-in.js` to sign in with whatever passkey the device has for this site."""
    _require_passkeys()
    host = urlsplit(current_portal.settings.public_url).hostname or ""
    return JsonResponse(one_tap_options(host), mimetype="application/json")


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
    if is_inside and not must_unlock(current_user):
        return render_template("accounts/again.html", form=form)
    door, kept = "account.unlock" if is_inside else "sign_in.enter", request.form["kept"]
    return render_template("errors/signed_out.html", typed=(), kept=kept, door=door, is_locked=is_inside)


@sign_in_blueprint.route("/invitation/<token>", methods=["GET", "POST"])
def accept(token: str) -> ResponseReturnValue:
    """Make an account, or choose a new password, by an invitation link."""
    windows = invitation_windows(address_key())
    if not may_pass(windows):
        page = render_template("accounts/no_invitation.html", too_often=too_often(windows))
        return page, 429, retry_after(windows)
    try:
        invitation = people.read_invitation(token)
        let_in(windows)
        return _choose(token, invitation)
    except NotFound:
        # The same page for a link that expired, that was used, and that never existed.
        return render_template("accounts/no_invitation.html", too_often=None), 404


def _choose(token: str, invitation: Invitation) -> ResponseReturnValue:
    form = RenewForm() if invitation.member_id else AcceptForm(name=invitation.name, language=language())
    form.about = (invitation.email, form.name.data or "" if isinstance(form, AcceptForm) else invitation.name)
    if not form.validate_on_submit():
        return _welcome(form, invitation), form.http_status
    try:
        new = people.make_secrets(form.new.data or "")
    except HashingBusy:
        return _welcome(form, invitation, _busy()), 503, SOON
    name, chosen = (form.name.data or "", form.language.data) if isinstance(form, AcceptForm) else ("", language())
    member = people.accept(token, name, chosen, new)
    sign_in.remember(begin_sign_in(member.id, new.private_key))
    return redirect(url_for("second_step.ask", lang=chosen))


def _sign_in_page(form: SignInForm, problem: str | None = None) -> str:
    return render_template(
        "accounts/sign_in.html",
        form=form,
        one_tap=OneTapForm(formdata=None),
        problem=problem,
        stopped=request.args.get("stopped"),
        next=own_path(request.args.get("next")),
    )


def _passkey_failed() -> str:
    return str(
        _("That did not work. Try again, or use your e-mail and password. A passkey that was removed does not work.")
    )


def _welcome(form: AcceptForm | RenewForm, invitation: Invitation, problem: str | None = None) -> str:
    return render_template("accounts/accept.html", form=form, invitation=invitation, problem=problem)


def _busy() -> str:
    return str(_("Many people are signing in at this moment. Please try again in a few seconds."))


second_step_blueprint = AudienceBlueprint(
    "second_step", __name__, audience=HALFWAY, url_prefix="/<lang:lang>/second-step"
)
StepAnswer = Response | str | tuple[str, int] | tuple[str, int, dict[str, str]]


@second_step_blueprint.get("/")
def ask() -> StepAnswer:
    """Ask for the second factor, or redirect to set one up."""
    if current_user.is_authenticated:
        return _go_on()
    if not has_second_factor(current_user.member):
        return redirect(url_for("second_step.choose"))
    return _asking(SecondStepForm())


@second_step_blueprint.route("/code", methods=["GET", "POST"])
def give_code() -> StepAnswer:
    """Check a code of the app, or a recovery code."""
    form = SecondStepForm()
    if not form.is_submitted():
        return redirect(url_for("second_step.ask"))
    if not form.validate():
        return _asking(form), 422
    if not may_pass(_windows()):
        return _asking(form, too_often(_windows())), 429, retry_after(_windows())
    if not check_code(current_user.member, form.code.data or ""):
        form.code.errors = [
            _("This code is not right, or it was used already. Wait for the next one. Is your phone's clock right?")
        ]
        return _asking(form), 422
    let_in(_windows())
    complete_sign_in(current_user.sign_in)
    if not on_onion() and takes_offer(current_user.member):
        return redirect(url_for("second_step.passkey", next=_goal() or first_room()))
    return _go_on()


@second_step_blueprint.route("/passkey", methods=["GET", "POST"])
def give_passkey() -> StepAnswer:
    """Check the browser's response for a passkey."""
    form = PasskeyForm()
    if not form.is_submitted():
        return redirect(url_for("second_step.ask"))
    challenge = sign_in.drop(sign_in.CHALLENGE)
    if not may_pass(_windows()):
        return _asking(SecondStepForm(formdata=None), too_often(_windows())), 429, retry_after(_windows())
    passkey = (
        check_passkey(current_user.member, form.credential.data or "", challenge or "") if form.validate() else None
    )
    if passkey is None:
        return _asking(SecondStepForm(formdata=None), _("That passkey did not work. Please try again.")), 422
    let_in(_windows())
    complete_sign_in(current_user.sign_in, passkey.id)
    return _go_on()


@second_step_blueprint.post("/passkey/options")
def passkey_options() -> JsonResponse:
    """Return the options for `sign-in.js` to sign in with a passkey."""
    return _options(second_factor.sign_in_options(current_user.member))


@second_step_blueprint.get("/set-up")
def choose() -> StepAnswer:
    """Choose which second factor to set up."""
    _require_set_up()
    if on_onion():
        return redirect(url_for("second_step.app"))
    return render_template("accounts/choose_factor.html")


@second_step_blueprint.route("/set-up/app", methods=["GET", "POST"])
def app() -> StepAnswer:
    """Set up an authenticator app: show its secret, check a first code."""
    _require_set_up()
    if asked := password_first(url_for("second_step.app")):
        return asked
    form, secret = SecondStepForm(), _new_app()
    if not form.validate_on_submit():
        return _app_page(form, secret), form.http_status
    if not set_up_app(current_user.member, secret, form.code.data or ""):
        form.code.errors = [_("This code is not right. Type the one that the app shows now.")]
        return _app_page(form, secret), 422
    sign_in.drop(sign_in.NEW_APP)
    return _factor_added()


@second_step_blueprint.route("/set-up/passkey", methods=["GET", "POST"])
def passkey() -> StepAnswer:
    """Set up a passkey."""
    _require_passkeys()
    _require_set_up()
    if asked := password_first(url_for("second_step.passkey")):
        return asked
    form = NewPasskeyForm()
    if not form.is_submitted():
        return _passkey_page(form)
    challenge = sign_in.drop(sign_in.CHALLENGE)
    name = form.name.data or _passkey_name()
    if (
        not form.validate()
        or challenge is None
        or not add_passkey(current_user.member, form.credential.data or "", challenge, name, _key_for(form))
    ):
        form.credential.data = form.prf.data = ""
        problem = _("The passkey was not saved. Please try again, or choose an authenticator app.")
        return _passkey_page(form, problem), 422
    return _factor_added()


def _passkey_page(form: NewPasskeyForm, problem: str | None = None) -> str:
    back = (_goal() or url_for("account.index")) if current_user.is_authenticated else None
    return render_template("accounts/set_up_passkey.html", form=form, problem=problem, back=back, next=_goal())


def _passkey_name() -> str:
    number = len(passkeys(current_user.id)) + 1
    return str(_("Passkey %(number)d", number=number) if number > 1 else _("Passkey"))


@second_step_blueprint.post("/set-up/passkey/options")
def new_passkey_options() -> JsonResponse:
    """Return the options for `sign-in.js` to register a passkey."""
    _require_set_up()
    return _options(second_factor.registration_options(current_user.member))


@second_step_blueprint.post("/start-again")
def start_again() -> Response:
    """Discard the password step and return to the sign-in page."""
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
        has_app=current_user.member.totp_cipher is not None,
        next=_goal(),
    )


def _go_on() -> Response:
    if must_unlock(current_user):
        return redirect(url_for("account.unlock", next=_goal()))
    return redirect(_goal() or first_room())


def _factor_added() -> Response:
    if not current_user.is_authenticated:
        complete_sign_in(current_user.sign_in)
    if not recovery_codes_left(current_user.id):
        return redirect(url_for("account.codes"))
    return redirect(_goal() or url_for("account.index"))


def _windows() -> tuple[ThrottleWindow, ...]:
    return second_factor_windows(str(current_user.sign_in.id), str(current_user.id))


def _key_for(form: NewPasskeyForm) -> PasskeyKey | None:
    """Return what the new passkey computed, with the member's private key, if this browser can open it."""
    output = passkey_output(form.prf.data or "")
    return None if output is None or current_user.is_locked else PasskeyKey(output, current_user.private_key())


def _goal() -> str | None:
    return own_path(request.args.get("next"))


def _options(asked: PasskeyRequest) -> JsonResponse:
    sign_in.keep(sign_in.CHALLENGE, asked.challenge)
    return JsonResponse(asked.options, mimetype="application/json")


def _new_app() -> str:
    """Return the secret of the app being set up; it stays the same across page loads until its code was correct."""
    if kept := sign_in.kept(sign_in.NEW_APP):
        return cipher().decrypt(kept.encode())
    secret = new_totp_secret()
    sign_in.keep(sign_in.NEW_APP, cipher().encrypt(secret).decode())
    return secret


def _app_page(form: SecondStepForm, secret: str) -> str:
    address = totp_address(secret, current_user.member.email, current_portal.settings.site_name)
    import segno

    square = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", dark="#000")
    groups = [secret[place : place + 4] for place in range(0, len(secret), 4)]
    drawn = Markup(square)  # noqa: S704
    return render_template("accounts/set_up_app.html", form=form, square=drawn, groups=groups, address=address)

"""The second step: a code or a passkey; and setting one up, for who has none yet or is signed in already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response as JsonResponse
from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.accounts import sessions
from portal.accounts.actions import passkeys
from portal.accounts.actions.second_factor import check_code, set_up_app
from portal.accounts.actions.sign_in import complete_sign_in
from portal.accounts.forms import CodeForm, NewPasskeyForm, PasskeyForm
from portal.accounts.navigation import first_room
from portal.accounts.once_more import password_first
from portal.accounts.queries import has_second_factor, recovery_codes_left
from portal.accounts.queries import passkeys as passkeys_of
from portal.accounts.rules.next_page import own_path
from portal.accounts.rules.throttle import Window, second_factor_windows
from portal.accounts.second_factor import new_totp_secret, totp_address
from portal.accounts.sessions import person
from portal.accounts.throttle import let_in, may_pass, retry_after, too_often
from portal.core.errors import NotAllowed
from portal.core.jobs.outbox import cipher
from portal.core.web import HALFWAY, Room

if TYPE_CHECKING:
    from portal.accounts.ceremonies import Asked

room = Room("second_step", __name__, audience=HALFWAY, url_prefix="/<lang:lang>/second-step")
Answer = Response | str | tuple[str, int] | tuple[str, int, dict[str, str]]


@room.get("/")
def ask() -> Answer:
    """Ask for the second factor, or lead to where one is set up."""
    if person().is_authenticated:
        return _go_on()
    if not has_second_factor(person().member):
        return redirect(url_for("second_step.choose"))
    return _asking(CodeForm())


@room.route("/code", methods=["GET", "POST"])
def give_code() -> Answer:
    """Take a code of the app, or a recovery code."""
    form = CodeForm()
    if not form.is_submitted():
        return redirect(url_for("second_step.ask"))
    if not form.validate():
        return _asking(form), 422
    if not may_pass(_windows()):
        return _asking(form, too_often(_windows())), 429, retry_after(_windows())
    if not check_code(person().member, form.code.data or ""):
        form.code.errors = [_("This code is not right, or it was used already. Wait for the next one.")]
        return _asking(form), 422
    let_in(_windows())
    complete_sign_in(person().sign_in)
    return _go_on()


@room.route("/passkey", methods=["GET", "POST"])
def give_passkey() -> Answer:
    """Take the browser's answer for a passkey."""
    form = PasskeyForm()
    if not form.is_submitted():
        return redirect(url_for("second_step.ask"))
    challenge = sessions.drop(sessions.CHALLENGE)
    if not may_pass(_windows()):
        return _asking(CodeForm(formdata=None), too_often(_windows())), 429, retry_after(_windows())
    if not form.validate() or challenge is None or not _is_theirs(form, challenge):
        return _asking(CodeForm(formdata=None), _("That passkey did not work. Please try again.")), 422
    let_in(_windows())
    complete_sign_in(person().sign_in)
    return _go_on()


@room.post("/passkey/options")
def passkey_options() -> JsonResponse:
    """Tell `passkey.js` which passkeys would do."""
    return _options(passkeys.sign_in_options(person().member))


@room.get("/set-up")
def choose() -> Answer:
    """Choose which second factor to set up."""
    _require_set_up()
    return render_template("accounts/choose_factor.html")


@room.route("/set-up/app", methods=["GET", "POST"])
def app() -> Answer:
    """Set up an authenticator app: show its secret, take a first code."""
    _require_set_up()
    if asked := password_first(url_for("second_step.app")):
        return asked
    form, secret = CodeForm(), _new_app()
    if not form.is_submitted():
        return _app_page(form, secret)
    if not form.validate():
        return _app_page(form, secret), 422
    if not set_up_app(person().member, secret, form.code.data or ""):
        form.code.errors = [_("This code is not right. Type the one that the app shows now.")]
        return _app_page(form, secret), 422
    sessions.drop(sessions.NEW_APP)
    return _factor_added()


@room.route("/set-up/passkey", methods=["GET", "POST"])
def passkey() -> Answer:
    """Set up a passkey."""
    _require_set_up()
    if asked := password_first(url_for("second_step.passkey")):
        return asked
    form = NewPasskeyForm()
    if not form.is_submitted():
        return render_template("accounts/set_up_passkey.html", form=form, problem=None)
    challenge = sessions.drop(sessions.CHALLENGE)
    name = form.name.data or _("Passkey")
    if (
        not form.validate()
        or challenge is None
        or not passkeys.add_passkey(person().member, form.credential.data or "", challenge, name)
    ):
        form.credential.data = ""
        problem = _("The passkey was not saved. Please try again, or choose an authenticator app.")
        return render_template("accounts/set_up_passkey.html", form=form, problem=problem), 422
    return _factor_added()


@room.post("/set-up/passkey/options")
def new_passkey_options() -> JsonResponse:
    """Tell `passkey.js` what a new passkey must be like."""
    _require_set_up()
    return _options(passkeys.registration_options(person().member))


@room.post("/start-again")
def start_again() -> Response:
    """Forget the password that was given."""
    sessions.forget()
    return redirect(url_for("sign_in.enter"))


def _require_set_up() -> None:
    # Who only knows the password must not be able to add a second factor beside the one that is asked for.
    if not person().is_authenticated and has_second_factor(person().member):
        raise NotAllowed


def _asking(form: CodeForm, problem: str | None = None) -> str:
    return render_template(
        "accounts/second_step.html",
        form=form,
        problem=problem,
        has_passkey=bool(passkeys_of(person().id)),
        has_app=person().member.totp_cipher is not None,
        next=own_path(request.args.get("next")),
    )


def _go_on() -> Response:
    return redirect(own_path(request.args.get("next")) or first_room())


def _factor_added() -> Response:
    if not person().is_authenticated:
        complete_sign_in(person().sign_in)
    has_codes = recovery_codes_left(person().id)
    return redirect(url_for("account.index" if has_codes else "account.codes"))


def _windows() -> tuple[Window, ...]:
    return second_factor_windows(str(person().sign_in.id), str(person().id))


def _is_theirs(form: PasskeyForm, challenge: str) -> bool:
    return passkeys.check_passkey(person().member, form.credential.data or "", challenge)


def _options(asked: Asked) -> JsonResponse:
    sessions.keep(sessions.CHALLENGE, asked.challenge)
    return JsonResponse(asked.options, mimetype="application/json")


def _new_app() -> str:
    """The secret of the app being set up: the same one until its code was right, however often the page is loaded."""
    if kept := sessions.kept(sessions.NEW_APP):
        return cipher().decrypt(kept.encode())
    secret = new_totp_secret()
    sessions.keep(sessions.NEW_APP, cipher().encrypt(secret).decode())
    return secret


def _app_page(form: CodeForm, secret: str) -> str:
    address = totp_address(secret, person().member.email, current_app.extensions["settings"].site_name)
    import segno

    square = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", dark="#000")
    groups = [secret[place : place + 4] for place in range(0, len(secret), 4)]
    return render_template("accounts/set_up_app.html", form=form, square=Markup(square), groups=groups)  # noqa: S704

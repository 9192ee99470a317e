"""The door: e-mail address and password, and the links that invite."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts import sessions
from portal.accounts.actions import invitations
from portal.accounts.actions.sign_in import begin_sign_in, check_password
from portal.accounts.forms import AcceptForm, RenewForm, SignInForm
from portal.accounts.models import Invitation
from portal.accounts.rules.next_page import own_path
from portal.accounts.rules.throttle import invitation_windows, sign_in_shares, sign_in_windows
from portal.accounts.throttle import account_key, let_in, may_pass, retry_after, too_often
from portal.core.crypto import Busy
from portal.core.errors import NotFound
from portal.core.i18n import language
from portal.core.limits import address_key, networks
from portal.core.web import PUBLIC, Room

room = Room("sign_in", __name__, audience=PUBLIC, url_prefix="/<lang:lang>")
Answer = Response | str | tuple[str, int] | tuple[str, int, dict[str, str]]
SOON = {"Retry-After": "5"}


@room.route("/sign-in", methods=["GET", "POST"])
def enter() -> Answer:
    """Ask for e-mail address and password."""
    form = SignInForm()
    if not form.is_submitted():
        return _door(form)
    if not form.validate():
        return _door(form), 422
    email, password = form.email.data or "", form.password.data or ""
    near, wide, _widest = networks()
    windows = sign_in_windows(account_key(email), near, wide)
    if not may_pass(windows):
        return _door(form, too_often(windows)), 429, retry_after(windows)
    try:
        unlocked = check_password(email, password, sign_in_shares(near, wide))
    except Busy:
        # Nothing was tried: nobody is locked out because others were faster.
        let_in(windows)
        return _door(form, _busy()), 503, SOON
    if unlocked is None:
        return _door(form, _("This e-mail address and this password do not go together.")), 422
    let_in(windows)
    sessions.remember(begin_sign_in(unlocked.member_id, unlocked.private_key, unlocked.new_hash))
    return redirect(url_for("second_step.ask", next=own_path(request.args.get("next"))))


@room.route("/invitation/<token>", methods=["GET", "POST"])
def accept(token: str) -> Answer:
    """Make an account, or choose a new password."""
    windows = invitation_windows(address_key())
    if not may_pass(windows):
        page = render_template("accounts/no_invitation.html", too_often=too_often(windows))
        return page, 429, retry_after(windows)
    try:
        invitation = invitations.read_invitation(token)
        let_in(windows)
        return _choose(token, invitation)
    except NotFound:
        # The same page for a link that ran out, that was used, and that never was.
        return render_template("accounts/no_invitation.html", too_often=None), 404


def _choose(token: str, invitation: Invitation) -> Answer:
    form = RenewForm() if invitation.member_id else AcceptForm(name=invitation.name, language=language())
    form.about = (invitation.email, form.name.data or "" if isinstance(form, AcceptForm) else invitation.name)
    if not form.is_submitted():
        return _welcome(form, invitation)
    if not form.validate():
        return _welcome(form, invitation), 422
    try:
        new = invitations.make_secrets(form.new.data or "")
    except Busy:
        return _welcome(form, invitation, _busy()), 503, SOON
    name, chosen = (form.name.data or "", form.language.data) if isinstance(form, AcceptForm) else ("", language())
    member = invitations.accept(token, name, chosen, new)
    sessions.remember(begin_sign_in(member.id, new.private_key))
    return redirect(url_for("second_step.ask", lang=chosen))


def _door(form: SignInForm, problem: str | None = None) -> str:
    goal = own_path(request.args.get("next"))
    return render_template("accounts/sign_in.html", form=form, problem=problem, next=goal)


def _welcome(form: AcceptForm | RenewForm, invitation: Invitation, problem: str | None = None) -> str:
    return render_template("accounts/accept.html", form=form, invitation=invitation, problem=problem)


def _busy() -> str:
    return str(_("Many people are signing in at this moment. Please try again in a few seconds."))

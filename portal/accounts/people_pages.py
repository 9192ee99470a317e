"""Forms and views for administrators: inviting members, roles, new passwords, ending and restoring accounts."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, RadioField, SelectChoice, SelectMultipleField, widgets

from portal.accounts import desk_keys, people, users
from portal.accounts.people import deliver, link_of
from portal.accounts.roles import Role
from portal.accounts.sign_in import current_user, password_first
from portal.accounts.sign_in_pages import LONGEST_NAME, email_field
from portal.accounts.texts import ROLES, conflict_sentence
from portal.accounts.users import Member
from portal.core.clock import now
from portal.core.db import db
from portal.core.forms import FormPage, ProtectedForm, refuse, take_mail, text
from portal.core.i18n import language
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members, refusal


def language_of_somebody_field() -> RadioField:
    """Return the field for another person's language, with the names of both languages in the administrator's own."""
    return RadioField(_l("Language"), choices=[SelectChoice("en", _l("English")), SelectChoice("es", _l("Spanish"))])


ALONE = _l("The police liaison and the administrator hold no other role: neither may learn who reported or spoke.")


def roles_field() -> SelectMultipleField:
    """Return the field for the roles of a member."""
    return SelectMultipleField(
        _l("Roles"),
        choices=[SelectChoice(role.value, ROLES[role]) for role in Role],
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
        description=ALONE,
    )


class RolesForm(ProtectedForm):
    """The roles of a member."""

    roles = roles_field()
    even_last = BooleanField(_l("Close the desk if nobody else can open it"))

    @property
    def wanted(self) -> list[Role]:
        """The chosen roles, ignoring unknown values."""
        return [Role(value) for value in self.roles.data or () if value in ROLES]

    def validate_roles(self, field: Field) -> None:
        """Refuse an empty choice, and roles that one person may not hold together."""
        if not field.data:
            refuse(_l("Please choose at least one role."))
        if sentence := conflict_sentence(self.wanted):
            refuse(sentence)


class InviteForm(RolesForm):
    """The address, name, language and roles of an invited person."""

    email = email_field()
    name = text(_l("Name"), LONGEST_NAME)
    language = language_of_somebody_field()
    roles = roles_field()
    even_last = None

    def validate_email(self, field: Field) -> None:
        """Catch a typing error."""
        take_mail(field)


class RemoveForm(ProtectedForm):
    """End an account."""

    even_last = BooleanField(_l("Close the desk if nobody else can open it"))


class ResetForm(ProtectedForm):
    """Send a link for a new password."""

    lost_all = BooleanField(_l("They also lost their phone, their passkeys and their recovery codes"))
    even_last = BooleanField(_l("Make the link even if nobody else can open the desk"))


blueprint = AudienceBlueprint("people", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/people")
WITHOUT_PASSWORD = ("people.index", "people.withdraw", "people.bring_back")
"""What gives nobody a way in who had none."""


@blueprint.before_request
def _ask_password() -> Response | None:
    """Ask for the password first: whoever found the phone could else let themselves in for good."""
    return None if request.endpoint in WITHOUT_PASSWORD else password_first(request.path)


@blueprint.get("/")
def index() -> str:
    """List all members, open invitations, pending requests, and accounts that can still be restored."""
    return render_template(
        "accounts/people.html",
        members=users.members(),
        invitations=users.open_invitations(),
        roles=ROLES,
        requests=desk_keys.requests(),
        refused=users.with_refused_roles(),
        removed=users.lately_removed(now() - people.UNDONE_WITHIN),
        undone_within=people.UNDONE_WITHIN,
    )


@blueprint.route("/invite", methods=["GET", "POST"])
def invite() -> ResponseReturnValue:
    """Invite a person."""
    form = InviteForm(language=language())
    if not form.validate_on_submit():
        return _invite(form)
    try:
        made = people.invite(
            form.email.data or "", form.name.data or "", form.language.data, form.wanted, current_user.id
        )
    except Refused as error:
        db.rollback()
        form.email.errors = [refusal(error.key)]
        return _invite(form)
    return invited_page(made)


@blueprint.post("/invitations/<int:invitation_id>/withdraw")
def withdraw(invitation_id: int) -> Response:
    """Invalidate an invitation."""
    people.withdraw(invitation_id, current_user.id)
    flash(_("That link does not work any more."), "success")
    return redirect(url_for("people.index"))


@blueprint.get("/<int:member_id>")
def member(member_id: int) -> str:
    """Show one account."""
    return _show(member_id)


@blueprint.route("/<int:member_id>/roles", methods=["GET", "POST"])
def give_roles(member_id: int) -> ResponseReturnValue:
    """Set the roles of a member."""
    form = RolesForm()
    if not form.is_submitted():
        return redirect(url_for("people.member", member_id=member_id))
    if not form.validate():
        return _show(member_id, roles_form=form), 422
    try:
        people.give_roles(users.member(member_id), form.wanted, current_user.id, even_last=form.even_last.data)
    except Refused as error:
        db.rollback()
        form.roles.errors = [refusal(error.key)]
        return _show(member_id, roles_form=form, may_close=error.key == "last_at_desk"), 409
    flash(_("Saved."), "success")
    return redirect(url_for("people.member", member_id=member_id))


@blueprint.route("/<int:member_id>/reset", methods=["GET", "POST"])
def reset(member_id: int) -> ResponseReturnValue:
    """Send a link for a new password."""
    form, found = ResetForm(), users.member(member_id)
    if not form.is_submitted():
        return redirect(url_for("people.member", member_id=member_id))
    chosen = {"lost_all": form.lost_all.data, "even_last": form.even_last.data}
    try:
        return invited_page(people.invite_again(found, current_user.id, **chosen))
    except Refused as error:
        db.rollback()
        return _show(member_id, reset_form=form, problem=refusal(error.key)), 409


@blueprint.route("/<int:member_id>/remove", methods=["GET", "POST"])
def remove(member_id: int) -> ResponseReturnValue:
    """Ask for confirmation, then end an account at once."""
    form, found = RemoveForm(), users.member(member_id)
    if not form.is_submitted():
        return _ask_to_remove(found)
    try:
        people.remove_member(found, current_user.id, even_last=form.even_last.data)
    except Refused as error:
        db.rollback()
        return _ask_to_remove(found, refusal(error.key), may_close=error.key == "last_at_desk"), 409
    flash(_("The account is closed, and the person is signed out everywhere. For a day you can undo it."), "success")
    return redirect(url_for("people.index"))


@blueprint.post("/<int:member_id>/bring-back")
def bring_back(member_id: int) -> Response:
    """Restore an account that was ended within the last day."""
    found = people.undo_removal(member_id, current_user.id)
    flash(_("%(name)s can sign in again, with the password of before.", name=found.name), "success")
    return redirect(url_for("people.index"))


def _ask_to_remove(found: Member, problem: str | None = None, *, may_close: bool = False) -> str:
    desks = users.desks_of(found.id)
    return render_template("accounts/remove.html", member=found, desks=desks, problem=problem, may_close=may_close)


def _invite(form: InviteForm) -> tuple[str, int]:
    lead = _("They get a link that works once, for three days.")
    return FormPage(_("Invite somebody"), _("Make the link"), lead=lead).show(form)


def invited_page(made: people.Invited, back: str = "", eyebrow: str = "") -> str:
    """Show the link once, in the response itself: it must not appear in a URL or a cookie. `back`: where to go on."""
    shown = {"invitation": made.invitation, "mailed": deliver(made), "eyebrow": eyebrow}
    return render_template("accounts/invited.html", link=link_of(made), back=back or url_for("people.index"), **shown)


def _show(
    member_id: int,
    *,
    roles_form: RolesForm | None = None,
    may_close: bool = False,
    reset_form: ResetForm | None = None,
    problem: str | None = None,
) -> str:
    found = users.member(member_id)
    return render_template(
        "accounts/member.html",
        member=found,
        problem=problem,
        reset_form=reset_form or ResetForm(formdata=None),
        has_colleague=any(users.others_who_open(desk.id, found.id) for desk in users.desks_of(found.id)),
        roles_form=roles_form or RolesForm(formdata=None, roles=sorted(found.roles)),
        may_close=may_close,
    )

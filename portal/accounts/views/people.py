"""Who has an account: invite, give roles, send a link for a new password, remove. No report is in reach from here."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts import anew, queries
from portal.accounts.actions import invitations, people
from portal.accounts.forms import InviteForm, RemoveForm, ResetForm, RolesForm
from portal.accounts.invitation_links import deliver, link_of
from portal.accounts.models import Member
from portal.accounts.sessions import person
from portal.accounts.texts import ROLES
from portal.core.clock import now
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import language
from portal.core.web import Room, members, refusal

room = Room("people", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/people")
Answer = Response | str | tuple[str, int]


@room.get("/")
def index() -> str:
    """Everybody who has an account, and who is invited."""
    return render_template(
        "accounts/people.html",
        members=queries.members(),
        invitations=queries.open_invitations(),
        roles=ROLES,
        requests=anew.requests(),
        refused=queries.with_refused_roles(),
        removed=queries.lately_removed(now() - people.UNDONE_WITHIN),
        undone_within=people.UNDONE_WITHIN,
    )


@room.route("/invite", methods=["GET", "POST"])
def invite() -> Answer:
    """Invite somebody."""
    form = InviteForm(language=language())
    if not form.is_submitted():
        return render_template("accounts/invite.html", form=form)
    if not form.validate():
        return render_template("accounts/invite.html", form=form), 422
    try:
        made = invitations.invite(
            form.email.data or "", form.name.data or "", form.language.data, form.wanted, person().id
        )
    except Refused as error:
        db.rollback()
        form.email.errors = [refusal(error.key)]
        return render_template("accounts/invite.html", form=form), 422
    return _invited(made)


@room.post("/invitations/<int:invitation_id>/withdraw")
def withdraw(invitation_id: int) -> Response:
    """Make an invitation stop working."""
    invitations.withdraw(invitation_id, person().id)
    flash(_("That link does not work any more."), "success")
    return redirect(url_for("people.index"))


@room.get("/<int:member_id>")
def member(member_id: int) -> str:
    """One account."""
    return _show(member_id)


@room.route("/<int:member_id>/roles", methods=["GET", "POST"])
def give_roles(member_id: int) -> Answer:
    """Say which roles somebody holds."""
    form = RolesForm()
    if not form.is_submitted():
        return redirect(url_for("people.member", member_id=member_id))
    if not form.validate():
        return _show(member_id, roles_form=form), 422
    try:
        people.give_roles(queries.member(member_id), form.wanted, person().id, even_last=form.even_last.data)
    except Refused as error:
        db.rollback()
        form.roles.errors = [refusal(error.key)]
        return _show(member_id, roles_form=form, may_close=error.key == "last_at_desk"), 409
    flash(_("Saved."), "success")
    return redirect(url_for("people.member", member_id=member_id))


@room.route("/<int:member_id>/reset", methods=["GET", "POST"])
def reset(member_id: int) -> Answer:
    """Send a link for a new password."""
    form, found = ResetForm(), queries.member(member_id)
    if not form.is_submitted():
        return redirect(url_for("people.member", member_id=member_id))
    chosen = {"lost_all": form.lost_all.data, "even_last": form.even_last.data}
    try:
        return _invited(invitations.invite_again(found, person().id, **chosen))
    except Refused as error:
        db.rollback()
        return _show(member_id, reset_form=form, problem=refusal(error.key)), 409


@room.route("/<int:member_id>/remove", methods=["GET", "POST"])
def remove(member_id: int) -> Answer:
    """Ask whether an account is to be ended, and end it at once."""
    form, found = RemoveForm(), queries.member(member_id)
    if not form.is_submitted():
        return _ask_to_remove(found)
    try:
        people.remove_member(found, person().id, even_last=form.even_last.data)
    except Refused as error:
        db.rollback()
        return _ask_to_remove(found, refusal(error.key), may_close=error.key == "last_at_desk"), 409
    flash(_("The account is closed, and the person is signed out everywhere. For a day you can undo it."), "success")
    return redirect(url_for("people.index"))


@room.post("/<int:member_id>/bring-back")
def bring_back(member_id: int) -> Response:
    """Undo a removal of the last day."""
    found = people.undo_removal(member_id, person().id)
    flash(_("%(name)s can sign in again, with the password of before.", name=found.name), "success")
    return redirect(url_for("people.index"))


def _ask_to_remove(found: Member, problem: str | None = None, *, may_close: bool = False) -> str:
    desks = queries.desks_of(found.id)
    return render_template("accounts/remove.html", member=found, desks=desks, problem=problem, may_close=may_close)


def _invited(made: invitations.Invited) -> str:
    """Show the link once, on the answer itself: it must not stand in an address or a cookie."""
    mailed = deliver(made)
    return render_template("accounts/invited.html", link=link_of(made), invitation=made.invitation, mailed=mailed)


def _show(
    member_id: int,
    *,
    roles_form: RolesForm | None = None,
    may_close: bool = False,
    reset_form: ResetForm | None = None,
    problem: str | None = None,
) -> str:
    found = queries.member(member_id)
    return render_template(
        "accounts/member.html",
        member=found,
        problem=problem,
        reset_form=reset_form or ResetForm(formdata=None),
        has_colleague=any(queries.others_who_open(desk.id, found.id) for desk in queries.desks_of(found.id)),
        roles_form=roles_form or RolesForm(formdata=None, roles=sorted(found.roles)),
        may_close=may_close,
    )

"""What administrators do: invitations, roles, new passwords, ended accounts; and the audit log, without contents."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response as TableResponse, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from werkzeug.wrappers import Response
from wtforms import Field, RadioField, SelectChoice, SelectMultipleField, widgets

from portal.accounts import desk_keys, people, users
from portal.accounts.roles import Role
from portal.accounts.sign_in import current_user, password_first
from portal.accounts.sign_in_pages import LONGEST_NAME, email_field
from portal.accounts.sign_in_rules import normal_email
from portal.accounts.texts import ROLES, audited, conflict_sentence, thing_name
from portal.accounts.users import Log, Member, Removal
from portal.core.audit import AuditEvent, record
from portal.core.cells import csv_text
from portal.core.clock import now, zone
from portal.core.db import db, session
from portal.core.editing import done, page_asked
from portal.core.forms import YEARS, FormPage, ProtectedForm, refuse, take_mail, text
from portal.core.i18n import language
from portal.core.statuses import Refused
from portal.core.web import AudienceBlueprint, members, refusal


class InviteForm(ProtectedForm):
    email = email_field()
    name = text(_l("Name"), LONGEST_NAME)
    # The names of both languages are in the administrator's own.
    language = RadioField(
        _l("Language"), choices=[SelectChoice("en", _l("English")), SelectChoice("es", _l("Spanish"))]
    )
    roles = SelectMultipleField(
        _l("Roles"),
        choices=[SelectChoice(role.value, ROLES[role]) for role in Role],
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
        description=_l(
            "The police liaison and the administrator hold no other role: neither may learn who reported or spoke."
        ),
    )

    @property
    def wanted(self) -> list[Role]:
        return [Role(value) for value in self.roles.data or () if value in ROLES]

    def validate_email(self, field: Field) -> None:
        take_mail(field)
        if users.member_by_email(normal_email(field.data)):
            refuse(refusal("already_member"))

    def validate_roles(self, field: Field) -> None:
        if not field.data:
            refuse(_l("Please choose at least one role."))
        if sentence := conflict_sentence(self.wanted):
            refuse(sentence)


class RolesForm(InviteForm):
    email = name = language = None


blueprint = AudienceBlueprint("people", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/people")
WITHOUT_PASSWORD = ("people.index", "people.withdraw", "people.bring_back")
"""What gives nobody a way in who had none."""
EVEN_LAST = "even_last"
"""The box under a refusal: it may be done although nobody else can open the desk."""


@blueprint.before_request
def _ask_password() -> Response | None:
    """Ask for the password first: whoever found the phone could else let themselves in for good."""
    return None if request.endpoint in WITHOUT_PASSWORD else password_first(request.path)


@blueprint.get("/")
def index() -> str:
    members = users.members()
    removals = select(Member, Removal.removed_at).join(Removal, Removal.member_id == Member.id)
    undoable = removals.where(Removal.removed_at > now() - people.UNDONE_WITHIN).order_by(Removal.removed_at.desc())
    return render_template(
        "accounts/people.html",
        members=members,
        invitations=users.open_invitations(),
        roles=ROLES,
        requests=desk_keys.requests(),
        # Roles that have since become incompatible, so that not all are in force.
        refused=[member for member in members if member.roles != member.given_roles],
        removed=session.execute(undoable).all(),
        undone_within=people.UNDONE_WITHIN,
    )


@blueprint.route("/invite", methods=["GET", "POST"])
def invite() -> ResponseReturnValue:
    form = InviteForm(language=language())
    lead = _("They get a link that works once, for three days.")
    page = FormPage(_("Invite somebody"), _("Make the link"), lead=lead)
    if not form.validate_on_submit():
        return page.show(form)
    email, name = form.email.data or "", form.name.data or ""
    return invited_page(people.invite(email, name, form.language.data, form.wanted, current_user.id))


@blueprint.post("/invitations/<int:invitation_id>/withdraw")
def withdraw(invitation_id: int) -> Response:
    people.withdraw(invitation_id, current_user.id)
    return done(url_for("people.index"), _("That link does not work any more."))


@blueprint.get("/<int:member_id>", endpoint="member")
def _show(member_id: int, **refused: Any) -> str:
    """Show a member; `refused`: what was typed in one of the forms, and why it was not done."""
    member = users.member(member_id)
    form = RolesForm(formdata=None, roles=sorted(member.roles))
    shown = {"roles_form": form, "may_close": False, "lost_all": False, "problem": None} | refused
    has_colleague = any(users.others_who_open(desk.id, member_id) for desk in users.desks_of(member_id))
    return render_template("accounts/member.html", member=member, has_colleague=has_colleague, **shown)


@blueprint.route("/<int:member_id>/roles", methods=["GET", "POST"])
def give_roles(member_id: int) -> ResponseReturnValue:
    form = RolesForm()
    if not form.is_submitted():
        return redirect(url_for("people.member", member_id=member_id))
    if not form.validate():
        return _show(member_id, roles_form=form), 422
    try:
        people.give_roles(users.member(member_id), form.wanted, current_user.id, even_last=EVEN_LAST in request.form)
    except Refused as error:
        db.rollback()
        form.roles.errors = [refusal(error.key)]
        return _show(member_id, roles_form=form, may_close=error.key == "last_at_desk"), 409
    return done(url_for("people.member", member_id=member_id), _("Saved."))


@blueprint.route("/<int:member_id>/reset", methods=["GET", "POST"])
def reset(member_id: int) -> ResponseReturnValue:
    member, lost_all = users.member(member_id), "lost_all" in request.form
    if not ProtectedForm().is_submitted():
        return redirect(url_for("people.member", member_id=member_id))
    try:
        made = people.invite_again(member, current_user.id, lost_all=lost_all, even_last=EVEN_LAST in request.form)
    except Refused as error:
        db.rollback()
        return _show(member_id, lost_all=lost_all, problem=refusal(error.key)), 409
    return invited_page(made)


@blueprint.route("/<int:member_id>/remove", methods=["GET", "POST"])
def remove(member_id: int) -> ResponseReturnValue:
    member = users.member(member_id)
    shown = {"member": member, "desks": users.desks_of(member_id)}
    if not ProtectedForm().is_submitted():
        return render_template("accounts/remove.html", problem=None, may_close=False, **shown)
    try:
        people.remove_member(member, current_user.id, even_last=EVEN_LAST in request.form)
    except Refused as error:
        db.rollback()
        problem, may_close = refusal(error.key), error.key == "last_at_desk"
        return render_template("accounts/remove.html", problem=problem, may_close=may_close, **shown), 409
    return done(
        url_for("people.index"),
        _("The account is closed, and the person is signed out everywhere. For a day you can undo it."),
    )


@blueprint.post("/<int:member_id>/bring-back")
def bring_back(member_id: int) -> Response:
    member = people.undo_removal(member_id, current_user.id)
    return done(
        url_for("people.index"), _("%(name)s can sign in again, with the password of before.", name=member.name)
    )


def invited_page(made: people.Invited, back: str = "", eyebrow: str = "") -> str:
    """Show the link once, in the response itself: it must not appear in a URL or a cookie. `back`: where to go on."""
    return render_template(
        "accounts/invited.html",
        link=made.link,
        back=back or url_for("people.index"),
        invitation=made.invitation,
        mailed=people.deliver(made),
        eyebrow=eyebrow,
    )


MOST_ROWS = 20_000
FILTERS = ("action", "kind", "which", "who", "day")

audit_blueprint = AudienceBlueprint(
    "audit", __name__, audience=members("administrator"), url_prefix="/<lang:lang>/audit"
)


@audit_blueprint.get("/", endpoint="index")
def audit_log() -> str:
    page, me = page_asked(), current_user.id
    filters = {name: request.args.get(name, "").strip() for name in FILTERS}
    conditions = _conditions(filters)
    log = Log() if conditions is None else users.audit_log(page, *conditions, reader_id=me)
    acts, kept = users.audited_acts(me), dict[str, Any](filters)
    names = users.member_names(actor_id for actor_id, _action, _kind in acts if actor_id)
    return render_template(
        "accounts/audit.html",
        log=log,
        audited=audited,
        thing_name=thing_name,
        said=filters,
        is_no_day=conditions is None,
        people=dict(sorted(names.items(), key=lambda pair: (pair[1].casefold(), pair[0]))),
        actions=sorted({action for _who, action, _kind in acts}),
        kinds=sorted({kind for _who, _action, kind in acts}),
        newer=url_for("audit.index", page=page - 1, **kept) if page > 1 else None,
        older=url_for("audit.index", page=page + 1, **kept) if log.has_older else None,
    )


@audit_blueprint.post("/events.csv", endpoint="table")
def audit_table() -> TableResponse:
    conditions = _conditions({name: request.form.get(name, "").strip() for name in FILTERS}) or []
    log = users.audit_log(1, *conditions, reader_id=current_user.id, size=MOST_ROWS)
    rows = [[_("When"), _("Who"), _("What"), _("Kind of thing"), _("Which")]]
    here, itself = zone(), _("the portal itself")
    for event in log.events:
        at, who = event.at.astimezone(here).isoformat(" ", "minutes"), log.names.get(event.actor_id or 0, itself)
        which = thing_name(event.object_type, event.object_id)
        rows.append([at, who, audited(event.action), audited(event.object_type), which])
    record("audit.taken", "audit", "log", current_user.id)
    # The byte order mark lets spreadsheet programs read the accents.
    answer = TableResponse("\ufeff" + csv_text(rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit-log.csv"'
    return answer


def _conditions(filters: dict[str, str]) -> list[ColumnElement[bool]] | None:
    """Return the conditions for what is looked for; None if the day is none."""
    columns = {"action": AuditEvent.action, "kind": AuditEvent.object_type, "which": AuditEvent.object_id}
    conditions = [column == filters[name] for name, column in columns.items() if filters[name]]
    if re.fullmatch(r"[0-9]{1,19}", filters["who"]) and 0 < int(filters["who"]) < 2**63:
        conditions.append(AuditEvent.actor_id == int(filters["who"]))
    if filters["day"]:
        try:
            day = date.fromisoformat(filters["day"])
        except ValueError:
            return None
        if day.year not in YEARS:
            return None
        since, until = (datetime.combine(at, time(), zone()) for at in (day, day + timedelta(days=1)))
        conditions += [AuditEvent.at >= since, AuditEvent.at < until]
    return conditions

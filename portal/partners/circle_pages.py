"""The pages of circles: list, founding, invitation, promise, recovery phrase, leaving, and the pages of leads."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.desk_keys import had_key
from portal.accounts.desk_keys_pages import make_phrase, use_phrase_of
from portal.accounts.people_pages import invited_page
from portal.accounts.roles import Role
from portal.accounts.sign_in import current_user, password_first
from portal.core.db import db
from portal.core.editing import both
from portal.core.forms import FormPage, ProtectedForm
from portal.core.i18n import language
from portal.core.limits import may_try
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.core.web import SIGNED_IN, AudienceBlueprint, refusal
from portal.core.web import members as audience_of
from portal.organisations.organisations import houses_of
from portal.partners import members
from portal.partners.board import seats_on_board
from portal.partners.circle_rules import Act, CircleRole, may_found
from portal.partners.circles import (
    Circle,
    CircleSeat,
    enter,
    inside,
    invited,
    is_offered,
    leads,
    my_circles,
    my_invitation,
    my_invitations,
    my_seat,
    seat_of,
    seats,
    waiting,
)
from portal.partners.forms import (
    AgreeForm,
    CircleInviteForm,
    DescriptionForm,
    FoundingForm,
    PromiseForm,
    RoleForm,
    SureForm,
)
from portal.partners.members import ahead, found_circle, lacks_key_without, lacks_lead_without, left_open
from portal.partners.texts import CIRCLE_ROLES, KINDS, USUAL_STATEMENT

circles_blueprint = AudienceBlueprint("circles", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles")
circles_blueprint.add_app_template_global(CIRCLE_ROLES.__getitem__, "circle_role")
circles_blueprint.add_app_template_global(KINDS.__getitem__, "circle_kind")
circles_blueprint.add_app_template_global(Act, "Act")


@circles_blueprint.get("/")
def index() -> str:
    """List the member's circles and invitations. Raises `NotFound` for administrators."""
    me = current_user.member
    if Role.ADMINISTRATOR in me.roles:
        raise NotFound
    mine = my_circles(me)
    return render_template(
        "partners/index.html",
        seats=mine,
        offered={seat.circle.id for seat in mine if is_offered(seat)},
        has_board=bool(seats_on_board(me, mine)),
        invitations=my_invitations(me),
        may_found=may_found(me.roles),
    )


@circles_blueprint.get("/<int:circle_id>/")
def show(circle_id: int) -> str:
    """Show a circle."""
    seat = enter(circle_id, Act.READ)
    everybody = seats(seat.circle)
    named = everybody if seat.may(Act.SEE_NAMES) else []
    return render_template(
        "partners/circle.html",
        seat=seat,
        people=named,
        houses=houses_of([one.member.id for one in named]),
        count=len(everybody),
        has_lead=bool(leads(seat.circle)),
        has_key=any(one.is_admitted for one in everybody),
        had_key=had_key(seat.circle.desk_id),
        waiting=waiting(seat.circle) if seat.may(Act.LEAD) else [],
        ahead=ahead(seat),
        is_offered=is_offered(seat),
    )


@circles_blueprint.route("/<int:circle_id>/invitation", methods=["GET", "POST"])
def invitation(circle_id: int) -> ResponseReturnValue:
    """Show an invitation with the circle's promise, and join on acceptance."""
    circle, row = my_invitation(circle_id, current_user.member)
    form = AgreeForm()
    if not form.validate_on_submit():
        return _promise(circle, form)
    members.join(circle, row, current_user.member, _shown_statement())
    flash(_("You are in. Somebody who leads the circle now lets you open what is written there."), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


@circles_blueprint.post("/<int:circle_id>/decline")
def decline(circle_id: int) -> Response:
    """Decline an invitation."""
    _circle, row = my_invitation(circle_id, current_user.member)
    members.decline(row, current_user.member)
    flash(_("You said no. The invitation is gone."), "success")
    return redirect(url_for("circles.index"))


@circles_blueprint.route("/<int:circle_id>/promise", methods=["GET", "POST"])
def promise(circle_id: int) -> ResponseReturnValue:
    """Show the circle's promise; members who have not accepted its current version do so here."""
    seat, form = my_seat(circle_id, current_user.member), AgreeForm()
    if not form.validate_on_submit():
        return _promise(seat.circle, form, seat)
    members.agree(seat, _shown_statement())
    return redirect(url_for("circles.show", circle_id=circle_id))


@circles_blueprint.route("/<int:circle_id>/phrase/new", methods=["GET", "POST"])
def new_phrase(circle_id: int) -> ResponseReturnValue:
    """Create the circle's recovery phrase, and with the first one its key."""
    circle = enter(circle_id, Act.LEAD).circle
    return make_phrase(members.desk_of(circle), str(circle.name), url_for("circles.show", circle_id=circle_id))


@circles_blueprint.route("/<int:circle_id>/phrase", methods=["GET", "POST"])
def use_phrase(circle_id: int) -> ResponseReturnValue:
    """Open the circle with the printed phrase when no other member can."""
    seat = enter(circle_id, Act.WRITE)
    if seat.is_police:
        raise NotAllowed
    circle = seat.circle
    return use_phrase_of(members.desk_of(circle), str(circle.name), url_for("circles.show", circle_id=circle_id))


@circles_blueprint.route("/<int:circle_id>/leave", methods=["GET", "POST"])
def leave(circle_id: int) -> ResponseReturnValue:
    """Ask for confirmation, list unsettled items, and leave the circle."""
    seat = my_seat(circle_id, current_user.member, to_change=ProtectedForm().is_submitted())
    if not ProtectedForm().is_submitted():
        return render_template("partners/leave.html", seat=seat, may_go=_may_go(seat))
    members.leave(seat)
    flash(_("You left the circle. What is written there from now on you cannot open."), "success")
    return redirect(url_for("circles.index"))


def _may_go(seat: CircleSeat) -> bool:
    must = any(item.must for item in left_open(seat))
    return not (must or lacks_lead_without(seat) or lacks_key_without(seat))


def _promise(circle: Circle, form: AgreeForm, seat: CircleSeat | None = None) -> tuple[str, int]:
    return render_template("partners/promise.html", circle=circle, form=form, seat=seat), form.http_status


def _shown_statement() -> int:
    return request.form.get("statement", 0, type=int)


founding_blueprint = AudienceBlueprint(
    "circles_founding",
    __name__,
    audience=audience_of("community_lead", "faith_partner", "facilitator"),
    url_prefix="/<lang:lang>/circles/new",
)


@founding_blueprint.route("/", methods=["GET", "POST"])
def found() -> ResponseReturnValue:
    """Found a circle; creating its recovery phrase is the next step."""
    form = FoundingForm(data=both("words", USUAL_STATEMENT))
    if not form.validate_on_submit():
        lead = _("You lead it and decide who is invited. Have paper and a pen ready: next come 24 words to write down.")
        above = url_for("circles.index"), _("All my circles")
        return FormPage(_("Found a circle"), _("Found it"), lead=lead, above=above).show(form)
    circle = found_circle(form.founding, current_user.member)
    flash(
        _("The circle is founded, and you lead it. Now make its recovery phrase, so that it can be written to."),
        "success",
    )
    return redirect(url_for("circles.new_phrase", circle_id=circle.id))


INVITATIONS_A_DAY = 40
DAY = 86_400
lead_blueprint = AudienceBlueprint(
    "circles_lead", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/lead"
)


@lead_blueprint.route("/people", methods=["GET", "POST"])
def invite(circle_id: int) -> ResponseReturnValue:
    """Show members and open invitations of a circle, and invite a person."""
    seat, form = enter(circle_id, Act.LEAD), CircleInviteForm(language=language())
    # Who is invited reads for good: a phone left open must not be enough.
    if request.method == "POST" and (asked := password_first(request.path)):
        return asked
    if not form.validate_on_submit():
        return _people(seat, form), form.http_status
    # An invitation creates an account, sends a mail, and reveals whether an address has an account: limit the rate.
    if not may_try("circle invitations", str(current_user.id), INVITATIONS_A_DAY, DAY):
        form.email.errors = [_("That is enough for today. Please invite the others tomorrow.")]
        return _people(seat, form), 429
    whom = (form.email.data or "", form.name.data or "", form.language.data, CircleRole(form.role.data))
    try:
        made = members.invite(seat, *whom)
    except Refused as error:
        db.rollback()
        (form.name if error.key == "name_needed" else form.email).errors = [refusal(error.key)]
        return _people(enter(circle_id, Act.LEAD), form), 422
    if made is None:
        flash(_("They are invited. Tell them yourself: they find it under “Circles” when they sign in."), "success")
        return redirect(url_for("circles_lead.invite", circle_id=circle_id))
    return invited_page(made, url_for("circles_lead.invite", circle_id=circle_id), seat.circle.name[language()])


@lead_blueprint.post("/invitations/<int:membership_id>/withdraw")
def withdraw(circle_id: int, membership_id: int) -> Response:
    """Withdraw an invitation."""
    seat = enter(circle_id, Act.LEAD)
    members.withdraw(seat, invited(seat.circle, membership_id))
    flash(_("The invitation is taken back."), "success")
    return _to_people(circle_id)


@lead_blueprint.post("/people/<int:member_id>/admit")
def admit(circle_id: int, member_id: int) -> Response:
    """Give a member access to the circle's sealed texts."""
    seat = enter(circle_id, Act.ADMIT)
    newcomer = seat_of(seat.circle, member_id)
    members.admit(seat, newcomer, current_user.private_key())
    flash(_("%(name)s can now open what is written here.", name=newcomer.member.name), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


@lead_blueprint.post("/people/<int:member_id>/role")
def give_role(circle_id: int, member_id: int) -> ResponseReturnValue:
    """Change a member's role in the circle."""
    seat = enter(circle_id, Act.LEAD)
    other = seat_of(seat.circle, member_id)
    form = RoleForm(other.role, other.member.roles)
    if not form.validate():
        return _people(seat, CircleInviteForm(formdata=None, language=language())), 422
    members.give_role(seat, other, CircleRole(form.role.data))
    flash(_("Saved."), "success")
    if member_id == current_user.id:
        return redirect(url_for("circles.show", circle_id=circle_id))
    return _to_people(circle_id)


@lead_blueprint.route("/people/<int:member_id>/remove", methods=["GET", "POST"])
def remove(circle_id: int, member_id: int) -> ResponseReturnValue:
    """Remove a member from the circle after confirmation."""
    seat, form = enter(circle_id, Act.LEAD), SureForm()
    other = seat_of(seat.circle, member_id)
    if not form.validate_on_submit():
        title = _("Remove %(name)s", name=other.member.name)
        words = _(
            "The circle gets a new key. What is written from then on they cannot open. What they read they still know, "
            "and what they wrote stays."
        )
        return FormPage(title, title, [words], inside(seat), danger=True).show(form)
    members.remove(seat, other)
    flash(_("%(name)s is out. What is written from now on they cannot open.", name=other.member.name), "success")
    return redirect(url_for("circles.index")) if member_id == current_user.id else _to_people(circle_id)


@lead_blueprint.route("/edit", methods=["GET", "POST"])
def edit(circle_id: int) -> ResponseReturnValue:
    """Edit name and purpose of the circle."""
    seat, form = enter(circle_id, Act.LEAD), DescriptionForm()
    circle = seat.circle
    stored = {**both("name", circle.name), **both("purpose", circle.purpose)}
    if not form.validate_over(stored, circle.version):
        return FormPage(_("Name and purpose"), _("Save"), frame=inside(seat), keep=True).show(form)
    members.describe_circle(seat, form.pair("name"), form.pair("purpose"))
    flash(_("Saved."), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


@lead_blueprint.route("/promise", methods=["GET", "POST"])
def restate(circle_id: int) -> ResponseReturnValue:
    """Edit the circle's promise."""
    seat, form = enter(circle_id, Act.LEAD), PromiseForm()
    statement = seat.circle.statement
    if not form.validate_over(both("words", statement.words), statement.edition):
        words = _("A new version. The earlier one is kept, and everybody accepts the new one before they read on.")
        title, save = _("What we promise each other"), _("Save as a new version")
        return FormPage(title, save, [words], inside(seat), keep=True).show(form)
    members.restate(seat, form.pair("words"))
    flash(_("Saved. Everybody accepts it before they read on."), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


@lead_blueprint.route("/close", methods=["GET", "POST"])
def close(circle_id: int) -> ResponseReturnValue:
    """Close the circle after the password and confirmation."""
    seat, form = enter(circle_id, Act.LEAD), SureForm()
    if asked := password_first(request.path):
        return asked
    if not form.validate_on_submit():
        title = _("Close the circle")
        words = _(
            "Nothing more can be written, and open invitations end. Everybody in it can read for 30 days; then the "
            "circle, its notebook and its keys are erased for good."
        )
        return FormPage(title, title, [words], inside(seat), danger=True).show(form)
    members.close_circle(seat)
    flash(_("The circle is closed. It can be read for 30 days, and then everything in it is erased."), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


def _people(seat: CircleSeat, form: CircleInviteForm) -> str:
    everybody = seats(seat.circle)
    return render_template(
        "partners/people.html",
        seat=seat,
        form=form,
        people=[(one, RoleForm(one.role, one.member.roles, formdata=None)) for one in everybody],
        waiting=waiting(seat.circle),
    )


def _to_people(circle_id: int) -> Response:
    return redirect(url_for("circles_lead.invite", circle_id=circle_id))

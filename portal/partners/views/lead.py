"""What who leads a circle does: invite, let in, give roles, remove, describe, close."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.invitation_links import deliver, link_of
from portal.accounts.phrase_pages import Answer
from portal.accounts.sessions import person
from portal.core.db import db
from portal.core.editing import both
from portal.core.errors import Refused
from portal.core.i18n import language
from portal.core.limits import may_try
from portal.core.web import SIGNED_IN, Room, refusal
from portal.partners.actions import circles, people
from portal.partners.door import enter
from portal.partners.forms import DescriptionForm, InviteForm, PromiseForm, RoleForm, SureForm
from portal.partners.queries.circles import Seat, invited, seat_of, seats, waiting
from portal.partners.rules.circles import Act, CircleRole

INVITATIONS_A_DAY = 40
DAY = 86_400
room = Room("circles_lead", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles/<int:circle_id>/lead")


@room.route("/people", methods=["GET", "POST"])
def invite(circle_id: int) -> Answer:
    """Who sits here and who is invited; invite somebody."""
    seat, form = enter(circle_id, Act.LEAD), InviteForm(language=language())
    if not form.is_submitted():
        return _people(seat, form)
    if not form.validate():
        return _people(seat, form), 422
    # An invitation makes an account and sends a mail, and says whether somebody has one.
    if not may_try("circle invitations", str(person().id), INVITATIONS_A_DAY, DAY):
        form.email.errors = [_("That is enough for today. Please invite the others tomorrow.")]
        return _people(seat, form), 429
    whom = (form.email.data or "", form.name.data or "", form.language.data, CircleRole(form.role.data))
    try:
        made = people.invite(seat, *whom)
    except Refused as error:
        db.rollback()
        (form.name if error.key == "name_needed" else form.email).errors = [refusal(error.key)]
        return _people(enter(circle_id, Act.LEAD), form), 422
    if made is None:
        flash(_("They are invited. Tell them yourself: they find it under “Circles” when they sign in."), "success")
        return redirect(url_for("circles_lead.invite", circle_id=circle_id))
    # Shown once, on the answer itself: a link must not stand in an address or a cookie.
    return render_template("partners/invited.html", seat=seat, made=made, link=link_of(made), mailed=deliver(made))


@room.post("/invitations/<int:membership_id>/withdraw")
def withdraw(circle_id: int, membership_id: int) -> Response:
    """Take an invitation back."""
    seat = enter(circle_id, Act.LEAD)
    people.withdraw(seat, invited(seat.circle, membership_id))
    flash(_("The invitation is taken back."), "success")
    return _to_people(circle_id)


@room.post("/people/<int:member_id>/admit")
def admit(circle_id: int, member_id: int) -> Response:
    """Let somebody open what is written here."""
    seat = enter(circle_id, Act.ADMIT)
    newcomer = seat_of(seat.circle, member_id)
    people.admit(seat, newcomer, person().private_key())
    flash(_("%(name)s can now open what is written here.", name=newcomer.member.name), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


@room.post("/people/<int:member_id>/role")
def give_role(circle_id: int, member_id: int) -> Answer:
    """Let somebody be something else here."""
    seat = enter(circle_id, Act.LEAD)
    other = seat_of(seat.circle, member_id)
    form = RoleForm(other.role, other.member.roles)
    if not form.validate():
        return _people(seat, InviteForm(formdata=None, language=language())), 422
    people.give_role(seat, other, CircleRole(form.role.data))
    flash(_("Saved."), "success")
    if member_id == person().id:
        return redirect(url_for("circles.show", circle_id=circle_id))
    return _to_people(circle_id)


@room.route("/people/<int:member_id>/remove", methods=["GET", "POST"])
def remove(circle_id: int, member_id: int) -> Answer:
    """Ask whether they are sure, and take somebody's seat."""
    seat, form = enter(circle_id, Act.LEAD), SureForm()
    other = seat_of(seat.circle, member_id)
    if not form.is_submitted():
        return render_template("partners/remove.html", seat=seat, whom=other, form=form)
    if not form.validate():
        return render_template("partners/remove.html", seat=seat, whom=other, form=form), 422
    people.remove(seat, other)
    flash(_("%(name)s is out. What is written from now on they cannot open.", name=other.member.name), "success")
    return redirect(url_for("circles.index")) if member_id == person().id else _to_people(circle_id)


@room.route("/edit", methods=["GET", "POST"])
def edit(circle_id: int) -> Answer:
    """Name and purpose."""
    seat, form = enter(circle_id, Act.LEAD), DescriptionForm()
    circle = seat.circle
    stored = {**both("name", circle.name), **both("purpose", circle.purpose)}
    if not form.is_submitted():
        form = DescriptionForm(data={**stored, "version": str(circle.version)})
        return render_template("partners/edit.html", seat=seat, form=form, newer=None)
    if form.is_behind(circle.version):
        form.version.data = str(circle.version)
        return render_template("partners/edit.html", seat=seat, form=form, newer=form.differences(stored)), 409
    if not form.validate():
        return render_template("partners/edit.html", seat=seat, form=form, newer=None), 422
    circles.describe_circle(seat, form.pair("name"), form.pair("purpose"))
    flash(_("Saved."), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


@room.route("/promise", methods=["GET", "POST"])
def restate(circle_id: int) -> Answer:
    """Write the promise anew."""
    seat, form = enter(circle_id, Act.LEAD), PromiseForm()
    statement = seat.circle.statement
    stored = both("words", statement.words)
    if not form.is_submitted():
        form = PromiseForm(data={**stored, "version": str(statement.edition)})
        return render_template("partners/restate.html", seat=seat, form=form, newer=None)
    if form.is_behind(statement.edition):
        form.version.data = str(statement.edition)
        return render_template("partners/restate.html", seat=seat, form=form, newer=form.differences(stored)), 409
    if not form.validate():
        return render_template("partners/restate.html", seat=seat, form=form, newer=None), 422
    circles.restate(seat, form.pair("words"))
    flash(_("Saved. Everybody accepts it before they read on."), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


@room.route("/close", methods=["GET", "POST"])
def close(circle_id: int) -> Answer:
    """End the circle on purpose."""
    seat, form = enter(circle_id, Act.LEAD), SureForm()
    if not form.is_submitted():
        return render_template("partners/close.html", seat=seat, form=form)
    if not form.validate():
        return render_template("partners/close.html", seat=seat, form=form), 422
    circles.close_circle(seat)
    flash(_("The circle is closed. It can be read for 30 days, and then everything in it is erased."), "success")
    return redirect(url_for("circles.show", circle_id=circle_id))


def _people(seat: Seat, form: InviteForm) -> str:
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

"""The pages of circles: founding, invitation, promise, recovery phrase, leaving, the pages of leads, and handover."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import BooleanField, Field, RadioField, SelectField
from wtforms.validators import DataRequired

from portal.accounts import desk_keys
from portal.accounts.desk_keys_pages import make_phrase, use_phrase_of
from portal.accounts.people_pages import invited_page
from portal.accounts.roles import Role
from portal.accounts.sign_in import current_user, password_first
from portal.accounts.sign_in_pages import LONGEST_NAME, email_field, language_field
from portal.core.audit import record
from portal.core.db import db, session
from portal.core.editing import Both, WholeForm, done, line, lines
from portal.core.forms import FormPage, ProtectedForm, choices_of, take_mail
from portal.core.i18n import LANGUAGES, language
from portal.core.limits import may_try
from portal.core.statuses import NotAllowed, NotFound, Refused
from portal.core.web import SIGNED_IN, AudienceBlueprint, members as audience_of, refusal
from portal.organisations.organisations import houses_of
from portal.partners import circle_rules, circles, members
from portal.partners.board import seats_on_board
from portal.partners.circle_rules import Act, CircleKind, CircleRole
from portal.partners.circles import Circle, CircleSeat, SureForm, enter, inside, my_invitation, my_seat, seats
from portal.partners.reconciliation import planning

CIRCLE_ROLES = {
    CircleRole.LEAD: _l("Lead"),
    CircleRole.FACILITATOR: _l("Facilitator"),
    CircleRole.MEMBER: _l("Member"),
    CircleRole.INTERPRETER: _l("Interpreter"),
    CircleRole.OBSERVER: _l("Observer: reads, does not write"),
}
KINDS = {
    CircleKind.MORAL_VOICE: _l("Community moral voice"),
    CircleKind.RECONCILIATION: _l("Racial reconciliation"),
    CircleKind.WORK: _l("Other work together"),
}
PROMISE = _l("What we promise each other")
TO_BEGIN_WITH = _l("Everybody accepts this before they see anything. These are words to begin with.")
FOR_GOOD = _l(
    "Everybody is told before they come in. It can never be changed afterwards: a circle that began without police "
    "stays without them."
)


class DescriptionForm(WholeForm):
    ROW = Circle
    name = Both(line, _l("Name"), 80, _l("Not locked: name no person and no place that is not public."))
    purpose = Both(lines, _l("What it is for"), 600, rows=4)


class PromiseForm(WholeForm):
    ROW = circles.Statement
    words = Both(lines, PROMISE, 4_000, rows=10)


class FoundingForm(DescriptionForm):
    kind = RadioField(
        _l("What kind of circle"),
        choices=choices_of(KINDS),
        default=CircleKind.MORAL_VOICE.value,
    )
    with_police = BooleanField(_l("Police will sit in this circle"), description=FOR_GOOD)
    words = Both(lines, PROMISE, 4_000, TO_BEGIN_WITH, rows=8)


class AgreeForm(ProtectedForm):
    agree = BooleanField(_l("I promise this"), validators=[DataRequired(circles.NOT_SURE)])


class CircleInviteForm(ProtectedForm):
    email = email_field()
    name = line(_l("Name"), LONGEST_NAME)
    language = language_field()
    role = RadioField(
        _l("As what"),
        choices=choices_of({role: name for role, name in CIRCLE_ROLES.items() if role is not CircleRole.LEAD}),
        default=CircleRole.MEMBER.value,
    )

    def validate_email(self, field: Field) -> None:
        take_mail(field)


class RoleForm(ProtectedForm):
    """The form of a member's role; leads are made only by `answer_offer` or `name_lead`, not here."""

    role = SelectField(_l("As what"))

    def __init__(self, now: CircleRole, roles: Collection[str], **kwargs: Any) -> None:
        super().__init__(role=now.value, **kwargs)
        fit = (role for role in CircleRole if circle_rules.may_hold(role, roles))
        offered = (role for role in fit if role is now or role is not CircleRole.LEAD)
        self.role.choices = choices_of({role: CIRCLE_ROLES[role] for role in offered})


class LeadForm(ProtectedForm):
    member = SelectField(_l("Who"), coerce=str)

    def __init__(self, able: Iterable[CircleSeat], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.member.choices = choices_of({seat.member.id: seat.member.name for seat in able})


circles_blueprint = AudienceBlueprint(
    "circles", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/circles", pages_read=True
)
circles_blueprint.add_app_template_global(CIRCLE_ROLES.__getitem__, "circle_role")
circles_blueprint.add_app_template_global(KINDS.__getitem__, "circle_kind")
circles_blueprint.add_app_template_global(Act, "Act")


@circles_blueprint.get("/")
def index() -> str:
    """List the member's circles and invitations. Raises `NotFound` for administrators."""
    me = current_user.member
    if Role.ADMINISTRATOR in me.roles:
        raise NotFound
    own = circles.my_circles(me)
    return render_template(
        "partners/index.html",
        seats=own,
        offered={seat.circle.id for seat in own if circles.is_offered(seat)},
        has_board=bool(seats_on_board(me, own)),
        invitations=circles.my_invitations(me),
        may_found=circle_rules.may_found(me.roles),
    )


@circles_blueprint.get("/<int:circle_id>/")
def show(circle_id: int) -> str:
    seat = enter(circle_id, Act.READ)
    everybody = seats(seat.circle)
    named = everybody if seat.may(Act.SEE_NAMES) else []
    return render_template(
        "partners/circle.html",
        seat=seat,
        people=named,
        houses=houses_of([other.member.id for other in named]),
        count=len(everybody),
        has_lead=bool(circles.leads(seat.circle)),
        has_key=any(other.is_admitted for other in everybody),
        had_key=desk_keys.had_key(seat.circle.desk_id),
        waiting=circles.waiting(seat.circle) if seat.may(Act.LEAD) else [],
        ahead=members.ahead(seat),
        is_offered=circles.is_offered(seat),
    )


@circles_blueprint.route("/<int:circle_id>/invitation", methods=["GET", "POST"])
def invitation(circle_id: int) -> ResponseReturnValue:
    circle, row = my_invitation(circle_id, current_user.member)
    form = AgreeForm()
    if not form.validate_on_submit():
        return render_template("partners/promise.html", circle=circle, form=form, seat=None), form.http_status
    members.join(circle, row, current_user.member, request.form.get("statement", 0, int))
    words = _("You are in. Somebody who leads the circle now lets you open what is written there.")
    return _to_circle(circle_id, words)


@circles_blueprint.post("/<int:circle_id>/decline")
def decline(circle_id: int) -> Response:
    _circle, row = my_invitation(circle_id, current_user.member)
    session.delete(row)
    # No message says who declined; the audit event names the member, not the circle.
    record("circle.declined", "member", current_user.id, current_user.id)
    return done(url_for("circles.index"), _("You said no. The invitation is gone."))


@circles_blueprint.route("/<int:circle_id>/promise", methods=["GET", "POST"])
def promise(circle_id: int) -> ResponseReturnValue:
    seat, form = my_seat(circle_id, current_user.member), AgreeForm()
    if not form.validate_on_submit():
        return render_template("partners/promise.html", circle=seat.circle, form=form, seat=seat), form.http_status
    members.agree(seat, request.form.get("statement", 0, int))
    return _to_circle(circle_id)


@circles_blueprint.route("/<int:circle_id>/phrase/new", methods=["GET", "POST"])
def new_phrase(circle_id: int) -> ResponseReturnValue:
    """Create the circle's recovery phrase, and with the first one its key."""
    circle = enter(circle_id, Act.LEAD).circle
    return make_phrase(circle.desk, str(circle.name), url_for("circles.show", circle_id=circle_id))


@circles_blueprint.route("/<int:circle_id>/phrase", methods=["GET", "POST"])
def use_phrase(circle_id: int) -> ResponseReturnValue:
    """Open the circle with the printed phrase when no other member can."""
    seat = enter(circle_id, Act.WRITE)
    if seat.is_police:
        raise NotAllowed
    circle = seat.circle
    return use_phrase_of(circle.desk, str(circle.name), url_for("circles.show", circle_id=circle_id))


@circles_blueprint.route("/<int:circle_id>/leave", methods=["GET", "POST"])
def leave(circle_id: int) -> ResponseReturnValue:
    leaves = ProtectedForm().is_submitted()
    seat = my_seat(circle_id, current_user.member, to_change=leaves)
    if not leaves:
        must_stay = members.lacks_lead_without(seat) or members.lacks_key_without(seat) or planning.to_facilitate(seat)
        return render_template("partners/leave.html", seat=seat, may_go=not must_stay)
    members.leave(seat)
    return done(url_for("circles.index"), _("You left the circle. What is written there from now on you cannot open."))


founders = audience_of("community_lead", "faith_partner", "facilitator")
founding_blueprint = AudienceBlueprint(
    "circles_founding", __name__, audience=founders, url_prefix="/<lang:lang>/circles/new"
)


@founding_blueprint.route("/", methods=["GET", "POST"])
def found() -> ResponseReturnValue:
    form = FoundingForm(data={f"words_{lang}": members.USUAL_STATEMENT[lang] for lang in LANGUAGES})
    if not form.validate_on_submit():
        lead = _("You lead it and decide who is invited. Have paper and a pen ready: next come 24 words to write down.")
        above = url_for("circles.index"), _("All my circles")
        return FormPage(_("Found a circle"), _("Found it"), lead=lead, above=above).show(form)
    circle = members.found_circle(form.values, form.words, current_user.member)
    return done(
        url_for("circles.new_phrase", circle_id=circle.id),
        _("The circle is founded, and you lead it. Now make its recovery phrase, so that it can be written to."),
    )


INVITATIONS_A_DAY = 40
DAY = 86_400
lead_blueprint = circles.circle_blueprint("circles_lead", __name__, "lead")


@lead_blueprint.route("/people", methods=["GET", "POST"])
def invite(circle_id: int) -> ResponseReturnValue:
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
    people = url_for("circles_lead.invite", circle_id=circle_id)
    try:
        made = members.invite(seat, *whom)
    except Refused as error:
        db.rollback()
        (form.name if error.key == "name_needed" else form.email).errors = [refusal(error.key)]
        return _people(enter(circle_id, Act.LEAD), form), 422
    if made is None:
        return done(people, _("They are invited. Tell them yourself: they find it under “Circles” when they sign in."))
    return invited_page(made, people, seat.circle.name[language()])


@lead_blueprint.post("/invitations/<int:membership_id>/withdraw")
def withdraw(circle_id: int, membership_id: int) -> Response:
    seat = enter(circle_id, Act.LEAD)
    row = circles.in_circle(circles.Membership, seat.circle, membership_id)
    if row.joined_on is not None:
        raise NotFound
    members.withdraw(seat, row)
    return done(url_for("circles_lead.invite", circle_id=circle_id), _("The invitation is taken back."))


@lead_blueprint.post("/people/<int:member_id>/admit")
def admit(circle_id: int, member_id: int) -> Response:
    seat = enter(circle_id, Act.ADMIT)
    newcomer = circles.seat_of(seat.circle, member_id)
    desk_keys.admit(seat.circle.desk, newcomer.member, seat.member, current_user.private_key())
    return _to_circle(circle_id, _("%(name)s can now open what is written here.", name=newcomer.member.name))


@lead_blueprint.post("/people/<int:member_id>/role")
def give_role(circle_id: int, member_id: int) -> ResponseReturnValue:
    seat = enter(circle_id, Act.LEAD)
    other = circles.seat_of(seat.circle, member_id)
    form = RoleForm(other.role, other.member.roles)
    if not form.validate():
        return _people(seat, CircleInviteForm(formdata=None, language=language())), 422
    members.give_role(seat, other, CircleRole(form.role.data))
    there = "circles.show" if member_id == current_user.id else "circles_lead.invite"
    return done(url_for(there, circle_id=circle_id), _("Saved."))


@lead_blueprint.post("/people/<int:member_id>/remove")
def remove(circle_id: int, member_id: int) -> Response:
    seat = enter(circle_id, Act.LEAD)
    other = circles.seat_of(seat.circle, member_id)
    words = _("%(name)s is out. What is written from now on they cannot open.", name=other.member.name)
    people = url_for("circles_lead.invite", circle_id=circle_id)
    return circles.once_sure(lambda: members.remove(seat, other), words, people)


@lead_blueprint.route("/edit", methods=["GET", "POST"])
def edit(circle_id: int) -> ResponseReturnValue:
    seat, form = enter(circle_id, Act.LEAD), DescriptionForm()
    if not form.validate_row(seat.circle):
        return FormPage(_("Name and purpose"), _("Save"), frame=inside(seat), keep=True).show(form)
    seat.circle.name, seat.circle.purpose = form.name, form.purpose
    record("circle.described", "circle", circle_id, seat.member.id)
    return _to_circle(circle_id, _("Saved."))


@lead_blueprint.route("/promise", methods=["GET", "POST"])
def restate(circle_id: int) -> ResponseReturnValue:
    seat, form = enter(circle_id, Act.LEAD), PromiseForm()
    statement = seat.circle.statement
    if not form.validate_over(form.shown(statement), statement.edition):
        words = _("A new version. The earlier one is kept, and everybody accepts the new one before they read on.")
        title, save = _("What we promise each other"), _("Save as a new version")
        return FormPage(title, save, [words], inside(seat), keep=True).show(form)
    members.restate(seat, form.words)
    return _to_circle(circle_id, _("Saved. Everybody accepts it before they read on."))


@lead_blueprint.route("/close", methods=["GET", "POST"])
def close(circle_id: int) -> ResponseReturnValue:
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
    words = _("The circle is closed. It can be read for 30 days, and then everything in it is erased.")
    return _to_circle(circle_id, words)


def _people(seat: CircleSeat, form: CircleInviteForm) -> str:
    people = [(other, RoleForm(other.role, other.member.roles, formdata=None)) for other in seats(seat.circle)]
    waiting = circles.waiting(seat.circle)
    return render_template("partners/people.html", seat=seat, form=form, people=people, waiting=waiting)


def _to_circle(circle_id: int, message: str = "") -> Response:
    address = url_for("circles.show", circle_id=circle_id)
    return done(address, message) if message else redirect(address)


handover_blueprint = circles.circle_blueprint("circles_handover", __name__, "handover")


@handover_blueprint.get("/", endpoint="index")
def handover(circle_id: int) -> str:
    return _handover(enter(circle_id, Act.SEE_NAMES))


@handover_blueprint.post("/offer")
def offer(circle_id: int) -> ResponseReturnValue:
    seat = enter(circle_id, Act.LEAD)
    form = LeadForm(_able(seat))
    if not form.validate():
        return _handover(seat, form), 422
    other = circles.seat_of(seat.circle, int(form.member.data))
    members.offer_lead(seat, other)
    return done(
        url_for("circles_handover.index", circle_id=circle_id),
        _("%(name)s is asked to lead, and answers on the circle's page.", name=other.member.name),
    )


@handover_blueprint.post("/offer/<int:member_id>/take-back")
def take_back(circle_id: int, member_id: int) -> Response:
    seat = enter(circle_id, Act.LEAD)
    members.take_offer_back(seat, circles.seat_of(seat.circle, member_id))
    return done(url_for("circles_handover.index", circle_id=circle_id), _("The offer is taken back."))


@handover_blueprint.post("/accept", endpoint="accept", defaults={"yes": True})
@handover_blueprint.post("/refuse", endpoint="refuse", defaults={"yes": False})
def answer_offer(circle_id: int, yes: bool) -> Response:
    members.answer_offer(enter(circle_id, Act.SEE_NAMES), yes=yes)
    refused = _("You said no. Who asked you sees that the offer is gone.")
    return _to_circle(circle_id, _("You lead the circle now.") if yes else refused)


@handover_blueprint.post("/name")
def name(circle_id: int) -> ResponseReturnValue:
    seat = enter(circle_id, Act.WRITE)
    if not seat.may(Act.SEE_NAMES):
        return _to_circle(circle_id)
    form = LeadForm(_able(seat))
    if not form.validate():
        return _handover(seat, form), 422
    noted = _("Noted. When a second person names the same one, that is decided.")
    is_decided = members.name_lead(seat, int(form.member.data))
    return _to_circle(circle_id, _("The circle has a lead again.") if is_decided else noted)


def _able(seat: CircleSeat) -> list[CircleSeat]:
    """Return the members who could lead: they hold the key and do not lead yet."""
    able = [other for other in seats(seat.circle) if other.is_admitted and other.role is not CircleRole.LEAD]
    return [other for other in able if circle_rules.may_hold(CircleRole.LEAD, other.member.roles)]


def _handover(seat: CircleSeat, form: LeadForm | None = None) -> str:
    able, leading = _able(seat), circles.leads(seat.circle)
    return render_template(
        "partners/handover.html",
        seat=seat,
        form=form or LeadForm(able, formdata=None),
        able=able,
        offered=[other for other in seats(seat.circle) if other.membership.offered_by_id in leading],
        is_offered=circles.is_offered(seat),
        has_lead=bool(leading),
        may_name=not leading and seat.is_admitted and circle_rules.may_name_lead(seat.role, seat.member.roles),
        lacks_lead=members.lacks_lead_without(seat),
        lacks_key=members.lacks_key_without(seat),
        to_facilitate=planning.to_facilitate(seat),
    )

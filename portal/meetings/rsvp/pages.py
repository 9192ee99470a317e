"""Pages for residents: the form for answering a meeting, and the private page of an answer.

The private link is the key: its holder can change and cancel the answer. The page is never linked to, stored in a page
cache or indexed, and shows neither the contact nor access needs or the name.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional, ValidationError

from portal.config import SmsSender
from portal.core import forms
from portal.core.clock import today
from portal.core.contact import is_texted, read_mail, read_number
from portal.core.db import db, session
from portal.core.forms import PublicForm, at_most, choices_of, strip, whole_number
from portal.core.i18n import language, negotiate
from portal.core.limits import RateLimit, attempt, may_write_to, take_back
from portal.core.portal import current_portal
from portal.core.slugs import id_in, token_of
from portal.core.statuses import Refused, existing
from portal.core.texted import read_code, show_code
from portal.core.web import PUBLIC, AudienceBlueprint, keep_out_robots
from portal.meetings.meeting import Meeting, public_meeting
from portal.meetings.rsvp import answering, outgoing, rsvp as rsvps, rules, texts
from portal.meetings.rsvp.answering import Contact, Wish
from portal.meetings.rsvp.rsvp import Rsvp, is_open
from portal.meetings.rsvp.rules import MOST_PEOPLE, ContactKind, Ride, read_ages
from portal.meetings.rsvp.texts import CONSENT, LANGUAGE_NAMES, RIDE_NAMES, is_full, withdrawn

TOO_OLD = _l(
    "Childcare is for children up to %(oldest)d years. Whoever is older counts above and has no age here.",
    oldest=rules.OLDEST_CHILD,
)


class RsvpForm(PublicForm):
    party = whole_number(_l("How many people, with children?"), 1, MOST_PEOPLE)
    ages = StringField(_l("Ages of children who need childcare"), filters=[strip], validators=[at_most(40)])
    interpreter = SelectField(
        _l("Interpreter"), choices=choices_of(LANGUAGE_NAMES, _l("I need none")), validators=[Optional()]
    )
    ride = RadioField(_l("How do you get there?"), choices=choices_of(RIDE_NAMES), default=Ride.NONE.value)
    ride_seats = whole_number(_l("How many can ride with you?"), 0, rules.MOST_RIDE_SEATS, optional=True)
    access_needs = TextAreaField(
        _l("What else should be ready for you?"), filters=[strip], validators=[Optional(), at_most(500)]
    )
    first_name = StringField(_l("A first name for the host"), filters=[strip], validators=[Optional(), at_most(40)])
    contact = StringField(
        _l("Phone or e-mail, for a reminder and news of changes"),
        filters=[strip],
        validators=[Optional(), at_most(120)],
    )
    forget_needs = BooleanField(_l("Erase what I need"))
    forget_name = BooleanField(_l("Erase my first name"))
    forget_contact = BooleanField(_l("Erase the phone number or e-mail"))

    def __init__(self, stored: Rsvp | None = None, **kwargs: Any) -> None:
        """Take over an answer, but not its needs, name and contact.

        A text message carries the link, and anyone who holds the phone may open it. They stay unchanged unless a new
        value is typed or they are erased.
        """
        shown: dict[str, Any] = {}
        if stored:
            shown = {name: getattr(stored, name) for name in ("party", "interpreter", "ride")}
            shown |= {"ages": stored.ages.replace(",", ", "), "ride_seats": stored.ride_seats or None}
        super().__init__(data=shown, **kwargs)
        self._kept = answering.read_wish(stored) if stored else Wish(party=1)

    def validate(self, extra_validators: Any = None) -> bool:
        whole = super().validate(extra_validators)
        # The field of offered seats is optional by itself and required only with an offered ride.
        if self.ride.data == Ride.OFFERS and not self.ride_seats.data and not self.ride_seats.errors:
            self.ride_seats.errors = [_("Please say how many can ride with you, from 1 to 8.")]
            whole = False
        return whole

    def validate_ages(self, field: StringField) -> None:
        try:
            ages = read_ages(field.data or "")
        except rules.ChildTooOld:
            raise ValidationError(str(TOO_OLD)) from None
        except ValueError:
            raise ValidationError(_("Please write the ages as numbers, like 3, 5, 11. For a baby write 0.")) from None
        if not self.party.errors and len(ages) > self.party.data:
            raise ValidationError(_("These are more children than people. Please count them above too."))

    def validate_contact(self, field: StringField) -> None:
        contact = read_contact(field.data or "")
        if field.data and contact is None:
            raise ValidationError(_("Please give a whole phone number with area code, or an e-mail address."))
        if contact is None or contact.kind is not ContactKind.TEXT:
            return
        if current_portal.settings.sms_sender is SmsSender.OFF:
            raise ValidationError(_("Texts are switched off here. Please give an e-mail address, or leave this empty."))
        if not is_texted(contact.address):
            raise ValidationError(_("We cannot send texts to numbers there. Please give an e-mail address instead."))

    @property
    def wish(self) -> Wish:
        return Wish(
            party=self.party.data,
            ages=read_ages(self.ages.data or ""),
            interpreter=self.interpreter.data or "",
            ride=Ride(self.ride.data or ""),
            ride_seats=self.ride_seats.data or 0,
            access_needs=self.access_needs.data or ("" if self.forget_needs.data else self._kept.access_needs),
            first_name=self.first_name.data or ("" if self.forget_name.data else self._kept.first_name),
            contact=read_contact(self.contact.data or ""),
            forget_contact=bool(self.forget_contact.data),
        )


def read_contact(typed: str) -> Contact | None:
    if "@" in typed:
        address = read_mail(typed)
        return Contact(ContactKind.MAIL, address) if address else None
    number = read_number(typed)
    return Contact(ContactKind.TEXT, number) if number else None


class AnswerCodeForm(PublicForm):
    answer_code = StringField(
        _l("Your code"), filters=[strip], validators=[InputRequired(_l("Please type your code.")), at_most(60)]
    )


answer_blueprint = AudienceBlueprint(
    "meetings_rsvp_form", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/meetings"
)
HOUR = 3_600
AT_ONCE = "at_once"
"""The button on the page of a meeting, which answers for one person without a form."""
MOST_TO_ONE_CONTACT = 12
for words in (texts.seats_left, texts.text_code, texts.short_address, is_full, texts.not_there, withdrawn):
    answer_blueprint.app_template_filter(words.__name__)(words)


@answer_blueprint.get("/<slug>/answer/")
def ask(slug: str) -> str:
    return _page(public_meeting(slug), RsvpForm())


@answer_blueprint.post("/<slug>/answer/")
def send(slug: str) -> ResponseReturnValue:
    """Store the answer, and show its code and link once.

    The form is validated before the lock for writing is taken, so that errors make no other request wait. Pressed at
    once, the button answers for one person and leads to the private page, which asks for the rest; `new` makes it show
    the code, too. That button stands on a page that is the same for every reader, so it carries no token: two presses
    without JavaScript are two answers. Reloading afterwards repeats none. If it is refused, the whole form is shown.
    """
    db.read_only()
    meeting, at_once = public_meeting(slug), AT_ONCE in request.form
    form = RsvpForm(formdata=None, party=1) if at_once else RsvpForm()
    if forms.only_changes_language() and not at_once:
        return _page(meeting, form), 200
    if not at_once and not form.validate():
        return _page(meeting, form), 422
    wish, nonce = (Wish(party=1), secrets.token_bytes(forms.NONCE_BYTES)) if at_once else (form.wish, form.nonce)
    if (problem := limit_problem(wish)) is not None:
        return _page(meeting, form, problem=problem), 429
    db.begin_writing()
    meeting = rsvps.locked_meeting(meeting.id)
    try:
        rsvp = answering.file_rsvp(meeting, wish, language(), nonce)
    except Refused as refusal:
        return _page(meeting, form, problem=refusal.key), 409
    if at_once:
        return redirect(url_for("meetings_rsvp.mine", token=token_of(outgoing.MINE, rsvp.id), new="y"), 303)
    return render_template(
        "meetings/rsvp/answered.html",
        meeting=meeting,
        rsvp=rsvp,
        code=show_code(outgoing.code_of(rsvp.id)),
        link=outgoing.private_link(rsvp),
        state_name=texts.state_name(rsvp),
        in_vain=texts.in_vain(meeting, rsvp),
    ), 200


def _page(meeting: Meeting, form: RsvpForm, problem: str | None = None) -> str:
    return render_template(
        "meetings/rsvp/answer.html",
        meeting=meeting,
        form=form,
        problem=problem,
        reason=texts.REFUSALS.get(problem or ""),
        is_open=is_open(meeting),
        shows_form=is_open(meeting) and (request.method == "POST" or not is_full(meeting)),
        consent=CONSENT,
    )


def limit_problem(wish: Wish | None = None) -> str | None:
    """Return why rate limits refuse an answer, if so: few messages a day go to what may be a stranger's contact."""
    reached = wish.contact.address if wish and wish.contact else ""
    if reached and not may_write_to("meeting contact", reached, MOST_TO_ONE_CONTACT):
        return "contact_often"
    settings = current_portal.settings
    most: int = settings.answers_per_address
    share = RateLimit(most, 4 * most, settings.answers_in_all, most, HOUR)
    return None if attempt("meeting answer", share).passed else "too_many"


answer_blueprint.after_request(keep_out_robots)

mine_blueprint = AudienceBlueprint("meetings_rsvp", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/meetings")
mine_blueprint.after_request(keep_out_robots)


@mine_blueprint.route("/my-answer", methods=["GET", "POST"])
def enter() -> ResponseReturnValue:
    """Redirect to the answer of this code. An unknown code and one of a hidden meeting get the same reply."""
    db.read_only()
    form, problem = AnswerCodeForm(), None
    is_sent = request.method == "POST" and not forms.only_changes_language()
    if is_sent and form.validate():
        tried = attempt("meeting code", forms.guesses())
        code = read_code(form.answer_code.data or "") if tried.passed else None
        rsvp = session.scalar(select(Rsvp).where(Rsvp.code_hash == outgoing.hash_of_code(code))) if code else None
        if rsvp is not None and rsvps.is_public(session.get_one(Meeting, rsvp.meeting_id)):
            take_back(tried)
            return redirect(url_for("meetings_rsvp.mine", token=token_of(outgoing.MINE, rsvp.id)), 303)
        problem = "unknown" if tried.passed else "too_many"
    page = render_template("meetings/rsvp/enter.html", form=form, problem=problem)
    return page, 429 if problem == "too_many" else 422 if is_sent else 200


@mine_blueprint.route("/mine/<token>", methods=["GET", "POST"])
def mine(token: str) -> ResponseReturnValue:
    rsvp, meeting = _opened(token, to_change=request.method == "POST")
    form = RsvpForm(rsvp)
    if request.method == "GET" or forms.only_changes_language():
        return _own_page(rsvp, meeting, form)
    if not form.validate():
        return _own_page(rsvp, meeting, form), 422
    if (problem := limit_problem(form.wish)) is not None:
        return _own_page(rsvp, meeting, form, problem=problem), 429
    try:
        answering.change_rsvp(meeting, rsvp, form.wish)
    except Refused as refusal:
        # A partial change before the refusal is not written: the edge rolls a 409 back.
        return _own_page(rsvp, meeting, form, problem=refusal.key), 409
    return _own_page(rsvp, meeting, done="changed")


@mine_blueprint.post("/mine/<token>/<any(leave, again, right):step>")
def go(token: str, step: str) -> ResponseReturnValue:
    rsvp, meeting = _opened(token, to_change=True)
    # Cancelling and answering again in a loop would invalidate the public pages each time.
    if step == "again" and (problem := limit_problem()) is not None:
        return _own_page(rsvp, meeting, problem=problem), 429
    try:
        if step == "leave":
            answering.cancel_rsvp(meeting, rsvp)
        elif step == "again":
            answering.answer_again(meeting, rsvp)
        else:
            rsvp.confirmed_on = today()
    except Refused as refusal:
        return _own_page(rsvp, meeting, problem=refusal.key), 409
    return _own_page(rsvp, meeting, done=step)


def _opened(token: str, *, to_change: bool) -> tuple[Rsvp, Meeting]:
    """Return an answer and its meeting. A wrong link, an erased answer and a hidden place raise the same `NotFound`."""
    rsvp_id = id_in(outgoing.MINE, token)
    rsvp = existing(session.get(Rsvp, rsvp_id) if rsvp_id else None)
    return rsvp, rsvps.meeting_of(rsvp, to_change=to_change)


def _own_page(
    rsvp: Rsvp, meeting: Meeting, form: RsvpForm | None = None, *, problem: str | None = None, done: str | None = None
) -> str:
    form = form or RsvpForm(rsvp, formdata=None)
    needs = (
        (form.ages.label.text, rsvp.ages.replace(",", ", ")),
        (form.interpreter.label.text, LANGUAGE_NAMES.get(rsvp.interpreter, "")),
        (form.ride.label.text, RIDE_NAMES[rsvp.ride] if rsvp.ride else ""),
    )
    return render_template(
        "meetings/rsvp/mine.html",
        rsvp=rsvp,
        meeting=meeting,
        form=form,
        token=token_of(outgoing.MINE, rsvp.id),
        is_new="new" in request.values,
        code=show_code(outgoing.code_of(rsvp.id)),
        link=outgoing.private_link(rsvp),
        problem=problem,
        reason=texts.REFUSALS.get(problem or ""),
        done=done,
        heading=_("This meeting is canceled") if meeting.is_cancelled else texts.state_name(rsvp),
        why=texts.WHY_NAMES[rsvp.why] if rsvp.why else "",
        is_open=is_open(meeting),
        needs=[(name, value) for name, value in needs if value],
        in_vain=[sentence for sentence in texts.in_vain(meeting, rsvp) if sentence not in withdrawn(meeting)],
        consent=CONSENT,
    )


short_blueprint = AudienceBlueprint("meetings_short", __name__, audience=PUBLIC, url_prefix="")
WRONG_ADDRESSES = RateLimit(near=60, wide=240, everybody=1_200, reserved=60, seconds=HOUR)
"""In a church hall a hundred people type from one network. Every address that leads somewhere is public anyway."""


@short_blueprint.get("/r/<path:typed>")
@short_blueprint.get("/R/<path:typed>")
# Links are built with the rule that is added first; decorators are applied from below.
@short_blueprint.get("/<lang:lang>/R/<path:typed>", endpoint="short_in")
@short_blueprint.get("/<lang:lang>/r/<path:typed>", endpoint="short_in")
def short(typed: str) -> Response:
    """Redirect to a meeting by its code, which passes to another one later, so no browser may remember it.

    Raises `NotFound` for an unknown code and for that of a hidden meeting, `TooManyRequests` after many of these.
    """
    tried = attempt("meeting address", WRONG_ADDRESSES)
    if not tried.passed:
        raise TooManyRequests
    meeting = existing(rsvps.meeting_by_text_code(re.sub(r"[^0-9]", "", typed)[:5]))
    take_back(tried)
    answer = redirect(url_for("meetings.meeting", lang=g.get("lang") or negotiate(), slug=meeting.slug))
    if "lang" not in g:
        answer.headers["Vary"] = "Accept-Language"
    return answer

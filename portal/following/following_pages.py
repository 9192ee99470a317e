"""Pages for residents: asking for news, confirming it by a link, and leaving.

No page tells whether a phone or mailbox follows anything: asking gets the same answer always, and what somebody follows
is shown only by the private link that was sent there.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectMultipleField, StringField
from wtforms.validators import DataRequired, InputRequired, ValidationError
from wtforms.widgets import CheckboxInput

from portal.config import SmsSender
from portal.core.clock import today
from portal.core.contact import is_texted, read_mail, read_number
from portal.core.db import db
from portal.core.forms import PublicForm, at_most, only_changes_language, strip
from portal.core.i18n import language
from portal.core.jobs.outbox import MessageKind
from portal.core.limits import DAY, RateLimit, attempt, networks, note_honest
from portal.core.portal import current_portal
from portal.core.slugs import token_of
from portal.core.web import PUBLIC, AudienceBlueprint, keep_out_robots
from portal.following import following, notices
from portal.following.follow_words import Followed, Subject
from portal.following.following import Follower, FollowRefusal, channel_of
from portal.following.texts import CONSENT, SUBJECT_LABELS
from portal.markets.places import public_names

HOUR = 3_600
ASKING = RateLimit(near=10, wide=40, everybody=300, reserved=10, seconds=HOUR)
"""Questions to phones and mailboxes per hour: each costs money, and may reach somebody who asked for nothing."""
ASKING_A_DAY = RateLimit(near=40, wide=120, everybody=1_000, reserved=10, seconds=DAY)
CHOOSE = _l("Please check at least one.")
NOT_REACHED = _l("Please give a whole phone number with area code, or an e-mail address.")
NO_ADDRESS = _l("Please give a whole e-mail address.")
ABROAD = _l("We cannot send texts to numbers there. Please give an e-mail address instead.")
PREFIX = "place-"


class ContactField(StringField):
    reached: str
    """The number or address that was typed, once the form was found valid."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        validators = [InputRequired(NOT_REACHED), at_most(120), self._check]
        super().__init__(label, filters=[strip], validators=validators, **kwargs)

    @staticmethod
    def _check(_form: Any, field: ContactField) -> None:
        contact = read_contact(field.data or "")
        if contact is None:
            raise ValidationError(str(NOT_REACHED if takes_numbers() else NO_ADDRESS))
        if channel_of(contact) is MessageKind.TEXT and not is_texted(contact):
            raise ValidationError(str(ABROAD))
        field.reached = contact


class FollowForm(PublicForm):
    about = SelectMultipleField(_l("News about what?"), [DataRequired(CHOOSE)], option_widget=CheckboxInput())
    contact = ContactField(_l("Phone or e-mail"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        places = public_names()
        self._ids = {f"{PREFIX}{place.slug}": place.id for place in places}
        self.about.choices = [
            *(SelectChoice(f"{PREFIX}{place.slug}", str(place.name)) for place in places),
            *(SelectChoice(subject.value, label) for subject, label in SUBJECT_LABELS.items()),
        ]

    @property
    def followed(self) -> list[Followed]:
        """What was chosen, places first. The form must be valid."""
        places = [Followed(Subject.PLACE, self._ids[slug]) for slug in self._ids if slug in self.about.data]
        return places + [Followed(subject) for subject in SUBJECT_LABELS if subject in self.about.data]


def takes_numbers() -> bool:
    return current_portal.settings.sms_sender is not SmsSender.OFF


def read_contact(typed: str) -> str | None:
    """Return the phone number or e-mail address that was typed; None for neither, and for numbers without texting."""
    if "@" in typed:
        return read_mail(typed)
    return read_number(typed) if takes_numbers() else None


blueprint = AudienceBlueprint("follow", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/follow")
blueprint.after_request(keep_out_robots)


@blueprint.get("/")
def ask() -> str:
    """Show the form; `?place=` and `?about=` choose beforehand. A hidden place is like one that never was."""
    slug, about = request.args.get("place", ""), request.args.get("about", "")
    return _page(FollowForm(data={"about": [f"{PREFIX}{slug}" if slug else about]}))


@blueprint.post("/")
def send() -> ResponseReturnValue:
    """Ask there whether news is wanted. The answer is the same whoever is behind the number or address."""
    db.read_only()
    form = FollowForm()
    if only_changes_language():
        return _page(form)
    if not form.validate():
        return _page(form), 422
    if not (attempt("follow", ASKING).passed and attempt("follow day", ASKING_A_DAY).passed):
        return _page(form, "too_many"), 429
    db.begin_writing()
    contact = form.contact.reached
    following.ask_to_follow(contact, form.followed, language(), str(CONSENT))
    waits = following.question_due_at(contact) is not None
    return render_template("following/asked.html", by_text=channel_of(contact) is MessageKind.TEXT, waits=waits)


def _page(form: FollowForm, problem: str = "") -> str:
    return render_template(
        "following/ask.html", form=form, problem=problem, consent=CONSENT, takes_numbers=takes_numbers()
    )


@blueprint.route("/confirm/<token>", methods=["GET", "POST"])
def confirm(token: str) -> ResponseReturnValue:
    """Show the button that confirms. Opening the link confirms nothing: programs that check mail open links."""
    row = following.subscription_in(token)
    if row is None:
        return render_template("following/too_late.html"), 404
    if request.method == "GET":
        names = following.names_of(following.asked_with(row))
        return render_template("following/confirm.html", token=token, names=names)
    if row.confirmed_on is None:
        note_honest(networks().near)
    following.confirm(row)
    return redirect(url_for("follow.mine", token=token_of(following.MINE, row.follower_id)), 303)


@blueprint.get("/mine/<token>")
def mine(token: str) -> str:
    return _mine(token, following.follower_in(token, following.MINE))


@blueprint.post("/mine/<token>/stop/<int:row_id>")
def stop(token: str, row_id: int) -> str:
    follower = following.follower_in(token, following.MINE)
    for row in following.subscriptions_of(follower.id) if follower else ():
        if row.id == row_id:
            notices.stop_one(row)
    return _mine(token, following.follower_in(token, following.MINE), done="stopped")


@blueprint.post("/mine/<token>/in/<any(en, es):code>")
def speak(token: str, code: str) -> str:
    follower = following.follower_in(token, following.MINE)
    if follower is not None:
        follower.language = code
    return _mine(token, follower, done="language")


@blueprint.route("/leave/<token>", methods=["GET", "POST"])
def leave(token: str) -> str:
    """Show the button that ends everything, also to somebody who has left; a mail program may press it (RFC 8058)."""
    follower, leaves, is_no = following.follower_in(token, following.LEAVE), request.method == "POST", False
    if leaves and follower is not None:
        # A mailbox that agreed to nothing wants no more questions.
        is_no = follower.channel is MessageKind.MAIL and not follower.has_agreed
        if is_no:
            db.insert_new(FollowRefusal, contact_hash=follower.contact_hash, refused_on=today())
        notices.leave(follower.id)
    return render_template("following/leave.html", token=token, has_left=leaves, is_no=is_no)


def _mine(token: str, follower: Follower | None, done: str = "") -> str:
    rows = following.subscriptions_of(follower.id) if follower else ()
    return render_template(
        "following/mine.html",
        token=token,
        leave_token=token_of(following.LEAVE, follower.id) if follower else "",
        follower=follower,
        followed=list(zip((row.id for row in rows), following.names_of(rows), strict=True)),
        done=done,
    )

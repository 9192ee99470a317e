"""Pages for residents: asking for news, confirming it by a link, and leaving.

No page tells whether a phone or mailbox follows anything: asking gets the same answer always, and what somebody follows
is shown only by the private link that was sent there.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, ValidationError

from portal.config import SmsSender
from portal.core.contact import is_texted, read_mail, read_number
from portal.core.db import db, session
from portal.core.forms import PublicForm, at_most, only_changes_language, strip
from portal.core.i18n import LANGUAGES, language
from portal.core.limits import DAY, RateLimit, attempt, networks, note_honest
from portal.core.portal import current_portal
from portal.core.statuses import NotFound
from portal.core.web import PUBLIC, AudienceBlueprint
from portal.following.following import (
    FollowChannel,
    FollowConsent,
    FollowContact,
    Followed,
    Follower,
    ask_to_follow,
    confirm,
    followed_by,
    follower_in,
    leave_token,
    leaver_in,
    mine_token,
    name_of,
    note_refusal,
    question_due_at,
    subscription_in,
    subscriptions_of,
)
from portal.following.notices import leave, stop_one
from portal.following.texts import CONSENT, SUBJECT_LABELS, Subject
from portal.markets.places import public_names

HOUR = 3_600
ASKING = RateLimit(near=10, wide=40, everybody=300, reserved=10, seconds=HOUR)
"""Questions to phones and mailboxes per hour: each costs money, and may reach somebody who asked for nothing."""
ASKING_A_DAY = RateLimit(near=40, wide=120, everybody=1_000, reserved=10, seconds=DAY)
CHOOSE = _l("Please choose one.")
NOT_REACHED = _l("Please give a whole phone number with area code, or an e-mail address.")
NO_ADDRESS = _l("Please give a whole e-mail address.")
ABROAD = _l("We cannot send texts to numbers there. Please give an e-mail address instead.")
PREFIX = "place-"


class ContactField(StringField):
    """A phone number or an e-mail address."""

    def __init__(self, label: Any, **kwargs: Any) -> None:
        validators = [InputRequired(NOT_REACHED), at_most(120), self._check]
        super().__init__(label, filters=[strip], validators=validators, **kwargs)

    @staticmethod
    def _check(_form: Any, field: ContactField) -> None:
        contact = read_contact(field.data or "")
        if contact is None:
            raise ValidationError(str(NOT_REACHED if takes_numbers() else NO_ADDRESS))
        if contact.channel is FollowChannel.TEXT and not is_texted(contact.address):
            raise ValidationError(str(ABROAD))

    @property
    def reached(self) -> FollowContact:
        """What was typed. The form must be valid."""
        contact = read_contact(self.data or "")
        assert contact is not None
        return contact


class FollowForm(PublicForm):
    """What to follow, and where the news goes."""

    about = RadioField(_l("News about what?"), validators=[InputRequired(CHOOSE)])
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
    def followed(self) -> Followed:
        """What was chosen. The form must be valid."""
        market_id = self._ids.get(self.about.data)
        return Followed(Subject.PLACE, market_id) if market_id else Followed(Subject(self.about.data))


def takes_numbers() -> bool:
    """Return whether news can go out by text."""
    return current_portal.settings.sms_sender is not SmsSender.OFF


def read_contact(typed: str) -> FollowContact | None:
    """Return the phone number or e-mail address that was typed; None for neither, and for numbers without texting."""
    if "@" in typed:
        address = read_mail(typed)
        return FollowContact(FollowChannel.MAIL, address) if address else None
    number = read_number(typed) if takes_numbers() else None
    return FollowContact(FollowChannel.TEXT, number) if number else None


blueprint = AudienceBlueprint("follow", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/follow")


@blueprint.after_request
def keep_out_robots(response: Response) -> Response:
    """Keep forms and private pages out of search engines."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/")
def ask() -> str:
    """Show the form; `?place=` and `?about=` choose beforehand. A hidden place is like one that never was."""
    slug, about = request.args.get("place", ""), request.args.get("about", "")
    chosen = f"{PREFIX}{slug}" if slug else about
    form = FollowForm(data={"about": chosen})
    return _page(form)


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
    ask_to_follow(form.contact.reached, form.followed, language(), FollowConsent.WEB, str(CONSENT))
    channel = form.contact.reached.channel
    waits = question_due_at(channel) is not None
    return render_template("following/asked.html", by_text=channel is FollowChannel.TEXT, waits=waits)


def _page(form: FollowForm, problem: str = "") -> str:
    return render_template(
        "following/ask.html", form=form, problem=problem, consent=CONSENT, takes_numbers=takes_numbers()
    )


@blueprint.get("/confirm/<token>", endpoint="confirm")
def look(token: str) -> ResponseReturnValue:
    """Show the button that confirms. Opening the link confirms nothing: programs that check mail open links."""
    row = subscription_in(token)
    if row is None:
        return render_template("following/too_late.html"), 404
    return render_template("following/confirm.html", token=token, name=name_of(followed_by(row)))


@blueprint.post("/confirm/<token>")
def begin(token: str) -> ResponseReturnValue:
    """Begin to send news."""
    row = subscription_in(token)
    if row is None:
        return render_template("following/too_late.html"), 404
    if row.confirmed_on is None:
        note_honest(networks().near)
    confirm(row)
    return redirect(url_for("follow.mine", token=mine_token(session.get_one(Follower, row.follower_id))), 303)


@blueprint.get("/mine/<token>")
def mine(token: str) -> str:
    """Show what is followed, and how to end it."""
    return _mine(token)


@blueprint.post("/mine/<token>/stop/<int:row_id>")
def stop(token: str, row_id: int) -> str:
    """End one subscription."""
    follower = _opened(token)
    for row in subscriptions_of(follower.id) if follower else ():
        if row.id == row_id:
            stop_one(row)
    return _mine(token, done="stopped")


@blueprint.post("/mine/<token>/in/<any(en, es):code>")
def speak(token: str, code: str) -> str:
    """Change the language in which news is sent."""
    follower = _opened(token)
    if follower is not None and code in LANGUAGES:
        follower.language = code
    return _mine(token, done="language")


@blueprint.get("/leave/<token>", endpoint="leave")
def ask_to_leave(token: str) -> str:
    """Show the button that ends everything; also for somebody who has left."""
    return _leaving(token, has_left=False)


@blueprint.post("/leave/<token>")
def leave_all(token: str) -> str:
    """End everything: by the button, or by a mail program with one click (RFC 8058)."""
    _is_ours, follower = leaver_in(token)
    is_no = follower is not None and note_refusal(follower)
    if follower is not None:
        leave(follower.id)
    return _leaving(token, has_left=True, is_no=is_no)


def _leaving(token: str, *, has_left: bool, is_no: bool = False) -> str:
    is_ours, _follower = leaver_in(token)
    if not is_ours:
        raise NotFound
    return render_template("following/leave.html", token=token, has_left=has_left, is_no=is_no)


def _opened(token: str) -> Follower | None:
    """Return the follower of a private link; None if they have left. Raises `NotFound` for a link that is not ours."""
    is_ours, follower = follower_in(token)
    if not is_ours:
        raise NotFound
    return follower


def _mine(token: str, done: str = "") -> str:
    follower = _opened(token)
    rows = subscriptions_of(follower.id) if follower else ()
    followed = [(row.id, name_of(followed_by(row))) for row in rows]
    return render_template(
        "following/mine.html",
        token=token,
        leave_token=leave_token(follower) if follower else "",
        follower=follower,
        followed=followed,
        done=done,
    )

"""Pages for organizers: writing an announcement, seeing how it arrives, sending it, and stopping it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _, lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired

from portal.accounts.navigation import EDITORS
from portal.accounts.sign_in import SessionUser, current_user
from portal.accounts.today import OpenItem, Tone
from portal.core.clock import today, waking, zone
from portal.core.db import numbered_page, session
from portal.core.editing import Both, PublicWordsForm, done, is_sure, lines, page_asked
from portal.core.forms import DateField, refuse
from portal.core.hours import waking_hours
from portal.core.i18n import LANGUAGES, in_language, language
from portal.core.portal import current_portal
from portal.core.statuses import NotFound
from portal.core.web import AudienceBlueprint, members
from portal.following import announcements as actions, texts
from portal.following.announcement_rules import MOST_SEGMENTS, AnnouncementState, AnnouncementStep, may_approve
from portal.following.announcements import FollowerAnnouncement, announcement
from portal.following.follow_words import Subject
from portal.following.notices import notices_under_way
from portal.markets.places import Market, public_markets
from portal.markets.publishing import asks_before_public
from portal.markets.texts import texts_name_hidden_place

PAGE = 30
MOST_DRAFTS = 3
"""Drafts that are shown to their writer before another one is begun."""
LONGEST_AHEAD = timedelta(days=14)
LONGEST = 480
PREFIX = "place-"
PAST = _l("That day is over for messages. Please choose a later one.")
FAR = _l("Please choose a day within the next two weeks.")
NAMES_HIDDEN = _l("These words name a place that is not public. Take the name out; otherwise it cannot be sent.")
LOOKS = {
    AnnouncementState.DRAFT: "draft",
    AnnouncementState.WAITING: "asked",
    AnnouncementState.SENDING: "published",
    AnnouncementState.PAUSED: "scheduled",
    AnnouncementState.RECALLED: "cancelled",
}


class FollowerAnnouncementForm(PublicWordsForm):
    ROW = FollowerAnnouncement
    audience = SelectField(_l("Who is told"), validators=[InputRequired(_l("Please choose from the list."))])
    words = Both(lines, _l("Words of the message"), LONGEST)
    until = DateField(_l("Last day on which it may go out"), validators=[InputRequired(_l("Please fill this in."))])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(data={"until": today() + timedelta(days=1)}, **kwargs)
        markets = public_markets()
        self._ids = {f"{PREFIX}{market.slug}": market.id for market in markets}
        names = (SelectChoice(f"{PREFIX}{market.slug}", _about(market)) for market in markets)
        others = (SelectChoice(kind.value, texts.AUDIENCE_NAMES[kind]) for kind in (Subject.MEETINGS, Subject.SAFETY))
        self.audience.choices = [SelectChoice("", _l("Please choose")), *names, *others]

    def validate_until(self, field: DateField) -> None:
        if field.data < today():
            refuse(PAST)
        if field.data > today() + LONGEST_AHEAD:
            refuse(FAR)

    def shown(self, row: FollowerAnnouncement) -> dict[str, Any]:
        audience = f"{PREFIX}{row.market.slug}" if row.market else row.subject
        until = (row.send_before - timedelta(minutes=1)).astimezone(zone()).date()
        return super().shown(row) | {"audience": audience, "until": until}

    @property
    def values(self) -> dict[str, Any]:
        market_id = self._ids.get(self.audience.data)
        subject = Subject.PLACE if market_id else Subject(self.audience.data)
        last = waking_hours(self.until.data, zone(), waking())[1]
        return super().values | {"subject": subject, "market_id": market_id, "send_before": last}


def _about(market: Market) -> str:
    return str(_("News to followers of %(place)s", place=market.name[language()]))


def audience_words(row: FollowerAnnouncement) -> str:
    return _about(row.market) if row.market else str(texts.AUDIENCE_NAMES[row.subject])


blueprint = AudienceBlueprint(
    "announcements",
    __name__,
    audience=members("organizer", "community_lead"),
    url_prefix="/<lang:lang>/team/announcements",
)
for name, words in (
    ("followers_shown", texts.count_words),
    ("filter_warning", texts.WARNINGS.__getitem__),
    ("announcement_state", texts.state_words),
    ("announcement_look", LOOKS.__getitem__),
    ("announcement_audience", audience_words),
):
    blueprint.app_template_filter(name)(words)


@blueprint.get("/")
def index() -> str:
    page = page_asked()
    rows, more = numbered_page(actions.announcements(current_user.id), page, PAGE)
    under_way = notices_under_way(row.notice_id for row in rows if row.notice_id)
    return render_template("following/announcements.html", rows=rows, more=more, under_way=under_way, page=page)


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Save a first draft, and show how it would arrive. The same draft saved again, after a step back, is one draft."""
    own = FollowerAnnouncement.wrote_id == current_user.id, FollowerAnnouncement.state == AnnouncementState.DRAFT
    drafts = session.scalars(actions.announcements(current_user.id).where(*own).limit(MOST_DRAFTS)).all()
    form = FollowerAnnouncementForm()
    if not form.validate_on_submit() or not form.says_something(["words"]) or asks_before_public(form):
        return _page(form, None, drafts), form.http_status
    typed = form.values
    same = (row for row in drafts if all(getattr(row, name) == typed[name] for name in typed))
    row = next(same, None) or actions.draft_announcement(typed, current_user.id)
    return redirect(url_for("announcements.show", announcement_id=row.id))


@blueprint.get("/<int:announcement_id>")
def show(announcement_id: int) -> str:
    row = announcement(announcement_id, current_user.id)
    return render_template(
        "following/announcement.html",
        row=row,
        under_way=bool(notices_under_way([row.notice_id or 0])),
        check=actions.check_of(row),
        sending=actions.sending_of(row),
        steps=[step.value for step in AnnouncementStep if row.may(step)],
        may_agree=may_approve(current_user.id, row.wrote_id, row.submitted_id),
        names_hidden=NAMES_HIDDEN if _names_hidden_place(row) else None,
        most_segments=MOST_SEGMENTS,
    )


@blueprint.route("/<int:announcement_id>/edit", methods=["GET", "POST"])
def edit(announcement_id: int) -> ResponseReturnValue:
    row = announcement(announcement_id, current_user.id, to_change=request.method == "POST")
    if request.method == "GET" and not row.is_draft:
        flash(texts.REFUSALS["announcement_step"], "danger")
        return redirect(url_for("announcements.show", announcement_id=row.id))
    form = FollowerAnnouncementForm()
    is_whole = form.validate_row(row) and form.says_something(["words"])
    if not is_whole or asks_before_public(form, [row.words]):
        return _page(form, row), form.http_status
    actions.edit_announcement(row, form.values, current_user.id)
    return redirect(url_for("announcements.show", announcement_id=row.id))


DONE: Mapping[AnnouncementStep, Callable[[FollowerAnnouncement], str]] = {
    AnnouncementStep.SUBMIT: lambda row: (
        texts.goes_out() if row.notice_id else _("Ready. A second person has to agree before it goes out.")
    ),
    AnnouncementStep.APPROVE: lambda _row: f"{_('Agreed.')} {texts.goes_out()}",
    AnnouncementStep.TAKE_BACK: lambda _row: _("It is a draft again."),
    AnnouncementStep.PAUSE: lambda _row: _("Paused. Nothing more goes out."),
    AnnouncementStep.RESUME: lambda _row: f"{_('It goes on.')} {texts.goes_out()}",
    AnnouncementStep.RECALL: lambda _row: _("Recalled. Nothing more goes out; what was sent cannot be taken back."),
}


@blueprint.post("/<int:announcement_id>/<step>")
def go(announcement_id: int, step: str) -> Response:
    if step not in set(AnnouncementStep):
        raise NotFound
    row = announcement(announcement_id, current_user.id, to_change=True)
    here = url_for("announcements.show", announcement_id=row.id)
    if step in actions.SENDING and _names_hidden_place(row):
        flash(NAMES_HIDDEN, "danger")
        return redirect(here)
    actions.go(row, AnnouncementStep(step), current_user.id)
    flash(DONE[AnnouncementStep(step)](row), "success")
    return redirect(here)


@blueprint.post("/<int:announcement_id>/delete")
def delete(announcement_id: int) -> Response:
    row = announcement(announcement_id, current_user.id, to_change=True)
    if not is_sure():
        return redirect(url_for("announcements.edit", announcement_id=row.id))
    actions.delete_announcement(row, current_user.id)
    return done(url_for("announcements.index"), _("The draft is deleted."))


def _names_hidden_place(row: FollowerAnnouncement) -> bool:
    return texts_name_hidden_place((row.words.en, row.words.es), current_user.id)


def _page(
    form: FollowerAnnouncementForm, row: FollowerAnnouncement | None, drafts: Sequence[FollowerAnnouncement] = ()
) -> str:
    """Return the page with the form. `frames`: what stands around the words, for the count while writing."""
    frames = {lang: in_language(lang, lambda: texts.notice_text("", "")) for lang in LANGUAGES}
    price = current_portal.settings.sms_price
    template = "following/announcement_edit.html"
    return render_template(template, form=form, row=row, drafts=drafts, frames=frames, price=price)


def waits(me: SessionUser) -> Iterator[OpenItem]:
    """Yield the announcements that wait for a second person, if the member may be that person."""
    if me.roles.isdisjoint(EDITORS):
        return
    waiting = actions.announcements(me.id).where(FollowerAnnouncement.state == AnnouncementState.WAITING)
    for row in session.scalars(waiting):
        if may_approve(me.id, row.wrote_id, row.submitted_id):
            url = url_for("announcements.show", announcement_id=row.id)
            yield OpenItem(_("An announcement waits for a second person"), url, Tone.TODAY)

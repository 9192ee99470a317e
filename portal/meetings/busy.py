"""What else is on an evening: other meetings, holidays, and the weekly hours of organizations; and what others hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Any

from babel.dates import format_time, get_day_names
from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext as _, lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired

from portal.accounts.sign_in import current_user
from portal.core.audit import record
from portal.core.clock import today, zone
from portal.core.db import Base, added, random_id, session
from portal.core.editing import done
from portal.core.forms import ProtectedForm, TimeField
from portal.core.i18n import clock, language
from portal.core.statuses import existing
from portal.core.web import AudienceBlueprint, members
from portal.meetings import evenings
from portal.meetings.evenings import BusyKind, BusySpan, TimeSpan, overlap
from portal.meetings.meeting import LONGEST, PLANNERS, Meeting, known_meetings
from portal.meetings.readiness import MeetingState
from portal.meetings.texts import HOLIDAYS, MISSING, WRONG_DATES, weekday_names
from portal.organisations.organisations import Organisation, organisations
from portal.organisations.sides import OrganisationKind

DAY = timedelta(days=1)


class WeeklyHours(Base):
    """Hours of an organization that return every week, such as a service. All organizers can see them."""

    __tablename__ = "meetings_weekly_hours"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("ends > starts", name="order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisations_organisation.id", ondelete="CASCADE"), index=True
    )
    weekday: Mapped[int]
    """0 is Monday."""
    starts: Mapped[time]
    ends: Mapped[time]

    organisation: Mapped[Organisation] = relationship(lazy="joined", viewonly=True)

    def __str__(self) -> str:
        day: str = get_day_names(locale=get_locale())[self.weekday]
        starts, ends = (format_time(hour, "h:mm a", locale=get_locale()) for hour in (self.starts, self.ends))
        return f"{day[:1].upper()}{day[1:]}, {starts} – {ends}"


def add_hours(organisation_id: int, weekday: int, starts: time, ends: time, member_id: int) -> WeeklyHours:
    row = added(WeeklyHours(organisation_id=organisation_id, weekday=weekday, starts=starts, ends=ends))
    record("hours.added", "hours", row.id, member_id)
    return row


BusyEvenings = Sequence[BusySpan]
"""All busy spans of a period: queried once, then checked for many evenings."""


def ahead(first: date, last: date, member_id: int) -> BusyEvenings:
    """Return all busy spans that the member may know of; drafts too: two organizers may plan for the same evening."""
    begins, ends, lang = _whole_day(first).starts, _whole_day(last).ends, language()
    # Of thousands only these columns are read.
    texts = (Meeting.place, Meeting.title, Meeting.host)
    planned = known_meetings(
        member_id,
        Meeting.state != MeetingState.CANCELLED,
        Meeting.ends_at > begins,
        Meeting.starts_at > begins - LONGEST,
        Meeting.starts_at < ends,
    ).with_only_columns(Meeting.id, Meeting.state, Meeting.author_id, *texts, Meeting.starts_at, Meeting.ends_at)
    spans = []
    for row in session.execute(planned):
        title, host, venue = (text[lang] or text.en or text.es for text in (row.title, row.host, row.place))
        held: dict[str, Any] = {"venue": venue, "meeting_id": row.id, "author_id": row.author_id}
        held["is_draft"] = row.state == MeetingState.DRAFT
        spans.append(BusySpan(row.starts_at, row.ends_at, BusyKind.MEETING, host, title, **held))
    for hours in session.scalars(select(WeeklyHours)):
        is_congregation = hours.organisation.kind == OrganisationKind.CONGREGATION
        kind = BusyKind.WORSHIP if is_congregation else BusyKind.OTHER
        weekly = evenings.each_week(hours.weekday, (hours.starts, hours.ends), first, last, zone())
        spans += [BusySpan(span.starts, span.ends, kind, str(hours.organisation.name)) for span in weekly]
    for day in (first + number * DAY for number in range((last - first).days + 1)):
        if holiday := evenings.holiday_on(day):
            whole, name = _whole_day(day), str(HOLIDAYS[holiday])
            spans.append(BusySpan(whole.starts, whole.ends, BusyKind.HOLIDAY, "", name, whole_day=True))
    return sorted(spans, key=lambda busy: (busy.starts, not busy.whole_day, busy.ends, busy.name, busy.title))


def _whole_day(day: date) -> TimeSpan:
    return TimeSpan(*(datetime.combine(midnight, time(), zone()) for midnight in (day, day + DAY)))


def against(held: BusyEvenings, span: TimeSpan, meeting_id: int | None = None) -> list[str]:
    """Return a sentence for each that collides with the evening of `span`, without those of this meeting."""
    others = (busy for busy in held if busy.meeting_id is None or busy.meeting_id != meeting_id)
    lines = [busy_in_words(busy) for busy in evenings.in_the_way(span, others)]
    is_in_church = evenings.in_service_hours(span.starts, span.ends, zone())
    return [*lines, _("On Sunday morning, when many people are at church")] if is_in_church else lines


def held_then(starts_at: datetime, ends_at: datetime, member_id: int) -> list[str]:
    first, last = ((moment.astimezone(zone()).date()) for moment in (starts_at - DAY, ends_at + DAY))
    return against(ahead(first, last, member_id), TimeSpan(starts_at, ends_at))


def busy_in_words(span: BusySpan) -> str:
    match span.kind:
        case BusyKind.HOLIDAY:
            return str(_("It is a holiday: %(name)s", name=span.title))
        case BusyKind.WORSHIP:
            words = _("%(name)s has its service", name=span.name)
        case BusyKind.MEETING:
            words = _("Another meeting: %(title)s", title=span.title or _("Without a title"))
        case _:
            words = span.name
    return f"{words} ({clock(span.starts)} – {clock(span.ends)})"


AUDITED = {
    "hours.added": _l("added weekly hours"),
    "hours.deleted": _l("deleted weekly hours"),
    "hours": _l("weekly hours"),
}
WEEKS = 4

around_blueprint = AudienceBlueprint(
    "meetings_around", __name__, audience=members(*PLANNERS), url_prefix="/<lang:lang>/team/meetings/around"
)


@around_blueprint.get("/", endpoint="index")
def around() -> str:
    first, days = today(), []
    held = ahead(first, first + timedelta(weeks=WEEKS), current_user.id)
    for day in (first + number * DAY for number in range(7 * WEEKS + 1)):
        whole = _whole_day(day)
        # In the list of the day on which it begins; what lasts for whole days, in that of each.
        then = [busy for busy in held if overlap(whole, busy) and (busy.whole_day or whole.starts <= busy.starts)]
        gatherings = [busy for busy in then if busy.kind == BusyKind.MEETING]
        besides = [busy for busy in then if busy.kind != BusyKind.MEETING]
        if gatherings or any(busy.kind == BusyKind.HOLIDAY for busy in besides):
            twice = any(overlap(busy, other, evenings.FAMILY_EVENING) for busy, other in combinations(gatherings, 2))
            days.append({"day": day, "gatherings": gatherings, "besides": besides, "twice": twice})
    return render_template("meetings/planning/around.html", days=days, me=current_user.id, busy_in_words=busy_in_words)


class HoursForm(ProtectedForm):
    organisation = SelectField(_l("Organization"), validators=[InputRequired(MISSING)])
    weekday = SelectField(_l("Day of the week"), coerce=int)
    starts = TimeField(_l("Starts at"), validators=[InputRequired(MISSING)])
    ends = TimeField(_l("Ends at"), validators=[InputRequired(MISSING)])

    def __init__(self) -> None:
        super().__init__(data={"weekday": 6})
        houses = [house for house in organisations() if house.kind != OrganisationKind.POLICE]
        houses.sort(key=lambda house: house.kind != OrganisationKind.CONGREGATION)
        self.organisation.choices = [SelectChoice(str(house.id), str(house.name)) for house in houses]
        self.weekday.choices = [*map(SelectChoice, (6, *range(6)), weekday_names())]

    def validate(self, extra_validators: Any = None) -> bool:
        whole: bool = super().validate(extra_validators)
        if whole and self.ends.data <= self.starts.data:
            self.ends.errors = [WRONG_DATES["order"][1]]
        return not self.errors


hours_blueprint = AudienceBlueprint(
    "meetings_hours", __name__, audience=members(*PLANNERS), url_prefix="/<lang:lang>/team/hours"
)


@hours_blueprint.route("/", methods=["GET", "POST"], endpoint="index")
def weekly_hours() -> ResponseReturnValue:
    form = HoursForm()
    if not form.validate_on_submit():
        rows = session.scalars(select(WeeklyHours)).all()
        hours = sorted(rows, key=lambda row: (str(row.organisation.name).casefold(), row.weekday, row.starts))
        return render_template("meetings/hours.html", form=form, hours=hours), form.http_status
    house, weekday = int(form.organisation.data), form.weekday.data
    add_hours(house, weekday, form.starts.data, form.ends.data, member_id=current_user.id)
    words = _("Added. From now on you are warned when a meeting falls on the same evening.")
    return done(url_for("meetings_hours.index"), words)


@hours_blueprint.post("/<int:hours_id>/delete")
def delete(hours_id: int) -> Response:
    row = existing(session.get(WeeklyHours, hours_id))
    record("hours.deleted", "hours", row.id, current_user.id)
    session.delete(row)
    return done(url_for("meetings_hours.index"), _("Deleted."))

"""The meeting: its table, its changes, and the queries that decide who may see which meetings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Select, String, and_, exists, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.roles import Role
from portal.accounts.users import Member, RoleHeld
from portal.core.clock import now, today, zone
from portal.core.db import Base, Encrypted, Leaf, leaf, once_per_page, one, random_id, session
from portal.core.feature import MonthlyTally
from portal.core.hours import month_after
from portal.core.i18n import Bilingual, bilingual
from portal.core.parity import NOBODY, Credit
from portal.markets.gate import about_shown
from portal.markets.places import PLACE_OF, Market, may_be_known, may_be_shown, public_names, released
from portal.markets.publishing import PublicationAtPlace
from portal.meetings import readiness
from portal.meetings.evenings import TimeSpan
from portal.meetings.readiness import NEEDS, TEXTS, ChangeKind, LinkFor, MeetingState, Mode, OfferAnswer

WHOLE = ("starts_at", "ends_at", "report_back_on", "mode", *NEEDS)
DATED = ("starts_at", "ends_at", "report_back_on")


@dataclass(frozen=True)
class MeetingPlan:
    """All data that an organizer enters about a meeting; a draft has gaps."""

    title: Bilingual
    purpose: Bilingual
    place: Bilingual
    access: Bilingual
    host: Bilingual
    report_back_by: Bilingual
    mode: str | None = Mode.IN_PERSON
    """None in a draft until it is answered; plans made without the form are in person."""
    address: str = ""
    online_url: str = ""
    link_for: str = LinkFor.EVERYBODY
    interpreter: str | None = None
    childcare: str | None = None
    food: str | None = None
    ride: str | None = None
    report_back_on: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    market_id: int | None = None
    credit: Credit = NOBODY


PLANNED = tuple(field.name for field in fields(MeetingPlan))


class Arrangements:
    """Mixin for what a meeting and the pattern of a series say alike."""

    title: Mapped[Bilingual] = bilingual("title", encrypted=True)
    purpose: Mapped[Bilingual] = bilingual("purpose", encrypted=True)
    place: Mapped[Bilingual] = bilingual("place", encrypted=True)
    access: Mapped[Bilingual] = bilingual("access", encrypted=True)
    """How people get in: door, steps, parking, bus."""
    address: Mapped[str] = mapped_column(Encrypted(), default="", server_default=text("''"))
    """The street address in one line, as it stands on a map; the same in both languages."""
    mode: Mapped[Mode | None]
    """In person, online or both. Place, access and address are given only for meetings with a door."""
    online_url: Mapped[str] = mapped_column(Encrypted(), default="")
    link_for: Mapped[LinkFor] = mapped_column(default=LinkFor.EVERYBODY)
    """The audience of the address for joining online."""
    host: Mapped[Bilingual] = bilingual("host", encrypted=True)
    interpreter: Mapped[OfferAnswer | None]
    childcare: Mapped[OfferAnswer | None]
    food: Mapped[OfferAnswer | None]
    ride: Mapped[OfferAnswer | None]
    report_back_by: Mapped[Bilingual] = bilingual("report_back_by", encrypted=True)


class Meeting(Arrangements, PublicationAtPlace, Base):
    """A meeting. Once published, interpreter, childcare, food and ride are always answered; "no" is an answer."""

    __tablename__ = "meetings_meeting"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        CheckConstraint(f"state = 'draft' OR ({' AND '.join(f'{name} IS NOT NULL' for name in WHOLE)})", name="whole"),
    )
    PARITY = TEXTS

    slug: Mapped[str | None] = mapped_column(String(80), unique=True)
    """The name in URLs, from the first publication on."""
    uid: Mapped[str] = mapped_column(String(80), unique=True)
    """The iCalendar UID, which never changes."""
    sequence: Mapped[int] = mapped_column(default=0)
    """The iCalendar SEQUENCE (RFC 5545): grows with every change that calendars must take over."""
    report_back_on: Mapped[date | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    starts_at: Mapped[datetime | None] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    state: Mapped[MeetingState] = mapped_column(default=MeetingState.DRAFT)
    change_reason: Mapped[Bilingual] = bilingual("change_reason", encrypted=True)
    """Why it was moved or cancelled; empty while it is unchanged since it was published."""
    withdrawn: Mapped[str] = mapped_column(String(40), default="")
    """Offers that were promised and taken back, comma-separated: "childcare,ride"."""
    withdrawn_reason: Mapped[Bilingual] = bilingual("withdrawn_reason", may_be_empty=True, encrypted=True)

    @property
    def plan(self) -> MeetingPlan:
        return MeetingPlan(**{name: getattr(self, name) for name in PLANNED})

    @property
    def is_draft(self) -> bool:
        return self.state == MeetingState.DRAFT

    @property
    def is_cancelled(self) -> bool:
        return self.state == MeetingState.CANCELLED

    @property
    def is_moved(self) -> bool:
        return self.state == MeetingState.PUBLISHED and self.change_reason.is_whole

    @property
    def is_over(self) -> bool:
        """Whether it has ended or has no day yet."""
        return self.ends_at is None or self.ends_at <= now()

    @property
    def has_begun(self) -> bool:
        """Whether something can have come of it: it was published, not cancelled, and has begun."""
        return self.state == MeetingState.PUBLISHED and self.starts_at is not None and self.starts_at <= now()

    @property
    def held_on(self) -> date | None:
        return self.starts_at.astimezone(zone()).date() if self.starts_at else None

    @property
    def hours(self) -> tuple[time, time] | None:
        if self.starts_at is None or self.ends_at is None:
            return None
        return self.starts_at.astimezone(zone()).time(), self.ends_at.astimezone(zone()).time()

    @property
    def span(self) -> TimeSpan | None:
        return TimeSpan(self.starts_at, self.ends_at) if self.starts_at and self.ends_at else None

    @property
    def gone(self) -> tuple[str, ...]:
        return tuple(need for need in (self.withdrawn or "").split(",") if need)

    def take_back(self, needs: Collection[str], reason: Bilingual) -> list[str]:
        """Record which offers are taken back and why. Return offers that had been taken back and are made again."""
        before = self.gone
        gone = [need for need in NEEDS if self.has_no(need) and need in (*before, *needs)]
        self.withdrawn = ",".join(gone)
        if needs:
            self.withdrawn_reason = reason
        return [need for need in before if need not in gone]

    def has_no(self, need: str) -> bool:
        return bool(getattr(self, need) == OfferAnswer.NO)

    @property
    def has_door(self) -> bool:
        return self.mode != Mode.ONLINE

    def shown_link(self, *, is_coming: bool = False) -> str:
        """Return the address for joining online, as far as this reader may have it."""
        is_shown = is_coming or self.link_for == LinkFor.EVERYBODY
        return self.online_url if is_shown and self.mode in readiness.JOINED_ONLINE else ""

    @property
    def look(self) -> str:
        return "moved" if self.is_moved else self.state

    @property
    def team_look(self) -> str:
        return "waiting" if self.waits_for_place else self.look


class MeetingChange(Base):
    """A change or cancellation of a published meeting with its notice; residents ask whether meetings are reliable."""

    __tablename__ = "meetings_change"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ChangeKind]
    changed_at: Mapped[datetime]
    notice_hours: Mapped[int]
    """Whole hours between the change and the start that had been announced."""


PAGE = 20
PLANNERS = (Role.ORGANIZER, Role.COMMUNITY_LEAD)
OF_A_MEETING = "/<lang:lang>/team/meetings/<int:meeting_id>"
"""Where the pages of a meeting stand for those who plan it."""
CALENDAR_DAYS = 365
CANCELLED_BESIDE = 3
LATEST = 3
LONGEST = timedelta(days=2)
"""No meeting lasts longer: it begins and ends on one day, or in the night after it."""
REMEMBERED = 60
"""The number of past meetings whose words, venues and hosts are offered again."""


def public_meetings(*conditions: ColumnElement[bool]) -> Select[Meeting]:
    """Select public meetings: published, and at no place or a released one. They must be selected in no other way."""
    return select(Meeting).where(is_public_meeting(), *conditions)


def is_public_meeting() -> ColumnElement[bool]:
    """Return the condition for these; what ended before its place was released would reveal when work there began."""
    place = PLACE_OF.c
    over_before_its_place = exists().where(place.id == Meeting.market_id, place.released_at > Meeting.ends_at)
    published = and_(Meeting.state != MeetingState.DRAFT, Meeting.published_at.is_not(None))
    return and_(published, may_be_shown(Meeting.market_id), ~over_before_its_place)


def can_be_seen(market_id: int | None, ends_at: datetime | None) -> bool:
    if market_id is None:
        return True
    there = select(Market.id).where(Market.id == market_id, released())
    return session.scalar(there if ends_at is None else there.where(Market.released_at <= ends_at)) is not None


def not_over() -> ColumnElement[bool]:
    """Return the condition for meetings that are not over. Its bound of the start keeps an index from all the past."""
    return and_(Meeting.ends_at > now(), Meeting.starts_at > now() - LONGEST)


def next_held() -> Sequence[Meeting]:
    """Return the next meeting that is not cancelled, or none."""
    ahead = public_meetings(not_over(), Meeting.state != MeetingState.CANCELLED)
    return session.scalars(ahead.order_by(Meeting.starts_at).limit(1)).all()


@once_per_page
def next_meetings() -> Sequence[Meeting]:
    """Return the next meeting that is not cancelled, with a few of the cancelled ones before it."""
    held = next_held()
    off = public_meetings(not_over(), Meeting.state == MeetingState.CANCELLED)
    off = off.order_by(Meeting.starts_at).limit(CANCELLED_BESIDE)
    return [*held, *session.scalars(off.where(Meeting.starts_at <= held[0].starts_at) if held else off)]


def latest_at(market_id: int) -> Sequence[Meeting]:
    over = public_meetings(
        Meeting.ends_at <= now(), Meeting.market_id == market_id, Meeting.state != MeetingState.CANCELLED
    )
    return session.scalars(over.order_by(Meeting.starts_at.desc()).limit(LATEST)).all()


def past_meetings(slug: str | None = None) -> Leaf[Meeting]:
    """Return a page of past meetings, last one first, or those before the meeting `slug`. Raises `NotFound`."""
    over = public_meetings(Meeting.ends_at <= now()).order_by(Meeting.starts_at.desc(), Meeting.id)
    return leaf(over, Meeting.slug, PAGE, slug)


def calendar_meetings(*conditions: ColumnElement[bool]) -> Sequence[Meeting]:
    lately = Meeting.ends_at > now() - timedelta(days=CALENDAR_DAYS)
    return session.scalars(public_meetings(lately, *conditions).order_by(Meeting.starts_at)).all()


def meetings_between(first: datetime, last: datetime) -> Sequence[Meeting]:
    """Return public meetings that begin from `first` on and before `last`."""
    return session.scalars(
        public_meetings(Meeting.starts_at >= first, Meeting.starts_at < last).order_by(Meeting.starts_at)
    ).all()


def public_meeting(slug: str) -> Meeting:
    """Return a public meeting. Raises `NotFound`."""
    return one(public_meetings(Meeting.slug == slug))


def known_meetings(member_id: int, *conditions: ColumnElement[bool]) -> Select[Meeting]:
    """Select meetings for the team; those at hidden places only if the member is admitted there."""
    return select(Meeting).where(may_be_known(Meeting.market_id, member_id), *conditions)


def latest_known(member_id: int) -> Sequence[Meeting]:
    return session.scalars(
        known_meetings(member_id).order_by(Meeting.updated_at.desc(), Meeting.id).limit(REMEMBERED)
    ).all()


def editable_meeting(meeting_id: int, member_id: int, *, to_change: bool = False) -> Meeting:
    """Return a meeting for the team. Raises `NotFound`; `to_change` locks it, so that a second editor waits."""
    return one(known_meetings(member_id, Meeting.id == meeting_id), to_change=to_change)


@once_per_page
def planners() -> tuple[set[int], set[int]]:
    """Return the ids of the members with an open account who are community leads, and of all who may plan meetings."""
    held = select(RoleHeld).join(Member, Member.id == RoleHeld.member_id)
    rows = session.scalars(held.where(Member.left_at.is_(None), RoleHeld.role.in_(PLANNERS))).all()
    leads = {row.member_id for row in rows if row.role == Role.COMMUNITY_LEAD}
    return leads, {row.member_id for row in rows}


def answerable(meeting: Meeting) -> tuple[int, ...]:
    """Return who answers for a meeting: its planner, else the first able keeper of its place, else all able leads."""
    leads, able = planners()
    keepers = (meeting.market.owner_id, meeting.market.deputy_id) if meeting.market else ()
    first = next((member_id for member_id in (meeting.author_id, *keepers) if member_id in able), None)
    return tuple(sorted(leads)) if first is None else (first,)


def meetings_of(member_id: int, *conditions: ColumnElement[bool]) -> Select[Meeting]:
    """Select the meetings for which a member answers, as `answerable` has it, the first one first."""
    leads, able = planners()
    if member_id not in able:
        return select(Meeting).where(Meeting.id.in_(()))
    left = Meeting.author_id.not_in(able)
    no_owner, no_deputy = (or_(keeper.is_(None), keeper.not_in(able)) for keeper in (Market.owner_id, Market.deputy_id))
    own = [Meeting.author_id == member_id, and_(left, Market.owner_id == member_id)]
    own.append(and_(left, no_owner, Market.deputy_id == member_id))
    if member_id in leads:
        own.append(and_(left, no_owner, no_deputy))
    answered = known_meetings(member_id, or_(*own), *conditions).outerjoin(Market, Market.id == Meeting.market_id)
    return answered.order_by(Meeting.starts_at, Meeting.id)


def may_see_single_answers(meeting: Meeting, member_id: int, roles: Collection[str]) -> bool:
    """Return whether a member may read individual answers: community leads, and those who answer for the meeting."""
    return Role.COMMUNITY_LEAD in roles or member_id in answerable(meeting)


def places_of_meetings(until: datetime) -> Sequence[int | None]:
    """Return the place of each meeting planned until then, including drafts and those without a day."""
    planned = select(Meeting.market_id).where(
        Meeting.state != MeetingState.CANCELLED,
        or_(Meeting.starts_at.is_(None), and_(Meeting.ends_at > now(), Meeting.starts_at <= until)),
    )
    return session.scalars(planned).all()


def is_over_since(days: int, meeting_id: object) -> ColumnElement[bool]:
    """Return the condition that a meeting ended at least so many days ago, by the city's calendar."""
    midnight = datetime.combine(today() - timedelta(days=days - 1), time.min, zone())
    return exists().where(Meeting.id == meeting_id, Meeting.ends_at < midnight)


def about_shown_meetings() -> ColumnElement[bool]:
    """Return the condition for audit events that are not about a meeting at a hidden place."""
    return about_shown("meeting", Meeting.id, Meeting.market_id)


LATE = timedelta(days=2)


def monthly_meetings(month_on: date) -> Iterable[MonthlyTally]:
    """Yield, by place and for the city, the meetings of a month and those cancelled with less than two days' notice."""
    first, last = (datetime.combine(day, time(), zone()) for day in (month_on, month_after(month_on)))
    late = select(MeetingChange.meeting_id).where(
        MeetingChange.kind == ChangeKind.CANCELLED, MeetingChange.notice_hours < LATE / timedelta(hours=1)
    )
    called_off = set(session.scalars(late))
    planned, too_late = Counter[int | None](), Counter[int | None]()
    for meeting in meetings_between(first, last):
        for place in {None, meeting.market_id}:
            planned[place] += 1
            too_late[place] += meeting.is_cancelled and meeting.id in called_off
    for place in (None, *(market.id for market in public_names())):
        yield MonthlyTally("meetings_held", place, planned[place])
        yield MonthlyTally("late_cancellations", place, too_late[place])

"""Report-backs and head counts: tables, queries, actions, texts, and decisions that become commitments.

Every published version is kept and never overwritten. The commitments ledger refers to a decision by a hash of its
words and not by its row, since every version of a report-back has rows of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b

from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Select,
    String,
    UniqueConstraint,
    and_,
    delete,
    exists,
    func,
    not_,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from portal.accounts.users import Member
from portal.commitments.promise_steps import draft_commitment
from portal.commitments.promises import Commitment, promise_actor, shown
from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.db import Base, Versioned, random_id, session
from portal.core.i18n import Bilingual, bilingual
from portal.core.statuses import NotFound, Refused
from portal.core.suppression import FEWEST_SHOWN
from portal.markets.place_actions import publish_about
from portal.meetings.meeting import Meeting, MeetingChange, public_meetings
from portal.meetings.readiness import LATE_HOURS, MeetingState
from portal.meetings.report_back_rules import (
    SIDES,
    AttendeeRole,
    ReportBackState,
    gaps,
    is_empty_answer,
    is_empty_decision,
    percent,
    shown_heads,
    standing,
)


@dataclass(frozen=True)
class DecisionLine:
    """A decision as typed."""

    what: Bilingual
    who: Bilingual
    by_on: date | None


@dataclass(frozen=True)
class AnswerLine:
    """A pair of "you said" and "we did" as typed."""

    said: Bilingual
    done: Bilingual


@dataclass(frozen=True)
class Account:
    """The content of a report-back; a draft may have gaps and empty lines."""

    decisions: tuple[DecisionLine, ...]
    answers: tuple[AnswerLine, ...]
    next_steps: Bilingual
    minutes: Bilingual

    @property
    def texts(self) -> list[Bilingual]:
        """Every text of it."""
        decided = [text for one in self.decisions for text in (one.what, one.who)]
        return [
            self.minutes,
            *decided,
            *(text for one in self.answers for text in (one.said, one.done)),
            self.next_steps,
        ]


class ReportBack(Versioned, Base):
    """One version of the report-back of a meeting: a draft, or a version as it was published."""

    __tablename__ = "meetings_report_back"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), index=True)
    next_steps: Mapped[Bilingual] = bilingual("next_steps", encrypted=True)
    minutes: Mapped[Bilingual] = bilingual("minutes", encrypted=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    written_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    decisions: Mapped[list[Decision]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="Decision.position"
    )
    answers: Mapped[list[SaidAndDone]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="SaidAndDone.position"
    )

    @property
    def account(self) -> Account:
        """The content of this version."""
        return Account(
            decisions=tuple(DecisionLine(one.what, one.who, one.by_on) for one in self.decisions),
            answers=tuple(AnswerLine(one.said, one.done) for one in self.answers),
            next_steps=self.next_steps,
            minutes=self.minutes,
        )


class Decision(Base):
    """A decision, who takes it on, and by when: enough for the commitments ledger to follow it up."""

    __tablename__ = "meetings_decision"
    __table_args__ = (UniqueConstraint("report_back_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    report_back_id: Mapped[int] = mapped_column(ForeignKey("meetings_report_back.id", ondelete="CASCADE"))
    position: Mapped[int]
    what: Mapped[Bilingual] = bilingual("what", encrypted=True)
    who: Mapped[Bilingual] = bilingual("who", encrypted=True)
    by_on: Mapped[date | None]


class SaidAndDone(Base):
    """A request from this or an earlier meeting, and the action taken on it."""

    __tablename__ = "meetings_said_and_done"
    __table_args__ = (UniqueConstraint("report_back_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    report_back_id: Mapped[int] = mapped_column(ForeignKey("meetings_report_back.id", ondelete="CASCADE"))
    position: Mapped[int]
    said: Mapped[Bilingual] = bilingual("said", encrypted=True)
    done: Mapped[Bilingual] = bilingual("done", encrypted=True)


class HeadCount(Base):
    """The number of people who came in one role. Names are never stored."""

    __tablename__ = "meetings_head_count"
    __table_args__ = (
        CheckConstraint(f"side IN {SIDES!r}", name="side"),
        CheckConstraint("heads >= 0", name="heads"),
    )

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), primary_key=True)
    side: Mapped[str] = mapped_column(String(12), primary_key=True)
    heads: Mapped[int]


YEAR = timedelta(days=365)


def published_versions(meeting_id: int) -> Sequence[ReportBack]:
    """Return all published versions of a report-back, newest first."""
    mine = select(ReportBack).where(ReportBack.meeting_id == meeting_id, ReportBack.published_at.is_not(None))
    return session.scalars(mine.order_by(ReportBack.published_at.desc())).all()


def public_reports(*conditions: ColumnElement[bool]) -> Select[ReportBack]:
    """Select the newest published report-back of each meeting.

    Code that does not start from a meeting must not select public reports in any other way. It covers only public
    meetings; a revision hides the version it replaced.
    """
    shown = public_meetings(Meeting.id == ReportBack.meeting_id).with_only_columns(Meeting.id).correlate(ReportBack)
    newer = aliased(ReportBack)
    replaced = select(newer.id).where(
        newer.meeting_id == ReportBack.meeting_id, newer.published_at > ReportBack.published_at
    )
    return select(ReportBack).where(
        ReportBack.published_at.is_not(None), shown.exists(), ~replaced.correlate(ReportBack).exists(), *conditions
    )


def drafted(meeting_id: int) -> ReportBack | None:
    """Return the draft of a report-back, if there is one."""
    mine = select(ReportBack).where(ReportBack.meeting_id == meeting_id, ReportBack.published_at.is_(None))
    return session.scalars(mine).one_or_none()


def versions_with_authors(meeting_id: int) -> Sequence[tuple[ReportBack, str]]:
    """Return all published versions with the names of their authors, for the team."""
    versions = published_versions(meeting_id)
    authors = select(Member).where(Member.id.in_([version.author_id for version in versions]))
    names = {member.id: member.name for member in session.scalars(authors)}
    return [(version, names[version.author_id]) for version in versions]


def heads(meeting_id: int) -> dict[str, int]:
    """Return the head counts by role; empty when none were entered."""
    rows = session.scalars(select(HeadCount).where(HeadCount.meeting_id == meeting_id))
    return {row.side: row.heads for row in rows}


def standings(meetings: Iterable[Meeting]) -> dict[int, ReportBackState]:
    """Return the states of the promise to report back, by the id of the meeting."""
    listed = list(meetings)
    told = _told(meeting.id for meeting in listed)
    return {meeting.id: _standing(meeting, meeting.id in told) for meeting in listed}


def owes_report() -> ColumnElement[bool]:
    """Return the condition for meetings that are over and whose promised report-back is not published."""
    told = exists().where(ReportBack.meeting_id == Meeting.id, ReportBack.published_at.is_not(None))
    promised = and_(Meeting.report_back_on.is_not(None), Meeting.state == MeetingState.PUBLISHED)
    return and_(promised, Meeting.ends_at <= now(), not_(told))


def standing_of(meeting: Meeting) -> ReportBackState:
    """Return the state of the promise to report back of one meeting."""
    return standings([meeting])[meeting.id]


def late_changes() -> tuple[int, int]:
    """Return how many public meetings of the last twelve months were changed too late, and their total.

    Changed means cancelled or moved with less than `LATE_HOURS` of notice.
    """
    year = public_meetings(Meeting.starts_at <= now(), Meeting.starts_at > now() - YEAR)
    late = select(MeetingChange.meeting_id).where(MeetingChange.notice_hours < LATE_HOURS)
    return _count(year.where(Meeting.id.in_(late)).subquery()), _count(year.subquery())


def _told(meeting_ids: Iterable[int]) -> frozenset[int]:
    condition: ColumnElement[bool] = ReportBack.published_at.is_not(None)
    found = select(ReportBack.meeting_id).where(condition, ReportBack.meeting_id.in_(list(meeting_ids)))
    return frozenset(session.scalars(found))


def _standing(meeting: Meeting, is_told: bool) -> ReportBackState:
    is_over = not meeting.is_draft and meeting.ends_at is not None and meeting.ends_at <= now()
    return standing(
        is_over=is_over,
        is_cancelled=meeting.is_cancelled,
        due_on=None if meeting.is_draft else meeting.report_back_on,
        is_told=is_told,
        today=today(),
    )


def _count(rows: object) -> int:
    return session.scalar(select(func.count()).select_from(rows)) or 0  # type: ignore[arg-type]


def has_begun(meeting: Meeting) -> bool:
    """Return whether a report-back can be written: the meeting was published, not cancelled, and has begun."""
    held = not meeting.is_draft and not meeting.is_cancelled
    return held and meeting.starts_at is not None and meeting.starts_at <= now()


def require_begun(meeting: Meeting) -> None:
    """Raise `Refused` for a meeting that has not begun or was cancelled."""
    if not has_begun(meeting):
        raise Refused("report_back_early")


def count_heads(meeting: Meeting, heads: Mapping[AttendeeRole, int | None], editor_id: int) -> None:
    """Store the head counts by role; None means that the role was not counted. Raises `Refused`."""
    require_begun(meeting)
    session.execute(delete(HeadCount).where(HeadCount.meeting_id == meeting.id))
    for side, count in heads.items():
        if count is not None:
            session.add(HeadCount(meeting_id=meeting.id, side=side, heads=count))
    record("meeting.counted", "meeting", meeting.id, editor_id)
    publish_about(meeting.market_id)


def draft_report(meeting: Meeting, account: Account, author_id: int) -> ReportBack:
    """Store a draft; the public still sees the latest published version. Raises `Refused`."""
    require_begun(meeting)
    version = drafted(meeting.id)
    if version is None:
        version = ReportBack(meeting_id=meeting.id)
        session.add(version)
    # Positions are unique: the old lines must be deleted before the new ones are inserted.
    version.decisions, version.answers = [], []
    _take(version, account, author_id)
    session.flush()
    version.decisions = [
        Decision(position=place, what=one.what, who=one.who, by_on=one.by_on)
        for place, one in enumerate(one for one in account.decisions if not is_empty_decision(one))
    ]
    version.answers = [
        SaidAndDone(position=place, said=one.said, done=one.done)
        for place, one in enumerate(one for one in account.answers if not is_empty_answer(one))
    ]
    session.flush()
    record("meeting.report_drafted", "meeting", meeting.id, author_id)
    return version


def publish_report(meeting: Meeting, author_id: int) -> None:
    """Publish the draft in place of the earlier version, which is kept. Raises `Refused`."""
    version = drafted(meeting.id)
    if version is None or gaps(version.account):
        raise Refused("report_back_gaps")
    version.author_id, version.published_at = author_id, now()
    record("meeting.reported_back", "meeting", meeting.id, author_id)
    publish_about(meeting.market_id)


def _take(version: ReportBack, account: Account, author_id: int) -> None:
    version.next_steps, version.minutes = account.next_steps, account.minutes
    version.author_id, version.written_at = author_id, now()


SIDE_NAMES = {
    AttendeeRole.RESIDENTS: _l("Residents"),
    AttendeeRole.YOUTH: _l("Young people"),
    AttendeeRole.FAITH: _l("Faith partners"),
    AttendeeRole.ORGANIZERS: _l("Organizers"),
    AttendeeRole.SERVICES: _l("Services"),
    AttendeeRole.CITY: _l("City staff"),
    AttendeeRole.POLICE: _l("Police"),
    AttendeeRole.OTHERS: _l("Others"),
}
AUDITED = {
    "meeting.counted": _l("entered how many came to a meeting"),
    "meeting.report_drafted": _l("wrote a draft of what came of a meeting"),
    "meeting.reported_back": _l("published what came of a meeting"),
}
REFUSALS = {
    "report_back_early": _l("This meeting has not begun, or it was canceled. There is nothing to tell yet."),
    "report_back_gaps": _l("What came of it cannot be published yet: something is missing in one language."),
}


def report_standing(meeting: Meeting, standing: ReportBackState) -> str:
    """Return a sentence about the promise to report back; empty where there is nothing to say."""
    day = format_date(meeting.report_back_on, "full") if meeting.report_back_on else ""
    sentences = {
        ReportBackState.AWAITED: _("What came of it will be told here by %(day)s.", day=day),
        ReportBackState.OVERDUE: _("What came of it was promised by %(day)s. It is not here yet.", day=day),
        ReportBackState.DONE: _("What came of it is told on its page."),
    }
    return str(sentences.get(standing, ""))


def heads_in_words(heads: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return the head counts that may be public, each with the name of its role; the sum last."""
    shown = shown_heads(heads)
    few = _("fewer than %(number)s", number=FEWEST_SHOWN)
    rows = [(str(SIDE_NAMES[side]), few if count is None else str(count)) for side, count in shown.rows]
    if len(rows) > 1 and shown.total:
        total = str(shown.total) if shown.is_whole else _("at least %(number)s", number=shown.total)
        rows.append((_("Altogether"), total))
    return rows


def late_sentence(late: int, total: int) -> str:
    """Return the sentence about late cancellations and moves; empty when there were no meetings."""
    if not total:
        return ""
    share, days = percent(late, total), LATE_HOURS // 24
    if not late:
        return str(
            ngettext(
                "In the last 12 months there was %(num)s meeting, and it was not canceled or moved"
                " less than %(days)s days before.",
                "Of the %(num)s meetings in the last 12 months, none was canceled or moved"
                " less than %(days)s days before.",
                total,
                days=days,
            )
        )
    if share is None:
        return str(
            _(
                "In the last 12 months, %(late)s of %(total)s meetings were canceled or moved"
                " less than %(days)s days before.",
                late=late,
                total=total,
                days=days,
            )
        )
    return str(
        _(
            "In the last 12 months, %(share)s%% of %(total)s meetings were canceled or moved"
            " less than %(days)s days before.",
            share=share,
            total=total,
            days=days,
        )
    )


def origin_of(meeting: Meeting, decision: Decision) -> str:
    """Return the origin of the commitment for this decision, as stored in the ledger."""
    words = blake2b(decision.what.en.casefold().strip().encode(), digest_size=8).hexdigest()
    return f"meeting {meeting.id} {words}"


def take_over(meeting: Meeting, position: int, member: Member) -> Commitment:
    """Return the commitment for a published decision: the existing one or a new draft. Raises `NotFound`.

    The responsible office is entered in the ledger: a report-back names the person who took it on in free text.
    """
    versions = published_versions(meeting.id)
    found = next((one for one in versions[0].decisions if one.position == position), None) if versions else None
    if found is None:
        raise NotFound
    origin = origin_of(meeting, found)
    there = session.scalars(select(Commitment).where(Commitment.origin == origin)).first()
    values = {
        "what": found.what,
        "made_at": meeting.title,
        "made_on": meeting.starts_at.astimezone(zone()).date() if meeting.starts_at else None,
        "due_on": found.by_on,
        "market_id": meeting.market_id,
        "credit": meeting.credit,
    }
    return there or draft_commitment(values, promise_actor(member), origin)


def taken_over(meeting: Meeting) -> dict[int, Commitment]:
    """Return the commitments from the newest report-back by the position of the decision.

    Drafts are included: this is for the team.
    """
    versions = published_versions(meeting.id)
    origins = {origin_of(meeting, one): one.position for one in versions[0].decisions} if versions else {}
    found = session.scalars(select(Commitment).where(Commitment.origin.in_(origins))).all()
    return {origins[one.origin]: one for one in found if one.origin}


def public_promises(meeting: Meeting) -> dict[int, Commitment]:
    """Return those of the commitments that are public."""
    there = taken_over(meeting)
    if not there:
        return {}
    ids = session.scalars(select(Commitment.id).where(shown(), Commitment.id.in_([one.id for one in there.values()])))
    public = set(ids)
    return {position: one for position, one in there.items() if one.id in public}

"""Report-backs and head counts: tables, queries, actions, texts, and decisions that become commitments.

Every published version is kept and never overwritten. The commitments ledger refers to a decision by a hash of its
words and not by its row, since every version of a report-back has rows of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b

from flask_babel import format_date, gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Select, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from portal.accounts.users import Member
from portal.commitments.promise_steps import draft_commitment
from portal.commitments.promises import Commitment, promise_actor
from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.db import Base, Versioned, random_id, session
from portal.core.i18n import NOTHING, Bilingual, bilingual
from portal.core.statuses import Refused, existing
from portal.core.suppression import FEWEST_SHOWN
from portal.markets.place_actions import publish_about
from portal.meetings.meeting import Meeting, MeetingChange, public_meetings
from portal.meetings.readiness import (
    LATE_HOURS,
    AttendeeRole,
    MeetingState,
    ReportBackState,
    percent,
    report_gaps,
    shown_heads,
    standing,
)


@dataclass(frozen=True)
class DecisionLine:
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

    decisions: tuple[DecisionLine, ...] = ()
    answers: tuple[AnswerLine, ...] = ()
    next_steps: Bilingual = NOTHING
    minutes: Bilingual = NOTHING

    @property
    def by_field(self) -> dict[str, Bilingual]:
        """Every text of a line that is not empty, by the name of its fields in the form."""
        texts = {"minutes": self.minutes, "next_steps": self.next_steps}
        for number, decision in enumerate(self.decisions, 1):
            if not _is_empty(decision):
                texts |= {f"decision{number}": decision.what, f"decision{number}_who": decision.who}
        for number, answer in enumerate(self.answers, 1):
            if not _is_empty(answer):
                texts |= {f"answer{number}_said": answer.said, f"answer{number}_done": answer.done}
        return texts

    @property
    def closed_up(self) -> Account:
        """The same without empty lines, as it is stored."""
        decisions = tuple(decision for decision in self.decisions if not _is_empty(decision))
        return replace(self, decisions=decisions, answers=tuple(line for line in self.answers if not _is_empty(line)))


def _is_empty(line: DecisionLine | AnswerLine) -> bool:
    texts = [value for value in vars(line).values() if isinstance(value, Bilingual)]
    is_due = isinstance(line, DecisionLine) and line.by_on is not None
    return not is_due and not any(text.en.strip() or text.es.strip() for text in texts)


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
        return Account(
            decisions=tuple(DecisionLine(line.what, line.who, line.by_on) for line in self.decisions),
            answers=tuple(AnswerLine(line.said, line.done) for line in self.answers),
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
    __table_args__ = (CheckConstraint("heads >= 0", name="heads"),)

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings_meeting.id", ondelete="CASCADE"), primary_key=True)
    side: Mapped[AttendeeRole] = mapped_column(primary_key=True)
    heads: Mapped[int]


YEAR = timedelta(days=365)


def published_versions(meeting_id: int) -> Sequence[ReportBack]:
    versions = select(ReportBack).where(ReportBack.meeting_id == meeting_id, ReportBack.published_at.is_not(None))
    return session.scalars(versions.order_by(ReportBack.published_at.desc())).all()


def public_reports(*conditions: ColumnElement[bool]) -> Select[ReportBack]:
    """Select the newest published report-back of each meeting.

    Code that does not start from a meeting must not select public reports in any other way. It covers only public
    meetings; a revision hides the version it replaced.
    """
    meeting_is_public = public_meetings(Meeting.id == ReportBack.meeting_id).with_only_columns(Meeting.id)
    newer = aliased(ReportBack)
    replaced = select(newer.id).where(
        newer.meeting_id == ReportBack.meeting_id, newer.published_at > ReportBack.published_at
    )
    return select(ReportBack).where(
        ReportBack.published_at.is_not(None),
        meeting_is_public.correlate(ReportBack).exists(),
        ~replaced.correlate(ReportBack).exists(),
        *conditions,
    )


def drafted(meeting_id: int) -> ReportBack | None:
    draft = select(ReportBack).where(ReportBack.meeting_id == meeting_id, ReportBack.published_at.is_(None))
    return session.scalars(draft).one_or_none()


def heads(meeting_id: int) -> dict[AttendeeRole, int]:
    """Return the head counts by role; empty when none were entered."""
    rows = session.scalars(select(HeadCount).where(HeadCount.meeting_id == meeting_id))
    return {row.side: row.heads for row in rows}


def standings(meetings: Iterable[Meeting]) -> dict[int, ReportBackState]:
    listed = {meeting.id: meeting for meeting in meetings}
    published = select(ReportBack.meeting_id).where(ReportBack.published_at.is_not(None))
    is_told = set(session.scalars(published.where(ReportBack.meeting_id.in_(listed))))
    return {
        meeting.id: standing(
            is_over=meeting.is_over,
            is_cancelled=meeting.is_cancelled,
            due_on=None if meeting.is_draft else meeting.report_back_on,
            is_told=meeting.id in is_told,
            today=today(),
        )
        for meeting in listed.values()
    }


def standing_of(meeting: Meeting) -> ReportBackState:
    return standings([meeting])[meeting.id]


def owes_report() -> ColumnElement[bool]:
    """Return the condition for meetings that are over and whose promised report-back is not published."""
    published = select(ReportBack.id).where(ReportBack.meeting_id == Meeting.id, ReportBack.published_at.is_not(None))
    promised = Meeting.report_back_on.is_not(None) & (Meeting.state == MeetingState.PUBLISHED)
    return promised & (Meeting.ends_at <= now()) & ~published.exists()


def require_begun(meeting: Meeting) -> None:
    """Raise `Refused` for a meeting that has not begun or was cancelled."""
    if not meeting.has_begun:
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
    version.next_steps, version.minutes = account.next_steps, account.minutes
    version.author_id, version.written_at = author_id, now()
    session.flush()
    stored = account.closed_up
    version.decisions = [Decision(position=place, **vars(line)) for place, line in enumerate(stored.decisions)]
    version.answers = [SaidAndDone(position=place, **vars(line)) for place, line in enumerate(stored.answers)]
    session.flush()
    record("meeting.report_drafted", "meeting", meeting.id, author_id)
    return version


def publish_report(meeting: Meeting, author_id: int) -> None:
    """Publish the draft in place of the earlier version, which is kept. Raises `Refused`."""
    version = drafted(meeting.id)
    if version is None or report_gaps(version.account.by_field):
        raise Refused("report_back_gaps")
    version.author_id, version.published_at = author_id, now()
    record("meeting.reported_back", "meeting", meeting.id, author_id)
    publish_about(meeting.market_id)


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


def heads_in_words(heads: Mapping[AttendeeRole, int]) -> list[tuple[str, str]]:
    """Return the head counts that may be public, each with the name of its role; the sum last."""
    shown = shown_heads(heads)
    few = _("fewer than %(number)s", number=FEWEST_SHOWN)
    rows = [(str(SIDE_NAMES[side]), few if count is None else str(count)) for side, count in shown.rows]
    if len(rows) > 1 and shown.total:
        total = str(shown.total) if shown.is_whole else _("at least %(number)s", number=shown.total)
        rows.append((_("Altogether"), total))
    return rows


def late_sentence() -> str:
    """Return how many public meetings of the last year were changed with too little notice; empty without any."""
    changed = select(MeetingChange.meeting_id).where(MeetingChange.notice_hours < LATE_HOURS)
    held = public_meetings(Meeting.starts_at <= now(), Meeting.starts_at > now() - YEAR)
    count = held.with_only_columns(func.count(Meeting.id))
    late, total = session.scalar(count.where(Meeting.id.in_(changed))) or 0, session.scalar(count) or 0
    if not total:
        return ""
    about = {"late": late, "total": total, "share": percent(late, total), "days": LATE_HOURS // 24}
    if not late:
        sentence = ngettext(
            "In the last 12 months there was %(num)s meeting, and it was not canceled or moved"
            " less than %(days)s days before.",
            "Of the %(num)s meetings in the last 12 months, none was canceled or moved less than %(days)s days before.",
            total,
            **about,
        )
    elif about["share"] is None:
        sentence = _(
            "In the last 12 months, %(late)s of %(total)s meetings were canceled or moved"
            " less than %(days)s days before.",
            **about,
        )
    else:
        sentence = _(
            "In the last 12 months, %(share)s%% of %(total)s meetings were canceled or moved"
            " less than %(days)s days before.",
            **about,
        )
    return str(sentence)


def origin_of(meeting: Meeting, decision: Decision) -> str:
    """Return the origin of the commitment for this decision, as stored in the ledger."""
    words = blake2b(decision.what.en.casefold().strip().encode(), digest_size=8).hexdigest()
    return f"meeting {meeting.id} {words}"


def take_over(meeting: Meeting, position: int, member: Member) -> Commitment:
    """Return the commitment for a published decision, or a new draft: its office is not known. Raises `NotFound`."""
    newest = (line for version in published_versions(meeting.id)[:1] for line in version.decisions)
    decision = existing(next((line for line in newest if line.position == position), None))
    origin = origin_of(meeting, decision)
    values = {
        "what": decision.what,
        "made_at": meeting.title,
        "made_on": meeting.held_on,
        "due_on": decision.by_on,
        "market_id": meeting.market_id,
        "credit": meeting.credit,
    }
    before = session.scalars(select(Commitment).where(Commitment.origin == origin)).first()
    return before or draft_commitment(values, promise_actor(member), origin)


def taken_over(meeting: Meeting, *conditions: ColumnElement[bool]) -> dict[int, Commitment]:
    """Return the commitments from the newest report-back, drafts too, by the position of the decision."""
    newest = (line for version in published_versions(meeting.id)[:1] for line in version.decisions)
    origins = {origin_of(meeting, line): line.position for line in newest}
    rows = session.scalars(select(Commitment).where(Commitment.origin.in_(origins), *conditions)).all()
    return {origins[row.origin]: row for row in rows if row.origin}

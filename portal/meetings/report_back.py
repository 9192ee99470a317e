"""Report-backs and head counts: tables, queries, actions and pages, and decisions that become commitments.

Every published version is kept and never overwritten. The commitments ledger refers to a decision by a hash of its
words and not by its row, since every version of a report-back has rows of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Select, UniqueConstraint, delete, func, select
from sqlalchemy.ext.orderinglist import ordering_list
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship
from werkzeug.wrappers import Response
from wtforms import BooleanField
from wtforms.validators import Optional

from portal.accounts.sign_in import current_user
from portal.accounts.users import member_names
from portal.commitments.promise_steps import draft_commitment
from portal.commitments.promises import Commitment, promise_actor
from portal.core import editing
from portal.core.audit import record
from portal.core.clock import now, today
from portal.core.db import Base, Versioned, added, random_id, session
from portal.core.editing import Both, both, line, lines, pressed
from portal.core.forms import DateField, ProtectedForm, whole_number
from portal.core.i18n import NOTHING, Bilingual, bilingual
from portal.core.parity import left_behind
from portal.core.statuses import Refused, existing
from portal.core.suppression import FEWEST_SHOWN
from portal.core.web import AudienceBlueprint, members
from portal.markets.place_actions import publish_about
from portal.markets.publishing import asks_before_public
from portal.markets.texts import names_hidden_place
from portal.meetings import readiness
from portal.meetings.forms import OneLanguageFirst, is_empty, rows_sent
from portal.meetings.meeting import OF_A_MEETING, PLANNERS, Meeting, MeetingChange, editable_meeting, public_meetings
from portal.meetings.readiness import LATE_HOURS, AttendeeRole, MeetingState, ReportBackState, report_gaps
from portal.meetings.texts import MISSING

LINES: dict[str, Any] = {
    "lazy": "selectin",
    "cascade": "all, delete-orphan",
    "collection_class": ordering_list("position"),
}
"""How a version of a report-back holds its lines."""


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

    decisions: Mapped[list[Decision]] = relationship(order_by="Decision.position", **LINES)
    answers: Mapped[list[SaidAndDone]] = relationship(order_by="SaidAndDone.position", **LINES)

    @property
    def by_field(self) -> dict[str, Bilingual]:
        """All its texts, by the names of their fields in the form."""
        texts = {"minutes": self.minutes, "next_steps": self.next_steps}
        for number, decision in enumerate(self.decisions, 1):
            texts |= {f"decision{number}": decision.what, f"decision{number}_who": decision.who}
        for number, answer in enumerate(self.answers, 1):
            texts |= {f"answer{number}_said": answer.said, f"answer{number}_done": answer.done}
        return texts


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
    """Select the newest published report-back of each public meeting; a revision hides the version it replaced.

    Code that does not start from a meeting must not select public reports in any other way.
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
    rows = session.scalars(select(HeadCount).where(HeadCount.meeting_id == meeting_id))
    return {row.side: row.heads for row in rows}


def standings(meetings: Iterable[Meeting]) -> dict[int, ReportBackState]:
    listed = {meeting.id: meeting for meeting in meetings}
    published = select(ReportBack.meeting_id).where(ReportBack.published_at.is_not(None))
    is_told = set(session.scalars(published.where(ReportBack.meeting_id.in_(listed))))
    return {
        meeting.id: readiness.standing(meeting, is_told=meeting.id in is_told, today=today())
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


def draft_report(meeting: Meeting, report: ReportBack, author_id: int) -> None:
    """Store a draft in place of the earlier one; the public still sees what was published last. Raises `Refused`."""
    require_begun(meeting)
    if (earlier := drafted(meeting.id)) is not None:
        session.delete(earlier)
        session.flush()
    report.meeting_id, report.author_id, report.written_at = meeting.id, author_id, now()
    added(report)
    record("meeting.report_drafted", "meeting", meeting.id, author_id)


def publish_report(meeting: Meeting, author_id: int) -> None:
    """Publish the draft in place of the earlier version, which is kept. Raises `Refused`."""
    version = drafted(meeting.id)
    if version is None or report_gaps(version.by_field):
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
    shown, total = readiness.shown_heads(heads)
    few = _("fewer than %(number)s", number=FEWEST_SHOWN)
    rows = [(str(SIDE_NAMES[side]), few if count is None else str(count)) for side, count in shown.items()]
    if len(rows) > 1 and total:
        is_whole = None not in shown.values()
        rows.append((_("Altogether"), str(total) if is_whole else _("at least %(number)s", number=total)))
    return rows


def late_sentence() -> str:
    """Return how many public meetings of the last year were changed with too little notice; empty without any."""
    changed = select(MeetingChange.meeting_id).where(MeetingChange.notice_hours < LATE_HOURS)
    held = public_meetings(Meeting.starts_at <= now(), Meeting.starts_at > now() - YEAR)
    count = held.with_only_columns(func.count(Meeting.id))
    late, total = session.scalar(count.where(Meeting.id.in_(changed))) or 0, session.scalar(count) or 0
    words = ngettext(
        "%(num)s meeting in the last 12 months. Canceled or moved less than %(days)s days before: %(late)s.",
        "%(num)s meetings in the last 12 months. Canceled or moved less than %(days)s days before: %(late)s.",
        total,
        late=late,
        days=LATE_HOURS // 24,
    )
    return str(words) if total else ""


def origin_of(meeting: Meeting, decision: Decision) -> str:
    """Return the origin of the commitment for this decision, as stored in the ledger."""
    words = blake2b(decision.what.en.casefold().strip().encode(), digest_size=8).hexdigest()
    return f"meeting {meeting.id} {words}"


def decisions_of(meeting: Meeting) -> list[Decision]:
    """Return the decisions of the newest published report-back."""
    return [decision for version in published_versions(meeting.id)[:1] for decision in version.decisions]


def taken_over(meeting: Meeting, *conditions: ColumnElement[bool]) -> dict[int, Commitment]:
    """Return the commitments from the newest report-back, drafts too, by the position of the decision."""
    origins = {origin_of(meeting, decision): decision.position for decision in decisions_of(meeting)}
    rows = session.scalars(select(Commitment).where(Commitment.origin.in_(origins), *conditions)).all()
    return {origins[row.origin]: row for row in rows if row.origin}


MOST_LINES, MOST_HEADS = 20, 5_000
MORE = "more:"
"""Begins the value of the buttons that add an empty line."""
BEHIND = _l("You changed the other language only. Change this one too, or check the box below.")
BEFORE_MEETING = _l("This day is before the meeting.")


class ReportBackForm(OneLanguageFirst, editing.PublicWordsForm):
    """The content of a report-back, English and Spanish side by side. A draft may leave any field empty."""

    minutes = Both(lines, _l("What was talked about"), 10_000)
    next_steps = Both(lines, _l("What happens next"))
    same = BooleanField(editing.SAME)
    decisions: int
    answers: int
    """How many lines there are: `decision1_en`, `decision1_who_en`, `decision1_by`, `answer1_said_en` and so on."""
    texts: tuple[str, ...]
    """The names of all texts, in the order of the form."""

    @property
    def report(self) -> ReportBack:
        """What was typed, without empty lines."""
        report = ReportBack(next_steps=self.next_steps, minutes=self.minutes)
        for name in (f"decision{number}" for number in range(1, self.decisions + 1)):
            decision = {"what": self.pair(name), "who": self.pair(f"{name}_who"), "by_on": self[f"{name}_by"].data}
            if not is_empty(*decision.values()):
                report.decisions.append(Decision(**decision))
        for name in (f"answer{number}" for number in range(1, self.answers + 1)):
            answer = {"said": self.pair(f"{name}_said"), "done": self.pair(f"{name}_done")}
            if not is_empty(*answer.values()):
                report.answers.append(SaidAndDone(**answer))
        return report

    def is_due_before(self, meeting: Meeting) -> bool:
        """Return whether a decision is due before the day of the meeting; adds errors to the fields."""
        fields = [self[f"decision{number}_by"] for number in range(1, self.decisions + 1)]
        early = [field.name for field in fields if meeting.held_on and field.data and field.data < meeting.held_on]
        for name in early:
            self.complain(name, BEFORE_MEETING)
        return bool(early)


@cache
def _with_room_for(decisions: int, answers: int) -> type[ReportBackForm]:
    decisions, answers = min(decisions, MOST_LINES), min(answers, MOST_LINES)
    pairs: dict[str, Both] = {}
    days: dict[str, Any] = {}
    for number in range(1, decisions + 1):
        name = f"decision{number}"
        pairs[name] = Both(lines, _l("Decision %(number)s", number=number))
        pairs[f"{name}_who"] = Both(line, _l("Who takes on decision %(number)s", number=number))
        days[f"{name}_by"] = DateField(_l("By which day"), validators=[Optional()])
    for number in range(1, answers + 1):
        pairs[f"answer{number}_said"] = Both(lines, _l("You said, %(number)s", number=number))
        pairs[f"answer{number}_done"] = Both(lines, _l("We did, %(number)s", number=number))
    room = {"decisions": decisions, "answers": answers, "texts": ("minutes", *pairs, "next_steps")}
    return type("ReportForm", (ReportBackForm,), {**pairs, **days, **room})


class HeadCountForm(ProtectedForm):
    """Head counts by role. Empty means that the role was not counted; 0 that no one in it came."""


for side, name in SIDE_NAMES.items():
    setattr(HeadCountForm, side, whole_number(name, 0, MOST_HEADS, optional=True))

blueprint = AudienceBlueprint(
    "meetings_report", __name__, audience=members(*PLANNERS), url_prefix=f"{OF_A_MEETING}/report-back"
)


@blueprint.route("/", methods=["GET", "POST"])
def edit(meeting_id: int) -> ResponseReturnValue:
    """Store the draft, and publish it if asked to and complete. With `?check` gaps are shown beside the fields."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    require_begun(meeting)
    nothing = ReportBack(next_steps=NOTHING, minutes=NOTHING)
    newest = drafted(meeting.id) or next(iter(published_versions(meeting.id)), nothing)
    more = pressed().removeprefix(MORE) if pressed().startswith(MORE) else ""
    # The lines that it was sent with or stored, and the one that a button adds.
    decisions = rows_sent("decision{}_en", MOST_LINES) if request.form else len(newest.decisions)
    answers = rows_sent("answer{}_said_en", MOST_LINES) if request.form else len(newest.answers)
    form = _with_room_for(max(decisions, 1) + (more == "decision"), max(answers, 1) + (more == "answer"))()
    stored: dict[str, Any] = {f"decision{number}_by": line.by_on for number, line in enumerate(newest.decisions, 1)}
    for name, text in newest.by_field.items():
        stored |= both(name, text)
    # Every save of a draft makes a row of its own.
    is_whole = form.validate_over(stored, f"{newest.id}.{newest.version}")
    if more and form.newer is None:
        return _page(meeting, form, more)
    if not form.is_submitted() and "check" in request.args:
        for name in readiness.said_once(report_gaps(newest.by_field), form.first):
            form.complain(name, MISSING)
    lets_out = pressed() == "publish"
    if not is_whole or form.is_due_before(meeting) or (lets_out and _must_not_go_out(meeting, form)):
        return _page(meeting, form), form.http_status
    draft_report(meeting, form.report, current_user.id)
    if not lets_out:
        return editing.kept_as_draft(url_for("meetings_report.edit", meeting_id=meeting.id))
    if report_gaps(form.report.by_field):
        return editing.not_out_yet(url_for("meetings_report.edit", meeting_id=meeting.id, check=1))
    publish_report(meeting, current_user.id)
    return editing.done(url_for("meetings_editor.index"), _("Published in both languages."))


def _must_not_go_out(meeting: Meeting, form: ReportBackForm) -> bool:
    """Return whether the words change in one language only, name a hidden place or need a second look."""
    public = published_versions(meeting.id)
    old, new = public[0].by_field if public else {}, form.report.by_field
    if not form.same.data:
        # Both are numbered without empty lines.
        for name in left_behind(old, {name: text for name, text in new.items() if name in old}):
            form.complain(name, BEHIND)
    if form.errors or names_hidden_place(form, current_user.id, meeting.market_id):
        return True
    # With gaps it is only kept as a draft.
    return not report_gaps(new) and asks_before_public(form, old.values())


def _page(meeting: Meeting, form: ReportBackForm, more: str = "") -> str:
    """Render the form; `more`: an empty line of this kind was added, and nothing is saved yet."""
    form.name_first_language()
    versions = published_versions(meeting.id)
    return render_template(
        "meetings/report_back_edit.html",
        meeting=meeting,
        form=form,
        heads=heads(meeting.id),
        standing=standing_of(meeting),
        versions=versions,
        authors=member_names(version.author_id for version in versions),
        is_draft=drafted(meeting.id) is not None,
        promises=taken_over(meeting),
        missing=MISSING,
        more=more,
        most=MOST_LINES,
    )


@blueprint.post("/promise/<int:position>")
def promise(meeting_id: int, position: int) -> Response:
    """Lead to the commitment for a published decision; it begins as a draft, since its office is not known."""
    meeting = editable_meeting(meeting_id, current_user.id, to_change=True)
    decision = existing(next((each for each in decisions_of(meeting) if each.position == position), None))
    origin = origin_of(meeting, decision)
    commitment = session.scalars(select(Commitment).where(Commitment.origin == origin)).first()
    if commitment is None:
        values = {
            "what": decision.what,
            "made_at": meeting.title,
            "made_on": meeting.held_on,
            "due_on": decision.by_on,
            "market_id": meeting.market_id,
            "credit": meeting.credit,
        }
        commitment = draft_commitment(values, promise_actor(current_user.member), origin)
    return redirect(url_for("commitments_team.edit", commitment_id=commitment.id))


@blueprint.route("/heads", methods=["GET", "POST"])
def count(meeting_id: int) -> ResponseReturnValue:
    meeting = editable_meeting(meeting_id, current_user.id, to_change=request.method == "POST")
    require_begun(meeting)
    form = HeadCountForm()
    if not form.is_submitted():
        form.process(data=heads(meeting.id))
    if not form.validate_on_submit():
        return render_template("meetings/heads.html", meeting=meeting, form=form), form.http_status
    count_heads(meeting, {side: form[side].data for side in AttendeeRole}, current_user.id)
    return editing.done(url_for("meetings_report.edit", meeting_id=meeting.id), _("The counts are kept."))

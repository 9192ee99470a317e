"""Reconciliation sessions: tables, queries, and the entry functions of their pages.

Sealed to the circle: place and procedure of a session, its agenda, themes and quotes. In sealed envelopes, which the
circle's key does not open: public suggestions and notes (for the facilitator), names (for those who arrange the
evening). In clear: days, public texts, and the ground rules that all members must accept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from flask import render_template
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    LargeBinary,
    Select,
    String,
    UniqueConstraint,
    and_,
    exists,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.users import DeskMember, Member
from portal.commitments.promises import Commitment
from portal.core.clock import today
from portal.core.crypto import About
from portal.core.db import Base, Versioned, random_id, session
from portal.core.forms import FormFrame
from portal.core.i18n import Bilingual, bilingual
from portal.core.slugs import is_slug
from portal.core.statuses import NotFound
from portal.organisations.organisations import Office, houses_of
from portal.partners.circle_rules import Act, CircleKind
from portal.partners.circles import (
    A_CIRCLE,
    A_MEMBER,
    AgreedText,
    Circle,
    CircleSeat,
    Membership,
    SealedText,
    enter,
    seats,
)
from portal.partners.reconciliation.rules import (
    COMPONENTS,
    ENVELOPES,
    PLANNERS,
    PRESENTS,
    SCOPES,
    SOURCES,
    STATES,
    Envelope,
    QuoteScope,
    ThemeState,
    brings_guests,
    is_of_agencies,
    may_facilitate,
    may_read_line,
    may_read_theme,
    plans,
    sees_names,
    speaks_for_community,
)

A_SESSION = "partners_session.id"


class ReconciliationSession(SealedText, Versioned, Base):
    """A session of both sides. Sealed: its plan, with place, hour, agenda, recorder and confidentiality."""

    __tablename__ = "partners_session"
    __table_args__ = (
        CheckConstraint(f"component IN {COMPONENTS!r}", name="component"),
        CheckConstraint("community_on < held_on AND agencies_on < held_on AND held_on < report_on", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    component: Mapped[str] = mapped_column(String(10))
    purpose: Mapped[Bilingual] = bilingual("purpose", encrypted=True)
    community_on: Mapped[date]
    agencies_on: Mapped[date]
    """Each side meets by itself before the session."""
    held_on: Mapped[date]
    report_on: Mapped[date]
    reported_on: Mapped[date | None]
    facilitator_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER))

    circle: Mapped[Circle] = relationship(lazy="joined")
    rules: Mapped[list[GroundRules]] = relationship(
        order_by="GroundRules.edition.desc()", cascade="all, delete-orphan", passive_deletes=True
    )
    notice: Mapped[Notice | None] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    @property
    def ground_rules(self) -> GroundRules:
        """The current ground rules."""
        return self.rules[0]

    @property
    def is_over(self) -> bool:
        """Whether its day has come, from which on head counts, quotes and an acknowledgement can be recorded."""
        return self.held_on <= today()

    @property
    def is_past(self) -> bool:
        """Whether its day has passed, after which no guests can be named."""
        return self.held_on < today()

    @property
    def is_overdue(self) -> bool:
        """Whether the report back is overdue."""
        return self.reported_on is None and self.report_on < today()

    @property
    def is_open(self) -> bool:
        """Whether the public is asked for suggestions now."""
        return self.notice is not None and self.notice.closes_on >= today()


class GroundRules(AgreedText, Base):
    """A version of the ground rules of a session."""

    __tablename__ = "partners_ground_rules"
    __table_args__ = (UniqueConstraint("session_id", "edition"),)

    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"))


class Acceptance(Base):
    """A member's acceptance of a version of the rules. It has no date, which would reveal who hesitated."""

    __tablename__ = "partners_acceptance"

    rules_id: Mapped[int] = mapped_column(ForeignKey("partners_ground_rules.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)


class Notice(Base):
    """The public notice that asks for suggestions. It tells neither place nor day of the session."""

    __tablename__ = "partners_notice"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), unique=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    """Meaningless: it remains in the browser history of phones that families share."""
    title: Mapped[Bilingual] = bilingual("title")
    about: Mapped[Bilingual] = bilingual("about")
    closes_on: Mapped[date]
    """The last day for suggestions."""


class SealedEnvelope(Base):
    """A text that only those members can open to whose keys it was sealed."""

    __tablename__ = "partners_locked"
    __table_args__ = (
        CheckConstraint(f"kind IN {ENVELOPES!r}", name="kind"),
        CheckConstraint("(kind = 'suggestion') = (week_on IS NOT NULL)", name="week_on"),
        CheckConstraint("guests_of_id IS NULL OR kind = 'names'", name="guests"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    guests_of_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), index=True)
    """The member whose own guests these names are; None for the list of those who arrange the evening."""
    box: Mapped[bytes] = mapped_column(LargeBinary)
    week_on: Mapped[date | None]
    """The Monday of the week in which the suggestion came, and nothing finer."""
    expires_on: Mapped[date]
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("partners_theme.id", ondelete="SET NULL"), index=True)

    keys: Mapped[list[SealedEnvelopeKey]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def about(self) -> About:
        """What its text is bound to."""
        return (self.__tablename__, self.id, self.session_id, self.kind, self.guests_of_id)


class SealedEnvelopeKey(Base):
    """The key of a sealed envelope, sealed to one member's own public key."""

    __tablename__ = "partners_locked_key"

    locked_id: Mapped[int] = mapped_column(ForeignKey("partners_locked.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)


class Theme(SealedText, Versioned, Base):
    """A summary of several contributions, in the facilitator's words and attributed to no one; with a minority view."""

    __tablename__ = "partners_theme"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint(f"source IN {SOURCES!r}", name="source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))


class Quote(SealedText, Base):
    """A quote, kept as long as its speaker consents. Withdrawal deletes the row, which is the only copy."""

    __tablename__ = "partners_line"
    __table_args__ = (
        CheckConstraint(f"scope IN {SCOPES!r}", name="scope"),
        CheckConstraint("scope = 'public' OR (shown_en = '' AND shown_es = '')", name="shown"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), index=True)
    scope: Mapped[str] = mapped_column(String(10))
    shown: Mapped[Bilingual] = bilingual("shown", may_be_empty=True)
    """The public text; empty for any other scope, whose text is only sealed."""
    shown_by: Mapped[Bilingual] = bilingual("shown_by", may_be_empty=True)
    consent_on: Mapped[date]
    expires_on: Mapped[date]


class Acknowledgement(Versioned, Base):
    """An office's public acknowledgement of harm, and the community's answer. It outlives the circle."""

    __tablename__ = "partners_acknowledgement"
    __table_args__ = (
        CheckConstraint("(answered_on IS NULL) = (answer_en = '' AND answer_es = '')", name="answer"),
        CheckConstraint("published_on IS NULL OR slug IS NOT NULL", name="whole"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int | None] = mapped_column(ForeignKey(A_SESSION, ondelete="SET NULL"), index=True)
    slug: Mapped[str | None] = mapped_column(String(80), unique=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations_office.id"))
    harm: Mapped[Bilingual] = bilingual("harm")
    words: Mapped[Bilingual] = bilingual("words")
    spoken_on: Mapped[date]
    published_on: Mapped[date | None]
    answer: Mapped[Bilingual] = bilingual("answer", may_be_empty=True)
    answered_by: Mapped[Bilingual] = bilingual("answered_by", may_be_empty=True)
    answered_on: Mapped[date | None]

    office: Mapped[Office] = relationship(lazy="joined")


class Heads(Base):
    """The number of people present of one kind."""

    __tablename__ = "partners_head_count"
    __table_args__ = (
        CheckConstraint(f"present IN {PRESENTS!r}", name="present"),
        CheckConstraint("heads >= 0", name="heads"),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), primary_key=True)
    present: Mapped[str] = mapped_column(String(15), primary_key=True)
    heads: Mapped[int]


Row = TypeVar("Row")


@dataclass(frozen=True)
class Participation:
    """A member's part in a session of their circle, with their permissions."""

    seat: CircleSeat
    circle_session: ReconciliationSession
    houses: tuple[str, ...]
    has_accepted: bool

    @property
    def plans(self) -> bool:
        """Whether they prepare it."""
        return plans(self.seat.role, self.seat.member.roles)

    @property
    def facilitates(self) -> bool:
        """Whether they facilitate it, and so read the suggestions."""
        able = may_facilitate(self.seat.role, self.seat.member.roles, self.houses)
        return able and self.circle_session.facilitator_id == self.seat.member.id

    @property
    def sees_names(self) -> bool:
        """Whether they arrange the evening, and so see names."""
        return sees_names(self.seat.role, self.seat.member.roles, self.houses)

    @property
    def brings_guests(self) -> bool:
        """Whether they name the guests of their own congregation."""
        return brings_guests(self.seat.role, self.seat.member.roles, self.houses)

    @property
    def of_agencies(self) -> bool:
        """Whether they are on the side of police and agencies."""
        return is_of_agencies(self.seat.member.roles, self.houses)

    @property
    def of_community(self) -> bool:
        """Whether they speak for the community."""
        roles = self.seat.member.roles
        return speaks_for_community(self.seat.role, roles, self.houses, facilitates=self.facilitates)


def kinds_of_houses(member: Member) -> tuple[str, ...]:
    """Return the kinds of organisations to which a member belongs."""
    return tuple(house.kind for house in houses_of([member.id])[member.id])


def has_sessions(circle: Circle) -> bool:
    """Return whether a circle is for reconciliation: only such circles have sessions."""
    return circle.kind == CircleKind.RECONCILIATION


def circle_sessions(circle: Circle) -> Sequence[ReconciliationSession]:
    """Return the sessions of a circle, the latest day first."""
    asked = (
        select(ReconciliationSession)
        .where(ReconciliationSession.circle_id == circle.id)
        .order_by(ReconciliationSession.held_on.desc(), ReconciliationSession.id)
    )
    return session.scalars(asked).all()


def part_in(seat: CircleSeat, session_id: int) -> Participation:
    """Return a member's part in a session of this circle. Raises `NotFound`."""
    found = session.get(ReconciliationSession, session_id)
    if found is None or found.circle_id != seat.circle.id or not has_sessions(seat.circle):
        raise NotFound
    accepted = session.get(Acceptance, (found.ground_rules.id, seat.member.id)) is not None
    return Participation(seat, found, kinds_of_houses(seat.member), accepted)


def able_to_facilitate(circle: Circle) -> list[CircleSeat]:
    """Return the members of a circle who could facilitate. Never show them to members who may not see names."""
    found = [one for one in seats(circle) if one.is_admitted]
    return [one for one in found if may_facilitate(one.role, one.member.roles, kinds_of_houses(one.member))]


def arrangers(circle: Circle) -> list[CircleSeat]:
    """Return the members of a circle who arrange rides and name tags."""
    return [one for one in seats(circle) if sees_names(one.role, one.member.roles, kinds_of_houses(one.member))]


def is_unread(lists: Sequence[SealedEnvelope], circle: Circle) -> bool:
    """Return whether an arranger cannot open one of these lists, having joined after it was sealed."""
    arranging = {one.member.id for one in arrangers(circle)}
    return any(arranging - {key.member_id for key in one.keys} for one in lists)


def acceptances(of: ReconciliationSession) -> int:
    """Return how many members have accepted the current ground rules."""
    asked = select(func.count()).select_from(Acceptance).where(Acceptance.rules_id == of.ground_rules.id)
    return session.scalar(asked) or 0


def locked(of: ReconciliationSession, kind: Envelope, member: Member) -> Sequence[SealedEnvelope]:
    """Return the envelopes of this kind that the member can open.

    They are ordered by week; within a week the order does not tell when they came.
    """
    asked = (
        select(SealedEnvelope)
        .join(SealedEnvelopeKey, SealedEnvelopeKey.locked_id == SealedEnvelope.id)
        .where(
            SealedEnvelope.session_id == of.id,
            SealedEnvelope.kind == kind.value,
            SealedEnvelopeKey.member_id == member.id,
        )
        .where(SealedEnvelope.expires_on >= today())
        .order_by(SealedEnvelope.week_on, SealedEnvelope.id)
    )
    return session.scalars(asked).all()


def locked_one(of: ReconciliationSession, kind: Envelope, member: Member, locked_id: int) -> SealedEnvelope:
    """Return one of these envelopes. Raises `NotFound`."""
    return _one([row for row in locked(of, kind, member) if row.id == locked_id])


def own_guests(of: ReconciliationSession, member: Member) -> Sequence[SealedEnvelope]:
    """Return the guests that a member named, whichever other envelopes their key opens."""
    return [row for row in locked(of, Envelope.NAMES, member) if row.guests_of_id == member.id]


def guests_before(of: ReconciliationSession, member: Member) -> int:
    """Return how many lists of guests the member cannot open, sealed before they became an arranger."""
    opened = select(SealedEnvelopeKey.locked_id).where(SealedEnvelopeKey.member_id == member.id)
    asked = (
        select(func.count())
        .select_from(SealedEnvelope)
        .where(SealedEnvelope.session_id == of.id, SealedEnvelope.expires_on >= today())
    )
    return session.scalar(asked.where(SealedEnvelope.guests_of_id.is_not(None), SealedEnvelope.id.not_in(opened))) or 0


def themes(part: Participation) -> list[Theme]:
    """Return the themes that the member may read."""
    asked = select(Theme).where(Theme.session_id == part.circle_session.id).order_by(Theme.source, Theme.id)
    agencies = part.of_agencies
    return [one for one in session.scalars(asked) if may_read_theme(ThemeState(one.state), of_agencies=agencies)]


def theme(part: Participation, theme_id: int) -> Theme:
    """Return a theme that the member may read. Raises `NotFound`."""
    return _one([one for one in themes(part) if one.id == theme_id])


def lines(part: Participation) -> list[Quote]:
    """Return the quotes that the member may read today."""
    asked = select(Quote).where(Quote.session_id == part.circle_session.id, Quote.expires_on >= today())
    agencies = part.of_agencies
    found = session.scalars(asked.order_by(Quote.id))
    return [one for one in found if may_read_line(QuoteScope(one.scope), of_agencies=agencies)]


def line(part: Participation, line_id: int) -> Quote:
    """Return one of these quotes. Raises `NotFound`."""
    return _one([one for one in lines(part) if one.id == line_id])


def heads(of: ReconciliationSession) -> dict[str, int]:
    """Return the number of people present of each kind."""
    rows = session.scalars(select(Heads).where(Heads.session_id == of.id))
    found = {row.present: row.heads for row in rows}
    return {present: found[present] for present in PRESENTS if present in found}


def acknowledgements_of(part: Participation) -> list[Acknowledgement]:
    """Return the acknowledgements of a session; drafts only to members who plan it."""
    asked = select(Acknowledgement).where(Acknowledgement.session_id == part.circle_session.id)
    found = session.scalars(asked.order_by(Acknowledgement.spoken_on, Acknowledgement.id))
    return [one for one in found if one.published_on is not None or part.plans]


def acknowledgement_in(part: Participation, acknowledgement_id: int) -> Acknowledgement:
    """Return one of these acknowledgements. Raises `NotFound`."""
    return _one([one for one in acknowledgements_of(part) if one.id == acknowledgement_id])


def origin_of(of: ReconciliationSession) -> str:
    """Return the prefix of `Commitment.origin` for promises made at a session."""
    return f"session-{of.id}-"


def promises_of(of: ReconciliationSession) -> Sequence[Commitment]:
    """Return the published promises made at a session, the next due first."""
    asked = select(Commitment).where(
        Commitment.origin.startswith(origin_of(of), autoescape=True), Commitment.published_at.is_not(None)
    )
    return session.scalars(asked.order_by(Commitment.due_on, Commitment.id)).unique().all()


def _one(found: Sequence[Row]) -> Row:
    if not found:
        raise NotFound
    return found[0]


MOST = 200


def is_asked_for() -> ColumnElement[bool]:
    """Return the condition for a notice that is public today; requires joins to the session and its circle.

    The facilitator must still have a seat in the circle and a role that prepares sessions: the public is not asked for
    suggestions that remain unread.
    """
    reads = exists().where(
        DeskMember.desk_id == Circle.desk_id,
        DeskMember.member_id == ReconciliationSession.facilitator_id,
        Membership.circle_id == Circle.id,
        Membership.member_id == ReconciliationSession.facilitator_id,
        Membership.role.in_(PLANNERS),
    )
    return and_(Notice.closes_on >= today(), Circle.closed_on.is_(None), reads)


def open_notices() -> Sequence[Notice]:
    """Return the notices of sessions that take suggestions now, those that close first on top."""
    return session.scalars(_notices().order_by(Notice.closes_on, Notice.id)).all()


def open_notice(slug: str) -> tuple[Notice, ReconciliationSession]:
    """Return an open notice and its session. Raises `NotFound`, alike for a closed and a nonexistent one."""
    asked = _notices().with_only_columns(Notice, ReconciliationSession).where(Notice.slug == slug)
    found = session.execute(asked).first() if is_slug(slug) else None
    if found is None:
        raise NotFound
    notice, circle_session = found
    return notice, circle_session


def public_acknowledgements() -> Sequence[Acknowledgement]:
    """Return the published acknowledgements, newest first."""
    asked = select(Acknowledgement).where(Acknowledgement.published_on.is_not(None))
    return session.scalars(asked.order_by(Acknowledgement.spoken_on.desc(), Acknowledgement.id).limit(MOST)).all()


def public_acknowledgement(slug: str) -> Acknowledgement:
    """Return a published acknowledgement. Raises `NotFound`."""
    asked = select(Acknowledgement).where(Acknowledgement.slug == slug, Acknowledgement.published_on.is_not(None))
    found = session.scalars(asked).first() if is_slug(slug) else None
    if found is None:
        raise NotFound
    return found


def public_lines(session_id: int | None) -> Sequence[Quote]:
    """Return the public quotes of a session whose consent has not ended."""
    asked = select(Quote).where(
        Quote.session_id == session_id, Quote.scope == QuoteScope.PUBLIC.value, Quote.expires_on >= today()
    )
    return session.scalars(asked.order_by(Quote.id)).all()


def _notices() -> Select[Notice]:
    joined = (
        select(Notice)
        .join(ReconciliationSession, ReconciliationSession.id == Notice.session_id)
        .join(Circle, Circle.id == ReconciliationSession.circle_id)
    )
    return joined.where(is_asked_for())


def enter_sessions(circle_id: int, *, to_plan: bool = False) -> CircleSeat:
    """Return the signed-in member's seat in a circle with sessions.

    Raises NotFound for any other circle and, with `to_plan`, for members who may not plan sessions.
    """
    seat = enter(circle_id, Act.READ)
    if not has_sessions(seat.circle) or (to_plan and not plans(seat.role, seat.member.roles)):
        raise NotFound
    return seat


def enter_session(circle_id: int, session_id: int) -> Participation:
    """Return the signed-in member's part in a session. Raises NotFound."""
    return part_in(enter_sessions(circle_id), session_id)


def enter_to(may: str, circle_id: int, session_id: int) -> Participation:
    """Return the part of the signed-in member if its attribute `may` is true.

    `may` is `plans`, `facilitates`, `sees_names`, `brings_guests` or `of_community`. Raises NotFound otherwise, and not
    NotAllowed: a page that a single person reads must not be seen to exist.
    """
    part = enter_session(circle_id, session_id)
    if not getattr(part, may):
        raise NotFound
    return part


def in_session(part: Participation, **more: object) -> FormFrame:
    """Return the frame of a form about a session."""
    return FormFrame("reconciliation/frame.html", {"seat": part.seat, "it": part.circle_session, **more})


def session_page(template: str, part: Participation, **more: object) -> str:
    """Render a page of a session."""
    return render_template(template, seat=part.seat, it=part.circle_session, **more)

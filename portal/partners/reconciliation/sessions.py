"""Sessions of reconciliation and what is kept of them.

Sealed to the circle: where and how a session is held, its agenda, themes and lines. Locked for single persons, whoever
else has a key of the circle: suggestions of the public and notes (the facilitator's), names (who arranges the evening).
In clear: days, what the public reads, and what everybody has to accept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

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
from portal.core.db import Base, random_id, session
from portal.core.i18n import Bilingual, bilingual
from portal.core.limits import is_slug
from portal.core.statuses import NotFound
from portal.organisations.organisations import Office, houses_of
from portal.partners.circle_rules import Act, CircleKind
from portal.partners.circles import A_CIRCLE, A_MEMBER, Circle, CircleSeat, Membership, SealedText, enter, seats
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


class Session(SealedText, Base):
    """A session that both sides come to. Its plan is sealed: place, hour, agenda, who records, what stays here."""

    __tablename__ = "partners_session"
    __table_args__ = (
        CheckConstraint(f"component IN {COMPONENTS!r}", name="component"),
        CheckConstraint("community_on < held_on AND agencies_on < held_on AND held_on < report_on", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    component: Mapped[str] = mapped_column(String(10))
    purpose: Mapped[Bilingual] = bilingual("purpose")
    community_on: Mapped[date]
    agencies_on: Mapped[date]
    """Each side meets by itself before."""
    held_on: Mapped[date]
    report_on: Mapped[date]
    reported_on: Mapped[date | None]
    facilitator_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER))
    version: Mapped[int] = mapped_column(nullable=False)

    circle: Mapped[Circle] = relationship(lazy="joined")
    rules: Mapped[list[GroundRules]] = relationship(
        order_by="GroundRules.edition.desc()", cascade="all, delete-orphan", passive_deletes=True
    )
    notice: Mapped[Notice | None] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    __mapper_args__ = {"version_id_col": version}

    @property
    def ground_rules(self) -> GroundRules:
        """What holds in the room now."""
        return self.rules[0]

    @property
    def is_over(self) -> bool:
        """Whether its day has come: from then on there can be heads, lines and an acknowledgement."""
        return self.held_on <= today()

    @property
    def is_past(self) -> bool:
        """Whether its day has gone by: from then on nobody brings guests to it."""
        return self.held_on < today()

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been told what came of it."""
        return self.reported_on is None and self.report_on < today()

    @property
    def is_open(self) -> bool:
        """Whether the public is asked for suggestions now."""
        return self.notice is not None and self.notice.closes_on >= today()


class GroundRules(Base):
    """A version of what holds in the room; earlier ones stay as they were."""

    __tablename__ = "partners_ground_rules"
    __table_args__ = (UniqueConstraint("session_id", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"))
    edition: Mapped[int]
    words: Mapped[Bilingual] = bilingual("words")
    made_on: Mapped[date]


class Acceptance(Base):
    """Somebody with an account accepted a version; no day, so that nobody reads from it who waited."""

    __tablename__ = "partners_acceptance"

    rules_id: Mapped[int] = mapped_column(ForeignKey("partners_ground_rules.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)


class Notice(Base):
    """What the public reads while it is asked for suggestions. It says no place and no day of the session."""

    __tablename__ = "partners_notice"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), unique=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    """Says nothing: it stays in the history of phones that families share."""
    title: Mapped[Bilingual] = bilingual("title")
    about: Mapped[Bilingual] = bilingual("about")
    closes_on: Mapped[date]
    """The last day on which something can be suggested."""


class SealedEnvelope(Base):
    """Something that only the persons can open to whom its key was sealed."""

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
    """Whose own guests these names are; None: the list of those who arrange the evening."""
    box: Mapped[bytes] = mapped_column(LargeBinary)
    week_on: Mapped[date | None]
    """The Monday of the week in which it came, and nothing finer."""
    expires_on: Mapped[date]
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("partners_theme.id", ondelete="SET NULL"), index=True)

    keys: Mapped[list[SealedEnvelopeKey]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )


class SealedEnvelopeKey(Base):
    """The key of something locked, sealed to one member's own public key."""

    __tablename__ = "partners_locked_key"

    locked_id: Mapped[int] = mapped_column(ForeignKey("partners_locked.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)


class Theme(SealedText, Base):
    """What several people said or asked, in the facilitator's words and nobody's; with a view of the few beside it."""

    __tablename__ = "partners_theme"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint(f"source IN {SOURCES!r}", name="source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class Quote(SealedText, Base):
    """A line kept word by word while who said it lets us. Withdrawing deletes the row, its only copy."""

    __tablename__ = "partners_line"
    __table_args__ = (
        CheckConstraint(f"scope IN {SCOPES!r}", name="scope"),
        CheckConstraint("scope = 'public' OR (shown_en = '' AND shown_es = '')", name="shown"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), index=True)
    scope: Mapped[str] = mapped_column(String(10))
    shown: Mapped[Bilingual] = bilingual("shown", may_be_empty=True)
    """What the public may read; empty for any other scope, which is sealed only."""
    shown_by: Mapped[Bilingual] = bilingual("shown_by", may_be_empty=True)
    consent_on: Mapped[date]
    expires_on: Mapped[date]


class Acknowledgement(Base):
    """An office says in public what harm was done. It stays when the circle is gone, with the answer beside it."""

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
    version: Mapped[int] = mapped_column(nullable=False)

    office: Mapped[Office] = relationship(lazy="joined")

    __mapper_args__ = {"version_id_col": version}


class Heads(Base):
    """How many of a kind were there."""

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
    """Somebody's part in a session of their circle."""

    seat: CircleSeat
    sitting: Session
    houses: tuple[str, ...]
    has_accepted: bool

    @property
    def plans(self) -> bool:
        """Whether they prepare it."""
        return plans(self.seat.role, self.seat.member.roles)

    @property
    def facilitates(self) -> bool:
        """Whether they stand between the sides, and so read what was suggested."""
        able = may_facilitate(self.seat.role, self.seat.member.roles, self.houses)
        return able and self.sitting.facilitator_id == self.seat.member.id

    @property
    def sees_names(self) -> bool:
        """Whether they arrange the evening."""
        return sees_names(self.seat.role, self.seat.member.roles, self.houses)

    @property
    def brings_guests(self) -> bool:
        """Whether they name the guests of their own congregation."""
        return brings_guests(self.seat.role, self.seat.member.roles, self.houses)

    @property
    def of_agencies(self) -> bool:
        """Whether they sit on the side of police and agencies."""
        return is_of_agencies(self.seat.member.roles, self.houses)

    @property
    def of_community(self) -> bool:
        """Whether their word is the community's."""
        roles = self.seat.member.roles
        return speaks_for_community(self.seat.role, roles, self.houses, facilitates=self.facilitates)


def kinds_of_houses(member: Member) -> tuple[str, ...]:
    """What kinds of houses a member belongs to."""
    return tuple(house.kind for house in houses_of([member.id])[member.id])


def has_sessions(circle: Circle) -> bool:
    """Whether a circle is one of reconciliation: no other has sessions."""
    return circle.kind == CircleKind.RECONCILIATION


def sittings(circle: Circle) -> Sequence[Session]:
    """The sessions of a circle, the next ones first."""
    asked = select(Session).where(Session.circle_id == circle.id).order_by(Session.held_on.desc(), Session.id)
    return session.scalars(asked).all()


def part_in(seat: CircleSeat, session_id: int) -> Participation:
    """My part in a session of this circle, or `NotFound`."""
    found = session.get(Session, session_id)
    if found is None or found.circle_id != seat.circle.id or not has_sessions(seat.circle):
        raise NotFound
    accepted = session.get(Acceptance, (found.ground_rules.id, seat.member.id)) is not None
    return Participation(seat, found, kinds_of_houses(seat.member), accepted)


def able_to_facilitate(circle: Circle) -> list[CircleSeat]:
    """Who of a circle could stand between the sides. Never shown to who sees no names."""
    found = [one for one in seats(circle) if one.is_admitted]
    return [one for one in found if may_facilitate(one.role, one.member.roles, kinds_of_houses(one.member))]


def arrangers(circle: Circle) -> list[CircleSeat]:
    """Who of a circle arranges rides and name tags."""
    return [one for one in seats(circle) if sees_names(one.role, one.member.roles, kinds_of_houses(one.member))]


def is_unread(lists: Sequence[SealedEnvelope], circle: Circle) -> bool:
    """Whether somebody arranges the evening who cannot open one of these: they came after it was sealed."""
    arranging = {one.member.id for one in arrangers(circle)}
    return any(arranging - {key.member_id for key in one.keys} for one in lists)


def acceptances(of: Session) -> int:
    """How many have accepted the ground rules as they are now."""
    asked = select(func.count()).select_from(Acceptance).where(Acceptance.rules_id == of.ground_rules.id)
    return session.scalar(asked) or 0


def locked(of: Session, kind: Envelope, member: Member) -> Sequence[SealedEnvelope]:
    """What of this kind this member can open, in an order that tells nothing of when it came."""
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


def locked_one(of: Session, kind: Envelope, member: Member, locked_id: int) -> SealedEnvelope:
    """One of these, or `NotFound`."""
    return _one([row for row in locked(of, kind, member) if row.id == locked_id])


def own_guests(of: Session, member: Member) -> Sequence[SealedEnvelope]:
    """The guests that a member named, whatever else their keys open."""
    return [row for row in locked(of, Envelope.NAMES, member) if row.guests_of_id == member.id]


def guests_before(of: Session, member: Member) -> int:
    """How many lists of guests were sealed before this member arranged the evening; whose, nobody reads here."""
    opened = select(SealedEnvelopeKey.locked_id).where(SealedEnvelopeKey.member_id == member.id)
    asked = (
        select(func.count())
        .select_from(SealedEnvelope)
        .where(SealedEnvelope.session_id == of.id, SealedEnvelope.expires_on >= today())
    )
    return session.scalar(asked.where(SealedEnvelope.guests_of_id.is_not(None), SealedEnvelope.id.not_in(opened))) or 0


def themes(part: Participation) -> list[Theme]:
    """The themes that somebody may read."""
    asked = select(Theme).where(Theme.session_id == part.sitting.id).order_by(Theme.source, Theme.id)
    agencies = part.of_agencies
    return [one for one in session.scalars(asked) if may_read_theme(ThemeState(one.state), of_agencies=agencies)]


def theme(part: Participation, theme_id: int) -> Theme:
    """A theme that somebody may read, or `NotFound`."""
    return _one([one for one in themes(part) if one.id == theme_id])


def lines(part: Participation) -> list[Quote]:
    """The lines that somebody of the circle may read today."""
    asked = select(Quote).where(Quote.session_id == part.sitting.id, Quote.expires_on >= today())
    agencies = part.of_agencies
    found = session.scalars(asked.order_by(Quote.id))
    return [one for one in found if may_read_line(QuoteScope(one.scope), of_agencies=agencies)]


def line(part: Participation, line_id: int) -> Quote:
    """One of them, or `NotFound`."""
    return _one([one for one in lines(part) if one.id == line_id])


def heads(of: Session) -> dict[str, int]:
    """How many of each kind were there."""
    rows = session.scalars(select(Heads).where(Heads.session_id == of.id))
    found = {row.present: row.heads for row in rows}
    return {present: found[present] for present in PRESENTS if present in found}


def acknowledgements_of(part: Participation) -> list[Acknowledgement]:
    """What offices said at a session; a draft is for those who plan only, because it is not said yet."""
    asked = select(Acknowledgement).where(Acknowledgement.session_id == part.sitting.id)
    found = session.scalars(asked.order_by(Acknowledgement.spoken_on, Acknowledgement.id))
    return [one for one in found if one.published_on is not None or part.plans]


def acknowledgement_in(part: Participation, acknowledgement_id: int) -> Acknowledgement:
    """One of them, or `NotFound`."""
    return _one([one for one in acknowledgements_of(part) if one.id == acknowledgement_id])


def origin_of(of: Session) -> str:
    """How promises say that they were made at a session."""
    return f"session-{of.id}-"


def promises_of(of: Session) -> Sequence[Commitment]:
    """Promises made at a session that are published, the next due first."""
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
    """The condition for a notice that the public may read today; needs the session and its circle.

    Somebody must sit there who can open what comes in: nothing is asked of the public that nobody will read.
    """
    reads = exists().where(
        DeskMember.desk_id == Circle.desk_id,
        DeskMember.member_id == Session.facilitator_id,
        Membership.circle_id == Circle.id,
        Membership.member_id == Session.facilitator_id,
        Membership.role.in_(PLANNERS),
    )
    return and_(Notice.closes_on >= today(), Circle.closed_on.is_(None), reads)


def open_notices() -> Sequence[Notice]:
    """For which sessions suggestions are asked for now, those that close first at the top."""
    return session.scalars(_notices().order_by(Notice.closes_on, Notice.id)).all()


def open_notice(slug: str) -> tuple[Notice, Session]:
    """A notice and its session, or `NotFound`: the same for what is closed and for what never was."""
    asked = _notices().with_only_columns(Notice, Session).where(Notice.slug == slug)
    found = session.execute(asked).first() if is_slug(slug) else None
    if found is None:
        raise NotFound
    notice, sitting = found
    return notice, sitting


def public_acknowledgements() -> Sequence[Acknowledgement]:
    """What offices have acknowledged, the newest first."""
    asked = select(Acknowledgement).where(Acknowledgement.published_on.is_not(None))
    return session.scalars(asked.order_by(Acknowledgement.spoken_on.desc(), Acknowledgement.id).limit(MOST)).all()


def public_acknowledgement(slug: str) -> Acknowledgement:
    """One of them, or `NotFound`."""
    asked = select(Acknowledgement).where(Acknowledgement.slug == slug, Acknowledgement.published_on.is_not(None))
    found = session.scalars(asked).first() if is_slug(slug) else None
    if found is None:
        raise NotFound
    return found


def public_lines(session_id: int | None) -> Sequence[Quote]:
    """Lines of a session that everybody may read today."""
    asked = select(Quote).where(
        Quote.session_id == session_id, Quote.scope == QuoteScope.PUBLIC.value, Quote.expires_on >= today()
    )
    return session.scalars(asked.order_by(Quote.id)).all()


def _notices() -> Select[Notice]:
    joined = select(Notice).join(Session, Session.id == Notice.session_id).join(Circle, Circle.id == Session.circle_id)
    return joined.where(is_asked_for())


def enter_sessions(circle_id: int, *, to_plan: bool = False) -> CircleSeat:
    """My seat in a circle that has sessions. Raises NotFound for any other, and for who may not plan them."""
    seat = enter(circle_id, Act.READ)
    if not has_sessions(seat.circle) or (to_plan and not plans(seat.role, seat.member.roles)):
        raise NotFound
    return seat


def enter_session(circle_id: int, session_id: int) -> Participation:
    """My part in a session. Raises NotFound without one."""
    return part_in(enter_sessions(circle_id), session_id)


def enter_to(may: str, circle_id: int, session_id: int) -> Participation:
    """My part, if it lets me do this (`plans`, `facilitates`, `sees_names`, `brings_guests`, `of_community`).

    To anybody else the page is not there, whether the session is or not: what only one person reads must not be seen
    to exist.
    """
    part = enter_session(circle_id, session_id)
    if not getattr(part, may):
        raise NotFound
    return part

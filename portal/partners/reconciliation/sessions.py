"""Reconciliation sessions: tables, queries, the entry functions of their pages, and words.

Sealed to the circle: place and procedure of a session, its agenda, themes and quotes. In sealed envelopes, which the
circle's key does not open: public suggestions and notes (for the facilitator), names (for those who arrange the
evening). In clear: days, public texts, and the ground rules that all members must accept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.wrappers import Response

from portal.accounts.users import Member
from portal.commitments.promises import Commitment
from portal.core import db
from portal.core.clock import today
from portal.core.crypto import About
from portal.core.db import Base, Versioned, random_id, session
from portal.core.editing import done
from portal.core.forms import FormFrame
from portal.core.i18n import Bilingual, bilingual
from portal.core.statuses import NotFound, existing
from portal.organisations.organisations import Office, houses_of
from portal.partners import circles
from portal.partners.circle_rules import Act, CircleKind
from portal.partners.circles import (
    A_CIRCLE,
    A_MEMBER,
    SITS,
    AgreedText,
    Circle,
    CircleSeat,
    Membership,
    SealedText,
    seats,
)
from portal.partners.reconciliation import rules
from portal.partners.reconciliation.rules import Component, Envelope, Present, QuoteScope, ThemeSource, ThemeState

A_SESSION = "partners_session.id"
Row = TypeVar("Row", "SealedEnvelope", "Theme", "Quote", "Acknowledgement")


class ReconciliationSession(SealedText, Versioned, Base):
    """A session of both sides. Sealed: its plan, with place, hour, agenda, recorder and confidentiality."""

    __tablename__ = "partners_session"
    __table_args__ = (
        sa.CheckConstraint("community_on < held_on AND agencies_on < held_on AND held_on < report_on", name="days"),
    )

    circle_id: Mapped[int] = mapped_column(sa.ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    component: Mapped[Component]
    purpose: Mapped[Bilingual] = bilingual("purpose", encrypted=True)
    community_on: Mapped[date]
    agencies_on: Mapped[date]
    """Each side meets by itself before the session."""
    held_on: Mapped[date]
    report_on: Mapped[date]
    reported_on: Mapped[date | None]
    facilitator_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MEMBER))

    circle: Mapped[Circle] = relationship(lazy="joined")
    rules: Mapped[list[GroundRules]] = relationship(
        order_by="GroundRules.edition.desc()", cascade="all, delete-orphan", passive_deletes=True
    )
    notice: Mapped[Notice | None] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    @property
    def ground_rules(self) -> GroundRules:
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
        return self.reported_on is None and self.report_on < today()

    @property
    def is_open(self) -> bool:
        return self.notice is not None and self.notice.closes_on >= today()


class GroundRules(AgreedText, Base):
    __tablename__ = "partners_ground_rules"
    __table_args__ = (sa.UniqueConstraint("session_id", "edition"),)

    session_id: Mapped[int] = mapped_column(sa.ForeignKey(A_SESSION, ondelete="CASCADE"))


class Acceptance(Base):
    """A member's acceptance of a version of the rules. It has no date, which would reveal who hesitated."""

    __tablename__ = "partners_acceptance"

    rules_id: Mapped[int] = mapped_column(
        sa.ForeignKey("partners_ground_rules.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)


class Notice(Base):
    """The public notice that asks for suggestions. It tells neither place nor day of the session."""

    __tablename__ = "partners_notice"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey(A_SESSION, ondelete="CASCADE"), unique=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    """Meaningless: it remains in the browser history of phones that families share."""
    title: Mapped[Bilingual] = bilingual("title")
    about: Mapped[Bilingual] = bilingual("about")
    closes_on: Mapped[date]
    """The last day for suggestions."""


class SealedEnvelope(Base):
    """A text that only those members can open to whose keys it was sealed."""

    __tablename__ = "partners_locked"
    __table_args__ = (
        sa.CheckConstraint("(kind = 'suggestion') = (week_on IS NOT NULL)", name="week_on"),
        sa.CheckConstraint("guests_of_id IS NULL OR kind = 'names'", name="guests"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey(A_SESSION, ondelete="CASCADE"), index=True)
    kind: Mapped[Envelope]
    guests_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER, ondelete="CASCADE"), index=True)
    """The member whose own guests these names are; None for the list of those who arrange the evening."""
    box: Mapped[bytes] = mapped_column(sa.LargeBinary)
    week_on: Mapped[date | None]
    """The Monday of the week in which the suggestion came, and nothing finer."""
    expires_on: Mapped[date]
    theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("partners_theme.id", ondelete="SET NULL"), index=True)

    keys: Mapped[list[SealedEnvelopeKey]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def about(self) -> About:
        return (self.__tablename__, self.id, self.session_id, self.kind, self.guests_of_id)


class SealedEnvelopeKey(Base):
    """The key of a sealed envelope, sealed to one member's own public key."""

    __tablename__ = "partners_locked_key"

    locked_id: Mapped[int] = mapped_column(sa.ForeignKey("partners_locked.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)
    sealed_key: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Theme(SealedText, Versioned, Base):
    """A summary of several contributions, in the facilitator's words and attributed to no one; with a minority view."""

    __tablename__ = "partners_theme"

    session_id: Mapped[int] = mapped_column(sa.ForeignKey(A_SESSION, ondelete="CASCADE"), index=True)
    source: Mapped[ThemeSource]
    state: Mapped[ThemeState]


class Quote(SealedText, Base):
    """A quote, kept as long as its speaker consents. Withdrawal deletes the row, which is the only copy."""

    __tablename__ = "partners_line"
    __table_args__ = (sa.CheckConstraint("scope = 'public' OR (shown_en = '' AND shown_es = '')", name="shown"),)

    session_id: Mapped[int] = mapped_column(sa.ForeignKey(A_SESSION, ondelete="CASCADE"), index=True)
    scope: Mapped[QuoteScope]
    shown: Mapped[Bilingual] = bilingual("shown", may_be_empty=True)
    """The public text; empty for any other scope, whose text is only sealed."""
    shown_by: Mapped[Bilingual] = bilingual("shown_by", may_be_empty=True)
    consent_on: Mapped[date]
    expires_on: Mapped[date]


class Acknowledgement(Versioned, Base):
    """An office's public acknowledgement of harm, and the community's answer. It outlives the circle."""

    __tablename__ = "partners_acknowledgement"
    __table_args__ = (
        sa.CheckConstraint("(answered_on IS NULL) = (answer_en = '' AND answer_es = '')", name="answer"),
        sa.CheckConstraint("published_on IS NULL OR slug IS NOT NULL", name="whole"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_SESSION, ondelete="SET NULL"), index=True)
    slug: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    office_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations_office.id"))
    harm: Mapped[Bilingual] = bilingual("harm")
    words: Mapped[Bilingual] = bilingual("words")
    spoken_on: Mapped[date]
    published_on: Mapped[date | None]
    answer: Mapped[Bilingual] = bilingual("answer", may_be_empty=True)
    answered_by: Mapped[Bilingual] = bilingual("answered_by", may_be_empty=True)
    answered_on: Mapped[date | None]

    office: Mapped[Office] = relationship(lazy="joined")


class Heads(Base):
    __tablename__ = "partners_head_count"
    __table_args__ = (sa.CheckConstraint("heads >= 0", name="heads"),)

    session_id: Mapped[int] = mapped_column(sa.ForeignKey(A_SESSION, ondelete="CASCADE"), primary_key=True)
    present: Mapped[Present] = mapped_column(primary_key=True)
    heads: Mapped[int]


@dataclass(frozen=True, kw_only=True)
class Participation:
    """A member's part in a session of their circle, with their permissions; see `rules`."""

    seat: CircleSeat
    circle_session: ReconciliationSession
    has_accepted: bool
    plans: bool
    facilitates: bool
    sees_names: bool
    brings_guests: bool
    of_agencies: bool
    of_community: bool


def kinds_of_houses(member: Member) -> tuple[str, ...]:
    return tuple(house.kind for house in houses_of([member.id])[member.id])


def circle_sessions(circle: Circle) -> Sequence[ReconciliationSession]:
    """Return the sessions of a circle, the latest day first; only circles for reconciliation have any."""
    if circle.kind != CircleKind.RECONCILIATION:
        return ()
    rows = select(ReconciliationSession).where(ReconciliationSession.circle_id == circle.id)
    return session.scalars(rows.order_by(ReconciliationSession.held_on.desc(), ReconciliationSession.id)).all()


def part_in(seat: CircleSeat, session_id: int) -> Participation:
    """Return a member's part in a session of this circle. Raises `NotFound`."""
    if seat.circle.kind != CircleKind.RECONCILIATION:
        raise NotFound
    circle_session = circles.in_circle(ReconciliationSession, seat.circle, session_id)
    who = seat.role, seat.member.roles, kinds_of_houses(seat.member)
    facilitates = circle_session.facilitator_id == seat.member.id and rules.may_facilitate(*who)
    return Participation(
        seat=seat,
        circle_session=circle_session,
        has_accepted=session.get(Acceptance, (circle_session.ground_rules.id, seat.member.id)) is not None,
        plans=rules.plans(seat.role, seat.member.roles),
        facilitates=facilitates,
        sees_names=rules.sees_names(*who),
        brings_guests=rules.brings_guests(*who),
        of_agencies=rules.is_of_agencies(*who[1:]),
        of_community=rules.speaks_for_community(*who, facilitates=facilitates),
    )


def able_to_facilitate(circle: Circle) -> list[CircleSeat]:
    """Return the members of a circle who could facilitate. Never show them to members who may not see names."""
    return [
        seat
        for seat in seats(circle)
        if seat.is_admitted and rules.may_facilitate(seat.role, seat.member.roles, kinds_of_houses(seat.member))
    ]


def arrangers(circle: Circle) -> list[Member]:
    everybody = [(seat.role, seat.member) for seat in seats(circle)]
    return [member for role, member in everybody if rules.sees_names(role, member.roles, kinds_of_houses(member))]


def has_accepted(circle_session: ReconciliationSession) -> set[int]:
    rows = select(Acceptance.member_id).where(Acceptance.rules_id == circle_session.ground_rules.id)
    return set(session.scalars(rows))


def locked(circle_session: ReconciliationSession, kind: Envelope, member: Member) -> Sequence[SealedEnvelope]:
    """Return the envelopes that the member can open, by week; within it their order does not tell when they came."""
    rows = (
        select(SealedEnvelope)
        .join(SealedEnvelopeKey, SealedEnvelopeKey.locked_id == SealedEnvelope.id)
        .where(SealedEnvelope.session_id == circle_session.id, SealedEnvelope.kind == kind)
        .where(SealedEnvelopeKey.member_id == member.id, SealedEnvelope.expires_on >= today())
        .order_by(SealedEnvelope.week_on, SealedEnvelope.id)
    )
    return session.scalars(rows).all()


def guests_before(circle_session: ReconciliationSession, member: Member) -> int:
    """Return how many lists of guests the member cannot open, sealed before they became an arranger."""
    opened = select(SealedEnvelopeKey.locked_id).where(SealedEnvelopeKey.member_id == member.id)
    rows = select(sa.func.count(SealedEnvelope.id)).where(
        SealedEnvelope.session_id == circle_session.id,
        SealedEnvelope.expires_on >= today(),
        SealedEnvelope.guests_of_id.is_not(None),
        SealedEnvelope.id.not_in(opened),
    )
    return session.scalar(rows) or 0


def themes(part: Participation) -> list[Theme]:
    rows = select(Theme).where(Theme.session_id == part.circle_session.id).order_by(Theme.source, Theme.id)
    agencies = part.of_agencies
    return [theme for theme in session.scalars(rows) if rules.may_read_theme(theme.state, of_agencies=agencies)]


def lines(part: Participation) -> list[Quote]:
    rows = select(Quote).where(Quote.session_id == part.circle_session.id, Quote.expires_on >= today())
    quotes, agencies = session.scalars(rows.order_by(Quote.id)), part.of_agencies
    return [quote for quote in quotes if rules.may_read_line(quote.scope, of_agencies=agencies)]


def acknowledgements_of(part: Participation) -> list[Acknowledgement]:
    """Return the acknowledgements of a session; drafts only to members who plan it."""
    rows = select(Acknowledgement).where(Acknowledgement.session_id == part.circle_session.id)
    stored = session.scalars(rows.order_by(Acknowledgement.spoken_on, Acknowledgement.id))
    return [row for row in stored if row.published_on is not None or part.plans]


def one_of(rows: Sequence[Row], row_id: int) -> Row:
    """Return the row with this id among those that a member may see. Raises `NotFound`."""
    return existing(next((row for row in rows if row.id == row_id), None))


def heads(circle_session: ReconciliationSession) -> dict[Present, int]:
    rows = session.scalars(select(Heads).where(Heads.session_id == circle_session.id))
    order = list(Present)
    return {row.present: row.heads for row in sorted(rows, key=lambda row: order.index(row.present))}


def origin_of(circle_session: ReconciliationSession) -> str:
    """Return the prefix of `Commitment.origin` for promises made at a session."""
    return f"session-{circle_session.id}-"


def promises_of(circle_session: ReconciliationSession) -> Sequence[Commitment]:
    rows = select(Commitment).where(
        Commitment.origin.startswith(origin_of(circle_session), autoescape=True), Commitment.published_at.is_not(None)
    )
    return session.scalars(rows.order_by(Commitment.due_on, Commitment.id)).unique().all()


MOST = 200


def open_notices() -> Sequence[Notice]:
    """Return the notices of sessions that take suggestions now, those that close first on top.

    The facilitator must still sit there and prepare sessions: the public is not asked for what remains unread.
    """
    facilitator = Membership.member_id == ReconciliationSession.facilitator_id, Membership.role.in_(rules.PLANNERS)
    rows = (
        select(Notice)
        .join(ReconciliationSession, ReconciliationSession.id == Notice.session_id)
        .join(Circle, Circle.id == ReconciliationSession.circle_id)
        .join(Membership, Membership.circle_id == Circle.id)
        .where(Notice.closes_on >= today(), Circle.closed_on.is_(None), *facilitator, SITS)
        .order_by(Notice.closes_on, Notice.id)
    )
    return session.scalars(rows).all()


def open_notice(slug: str) -> Notice:
    """Return an open notice. Raises `NotFound`, alike for a closed and a nonexistent one."""
    return existing(next((notice for notice in open_notices() if notice.slug == slug), None))


def public_acknowledgements() -> Sequence[Acknowledgement]:
    rows = select(Acknowledgement).where(Acknowledgement.published_on.is_not(None))
    return session.scalars(rows.order_by(Acknowledgement.spoken_on.desc(), Acknowledgement.id).limit(MOST)).all()


def public_acknowledgement(slug: str) -> Acknowledgement:
    """Return a published acknowledgement. Raises `NotFound`."""
    rows = select(Acknowledgement).where(Acknowledgement.slug == slug, Acknowledgement.published_on.is_not(None))
    return db.one(rows)


def public_lines(session_id: int | None) -> Sequence[Quote]:
    """Return the public quotes of a session whose consent has not ended."""
    rows = select(Quote).where(
        Quote.session_id == session_id, Quote.scope == QuoteScope.PUBLIC, Quote.expires_on >= today()
    )
    return session.scalars(rows.order_by(Quote.id)).all()


def enter_session(circle_id: int, session_id: int, may: str = "seat") -> Participation:
    """Return the member's part if its attribute `may` is true; else NotFound: some pages must not be seen to exist."""
    part = part_in(circles.enter(circle_id, Act.READ), session_id)
    if not getattr(part, may):
        raise NotFound
    return part


def in_session(part: Participation, **more: object) -> FormFrame:
    return FormFrame("reconciliation/frame.html", {"seat": part.seat, "it": part.circle_session, **more})


def page_of(circle_session: ReconciliationSession, endpoint: str = "sessions.show", **more: Any) -> str:
    return url_for(endpoint, circle_id=circle_session.circle_id, session_id=circle_session.id, **more)


def to_session(part: Participation, message: str = "", endpoint: str = "sessions.show") -> Response:
    address = page_of(part.circle_session, endpoint)
    return done(address, message) if message else redirect(address)


def session_page(template: str, part: Participation, **more: object) -> str:
    return render_template(template, seat=part.seat, it=part.circle_session, part=part, **more)


COMPONENTS = {
    Component.HARM: _l("Acknowledgement of harm"),
    Component.LISTENING: _l("Listening and telling what happened"),
    Component.FACTS: _l("Finding out the facts"),
    Component.CHANGE: _l("Changes in rules and practice"),
}
LEVELS = {
    rules.Confidentiality.HERE: _l("Nothing leaves the room, not even themes"),
    rules.Confidentiality.THEMES: _l("Themes may leave the room, never who said what"),
    rules.Confidentiality.OPEN: _l("What is said may be told, without names"),
}
STATES = {
    ThemeState.DRAFTED: _l("Waits for the community"),
    ThemeState.APPROVED: _l("Approved by the community"),
    ThemeState.SHARED: _l("Shared with both sides"),
}
SOURCES = {ThemeSource.ASKED: _l("From what the public suggested"), ThemeSource.TOLD: _l("From what was told")}
SCOPES = {
    QuoteScope.CIRCLE: _l("The community's side of this circle, without police and agencies"),
    QuoteScope.SIDES: _l("Both sides in this circle"),
    QuoteScope.PUBLIC: _l("Everybody: it stands beside the acknowledgement"),
}
PRESENTS = {
    Present.RESIDENTS: _l("Residents"),
    Present.FAITH: _l("People of congregations"),
    Present.ORGANIZERS: _l("Organizers"),
    Present.SERVICES: _l("Services"),
    Present.POLICE: _l("Police"),
    Present.CITY: _l("Other city offices"),
    Present.INTERPRETERS: _l("Interpreters"),
}
APART = {"yes": _l("Yes, each side has its own"), "no": _l("No, one for all")}
DAYS_KEPT = {1: _l("1 day"), 3: _l("3 days"), 7: _l("7 days"), 14: _l("14 days"), 30: _l("30 days"), 90: _l("90 days")}
PATTERNS = {
    Component(name): {part: Bilingual(**texts) for part, texts in parts.items()}
    for name, parts in tomllib.loads(Path(__file__).with_name("patterns.toml").read_text(encoding="utf-8")).items()
}
"""How a session of each component begins: purpose, agenda, rules, questions; and its occasion among the promises."""

"""Tables of places, admissions, keys, seats, signals and reviews, and the queries that decide who may see a place.

No table here has a column for the name of a person who is not a member: no offender, no influential person, no family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship, selectinload

from portal.accounts.users import Member, RoleHeld
from portal.core.audit import AuditEvent
from portal.core.clock import now, today, zone
from portal.core.db import Base, Encrypted, Versioned, once_per_page, one, random_id, session, table
from portal.core.i18n import Bilingual, Translated, bilingual
from portal.core.portal import Hook
from portal.core.slugs import random_tail, slug
from portal.core.statuses import NotFound
from portal.markets import status as rules
from portal.markets.gate_rules import CHECKED_AHEAD, EvidenceItem, EvidenceState, GateKey, exposed, first_day
from portal.markets.reviews import Baseline, Cause, SignalKind
from portal.markets.status import Lapse, PlaceSeat, Status, Turnover, lapse, turnover

A_MARKET = "markets_market.id"
A_MEMBER = "accounts_member.id"


class Market(Translated, Versioned, Base):
    """A place by its own name. It is hidden until `released_at`, and hidden by default."""

    __tablename__ = "markets_market"
    __table_args__ = (
        sa.CheckConstraint("owner_id IS NULL OR deputy_id IS NULL OR owner_id <> deputy_id", name="two_people"),
        sa.CheckConstraint("usual_signals > 0 AND slipping_signals > usual_signals AND alarm_at > 0", name="baseline"),
    )

    PARITY = rules.TEXTS

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    """Without a word of its name until both keys are turned, see `gate.set_release`."""
    name: Mapped[Bilingual] = bilingual("name", encrypted=True)
    own_name: Mapped[Bilingual] = bilingual("own_name", may_be_empty=True, encrypted=True)
    """The residents' own name for it; may be empty."""
    about: Mapped[Bilingual] = bilingual("about", encrypted=True)
    """What residents can do now; shown on the place's page."""
    services: Mapped[Bilingual] = bilingual("services", may_be_empty=True, encrypted=True)
    """Services on offer there; may be empty."""
    why_here: Mapped[Bilingual] = bilingual("why_here", may_be_empty=True, encrypted=True)
    """Why this place was chosen; may be empty, and is shown only once the call-in has ended."""
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER))
    deputy_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER))
    usual_signals: Mapped[float] = mapped_column(default=Baseline.quiet)
    """Corroborated signals per week while it holds; with the next two, the baseline of its alarm."""
    slipping_signals: Mapped[float] = mapped_column(default=Baseline.slipping)
    alarm_at: Mapped[float] = mapped_column(default=Baseline.limit)
    released_at: Mapped[datetime | None]

    decisions: Mapped[list[StatusDecision]] = relationship(
        order_by="(StatusDecision.since_on.desc(), StatusDecision.decided_at.desc())",
        cascade="all, delete-orphan",
        lazy="selectin",
    )
    call_in: Mapped[CallIn | None] = relationship(viewonly=True)

    @property
    def standing(self) -> StatusDecision | None:
        return self.decisions[0] if self.decisions else None

    @property
    def baseline(self) -> Baseline:
        return Baseline(self.usual_signals, self.slipping_signals, self.alarm_at)


class StatusDecision(Versioned, Base):
    """A decision on a place's status: since when, who decided, on what evidence, and when it is reviewed next."""

    __tablename__ = "markets_status_decision"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MARKET, ondelete="CASCADE"), index=True)
    status: Mapped[Status]
    since_on: Mapped[date]
    review_on: Mapped[date]
    decided_by: Mapped[Bilingual] = bilingual("decided_by", encrypted=True)
    evidence: Mapped[Bilingual] = bilingual("evidence", encrypted=True)
    member_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER))
    """The member who entered it; the public reads `decided_by`."""
    decided_at: Mapped[datetime] = mapped_column(default=now)
    corrected_on: Mapped[date | None]
    """The day on which words that were public were last replaced; the words from before are not kept."""


class Admission(Base):
    """A member's admission to a place while it is hidden. Without one no member may know of it, whatever their role."""

    __tablename__ = "markets_admission"

    market_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MARKET, ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER))
    admitted_at: Mapped[datetime]


class KeyTurned(Base):
    """One of the two confirmations that release a place. Each key is turned once, each member turns one."""

    __tablename__ = "markets_key_turned"
    __table_args__ = (sa.UniqueConstraint("market_id", "key"), sa.UniqueConstraint("market_id", "member_id"))

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MARKET, ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MEMBER))
    key: Mapped[GateKey]
    reason: Mapped[str] = mapped_column(Encrypted())
    turned_at: Mapped[datetime]


class CallIn(Translated, Versioned, Base):
    """A call-in: texts that are public from the minute it has ended. Who was invited and who spoke is never stored."""

    __tablename__ = "markets_call_in"

    PARITY = rules.CALL_IN

    market_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MARKET, ondelete="CASCADE"), primary_key=True)
    message: Mapped[Bilingual] = bilingual("message", encrypted=True)
    services: Mapped[Bilingual] = bilingual("services", encrypted=True)
    tonight: Mapped[Bilingual] = bilingual("tonight", encrypted=True)
    """What residents can do tonight and in the next days."""
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER))


class Evidence(Versioned, Base):
    """Evidence that one of the nine steps was taken, or that a condition of the work is met."""

    __tablename__ = "markets_evidence"
    __table_args__ = (sa.UniqueConstraint("market_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MARKET, ondelete="CASCADE"))
    item: Mapped[EvidenceItem]
    state: Mapped[EvidenceState]
    said: Mapped[str] = mapped_column(Encrypted())
    link: Mapped[str] = mapped_column(Encrypted())
    done_on: Mapped[date | None]
    member_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MEMBER))
    noted_at: Mapped[datetime]


class SeatTaken(Base):
    """A change of a seat at a place: filled by a new person, or empty, from a day on. Rows are only added.

    A sponsor and a community lead may not be members: only that the seat is filled is stored, not by which person.
    """

    __tablename__ = "markets_seat_taken"

    market_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MARKET, ondelete="CASCADE"), primary_key=True)
    seat: Mapped[PlaceSeat] = mapped_column(primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True)
    """Numbers the rows of a seat, because it may change twice on one day."""
    member_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER))
    is_filled: Mapped[bool]
    since_on: Mapped[date]


class Signal(Base):
    """A signal of selling at a place in some week. `source` is a keyed hash: one source counts once a week.

    It stores neither the observation nor the person, and after five weeks the hash is replaced, so that nothing leads
    back.
    """

    __tablename__ = "markets_signal"
    __table_args__ = (sa.UniqueConstraint("market_id", "source", "week_on"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MARKET, ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[SignalKind]
    week_on: Mapped[date]
    """The Monday of the week."""
    seen_on: Mapped[date]
    checked: Mapped[bool] = mapped_column(default=False)
    """A team member saw it, acted on it or is working on it."""
    corroborated: Mapped[bool] = mapped_column(default=False)
    """It counts for the alarm, see `gate_rules.is_corroborated`."""


class OutreachWeek(Base):
    """A week of outreach from door to door or the like, in which more conversations mean more reports."""

    __tablename__ = "markets_outreach_week"

    market_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MARKET, ondelete="CASCADE"), primary_key=True)
    week_on: Mapped[date] = mapped_column(primary_key=True)


class Review(Base):
    """The weekly review of a place, or one that an alarm opened. One that is overdue and unsigned is public."""

    __tablename__ = "markets_review"
    __table_args__ = (
        sa.UniqueConstraint("market_id", "due_on", "cause"),
        sa.CheckConstraint("(signed_on IS NULL) = (signed_by_id IS NULL)", name="signed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    market_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MARKET, ondelete="CASCADE"))
    cause: Mapped[Cause]
    opened_on: Mapped[date]
    due_on: Mapped[date]
    finding: Mapped[str] = mapped_column(Encrypted(), default="")
    """The community lead's text for the team; the public reads only that the review was held."""
    signed_on: Mapped[date | None]
    signed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(A_MEMBER))


# Built once: every public page asks for it several times, and an alias of the mapped class takes longer than the query.
PLACE_OF = table(Market).alias("place_of")
"""The place of an object, in a subquery about it."""
RELEASED = "market.released"
"""Audit action: a release was announced."""


def released() -> sa.ColumnElement[bool]:
    """Return the condition for a place that the public may know of: `gate_rules.is_public` in SQL."""
    return sa.and_(Market.released_at.is_not(None), Market.released_at <= now())


def may_be_shown(market_id: InstrumentedAttribute[int | None]) -> sa.ColumnElement[bool]:
    """Return the condition for an object that may be shown: tied to no place, or to one the public may know of.

    It is a correlated subquery, so that the newest of many rows are found without looking at all of them.
    """
    place = PLACE_OF.c
    shown = sa.select(place.id).where(place.id == market_id, place.released_at.is_not(None), place.released_at <= now())
    return sa.or_(market_id.is_(None), shown.exists())


def is_shown(market_id: int | None) -> bool:
    """Return whether the public may know of an object tied to this place, or to none."""
    shown = sa.select(Market.id).where(Market.id == market_id, released())
    return market_id is None or session.scalar(shown) is not None


def new_slug(title: str, market_id: int | None) -> str:
    """Return a slug with the words of a title; only its random tail for what is about a hidden place."""
    return slug(title if is_shown(market_id) else "", random_tail())


def public_markets() -> list[Market]:
    return sorted(session.scalars(_public()), key=_by_name)


def some_public_markets(most: int, skip: int = 0) -> tuple[list[Market], bool]:
    """Return `most` released places, after the first `skip`, and whether there are more. Raises `NotFound` beyond."""
    ids = [place.id for place in public_names()[skip : skip + most + 1]]
    if skip and not ids:
        raise NotFound
    return sorted(session.scalars(_public(Market.id.in_(ids[:most]))), key=_by_name), len(ids) > most


def _public(*conditions: sa.ColumnElement[bool]) -> sa.Select[Market]:
    call_ins = selectinload(Market.call_in).load_only(CallIn.ended_at)
    return sa.select(Market).where(released(), *conditions).options(call_ins)


def _by_name(place: Market | NamedPlace) -> tuple[str, int]:
    return place.name.en, place.id


# Runs with every report: built once, and on the table, which takes half as long as on the mapped class.
_MARKETS = table(Market).c
NAMES = sa.select(_MARKETS.id, _MARKETS.slug, _MARKETS.name_en, _MARKETS.name_es).where(
    _MARKETS.released_at.is_not(None), _MARKETS.released_at <= sa.bindparam("moment")
)


class NamedPlace(NamedTuple):
    id: int
    slug: str
    name: Bilingual


def words_of_public_names() -> list[str]:
    """Return the names of released places, in both languages, as names that everybody here knows."""
    return [name for place in public_names() for name in (place.name.en, place.name.es)]


def public_names() -> list[NamedPlace]:
    """`public_markets` where only names are needed: how they stand is not read."""
    rows = session.execute(NAMES, {"moment": now()})
    return sorted((NamedPlace(row.id, row.slug, Bilingual(row.name_en, row.name_es)) for row in rows), key=_by_name)


def public_market(slug: str) -> Market:
    """Return a released place; raise the same `NotFound` for a hidden place and for one that never existed."""
    return one(_public(Market.slug == slug))


def known_since(market: Market) -> date:
    """Return the first day on which the public could know of a released place."""
    ended_at = market.call_in.ended_at if market.call_in else None
    ended_on = ended_at.astimezone(zone()).date() if ended_at and ended_at <= now() else None
    return first_day((market.released_at or now()).astimezone(zone()).date(), ended_on)


def known_to(member_id: int) -> sa.ColumnElement[bool]:
    """Return the condition for a place that a member may know of: public, or they were admitted to it by name."""
    admissions = sa.select(Admission.market_id).where(Admission.member_id == member_id, may_be_inside())
    return sa.or_(released(), Market.id.in_(admissions))


def own_to(member_id: int) -> sa.ColumnElement[bool]:
    """Return the condition for a public place at which a member works: as owner, deputy, or admitted by name."""
    admissions = sa.select(Admission.market_id).where(Admission.member_id == member_id, may_be_inside())
    works = Market.owner_id == member_id, Market.deputy_id == member_id, Market.id.in_(admissions)
    return sa.and_(released(), sa.or_(*works))


def workers_at(market_id: int) -> frozenset[int]:
    """Return the ids of the members who work at a place in the sense of `own_to`, even before it is public."""
    row = session.execute(sa.select(Market.owner_id, Market.deputy_id).where(Market.id == market_id)).first()
    return admitted(market_id) | {member_id for member_id in row or () if member_id is not None}


@once_per_page
def known_markets(member_id: int) -> list[Market]:
    return sorted(session.scalars(sa.select(Market).where(known_to(member_id))), key=_by_name)


def knows_places(member_id: int) -> bool:
    return session.scalar(sa.select(Market.id).where(known_to(member_id)).limit(1)) is not None


def may_be_known(market_id: InstrumentedAttribute[int | None], member_id: int) -> sa.ColumnElement[bool]:
    """Return the condition for an object that a member may know of: tied to no place, or to one they may know of."""
    return sa.or_(market_id.is_(None), market_id.in_(sa.select(Market.id).where(known_to(member_id))))


def known_market(market_id: int, member_id: int, *, to_change: bool = False) -> Market:
    """Return a place that a member may know of, locked `to_change`; the same `NotFound` for a hidden one and none."""
    return one(sa.select(Market).where(Market.id == market_id, known_to(member_id)), to_change=to_change)


def admitted(market_id: int) -> frozenset[int]:
    """Return the ids of members with a valid admission: they may know of the place while it is hidden."""
    return frozenset(
        session.scalars(sa.select(Admission.member_id).where(Admission.market_id == market_id, may_be_inside()))
    )


def may_be_inside() -> sa.ColumnElement[bool]:
    # The role wall comes first: an admitted member with another role now may know of nothing.
    able = sa.exists().where(RoleHeld.member_id == Admission.member_id, RoleHeld.role.in_(rules.MAY_KNOW))
    # An administrator can send any member a link for a new password; another person may have used it.
    same = sa.exists().where(
        Member.id == Admission.member_id,
        sa.or_(Member.renewed_at.is_(None), Member.renewed_at < Admission.admitted_at),
    )
    return sa.and_(able, same)


def admitted_market(market_id: int, member_id: int, *, to_change: bool = False) -> Market:
    """Return a place to which a member is admitted by name; raise `NotFound` otherwise, even if it is public."""
    if member_id not in admitted(market_id):
        raise NotFound
    return known_market(market_id, member_id, to_change=to_change)


def admitted_people(market_id: int) -> Sequence[Member]:
    """Return all members with an admission, by name, including those who left or lapsed, so that this shows."""
    theirs = sa.select(Member).join(Admission, Admission.member_id == Member.id)
    return session.scalars(theirs.where(Admission.market_id == market_id).order_by(Member.name, Member.id)).all()


def key_holders(market_id: int) -> dict[int, frozenset[str]]:
    """Return the roles of the active members with a valid admission: their keys count."""
    inside = admitted(market_id)
    present = (member for member in admitted_people(market_id) if member.left_at is None)
    return {member.id: member.roles for member in present if member.id in inside}


def call_in(market_id: int, *, to_change: bool = False) -> CallIn | None:
    return session.get(CallIn, market_id, with_for_update=to_change)


def evidence(market_id: int) -> dict[EvidenceItem, Evidence]:
    return {row.item: row for row in session.scalars(sa.select(Evidence).where(Evidence.market_id == market_id))}


def about_public_places() -> sa.ColumnElement[bool]:
    """Return the condition for an audit event that its readers may see: none about a hidden place."""
    hidden = sa.select(sa.cast(Market.id, sa.String)).where(sa.not_(released()) | Market.released_at.is_(None))
    return sa.or_(AuditEvent.object_type != "market", AuditEvent.object_id.not_in(hidden))


def seats(market: Market) -> dict[PlaceSeat, tuple[str, Lapse | None]]:
    """Return the names of a place's owner and deputy; for a vacant seat "", and why it is vacant."""
    inside, here = admitted(market.id), {}
    for seat, member_id in ((PlaceSeat.OWNER, market.owner_id), (PlaceSeat.DEPUTY, market.deputy_id)):
        member = session.get(Member, member_id) if member_id else None
        gone = member is not None and member.left_at is not None
        vacant = lapse(has_left=gone, roles=member.roles, is_admitted=member.id in inside) if member else Lapse.NOBODY
        here[seat] = "" if vacant or not member else member.name, vacant
    return here


def seats_taken(market_id: int) -> Sequence[SeatTaken]:
    """Return every change of a seat of a place, the newest last."""
    return session.scalars(sa.select(SeatTaken).where(SeatTaken.market_id == market_id).order_by(SeatTaken.turn)).all()


def turnovers(market_id: int) -> dict[PlaceSeat, Turnover]:
    rows = seats_taken(market_id)
    return {seat: turnover([row for row in rows if row.seat == seat], today()) for seat in PlaceSeat}


GATHERINGS: Hook[Callable[[datetime], Iterable[int | None]]] = Hook("places of gatherings ahead")
"""Each returns the place id of each gathering planned until then, one for each, None without a place."""


def exposed_places(member_id: int) -> list[Market]:
    """Return hidden places, known to the member, that are the only ones for which people meet in the coming weeks."""
    until = now() + CHECKED_AHEAD
    planned = [place for gather in GATHERINGS.plugged() for place in gather(until)]
    hinted = exposed(planned, {market.id for market in public_names()})
    return [market for market in known_markets(member_id) if market.id in hinted] if hinted else []

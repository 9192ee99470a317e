"""Which promises the public may see, and which the team may. The gate of a place decides for both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import selectinload

from portal.accounts.models import Member
from portal.accounts.reminders.rules import STILL_LATE, WEEK
from portal.accounts.rules.roles import Role
from portal.commitments.models import Commitment, EvidenceFile, Hearing, Item, LedgerEntry, Slip
from portal.commitments.rules.promises import KEEPERS, Person, Standing, Verdict
from portal.core.addresses import is_slug
from portal.core.clock import today
from portal.core.db import session
from portal.core.errors import NotFound
from portal.markets.audited import about_shown
from portal.markets.queries import may_be_known, may_be_shown
from portal.organisations.models import Office
from portal.organisations.queries import organisations_of

PAGE = 24
FEED = 30
SOON = timedelta(days=7)


def shown() -> ColumnElement[bool]:
    """The condition for a promise that the public may see."""
    return and_(Commitment.published_at.is_not(None), may_be_shown(Commitment.market_id))


def stands(standing: Standing) -> ColumnElement[bool]:
    """The condition for a promise that stands so today; `rules.standing` in SQL."""
    match standing:
        case Standing.KEPT | Standing.BROKEN:
            return Commitment.verdict == standing.value
        case Standing.LATE:
            return and_(Commitment.verdict.is_(None), Commitment.due_on < today())
    return and_(Commitment.verdict.is_(None), Commitment.due_on >= today())


def _in_order(rows: Select[Commitment]) -> Select[Commitment]:
    """What is open first, the longest overdue at the top; then what is judged, the newest first."""
    judged = case((Commitment.verdict.is_(None), 0), else_=1)
    open_by_day = case((Commitment.verdict.is_(None), Commitment.due_on))
    return rows.order_by(judged, open_by_day, Commitment.judged_on.desc(), Commitment.id)


def public_commitments(
    *,
    standing: Standing | None = None,
    office_id: int | None = None,
    market_id: int | None = None,
) -> Select[Commitment]:
    """Promises that the public may see, of one kind or all."""
    found = select(Commitment).where(shown())
    if standing is not None:
        found = found.where(stands(standing))
    if office_id is not None:
        found = found.where(Commitment.office_id == office_id)
    if market_id is not None:
        found = found.where(Commitment.market_id == market_id)
    return _in_order(found)


def commitments_page(rows: Select[Commitment], page: int) -> tuple[Sequence[Commitment], bool]:
    """A page of promises, and whether there are more. Raises `NotFound` beyond the end."""
    found = session.scalars(rows.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    if page > 1 and not found:
        raise NotFound
    return found[:PAGE], len(found) > PAGE


def counts(*, office_id: int | None = None, market_id: int | None = None) -> dict[Standing, int]:
    """How many public promises stand in each way."""
    kinds = case(
        (Commitment.verdict == Verdict.KEPT.value, Standing.KEPT.value),
        (Commitment.verdict == Verdict.BROKEN.value, Standing.BROKEN.value),
        (Commitment.due_on < today(), Standing.LATE.value),
        else_=Standing.DUE.value,
    )
    asked = select(kinds, func.count()).where(shown()).group_by(kinds)
    if office_id is not None:
        asked = asked.where(Commitment.office_id == office_id)
    if market_id is not None:
        asked = asked.where(Commitment.market_id == market_id)
    found = {Standing(kind): count for kind, count in session.execute(asked)}
    return {one: found.get(one, 0) for one in Standing}


def commitments_at(market_id: int, most: int = 6) -> Sequence[Commitment]:
    """The first of the public promises about a place."""
    return session.scalars(public_commitments(market_id=market_id).limit(most)).all()


def public_commitment(slug: str) -> Commitment:
    """A public promise, or `NotFound`: the same for a hidden one and for one that never was."""
    asked = select(Commitment).where(shown(), Commitment.slug == slug)
    found = session.scalars(_whole(asked)).first() if is_slug(slug) else None
    if found is None:
        raise NotFound
    return found


def files_of(commitment: Commitment) -> list[EvidenceFile]:
    """The files that show how a promise goes and were not taken out."""
    return [entry.file for entry in commitment.entries if entry.file is not None and entry.file.is_there]


def file_in(commitment: Commitment, file_id: int) -> EvidenceFile:
    """One of them, or `NotFound`: the same for one that was taken out and for one that never was."""
    for file in files_of(commitment):
        if file.id == file_id:
            return file
    raise NotFound


def latest_entries(market_id: int | None = None) -> Sequence[LedgerEntry]:
    """The newest steps of public promises, for feeds."""
    asked = select(LedgerEntry).join(LedgerEntry.commitment).where(shown())
    if market_id is not None:
        asked = asked.where(Commitment.market_id == market_id)
    return session.scalars(asked.order_by(LedgerEntry.at.desc(), LedgerEntry.position.desc()).limit(FEED)).all()


def _whole(rows: Select[Commitment]) -> Select[Commitment]:
    return rows.options(selectinload(Commitment.entries), selectinload(Commitment.milestones))


def public_office(office_id: int) -> Office:
    """An office that made a promise the public may see, or `NotFound`."""
    asked = select(Office).where(Office.id == office_id, Office.id.in_(select(Commitment.office_id).where(shown())))
    found = session.scalars(asked).first()
    if found is None:
        raise NotFound
    return found


def person(member: Member) -> Person:
    """A member as the rules see them."""
    return Person(frozenset(member.roles), organisations_of(member.id))


def may_see(member: Member) -> ColumnElement[bool]:
    """The condition for a promise that a member may know of.

    A draft is for those who may write it: what an office has not said in public is not for the other side to read.
    """
    me = person(member)
    own = select(Office.id).where(Office.organisation_id.in_(me.organisations))
    drafts = or_(Commitment.author_id == member.id, Commitment.office_id.in_(own))
    if Role.ORGANIZER in me.roles:
        # What was decided in public: it stands in the report-back that any of them may write on.
        drafts = or_(drafts, Commitment.origin.is_not(None))
    mine = true() if me.roles & KEEPERS else or_(Commitment.published_at.is_not(None), drafts)
    return and_(may_be_known(Commitment.market_id, member.id), mine)


def team_commitments(member: Member, standing: Standing | None = None) -> Select[Commitment]:
    """Drafts and published promises that a member may know of, the drafts first."""
    found = select(Commitment).where(may_see(member)).order_by(Commitment.published_at.is_not(None))
    if standing is not None:
        found = found.where(Commitment.published_at.is_not(None), stands(standing))
    return _in_order(found)


def team_commitment(commitment_id: int, member: Member, *, to_change: bool = False) -> Commitment:
    """A promise that a member may know of, or `NotFound`; `to_change` makes a second person wait."""
    asked = select(Commitment).where(Commitment.id == commitment_id, may_see(member))
    found = session.scalars(_whole(asked.with_for_update(of=Commitment) if to_change else asked)).first()
    if found is None:
        raise NotFound
    return found


def due_soon(member: Member) -> Sequence[Commitment]:
    """Open promises that are late or fall due within a week, of those a member may know of."""
    rows = team_commitments(member).where(
        Commitment.published_at.is_not(None), Commitment.verdict.is_(None), Commitment.due_on <= today() + SOON
    )
    return session.scalars(rows).all()


def promises_near() -> Sequence[Commitment]:
    """Open promises, hidden ones too, of whose day people may have to be reminded."""
    near = Commitment.due_on.between(today() - STILL_LATE, today() + WEEK)
    asked = select(Commitment).where(Commitment.published_at.is_not(None), Commitment.verdict.is_(None), near)
    return session.scalars(_whole(asked)).all()


def hearings() -> Sequence[Hearing]:
    """Every hearing, the newest first."""
    return session.scalars(select(Hearing).order_by(Hearing.opens_on.desc(), Hearing.id)).all()


def hearing_of(hearing_id: int) -> Hearing:
    """A hearing by its id, or `NotFound`."""
    found = session.get(Hearing, hearing_id)
    if found is None:
        raise NotFound
    return found


def slips_left(hearing_id: int) -> int:
    """How many slips of a hearing were not answered yet."""
    return session.scalar(select(func.count()).where(Slip.hearing_id == hearing_id)) or 0


def slip(code_hash: str, *, to_use: bool = False) -> Slip | None:
    """An unanswered slip by the hash of its code."""
    asked = select(Slip).where(Slip.code_hash == code_hash)
    return session.scalars(asked.with_for_update() if to_use else asked).first()


def answers_about(commitment_ids: Iterable[int]) -> Sequence[Item]:
    """What residents said of promises at hearings that are over, the newest first."""
    ended = select(Hearing.id).where(Hearing.closes_on < today())
    asked = (
        select(Item).join(Item.hearing).where(Item.commitment_id.in_(list(commitment_ids)), Item.hearing_id.in_(ended))
    )
    return session.scalars(asked.order_by(Hearing.closes_on.desc())).all()


def answerable() -> Sequence[Commitment]:
    """Promises that can stand on a slip: those that the public may see, as slips go to anybody."""
    return session.scalars(public_commitments()).all()


def about_shown_commitments() -> ColumnElement[bool]:
    """The condition for an event of the audit log that tells of no promise about a hidden place."""
    return about_shown("commitment", Commitment.id, Commitment.market_id)

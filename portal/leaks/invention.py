"""An invented hidden place with every kind of record a place can have, for the length of a drill.

Its rows are created directly and not by actions: those would publish a new cache version, for which others might have
to wait.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.commitments.promise_states import PromiseStep
from portal.commitments.promises import Commitment, EvidenceFile, LedgerEntry
from portal.core.audit import record
from portal.core.clock import now, today, week_of
from portal.core.db import db, session
from portal.core.files.uploads import CleanFile, UploadKind
from portal.core.i18n import Bilingual
from portal.core.slugs import random_tail
from portal.markets.gate_rules import EvidenceItem, EvidenceState, GateKey
from portal.markets.map.sheets import MapFeature, SheetKind, city_sheet
from portal.markets.places import (
    Admission,
    CallIn,
    Evidence,
    KeyTurned,
    Market,
    OutreachWeek,
    Review,
    SeatTaken,
    Signal,
    StatusDecision,
)
from portal.markets.reviews import Cause, SignalKind
from portal.markets.status import PlaceSeat
from portal.meetings.meeting import Meeting, MeetingPlan
from portal.meetings.readiness import NEEDS, TEXTS, MeetingState, OfferAnswer
from portal.news.posts import Post
from portal.organisations.organisations import Office

SIDE = 0.002
SOON = timedelta(days=7)


def add_canary(insider_id: int) -> None:
    """Add the place with all its records, known to one member.

    Use only inside `db.rehearsal()`.
    """
    name = Bilingual(f"{random_tail()} {random_tail()}", f"{random_tail()} {random_tail()}")
    with db.work():
        market = _place(name)
        author_id = insider_id
        _boundary(market.id)
        session.add(CallIn(market_id=market.id, message=name, services=name, tonight=name, ended_at=now()))
        session.add(_meeting(name, market.id, author_id))
        said = {"title": name, "summary": name, "body": name, "author_id": author_id, "market_id": market.id}
        session.add(Post(slug=random_tail(), created_at=now(), updated_at=now(), published_at=now(), **said))
        session.add(Post(slug=random_tail(), created_at=now(), updated_at=now(), **said))
        _promise(name, market.id, author_id)
        _work(market, insider_id, name)


def _place(name: Bilingual) -> Market:
    market = Market(slug=f"{random_tail()}-{random_tail()}", name=name, own_name=name, about=name)
    market.services = market.why_here = name
    decision = StatusDecision(status="holding", since_on=today(), review_on=today() + SOON, decided_by=name)
    decision.evidence = name
    market.decisions = [decision]
    session.add(market)
    session.flush()
    return market


def _work(market: Market, insider_id: int, name: Bilingual) -> None:
    """Add the team's records of a place: admission, key, evidence, signals, review, and audit events."""
    market.owner_id = insider_id
    monday = week_of(today())
    about = {"market_id": market.id}
    session.add(Admission(**about, member_id=insider_id, admitted_at=now()))
    session.add(KeyTurned(**about, member_id=insider_id, key=GateKey.COMMUNITY_LEAD, reason=name.en, turned_at=now()))
    session.add(
        SeatTaken(**about, seat=PlaceSeat.OWNER, turn=1, member_id=insider_id, is_filled=True, since_on=today())
    )
    noted = {"item": EvidenceItem.STEP_1, "state": EvidenceState.DONE, "said": name.en, "link": "", "done_on": today()}
    session.add(Evidence(**about, **noted, member_id=insider_id, noted_at=now()))
    session.add(Signal(**about, source="drill", kind=SignalKind.TEAM, week_on=monday, seen_on=today()))
    session.add(OutreachWeek(**about, week_on=monday))
    session.add(Review(**about, cause=Cause.WEEKLY, opened_on=monday, due_on=monday))
    for act in ("market.begun", "market.key_turned", "market.evidence_noted"):
        record(act, "market", market.id, insider_id)


def _meeting(name: Bilingual, market_id: int, author_id: int) -> Meeting:
    starts_at = now() + SOON
    meeting = Meeting(
        uid=random_tail(), slug=random_tail(), state=MeetingState.PUBLISHED, sequence=0, author_id=author_id
    )
    said: dict[str, Any] = {**dict.fromkeys(TEXTS, name), **dict.fromkeys(NEEDS, OfferAnswer.YES)}
    plan = MeetingPlan(
        **said,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        report_back_on=starts_at.date() + SOON,
        market_id=market_id,
    )
    meeting.take_values(vars(plan))
    meeting.change_reason = Bilingual("", "")
    meeting.created_at = meeting.updated_at = meeting.published_at = now()
    return meeting


def _promise(name: Bilingual, market_id: int, author_id: int) -> None:
    """Add a promise about the place with a file as evidence, if there is an office to make one."""
    office = session.scalars(select(Office).limit(1)).first()
    if office is None:
        return
    promise = Commitment(slug=random_tail(), author_id=author_id, what=name, made_at=name, made_on=today())
    promise.due_on = promise.first_due_on = today() + SOON
    promise.office_id, promise.market_id = office.id, market_id
    promise.created_at = promise.updated_at = promise.published_at = now()
    entry = LedgerEntry(position=1, step=PromiseStep.EVIDENCE, text=name, by_id=author_id, at=now())
    entry.file = EvidenceFile.of(CleanFile(UploadKind.TEXT, f"{name.en} {name.es}".encode()))
    promise.entries.append(entry)
    session.add(promise)
    session.flush()


def _boundary(market_id: int) -> None:
    sheet = city_sheet()
    if sheet is None:
        return
    east, north = sheet.west + SIDE, sheet.south + SIDE
    ring = f"[[{sheet.west},{sheet.south}],[{east},{sheet.south}],[{east},{north}],[{sheet.west},{sheet.south}]]"
    shape = f'{{"type": "Polygon", "coordinates": [{ring}]}}'
    session.add(MapFeature(kind=SheetKind.BOUNDARY, market_id=market_id, name=Bilingual("", ""), geometry=shape))

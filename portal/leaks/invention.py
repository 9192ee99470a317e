"""An invented hidden place with everything that a place can have, for the length of a drill.

Its rows are made here and not by actions: those would take a new edition, for which others might have to wait.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from portal.accounts.models import Member
from portal.core.addresses import random_tail
from portal.core.clock import now, today
from portal.core.db import db, random_id, session
from portal.core.i18n import Bilingual
from portal.markets.map.models import Kind, MapFeature
from portal.markets.map.queries import city_sheet
from portal.markets.models import CallIn, Market, StatusDecision
from portal.meetings.models import Meeting, Plan
from portal.meetings.rules import NEEDS, TEXTS, Answer, State
from portal.news.models import Post

SIDE = 0.002
SOON = timedelta(days=7)


def add_canary() -> None:
    """Add the place, and a meeting, news and a boundary tied to it; only ever inside of `db.rehearsal()`."""
    name = Bilingual(f"{random_tail()} {random_tail()}", f"{random_tail()} {random_tail()}")
    with db.work():
        market = _place(name)
        author_id = _somebody()
        _boundary(market.id)
        session.add(CallIn(market_id=market.id, message=name, services=name, tonight=name, ended_at=now()))
        session.add(_meeting(name, market.id, author_id))
        said = {"title": name, "summary": name, "body": name, "author_id": author_id, "market_id": market.id}
        session.add(Post(slug=random_tail(), created_at=now(), updated_at=now(), published_at=now(), **said))


def _place(name: Bilingual) -> Market:
    market = Market(slug=f"{random_tail()}-{random_tail()}", name=name, own_name=name, about=name)
    market.services = market.why_here = name
    decision = StatusDecision(status="holding", since_on=today(), review_on=today() + SOON, decided_by=name)
    decision.evidence = name
    market.decisions = [decision]
    session.add(market)
    session.flush()
    return market


def _meeting(name: Bilingual, market_id: int, author_id: int) -> Meeting:
    starts_at = now() + SOON
    meeting = Meeting(uid=random_tail(), slug=random_tail(), state=State.PUBLISHED, sequence=0, author_id=author_id)
    said: dict[str, Any] = {**dict.fromkeys(TEXTS, name), **dict.fromkeys(NEEDS, Answer.YES)}
    meeting.take(
        Plan(
            **said,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            report_back_on=starts_at.date() + SOON,
            market_id=market_id,
        )
    )
    meeting.change_reason = Bilingual("", "")
    meeting.created_at = meeting.updated_at = meeting.published_at = now()
    return meeting


def _boundary(market_id: int) -> None:
    sheet = city_sheet()
    if sheet is None:
        return
    east, north = sheet.west + SIDE, sheet.south + SIDE
    ring = f"[[{sheet.west},{sheet.south}],[{east},{sheet.south}],[{east},{north}],[{sheet.west},{sheet.south}]]"
    shape = f'{{"type": "Polygon", "coordinates": [{ring}]}}'
    session.add(MapFeature(kind=Kind.BOUNDARY, market_id=market_id, name=Bilingual("", ""), geometry=shape))


def _somebody() -> int:
    found = session.scalar(select(Member.id).limit(1))
    if found is not None:
        return found
    nobody = Member(id=random_id(), email="drill", name="", password_hash="", public_key=b"", wrapped_private_key=b"")
    nobody.created_at = now()
    session.add(nobody)
    session.flush()
    return nobody.id

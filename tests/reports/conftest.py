"""Who sits at the desks, with one report; and desks that take what residents send."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.users import Desk, DeskKey, Member
from portal.reports.reports import Keys
from tests.conftest import Work
from tests.make import make_desk, make_market, make_member, make_report, private_key_of
from tests.page import Page

WORDS = "Venden junto a la fuente."


def keys_of(session: Session, desk: Desk) -> Keys:
    """What a member of the desk has once unlocked."""
    return {key.id: private_key_of(key) for key in session.scalars(select(DeskKey).where(DeskKey.desk_id == desk.id))}


def words_on(page: Page) -> tuple[str, ...]:
    """The code words that a page shows."""
    return tuple("".join(item.itertext()) for item in page.find_all("#code-words li"))


@dataclass(frozen=True)
class Desks:
    """Two at the triage desk, the oversight contact, and one report at a public place."""

    ana: Member
    ben: Member
    olga: Member
    triage_id: int
    market_id: int
    thread_id: int
    code: tuple[str, ...]

    @property
    def address(self) -> str:
        return f"/en/desk/{self.thread_id}"


@pytest.fixture
def desks(work: Work) -> Desks:
    with work() as session:
        ana, ben = make_member(session, name="Ana Ruiz"), make_member(session, name="Ben")
        olga = make_member(session, ("oversight",), name="Olga")
        triage = make_desk(session, [ana, ben])
        make_desk(session, [olga], "oversight")
        market = make_market(session)
        filed = make_report(WORDS, language="es", market_id=market.id)
        return Desks(ana, ben, olga, triage.id, market.id, filed.thread_id, filed.code)


@pytest.fixture
def open_desks(work: Work) -> None:
    """A triage desk, an oversight desk and a public place; `desk_of` reads as who sits there."""
    with work() as session:
        seated = [make_member(session, email=f"{name}@portal.test") for name in ("ana", "bo")]
        make_desk(session, seated)
        make_desk(session, [make_member(session, ("oversight",), email="olga@portal.test")], "oversight")
        make_market(session)

"""Who sits at the desks, with one report; and desks that take what residents send."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.users import Desk, DeskKey
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


class Desks:
    """Two at the triage desk, the oversight contact, and one report at a public place."""

    def __init__(self, session: Session) -> None:
        self.ana, self.ben = make_member(session, name="Ana Ruiz"), make_member(session, name="Ben")
        self.olga = make_member(session, ("oversight",), name="Olga")
        self.triage_id = make_desk(session, [self.ana, self.ben]).id
        make_desk(session, [self.olga], "oversight")
        self.market_id = make_market(session).id
        filed = make_report(WORDS, language="es", market_id=self.market_id)
        self.thread_id, self.code = filed.thread_id, filed.code
        self.address = f"/en/desk/{self.thread_id}"


@pytest.fixture
def desks(work: Work) -> Desks:
    with work() as session:
        return Desks(session)


@pytest.fixture
def open_desks(work: Work) -> None:
    """A triage desk, an oversight desk and a public place; `desk_of` reads as who sits there."""
    with work() as session:
        seated = [make_member(session, email=f"{name}@portal.test") for name in ("ana", "bo")]
        make_desk(session, seated)
        make_desk(session, [make_member(session, ("oversight",), email="olga@portal.test")], "oversight")
        make_market(session)

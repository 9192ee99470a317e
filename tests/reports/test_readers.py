"""Nothing is passed on to people of whom none can read it without somebody knowing: the desk first, then the place."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.accounts.users import DeskKey, DeskKeyCopy, Member
from portal.core.statuses import NotFound, Refused
from portal.core.web import Portal
from portal.markets.places import Market
from portal.reports import referrals, threads
from portal.reports.notices import dues_of, waiting_rows
from portal.reports.reports import (
    PassedOn,
    Thread,
    is_stranded,
    readers,
    readers_of,
    received_one,
    stranded_threads,
    unreached,
)
from portal.reports.triage import Category, Referral, TriageState
from tests.conftest import Work
from tests.make import let_in, make_member, make_report, seat
from tests.page import reader_of
from tests.reports.test_referrals import FINDING, READABLE, Town, make_town

NOBODY = "Nobody there can read it"
ON_BOARD = "Nobody reads what is passed on"
TO_TEAM = "Nobody can read what the desk passes on to the team of this place."
FOUNTAIN = "By the fountain."


def hand_to_clergy(session: Session, town: Town) -> None:
    """The place gets an owner and a deputy of whom neither may open the team's desk."""
    town.market.owner_id, town.market.deputy_id = (make_member(session, ["faith_partner"]).id for _each in range(2))
    session.flush()


def test_readers_are_those_who_find_it_and_open_it(session: Session) -> None:
    town = make_town(session)
    pastor = make_member(session, ["faith_partner"])
    colleague, without_key = make_member(session, ["organizer"]), make_member(session, ["community_lead"])
    seat(session, town.team, colleague)
    town.market.deputy_id = pastor.id
    let_in(session, town.market, without_key)
    let_in(session, town.elsewhere, colleague)
    assert readers(Referral.TEAM, town.market.id) == {town.owner.id}
    assert readers(Referral.TEAM, town.elsewhere.id) == {colleague.id}
    assert readers(Referral.POLICE, town.market.id) == {town.liaison.id}
    assert readers(Referral.POLICE, town.elsewhere.id) == frozenset()
    assert readers(Referral.OUTREACH, town.elsewhere.id) == readers(Referral.OUTREACH, None) == {town.joel.id}
    # While nobody has said where it is, the form can only say: sort it first.
    assert readers(Referral.TEAM, None) == {town.owner.id, colleague.id}
    row, found = town.share(), set()
    for member in (town.owner, colleague):
        with suppress(NotFound):
            found.add(received_one(row.id, member.id, [town.team.id]) and member.id)
    assert readers_of(row) == found == {town.owner.id}


@pytest.mark.both_databases
def test_what_nobody_can_read_waits_at_the_desk_again(session: Session) -> None:
    town = make_town(session)
    row, answered, police = town.share(), town.share(), town.share(Referral.POLICE)
    referrals.answer_desk(answered, FINDING, town.owner.id)
    desks = [town.desk.id]
    assert stranded_threads(desks) == set()
    hand_to_clergy(session, town)
    assert stranded_threads(desks) == {row.thread_id}
    assert [is_stranded(one) for one in (row, answered, police)] == [True, False, False]
    # Whoever passed it on hears of it: nobody else can.
    assert {
        due.member_id
        for due in [due for row_id in waiting_rows() for due in dues_of(row_id)]
        if due.about.endswith(f" {row.id}")
    } == {town.ana.id}
    assert stranded_threads([town.team.id]) == set()
    lead = make_member(session, ["community_lead"])
    seat(session, town.team, lead)
    let_in(session, town.market, lead)
    assert stranded_threads(desks) == set()
    threads.take_back(session.get_one(Thread, row.thread_id), row, town.ana.id)
    assert not is_stranded(row)


def test_a_lost_key_strands_what_was_sealed_to_it(session: Session) -> None:
    town = make_town(session)
    row = town.share()
    # They begin anew without the old phrase: the desk is open again, but what came in before is locked for good.
    for key in session.scalars(select(DeskKey).where(DeskKey.desk_id == town.team.id)):
        session.execute(delete(DeskKeyCopy).where(DeskKeyCopy.desk_key_id == key.id))
    assert is_stranded(row)
    assert readers(Referral.TEAM, town.market.id) == frozenset()


def test_whom_nothing_reaches_at_a_place(session: Session) -> None:
    town = make_town(session)
    assert (unreached(town.market.id), unreached(town.elsewhere.id)) == ([], [Referral.TEAM, Referral.POLICE])
    hand_to_clergy(session, town)
    assert unreached(town.market.id) == [Referral.TEAM]
    thread = town.file()
    for readable in (READABLE, ""):
        with pytest.raises(Refused, match="nobody_reads"), session.begin_nested():
            threads.pass_on(thread, Referral.TEAM, "", town.ana.id, readable)
    assert (thread.state, thread.passed_to, thread.passed_on) == (TriageState.NEW, None, None)


# --- what people are shown ---


def at_clergy(work: Work) -> tuple[Member, int, int]:
    """Somebody at the desk, with a report at a place of which no team member can read; a liaison can."""
    with work() as session:
        town = make_town(session)
        hand_to_clergy(session, town)
        thread = make_report(FOUNTAIN, category=Category.SELLING, market_id=town.market.id).thread
        return town.ana, thread.id, town.market.id


def test_the_desk_cannot_choose_them_and_reads_why(app: Portal, work: Work) -> None:
    ana, thread_id, _place = at_clergy(work)
    page = reader_of(app, ana)(f"/en/desk/{thread_id}", quotes=(FOUNTAIN,))
    ways = {one.get("value", "") for one in page.find_all("select[name=then] option")}
    assert "pass police" in ways and "pass team" not in ways
    assert "Nobody who can open it there works" in page.text
    said = {"readable": READABLE, "what": "Thank you."}
    page.form_with("what").submit(quotes=(FOUNTAIN, *said.values()), then="pass police", **said)
    with work() as session:
        assert session.get_one(Thread, thread_id).passed_to == Referral.POLICE
        assert session.scalars(select(PassedOn)).one()


def test_the_desk_sees_what_nobody_is_left_to_read(app: Portal, work: Work) -> None:
    with work() as session:
        town = make_town(session)
        ana, thread_id = town.ana, town.share().thread_id
    quotes = (READABLE, "Ed Smith sells by the fountain")
    assert NOBODY not in reader_of(app, ana)(f"/en/desk/{thread_id}", quotes=quotes).text
    assert not reader_of(app, ana)("/en/desk/").has("main ul.rows li")
    with work() as session:
        place = session.get_one(Market, town.market.id)
        place.owner_id = make_member(session, ["faith_partner"]).id
    assert NOBODY in reader_of(app, ana)("/en/desk/", quotes=quotes).text
    page = reader_of(app, ana)(f"/en/desk/{thread_id}", quotes=quotes)
    assert NOBODY in page.text
    page.form("/take-back").submit(quotes=quotes)
    assert NOBODY not in reader_of(app, ana)(f"/en/desk/{thread_id}", quotes=quotes).text


def test_the_board_and_the_scorecard_warn(app: Portal, work: Work) -> None:
    _ana, _thread_id, place = at_clergy(work)
    with work() as session:
        lead = make_member(session, ["community_lead"])
        pastor = session.get_one(Member, session.get_one(Market, place).owner_id)
    for reader in (reader_of(app, lead), reader_of(app, pastor)):
        assert ON_BOARD in reader("/en/team/board/").text
        assert TO_TEAM in reader(f"/en/team/board/{place}").text
    source = "Saunders, Ober, Kilmer, Greathouse (RAND), 2016"
    assert TO_TEAM in reader_of(app, lead)(f"/en/team/board/{place}/scorecard", quotes=(source,)).text
    with work() as session:
        organizer = next(one for one in session.scalars(select(Member)) if one.roles == {"organizer"})
        session.get_one(Market, place).deputy_id = organizer.id
    assert ON_BOARD not in reader_of(app, organizer)("/en/team/board/").text
    assert TO_TEAM not in reader_of(app, lead)(f"/en/team/board/{place}").text
    assert TO_TEAM not in reader_of(app, lead)(f"/en/team/board/{place}/scorecard", quotes=(source,)).text

"""The first page of a member: what waits for them and no one else, what is overdue, and their next evening."""

import re
from datetime import timedelta

from sqlalchemy import delete

from portal.accounts.desk_keys import desk_of_kind, give_seat
from portal.accounts.users import DeskKeyCopy, Member
from portal.core.clock import now, today
from portal.markets.call_in import CallInText, prepare_call_in
from portal.markets.gate import turn_key
from portal.markets.places import Market
from portal.reports.reports import Thread
from tests.accounts.doors import sign_in as enter
from tests.make import both, let_in, make_desk, make_market, make_meeting, make_member, make_report
from tests.page import reader_of

LONG_AGO = timedelta(days=40)
WORDS = CallInText(both("It stops.", "Se acaba."), both("Work.", "Trabajo."), both("Talk.", "Hablen."))


def shown(app, member, lang="en"):
    """The words of the member's page."""
    quotes = ("Porch talk", "Old talk", "Canal", member.name)
    page = reader_of(app, member)(f"/{lang}/team/today/", quotes=quotes)
    return " ".join(" ".join(page.find("main").itertext()).split())


def test_signing_in_leads_there_and_it_may_be_empty(app, page, work):
    with work() as session:
        member = make_member(session, ("evaluator",), email="ana@portal.test", created_at=now() - LONG_AGO)
    assert enter(page).path == "/en/team/today/"
    assert "Nothing waits for you." in shown(app, member)
    assert "No hay nada pendiente para usted." in shown(app, member, "es")


def test_desk_counts_what_waits_and_is_overdue(app, work):
    with work() as session:
        ana, ben, other = make_member(session), make_member(session), make_member(session, ("organizer",))
        desk = make_desk(session, [ana])
        for words in ("Cars stop.", "Cars stop.", "Cars stop.", "He has a gun.", "Spam, spam, spam."):
            make_report(words)
        give_seat(desk, ben.id, None)
    with work() as session:
        rows = session.query(Thread).order_by(Thread.id).all()
        rows[0].clock_from = rows[1].clock_from = today() - LONG_AGO
        rows[2].in_flood = True
    said = shown(app, ana)
    assert "2 reports are overdue" in said
    assert "5 reports wait at the desk" in said
    assert "1 colleague waits to be let in" in said
    assert "report" not in shown(app, other).casefold()
    # A desk that is still closed to somebody tells them no number.
    said = shown(app, ben)
    assert "You cannot open this desk yet" in said
    assert not re.search(r"\d reports?\b", said)


def test_desk_that_nobody_can_open_sends_nobody_to_colleague(app, work):
    lost, new = "Nobody can open this desk now", "Nobody can open this desk yet"
    with work() as session:
        ana, olaf = make_member(session), make_member(session, ("organizer",), email="olaf@example.org")
        make_desk(session, [ana])
        session.execute(delete(DeskKeyCopy))
        give_seat(desk_of_kind("team"), olaf.id, None)
    for member, says, room in ((ana, lost, "desk"), (olaf, new, "received")):
        reader = reader_of(app, member)
        for address in ("team/today", room, "colleagues"):
            page = reader(f"/en/{address}/").text
            assert says in page, address
            assert "sk a colleague" not in page, address


def test_a_meeting_waits_for_whoever_answers_for_it(app, work):
    with work() as session:
        marta, olaf = make_member(session, ("organizer",)), make_member(session, ("organizer",))
        make_meeting(session, marta, starts_at=now() + timedelta(days=5), title=both("Porch talk", "Charla"))
        make_meeting(session, marta, starts_at=now() - LONG_AGO, title=both("Old talk", "Charla vieja"), slug="old")
    said, other = shown(app, marta), shown(app, olaf)
    for told in ("Say what came of “Old talk”", "Due now", "Your next evening", "Porch talk"):
        assert told in said
    assert "Old talk" not in other
    assert "The next meeting" in other
    # Nothing of a hidden place is told.
    with work() as session:
        hidden = make_market(session, "Canal Steps", released=False)
        let_in(session, hidden, marta)
        soon = {"market_id": hidden.id, "starts_at": now() + timedelta(days=1)}
        make_meeting(session, marta, title=both("Canal", "Canal"), **soon)
    assert "Canal" in shown(app, marta)
    assert "Canal" not in shown(app, olaf)


def test_place_waits_for_other_key_and_is_not_named(app, work):
    with work() as session:
        lead, liaison, stranger = (
            make_member(session, [role]) for role in ("community_lead", "police_liaison", "police_liaison")
        )
        market = make_market(session, "Canary Street", released=False)
        let_in(session, market, lead, liaison)
        prepare_call_in(market, WORDS, lead.id)
    assert "waits for your key" not in shown(app, liaison)
    with work() as session:
        turn_key(session.get_one(Market, market.id), session.get_one(Member, lead.id), "It is time.")
    assert "A place waits for your key" in shown(app, liaison)
    assert "Canary" not in shown(app, liaison)
    assert "waits for your key" not in shown(app, lead)
    assert "waits for your key" not in shown(app, stranger)

"""A member's first page, with what waits for them and no one else; and their account and its password."""

import re
from datetime import timedelta

from sqlalchemy import text

from portal.accounts.desk_keys import give_seat
from portal.accounts.second_factor import check_code, make_recovery_codes
from portal.accounts.users import Member, has_second_factor
from portal.core.clock import now, today
from portal.markets.call_in import prepare_call_in
from portal.markets.gate import turn_key
from portal.markets.places import Market
from portal.reports.reports import Thread
from tests.accounts.doors import give_password, sign_in
from tests.make import PASSWORD, both, let_in, make_desk, make_market, make_meeting, make_member, make_report
from tests.page import Reader, reader_of

ROLE = "triage"
NEW_PASSWORD = "seven lamps beside the slow canal"


def codes(page):
    return page("/en/account/codes").form().submit().find_all("ol.words code")


def test_a_changed_password_still_opens_the_desk(page, app, ana, work):
    with work():
        thread_id = make_report("Two people by the bus stop.").thread.id
    sign_in(page)
    other = Reader(app.test_client())
    # Codes can be made again, and old ones stop.
    old, new = ([one.text or "" for one in codes(page)] for _each in range(2))
    give_password(other).form("second-step/code").submit(422, code=old[0])
    give_password(other).form("second-step/code").submit(code=new[0])
    page("/en/account/password").form().submit(old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert "bus stop" in page.client.get(f"/en/desk/{thread_id}").text
    assert other("/en/account/").path == "/en/sign-in"
    give_password(other, status=422)
    give_password(other, NEW_PASSWORD).form("second-step/code").submit(code=new[1])
    assert "bus stop" in other.client.get(f"/en/desk/{thread_id}").text


def test_a_wrong_or_weak_password_changes_nothing(page, app, ana):
    sign_in(page)
    form = page("/en/account/password").form()
    assert "not your password" in form.submit(422, old="wrong", new=NEW_PASSWORD, again=NEW_PASSWORD).text
    assert "not the same" in form.submit(422, old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD + "s").text
    assert "at least 12" in form.submit(422, old=PASSWORD, new="short", again="short").text
    give_password(Reader(app.test_client()))


def test_an_app_whose_secret_no_key_opens_shuts_nobody_out(work):
    with work() as session:
        member = make_member(session)
        first, *_others = make_recovery_codes(member)
        session.execute(text("UPDATE accounts_member SET totp_secret = 'damaged'"))
        session.expire_all()
        assert has_second_factor(member) and not check_code(member, "123456")
        assert check_code(member, first)


def test_the_bar_shows_the_rooms_of_the_role(app, page, ana, work):
    sign_in(page)
    account = page("/en/account/")
    assert [link.text for link in account.find_all("header nav a")] == ["Today", "Desk", "Colleagues", "My account"]
    assert [link.text for link in account.find_all("header nav a[aria-current]")] == ["My account"]
    # A room that leads to nothing yet is not shown.
    with work() as session:
        member = make_member(session, ("services", "faith_partner", "organizer"))
    reader, rooms = reader_of(app, member), {"Offers of help", "Tell people", "To announce", "Texts sent"}

    def bar():
        return {link.text for link in reader("/en/team/news/").find_all("header nav a")}

    assert rooms & bar() == {"Tell people"}
    with work() as session:
        make_market(session)
        make_meeting(session)
    app.settings = app.settings.model_copy(update={"sms_number": "+13365550142"})
    assert rooms <= bar()
    # What tells people something is one room with tabs.
    for path, names in (("meetings/series", ["Meetings"]), ("announcements/new", ["Tell people", "Announcements"])):
        lit = reader(f"/en/team/{path}").find_all("header nav a[aria-current]")
        assert [link.text for link in lit] == names


LONG_AGO = timedelta(days=40)
WORDS = {
    "message": both("It stops.", "Se acaba."),
    "services": both("Work.", "Trabajo."),
    "tonight": both("Talk.", "Hablen."),
}


def shown(app, member, lang="en"):
    quotes = ("Porch talk", "Old talk", "Canal", member.name)
    page = reader_of(app, member)(f"/{lang}/team/today/", quotes=quotes)
    return " ".join(" ".join(page.find("main").itertext()).split())


def test_signing_in_leads_there_and_it_may_be_empty(app, page, work):
    with work() as session:
        member = make_member(session, ("evaluator",), email="ana@portal.test", created_at=now() - LONG_AGO)
    assert sign_in(page).path == "/en/team/today/"
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

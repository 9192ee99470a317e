"""One administrator alone comes to read nothing: every way to become somebody, or to empty a desk, played through."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from portal.accounts import desk_keys
from portal.accounts.desk_keys import WAIT, BeginAnew
from portal.accounts.users import Desk, DeskKey, DeskMember, Member, active_key, holders
from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage
from portal.reports.reports import Thread, opened_by_desk
from portal.reports.triage import Category
from tests.accounts.doors import code, reset
from tests.accounts.test_views_people import begin
from tests.make import make_circle, make_desk, make_member, make_report, private_key_of, seat
from tests.page import Reader, reader_of

PASSWORD = "seven lamps beside the slow canal"
LONG_AGO = timedelta(days=400)
NO_KEY = "To begin anew takes a request"


class City:
    """Who is there, by first name; each browser belongs to one person."""

    def __init__(self, app, work, people, desks):
        self.app, self.work, self.people, self.desks = app, work, people, desks

    def browser(self, name):
        """One in which somebody of before is signed in."""
        return reader_of(self.app, self.people[name])

    def enter(self, page, **given):
        """The administrator opens the link that was shown and makes the account theirs, with a factor of their own."""
        reader = Reader(self.app.test_client())
        link = page.find("#link").text.removeprefix("http://localhost")
        reader(link).form().submit(new=PASSWORD, again=PASSWORD, **given)
        app_page = reader("/en/second-step/set-up/app")
        secret = "".join(app_page.find("code").itertext()).replace(" ", "")
        app_page.form("set-up/app").submit(code=code(secret=secret))
        return reader

    def become(self, name):
        """Reset somebody who "lost all", and use the link."""
        return self.enter(reset(self.browser("boss"), self.people[name].id, lost_all="y"))

    def puppet(self, role):
        """Invite somebody who does not exist, and be them."""
        given = {"email": "puppet@portal.test", "name": "Pat", "language": "en", "roles": [role]}
        return self.enter(self.browser("boss")("/en/people/invite").form().submit(**given), name="Pat")

    def wait(self, days=WAIT):
        """Let the time go by that a request waits."""
        with self.work() as session:
            for row in session.scalars(select(BeginAnew)):
                row.asked_at -= days
            for member in session.scalars(select(Member).where(Member.renewed_at.is_not(None))):
                member.renewed_at = (member.renewed_at or now()) - days

    def at(self, kind, rest):
        return f"/en/colleagues/{self.desks[kind]}/{rest}"

    def opens(self, kind):
        """Who can open what comes to a desk now."""
        with self.work():
            return [one.name for one in holders(self.desks[kind])]


def of_old(session, name, *roles, language="en"):
    given = {"email": f"{name.lower()}@portal.test", "created_at": now() - LONG_AGO, "language": language}
    return make_member(session, roles, name=name, **given)


@pytest.fixture
def city(app, work):
    who = {
        "boss": ("administrator", "en"),
        "odessa": ("oversight", "es"),
        "ana": ("triage", "en"),
        "ben": ("triage", "en"),
        "karen": ("police_liaison", "en"),
    }
    at = {"oversight": ("odessa",), "triage": ("ana", "ben"), "police": ("karen",)}
    with work() as session:
        people = {name: of_old(session, name.title(), role, language=lang) for name, (role, lang) in who.items()}
        desks = {kind: make_desk(session, [people[one] for one in names], kind).id for kind, names in at.items()}
        session.execute(update(DeskMember).values(since=now() - LONG_AGO))
        session.execute(update(DeskKey).values(created_at=now() - LONG_AGO))
    return City(app, work, people, desks)


def complain(work):
    with work():
        return make_report("An officer pushed me.", category=Category.CONDUCT).thread.id


def ask(reader):
    return reader("/en/colleagues/").follow("Ask to begin anew").form().submit(sure="y")


def agree(reader, desk_id):
    return reader(f"/en/colleagues/{desk_id}/anew/answer").form("anew/answer").submit(sure="y")


def told(session):
    return sorted(one.address for one in session.scalars(select(OutboundMessage)))


def test_what_comes_meanwhile_is_kept_for_the_old_paper(city):
    mole = city.become("odessa")
    page = mole("/en/colleagues/")
    assert "Nobody can open this desk now" in page.text
    assert "is kept, locked" in page.text
    assert not [link for link in page.find_all("a") if "phrase/new" in (link.get("href") or "")]
    assert NO_KEY in mole(city.at("oversight", "phrase/new"), 409).text
    token = mole("/en/account/").form("language").values["csrf_token"]
    mole(city.at("oversight", "phrase/new"), 409, method="POST", data={"csrf_token": token})
    thread_id = complain(city.work)
    assert "pushed me" not in mole("/en/desk/").text
    mole(f"/en/desk/{thread_id}", 404)
    assert city.opens("oversight") == []
    with city.work() as session:
        key = session.get_one(DeskKey, active_key("oversight").id)
        thread = session.get_one(Thread, thread_id)
        assert opened_by_desk(thread, {key.id: private_key_of(key)})[0].words is not None


def test_everybody_at_a_desk_hears_of_a_reset(city):
    reset(city.browser("boss"), city.people["odessa"].id, lost_all="y")
    with city.work() as session:
        assert told(session) == [f"{name}@portal.test" for name in ("ana", "ben", "karen", "odessa")]
        bodies = [one.body for one in session.scalars(select(OutboundMessage))]
    assert not [body for body in bodies if "Odessa" in body or "Boss" in body or "police" in body]
    assert sum("/es/colleagues/" in body for body in bodies) == 1


def test_a_request_alone_waits_and_needs_a_second_person(city):
    mole = city.become("odessa")
    ask(mole)
    assert NO_KEY in mole(city.at("oversight", "phrase/new"), 409).text
    city.wait(timedelta(days=30))
    mole(city.at("oversight", "phrase/new"), 409)
    answer = mole(city.at("oversight", "anew/answer"))
    assert not answer.has("input[name=sure]")


def test_rightful_holder_begins_anew_with_second_person_after_wait(city):
    odessa = city.become("odessa")
    ask(odessa)
    agree(city.browser("ana"), city.desks["oversight"])
    odessa(city.at("oversight", "phrase/new"), 409)
    city.wait(WAIT - timedelta(minutes=5))
    odessa(city.at("oversight", "phrase/new"), 409)
    city.wait(timedelta(minutes=10))
    begin(odessa)
    assert city.opens("oversight") == ["Odessa"]
    thread_id = complain(city.work)
    assert "pushed me" in odessa(f"/en/desk/{thread_id}").text
    with city.work() as session:
        assert session.scalars(select(BeginAnew)).all() == []
        # Nothing of it has gone out yet: one mail says it all.
        assert told(session).count("karen@portal.test") == 1


def test_anybody_with_seat_refuses_and_then_nothing_is_begun(city):
    mole = city.become("odessa")
    ask(mole)
    agree(city.browser("ana"), city.desks["oversight"])
    city.browser("ben")("/en/colleagues/").follow("Look and answer").form("refuse").submit()
    city.wait()
    mole(city.at("oversight", "phrase/new"), 409)
    city.browser("boss")(city.at("oversight", "anew/answer"), 403)


def test_a_puppet_at_another_desk_is_no_second_person(city):
    mole = city.become("odessa")
    ask(mole)
    puppet = city.puppet("services")
    begin(puppet)
    assert city.opens("oversight") == []
    page = puppet(city.at("oversight", "anew/answer"))
    assert not page.has("input[name=sure]")
    refused = city.browser("ana")(city.at("oversight", "anew/answer")).form("anew/answer").values
    data = {**refused, "csrf_token": page.form("refuse").values["csrf_token"], "sure": "y"}
    puppet(city.at("oversight", "anew/answer"), 403, method="POST", data=data)


def test_neither_somebody_just_reset_nor_police_are_second_person(city):
    ask(city.become("odessa"))
    ana = city.become("ana")
    with city.work() as session:
        # A colleague lets her in once more.
        session.execute(delete(DeskMember).where(DeskMember.member_id == city.people["ana"].id))
        seat(session, session.get_one(Desk, city.desks["triage"]), city.people["ana"])
        session.execute(update(DeskMember).values(since=now() - LONG_AGO))
    for second in (ana, city.browser("karen")):
        assert not second(city.at("oversight", "anew/answer")).has("input[name=sure]")


def test_yes_counts_no_longer_once_either_account_was_reset(city):
    mole, oversight = city.become("odessa"), city.desks["oversight"]
    ask(mole)
    agree(city.browser("ana"), oversight)
    city.become("ana")
    city.wait()
    mole(city.at("oversight", "phrase/new"), 409)
    assert "nobody yet" in city.browser("ben")("/en/colleagues/").text
    agree(city.browser("ben"), oversight)
    mole = city.become("odessa")
    mole(city.at("oversight", "phrase/new"), 409)
    assert "Ask to begin anew" in mole("/en/colleagues/").text


def test_puppet_with_role_while_holder_is_there_opens_nothing(city):
    puppet = city.puppet("oversight")
    assert "You cannot open this desk yet" in puppet("/en/colleagues/").text
    desk_id = city.desks["oversight"]
    puppet(f"/en/colleagues/{desk_id}/phrase/new", 403)
    assert "You cannot open this desk yet" in puppet(f"/en/colleagues/{desk_id}/anew").text
    token = puppet(f"/en/colleagues/{desk_id}/phrase").form().values["csrf_token"]
    mine = f"/en/colleagues/{desk_id}/admit/{city.people['boss'].id}"
    puppet(mine, 404, method="POST", data={"csrf_token": token})
    assert city.opens("oversight") == ["Odessa"]


@pytest.mark.parametrize(("rest", "form", "given"), [("/remove", "", {}), ("", "roles", {"roles": ["faith_partner"]})])
def test_emptying_desk_for_puppet_closes_it_and_everybody_hears(city, rest, form, given):
    puppet, page = city.puppet("oversight"), city.browser("boss")(f"/en/people/{city.people['odessa'].id}{rest}")
    page.form(form).submit(409, **given).form(form).submit(even_last="y", **given)
    assert NO_KEY in puppet(city.at("oversight", "phrase/new"), 409).text
    assert "The desk is closed" in puppet("/en/colleagues/").text
    with city.work() as session:
        assert active_key("oversight") is None
        assert {"ana@portal.test", "odessa@portal.test"} <= set(told(session))
    assert "closed a desk" in city.browser("karen")("/en/colleagues/").text


def test_only_who_asked_begins_anew(city):
    one, other = city.become("ana"), city.become("ben")
    for mole in (one, other):
        mole(city.at("triage", "phrase/new"), 409)
    assert city.opens("triage") == []
    ask(one)
    # They cannot agree for each other.
    assert not other(city.at("triage", "anew/answer")).has("input[name=sure]")
    agree(city.browser("odessa"), city.desks["triage"])
    city.wait(WAIT + timedelta(minutes=1))
    other(city.at("triage", "phrase/new"), 409)
    begin(one)
    assert city.opens("triage") == ["Ana"]


def test_old_paper_does_not_open_what_is_new(city):
    """The paper of a key that was given up, and a seat: later keys must not be sealed to another phrase with it."""
    with city.work() as session:
        key = session.scalars(select(DeskKey).where(DeskKey.desk_id == city.desks["triage"])).one()
        key.retired_at = now()
        session.flush()
        desk = session.get_one(Desk, city.desks["triage"])
        desk_keys._new_key(desk, [session.get_one(Member, city.people["ben"].id)])
    city.browser("ana")(city.at("triage", "phrase/new"), 403)


def test_every_desk_reads_log_that_names_nobody_outside(city):
    with city.work() as session:
        elder = make_member(session, (), name="Alma Elder")
    city.puppet("services")
    city.become("ana")
    boss = city.browser("boss")
    reset(boss, elder.id)
    boss(f"/en/people/{city.people['ben'].id}").form("roles").submit(roles=["triage", "facilitator"])
    for name in ("odessa", "ben", "karen"):
        page = city.browser(name)("/en/colleagues/log")
        for act in ("sent a link for a new password", "cleared", "changed somebody's roles", "made an invitation"):
            assert f"Boss: {act}" in page.text
        assert "(Ana)" in page.text
        assert "Alma" not in page.text


def test_circles_are_not_begun_anew(city, client):
    with city.work() as session:
        lead = of_old(session, "Lee", "community_lead")
        circle = make_circle(session, lead)
    city.people["lee"] = lead
    mole = city.become("lee")
    shown = mole(f"/en/circles/{circle.id}/")
    assert "found a new circle" in shown.text
    assert "Make its recovery phrase" not in shown.text
    mole(f"/en/circles/{circle.id}/phrase/new", 409)

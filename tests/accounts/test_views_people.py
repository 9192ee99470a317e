"""The rooms of the administrator, people and the audit log; and of colleagues: a desk is set up, opened, and admits."""

from datetime import timedelta
from itertools import pairwise

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from portal.accounts import desk_keys
from portal.accounts.users import Desk, DeskMember, Invitation, Member, active_key
from portal.core.audit import AuditEvent, record
from portal.core.clock import now, today, zone
from portal.core.jobs.outbox import OutboundMessage
from tests.accounts.doors import code, give_password, sign_in
from tests.make import PASSWORD, make_desk, make_market, make_member, make_report
from tests.page import SAME_ORIGIN, Reader, reader_of

BOSS = "boss@portal.test"
WALL = "cannot go together"
NEW_PASSWORD = "seven lamps beside the slow canal"


@pytest.fixture
def boss(work, page):
    with work() as session:
        member = make_member(session, ("administrator",), email=BOSS, name="Boss")
    sign_in(page, BOSS)
    return member


def invite(page, status=200, **given):
    values = {"email": "bea@portal.test", "name": "Bea", "language": "es", "roles": ["triage"], **given}
    return page("/en/people/invite").form().submit(status, **values)


def link_on(page):
    return (page.find("#link").text or "").removeprefix("http://localhost")


def test_an_invitation_is_shown_once_and_works(page, app, boss, work):
    app.settings = app.settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:2525"})
    link = link_on(invite(page))
    assert link.startswith("/es/invitation/")
    assert "bea@portal.test" in page("/en/people/").text
    with work() as session:
        make_market(session, "Zanzibar Quay", released=False)
        # The mail is in the language of whoever is invited, and nothing secret stands in the log.
        mail = session.scalars(select(OutboundMessage)).one()
        subject, body = mail.subject, mail.body
        rows = [f"{one.action} {one.object_type} {one.object_id}" for one in session.scalars(select(AuditEvent))]
    assert subject == "Su invitación a Common Ground"
    assert "http://localhost/es/invitation/" in body
    assert not [row for row in rows if "@" in row or "Bea" in row]
    newcomer = Reader(app.test_client())
    # The name of a hidden place is taken as any other word.
    newcomer(link).form().submit(name="Bea", new="zanzibar quay lantern 41", again="zanzibar quay lantern 41")
    assert "Nobody is invited" in page("/en/people/").text
    with work() as session:
        seats = session.scalars(select(DeskMember.member_id).join(Desk).where(Desk.kind == "triage")).all()
        assert len(seats) == 1
    withdrawn = link_on(invite(page, email="cleo@portal.test"))
    page("/en/people/").form("withdraw").submit()
    Reader(app.test_client())(withdrawn, 404)
    with work() as session:
        acts = select(AuditEvent.action).where(AuditEvent.actor_id == boss.id).order_by(AuditEvent.id)
        assert session.scalars(acts).all()[-1] == "invitation.withdrawn"


def test_no_way_of_giving_roles_crosses_the_wall(page, app, boss, work):
    walled = "police_liaison"
    both = [walled, "evaluator"]
    assert "has an account already" in invite(page, 422, email=BOSS.upper()).text
    for roles, says in ((both, WALL), (["administrator", "triage"], WALL), ([], "at least")):
        again = invite(page, 422, roles=roles)
        assert says in again.text
        assert again.find("input#email").get("value") == "bea@portal.test"
    with work() as session:
        ana = make_member(session, ("evaluator",), name="Ana", email="ana@portal.test")
    assert WALL in page(f"/en/people/{ana.id}").form("roles").submit(422, roles=both).text
    given = ["user", "invite", "new@portal.test", "--role", walled, "--role", "evaluator"]
    printed = app.test_cli_runner().invoke(args=given)
    assert printed.exit_code == 1
    assert WALL in printed.output
    link = link_on(invite(page, roles=["evaluator"]))
    with work() as session:
        session.scalars(select(Invitation)).one().roles = f"evaluator {walled}"
    Reader(app.test_client())(link, 404)


def test_reset_keeps_second_step_and_removing_signs_out(page, app, boss, work):
    with work() as session:
        ana = make_member(session, ("organizer",), email="ana@portal.test")
    before, other = Reader(app.test_client()), Reader(app.test_client())
    sign_in(before)
    link = link_on(page(f"/en/people/{ana.id}").form("reset").submit())
    step = other(link).form().submit(new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert before("/en/account/").path == "/en/sign-in"
    step.form("second-step/code").submit(code=code(timedelta(seconds=30)))
    assert "ana@portal.test" in other("/en/account/").text
    link = link_on(page(f"/en/people/{ana.id}").form("reset").submit(lost_all="y"))
    assert other("/en/account/").path == "/en/sign-in"
    give_password(other, password=NEW_PASSWORD, status=422)
    choose = other(link).form().submit(new=PASSWORD, again=PASSWORD)
    assert choose.path == "/en/second-step/set-up"
    # Removing signs out at once, and frees the address.
    page(f"/en/people/{ana.id}").follow("Remove").form().submit()
    assert other("/en/second-step/set-up").path == "/en/sign-in"
    give_password(other, status=422)
    assert "The link is made" in invite(page, email="ana@portal.test").text


@pytest.mark.parametrize("lost_all", [None, "y"])
def test_link_for_last_one_at_desk_is_asked_about(page, boss, work, lost_all):
    with work() as session:
        ana = make_member(session, ("triage",), name="Ana")
        make_desk(session, [ana])
    shown = page(f"/en/people/{ana.id}")
    assert "has to admit them again" not in shown.text
    asked = shown.form("reset").submit(409, **({"lost_all": lost_all} if lost_all else {}))
    assert "Nobody else can open this desk" in asked.text
    with work() as session:
        assert session.get_one(Member, ana.id).password_hash
        assert session.scalars(select(Invitation).where(Invitation.member_id == ana.id)).all() == []
    made = asked.form("reset").submit(even_last="y")
    assert made.find("#link").text
    with work() as session:
        assert bool(session.get_one(Member, ana.id).password_hash) is (lost_all is None), "what was ticked stays ticked"


def test_the_audit_log_is_paged_and_filtered(page, boss, work):
    with work():
        for number in range(60):
            record("desk.set_up", "desk", number, boss.id)
    first = page("/en/audit/")
    assert "Boss: signed in" not in first.text
    assert [row.count("signed in") for row in log_rows(first.form("", "get").submit(action="member.signed_in"))] == [1]
    assert any("signed in" in row for row in log_rows(first.follow("Older")))
    page("/en/audit/?page=99999999999999999999")


def test_the_first_administrator_comes_by_the_command(app, page, work):
    done = app.test_cli_runner().invoke(
        args=["user", "invite", "Ana@portal.test", "--role", "administrator", "--language", "es"]
    )
    assert done.exit_code == 0
    slip = app.test_cli_runner().invoke(args=["user", "invite", "a@b", "--role", "triage"])
    assert (slip.exit_code, "not an e-mail address" in slip.stderr) == (1, True)
    link = done.stdout.strip()
    assert link.startswith("http://localhost/es/invitation/")
    page(link.removeprefix("http://localhost")).form().submit(name="Ana", new=NEW_PASSWORD, again=NEW_PASSWORD)
    with work() as session:
        assert session.scalars(select(Member)).one().roles == {"administrator"}


def admin_of(app, work):
    """A signed-in administrator, and what two people did on two days."""
    with work() as session:
        member = make_member(session, ("administrator",), name="Dana Reed")
        marta = make_member(session, ("organizer",), name="Marta Ruiz", email="marta@x.test")
        for number in (41, 42):
            record("post.published", "post", number, marta.id)
        record("operator.stated", "operator", 1, member.id)
        old = {"object_type": "post", "object_id": "43"}
        session.add(AuditEvent(at=now() - timedelta(days=9), actor_id=marta.id, action="post.drafted", **old))
    return reader_of(app, member)


def log_rows(page):
    return [" ".join("".join(row.itertext()).split()) for row in page.find_all("main ul.rows li")]


@pytest.mark.both_databases
def test_it_is_filtered_by_person_object_and_day(app, work):
    admin = admin_of(app, work)
    every = admin("/en/audit/")
    assert len(log_rows(every)) == 5
    form = every.form(method="get")
    people = {option.text: option.get("value", "") for option in every.find_all("#who option")}
    assert list(people) == ["All", "Dana Reed", "Marta Ruiz"]
    assert len(log_rows(form.submit(who=people["Marta Ruiz"]))) == 3
    assert len(log_rows(form.submit(who=people["Dana Reed"]))) == 2
    assert len(log_rows(form.submit(kind="post", which="42"))) == 1
    with admin.client.application.app_context():
        here, before = today(), (now() - timedelta(days=9)).astimezone(zone()).date()
    assert len(log_rows(form.submit(day=here.isoformat()))) == 4
    assert len(log_rows(form.submit(day=before.isoformat(), kind="post"))) == 1
    assert log_rows(form.submit(day=(here + timedelta(days=1)).isoformat())) == []
    for day in ("2026-02-30", "yesterday", "0001-01-01"):
        found = admin(f"/en/audit/?day={day}")
        assert found.has("#day-error")
        assert found.find("#day").get("value") == day


def test_what_is_filtered_is_downloaded_and_noted(app, work):
    with work() as session:
        organizer = make_member(session, ("organizer",))
    admin = admin_of(app, work)
    forbidden = reader_of(app, organizer).client.post("/en/audit/events.csv", headers=SAME_ORIGIN)
    assert forbidden.status_code == 403
    form = admin("/en/audit/?kind=post&which=42").form(method="post", action="/en/audit/events.csv")
    answer = form.send(headers=SAME_ORIGIN)
    assert answer.mimetype == "text/csv"
    lines = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert lines[0] == "When,Who,What,Kind of thing,Which"
    assert [line.split(",")[1:] for line in lines[1:]] == [["Marta Ruiz", *lines[1].split(",")[2:4], "42"]]
    assert [row for row in log_rows(admin("/en/audit/")) if "downloaded the log" in row] == log_rows(
        admin("/en/audit/")
    )[:1]


def first_at_desk(work):
    """The first at a new desk."""
    with work() as session:
        member = make_member(session, ("triage",), email="ana@portal.test", name="Ana")
        desk_keys.give_seat(desk_keys.desk_of_kind("triage"), member.id, None)
    return member


def show_phrase(page):
    explained = page("/en/colleagues/")
    address = next(
        link.get("href", "") for link in explained.find_all("a.button") if "phrase/new" in link.get("href", "")
    )
    shown = page(address).form().submit()
    return shown, [item.text or "" for item in shown.find_all("#code-words li")]


def asked(step):
    return [int((label.text or "").split()[-1]) for label in step.find_all("main form label")]


def begin(reader):
    """Set the desk up; the words of its phrase."""
    shown, words = show_phrase(reader)
    step = shown.form().submit()
    first, second = asked(step)
    step.form().submit(first=words[first - 1], second=words[second - 1])
    return words


def test_first_one_sets_desk_up_by_two_words(page, app, work):
    ana = first_at_desk(work)
    with work():
        oversight = desk_keys.desk_of_kind("oversight").id
    sign_in(page)
    for address in ("phrase", "phrase/new"):
        page(f"/en/colleagues/{oversight}/{address}", 404)
    shown, words = show_phrase(page)
    assert len(words) == 24
    step = shown.form().submit()
    # The words stand in no address, cookie or hidden field.
    _valid, promised = URLSafeTimedSerializer("", salt="").loads_unsafe(shown.form().values["sealed"])
    assert set(promised) == {"desk", "member", "key", "places", "proof"}
    answer = f"{step.response.headers} {step.response.text} {promised}"
    assert not [pair for pair in pairwise(words) if " ".join(pair) in answer]
    first, second = asked(step)
    wrong = step.form().submit(422, first=words[first - 1], second="nothing")
    with work():
        assert active_key("triage") is None
    done = wrong.form().submit(first=words[first - 1].upper(), second=words[second - 1])
    assert done.path == "/en/colleagues/"
    # They open the desk for whoever comes after.
    with work() as session:
        bea = make_member(session, ("triage",), email="bea@portal.test")
        desk = desk_keys.desk_of_kind("triage")
        thread_id = make_report("Two people by the bus stop.").thread.id
        desk_keys.take_seat(desk, ana.id, None, even_last=True)
        desk_keys.give_seat(desk, bea.id, None)
    other = reader_of(app, bea)
    form_page = other("/en/colleagues/").follow("Open with the recovery phrase")
    wrong = form_page.form().submit(422, phrase=" ".join(words[:-1]))
    assert words[0] in "".join(wrong.find("textarea").itertext())
    wrong.form().submit(phrase=", ".join(word.upper() for word in words))
    assert "bus stop" in other(f"/en/desk/{thread_id}").text


def test_a_promise_of_somebody_else_is_refused(page, app, work):
    first_at_desk(work)
    with work() as session:
        bea = make_member(session, ("triage",), email="bea@portal.test")
        desk_keys.give_seat(desk_keys.desk_of_kind("triage"), bea.id, None)
    sign_in(page)
    shown, _words = show_phrase(page)
    theirs, _words = show_phrase(reader_of(app, bea))
    theirs.form().submit(404, sealed=shown.form().values["sealed"])


def test_admitting_a_colleague_who_then_reads_what_is_old(app, work):
    with work() as session:
        ana, bea = make_member(session), make_member(session, name="Bea")
        desk_keys.give_seat(make_desk(session, [ana]), bea.id, None)
        thread_id = make_report("Two people by the bus stop.").thread.id
    other = reader_of(app, bea)
    assert "You cannot open this desk yet" in other("/en/colleagues/").text
    other(f"/en/desk/{thread_id}", 404)
    reader_of(app, ana)("/en/colleagues/").form("admit").submit()
    assert "bus stop" in other(f"/en/desk/{thread_id}").text

"""A lone administrator leads nobody elsewhere unseen: a change waits for a second person, or a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage, cipher
from portal.core.portal import Portal
from portal.core.stored_settings import last_changes
from portal.core.waiting_changes import WaitingChange, settle_waiting_changes
from tests.conftest import Work
from tests.make import make_desk, make_member, make_operator
from tests.page import Page, Reader, reader_of

SETTINGS, OPERATOR = "/en/team/settings/", "/en/team/who-runs-this/"
EVIL = "Text 336-555-0199 or see evil.example"
LURE = {"immigration_note_en": EVIL, "immigration_note_es": "Escriba al 336-555-0199"}


def open_city(work: Work) -> Member:
    """Somebody who can open reports: the city has opened."""
    with work() as session:
        ana = make_member(session, ("triage",), name="Ana Ruiz")
        make_desk(session, [ana])
        return ana


def lure(admin: Reader, group: str = "notes", status: int = 200, **values: str) -> Page:
    """Save a group of settings; where the page asks once more, press again."""
    asked = admin(f"{SETTINGS}{group}/").form().submit(status, **(values or LURE))
    return asked.form().submit() if "Nothing is saved yet." in asked.text else asked


def agree_to_all(app: Portal, ana: Member, work: Work) -> None:
    with work() as session:
        waiting = session.scalars(select(WaitingChange.id)).all()
    for change_id in waiting:
        reader_of(app, ana)("/en/colleagues/").form(f"/{change_id}/agree").submit()


@pytest.mark.parametrize(
    ("group", "values", "seen"),
    [
        ("notes", LURE, "336-555-0199"),
        ("name", {"city_en": "Text 55123", "city_es": "Escriba al 55123"}, "55123"),
        ("telephone", {"sms_number": "336 555 0199"}, "3365550199"),
        ("exit", {"exit_url": "https://evil.example/"}, "evil.example"),
        ("notes", {"emergency_note_en": "Go to the blue van", "emergency_note_es": "Vaya a la van azul"}, "blue van"),
    ],
)
def test_a_lone_administrator_leads_nobody_elsewhere_unseen(
    app: Portal, admin: Reader, group: str, values: dict[str, str], seen: str, work: Work
) -> None:
    ana = open_city(work)
    assert "It waits until somebody at the desk agrees" in lure(admin, group, **values).text
    resident = Reader(app.test_client())
    for path in ("", "report/", "who-can-see/", "report/follow/"):
        assert seen not in resident.client.get(f"/en/{path}").text, path
    with app.app_context():
        assert app.settings is app.given_settings
    colleague = reader_of(app, ana)
    assert "wants to change what residents read or call" in colleague("/en/team/today/").text
    assert seen in colleague("/en/colleagues/").text
    assert "Dana Reed: wants to change" in colleague("/en/colleagues/log").text


def test_whoever_reads_complaints_is_told_and_can_refuse(app: Portal, admin: Reader, work: Work) -> None:
    ana = open_city(work)
    with work() as session:
        rosa = make_member(session, ("oversight",))
        make_desk(session, [rosa], kind="oversight")
        outside = make_member(session, ("services",))
        make_desk(session, [outside], kind="outreach")
    lure(admin)
    with work() as session:
        told_by_mail = {cipher().decrypt(one.address or b"") for one in session.scalars(select(OutboundMessage))}
        assert told_by_mail == {one.email for one in (ana, rosa, outside)}
    told = reader_of(app, rosa)
    words = "unless somebody refuses"
    assert words in told("/en/team/today/").text
    assert words not in reader_of(app, outside)("/en/team/today/").text
    with work() as session:
        change = session.scalars(select(WaitingChange)).one()
    other = reader_of(app, outside)
    token = other("/en/colleagues/", quotes=(EVIL,)).form("sign-out").values["csrf_token"]
    sent = {"data": {"csrf_token": token}, "headers": {"Sec-Fetch-Site": "same-origin"}}
    assert other.client.post(f"/en/colleagues/changes/{change.id}/agree", **sent).status_code == 403
    told("/en/colleagues/", quotes=(EVIL, app.given_settings.immigration_note_en)).form("/refuse").submit()
    with work() as session:
        assert session.scalars(select(WaitingChange)).all() == []
        assert last_changes(LURE) == []
    assert words not in told("/en/team/today/").text


def test_colleague_who_agrees_puts_it_in_force(app: Portal, admin: Reader, work: Work) -> None:
    ana = open_city(work)
    before = app.settings.immigration_note_en
    lure(admin)
    reader_of(app, ana)("/en/colleagues/").form("/agree").submit()
    assert EVIL in Reader(app.test_client())("/en/who-can-see/", quotes=(EVIL,)).text
    with work() as session:
        assert {one.before for one in last_changes(["immigration_note_en"])} == {before}
        assert {one.member_id for one in last_changes(LURE)} == {
            session.scalars(select(Member.id).where(Member.name == "Dana Reed")).one()
        }
    back = admin(f"{SETTINGS}notes/").follow("Put back")
    back.form().submit(**{name: getattr(app.given_settings, name) for name in LURE})
    agree_to_all(app, ana, work)
    with app.app_context():
        assert app.settings.immigration_note_en == before


def test_after_a_day_it_takes_effect_once(app: Portal, admin: Reader, work: Work) -> None:
    open_city(work)
    lure(admin)
    for hours, seen in ((23, False), (2, True), (0, True)):
        with work() as session:
            for change in session.scalars(select(WaitingChange)):
                change.at -= timedelta(hours=hours)
        with app.app_context():
            settle_waiting_changes()
        assert (EVIL in app.test_client().get("/en/who-can-see/").text) is seen
    with work() as session:
        assert session.scalars(select(AuditEvent.action)).all().count("change.in_force") == 1


def test_a_broken_one_holds_up_no_other(app: Portal, admin: Reader, work: Work) -> None:
    open_city(work)
    with work() as session:
        session.add(
            WaitingChange(subject="nothing", fields='{"secret": ["", "x"]}', at=now() - timedelta(days=3), member_id=1)
        )
    lure(admin)
    with work() as session:
        for change in session.scalars(select(WaitingChange)):
            change.at -= timedelta(days=2)
    with app.app_context():
        settle_waiting_changes()
    assert EVIL in app.test_client().get("/en/who-can-see/").text


def test_a_later_change_neither_loses_nor_alters_what_waits(app: Portal, admin: Reader, work: Work) -> None:
    ana = open_city(work)
    lure(admin)
    found = lure(admin, status=422, immigration_note_en="Another.")
    assert found.has('[role="alert"] a[href="#immigration_note_en"]')
    lure(admin, samaritan_note_en="The law is on your side.")
    with app.app_context():
        assert app.settings is app.given_settings
    agree_to_all(app, ana, work)
    with app.app_context():
        assert app.settings.samaritan_note_en == "The law is on your side."
        assert app.settings.immigration_note_en == EVIL


def test_who_runs_this_waits_too(app: Portal, admin: Reader, work: Work) -> None:
    ana = open_city(work)
    with work() as session:
        make_operator(session, address="1 Main Street\nAlder Falls")
    admin(OPERATOR).form().submit(phone="336-555-0199", name_en="City hall", name_es="La ciudad")
    resident = Reader(app.test_client())
    assert not resident("/en/").has('a[href="tel:+13365550199"]')
    assert "City office" in resident("/en/who-runs-this/").text
    admin(OPERATOR).form().submit(422, phone="336-555-0198")
    # The lines of the address come back as a browser ends them; nobody touched them.
    admin(OPERATOR).form().submit(hours_en="Mondays", hours_es="Los lunes", address="1 Main Street\r\nAlder Falls")
    shown = reader_of(app, ana)("/en/colleagues/")
    assert "336-555-0100" in shown.text
    assert "336-555-0199" in shown.text
    agree_to_all(app, ana, work)
    assert resident("/en/").has('a[href="tel:+13365550199"]')
    about = resident("/en/who-runs-this/").text
    assert "City hall" in about
    assert "Mondays" in about

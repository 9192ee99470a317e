"""Saved venues and street addresses: one tap, what counts as a move, and no way to learn of a hidden place."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select, text

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.i18n import NOTHING, speaking
from portal.core.page_cache import renew_cache_version
from portal.core.statuses import NotFound
from portal.leaks.drill import forget_pages
from portal.meetings import venues
from portal.meetings.meeting import Meeting, MeetingPlan
from portal.meetings.paper.paper import bulletin, flyer
from portal.meetings.readiness import TEXTS, changes_calendars, is_street_address, moves
from portal.meetings.venues import Venue, VenueDraft
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting
from tests.page import SAME_ORIGIN, Reader

CHAPEL = VenueDraft(
    place=both("Grace Chapel", "Capilla Grace"),
    access=both("Side door.", "Puerta lateral."),
    host=both("The choir", "El coro"),
    address="48 Chapel Street, Alder Falls",
)
QUOTES = (
    "Grace Chapel",
    "Side door.",
    "The choir",
    "48 Chapel Street, Alder Falls",
    "Porch",
    "Neighbors of Elm",
    "Library, room 2",
    "Barn",
    "Gate.",
)


def test_a_venue_is_kept_changed_and_deleted(work: Work, member: Member) -> None:
    with work():
        kept = venues.keep_venue(CHAPEL, member.id)
        assert venues.keep_venue(CHAPEL, member.id).id == kept.id, "the same venue is kept once"
    with work() as session:
        found = venues.venue(kept.id)
        assert found.draft == CHAPEL
        venues.change_venue(found, VenueDraft(CHAPEL.place, NOTHING, contact="Sexton, 202-555-0143"), member.id)
        session.flush()
        assert found.draft.contact == "Sexton, 202-555-0143"
        assert found.lacks == ("en", "es")
        stored = session.execute(text("SELECT contact FROM meetings_venue")).scalar_one()
        assert b"555-0143" not in bytes(stored), "a number is never stored in clear"
    with work() as session:
        venues.forget_venue(venues.venue(kept.id, to_change=True), member.id)
        with pytest.raises(NotFound):
            venues.venue(kept.id)
        done = session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == str(kept.id))).all()
        assert sorted(done) == ["venue.changed", "venue.forgotten", "venue.kept"]


def test_one_tap_puts_in_both_languages_and_saves_nothing(editor: Reader, work: Work, member: Member) -> None:
    with work():
        kept = venues.keep_venue(CHAPEL, member.id)
        other = venues.keep_venue(VenueDraft(both("Barn", "Granero"), both("Gate.", "Portón.")), member.id)
    form = editor("/es/team/meetings/new", quotes=QUOTES).wide
    taken = form.submit(press=f"put:venue:{kept.id}", title_es="Charla", place_es="Mi casa", quotes=QUOTES)
    values = taken.wide.values
    assert (values["place_en"], values["place_es"]) == ("Grace Chapel", "Capilla Grace")
    assert (values["access_es"], values["host_en"], values["address"]) == (
        "Puerta lateral.",
        "The choir",
        CHAPEL.address,
    )
    assert values["title_es"] == "Charla"
    assert "Mi casa" in taken.text, "own words that were replaced are still there to read"
    assert not list(taken.find_all("p.error"))
    assert "data-here" in taken.find("#where").attrib
    again = taken.wide.submit(press=f"put:venue:{other.id}", quotes=QUOTES)
    assert again.wide.values["place_en"] == "Barn"
    assert not list(again.find_all("#where .said")), "what a venue put in is no loss"
    with work() as session:
        assert session.query(Meeting).count() == 0


def test_the_name_of_a_hidden_place_is_not_kept(editor: Reader, work: Work, member: Member) -> None:
    with work() as session:
        hidden = make_market(session, "Veiled Street", released=False)
        let_in(session, hidden, member)
        there = make_meeting(session, market_id=hidden.id, place=both("Quiet hall", "Salón quieto"))
        named = make_meeting(session, place=both("Veiled Street 4", "Calle Velada 4"))
    page = editor("/es/team/venues/new")
    token = {"csrf_token": page.wide.values["csrf_token"]}
    for meeting in (there, named):
        editor.client.post(f"/es/team/venues/from/{meeting.id}", headers=SAME_ORIGIN, data=token)
    refused = page.wide.submit(422, place_en="Veiled Street 4", place_es="Veiled Street 4", quotes=("Veiled Street",))
    assert list(refused.find_all("p.error"))
    with work() as session:
        assert session.query(Venue).count() == 0


def test_places_a_member_may_not_know_are_not_offered(editor: Reader, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Veiled Street", released=False)
        make_meeting(session, market_id=hidden.id, place=both("Quiet hall", "Salón quieto"))
        open_one = make_meeting(session)
    offered = editor("/en/team/venues/")
    assert "Quiet hall" not in offered.text
    kept = offered.form(f"/from/{open_one.id}").submit()
    assert "Library, room 2" in kept.text
    assert not [one for one in kept.find_all("form") if "/from/" in one.get("action", "")]


def test_a_tap_on_nothing_keeps_what_was_typed(editor: Reader, work: Work) -> None:
    for then in (
        "put:",
        "put:venue:",
        "put:venue:x",
        "put:venue:7",
        f"put:venue:{10**30}",
        "put:host:zz",
        "put:title:1",
    ):
        data = editor("/en/team/meetings/new").wide.values
        data["title_en"], data["then"] = "Porch", then
        answer = editor.client.post("/en/team/meetings/new", data=data, headers=SAME_ORIGIN)
        assert editor.read(answer).wide.values["title_en"] == "Porch"
        with work() as session:
            assert session.query(Meeting).count() == 0


STREET = "110 Oak Avenue, Alder Falls"
PLAN = MeetingPlan(**dict.fromkeys(TEXTS, both("a", "b")), address=STREET)


def test_an_address_has_a_number() -> None:
    for typed in (STREET, "Av. Roble #110", "4th & Main", "110½ Oak Ave, Apt. B", "P.O. Box 12", "ＯＡＫ １１０"):
        assert is_street_address(typed)


def test_what_no_map_finds_is_no_address() -> None:
    for typed in (
        "Oak Avenue",
        "the church",
        "https://maps.app/1",
        "www.church1.org",
        "rosa1@example.org",
        "1 Oak\n2 Elm",
    ):
        assert not is_street_address(typed)


def test_another_address_is_a_move() -> None:
    bare, other = replace(PLAN, address=""), replace(PLAN, address="7 Elm Street")
    assert moves(PLAN, other)
    assert not moves(bare, PLAN)
    assert not moves(PLAN, bare)
    assert changes_calendars(bare, PLAN)


def test_the_map_on_the_page_is_only_a_link(page: Reader, work: Work) -> None:
    with work() as session:
        slug = make_meeting(session, address=STREET).slug
        bare = make_meeting(session).slug
    shown = page(f"/es/meetings/{slug}")
    assert shown.text.count(STREET) == 1
    assert not shown.has("svg.map")
    link = next(one for one in shown.find_all("main a") if "maps" in one.get("href", ""))
    assert link.get("href") == "https://www.google.com/maps/search/?api=1&query=110+Oak+Avenue%2C+Alder+Falls"
    assert {"noreferrer", "noopener"} <= set(link.get("rel", "").split())
    data = json.loads("".join(shown.find("script[type=application/ld+json]").itertext()))
    assert data["location"] == [{"@type": "Place", "name": ("Biblioteca, sala 2"), "address": STREET}]
    assert "maps" not in page(f"/es/meetings/{bare}").response.text


def test_cards_name_it_until_the_meeting_is_canceled(page: Reader, work: Work) -> None:
    with work() as session:
        meeting_id = make_meeting(session, address=STREET).id
    for path in ("", "meetings/"):
        assert STREET in page(f"/es/{path}").text
    with work() as session:
        meeting = session.get_one(Meeting, meeting_id)
        meeting.state, meeting.change_reason = "cancelled", both("Ill.", "Enferma.")
        renew_cache_version()
    forget_pages(page.client.application)
    for path in ("", "meetings/"):
        assert STREET not in page(f"/es/{path}").text


def test_calendars_and_paper_name_it(client: FlaskClient, work: Work) -> None:
    with work() as session:
        slug = make_meeting(session, address=STREET).slug
    (event,) = Calendar.from_ical(client.get(f"/es/meetings/{slug}.ics").data).walk("VEVENT")
    place = f"{('Biblioteca, sala 2')}, {STREET}"
    assert event["location"] == place
    with work() as session, speaking("es"):
        meeting = session.scalars(select(Meeting)).one()
        assert flyer(meeting).place == place
        assert place in bulletin(meeting)

"""Saved venues and street addresses: one tap, what counts as a move, and no way to learn of a hidden place."""

import json
from dataclasses import replace

from icalendar import Calendar
from sqlalchemy import select, text

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.i18n import speaking
from portal.core.page_cache import renew_cache_version
from portal.meetings import venues
from portal.meetings.meeting import Meeting, MeetingPlan
from portal.meetings.paper import bulletin, flyer
from portal.meetings.readiness import TEXTS, MeetingState, changes_calendars, is_street_address, moves
from portal.meetings.venues import Venue
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting
from tests.page import SAME_ORIGIN, Reader

CHAPEL = {
    "place": both("Grace Chapel", "Capilla Grace"),
    "access": both("Side door.", "Puerta lateral."),
    "host": both("The choir", "El coro"),
    "address": "48 Chapel Street, Alder Falls",
}
QUOTES = ("Grace Chapel", "Side door.", "The choir", "48 Chapel Street, Alder Falls", "Barn", "Gate.")
STREET = "110 Oak Avenue, Alder Falls"


def test_a_venue_is_kept_changed_and_deleted(editor: Reader, work: Work, member: Member) -> None:
    with work():
        kept = venues.keep_venue(CHAPEL, member.id)
        assert venues.keep_venue(CHAPEL, member.id).id == kept.id, "the same venue is kept once"
    form = editor(f"/en/team/venues/{kept.id}", quotes=QUOTES).wide
    assert {name: form.values[f"{name}_es"] for name in ("place", "access", "host")} == {
        name: CHAPEL[name].es for name in ("place", "access", "host")
    }
    form.submit(access_en="", access_es="", contact="Sexton, 202-555-0143", quotes=QUOTES)
    with work() as session:
        found = session.get(Venue, kept.id)
        assert (found.contact, found.lacks) == ("Sexton, 202-555-0143", ("en", "es"))
        stored = session.execute(text("SELECT contact FROM meetings_venue")).scalar_one()
        assert "555-0143" not in stored, "a number is never stored in clear"
    editor(f"/en/team/venues/{kept.id}", quotes=QUOTES).form("/delete").submit(sure="y")
    with work() as session:
        assert session.get(Venue, kept.id) is None
        done = session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == str(kept.id))).all()
        assert sorted(done) == ["venue.changed", "venue.forgotten", "venue.kept"]


def test_one_tap_puts_in_both_languages_and_saves_nothing(editor: Reader, work: Work, member: Member) -> None:
    with work():
        kept = venues.keep_venue(CHAPEL, member.id)
        other = venues.keep_venue({"place": both("Barn", "Granero"), "access": both("Gate.", "Portón.")}, member.id)
    form = editor("/es/team/meetings/new", quotes=QUOTES).wide
    taken = form.submit(press=f"put:venue:{kept.id}", title_es="Charla", place_es="Mi casa", quotes=QUOTES)
    place = {"place_en": "Grace Chapel", "place_es": "Capilla Grace", "access_es": "Puerta lateral."}
    wanted = place | {"title_es": "Charla", "host_en": "The choir", "address": CHAPEL["address"]}
    assert {name: taken.wide.values[name] for name in wanted} == wanted
    assert "Mi casa" in taken.text, "own words that were replaced are still there to read"
    assert not taken.errors
    again = taken.wide.submit(press=f"put:venue:{other.id}", quotes=QUOTES)
    assert again.wide.values["place_en"] == "Barn"
    assert not again.has("#where .said"), "what a venue put in is no loss"
    nothing = ("put:", "put:venue:", "put:venue:x", "put:venue:7", f"put:venue:{10**30}", "put:host:zz", "put:title:1")
    for then in nothing:
        data = form.values.to_dict() | {"title_en": "Porch", "then": then}
        answer = editor.client.post("/en/team/meetings/new", data=data, headers=SAME_ORIGIN)
        assert editor.read(answer, quotes=QUOTES).wide.values["title_en"] == "Porch"
    with work() as session:
        assert session.query(Meeting).count() == 0


def test_a_hidden_place_is_neither_kept_nor_offered(editor: Reader, work: Work, member: Member) -> None:
    with work() as session:
        known, hidden = (make_market(session, name, released=False) for name in ("Veiled Street", "Dark Street"))
        let_in(session, known, member)
        there = make_meeting(session, market_id=known.id, place=both("Quiet hall", "Salón quieto"))
        named = make_meeting(session, place=both("Veiled Street 4", "Calle Velada 4"))
        make_meeting(session, market_id=hidden.id, place=both("Dim hall", "Salón oscuro"))
        assert venues.keep_venue_of(there, member.id) is venues.keep_venue_of(named, member.id) is None
    page = editor("/es/team/venues/new")
    refused = page.wide.submit(422, place_en="Veiled Street 4", place_es="Veiled Street 4", quotes=("Veiled Street",))
    assert refused.errors
    with work() as session:
        assert session.query(Venue).count() == 0
    offered = editor("/en/team/venues/", quotes=("Veiled",))
    assert "Dim hall" not in offered.text


def test_another_address_is_a_move() -> None:
    found = [STREET, "Av. Roble #110", "4th & Main", "110½ Oak Ave, Apt. B", "P.O. Box 12", "ＯＡＫ １１０"]
    nowhere = ("Oak Avenue", "the church", "https://maps.app/1", "www.church1.org", "rosa1@example.org", "1 Oak\n2 Elm")
    assert [typed for typed in (*found, *nowhere) if is_street_address(typed)] == found
    plan = MeetingPlan(**dict.fromkeys(TEXTS, both("a", "b")), address=STREET)
    bare, other = replace(plan, address=""), replace(plan, address="7 Elm Street")
    assert [moves(*pair) for pair in ((plan, other), (bare, plan), (plan, bare))] == [True, False, False]
    assert changes_calendars(bare, plan)


def test_pages_calendars_and_paper_name_it(page: Reader, work: Work) -> None:
    with work() as session:
        slug = make_meeting(session, address=STREET).slug
    shown = page(f"/es/meetings/{slug}")
    assert shown.text.count(STREET) == 1
    assert not shown.has("svg.map")
    link = next(one for one in shown.find_all("main a") if "maps" in one.get("href", ""))
    assert link.get("href") == "https://www.google.com/maps/search/?api=1&query=110%20Oak%20Avenue%2C%20Alder%20Falls"
    assert {"noreferrer", "noopener"} <= set(link.get("rel", "").split())
    data = json.loads("".join(shown.find("script[type=application/ld+json]").itertext()))
    assert data["location"] == [{"@type": "Place", "name": "Biblioteca, sala 2", "address": STREET}]
    (event,) = Calendar.from_ical(page.client.get(f"/es/meetings/{slug}.ics").data).walk("VEVENT")
    place = f"Biblioteca, sala 2, {STREET}"
    assert event["location"] == place
    with work() as session, speaking("es"):
        meeting = session.scalars(select(Meeting)).one()
        assert flyer(meeting)["place"] == place
        assert place in bulletin(meeting)
    assert STREET in page("/es/").text
    with work() as session:
        meeting = session.scalars(select(Meeting)).one()
        meeting.state, meeting.change_reason = MeetingState.CANCELLED, both("Ill.", "Enferma.")
        renew_cache_version()
    page.client.application.page_cache.forget()
    assert STREET not in page("/es/").text

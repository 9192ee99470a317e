"""Saved venues: kept once, put into a meeting with one tap, and never a way to learn of a hidden place."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.i18n import NOTHING
from portal.core.statuses import NotFound
from portal.core.web import Portal
from portal.meetings import venues
from portal.meetings.meeting import Meeting
from portal.meetings.suggestions import usual_reporter
from portal.meetings.venues import Venue, VenueDraft
from portal.organisations.organisations import OrganisationDraft, add_organisation
from portal.organisations.sides import OrganisationKind
from tests.conftest import Work
from tests.make import both, let_in, make_market, make_meeting, make_member, sign_in
from tests.page import SAME_ORIGIN, Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
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


@pytest.fixture
def member(work: Work) -> Member:
    with work() as session:
        return make_member(session, ("organizer",))


@pytest.fixture
def editor(app: Portal, member: Member) -> Reader:
    client = app.test_client()
    sign_in(client, member)
    return Reader(client)


def wide(page: Page) -> Form:
    return Form(page, page.find("form.wide"))


@pytest.mark.both_databases
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


def test_a_house_hosts_where_nobody_else_is_named(work: Work, member: Member) -> None:
    with work() as session:
        house = add_organisation(OrganisationDraft(OrganisationKind.CONGREGATION, both("Grace", "Gracia")), member.id)
        kept = venues.keep_venue(VenueDraft(CHAPEL.place, CHAPEL.access, organisation_id=house.id), member.id)
        session.flush()
        session.expire_all()
        assert venues.venue(kept.id).usual_host == both("Grace", "Gracia")


def test_what_was_used_lately_comes_first(work: Work, member: Member) -> None:
    with work() as session:
        for name in ("Armory", "Barn", "Cellar"):
            venues.keep_venue(VenueDraft(both(name, name), NOTHING), member.id)
        make_meeting(session, place=both("Cellar", "Cellar"))
        assert [one.place.en for one in venues.venues(member.id)] == ["Cellar", "Armory", "Barn"]


@LANGUAGES
def test_one_tap_puts_in_both_languages_and_saves_nothing(
    editor: Reader, work: Work, member: Member, lang: str
) -> None:
    with work():
        kept = venues.keep_venue(CHAPEL, member.id)
        other = venues.keep_venue(VenueDraft(both("Barn", "Granero"), both("Gate.", "Portón.")), member.id)
    form = wide(editor(f"/{lang}/team/meetings/new", quotes=QUOTES))
    taken = form.submit(press=f"put:venue:{kept.id}", title_es="Charla", place_es="Mi casa", quotes=QUOTES)
    values = wide(taken).values
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
    again = wide(taken).submit(press=f"put:venue:{other.id}", quotes=QUOTES)
    assert wide(again).values["place_en"] == "Barn"
    assert not list(again.find_all("#where .said")), "what a venue put in is no loss"
    with work() as session:
        assert session.query(Meeting).count() == 0


def test_an_old_meeting_stays_when_its_venue_changes(editor: Reader, work: Work, member: Member) -> None:
    with work():
        kept = venues.keep_venue(CHAPEL, member.id)
    taken = wide(editor("/en/team/meetings/new")).submit(press=f"put:venue:{kept.id}", title_en="Porch")
    wide(taken).submit(press="save")
    form = wide(editor(f"/en/team/venues/{kept.id}", quotes=QUOTES))
    form.submit(place_en="Grace Hall", place_es="Salón Grace", address="50 Chapel Street")
    with work() as session:
        meeting = session.query(Meeting).one()
        assert (meeting.place, meeting.address) == (CHAPEL.place, CHAPEL.address)
        assert session.query(Venue).one().place == both("Grace Hall", "Salón Grace")


@LANGUAGES
def test_a_typed_place_is_kept_with_one_box(editor: Reader, work: Work, lang: str) -> None:
    typed = {"place_en": "Barn", "place_es": "Granero", "access_en": "Gate", "access_es": "Portón", "keep_venue": "y"}
    wide(editor(f"/{lang}/team/meetings/new")).submit(press="save", quotes=("Barn", "Gate"), **typed)
    with work() as session:
        assert session.query(Venue).one().place == both("Barn", "Granero")


@LANGUAGES
def test_the_name_of_a_hidden_place_is_not_kept_for_all(editor: Reader, work: Work, member: Member, lang: str) -> None:
    with work() as session:
        hidden = make_market(session, "Veiled Street", released=False)
        let_in(session, hidden, member)
        there = make_meeting(session, market_id=hidden.id, place=both("Quiet hall", "Salón quieto"))
        named = make_meeting(session, place=both("Veiled Street 4", "Calle Velada 4"))
    for meeting in (there, named):
        editor.client.post(f"/{lang}/team/venues/from/{meeting.id}", headers=SAME_ORIGIN, data=_token(editor, lang))
    page = editor(f"/{lang}/team/venues/new")
    refused = wide(page).submit(422, place_en="Veiled Street 4", place_es="Veiled Street 4", quotes=("Veiled Street",))
    assert list(refused.find_all("p.error"))
    with work() as session:
        assert session.query(Venue).count() == 0


def test_places_that_a_member_may_not_know_are_never_offered(editor: Reader, work: Work) -> None:
    with work() as session:
        hidden = make_market(session, "Veiled Street", released=False)
        make_meeting(session, market_id=hidden.id, place=both("Quiet hall", "Salón quieto"))
        open_one = make_meeting(session)
    offered = editor("/en/team/venues/")
    assert "Quiet hall" not in offered.text
    kept = offered.form(f"/from/{open_one.id}").submit()
    assert "Library, room 2" in kept.text
    assert not [one for one in kept.find_all("form") if "/from/" in one.get("action", "")]


@LANGUAGES
def test_a_slip_in_a_venue_keeps_what_was_typed(editor: Reader, work: Work, lang: str) -> None:
    form = wide(editor(f"/{lang}/team/venues/new"))
    again = form.submit(422, address="Chapel", **{f"access_{lang}": "Side door."}, quotes=QUOTES)
    assert {one.get("id") for one in again.find_all("p.error")} == {"address-error", f"place_{lang}-error"}
    assert wide(again).values[f"access_{lang}"] == "Side door."
    wide(again).submit(address="", **{f"place_{lang}": "Grace"}, quotes=("Grace", "Side door."))
    with work() as session:
        assert session.query(Venue).one().place[lang] == "Grace"


@LANGUAGES
def test_hosts_of_earlier_meetings_are_put_in_with_one_tap(editor: Reader, work: Work, lang: str) -> None:
    with work() as session:
        make_meeting(session)
        make_meeting(session, host=both("Only English", ""), published=False)
    page = editor(f"/{lang}/team/meetings/new", quotes=QUOTES)
    (button,) = [one for one in page.find_all("button") if one.get("value", "").startswith("put:host:")]
    taken = wide(page).submit(press=button.get("value"), quotes=QUOTES)
    values = wide(taken).values
    assert (values["host_en"], values["host_es"]) == ("Neighbors of Elm", "Vecinos de Elm")
    assert (values["report_back_by_en"], values["report_back_by_es"]) == ("The council", "El consejo")


def test_a_first_meeting_has_a_reporter_in_both_languages(editor: Reader, app: Portal) -> None:
    values = wide(editor("/es/team/meetings/new")).values
    with app.test_request_context("/es/"):
        said = usual_reporter()
    assert (values["report_back_by_en"], values["report_back_by_es"]) == (said.en, said.es)
    assert said.is_whole and values["original"] == "es"


@pytest.mark.parametrize(
    "then", ["put:", "put:venue:", "put:venue:x", "put:venue:7", f"put:venue:{10**30}", "put:host:zz", "put:title:1"]
)
def test_a_tap_on_nothing_keeps_what_was_typed(editor: Reader, work: Work, then: str) -> None:
    data = wide(editor("/en/team/meetings/new")).values
    data["title_en"], data["then"] = "Porch", then
    answer = editor.client.post("/en/team/meetings/new", data=data, headers=SAME_ORIGIN)
    assert wide(editor.read(answer)).values["title_en"] == "Porch"
    with work() as session:
        assert session.query(Meeting).count() == 0


def test_a_language_that_there_is_not_is_refused_and_nothing_is_lost(editor: Reader) -> None:
    data = wide(editor("/en/team/meetings/new")).values.to_dict() | {
        "title_en": "Porch",
        "original": "x",
        "then": "save",
    }
    data |= {"title_es": "Charla"}
    refused = editor.read(editor.client.post("/en/team/meetings/new", data=data, headers=SAME_ORIGIN), 422)
    assert wide(refused).values["title_es"] == "Charla"


def _token(editor: Reader, lang: str) -> dict[str, str]:
    return {"csrf_token": wide(editor(f"/{lang}/team/venues/new")).values["csrf_token"]}

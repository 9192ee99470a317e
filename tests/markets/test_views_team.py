"""The team's pages about places: who sees what, two people at their keys, and forms that lose nothing."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.users import Member
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.web import Portal
from portal.markets.gate import keys_turned
from portal.markets.places import Market
from tests.conftest import Work
from tests.make import PASSWORD, both, let_in, make_market, make_meeting, make_member, make_post
from tests.page import SAME_ORIGIN, Page, Reader, reader_of

HIDDEN = ("Birch Street", "Calle Birch")
ROOM_ROLES = ("community_lead", "organizer", "faith_partner", "facilitator", "police_liaison")
PAGES = ("", "call-in")
LEAD_PAGES = ("edit", "status", "steps/step_1", "call-in")
SENT_TO = (
    *("team/places/{}/key", "team/places/{}/key/back", "lead/places/{}/edit", "lead/places/{}/boundary"),
    *("lead/places/{}/people", "lead/places/{}/people/1/out", "lead/places/{}/status"),
    *("lead/places/{}/steps/step_1", "lead/places/{}/call-in", "lead/places/{}/call-in/end"),
)


@dataclass
class Place:
    """A hidden place with those admitted to it, and a public one."""

    id: int
    public_id: int
    members: dict[str, Member]
    app: Portal
    work: Work

    def enter(self, role: str, *, inside: bool = True) -> Reader:
        """The browser of somebody admitted, or of somebody in that role who is not."""
        if inside:
            return reader_of(self.app, self.members[role])
        with self.work() as session:
            member = make_member(session, [role])
        return reader_of(self.app, member)


@pytest.fixture
def place(app: Portal, work: Work) -> Place:
    with work() as session:
        public = make_market(session, "Open Street")
        market = make_market(session, HIDDEN[0], released=False, status=None)
        roles = ("community_lead", "police_liaison", "organizer", "faith_partner")
        members = {role: make_member(session, [role], name=f"Pat {role}") for role in roles}
        let_in(session, market, *members.values())
        return Place(market.id, public.id, members, app, work)


def city_day() -> date:
    """The date, in a city that is never a day ahead of UTC."""
    return (now() - timedelta(hours=12)).date()


CALM = {
    "decided_by_en": "The community lead with the weekly review group",
    "decided_by_es": "La líder comunitaria con el grupo de revisión",
    "evidence_en": "Neighbors on Open Street saw dealing on two evenings. The team saw it too.",
    "evidence_es": "Vecinos de Open Street vieron ventas dos noches. El equipo también las vio.",
}
NAMED = {
    "evidence_en": "Juan Perez of 12 Elm Street sells again. Call 336-555-0187.",
    "evidence_es": "Juan Pérez de la calle Elm 12 vende otra vez. Llame al 336-555-0187.",
}


def decision(page: Page, **texts: str) -> dict[str, str]:
    """What is sent by who says that a place slips again; calm words unless others are given."""
    days = {"since_on": f"{city_day()}", "review_on": f"{city_day() + timedelta(days=7)}"}
    return page.form("/status").values.to_dict() | {"status": "slipping"} | days | CALM | texts


def tabs(page: Page) -> list[str]:
    """Where the tabs of a place lead."""
    return [link.get("href", "") for link in page.find_all("ul.tabs a")]


def answer(client: FlaskClient, url: str, **given: object) -> tuple[int, list[tuple[str, str]], bytes]:
    found = client.open(url, headers=SAME_ORIGIN, **given)
    return found.status_code, found.headers.to_wsgi_list(), found.data


def test_those_admitted_see_the_place(place: Place) -> None:
    for role in ("community_lead", "police_liaison", "organizer", "faith_partner"):
        read = place.enter(role)
        assert HIDDEN[1] in read("/es/team/places/").text
        for name in PAGES:
            found = read(f"/es/team/places/{place.id}/{name}", quotes=("Pat community_lead",))
            assert tabs(found)[:2] == [f"/es/team/places/{place.id}/{page}" for page in ("", "call-in")]
            assert found.has("#steps") == (name != "call-in")
            assert HIDDEN[1] in found.text
            # The name must not stay in a tab or a history.
            assert "irch" not in found.title


def test_for_everybody_else_it_never_was(place: Place) -> None:
    read_at = [f"team/places/{{}}/{name}" for name in (*PAGES, "key", "key/back")]
    read_at += [f"lead/places/{{}}/{name}" for name in (*LEAD_PAGES, "call-in/end")]
    for role in ROOM_ROLES:
        read = place.enter(role, inside=False)
        index = read("/es/team/places/")
        assert "irch" not in index.text
        assert str(place.id) not in index.response.text
        token = read("/en/account/").form("language").values["csrf_token"]
        form = {"csrf_token": token, "reason": "x", "member": "1", "status": "holding"}
        sent_to = [(path, {"method": "POST", "data": form}) for path in SENT_TO]
        for path, given in (*((path, {}) for path in read_at), *sent_to):
            urls = [f"/es/{path.format(number)}" for number in (place.id, place.id ^ 1)]
            hidden, never = (answer(read.client, url, **given) for url in urls)
            assert hidden == never, path
            assert hidden[0] in ((403, 404) if given else (403, 404, 405)), path


def test_a_phone_left_open_turns_no_key(place: Place, work: Work) -> None:
    form = place.enter("community_lead")(f"/es/team/places/{place.id}/").form("/key")
    wrong = form.submit(422, reason="Now", password="not hers", quotes=("Now",))
    assert wrong.has("#password-error")
    assert wrong.form("/key").values["reason"] == "Now"
    assert "not hers" not in wrong.response.text
    with work():
        assert not keys_turned(place.id)


def test_nobody_confirms_what_was_changed_while_they_read(place: Place, work: Work) -> None:
    quotes = ("Read", "Other words", "Otras palabras")
    reading = place.enter("police_liaison")(f"/es/team/places/{place.id}/").form("/key")
    with work() as session:
        session.get(Market, place.id).about = both("Other words", "Otras palabras")
    told = reading.submit(422, reason="Read", password=PASSWORD, quotes=quotes)
    assert told.has("#reason-error")
    with work():
        assert not keys_turned(place.id)
    again = told.form("/key")
    assert again.values["reason"] == "Read"
    again.submit(password=PASSWORD, quotes=quotes)
    with work():
        assert len(keys_turned(place.id)) == 1


def test_a_lead_changes_what_is_said(place: Place, work: Work) -> None:
    read = place.enter("community_lead")
    owner = place.members["organizer"]
    form = read(f"/es/lead/places/{place.id}/edit").form("/edit")
    later = read(f"/es/lead/places/{place.id}/edit").form("/edit")
    form.submit(owner_id=str(owner.id), services_en="Beds", services_es="Camas", quotes=("Pat",))
    with work() as session:
        market = session.get(Market, place.id)
        assert (market.owner_id, market.services.es) == (owner.id, "Camas")
    clash = later.submit(status=409, services_en="Work", services_es="Trabajo", quotes=("Beds", "Work"))
    assert "Beds" in clash.text
    assert clash.form("/edit").values["services_en"] == "Work"


def test_a_lead_decides_how_it_stands(place: Place, work: Work) -> None:
    read = place.enter("community_lead", inside=False)
    address = f"/es/lead/places/{place.public_id}/status"
    wrong = read(address).form("/status").submit(422, **CALM | {"evidence_es": ""})
    assert wrong.form("/status").values["evidence_en"] == CALM["evidence_en"]
    late = wrong.form("/status").submit(422, **CALM, review_on=city_day().isoformat())
    assert late.has("#review_on-error")
    data = decision(late)
    undated = read.client.post(address, data=data | {"since_on": ""}, headers=SAME_ORIGIN)
    assert undated.status_code == 422 and 'id="since_on-error"' in undated.text
    assert read.client.post(address, data=data, headers=SAME_ORIGIN).status_code == 302
    with work() as session:
        assert session.get(Market, place.public_id).standing.status == "slipping"
    stale = read.client.post(address, data=data, headers=SAME_ORIGIN)
    assert stale.status_code == 409
    assert CALM["evidence_en"] in stale.text
    assert "Volvió la venta" in read("/es/places/open-street/?look").text


def test_only_who_is_admitted_plans_there(place: Place, work: Work, client: FlaskClient) -> None:
    with work() as session:
        meeting = make_meeting(session, market_id=place.id).id
        post = make_post(session, market_id=place.id).id
    for start, row in (("meetings", meeting), ("news", post)):
        inside, outside = place.enter("organizer"), place.enter("organizer", inside=False)
        assert inside.client.get(f"/en/team/{start}/{row}", headers=SAME_ORIGIN).status_code == 200
        assert f"/{row}" in inside.client.get(f"/en/team/{start}/").text
        assert outside.client.get(f"/en/team/{start}/{row}", headers=SAME_ORIGIN).status_code == 404
        assert f"/{row}" not in outside.client.get(f"/en/team/{start}/").text
        assert "birch-street" in inside.client.get(f"/en/team/{start}/new").text
        assert "birch-street" not in outside.client.get(f"/en/team/{start}/new").text


def test_names_in_a_decision_are_asked_about_once(place: Place, work: Work) -> None:
    read = place.enter("community_lead", inside=False)
    address, quotes = f"/es/lead/places/{place.public_id}/status", tuple(NAMED.values())
    data = decision(read(address), **NAMED)
    asked = read.read(read.client.post(address, data=data, headers=SAME_ORIGIN), 422, quotes=quotes)
    found = " ".join(asked.find("#may_be_public-error").itertext())
    assert "Juan Pérez" in found and "336-555-0187" in found
    assert asked.form("/status").values["evidence_es"] == NAMED["evidence_es"]
    assert "Juan" not in read("/es/places/open-street/").text
    asked.form("/status").submit(quotes=quotes, may_be_public="y")
    assert "336-555-0187" in read("/es/places/open-street/?now", quotes=quotes).text
    with work() as session:
        decision_id = session.get_one(Market, place.public_id).standing.id
    address = f"/es/lead/places/{place.public_id}/decisions/{decision_id}"
    calm = {name: CALM[name] for name in NAMED}
    form = read(address).form(f"/{decision_id}")
    assert form.values["evidence_en"] == NAMED["evidence_en"]
    form.submit(status=422, quotes=quotes, evidence_es="")
    form.submit(**calm)
    public = read("/es/places/open-street/?then").text
    assert "336-555-0187" not in public and calm["evidence_es"] in public
    assert "Palabras corregidas el" in public
    # Somebody who had the page open before is shown what stands there now.
    assert form.submit(status=409, quotes=quotes, **calm).has("[data-errors]")
    with work() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "market.decision_corrected")).one()
        assert event.object_id == str(place.public_id)


def test_names_in_texts_of_a_place_are_asked_about(place: Place) -> None:
    read, address = place.enter("community_lead"), f"/es/lead/places/{place.id}/edit"
    quotes = ("Pat", "Now", *HIDDEN, "Ask Rosa Gomez near Birch Street.")
    texts = {"about_en": "Ask Rosa Gomez near Birch Street.", "about_es": "Pregunte a Rosa Gómez cerca de Calle Birch."}
    asked = read(address, quotes=quotes).form("/edit").submit(422, quotes=quotes, **texts)
    found = " ".join(asked.find("#may_be_public-error").itertext())
    assert "Rosa Gómez" in found and "Birch" not in found
    asked.form("/edit").submit(quotes=quotes, may_be_public="y")


def test_the_call_in_ends_when_both_keys_are_turned(place: Place, work: Work) -> None:
    url = f"/en/team/places/{place.id}/"
    lead = place.enter("community_lead")
    texts = {f"{name}_{lang}": f"{name} {lang}" for name in ("message", "services", "tonight") for lang in ("en", "es")}
    saved = lead(f"{url}call-in").follow("Write the texts").form("/call-in").submit(**texts)
    assert "Both keys must be turned before anything can be shown." in saved.text
    for role, early in (("community_lead", {}), ("police_liaison", {"early": "y"})):
        place.enter(role)(url).form("/key").submit(reason="Tonight.", password=PASSWORD, **early)
    assert "you can say here that the call-in has ended" in lead(f"{url}call-in").text
    with work():
        for turned in keys_turned(place.id):
            turned.turned_at -= timedelta(hours=1)
    form = lead(f"{url}call-in").form("/call-in/end")
    assert form.submit(422).has("#sure-error")
    with work() as session:
        address = f"/es/places/{session.get_one(Market, place.id).slug}/"
    assert place.app.test_client().get(address).status_code == 404
    assert "It is public now, in both languages." in form.submit(sure="y").text
    assert place.app.test_client().get(address).status_code == 200

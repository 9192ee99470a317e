"""The team's pages about places: who sees what, two people at their keys, and forms that lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.roles import Role
from portal.accounts.users import Member, RoleHeld
from portal.core.audit import AuditEvent
from portal.core.clock import now
from portal.core.web import Portal
from portal.markets.gate import keys_turned
from portal.markets.gate_rules import EvidenceItem
from portal.markets.places import CallIn, Evidence, Market
from tests.conftest import Work
from tests.make import PASSWORD, both, let_in, make_market, make_meeting, make_member, make_post, sign_in
from tests.page import SAME_ORIGIN, Form, Page, Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
HIDDEN = ("Birch Street", "Calle Birch")
ROOM_ROLES = ("community_lead", "organizer", "faith_partner", "facilitator", "police_liaison")
PAGES = ("", "steps", "call-in")
LEAD_PAGES = ("edit", "people", "status", "steps/step_1", "call-in")

WORDS = {
    "en": ("One of two keys is turned. A police liaison still has to confirm.", "Both keys are turned."),
    "es": (
        "Una de las dos llaves está girada. Todavía falta que confirme un enlace de la policía.",
        "Las dos llaves están giradas.",
    ),
}


@dataclass
class Place:
    """A hidden place with those admitted to it, and a public one."""

    id: int
    public_id: int
    members: dict[str, Member]


@pytest.fixture
def place(work: Work) -> Place:
    with work() as session:
        public = make_market(session, "Open Street")
        market = make_market(session, HIDDEN[0], released=False, status=None)
        roles = ("community_lead", "police_liaison", "organizer", "faith_partner")
        members = {role: make_member(session, [role], name=f"Pat {role}") for role in roles}
        let_in(session, market, *members.values())
        return Place(market.id, public.id, members)


Enter = Callable[..., Reader]


@pytest.fixture
def enter(app: Portal, work: Work, place: Place) -> Enter:
    """`enter("organizer")` is the browser of somebody admitted, `inside=False` of somebody who is not."""

    def enter(role: str, *, inside: bool = True) -> Reader:
        member = place.members[role] if inside else None
        if member is None:
            with work() as session:
                member = make_member(session, [role])
        client = app.test_client()
        sign_in(client, member)
        return Reader(client)

    return enter


def city_day() -> date:
    """The date, in a city that is never a day ahead of UTC."""
    return (now() - timedelta(hours=12)).date()


def admit_form(people: Page) -> Form:
    """The form that lets somebody in; each of the others sends somebody out."""
    return Form(people, next(form for form in people.tree.iter("form") if not form.get("action")))


def tabs(page: Page) -> list[str]:
    """Where the tabs of a place lead."""
    return [link.get("href", "") for link in page.find_all("ul.tabs a")]


def turn(read: Reader, address: str, quotes: tuple[str, ...], **given: str) -> Page:
    """Turn a key, whatever hour it sets."""
    page = read(address, quotes=quotes)
    early = {"early": "y"} if page.has("#early") else {}
    return page.form("/key").submit(**{"reason": "Now", "password": PASSWORD} | early | given, quotes=quotes)


def answer(client: FlaskClient, url: str, **given: object) -> tuple[int, list[tuple[str, str]], bytes]:
    found = client.open(url, headers=SAME_ORIGIN, **given)
    return found.status_code, found.headers.to_wsgi_list(), found.data


@LANGUAGES
@pytest.mark.parametrize("role", ["community_lead", "police_liaison", "organizer", "faith_partner"])
def test_those_admitted_see_the_place(enter: Enter, place: Place, lang: str, role: str) -> None:
    read = enter(role)
    assert HIDDEN[lang == "es"] in read(f"/{lang}/team/places/").text
    for name in PAGES:
        found = read(f"/{lang}/team/places/{place.id}/{name}", quotes=("Pat community_lead",))
        assert {"steps", "call-in"} <= {link.rpartition("/")[2] for link in tabs(found)}
        assert HIDDEN[lang == "es"] in found.text
        # The name must not stay in a tab or a history.
        assert "irch" not in found.title


@LANGUAGES
@pytest.mark.parametrize("role", ROOM_ROLES)
def test_for_everybody_else_it_never_was(enter: Enter, place: Place, lang: str, role: str) -> None:
    read = enter(role, inside=False)
    index = read(f"/{lang}/team/places/")
    assert "irch" not in index.text
    assert str(place.id) not in index.response.text
    for start, names in (("team", (*PAGES, "key", "key/back")), ("lead", (*LEAD_PAGES, "call-in/end"))):
        for name in names:
            hidden = f"/{lang}/{start}/places/{place.id}/{name}"
            never = f"/{lang}/{start}/places/{place.id ^ 1}/{name}"
            assert answer(read.client, hidden) == answer(read.client, never), hidden
            assert read.client.get(hidden, headers=SAME_ORIGIN).status_code != 200


@pytest.mark.parametrize("role", ROOM_ROLES)
def test_what_is_sent_to_a_hidden_place_is_sent_to_none(enter: Enter, place: Place, role: str) -> None:
    read = enter(role, inside=False)
    token = read("/en/account/").form("language").values["csrf_token"]
    form = {"csrf_token": token, "reason": "x", "member": "1", "status": "holding"}
    for path in (
        "team/places/{}/key",
        "team/places/{}/key/back",
        "lead/places/{}/edit",
        "lead/places/{}/boundary",
        "lead/places/{}/people",
        "lead/places/{}/people/1/out",
        "lead/places/{}/status",
        "lead/places/{}/steps/step_1",
        "lead/places/{}/call-in",
        "lead/places/{}/call-in/end",
    ):
        urls = [f"/en/{path.format(number)}" for number in (place.id, place.id ^ 1)]
        hidden, never = (answer(read.client, url, method="POST", data=form) for url in urls)
        assert hidden == never, path
        assert hidden[0] in (403, 404), path


def test_a_role_that_was_lost_shows_nothing(enter: Enter, place: Place, work: Work) -> None:
    with work() as session:
        member = session.get(Member, place.members["organizer"].id)
        member.role_rows[:] = [RoleHeld(role="facilitator")]
    read = enter("organizer")
    assert "irch" not in read("/en/team/places/").text
    read(f"/en/team/places/{place.id}/", 404)


def test_pages_of_all_features_about_a_place_are_tabs_for_those_to_whom_they_open(enter: Enter, place: Place) -> None:
    def seen(role: str, *, inside: bool = True) -> list[str]:
        page = enter(role, inside=inside)(f"/en/team/places/{place.id if inside else place.public_id}/")
        return ["".join(link.itertext()) for link in page.find_all("ul.tabs a")]

    inside, of_others = ["Overview", "Nine steps", "Call-in"], ["Scorecard", "Study", "Figures"]
    assert seen("community_lead") == inside + of_others
    assert seen("community_lead", inside=False) == ["Overview", "Board", *of_others]
    assert seen("police_liaison") == inside
    assert seen("police_liaison", inside=False) == []


@LANGUAGES
def test_a_public_place_is_seen_by_all_but_its_steps_are_not(enter: Enter, place: Place, lang: str) -> None:
    for role in ROOM_ROLES:
        read = enter(role, inside=False)
        found = read(f"/{lang}/team/places/{place.public_id}/")
        assert not found.has("#gate")
        assert not any("/key" in form.get("action", "") for form in found.find_all("form"))
        for name in ("steps", "call-in"):
            read(f"/{lang}/team/places/{place.public_id}/{name}", 404)
            assert not any(link.endswith(f"/{name}") for link in tabs(found))


@LANGUAGES
def test_two_people_release_it(enter: Enter, place: Place, work: Work, lang: str) -> None:
    address = f"/{lang}/team/places/{place.id}/"
    lead, liaison = enter("community_lead"), enter("police_liaison")
    said = ("The families know.", "Pat community_lead", "Cases are kept.", "Pat police_liaison")
    empty = lead(address).form("/key").submit(status=422, reason=" ", quotes=said)
    assert empty.has("#reason-error")
    assert empty.has("#password-error")
    one = lead(address).form("/key").submit(reason=said[0], password=PASSWORD, quotes=said)
    words = WORDS[lang]
    assert words[0] in one.text
    assert said[0] in liaison(address, quotes=said).text
    unsure = liaison(address, quotes=said).form("/key").submit(422, reason=said[2], password=PASSWORD, quotes=said)
    assert unsure.has("#early-error")
    assert said[2] in unsure.form("/key").values["reason"]
    both = unsure.form("/key").submit(reason=said[2], password=PASSWORD, early="y", quotes=said)
    assert words[1] in both.text
    with work() as session:
        assert session.get(Market, place.id).released_at > now()
    back = liaison(address, quotes=said).form("/key/back").submit(quotes=said)
    assert words[1] not in back.text
    with work() as session:
        assert session.get(Market, place.id).released_at is None


@LANGUAGES
def test_a_phone_left_open_turns_no_key(enter: Enter, place: Place, work: Work, lang: str) -> None:
    form = enter("community_lead")(f"/{lang}/team/places/{place.id}/").form("/key")
    wrong = form.submit(422, reason="Now", password="not hers", quotes=("Now",))
    assert wrong.has("#password-error")
    assert wrong.form("/key").values["reason"] == "Now"
    assert "not hers" not in wrong.response.text
    with work():
        assert not keys_turned(place.id)


@LANGUAGES
def test_nobody_confirms_what_was_changed_while_they_read(enter: Enter, place: Place, work: Work, lang: str) -> None:
    quotes = ("Read", "Other words", "Otras palabras")
    reading = enter("police_liaison")(f"/{lang}/team/places/{place.id}/").form("/key")
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


def test_a_reason_outlives_a_text_that_has_to_be_mended(enter: Enter, place: Place, work: Work) -> None:
    form = enter("police_liaison")(f"/en/team/places/{place.id}/").form("/key")
    with work() as session:
        session.get(Market, place.id).stale = "about_es"
    told = form.submit(422, reason="Cases are kept.", password=PASSWORD, quotes=("Cases are kept.",))
    assert told.form("/key").values["reason"] == "Cases are kept."


def test_who_holds_no_key_finds_no_button(enter: Enter, place: Place) -> None:
    for role in ("organizer", "faith_partner"):
        found = enter(role)(f"/en/team/places/{place.id}/")
        assert not any("/key" in form.get("action", "") for form in found.find_all("form"))
        client = found.reader.client
        token = enter(role)("/en/account/").form("language").values["csrf_token"]
        assert answer(client, f"/en/team/places/{place.id}/key", method="POST", data={"csrf_token": token})[0] >= 400


@LANGUAGES
def test_a_lead_begins_a_place_and_admits_somebody(enter: Enter, place: Place, work: Work, lang: str) -> None:
    read = enter("community_lead", inside=False)
    names = {"name_en": "Willow Bend", "name_es": "Recodo Willow"}
    page = read(f"/{lang}/lead/places/new")
    wrong = page.form("/new").submit(status=422, **names | {"name_es": "La venta"}, about_en="Walk.")
    assert wrong.form("/new").values["about_en"] == "Walk."
    people = wrong.form("/new").submit(**names, quotes=("Pat", "Ana Member"))
    with work() as session:
        market = session.scalars(select(Market).where(Market.name_en == "Willow Bend")).one()
        assert (market.released_at, market.about.en) == (None, "Walk.")
    somebody = place.members["police_liaison"]
    people = admit_form(people).submit(member=str(somebody.id), quotes=("Pat police_liaison",))
    assert "Pat police_liaison" in people.text
    found = enter("police_liaison")(f"/{lang}/team/places/")
    assert names[f"name_{lang}"] in found.text
    out = people.form(f"/people/{somebody.id}/out").submit(quotes=("Pat",))
    assert names[f"name_{lang}"] not in enter("police_liaison")(f"/{lang}/team/places/").text
    assert out.path.endswith("/people")


@LANGUAGES
def test_a_lead_changes_what_is_said(enter: Enter, place: Place, work: Work, lang: str) -> None:
    read = enter("community_lead")
    owner = place.members["organizer"]
    form = read(f"/{lang}/lead/places/{place.id}/edit").form("/edit")
    later = read(f"/{lang}/lead/places/{place.id}/edit").form("/edit")
    form.submit(owner=str(owner.id), services_en="Beds", services_es="Camas", quotes=("Pat",))
    with work() as session:
        market = session.get(Market, place.id)
        assert (market.owner_id, market.services.es) == (owner.id, "Camas")
    clash = later.submit(status=409, services_en="Work", services_es="Trabajo", quotes=("Beds", "Work"))
    assert "Beds" in clash.text
    assert clash.form("/edit").values["services_en"] == "Work"


def test_a_public_place_is_whole_or_it_is_not_saved(enter: Enter, place: Place) -> None:
    form = enter("community_lead", inside=False)(f"/en/lead/places/{place.public_id}/edit").form("/edit")
    wrong = form.submit(status=422, about_es="")
    assert wrong.has("#about_es-error")
    wrong.form("/edit").submit(about_es="Caminamos.")


def test_the_older_language_of_a_place_is_marked(enter: Enter, place: Place, page: Reader) -> None:
    read = enter("community_lead", inside=False)
    address, said = f"/en/lead/places/{place.public_id}/edit", ("Neighbors walk at six.",)
    read(address).form("/edit").submit(about_en=said[0], translated_by="A. R.")
    assert read(address).form("/edit").values["translated_by"] == "A. R."
    spanish, english = (page(f"/{lang}/places/open-street/?look") for lang in ("es", "en"))
    assert "El texto en español es más antiguo" in spanish.text and "A. R." in spanish.text
    assert "older" not in english.text and "A. R." not in english.text
    read(address).form("/edit").submit(about_es="Los vecinos caminan a las seis.")
    assert "más antiguo" not in page("/es/places/open-street/?look").text
    form = read(address).form("/edit")
    form.submit(about_en="Neighbors walk at 6.", same="y")
    assert "más antiguo" not in page("/es/places/open-street/?look").text


@LANGUAGES
def test_a_lead_decides_how_it_stands(enter: Enter, place: Place, work: Work, lang: str) -> None:
    read = enter("community_lead", inside=False)
    address = f"/{lang}/lead/places/{place.public_id}/status"
    texts = {"evidence_en": "We looked.", "evidence_es": "Miramos."}
    by = {"decided_by_en": "The lead", "decided_by_es": "La líder"}
    form = read(address).form("/status")
    wrong = form.submit(status=422, evidence_en="We looked.", **by)
    assert wrong.form("/status").values["evidence_en"] == "We looked."
    late = wrong.form("/status").submit(status=422, **texts, **by, review_on=city_day().isoformat())
    assert late.has("#review_on-error")
    data = late.form("/status").values
    data["status"], data["review_on"] = "slipping", (city_day() + timedelta(days=7)).isoformat()
    undated = read.client.post(address, data=data, headers=SAME_ORIGIN)
    assert undated.status_code == 422 and 'id="since_on-error"' in undated.text
    data["since_on"] = city_day().isoformat()
    answered = read.client.post(address, data=data, headers=SAME_ORIGIN)
    assert answered.status_code == 302
    with work() as session:
        assert session.get(Market, place.public_id).standing.status == "slipping"
    stale = read.client.post(address, data=data, headers=SAME_ORIGIN)
    assert stale.status_code == 409
    assert "We looked." in stale.text
    assert "Volvió a empezar" in read("/es/places/open-street/?look").text


def test_only_what_is_possible_today_is_offered_and_all_that_is_wrong_is_said(
    enter: Enter, place: Place, work: Work
) -> None:
    read = enter("community_lead", inside=False)
    address = f"/en/lead/places/{place.public_id}/status"
    found = read(address)
    offered = [one.get("value") for one in found.tree.iter("input") if one.get("name") == "status"]
    assert offered == ["holding", "slipping"]
    assert found.form("/status").values["since_on"] == ""
    days = {"review_on": city_day().isoformat(), "since_on": "2999-01-01"}
    wrong = found.form("/status").send(**days, status="slipping")
    assert wrong.status_code == 422
    for name in ("since_on", "review_on", "evidence_en", "evidence_es"):
        assert f'id="{name}-error"' in wrong.text


@LANGUAGES
def test_a_review_keeps_its_day_though_none_is_given(enter: Enter, place: Place, work: Work, lang: str) -> None:
    read = enter("community_lead", inside=False)
    with work() as session:
        since = session.get(Market, place.public_id).standing.since_on
    form = read(f"/{lang}/lead/places/{place.public_id}/status").form("/status")
    form.submit(evidence_en="We looked.", evidence_es="Miramos.")
    with work() as session:
        market = session.get(Market, place.public_id)
        assert len(market.decisions) == 2 and {one.since_on for one in market.decisions} == {since}
    public = read(f"/{lang}/places/open-street/?look", quotes=("We looked.",))
    who = {"en": "Who decided: The neighborhood council", "es": "Quién lo decidió: El consejo de vecinos"}[lang]
    assert public.text.count(who) == 2


@LANGUAGES
def test_evidence_is_noted(enter: Enter, place: Place, work: Work, lang: str) -> None:
    read = enter("community_lead")
    for item in EvidenceItem:
        read(f"/{lang}/lead/places/{place.id}/steps/{item.value}")
    read(f"/{lang}/lead/places/{place.id}/steps/step_10", 404)
    form = read(f"/{lang}/lead/places/{place.id}/steps/step_1").form("/steps/")
    wrong = form.submit(status=422, state="done", said="Kept text", quotes=("Kept text",))
    assert wrong.form("/steps/").values["said"] == "Kept text"
    done = wrong.form("/steps/").submit(
        state="done", said="Kept text", done_on=city_day().isoformat(), quotes=("Kept text", "Pat")
    )
    assert "Kept text" in done.text
    clash = form.submit(status=409, state="going", said="Other", quotes=("Kept text", "Other"))
    assert "Kept text" in clash.text
    with work() as session:
        assert session.scalars(select(Evidence)).one().said == "Kept text"


@LANGUAGES
def test_each_side_of_the_texts_for_the_evening_is_whole_in_its_language(enter: Enter, place: Place, lang: str) -> None:
    read = enter("community_lead")
    texts = {f"{name}_{code}": f"{name} {code}" for name in ("message", "services", "tonight") for code in ("en", "es")}
    form = read(f"/{lang}/lead/places/{place.id}/call-in", quotes=tuple(texts.values())).form("/call-in")
    quotes = (*texts.values(), "Rosa", "Translated by Rosa.", "The message", "Help that is offered")
    shown = form.submit(**texts, original="en", translated_by="Rosa", quotes=quotes)
    sides = {side.get("lang"): " ".join(side.itertext()) for side in shown.find_all("article.card")}
    assert [word in sides["en"] for word in ("The message", "El mensaje", "Rosa")] == [True, False, False]
    assert [word in sides["es"] for word in ("The message", "El mensaje", "Rosa")] == [False, True, True]


@LANGUAGES
def test_the_call_in_is_prepared_and_ends(enter: Enter, place: Place, work: Work, lang: str) -> None:
    read, liaison = enter("community_lead"), enter("police_liaison")
    texts = {f"{name}_{code}": f"{name} {code}" for name in ("message", "services", "tonight") for code in ("en", "es")}
    quotes = (*texts.values(), "Pat", "Now")
    form = read(f"/{lang}/lead/places/{place.id}/call-in").form("/call-in")
    shown = form.submit(**texts, quotes=quotes)
    assert all(text in shown.text for text in texts.values())
    assert not any("/end" in one.get("action", "") for one in shown.find_all("form"))
    for who in (read, liaison):
        turn(who, f"/{lang}/team/places/{place.id}/", quotes)
    ready = liaison(f"/{lang}/team/places/{place.id}/call-in", quotes=quotes)
    assert not any("/end" in one.get("action", "") for one in ready.find_all("form"))
    early = read(f"/{lang}/team/places/{place.id}/call-in", quotes=quotes)
    assert ("you can say here" if lang == "en" else "se puede decir aquí") in early.text
    assert not any("/end" in one.get("action", "") for one in early.find_all("form"))
    token = read(f"/{lang}/account/").form("language").values["csrf_token"]
    address = f"/{lang}/lead/places/{place.id}/call-in/end"
    sent = {"csrf_token": token, "sure": "y"}
    assert read.client.post(address, data=sent, headers=SAME_ORIGIN).status_code == 409
    with work() as session:
        for turned in keys_turned(place.id):
            turned.turned_at -= timedelta(hours=1)
    ready = read(f"/{lang}/team/places/{place.id}/call-in", quotes=quotes)
    unsure = ready.form("/end").submit(status=422, quotes=quotes)
    assert unsure.has("#sure-error")
    with work() as session:
        assert session.get(CallIn, place.id).ended_at is None
    ended = unsure.form("/end").submit(sure="y", quotes=quotes)
    assert ended.response.status_code == 200
    with work() as session:
        assert session.get(CallIn, place.id).ended_at == session.get(Market, place.id).released_at
    assert read.client.get(f"/{lang}/places/birch-street/?look").status_code == 200
    late = read(f"/{lang}/lead/places/{place.id}/call-in").form("/call-in")
    half = late.submit(tonight_en="Rest", quotes=quotes, translated_by="Rosa")
    # Back at the form: there the older side is marked.
    assert "tonight_en" in half.form("/call-in").values
    public = {
        code: Reader(read.client)(f"/{code}/places/birch-street/call-in/", quotes=("Rest", *quotes))
        for code in ("en", "es")
    }
    assert "más antiguo" in public["es"].text or "más antigua" in public["es"].text
    assert "older" not in public["en"].text
    assert "Rosa" in public["es"].text and "Rosa" not in public["en"].text
    half.form("/call-in").submit(same="y", quotes=("Rest", *quotes))


@LANGUAGES
def test_who_changes_a_confirmed_text_learns_that_the_keys_are_void(enter: Enter, place: Place, lang: str) -> None:
    read, quotes = enter("community_lead"), ("Pat", "Now")
    address = f"/{lang}/team/places/{place.id}/"
    turn(read, address, quotes)
    again = {"en": "Both keys must be turned again", "es": "Hay que girar otra vez las dos llaves"}[lang]
    form = read(f"/{lang}/lead/places/{place.id}/edit", quotes=quotes).form("/edit")
    assert again[:20] in form.page.text or again.lower()[:20] in form.page.text.lower()
    saved = form.submit(about_en="Run.", about_es="Corra.", quotes=("Run.", *quotes))
    assert saved.text.count(again) == 2
    assert read(address, quotes=("Run.", *quotes)).text.count(again) == 1


def test_warnings_stand_on_the_page(enter: Enter, place: Place, work: Work) -> None:
    read = enter("community_lead")
    found = read(f"/en/team/places/{place.id}/")
    assert "Nobody looks after this place." in found.text
    assert "There is no deputy." in found.text
    with work() as session:
        market = session.get(Market, place.id)
        market.owner_id, market.deputy_id = place.members["organizer"].id, place.members["faith_partner"].id
        owner = session.get(Member, market.owner_id)
        owner.left_at = now()
    found = read(f"/en/team/places/{place.id}/")
    assert "The owner has left the team." in found.text
    assert "There is no deputy." not in found.text


@LANGUAGES
def test_a_release_without_a_decision_is_warned_of(enter: Enter, place: Place, work: Work, lang: str) -> None:
    said = {"en": "Nobody has decided how it stands.", "es": "Nadie ha decidido cómo está."}[lang]
    read, pages = enter("community_lead"), [f"/{lang}/team/places/{place.id}/{page}" for page in ("", "call-in")]
    assert not any(said in read(page).text for page in pages)
    with work() as session:
        session.get_one(Market, place.id).released_at = now() + timedelta(hours=20)
    assert all(said in read(page).text for page in pages)


def test_a_place_without_cover_is_told_to_its_leads_only(enter: Enter, place: Place, work: Work) -> None:
    with work() as session:
        make_meeting(session, market_id=place.id, published=False)
    sentence = "Nothing covers this place"
    assert sentence in enter("community_lead")("/en/team/places/").text
    assert sentence not in enter("community_lead", inside=False)("/en/team/places/").text
    assert sentence not in enter("organizer")("/en/team/places/").text
    with work() as session:
        make_meeting(session, market_id=place.public_id)
    assert sentence not in enter("community_lead")("/en/team/places/").text


def test_who_is_admitted_plans_for_a_hidden_place_and_nobody_else_sees_it(
    enter: Enter, place: Place, work: Work, client: FlaskClient
) -> None:
    with work() as session:
        meeting = make_meeting(session, market_id=place.id).id
        post = make_post(session, market_id=place.id).id
    for start, row in (("meetings", meeting), ("news", post)):
        inside, outside = enter("organizer"), enter("organizer", inside=False)
        assert inside.client.get(f"/en/team/{start}/{row}", headers=SAME_ORIGIN).status_code == 200
        assert f"/{row}" in inside.client.get(f"/en/team/{start}/").text
        assert outside.client.get(f"/en/team/{start}/{row}", headers=SAME_ORIGIN).status_code == 404
        assert f"/{row}" not in outside.client.get(f"/en/team/{start}/").text
        assert "birch-street" in inside.client.get(f"/en/team/{start}/new").text
        assert "birch-street" not in outside.client.get(f"/en/team/{start}/new").text


def test_the_audit_log_names_no_hidden_place(app: Portal, enter: Enter, place: Place, work: Work) -> None:
    turn(enter("community_lead"), f"/en/team/places/{place.id}/", ())
    with work() as session:
        admin = make_member(session, [Role.ADMINISTRATOR])
    client = app.test_client()
    sign_in(client, admin)
    for query in ("", "?kind=market", "?action=market.key_turned"):
        assert str(place.id) not in client.get(f"/en/audit/{query}").text
    assert "turned a key" not in client.get("/en/audit/").text
    with work() as session:
        session.get(Market, place.id).released_at = now()
    assert "turned a key" in client.get("/en/audit/").text


NAMED = {
    "decided_by_en": "The lead",
    "decided_by_es": "La líder",
    "evidence_en": "Juan Perez of 12 Elm Street sells again. Call 336-555-0187.",
    "evidence_es": "Juan Pérez de la calle Elm 12 vende otra vez. Llame al 336-555-0187.",
}


@LANGUAGES
@pytest.mark.both_databases
def test_names_in_a_decision_are_asked_about_once_and_can_be_corrected(
    enter: Enter, place: Place, work: Work, lang: str
) -> None:
    read = enter("community_lead", inside=False)
    address, quotes = f"/{lang}/lead/places/{place.public_id}/status", tuple(NAMED.values())
    given = {
        "status": "slipping",
        "since_on": f"{city_day()}",
        "review_on": f"{city_day() + timedelta(days=7)}",
    } | NAMED
    data = read(address).form("/status").values.to_dict() | given
    asked = read.read(read.client.post(address, data=data, headers=SAME_ORIGIN), 422, quotes=quotes)
    found = " ".join(asked.find("#may_be_public-error").itertext())
    assert "Juan Pérez" in found and "336-555-0187" in found
    assert asked.form("/status").values["evidence_es"] == NAMED["evidence_es"]
    assert "Juan" not in read(f"/{lang}/places/open-street/").text
    asked.form("/status").submit(quotes=quotes, may_be_public="y")
    assert "336-555-0187" in read(f"/{lang}/places/open-street/?now", quotes=quotes).text
    with work() as session:
        decision_id = session.get_one(Market, place.public_id).standing.id
    address = f"/{lang}/lead/places/{place.public_id}/decisions/{decision_id}"
    calm = {"evidence_en": "Neighbors saw it again.", "evidence_es": "Los vecinos lo vieron otra vez."}
    form = read(address).form(f"/{decision_id}")
    assert form.values["evidence_en"] == NAMED["evidence_en"]
    form.submit(status=422, quotes=quotes, evidence_es="")
    form.submit(**calm)
    public = read(f"/{lang}/places/open-street/?then").text
    assert "336-555-0187" not in public and calm[f"evidence_{lang}"] in public
    assert {"en": "Words corrected on", "es": "Palabras corregidas el"}[lang] in public
    # Somebody who had the page open before is shown what stands there now.
    assert form.submit(status=409, quotes=quotes, **calm).has("[data-errors]")
    with work() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "market.decision_corrected")).one()
        assert event.object_id == str(place.public_id)


def test_a_decision_of_another_place_is_not_found(enter: Enter, place: Place, work: Work) -> None:
    with work() as session:
        other = make_market(session, "Third Street").standing.id
    enter("community_lead", inside=False)(f"/en/lead/places/{place.public_id}/decisions/{other}", status=404)


@LANGUAGES
def test_a_plain_decision_is_not_asked_about(enter: Enter, place: Place, lang: str) -> None:
    read = enter("community_lead", inside=False)
    words = {
        "decided_by_en": "The community lead with the weekly review group",
        "decided_by_es": "La líder comunitaria con el grupo de revisión",
        "evidence_en": "Neighbors on Open Street saw dealing on two evenings. The team saw it too.",
        "evidence_es": "Vecinos de Open Street vieron ventas dos noches. El equipo también las vio.",
    }
    address = f"/{lang}/lead/places/{place.public_id}/status"
    data = (
        read(address).form("/status").values.to_dict()
        | {"status": "slipping", "since_on": f"{city_day()}", "review_on": f"{city_day() + timedelta(days=7)}"}
        | words
    )
    assert read.client.post(address, data=data, headers=SAME_ORIGIN).status_code == 302


@LANGUAGES
def test_a_name_in_the_texts_of_a_place_is_asked_about_but_its_own(enter: Enter, place: Place, lang: str) -> None:
    read, address = enter("community_lead"), f"/{lang}/lead/places/{place.id}/edit"
    quotes = ("Pat", "Now", *HIDDEN, "Ask Rosa Gomez near Birch Street.")
    texts = {"about_en": "Ask Rosa Gomez near Birch Street.", "about_es": "Pregunte a Rosa Gómez cerca de Calle Birch."}
    asked = read(address, quotes=quotes).form("/edit").submit(422, quotes=quotes, **texts)
    found = " ".join(asked.find("#may_be_public-error").itertext())
    assert "Rosa Gómez" in found and "Birch" not in found
    asked.form("/edit").submit(quotes=quotes, may_be_public="y")

"""The pages of call-ins: planning, moving, consents, offers, clocks, and what is refused."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.roles import Role
from portal.core.clock import today
from portal.partners.callin import call_in as actions
from portal.partners.callin.call_in import CallInCard, CallInItem, CallInPlan, lines
from portal.partners.callin.evening_rules import Consent
from portal.partners.callin.rules import EveningSheet
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, my_seat, open_text
from tests.conftest import Work
from tests.make import let_in, make_circle, make_market, make_member, sign_in, sit_in
from tests.page import SAME_ORIGIN, Reader
from tests.partners.callin.evenings import add_voice, keys_of, let_speak, plan

NAMES = ("Vera Voice", "Sara Spare", "Cora Coordinator", "Hall", "desk 4", "Ruth", "Work, with a coach", "City")


@pytest.fixture
def city(work: Work):
    """A circle of a lead and an elder, with a call-in today whose first voice is Vera, and Sara steps in."""
    with work() as session:
        lead = make_member(session, [Role.COMMUNITY_LEAD], name="Ruth Lead")
        elder = make_member(session, [], name="Ezra Elder")
        circle = make_circle(session, lead, elder)
        call_in = plan(circle, lead)
        spare = add_voice(circle, lead, call_in, Consent.SPEAK, Consent.NAME, name="Sara Spare")
        voice = add_voice(circle, lead, call_in, Consent.SPEAK, Consent.NAME, Consent.PHOTO, alternate=str(spare.id))
        let_speak(circle, lead, call_in, voice)
        first = lines(CallInItem, call_in)[0]
        found = {"lead": lead, "elder": elder, "circle": circle.id, "call_in": call_in.id, "voice": voice.id}
        return {**found, "spare": spare.id, "item": first.id, "today": today()}


def url(city, rest: str = "", lang: str = "en") -> str:
    return f"/{lang}/circles/{city['circle']}/call-ins/{city['call_in']}/{rest}"


def send(client: FlaskClient, address: str, *, of: str, **values: str):
    """Send a form with the token of the page `of`."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(of).text)
    assert found, of
    return client.post(address, data={"csrf_token": found[1], **values}, headers=SAME_ORIGIN)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_page_is_what_a_page_must_be(page: Reader, city, lang: str) -> None:
    sign_in(page.client, city["lead"])
    page(f"/{lang}/circles/{city['circle']}/call-ins/")
    page(f"/{lang}/circles/{city['circle']}/call-ins/new")
    for rest in (
        *("", "edit", "run/", "run/new", f"run/{city['item']}/", "voices/", "voices/new", f"voices/{city['voice']}/"),
        *(f"voices/{city['voice']}/edit", "help/", "help/new", "door", "tonight/"),
        *(f"tonight/{sheet}" for sheet in EveningSheet),
    ):
        page(url(city, rest, lang), quotes=NAMES)
    assert "Call-in" in page(f"/en/circles/{city['circle']}/").text


def test_a_call_in_is_planned_and_its_run_filled_moved_and_changed(page: Reader, city, work: Work) -> None:
    client = page.client
    sign_in(client, city["lead"])
    new = f"/en/circles/{city['circle']}/call-ins/new"
    when = (city["today"] + timedelta(days=9)).isoformat()
    assert send(client, new, of=new, held_on="", begins="").status_code == 422
    made = send(
        client, new, of=new, held_on=when, begins="18:00", where="", people="", coordinator="", reach="", market=""
    )
    assert made.status_code == 302
    run = f"{made.location}run/"
    assert send(client, f"{run}usual", of=run).status_code == 302
    shown = page(run).text
    assert "63 minutes without the meal" in shown
    assert "6:08" in shown
    assert send(client, f"{run}usual", of=run).status_code == 409
    with work() as session:
        items = session.scalars(
            select(CallInItem)
            .join(CallInPlan, CallInPlan.id == CallInItem.call_in_id)
            .where(CallInPlan.id == int(run.split("/")[5]))
            .order_by(CallInItem.turn)
        ).all()
        first, second = items[0].id, items[1].id
    moved = page(run).form("/run/save").send(press=f"up-{second}")
    assert moved.location.endswith(f"#item-{second}")
    assert page(run).text.index("Community voice 1") < page(run).text.index("Welcome and ground rules")
    change = {"part": "welcome", "room": "1", "minutes": "25", "about": "", "voice": ""}
    seen = re.search(r'name="version"[^>]*value="(\w+)"', client.get(f"{run}{first}/").text)[1]
    assert send(client, f"{run}{first}/", of=f"{run}{first}/", version=seen, **change).status_code == 302
    assert "longer than 75 minutes" in page(run).text
    assert send(client, f"{run}{first}/drop", of=run, sure="y").status_code == 302
    assert "There is no welcome" in page(run).text


def test_the_night_before_a_word_is_taken_back_and_the_sheet_and_the_stage_change_at_once(page: Reader, city) -> None:
    client = page.client
    sign_in(client, city["lead"])
    assert "Vera Voice" in page(url(city, "tonight/host")).text
    assert send(client, url(city, f"voices/{city['voice']}/consent/speak/no"), of=url(city, "run/")).status_code == 302
    host = page(url(city, "tonight/host")).text
    assert "Vera Voice" not in host
    assert "Sara Spare" in host
    assert "Somebody stepped in." in page(url(city, "tonight/")).text
    assert "Sara Spare in place of Vera Voice, who does not speak" in page(url(city, "run/")).text
    assert "taken back on" in page(url(city, f"voices/{city['voice']}/")).text
    send(client, url(city, f"voices/{city['spare']}/consent/speak/no"), of=url(city, "run/"))
    assert "Sara Spare" not in page(url(city, "tonight/host")).text
    assert "Nobody: go on to the next." in page(url(city, "tonight/")).text


def test_a_name_and_a_photo_are_taken_back_apart_from_the_word_to_speak(page: Reader, city) -> None:
    client = page.client
    sign_in(client, city["lead"])
    assert "Photos: yes" in page(url(city, "tonight/host")).text
    for consent in ("name", "photo"):
        send(client, url(city, f"voices/{city['voice']}/consent/{consent}/no"), of=url(city, "run/"))
    host = page(url(city, "tonight/host")).text
    assert "Vera Voice" not in host
    assert "Do not say the name." in host
    assert "Photos: yes" not in host
    assert "Elder" in host


@pytest.mark.parametrize(
    ("rest", "field", "text"),
    [
        ("door", "labels", "Marcus Hill"),
        ("door", "labels", "Group A, the one they call “Smoke”"),
        ("door", "apart", "Sr. Quiñones and group B"),
        ("door", "apart", "Yadiel"),
        ("door", "chairs", "Ángel Núñez comes later"),
    ],
)
def test_the_name_of_somebody_who_is_called_in_is_refused_and_not_kept(page: Reader, city, rest, field, text) -> None:
    client = page.client
    sign_in(client, city["lead"])
    stored = page(url(city, rest)).response.text
    version = re.search(r'name="version"[^>]*value="(\d+)"', stored)[1]
    answer = send(client, url(city, rest), of=url(city, rest), version=version, **{field: text})
    assert answer.status_code == 422
    assert "group A" in answer.text
    page.read(answer, 422)
    assert text not in page(url(city, "tonight/door")).text
    answer = send(client, url(city, rest), of=url(city, rest), version=version, labels="group A, 3 people", apart="")
    assert answer.status_code == 302
    assert "group A, 3 people" in page(url(city, "tonight/door")).text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_voice_that_was_just_written_down_has_a_page(page: Reader, city, lang: str) -> None:
    sign_in(page.client, city["lead"])
    form = page(url(city, "voices/new", lang), quotes=NAMES).form("/voices/new")
    shown = form.submit(who="elder", name="Nora New", quotes=("Nora New",))
    assert "Nora New" in shown.text
    again = shown.form("/consent/speak/yes").submit(quotes=("Nora New",))
    assert "Nora New" in again.text


def test_no_name_of_somebody_young(page: Reader, city, work: Work) -> None:
    client = page.client
    sign_in(client, city["lead"])
    new = url(city, "voices/new")
    answer = send(client, new, of=new, who="youth", name="Yara Young", alternate="")
    assert answer.status_code == 422
    assert "under 18" in answer.text
    assert send(client, new, of=new, who="youth", name="", alternate="").status_code == 302
    assert send(client, new, of=new, who="elder", name="", alternate="").status_code == 422
    with work() as session:
        assert len(session.scalars(select(CallInCard)).all()) == 3


def test_whoever_was_slower_sees_both(page: Reader, city) -> None:
    client = page.client
    sign_in(client, city["lead"])
    address = url(city, f"voices/{city['voice']}/edit")
    values = {"who": "elder", "name": "Vera Voice", "alternate": "", "point": "stop", "version": "0"}
    answer = send(client, address, of=address, **values)
    assert answer.status_code == 409
    assert "Somebody else saved this" in answer.text
    kept = page(url(city, f"voices/{city['voice']}/")).text
    assert "The harm it does" in kept


def test_whoever_was_slower_sees_every_difference_but_no_hidden_place(page: Reader, city, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Hawthorn Street", released=False)
        session.get_one(CallInPlan, city["call_in"]).market_id = market.id
        hidden = str(market.id)
    client = page.client
    sign_in(client, city["lead"])
    values = {"held_on": city["today"].isoformat(), "begins": "03:07", "where": "Elsewhere", "version": "0"}
    answer = send(client, url(city, "edit"), of=url(city, "edit"), **values)
    assert answer.status_code == 409
    differences = answer.text.split('<dl class="facts">')[1].split("</dl>")[0]
    assert 'href="#begins"' in differences
    assert 'href="#where"' in differences
    assert 'href="#market"' not in differences
    assert hidden not in answer.text
    assert "Hawthorn" not in answer.text


def test_it_is_ready_when_nothing_is_missing_and_ends_on_its_day(page: Reader, city, work: Work) -> None:
    client = page.client
    sign_in(client, city["lead"])
    assert "Somebody for every voice" in page(url(city)).text
    assert send(client, url(city, "state/ready"), of=url(city)).status_code == 409
    with work() as session:
        call_in = session.get_one(CallInPlan, city["call_in"])
        circle = session.get_one(Circle, city["circle"])
        more = [add_voice(circle, city["lead"], call_in, Consent.SPEAK, name=f"Voice {one}") for one in range(5)]
        let_speak(circle, city["lead"], call_in, *more)
    assert send(client, url(city, "state/ready"), of=url(city)).status_code == 302
    assert send(client, url(city, "state/ended"), of=url(city)).status_code == 422
    assert send(client, url(city, "state/ended"), of=url(city), sure="y").status_code == 302
    shown = page(url(city), quotes=NAMES).text
    assert "It took place" in shown
    assert "Reach the families of those called in" in shown
    change = {"part": "welcome", "room": "1", "minutes": "25", "about": "", "voice": ""}
    assert send(client, url(city, f"run/{city['item']}/"), of=url(city, "help/"), **change).status_code == 409
    assert "Open until" in page(f"/en/circles/{city['circle']}/handover/").text
    assert "Thank those who spoke" in page(f"/en/circles/{city['circle']}/").text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_call_in_with_a_gap_took_place_all_the_same_and_its_gaps_stay_written(
    page: Reader, city, work: Work, lang: str
) -> None:
    with work() as session:
        session.get_one(CallInPlan, city["call_in"]).held_on = today() - timedelta(days=2)
    sign_in(page.client, city["lead"])
    home = url(city, lang=lang)
    assert send(page.client, url(city, "state/ended", lang), of=home, sure="y").status_code == 302
    shown = page(home, quotes=NAMES).text
    missing = {"en": "It took place although this was missing", "es": "Se realizó aunque faltaba esto"}[lang]
    assert missing in shown
    assert {"en": "Somebody for every voice", "es": "Alguien para cada voz"}[lang] in shown
    assert {"en": "Reach the families", "es": "familias"}[lang] in shown
    with work() as session:
        call_in = session.get_one(CallInPlan, city["call_in"])
        assert (call_in.state, call_in.ended_on) == ("ended", today() - timedelta(days=2))
    sign_in(page.client, city["elder"])
    assert missing not in page(home, quotes=NAMES).text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_nobody_reads_ready_after_a_voice_took_their_word_back(page: Reader, city, work: Work, lang: str) -> None:
    with work() as session:
        call_in, circle = session.get_one(CallInPlan, city["call_in"]), session.get_one(Circle, city["circle"])
        more = [add_voice(circle, city["lead"], call_in, Consent.SPEAK, name=f"Voice {one}") for one in range(5)]
        let_speak(circle, city["lead"], call_in, *more)
        call_in.state = "ready"
        circle.with_police, police = True, make_member(session, [Role.POLICE_LIAISON])
        sit_in(session, circle, police, CircleRole.MEMBER)
    badge = {"en": "Ready, but something is missing now", "es": "Estaba lista, pero ahora falta algo"}[lang]
    pages = (url(city, lang=lang), f"/{lang}/circles/{city['circle']}/call-ins/")
    readers = (city["lead"], city["elder"], police)
    for person in readers:
        sign_in(page.client, person)
        assert not [address for address in pages if badge in page(address, quotes=NAMES).text], person.name
    with work() as session:
        circle = session.get_one(Circle, city["circle"])
        card = session.get_one(CallInCard, more[0].id)
        words = open_text(card, keys_of(city["lead"])) or {}
        actions.take_consent(my_seat(circle.id, city["lead"]), card, words, Consent.SPEAK, given=False)
    for person in readers:
        sign_in(page.client, person)
        assert not [address for address in pages if badge not in page(address, quotes=NAMES).text], person.name


@pytest.mark.parametrize("lang", ["en", "es"])
def test_names_numbers_and_threats_in_the_words_of_a_voice_need_a_second_press(page: Reader, city, lang: str) -> None:
    sign_in(page.client, city["lead"])
    notes = "Te vamos a encontrar. Jorge Pérez mató a mi primo. 919-555-0101"
    form = page(url(city, "voices/new", lang)).form("/new")
    asked = form.submit(422, quotes=(notes,), name="Vera", notes=notes)
    for words in (("a phone number", "somebody's name", "a threat"), ("teléfono", "nombre", "amenaza"))[lang == "es"]:
        assert words in asked.text
    again = asked.form("/new")
    assert again.values["notes"] == notes
    assert notes in again.submit(quotes=(notes,), sure="y").text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_rehearsal_that_is_still_to_come_was_not_held(page: Reader, city, lang: str) -> None:
    sign_in(page.client, city["lead"])
    form = page(url(city, f"voices/{city['voice']}/edit", lang), quotes=NAMES).form("/edit")
    refused = form.submit(422, quotes=NAMES, rehearsed=(city["today"] + timedelta(days=1)).isoformat())
    assert {"en": "That day is still to come", "es": "Ese día todavía no llega"}[lang] in refused.text
    refused.form("/edit").submit(quotes=NAMES, rehearsed=city["today"].isoformat())


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_matrix_says_who_said_no_yes_so_far(page: Reader, city, work: Work, lang: str) -> None:
    with work() as session:
        call_in, circle = session.get_one(CallInPlan, city["call_in"]), session.get_one(Circle, city["circle"])
        add_voice(circle, city["lead"], call_in, name="Otto Other", point="help")
    nobody = {"en": "There is help: 0 (nobody says this yet)", "es": "Hay ayuda: 0 (todavía nadie dice esto)"}[lang]
    asked = {"en": "asked, no yes so far: 1", "es": "falta el sí de: 1"}[lang]
    for person in (city["lead"], city["elder"]):
        sign_in(page.client, person)
        shown = page(url(city, "voices/", lang), quotes=(*NAMES, "Otto Other")).text
        assert nobody in shown and asked in shown


@pytest.mark.parametrize("lang", ["en", "es"])
def test_where_people_meet_is_no_house_of_somebody(page: Reader, city, lang: str) -> None:
    sign_in(page.client, city["lead"])
    typed = 'Casa de Jorge "Flaco" Pérez, 555-123-4567'
    refused = page(url(city, "edit", lang), quotes=NAMES).form("/edit").submit(422, quotes=(*NAMES, typed), where=typed)
    assert {"en": "looks like somebody's name", "es": "parece el nombre"}[lang] in refused.text
    refused.form("/edit").submit(quotes=NAMES, where="Rosa Parks Center")


def test_offers_are_counted_and_steps_are_done_by_members_too(page: Reader, city, work: Work) -> None:
    client = page.client
    with work() as session:
        call_in = session.get_one(CallInPlan, city["call_in"])
        call_in.state, call_in.ended_on = "ended", today() - timedelta(days=5)
    sign_in(client, city["elder"])
    new = url(city, "help/new")
    values = {"what": "Work, with a coach", "office": "City", "made": "2", "delivered": "3"}
    assert send(client, new, of=new, **values).status_code == 422
    assert send(client, new, of=new, **{**values, "delivered": "1"}).status_code == 302
    assert send(client, new, of=new, **{**values, "what": "Work for Marcus Hill", "delivered": "1"}).status_code == 422
    shown = page(url(city, "help/"), quotes=NAMES).text
    assert "made: 2, delivered: 1" in shown
    assert "Overdue" in shown
    assert send(client, url(city, "help/steps/first/done"), of=new, reached="-1").status_code == 422
    assert send(client, url(city, "help/steps/first/done"), of=new, reached="6").status_code == 302
    shown = page(url(city, "help/"), quotes=NAMES).text
    assert "reached: 6" in shown
    assert "Done late" in shown
    assert send(client, url(city, "help/steps/first/undone"), of=new).status_code == 302
    assert "Overdue" in page(url(city, "help/"), quotes=NAMES).text


def test_the_place_is_shown_to_whoever_is_admitted_and_to_nobody_else(page: Reader, city, work: Work) -> None:
    client = page.client
    with work() as session:
        market = make_market(session, "Hawthorn Street", released=False)
        other = make_market(session, "Willow Street", released=False)
        let_in(session, market, city["lead"])
        session.get_one(CallInPlan, city["call_in"]).market_id = market.id
    sign_in(client, city["lead"])
    assert "Hawthorn Street" in page(url(city), quotes=(*NAMES, "Hawthorn")).text
    form = page(url(city, "edit"), quotes=("Hawthorn",)).response.text
    assert "Hawthorn" in form
    assert "Willow" not in form
    version = re.search(r'name="version"[^>]*value="(\d+)"', form)[1]
    values = {"held_on": city["today"].isoformat(), "version": version, "market": str(other.id)}
    assert send(client, url(city, "edit"), of=url(city, "edit"), **values).status_code == 422
    sign_in(client, city["elder"])
    assert "Hawthorn" not in client.get(url(city)).text
    assert "Hawthorn" not in client.get(f"/en/circles/{city['circle']}/").text


def test_the_end_leads_to_what_residents_do_tonight(page: Reader, city, work: Work) -> None:
    with work() as session:
        market = make_market(session, "Hawthorn Street", released=False)
        let_in(session, market, city["lead"])
        call_in = session.get_one(CallInPlan, city["call_in"])
        call_in.market_id, call_in.state, call_in.ended_on = market.id, "ended", today()
    sign_in(page.client, city["lead"])
    assert f"/en/team/places/{market.id}/call-in" in page.client.get(url(city)).text


def test_a_circle_of_another_kind_has_no_call_ins(page: Reader, work: Work) -> None:
    with work() as session:
        lead = make_member(session, [Role.COMMUNITY_LEAD])
        circle = make_circle(session, lead, kind="work")
    sign_in(page.client, lead)
    page(f"/en/circles/{circle.id}/call-ins/", 404)
    assert "call-ins" not in page.client.get(f"/en/circles/{circle.id}/").text


def test_the_stage_has_no_name_and_no_token(page: Reader, city) -> None:
    sign_in(page.client, city["lead"])
    shown = page.client.get(url(city, "tonight/")).text
    assert "csrf" not in shown
    assert not [name for name in ("Vera", "Sara", "Ruth", "Hall", "Elm", "Cora", "Elder") if name in shown]
    assert "Community voice 1: The harm it does" in re.sub(r"\s+", " ", shown)
    worker = page.client.get(url(city, "tonight/worker.js"))
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Content-Security-Policy"]

"""The pages of circles: coming in, writing, changing, handing over, leaving."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts import people as accounts
from portal.accounts.roles import Role
from portal.accounts.texts import invitation_mail
from portal.accounts.users import Invitation, Member
from portal.organisations.organisations import Organisation
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import Circle, Membership, Note
from tests.conftest import Work
from tests.make import make_circle, make_member, sign_in, sit_in
from tests.page import SAME_ORIGIN, Reader

NAMES = ("Ruth Lead", "Ezra Elder", "Elm circle")
WRITTEN = ("Who speaks first", "The mother of Elm, then Pastor Ruth.")


@pytest.fixture
def people(work: Work):
    """A circle of three: its lead, an elder who writes, an observer; and somebody who is in nothing."""
    with work() as session:
        lead = make_member(session, [Role.COMMUNITY_LEAD], name="Ruth Lead")
        elder = make_member(session, [], name="Ezra Elder", language="es")
        observer = make_member(session, [Role.ORGANIZER], name="Olga Observer")
        stranger = make_member(session, [Role.FACILITATOR], name="Sam Stranger")
        circle = make_circle(session, lead, elder)
        sit_in(session, circle, observer, CircleRole.OBSERVER)
    return {"lead": lead, "elder": elder, "observer": observer, "stranger": stranger, "circle": circle.id}


def url(people, rest="", lang="en"):
    return f"/{lang}/circles/{people['circle']}/{rest}"


def token(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found, address
    return found[1]


def send(client: FlaskClient, address: str, *, of: str | None = None, **values: str):
    """Send a form whose token stands on the page `of`."""
    data = {"csrf_token": token(client, of or address), **values}
    return client.post(address, data=data, headers=SAME_ORIGIN)


def write(client: FlaskClient, people, title="Who speaks first", body="The mother of Elm, then Pastor Ruth.") -> str:
    answer = send(client, url(people, "notebook/new"), title=title, body=body, days="90")
    assert answer.status_code == 302, answer.text
    return answer.location


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_page_of_a_circle_is_what_a_page_must_be(page: Reader, people, work: Work, lang: str) -> None:
    sign_in(page.client, people["lead"])
    topic = write(page.client, people).replace("/en/", f"/{lang}/")
    for rest in (
        *("", "promise", "leave", "notebook/", "notebook/new", "handover/", "lead/people", "lead/edit"),
        *("lead/promise", "lead/close", f"lead/people/{people['elder'].id}/remove", "phrase/new", "phrase"),
    ):
        page(url(people, rest, lang), quotes=WRITTEN)
    page(topic, quotes=WRITTEN)
    page(f"{topic}edit/{topic.rstrip('/').rpartition('/')[2]}", quotes=WRITTEN)
    page(f"/{lang}/circles/")
    page(f"/{lang}/circles/new/")


def test_what_is_written_is_read_by_the_others_with_its_author(page: Reader, people) -> None:
    sign_in(page.client, people["elder"])
    topic = write(page.client, people)
    sign_in(page.client, people["observer"])
    seen = page(topic)
    assert "Ezra Elder" in seen.text
    assert "The mother of Elm" in seen.text
    assert "Write it down" not in seen.text
    assert send(page.client, topic, of=url(people, "leave"), body="I too").status_code == 403


def test_two_at_once_lose_nothing(page: Reader, people, app, work: Work) -> None:
    sign_in(page.client, people["elder"])
    topic = write(page.client, people)
    number = topic.rstrip("/").rpartition("/")[2]
    edit = f"{topic}edit/{number}"
    version = re.search(r'name="version"[^>]*value="(\d+)"', page.client.get(edit).text)[1]
    first = send(page.client, edit, title="One", body="First words.", version=version)
    assert first.status_code == 302
    second = send(page.client, edit, title="Two", body="Second words.", version=version)
    assert second.status_code == 409
    assert "First words." in second.text and "Second words." in second.text
    version = re.search(r'name="version"[^>]*value="(\d+)"', second.text)[1]
    assert send(page.client, edit, title="Two", body="Both.", version=version).status_code == 302
    assert "Both." in page(topic).text


def test_only_the_author_changes_and_only_who_tidies_deletes(page: Reader, people, work: Work) -> None:
    sign_in(page.client, people["elder"])
    topic = write(page.client, people)
    number = topic.rstrip("/").rpartition("/")[2]
    sign_in(page.client, people["lead"])
    assert page.client.get(f"{topic}edit/{number}").status_code == 403
    answer = send(page.client, topic, body="An answer of the lead.")
    assert answer.status_code == 302
    with work() as session:
        reply = session.scalars(select(Note.id).where(Note.topic_id == int(number))).one()
    sign_in(page.client, people["elder"])
    assert send(page.client, f"{topic}delete/{reply}", of=topic, sure="y").status_code == 403
    sign_in(page.client, people["lead"])
    assert send(page.client, f"{topic}delete/{number}", of=topic).location == topic
    assert send(page.client, f"{topic}delete/{number}", of=topic, sure="y").status_code == 302
    page(topic, 404)
    with work() as session:
        assert session.scalars(select(Note)).all() == []


def test_a_form_with_errors_keeps_what_was_typed(page: Reader, people) -> None:
    sign_in(page.client, people["elder"])
    answer = send(page.client, url(people, "notebook/new"), title="", body="Long thought", days="90")
    assert answer.status_code == 422
    assert "Long thought" in answer.text


def test_a_new_promise_comes_before_anything_else(page: Reader, people) -> None:
    sign_in(page.client, people["lead"])
    send(page.client, url(people, "lead/promise"), words_en="New words.", words_es="Otras.", version="1")
    page(url(people))
    sign_in(page.client, people["elder"])
    for rest in ("", "notebook/", "notebook/new"):
        assert page.client.get(url(people, rest)).location == url(people, "promise")
    shown = page(url(people, "promise"))
    assert "New words." in shown.text
    statement = re.search(r'name="statement" value="(\d+)"', shown.response.text)[1]
    assert send(page.client, url(people, "promise"), statement=statement).status_code == 422
    assert send(page.client, url(people, "promise"), statement="5", agree="y").status_code == 409
    assert send(page.client, url(people, "promise"), statement=statement, agree="y").location == url(people)
    page(url(people))


def test_what_was_being_written_outlives_a_new_promise(page: Reader, people, app) -> None:
    sign_in(page.client, people["elder"])
    ready = token(page.client, url(people, "notebook/new"))
    other = app.test_client()
    sign_in(other, people["lead"])
    send(other, url(people, "lead/promise"), words_en="New words.", words_es="Otras.", version="1")
    data = {"csrf_token": ready, "title": "T", "body": "Not lost", "days": "90"}
    answer = page.client.post(url(people, "notebook/new"), data=data, headers=SAME_ORIGIN)
    assert answer.status_code == 302


def test_police_see_no_name(page: Reader, work: Work) -> None:
    with work() as session:
        lead = make_member(session, [Role.FACILITATOR], name="Ruth Lead")
        officer = make_member(session, [Role.POLICE_LIAISON], name="Otto Officer")
        circle = make_circle(session, lead, officer, with_police=True)
        ours = {"circle": circle.id}
    sign_in(page.client, lead)
    topic = write(page.client, ours, body="We listen first.")
    assert "Police sit in this circle" in page(url(ours, "notebook/new")).text
    assert "Police sit in this circle" not in page(url(ours, "notebook/")).text
    sign_in(page.client, officer)
    for address in (url(ours), topic, url(ours, "notebook/"), "/en/circles/", url(ours, "leave"), url(ours, "promise")):
        assert "Ruth" not in page(address).text, address
    assert "We listen first." in page(topic).text
    for rest in ("handover/", "lead/people", "phrase", "phrase/new", "lead/edit", "lead/close"):
        assert page.client.get(url(ours, rest)).status_code == 403, rest


def test_the_list_before_leaving_says_what_is_still_to_do_and_is_no_button(page: Reader, people) -> None:
    sign_in(page.client, people["lead"])
    shown = " ".join(page(url(people, "handover/", "es")).find("main").itertext())
    assert "Todavía por hacer" in shown
    assert "Abrir" not in shown


def test_the_last_lead_hands_over_and_goes(page: Reader, people, work: Work) -> None:
    sign_in(page.client, people["lead"])
    assert "must be settled first" in page(url(people, "leave")).text
    refused = send(page.client, url(people, "leave"), of=url(people, "lead/close"))
    assert refused.status_code == 409 and "without a lead" in refused.text
    answer = send(
        page.client, url(people, "handover/offer"), of=url(people, "handover/"), member=str(people["elder"].id)
    )
    assert answer.status_code == 302, answer.text
    sign_in(page.client, people["elder"])
    assert "You are asked to lead" in page(url(people)).text
    assert send(page.client, url(people, "handover/accept"), of=url(people)).status_code == 302
    sign_in(page.client, people["lead"])
    assert send(page.client, url(people, "leave")).location == "/en/circles/"
    page(url(people), 404)
    sign_in(page.client, people["elder"])
    assert "People: invite" in page(url(people)).text


@pytest.mark.parametrize("lang", ["en", "es"])
def test_an_offer_to_lead_stands_wherever_it_is_looked_for(page: Reader, people, lang: str) -> None:
    mine, handing = f"/{lang}/circles/", url(people, "handover/", lang)
    asked = {"en": "You are asked to lead", "es": "Le piden que dirija"}[lang]
    sign_in(page.client, people["elder"])
    assert asked not in page(mine, quotes=("Elm circle",)).text + page(handing, quotes=NAMES).text
    sign_in(page.client, people["lead"])
    offer = url(people, "handover/offer", lang)
    assert send(page.client, offer, of=handing, member=str(people["elder"].id)).location == handing
    sign_in(page.client, people["elder"])
    assert asked in page(mine, quotes=("Elm circle",)).text
    page(handing, quotes=NAMES).form("/accept").submit(quotes=NAMES)
    assert asked not in page(mine, quotes=("Elm circle",)).text


def test_who_is_in_no_circle_sees_none_and_an_administrator_not_even_the_page(page: Reader, people, work: Work) -> None:
    with work() as session:
        administrator = make_member(session, [Role.ADMINISTRATOR])
        loner = make_member(session, [])
    sign_in(page.client, administrator)
    page("/en/circles/", 404)
    sign_in(page.client, loner)
    assert "You are in no circle." in page("/en/circles/").text
    assert ">Circles</a>" not in page("/en/account/").response.text
    for member in (people["stranger"], people["elder"]):
        sign_in(page.client, member)
        assert ">Circles</a>" in page("/en/account/").response.text


def test_organisations_and_offices(page: Reader, people, work: Work) -> None:
    sign_in(page.client, people["lead"])
    assert page("/en/organizations/new")
    gaps = send(page.client, "/en/organizations/new", kind="agency", name_en="Public Works", name_es="")
    assert gaps.status_code == 422 and "Public Works" in gaps.text
    made = send(page.client, "/en/organizations/new", kind="agency", name_en="Public Works", name_es="Obras Públicas")
    here = made.location
    page(here)
    new = f"{here}offices/new"
    assert send(page.client, new, office_en="Lights", office_es="Luces", contact="lights@city.test").location == here
    assert "lights@city.test" in page(here).text
    with work() as session:
        office = session.scalars(select(Organisation)).one().offices[0]
    page(f"{here}offices/{office.id}")
    send(page.client, f"{here}offices/{office.id}", office_en="Lamps", office_es="Luces", closed="y")
    assert "Lamps" in page(here).text and "Closed" in page(here).text
    assert send(page.client, f"{here}people", people=str(people["elder"].id)).location == here
    assert "Ezra Elder" in page(here).text
    assert "Public Works" in page(url(people)).text
    stale = send(page.client, here, kind="group", name_en="X", name_es="Y", version="99")
    assert stale.status_code == 409 and "Public Works" in stale.text
    sign_in(page.client, people["elder"])
    page("/en/organizations/", 403)


def test_a_circle_is_founded_on_the_pages(page: Reader, people, work: Work) -> None:
    sign_in(page.client, people["stranger"])
    assert send(page.client, "/en/circles/new/", kind="work", name_en="A").status_code == 422
    values = {"name_en": "Oak", "name_es": "Roble", "purpose_en": "P", "purpose_es": "P", "kind": "reconciliation"}
    made = send(page.client, "/en/circles/new/", **values, words_en="W", words_es="W", with_police="y")
    assert made.location.endswith("/phrase/new")
    with work() as session:
        circle = next(one for one in session.scalars(select(Circle)) if one.name.en == "Oak")
        assert circle.with_police
        assert session.scalars(select(Membership.role).where(Membership.circle_id == circle.id)).all() == ["lead"]
    assert "Nobody can open this circle yet" in page(f"/en/circles/{circle.id}/").text


def test_invitations_on_the_page(page: Reader, people, work: Work) -> None:
    sign_in(page.client, people["lead"])
    here = url(people, "lead/people")
    whom = {"name": "Nora", "language": "es", "role": "interpreter"}
    link = send(page.client, here, email="nora@portal.test", **whom)
    assert "/invitation/" in link.text and link.headers["Cache-Control"] == "no-store"
    assert send(page.client, here, email="no address", **whom).status_code == 422
    twice = send(page.client, here, email=people["elder"].email, **whom)
    assert twice.status_code == 422 and "in the circle or invited already" in twice.text
    with work() as session:
        known = make_member(session, [], name="Ken Known")
        row = session.scalars(select(Membership).where(Membership.joined_on.is_(None))).one().id
    assert send(page.client, here, email=known.email, **whom).location == here
    assert "Ken Known" in page(here).text and "Nora" in page(here).text
    assert send(page.client, url(people, f"lead/invitations/{row}/withdraw"), of=here).location == here
    assert "Nora" not in page(here).text
    sign_in(page.client, known)
    assert "Elm circle" in page("/en/circles/").text
    assert send(page.client, url(people, "decline"), of=url(people, "invitation")).location == "/en/circles/"
    page(url(people, "invitation"), 404)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_hour_until_which_a_link_works_ends_the_sentence_by_itself(page: Reader, people, work: Work, lang) -> None:
    sign_in(page.client, people["lead"])
    here = url(people, "lead/people", lang)
    made = send(page.client, here, email="nora@portal.test", name="Nora", language="es", role="member")
    shown = page.read(made, quotes=(*NAMES, "Nora", "nora@portal.test")).text
    assert re.search({"en": r"until [^.]+ [AP]M\.", "es": r"hasta el [^.]+ [ap]\.\s?m\."}[lang], shown)
    with work() as session:
        invitation = session.scalars(select(Invitation)).one()
        for reset in (None, people["elder"].id):
            invitation.member_id = reset
            assert "m.." not in invitation_mail(invitation, "https://link", "Common Ground")


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_name_is_needed_only_of_who_has_no_account(page: Reader, people, work: Work, lang: str) -> None:
    with work() as session:
        known = make_member(session, [], name="Ken Known")
    sign_in(page.client, people["lead"])
    here = url(people, "lead/people", lang)
    assert send(page.client, here, email=known.email, name="", language="es", role="member").location == here
    refused = send(page.client, here, email="nora@portal.test", name="", language="es", role="member")
    assert refused.status_code == 422
    assert {"en": "has no account yet. Please", "es": "todavía no tiene cuenta. Escriba"}[lang] in refused.text
    assert send(page.client, here, email="nora@portal.test", name="N", language="es", role="member").status_code == 200


def test_a_lead_cannot_try_addresses_without_end(page: Reader, people) -> None:
    sign_in(page.client, people["lead"])
    here = url(people, "lead/people")
    whom = {"email": people["elder"].email, "name": "E", "language": "es", "role": "member"}
    ready = token(page.client, here)
    data = {"csrf_token": ready, **whom}
    tries = [page.client.post(here, data=data, headers=SAME_ORIGIN).status_code for _each in range(41)]
    assert tries == [422] * 40 + [429]


def test_the_others_name_a_lead_on_the_pages(page: Reader, people, work: Work) -> None:
    with work() as session:
        accounts.remove_member(session.get_one(Member, people["lead"].id), None)
    sign_in(page.client, people["elder"])
    assert "This circle has no lead" in page(url(people)).text
    form = {"of": url(people, "handover/"), "member": str(people["elder"].id)}
    assert send(page.client, url(people, "handover/name"), **form).location == url(people)
    assert "This circle has no lead" not in page(url(people)).text
    sign_in(page.client, people["observer"])
    assert send(page.client, url(people, "handover/name"), **form).status_code == 403


def test_a_closed_circle_is_read_and_not_written_to(page: Reader, people) -> None:
    sign_in(page.client, people["lead"])
    topic = write(page.client, people)
    assert send(page.client, url(people, "lead/close")).status_code == 422
    assert send(page.client, url(people, "lead/close"), sure="y").location == url(people)
    assert "This circle is closed" in page(url(people)).text
    assert "Write it down" not in page(topic).text
    late = send(page.client, topic, of=url(people, "lead/edit"), body="Too late")
    assert late.status_code == 409 and "can be read until it is erased" in late.text


def test_somebody_joined_is_let_in_by_the_page(page: Reader, people, work: Work) -> None:
    with work() as session:
        late = make_member(session, [], name="Lara Late")
        sit_in(session, session.get_one(Circle, people["circle"]), late, CircleRole.MEMBER, with_key=False)
    sign_in(page.client, people["elder"])
    topic = write(page.client, people)
    assert send(page.client, url(people, f"lead/people/{late.id}/admit"), of=topic).status_code == 403
    sign_in(page.client, late)
    assert "The mother of Elm" not in page(topic).text
    sign_in(page.client, people["lead"])
    assert send(page.client, url(people, f"lead/people/{late.id}/admit"), of=url(people)).location == url(people)
    sign_in(page.client, late)
    assert "The mother of Elm" in page(topic).text

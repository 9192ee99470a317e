"""An empty city, the pages that a process makes first, and the guides for the team."""

from __future__ import annotations

import pytest
from flask import url_for
from flask.testing import FlaskClient

from portal.accounts.roles import Role
from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs.turns import NEVER, Turn
from portal.core.stored_settings import store_settings
from portal.core.web import Portal
from portal.home.first_run import missing, setup_steps
from portal.home.pages import asked_first
from portal.home.role_guides import GUIDES, WITHOUT_ROLE, anchor_for, steps_of
from tests.conftest import Work
from tests.make import make_desk, make_market, make_member, make_operator, sign_in
from tests.page import Reader


def test_a_city_is_led_to_everything_until_it_is_ready(admin: Reader, work: Work) -> None:
    for lang in ("en", "es"):
        start = f"/{lang}/team/settings/start/"
        assert admin(f"/{lang}/team/today/").has(f"main a[href={start}]")
        found = admin(start)
        links = {one.get("href") for one in found.find_all("main li a")}
        assert {f"/{lang}/team/settings/name/", f"/{lang}/team/who-runs-this/", f"/{lang}/people/"} <= links
        assert found.has(".tone-warning")
    with admin.client.application.test_request_context("/en/"):
        assert missing(setup_steps()) == 8
    with work() as session:
        make_desk(session, [make_member(session, ("triage",)) for _ in range(2)])
        make_desk(session, [make_member(session, ("oversight",))], kind="oversight")
        make_member(session, ("organizer", "community_lead"))
        make_operator(session)
        store_settings({"city_en": "Alder Falls", "city_es": "Alder Falls"}, None)
        db.insert_new(Turn, name="sweep", done_for=NEVER, taken_until=NEVER)
        session.query(Turn).filter_by(name="sweep").update({"done_for": now()})
    assert "The city is ready." in admin("/en/team/settings/start/").text
    assert "Set up the city" not in admin("/en/team/today/").text


def test_every_page_is_there_and_no_hidden_place_among_them(app: Portal, work: Work, client: FlaskClient) -> None:
    with work() as session:
        make_market(session, "Elm Street")
        make_market(session, "Birch Street", released=False)
    with app.app_context():
        paths = [address.removeprefix("http://localhost") for address in asked_first()]
    assert {"/en/", "/es/", "/en/report/", "/en/places/elm-street/"} <= set(paths)
    assert not any("birch" in path for path in paths)
    assert {client.get(path).status_code for path in paths} == {200}


def test_every_guide_begins_with_today_and_ends_with_account() -> None:
    assert set(GUIDES) == set(Role)
    for steps in (*GUIDES.values(), WITHOUT_ROLE):
        assert steps[0].endpoint == "today.index"
        assert steps[-1].endpoint == "account.index"
        assert len({step.endpoint for step in steps}) == len(steps) <= 9


def test_who_has_two_roles_reads_each_step_once() -> None:
    both = [step.endpoint for step in steps_of([Role.TRIAGE, Role.ORGANIZER])]
    assert len(set(both)) == len(both)
    assert {"desk.inbox", "meetings_editor.index"} < set(both)
    assert both[-1] == "account.index"
    assert anchor_for([Role.TRIAGE], "places_team") is None


@pytest.mark.parametrize("role", Role)
def test_its_steps_lead_where_role_may_go_and_back(app: Portal, page: Reader, work: Work, role: Role) -> None:
    with work() as session:
        member = make_member(session, (role,))
    sign_in(page.client, member)
    guide = page("/en/team/how/")
    assert len(list(guide.find_all("li.card"))) == len(GUIDES[role])
    for step in GUIDES[role]:
        with app.test_request_context():
            address = url_for(step.endpoint, lang="en")
        assert f'href="/en/team/how/#{step.anchor}"' in page(address).response.text
        assert f'id="{step.anchor}"' in guide.response.text

"""An empty city, and the pages that a process makes first."""

from __future__ import annotations

from flask.testing import FlaskClient

from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs.turns import NEVER, Turn
from portal.core.stored_settings import store_settings
from portal.core.web import Portal
from portal.home.first_run import missing, setup_steps
from portal.home.pages import asked_first
from tests.conftest import Work
from tests.make import make_desk, make_market, make_member, make_operator
from tests.page import Reader


def test_an_empty_city_is_led_to_everything(admin: Reader) -> None:
    for lang in ("en", "es"):
        today = admin(f"/{lang}/team/today/")
        link = next(one for one in today.find_all("main a") if one.get("href") == f"/{lang}/team/settings/start/")
        assert link is not None
        found = admin(f"/{lang}/team/settings/start/")
        links = {one.get("href") for one in found.find_all("main li a")}
        assert {f"/{lang}/team/settings/name/", f"/{lang}/team/who-runs-this/", f"/{lang}/people/"} <= links
        assert found.has(".tone-warning")


def test_a_city_that_has_everything_gets_a_green_check(admin: Reader, work: Work) -> None:
    with admin.client.application.test_request_context("/en/"):
        assert missing(setup_steps()) == 8
    with work() as session:
        make_desk(session, [make_member(session, ("triage",)) for _ in range(2)])
        make_desk(session, [make_member(session, ("oversight",))], kind="oversight")
        make_member(session, ("organizer",))
        make_member(session, ("community_lead",))
        make_operator(session)
        store_settings({"city_en": "Alder Falls", "city_es": "Alder Falls"}, None)
        db.insert_new(Turn, name="sweep", done_for=NEVER, taken_until=NEVER)
        session.query(Turn).filter_by(name="sweep").update({"done_for": now()})
    assert "The city is ready." in admin("/en/team/settings/start/").text
    assert "Set up the city" not in admin("/en/team/today/").text


def test_every_page_is_there_and_each_language_was_spoken(app: Portal, work: Work, client: FlaskClient) -> None:
    with work() as session:
        make_market(session, "Elm Street")
    with app.app_context():
        paths = [address.removeprefix("http://localhost") for address in asked_first()]
    assert {"/en/", "/es/", "/en/report/", "/en/places/elm-street/"} <= set(paths)
    assert {client.get(path).status_code for path in paths} == {200}


def test_a_hidden_place_is_not_among_them(app: Portal, work: Work) -> None:
    with work() as session:
        make_market(session, "Elm Street", released=False)
    with app.app_context():
        assert not any("elm" in address for address in asked_first())

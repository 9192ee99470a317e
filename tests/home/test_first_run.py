"""What a new city lacks: counted for its administrators, each thing with the page on which it is done."""

from __future__ import annotations

import pytest

from portal.core import page_cache, stored_settings
from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs.turns import NEVER, Turn
from portal.core.stored_settings import store_settings
from portal.home.first_run import missing, setup_steps
from tests.conftest import Work
from tests.make import make_desk, make_member, make_operator, sign_in
from tests.page import Reader

LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for half a second."""
    monkeypatch.setattr(page_cache, "LOOK_SECONDS", -1)
    monkeypatch.setattr(stored_settings, "LOOK_SECONDS", -1)


@pytest.fixture
def admin(page: Reader, work: Work) -> Reader:
    """The first administrator of an empty city."""
    with work() as session:
        member = make_member(session, ("administrator",))
    sign_in(page.client, member)
    return page


@LANGUAGES
def test_an_empty_city_is_led_to_everything(admin: Reader, lang: str) -> None:
    today = admin(f"/{lang}/team/today/")
    link = next(one for one in today.find_all("main a") if one.get("href") == f"/{lang}/team/settings/start/")
    assert link is not None
    found = admin(f"/{lang}/team/settings/start/")
    links = {one.get("href") for one in found.find_all("main li a")}
    assert {f"/{lang}/team/settings/name/", f"/{lang}/team/who-runs-this/", f"/{lang}/people/"} <= links
    assert found.has(".tone-warning")


@pytest.mark.both_databases
def test_a_city_that_has_everything_gets_a_green_check(admin: Reader, work: Work) -> None:
    with admin.client.application.test_request_context("/en/"):
        assert missing(setup_steps()) == 8
    with work() as session:
        readers = [make_member(session, ("triage",)) for _ in range(2)]
        make_desk(session, readers)
        make_desk(session, [make_member(session, ("oversight",))], kind="oversight")
        make_member(session, ("organizer",))
        make_member(session, ("community_lead",))
        make_operator(session)
        store_settings({"city_en": "Alder Falls", "city_es": "Alder Falls"}, None)
        db.insert_new(Turn, name="sweep", done_for=NEVER, taken_until=NEVER)
        session.query(Turn).filter_by(name="sweep").update({"done_for": now()})
    found = admin("/en/team/settings/start/")
    assert "The city is ready." in found.text
    assert "Set up the city" not in admin("/en/team/today/").text


def test_others_are_not_asked(page: Reader, work: Work) -> None:
    with work() as session:
        member = make_member(session, ("organizer",))
    sign_in(page.client, member)
    assert "Set up the city" not in page("/en/team/today/").text

"""What people ask for first."""

from __future__ import annotations

from flask.testing import FlaskClient

from portal.core.web import Portal
from portal.home.pages import asked_first
from tests.conftest import Work
from tests.make import make_market


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

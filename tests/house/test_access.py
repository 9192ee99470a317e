"""Every route with half a sign-in, with a form from somewhere else, and with what is made up; see tests/wall too."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from portal.accounts.roles import Role
from portal.core.web import SAFE_METHODS, Portal
from tests.conftest import Work
from tests.house.test_surfaces import HALFWAY, MACHINES, PUBLIC, WHO
from tests.make import make_desk, make_member, sign_in
from tests.page import SAME_ORIGIN
from tests.wall.walk import DOOR, OTHERS, addresses, holes_of

ENDS_THE_SIGN_IN = {"second_step.start_again"}
SECOND_STEP = "/en/second-step/"
IDS = (0, 1, 2**62, 10**30)
NAMES = ("nothing", "..", "%00", "a'b\"<c>", "ñandú", "x" * 3000)


def made_up(rule: Rule) -> Iterator[str]:
    """The rule's address, filled with ids and names that nobody gave out."""
    last = holes_of(rule)[-1]
    is_number = re.search(rf"<int[^<]*:{last}>", rule.rule)
    return addresses(rule, {"lang": ["en"], last: IDS if is_number else NAMES})


def requests(app: Portal) -> Iterator[tuple[Rule, str, str]]:
    """Every way to ask: (rule, method, one address)."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, next(addresses(rule, OTHERS))


def status(client: FlaskClient, method: str, url: str) -> int:
    return client.open(url, method=method, headers=SAME_ORIGIN).status_code


def leads_to(door: str, client: FlaskClient, method: str, url: str) -> bool:
    answer = client.open(url, method=method, headers=SAME_ORIGIN)
    return answer.status_code == 302 and answer.location.split("?")[0] == door


def test_the_password_alone_opens_only_the_second_step(app: Portal, client: FlaskClient, work: Work) -> None:
    with work() as session:
        member = make_member(session, Role)
    sign_in(client, member, halfway=True)
    for rule, method, url in requests(app):
        if WHO[rule.endpoint] in (PUBLIC, MACHINES) or rule.endpoint in ENDS_THE_SIGN_IN:
            continue
        halfway = WHO[rule.endpoint] == HALFWAY
        if halfway:
            # Too many wrong codes end a sign-in.
            sign_in(client, member, halfway=True)
        assert not leads_to(DOOR, client, method, url), (method, url)
        assert halfway or leads_to(SECOND_STEP, client, method, url), (method, url)


def unsafe_in_rooms(app: Portal) -> Iterator[tuple[str, str]]:
    for rule, method, url in requests(app):
        if method not in SAFE_METHODS and WHO[rule.endpoint] not in (PUBLIC, MACHINES):
            yield method, url


@pytest.fixture
def everybody(app: Portal, client: FlaskClient, work: Work, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A browser at which somebody with every role is signed in, which the portal itself lets nobody have."""
    monkeypatch.setattr("portal.accounts.users.in_force", frozenset)
    with work() as session:
        member = make_member(session, Role)
        make_desk(session, [member])
    sign_in(client, member)
    return client


def test_no_form_is_taken_without_its_token(app: Portal, everybody: FlaskClient) -> None:
    taken = [(method, url) for method, url in unsafe_in_rooms(app) if status(everybody, method, url) != 400]
    assert taken == []


def test_no_form_of_another_site_is_taken(app: Portal, everybody: FlaskClient) -> None:
    forms = list(unsafe_in_rooms(app))
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        # Old browsers are judged by the origin.
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        # All of them in one way, and some in each of the others.
        asked = forms if headers == {"Sec-Fetch-Site": "cross-site"} else forms[::10]
        answers = {url: everybody.open(url, method=method, headers=headers).status_code for method, url in asked}
        assert {url: answer for url, answer in answers.items() if answer != 403} == {}, headers


def test_made_up_ids_and_names_are_of_nothing(app: Portal, everybody: FlaskClient) -> None:
    found = [
        (url, answer)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and len(rule.arguments - {"lang"}) > 0
        for url in made_up(rule)
        if (answer := status(everybody, "GET", url)) not in (404, 308)
    ]
    # The first page of a list may be empty, and a form that was left goes back to its page.
    wrong = [(url, answer) for url, answer in found if answer != 302 and not (answer == 200 and url.endswith("/1/"))]
    assert wrong == []

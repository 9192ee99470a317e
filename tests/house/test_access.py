"""Who may reach what: every route as nobody, as every role, and with a form from somewhere else."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from portal.accounts.roles import Role
from portal.accounts.users import Desk
from portal.core.web import SAFE_METHODS, Portal
from tests.conftest import Work
from tests.house.test_surfaces import WHO, audience_of
from tests.make import make_desk, make_member, seat, sign_in
from tests.page import SAME_ORIGIN, reader_of

PUBLIC, MACHINES, HALFWAY, SIGNED_IN = "public", "machines", "password given", "signed in"
# Machines that need no signature, because they learn and change nothing.
UNSIGNED = {"health.check", "health.no_icon"}
ENDS_THE_SIGN_IN = {"second_step.start_again"}
DOOR, SECOND_STEP = "/en/sign-in", "/en/second-step/"
IDS = (0, 1, 2**62, 10**30)
NAMES = ("nothing", "..", "%00", "a'b\"<c>", "ñandú", "x" * 3000)


def addresses(rule: Rule, lang: str = "en") -> list[str]:
    """The rule's address, filled with ids and names that nobody gave out."""
    url = rule.rule.replace("<lang:lang>", lang)
    while url.count("<") > 1:
        url = re.sub("<.+?>", "1", url, count=1)
    before, hole, after = re.split("(<.+>)", url) if "<" in url else (url, "", "")
    return [f"{before}{one}{after}" for one in (IDS if hole.startswith("<int") else NAMES)] if hole else [url]


def requests(app: Portal) -> Iterator[tuple[Rule, str, str]]:
    """Every way to ask: (rule, method, one address)."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, addresses(rule)[0]


def status(client: FlaskClient, method: str, url: str) -> int:
    return client.open(url, method=method, headers=SAME_ORIGIN).status_code


def leads_to(door: str, client: FlaskClient, method: str, url: str) -> bool:
    answer = client.open(url, method=method, headers=SAME_ORIGIN)
    return answer.status_code == 302 and answer.location.split("?")[0] == door


def test_nobody_gets_into_a_room(app: Portal, client: FlaskClient) -> None:
    let_in, sent_away, unsigned = [], [], set()
    for rule, method, url in requests(app):
        answer = client.open(url, method=method, headers=SAME_ORIGIN)
        is_at_door = answer.status_code == 302 and answer.location.split("?")[0] == DOOR
        if WHO[rule.endpoint] == PUBLIC:
            sent_away += [url] if is_at_door or answer.status_code in (401, 403, 405) else []
        elif WHO[rule.endpoint] == MACHINES:
            unsigned |= {rule.endpoint} if answer.status_code < 400 else set()
        elif not is_at_door:
            let_in.append((method, url))
    assert (let_in, sent_away, unsigned) == ([], [], UNSIGNED)


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


def test_a_role_opens_its_rooms_and_no_other(app: Portal, work: Work) -> None:
    rules = [(rule, url, audience_of(app, rule)) for rule, method, url in requests(app) if method == "GET"]
    for role in (None, *Role):
        kind = "oversight" if role is Role.OVERSIGHT else "triage"
        with work() as session:
            member = make_member(session, [role] if role else [])
            desk = session.scalars(select(Desk).where(Desk.kind == kind)).one_or_none() or make_desk(session, kind=kind)
            seat(session, desk, member)
        client = reader_of(app, member).client
        for _rule, url, audience in rules:
            if audience.roles is None:
                continue
            answer = client.get(url, headers=SAME_ORIGIN)
            assert answer.status_code < 500, (role, url)
            assert (answer.status_code == 403) == (not audience.admits(member.roles)), (role, url)
            assert answer.headers["Cache-Control"] == "no-store", (role, url)


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
        answers = {url: everybody.open(url, method=method, headers=headers).status_code for method, url in forms}
        assert {url: answer for url, answer in answers.items() if answer != 403} == {}, headers


def test_made_up_ids_and_names_are_of_nothing(app: Portal, everybody: FlaskClient) -> None:
    found = [
        (url, answer)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and len(rule.arguments - {"lang"}) > 0
        for url in addresses(rule)
        if (answer := status(everybody, "GET", url)) not in (404, 308)
    ]
    # The first page of a list may be empty, and a form that was left goes back to its page.
    wrong = [(url, answer) for url, answer in found if answer != 302 and not (answer == 200 and url.endswith("/1/"))]
    assert wrong == []


def test_made_up_pages_of_lists_break_nothing(app: Portal, everybody: FlaskClient) -> None:
    lists = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.arguments <= {"lang"}]
    asked = [
        f"{addresses(rule)[0]}?page={page}" for rule in lists for page in ("0", "-1", "1", "9" * 40, "x", "", "%00")
    ]
    assert [url for url in asked if status(everybody, "GET", url) >= 500] == []

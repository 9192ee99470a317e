"""Who may reach what: every route as nobody, as every role, and with a form from somewhere else."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from portal.accounts.roles import Role
from portal.core.web import SAFE_METHODS, Portal
from tests.conftest import Work
from tests.house.test_surfaces import WHO, audience_of
from tests.make import make_desk, make_member, sign_in
from tests.page import SAME_ORIGIN

PUBLIC, MACHINES, HALFWAY, SIGNED_IN = "public", "machines", "password given", "signed in"
# Machines that need no signature, because they learn and change nothing.
UNSIGNED = {"health.check", "health.no_icon"}
ENDS_THE_SIGN_IN = {"second_step.start_again"}
DOOR, SECOND_STEP = "/en/sign-in", "/en/second-step/"
IDS = (0, 1, 2**62, 10**30)
NAMES = ("nothing", "..", "%00", "a'b\"<c>", "ñandú", "x" * 3000)


def addresses(rule: Rule, lang: str = "en") -> list[str]:
    """The rule's address, filled with ids and names that nobody gave out."""
    urls = [rule.rule.replace("<lang:lang>", lang)]
    while "<" in urls[0]:
        before, _, rest = urls[0].partition("<")
        hole, _, after = rest.partition(">")
        fillings = IDS if hole.startswith("int") else NAMES
        others = urls[1:]
        urls = [f"{before}{one}{after}" for one in fillings] if "<" not in after else [f"{before}1{after}"]
        assert not others
    return urls


def requests(app: Portal) -> Iterator[tuple[Rule, str, str]]:
    """Every way to ask: (rule, method, one address)."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, addresses(rule)[0]


def status(client: FlaskClient, method: str, url: str, **headers: str) -> int:
    return client.open(url, method=method, headers=SAME_ORIGIN | headers).status_code


def leads_to(door: str, client: FlaskClient, method: str, url: str) -> bool:
    answer = client.open(url, method=method, headers=SAME_ORIGIN)
    return answer.status_code == 302 and answer.location.split("?")[0] == door


def test_nobody_gets_into_a_room(app: Portal, client: FlaskClient) -> None:
    let_in = [
        (method, url)
        for rule, method, url in requests(app)
        if WHO[rule.endpoint] not in (PUBLIC, MACHINES) and not leads_to(DOOR, client, method, url)
    ]
    assert let_in == []


def test_nobody_is_sent_away_from_public_pages(app: Portal, client: FlaskClient) -> None:
    for rule, method, url in requests(app):
        if WHO[rule.endpoint] == PUBLIC:
            assert status(client, method, url) not in (401, 403, 405), url
            assert not leads_to(DOOR, client, method, url), url


def test_machines_must_sign(app: Portal, client: FlaskClient) -> None:
    unsigned = {
        rule.endpoint
        for rule, method, url in requests(app)
        if WHO[rule.endpoint] == MACHINES and status(client, method, url) < 400
    }
    assert unsigned == UNSIGNED


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


@pytest.mark.parametrize("role", [None, *Role])
def test_a_role_opens_its_rooms_and_no_other(app: Portal, client: FlaskClient, work: Work, role: Role | None) -> None:
    with work() as session:
        member = make_member(session, [role] if role else [])
        make_desk(session, [member], "oversight" if role is Role.OVERSIGHT else "triage")
    sign_in(client, member)
    for rule, method, url in requests(app):
        audience = audience_of(app, rule)
        if method != "GET" or audience.roles is None:
            continue
        answer = client.get(url, headers=SAME_ORIGIN)
        assert answer.status_code < 500, url
        assert (answer.status_code == 403) == (not audience.admits(member.roles)), url
        assert answer.headers["Cache-Control"] == "no-store", url


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


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    ],
    ids=str,
)
def test_no_form_of_another_site_is_taken(app: Portal, everybody: FlaskClient, headers: dict[str, str]) -> None:
    taken = [(method, url) for method, url in unsafe_in_rooms(app) if status(everybody, method, url, **headers) != 403]
    assert taken == []


def test_old_browsers_are_judged_by_origin(app: Portal, everybody: FlaskClient) -> None:
    for method, url in unsafe_in_rooms(app):
        assert everybody.open(url, method=method, headers={"Origin": "https://evil.example"}).status_code == 403, url
        assert everybody.open(url, method=method, headers={"Origin": "null"}).status_code == 403, url


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


@pytest.mark.parametrize("page", ["0", "-1", "1", "9" * 40, "x", "", "%00"])
def test_made_up_pages_of_lists_break_nothing(app: Portal, everybody: FlaskClient, page: str) -> None:
    lists = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.arguments <= {"lang"}]
    broken = [
        (rule.rule, page) for rule in lists if status(everybody, "GET", f"{addresses(rule)[0]}?page={page}") >= 500
    ]
    assert broken == []

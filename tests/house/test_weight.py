"""First visits come through a bad line; a page with marks says what the page would."""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import pytest
from flask import render_template
from flask.testing import FlaskClient
from sqlalchemy import event

from portal.core.clock import now, today
from portal.core.db import db
from portal.core.page_cache import MOST_KEPT, filled
from portal.core.portal import Portal
from tests.conftest import Work
from tests.make import (
    make_call_in,
    make_commitment,
    make_decision,
    make_desk,
    make_market,
    make_meeting,
    make_member,
    make_office,
    make_operator,
    make_post,
    sign_in,
)

MOST_REQUESTS = 3
MOST_BYTES = 13 * 1024
LOADED = re.compile(r'<(?:link rel="stylesheet"|script)[^>]* (?:href|src)="([^"]+)"|<img[^>]* src="([^"]+)"')


def test_what_everybody_reads_comes_in_three_light_answers(client: FlaskClient, work: Work) -> None:
    with work() as session:
        member = make_member(session)
        for kind in ("triage", "oversight"):
            make_desk(session, [member], kind)
        make_operator(session)
        markets = [make_market(session, f"Long Winding Street {number}") for number in range(8)]
        make_call_in(session, markets[0], now() - timedelta(days=40))
        markets[0].decisions += [make_decision("message_delivered", today() - timedelta(days=300))]
        office = make_office(session)
        for _each in range(4):
            make_meeting(session, market_id=markets[0].id)
            make_post(session, market_id=markets[0].id)
            make_commitment(session, office, market_id=markets[0].id)
    for path in (
        *("", "report/", "places/", "places/long-winding-street-0/", "progress/"),
        *("how-it-works/", "other-cities/", "who-runs-this/"),
    ):
        for lang in ("en", "es"):
            assert weight_of(client, f"/{lang}/{path}") <= MOST_BYTES, path


def weight_of(client: FlaskClient, address: str) -> int:
    """Bytes of a page and all that it loads, with headers; no more than three answers, and each of them compressed."""
    addresses = [address, *("".join(found) for found in LOADED.findall(client.get(address).text))]
    answers = [client.get(one, headers={"Accept-Encoding": "br"}) for one in addresses]
    weight = sum(len(answer.data) + len(str(answer.headers).encode()) for answer in answers)
    for answer in answers:
        answer.close()
    assert len(answers) <= MOST_REQUESTS
    assert {(answer.status_code, answer.headers["Content-Encoding"]) for answer in answers} == {(200, "br")}
    return weight


@pytest.mark.parametrize("lang", ["en", "es"])
def test_page_is_rendered_once_and_keeps_no_filling(app: Portal, lang: str) -> None:
    rendered = []

    def render(words):
        rendered.append(dict(words))
        return render_template("errors/error.html", title=words["title"], message=words["message"], status=400)

    first, second = {"title": "<b>", "message": "river"}, {"title": "garden", "message": "message"}
    with app.test_request_context(f"/{lang}/nowhere", headers={"Accept-Language": lang}):
        app.preprocess_request()
        pages = [filled("test", words, render) for words in (first, second)]
        assert len(rendered) == 1
        assert pages == [render(first), render(second)]
    assert not {"<b>", "river"} & set(rendered[0].values())


def numbered(number: int, words: Mapping[str, str]) -> str:
    return f"{number} {words['word']}"


def test_pages_with_marks_do_not_become_more_and_more(app: Portal) -> None:
    with app.test_request_context("/en/"):
        for number in range(3 * MOST_KEPT):
            assert filled(number, {"word": "river"}, partial(numbered, number)) == f"{number} river"
        assert len(app.prerendered) <= MOST_KEPT


def test_whoever_is_inside_is_looked_up_once(app: Portal, client: FlaskClient, work: Work) -> None:
    """Every page of the team begins with it, and what cannot be opened asks for nothing else."""
    with work() as session:
        member = make_member(session, ["triage"], created_at=now() - timedelta(days=30))
        make_desk(session, [member])
    sign_in(client, member)
    for path, most in (("people/", 1), ("no/such/page", 0), ("team/today/", 10)):
        client.get(f"/en/{path}")
        statements: list[str] = []
        count = partial(note_statement, statements)
        event.listen(db.engine, "before_cursor_execute", count)
        client.get(f"/en/{path}")
        event.remove(db.engine, "before_cursor_execute", count)
        assert len(statements) <= most, statements


def note_statement(statements: list[str], _connection: object, _cursor: object, statement: str, *_more: object) -> None:
    # Whether settings and pages have changed is looked up every half second.
    if not statement.startswith("BEGIN") and "core_cache_version" not in statement:
        statements.append(statement)

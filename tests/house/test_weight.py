"""First visits come through a bad line, to the report form and what everybody reads; a mold says what a page would."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from portal.core.clock import now, today
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
    make_post,
)

MOST_REQUESTS = 3
MOST_BYTES = 14 * 1024
LOADED = re.compile(r'<(?:link rel="stylesheet"|script)[^>]* (?:href|src)="([^"]+)"|<img[^>]* src="([^"]+)"')


@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_report_form_comes_in_three_light_answers(client: FlaskClient, work: Work, lang: str) -> None:
    with work() as session:
        member = make_member(session)
        make_desk(session, [member])
        make_desk(session, [member], "oversight")
        for number in range(6):
            make_market(session, f"Long Winding Street {number}")
    assert weight_of(client, f"/{lang}/report/") <= MOST_BYTES


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(
    "path", ["", "places/", "places/long-winding-street-0/", "progress/", "how-it-works/", "other-cities/"]
)
def test_what_everybody_reads_comes_in_three_light_answers(
    client: FlaskClient, work: Work, lang: str, path: str
) -> None:
    with work() as session:
        markets = [make_market(session, f"Long Winding Street {number}") for number in range(8)]
        make_call_in(session, markets[0], now() - timedelta(days=40))
        markets[0].decisions += [make_decision("message_delivered", today() - timedelta(days=300))]
        office = make_office(session)
        for _each in range(4):
            make_meeting(session, market_id=markets[0].id)
            make_post(session, market_id=markets[0].id)
            make_commitment(session, office, market_id=markets[0].id)
    assert weight_of(client, f"/{lang}/{path}") <= MOST_BYTES


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

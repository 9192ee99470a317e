"""Whoever works with figures, signed in."""

import pytest
from flask.testing import FlaskClient

from portal.indicators.counts import load_standard_measures
from tests.conftest import Work
from tests.make import make_member, sign_in
from tests.page import Reader


@pytest.fixture
def evaluator(work: Work, client: FlaskClient, request: pytest.FixtureRequest) -> Reader:
    """Pages as an evaluator reads them, with the standard measures and what `make_city` of the module makes."""
    with work() as session:
        load_standard_measures()
        member = make_member(session, ("evaluator",))
        if make_city := getattr(request.module, "make_city", None):
            make_city(session)
    sign_in(client, member)
    return Reader(client)

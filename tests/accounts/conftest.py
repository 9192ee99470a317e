"""Somebody who signs in."""

from __future__ import annotations

import pytest

from portal.accounts.users import Member
from tests.conftest import Work
from tests.make import make_desk, make_member


@pytest.fixture
def ana(request: pytest.FixtureRequest, work: Work) -> Member:
    """Who signs in at the door: an organizer, or what `ROLE` of the test's file says; for triage, at that desk."""
    role = getattr(request.module, "ROLE", "organizer")
    with work() as session:
        member = make_member(session, (role,), email="ana@portal.test")
        if role == "triage":
            make_desk(session, [member])
    return member

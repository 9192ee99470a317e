"""Somebody who signs in."""

import pytest

from tests.make import make_desk, make_member


@pytest.fixture
def ana(request, work):
    """Who signs in at the door: an organizer, or what `ROLE` of the test's file says; for triage, at that desk."""
    role = getattr(request.module, "ROLE", "organizer")
    with work() as session:
        member = make_member(session, (role,), email="ana@portal.test")
        if role == "triage":
            make_desk(session, [member])
    return member

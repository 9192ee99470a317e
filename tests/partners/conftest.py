"""A circle and two who sit in it, for tests of actions."""

import pytest
from sqlalchemy.orm import Session

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.partners.circles import Circle
from tests.conftest import Once
from tests.make import make_circle, make_member


@pytest.fixture
def lead(session: Session) -> Member:
    """Somebody who may lead a circle."""
    return make_member(session, [Role.COMMUNITY_LEAD], name="Ruth Lead")


@pytest.fixture
def elder(session: Session) -> Member:
    """Somebody who has no role."""
    return make_member(session, [], name="Ezra Elder", language="es")


@pytest.fixture
def circle(session: Session, lead: Member, elder: Member) -> Circle:
    """A circle of theirs in which police may sit."""
    return make_circle(session, lead, elder, with_police=True)


@pytest.fixture
def city(request: pytest.FixtureRequest, once: Once) -> object:
    """The `City` of the test's own file, made once and copied; see `once`."""
    return once(request.module.City)

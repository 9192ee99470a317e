"""An organizer, and the browser in which they are signed in."""

import pytest
from sqlalchemy.orm import Session

from portal.accounts.users import Member
from portal.core.web import Portal
from tests.conftest import Work
from tests.make import make_member, sign_in
from tests.page import Reader


@pytest.fixture
def member(work: Work) -> Member:
    """Somebody who plans meetings."""
    with work() as session:
        return make_member(session, ("organizer",), name="Marta Solís")


@pytest.fixture
def editor(app: Portal, member: Member) -> Reader:
    """Reads pages as `member`."""
    reader = Reader(app.test_client())
    sign_in(reader.client, member)
    return reader


@pytest.fixture
def organizer(session: Session) -> int:
    """The id of somebody who plans meetings, for tests of actions."""
    return make_member(session, ("organizer",)).id

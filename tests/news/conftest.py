"""Who writes news and guides."""

import pytest

from portal.core.web import Portal
from tests.conftest import Work
from tests.make import make_member
from tests.page import Reader, reader_of


@pytest.fixture
def editor(app: Portal, work: Work) -> Reader:
    with work() as session:
        member = make_member(session, ("organizer",))
    return reader_of(app, member)

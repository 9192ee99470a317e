"""Who signs in, what is published, and a portal in which nobody waits for a change."""

import pytest
from shapely import box

from portal.core import page_cache, stored_settings
from portal.markets.map.importing import set_boundary
from tests.conftest import Work
from tests.indicators.published import publish
from tests.make import make_market, make_member, sign_in
from tests.page import Reader


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for half a second."""
    monkeypatch.setattr(page_cache, "LOOK_SECONDS", -1)
    monkeypatch.setattr(stored_settings, "LOOK_SECONDS", -1)


@pytest.fixture
def admin(page: Reader, work: Work) -> Reader:
    """A signed-in administrator, who is alone."""
    with work() as session:
        member = make_member(session, ("administrator",), name="Dana Reed")
    sign_in(page.client, member)
    return page


@pytest.fixture
def known(work: Work) -> str:
    """Elm Street, released, beside a hidden place; both published."""
    with work() as session:
        set_boundary(make_market(session, "Elm Street"), box(-79.99, 35.95, -79.98, 35.96))
        set_boundary(make_market(session, "Birch Street", released=False), box(-79.97, 35.95, -79.96, 35.96))
        return publish(session)

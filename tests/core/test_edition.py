"""What the public sees changes when the transaction that changed it has committed, and not before."""

import pytest

from portal.core import page_cache
from portal.core.page_cache import current_cache_version, renew_cache_version
from portal.core.web import Portal
from tests.conftest import Work
from tests.make import make_market


@pytest.mark.both_databases
def test_the_number_grows_with_the_commit(app: Portal, work: Work) -> None:
    assert current_cache_version() == 0
    for number in (1, 2):
        with work():
            renew_cache_version()
            renew_cache_version()
        assert current_cache_version() == 2 * number
    with pytest.raises(ZeroDivisionError), work():
        renew_cache_version()
        raise ZeroDivisionError
    assert current_cache_version() == 4


def test_a_release_reaches_the_page_that_is_kept(app: Portal, client, work: Work, monkeypatch) -> None:
    monkeypatch.setattr(page_cache, "LOOK_SECONDS", 0)
    assert "Elm Street" not in client.get("/en/").text
    etag = client.get("/en/").headers["ETag"]
    assert client.get("/en/", headers={"If-None-Match": etag}).status_code == 304
    with work() as session:
        make_market(session, "Elm Street")
    assert client.get("/en/", headers={"If-None-Match": etag}).status_code == 200
    assert "Elm Street" in client.get("/en/").text

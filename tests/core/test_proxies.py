"""A proxy that is not believed, or that names no address, is noticed; nothing of any address is kept."""

import pytest

from portal.app import create_app
from portal.core.proxies import Trap, forget, trap

FORWARDED = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "portal.test"}


@pytest.fixture
def visit(settings):
    """`visit(hops, headers)` asks for a page of a portal; what was noticed."""

    def visit(hops=0, headers=None, base="https://portal.test"):
        given = settings.model_copy(update={"proxy_hops": hops, "public_url": "https://portal.test"})
        app = create_app(given)
        app.test_client().get("/en/report/", base_url=base, headers=headers or {})
        return trap(given)

    return visit


@pytest.mark.parametrize("header", [FORWARDED, {"Forwarded": "for=203.0.113.7"}])
def test_a_proxy_that_nobody_believes(visit, settings, header):
    assert visit(0) is None
    assert visit(0, header) is Trap.IGNORED
    assert (settings.data_dir / Trap.IGNORED).read_bytes() == b""


def test_a_proxy_that_names_no_address(visit):
    assert visit(1, FORWARDED) is None
    # A monitor on this machine does not come through the proxy.
    assert visit(1, base="http://127.0.0.1:8000") is None
    assert visit(1) is Trap.SILENT


def test_a_server_that_starts_notices_anew(visit, settings):
    visit(1)
    forget(settings)
    assert trap(settings) is None
    forget(settings)

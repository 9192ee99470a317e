"""A proxy that is not believed, or that names no address, is noticed; nothing of any address is kept."""

from portal.app import create_app
from portal.core.proxies import Trap, forget, trap

FORWARDED = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "portal.test"}


def visit(settings, hops=0, headers=None, base="https://portal.test"):
    """Ask for a page of a portal; what was noticed."""
    given = settings.model_copy(update={"proxy_hops": hops, "public_url": "https://portal.test"})
    create_app(given).test_client().get("/en/report/", base_url=base, headers=headers or {})
    return trap(given)


def test_a_proxy_that_nobody_believes(settings):
    for header in (FORWARDED, {"Forwarded": "for=203.0.113.7"}):
        assert visit(settings) is None
        assert visit(settings, 0, header) is Trap.IGNORED
        assert (settings.data_dir / Trap.IGNORED).read_bytes() == b""
        forget(settings)


def test_a_proxy_that_names_no_address(settings):
    assert visit(settings, 1, FORWARDED) is None
    # A monitor on this machine does not come through the proxy.
    assert visit(settings, 1, base="http://127.0.0.1:8000") is None
    assert visit(settings, 1) is Trap.SILENT
    # A server that starts notices anew.
    forget(settings)
    assert trap(settings) is None
    forget(settings)

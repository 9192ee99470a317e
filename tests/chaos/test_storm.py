"""Everything goes wrong at once, and nothing that was accepted is lost, doubled or told.

A few seconds each in `make test`; `make chaos` lets it last for minutes. CHAOS_SEED decides what happens when.
"""

from __future__ import annotations

import random
import socket
import sys
from contextlib import ExitStack

import pytest
from sqlalchemy.engine import make_url

from demo.provider import Provider
from tests.chaos import storm
from tests.chaos.machines import Machines
from tests.chaos.network import Line
from tests.chaos.people import Residents
from tests.core.conftest import as_environment, texting
from tests.make import make_desk, make_market

__all__ = ["texting"]
pytestmark = pytest.mark.both_databases
HIDDEN = "Quillfeather Yard"
PLENTY = 10**9


@pytest.fixture
def provider():
    with Provider(slow=0.5) as provider:
        yield provider


@pytest.fixture
def to_provider(provider):
    with Line(("127.0.0.1", int(provider.url.rpartition(":")[2]))) as line:
        yield line


@pytest.fixture
def settings(texting, provider, to_provider):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return texting(provider).model_copy(
        update={
            "public_url": f"http://127.0.0.1:{port}",
            "twilio_api_base": f"http://127.0.0.1:{to_provider.port}",
            "reports_per_address": PLENTY,
            "reports_in_all": PLENTY,
        }
    )


@pytest.fixture
def lines(settings, to_provider):
    """The lines that may break, and the settings of processes that use them; a file is behind no line."""
    url = make_url(settings.database)
    with ExitStack() as opened:
        found = {"text company": to_provider}
        if url.get_backend_name() == "postgresql":
            found["database"] = opened.enter_context(Line(f"{url.query['host']}/.s.PGSQL.5432"))
            url = url.set(query={}, host="127.0.0.1", port=found["database"].port)
        yield found, settings.model_copy(update={"database_url": url.render_as_string(hide_password=False)})


def test_nothing_that_was_accepted_is_lost_doubled_or_told(app, work, provider, lines, settings) -> None:
    found, theirs = lines
    with work() as session:
        make_desk(session)
        make_market(session, "Elm Street")
        make_market(session, HIDDEN, released=False)
    if "database" in found:
        storm.expect_no_loss(work)
    chance = random.Random(storm.seed())
    machines = Machines(as_environment(theirs))
    residents = Residents(machines.url, provider, HIDDEN)
    try:
        machines.start()
        residents.start()
        what = storm.troubles(machines, provider, found, chance, work)
        happened = storm.rage(what, residents.told, chance, storm.seconds())
        residents.finish()
        settled = storm.settle(app, work, machines)
    finally:
        machines.stop()
    sys.stdout.write(storm.story(happened, settled, residents.told))
    assert residents.told.reports and residents.told.texts
    assert storm.broken_promises(work, residents.told, provider) == []
    assert residents.seen == []

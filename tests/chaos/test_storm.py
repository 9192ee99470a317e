"""Everything goes wrong at once, and nothing that was accepted is lost, doubled or told.

A few seconds each in `make test`; `make chaos` lets it last for minutes. CHAOS_SEED decides what happens when.
"""

import random
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy.engine import make_url

from demo.provider import Provider
from portal.config import Settings
from tests.chaos import storm
from tests.chaos.machines import Machines
from tests.chaos.network import Line
from tests.chaos.people import Residents
from tests.make import make_desk, make_market
from tests.processes import as_environment, texting

pytestmark = pytest.mark.both_databases
HIDDEN = "Quillfeather Yard"
PLENTY = 10**9


def of_storm(settings: Settings, provider: Provider) -> Settings:
    """The settings of a portal at a port of its own, where nobody is refused."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    plenty = {"public_url": url, "reports_per_address": PLENTY, "reports_in_all": PLENTY}
    return texting(settings, provider).model_copy(update=plenty)


@contextmanager
def lines(settings: Settings) -> Iterator[tuple[dict[str, Line], Settings]]:
    """The lines that may break, and the settings of processes that use them; a file is behind no line."""
    url, company = make_url(settings.database), ("127.0.0.1", int(settings.twilio_api_base.rpartition(":")[2]))
    with ExitStack() as opened:
        found = {"text company": opened.enter_context(Line(company))}
        if url.get_backend_name() == "postgresql":
            found["database"] = opened.enter_context(Line(f"{url.query['host']}/.s.PGSQL.5432"))
            url = url.set(query={}, host="127.0.0.1", port=found["database"].port)
        behind = {
            "database_url": url.render_as_string(hide_password=False),
            "twilio_api_base": f"http://127.0.0.1:{found['text company'].port}",
        }
        yield found, settings.model_copy(update=behind)


def test_nothing_accepted_is_lost_doubled_or_told(app, work) -> None:
    with work() as session:
        make_desk(session)
        make_market(session, "Elm Street")
        make_market(session, HIDDEN, released=False)
    with Provider(slow=0.5) as provider, lines(of_storm(app.settings, provider)) as (found, theirs):
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

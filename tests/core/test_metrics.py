"""`/metrics`: who reads it, what the processes of a machine add up to, and what it does not tell."""

import json
import re
from datetime import timedelta
from itertools import count

import pytest
from prometheus_client.parser import text_string_to_metric_families

from portal.app import create_app
from portal.config import ROOT
from portal.core import counters, health
from portal.core.clock import now, today
from portal.core.db import db
from portal.core.engines import count_wait
from portal.core.health import COUNTED
from portal.core.jobs.engine import NEVER, Turn, each_row
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.limits import may_try
from portal.core.suppression import at_least, tens
from portal.doctor.outside import CheckState
from portal.doctor.status import CHECKS, StoredCheck
from tests.make import make_desk, make_market, make_member, make_report

TOKEN = "t0ken-of-the-monitoring-0123456789abcdef"
monitored = pytest.mark.parametrize("settings", [{"metrics_token": TOKEN}], indirect=True)


def read(client, token=TOKEN):
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert "Set-Cookie" not in answer.headers
    return answer.text


def scrape(client):
    """Every sample by its name with its labels."""
    return {
        sample.name + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(read(client))
        for sample in family.samples
    }


@monitored
def test_without_a_token_nothing_is_counted_nor_shown(settings, tmp_path, client):
    never = client.get("/metrik")
    for given in ({}, {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": TOKEN}, {"Authorization": "ñ"}):
        refused = client.get("/metrics", headers=given)
        assert (refused.status_code, refused.data) == (404, never.data)
        assert dict(refused.headers) == dict(never.headers)
    without = create_app(settings.model_copy(update={"metrics_token": ""})).test_client()
    assert without.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    assert without.get("/en/").status_code == 200
    assert counters.store is None
    db.engine.dispose()


@monitored
def test_what_people_do_is_in_tens_and_faults_exact(app, client, monkeypatch):
    assert [tens(count) for count in (0, 9, 10, 19.0, 20)] == [0, 0, 10, 10, 20]
    assert [at_least(count) for count in (0, 1, 10, 11)] == [0, 10, 10, 20]
    public, slow = "portal_requests_total audience=all status=2xx", "portal_slow_requests_total audience=all"

    def asked(times, seconds):
        """What is told of pages after some that took so long."""
        with monkeypatch.context() as patch:
            clock = count(step=seconds)
            patch.setattr(health.time, "perf_counter", lambda: next(clock))
            for _each in range(times):
                client.get("/en/how-it-works/?again")
        found = scrape(client)
        return found.get(public, 0), found.get(slow, 0)

    assert asked(9, 0.49) == (0, 0)
    assert asked(1, 0.49) == (10, 0)
    assert asked(10, 0.5) == (20, 10)
    monkeypatch.setattr("portal.home.pages.is_ready", lambda: 1 / 0)
    monkeypatch.setitem(app.view_functions, "about.how_it_works", lambda **_given: 1 / 0)
    client.get("/es/how-it-works/?again")
    assert scrape(client)["portal_errors_total route=/<lang:lang>/how-it-works/"] == 1


@monitored
def test_no_page_has_a_line_of_its_own(client):
    for _each in range(11):
        client.get("/en/report/?again")
        client.post("/en/report/", data={})
        client.post("/sms/twilio/inbound", data={})
        client.get("/en/team/settings/")
        client.get("/nothing/here")
    found = {name for name in scrape(client) if name.startswith("portal_requests_total")}
    assert {re.search("audience=([^ ]*)", name)[1] for name in found} == {"all", "team", "none"}


@monitored
def test_the_page_cache_limits_jobs_and_waits(app, client, portal_dir):
    for _each in range(12):
        client.get("/en/how-it-works/")
    with app.app_context():
        for _each in range(12):
            may_try("search", "somebody", 2, 60)
        each_row([1, 2], lambda _row: 1 / 0)
    app.engine.job("broken", lambda: 1 / 0)
    app.engine.run("broken", [])
    for waited in (0.01, 0.06, 2.0):
        count_wait("probe", waited)
    counted = {
        "portal_page_cache_total result=hit": 10,
        "portal_refusals_total limit=search": 10,
        "portal_row_failures_total": 2,
        "portal_job_failures_total name=broken": 1,
        "portal_database_waits_total what=probe": 2,
        "portal_database_long_waits_total what=probe": 1,
    }
    assert (counted | {"portal_database_up": 1}).items() <= scrape(client).items()
    # Counters are told without a database.
    db.engine.dispose()
    (portal_dir / "portal.db").write_bytes(b"not a database " * 99)
    assert (counted | {"portal_database_up": 0}).items() <= scrape(client).items()


@pytest.mark.both_databases
@monitored
def test_what_is_asked_of_the_database(client, work):
    with work() as session:
        make_desk(session, [make_member(session, ["triage"])])
        session.add(Turn(name="sweep", done_for=now() - timedelta(minutes=3), taken_until=NEVER))
        for state, ago, settled_on in (
            ("due", timedelta(minutes=50), None),
            ("due", timedelta(minutes=1), None),
            ("failed", timedelta(days=1), today() - timedelta(days=1)),
            ("sent", timedelta(), today()),
        ):
            row = {"kind": MessageKind.MAIL, "state": state, "due_at": now() - ago, "settled_on": settled_on}
            session.add(OutboundMessage(direct=True, created_at=now(), **row))
    with work():
        thread = make_report().thread
        thread.clock_from = today() - timedelta(days=2)
    found = scrape(client)
    assert found["portal_database_up"] == 1
    assert 180 <= found["portal_worker_silent_seconds"] < 300
    assert 180 <= found["portal_timetable_age_seconds entry=sweep"] < 300
    assert found["portal_outbox_late state=due"] == 10
    assert found["portal_outbox_oldest_late_minutes"] == 45
    assert found["portal_outbox_settled_yesterday state=failed"] == 10
    assert found["portal_outbox_settled_yesterday state=sent"] == 0
    assert found["portal_desk_oldest_unread_hours desk=triage"] == 48
    assert not [name for name in found if name.endswith(("desk=oversight", "desk=police"))]


def steady(told):
    """What does not depend on how busy the machine is."""
    return [line for line in told.splitlines() if "_waits_total" not in line]


@monitored
def test_a_report_of_today_changes_nothing(app, work, client):
    with work() as session:
        make_desk(session, [make_member(session, ["triage"])])
        make_desk(session, [make_member(session, ["oversight"])], kind="oversight")
        make_market(session, "Birch Street", released=False)
    before = steady(read(client))
    with work():
        make_report("Somebody sells at the corner.")
    assert steady(read(client)) == before


def test_every_key_in_the_code_is_exported():
    counted = re.compile(r"counters\.add\(f?\"(\w+)")
    used = {name for path in (ROOT / "portal").rglob("*.py") for name in counted.findall(path.read_text())}
    assert used == {*COUNTED}
    assert max(map(len, CHECKS)) <= 40, "every check fits its column"


# The rules and the dashboard of deploy/monitoring ask for what is exported, and for nothing else.


FOLDER = ROOT / "deploy" / "monitoring"
USE = re.compile(r"\b(portal_\w+)(?:\{([^}]*)\})?")
LABEL = re.compile(r'(\w+)\s*[=!~]+\s*"')


def expressions():
    rules = (FOLDER / "alerts.yml").read_text()
    yield from re.findall(r"expr: (?:>\n)?((?:.|\n)*?)\n +(?:for|labels):", rules)
    board = json.loads((FOLDER / "dashboard.json").read_text())
    yield from (target["expr"] for panel in board["panels"] for target in panel["targets"])


@monitored
def test_what_is_asked_for_is_exported_and_the_reverse(client, work):
    # Let everything happen once.
    for _each in range(10):
        for name, (_shape, _help, labels) in COUNTED.items():
            counters.add("|".join([name, *("x" for _label in labels.split())]))
    with work() as session:
        session.add(Turn(name="sweep", done_for=now(), taken_until=NEVER))
        session.add(StoredCheck(what="backup", state=CheckState.GOOD, checked_at=now()))
    families = text_string_to_metric_families(read(client))
    exported = {sample.name: set(sample.labels) for family in families for sample in family.samples}
    asked = list(expressions())
    assert len(asked) > 25
    used = {(name, *LABEL.findall(labels)) for one in asked for name, labels in USE.findall(one)}
    assert {name for name, *_labels in used} <= set(exported)
    assert [one for one in used if not set(one[1:]) <= exported[one[0]]] == []
    # Whatever is exported is watched or shown.
    texts = " ".join(path.read_text() for path in FOLDER.iterdir())
    assert set(exported) <= set(re.findall(r"\bportal_\w+", texts))
    # The labels by which rules sum exist.
    known = {"instance", *(label for labels in exported.values() for label in labels)}
    groups = [group for one in asked for group in re.findall(r"by \(([^)]*)\)", one)]
    assert {label for group in groups for label in group.split(", ")} <= known

"""The page of the state of the installation, and the checks that a worker keeps for it."""

import re
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock, call

import pytest
from sqlalchemy import select, text

from portal import doctor
from portal.core.clock import now
from portal.core.db import session
from portal.core.jobs.engine import Turn
from portal.doctor import outside
from portal.doctor.outside import CheckResult, CheckState, unchecked
from portal.doctor.status import CHECKS, StoredCheck, check_all, gauges
from tests.make import make_desk, make_member, make_operator
from tests.page import reader_of


def admin_of(app, work):
    with work() as session:
        member = make_member(session, ["administrator"])
    return reader_of(app, member)


def outside_says(monkeypatch):
    """What checks outside of the database find from now on; to be changed."""
    found = [CheckResult("backup", True, "yes"), CheckResult("disk", True, "/srv/secret-path")]
    monkeypatch.setattr("portal.doctor.status.outside_checks", lambda: iter(found))
    return found


def make_healthy(app, work):
    """Let everything be in place; an administrator, signed in."""
    app.engine.tick()
    app.engine.run("sweep", [])
    with work() as session:
        for kind in ("triage", "oversight"):
            make_desk(session, [make_member(session, [kind])], kind=kind)
        make_operator(session)
    return admin_of(app, work)


def test_worker_keeps_what_it_found_and_page_says_it(app, work, monkeypatch):
    admin, outside = make_healthy(app, work), outside_says(monkeypatch)
    well = {"en": "All is well.", "es": "Todo está bien."}
    app.engine.run("check now", [])
    for lang, says in well.items():
        found = admin(f"/{lang}/team/status/")
        assert says in found.text
        assert "secret-path" not in found.text
    outside[:] = [CheckResult("backup", False, "no"), unchecked("certificate", "no")]
    app.engine.run("check now", [])
    with work() as session:
        session.get_one(Turn, "sweep").done_for = now() - timedelta(minutes=10)
    for lang, look, unknown, waits in (
        ("en", "Needs a look", "Nobody answered when we asked.", "2 things on the server need a look"),
        ("es", "Hay que revisarlo", "Nadie contestó cuando preguntamos.", "Hay que revisar 2 cosas en el servidor"),
    ):
        found = admin(f"/{lang}/team/status/")
        assert well[lang] not in found.text
        assert unknown in found.text
        # What the database knows is as of now, whatever a worker found earlier.
        assert found.text.count(look) == 2
        assert waits in admin(f"/{lang}/team/today/").text
    outside[:] = [unchecked("number +12025550100", "no"), CheckResult("number +12025550101", False, "no")]
    app.engine.run("checks", [])
    with work() as session:
        kept = {row.what: row.state for row in session.scalars(select(StoredCheck))}
        told = {gauge.labels.get("check"): gauge.value for gauge in gauges()}
    assert kept["numbers"] == "look"
    assert "backup" not in kept
    assert (told["numbers"], told["desk for reports"]) == (0, 1)
    assert 0 <= told[None] < 60
    assert "+1202" not in str(told)


def test_checks_can_be_asked_for(app, work, monkeypatch):
    admin = admin_of(app, work)
    enqueue = Mock(side_effect=[True, False])
    monkeypatch.setattr(app.engine, "enqueue", enqueue)
    for sentence in ("Look again in a minute.", "The checks are made once an hour anyway."):
        assert sentence in admin("/en/team/status/").form("/en/team/status/").submit().text
    assert enqueue.mock_calls == [call("check now")] * 2


def test_every_check_has_title():
    code = "".join(Path(module.__file__).read_text() for module in (doctor, outside))
    named = set(re.findall(r'(?:CheckResult|unchecked|_look)\(\s*"([^"]+)"', code))
    assert named | doctor.LOOKS.keys() | doctor.HERE_AND_OUTSIDE.keys() == CHECKS.keys()


SECRET = "postgresql://portal:word@203.0.113.7/portal"


def breaks(*_given):
    """A check that raises, with something in its words that nobody may read."""
    raise RuntimeError(SECRET)


@pytest.mark.both_databases
def test_check_that_raises_counts_as_failed_others_are_made(work, app, monkeypatch, caplog):
    admin = make_healthy(app, work)

    def asks_nonsense():
        session.execute(text("SELECT nothing FROM nowhere"))

    monkeypatch.setattr(doctor, "HERE_AND_OUTSIDE", {"backup": breaks, "keys": doctor.keys})
    monkeypatch.setitem(doctor.LOOKS, "outbox", breaks)
    monkeypatch.setattr(doctor, "public_address", breaks)
    monkeypatch.setattr(outside, "telephone", breaks)
    # A question that the database refuses spoils no other.
    monkeypatch.setitem(doctor.LOOKS, "clock", asks_nonsense)
    with app.app_context():
        check_all()
        told = "\n".join(one.line for one in (*doctor.outside_checks(), *doctor.inside_checks()))
    with work() as unit:
        kept = {row.what: row.state for row in unit.scalars(select(StoredCheck))}
    broken = ("backup", "outbox", "public address", "telephone", "clock")
    assert {kept[what] for what in broken} == {CheckState.LOOK}
    assert "keys" in kept
    assert {kept[what] for what in ("worker", "who runs this")} == {CheckState.GOOD}
    assert "LOOK backup: the check itself went wrong (RuntimeError)" in told
    assert "the check public-address itself went wrong (RuntimeError)" in caplog.text
    assert SECRET not in told + caplog.text
    page = admin("/en/team/status/")
    assert page.has("main .badge")
    assert "went wrong" not in page.text

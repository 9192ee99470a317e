"""A portal that kills itself (SIGKILL) at the step that KILL_AT names, run as a process of its own by the tests.

    python -m tests.core.fragile worker --lease 1     the real worker
    python -m tests.core.fragile request              one request that puts a text into the outbox
    python -m tests.core.fragile busy                 a worker whose job never ends, and says when it has begun

The switch lives here, not in the portal: it takes hold of the portal's functions from outside.
"""

import http.client
import os
import select
import signal
import sys

import urllib3.connection

from portal.app import create_app
from portal.config import ROOT
from portal.core import audit
from portal.core.db import db
from portal.core.jobs import delivery, outbox
from portal.core.jobs.delivery import worker
from portal.core.jobs.outbox import MessageKind

PHONE = "+13365550142"
WORDS = "Gracias. Lo leimos."
WORKER_STEPS = (
    *("before the claim is committed", "after the claim was committed", "before the call", "answered but not read"),
    *("read but not settled", "before settling is committed", "after settling was committed"),
)
AFTER_COMMIT = "after the commit, before the wake"


def die(*_given, **_named):
    os.kill(os.getpid(), signal.SIGKILL)


def dies_after(function):
    def run(*given, **named):
        function(*given, **named)
        die()

    return run


def wait_for_the_answer_and_die(connection, *_given):
    # It has reached this machine, so the provider took the text; nobody has read it.
    select.select([connection.sock], [], [])
    die()


def make_fragile_worker(app, step):
    transport = app.transports[MessageKind.TEXT]
    owner, name, replacement = {
        "": (outbox, "claim", outbox.claim),
        "before the claim is committed": (outbox, "claim", dies_after(outbox.claim)),
        "after the claim was committed": (delivery, "_send", die),
        "before the call": (urllib3.connection.HTTPConnection, "request", die),
        "answered but not read": (http.client.HTTPConnection, "getresponse", wait_for_the_answer_and_die),
        "read but not settled": (transport, "deliver", dies_after(transport.deliver)),
        "before settling is committed": (outbox, "settle", dies_after(outbox.settle)),
        "after settling was committed": (db, "forget_journal", die),
    }[step]
    assert hasattr(owner, name)
    setattr(owner, name, replacement)


def answer_one_request(app):
    @app.post("/text")
    def text():
        outbox.put(MessageKind.TEXT, PHONE, WORDS)
        audit.record("text", "message", 1, None)
        db.session().flush()
        return "", 204

    assert app.test_client().post("/text").status_code == 204


def solve_for_ever():
    import numpy as np
    from scipy.optimize import LinearConstraint, milp

    os.write(1, b"solving\n")
    rows = np.array([[(row * 7 + at * 13) % 11 + 1 for at in range(20)] for row in range(8)])
    while True:
        milp(np.ones(20), integrality=np.ones(20), constraints=LinearConstraint(rows, lb=20 + np.arange(8)))


def work_busily(app):
    delivery.LEAVE_WITHIN = 1
    engine = app.engine
    engine.job("solve", solve_for_ever)
    engine.enqueue("solve")
    with app.app_context():
        worker.main([])


def run(environment, arguments):
    """Be such a portal in a process that was forked."""
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv[1:] = arguments
    main()


def main():
    app, step = create_app(), os.environ.get("KILL_AT", "")
    if sys.argv[1] == "request":
        app.wake = die if step == AFTER_COMMIT else app.wake
        answer_one_request(app)
    elif sys.argv[1] == "busy":
        work_busily(app)
    else:
        make_fragile_worker(app, step)
        with app.app_context():
            worker.main(sys.argv[2:])


if __name__ == "__main__":
    main()

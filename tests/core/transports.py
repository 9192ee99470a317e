"""A transport for tests: does what it is told to, and remembers what it was given."""

from collections import deque

from flask import g

from portal.core.jobs.retries import Sent, Unreachable


class TestTransport:
    """`outcomes` are given in turn, an exception is raised; after the last, everything is sent."""

    __test__ = False

    def __init__(self, *outcomes):
        self.outcomes = deque(outcomes)
        self.delivered = []
        self.asked = []
        self.provider_has = {}
        self.suppressed = set()
        self.is_down = False

    def deliver(self, address, body, message_id, valid_for):
        assert "db_session" not in g, "a session is open while the provider is waited for"
        self.delivered.append((address, body, message_id, valid_for))
        outcome = self.outcomes.popleft() if self.outcomes else Sent(f"SM{message_id}")
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def find(self, address, body, since, known):
        assert "db_session" not in g, "a session is open while the provider is waited for"
        self.asked.append((address, body, since, known))
        if self.is_down:
            raise Unreachable
        sid = self.provider_has.get((address, body))
        return None if sid in known else sid

    def is_suppressed(self, address):
        return address in self.suppressed

"""Ways out for tests: a transport that does what it is told to, and a client that gives up on a late first answer."""

from collections import deque

from flask import g

from portal.core.jobs.delivery import Transport
from portal.core.jobs.retries import Sent, Unreachable
from portal.core.telephone import TwilioTelephone
from tests.patience import HANGS


class TestTransport(Transport):
    """`outcomes` are given in turn, an exception is raised; after the last, everything is sent."""

    __test__ = False

    def __init__(self, *outcomes):
        self.outcomes = deque(outcomes)
        self.delivered = []
        self.letters = []
        self.asked = []
        self.provider_has = {}
        self.suppressed = set()
        self.is_down = False

    def deliver(self, address, letter, message_id, valid_for):
        assert "db_session" not in g, "a session is open while the provider is waited for"
        self.letters.append(letter)
        self.delivered.append((address, letter.body, message_id, valid_for))
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


LATE_TAKEN, LATE_LOST = "+15005550120", "+15005550121"
GIVES_UP_AFTER = 1.0


class PatientTelephone(TwilioTelephone):
    """Gives up soon on the first text to a number whose first answer is late, which is to say never."""

    def __init__(self, account_sid, auth_token, from_number, api_base):
        super().__init__(account_sid, auth_token, from_number, api_base, timeout=HANGS)
        self._never_answers = {LATE_TAKEN, LATE_LOST}

    def send(self, to, body, callback_url, valid_for, sender=""):
        http = self._client.http_client
        if to not in self._never_answers:
            return super().send(to, body, callback_url, valid_for, sender)
        self._never_answers.remove(to)
        http.timeout = GIVES_UP_AFTER
        try:
            return super().send(to, body, callback_url, valid_for, sender)
        finally:
            http.timeout = HANGS

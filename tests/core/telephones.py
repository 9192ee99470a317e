"""A telephone company's client for tests: it waits for as long as it takes, but where no answer ever comes."""

from datetime import timedelta

from portal.core.jobs.retries import Outcome
from portal.core.sms.twilio import TwilioTelephone
from tests.patience import HANGS

LATE_TAKEN, LATE_LOST = "+15005550120", "+15005550121"
GIVES_UP_AFTER = 1.0


class PatientTelephone(TwilioTelephone):
    """Gives up soon on the first text to a number whose first answer is late, which is to say never."""

    def __init__(self, account_sid: str, auth_token: str, from_number: str, api_base: str) -> None:
        super().__init__(account_sid, auth_token, from_number, api_base, timeout=HANGS)
        self._never_answers = {LATE_TAKEN, LATE_LOST}

    def send(self, to: str, body: str, callback_url: str, valid_for: timedelta, sender: str = "") -> Outcome:
        http = self._client.http_client
        if to not in self._never_answers:
            return super().send(to, body, callback_url, valid_for, sender)
        self._never_answers.remove(to)
        http.timeout = GIVES_UP_AFTER
        try:
            return super().send(to, body, callback_url, valid_for, sender)
        finally:
            http.timeout = HANGS

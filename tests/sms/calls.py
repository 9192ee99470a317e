"""A phone that calls the portal: it follows the markup of the answers with requests signed as the provider's."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, fromstring

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.core.sms.twilio import sign
from portal.reports.code import keys_of

BASE = "https://portal.test"
TOKEN = "a-token-of-the-provider"
OURS = "+15550100000"
ROSA = "+15550100142"
_ids = count(1)


@dataclass
class PhoneCall:
    """One call. `said` has every sentence of the last answer, `language` the languages it was read in."""

    client: FlaskClient
    sender: str = ROSA
    token: str = TOKEN
    sid: str = field(default_factory=lambda: f"CA{next(_ids):032x}")
    markup: Element = field(default_factory=lambda: Element("Response"))
    said: str = ""
    languages: set[str] = field(default_factory=set)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def start(self) -> PhoneCall:
        return self.ask("/sms/twilio/voice")

    def press(self, keys: str) -> PhoneCall:
        """Press keys, or wait without pressing any."""
        gather = self.markup.find("Gather")
        assert gather is not None, "nobody waits for a key"
        assert not keys or gather.get("numDigits") in (None, str(len(keys)))
        return self.ask(gather.attrib["action"], Digits=keys)

    def key_in(self, code: tuple[str, ...]) -> PhoneCall:
        for word in code:
            self.press(keys_of(word))
        return self

    def record(self, seconds: int = 12, *, recording: str = "", hung_up: bool = False) -> PhoneCall:
        """Speak after the tone; the id of the recording stays in `recording`."""
        found = self.markup.find("Record")
        assert found is not None, "nothing is recorded"
        self.recording = recording or f"RE{next(_ids):032x}"
        form = {"RecordingSid": self.recording, "RecordingDuration": str(seconds), "RecordingUrl": "https://x.test/"}
        return self.ask(found.attrib["action"], Digits="hangup" if hung_up else "#", **form)

    def say_nothing(self) -> PhoneCall:
        """Let the recording end without a sound, upon which the provider follows the next element."""
        redirect = self.markup.find("Redirect")
        assert redirect is not None
        return self.ask(str(redirect.text))

    def ready(self, recording: str, seconds: int = 12, status: str = "completed") -> TestResponse:
        """Call back that a recording is ready, as the provider does apart from the call."""
        form = {"RecordingSid": recording, "RecordingDuration": str(seconds), "RecordingStatus": status}
        return self.post("/sms/twilio/voice/recording", form | {"CallSid": self.sid})

    def repeat(self) -> PhoneCall:
        """Send the last request again, as a provider that got no answer."""
        path, form = self.requests[-1]
        return self.read(self.post(path, form))

    @property
    def is_over(self) -> bool:
        return self.markup.find("Hangup") is not None

    def ask(self, url: str, **form: str) -> PhoneCall:
        given = {"CallSid": self.sid, "From": self.sender, "To": OURS, "FromCity": "CANARYCITY", **form}
        self.requests.append((urlsplit(url).path, given))
        return self.read(self.post(*self.requests[-1]))

    def read(self, response: TestResponse) -> PhoneCall:
        assert (response.status_code, response.mimetype) == (200, "text/xml"), response.text
        self.markup = fromstring(response.text)
        lines = list(self.markup.iter("Say"))
        self.said = "\n".join(str(line.text) for line in lines)
        self.languages = {line.attrib["language"] for line in lines}
        return self

    def post(self, path: str, form: dict[str, str]) -> TestResponse:
        signature = sign(self.token, f"{BASE}{path}", form)
        return self.client.post(path, data=form, headers={"X-Twilio-Signature": signature})

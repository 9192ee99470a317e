"""Calls at the fake provider: a telephone follows the markup of the portal's answers with signed requests.

Nothing is spoken: the sentences are kept as text, and a voice note is a generated tone. Served endpoints: Twilio's
recordings and calls, `GET /_call?number=…` (a call as its caller hears it), and `POST /_call` (From, do: dial, press,
wait, speak, speak_off or hang_up; keys).
"""

from __future__ import annotations

import io
import math
import re
import secrets
import struct
import wave
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from urllib.parse import urljoin
from xml.etree.ElementTree import Element, ParseError, fromstring

from portal.demo.wire import Reply, problem

RATE, TONE, LOUDNESS = 8_000, 440, 8_000
TONE_SECONDS = 3
_RECORDING = re.compile(r"/2010-04-01/Accounts/\w+/Recordings/(?P<sid>RE\w+?)(\.wav|\.json)?")
_CALL = re.compile(r"/2010-04-01/Accounts/\w+/Calls/(?P<sid>CA\w+)\.json")
Ask = Callable[[str, Mapping[str, str]], tuple[int, str]]
"""Posts a signed form to the portal; returns status and body."""


@dataclass
class HeardLine:
    """A sentence that the caller heard, or what the caller did."""

    mine: bool
    body: str
    language: str = ""


@dataclass
class DialedCall:
    """A call as its caller hears it. `waits` is key, word, recording or over."""

    caller: str
    sid: str = field(default_factory=lambda: "CA" + secrets.token_hex(16))
    lines: list[HeardLine] = field(default_factory=list)
    waits: str = "over"
    typed: str = ""
    """Keys of a word before the pound key."""
    action: str = ""
    redirect: str = ""
    recording_action: str = ""


class CallExchange:
    """All calls and recordings of the fake provider."""

    def __init__(self, ask: Ask, number: Callable[[], str], url: Callable[[], str]) -> None:
        self._ask, self._number, self._url = ask, number, url
        self.calls: dict[str, DialedCall] = {}
        """The last call of each telephone."""
        self.recordings: dict[str, bytes] = {}
        self.records: dict[str, DialedCall] = {}
        """The provider's records of calls, until they are deleted."""

    def answer(self, method: str, path: str, query: Mapping[str, str], form: Mapping[str, str]) -> Reply | None:
        """Answer a request about calls; None for any other."""
        if path == "/_call":
            if method == "POST":
                self.act(form["From"], form.get("do", ""), form.get("keys", ""))
            call = self.calls.get(form.get("From") or query.get("number", ""))
            return Reply(200, {"call": asdict(call) if call else None})
        if found := _RECORDING.fullmatch(path):
            return self._recording(method, found["sid"])
        if method == "DELETE" and (found := _CALL.fullmatch(path)):
            return self._delete_record(found["sid"])
        return None

    def act(self, caller: str, what: str, keys: str = "") -> DialedCall:
        """Do something with a telephone, and return its call."""
        if what == "dial" or caller not in self.calls:
            return self.dial(caller)
        call = self.calls[caller]
        match what:
            case "press":
                for key in keys:
                    self._press(call, key)
            case "wait":
                self._wait(call)
            case "speak" | "speak_off":
                self.speak(call, tone(), hangs_up=what == "speak_off")
            case "hang_up":
                call.waits = "over"
        return call

    def dial(self, caller: str) -> DialedCall:
        """Call the portal; a call that goes on ends."""
        if caller in self.calls:
            self.calls[caller].waits = "over"
        call = self.calls[caller] = DialedCall(caller)
        self.records[call.sid] = call
        self._follow(call, self._url(), {})
        return call

    def speak(self, call: DialedCall, sound: bytes, *, hangs_up: bool = False) -> str:
        """Record a voice note, tell the portal, and return the recording's id."""
        if call.waits != "recording":
            return ""
        sid = "RE" + secrets.token_hex(16)
        self.recordings[sid] = sound
        form = {
            "RecordingSid": sid,
            "RecordingUrl": f"https://api.twilio.com/Recordings/{sid}",
            "RecordingDuration": str(TONE_SECONDS),
        }
        ready = {**form, "RecordingStatus": "completed", "CallSid": call.sid}
        call.lines.append(HeardLine(mine=True, body="♪"))
        callback = call.recording_action
        self._follow(call, call.action, {**form, "Digits": "hangup" if hangs_up else "#"})
        self._ask(callback, ready)
        if hangs_up:
            call.waits = "over"
        return sid

    def _press(self, call: DialedCall, key: str) -> None:
        if call.waits not in ("key", "word") or key not in "0123456789*#":
            return
        if call.waits == "word" and key != "#":
            call.typed += key
            return
        keys = call.typed if call.waits == "word" else key
        call.lines.append(HeardLine(mine=True, body=keys or key))
        self._follow(call, call.action, {"Digits": keys})

    def _wait(self, call: DialedCall) -> None:
        """Let the time pass without pressing or saying anything (more)."""
        if call.waits == "over":
            return
        call.lines.append(HeardLine(mine=True, body=call.typed or "…"))
        url = call.redirect if call.waits == "recording" else call.action
        self._follow(call, url, {} if call.waits == "recording" else {"Digits": call.typed})

    def _follow(self, call: DialedCall, url: str, more: Mapping[str, str]) -> None:
        form = {
            "CallSid": call.sid, "From": call.caller, "To": self._number(), "CallStatus": "in-progress",
            "Direction": "inbound", "FromCity": "SPRINGFIELD", "FromZip": "00000", **more,
        }  # fmt: skip
        call.typed = ""
        status, body = self._ask(url, form)
        try:
            # Our own portal answers here.
            markup = fromstring(body) if status == 200 else Element("Response")  # noqa: S314
        except ParseError:
            markup = Element("Response")
        for said in markup.iter("Say"):
            call.lines.append(HeardLine(mine=False, body=said.text or "", language=(said.get("language") or "")[:2]))
        self._listen(call, markup, url)

    def _listen(self, call: DialedCall, markup: Element, url: str) -> None:
        gather, record, redirect = markup.find("Gather"), markup.find("Record"), markup.find("Redirect")
        call.waits = "over"
        if gather is not None:
            call.waits = "key" if gather.get("numDigits") == "1" else "word"
            call.action = urljoin(url, gather.get("action"))
        elif record is not None:
            call.waits, call.action = "recording", urljoin(url, record.get("action"))
            call.recording_action = urljoin(url, record.get("recordingStatusCallback"))
            call.redirect = urljoin(url, redirect.text if redirect is not None else url)

    def _recording(self, method: str, sid: str) -> Reply:
        if sid not in self.recordings:
            return problem(404, 20404, "The requested resource was not found")
        if method == "DELETE":
            del self.recordings[sid]
            return Reply(204)
        return Reply(200, self.recordings[sid], kind="audio/x-wav")

    def _delete_record(self, sid: str) -> Reply:
        call = self.records.get(sid)
        if call is None:
            return problem(404, 20404, "The requested resource was not found")
        if call.waits != "over":
            return problem(409, 20009, "Cannot delete this resource before it is complete")
        del self.records[sid]
        return Reply(204)


def tone(seconds: int = TONE_SECONDS) -> bytes:
    """Return a recording of a tone, as the provider records speech."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        turn = 2 * math.pi * TONE / RATE
        samples = (round(LOUDNESS * math.sin(turn * step)) for step in range(RATE * seconds))
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return out.getvalue()

"""Residents in a storm: they send one thing each, and again and again until somebody says that it came."""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPException
from typing import TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from demo.provider import Provider

HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
NAME, VALUE = re.compile(r'name="([^"]*)"'), re.compile(r'value="([^"]*)"')
A_WORD = re.compile(r"<li>([^<]+)</li>")
WAITS = 10.0
Got = TypeVar("Got")
PAUSE = 0.05


@dataclass
class Told:
    """What residents were promised: the words of each report with its code words, and texts by their phone."""

    reports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    refused: int = 0

    def count(self) -> int:
        """How much they were promised."""
        return len(self.reports) + len(self.texts)


class Residents:
    """Two who use the web form and two who text, until they are told to stop; each finishes what was begun."""

    def __init__(self, url: str, provider: Provider, canary: str) -> None:
        self._url, self._provider, self._canary = url, provider, canary
        self.told = Told()
        self.seen: list[str] = []
        """Pages on which the name of the hidden place stood."""
        self._over = threading.Event()
        kinds = (self._report, self._report, self._text, self._text)
        self._threads = [threading.Thread(target=self._go_on, args=(kind, who)) for who, kind in enumerate(kinds)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Begin nothing new, and wait until each has an answer."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, kind: Callable[[int, int], None], who: int) -> None:
        number = 0
        while not self._over.is_set():
            kind(who, number)
            number += 1
            time.sleep(PAUSE)

    def _report(self, who: int, number: int) -> None:
        words = f"Report {number} of resident {who}: cars stop at the corner all evening."
        form = self._until(self._form)
        sent = urlencode({**form, "what": words, "category": "selling", "market": "_elsewhere"}).encode()
        receipt = self._until(lambda: self._shown(Request(f"{self._url}/en/report/", sent), 'id="code-words"'))
        code = receipt.partition('id="code-words"')[2].partition("</div>")[0]
        self.told.reports[words] = tuple(unescape(word) for word in A_WORD.findall(code))

    def _form(self) -> dict[str, str]:
        page = self._shown(Request(f"{self._url}/en/report/"), 'name="what"')
        before = page.partition('name="what"')[0].rpartition("<form")[2] if page else ""
        inside = before + page.partition('name="what"')[2].partition("</form>")[0]
        fields = {NAME.search(one)[1]: VALUE.search(one) for one in HIDDEN.findall(inside)}
        return {name: unescape(value[1]) for name, value in fields.items() if value}

    def _text(self, who: int, number: int) -> None:
        phone, words = f"+1336555{who}{number:03}", f"They sell at the corner again, text {number} of phone {who}."
        message, _did = self._provider.exchange.come_in(phone, self._provider.number, words)
        form = {
            **self._provider._names(message),
            "From": phone,
            "To": self._provider.number,
            "Body": words,
            "NumSegments": "1",
            "NumMedia": "0",
        }
        # A text company asks again when nobody answered.
        self._until(lambda: self._provider.call(f"{self._url}/sms/twilio/inbound", form) == 200)
        self.told.texts[phone] = words

    def _until(self, ask: Callable[[], Got]) -> Got:
        end = time.monotonic() + 600
        while not (got := ask()):
            assert time.monotonic() < end, "nobody answered for ten minutes"
            self.told.refused += 1
            time.sleep(PAUSE * 4)
        return got

    def _shown(self, request: Request, sign: str) -> str:
        """The page, if it is the one that was hoped for; else nothing."""
        request.add_header("Sec-Fetch-Site", "same-origin")
        try:
            try:
                answer = urlopen(request, timeout=WAITS)
            except HTTPError as error:
                answer = error
            with answer:
                page = answer.read().decode(errors="replace")
        except (OSError, HTTPException):
            return ""
        if self._canary in page:
            self.seen.append(request.full_url)
        return page if sign in page else ""

"""Texts in great numbers: 1,000 phones that each hold a whole dialogue at once, and 10,000 texts that go out.

Real processes: the web server and two workers, one of which is killed (SIGKILL) halfway, against the fake provider over
HTTP. Nothing may be lost or doubled; a text whose worker died is asked for, and settled.
"""

from __future__ import annotations

import http.client
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from urllib.parse import urlencode, urlsplit

import psycopg
from sqlalchemy import func, select

from bench import city, table
from bench.load import CannotMeasure
from bench.servers import serving
from demo.provider import Provider
from portal.config import ROOT
from portal.core.db import db
from portal.core.jobs import outbox
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.portal import Portal
from portal.core.telephone import sign
from portal.reports.reports import Thread, ThreadMessage
from tests import postgresql
from tests.make import make_desk, make_market, make_member

PHONES, QUICK_PHONES = 1_000, 100
AT_ONCE = 32
"""Texts that the provider hands over at the same time."""
DIALOGUE = ("They sell at the corner every night", "1", "at night", "a white van stands there")
TEXTS, QUICK_TEXTS = 10_000, 1_000
SETTLE_WITHIN = 1_800.0
LEASE = "5"
PLENTY = "100000"


@dataclass(frozen=True)
class Database:
    """Where it is measured; an empty `url` is SQLite in the data folder."""

    name: str
    url: str


def report(quick: bool) -> str:
    with postgresql.serving() as address:
        databases = (Database("SQLite", ""), Database("PostgreSQL", address.replace("/?", "/postgres?", 1)))
        phones = QUICK_PHONES if quick else PHONES
        dialogues = [_dialogues(databases[0], phones, bare=True), *(_dialogues(one, phones) for one in databases)]
        sent = [_going_out(one, QUICK_TEXTS if quick else TEXTS) for one in databases]
    heads = (
        ("phones at once, a whole dialogue", "texts", "a second", "p50 ms", "p99 ms", "CPU ms each", "lost", "doubled"),
        (
            "texts that go out, one worker of two killed",
            "seconds",
            "a second",
            "unknown for a while",
            "lost",
            "doubled",
        ),
    )
    return "\n\n".join(table.aligned([head, *rows]) for head, rows in zip(heads, (dialogues, sent), strict=True))


@contextmanager
def _city(database: Database, provider: Provider) -> Iterator[Portal]:
    """A city whose texts go to this provider, on a database of its own."""
    with TemporaryDirectory() as folder:
        portal = city.empty(
            Path(folder),
            PORTAL_DATABASE_URL=fresh(database.url) if database.url else "",
            PORTAL_SMS_NUMBER=provider.number,
            PORTAL_TWILIO_ACCOUNT_SID=provider.account_sid,
            PORTAL_TWILIO_AUTH_TOKEN=provider.auth_token,
            PORTAL_TWILIO_API_BASE=provider.url,
            PORTAL_SMS_RATE_LOCAL=PLENTY,
        )
        with portal.app_context(), db.work() as session:
            make_desk(session, [make_member(session, ("triage",))])
            make_market(session)
        try:
            yield portal
        finally:
            db.engine.dispose()


def fresh(url: str) -> str:
    """Make a database on this server; return its address."""
    name = f"bench_{secrets.token_hex(6)}"
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql", 1), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return url.replace("/postgres?", f"/{name}?", 1)


def _dialogues(database: Database, phones: int, *, bare: bool = False) -> tuple[str, ...]:
    """Take the texts; `bare`: by what costs least, verified, sealed and stored, and neither read nor answered."""
    app = ("bench.bare:app", "/") if bare else ("wsgi:app", "/health")
    with Provider() as provider, _city(database, provider) as portal, serving(*app) as server:
        before, began = server.cpu_seconds(), time.perf_counter()
        took = _talk(provider, portal, server.url, phones)
        seconds, spent = time.perf_counter() - began, server.cpu_seconds() - before
        lost, doubled = ("–", "–") if bare else map(str, _missing(portal, phones))
    texts, name = len(took), f"{phones:,} on {database.name}"
    return (
        "the least that verifies, seals and stores" if bare else name, f"{texts:,}", f"{texts / seconds:.0f}",
        f"{took[texts // 2] * 1000:.0f}", f"{took[texts * 99 // 100] * 1000:.0f}", f"{spent * 1000 / texts:.1f}",
        lost, doubled,
    )  # fmt: skip


def _talk(provider: Provider, portal: Portal, url: str, phones: int) -> list[float]:
    """Let every phone say its lines, each line once the one before was taken; return the waits in order of length."""
    queue: SimpleQueue[tuple[int, int]] = SimpleQueue()
    for phone in range(phones):
        queue.put((phone, 0))
    took: list[float] = []
    refused: list[int] = []

    def work() -> None:
        caller = _Caller(provider, portal, url)
        while True:
            try:
                phone, line = queue.get_nowait()
            except Empty:
                return
            wait, status = caller.text(f"+1202{phone:07}", DIALOGUE[line])
            took.append(wait)
            if status != 200:
                refused.append(status)
            if line + 1 < len(DIALOGUE):
                queue.put((phone, line + 1))

    threads = [threading.Thread(target=work) for _each in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise CannotMeasure(f"{len(refused)} texts were not taken.")
    return sorted(took)


class _Caller:
    def __init__(self, provider: Provider, portal: Portal, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._provider, self._public = provider, portal.settings.public_url

    def text(self, sender: str, body: str) -> tuple[float, int]:
        """Hand a text over, and each fifth one twice, as the provider does when it is not sure; (seconds, status)."""
        sid = f"SM{secrets.token_hex(16)}"
        form = {
            "MessageSid": sid, "AccountSid": self._provider.account_sid, "From": sender, "To": self._provider.number,
            "Body": body, "NumMedia": "0",
        }  # fmt: skip
        began = time.perf_counter()
        status = self._post(form)
        took = time.perf_counter() - began
        return took, max(status, self._post(form)) if sid.endswith(("0", "1", "2")) else status

    def _post(self, form: dict[str, str]) -> int:
        path = "/sms/twilio/inbound"
        headers = {
            "X-Twilio-Signature": sign(self._provider.auth_token, self._public + path, form),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._connection.request("POST", path, urlencode(form), headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status


def _missing(portal: Portal, phones: int) -> tuple[int, int]:
    """Return how many reports or words of them are missing, and how many are there twice."""
    # "1" names the place, and is no word of the report.
    words = len(DIALOGUE) - 1
    with portal.app_context(), db.work() as session:
        threads = session.scalar(select(func.count()).select_from(Thread)) or 0
        each = session.scalars(select(func.count()).select_from(ThreadMessage).group_by(ThreadMessage.thread_id)).all()
    lost = max(0, phones - threads) * words + sum(max(0, words - one) for one in each)
    return lost, max(0, threads - phones) * words + sum(max(0, one - words) for one in each)


def _going_out(database: Database, texts: int) -> tuple[str, ...]:
    with Provider() as provider, _city(database, provider) as portal:
        with portal.app_context():
            for first in range(0, texts, 500):
                with db.work():
                    for number in range(first, min(first + 500, texts)):
                        outbox.put(
                            MessageKind.TEXT, f"+1202{number:07}", f"The meeting is at six ({number}).", bulk=True
                        )
        began = time.perf_counter()
        unknown = _deliver_all(provider, portal, texts)
        seconds = time.perf_counter() - began
        sent = Counter(text.body for text in provider.exchange.sent)
    return (
        f"{texts:,} on {database.name}", f"{seconds:.0f}", f"{texts / seconds:.0f}", str(unknown),
        str(texts - len(sent)), str(sum(sent.values()) - len(sent)),
    )  # fmt: skip


def _deliver_all(provider: Provider, portal: Portal, texts: int) -> int:
    """Run two workers, kill one halfway, wait until every text is settled; return how many were in doubt then."""
    with ExitStack() as stack:
        victim, _survivor = (stack.enter_context(_worker()) for _each in range(2))
        deadline = time.monotonic() + SETTLE_WITHIN
        while len(provider.exchange.sent) < texts // 2:
            _pause(deadline)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        in_doubt = _count(portal, "sending", "unknown")
        while _count(portal, "sent") < texts:
            _pause(deadline)
    return in_doubt


def _pause(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise CannotMeasure("Not all texts were sent in time.")
    time.sleep(0.2)


def _count(portal: Portal, *states: str) -> int:
    with portal.app_context(), db.work() as session:
        return session.scalar(select(func.count()).where(OutboundMessage.state.in_(states))) or 0


@contextmanager
def _worker() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "--lease", LEASE]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, **quiet) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.terminate()
            process.wait()

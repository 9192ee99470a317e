"""Processes that begin with the portal imported: importing it takes longer than most of what they are asked to do."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

from demo.provider import Provider
from portal.config import ROOT, Settings, SmsSender
from tests.core import fragile

# A process of its own imports the portal once, and every other is forked from it; it has no threads.
FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["portal.app", "tests.core.fragile"])


class Forked:
    """A process that runs `work(*given)`, with what the tests use of `subprocess.Popen`."""

    def __init__(self, work: Callable[..., None], *given: Any) -> None:
        self._process = FORKED.Process(target=work, args=given)
        self._process.start()

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative if a signal ended it."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait until it has ended."""
        self._process.join()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to it."""
        assert self._process.pid
        os.kill(self._process.pid, number)

    def terminate(self) -> None:
        """Tell it to stop, if it still runs."""
        self._process.terminate()


@contextmanager
def portal_process(settings: Settings, *arguments: str, kill_at: str = "") -> Iterator[Forked]:
    """`with portal_process(settings, "worker", kill_at=…):`; whatever still runs at the end is told to stop."""
    process = Forked(fragile.run, {**as_environment(settings), "KILL_AT": kill_at}, arguments)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def heard_process(settings: Settings, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """As `portal_process`, but a program that is started anew and whose words can be read."""
    command = [sys.executable, "-m", "tests.core.fragile", *arguments]
    environment, pipe = os.environ | as_environment(settings), subprocess.PIPE
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def as_environment(settings: Settings) -> dict[str, str]:
    """Settings as another process reads them."""
    values = {f"PORTAL_{name.upper()}": value for name, value in settings.model_dump().items() if value is not None}
    return {name: str(value.value if isinstance(value, Enum) else value) for name, value in values.items()}


def texting(settings: Settings, provider: Provider) -> Settings:
    """The settings with which texts go to that provider."""
    telephone = {
        "sms_sender": SmsSender.TWILIO,
        "sms_number": provider.number,
        "twilio_account_sid": provider.account_sid,
        "twilio_auth_token": provider.auth_token,
        "twilio_api_base": provider.url,
        "sms_rate_local": 10_000.0,
    }
    return settings.model_copy(update=telephone)

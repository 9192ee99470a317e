"""Portals as processes of their own, and the provider they talk to over real HTTP."""

import os
import subprocess
import sys
from contextlib import contextmanager
from enum import Enum

import pytest

from demo.provider import Provider
from portal.config import ROOT, SmsSender
from tests.core import fragile
from tests.processes import Forked


@pytest.fixture
def texting(settings):
    """`texting(provider)`: the settings of the app under test, with texts going to that provider."""

    def texting(provider: Provider):
        telephone = {
            "sms_sender": SmsSender.TWILIO,
            "sms_number": provider.number,
            "twilio_account_sid": provider.account_sid,
            "twilio_auth_token": provider.auth_token,
            "twilio_api_base": provider.url,
            "sms_rate_local": 10_000.0,
        }
        return settings.model_copy(update=telephone)

    return texting


@pytest.fixture
def portal_process(settings):
    """`with portal_process("worker", kill_at=…) as process:`; whatever still runs at the end is told to stop."""

    @contextmanager
    def start(*arguments, kill_at=""):
        process = Forked(fragile.run, {**as_environment(settings), "KILL_AT": kill_at}, arguments)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()

    return start


@pytest.fixture
def heard_process(settings):
    """`with heard_process("busy") as process:`, a program that is started anew and whose words can be read."""

    @contextmanager
    def start(*arguments):
        command = [sys.executable, "-m", "tests.core.fragile", *arguments]
        environment = {**os.environ, **as_environment(settings)}
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
            try:
                yield process
            finally:
                process.terminate()
                process.wait()

    return start


def as_environment(settings):
    values = {f"PORTAL_{name.upper()}": value for name, value in settings.model_dump().items() if value is not None}
    return {name: str(value.value if isinstance(value, Enum) else value) for name, value in values.items()}


@pytest.fixture
def environment(settings):
    """The settings of the app under test, as environment of another process."""
    return as_environment(settings)

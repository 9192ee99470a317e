"""A whole portal with a telephone company: web server, worker and provider, each a process of its own."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.__main__ import FLASK, Children, free_port, start
from demo.sign_ins import child_environment, kept_settings
from portal.config import ROOT, Settings, read_settings
from portal.server import Flag

# All journeys come from one address.
MANY = {"PORTAL_REPORTS_PER_ADDRESS": "1000", "PORTAL_ANSWERS_PER_ADDRESS": "1000", "PORTAL_CODES_PER_ADDRESS": "600"}


@dataclass(frozen=True)
class Town:
    """A portal that runs, and what is needed to look behind it."""

    url: str
    settings: Settings
    environment: Mapping[str, str]

    def flask(self, *arguments: str) -> str:
        """Run a command as an operator does, and return what it prints."""
        return run_flask(self.environment, *arguments)


@contextmanager
def running(data_dir: Path, *prepare: str, **given: str) -> Iterator[Town]:
    """A portal of its own in `data_dir`, prepared by a command and stopped at the end; `given` are settings."""
    port, provider_port = free_port(), free_port()
    environment = _environment(data_dir, given, port, provider_port)
    run_flask(environment, *prepare)
    children = Children(environment, ROOT)
    url = environment["PORTAL_PUBLIC_URL"]
    try:
        start(children, port, provider_port, webhook=f"{url}/sms/twilio/inbound", stop=Flag())
        yield Town(url, _settings(environment), environment)
        assert children.ended() is None
    finally:
        children.stop()


def run_flask(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a `flask` command and return what it prints."""
    done = subprocess.run([*FLASK, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _environment(data_dir: Path, given: Mapping[str, str], port: int, provider_port: int) -> dict[str, str]:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    here = {"PORTAL_DATA_DIR": str(data_dir), **MANY, **given}
    return child_environment(kept_settings(data_dir), {**outside, **here}, port, provider_port)


def _settings(environment: Mapping[str, str]) -> Settings:
    prefix = "PORTAL_"
    ours = {name.removeprefix(prefix).lower(): value for name, value in environment.items() if name.startswith(prefix)}
    return read_settings(**ours)

"""`make run`: the portal with an invented city, a worker and a fake telephone company, on this machine."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from demo.circles import Children
from demo.sign_ins import SIGN_INS_FILE, child_environment, first_part, kept_settings
from portal import leash, server
from portal.config import ROOT, BadSettings, about_files, read_settings
from portal.core.cli import ProgressOutput

PORT = 8000
PRIVILEGED = 1_023
LOOK_EVERY = 0.1
ANSWER_WITHIN = (0.5, 1.0, 2.0, 10.0)
"""Timeouts in seconds of the first and later health checks: Ctrl-C need not wait for a slow machine."""
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
PREPARE = [*FLASK, "demo", "prepare"]


class CannotRun(Exception):
    """The demonstration cannot start or continue; the text is one sentence for the operator."""


@dataclass
class Stop:
    """Whether the operator asked the demonstration to end.

    `threading.Event` is not suitable: a second signal may interrupt a handler that holds its lock, and then waits for
    that lock for ever.
    """

    asked: bool = False

    def ask(self, *_signal: object) -> None:
        """Record the request; signal handlers do nothing else."""
        self.asked = True

    def wait(self, seconds: float) -> bool:
        """Wait this long; return whether the end was requested."""
        if not self.asked:
            time.sleep(seconds)
        return self.asked


def main() -> None:
    """Run until Ctrl-C, SIGTERM or SIGHUP; an error is reported in one sentence."""
    # The files created here contain secrets.
    os.umask(0o077)
    stop = Stop()
    for told in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(told, stop.ask)
    if "MAKELEVEL" in os.environ:
        leash.die_with(os.getppid(), signal.SIGTERM)
    try:
        run(os.environ, stop)
    except (CannotRun, BadSettings) as problem:
        sys.exit(str(problem))
    except OSError as problem:
        sys.exit(about_files(problem) or f"{problem.strerror}: the demonstration cannot be started.")


def run(given: Mapping[str, str], stop: Stop) -> None:
    """Prepare and start everything, print the addresses, and watch until `stop`.

    Raises CannotRun, BadSettings or OSError.
    """
    port = wanted_port(given.get("PORT", ""))
    data_dir = Path(given.get("PORTAL_DATA_DIR") or ROOT / "var").absolute()
    provider_port = free_port()
    environment = child_environment(kept_settings(data_dir), given, port, provider_port)
    environment["PORTAL_DATA_DIR"] = str(data_dir)
    check(environment)
    children = Children(environment, ROOT)
    try:
        prepare(children, stop)
        if not stop.asked:
            start(children, port, provider_port, f"{environment['PORTAL_PUBLIC_URL']}/sms/twilio/inbound")
            wait_until_ready(children, port, stop)
        if not stop.asked:
            print(
                banner(port, environment["PORTAL_SMS_NUMBER"], first_part(data_dir), data_dir / SIGN_INS_FILE),
                flush=True,
            )
        watch(children, stop)
    finally:
        if children.running:
            say("Stopping …")
        children.stop()


def prepare(children: Children, stop: Stop) -> None:
    """Migrate the database and load the city if it is empty. Raises CannotRun."""
    children.start("preparation", PREPARE)
    while children.ended() is None and not stop.wait(LOOK_EVERY):
        pass
    if children.ended() and children.running.pop("preparation").returncode:
        raise CannotRun("The demonstration could not be prepared.")


def say(line: str) -> None:
    """Print progress to standard error; standard output is for the banner alone."""
    print(line, file=sys.stderr, flush=True)


def wanted_port(asked: str) -> int:
    """Return the port to listen on. Raises CannotRun if it is invalid, taken or not allowed."""
    if asked and not (asked.isdecimal() and 0 < int(asked) <= server.HIGHEST_PORT):
        raise CannotRun(f"PORT must be a number from 1 to {server.HIGHEST_PORT}: run `make run PORT={PORT}`.")
    port = int(asked or PORT)
    if reason := server.why_not(server.HOST, port):
        other = port + 1 if PRIVILEGED < port < server.HIGHEST_PORT else PORT
        raise CannotRun(f"Port {port} {reason}: run `make run PORT={other}`.")
    return port


def free_port() -> int:
    """Return an unused local port."""
    with socket.socket() as probe:
        probe.bind((server.HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def check(environment: Mapping[str, str]) -> None:
    """Raise BadSettings, as the children would, before any of them is started."""
    prefix = "PORTAL_"
    ours = {name.removeprefix(prefix).lower(): value for name, value in environment.items() if name.startswith(prefix)}
    if not read_settings(**ours).demo:
        raise CannotRun("PORTAL_DEMO is off: `make run` is only for demonstrations.")


def start(children: Children, port: int, provider_port: int, webhook: str) -> None:
    """Start the fake telephone company with the webhook's address, the web server and the worker."""
    provider = [sys.executable, "-m", "demo.provider", "--port", str(provider_port), "--webhook", webhook]
    children.start("telephone company", provider, quiet=True)
    children.start("web server", server.command(port), quiet=True)
    children.start("worker", [*FLASK, "worker"], quiet=True)


def wait_until_ready(children: Children, port: int, stop: Stop) -> None:
    """Wait for the web server's first answer while all children live. Raises CannotRun."""
    began, starting = time.monotonic(), ProgressOutput("Starting the web server")
    looks = chain(ANSWER_WITHIN, repeat(ANSWER_WITHIN[-1]))
    try:
        while not answers(port, next(looks)) and not stop.wait(LOOK_EVERY):
            expect_all(children)
            starting.wait(time.monotonic() - began)
    finally:
        starting.leave()


def answers(port: int, within: float = ANSWER_WITHIN[-1]) -> bool:
    """Whether the portal answers."""
    try:
        with build_opener(ProxyHandler({})).open(f"http://{server.HOST}:{port}/health", timeout=within) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def watch(children: Children, stop: Stop) -> None:
    """Wait until told to stop. Raises CannotRun when a child has ended."""
    while not stop.wait(LOOK_EVERY):
        expect_all(children)


def expect_all(children: Children) -> None:
    """Raise CannotRun if a child has ended."""
    if ended := children.ended():
        raise CannotRun(f"The {ended} has stopped, so the demonstration ends.")


def banner(port: int, number: str, sign_ins: str, file: Path) -> str:
    """Return the text with all addresses and sign-ins."""
    here = f"http://localhost:{port}"
    return f"""
────────────────────────────────────────────────────────────────────────
  Common Ground is running: a demonstration, with an invented city.

  In English          {here}/en/
  En español          {here}/es/
  All there is to see {here}/en/demo/
  Sign in             {here}/en/sign-in
  A telephone         {here}/en/demo/phone    (texts {number})
  Mail that was sent  {here}/en/demo/mail
  Components          {here}/en/styleguide

{sign_ins}
  The second factor: the current codes are on {here}/en/demo/codes,
  or put a secret of the list above into an authenticator app.
  Recovery phrases and the code words of two reports: {file}

  Ctrl-C stops everything. What was written stays for the next time.
────────────────────────────────────────────────────────────────────────
"""

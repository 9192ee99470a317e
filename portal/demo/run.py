"""`make run`: on this machine, the portal with an invented city, a worker and a stand-in for the telephone company."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from portal import server
from portal.config import ROOT, BadSettings, read_settings
from portal.demo.children import Children
from portal.demo.environment import child_environment, kept_settings
from portal.demo.sign_ins import FILE, first_part

PORT = 8000
HIGHEST_PORT = 65_535
START_WITHIN = 30.0
LOOK_EVERY = 0.1
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]


class CannotRun(Exception):
    """The demonstration cannot start, or not go on; the text is one sentence for whoever started it."""


def main() -> None:
    """Run until Ctrl-C or SIGTERM; what goes wrong is said in one sentence."""
    # What is made here holds secrets.
    os.umask(0o077)
    stop = threading.Event()
    for told in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(told, lambda *_: stop.set())
    try:
        run(os.environ, stop)
    except (CannotRun, BadSettings) as problem:
        sys.exit(str(problem))
    except OSError as problem:
        sys.exit(f"{problem.strerror}: {problem.filename or 'the demonstration cannot be started'}.")


def run(given: Mapping[str, str], stop: threading.Event) -> None:
    """Prepare, start, say where everything is, and watch until `stop`. Raises CannotRun, BadSettings or OSError."""
    port = wanted_port(given.get("PORT", ""))
    data_dir = Path(given.get("PORTAL_DATA_DIR") or ROOT / "var").absolute()
    provider_port = free_port()
    environment = child_environment(kept_settings(data_dir), given, port, provider_port)
    environment["PORTAL_DATA_DIR"] = str(data_dir)
    check(environment)
    prepare = [*FLASK, "demo", "prepare"]
    prepared = subprocess.run(prepare, env=environment, cwd=ROOT, check=False)  # noqa: S603 - all our own
    if stop.is_set():
        return
    if prepared.returncode:
        raise CannotRun("The demonstration could not be prepared.")
    children = Children(environment, ROOT)
    try:
        start(children, port, provider_port, f"{environment['PORTAL_PUBLIC_URL']}/sms/twilio/inbound")
        wait_until_ready(children, port, stop)
        if not stop.is_set():
            print(banner(port, environment["PORTAL_SMS_NUMBER"], first_part(data_dir), data_dir / FILE), flush=True)
        watch(children, stop)
    finally:
        children.stop()


def wanted_port(asked: str) -> int:
    """The port to answer on. Raises CannotRun when it is no port, taken or not allowed."""
    if asked and not (asked.isdecimal() and 0 < int(asked) <= HIGHEST_PORT):
        raise CannotRun(f"PORT must be a number from 1 to {HIGHEST_PORT}: run `make run PORT={PORT}`.")
    port = int(asked or PORT)
    with socket.socket() as probe:
        # As servers do: a port that was left a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((server.HOST, port))
        except OSError as problem:
            other = port + 1 if port < HIGHEST_PORT else PORT
            reason = "is in use" if problem.errno == errno.EADDRINUSE else "cannot be used"
            raise CannotRun(f"Port {port} {reason}: run `make run PORT={other}`.") from None
    return port


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind((server.HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def check(environment: Mapping[str, str]) -> None:
    """Raise BadSettings as the children would, before any of them is started."""
    prefix = "PORTAL_"
    ours = {name.removeprefix(prefix).lower(): value for name, value in environment.items() if name.startswith(prefix)}
    if not read_settings(**ours).demo:
        raise CannotRun("PORTAL_DEMO is off: `make run` is only for demonstrations.")


def start(children: Children, port: int, provider_port: int, webhook: str) -> None:
    """The telephone company, which knows where to call for a text, the web server and the worker."""
    provider = [sys.executable, "-m", "portal.demo.provider", "--port", str(provider_port), "--webhook", webhook]
    children.start("telephone company", provider, quiet=True)
    children.start("web server", server.command(port))
    children.start("worker", [*FLASK, "worker"], quiet=True)


def wait_until_ready(children: Children, port: int, stop: threading.Event) -> None:
    """Wait for the web server's first answer. Raises CannotRun."""
    deadline = time.monotonic() + START_WITHIN
    while not answers(port) and not stop.wait(LOOK_EVERY):
        expect_all(children)
        if time.monotonic() > deadline:
            raise CannotRun(f"The web server did not answer within {START_WITHIN:.0f} seconds.")


def answers(port: int) -> bool:
    """Whether the portal answers."""
    try:
        with build_opener(ProxyHandler({})).open(f"http://{server.HOST}:{port}/health", timeout=2) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def watch(children: Children, stop: threading.Event) -> None:
    """Wait until told to stop. Raises CannotRun when a child has ended."""
    while not stop.wait(LOOK_EVERY):
        expect_all(children)


def expect_all(children: Children) -> None:
    """Raise CannotRun when a child has ended."""
    if ended := children.ended():
        raise CannotRun(f"The {ended} has stopped, so the demonstration ends.")


def banner(port: int, number: str, sign_ins: str, file: Path) -> str:
    """Where everything is."""
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


if __name__ == "__main__":
    main()

"""`make run`: the portal with an invented city, a worker and a fake telephone company, on this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from demo.sign_ins import SIGN_INS_FILE, child_environment, first_part, kept_settings
from portal import leash, server
from portal.config import ROOT, BadSettings, about_files, read_settings
from portal.leash import leashed
from portal.server import Flag

PORT = 8000
PRIVILEGED = 1_023
LOOK_EVERY = 0.1
ANSWER_WITHIN = 2.0
"""Seconds within which the web server answers: Ctrl-C need not wait long for a slow machine."""
STOP_WITHIN = 1.5
"""Seconds until a child that was told to stop is killed. An interrupted job runs again at the next start."""
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]


class CannotRun(Exception):
    """The demonstration cannot start or continue; the text is one sentence for the operator."""


@dataclass
class Children:
    """Child processes by name, all with the same environment and working directory."""

    environment: Mapping[str, str]
    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], *, quiet: bool = False) -> None:
        """Start a child; `quiet` drops its standard output, but not its errors."""
        self.running[name] = subprocess.Popen(  # noqa: S603 - commands come from our own code
            leashed(command),
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else None,
            # Ctrl-C must reach them through `stop` only, and their own children must die with them.
            start_new_session=True,
        )

    def ended(self) -> str | None:
        """Return the name of a child that has ended by itself, or None."""
        return next((name for name, child in self.running.items() if child.poll() is not None), None)

    def stop(self, within: float = STOP_WITHIN) -> None:
        """Ask all children to stop, and kill those that do not."""
        for child in self.running.values():
            child.terminate()
        deadline = time.monotonic() + within
        while time.monotonic() < deadline and any(child.poll() is None for child in self.running.values()):
            time.sleep(LOOK_EVERY / 2)
        for child in self.running.values():
            # The whole process group: a killed web server leaves workers behind.
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self.running.clear()


def main() -> None:
    """Run until Ctrl-C, SIGTERM or SIGHUP; an error is reported in one sentence."""
    # The files created here contain secrets.
    os.umask(0o077)
    stop = Flag()
    for ends in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ends, lambda *_signal: stop.set())
    if "MAKELEVEL" in os.environ:
        leash.die_with(os.getppid(), signal.SIGTERM)
    try:
        run(os.environ, stop)
    except (CannotRun, BadSettings) as problem:
        sys.exit(str(problem))
    except OSError as problem:
        sys.exit(about_files(problem) or f"{problem.strerror}: the demonstration cannot be started.")


def run(given: Mapping[str, str], stop: Flag) -> None:
    """Start everything, print the addresses, and watch until `stop`. Raises CannotRun, BadSettings or OSError."""
    port = wanted_port(given.get("PORT", ""))
    data_dir = Path(given.get("PORTAL_DATA_DIR") or ROOT / "var").absolute()
    provider_port = free_port()
    environment = child_environment(kept_settings(data_dir), given, port, provider_port)
    environment["PORTAL_DATA_DIR"] = str(data_dir)
    ours = {name[7:].lower(): value for name, value in environment.items() if name.startswith("PORTAL_")}
    # It raises what the children would raise.
    if not read_settings(**ours).demo:
        raise CannotRun("PORTAL_DEMO is off: `make run` is only for demonstrations.")
    children = Children(environment, ROOT)
    try:
        # Migrates the database, and loads the city if it is empty.
        children.start("preparation", [*FLASK, "demo", "prepare"])
        while children.ended() is None and not stop.wait(LOOK_EVERY):
            pass
        if children.ended() and children.running.pop("preparation").returncode:
            raise CannotRun("The demonstration could not be prepared.")
        if not stop.is_set():
            webhook = f"{environment['PORTAL_PUBLIC_URL']}/sms/twilio/inbound"
            start(children, port, provider_port, webhook=webhook, stop=stop)
        if not stop.is_set():
            about = first_part(data_dir), data_dir / SIGN_INS_FILE
            print(banner(port, environment["PORTAL_SMS_NUMBER"], *about), flush=True)
        watch(children, stop)
    finally:
        if children.running:
            # Standard output is for the banner alone.
            print("Stopping …", file=sys.stderr, flush=True)
        children.stop()


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
    with socket.socket() as probe:
        probe.bind((server.HOST, 0))
        return int(probe.getsockname()[1])


def start(children: Children, port: int, provider_port: int, *, webhook: str, stop: Flag) -> None:
    """Start all processes, and wait for the web server's first answer while they live. Raises CannotRun."""
    provider = [sys.executable, "-m", "demo.provider", "--port", str(provider_port), "--webhook", webhook]
    children.start("telephone company", provider, quiet=True)
    children.start("web server", server.command(port), quiet=True)
    children.start("worker", [*FLASK, "worker"], quiet=True)
    sys.stderr.write("Starting the web server …\n")
    watch(children, stop, lambda: answers(port))


def answers(port: int) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(
            f"http://{server.HOST}:{port}/health", timeout=ANSWER_WITHIN
        ) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def watch(children: Children, stop: Flag, is_over: Callable[[], bool] = lambda: False) -> None:
    """Wait until `is_over` or told to stop. Raises CannotRun when a child has ended."""
    while not is_over() and not stop.wait(LOOK_EVERY):
        if ended := children.ended():
            raise CannotRun(f"The {ended} has stopped, so the demonstration ends.")


def banner(port: int, number: str, sign_ins: str, file: Path) -> str:
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

{sign_ins}
  The second factor: the current codes are on {here}/en/demo/codes,
  or put a secret of the list above into an authenticator app.
  Recovery phrases and the code words of two reports: {file}

  Ctrl-C stops everything. What was written stays for the next time.
────────────────────────────────────────────────────────────────────────
"""


if __name__ == "__main__":
    main()

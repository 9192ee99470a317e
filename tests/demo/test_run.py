"""`make run`: it starts, tells a story from a phone to its answer, and stops; what goes wrong is one sentence."""

import errno
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager, suppress

import psutil
import pytest

from demo.__main__ import CannotRun, Children, answers, run, wanted_port, watch
from demo.sign_ins import FILE, KEYS, child_environment, kept_settings
from demo.writing import NUMBERS, NoCompany, conversation, send
from portal import server
from portal.config import ROOT, BadSettings, Settings, about_files
from portal.server import Flag
from tests.demo.conftest import free_port, is_gone
from tests.patience import HANGS, wait_for

RUN = [sys.executable, "-m", "demo"]


def environment(data_dir, **more):
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "PORT"))}
    return {**plain, "PORTAL_DATA_DIR": str(data_dir), **more}


def refusal(data_dir, **more):
    """What a start that fails says."""
    with pytest.raises((CannotRun, BadSettings, OSError)) as raised:
        run(environment(data_dir, **more), Flag())
    return about_files(raised.value) if isinstance(raised.value, OSError) else str(raised.value)


def test_a_port_in_use_is_said_first(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        given = environment(tmp_path / "var", PORT=str(port))
        ended = subprocess.run(RUN, env=given, cwd=ROOT, capture_output=True, text=True, check=False)
    said = f"Port {port} is in use: run `make run PORT={port + 1}`.\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", said)
    assert not (tmp_path / "var").exists()


class Refused(socket.socket):
    def bind(self, address):
        raise PermissionError


@pytest.mark.parametrize(
    ("port", "says"), [("taken", "Port {} is in use."), ("99999", "Port {} is none: ports go from 1 to 65535.")]
)
def test_the_web_server_checks_its_port_before_loading(port, says):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1] if port == "taken" else int(port)
        command = server.command(port, app="no.such:app")
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", says.format(port) + "\n")


def test_a_port_that_is_none_is_said(tmp_path, monkeypatch):
    for port in ("http", "0", "65536", "-1", "8000.5", "²"):
        said = refusal(tmp_path, PORT=port)
        assert said == "PORT must be a number from 1 to 65535: run `make run PORT=8000`."
    monkeypatch.setattr(socket, "socket", Refused)
    with pytest.raises(CannotRun, match=r"^Port 80 is only for administrators: run `make run PORT=8000`\.$"):
        wanted_port("80")


def test_a_broken_setting_is_said_without_its_value(tmp_path):
    for name, value, says in (
        ("PORTAL_TIMEZONE", "Mars/Olympus", "PORTAL_TIMEZONE"),
        ("PORTAL_SECRET", "hunter2", "PORTAL_SECRET"),
        ("PORTAL_ENVIRONMENT", "production", "PORTAL_"),
        ("PORTAL_DEMO", "false", "PORTAL_DEMO is off"),
    ):
        said = refusal(tmp_path, **{name: value, "PORT": str(free_port())})
        assert says in said
        assert value not in said or value in says or value == "production"
    assert not (tmp_path / "portal.db").exists()
    (tmp_path / "var").write_text("a file")
    said = refusal(tmp_path / "var", PORT=str(free_port()))
    assert str(tmp_path / "var") in said, "a folder that cannot be written"


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path):
    first = kept_settings(tmp_path / "new")
    assert kept_settings(tmp_path / "new") == first
    assert kept_settings(tmp_path / "other")["PORTAL_SECRET"] != first["PORTAL_SECRET"]
    assert stat.S_IMODE((tmp_path / "new" / FILE).stat().st_mode) == 0o600
    made = child_environment(first | {"PORTAL_CITY_EN": "Alder Falls"}, {"PORTAL_CITY_EN": "Elsewhere"}, 8000, 9000)
    assert made["PORTAL_CITY_EN"] == "Elsewhere", "what somebody set goes before what is kept"
    assert made["PORTAL_SECRET"] == first["PORTAL_SECRET"]
    assert made["PORTAL_PUBLIC_URL"] == "http://localhost:8000"


def test_keys_lost_beside_data_are_not_made_anew(tmp_path):
    file = tmp_path / FILE
    file.write_text('PORTAL_SECRET="half')
    made = kept_settings(tmp_path)
    assert made.keys() >= KEYS, "half written, and without data"
    (tmp_path / "portal.db").write_text("what is stored")
    assert kept_settings(tmp_path) == made
    for left in (None, "", "PORTAL_SECRET=", "\udcff"):
        file.unlink() if left is None else file.write_text(left, errors="surrogateescape")
        said = refusal(tmp_path, PORT=str(free_port()))
        assert said.startswith(f"{file} is lost or damaged") and "put it back" in said
        assert not file.exists() if left is None else "PORTAL_CIPHER_KEYS" not in file.read_text(errors="replace")


def test_a_full_disk_leaves_no_half_file(tmp_path, monkeypatch):
    def full(*_given, **_named):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        kept_settings(tmp_path)
    assert not (tmp_path / FILE).exists()


def test_a_stubborn_child_is_killed_with_its_children(tmp_path):
    stubborn = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "open('ready', 'w').close(); time.sleep(60)"
    )
    children = Children(dict(os.environ), tmp_path)
    children.start("stubborn", [sys.executable, "-c", stubborn])
    until((tmp_path / "ready").exists)
    family = whole_family(children.running["stubborn"].pid)
    assert children.ended() is None
    children.stop(within=0.2)
    assert len(family) == 2
    assert all_gone(family)


def test_what_ends_by_itself_ends_the_demonstration(tmp_path):
    children = Children(dict(os.environ), tmp_path)
    children.start("worker", ["true"])
    with pytest.raises(CannotRun, match=r"^The worker has stopped, so the demonstration ends\.$"):
        watch(children, Flag())


@pytest.mark.slow
def test_it_tells_a_story_and_stops_cleanly(tmp_path):
    with running(tmp_path, free_port()) as (demonstration, family):
        settings = settings_of(tmp_path, family)
        assert "alderfalls.example" in banner(tmp_path)
        assert send(settings, NUMBERS[0], "Hay venta en la esquina de Linden, por las noches")
        # The answer went through outbox, worker, the real client and the telephone company.
        until(lambda: any("911" in line.body for line in conversation(settings, NUMBERS[0]) if not line.mine))
        for told in (signal.SIGINT, signal.SIGTERM):
            demonstration.send_signal(told)
        assert demonstration.wait() == 0 and "Traceback" not in banner(tmp_path)
        assert all_gone(family)


@contextmanager
def running(tmp_path, port):
    """A demonstration that has said where everything is, with its processes."""
    given = environment(tmp_path / "var", PORT=str(port))
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(RUN, env=given, cwd=ROOT, stdout=said, stderr=said)
        try:
            until(lambda: "Ctrl-C" in banner(tmp_path) or process.poll() is not None)
            assert process.poll() is None, banner(tmp_path)
            assert answers(port)
            yield process, whole_family(process.pid)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()


def settings_of(tmp_path, family):
    at = next(part for one in family if "demo.provider" in (part := one.cmdline()))
    kept = {name.removeprefix("PORTAL_").lower(): value for name, value in kept_settings(tmp_path / "var").items()}
    return Settings(**kept, twilio_api_base=f"http://127.0.0.1:{at[at.index('--port') + 1]}")


def banner(tmp_path):
    return (tmp_path / "said").read_text()


def whole_family(pid):
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def all_gone(family):
    return wait_for(lambda: all(map(is_gone, family)))


def until(holds: Callable[[], bool]):
    def look():
        with suppress(NoCompany):
            return holds()

    wait_for(look)


# --- What was started ends when it is told to, and leaves nothing behind when it is killed ---


def test_a_signal_while_waiting_never_locks_up():
    """A `threading.Event` hangs here, for its lock is held while the handler wants it."""
    flag, come = Flag(), 0

    def handler(*_signal):
        nonlocal come
        come += 1
        flag.set()

    before = signal.signal(signal.SIGVTALRM, handler)
    # By the processor's time, so that it hits code and not rest.
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.001, 0.001)
    try:
        while come < 100:
            flag.wait(0)
            flag.clear()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_a_flag_is_set_until_it_is_cleared():
    flag = Flag()
    assert not flag.is_set() and not flag.wait(0.001)
    for _ in range(100_000):
        flag.set()
    assert flag.is_set() and flag.wait()
    flag.clear()
    assert not flag.is_set()


needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")


@needs_linux
def test_children_die_with_a_parent_that_was_killed(tmp_path):
    parent = (
        "import os, time; from pathlib import Path; from demo.__main__ import Children;"
        "children = Children(dict(os.environ), Path('.')); children.start('idle', ['sleep', '6000']);"
        "print(children.running['idle'].pid, flush=True); time.sleep(6000)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE) as process:
        child = psutil.Process(int(process.stdout.readline()))
        # Not yet while it is still the command that puts it on the leash.
        wait_for(lambda: child.name() == "sleep")
        process.kill()
    wait_for(lambda: is_gone(child))


@needs_linux
def test_a_killed_web_server_leaves_no_worker():
    with serving() as (process, workers):
        process.kill()
    wait_for(lambda: all(map(is_gone, workers)))


@pytest.mark.parametrize("told", [(signal.SIGTERM,) * 2, (signal.SIGINT,) * 2, (signal.SIGINT, signal.SIGTERM)])
def test_a_web_server_told_twice_ends(told):
    with serving() as (process, workers):
        for signum in told:
            process.send_signal(signum)
        process.wait(HANGS)
    assert all(is_gone(worker) for worker in workers)


@contextmanager
def serving():
    """A web server with an app of two lines, which has its workers."""
    process = subprocess.Popen(server.command(free_port(), app="werkzeug.testapp:test_app"), cwd=ROOT)
    try:
        parent = psutil.Process(process.pid)
        wait_for(lambda: len(parent.children()) == server.WORKERS and all(map(is_leashed, parent.children())))
        yield process, parent.children()
    finally:
        process.kill()
        process.wait()


def is_leashed(worker):
    """Whether it serves: has more threads than the one it was forked with and the one that waits for a signal."""
    return worker.num_threads() > 2

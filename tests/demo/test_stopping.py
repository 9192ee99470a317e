"""What was started ends when it is told to, however often and whenever, and leaves nothing behind when it is killed."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from demo.run import Stop
from portal import server
from portal.config import ROOT
from portal.server import Flag
from tests.demo.conftest import free_port, is_gone
from tests.patience import wait_for


@pytest.mark.slow
def test_fifty_demonstrations_end_when_they_are_told_twice(tmp_path):
    command = [sys.executable, "-m", "tests.demo.doubled", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(("kind", "ask"), [(Stop, Stop.ask), (Flag, Flag.set)])
def test_a_signal_in_the_middle_of_waiting_never_locks_up(kind, ask):
    """A `threading.Event` hangs here, for its lock is held while the handler wants it."""
    flag, come = kind(), 0

    def handler(*_signal):
        nonlocal come
        come += 1
        ask(flag)

    before = signal.signal(signal.SIGVTALRM, handler)
    # By the processor's time, so that it hits code and not rest.
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.001, 0.001)
    try:
        while come < 100:
            flag.wait(0)
            if kind is Flag:
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
        "import os, time; from pathlib import Path; from demo.circles import Children;"
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
def test_a_web_server_that_was_killed_leaves_no_worker_on_its_port():
    with serving() as (process, workers):
        process.kill()
    wait_for(lambda: all(map(is_gone, workers)))


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_web_server_told_twice_ends(told):
    with serving() as (process, workers):
        process.send_signal(told)
        process.send_signal(told)
        process.wait()
    assert all(is_gone(worker) for worker in workers)


class serving:  # noqa: N801
    """A web server with an app of two lines, which has its workers."""

    def __enter__(self):
        command = server.command(free_port(), app="werkzeug.testapp:test_app")
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ})
        parent = psutil.Process(self.process.pid)
        wait_for(lambda: len(parent.children()) == server.WORKERS and all(map(is_leashed, parent.children())))
        return self.process, parent.children()

    def __exit__(self, *_error):
        self.process.kill()
        self.process.wait()


def is_leashed(worker):
    """Whether it has more threads than the one it was forked with, which come after its beginning."""
    return worker.num_threads() > 1

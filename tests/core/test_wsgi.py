"""What a server loads says in one sentence what is wrong with the settings."""

import subprocess
import sys

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

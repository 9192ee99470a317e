"""The WSGI entry point: `app`, and `make_ready()` for servers that fork their workers."""

import os
import sys

from flask import Flask

from portal import doctor
from portal.app import create_app
from portal.config import BadSettings
from portal.core import health, hosts, migrations
from portal.core.reading.reader import model
from portal.home.pages import asked_first

# Files that the portal creates from here on are readable by its own user only.
os.umask(0o077)
# A command that cannot use the database prints one sentence instead of a traceback.
sys.excepthook = migrations.end

app: Flask
try:
    app = create_app()
except BadSettings as problem:
    # `new-key` must run before settings with a key can exist.
    if sys.argv[-2:] != ["doctor", "new-key"]:
        # One sentence for the operator instead of a traceback.
        raise SystemExit(str(problem)) from None
    app = Flask("portal", static_folder=None)
    doctor.start(app)
except OSError as problem:
    # For example a full disk while files are created at start.
    raise SystemExit(f"The portal cannot start: {problem.strerror}: {problem.filename or 'the data folder'}") from None


def make_ready() -> None:
    """Prepare the application; called by the server before it forks its workers."""
    hosts.forget(app.settings)
    # 3 MB, which each worker would read for itself with its first report.
    model()
    health.make_ready(app, asked_first)

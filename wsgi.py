"""What a WSGI server loads."""

import os
import sys

from flask import Flask

from portal import doctor
from portal.app import create_app
from portal.config import BadSettings
from portal.core import proxies, ready, troubles
from portal.home.pages import asked_first

# What is stored from here on only the portal's own user can read.
os.umask(0o077)
# A command that cannot use the database says why, instead of a traceback.
sys.excepthook = troubles.end

app: Flask
try:
    app = create_app()
except BadSettings as problem:
    # A key has to be made before there can be settings with a key in them.
    if sys.argv[-2:] != ["doctor", "new-key"]:
        # One sentence for the operator instead of a traceback.
        raise SystemExit(str(problem)) from None
    app = Flask("portal", static_folder=None)
    doctor.start(app)
except OSError as problem:
    # Such as a full disk, while what is made once is made.
    raise SystemExit(f"The portal cannot start: {problem.strerror}: {problem.filename or 'the data folder'}") from None


def make_ready() -> None:
    """What a server calls before it forks its workers."""
    proxies.forget(app.settings)
    ready.make_ready(app, asked_first)

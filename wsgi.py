"""What a WSGI server loads."""

import sys

from flask import Flask

from portal import doctor
from portal.app import create_app
from portal.config import BadSettings

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

"""What a WSGI server loads."""

from portal.app import create_app
from portal.config import BadSettings

try:
    app = create_app()
except BadSettings as problem:
    # One sentence for the operator instead of a traceback.
    raise SystemExit(str(problem)) from None

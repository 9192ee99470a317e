"""The log: events with constant names and typed fields, without personal details.

A line holds no address, path, user text or exception text, and cannot: a field is a number, a date, a place in the
code, or a single word such as the name of a job. Anything else is replaced by a question mark.
"""

from __future__ import annotations

import logging
import os
import re
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from portal.config import ROOT, unknown_settings
from portal.core.portal import Portal

Value = int | date | str | Sequence[str]
WORD = re.compile(r"[A-Za-z_<][A-Za-z0-9_.<>-]{0,80}")
"""The name of a job, a class, a function, a state or a setting: without spaces, and no telephone number."""
PLACE = re.compile(r"[\w./<>@+-]{1,160}:\d{1,6} in [\w<>]{1,80}")
UNFIT = "?"
LIBRARIES = ("twilio", "twilio.http_client", "urllib3", "sqlalchemy.engine", "huey")
log = logging.getLogger("portal")


@dataclass(frozen=True)
class LogEvent:
    """An event: its name, its level, and the sentence of the line as text, with its fields in braces."""

    name: str
    level: int
    sentence: str

    def log(self, **fields: Value) -> None:
        words = {name: _clean(value) for name, value in fields.items()}
        log.log(self.level, self.sentence.format(**words), extra={"event": self.name}, stacklevel=2)


def _clean(value: Value) -> str:
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return str(value) if WORD.fullmatch(value) else UNFIT
    return "".join(f"\n  {place if PLACE.fullmatch(place) else UNFIT}" for place in value)


ERROR = LogEvent("error.raised", logging.ERROR, "{error}{places}")
UNKNOWN = LogEvent("settings.unknown", logging.WARNING, "{setting} is no setting")
MISSPELLED = LogEvent("settings.misspelled", logging.WARNING, "{setting} is no setting: is it {nearest}?")


def log_error(error: BaseException) -> None:
    """Log the type and place of an error. Its text is left out: it may quote a person's words."""
    places = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        # As seen from the folder of the portal, or from that of the library.
        short = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else "/".join(path.parts[-3:])
        places.append(f"{short}:{frame.lineno or 0} in {frame.name}")
    ERROR.log(error=type(error).__qualname__, places=places)


FORMATTER = logging.Formatter("%(asctime)s %(levelname)s %(event)s: %(message)s", defaults={"event": "library"})
FORMATTER.converter = time.gmtime


def start(app: Portal) -> None:
    """Log one line per event to standard error; libraries that would log payloads stay at WARNING."""
    if not log.handlers:
        log.addHandler(logging.StreamHandler())
    for handler in log.handlers:
        handler.setFormatter(FORMATTER)
    log.setLevel(logging.INFO)
    log.propagate = app.settings.environment == "test"
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    for setting, nearest in unknown_settings(os.environ).items():
        if nearest:
            MISSPELLED.log(setting=setting, nearest=nearest)
        else:
            UNKNOWN.log(setting=setting)

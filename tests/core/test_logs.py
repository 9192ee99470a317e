"""Lines of the log: what they hold, as text and as JSON, and what they cannot hold."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from datetime import date

import pytest

from portal.config import ROOT, Settings
from portal.core.logs import JsonFormatter, LogEvent, TextFormatter, log_error

PROBE = LogEvent("probe.happened", logging.WARNING, "probe {what} of {day}, {count} times")


def test_fields_are_numbers_dates_and_single_words(caplog: pytest.LogCaptureFixture) -> None:
    PROBE.log(what="deliver", day=date(2026, 11, 28), count=3)
    record = caplog.records[-1]
    assert record.getMessage() == "probe deliver of 2026-11-28, 3 times"
    assert TextFormatter().format(record).endswith(" WARNING probe.happened: probe deliver of 2026-11-28, 3 times")
    told = json.loads(JsonFormatter().format(record))
    assert told.pop("at").endswith("+00:00")
    assert told == {"level": "warning", "event": "probe.happened", "what": "deliver", "day": "2026-11-28", "count": 3}


def test_what_a_person_wrote_does_not_fit(caplog: pytest.LogCaptureFixture) -> None:
    for words in (
        "they sell at the corner",
        "+13365550100",
        "3365550100",
        "ana@example.org",
        "a" * 90,
        "",
        "one\ntwo",
        "192.0.2.1",
    ):
        PROBE.log(what=words, day=date(2026, 11, 28), count=True)
        record = caplog.records[-1]
        assert record.getMessage() == "probe ? of 2026-11-28, 1 times"
        assert json.loads(JsonFormatter().format(record))["what"] == "?"


def test_an_error_tells_its_type_and_places(caplog: pytest.LogCaptureFixture) -> None:
    try:
        int("what somebody wrote")
    except ValueError as error:
        log_error(error)
    told = json.loads(JsonFormatter().format(caplog.records[-1]))
    assert (told["event"], told["error"]) == ("error.raised", "ValueError")
    assert len(told["places"]) == 1
    assert told["places"][0].startswith("tests/core/test_logs.py:")
    assert told["places"][0].endswith(" in test_an_error_tells_its_type_and_places")
    assert "wrote" not in caplog.text


def test_every_line_is_object_if_settings_say_so(settings: Settings) -> None:
    code = (
        "import logging; from portal.app import create_app; create_app();"
        "logging.getLogger('huey').error('what somebody wrote'); logging.getLogger('portal').handlers[0].flush()"
    )
    environment = {
        "PORTAL_ENVIRONMENT": "development",
        "PORTAL_DATA_DIR": str(settings.data_dir),
        "PORTAL_LOG_FORMAT": "json",
        "PORTAL_LOG_FORMUT": "json",
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
    lines = [json.loads(line) for line in said.stderr.splitlines()]
    assert [(line["event"], line.get("setting", line.get("logger"))) for line in lines] == [
        ("settings.misspelled", "PORTAL_LOG_FORMUT"),
        ("library", "huey"),
    ]

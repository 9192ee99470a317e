"""Lines of the log: what they hold, as text and as JSON, what they cannot hold; each is an event that is declared."""

from __future__ import annotations

import ast
import json
import logging
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from string import Formatter
from typing import NamedTuple

from portal.config import ROOT
from portal.core.logs import JsonFormatter, LogEvent, TextFormatter, log_error

PROBE = LogEvent("probe.happened", logging.WARNING, "probe {what} of {day}, {count} times")


def test_fields_are_numbers_dates_and_single_words(caplog):
    PROBE.log(what="deliver", day=date(2026, 11, 28), count=3)
    record = caplog.records[-1]
    assert record.getMessage() == "probe deliver of 2026-11-28, 3 times"
    assert TextFormatter().format(record).endswith(" WARNING probe.happened: probe deliver of 2026-11-28, 3 times")
    told = json.loads(JsonFormatter().format(record))
    assert told.pop("at").endswith("+00:00")
    assert told == {"level": "warning", "event": "probe.happened", "what": "deliver", "day": "2026-11-28", "count": 3}


def test_what_a_person_wrote_does_not_fit(caplog):
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


def test_an_error_tells_its_type_and_places(caplog):
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


def test_every_line_is_object_if_settings_say_so(settings):
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


MODULES = sorted(path for folder in ("portal", "demo") for path in (ROOT / folder).rglob("*.py"))
LOGS = ROOT / "portal" / "core" / "logs.py"
METHODS = {"debug", "info", "warning", "warn", "error", "critical", "exception"}
NAME = re.compile(r"[a-z]+\.[a-z_]+")


class Declared(NamedTuple):
    """An event as it stands in the code."""

    where: str
    variable: str
    name: str
    sentence: str


def calls(path):
    yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def declared(path):
    for node in ast.parse(path.read_text()).body:
        made = node.value if isinstance(node, ast.Assign) else None
        if isinstance(made, ast.Call) and ast.unparse(made.func) == "LogEvent":
            name, _level, sentence = made.args
            assert isinstance(node.targets[0], ast.Name)
            # Neither may be put together: a name of its own for each thing that happens.
            yield Declared(str(path), node.targets[0].id, ast.literal_eval(name), ast.literal_eval(sentence))


EVENTS = [event for path in MODULES for event in declared(path)]


def test_events_have_names_of_their_own():
    assert len(EVENTS) > 10
    assert [event for event in EVENTS if not NAME.fullmatch(event.name)] == []
    assert {name for name, times in Counter(event.name for event in EVENTS).items() if times > 1} == set()
    made = sum(ast.unparse(call.func) == "LogEvent" for path in MODULES for call in calls(path))
    assert made == len(EVENTS), "an event is made elsewhere than at the top of a module"


def test_nothing_is_logged_past_the_events():
    found = [
        f"{path}: {ast.unparse(call)}"
        for path in MODULES
        if path != LOGS
        for call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in METHODS
        and re.search(r"\blog(ger|ging)?\b", ast.unparse(call.func.value))
    ]
    assert found == []


def test_each_event_gets_the_fields_of_its_sentence():
    by_module = {(event.where, event.variable): event for event in EVENTS}
    used = set()
    for path in MODULES:
        for call in calls(path):
            if not (isinstance(call.func, ast.Attribute) and call.func.attr == "log"):
                continue
            event = by_module.get((str(path), ast.unparse(call.func.value)))
            if event is None:
                continue
            used.add(event)
            assert not call.args, event
            given = {keyword.arg for keyword in call.keywords}
            fields = {field for _text, field, _form, _more in Formatter().parse(event.sentence) if field}
            # `**` is for a dataclass of counts.
            assert given - {None} <= fields and (None in given or given == fields), event
    assert used == set(EVENTS)

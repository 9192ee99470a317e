"""Lines of the log: what they hold, what they cannot hold; each is an event that is declared."""

import ast
import logging
import os
import re
import subprocess
import sys
from collections import namedtuple
from datetime import date
from functools import cache
from string import Formatter

from portal.config import ROOT
from portal.core.logs import FORMATTER, LogEvent, log_error

PROBE = LogEvent("probe.happened", logging.WARNING, "probe {what} of {day}, {count} times")


def test_fields_are_numbers_dates_and_single_words(caplog):
    PROBE.log(what="deliver", day=date(2026, 11, 28), count=3)
    record = caplog.records[-1]
    assert record.getMessage() == "probe deliver of 2026-11-28, 3 times"
    assert FORMATTER.format(record).endswith(" WARNING probe.happened: probe deliver of 2026-11-28, 3 times")


def test_what_a_person_wrote_does_not_fit(caplog):
    numbers = ("+13365550100", "3365550100", "192.0.2.1")
    for words in (*numbers, "they sell at the corner", "ana@example.org", "a" * 90, "", "one\ntwo"):
        PROBE.log(what=words, day=date(2026, 11, 28), count=True)
        assert caplog.records[-1].getMessage() == "probe ? of 2026-11-28, 1 times"


def test_an_error_tells_its_type_and_places(caplog):
    try:
        int("what somebody wrote")
    except ValueError as error:
        log_error(error)
    assert caplog.records[-1].event == "error.raised"
    told, place = caplog.records[-1].getMessage().split("\n  ")
    assert told == "ValueError"
    assert place.startswith("tests/core/test_logs.py:")
    assert place.endswith(" in test_an_error_tells_its_type_and_places")
    assert "wrote" not in caplog.text


def test_a_misspelled_setting_is_told_at_start(settings):
    environment = {
        "PORTAL_ENVIRONMENT": "development",
        "PORTAL_DATA_DIR": str(settings.data_dir),
        "PORTAL_EXIT_ULR": "https://example.org",
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-c", "from portal.app import create_app; create_app()"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
    told = " WARNING settings.misspelled: PORTAL_EXIT_ULR is no setting: is it PORTAL_EXIT_URL?\n"
    assert said.stderr.endswith(told)


MODULES = sorted(path for folder in ("portal", "demo") for path in (ROOT / folder).rglob("*.py"))
LOGS = ROOT / "portal" / "core" / "logs.py"
METHODS = {"debug", "info", "warning", "warn", "error", "critical", "exception"}
NAME = re.compile(r"[a-z]+\.[a-z_]+")


Declared = namedtuple("Declared", "where variable name sentence")


@cache
def tree(path):
    return ast.parse(path.read_text())


@cache
def calls(path):
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]


@cache
def events():
    """All that are declared at the top of a module."""
    found = []
    for path in MODULES:
        for node in tree(path).body:
            made = node.value if isinstance(node, ast.Assign) else None
            if isinstance(made, ast.Call) and ast.unparse(made.func) == "LogEvent":
                name, _level, sentence = made.args
                # Neither may be put together: a name of its own for each thing that happens.
                found.append(Declared(path, node.targets[0].id, ast.literal_eval(name), ast.literal_eval(sentence)))
    return found


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


def test_each_event_has_name_and_fields():
    names = [event.name for event in events()]
    assert len({*names}) == len(names) > 10
    assert [name for name in names if not NAME.fullmatch(name)] == []
    made = sum(ast.unparse(call.func) == "LogEvent" for path in MODULES for call in calls(path))
    assert made == len(names), "an event is made elsewhere than at the top of a module"
    by_module = {(event.where, event.variable): event for event in events()}
    used = set()
    for path in MODULES:
        for call in calls(path):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "log":
                event = by_module.get((path, ast.unparse(call.func.value)))
                if event is None:
                    continue
                used.add(event)
                assert not call.args, event
                given = {keyword.arg for keyword in call.keywords}
                fields = {field for _text, field, _form, _more in Formatter().parse(event.sentence) if field}
                # `**` is for a dataclass of counts.
                assert given - {None} <= fields and (None in given or given == fields), event
    assert used == set(events())

"""Every line of the log is an event that is declared with a constant name, and gets the fields of its sentence."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

from portal.config import ROOT

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


def calls(path: Path) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def declared(path: Path) -> Iterator[Declared]:
    for node in ast.parse(path.read_text()).body:
        made = node.value if isinstance(node, ast.Assign) else None
        if isinstance(made, ast.Call) and ast.unparse(made.func) == "LogEvent":
            name, _level, sentence = made.args
            assert isinstance(node.targets[0], ast.Name)
            # Neither may be put together: a name of its own for each thing that happens.
            yield Declared(str(path), node.targets[0].id, ast.literal_eval(name), ast.literal_eval(sentence))


EVENTS = [event for path in MODULES for event in declared(path)]


def test_events_have_names_of_their_own() -> None:
    assert len(EVENTS) > 10
    assert [event for event in EVENTS if not NAME.fullmatch(event.name)] == []
    assert {name for name, times in Counter(event.name for event in EVENTS).items() if times > 1} == set()
    made = sum(ast.unparse(call.func) == "LogEvent" for path in MODULES for call in calls(path))
    assert made == len(EVENTS), "an event is made elsewhere than at the top of a module"


def test_nothing_is_logged_past_the_events() -> None:
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


def test_each_event_gets_the_fields_of_its_sentence() -> None:
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

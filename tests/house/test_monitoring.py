"""The rules and the dashboard of `deploy/monitoring` ask for what `/metrics` exports, and for nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from portal.config import ROOT, Settings
from portal.core import counters
from portal.core.clock import now
from portal.core.jobs.turns import NEVER, Turn
from portal.core.metrics import COUNTED
from portal.doctor.status import TITLES, StoredCheck
from tests.conftest import Work

FOLDER = ROOT / "deploy" / "monitoring"
TOKEN = "t0ken-of-the-monitoring-0123456789abcdef"
NAME = re.compile(r"\bportal_\w+")
USE = re.compile(r"\b(portal_\w+)(?:\{([^}]*)\})?")
LABEL = re.compile(r'(\w+)\s*[=!~]+\s*"')


def expressions() -> Iterator[str]:
    rules = (FOLDER / "alerts.yml").read_text()
    yield from re.findall(r"expr: (?:>\n)?((?:.|\n)*?)\n +(?:for|labels):", rules)
    board = json.loads((FOLDER / "dashboard.json").read_text())
    yield from (target["expr"] for panel in board["panels"] for target in panel["targets"])


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics_token": TOKEN})


@pytest.fixture
def exported(client: FlaskClient, work: Work) -> dict[str, set[str]]:
    """The labels of each sample, by its name, when everything has happened once."""
    for _each in range(10):
        for name, (_shape, _help, labels) in COUNTED.items():
            counters.add("|".join([name, *("x" for _label in labels.split())]))
    with work() as session:
        session.add(Turn(name="sweep", done_for=now(), taken_until=NEVER))
        session.add(StoredCheck(what="backup", state="good", checked_at=now()))
    told = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    counters.store = None
    return {
        sample.name: set(sample.labels) for family in text_string_to_metric_families(told) for sample in family.samples
    }


def test_whatever_is_asked_for_is_exported(exported: dict[str, set[str]]) -> None:
    asked = list(expressions())
    assert len(asked) > 25
    used = {(name, *LABEL.findall(labels)) for one in asked for name, labels in USE.findall(one)}
    assert {name for name, *_labels in used} <= set(exported)
    assert [one for one in used if not set(one[1:]) <= exported[one[0]]] == []


def test_whatever_is_exported_is_watched_or_shown(exported: dict[str, set[str]]) -> None:
    texts = " ".join(path.read_text() for path in FOLDER.iterdir())
    named = set(NAME.findall(texts))
    assert set(exported) <= named


def test_labels_by_which_rules_sum_exist(exported: dict[str, set[str]]) -> None:
    known = {"instance", *(label for labels in exported.values() for label in labels)}
    groups = [group for one in expressions() for group in re.findall(r"by \(([^)]*)\)", one)]
    summed = {label for group in groups for label in group.split(", ")}
    assert summed <= known


def test_every_check_fits_its_column() -> None:
    assert max(map(len, TITLES)) <= 40

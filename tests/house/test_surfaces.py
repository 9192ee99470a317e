"""The frozen list of what the portal offers and keeps: nothing comes or goes without a line of `surfaces.txt`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import LargeBinary

from portal.app import FEATURES
from portal.config import Settings
from portal.core.db import Base
from portal.core.web import Portal

LIST = Path(__file__).parent / "surfaces.txt"


def surfaces(app: Portal) -> Iterator[str]:
    """Yield a line for each route, deletion rule, audited act, sealed or encrypted column, command and setting."""
    for rule in app.url_map.iter_rules():
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield f"route {rule.rule} {methods} {rule.endpoint}"
    for retention in app.retention:
        yield f"erased {retention.what}: {retention.keeps}"
    for feature in FEATURES:
        for texts in feature.audited:
            yield from (f"audited {act}" for act in texts)
    for table in Base.metadata.tables.values():
        yield from (f"bytes {table.name}.{one.name}" for one in table.columns if isinstance(one.type, LargeBinary))
    yield from commands(app.cli, "flask")
    yield from (f"setting {name}" for name in Settings.model_fields)


def commands(group: click.Group, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"command {path} {name}"


def test_what_the_portal_offers_and_keeps_is_as_listed(app: Portal) -> None:
    """`SURFACES=write` writes the list anew; what changes in it is a decision."""
    lines = sorted(set(surfaces(app)))
    if os.environ.get("SURFACES") == "write":
        LIST.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    listed = LIST.read_text(encoding="utf-8").splitlines()
    assert lines == listed

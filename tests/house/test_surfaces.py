"""The frozen list of what the portal offers and keeps: nothing comes or goes without a line of `surfaces.txt`."""

import os
from collections.abc import Iterator
from pathlib import Path

import click
from sqlalchemy import LargeBinary
from werkzeug.routing import Rule

from portal.app import FEATURES
from portal.config import Settings
from portal.core.db import Base, EncryptedBytes
from portal.core.web import Audience, AudienceBlueprint, Portal

LIST = Path(__file__).parent / "surfaces.txt"
LISTED = LIST.read_text(encoding="utf-8").splitlines()
WHO = {
    route.rpartition(" ")[2]: who
    for route, _, who in (line.partition(": ") for line in LISTED)
    if route.startswith("route ")
}
"""Every address by its endpoint, and who may reach it."""
PUBLIC, MACHINES, HALFWAY = "public", "machines", "password given"


def audience_of(app: Portal, rule: Rule) -> Audience:
    room = app.blueprints[rule.endpoint.rpartition(".")[0]]
    assert isinstance(room, AudienceBlueprint), f"{rule.endpoint} is in no room"
    return room.audience


def surfaces(app: Portal) -> Iterator[str]:
    """Yield a line for each route, deletion rule, audited act, sealed or encrypted column, command and setting."""
    for rule in app.url_map.iter_rules():
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield f"route {rule.rule} {methods} {rule.endpoint}: {audience_of(app, rule).name}"
    yield from (f"erased {rule.what}: {rule.keeps}" for feature in app.features for rule in feature.retention)
    for feature in FEATURES:
        for texts in feature.audited:
            yield from (f"audited {act}" for act in texts)
    for table in Base.metadata.tables.values():
        yield from (
            f"bytes {table.name}.{one.name}"
            for one in table.columns
            if isinstance(one.type, LargeBinary | EncryptedBytes)
        )
    yield from commands(app.cli, "flask")
    yield from (f"setting {name}" for name in Settings.model_fields)


def commands(group: click.Group, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"command {path} {name}"


def test_what_the_portal_offers_and_keeps_is_as_listed(app: Portal) -> None:
    """`SURFACES=write` writes the list anew; what changes in it, and who may reach a route, is a decision."""
    lines = sorted(set(surfaces(app)))
    if os.environ.get("SURFACES") == "write":
        LISTED[:] = lines
        LIST.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert lines == LISTED

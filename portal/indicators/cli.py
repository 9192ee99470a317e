"""The command group `flask indicators`: standard measures and snapshots."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from portal.core.db import db
from portal.indicators.counts import load_standard_measures
from portal.indicators.snapshots import freezing

indicators = AppGroup("indicators", help="Measures, monthly figures and what is published of them.")
for command in freezing.COMMANDS:
    indicators.add_command(command)


@indicators.command("seed")
def seed() -> None:
    """Add the measures that most cities begin with; what is there already stays as it is."""
    with db.work():
        new = load_standard_measures()
    click.echo(f"New measures: {new}.")

"""`flask guides seed`."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from portal.core.db import db
from portal.news.library.actions import load_literature

guides = AppGroup("guides", help="Tools and guides.")


@guides.command("seed")
def seed() -> None:
    """Publish the list of literature about the strategy; what is there already stays as it is."""
    with db.work():
        new = load_literature(None)
    click.echo(f"New in the library: {new}.")

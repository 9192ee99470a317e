"""`flask search rebuild`."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from portal.core.db import db
from portal.home.search.index import rebuild

commands = AppGroup("search", help="The index of what can be found.")


@commands.command("rebuild")
def rebuild_index() -> None:
    """Make the index anew, after a restore or whenever it is in doubt; the portal may run meanwhile."""
    with db.work():
        entries = rebuild()
    click.echo(f"Entries in the index: {entries}.")

"""`flask db`: migrate the database to the schema that this code expects."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from portal.core import migrations
from portal.core.portal import Portal
from portal.core.progress import ProgressOutput
from portal.core.troubles import BEHIND


def start(app: Portal) -> None:
    """Add the commands."""
    app.cli.add_command(commands)


commands = AppGroup("db", help="The database's form.")


@commands.command("upgrade")
@click.argument("to", default="head")
def upgrade(to: str) -> None:
    """Run the migrations, up to TO if it is given."""
    migrations.upgrade(to, ProgressOutput("Migrating the database").at)
    click.echo("the database is up to date" if migrations.is_current() else f"the database is at {to}")


@commands.command("downgrade")
@click.argument("to")
def downgrade(to: str) -> None:
    """Undo migrations down to TO; "base" undoes all, and with them all that is stored."""
    migrations.downgrade(to)
    click.echo(f"the database is at {to}")


@commands.command("current")
def current() -> None:
    """Say whether the database is up to date; ends with 1 if not."""
    if not migrations.is_current():
        click.echo(BEHIND)
        raise SystemExit(1)
    click.echo("the database is up to date")

"""`flask files`: what is in object storage, and how it is moved there and back."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from portal.core.files import store
from portal.core.statuses import FileAway

files = AppGroup("files", help="Files in object storage.")
AWAY = "The provider cannot be reached, or PORTAL_FILES_URL is empty."


@files.command("check")
@click.option("--erase-unknown", is_flag=True, help="Delete objects that this database does not know.")
def check(erase_unknown: bool) -> None:
    """Compare the provider's objects with the database; ends with 1 if something is missing or unknown."""
    try:
        found = store.state_of_files()
        if erase_unknown:
            store.erase_unknown(found.unknown)
    except FileAway:
        raise click.ClickException(AWAY) from None
    click.echo(f"objects: {found.objects}, missing: {found.missing}, unknown: {len(found.unknown)}")
    if erase_unknown and found.unknown:
        click.echo("The unknown ones are deleted.")
    if found.missing or (found.unknown and not erase_unknown):
        raise SystemExit(1)


@files.command("move")
def move() -> None:
    """Move files to the provider now, instead of tonight."""
    store.move_files()
    click.echo(f"objects: {store.count_outside()}")


@files.command("bring-back")
def bring_back() -> None:
    """Write every file back into the database, before PORTAL_FILES_URL is emptied; the objects go within an hour."""
    failed = store.bring_back()
    click.echo(f"files that stayed: {failed}")
    if failed:
        raise SystemExit(1)

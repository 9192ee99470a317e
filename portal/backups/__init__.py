"""The commands: backups, encrypted to age keys whose secret halves are elsewhere; restoring; another database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from portal.backups import copying
from portal.core import erasures, migrations
from portal.core.clock import now
from portal.core.data_folder import LastDone, newest_backup, note, note_backup
from portal.core.db import db
from portal.core.jobs.engine import may_trust_clock
from portal.core.migrations import BEHIND, NOT_LET_IN
from portal.core.portal import Portal, current_portal
from portal.home import search

if TYPE_CHECKING:
    from portal.backups.archive import Header
    from portal.backups.restoring import Restored

KEEP_DAYS = 14
LEDGER_DAYS = 60
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def start(app: Portal) -> None:
    for command in (backup, restore, apply_erasures, copy_database):
        app.cli.add_command(command)


def backup_folder() -> Path:
    settings = current_portal.settings
    return settings.backup_dir or settings.data_dir / "backups"


@click.command("backup")
@click.option("--only-erasures", is_flag=True, help="Only copy the ledger of erasures: for each hour.")
@with_appcontext
def backup(only_erasures: bool) -> None:
    """Write an encrypted backup while the portal runs, prove it, and delete those of more than two weeks ago.

    It needs only the public half of an age key, so whoever takes this machine cannot read what is there.
    """
    from portal.backups import archive

    folder = backup_folder()
    if not only_erasures:
        recipients = archive.recipients()
        if migrations.is_behind():
            raise click.ClickException(BEHIND)
        path, number = archive.write(folder, recipients)
        click.echo(
            f"{path}: number {number}, {path.stat().st_size:,} bytes, proven\nsha256 {note_backup(path, number)}"
        )
        click.echo(f"signed by {bytes(archive.signing_key().verify_key).hex()}")
        if may_trust_clock():
            for old in archive.delete_older(folder, KEEP_DAYS):
                click.echo(f"deleted {old.name}, which was older than {KEEP_DAYS} days")
            erasures.forget_ledger(LEDGER_DAYS)
        else:
            click.echo("no older one was deleted: the date may be wrong, see `flask doctor check`")
    click.echo(f"files of the ledger of erasures in {folder / 'erasures'}: {archive.copy_ledger(folder)}")


@click.command("restore")
@click.argument("file", type=FILE)
@click.option("--identity", required=True, type=FILE, help="The age key's secret half, and `signed by …`.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def restore(file: Path, identity: Path, yes: bool) -> None:
    """Restore FILE into an empty database. What was erased since stays erased.

    The ledger of erasures is looked for in the data folder and in `erasures/` beside FILE.
    """
    from portal.backups import archive, restoring

    places = [erasures.folder(), file.parent / "erasures"]
    with archive.opened(file, *archive.keys_in(identity)) as (header, contents):
        click.echo("\n".join([*_will_happen(header, places), *_left_out(places)]))
        if not yes:
            click.confirm("Restore it now?", abort=True)
        done = restoring.restore(header, contents, places)
    note(LastDone.RESTORE, current_portal.settings, number=max(header.number, newest_backup()))
    click.echo("\n".join(["What was backed up is restored.", *_applied(done)]))


def _will_happen(header: Header, places: Sequence[Path]) -> list[str]:
    left_out = erasures.from_the_future(places)
    days = [erasures.day_of(path) for path in erasures.files_in(*places) if path.name not in left_out]
    ledger = f"up to {max(days)}" if days else "NO LEDGER WAS FOUND: what was erased since comes back. Put it by FILE."
    ahead = "THIS DAY IS STILL TO COME. Find out when it was made, then `flask apply-erasures --since` that day."
    newest = newest_backup()
    older = f", OLDER than {newest}, which was made or restored here" if header.number < newest else ""
    return [
        f"The backup was made on {header.made_on} (UTC) by version {header.revision} of the database.",
        f"Its number is {header.number}{older}.",
        *([ahead] if header.made_on > f"{now() + timedelta(days=1):%Y-%m-%d}" else []),
        f"It goes into the empty {db.engine.dialect.name} database of the settings. Web and worker must be stopped.",
        f"Erased again by the ledger: {ledger}",
        "Texts and mails that waited are not sent. Everybody has to sign in again.",
    ]


def _left_out(places: Sequence[Path]) -> list[str]:
    """Name what of the ledger is not obeyed: files of a day still to come, lines that were planted or are of before."""
    ahead = "LEFT OUT of the ledger, as its day is still to come (a wrong clock?): {}. If right, rename it to today."
    strange = erasures.strange_lines(places)
    lines = f"LEFT OUT of the ledger: {strange} line(s), cut short or not written with this PORTAL_SECRET."
    return [*map(ahead.format, erasures.from_the_future(places)), *([lines] if strange else [])]


def _applied(done: Restored) -> list[str]:
    return [
        f"Erased since: {done.erased} rows, {done.emptied} values. Kept: {done.wishes} opt-outs and ended accounts.",
        f"Messages that will not be sent: {done.stale}.",
        "By the schedule: nothing, as the date is doubted: see `flask doctor check`, then `flask retention run`."
        if done.over is None
        else f"By the schedule: {done.over} rows.",
        *(f"could not be applied by the ledger, look at it: {name}" for name in sorted(set(done.unapplied))),
        "Check now: flask doctor check; flask indicators verify; flask retention show.",
        "Reports, answers and changes of access since the backup are lost: tell the desks, and look through People.",
    ]


@click.command("apply-erasures")
@click.option("--since", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day to which was restored (UTC).")
@with_appcontext
def apply_erasures(since: datetime) -> None:
    """Erase again what was erased since a day: after restoring a copied file or from PostgreSQL's own archive.

    Before web and worker are started. `flask restore` does it by itself. The ledger is looked for in the data folder
    and in `erasures/` beside the backups.
    """
    from portal.backups import restoring

    if since.date() > now().date():
        raise click.BadParameter("this day is still to come", param_hint="--since")
    places = [erasures.folder(), backup_folder() / "erasures"]
    done = restoring.apply(erasures.lines_since(places, "-", since.date()), migrations.stored())
    click.echo("\n".join([*_left_out(places), *_applied(done)]))


@click.command("copy-database")
@click.argument("target")
@with_appcontext
def copy_database(target: str) -> None:
    """Copy everything into the empty database at TARGET, and compare every table.

    TARGET is postgresql://user:password@host/name or sqlite:///path. Stop web and worker first.
    """
    address = target.replace("postgresql://", "postgresql+psycopg://", 1)
    if not address.startswith(("postgresql+psycopg://", "sqlite:///")):
        raise click.BadParameter("give postgresql://user:password@host/name or sqlite:///path", param_hint="TARGET")
    try:
        arrived = copying.copy(current_portal.settings.database, address)
    except OperationalError as error:
        # Without what the driver says: it may repeat the password.
        trouble = "refuses the user or the password" if re.search(NOT_LET_IN, str(error)) else "cannot be opened"
        raise click.ClickException(f"nothing was copied: one of the two databases {trouble}") from None
    for name, count in sorted(arrived.items()):
        if count:
            click.echo(f"{name}: {count} rows, the same on both sides")
    with db.work():
        search.rebuild()
    click.echo(f"{sum(arrived.values())} rows arrived. Now set PORTAL_DATABASE_URL to it,")
    click.echo("start web and worker, and run flask doctor check. Keep the old database until you have looked around,")
    click.echo("then delete it: what is erased from now on is still in there.")

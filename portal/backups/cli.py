"""`flask backup`, `flask restore` and `flask copy-database`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from portal.config import Settings
from portal.core import erasures, migrations
from portal.core.cli import BEHIND, NOT_LET_IN, ProgressOutput
from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs.turns import may_trust_clock
from portal.core.noted import note_backup
from portal.core.portal import current_portal

KEEP_DAYS = 14
LEDGER_DAYS = 60
IN_USE = "somebody has the database open: stop web and worker, then try again"
OBEY = click.option(
    "--obey", "obeyed", multiple=True, help="A file of the ledger from a day to come that is obeyed nevertheless."
)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


def backup_folder() -> Path:
    """Return the folder of backups that the settings name."""
    settings: Settings = current_portal.settings
    return settings.backup_dir or settings.data_dir / "backups"


@click.command("backup")
@click.option("--to", "folder", type=FOLDER, help="The folder to write into; PORTAL_BACKUP_DIR by default.")
@click.option("--recipient", "recipients", multiple=True, help="An age key; PORTAL_BACKUP_RECIPIENTS by default.")
@click.option("--keep", "days", type=click.IntRange(1), default=KEEP_DAYS, help="Delete backups older than DAYS.")
@click.option("--only-erasures", is_flag=True, help="Only copy the ledger of erasures: for each hour.")
@with_appcontext
def backup(folder: Path | None, recipients: tuple[str, ...], days: int, only_erasures: bool) -> None:
    """Write an encrypted backup while the portal runs, prove it, and delete older ones.

    It needs only the public half of an age key, so whoever takes this machine cannot read what is there.
    """
    from portal.backups import archive

    if folder is not None and not folder.is_dir() and folder.resolve() != backup_folder().resolve():
        raise click.BadParameter(
            f"there is no folder {folder}. Make it first, or see if it is mistyped.", param_hint="--to"
        )
    folder = folder or backup_folder()
    if not only_erasures:
        keys = recipients_of(recipients or current_portal.settings.backup_recipients.split())
        if migrations.is_behind():
            raise click.ClickException(BEHIND)
        try:
            path = archive.write(folder, keys)
        except archive.Unreadable as trouble:
            raise click.ClickException(str(trouble)) from None
        click.echo(f"{path}: {path.stat().st_size:,} bytes, proven\nsha256 {note_backup(path)}")
        if may_trust_clock():
            for old in archive.delete_older(folder, days):
                click.echo(f"deleted {old.name}, which was older than {days} days")
            erasures.forget_ledger(days=max(days * 2, LEDGER_DAYS))
        else:
            click.echo("no older one was deleted: the date may be wrong, see `flask doctor check`")
    click.echo(f"files of the ledger of erasures in {folder / 'erasures'}: {archive.copy_ledger(folder)}")


def recipients_of(keys: Iterable[str]) -> list[Any]:
    """Return age's recipients; raises `click.ClickException` if there are none, or for what is none."""
    from pyrage import RecipientError, x25519

    if not keys:
        raise click.ClickException("no key to encrypt to: set PORTAL_BACKUP_RECIPIENTS (make one with age-keygen)")
    try:
        return [x25519.Recipient.from_str(key) for key in keys]
    except RecipientError:
        raise click.ClickException(f"{' '.join(keys)[:30]}… is no age recipient: it begins with age1") from None


def identities_in(path: Path) -> list[Any]:
    """Return the secret keys in a file as `age-keygen` writes it; raises `click.ClickException` if there are none."""
    from pyrage import IdentityError, x25519

    lines = [line.strip() for line in path.read_text().splitlines()]
    try:
        found = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except IdentityError:
        found = []
    if not found:
        raise click.ClickException(f"{path} holds no age secret key (AGE-SECRET-KEY-1…)")
    return found


@click.command("restore")
@click.argument("file", type=FILE)
@click.option("--identity", required=True, type=FILE, help="A file with the secret half of the age key.")
@click.option(
    "--erasures",
    "ledgers",
    multiple=True,
    type=FOLDER,
    help="A further folder with a ledger of erasures, besides this machine's and the one beside FILE.",
)
@OBEY
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def restore(file: Path, identity: Path, ledgers: tuple[Path, ...], obeyed: tuple[str, ...], yes: bool) -> None:
    """Restore FILE into an empty database. What was erased since stays erased."""
    from portal.backups import archive, copying, restoring

    identities = identities_in(identity)
    places = [erasures.folder(), file.parent / "erasures", *ledgers]
    try:
        header, _digest = archive.read(file, identities)
        left_out = {*erasures.from_the_future(places)} - {*obeyed}
        known = [path for place in places for path in erasures.files_in(place) if path.name not in left_out]
        for sentence in [*_will_happen(header, known), *_named(left_out)]:
            click.echo(sentence)
        if not yes:
            click.confirm("Restore it now?", abort=True)
        done = restoring.restore(file, identities, header, places, obeyed)
    except archive.Unreadable as trouble:
        raise click.ClickException(f"nothing was restored: {trouble}") from None
    except copying.InUse:
        raise click.ClickException(IN_USE) from None
    except copying.TargetHoldsRows as table:
        raise click.ClickException(f"{table} holds rows already. Restore into an empty database.") from None
    for sentence in ["What was backed up is restored.", *_applied(done)]:
        click.echo(sentence)


def _will_happen(header: Any, ledger: list[Path]) -> list[str]:
    last = max((erasures.day_of(path) for path in ledger), default=None)
    covers = f"up to {last}" if last else "NO LEDGER WAS FOUND: what was erased since comes back. Give --erasures."
    ahead = "THIS DAY IS STILL TO COME. Find out when it was made, then `flask apply-erasures --since` that day."
    return [
        f"The backup was made on {header.made_on} (UTC) by version {header.revision} of the database.",
        *([ahead] if header.made_on > f"{now() + timedelta(days=1):%Y-%m-%d}" else []),
        f"It goes into the empty {db.engine.dialect.name} database of the settings. Web and worker must be stopped.",
        f"Erased again by the ledger: {covers}",
        "Texts and mails that waited are not sent. Everybody has to sign in again.",
    ]


def _named(left_out: set[str]) -> list[str]:
    """Name the files of the ledger that are not obeyed, since their day is still to come."""
    told = "LEFT OUT of the ledger, as its day is still to come (a wrong clock?): {0}. If it is right: --obey {0}"
    return [told.format(name) for name in sorted(left_out)]


def _applied(done: Any) -> list[str]:
    lost = [f"could not be applied by the ledger, look at it: {name}" for name in sorted(set(done.unapplied))]
    return [
        f"Erased since: {done.erased} rows, {done.emptied} values. Kept: {done.wishes} opt-outs and ended accounts.",
        f"Messages that will not be sent: {done.stale}.",
        "By the schedule: nothing, as the date is doubted: see `flask doctor check`, then `flask retention run`."
        if done.over is None
        else f"By the schedule: {done.over} rows.",
        *lost,
        "Check now: flask doctor check; flask indicators verify; flask retention show.",
        "Reports, answers and changes of access since the backup are lost: tell the desks, and look through People.",
    ]


@click.command("apply-erasures")
@click.option("--since", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day to which was restored (UTC).")
@click.option("--erasures", "ledgers", multiple=True, type=FOLDER, help="A further folder with a ledger of erasures.")
@OBEY
@with_appcontext
def apply_erasures(since: datetime, ledgers: tuple[Path, ...], obeyed: tuple[str, ...]) -> None:
    """Erase again what was erased since a day: after restoring a copied file or from PostgreSQL's own archive.

    Before web and worker are started. `flask restore` does it by itself.
    """
    from portal.backups import restoring

    if since.date() > now().date():
        raise click.BadParameter("this day is still to come", param_hint="--since")
    places = [erasures.folder(), backup_folder() / "erasures", *ledgers]
    done = restoring.apply_since(since.date(), places, obeyed)
    for sentence in [*_named({*erasures.from_the_future(places)} - {*obeyed}), *_applied(done)]:
        click.echo(sentence)


@click.command("copy-database")
@click.argument("target")
@click.option("--from", "source", help="The address to copy from; the settings' database by default.")
@with_appcontext
def copy_database(target: str, source: str | None) -> None:
    """Copy everything into the empty database at TARGET, and compare every table.

    TARGET is postgresql://user:password@host/name or sqlite:///path. Stop web and worker first.
    """
    from portal.backups import copying
    from portal.home import search

    target = _address(target, "TARGET")
    source = _address(source, "--from") if source else current_portal.settings.database
    if source == target:
        raise click.ClickException("this is the same database")
    progress = ProgressOutput("Copying tables")
    try:
        arrived = copying.copy(source, target, progress.at)
    except OperationalError as error:
        # Without what the driver says: it may repeat the password.
        trouble = "refuses the user or the password" if re.search(NOT_LET_IN, str(error)) else "cannot be opened"
        raise click.ClickException(f"nothing was copied: one of the two databases {trouble}") from None
    except copying.InUse:
        raise click.ClickException(IN_USE) from None
    except copying.Differs as table:
        raise click.ClickException(f"{table} did not arrive as it is; nothing was copied") from None
    except copying.TargetHoldsRows as table:
        raise click.ClickException(f"nothing was copied: {table} of the target holds rows already") from None
    for name, (count, digest) in sorted(arrived.items()):
        if count:
            click.echo(f"{name}: {count} rows, the same on both sides ({digest[:12]})")
    with db.work():
        search.rebuild()
    click.echo(f"{sum(one.number for one in arrived.values())} rows arrived. Now set PORTAL_DATABASE_URL to it,")
    click.echo("start web and worker, and run flask doctor check. Keep the old database until you have looked around,")
    click.echo("then delete it: what is erased from now on is still in there.")


def _address(url: str, parameter: str) -> str:
    """Return the address of a database as SQLAlchemy reads it. Ends the command if it is none."""
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if not address.startswith(("postgresql+psycopg://", "sqlite:///")):
        raise click.BadParameter("give postgresql://user:password@host/name or sqlite:///path", param_hint=parameter)
    return address

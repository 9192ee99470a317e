"""`flask doctor leaks`: the drill, for an operator to run each night."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from portal.core.db import db
from portal.leaks.drill import run
from portal.leaks.invention import add_canary

file_option = click.option(
    "--also",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A log or an export to search too; may be given several times.",
)
canary_option = click.option(
    "--canary",
    "with_canary",
    is_flag=True,
    help="Look for an invented hidden place as well: it is gone afterwards, and nobody else ever sees it.",
)


@click.command("leaks")
@file_option
@canary_option
@with_appcontext
def leaks(files: tuple[Path, ...], with_canary: bool) -> None:
    """Read everything public and look for hidden places in it; ends with 1 if anything tells of one.

    It changes nothing, and what it prints names no place.
    """
    if with_canary:
        with db.rehearsal():
            add_canary()
            report = run(current_app, files)
    else:
        report = run(current_app, files)
    for leak in report.leaks:
        click.echo(f"LEAK {leak.where}: {leak.what}")
    where = f"{report.answers} answers" + (f" and {len(files)} file(s)" if files else "")
    click.echo(f"{where} read for {report.places} hidden place(s): {len(report.leaks)} leak(s)")
    if report.leaks:
        raise SystemExit(1)

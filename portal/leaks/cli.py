"""`flask doctor leaks`: the leak drill, for an operator to run each night."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click
from flask.cli import with_appcontext

from portal.accounts.roles import Role
from portal.core import migrations
from portal.core.cli import BEHIND
from portal.core.data_folder import LastDone, note
from portal.core.portal import current_portal
from portal.leaks.drill import Report, run

file_option = click.option(
    "--also",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A log, an export or a backup to search too; may be given several times. What is packed is unpacked.",
)
canary_option = click.option(
    "--canary",
    "with_canary",
    is_flag=True,
    help="Look for an invented hidden place as well: it is gone afterwards, and nobody else ever sees it.",
)


role_option = click.option(
    "--as",
    "roles",
    multiple=True,
    type=click.Choice(["public", *(role.value for role in Role)]),
    help="Play only these besides the public; may be given several times. Without it every role is played.",
)

NICE = 10


@click.command("leaks")
@file_option
@canary_option
@role_option
@with_appcontext
def leaks(files: tuple[Path, ...], with_canary: bool, roles: tuple[str, ...]) -> None:
    """Read everything, as the public and as each role, and look for hidden places in it; ends with 1 if one is told.

    It changes nothing, sends nothing, and what it prints names no place. When all was drilled is noted.
    """
    # Residents come first.
    os.setpriority(os.PRIO_PROCESS, 0, NICE)
    if migrations.is_behind():
        raise click.ClickException(BEHIND)
    played = [role for role in Role if not roles or role in roles]
    report = run(current_portal, files, invent=with_canary, roles=played, tell=partial(click.echo, err=True))
    if not roles and report.places:
        note(LastDone.LEAK_DRILL, current_portal.settings, faults=len(report.leaks))
    for leak in report.leaks:
        click.echo(f"LEAK {leak.where}: {leak.what}")
    for sentence in sentences(report, len(files)):
        click.echo(sentence)
    if report.leaks:
        raise SystemExit(1)


def sentences(report: Report, files: int) -> list[str]:
    """Return a summary of the drill and its findings."""
    others = report.visitors - 1
    who = f"the public and {others} members of one role each, whom nobody admitted" if others else "the public"
    looked = f"Read {report.answers} answers to {who}, {report.messages} messages that wait, and {files} files."
    if not report.places:
        return [
            looked,
            "No place is hidden, so nothing was looked for. Run it with --canary to look for an invented one.",
        ]
    asked = (
        f"Asked {report.pairs} times for one of {report.places} hidden places and for one that never was; "
        f"took the time of {report.times} of these pairs."
    )
    told = f"{len(report.leaks)} leaks: each line above is a way to learn of a hidden place."
    return [looked, asked, told if report.leaks else "No leak: nothing told of a hidden place."]

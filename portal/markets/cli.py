"""The command `flask places`: importing the map, setting boundaries, admitting a lead to an abandoned place."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select

from portal.accounts.users import member_by_email
from portal.core.db import db, session
from portal.core.statuses import Refused
from portal.markets.map import importing
from portal.markets.map.importing import UnreadableMapFile, replace_shapes, set_boundary
from portal.markets.map.sheets import SheetKind
from portal.markets.place_actions import admit, leads
from portal.markets.places import Market

commands = AppGroup("places", help="The map, the boundaries of places, and who is admitted.")
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
layer_option = click.option("--layer", help="Which file of a zip that has several.")
projection_option = click.option("--projection", help="Such as EPSG:2264, if the file does not say it.")
MOST_SAID = 50
KIND_NAMES: dict[SheetKind, str] = {kind: f"{kind}s" for kind in SheetKind if kind is not SheetKind.BOUNDARY}


@commands.command("import")
@file_argument
@click.option("--kind", type=click.Choice([kind.value for kind in KIND_NAMES]), help="What all rows are.")
@click.option("--name-field", help="The field with the names, if it is not called “name”.")
@click.option("--skip", is_flag=True, help="Go on without the rows that cannot be used.")
@layer_option
@projection_option
def import_shapes(file: Path, kind: str | None, name_field: str | None, skip: bool, **how: Any) -> None:
    """Take the streets, waters, parks, landmarks and neighborhoods of FILE: GeoJSON or a shapefile (also zipped).

    They replace all that was imported of the same kinds. Nothing is changed if a row cannot be used.
    """
    try:
        contents = importing.read_shapes(file, kind=SheetKind(kind) if kind else None, name_field=name_field, **how)
    except UnreadableMapFile as error:
        raise click.ClickException(str(error)) from None
    for row, reason in islice(contents.problems.items(), MOST_SAID):
        click.echo(f"Row {row}: {reason}.", err=True)
    if len(contents.problems) > MOST_SAID:
        click.echo(f"… and {len(contents.problems) - MOST_SAID} more rows.", err=True)
    if not contents.shapes or (contents.problems and not skip):
        hint = "" if not contents.shapes else " With --skip the rest is imported."
        raise click.ClickException(f"Nothing was changed.{hint}")
    with db.work():
        replace_shapes(contents.shapes)
    counts = Counter(shape.kind for shape in contents.shapes)
    imported = ", ".join(f"{KIND_NAMES[kind]} {counts[kind]}" for kind in SheetKind if counts[kind])
    click.echo(f"Imported: {imported}.")
    if contents.fields and not name_field and not set(contents.fields).intersection(importing.ANY_NAME):
        click.echo(f"None has a name. --name-field says which field holds it: {', '.join(contents.fields)}.")


@commands.command("boundary")
@click.argument("place")
@file_argument
@layer_option
@projection_option
def boundary(place: str, file: Path, **how: Any) -> None:
    """Give PLACE (its slug or English name) the one area in FILE as its boundary.

    The public sees it when it sees the place.
    """
    try:
        area = importing.read_area(file, **how)
    except UnreadableMapFile as error:
        raise click.ClickException(f"{error} Nothing was changed.") from None
    with db.work():
        # An operator's command, so it may look up hidden places too.
        market = _place(place)
        if market is None:
            raise click.ClickException("No place has this slug or name. Nothing was changed.")
        set_boundary(market, area)
    click.echo("The boundary is set.")


@commands.command("admit")
@click.argument("place")
@click.argument("email")
def admit_somebody(place: str, email: str) -> None:
    """Admit the member EMAIL to the hidden PLACE (its slug or English name) to which nobody is admitted any more."""
    with db.work():
        market = _place(place)
        member = member_by_email(email.strip().lower())
        if market is None or member is None:
            raise click.ClickException("There is no such place, or no such member. Nothing was changed.")
        if leads(market.id):
            raise click.ClickException("A community lead is admitted there: let them do it. Nothing was changed.")
        try:
            admit(market, member, None)
        except Refused:
            raise click.ClickException("Somebody with their role may not know of it. Nothing was changed.") from None
    click.echo("They are admitted.")


def _place(name: str) -> Market | None:
    """Return a place by its slug, or by its English name: the slug of a hidden one says nothing."""
    return next((place for place in session.scalars(select(Market)) if name in (place.slug, place.name.en)), None)

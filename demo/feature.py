"""Everything that the demonstration brings to the portal, and `flask demo prepare`, which loads the city."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from demo import city, figures, pages, sign_ins, writing
from portal.config import Settings
from portal.core import migrations
from portal.core.db import db
from portal.core.feature import Feature
from portal.core.jobs.engine import trust_clock
from portal.core.portal import current_portal
from portal.indicators.freezing import BEFORE_SNAPSHOT

commands = AppGroup("demo", help="A demonstration city; not in production.")


@commands.command("prepare")
def prepare() -> None:
    """Bring the database up to date, and load the city if there is nothing in it."""
    settings: Settings = current_portal.settings
    if not settings.demo:
        raise click.ClickException("PORTAL_DEMO is off, as it must be in production: there is no demonstration here.")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        migrations.upgrade()
    except migrations.OtherVersion:
        other = f"The database in {settings.data_dir} is of another version than this code: move it away and run again."
        raise click.ClickException(other) from None
    with db.work():
        if not city.is_empty():
            # Whoever starts it has a clock in sight, and it may have rested for weeks.
            trust_clock()
            return
        click.echo("Loading the demonstration city …", err=True)
        sign_ins.write(settings.data_dir, city.load())
    click.echo(f"Sign-ins, recovery phrases and code words are in {settings.data_dir / sign_ins.SIGN_INS_FILE}.")


FEATURE = Feature(
    blueprints=(pages.guide_blueprint, pages.phone_blueprint),
    hooks=(BEFORE_SNAPSHOT.plug(figures.freeze_earlier),),
    commands=(commands,),
    start=writing.start,
)

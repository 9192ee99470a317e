"""The `flask` commands."""

from __future__ import annotations

from flask import Flask

from portal import doctor, retention_commands
from portal.accounts import cli as accounts
from portal.core import cli as database
from portal.core.jobs import delivery as jobs
from portal.demo import cli as demo
from portal.home.search import index as search
from portal.indicators import cli as figures
from portal.leaks import cli as leaks
from portal.markets import cli as places
from portal.news import library


def start(app: Flask) -> None:
    """Add the commands of every feature."""
    database.start(app)
    jobs.start(app)
    demo.start(app)
    app.cli.add_command(library.guides)
    app.cli.add_command(search.commands)
    for group in accounts.COMMANDS:
        app.cli.add_command(group)
    app.cli.add_command(places.commands)
    app.cli.add_command(figures.indicators)
    app.cli.add_command(retention_commands.commands)
    doctor.commands.add_command(leaks.leaks)

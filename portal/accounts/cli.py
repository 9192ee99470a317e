"""The commands `flask user invite` and `flask desk list`."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from portal.accounts.desk_keys import plain_word
from portal.accounts.people import deliver, invite, link_of
from portal.accounts.roles import Role
from portal.accounts.users import desks, seats
from portal.core.contact import read_mail
from portal.core.crypto import fingerprint
from portal.core.db import db
from portal.core.i18n import LANGUAGES
from portal.core.statuses import Refused
from portal.core.vouched import vouch_anew, was_true
from portal.core.web import refusal

user = AppGroup("user", help="People who sign in.")
desk = AppGroup("desk", help="Desks that read reports.")
COMMANDS = (user, desk)


@user.command("invite")
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.option("--name", default="", help="How colleagues see them; they can change it.")
@click.option("--language", default="en", type=click.Choice(LANGUAGES), help="Of the mail and of the page it leads to.")
def invite_user(email: str, roles: tuple[str, ...], name: str, language: str) -> None:
    """Print a link with which EMAIL makes an account, once, within 72 hours."""
    address = read_mail(email)
    if address is None:
        raise click.ClickException("That is not an e-mail address.")
    # `url_for` needs a request context.
    with current_app.test_request_context():
        try:
            with db.work():
                made = invite(address, name, language, [Role(role) for role in roles], None)
                link, mailed = link_of(made), deliver(made)
        except Refused as error:
            raise click.ClickException(refusal(error.key) or error.key) from None
    click.echo(link)
    click.echo("It was mailed too." if mailed else "Hand it over yourself: mail is not set up.", err=True)


@desk.command("vouch")
def vouch() -> None:
    """Vouch anew for keys and messages after PORTAL_SECRET changed; for those that were true under the one of before.

    It takes two: you, and whoever reads to you the six words on the paper of each desk. Circles go with them.
    """
    old = click.prompt("PORTAL_SECRET of before", hide_input=True)
    for paper in desks():
        if paper.recovery_public_key is None or not was_true(old, paper):
            continue
        typed = click.prompt(f"The six words on the paper of “{paper.name.en}”")
        marks = [fingerprint(paper.recovery_public_key, lang).split() for lang in LANGUAGES]
        if [plain_word(word) for word in typed.split()] not in [[plain_word(word) for word in mark] for mark in marks]:
            raise click.ClickException("They differ from the database. Nothing was changed: restore a good backup.")
    with db.work():
        left = vouch_anew(old)
    click.echo(f"Vouched for. {left} row(s) were not true before either, and stay as they are.")


@desk.command("list")
def list_desks() -> None:
    """Print every desk, and who sits there."""
    for row in desks():
        click.echo(f"{row.kind}: {row.name.en}")
        for seat in seats(row.id):
            click.echo(f"  {seat.member.name} ({'admitted' if seat.is_admitted else 'waiting'})")

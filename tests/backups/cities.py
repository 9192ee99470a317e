"""A small city with what a restore must bring back, and whether that can be opened."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import Result
from flask import Flask
from nacl.public import PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.sign_in import opened_by
from portal.accounts.users import DeskKeyCopy, Member
from portal.core.crypto import open_key, stretch
from portal.core.db import session
from portal.reports.intake import key_of, locator_of
from portal.reports.reports import Thread, opened_by_desk, opened_by_resident
from tests.make import PASSWORD, make_desk, make_guide, make_market, make_meeting, make_member, make_report

SAID = "Two people sell by the bus stop.", "Venden junto a la parada, de noche."


@dataclass(frozen=True)
class City:
    """The reports' codes, by what they say, and somebody at the desk."""

    codes: dict[str, tuple[str, ...]]
    desk_member_id: int


def make_city(made: Session) -> City:
    """Two reports at a desk, a place, a meeting, and a file."""
    member = make_member(made)
    make_desk(made, [member])
    make_meeting(made, make_member(made, ["organizer"]))
    make_market(made)
    make_guide(made, tag="evidence", files={"es": b"Traiga sillas."})
    return City({said: make_report(said).code for said in SAID}, member.id)


def opened_with(code: tuple[str, ...]) -> list[str]:
    """What a resident reads with code words."""
    thread = session.scalars(select(Thread).where(Thread.locator == locator_of(code))).one()
    return [one.words.what for one in opened_by_resident(thread, key_of(code)) if one.words]


def opened_at_desk(member_id: int) -> set[str]:
    """What somebody reads at their desk who knows nothing but the password."""
    member = session.get_one(Member, member_id)
    own = opened_by(member, stretch(PASSWORD, member.password_hash))
    assert own
    copies = session.scalars(select(DeskKeyCopy).where(DeskKeyCopy.member_id == member_id))
    keys: dict[int, PrivateKey] = {copy.desk_key_id: open_key(copy.sealed_private_key, own) for copy in copies}
    return {
        one.words.what
        for thread in session.scalars(select(Thread))
        for one in opened_by_desk(thread, keys)
        if one.words
    }


def check_city(city: City) -> None:
    """Every report opens with its code and at the desk."""
    for said, code in city.codes.items():
        assert opened_with(code) == [said]
    assert opened_at_desk(city.desk_member_id) == set(city.codes)


ACROSS = pytest.mark.parametrize(
    ("database", "empty"), [("sqlite", "postgresql"), ("postgresql", "sqlite")], indirect=True
)
"""From each database to the other."""
BOTH = pytest.mark.parametrize(
    ("database", "empty"), [("sqlite", "sqlite"), ("postgresql", "postgresql")], indirect=True
)
"""From each database to one of its kind."""


@contextmanager
def empty_postgresql(server: str, command: Callable[[str], None], template: str = "template0") -> Iterator[str]:
    """The address of a new database."""
    name = f"empty_{uuid4().hex}"
    command(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.replace("/?", f"/{name}?", 1)
    command(f"DROP DATABASE {name} WITH (FORCE)")


def run(app: Flask, *args: object, fails: bool = False) -> Result:
    """A command, as an operator types it."""
    result = app.test_cli_runner().invoke(args=[str(arg) for arg in args])
    assert bool(result.exit_code) is fails, (result.output, result.exception)
    return result


def restore(app: Flask, file: Path, identity: Path, **given: bool) -> str:
    """Restore a backup; what is said."""
    return run(app, "restore", file, "--identity", identity, "--yes", **given).output


def public_half(identity: Path) -> str:
    return identity.read_text().split()[3]

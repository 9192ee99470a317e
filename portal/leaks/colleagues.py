"""Somebody of each role who was never admitted anywhere: only ever inside of `db.rehearsal()`.

They are signed in without a password, which is why they must never be stored: the rehearsal forgets them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from nacl.public import PrivateKey
from sqlalchemy import select

from portal.accounts.actions.sign_in import Tokens, begin_sign_in, complete_sign_in, sign_in_hash
from portal.accounts.models import Desk, DeskMember, Member, RoleHeld, SignIn
from portal.accounts.rules.roles import Role
from portal.accounts.sessions import TOKEN, UNLOCK
from portal.core.clock import now
from portal.core.crypto import new_private_key
from portal.core.db import db, random_id, session
from portal.leaks.crawl import Visitor


def add_colleagues(app: Flask, roles: Iterable[Role]) -> list[Visitor]:
    """One visitor for each role."""
    with db.work():
        return [
            Visitor(app, name=role.value, roles=frozenset({role.value}), cookie=_cookie(app, role)) for role in roles
        ]


def add_insider() -> int:
    """A community lead who is the first to know of an invented place; nobody visits as them."""
    with db.work():
        return _member(Role.COMMUNITY_LEAD, new_private_key())


def _cookie(app: Flask, role: Role) -> str:
    private_key = new_private_key()
    tokens = _signed_in(_member(role, private_key), private_key)
    interface = app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    serializer = interface.get_signing_serializer(app)
    assert serializer is not None
    return str(serializer.dumps({TOKEN: tokens.sign_in, UNLOCK: tokens.unlock}))


def _member(role: Role, private_key: PrivateKey) -> int:
    member = Member(id=random_id(), email=f"drill-{random_id()}", name=role.value, password_hash="", language="en")
    member.public_key, member.wrapped_private_key = bytes(private_key.public_key), b""
    member.created_at = now()
    member.role_rows = [RoleHeld(role=role.value)]
    session.add(member)
    session.flush()
    # A seat without a copy of the desk's key: its pages open, and no report does.
    for desk_id in _desks(role):
        session.add(DeskMember(desk_id=desk_id, member_id=member.id, since=now()))
    return member.id


def _desks(role: Role) -> Iterator[int]:
    yield from session.scalars(select(Desk.id).where(Desk.kind == role.value))


def _signed_in(member_id: int, private_key: PrivateKey) -> Tokens:
    tokens = begin_sign_in(member_id, private_key)
    complete_sign_in(session.scalars(select(SignIn).where(SignIn.token_hash == sign_in_hash(tokens.sign_in))).one())
    return tokens

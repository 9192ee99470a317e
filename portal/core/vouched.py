"""The server's word for keys and messages: nobody can make it past the portal, without `PORTAL_SECRET`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, ClassVar

from nacl.public import PublicKey
from sqlalchemy import ColumnElement, LargeBinary, inspect, select, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.crypto import About, is_vouched, site_key, vouch
from portal.core.db import session
from portal.core.logs import LogEvent
from portal.core.portal import current_portal
from portal.core.statuses import Refused

NOT_VOUCHED = LogEvent(
    "sealed.not_vouched", logging.ERROR, "A row of {table} was written past the portal: see docs/trouble.md"
)
AT_ONCE = 500


class Vouched:
    """A table whose rows have a MAC over the columns in `BINDS`."""

    BINDS: ClassVar[tuple[str, ...]]
    __tablename__: str

    mac: Mapped[bytes] = mapped_column(LargeBinary)

    def vouch(self) -> None:
        """Vouch for the row as it is now; only for values that the portal itself has just made."""
        self.mac = mac_of(type(self), {name: getattr(self, name) for name in self.BINDS})

    @property
    def is_vouched(self) -> bool:
        return is_true(type(self), {name: getattr(self, name) for name in (*self.BINDS, "mac")})

    @classmethod
    def looked_at(cls) -> ColumnElement[bool]:
        return true()


def mac_of(kind: type[Vouched], values: Mapping[str, Any]) -> bytes:
    return vouch(_key(), _about(kind, values))


def is_true(kind: type[Vouched], values: Mapping[str, Any]) -> bool:
    """Return whether the MAC among these values is right; log it if not."""
    is_right = is_vouched(_key(), values["mac"], _about(kind, values))
    if not is_right:
        NOT_VOUCHED.log(table=kind.__tablename__)
    return is_right


def key_of(row: Any) -> PublicKey:
    """Return the public key of a row that has one. Raises Refused("not_vouched") if somebody exchanged it."""
    if not row.is_vouched:
        raise Refused("not_vouched")
    return PublicKey(row.public_key)


def written_past(*kinds: type[Vouched]) -> int:
    wrong = 0
    for kind in kinds:
        columns = [getattr(kind, name) for name in ("mac", *kind.BINDS)]
        rows = session.execute(select(*columns).where(kind.looked_at()).execution_options(yield_per=AT_ONCE))
        wrong += sum(not is_vouched(_key(), mac, (kind.__tablename__, *values)) for mac, *values in rows)
    return wrong


def vouch_anew(old_secret: str) -> int:
    """Vouch for each row that was true under the secret of before; return how many were not, and stay as they are."""
    left = 0
    for kind in Vouched.__subclasses__():
        (key,) = inspect(kind).primary_key
        ids = session.scalars(select(key)).all()
        for start in range(0, len(ids), AT_ONCE):
            for row in session.scalars(select(kind).where(key.in_(ids[start : start + AT_ONCE]))):
                if was_true(old_secret, row):
                    row.vouch()
                else:
                    left += 1
            session.flush()
            session.expunge_all()
    return left


def was_true(old_secret: str, row: Vouched) -> bool:
    """Return whether a row was as the portal wrote it under the secret of before."""
    about = _about(type(row), {name: getattr(row, name) for name in row.BINDS})
    return is_vouched(_key(old_secret), row.mac, about)


def _about(kind: type[Vouched], values: Mapping[str, Any]) -> About:
    return (kind.__tablename__, *(values[name] for name in kind.BINDS))


def _key(secret: str = "") -> bytes:
    return site_key(secret or current_portal.settings.secret, "vouched rows")

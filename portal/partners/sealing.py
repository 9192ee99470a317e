"""Texts sealed to the key of a circle: anybody may close one, only who sits there and is signed in opens it.

A feature gives its table the columns of `SealedText`, fills them with `close`, and reads with `open_text`:

    class Roster(SealedText, Base): ...
    roster.close(circle.desk_id, {"names": form.names.data})
    words = open_text(roster, my_keys())        # {"names": "…"} or None

The scheme is that of the reports: see `core.crypto` and `accounts.actions.desk_keys`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from nacl.public import PrivateKey, PublicKey
from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.queries import active_key_of, desk_private_keys
from portal.accounts.sessions import person
from portal.core.crypto import CannotOpen, seal, unseal
from portal.core.errors import Refused

Keys = Mapping[int, PrivateKey]
Words = Mapping[str, str]


class SealedText:
    """The columns of a text that only a circle can open. Its length is padded; nothing here says what it is about."""

    box: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    desk_key_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk_key.id"))
    """Which generation of the circle's keys opens it."""

    def close(self, desk_id: int, words: Words) -> None:
        """Seal these words to the circle's present key, in place of what was there. Raises Refused("circle_locked")."""
        key = active_key_of(desk_id)
        if key is None:
            raise Refused("circle_locked")
        sealed = seal(json.dumps(dict(words), ensure_ascii=False).encode(), [PublicKey(key.public_key)])
        self.box, self.sealed_key, self.desk_key_id = sealed.box, sealed.keys[0], key.id


def my_keys() -> Keys:
    """The keys of all circles that the person at this browser can open, for this request only."""
    return desk_private_keys(person().id, person().private_key())


def open_text(row: SealedText, keys: Keys) -> Words | None:
    """The words of a sealed text; None when none of these keys opens it."""
    if row.desk_key_id not in keys:
        return None
    try:
        words: Words = json.loads(unseal(row.box, row.sealed_key, keys[row.desk_key_id]))
    except CannotOpen:
        return None
    return words

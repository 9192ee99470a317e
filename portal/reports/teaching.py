"""What volunteers teach the number: texts that it read wrongly, in other words, each with what was meant.

A paraphrase is sealed to the desk and names no report and no hour. Once a second person has judged that it points to
nobody, it stands in clear, as an example, until whoever runs the portal takes it out.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date

from nacl.public import PublicKey
from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, Text, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.users import active_key_of
from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import CannotOpen, seal, unseal
from portal.core.db import Base, db, random_id, session
from portal.core.statuses import NotFound, Refused
from portal.reports.reports import Keys


@dataclass(frozen=True)
class Paraphrase:
    """A text with its language ("mix" for both), what the phone had got last, and what it means."""

    text: str
    lang: str
    after: str
    label: str

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, line: str) -> Paraphrase:
        given = json.loads(line)
        return cls(given["text"], given["lang"], given["after"], given["label"])


class TaughtText(Base):
    """A paraphrase with its meaning: sealed until a second person lets it go, then in clear and without its writer."""

    __tablename__ = "reports_taught"
    __table_args__ = (CheckConstraint("(box IS NULL) <> (plain IS NULL)", name="sealed_or_plain"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"), index=True)
    written_on: Mapped[date] = mapped_column(index=True)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_member.id"))
    box: Mapped[bytes | None] = mapped_column(LargeBinary)
    desk_key_id: Mapped[int | None] = mapped_column(ForeignKey("accounts_desk_key.id"))
    key_for_desk: Mapped[bytes | None] = mapped_column(LargeBinary)
    plain: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True)
class OpenedTaught:
    """A paraphrase as the desk reads it; `example` is None if the given keys do not open it."""

    row: TaughtText
    example: Paraphrase | None


def taught(desk_ids: Collection[int], keys: Keys) -> list[OpenedTaught]:
    """Return the paraphrases of these desks, those first that wait for a second person."""
    asked = select(TaughtText).where(TaughtText.desk_id.in_(desk_ids))
    rows = session.scalars(asked.order_by(TaughtText.written_on, TaughtText.id)).all()
    return sorted((OpenedTaught(row, _opened(row, keys)) for row in rows), key=lambda one: one.row.plain is not None)


def taught_at(taught_id: int, desk_ids: Collection[int]) -> TaughtText:
    """Return a paraphrase of one of these desks. Raises `NotFound`, alike for another desk's and for none."""
    asked = select(TaughtText).where(TaughtText.id == taught_id, TaughtText.desk_id.in_(desk_ids))
    found = session.scalar(asked.with_for_update())
    if found is None:
        raise NotFound
    return found


def teach(desk_id: int, example: Paraphrase, member_id: int) -> None:
    """Seal a paraphrase to the desk. Raises Refused("no_desk").

    The audit log does not say so: the hour would lead to the report that its writer had just read.
    """
    key = active_key_of(desk_id)
    if key is None:
        raise Refused("no_desk")
    row_id = random_id()
    sealed = seal(("taught", row_id, desk_id), example.line().encode(), [PublicKey(key.public_key)])
    session.add(
        TaughtText(
            id=row_id,
            desk_id=desk_id,
            written_on=today(),
            written_by_id=member_id,
            box=sealed.box,
            desk_key_id=key.id,
            key_for_desk=sealed.keys[0],
        )
    )


def let_go(row: TaughtText, keys: Keys, member_id: int) -> None:
    """Put a paraphrase in clear as the second person. Raises Refused("own_example"), and `NotFound` if it is closed."""
    if row.plain is not None:
        return
    if row.written_by_id == member_id:
        raise Refused("own_example")
    example = _opened(row, keys)
    if example is None:
        raise NotFound
    row.plain = example.line()
    row.box = row.key_for_desk = row.desk_key_id = row.written_by_id = None
    record("example.let_go", "example", row.id, member_id)


def erase(row: TaughtText) -> None:
    """Erase a paraphrase, let go or not."""
    session.delete(row)
    db.after_commit(db.forget_journal)


def examples() -> tuple[list[int], str]:
    """Return the ids of what was let go, and its lines in groups as in `core/reading/examples`."""
    rows = session.execute(select(TaughtText.id, TaughtText.plain).where(TaughtText.plain.is_not(None))).all()
    groups: dict[str, list[str]] = {}
    for one in (Paraphrase.of(row.plain) for row in rows if row.plain):
        group = groups.setdefault(f"# {one.label}, after {one.after or 'nothing'}, {one.lang}", [])
        group.append(" ".join(one.text.split()).lstrip("# "))
    lines = (line for head, texts in sorted(groups.items()) for line in (head, *sorted(texts), ""))
    return [row.id for row in rows], "".join(f"{line}\n" for line in lines)


def erase_examples(ids: Collection[int]) -> None:
    """Erase what was taken out."""
    session.execute(delete(TaughtText).where(TaughtText.id.in_(ids)))
    db.after_commit(db.forget_journal)


def _opened(row: TaughtText, keys: Keys) -> Paraphrase | None:
    if row.plain is not None:
        return Paraphrase.of(row.plain)
    private = keys.get(row.desk_key_id or 0)
    if private is None or row.box is None or row.key_for_desk is None:
        return None
    try:
        return Paraphrase.of(unseal(("taught", row.id, row.desk_id), row.box, row.key_for_desk, private).decode())
    except CannotOpen:
        return None

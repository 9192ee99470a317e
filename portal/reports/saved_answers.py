"""Answers that a desk has written once, in both languages, to begin an answer to a resident with.

They are readable by whoever reads the database, so nothing of a report belongs into them; the form looks for names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.audit import record
from portal.core.clock import today
from portal.core.db import Base, Versioned, random_id, session
from portal.core.i18n import Bilingual, bilingual
from portal.core.statuses import NotFound, Refused

MOST_SAVED = 40


class SavedAnswer(Versioned, Base):
    """An answer of a desk in both languages, with a title by which its members find it."""

    __tablename__ = "reports_saved_answer"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    desk_id: Mapped[int] = mapped_column(ForeignKey("accounts_desk.id"), index=True)
    title: Mapped[Bilingual] = bilingual("title")
    answer: Mapped[Bilingual] = bilingual("answer")
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("accounts_member.id"))
    changed_on: Mapped[date]


def saved_answers(desk_ids: Collection[int]) -> Sequence[SavedAnswer]:
    """Return the saved answers of these desks, in the order of their English titles."""
    asked = select(SavedAnswer).where(SavedAnswer.desk_id.in_(desk_ids))
    return session.scalars(asked.order_by(SavedAnswer.title_en, SavedAnswer.id)).all()  # type: ignore[attr-defined]


def saved_answer(answer_id: int, desk_ids: Collection[int]) -> SavedAnswer:
    """Return one of these desks' answers. Raises `NotFound`, alike for another desk's and for one that never was."""
    found = session.scalar(select(SavedAnswer).where(SavedAnswer.id == answer_id, SavedAnswer.desk_id.in_(desk_ids)))
    if found is None:
        raise NotFound
    return found


def save(found: SavedAnswer | None, desk_id: int, title: Bilingual, answer: Bilingual, member_id: int) -> SavedAnswer:
    """Save an answer, new if `found` is None. Raises Refused("many_answers")."""
    if found is None:
        if len(saved_answers([desk_id])) >= MOST_SAVED:
            raise Refused("many_answers")
        found = SavedAnswer(id=random_id(), desk_id=desk_id)
        session.add(found)
    found.title, found.answer = title, answer
    found.changed_by_id, found.changed_on = member_id, today()
    record("answer.saved", "saved answer", found.id, member_id)
    return found


def erase(found: SavedAnswer, member_id: int) -> None:
    """Erase a saved answer; what was sent with it stays."""
    session.delete(found)
    record("answer.erased", "saved answer", found.id, member_id)

"""The columns of whatever is edited in two languages; `core.parity` has the rules and says how to take part."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import Composite, Mapped, composite, declared_attr, mapped_column

from portal.core.i18n import LANGUAGES, Bilingual
from portal.core.parity import Credit, Translation, stale_after

NOTHING = Bilingual(en="", es="")
TRANSLATIONS = tuple(one.value for one in Translation)


def translation_checks() -> tuple[CheckConstraint, ...]:
    """The constraints on these columns, for `__table_args__`."""
    return (
        CheckConstraint(f"original IN {LANGUAGES!r}", name="original"),
        CheckConstraint(f"translation IN {TRANSLATIONS!r}", name="translation"),
    )


class Translated:
    """A thing with texts in both languages that remembers which side is older and who translated it."""

    PARITY: ClassVar[tuple[str, ...]]
    """The names of its `Bilingual` attributes."""

    stale: Mapped[str] = mapped_column(Text, default="")
    """The marks of `parity.stale_after`, in their order, with spaces between."""

    @declared_attr
    def credit(cls) -> Composite[Credit]:  # noqa: N805 - SQLAlchemy hands over the class
        """Who translated it."""
        return composite(
            Credit,
            mapped_column("original", String(2), default="en", nullable=False),
            mapped_column("translation", String(10), default=Translation.PERSON.value, nullable=False),
            mapped_column("translated_by", String(80), default="", nullable=False),
            mapped_column("reviewed_by", String(80), default="", nullable=False),
        )

    @property
    def stale_fields(self) -> frozenset[str]:
        """The form fields whose text is older than its other half."""
        return frozenset((self.stale or "").split())

    @property
    def texts(self) -> dict[str, Bilingual]:
        """Every text that must say the same in both languages."""
        found = {name: getattr(self, name) for name in self.PARITY}
        # Before its first save a thing holds a pair of nothings.
        return {name: text if text and text.en is not None else NOTHING for name, text in found.items()}

    def take_texts(self, said: object, *, same: bool = False, **besides: Bilingual) -> None:
        """Say what `said` says, and mark in the same save what is now older; `same`: an editor vouches for both.

        `besides`: what else must be the same in both languages, under names that `texts` gives too.
        """
        texts = {name: getattr(said, name) for name in self.PARITY}
        stale = frozenset[str]() if same else stale_after(self.texts, texts | besides, self.stale_fields)
        self.stale = " ".join(sorted(stale))
        for name, text in texts.items():
            setattr(self, name, text)

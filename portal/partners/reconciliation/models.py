"""Sessions of reconciliation and what is kept of them.

Sealed to the circle: where and how a session is held, its agenda, themes and lines. Locked for single persons, whoever
else has a key of the circle: suggestions of the public and notes (the facilitator's), names (who arranges the evening).
In clear: days, what the public reads, and what everybody has to accept.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.clock import today
from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.organisations.models import Office
from portal.partners.models import A_CIRCLE, A_MEMBER, Circle
from portal.partners.reconciliation.rules import COMPONENTS, ENVELOPES, PRESENTS, SCOPES, SOURCES, STATES
from portal.partners.sealing import SealedText

A_SESSION = "partners_session.id"


class Sitting(SealedText, Base):
    """A session that both sides come to. Its plan is sealed: place, hour, agenda, who records, what stays here."""

    __tablename__ = "partners_session"
    __table_args__ = (
        CheckConstraint(f"component IN {COMPONENTS!r}", name="component"),
        CheckConstraint("community_on < held_on AND agencies_on < held_on AND held_on < report_on", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    circle_id: Mapped[int] = mapped_column(ForeignKey(A_CIRCLE, ondelete="CASCADE"), index=True)
    component: Mapped[str] = mapped_column(String(10))
    purpose: Mapped[Bilingual] = bilingual("purpose")
    community_on: Mapped[date]
    agencies_on: Mapped[date]
    """Each side meets by itself before."""
    held_on: Mapped[date]
    report_on: Mapped[date]
    reported_on: Mapped[date | None]
    facilitator_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER))
    version: Mapped[int] = mapped_column(nullable=False)

    circle: Mapped[Circle] = relationship(lazy="joined")
    rules: Mapped[list[GroundRules]] = relationship(
        order_by="GroundRules.edition.desc()", cascade="all, delete-orphan", passive_deletes=True
    )
    notice: Mapped[Notice | None] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    __mapper_args__ = {"version_id_col": version}

    @property
    def ground_rules(self) -> GroundRules:
        """What holds in the room now."""
        return self.rules[0]

    @property
    def is_over(self) -> bool:
        """Whether its day has come: from then on there can be heads, lines and an acknowledgement."""
        return self.held_on <= today()

    @property
    def is_past(self) -> bool:
        """Whether its day has gone by: from then on nobody brings guests to it."""
        return self.held_on < today()

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been told what came of it."""
        return self.reported_on is None and self.report_on < today()

    @property
    def is_open(self) -> bool:
        """Whether the public is asked for suggestions now."""
        return self.notice is not None and self.notice.closes_on >= today()


class GroundRules(Base):
    """A version of what holds in the room; earlier ones stay as they were."""

    __tablename__ = "partners_ground_rules"
    __table_args__ = (UniqueConstraint("session_id", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"))
    edition: Mapped[int]
    words: Mapped[Bilingual] = bilingual("words")
    made_on: Mapped[date]


class Acceptance(Base):
    """Somebody with an account accepted a version; no day, so that nobody reads from it who waited."""

    __tablename__ = "partners_acceptance"

    rules_id: Mapped[int] = mapped_column(ForeignKey("partners_ground_rules.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)


class Notice(Base):
    """What the public reads while it is asked for suggestions. It says no place and no day of the session."""

    __tablename__ = "partners_notice"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), unique=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    """Says nothing: it stays in the history of phones that families share."""
    title: Mapped[Bilingual] = bilingual("title")
    about: Mapped[Bilingual] = bilingual("about")
    closes_on: Mapped[date]
    """The last day on which something can be suggested."""


class Locked(Base):
    """Something that only the persons can open to whom its key was sealed."""

    __tablename__ = "partners_locked"
    __table_args__ = (
        CheckConstraint(f"kind IN {ENVELOPES!r}", name="kind"),
        CheckConstraint("(kind = 'suggestion') = (week_on IS NOT NULL)", name="week_on"),
        CheckConstraint("guests_of_id IS NULL OR kind = 'names'", name="guests"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    guests_of_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), index=True)
    """Whose own guests these names are; None: the list of those who arrange the evening."""
    box: Mapped[bytes] = mapped_column(LargeBinary)
    week_on: Mapped[date | None]
    """The Monday of the week in which it came, and nothing finer."""
    expires_on: Mapped[date]
    theme_id: Mapped[int | None] = mapped_column(ForeignKey("partners_theme.id", ondelete="SET NULL"), index=True)

    keys: Mapped[list[LockedKey]] = relationship(lazy="selectin", cascade="all, delete-orphan", passive_deletes=True)


class LockedKey(Base):
    """The key of something locked, sealed to one member's own public key."""

    __tablename__ = "partners_locked_key"

    locked_id: Mapped[int] = mapped_column(ForeignKey("partners_locked.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)


class Theme(SealedText, Base):
    """What several people said or asked, in the facilitator's words and nobody's; with a view of the few beside it."""

    __tablename__ = "partners_theme"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint(f"source IN {SOURCES!r}", name="source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), index=True)
    source: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class Verbatim(SealedText, Base):
    """A line kept word by word while who said it lets us. Withdrawing deletes the row, its only copy."""

    __tablename__ = "partners_line"
    __table_args__ = (
        CheckConstraint(f"scope IN {SCOPES!r}", name="scope"),
        CheckConstraint("scope = 'public' OR (shown_en = '' AND shown_es = '')", name="shown"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), index=True)
    scope: Mapped[str] = mapped_column(String(10))
    shown: Mapped[Bilingual] = bilingual("shown", may_be_empty=True)
    """What the public may read; empty for any other scope, which is sealed only."""
    shown_by: Mapped[Bilingual] = bilingual("shown_by", may_be_empty=True)
    consent_on: Mapped[date]
    expires_on: Mapped[date]


class Acknowledgement(Base):
    """An office says in public what harm was done. It stays when the circle is gone, with the answer beside it."""

    __tablename__ = "partners_acknowledgement"
    __table_args__ = (
        CheckConstraint("(answered_on IS NULL) = (answer_en = '' AND answer_es = '')", name="answer"),
        CheckConstraint("published_on IS NULL OR slug IS NOT NULL", name="whole"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    session_id: Mapped[int | None] = mapped_column(ForeignKey(A_SESSION, ondelete="SET NULL"), index=True)
    slug: Mapped[str | None] = mapped_column(String(80), unique=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("organisations_office.id"))
    harm: Mapped[Bilingual] = bilingual("harm")
    words: Mapped[Bilingual] = bilingual("words")
    spoken_on: Mapped[date]
    published_on: Mapped[date | None]
    answer: Mapped[Bilingual] = bilingual("answer", may_be_empty=True)
    answered_by: Mapped[Bilingual] = bilingual("answered_by", may_be_empty=True)
    answered_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(nullable=False)

    office: Mapped[Office] = relationship(lazy="joined")

    __mapper_args__ = {"version_id_col": version}


class Heads(Base):
    """How many of a kind were there."""

    __tablename__ = "partners_head_count"
    __table_args__ = (
        CheckConstraint(f"present IN {PRESENTS!r}", name="present"),
        CheckConstraint("heads >= 0", name="heads"),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey(A_SESSION, ondelete="CASCADE"), primary_key=True)
    present: Mapped[str] = mapped_column(String(15), primary_key=True)
    heads: Mapped[int]

"""Organisations, their offices, and who belongs to them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, random_id
from portal.core.i18n import Bilingual, bilingual
from portal.organisations.rules import ORGANISATION_KINDS

A_MEMBER = "accounts_member.id"
AN_ORGANISATION = "organisations_organisation.id"


class Organisation(Base):
    """A house that takes part: a congregation, a group of residents, an agency, the police."""

    __tablename__ = "organisations_organisation"
    __table_args__ = (CheckConstraint(f"kind IN {ORGANISATION_KINDS!r}", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[str] = mapped_column(String(15))
    name: Mapped[Bilingual] = bilingual("name")
    version: Mapped[int] = mapped_column(nullable=False)

    offices: Mapped[list[Office]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}


class Office(Base):
    """A named post of an organisation. Promises are made by offices: people in them change."""

    __tablename__ = "organisations_office"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(AN_ORGANISATION), index=True)
    name: Mapped[Bilingual] = bilingual("name")
    contact: Mapped[str] = mapped_column(String(200), default="")
    """How the office is reached, as it stands on its own letterhead; nobody's private address."""
    closed_on: Mapped[date | None]
    """Since when nobody can promise anything for it any more."""

    organisation: Mapped[Organisation] = relationship(lazy="joined", back_populates="offices")


class Belonging(Base):
    """Somebody belongs to an organisation."""

    __tablename__ = "organisations_belonging"

    organisation_id: Mapped[int] = mapped_column(ForeignKey(AN_ORGANISATION, ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)

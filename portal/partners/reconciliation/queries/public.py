"""What the public may know of sessions: that suggestions are asked for, what offices acknowledged, and some lines."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, exists, select

from portal.accounts.models import DeskMember
from portal.core.addresses import is_slug
from portal.core.clock import today
from portal.core.db import session
from portal.core.errors import NotFound
from portal.partners.models import Circle, Membership
from portal.partners.reconciliation.models import Acknowledgement, Notice, Sitting, Verbatim
from portal.partners.reconciliation.rules import PLANNERS, Scope

MOST = 200


def is_asked_for() -> ColumnElement[bool]:
    """The condition for a notice that the public may read today; needs the session and its circle.

    Somebody must sit there who can open what comes in: nothing is asked of the public that nobody will read.
    """
    reads = exists().where(
        DeskMember.desk_id == Circle.desk_id,
        DeskMember.member_id == Sitting.facilitator_id,
        Membership.circle_id == Circle.id,
        Membership.member_id == Sitting.facilitator_id,
        Membership.role.in_(PLANNERS),
    )
    return and_(Notice.closes_on >= today(), Circle.closed_on.is_(None), reads)


def open_notices() -> Sequence[Notice]:
    """For which sessions suggestions are asked for now, those that close first at the top."""
    return session.scalars(_notices().order_by(Notice.closes_on, Notice.id)).all()


def open_notice(slug: str) -> tuple[Notice, Sitting]:
    """A notice and its session, or `NotFound`: the same for what is closed and for what never was."""
    asked = _notices().with_only_columns(Notice, Sitting).where(Notice.slug == slug)
    found = session.execute(asked).first() if is_slug(slug) else None
    if found is None:
        raise NotFound
    notice, sitting = found
    return notice, sitting


def public_acknowledgements() -> Sequence[Acknowledgement]:
    """What offices have acknowledged, the newest first."""
    asked = select(Acknowledgement).where(Acknowledgement.published_on.is_not(None))
    return session.scalars(asked.order_by(Acknowledgement.spoken_on.desc(), Acknowledgement.id).limit(MOST)).all()


def public_acknowledgement(slug: str) -> Acknowledgement:
    """One of them, or `NotFound`."""
    asked = select(Acknowledgement).where(Acknowledgement.slug == slug, Acknowledgement.published_on.is_not(None))
    found = session.scalars(asked).first() if is_slug(slug) else None
    if found is None:
        raise NotFound
    return found


def public_lines(session_id: int | None) -> Sequence[Verbatim]:
    """Lines of a session that everybody may read today."""
    asked = select(Verbatim).where(
        Verbatim.session_id == session_id, Verbatim.scope == Scope.PUBLIC.value, Verbatim.expires_on >= today()
    )
    return session.scalars(asked.order_by(Verbatim.id)).all()


def _notices() -> Select[Notice]:
    joined = select(Notice).join(Sitting, Sitting.id == Notice.session_id).join(Circle, Circle.id == Sitting.circle_id)
    return joined.where(is_asked_for())

"""Planning a session, its ground rules and who accepts them, asking the public, counting heads, telling what came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from nacl.public import PrivateKey, PublicKey
from sqlalchemy import delete

from portal.accounts.models import Member
from portal.core.addresses import random_tail
from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import reseal
from portal.core.db import random_id, session
from portal.core.edition import publish_edition
from portal.core.errors import Refused
from portal.core.i18n import Bilingual
from portal.partners.models import Circle
from portal.partners.queries.circles import Seat
from portal.partners.reconciliation.models import Acceptance, GroundRules, Heads, LockedKey, Notice, Sitting
from portal.partners.reconciliation.queries.sittings import Part, locked
from portal.partners.reconciliation.rules import Component, Envelope, days_in_order
from portal.partners.sealing import Words


@dataclass(frozen=True)
class Plan:
    """Everything that is said of a session beforehand; `sealed` is what only the circle reads."""

    purpose: Bilingual
    community_on: date
    agencies_on: date
    held_on: date
    report_on: date
    sealed: Words


def plan_session(seat: Seat, component: Component, plan: Plan, rules: Bilingual, facilitator: Member) -> Sitting:
    """Plan a session. Who writes its ground rules has accepted them. Raises Refused."""
    require_open(seat.circle)
    sitting = Sitting(id=random_id(), circle_id=seat.circle.id, circle=seat.circle, component=component.value)
    sitting.facilitator_id = facilitator.id
    sitting.rules = [GroundRules(id=random_id(), edition=1, words=rules, made_on=today())]
    _take(sitting, plan)
    session.add(sitting)
    session.flush()
    session.add(Acceptance(rules_id=sitting.ground_rules.id, member_id=seat.member.id))
    session.flush()
    record("session.planned", "member", seat.member.id, seat.member.id)
    return sitting


def change_plan(part: Part, plan: Plan) -> None:
    """Change what was planned. Raises Refused."""
    require_open(part.seat.circle)
    _take(part.sitting, plan)
    session.flush()
    record("session.planned", "member", part.seat.member.id, part.seat.member.id)


def appoint(part: Part, facilitator: Member, private_key: PrivateKey) -> None:
    """Let somebody else stand between the sides.

    Who facilitated until now, and only they, hands on what the public suggested; notes stay theirs alone.
    """
    require_open(part.seat.circle)
    if facilitator.id == part.sitting.facilitator_id:
        return
    for row in locked(part.sitting, Envelope.SUGGESTION, part.seat.member):
        mine = next(key for key in row.keys if key.member_id == part.seat.member.id)
        sealed = reseal(mine.sealed_key, private_key, PublicKey(facilitator.public_key))
        row.keys.remove(mine)
        row.keys.append(LockedKey(member_id=facilitator.id, sealed_key=sealed))
    part.sitting.facilitator_id = facilitator.id
    session.flush()
    record("session.facilitator_named", "member", facilitator.id, part.seat.member.id)


def restate_rules(part: Part, words: Bilingual) -> None:
    """Write the ground rules anew: everybody accepts them before they see the agenda again."""
    require_open(part.seat.circle)
    rules = GroundRules(id=random_id(), edition=part.sitting.ground_rules.edition + 1, words=words, made_on=today())
    part.sitting.rules.insert(0, rules)
    session.flush()
    session.add(Acceptance(rules_id=rules.id, member_id=part.seat.member.id))
    session.flush()
    record("session.rules_changed", "member", part.seat.member.id, part.seat.member.id)


def accept_rules(part: Part, rules_id: int) -> None:
    """Accept the ground rules as they were shown. Raises Refused("rules_changed") when there are newer ones."""
    if part.sitting.ground_rules.id != rules_id:
        raise Refused("rules_changed")
    if not part.has_accepted:
        session.add(Acceptance(rules_id=rules_id, member_id=part.seat.member.id))
        session.flush()


def ask_public(part: Part, title: Bilingual, about: Bilingual, closes_on: date) -> None:
    """Open a session for suggestions: its notice is public from now on, in both languages. Raises Refused."""
    require_open(part.seat.circle)
    if not (title.is_whole and about.is_whole):
        raise Refused("notice_one_language")
    if not today() <= closes_on <= part.sitting.held_on:
        raise Refused("notice_days")
    notice = part.sitting.notice
    if notice is None:
        notice = part.sitting.notice = Notice(id=random_id(), slug=random_tail())
    notice.title, notice.about, notice.closes_on = title, about, closes_on
    session.flush()
    publish_edition()
    record("session.opened", "member", part.seat.member.id, part.seat.member.id)


def stop_asking(part: Part) -> None:
    """Take the public notice back at once; what was suggested stays with the facilitator."""
    was_shown = part.sitting.notice is not None and part.sitting.notice.closes_on >= today()
    part.sitting.notice = None
    session.flush()
    if was_shown:
        publish_edition()
    record("session.closed", "member", part.seat.member.id, part.seat.member.id)


def count_heads(part: Part, heads: Mapping[str, int]) -> None:
    """Say how many of each kind were there: exactly these. Raises Refused("session_ahead")."""
    require_over(part.sitting)
    session.execute(delete(Heads).where(Heads.session_id == part.sitting.id))
    session.add_all(
        Heads(session_id=part.sitting.id, present=one, heads=number) for one, number in heads.items() if number
    )
    session.flush()


def report_back(part: Part) -> None:
    """Say that it was told what came of it. Raises Refused("session_ahead")."""
    require_over(part.sitting)
    part.sitting.reported_on = part.sitting.reported_on or today()
    session.flush()
    record("session.reported", "member", part.seat.member.id, part.seat.member.id)


def require_open(circle: Circle) -> None:
    """Raises Refused("circle_closed") when nothing may be written any more."""
    if circle.closed_on is not None:
        raise Refused("circle_closed")


def require_over(sitting: Sitting) -> None:
    """Raises Refused("session_ahead") before its day, or when its circle is closed."""
    require_open(sitting.circle)
    if not sitting.is_over:
        raise Refused("session_ahead")


def _take(sitting: Sitting, plan: Plan) -> None:
    if not days_in_order(plan.community_on, plan.agencies_on, plan.held_on, plan.report_on):
        raise Refused("session_days")
    sitting.purpose = plan.purpose
    sitting.community_on, sitting.agencies_on = plan.community_on, plan.agencies_on
    sitting.held_on, sitting.report_on = plan.held_on, plan.report_on
    sitting.close(sitting.circle.desk_id, plan.sealed)

"""Referrals: sealing a desk's text for its receivers, acknowledgement, answer and withdrawal.

Receivers (team, police liaison, outreach and services, property and cleanup) read only the referral row, never the
report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nacl.public import PublicKey
from sqlalchemy import Select, and_, or_, select

from portal.accounts import users
from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import seal
from portal.core.db import added, db, random_id, session
from portal.core.i18n import speaking
from portal.core.purge import days_ago
from portal.core.statuses import Refused
from portal.reports import reports, triage
from portal.reports.reports import IS_LIVE, Keys, PassedOn, Thread, live_referrals
from portal.reports.texts import MARK, PARTS
from portal.reports.triage import Category, Referral, ReferralFinding, WhyUnread
from portal.reports.words import ReportWords, masked


def unread(market_id: int | None) -> dict[Referral, WhyUnread]:
    """Return the targets whose members could not read a referral at this place now, and why."""
    able = users.holders_by_kind(triage.READERS)
    there = reports.working_at(market_id)
    missed = dict[Referral, WhyUnread]()
    for to in triage.READERS:
        if not (able[to] & there if to in triage.BOUND_TO_A_PLACE else able[to]):
            there_is_none = WhyUnread.NO_PLACE if market_id is None else WhyUnread.NOT_THERE
            missed[to] = there_is_none if able[to] else WhyUnread.NO_KEY
    if keyless := [to for to, why in missed.items() if why is WhyUnread.NO_KEY]:
        kinds = select(users.Desk.kind).join(users.DeskMember, users.DeskMember.desk_id == users.Desk.id).distinct()
        seated = set(session.scalars(kinds.where(users.Desk.kind.in_(keyless))))
        missed |= {to: WhyUnread.NO_MEMBER for to in keyless if to not in seated}
    return missed


def late_threads() -> Select[int]:
    """Select the ids of reports with a live referral that was not acknowledged, or not answered, in time."""
    unheard = and_(PassedOn.acknowledged_on.is_(None), PassedOn.passed_on < days_ago(triage.ACKNOWLEDGE_WITHIN))
    late = or_(unheard, PassedOn.answer_by < today())
    return select(PassedOn.thread_id).where(IS_LIVE, PassedOn.answered_on.is_(None), late)


def share(thread: Thread, to: Referral, readable: str) -> PassedOn | None:
    """Seal `readable` for the members at `to`, replacing any earlier referral to them.

    Returns None for the oversight contact, who reads the report itself. Raises Refused("sort_first", "not_to_police",
    "not_to_property", "place_first", "services_first" or "nothing_to_read"), and Refused("nobody_reads") if no member
    there could read it: a report must not be lost unnoticed.
    """
    if to not in triage.READERS:
        return None
    receiver = users.active_key(to)
    if receiver and (why := triage.obstacle(thread.category, to, thread.market_id is not None)):
        raise Refused(why)
    if receiver is None or to in unread(thread.market_id):
        raise Refused("nobody_reads")
    if not readable:
        raise Refused("nothing_to_read")
    end(*(row for row in live_referrals(thread.id) if row.passed_to is to))
    ours, row_id = reports.key_of_desk(thread.desk_id), random_id()
    able = [PublicKey(ours.public_key), PublicKey(receiver.public_key)]
    sealed = seal(("passed on", row_id), ReportWords(readable).to_bytes(), able)
    row = PassedOn(id=row_id, thread_id=thread.id, passed_to=to, desk_id=receiver.desk_id, market_id=thread.market_id)
    row.category, row.passed_on = triage.told_about(thread.category, to), today()
    row.answer_by = triage.answer_by(thread.clock_from, today())
    row.box, row.desk_key_id, row.receiver_key_id = sealed.box, ours.id, receiver.id
    row.key_for_desk, row.key_for_receiver = sealed.keys
    row.vouch()
    return added(row)


def acknowledge(row: PassedOn, member_id: int) -> None:
    """Record that a member has taken a referral on; only the first acknowledgement counts."""
    if row.acknowledged_on is not None:
        return
    row.acknowledged_on, row.acknowledged_by_id = today(), member_id
    record("referral.acknowledged", "referral", row.id, member_id)


def answer_desk(row: PassedOn, finding: ReferralFinding, member_id: int) -> None:
    """Seal the receivers' finding for the desk, replacing an earlier answer. Raises Refused("no_desk")."""
    if not row.is_vouched:
        raise Refused("not_vouched")
    thread = session.get_one(Thread, row.thread_id)
    ours, theirs = reports.key_of_desk(thread.desk_id), reports.key_of_desk(row.desk_id)
    able = [PublicKey(ours.public_key), PublicKey(theirs.public_key)]
    sealed = seal(("finding", row.id), finding.to_bytes(), able)
    acknowledge(row, member_id)
    row.answered_on, row.answer_box = today(), sealed.box
    row.answer_desk_key_id, row.answer_receiver_key_id = ours.id, theirs.id
    row.answer_key_for_desk, row.answer_key_for_receiver = sealed.keys
    row.vouch()
    # The desk has to act again.
    thread.waiting_since = thread.waiting_since or today()
    record("referral.answered", "referral", row.id, member_id)


def end(*rows: PassedOn, closed: bool = False) -> None:
    """End referrals, withdrawn or with their `closed` report: from then on only the desk can read them."""
    for row in rows:
        if closed:
            row.closed_on = today()
        else:
            row.withdrawn_on = today()
        row.key_for_receiver = row.answer_key_for_receiver = None
        # The overwritten keys must not remain in the database's journal for long either.
        db.after_commit(db.forget_journal)


def withdraw_what_fits_no_more(thread: Thread) -> bool:
    """Withdraw what its receivers may not read as the report is sorted now; return whether there was something."""
    has_wrong, has_place = False, thread.market_id is not None
    for row in live_referrals(thread.id):
        is_elsewhere = row.passed_to in triage.BOUND_TO_A_PLACE and row.market_id != thread.market_id
        is_not_theirs = triage.obstacle(thread.category, row.passed_to, has_place) is not None
        if is_elsewhere or is_not_theirs or thread.category is Category.CONDUCT:
            end(row)
            has_wrong = True
        else:
            row.category, row.market_id = triage.told_about(thread.category, row.passed_to), thread.market_id
    return has_wrong


def hand_on(thread: Thread, keys: Keys, to: users.ActiveKey) -> None:
    """Withdraw a thread's referrals and reseal them for another desk. Raises Refused("cannot_open")."""
    end(*live_referrals(thread.id))
    for row in reports.referrals_of(thread.id):
        row.hand_on(keys, to)
        if row.answer_key_for_desk is not None and row.answer_desk_key_id is not None:
            row.answer_key_for_desk = reports.resealed(row.answer_key_for_desk, row.answer_desk_key_id, keys, to)
            row.answer_desk_key_id = to.id


def masked_words(
    messages: Iterable[reports.OpenedMessage], language: str, longest: int, translations: Mapping[int, str]
) -> str:
    """Return the resident's messages with personal details masked, as a draft for the desk.

    Labels are in `language`; only whole messages are used, up to `longest` characters. A translation, given by the id
    of its message, stands in its place: whoever gets the report reads one language.
    """
    kept: list[str] = []
    with speaking(language):
        for message in messages:
            if message.row.author != "resident" or message.words is None:
                continue
            translated = translations.get(message.row.id)
            parts = message.words.parts if translated is None else [("what", translated)]
            labelled = ((PARTS[name], masked(text, str(MARK))) for name, text in parts)
            kept.append("\n\n".join(f"{label}: {text}" if label else text for label, text in labelled))
            if sum(len(text) + 2 for text in kept) > longest:
                return "\n\n".join(kept[:-1])
    return "\n\n".join(kept)

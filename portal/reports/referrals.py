"""Referrals: sealing a desk's text for its receivers, acknowledgement, answer and withdrawal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from nacl.public import PublicKey
from sqlalchemy import Select, and_, or_, select

from portal.accounts.users import ActiveKey, Desk, DeskMember, active_key, active_key_of, holders_by_kind
from portal.core.audit import record
from portal.core.clock import today
from portal.core.crypto import CannotOpen, reseal, seal
from portal.core.db import db, random_id, session
from portal.core.i18n import speaking
from portal.core.purge import days_ago
from portal.core.statuses import Refused
from portal.markets.places import is_shown, workers_at
from portal.reports.reports import (
    IS_LIVE,
    Keys,
    OpenedMessage,
    PassedOn,
    Thread,
    live_referrals,
    readers,
    referrals_of,
)
from portal.reports.texts import MARK, PARTS
from portal.reports.triage import (
    ACKNOWLEDGE_WITHIN,
    BOUND_TO_A_PLACE,
    READERS,
    Category,
    Referral,
    ReferralFinding,
    WhyUnread,
    answer_by,
    obstacle,
    told_about,
)
from portal.reports.urgency import ReportWords, masked

NO_TRANSLATIONS: Mapping[int, str] = MappingProxyType({})


def unread(market_id: int | None) -> dict[Referral, WhyUnread]:
    """Return the targets whose members could not read a referral at this place now, and why; see `readers`."""
    able = holders_by_kind(READERS.values())
    there = workers_at(market_id) if market_id is not None and is_shown(market_id) else frozenset()
    found = dict[Referral, WhyUnread]()
    for to, kind in READERS.items():
        if not (able[kind] & there if to in BOUND_TO_A_PLACE else able[kind]):
            there_is_none = WhyUnread.NO_PLACE if market_id is None else WhyUnread.NOT_THERE
            found[to] = there_is_none if able[kind] else WhyUnread.NO_KEY
    seated = select(Desk.kind).join(DeskMember, DeskMember.desk_id == Desk.id).distinct()
    keyless = [to for to, why in found.items() if why is WhyUnread.NO_KEY]
    with_members = set(session.scalars(seated.where(Desk.kind.in_(READERS[to] for to in keyless)))) if keyless else ()
    return found | {to: WhyUnread.NO_MEMBER for to in keyless if READERS[to] not in with_members}


def late_threads() -> Select[int]:
    """Select the ids of reports with a live referral that was not acknowledged, or not answered, in time."""
    unheard = and_(PassedOn.acknowledged_on.is_(None), PassedOn.passed_on < days_ago(ACKNOWLEDGE_WITHIN))
    late = or_(unheard, PassedOn.answer_by < today())
    return select(PassedOn.thread_id).where(IS_LIVE, PassedOn.answered_on.is_(None), late)


def share(thread: Thread, to: Referral, readable: str) -> PassedOn | None:
    """Seal `readable` for the members at `to`, replacing any earlier referral to them.

    Returns None for the oversight contact, who reads the report itself. Raises Refused("sort_first", "not_to_police",
    "not_to_property", "place_first", "services_first" or "nothing_to_read"), and Refused("nobody_reads") if no member
    there could read it: a report must not be lost unnoticed.
    """
    if to not in READERS:
        return None
    receiver, category = active_key(READERS[to]), Category(thread.category)
    if receiver and (why := obstacle(category, to, thread.market_id is not None)):
        raise Refused(why)
    if receiver is None or not readers(to, thread.market_id):
        raise Refused("nobody_reads")
    if not readable:
        raise Refused("nothing_to_read")
    for earlier in (row for row in live_referrals(thread.id) if row.passed_to == to):
        _end(earlier, withdrawn=True)
    ours, row_id = _key_of(thread.desk_id), random_id()
    able = [PublicKey(ours.public_key), PublicKey(receiver.public_key)]
    sealed = seal(("passed on", row_id), ReportWords(readable).to_bytes(), able)
    row = PassedOn(
        id=row_id,
        thread_id=thread.id,
        passed_to=to.value,
        desk_id=receiver.desk_id,
        market_id=thread.market_id,
        category=told_about(category, to).value,
        passed_on=today(),
        answer_by=answer_by(thread.clock_from, today()),
        box=sealed.box,
        desk_key_id=ours.id,
        key_for_desk=sealed.keys[0],
        receiver_key_id=receiver.id,
        key_for_receiver=sealed.keys[1],
    )
    row.vouch()
    session.add(row)
    session.flush()
    return row


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
    ours, theirs = _key_of(thread.desk_id), _key_of(row.desk_id)
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


def withdraw_all(thread: Thread) -> bool:
    """Withdraw every live referral of a thread; return whether there was one."""
    live = live_referrals(thread.id)
    for row in live:
        _end(row, withdrawn=True)
    return bool(live)


def withdraw_one(row: PassedOn) -> None:
    """Withdraw a referral, so that its receivers can no longer read it. Raises Refused("already_there")."""
    if row.is_over:
        raise Refused("already_there")
    _end(row, withdrawn=True)


def withdraw_what_fits_no_more(thread: Thread) -> bool:
    """Withdraw the referrals whose receivers may not read the report as it is sorted now.

    Returns whether there was one.
    """
    live = live_referrals(thread.id)
    wrong = [row for row in live if not _fits(row, thread)]
    for row in wrong:
        _end(row, withdrawn=True)
    for row in live:
        if row not in wrong:
            row.category = told_about(Category(thread.category), Referral(row.passed_to)).value
            row.market_id = thread.market_id
    return bool(wrong)


def close_all(thread: Thread) -> None:
    """End all live referrals of a closed report; from then on only the desk can read them."""
    for row in live_referrals(thread.id):
        _end(row, withdrawn=False)


def hand_on(thread: Thread, keys: Keys, to: ActiveKey) -> None:
    """Withdraw a thread's referrals and reseal them for another desk. Raises Refused("cannot_open")."""
    withdraw_all(thread)
    for row in referrals_of(thread.id):
        row.key_for_desk = _resealed(row.key_for_desk, row.desk_key_id, keys, to)
        row.desk_key_id = to.id
        if row.answer_key_for_desk is not None and row.answer_desk_key_id is not None:
            row.answer_key_for_desk = _resealed(row.answer_key_for_desk, row.answer_desk_key_id, keys, to)
            row.answer_desk_key_id = to.id


def _resealed(sealed: bytes, key_id: int, keys: Keys, to: ActiveKey) -> bytes:
    private = keys.get(key_id)
    if private is None:
        raise Refused("cannot_open")
    try:
        return reseal(sealed, private, PublicKey(to.public_key))
    except CannotOpen as error:
        raise Refused("cannot_open") from error


def _fits(row: PassedOn, thread: Thread) -> bool:
    to, category = Referral(row.passed_to), Category(thread.category)
    same_place = to not in BOUND_TO_A_PLACE or row.market_id == thread.market_id
    return (
        same_place and category is not Category.CONDUCT and obstacle(category, to, thread.market_id is not None) is None
    )


def _end(row: PassedOn, *, withdrawn: bool) -> None:
    if withdrawn:
        row.withdrawn_on = today()
    else:
        row.closed_on = today()
    row.key_for_receiver = row.answer_key_for_receiver = None
    # The overwritten keys must not remain in the database's journal for long either.
    db.after_commit(db.forget_journal)


def _key_of(desk_id: int) -> ActiveKey:
    found = active_key_of(desk_id)
    if found is None:
        raise Refused("no_desk")
    return found


def masked_words(
    messages: Iterable[OpenedMessage], language: str, longest: int, translations: Mapping[int, str] = NO_TRANSLATIONS
) -> str:
    """Return the resident's messages with personal details masked, as a draft for the desk.

    Labels are in `language`; only whole messages are used, up to `longest` characters. A translation, given by the id
    of its message, stands in its place: whoever gets the report reads one language.
    """
    kept: list[str] = []
    with speaking(language):
        for said in messages:
            if said.author != "resident" or said.words is None:
                continue
            translated = translations.get(said.id)
            text = _masked(said.words) if translated is None else masked(translated, str(MARK))
            if sum(len(one) + 2 for one in (*kept, text)) > longest:
                break
            kept.append(text)
    return "\n\n".join(kept)


def masked_finding(finding: ReferralFinding | None, language: str) -> str:
    """Return what receivers found, with personal details masked, as a draft for the answer to the resident."""
    with speaking(language):
        return masked(finding.what, str(MARK)) if finding else ""


def _masked(words: ReportWords) -> str:
    parts = [(PARTS[name], masked(text, str(MARK))) for name, text in words.parts]
    return "\n\n".join(f"{label}: {text}" if label else text for label, text in parts)

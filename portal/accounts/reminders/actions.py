"""Choosing how to be reminded, proving that a number is one's own, and telling people of days: each reminder once."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b

from flask import current_app
from flask_babel import LazyString
from sqlalchemy import delete, select, update

from portal.accounts.models import Member
from portal.accounts.reminders.models import Reach, ReachWording, Reminded
from portal.accounts.reminders.queries import due_of, number_of, present, reach_of, under_way, way_of
from portal.accounts.reminders.rules import CALL_LASTS, CODE_LASTS, Due, Way, code_from, figures_in, last_day
from portal.accounts.reminders.texts import CONSENT, code_text, reminder_mail, reminder_text
from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.crypto import keyed_hash, site_key
from portal.core.db import db, random_id, session
from portal.core.errors import Refused
from portal.core.hours import is_waking, next_waking, waking_hours
from portal.core.i18n import LANGUAGES, speaking
from portal.core.jobs import outbox
from portal.core.jobs.outbox import Kind, Posted
from portal.core.limits import may_try
from portal.core.mail import letter

HOUR, DAY = 3_600, 86_400
MOST_CODES, MOST_TRIES = 3, 5
Words = Callable[[Sequence[Due]], str]
Mail = Callable[[str], tuple[str, str]]


# --- choosing a way ---


def choose(member: Member, way: Way) -> None:
    """Be reminded by mail or not at all; a number that was there is erased."""
    _set_way(member.id, way)
    record("reminders.chosen", "member", member.id, member.id)


def ask_number(member: Member, number: str) -> None:
    """Note a number, and text it a code that shows whose it is. Until it is typed reminders go by mail.

    Raises Refused("reminders_wait") after too many codes: nobody shall be pestered from here.
    """
    hashed = _hash_of(number)
    if not may_try("reminder code", str(member.id), MOST_CODES, HOUR) or not may_try(
        "reminder code to", hashed, MOST_CODES, DAY
    ):
        raise Refused("reminders_wait")
    reach = _set_way(member.id, Way.MAIL)
    with speaking(member.language):
        version = keep_wording(str(CONSENT), member.language)
        reach.contact, reach.contact_hash = outbox.cipher().encrypt(number), hashed
        reach.agreed_on, reach.wording, reach.asked_at = today(), version, now()
        session.flush()
        outbox.put(Kind.TEXT, number, code_text(_code(reach)), direct=True, send_before=now() + CODE_LASTS)
    record("reminders.chosen", "member", member.id, member.id)


def prove_number(member: Member, typed: str) -> bool:
    """Whether this is the code that went to the number; from then on reminders go there.

    Raises Refused("reminders_wait") after too many tries.
    """
    if not may_try("reminder proof", str(member.id), MOST_TRIES, HOUR):
        raise Refused("reminders_wait")
    reach = reach_of(member.id)
    if reach is None or reach.contact is None or reach.asked_at is None or now() > reach.asked_at + CODE_LASTS:
        return False
    if not hmac.compare_digest(figures_in(typed), _code(reach)):
        return False
    reach.way, reach.proved_on = Way.TEXT.value, today()
    session.flush()
    return True


def forget_number(number: str) -> None:
    """The phone wants no more texts: it is erased here, and its owner is reminded by mail."""
    for member_id in session.scalars(select(Reach.member_id).where(Reach.contact_hash == _hash_of(number))).all():
        _set_way(member_id, Way.MAIL)


def _set_way(member_id: int, way: Way) -> Reach:
    for row in under_way(Reminded.member_id == member_id):
        _take_back(row)
    reach = reach_of(member_id)
    if reach is None:
        reach = Reach(member_id=member_id)
        session.add(reach)
    elif reach.contact is not None:
        db.after_commit(db.forget_journal)
    reach.way = way.value
    reach.contact = reach.contact_hash = reach.agreed_on = reach.wording = reach.proved_on = reach.asked_at = None
    session.flush()
    return reach


def keep_wording(words: str, language: str) -> str:
    """Keep these words if they are not kept yet; returns their version."""
    version = _version(words)
    db.insert_new(ReachWording, version=version, language=language, words=words)
    return version


def _version(words: str) -> str:
    return blake2b(words.encode(), digest_size=8).hexdigest()


def _code(reach: Reach) -> str:
    """Follows from whose number it is and when it was asked for: stored nowhere, and void with the next one."""
    said = f"{reach.member_id} {reach.contact_hash} {reach.asked_at.timestamp() if reach.asked_at else 0:.0f}"
    return code_from(hmac.digest(_key("reminder code"), said.encode(), "sha256"))


def _hash_of(number: str) -> str:
    return keyed_hash(_key("reminder number"), number)


def _key(purpose: str) -> bytes:
    secret: str = current_app.extensions["settings"].secret
    return site_key(secret, purpose)


# --- reminding ---


def take_back(prefix: str, but_for: Iterable[Due] = ()) -> None:
    """Keep back what has not gone out of a feature's reminders and is not wanted any more."""
    wanted = set(but_for)
    for row in under_way(Reminded.about.startswith(prefix, autoescape=True)):
        if due_of(row) not in wanted:
            _take_back(row)


def remind(
    member_id: int, dues: Sequence[Due], words: Words, *, mail_at: datetime | None = None, mail: Mail = reminder_mail
) -> bool:
    """Tell a member of these days, in one message, but for those of which they were told; whether anything was said.

    `mail_at`: not before then and by mail, for what would be more texts than somebody agreed to.
    """
    member, reach = present([member_id]).get(member_id), reach_of(member_id)
    way = way_of(reach)
    if member is None or way is Way.NONE:
        return False
    new = [due for due in sorted(dues) if _is_new(due)]
    if not new:
        return False
    with speaking(member.language):
        by_text = reach if way is Way.TEXT and mail_at is None else None
        parcel = _post(member, by_text, new, words(new), next_waking(mail_at or now(), zone()), mail)
    told = [Reminded.member_id == member_id, Reminded.parcel_id.is_(None)]
    for due in new:
        same = Reminded.about == due.about, Reminded.due_on == due.due_on, Reminded.nearness == due.nearness.value
        session.execute(update(Reminded).where(*told, *same).values(parcel_id=parcel.id))
    return True


def _is_new(due: Due) -> bool:
    values = {"about": due.about, "due_on": due.due_on, "nearness": due.nearness.value, "member_id": due.member_id}
    return db.insert_new(Reminded, id=random_id(), parcel_id=None, **values)


def _post(member: Member, reach: Reach | None, dues: Sequence[Due], words: str, due_at: datetime, mail: Mail) -> Posted:
    """Never at night, and not once it would be too late to say so."""
    if reach is not None:
        kind, address, body = Kind.TEXT, number_of(reach), reminder_text(words)
    else:
        kind, address, body = Kind.MAIL, member.email, letter(*mail(words))
    until = waking_hours(last_day(dues, today()), zone())[1]
    return outbox.put(kind, address, body, by_day=True, due_at=due_at, send_before=until)


def call(member_id: int, words: LazyString, mail: Mail) -> bool:
    """Write to a member at once, because something cannot wait; False for who wants to hear nothing.

    By text only by day, and only to who agreed to the words of consent as they are now; else by mail.
    """
    member, reach = present([member_id]).get(member_id), reach_of(member_id)
    way = way_of(reach)
    if member is None or way is Way.NONE:
        return False
    with speaking(member.language):
        if reach is not None and way is Way.TEXT and is_waking(now(), zone()) and _agreed_to_calls(reach):
            text = reminder_text(str(words))
            outbox.put(Kind.TEXT, number_of(reach), text, direct=True, by_day=True, send_before=now() + CALL_LASTS)
        else:
            body = letter(*mail(str(words)))
            outbox.put(Kind.MAIL, member.email, body, direct=True, send_before=now() + CALL_LASTS)
    return True


def _agreed_to_calls(reach: Reach) -> bool:
    """The words of consent have spoken of this only since they are as they are."""
    said = []
    for lang in LANGUAGES:
        with speaking(lang):
            said.append(_version(str(CONSENT)))
    return reach.wording in said


def _take_back(row: Reminded) -> None:
    """Whatever else the same parcel says is said anew."""
    if row.parcel_id is not None and outbox.recall(row.parcel_id):
        session.execute(delete(Reminded).where(Reminded.parcel_id == row.parcel_id))

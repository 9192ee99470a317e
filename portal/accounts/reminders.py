"""Reminders of due dates and urgent notices to members: ways, proof of a phone number, texts, sending, retention.

Texts in Spanish are worded without á, í, ó and ú, which would more than double the cost of a message.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from babel.dates import format_skeleton
from flask_babel import LazyString, get_locale, gettext as _, lazy_gettext as _l, ngettext
from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.sign_in_rules import DAY, HOUR, typed_digits
from portal.accounts.users import Member
from portal.core.audit import record
from portal.core.clock import now, today, waking, zone
from portal.core.crypto import keyed_hash, site_key
from portal.core.db import Base, Encrypted, db, random_id, session
from portal.core.hours import is_waking, next_waking, waking_hours
from portal.core.i18n import LANGUAGES, in_language, language, speaking
from portal.core.jobs import outbox
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import Letter, MessageKind, OutboundMessage, Wording
from portal.core.jobs.retries import UNSETTLED
from portal.core.limits import may_try
from portal.core.portal import current_portal
from portal.core.purge import RetentionRule, days_ago
from portal.core.slugs import public_address
from portal.core.statuses import Refused

CODE_FIGURES = 6
CODE_LASTS = timedelta(hours=1)
CALL_LASTS = timedelta(hours=12)
"""A notice that something cannot wait is not sent later than this, when it would only confuse."""
WEEK, EVE, STILL_LATE = timedelta(days=7), timedelta(days=1), timedelta(days=14)


class ReminderWay(StrEnum):
    MAIL = "mail"
    TEXT = "text"
    NONE = "none"


class Nearness(StrEnum):
    WEEK = "week"
    EVE = "eve"
    LATE = "late"


class Due(NamedTuple):
    """A due reminder: the day, the subject (a key, no words), which reminder it is, and the member."""

    due_on: date
    about: str
    nearness: Nearness
    member_id: int


def nearness(due_on: date, named_on: date, today: date) -> Nearness | None:
    """Return which reminder of a day is due now, if any; who set it (`named_on`) that week needs none a week ahead."""
    if due_on < today:
        return Nearness.LATE if today <= due_on + STILL_LATE else None
    if due_on - EVE <= today:
        return Nearness.EVE if named_on < today else None
    if due_on - WEEK <= today:
        return Nearness.WEEK if named_on < due_on - WEEK else None
    return None


def last_day(dues: Iterable[Due], today: date) -> date:
    """Return the last day on which sending makes sense: tomorrow, but not after a day that is still to come."""
    return min([today + EVE, *(due.due_on for due in dues if due.due_on >= today)])


def code_from(digest: bytes) -> str:
    """Return a numeric code to type, from the bytes of a keyed hash."""
    return f"{int.from_bytes(digest[:8], 'big') % 10**CODE_FIGURES:0{CODE_FIGURES}d}"


A_MEMBER = "accounts_member.id"


class ReminderChannel(Base):
    """How a member is reminded; without a row by mail. The number is stored only for that and with their consent."""

    __tablename__ = "accounts_reach"
    __table_args__ = (
        sa.CheckConstraint("(contact IS NULL) = (contact_hash IS NULL)", name="contact"),
        sa.CheckConstraint("(contact IS NULL) = (agreed_on IS NULL)", name="agreed"),
        sa.CheckConstraint("(agreed_on IS NULL) = (wording IS NULL)", name="wording"),
        sa.CheckConstraint("way <> 'text' OR proved_on IS NOT NULL", name="proved"),
        sa.CheckConstraint("proved_on IS NULL OR contact IS NOT NULL", name="whose"),
    )

    member_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)
    way: Mapped[ReminderWay]
    # Deferred: who texts STOP is rid of it, though the server's key is another one.
    contact: Mapped[str | None] = mapped_column(Encrypted(), deferred=True)
    contact_hash: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    """Made with a key of this purpose, so it cannot be joined with a report or an answer to a meeting."""
    agreed_on: Mapped[date | None]
    """With `wording` and `proved_on` the record of consent: when, to which words, and when the number was proved."""
    wording: Mapped[str | None] = mapped_column(sa.ForeignKey("accounts_wording.version"))
    proved_on: Mapped[date | None]
    asked_at: Mapped[datetime | None]
    """When the code that proves the number was sent; a later code invalidates this one."""


class ReachWording(Wording):
    """The words of members' consent to reminders by text."""

    __tablename__ = "accounts_wording"


class Reminded(Base):
    """A reminder that was sent, perhaps with others in one OutboundMessage; no second worker can send it again."""

    __tablename__ = "accounts_reminded"
    __table_args__ = (sa.UniqueConstraint("member_id", "mark"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey(A_MEMBER, ondelete="CASCADE"))
    about: Mapped[str] = mapped_column(Encrypted())
    """A key of the feature ("promise 7"): no words, no name. Encrypted with its day, since it may be a call-in."""
    due_on: Mapped[date] = mapped_column(Encrypted(date.fromisoformat))
    nearness: Mapped[Nearness] = mapped_column(Encrypted(Nearness))
    mark: Mapped[str] = mapped_column(sa.String(64))
    """A keyed hash of these."""
    told_on: Mapped[date] = mapped_column(index=True)
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("core_outbox.id", ondelete="SET NULL"), index=True)


def reach_of(member_id: int) -> ReminderChannel | None:
    """Return a member's reminder settings, or None: then the way is mail."""
    return session.get(ReminderChannel, member_id)


def sends_texts() -> bool:
    return bool(current_portal.settings.sms_number)


def way_of(reach: ReminderChannel | None) -> ReminderWay:
    """Return how a member is reminded now: by mail without settings, or where texts are no longer sent."""
    if reach is None or (reach.way == ReminderWay.TEXT and not sends_texts()):
        return ReminderWay.MAIL
    return reach.way


def is_reachable(member_id: int) -> bool:
    return bool(present([member_id])) and way_of(reach_of(member_id)) is not ReminderWay.NONE


def present(member_ids: Iterable[int]) -> dict[int, Member]:
    here = select(Member).where(Member.id.in_(set(member_ids)), Member.left_at.is_(None))
    return {member.id: member for member in session.scalars(here)}


def under_way(*conditions: sa.ColumnElement[bool]) -> Sequence[Reminded]:
    """Return reminders that have not been sent yet."""
    unsent = select(Reminded).join(OutboundMessage, OutboundMessage.id == Reminded.message_id)
    return session.scalars(unsent.where(OutboundMessage.state.in_(UNSETTLED), *conditions)).all()


WAY_NAMES = {
    ReminderWay.MAIL: _l("By mail, to the address of your account"),
    ReminderWay.TEXT: _l("By text message"),
    ReminderWay.NONE: _l("Not at all"),
}
CONSENT = _l(
    "Only for reminders of days of your own work here, and when something at your desk cannot wait: a few texts a "
    "month, in words that tell a stranger nothing. "
    "Your phone company may charge for them. Text STOP and they end. We keep the number encrypted, show it to nobody, "
    "and erase it when you choose another way or leave."
)
"""The consent shown beside the field and stored with the number, so it must state everything the number is used for."""
ABROAD = _l("We cannot send texts to numbers there. Please choose e-mail.")
WRONG_NUMBER = _l("Please write a phone number with its area code, such as 336 555 0123.")
WRONG_CODE = _l("This is not the code, or it is too old. Check it, or give the number again for another one.")
REFUSALS = {"reminders_wait": _l("There were too many tries. Please wait an hour.")}
AUDITED = {"reminders.chosen": _l("chose how to be reminded")}


def code_text(code: str) -> str:
    site = current_portal.settings.site_name
    return str(_("%(site)s: Your code is %(code)s. If you did not ask for it, text STOP.", site=site, code=code))


def due_words(dues: Sequence[Due]) -> str:
    """Return the words that something is due soon or was due; of several days only the first is named."""
    if len(dues) > 1:
        return several_words(dues)
    day = few_letters(dues[0].due_on)
    if dues[0].nearness is Nearness.LATE:
        return str(_("Something of yours was due on %(day)s. Please say how it stands.", day=day))
    return str(_("Something of yours is due on %(day)s.", day=day))


def several_words(dues: Sequence[Due]) -> str:
    words = ngettext(
        "%(num)d thing of yours is near or late, on %(day)s.",
        "%(num)d things of yours are near or late, the first on %(day)s.",
        len(dues),
        day=few_letters(dues[0].due_on),
    )
    return str(words)


def reminder_text(words: str, endpoint: str = "sign_in.enter") -> str:
    """Return a text message that leads to a page, without the letters that make one expensive in Spanish."""
    site, link = current_portal.settings.site_name, public_address(endpoint, lang=language())
    return str(_("%(site)s: %(words)s More: %(link)s No texts: STOP", site=site, words=words, link=link))


def reminder_mail(words: str, *, is_notice: bool = False) -> Letter:
    """Return a reminder of a day, or a notice. The subject is the same for every notice."""
    subject = _("From the portal") if is_notice else _("A day to remember")
    more = _("Sign in to read more: %(link)s", link=public_address("sign_in.enter", lang=language()))
    other = _("Mail, text or nothing: choose it under My account, Reminders.")
    return Letter(subject, f"{_('Hello.')} {words}\n\n{more}\n\n{other}\n")


def few_letters(day: date) -> str:
    """Return a short date without letters that make a text message more expensive: "Jun 4"."""
    return str(format_skeleton("MMMd", day, locale=get_locale())).replace("\u202f", " ").replace("\xa0", " ")


MOST_CODES, MOST_TRIES = 3, 5
Words = Callable[[Sequence[Due]], str]


# --- settings ---


def choose(member: Member, way: ReminderWay) -> None:
    """Set reminders to mail or none; a stored number is erased."""
    _set_way(member.id, way)
    record("reminders.chosen", "member", member.id, member.id)


def ask_number(member: Member, number: str) -> None:
    """Store a number and text it a code; until it is typed, reminders go by mail. Raises Refused("reminders_wait")."""
    hashed = _hash_of(number)
    # The portal cannot be used to pester a phone.
    if not may_try("reminder code", str(member.id), MOST_CODES, HOUR) or not may_try(
        "reminder code to", hashed, MOST_CODES, DAY
    ):
        raise Refused("reminders_wait")
    reach = _set_way(member.id, ReminderWay.MAIL)
    with speaking(member.language):
        version = ReachWording.keep(str(CONSENT), member.language)
        reach.contact, reach.contact_hash = number, hashed
        reach.agreed_on, reach.wording, reach.asked_at = today(), version, now()
        session.flush()
        outbox.put(MessageKind.TEXT, number, code_text(_code(reach)), direct=True, send_before=now() + CODE_LASTS)
    record("reminders.chosen", "member", member.id, member.id)


def prove_number(member: Member, typed: str) -> bool:
    """Return whether this is the code sent to the number, and use that if so. Raises Refused("reminders_wait")."""
    if not may_try("reminder proof", str(member.id), MOST_TRIES, HOUR):
        raise Refused("reminders_wait")
    reach = reach_of(member.id)
    if reach is None or reach.asked_at is None or now() > reach.asked_at + CODE_LASTS:
        return False
    if not hmac.compare_digest(typed_digits(typed), _code(reach)):
        return False
    reach.way, reach.proved_on = ReminderWay.TEXT, today()
    session.flush()
    return True


def forget_number(number: str) -> None:
    """Erase a number whose owner wants no more texts; the member is reminded by mail."""
    owners = select(ReminderChannel.member_id).where(ReminderChannel.contact_hash == _hash_of(number))
    for member_id in session.scalars(owners).all():
        _set_way(member_id, ReminderWay.MAIL)


def _set_way(member_id: int, way: ReminderWay) -> ReminderChannel:
    for row in under_way(Reminded.member_id == member_id):
        _take_back(row)
    reach = reach_of(member_id)
    if reach is None:
        reach = ReminderChannel(member_id=member_id)
        session.add(reach)
    elif reach.contact_hash is not None:
        db.after_commit(db.forget_journal)
    reach.way = way
    reach.contact = reach.contact_hash = reach.agreed_on = reach.wording = reach.proved_on = reach.asked_at = None
    session.flush()
    return reach


def _code(reach: ReminderChannel) -> str:
    """Return the code, derived from owner, number and request time: never stored, invalid after the next request."""
    request = f"{reach.member_id} {reach.contact_hash} {reach.asked_at.timestamp() if reach.asked_at else 0:.0f}"
    return code_from(hmac.digest(_key("reminder code"), request.encode(), "sha256"))


def _hash_of(number: str) -> str:
    return keyed_hash(_key("reminder number"), number)


def _key(purpose: str) -> bytes:
    return site_key(current_portal.settings.secret, purpose)


# --- sending ---


def take_back(prefix: str, but_for: Iterable[Due] = ()) -> None:
    """Recall the unsent reminders of a feature, except those in `but_for`."""
    wanted = set(but_for)
    for row in under_way():
        if row.about.startswith(prefix) and Due(row.due_on, row.about, row.nearness, row.member_id) not in wanted:
            _take_back(row)


def remind(member_id: int, dues: Sequence[Due], words: Words, *, is_notice: bool = False) -> bool:
    """Send a member one message about those days of which they were not told yet; return whether it was queued.

    A notice goes by mail: by text there would be more than the member consented to.
    """
    member, reach = present([member_id]).get(member_id), reach_of(member_id)
    way = way_of(reach)
    if member is None or way is ReminderWay.NONE:
        return False
    day: dict[str, Any] = {"told_on": today(), "message_id": None}
    new = [
        due for due in sorted(dues) if db.insert_new(Reminded, id=random_id(), mark=_mark(due), **due._asdict(), **day)
    ]
    if not new:
        return False
    # For waking hours only, until the last day on which it makes sense.
    when = {"due_at": next_waking(now(), zone(), waking())}
    when["send_before"] = waking_hours(last_day(new, today()), zone(), waking())[1]
    number = reach.contact if reach is not None and way is ReminderWay.TEXT and not is_notice else None
    with speaking(member.language):
        message_id = _put(member, number, words(new), is_notice=is_notice, by_day=True, **when)
    unsent = Reminded.member_id == member_id, Reminded.message_id.is_(None)
    marks = Reminded.mark.in_([_mark(due) for due in new])
    session.execute(update(Reminded).where(*unsent, marks).values(message_id=message_id))
    return True


def _put(member: Member, number: str | None, words: str, *, is_notice: bool, **given: Any) -> int:
    if number:
        return outbox.put(MessageKind.TEXT, number, reminder_text(words), **given)
    return outbox.put(MessageKind.MAIL, member.email, reminder_mail(words, is_notice=is_notice), **given)


def _mark(due: Due) -> str:
    return keyed_hash(_key("reminder"), f"{due.due_on} {due.nearness} {due.about}")


def call(member_id: int, words: LazyString) -> bool:
    """Notify a member at once, by text only in the day and with the current consent; False for who wants no notices."""
    member, reach = present([member_id]).get(member_id), reach_of(member_id)
    way = way_of(reach)
    if member is None or way is ReminderWay.NONE:
        return False
    # Earlier wordings of the consent did not mention urgent notices.
    current = {outbox.version_of(in_language(lang, lambda: str(CONSENT))) for lang in LANGUAGES}
    agreed = reach is not None and way is ReminderWay.TEXT and reach.wording in current
    number = reach.contact if reach is not None and agreed and is_waking(now(), zone(), waking()) else None
    with speaking(member.language):
        until = now() + CALL_LASTS
        _put(member, number, str(words), is_notice=True, direct=True, by_day=bool(number), send_before=until)
    return True


def _take_back(row: Reminded) -> None:
    """Recall the whole OutboundMessage; the next run queues its other reminders again."""
    if row.message_id is not None and outbox.recall(row.message_id):
        session.execute(delete(Reminded).where(Reminded.message_id == row.message_id))


def remind_all(
    prefix: str, near: Callable[[], Iterable[int]], dues_of: Callable[[int], Iterable[Due]], words: Words
) -> None:
    """Send a feature's due reminders, in the day only: `near` returns ids of rows, `dues_of` what is due for one."""
    if not is_waking(now(), zone(), waking()):
        return
    with db.work():
        ids = near()
    wanted: list[Due] = []
    failed = each_row(ids, lambda row_id: wanted.extend(dues_of(row_id)))
    wanted.sort(key=attrgetter("member_id"))
    if not failed:
        # After a failure the list has gaps: a reminder missing from it may still be wanted.
        with db.work():
            take_back(prefix, wanted)
    # Each member has a transaction of their own, so that a run that fails halfway sends nothing twice.
    own = {member_id: list(dues) for member_id, dues in groupby(wanted, key=attrgetter("member_id"))}
    each_row(own, lambda member_id: remind(member_id, own[member_id], words))


ERASED_OF_REMINDERS = (
    RetentionRule(
        "numbers for reminders",
        "a day, if nobody proved that it is theirs; the night after an account was ended",
        "the number, its hash, and what was agreed to",
        ReminderChannel,
        lambda now: or_(
            exists().where(Member.id == ReminderChannel.member_id, Member.left_at.is_not(None)),
            and_(ReminderChannel.proved_on.is_(None), ReminderChannel.asked_at <= now - timedelta(days=1)),
        ),
    ),
    RetentionRule(
        "reminders of days",
        "60 days after they were sent",
        "who was reminded of which day; no words",
        Reminded,
        lambda _now: Reminded.told_on <= days_ago(60),
    ),
)

"""When somebody is reminded of a day, by which way, and how they prove that a number is theirs.

What goes out by text is worded without á, í, ó and ú in Spanish: they would more than double its cost.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from itertools import groupby

from babel.dates import format_skeleton
from flask_babel import LazyString, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    delete,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.users import Member
from portal.core.audit import record
from portal.core.clock import now, today, zone
from portal.core.crypto import keyed_hash, site_key
from portal.core.db import Base, db, random_id, session
from portal.core.hours import is_waking, next_waking, waking_hours
from portal.core.i18n import LANGUAGES, language, speaking
from portal.core.jobs import outbox
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import MessageKind, OutboundMessage, Posted, cipher
from portal.core.jobs.retries import UNSETTLED
from portal.core.limits import may_try, public_address
from portal.core.mail import letter
from portal.core.numbers import telephone
from portal.core.portal import current_portal
from portal.core.purge import RetentionRule, days_ago
from portal.core.statuses import Refused

CODE_FIGURES = 6
CODE_LASTS = timedelta(hours=1)
CALL_LASTS = timedelta(hours=12)
"""Later than that it would only confuse to hear that something could not wait."""
WEEK, EVE, STILL_LATE = timedelta(days=7), timedelta(days=1), timedelta(days=14)


class ReminderWay(StrEnum):
    """How somebody wants to be reminded."""

    MAIL = "mail"
    TEXT = "text"
    NONE = "none"


class Nearness(StrEnum):
    """Which reminder of a day it is."""

    WEEK = "week"
    EVE = "eve"
    LATE = "late"


@dataclass(frozen=True, order=True)
class Due:
    """One day of which a member is reminded: which day, what about (a key, no words), which reminder."""

    due_on: date
    about: str
    nearness: Nearness
    member_id: int


def nearness(due_on: date, named_on: date, today: date) -> Nearness | None:
    """Which reminder of a day is due now, if any; `named_on`: since when it is this day.

    Who named a day this week needs no reminder that it is a week away. What is late for long is no news.
    """
    if due_on < today:
        return Nearness.LATE if today <= due_on + STILL_LATE else None
    if due_on - EVE <= today:
        return Nearness.EVE if named_on < today else None
    if due_on - WEEK <= today:
        return Nearness.WEEK if named_on < due_on - WEEK else None
    return None


def last_day(dues: Iterable[Due], today: date) -> date:
    """Until which day it makes sense to say so: tomorrow, but not after a day that is still to come."""
    ahead = [due.due_on for due in dues if due.due_on >= today]
    return min([today + EVE, *ahead])


def code_from(digest: bytes) -> str:
    """A code to type, from the bytes of a keyed hash."""
    return f"{int.from_bytes(digest[:8], 'big') % 10**CODE_FIGURES:0{CODE_FIGURES}d}"


def figures_in(typed: str) -> str:
    """What was typed, without what people put between figures."""
    return "".join(sign for sign in typed if sign.isascii() and sign.isdigit())


A_MEMBER = "accounts_member.id"
WAYS = tuple(way.value for way in ReminderWay)
KINDS = tuple(one.value for one in Nearness)


class ReminderChannel(Base):
    """How somebody is reminded; without a row by mail. A number is there only for that, and only with their consent.

    `contact_hash` is made with a key of this purpose: it cannot be joined with a report or an answer to a meeting.
    """

    __tablename__ = "accounts_reach"
    __table_args__ = (
        CheckConstraint(f"way IN {WAYS!r}", name="way"),
        CheckConstraint("(contact IS NULL) = (contact_hash IS NULL)", name="contact"),
        CheckConstraint("(contact IS NULL) = (agreed_on IS NULL)", name="agreed"),
        CheckConstraint("(agreed_on IS NULL) = (wording IS NULL)", name="wording"),
        CheckConstraint("way <> 'text' OR proved_on IS NOT NULL", name="proved"),
        CheckConstraint("proved_on IS NULL OR contact IS NOT NULL", name="whose"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"), primary_key=True)
    way: Mapped[str] = mapped_column(String(4))
    contact: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    agreed_on: Mapped[date | None]
    """With the next two, the record of consent: when, in which words, and since when it is surely theirs."""
    wording: Mapped[str | None] = mapped_column(ForeignKey("accounts_wording.version"))
    proved_on: Mapped[date | None]
    asked_at: Mapped[datetime | None]
    """When the code went out that proves it; another one makes this one void."""


class ReachWording(Base):
    """The exact words in which members were asked whether they may be reminded by text, by version."""

    __tablename__ = "accounts_wording"

    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    words: Mapped[str] = mapped_column(Text)


class Reminded(Base):
    """That a member was reminded of a day: one row for one reminder, so that a second worker cannot write another.

    `about` is a key of the feature ("promise 7"): no words, no name. Several days may go in one parcel.
    """

    __tablename__ = "accounts_reminded"
    __table_args__ = (
        UniqueConstraint("member_id", "about", "due_on", "nearness"),
        CheckConstraint(f"nearness IN {KINDS!r}", name="nearness"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    member_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER, ondelete="CASCADE"))
    about: Mapped[str] = mapped_column(String(60), index=True)
    due_on: Mapped[date] = mapped_column(index=True)
    nearness: Mapped[str] = mapped_column(String(4))
    parcel_id: Mapped[int | None] = mapped_column(ForeignKey("core_outbox.id", ondelete="SET NULL"), index=True)


def reach_of(member_id: int) -> ReminderChannel | None:
    """What somebody chose, or None: then it is mail."""
    return session.get(ReminderChannel, member_id)


def sends_texts() -> bool:
    """Whether this portal sends texts at all."""
    return bool(current_portal.settings.sms_number)


def way_of(reach: ReminderChannel | None) -> ReminderWay:
    """How somebody is reminded now: by mail who chose nothing, or texts where there are none any more."""
    way = ReminderWay(reach.way) if reach else ReminderWay.MAIL
    return ReminderWay.MAIL if way is ReminderWay.TEXT and not sends_texts() else way


def number_of(reach: ReminderChannel) -> str:
    """The number in clear, for whoever has to write to it."""
    return cipher().decrypt(reach.contact or b"")


def end_of_number(reach: ReminderChannel) -> str:
    """As much of it as its owner needs to know it by, should somebody look over a shoulder."""
    return telephone(number_of(reach))[-4:]


def is_reachable(member_id: int) -> bool:
    """Whether somebody is here and wants to hear of anything."""
    return bool(present([member_id])) and way_of(reach_of(member_id)) is not ReminderWay.NONE


def present(member_ids: Iterable[int]) -> dict[int, Member]:
    """The members of these who have not left, by id."""
    asked = select(Member).where(Member.id.in_(set(member_ids)), Member.left_at.is_(None))
    return {member.id: member for member in session.scalars(asked)}


def under_way(condition: ColumnElement[bool]) -> Sequence[Reminded]:
    """Reminders that have not gone out yet."""
    asked = (
        select(Reminded)
        .join(OutboundMessage, OutboundMessage.id == Reminded.parcel_id)
        .where(OutboundMessage.state.in_(UNSETTLED))
    )
    return session.scalars(asked.where(condition)).all()


def due_of(row: Reminded) -> Due:
    """What somebody was or is being reminded of."""
    return Due(row.due_on, row.about, Nearness(row.nearness), row.member_id)


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
"""What stands beside the field; kept with the number as what was agreed to, so say there what is done."""
ABROAD = _l("We cannot send texts to numbers there. Please choose e-mail.")
WRONG_NUMBER = _l("Please write a phone number with its area code, such as 336 555 0123.")
WRONG_CODE = _l("This is not the code, or it is too old. Check it, or give the number again for another one.")
REFUSALS = {"reminders_wait": _l("There were too many tries. Please wait an hour.")}
AUDITED = {"reminders.chosen": _l("chose how to be reminded")}


def code_text(code: str) -> str:
    """The text that shows whose a number is."""
    return str(_("%(site)s: Your code is %(code)s. If you did not ask for it, text STOP.", site=_site(), code=code))


def due_words(dues: Sequence[Due]) -> str:
    """That something is due soon, or was; of several only the first day."""
    first = few_letters(dues[0].due_on)
    if len(dues) > 1:
        return several_words(dues)
    if dues[0].nearness is Nearness.LATE:
        return str(_("Something of yours was due on %(day)s. Please say how it stands.", day=first))
    return str(_("Something of yours is due on %(day)s.", day=first))


def several_words(dues: Sequence[Due]) -> str:
    """That several days are near or over."""
    words = ngettext(
        "%(num)d thing of yours is near or late, on %(day)s.",
        "%(num)d things of yours are near or late, the first on %(day)s.",
        len(dues),
        day=few_letters(dues[0].due_on),
    )
    return str(words)


def reminder_text(words: str) -> str:
    """A reminder as a text."""
    return str(_("%(site)s: %(words)s More: %(link)s No texts: STOP", site=_site(), words=words, link=_opening()))


def reminder_mail(words: str) -> tuple[str, str]:
    """Subject and text of a reminder as a mail."""
    return _("A day to remember"), _mail_around(words)


def desk_mail(words: str) -> tuple[str, str]:
    """Subject and text of a word to those who sit at a desk. The subject is the same whatever the word is."""
    return _("From the portal"), _mail_around(words)


def _mail_around(words: str) -> str:
    more = _("Sign in to read more: %(link)s", link=_opening())
    other = _("Mail, text or nothing: choose it under My account, Reminders.")
    return f"{_('Hello.')} {words}\n\n{more}\n\n{other}\n"


def few_letters(day: date) -> str:
    """A day in few letters, none of which makes a text message dear: "Jun 4"."""
    return str(format_skeleton("MMMd", day, locale=get_locale())).replace("\u202f", " ").replace("\xa0", " ")


def _site() -> str:
    site: str = current_portal.settings.site_name
    return site


def _opening() -> str:
    return public_address("sign_in.enter", lang=language())


HOUR, DAY = 3_600, 86_400
MOST_CODES, MOST_TRIES = 3, 5
Words = Callable[[Sequence[Due]], str]
Mail = Callable[[str], tuple[str, str]]


# --- choosing a way ---


def choose(member: Member, way: ReminderWay) -> None:
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
    reach = _set_way(member.id, ReminderWay.MAIL)
    with speaking(member.language):
        version = keep_wording(str(CONSENT), member.language)
        reach.contact, reach.contact_hash = outbox.cipher().encrypt(number), hashed
        reach.agreed_on, reach.wording, reach.asked_at = today(), version, now()
        session.flush()
        outbox.put(MessageKind.TEXT, number, code_text(_code(reach)), direct=True, send_before=now() + CODE_LASTS)
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
    reach.way, reach.proved_on = ReminderWay.TEXT.value, today()
    session.flush()
    return True


def forget_number(number: str) -> None:
    """The phone wants no more texts: it is erased here, and its owner is reminded by mail."""
    for member_id in session.scalars(
        select(ReminderChannel.member_id).where(ReminderChannel.contact_hash == _hash_of(number))
    ).all():
        _set_way(member_id, ReminderWay.MAIL)


def _set_way(member_id: int, way: ReminderWay) -> ReminderChannel:
    for row in under_way(Reminded.member_id == member_id):
        _take_back(row)
    reach = reach_of(member_id)
    if reach is None:
        reach = ReminderChannel(member_id=member_id)
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


def _code(reach: ReminderChannel) -> str:
    """Follows from whose number it is and when it was asked for: stored nowhere, and void with the next one."""
    said = f"{reach.member_id} {reach.contact_hash} {reach.asked_at.timestamp() if reach.asked_at else 0:.0f}"
    return code_from(hmac.digest(_key("reminder code"), said.encode(), "sha256"))


def _hash_of(number: str) -> str:
    return keyed_hash(_key("reminder number"), number)


def _key(purpose: str) -> bytes:
    secret: str = current_portal.settings.secret
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
    if member is None or way is ReminderWay.NONE:
        return False
    new = [due for due in sorted(dues) if _is_new(due)]
    if not new:
        return False
    with speaking(member.language):
        by_text = reach if way is ReminderWay.TEXT and mail_at is None else None
        parcel = _post(member, by_text, new, words(new), next_waking(mail_at or now(), zone()), mail)
    told = [Reminded.member_id == member_id, Reminded.parcel_id.is_(None)]
    for due in new:
        same = Reminded.about == due.about, Reminded.due_on == due.due_on, Reminded.nearness == due.nearness.value
        session.execute(update(Reminded).where(*told, *same).values(parcel_id=parcel.id))
    return True


def _is_new(due: Due) -> bool:
    values = {"about": due.about, "due_on": due.due_on, "nearness": due.nearness.value, "member_id": due.member_id}
    return db.insert_new(Reminded, id=random_id(), parcel_id=None, **values)


def _post(
    member: Member, reach: ReminderChannel | None, dues: Sequence[Due], words: str, due_at: datetime, mail: Mail
) -> Posted:
    """Never at night, and not once it would be too late to say so."""
    if reach is not None:
        kind, address, body = MessageKind.TEXT, number_of(reach), reminder_text(words)
    else:
        kind, address, body = MessageKind.MAIL, member.email, letter(*mail(words))
    until = waking_hours(last_day(dues, today()), zone())[1]
    return outbox.put(kind, address, body, by_day=True, due_at=due_at, send_before=until)


def call(member_id: int, words: LazyString, mail: Mail) -> bool:
    """Write to a member at once, because something cannot wait; False for who wants to hear nothing.

    By text only by day, and only to who agreed to the words of consent as they are now; else by mail.
    """
    member, reach = present([member_id]).get(member_id), reach_of(member_id)
    way = way_of(reach)
    if member is None or way is ReminderWay.NONE:
        return False
    with speaking(member.language):
        if reach is not None and way is ReminderWay.TEXT and is_waking(now(), zone()) and _agreed_to_calls(reach):
            text = reminder_text(str(words))
            outbox.put(
                MessageKind.TEXT, number_of(reach), text, direct=True, by_day=True, send_before=now() + CALL_LASTS
            )
        else:
            body = letter(*mail(str(words)))
            outbox.put(MessageKind.MAIL, member.email, body, direct=True, send_before=now() + CALL_LASTS)
    return True


def _agreed_to_calls(reach: ReminderChannel) -> bool:
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


def remind_all(
    prefix: str, near: Callable[[], Iterable[int]], dues_of: Callable[[int], Iterable[Due]], words: Words
) -> None:
    """By day only; each member in a transaction of their own, so that a run that dies doubles nothing.

    `near` gives the ids of what may have a day to remind of, `dues_of` the reminders that are due of one of them.
    """
    if not is_waking(now(), zone()):
        return
    with db.work():
        ids = near()
    wanted: list[Due] = []
    failed = each_row(ids, lambda row_id: wanted.extend(dues_of(row_id)))
    wanted.sort(key=_whose)
    if not failed:
        # What is missing from a list with gaps may still be wanted.
        with db.work():
            take_back(prefix, wanted)
    own = {member_id: list(dues) for member_id, dues in groupby(wanted, key=_whose)}
    each_row(own, lambda member_id: remind(member_id, own[member_id], words))


def _whose(due: Due) -> int:
    return due.member_id


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
        "60 days after the day",
        "who was reminded of which day; no words",
        Reminded,
        lambda _now: Reminded.due_on <= days_ago(60),
    ),
)

"""Followers and what they follow: tables, queries, links, and the actions of asking and confirming.

Nobody gets news before they confirmed from that very phone or mailbox. Numbers and addresses are encrypted and found by
a keyed hash of this purpose, so no follower can be joined with a report, an answer to a meeting or an account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import ColumnElement, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import day_of, now, today
from portal.core.contact import mailbox_of
from portal.core.crypto import keyed_hash, site_key
from portal.core.db import Base, Encrypted, db, random_id, session
from portal.core.i18n import LANGUAGES, speaking
from portal.core.jobs import outbox
from portal.core.jobs.outbox import Letter, MessageKind, Wording
from portal.core.limits import may_write_to
from portal.core.portal import current_portal
from portal.core.purge import RetentionRule, days_ago
from portal.core.slugs import id_in, public_address, token_of
from portal.core.statuses import existing
from portal.following import texts
from portal.following.follow_words import Followed, Subject
from portal.markets.places import Market, public_names, released

CONFIRM_WITHIN = timedelta(days=3)
"""From the start of the day on which somebody was asked, so two days at least."""
SENT_WITHIN = timedelta(hours=4)
MOST_TO_ONE = 4
"""Messages a day to one phone or mailbox that nobody there asked for: it may belong to a stranger."""


class FollowConsent(StrEnum):
    WEB = "web"
    TEXT = "text"


CONFIRM, MINE, LEAVE = "following confirm", "following mine", "following leave"
"""The purposes of private links: none opens what another one does."""


class Follower(Base):
    """A phone or a mailbox that follows something, or was asked whether it wants to."""

    __tablename__ = "following_follower"
    __table_args__ = (sa.CheckConstraint(f"language IN {LANGUAGES!r}", name="language"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    channel: Mapped[MessageKind]
    # Only read where something is sent: who leaves must be found although no key of ours opens it any more.
    contact: Mapped[str] = mapped_column(Encrypted(), deferred=True)
    contact_hash: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(2))

    @property
    def has_agreed(self) -> bool:
        agreed = Subscription.follower_id == self.id, Subscription.confirmed_on.is_not(None)
        return session.scalar(select(Subscription.id).where(*agreed).limit(1)) is not None


class FollowWording(Wording):
    """The words of the consent to news, and to word of an answer."""

    __tablename__ = "following_wording"


_OPEN = sa.text("confirmed_on IS NULL")


class Subscription(Base):
    """One subject that a follower follows, with the record of consent; until `confirmed_on` nothing is sent for it."""

    __tablename__ = "following_subscription"
    __table_args__ = (
        sa.UniqueConstraint("follower_id", "about"),
        sa.CheckConstraint("(subject = 'place') = (market_id IS NOT NULL)", name="place"),
        # What waits for a yes is erased each hour; nearly all have said yes long ago.
        sa.Index("ix_following_subscription_open", "asked_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    follower_id: Mapped[int] = mapped_column(ForeignKey("following_follower.id", ondelete="CASCADE"))
    about: Mapped[str] = mapped_column(String(30))
    """Subject and place in one key: a unique constraint takes two rows without a place for different ones."""
    subject: Mapped[Subject] = mapped_column(index=True)
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    """The start of that day, and a second more for each question to the same follower since, which keeps their order
    and joins what one question is about. The time itself would be that of a conversation by text, which expires a fixed
    time after its last one, and so join a follower with a report."""
    asked_how: Mapped[FollowConsent]
    wording: Mapped[str] = mapped_column(ForeignKey("following_wording.version"))
    confirmed_on: Mapped[date | None]


class FollowRefusal(Base):
    """A mailbox whose owner answered a question with no: nobody can have it asked again for a year."""

    __tablename__ = "following_refusal"

    contact_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    refused_on: Mapped[date]


def channel_of(address: str) -> MessageKind:
    """Return how a phone number (E.164) or an e-mail address is written to."""
    return MessageKind.MAIL if "@" in address else MessageKind.TEXT


def follower_at(address: str) -> Follower | None:
    return session.scalar(select(Follower).where(Follower.contact_hash == hash_of(address)))


def subscriptions_of(follower_id: int) -> Sequence[Subscription]:
    """Return what somebody follows, without places that are hidden now."""
    agreed = Subscription.follower_id == follower_id, Subscription.confirmed_on.is_not(None), is_speakable()
    return session.scalars(select(Subscription).where(*agreed).order_by(Subscription.about)).all()


def is_speakable() -> ColumnElement[bool]:
    """Return the condition for subscriptions to something that may be named: no place, or a released one."""
    place = select(Market.id).where(Market.id == Subscription.market_id, released())
    return sa.or_(Subscription.market_id.is_(None), place.exists())


def count_followers(condition: ColumnElement[bool]) -> dict[tuple[str, str], int]:
    counted = (
        select(Follower.channel, Follower.language, func.count(Follower.id.distinct()))
        .join(Subscription, Subscription.follower_id == Follower.id)
        .where(Subscription.confirmed_on.is_not(None), is_speakable(), condition)
        .group_by(Follower.channel, Follower.language)
    )
    return {(channel, lang): count for channel, lang, count in session.execute(counted)}


def name_of(followed: Followed | Subscription) -> str:
    """Return what is followed in words; empty for a place that the public may not know of."""
    if followed.subject is not Subject.PLACE:
        return str(texts.SUBJECT_NAMES[followed.subject])
    return next((str(place.name) for place in public_names() if place.id == followed.market_id), "")


def names_of(rows: Iterable[Followed | Subscription]) -> list[str]:
    return list(map(name_of, rows))


def asked_with(row: Subscription) -> Sequence[Subscription]:
    """Return what one question is about, without places that are hidden now: a yes begins all of it."""
    question = Subscription.follower_id == row.follower_id, Subscription.asked_at == row.asked_at, is_speakable()
    return session.scalars(select(Subscription).where(*question).order_by(Subscription.about)).all()


def ask_to_follow(typed: str, followed: Iterable[Followed], language: str, consent: str) -> None:
    """Ask the owner of a phone or mailbox, there, whether they want news. The caller learns nothing of the answer.

    Nothing happens for a hidden place, after a no, or after too many questions today. `consent`: the words they read.
    """
    with speaking(language):
        speakable = [each for each in followed if name_of(each)]
    has_refused = session.get(FollowRefusal, hash_of(typed)) is not None
    if not speakable or has_refused or not may_write_to("follow contact", typed, MOST_TO_ONE):
        return
    due_at = question_due_at(typed)
    follower, rows = keep_request(typed, speakable, language, FollowConsent.WEB, consent, due_at)
    with speaking(follower.language):
        body = _question(follower, rows)
    # What was typed may be another spelling: what somebody follows is told only where they confirmed it.
    address = follower.contact
    if due_at is None:
        outbox.put(follower.channel, address, body, direct=True, send_before=now() + SENT_WITHIN)
        return
    # It takes the place of the one that waits for this phone: one text a night at most.
    asked_for = f"{follower.contact_hash} {due_at.isoformat()}"
    message_id = int(keyed_hash(site_key(current_portal.settings.secret, "following question"), asked_for)[:15], 16) + 1
    if not outbox.reword(message_id, body):
        last = due_at + SENT_WITHIN
        outbox.put(follower.channel, address, body, by_day=True, due_at=due_at, send_before=last, message_id=message_id)
        return
    # What is not asked about any more is forgotten.
    earlier = (
        Subscription.follower_id == follower.id,
        Subscription.id.not_in([row.id for row in rows]),
        Subscription.confirmed_on.is_(None),
        Subscription.asked_how == FollowConsent.WEB,
        Subscription.asked_at >= day_of(due_at),
    )
    session.execute(sa.delete(Subscription).where(*earlier))


def question_due_at(address: str) -> datetime | None:
    """Return when a phone is asked that somebody typed at night, None for at once: it may be a stranger's."""
    due_at = texts.phones_ring_at()
    return due_at if channel_of(address) is MessageKind.TEXT and due_at > now() else None


def keep_request(
    address: str,
    followed: Iterable[Followed],
    language: str,
    how: FollowConsent,
    consent: str,
    due_at: datetime | None = None,
) -> tuple[Follower, list[Subscription]]:
    """Return follower and subscriptions, new ones if there are none. What was confirmed stays as it is.

    `due_at`: when they are asked, if not now. Until somebody agrees, language and spelling are the last ones.
    """
    hashed = hash_of(address)
    values = {"channel": channel_of(address), "contact": address, "contact_hash": hashed, "language": language}
    db.insert_new(Follower, id=random_id(), **values)
    follower = session.scalars(select(Follower).where(Follower.contact_hash == hashed).with_for_update()).one()
    if not follower.has_agreed:
        follower.language, follower.contact = language, address
    latest = session.scalar(select(func.max(Subscription.asked_at)).where(Subscription.follower_id == follower.id))
    day = day_of(due_at or now())
    moment = max(day, latest + timedelta(seconds=1)) if latest else day
    wording, rows = FollowWording.keep(consent, language), []
    for each in followed:
        key = {"follower_id": follower.id, "about": each.about}
        consented = {"asked_at": moment, "asked_how": how, "wording": wording}
        about = {"subject": each.subject, "market_id": each.market_id, "confirmed_on": None}
        db.insert_new(Subscription, id=random_id(), **key, **about, **consented)
        row = session.scalars(select(Subscription).filter_by(**key)).one()
        if row.confirmed_on is None:
            row.asked_at, row.asked_how, row.wording = moment, how, wording
        rows.append(row)
    session.flush()
    return follower, rows


def _question(follower: Follower, rows: Sequence[Subscription]) -> str | Letter:
    """Return the question, or for somebody who follows all of it already a note that they do."""
    new = [row for row in rows if row.confirmed_on is None]
    names = names_of(new or rows)
    if follower.channel is MessageKind.TEXT:
        return texts.signed(texts.question_text(names) if new else texts.fitting(texts.FOLLOWED, names))
    leave = leave_link(follower)
    if not new:
        return Letter(*texts.followed_mail(names, mine_link(follower)), leave=leave)
    # Places come first: what is no place cannot be hidden before the link is opened.
    confirm_at = public_address("follow.confirm", lang=follower.language, token=token_of(CONFIRM, new[-1].id))
    return Letter(*texts.question_mail(names, confirm_at, leave), leave=leave)


def confirm(row: Subscription) -> None:
    """Begin to send all the news that one question was about: the owner of the phone or mailbox has agreed there."""
    for each in asked_with(row):
        each.confirmed_on = each.confirmed_on or today()
    session.flush()


def mine_link(follower: Follower) -> str:
    """Return the address of the page on which a follower sees and ends what they follow."""
    return public_address("follow.mine", lang=follower.language, token=token_of(MINE, follower.id))


def leave_link(follower: Follower) -> str:
    """Return the address that ends everything with one click."""
    return public_address("follow.leave", lang=follower.language, token=token_of(LEAVE, follower.id))


def subscription_in(token: str) -> Subscription | None:
    """Return the subscription that a link confirms, unless it ran out or its place is hidden."""
    in_time = sa.or_(Subscription.confirmed_on.is_not(None), Subscription.asked_at > now() - CONFIRM_WITHIN)
    row_id = id_in(CONFIRM, token)
    return session.scalars(select(Subscription).where(Subscription.id == row_id, is_speakable(), in_time)).first()


def follower_in(token: str, purpose: str) -> Follower | None:
    """Return the follower of a private link; None if they have left. Raises `NotFound` for a link that is not ours."""
    return session.get(Follower, existing(id_in(purpose, token)))


def hash_of(address: str) -> str:
    """Return the hash by which a number or address is found; it matches nothing outside of this feature."""
    return keyed_hash(site_key(current_portal.settings.secret, "following contact"), mailbox_of(address))


ERASED_OF_FOLLOWERS = (
    RetentionRule(
        "mailboxes that want no question",
        "1 year after somebody there answered no",
        "the hash of the address, and the day",
        FollowRefusal,
        lambda _now: FollowRefusal.refused_on < days_ago(365),
    ),
    RetentionRule(
        "questions whether news is wanted",
        "3 days, if nobody agreed",
        "the subject, and the day on which it was asked",
        Subscription,
        lambda now: sa.and_(Subscription.confirmed_on.is_(None), Subscription.asked_at <= now - CONFIRM_WITHIN),
        hourly=True,
    ),
    RetentionRule(
        "people who follow nothing",
        "until the hour after their last subscription; at once when they leave",
        "the number or address, its hash and the language",
        Follower,
        lambda _now: ~sa.exists().where(Subscription.follower_id == Follower.id),
        hourly=True,
    ),
)

"""News for followers: what is to be told, to whom, and the job that queues it, one follower at a time.

Features above plug in what the public can see now (`NEWS_SOURCES`). What a source no longer names is not sent any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeGuard

import sqlalchemy as sa
from sqlalchemy import ColumnElement, ForeignKey, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column, undefer

from portal.core.clock import now, today
from portal.core.db import Base, db, random_id, session
from portal.core.i18n import LANGUAGES, Bilingual, bilingual, in_language, speaking
from portal.core.jobs import outbox
from portal.core.jobs.engine import each_row
from portal.core.jobs.outbox import Letter, MessageKind, OutboundMessage
from portal.core.jobs.retries import UNSETTLED, DeliveryState
from portal.core.portal import Hook
from portal.core.purge import RetentionRule
from portal.core.slugs import public_address
from portal.following import texts
from portal.following.follow_words import Subject
from portal.following.following import Follower, Subscription, is_speakable, leave_link, mine_link
from portal.markets.places import is_shown

MOST_ATTEMPTS = 3
BATCH = 200
NEWS_LASTS = timedelta(days=2)
"""How long news is offered by its source; nothing older is told."""
SECOND_THOUGHTS = timedelta(minutes=10)
"""What is new is told no earlier: who published it often sees a slip only on the page itself."""


class FollowNoticeState(StrEnum):
    SENDING = "sending"
    DONE = "done"
    PAUSED = "paused"
    RECALLED = "recalled"


class NewsAudience(StrEnum):
    PLACE = "place"
    MEETING = "meeting"
    """Followers of all meetings, and of the place of this one."""
    MEETINGS = "meetings"
    SAFETY = "safety"


STOPPED = (FollowNoticeState.PAUSED, FollowNoticeState.RECALLED)
ANNOUNCEMENT = "announcement"


@dataclass(frozen=True)
class NewsItem:
    """One piece of news that the public can see now. `key` is the same each time that it is named."""

    key: str
    audience: NewsAudience
    market_id: int | None
    words: Bilingual
    link: Bilingual
    send_before: datetime


NEWS_SOURCES: Hook[Callable[[], Iterable[NewsItem]]] = Hook("news for followers")
"""Each returns what became public within `NEWS_LASTS`, only what the public may see."""


class FollowNotice(Base):
    __tablename__ = "following_notice"

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    key: Mapped[str] = mapped_column(sa.String(80), unique=True)
    audience: Mapped[NewsAudience]
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id", ondelete="CASCADE"), index=True)
    words: Mapped[Bilingual] = bilingual("words")
    link: Mapped[Bilingual] = bilingual("link", may_be_empty=True)
    state: Mapped[FollowNoticeState] = mapped_column(index=True)
    send_before: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)


class NoticeDelivery(Base):
    """One notice for one follower: the unique row that keeps a second worker from telling it twice."""

    __tablename__ = "following_delivery"
    __table_args__ = (sa.UniqueConstraint("notice_id", "follower_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    notice_id: Mapped[int] = mapped_column(ForeignKey("following_notice.id", ondelete="CASCADE"))
    follower_id: Mapped[int] = mapped_column(ForeignKey("following_follower.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("core_outbox.id", ondelete="SET NULL"), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    queued_on: Mapped[date | None]


def audience_condition(audience: NewsAudience, market_id: int | None) -> ColumnElement[bool]:
    here = (Subscription.subject == Subject.PLACE) & (Subscription.market_id == market_id) if market_id else sa.false()
    meetings = Subscription.subject == Subject.MEETINGS
    return {
        NewsAudience.PLACE: here,
        NewsAudience.MEETING: sa.or_(here, meetings),
        NewsAudience.MEETINGS: meetings,
        NewsAudience.SAFETY: Subscription.subject == Subject.SAFETY,
    }[audience]


def _waiting(notice: FollowNotice, after: int) -> Sequence[int]:
    """Return the next followers who are still to be told, in the order of their ids."""
    is_told = sa.exists().where(
        NoticeDelivery.notice_id == notice.id,
        NoticeDelivery.follower_id == Follower.id,
        sa.or_(NoticeDelivery.queued_on.is_not(None), NoticeDelivery.attempts >= MOST_ATTEMPTS),
    )
    hears = sa.exists().where(
        Subscription.follower_id == Follower.id,
        Subscription.confirmed_on.is_not(None),
        is_speakable(),
        audience_condition(notice.audience, notice.market_id),
    )
    followers = select(Follower.id).where(Follower.id > after, hears, ~is_told)
    return session.scalars(followers.order_by(Follower.id).limit(BATCH)).all()


def collect_news() -> None:
    """Add what the sources name, and recall what they named lately and no longer do."""
    with db.work():
        items = {item.key: item for source in NEWS_SOURCES.plugged() for item in source()}
    each_row(list(items.values()), keep_news)
    with db.work():
        lately = sa.and_(
            FollowNotice.created_at > now() - NEWS_LASTS,
            FollowNotice.state.in_((FollowNoticeState.SENDING, FollowNoticeState.DONE)),
        )
        rows = session.execute(select(FollowNotice.id, FollowNotice.key).where(lately)).all()
        gone = [row.id for row in rows if row.key not in items and not row.key.startswith(ANNOUNCEMENT)]
        session.execute(update(FollowNotice).where(FollowNotice.id.in_(gone)).values(state=FollowNoticeState.RECALLED))


def in_both(words: Callable[[], str]) -> Bilingual:
    return Bilingual(**{lang: in_language(lang, words) for lang in LANGUAGES})


def link_to(endpoint: str, **values: str) -> Bilingual:
    return Bilingual(**{lang: public_address(endpoint, lang=lang, **values) for lang in LANGUAGES})


def keep_news(item: NewsItem) -> bool:
    """Add a notice unless it is known or too late; return whether it is new."""
    if item.send_before <= now() or not is_shown(item.market_id):
        return False
    halves = {"words_en": item.words.en, "words_es": item.words.es, "link_en": item.link.en, "link_es": item.link.es}
    return db.insert_new(
        FollowNotice,
        id=random_id(),
        key=item.key,
        audience=item.audience,
        market_id=item.market_id,
        state=FollowNoticeState.SENDING,
        send_before=item.send_before,
        created_at=now(),
        **halves,
    )


class Told(NamedTuple):
    notice_id: int
    follower_id: int


def tell_followers() -> None:
    """Queue each notice for each of its followers; run again, it goes on where it was."""
    with db.work():
        sending = select(FollowNotice.id).where(FollowNotice.state == FollowNoticeState.SENDING)
        notice_ids = session.scalars(sending).all()
    each_row(notice_ids, _tell_all)
    # What is stopped leaves the outbox, so that the addresses lie there no longer.
    with db.work():
        stopped = (
            select(OutboundMessage.id)
            .join(NoticeDelivery, NoticeDelivery.message_id == OutboundMessage.id)
            .join(FollowNotice, FollowNotice.id == NoticeDelivery.notice_id)
            .where(FollowNotice.state.in_(STOPPED), OutboundMessage.state == DeliveryState.DUE)
        )
        ids = session.scalars(stopped).all()
    each_row(ids, outbox.recall)


def _tell_all(notice_id: int) -> None:
    batch: Sequence[int] = (0,)
    while batch:
        with db.work():
            notice = session.get(FollowNotice, notice_id)
            if not _is_open(notice):
                return
            batch = _waiting(notice, batch[-1]) if is_shown(notice.market_id) else ()
            if not batch and not _waiting(notice, 0):
                notice.state = FollowNoticeState.DONE
        each_row((Told(notice_id, follower_id) for follower_id in batch), tell_one, begin=_count_attempt)


def _is_open(notice: FollowNotice | None) -> TypeGuard[FollowNotice]:
    return notice is not None and notice.state is FollowNoticeState.SENDING


def _count_attempt(told: Told) -> bool:
    """Count an attempt before it begins, so that a follower whose row fails each time is given up."""
    db.insert_new(NoticeDelivery, id=random_id(), attempts=0, **told._asdict())
    own = update(NoticeDelivery).filter_by(**told._asdict())
    session.execute(own.where(NoticeDelivery.queued_on.is_(None)).values(attempts=NoticeDelivery.attempts + 1))
    return True


def tell_one(told: Told) -> None:
    """Queue a notice for one follower, unless another worker did or it is no longer to be told."""
    notice = session.get(FollowNotice, told.notice_id)
    follower = session.get(Follower, told.follower_id, options=[undefer(Follower.contact)])
    if not _is_open(notice) or follower is None or not is_shown(notice.market_id):
        return
    mark = update(NoticeDelivery).filter_by(**told._asdict()).where(NoticeDelivery.queued_on.is_(None))
    delivery_id = session.scalar(mark.values(queued_on=today()).returning(NoticeDelivery.id))
    due_at = texts.phones_ring_at()
    if delivery_id is None or due_at >= notice.send_before:
        return
    with speaking(follower.language):
        words, link = str(notice.words), str(notice.link)
        body: str | Letter
        if follower.channel is MessageKind.TEXT:
            body = texts.notice_text(words, link)
        else:
            body = Letter(*texts.notice_mail(words, link, mine_link(follower)), leave=leave_link(follower))
    message_id = outbox.put(
        follower.channel, follower.contact, body, by_day=True, bulk=True, due_at=due_at, send_before=notice.send_before
    )
    session.flush()
    session.execute(update(NoticeDelivery).where(NoticeDelivery.id == delivery_id).values(message_id=message_id))


def is_withdrawn(message_id: int) -> bool:
    """Return whether a message that is about to be sent must not be: recalled, paused, or about a hidden place."""
    notices = select(FollowNotice.state, FollowNotice.market_id).join(
        NoticeDelivery, NoticeDelivery.notice_id == FollowNotice.id
    )
    row = session.execute(notices.where(NoticeDelivery.message_id == message_id)).first()
    return row is not None and (row.state in STOPPED or not is_shown(row.market_id))


def move(notice: FollowNotice, state: FollowNoticeState) -> None:
    """Pause or recall a notice, or let it go on: what was taken out of the outbox meanwhile is queued again."""
    notice.state = state
    if state is FollowNoticeState.SENDING:
        taken = select(OutboundMessage.id).where(OutboundMessage.state == DeliveryState.SUPPRESSED)
        own = NoticeDelivery.notice_id == notice.id, NoticeDelivery.message_id.in_(taken)
        session.execute(delete(NoticeDelivery).where(*own).execution_options(synchronize_session=False))
    session.flush()


def leave(follower_id: int) -> None:
    """Erase somebody who wants no more news: the contact, what they follow, and what waits to be sent."""
    waiting = (
        select(OutboundMessage.id)
        .join(NoticeDelivery, NoticeDelivery.message_id == OutboundMessage.id)
        .where(NoticeDelivery.follower_id == follower_id, OutboundMessage.state.in_(UNSETTLED))
    )
    for message_id in session.scalars(waiting).all():
        outbox.recall(message_id)
    session.execute(delete(Follower).where(Follower.id == follower_id))
    db.after_commit(db.forget_journal)


def stop_one(row: Subscription) -> None:
    """End one subscription; the last one erases the follower."""
    session.delete(row)
    session.flush()
    if session.scalar(select(Subscription.id).where(Subscription.follower_id == row.follower_id).limit(1)) is None:
        leave(row.follower_id)


def notices_under_way(notice_ids: Iterable[int]) -> frozenset[int]:
    """Return those of these notices of which something is still to go out."""
    waits = (
        sa.exists()
        .where(NoticeDelivery.notice_id == FollowNotice.id)
        .where(OutboundMessage.id == NoticeDelivery.message_id, OutboundMessage.state.in_(UNSETTLED))
    )
    is_open = sa.or_(FollowNotice.state == FollowNoticeState.SENDING, waits)
    return frozenset(session.scalars(select(FollowNotice.id).where(FollowNotice.id.in_(list(notice_ids)), is_open)))


def messages_of(notice_id: int) -> Counter[DeliveryState]:
    """Return how many of a notice's messages are in each state."""
    counted = select(OutboundMessage.state, sa.func.count()).join(
        NoticeDelivery, NoticeDelivery.message_id == OutboundMessage.id
    )
    rows = session.execute(counted.where(NoticeDelivery.notice_id == notice_id).group_by(OutboundMessage.state))
    return Counter(dict(rows.all()))


ERASED_OF_NOTICES = (
    RetentionRule(
        "news to followers",
        "30 days after it was told",
        "what was told, and which follower it went to",
        FollowNotice,
        lambda now: FollowNotice.created_at <= now - timedelta(days=30),
    ),
)

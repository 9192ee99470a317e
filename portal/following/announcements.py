"""Announcements that organizers write for followers: the table, queries and the steps from draft to sent.

To more than `ALONE_UP_TO` followers it goes only when a second person agrees. It is never about a hidden place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.audit import record
from portal.core.clock import now
from portal.core.db import Base, Versioned, one, random_id, session
from portal.core.i18n import LANGUAGES, NOTHING, Bilingual, bilingual, in_language
from portal.core.jobs.outbox import MessageKind
from portal.core.jobs.retries import UNSETTLED, DeliveryState
from portal.core.portal import current_portal
from portal.core.statuses import Refused
from portal.core.texted import TextLength, segments, wide_signs
from portal.following import announcement_rules as rules, notices, texts
from portal.following.announcement_rules import AnnouncementState, AnnouncementStep, FilterTrait
from portal.following.follow_words import Subject
from portal.following.following import count_followers
from portal.following.notices import FollowNotice, FollowNoticeState, NewsAudience, NewsItem
from portal.markets.gate import about_shown, deleted_unseen
from portal.markets.places import Market, is_shown, may_be_known

A_MEMBER = "accounts_member.id"
SENDING = (AnnouncementStep.SUBMIT, AnnouncementStep.APPROVE, AnnouncementStep.RESUME)


class FollowerAnnouncement(Versioned, Base):
    """Words to the followers of a place, of all meetings, or of safety notices."""

    __tablename__ = "following_announcement"
    __table_args__ = (CheckConstraint("(subject = 'place') = (market_id IS NOT NULL)", name="place"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    state: Mapped[AnnouncementState] = mapped_column(default=AnnouncementState.DRAFT)
    subject: Mapped[Subject]
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"), index=True)
    words: Mapped[Bilingual] = bilingual("words", may_be_empty=True, encrypted=True)
    send_before: Mapped[datetime]
    wrote_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER))
    """Who changed the words last."""
    submitted_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    approved_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("following_notice.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(index=True)

    market: Mapped[Market | None] = relationship(lazy="joined", viewonly=True)

    @property
    def is_draft(self) -> bool:
        return self.state is AnnouncementState.DRAFT

    def may(self, step: AnnouncementStep) -> bool:
        """Return whether this step is possible now, whoever does it."""
        before, _after, _act = rules.STEPS[step]
        return self.state in before


def announcements(member_id: int) -> Select[FollowerAnnouncement]:
    """Select announcements, the last changed first; about hidden places only for members admitted there."""
    ordered = select(FollowerAnnouncement).order_by(FollowerAnnouncement.updated_at.desc(), FollowerAnnouncement.id)
    return ordered.where(may_be_known(FollowerAnnouncement.market_id, member_id))


def announcement(announcement_id: int, member_id: int, *, to_change: bool = False) -> FollowerAnnouncement:
    """Return an announcement, locked `to_change` it. Raises `NotFound`."""
    return one(announcements(member_id).where(FollowerAnnouncement.id == announcement_id), to_change=to_change)


@dataclass(frozen=True)
class LanguageCheck:
    language: str
    body: str
    """The whole text message, as it will arrive."""
    length: TextLength
    wide: str
    """The signs that make it longer."""
    warnings: tuple[FilterTrait, ...]
    most_cost: float

    @property
    def is_too_long(self) -> bool:
        return self.length.segments > rules.MOST_SEGMENTS


@dataclass(frozen=True)
class AnnouncementCheck:
    """What is known of an announcement before it is sent: text messages, how many hear it, and the cost."""

    languages: tuple[LanguageCheck, ...]
    shown: int | None
    needs_second: bool
    is_late: bool
    starts_at: datetime
    at_once: bool
    same_words: bool

    @property
    def is_ready(self) -> bool:
        return not self.is_late and all(check.body and not check.is_too_long for check in self.languages)

    @property
    def most_cost(self) -> float:
        return sum(check.most_cost for check in self.languages)


def check_of(row: FollowerAnnouncement) -> AnnouncementCheck:
    """Return what is known before it is sent. Numbers of followers are returned only where they are large enough."""
    counts = count_followers(notices.audience_condition(NewsAudience(row.subject), row.market_id))
    everybody, starts_at = sum(counts.values()), texts.phones_ring_at()
    price: float = current_portal.settings.sms_price
    languages = []
    for lang in LANGUAGES:
        words = row.words[lang]
        body = in_language(lang, partial(texts.notice_text, words, "")) if words else ""
        length, phones = segments(body), counts.get((MessageKind.TEXT, lang), 0)
        most_cost = rules.cost(phones, length.segments, price)
        languages.append(LanguageCheck(lang, body, length, wide_signs(body), rules.filtered(words), most_cost))
    return AnnouncementCheck(
        tuple(languages),
        rules.shown_count(everybody),
        rules.needs_second_person(everybody),
        starts_at >= row.send_before,
        starts_at,
        at_once=starts_at <= now(),
        same_words=rules.same_words(row.words.en, row.words.es),
    )


class AnnouncementProgress(NamedTuple):
    """How far the sending is: a share in steps of ten percent, whether it is over, and failures where they are many."""

    share: int
    is_over: bool
    failed: int | None


def sending_of(row: FollowerAnnouncement) -> AnnouncementProgress | None:
    """Return how far the sending is; None before it began, and once the record is erased."""
    notice = session.get(FollowNotice, row.notice_id) if row.notice_id else None
    if notice is None:
        return None
    messages = notices.messages_of(notice.id)
    done = sum(messages.values()) - sum(messages[state] for state in UNSETTLED)
    is_over = notice.id not in notices.notices_under_way([notice.id]) and notice.state is FollowNoticeState.DONE
    share = rules.shown_share(done, sum(messages.values()))
    return AnnouncementProgress(share, is_over, rules.shown_count(done - messages[DeliveryState.SENT]))


def about_shown_announcements() -> ColumnElement[bool]:
    return about_shown("announcement", FollowerAnnouncement.id, FollowerAnnouncement.market_id)


def draft_announcement(values: Mapping[str, Any], member_id: int) -> FollowerAnnouncement:
    """Store a first draft: `subject`, `words`, `send_before`, `market_id`. Raises `Refused` for a hidden place."""
    row = FollowerAnnouncement(state=AnnouncementState.DRAFT)
    _write(row, values, member_id, "drafted")
    return row


def edit_announcement(row: FollowerAnnouncement, values: Mapping[str, Any], member_id: int) -> None:
    """Change a draft. Raises `Refused` for anything else: what a second person read must stay as it was."""
    if not row.is_draft:
        raise Refused("announcement_step")
    _write(row, values, member_id, "edited")


def _write(row: FollowerAnnouncement, values: Mapping[str, Any], member_id: int, act: str) -> None:
    _must_be_shown(values.get("market_id"))
    for name, value in values.items():
        setattr(row, name, value)
    row.wrote_id, row.updated_at = member_id, now()
    session.add(row)
    session.flush()
    _note(act, row, member_id)


def delete_announcement(row: FollowerAnnouncement, member_id: int) -> None:
    if not row.is_draft:
        raise Refused("announcement_step")
    act = "announcement.deleted" if is_shown(row.market_id) else deleted_unseen("announcement")
    record(act, "announcement", row.id, member_id)
    session.delete(row)
    session.flush()


def go(row: FollowerAnnouncement, step: AnnouncementStep, member_id: int) -> None:
    """Take a step: what was sent stays sent. Raises `Refused`, also for what cannot be sent now."""
    if not row.may(step):
        raise Refused("announcement_step")
    if step is AnnouncementStep.APPROVE and not rules.may_approve(member_id, row.wrote_id, row.submitted_id):
        raise Refused("announcement_self")
    needs_second = step in SENDING and _checked(row).needs_second
    row.updated_at = now()
    _before, row.state, act = rules.STEPS[step]
    match step:
        case AnnouncementStep.SUBMIT:
            row.submitted_id = member_id
        case AnnouncementStep.APPROVE:
            row.approved_id = member_id
        case AnnouncementStep.TAKE_BACK:
            row.submitted_id = None
        case _:
            notice = session.get(FollowNotice, row.notice_id) if row.notice_id else None
            if notice is None:
                raise Refused("announcement_step")
            notices.move(notice, FollowNoticeState(row.state))
    # What no second person has to read.
    is_sent_at_once = step is AnnouncementStep.SUBMIT and not needs_second
    if not is_sent_at_once:
        _note(act, row, member_id)
    if is_sent_at_once or step is AnnouncementStep.APPROVE:
        row.state = AnnouncementState.SENDING
        key, audience = f"{notices.ANNOUNCEMENT} {row.id}", NewsAudience(row.subject)
        notices.keep_news(NewsItem(key, audience, row.market_id, row.words, NOTHING, row.send_before))
        row.notice_id = session.scalars(select(FollowNotice.id).where(FollowNotice.key == key)).one()
        _note("sent", row, member_id)


def _checked(row: FollowerAnnouncement) -> AnnouncementCheck:
    """Return the check of an announcement. Raises `Refused` if it cannot be sent now."""
    _must_be_shown(row.market_id)
    check = check_of(row)
    if not row.words.is_whole:
        raise Refused("announcement_gaps")
    if any(words.is_too_long for words in check.languages):
        raise Refused("announcement_long")
    if check.is_late:
        raise Refused("announcement_late")
    return check


def _must_be_shown(market_id: int | None) -> None:
    if not is_shown(market_id):
        raise Refused("announcement_place")


def _note(act: str, row: FollowerAnnouncement, member_id: int) -> None:
    record(f"announcement.{act}", "announcement", row.id, member_id)

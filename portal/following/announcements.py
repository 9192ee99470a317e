"""Announcements that organizers write for followers: the table, queries and the steps from draft to sent.

To more than `ALONE_UP_TO` followers it goes only when a second person agrees. It is never about a hidden place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.audit import record
from portal.core.clock import now, waking, zone
from portal.core.db import Base, random_id, session
from portal.core.hours import next_waking
from portal.core.i18n import LANGUAGES, Bilingual, bilingual, speaking
from portal.core.portal import current_portal
from portal.core.statuses import NotFound, Refused
from portal.core.texted import TextLength, segments, wide_signs
from portal.following import texts
from portal.following.announcement_rules import (
    MOST_SEGMENTS,
    AnnouncementState,
    AnnouncementStep,
    FilterTrait,
    cost,
    filtered,
    is_too_late,
    may_approve,
    may_do,
    needs_second_person,
    same_words,
    shown_count,
    shown_share,
)
from portal.following.following import FollowChannel, count_followers
from portal.following.notices import (
    ANNOUNCEMENT,
    FollowNotice,
    FollowNoticeState,
    NewsAudience,
    NewsItem,
    audience_condition,
    go_on,
    keep_news,
    notices_under_way,
    progress_of,
)
from portal.following.texts import Subject
from portal.markets.gate import about_shown, deleted_unseen
from portal.markets.places import Market, is_shown, may_be_known

STATES = tuple(one.value for one in AnnouncementState)
SUBJECTS = tuple(one.value for one in Subject)
A_MEMBER = "accounts_member.id"
PAGE = 30
MOST_DRAFTS = 3
"""Drafts that are shown to their writer before another one is begun."""


@dataclass(frozen=True)
class AnnouncementDraft:
    """What somebody wrote; a draft may have gaps."""

    subject: Subject
    words: Bilingual
    send_before: datetime
    market_id: int | None = None


class FollowerAnnouncement(Base):
    """Words to the followers of a place, of all meetings, or of safety notices."""

    __tablename__ = "following_announcement"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint(f"subject IN {SUBJECTS!r}", name="subject"),
        CheckConstraint("(subject = 'place') = (market_id IS NOT NULL)", name="place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    state: Mapped[str] = mapped_column(String(10), default=AnnouncementState.DRAFT)
    subject: Mapped[str] = mapped_column(String(10))
    market_id: Mapped[int | None] = mapped_column(ForeignKey("markets_market.id"), index=True)
    words: Mapped[Bilingual] = bilingual("words", may_be_empty=True, encrypted=True)
    send_before: Mapped[datetime]
    wrote_id: Mapped[int] = mapped_column(ForeignKey(A_MEMBER))
    """Who changed the words last."""
    submitted_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    approved_id: Mapped[int | None] = mapped_column(ForeignKey(A_MEMBER))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("following_notice.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(nullable=False)

    market: Mapped[Market | None] = relationship(lazy="joined", viewonly=True)

    __mapper_args__ = {"version_id_col": version}

    def take(self, draft: AnnouncementDraft, member_id: int) -> None:
        """Copy a draft's content."""
        self.subject, self.market_id, self.words = draft.subject, draft.market_id, draft.words
        self.send_before, self.wrote_id, self.updated_at = draft.send_before, member_id, now()

    @property
    def is_draft(self) -> bool:
        return self.state == AnnouncementState.DRAFT

    def may(self, step: AnnouncementStep) -> bool:
        """Return whether this step is possible now, whoever does it."""
        return may_do(AnnouncementState(self.state), step)


# --- queries ---


class AnnouncementPage(NamedTuple):
    """One page of the list, whether there are more, and the notices of those that are still going out."""

    rows: list[FollowerAnnouncement]
    more: bool
    under_way: frozenset[int]


def announcements(member_id: int, page: int = 1) -> AnnouncementPage:
    """Return a page of announcements, the last changed first; about hidden places only for members admitted there."""
    mine = select(FollowerAnnouncement).where(may_be_known(FollowerAnnouncement.market_id, member_id))
    ordered = mine.order_by(FollowerAnnouncement.updated_at.desc(), FollowerAnnouncement.id)
    found = list(session.scalars(ordered.offset((page - 1) * PAGE).limit(PAGE + 1)))
    under_way = notices_under_way(row.notice_id for row in found if row.notice_id)
    return AnnouncementPage(found[:PAGE], len(found) > PAGE, under_way)


def drafts_of(member_id: int) -> list[FollowerAnnouncement]:
    """Return the drafts that a member wrote last, the newest first."""
    mine = FollowerAnnouncement.wrote_id == member_id, FollowerAnnouncement.state == AnnouncementState.DRAFT
    known = may_be_known(FollowerAnnouncement.market_id, member_id)
    found = select(FollowerAnnouncement).where(*mine, known).order_by(FollowerAnnouncement.updated_at.desc())
    return list(session.scalars(found.limit(MOST_DRAFTS)))


def waiting_announcements(member_id: int) -> Sequence[FollowerAnnouncement]:
    """Return the announcements that wait for a second person, as far as a member may know of them."""
    waiting = FollowerAnnouncement.state == AnnouncementState.WAITING
    known = may_be_known(FollowerAnnouncement.market_id, member_id)
    return session.scalars(select(FollowerAnnouncement).where(waiting, known)).all()


def announcement(announcement_id: int, member_id: int, *, to_change: bool = False) -> FollowerAnnouncement:
    """Return an announcement. Raises `NotFound`. `to_change` locks the row."""
    asked = select(FollowerAnnouncement).where(
        FollowerAnnouncement.id == announcement_id, may_be_known(FollowerAnnouncement.market_id, member_id)
    )
    found = session.scalars(asked.with_for_update(of=FollowerAnnouncement) if to_change else asked).one_or_none()
    if found is None:
        raise NotFound
    return found


def followers_of(subject: Subject, market_id: int | None) -> Mapping[tuple[str, str], int]:
    """Return how many hear an announcement, by channel and language."""
    return count_followers(audience_condition(NewsAudience(subject.value), market_id))


@dataclass(frozen=True)
class LanguageCheck:
    """What is known of the words in one language before they are sent."""

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
        return self.length.segments > MOST_SEGMENTS


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
        """Whether it could be sent now."""
        return not self.is_late and all(one.body and not one.is_too_long for one in self.languages)

    @property
    def most_cost(self) -> float:
        """The highest cost in all."""
        return sum(one.most_cost for one in self.languages)


def check_of(draft: AnnouncementDraft) -> AnnouncementCheck:
    """Return what is known of a draft. Numbers of followers are returned only where they are large enough."""
    counts = followers_of(draft.subject, draft.market_id)
    everybody, moment = sum(counts.values()), now()
    starts_at = next_waking(moment, zone(), waking())
    return AnnouncementCheck(
        tuple(_in(lang, draft.words[lang], counts) for lang in LANGUAGES),
        shown_count(everybody),
        needs_second_person(everybody),
        is_too_late(starts_at, draft.send_before),
        starts_at,
        at_once=starts_at == moment,
        same_words=same_words(draft.words.en, draft.words.es),
    )


def _in(lang: str, words: str, counts: Mapping[tuple[str, str], int]) -> LanguageCheck:
    with speaking(lang):
        body = texts.notice_text(words, "") if words else ""
    length = segments(body)
    phones = counts.get((FollowChannel.TEXT, lang), 0)
    price: float = current_portal.settings.sms_price
    return LanguageCheck(lang, body, length, wide_signs(body), filtered(words), cost(phones, length.segments, price))


def draft_of(row: FollowerAnnouncement) -> AnnouncementDraft:
    """Return the content of a stored announcement."""
    return AnnouncementDraft(Subject(row.subject), row.words, row.send_before, row.market_id)


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
    progress = progress_of(notice)
    is_over = notice.id not in notices_under_way([notice.id]) and notice.state == FollowNoticeState.DONE
    return AnnouncementProgress(
        shown_share(progress.told + progress.failed, sum(progress)), is_over, shown_count(progress.failed)
    )


def about_shown_announcements() -> ColumnElement[bool]:
    """Return the condition for audit events that reveal no announcement about a hidden place."""
    return about_shown("announcement", FollowerAnnouncement.id, FollowerAnnouncement.market_id)


# --- steps ---


def draft_announcement(draft: AnnouncementDraft, member_id: int) -> FollowerAnnouncement:
    """Store a first draft. Raises `Refused` for a hidden place."""
    _must_be_shown(draft.market_id)
    row = FollowerAnnouncement(state=AnnouncementState.DRAFT)
    row.take(draft, member_id)
    session.add(row)
    session.flush()
    _note("drafted", row, member_id)
    return row


def edit_announcement(row: FollowerAnnouncement, draft: AnnouncementDraft, member_id: int) -> None:
    """Change a draft. Raises `Refused` for anything else: what a second person read must stay as it was."""
    if not row.is_draft:
        raise Refused("announcement_step")
    _must_be_shown(draft.market_id)
    row.take(draft, member_id)
    session.flush()
    _note("edited", row, member_id)


def delete_announcement(row: FollowerAnnouncement, member_id: int) -> None:
    """Delete a draft. Raises `Refused`."""
    if not row.is_draft:
        raise Refused("announcement_step")
    act = "announcement.deleted" if is_shown(row.market_id) else deleted_unseen("announcement")
    record(act, "announcement", row.id, member_id)
    session.delete(row)
    session.flush()


def submit(row: FollowerAnnouncement, member_id: int) -> None:
    """Send a draft, or ask a second person if many hear it. Raises `Refused`."""
    _must_be_possible(row, AnnouncementStep.SUBMIT)
    check = _checked(row)
    row.submitted_id = member_id
    if check.needs_second:
        row.state, row.updated_at = AnnouncementState.WAITING, now()
        _note("submitted", row, member_id)
    else:
        _send(row, member_id)


def approve(row: FollowerAnnouncement, member_id: int) -> None:
    """Agree as the second person, and send. Raises `Refused`."""
    _must_be_possible(row, AnnouncementStep.APPROVE)
    if not may_approve(member_id, row.wrote_id, row.submitted_id):
        raise Refused("announcement_self")
    _checked(row)
    row.approved_id = member_id
    _note("approved", row, member_id)
    _send(row, member_id)


def take_back(row: FollowerAnnouncement, member_id: int) -> None:
    """Make an announcement that waits for a second person a draft again. Raises `Refused`."""
    _must_be_possible(row, AnnouncementStep.TAKE_BACK)
    row.state, row.submitted_id, row.updated_at = AnnouncementState.DRAFT, None, now()
    _note("taken_back", row, member_id)


def pause(row: FollowerAnnouncement, member_id: int) -> None:
    """Send nothing more for now. Raises `Refused`."""
    _set(row, AnnouncementStep.PAUSE, AnnouncementState.PAUSED, member_id)
    _notice_of(row).state = FollowNoticeState.PAUSED


def resume(row: FollowerAnnouncement, member_id: int) -> None:
    """Go on after a pause. Raises `Refused`, also when it is too late by now."""
    _must_be_possible(row, AnnouncementStep.RESUME)
    _checked(row)
    _set(row, AnnouncementStep.RESUME, AnnouncementState.SENDING, member_id)
    go_on(_notice_of(row))


def recall(row: FollowerAnnouncement, member_id: int) -> None:
    """Send nothing more of it, for good. What was sent stays sent. Raises `Refused`."""
    _set(row, AnnouncementStep.RECALL, AnnouncementState.RECALLED, member_id)
    _notice_of(row).state = FollowNoticeState.RECALLED


STEPS = {
    AnnouncementStep.SUBMIT: submit,
    AnnouncementStep.APPROVE: approve,
    AnnouncementStep.TAKE_BACK: take_back,
    AnnouncementStep.PAUSE: pause,
    AnnouncementStep.RESUME: resume,
    AnnouncementStep.RECALL: recall,
}
_ACTS = {
    AnnouncementState.PAUSED: "paused",
    AnnouncementState.SENDING: "resumed",
    AnnouncementState.RECALLED: "recalled",
}


def _set(row: FollowerAnnouncement, step: AnnouncementStep, state: AnnouncementState, member_id: int) -> None:
    _must_be_possible(row, step)
    row.state, row.updated_at = state, now()
    _note(_ACTS[state], row, member_id)


def _send(row: FollowerAnnouncement, member_id: int) -> None:
    key = f"{ANNOUNCEMENT} {row.id}"
    keep_news(
        NewsItem(key, NewsAudience(row.subject), row.market_id, row.words, Bilingual(en="", es=""), row.send_before)
    )
    row.notice_id = session.scalars(select(FollowNotice.id).where(FollowNotice.key == key)).one()
    row.state, row.updated_at = AnnouncementState.SENDING, now()
    _note("sent", row, member_id)


def _notice_of(row: FollowerAnnouncement) -> FollowNotice:
    notice = session.get(FollowNotice, row.notice_id) if row.notice_id else None
    if notice is None:
        raise Refused("announcement_step")
    return notice


def _checked(row: FollowerAnnouncement) -> AnnouncementCheck:
    """Return the check of an announcement. Raises `Refused` if it cannot be sent now."""
    _must_be_shown(row.market_id)
    check = check_of(draft_of(row))
    if not row.words.is_whole:
        raise Refused("announcement_gaps")
    if any(one.is_too_long for one in check.languages):
        raise Refused("announcement_long")
    if check.is_late:
        raise Refused("announcement_late")
    return check


def _must_be_possible(row: FollowerAnnouncement, step: AnnouncementStep) -> None:
    if not row.may(step):
        raise Refused("announcement_step")


def _must_be_shown(market_id: int | None) -> None:
    if not is_shown(market_id):
        raise Refused("announcement_place")


def _note(act: str, row: FollowerAnnouncement, member_id: int) -> None:
    record(f"announcement.{act}", "announcement", row.id, member_id)

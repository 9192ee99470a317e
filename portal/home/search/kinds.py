"""What can be found: which texts it has, who may know of it, and how it is read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from portal.core.db import session
from portal.core.i18n import LANGUAGES, Bilingual
from portal.core.translated import NOTHING
from portal.home.search.models import Entry
from portal.home.search.rules import Kind
from portal.markets.models import CallIn, Market, StatusDecision
from portal.markets.nights import public_nights
from portal.markets.queries import released
from portal.meetings.models import Meeting
from portal.meetings.report_back.models import Decision, ReportBack, SaidAndDone
from portal.meetings.report_back.queries import public_reports
from portal.meetings.series.queries import findable_meetings
from portal.news.library.models import Guide, GuideFile
from portal.news.library.queries import shown_guides
from portal.news.models import Post
from portal.news.queries import public_posts


@dataclass(frozen=True)
class Findable:
    """A kind of thing. `public` makes the one query of its feature for what the public may know of."""

    kind: Kind
    model: type[Any]
    title: Callable[[Any], Bilingual]
    texts: Callable[[Any], Sequence[Bilingual]]
    """What its page says, and a passage is shown of."""
    at: Callable[[Any], datetime | None]
    public: Callable[..., Select[Any]]
    key: Any
    """The column that an entry's `item_id` is."""
    besides: Callable[[Any], Iterable[Bilingual]] = lambda _thing: ()
    """What it is found by and that stands elsewhere: its tags, its files."""
    parts: Mapping[type[Any], str] = field(default_factory=dict)
    """Rows of their own whose texts are among these: their models, and the column that says whose they are."""

    @property
    def may_be_found(self) -> ColumnElement[bool]:
        """The condition for an entry whose thing the public may know of at this moment."""
        found = self.public(self.key == Entry.item_id).with_only_columns(self.key).order_by(None)
        return found.correlate(Entry).exists()

    def read(self, ids: Iterable[int]) -> dict[int, Any]:
        """The things with these ids that the public may know of."""
        wanted = list(ids)
        if not wanted:
            return {}
        found = session.scalars(self.public(self.key.in_(wanted))).unique()
        return {getattr(thing, self.key.key): thing for thing in found}


def _places(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(Market).where(released(), *conditions)


def _nights(*conditions: ColumnElement[bool]) -> Select[Any]:
    return public_nights(released(), *conditions).with_only_columns(CallIn)


def _reasons(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Places whose reasons are told: their call-in is over."""
    told = public_nights(released(), CallIn.market_id == Market.id).with_only_columns(CallIn.market_id)
    whole = (func.trim(Market.why_here_en) != "", func.trim(Market.why_here_es) != "")  # type: ignore[attr-defined]
    return select(Market).where(released(), told.order_by(None).correlate(Market).exists(), *whole, *conditions)


def _if_whole(text: Bilingual) -> Bilingual:
    """A text that its page leaves out while one language is missing."""
    return text if text and text.is_whole else NOTHING


def _place(market: Market) -> Iterator[Bilingual]:
    yield from (_if_whole(market.own_name), market.about, _if_whole(market.services))
    for decision in market.decisions:
        yield decision.evidence


def _came_of_it(report: ReportBack) -> Iterator[Bilingual]:
    for decision in report.decisions:
        yield from (decision.what, decision.who)
    for answer in report.answers:
        yield from (answer.said, answer.done)
    yield from (report.next_steps, report.minutes)


def words_of_files(guide: Guide) -> Iterator[Bilingual]:
    """What the files of a guide say, each in its own language."""
    for file in guide.files:
        yield Bilingual(**{lang: file.words or "" if lang == file.lang else "" for lang in LANGUAGES})


FINDABLE = (
    Findable(
        Kind.PLACE,
        Market,
        lambda market: market.name,
        lambda market: tuple(_place(market)),
        lambda market: market.released_at,
        _places,
        Market.id,
        parts={StatusDecision: "market_id"},
    ),
    Findable(
        Kind.WHY_HERE,
        Market,
        lambda market: market.name,
        lambda market: (market.why_here,),
        lambda market: market.released_at,
        _reasons,
        Market.id,
    ),
    Findable(
        Kind.CALL_IN,
        CallIn,
        lambda _call_in: NOTHING,
        lambda call_in: (call_in.message, call_in.services, call_in.tonight),
        lambda call_in: call_in.ended_at,
        _nights,
        CallIn.market_id,
    ),
    Findable(
        Kind.GUIDE,
        Guide,
        lambda guide: guide.title,
        lambda guide: (guide.about, guide.body, Bilingual(guide.source, guide.source)),
        lambda guide: guide.published_at,
        shown_guides,
        Guide.id,
        besides=lambda guide: (*(tag.name for tag in guide.tags), *words_of_files(guide)),
        parts={GuideFile: "guide_id"},
    ),
    Findable(
        Kind.MEETING,
        Meeting,
        lambda meeting: meeting.title,
        lambda meeting: (
            *(meeting.purpose, meeting.place, meeting.access, meeting.host),
            *(meeting.report_back_by, meeting.change_reason),
        ),
        lambda meeting: meeting.starts_at,
        findable_meetings,
        Meeting.id,
    ),
    Findable(
        Kind.CAME_OF_IT,
        ReportBack,
        lambda _report: NOTHING,
        lambda report: tuple(_came_of_it(report)),
        lambda report: report.published_at,
        public_reports,
        ReportBack.id,
        parts={Decision: "report_back_id", SaidAndDone: "report_back_id"},
    ),
    Findable(
        Kind.POST,
        Post,
        lambda post: post.title,
        lambda post: (post.summary, post.body),
        lambda post: post.published_at,
        public_posts,
        Post.id,
        besides=lambda post: [tag.name for tag in post.tags],
    ),
)
BY_KIND = {one.kind: one for one in FINDABLE}

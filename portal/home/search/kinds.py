"""What can be found: which texts it has, who may know of it, and how it is read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.home.search.models import Entry
from portal.home.search.rules import Kind
from portal.markets.models import CallIn, Market
from portal.markets.nights import public_nights
from portal.markets.queries import released
from portal.meetings.models import Meeting
from portal.meetings.series.queries import findable_meetings
from portal.news.library.models import Guide
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
    at: Callable[[Any], datetime | None]
    public: Callable[..., Select[Any]]
    key: Any
    """The column that an entry's `item_id` is."""

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


FINDABLE = (
    Findable(
        Kind.PLACE,
        Market,
        lambda market: market.name,
        lambda market: (market.own_name, market.about, market.services),
        lambda market: market.released_at,
        _places,
        Market.id,
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
        lambda _call_in: Bilingual("", ""),
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
    ),
    Findable(
        Kind.MEETING,
        Meeting,
        lambda meeting: meeting.title,
        lambda meeting: (meeting.purpose, meeting.place, meeting.access, meeting.host),
        lambda meeting: meeting.starts_at,
        findable_meetings,
        Meeting.id,
    ),
    Findable(
        Kind.POST,
        Post,
        lambda post: post.title,
        lambda post: (post.summary, post.body),
        lambda post: post.published_at,
        public_posts,
        Post.id,
    ),
)
BY_KIND = {one.kind: one for one in FINDABLE}

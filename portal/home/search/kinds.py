"""Kinds of searchable content and fixed pages. The words are in `home_search_words`, which differs by database.

On SQLite it is a virtual table (FTS5), on PostgreSQL a table with a `tsvector`; deleting an entry deletes its words.
Results are never ranked by how rare a word is: hidden content would influence the ranking and could be noticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import CheckConstraint, ColumnElement, Select, String, UniqueConstraint, column, func, select, table
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, random_id, session
from portal.core.i18n import LANGUAGES, NOTHING, Bilingual, language
from portal.core.portal import current_portal
from portal.home.figures import RESULTS
from portal.home.search.rules import KINDS, ResultKind, SearchQuestion, words_of
from portal.markets.call_in import public_nights
from portal.markets.places import CallIn, Market, StatusDecision, released
from portal.meetings.meeting import Meeting
from portal.meetings.report_back import Decision, ReportBack, SaidAndDone, public_reports
from portal.meetings.series import findable_meetings
from portal.news.library import Guide, GuideFile, shown_guides
from portal.news.posts import Post, public_posts

WORDS = "home_search_words"
FTS5 = table(WORDS, column("rowid"), column("title"), column("body"), column(WORDS))
TSVECTOR = table(WORDS, column("id"), column("words"))


class SearchEntry(Base):
    """An indexed item in one language. `item_id` is the id of the place, meeting, report-back and so on."""

    __tablename__ = "home_search"
    __table_args__ = (
        UniqueConstraint("kind", "item_id", "lang"),
        CheckConstraint(f"kind IN {KINDS!r}", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=random_id)
    """Built by `rules.entry_key`."""
    kind: Mapped[str] = mapped_column(String(10))
    item_id: Mapped[int]
    lang: Mapped[str] = mapped_column(String(2))


@dataclass(frozen=True)
class Findable:
    """A kind of searchable content. `public` builds its feature's one query for publicly known rows."""

    kind: ResultKind
    model: type[Any]
    title: Callable[[Any], Bilingual]
    texts: Callable[[Any], Sequence[Bilingual]]
    """The texts of its page, from which snippets are taken."""
    at: Callable[[Any], datetime | None]
    public: Callable[..., Select[Any]]
    key: Any
    """The column that `item_id` refers to."""
    besides: Callable[[Any], Iterable[Bilingual]] = lambda _thing: ()
    """Further texts it is found by, which are not on its page: tags and files."""
    parts: Mapping[type[Any], str] = field(default_factory=dict)
    """Models of rows whose texts belong to it, with the column of the owner's id."""

    @property
    def may_be_found(self) -> ColumnElement[bool]:
        """The condition for an entry whose row the public may know of now."""
        found = self.public(self.key == SearchEntry.item_id).with_only_columns(self.key).order_by(None)
        return found.correlate(SearchEntry).exists()

    def read(self, ids: Iterable[int]) -> dict[int, Any]:
        """Return the publicly known rows with these ids."""
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
    """Select places whose reasons are public: their call-in is over."""
    told = public_nights(released(), CallIn.market_id == Market.id).with_only_columns(CallIn.market_id)
    whole = (func.trim(Market.why_here_en) != "", func.trim(Market.why_here_es) != "")  # type: ignore[attr-defined]
    return select(Market).where(released(), told.order_by(None).correlate(Market).exists(), *whole, *conditions)


def _if_whole(text: Bilingual) -> Bilingual:
    """Return a text only if both languages are present, as its page does."""
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
    """Yield the text of a guide's files, each in its own language."""
    for file in guide.files:
        yield Bilingual(**{lang: file.words or "" if lang == file.lang else "" for lang in LANGUAGES})


FINDABLE = (
    Findable(
        ResultKind.PLACE,
        Market,
        lambda market: market.name,
        lambda market: tuple(_place(market)),
        lambda market: market.released_at,
        _places,
        Market.id,
        parts={StatusDecision: "market_id"},
    ),
    Findable(
        ResultKind.WHY_HERE,
        Market,
        lambda market: market.name,
        lambda market: (market.why_here,),
        lambda market: market.released_at,
        _reasons,
        Market.id,
    ),
    Findable(
        ResultKind.CALL_IN,
        CallIn,
        lambda _call_in: NOTHING,
        lambda call_in: (call_in.message, call_in.services, call_in.tonight),
        lambda call_in: call_in.ended_at,
        _nights,
        CallIn.market_id,
    ),
    Findable(
        ResultKind.GUIDE,
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
        ResultKind.MEETING,
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
        ResultKind.CAME_OF_IT,
        ReportBack,
        lambda _report: NOTHING,
        lambda report: tuple(_came_of_it(report)),
        lambda report: report.published_at,
        public_reports,
        ReportBack.id,
        parts={Decision: "report_back_id", SaidAndDone: "report_back_id"},
    ),
    Findable(
        ResultKind.POST,
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


BLOCKS_END = re.compile(r"(?<![.!?:;>\s])(?:\s*</(?:h[1-6]|p|li|dt|dd|th|td|figcaption)>)+")
Texts = tuple[str, frozenset[str]]


@dataclass(frozen=True)
class FixedPage:
    """A page by its endpoint; its text comes from `template`, else from its title and one sentence."""

    endpoint: str
    title: Any
    about: Any = ""
    template: str = ""


PAGES = (
    FixedPage("about.how_it_works", _l("How this works"), template="home/how_it_works.html"),
    FixedPage("home.who_can_see", _l("Who can see this"), template="home/who_can_see.html"),
    FixedPage("sms_page.about", _l("Text messages"), template="sms/about.html"),
    FixedPage("about.other_cities", _l("What other cities found"), template="home/other_cities.html"),
    FixedPage(
        "reports.intake",
        _l("Tell us what is happening"),
        _l("No name, no account. A person on our team reads it, and you can read the answer here."),
    ),
    FixedPage("reports_follow.enter", _l("Read our answer with your code words")),
    FixedPage(
        "markets.places",
        _l("Places"),
        _l(
            "Neighbors and the team look at each place again and again."
            " Here is how each one stands, since when, and when it is reviewed next."
        ),
    ),
    FixedPage(
        "meetings.upcoming",
        _l("Meetings"),
        _l(
            "Everybody may come. Each page says beforehand whether there is an interpreter, childcare, food and a ride."
        ),
    ),
    FixedPage("meetings.past", _l("Earlier meetings"), _l("What was held, and what was canceled.")),
    FixedPage("news.posts", _l("News"), _l("What happened and what comes next.")),
    FixedPage("guides.index", _l("Tools and guides")),
)

TO_TELL_US = (
    next(page for page in PAGES if page.endpoint == "reports.intake"),
    FixedPage(
        "home.who_can_see",
        _l("About the police: who reads what you tell us"),
        _l("Who reads it, on this website and by text message, and who never does."),
    ),
    FixedPage(
        "acknowledgements.index",
        _l("What offices have acknowledged"),
        _l("Where an office said in public what harm was done, and what the community answered."),
    ),
    next(page for page in PAGES if page.endpoint == "reports_follow.enter"),
)
"""Shown first to readers who may want to report something, and when nothing was found."""
FOR_HELP = (TO_TELL_US[0], next(page for page in PAGES if page.endpoint == "guides.index"))
"""Shown first, after 911, to readers who may need help."""


def found_pages(question: SearchQuestion) -> list[tuple[FixedPage, str]]:
    """Return the fixed pages that contain every query word, each with its text."""
    found = []
    for page in PAGES:
        text, words = _texts(page)
        if question.is_in(words):
            found.append((page, text))
    return found


def _texts(page: FixedPage) -> Texts:
    """Return the text and words of a page, cached for the life of the process, as no row influences them."""
    kept = current_portal.kept_texts
    key = (page.endpoint, language())
    if key not in kept:
        text = _said(page)
        kept[key] = (text, frozenset(words_of(f"{page.title} {text}")))
    return kept[key]


def _said(page: FixedPage) -> str:
    if not page.template:
        return str(page.about)
    whole = render_template(page.template, results=RESULTS, is_open=True)
    main = whole.partition("</header>\n<main")[2].partition(">")[2].partition("</main>")[0]
    # Without the heading, which is shown as the title.
    body = main.partition("</h1>")[2] or main
    # Separate headings and lines, which would run into each other.
    apart = BLOCKS_END.sub(" ·", body)
    return str(Markup(apart.replace("<", " <")).striptags()).removesuffix(" ·")  # noqa: S704 - its tags are taken out

"""Search results: at most a page, in groups, each with a passage in which the query words are marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import format_date
from flask_babel import lazy_gettext as _l

from portal.core.i18n import language
from portal.home.search.index import Where, found_entries, may_be_known
from portal.home.search.kinds import BY_KIND, FOR_HELP, TO_TELL_US, FixedPage, found_pages
from portal.home.search.rules import MOST_PAGES, PAGE, ResultKind, SearchQuestion, marked, snippet, words_of
from portal.markets.places import CallIn
from portal.meetings.report_back import ReportBack
from portal.meetings.texts import when
from portal.news.library import Guide, GuideFile, by_name
from portal.news.posts import Tag

GROUPS = {
    ResultKind.PLACE: _l("Places"),
    ResultKind.WHY_HERE: _l("Why here"),
    ResultKind.CALL_IN: _l("The community meeting: what was said"),
    ResultKind.PAGE: _l("On this site"),
    ResultKind.GUIDE: _l("Tools and guides"),
    ResultKind.MEETING: _l("Meetings"),
    ResultKind.CAME_OF_IT: _l("What came of meetings"),
    ResultKind.POST: _l("News"),
}


@dataclass(frozen=True)
class SearchResult:
    """A search result. `when` is a date in words; `look` says that a meeting was moved or cancelled.

    `tags` are shown if one of them matches. `file` contains the words if the page does not.
    """

    title: str
    url: str
    parts: Sequence[tuple[str, bool]]
    when: str = ""
    look: str = ""
    tags: Sequence[tuple[str, bool]] = ()
    file: GuideFile | None = None


@dataclass(frozen=True)
class SearchResults:
    """A page of results, and whether there are more.

    `first`: the ways to report something, if they may help. `is_empty`: nothing was found, and the query did not ask
    for those. `help_first`: the reader may need help now, so guides come before everything else.
    """

    groups: Sequence[tuple[str, Sequence[SearchResult]]]
    more: bool
    first: Sequence[SearchResult] = ()
    is_empty: bool = False
    help_first: bool = False


def search(question: SearchQuestion, page: int) -> SearchResults:
    """Return results the public may see now: matching titles first, then fixed pages, then other texts."""
    begin, end, known = (page - 1) * PAGE, page * PAGE, may_be_known()
    found: list[tuple[ResultKind, Any]] = [*found_entries(question, language(), Where.TITLE, end + 1, known)]
    found += [(ResultKind.PAGE, one) for one in found_pages(question)]
    if len(found) <= end:
        found += found_entries(question, language(), Where.ELSEWHERE, end + 1 - len(found), known)
    shown = found[begin:end]
    needs_help = question.asks_for_help and page == 1
    kinds = sorted(ResultKind, key=lambda kind: kind is not ResultKind.GUIDE) if needs_help else ResultKind
    groups = [(str(GROUPS[kind]), _read(kind, [one for its, one in shown if its is kind], question)) for kind in kinds]
    is_empty, asks_first = not found and not question.wants_to_tell, question.wants_to_tell and page == 1
    pages = FOR_HELP if needs_help else TO_TELL_US if is_empty or asks_first else ()
    first = [_page(one, str(one.about), question) for one in pages]
    more = len(found) > end and page < MOST_PAGES
    return SearchResults([group for group in groups if group[1]], more, first, is_empty and not needs_help, needs_help)


def _read(kind: ResultKind, found: Sequence[Any], question: SearchQuestion) -> list[SearchResult]:
    if kind is ResultKind.PAGE:
        return [_page(page, text, question) for page, text in found]
    things = BY_KIND[kind].read(found)
    return [_thing(kind, things[item_id], question) for item_id in found if item_id in things]


def _page(page: FixedPage, text: str, question: SearchQuestion) -> SearchResult:
    return SearchResult(str(page.title), url_for(page.endpoint), snippet([text], question))


def _thing(kind: ResultKind, thing: Any, question: SearchQuestion) -> SearchResult:
    lang, one = language(), BY_KIND[kind]
    parts = snippet([text[lang] for text in one.texts(thing)], question)
    match kind:
        case ResultKind.PLACE:
            return SearchResult(thing.name[lang], url_for("markets.place", slug=thing.slug), parts)
        case ResultKind.WHY_HERE:
            return SearchResult(thing.name[lang], url_for("markets.why_here", slug=thing.slug), parts)
        case ResultKind.CALL_IN:
            return _call_in(thing, parts)
        case ResultKind.GUIDE:
            return _guide(thing, question)
        case ResultKind.MEETING:
            look = "" if thing.look == "published" else thing.look
            return SearchResult(
                thing.title[lang], url_for("meetings.meeting", slug=thing.slug), parts, when(thing), look
            )
        case ResultKind.CAME_OF_IT:
            return _came_of_it(thing, parts)
        case _:
            day = format_date(thing.public_since, "long")
            tags = _tags(thing.tags_by_name(), question)
            return SearchResult(thing.title[lang], url_for("news.post", slug=thing.slug), parts, day, tags=tags)


def _call_in(call_in: CallIn, parts: Sequence[tuple[str, bool]]) -> SearchResult:
    market = BY_KIND[ResultKind.PLACE].read([call_in.market_id])[call_in.market_id]
    return SearchResult(market.name[language()], url_for("markets.call_in", slug=market.slug), parts)


def _came_of_it(report: ReportBack, parts: Sequence[tuple[str, bool]]) -> SearchResult:
    meeting = BY_KIND[ResultKind.MEETING].read([report.meeting_id])[report.meeting_id]
    page = url_for("meetings.meeting", slug=meeting.slug, _anchor="came-of-it")
    return SearchResult(meeting.title[language()], page, parts, format_date(report.published_at, "long"))


def _guide(guide: Guide, question: SearchQuestion) -> SearchResult:
    lang, texts = language(), [text[language()] for text in BY_KIND[ResultKind.GUIDE].texts(guide)]
    page = url_for("guides.guide", slug=guide.slug) if guide.has_page else f"{url_for('guides.index')}#{guide.slug}"
    tags = _tags(by_name(guide.tags), question)
    file = guide.file_in(lang)
    said = " ".join([guide.title[lang], *texts, *(tag.name[lang] for tag in guide.tags)])
    if file is None or not file.words or question.is_in(words_of(said)):
        return SearchResult(guide.title[lang], page, snippet(texts, question), tags=tags)
    return SearchResult(guide.title[lang], page, snippet([file.words], question), tags=tags, file=file)


def _tags(tags: Sequence[Tag], question: SearchQuestion) -> Sequence[tuple[str, bool]]:
    """Return the tags in parts if one of them matches, else nothing."""
    parts = marked(", ".join(tag.name[language()] for tag in tags), question)
    return parts if any(hit for _part, hit in parts) else ()

"""What somebody finds: at most a page of it, in groups, each with a passage in which their words are marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import format_date
from flask_babel import lazy_gettext as _l

from portal.core.i18n import language
from portal.home.search.kinds import BY_KIND
from portal.home.search.pages import FOR_HELP, TO_TELL_US, FixedPage, found_pages
from portal.home.search.queries import Where, found_entries, may_be_known
from portal.home.search.rules import MOST_PAGES, PAGE, Kind, Question, marked, snippet, words_of
from portal.markets.models import CallIn
from portal.meetings.report_back.models import ReportBack
from portal.meetings.texts import when
from portal.news.library.models import Guide, GuideFile
from portal.news.library.queries import by_name
from portal.news.tags import Tag

GROUPS = {
    Kind.PLACE: _l("Places"),
    Kind.WHY_HERE: _l("Why here"),
    Kind.CALL_IN: _l("The community meeting: what was said"),
    Kind.PAGE: _l("On this site"),
    Kind.GUIDE: _l("Tools and guides"),
    Kind.MEETING: _l("Meetings"),
    Kind.CAME_OF_IT: _l("What came of meetings"),
    Kind.POST: _l("News"),
}


@dataclass(frozen=True)
class Result:
    """One thing that was found. `when` is in words; `look` says that a meeting was moved or canceled.

    `tags` are shown if one of them was asked for; `file` is where the words stand if its page does not have them.
    """

    title: str
    url: str
    parts: Sequence[tuple[str, bool]]
    when: str = ""
    look: str = ""
    tags: Sequence[tuple[str, bool]] = ()
    file: GuideFile | None = None


@dataclass(frozen=True)
class Results:
    """A page of what was found, and whether there is more.

    `first`: the ways to tell us something, if they may help. `is_empty`: nothing was found, nor were they asked for.
    `help_first`: somebody may need help now, and guides come before everything else.
    """

    groups: Sequence[tuple[str, Sequence[Result]]]
    more: bool
    first: Sequence[Result] = ()
    is_empty: bool = False
    help_first: bool = False


def search(question: Question, page: int) -> Results:
    """What the public may find at this moment: titles first, then pages that are always there, then all other texts."""
    begin, end, known = (page - 1) * PAGE, page * PAGE, may_be_known()
    found: list[tuple[Kind, Any]] = [*found_entries(question, language(), Where.TITLE, end + 1, known)]
    found += [(Kind.PAGE, one) for one in found_pages(question)]
    if len(found) <= end:
        found += found_entries(question, language(), Where.ELSEWHERE, end + 1 - len(found), known)
    shown = found[begin:end]
    needs_help = question.asks_for_help and page == 1
    kinds = sorted(Kind, key=lambda kind: kind is not Kind.GUIDE) if needs_help else Kind
    groups = [(str(GROUPS[kind]), _read(kind, [one for its, one in shown if its is kind], question)) for kind in kinds]
    is_empty, asks_first = not found and not question.wants_to_tell, question.wants_to_tell and page == 1
    pages = FOR_HELP if needs_help else TO_TELL_US if is_empty or asks_first else ()
    first = [_page(one, str(one.about), question) for one in pages]
    more = len(found) > end and page < MOST_PAGES
    return Results([group for group in groups if group[1]], more, first, is_empty and not needs_help, needs_help)


def _read(kind: Kind, found: Sequence[Any], question: Question) -> list[Result]:
    if kind is Kind.PAGE:
        return [_page(page, text, question) for page, text in found]
    things = BY_KIND[kind].read(found)
    return [_thing(kind, things[item_id], question) for item_id in found if item_id in things]


def _page(page: FixedPage, text: str, question: Question) -> Result:
    return Result(str(page.title), url_for(page.endpoint), snippet([text], question))


def _thing(kind: Kind, thing: Any, question: Question) -> Result:
    lang, one = language(), BY_KIND[kind]
    parts = snippet([text[lang] for text in one.texts(thing)], question)
    match kind:
        case Kind.PLACE:
            return Result(thing.name[lang], url_for("markets.place", slug=thing.slug), parts)
        case Kind.WHY_HERE:
            return Result(thing.name[lang], url_for("markets.why_here", slug=thing.slug), parts)
        case Kind.CALL_IN:
            return _call_in(thing, parts)
        case Kind.GUIDE:
            return _guide(thing, question)
        case Kind.MEETING:
            look = "" if thing.look == "published" else thing.look
            return Result(thing.title[lang], url_for("meetings.meeting", slug=thing.slug), parts, when(thing), look)
        case Kind.CAME_OF_IT:
            return _came_of_it(thing, parts)
        case _:
            day = format_date(thing.public_since, "long")
            tags = _tags(thing.tags_by_name(), question)
            return Result(thing.title[lang], url_for("news.post", slug=thing.slug), parts, day, tags=tags)


def _call_in(call_in: CallIn, parts: Sequence[tuple[str, bool]]) -> Result:
    market = BY_KIND[Kind.PLACE].read([call_in.market_id])[call_in.market_id]
    return Result(market.name[language()], url_for("markets.call_in", slug=market.slug), parts)


def _came_of_it(report: ReportBack, parts: Sequence[tuple[str, bool]]) -> Result:
    meeting = BY_KIND[Kind.MEETING].read([report.meeting_id])[report.meeting_id]
    page = url_for("meetings.meeting", slug=meeting.slug, _anchor="came-of-it")
    return Result(meeting.title[language()], page, parts, format_date(report.published_at, "long"))


def _guide(guide: Guide, question: Question) -> Result:
    lang, texts = language(), [text[language()] for text in BY_KIND[Kind.GUIDE].texts(guide)]
    page = url_for("guides.guide", slug=guide.slug) if guide.has_page else f"{url_for('guides.index')}#{guide.slug}"
    tags = _tags(by_name(guide.tags), question)
    file = guide.file_in(lang)
    said = " ".join([guide.title[lang], *texts, *(tag.name[lang] for tag in guide.tags)])
    if file is None or not file.words or question.is_in(words_of(said)):
        return Result(guide.title[lang], page, snippet(texts, question), tags=tags)
    return Result(guide.title[lang], page, snippet([file.words], question), tags=tags, file=file)


def _tags(tags: Sequence[Tag], question: Question) -> Sequence[tuple[str, bool]]:
    """The tags in parts, if one of them was asked for."""
    parts = marked(", ".join(tag.name[language()] for tag in tags), question)
    return parts if any(hit for _part, hit in parts) else ()

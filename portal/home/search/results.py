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
from portal.home.search.pages import FixedPage, found_pages
from portal.home.search.queries import Where, found_entries
from portal.home.search.rules import MOST_PAGES, PAGE, Kind, Question, snippet
from portal.markets.models import CallIn
from portal.meetings.texts import when

GROUPS = {
    Kind.PLACE: _l("Places"),
    Kind.WHY_HERE: _l("Why here"),
    Kind.CALL_IN: _l("The community meeting: what was said"),
    Kind.PAGE: _l("On this site"),
    Kind.GUIDE: _l("Tools and guides"),
    Kind.MEETING: _l("Meetings"),
    Kind.POST: _l("News"),
}


@dataclass(frozen=True)
class Result:
    """One thing that was found. `when` is in words; `look` says that a meeting was moved or canceled."""

    title: str
    url: str
    parts: Sequence[tuple[str, bool]]
    when: str = ""
    look: str = ""


@dataclass(frozen=True)
class Results:
    """A page of what was found, and whether there is more."""

    groups: Sequence[tuple[str, Sequence[Result]]]
    more: bool


def search(question: Question, page: int) -> Results:
    """What the public may find at this moment: titles first, then pages that are always there, then all other texts."""
    begin, end = (page - 1) * PAGE, page * PAGE
    found: list[tuple[Kind, Any]] = [*found_entries(question, language(), Where.TITLE, end + 1)]
    found += [(Kind.PAGE, one) for one in found_pages(question)]
    if len(found) <= end:
        found += found_entries(question, language(), Where.ELSEWHERE, end + 1 - len(found))
    shown = found[begin:end]
    groups = [(str(GROUPS[kind]), _read(kind, [one for its, one in shown if its is kind], question)) for kind in Kind]
    return Results([group for group in groups if group[1]], len(found) > end and page < MOST_PAGES)


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
            page = url_for("guides.guide", slug=thing.slug)
            return Result(
                thing.title[lang], page if thing.has_page else f"{url_for('guides.index')}#{thing.slug}", parts
            )
        case Kind.MEETING:
            look = "" if thing.look == "published" else thing.look
            return Result(thing.title[lang], url_for("meetings.meeting", slug=thing.slug), parts, when(thing), look)
        case _:
            day = format_date(thing.public_since, "long")
            return Result(thing.title[lang], url_for("news.post", slug=thing.slug), parts, day)


def _call_in(call_in: CallIn, parts: Sequence[tuple[str, bool]]) -> Result:
    market = BY_KIND[Kind.PLACE].read([call_in.market_id])[call_in.market_id]
    return Result(market.name[language()], url_for("markets.call_in", slug=market.slug), parts)

"""Search results: at most a page, in groups, each with a passage in which the query words are marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from portal.core.findable import Findable, FixedPage, FoundFile, FoundItem, Reader, ResultKind
from portal.core.i18n import language
from portal.core.portal import current_portal
from portal.home.search.index import Where, found_entries, may_be_known
from portal.home.search.rules import MOST_PAGES, PAGE, SearchQuestion, marked, snippet, words_of

FIXED = ResultKind("page", 3, _l("On this site"))
BLOCKS_END = re.compile(r"(?<![.!?:;>\s])(?:\s*</(?:h[1-6]|p|li|dt|dd|th|td|figcaption)>)+")
Texts = tuple[str, frozenset[str]]


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
    file: FoundFile | None = None


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
    found: list[tuple[str, Any]] = [*found_entries(question, language(), Where.TITLE, end + 1, known)]
    found += [(FIXED.name, one) for one in found_pages(question)]
    if len(found) <= end:
        found += found_entries(question, language(), Where.ELSEWHERE, end + 1 - len(found), known)
    needs_help = question.asks_for_help and page == 1
    groups = _groups(found[begin:end], question, needs_help)
    is_empty, asks_first = not found and not question.wants_to_tell, question.wants_to_tell and page == 1
    may_report = Reader.REPORTING if asks_first or (is_empty and not needs_help) else Reader(0)
    pages = _for(may_report | Reader.NEEDING_HELP if needs_help else may_report)
    first = [_page(one, str(one.about), question) for one in pages]
    more = len(found) > end and page < MOST_PAGES
    return SearchResults(groups, more, first, is_empty and not needs_help, needs_help)


def _groups(
    shown: Sequence[tuple[str, Any]], question: SearchQuestion, needs_help: bool
) -> list[tuple[str, list[SearchResult]]]:
    """Return the results by kind, in the order of kinds, each with its heading."""
    rows = current_portal.findable
    first = {name for name, one in rows.items() if one.is_help and needs_help}
    kinds = sorted((FIXED, *(one.kind for one in rows.values())), key=lambda kind: (kind.name not in first, kind.order))
    groups = []
    for kind in kinds:
        mine = [one for name, one in shown if name == kind.name]
        results = _pages(mine, question) if kind is FIXED else _rows(rows[kind.name], mine, question)
        groups.append((str(kind.heading), results))
    return [group for group in groups if group[1]]


def _rows(kind: Findable, ids: Sequence[int], question: SearchQuestion) -> list[SearchResult]:
    things = kind.read(ids)
    return [_row(kind, things[item_id], question) for item_id in ids if item_id in things]


def _row(kind: Findable, thing: Any, question: SearchQuestion) -> SearchResult:
    item, texts = kind.show(thing), [text[language()] for text in kind.texts(thing)]
    tags = marked(", ".join(item.tags), question)
    tags = tags if any(hit for _part, hit in tags) else []
    file = item.file if _is_only_in_file(item, texts, question) else None
    parts = snippet([file.words] if file else texts, question)
    return SearchResult(item.title, item.url, parts, item.when, item.look, tags, file)


def _is_only_in_file(item: FoundItem, texts: Sequence[str], question: SearchQuestion) -> bool:
    """Return whether the item's file was read and the page alone does not satisfy the query."""
    if item.file is None or not item.file.words:
        return False
    return not question.is_in(words_of(" ".join([item.title, *texts, *item.tags])))


def _pages(found: Sequence[tuple[FixedPage, str]], question: SearchQuestion) -> list[SearchResult]:
    return [_page(page, text, question) for page, text in found]


def _page(page: FixedPage, text: str, question: SearchQuestion) -> SearchResult:
    return SearchResult(str(page.title), url_for(page.endpoint), snippet([text], question))


def _for(reader: Reader) -> list[FixedPage]:
    """Return the fixed pages that are shown to a reader who is one of these, in their order."""
    return sorted((page for page in current_portal.fixed_pages if reader & page.readers), key=lambda page: page.order)


def found_pages(question: SearchQuestion) -> list[tuple[FixedPage, str]]:
    """Return the fixed pages that contain every query word, each with its text."""
    found = []
    for page in _for(Reader.SEARCHING):
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
    whole = render_template(page.template, **page.values)
    main = whole.partition("</header>\n<main")[2].partition(">")[2].partition("</main>")[0]
    # Without the heading, which is shown as the title.
    body = main.partition("</h1>")[2] or main
    # Separate headings and lines, which would run into each other.
    apart = BLOCKS_END.sub(" ·", body)
    return str(Markup(apart.replace("<", " <")).striptags()).removesuffix(" ·")  # noqa: S704 - its tags are taken out

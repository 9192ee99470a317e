"""Declarations of what the public finds: kinds of searched rows, pages that no row changes, entries of the sitemap.

Features declare them in their `FEATURE`; `home` searches and lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Flag, auto
from typing import Any, NamedTuple, Protocol

from flask_babel import LazyString
from sqlalchemy import Select

from portal.core.clock import zone
from portal.core.db import session
from portal.core.i18n import Bilingual

MOST_LISTED = 2_000
"""Most entries of a kind in the sitemap, newest first: it may have 50,000 addresses, and old pages are linked anyway.
"""


class ResultKind(NamedTuple):
    """A kind of search results; `heading` is shown above them.

    `order` is unique: the place of the kind among the others, the most frequent last. It stands in the index: changing
    one requires a rebuild.
    """

    name: str
    order: int
    heading: LazyString


@dataclass(frozen=True)
class FoundItem:
    """A found row in the reader's language.

    `when` is a date in words; `look` says that a meeting was moved or cancelled.
    """

    title: str
    url: str
    when: str = ""
    look: str = ""


@dataclass(frozen=True, kw_only=True)
class Findable:
    """A kind of searched rows. Their texts are indexed in the transaction that writes them."""

    kind: ResultKind
    model: type[Any]
    key: Any
    """The id's column."""
    public: Callable[..., Select[Any]]
    """Builds the feature's one query for publicly known rows, with further conditions."""
    title: Callable[[Any], Bilingual]
    texts: Callable[[Any], Sequence[Bilingual]]
    """The texts of its page, from which snippets are taken."""
    at: Callable[[Any], datetime | None]
    """The time by which the newest come first."""
    show: Callable[[Any], FoundItem]
    besides: Callable[[Any], Iterable[Bilingual]] = lambda _thing: ()
    """Further texts it is found by, which are not on its page: tags and files."""
    parts: Mapping[type[Any], str] = field(default_factory=dict)
    """Models of rows whose texts belong to it, with the column of the owner's id."""
    place: Any = None
    """The column with the id of the place that a row is about: of a hidden one no text is in the index."""
    is_help: bool = False
    """Shown before all others to readers who may need help."""

    def read(self, ids: Iterable[int]) -> dict[int, Any]:
        """Return the publicly known rows with these ids."""
        wanted = list(ids)
        if not wanted:
            return {}
        found = session.scalars(self.public(self.key.in_(wanted))).unique()
        return {getattr(thing, self.key.key): thing for thing in found}


class Reader(Flag):
    """To whom a search shows a fixed page."""

    SEARCHING = auto()
    """Whoever searches for words of it."""
    REPORTING = auto()
    """First of all, whoever may want to report something or to complain; also those for whom nothing was found."""
    NEEDING_HELP = auto()
    """First of all, after 911, whoever may need help."""


@dataclass(frozen=True)
class FixedPage:
    """A page that no row changes. It is searched by the text of `template`, else by its title and the sentence `about`.

    `order` is its place among the fixed pages, `values` what the template needs.
    """

    order: int
    endpoint: str
    title: LazyString
    about: LazyString | str = ""
    template: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    readers: Reader = Reader.SEARCHING


class SitemapPage(NamedTuple):
    """A public page by its endpoint and the values of its URL, with the day of its last change if it is public."""

    endpoint: str
    changed_on: date | None = None
    values: Mapping[str, Any] = {}


class SitemapPages(Protocol):
    """Yields pages that the public may know of now."""

    def __call__(self) -> Iterable[SitemapPage]: ...


def changed_on(updated_at: datetime, public_since: datetime | None) -> date:
    """Return the day of the last change that the public saw: none from before the page became public."""
    return max(updated_at, public_since or updated_at).astimezone(zone()).date()

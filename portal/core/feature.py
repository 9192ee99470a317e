"""The declaration of a feature in its `feature.py`: everything that it adds to the portal.

    FEATURE = Feature(
        blueprints=(public_pages.blueprint, editor_pages.blueprint),
        timetable=(Timed("reminders", MINUTE, remind_all),),
        refusals=(REFUSALS,),
        retention=ERASED,
    )

`app.py` lists the features; no other module has to know of one. Here is also what they declare to be found (`home`
searches and lists it), and the hooks between features that may not import each other: one asks, another answers, and
neither knows which. Monthly counts pass to the indicators in this way: no row, no day, no name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Flag, auto
from typing import Any, NamedTuple

import click
from flask import Blueprint
from flask_babel import LazyString
from sqlalchemy import Select

from portal.core.clock import zone
from portal.core.db import session
from portal.core.i18n import Bilingual
from portal.core.jobs.engine import Job, Timed
from portal.core.portal import Hook, Plug, Portal, Texts, current_portal
from portal.core.purge import RetentionRule
from portal.core.texted import SlipKind

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

    `when` is a date in words; `look` says that a meeting was moved or cancelled. The search adds `parts`, a passage.
    """

    title: str
    url: str
    when: str = ""
    look: str = ""
    parts: Sequence[tuple[str, bool]] = ()


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
        wanted = list(ids)
        if not wanted:
            return {}
        rows = session.scalars(self.public(self.key.in_(wanted))).unique()
        return {getattr(thing, self.key.key): thing for thing in rows}


class Reader(Flag):
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


def changed_on(updated_at: datetime, public_since: datetime | None) -> date:
    """Return the day of the last change that the public saw: none from before the page became public."""
    return max(updated_at, public_since or updated_at).astimezone(zone()).date()


class NavigationItem(NamedTuple):
    """An item of the navigation bar: the roles that see it (none: everyone), and the key after `g`.

    `order` is its place in the bar; `group` the heading under which it folds for members with many items. `rooms` names
    further blueprints on whose pages it is highlighted. `is_useful` takes the id of a member: the item is left out
    while it leads to nothing for them (its page still opens by its address).
    """

    order: int
    endpoint: str
    label: LazyString
    roles: frozenset[str]
    group: LazyString | None = None
    key: str = ""
    rooms: tuple[str, ...] = ()
    is_useful: Callable[[int], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class Feature:
    blueprints: Sequence[Blueprint] = ()
    jobs: Mapping[str, Job] = field(default_factory=dict)
    """Jobs that are requested by name, with ids."""
    timetable: Sequence[Timed] = ()
    refusals: Sequence[Texts] = ()
    """Sentences by the keys with which its actions raise `Refused`."""
    audited: Sequence[Texts] = ()
    """Descriptions of its actions in the audit log."""
    retention: Sequence[RetentionRule] = ()
    """Rules for data that is erased."""
    kept: Sequence[tuple[str, str]] = ()
    """Data that is not erased, each with the reason."""
    navigation: Sequence[NavigationItem] = ()
    findable: Sequence[Findable] = ()
    """Kinds of rows that a search finds."""
    pages: Sequence[FixedPage] = ()
    """Pages that a search finds and no row changes."""
    sitemap: Callable[[], Iterable[SitemapPage]] | None = None
    """Yields its pages that the public may know of now."""
    hooks: Sequence[Plug] = ()
    commands: Sequence[click.Command] = ()
    start: Callable[[Portal], None] | None = None
    """Further set-up, such as connecting a signal."""

    def join(self, portal: Portal) -> None:
        portal.features.append(self)
        for blueprint in self.blueprints:
            portal.register_blueprint(blueprint)
        for name, work in self.jobs.items():
            portal.engine.job(name, work)
        for timed in self.timetable:
            portal.engine.timed(timed)
        for texts in self.refusals:
            portal.refusals.update(texts)
        for texts in self.audited:
            portal.audited.update(texts)
        for hook, function in self.hooks:
            portal.plugs.setdefault(hook, []).append(function)
        for command in self.commands:
            portal.cli.add_command(command)
        if self.start is not None:
            self.start(portal)


def features() -> list[Feature]:
    """Return the features of this portal, in the order of `app.py`."""
    return current_portal.features


HELD_THEN: Hook[Callable[[datetime, datetime, int], list[str]]] = Hook("what others hold in a time")
"""Return sentences on other meetings, holidays and weekly hours between two moments that a member (id) may know of."""

SLIP_KINDS: Hook[SlipKind] = Hook("slips that are answered by text")


class PublicLink(NamedTuple):
    """A link on the front page and on the lists of meetings and news; `note` says until when it holds."""

    text: str
    url: str
    note: str = ""


OPEN_PAGES: Hook[Callable[[], Iterable[PublicLink]]] = Hook("pages on which residents are asked something now")


def open_pages() -> list[PublicLink]:
    """Return links to pages of any feature on which residents are asked or told something now."""
    return [link for links in OPEN_PAGES.plugged() for link in links()]


class MonthlyTally(NamedTuple):
    """The count of a measure in a month; at a place, or (`market_id` None) in the whole city."""

    measure: str
    market_id: int | None
    value: int


MONTHLY_COUNTS: Hook[Callable[[date], Iterable[MonthlyTally]]] = Hook("monthly counts")
"""Return the counts of the month that begins on a day."""

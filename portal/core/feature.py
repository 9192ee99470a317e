"""The declaration of a feature in its `feature.py`: everything that it adds to the portal.

    FEATURE = Feature(
        blueprints=(public_pages.blueprint, editor_pages.blueprint),
        timetable=(Timed("reminders", MINUTE, remind_all),),
        refusals=(REFUSALS,),
        retention=ERASED,
    )

`app.py` lists the features; no other module has to know of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import click
from flask import Blueprint
from flask_babel import LazyString

from portal.core.findable import Findable, FixedPage, SitemapPages
from portal.core.jobs.engine import Job
from portal.core.jobs.retries import Every
from portal.core.portal import Plug, Portal, Texts
from portal.core.purge import RetentionRule


class Timed(NamedTuple):
    """Work that a worker does when it is due, and with `whatever_the_date` also while the clock is doubted."""

    name: str
    when: Every
    work: Callable[[], None]
    whatever_the_date: bool = False


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
    """Everything that a feature adds to the portal."""

    blueprints: Sequence[Blueprint] = ()
    development_blueprints: Sequence[Blueprint] = ()
    """Only registered if `PORTAL_ENVIRONMENT` is development."""
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
    sitemap: SitemapPages | None = None
    """Yields its pages for the sitemap."""
    hooks: Sequence[Plug] = ()
    commands: Sequence[click.Command] = ()
    start: Callable[[Portal], None] | None = None
    """Further set-up, such as connecting a signal."""

    def join(self, portal: Portal) -> None:
        """Register all of it with the portal."""
        for blueprint in (*self.blueprints, *(self.development_blueprints if portal.settings.is_development else ())):
            portal.register_blueprint(blueprint)
        for name, work in self.jobs.items():
            portal.engine.job(name, work)
        for timed in self.timetable:
            portal.engine.timed(*timed)
        for texts in self.refusals:
            portal.refusals.update(texts)
        for texts in self.audited:
            portal.audited.update(texts)
        portal.retention.extend(self.retention)
        portal.kept.extend(self.kept)
        portal.navigation.extend(self.navigation)
        portal.findable.update((one.kind.name, one) for one in self.findable)
        portal.fixed_pages.extend(self.pages)
        if self.sitemap is not None:
            portal.sitemap.append(self.sitemap)
        for plug in self.hooks:
            plug.into(portal)
        for command in self.commands:
            portal.cli.add_command(command)
        if self.start is not None:
            self.start(portal)

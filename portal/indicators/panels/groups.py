"""Arrests and stops by group of people, as tables of whole years beside the panel of all. No order by size."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.core.i18n import language
from portal.indicators.panels.panels import Table
from portal.indicators.panels.reading import (
    YEAR,
    Panel,
    moved_words,
    percent_words,
    period_words,
    share_span,
    value_words,
)
from portal.indicators.snapshots.snapshots import MeasureShown, Value
from portal.indicators.snapshots.table import percent

MOST_YEARS = 5


def group_tables(panel: Panel) -> list[tuple[str, Table]]:
    """Return a caption and a table for each of the last years of which groups are shown, newest first."""
    ends = sorted({at for _one, values, _covers in panel.groups for at, value in enumerate(values) if _is(value)})
    return [(_caption(panel, at), _table(panel, at)) for at in ends[::-1][:MOST_YEARS]]


def group_notes(panel: Panel) -> list[str]:
    """Return what to mind in these tables, and whether a year is not shown."""
    found = [_("These numbers do not say why it is so.")]
    if any("hidden" in values for _one, values, _covers in panel.groups):
        found.append(_("What would point to a few people is not shown."))
    if panel.moved_from:
        found.append(_("Each number is moved a little by chance, so between two ends, and they do not quite add up."))
    if any(group.residents is not None for group, _values, _covers in panel.groups) and _is_city(panel):
        found.append(_("In brackets: how many of 100 residents belong to the group, as the city says."))
    return list(map(str, found))


def _is(value: Value) -> bool:
    return isinstance(value, int)


def _is_city(panel: Panel) -> bool:
    return panel.moved_from is not None


def _caption(panel: Panel, at: int) -> str:
    covers = next(covers for _one, values, covers in panel.groups if _is(values[at]))
    words = _(
        "%(measure)s by race and ethnicity, %(year)s",
        measure=panel.measure.name[language()],
        year=period_words(panel.months, at, covers),
    )
    return str(words)


def _table(panel: Panel, at: int) -> Table:
    many = next((covers[at] for _one, values, covers in panel.groups if covers and _is(values[at])), 1)
    whole = _whole(panel, at, many)
    rows = [
        [_row_name(panel, group), *_numbers(panel, at, values[at], whole)] for group, values, _covers in panel.groups
    ]
    known = [value for _one, values, _covers in panel.groups if isinstance(value := values[at], int)]
    if not _is_city(panel) and whole is not None and (left := whole - sum(known)) > 0:
        rows.append([str(_("No group told")), value_words(left), percent_words(percent(left, whole))])
    # The caption says of what. A fourth column would not fit on a narrow phone.
    return [str(_("Group")), str(_("Number")), str(_("Of 100"))], rows


def _row_name(panel: Panel, group: MeasureShown) -> str:
    """Return the name of a group, of the whole city with its part of the residents."""
    name = _group_name(panel.measure, group)
    if not _is_city(panel) or group.residents is None:
        return name
    return str(_("%(group)s (%(residents)s of 100 residents)", group=name, residents=group.residents))


def _numbers(panel: Panel, at: int, value: Value, whole: int | None) -> tuple[str, str]:
    """Return the number of a group and its share; between two ends where both were moved by chance."""
    if not panel.is_moved(at) or not isinstance(value, int):
        return value_words(value), percent_words(percent(value, whole))
    ends = share_span(value, whole, YEAR, of_part=1) if whole is not None else None
    return moved_words(panel, at, value), percent_words("–".join(map(str, ends))) if ends else "–"


def _whole(panel: Panel, last: int, months: int) -> int | None:
    """Return how many there were in all in the months of a table, if all of them are shown."""
    covered, found = 0, 0
    for at in range(max(0, last - months + 1), last + 1):
        value = panel.values[at]
        if isinstance(value, int):
            covered += panel.covers[at] if panel.covers else 1
            found += value
    return found if covered == months else None


def _group_name(whole: MeasureShown, group: MeasureShown) -> str:
    """Return the name of a group without that of its whole: "Arrests: Asian" stands as "Asian"."""
    name = group.name[language()]
    short = name.removeprefix(f"{whole.name[language()]}: ")
    return short[:1].upper() + short[1:]

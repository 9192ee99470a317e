"""What a table of monthly counts is about, and what it would change."""

from __future__ import annotations

from collections.abc import Iterator

from portal.core.cells import Wrong, heading
from portal.indicators.actions import Count
from portal.indicators.imports.queries import Beginnings, named_areas, named_measures
from portal.indicators.imports.rules.months_table import Cell, Table, counted_twice
from portal.indicators.imports.rules.wholes import more_than_whole
from portal.indicators.queries import measures, plain_figures
from portal.indicators.rules.months import written


def counts_of(table: Table, member_id: int) -> tuple[list[Count], list[Wrong]]:
    """The counts of a table, and what cannot be taken over.

    That is a name of no area or measure that the member may know of, and what the effort did before a place was public.
    """
    areas, known, beginnings = named_areas(member_id), named_measures(), Beginnings()
    counts: list[Count] = []
    lines: list[Cell] = []
    wrong: dict[tuple[int, str], Wrong] = {}
    told = {(one.line, one.column) for one in table.wrong}
    seen: dict[tuple[object, ...], Cell] = {}
    for one in table.cells:
        area, measure = areas.get(heading(one.area)), known.get(heading(one.measure))
        if area is None:
            wrong[one.line, "area"] = Wrong("unknown_area", one.line, table.area_column, one.area)
        if measure is None:
            wrong[one.line, "measure"] = Wrong("unknown_measure", one.line, table.measure_column, one.measure)
        if area is None or measure is None:
            continue
        if not beginnings.may_have(area, measure, one.month_on):
            wrong[one.line, one.column] = Wrong("not_public_yet", one.line, one.column, written(one.month_on))
        count = Count(area.id, measure.id, one.month_on, one.value)
        first = seen.setdefault(count.cell, one)
        if first.line != one.line and (one.line, one.column) not in told:
            # The same measure under two of its names.
            wrong[one.line, one.column] = counted_twice(first, one)
        counts.append(count)
        lines.append(one)
    return counts, [*wrong.values(), *_impossible(counts, lines)]


def _impossible(counts: list[Count], lines: list[Cell]) -> Iterator[Wrong]:
    where = {one[:3]: line for one, line in zip(counts, lines, strict=True)}
    new = {one[:3]: one.value for one in counts}
    listed = measures()
    ids = {one.key: one.id for one in listed}
    whole_of = {one.id: ids[one.of_key] for one in listed if one.of_key in ids}
    for spot, part, whole in more_than_whole(new, plain_figures({one.area_id for one in counts}), whole_of):
        yield Wrong("more_than_whole", where[spot].line, where[spot].column, more={"part": part, "whole": whole})

"""The leading panel of a place and its wording, and the number tables of panels.

The plan decides which measure leads, so that good results cannot be moved to the top. Arrests and stops by group of
people are tables of whole years beside the panel of all, in no order by size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import format_date, gettext as _, lazy_gettext as _l

from portal.core.i18n import language, number
from portal.indicators import panel_reading
from portal.indicators.panel_reading import Panel, percent_words, period_words, value_words
from portal.indicators.panel_texts import count_pair, headline, panel_sentence
from portal.indicators.statistics import terms
from portal.indicators.statistics.changes import whole_percent
from portal.indicators.statistics.plans import fixed
from portal.indicators.statistics.schema import Deviation, Document, MeasureShown, PlaceShown
from portal.indicators.statistics.sentences import Refusal
from portal.indicators.studies_texts import deviation_sentence, elsewhere_sentences, inside


class Because(StrEnum):
    NAMED = "named"
    """The plan names it as the measure to judge by."""
    NOT_COUNTED = "not_counted"
    """It would lead, but the snapshot has no figures of it. No other panel takes its place."""
    TOO_EARLY = "too_early"
    """There is a plan, but there are no findings yet."""
    NO_PLAN = "no_plan"


@dataclass(frozen=True)
class Lead:
    because: Because
    panel: Panel | None = None
    measure: MeasureShown | None = None
    late: bool = False
    deviations: tuple[Deviation, ...] = ()

    @property
    def is_as_promised(self) -> bool:
        return self.because is Because.NAMED and not (self.late or self.deviations)


def lead_of(document: Document, place: PlaceShown, panels: Sequence[Panel]) -> Lead:
    plan, studied = place.registration, [panel for panel in panels if panel.main]
    if plan is None or not studied:
        return Lead(Because.TOO_EARLY if plan else Because.NO_PLAN)
    key = fixed(plan.plan).primary
    panel = next((panel for panel in studied if panel.measure.key == key), None)
    return Lead(
        because=Because.NAMED if panel else Because.NOT_COUNTED,
        panel=panel,
        measure=next((measure for measure in document.measures if measure.key == key), None),
        late=not plan.before_call_in,
        deviations=tuple(deviation for deviation in plan.deviations if deviation.hits(key)),
    )


NOTES = {
    Because.NAMED: _l("This is the measure we said beforehand we would judge by."),
    Because.NOT_COUNTED: _l("It was fixed beforehand as the first to look at, so nothing else takes its place."),
}
NOTE_LATE = _l("We chose this number to judge by after the call-in and not before, so be more careful with it.")


def lead_sentence(lead: Lead) -> str:
    if lead.panel:
        return panel_sentence(lead.panel)
    if lead.because is Because.NOT_COUNTED and lead.measure:
        name = inside(lead.measure.name[language()])
        return str(_("We can't say whether %(measure)s changed: it was not counted.", measure=name))
    if lead.because is Because.NO_PLAN:
        return str(_("Nobody can say whether anything changed: nothing was fixed beforehand to judge by."))
    return str(_("It is too early to say what changed."))


def lead_notes(lead: Lead) -> list[str]:
    note = NOTE_LATE if lead.late and lead.because is Because.NAMED else NOTES.get(lead.because)
    return [str(note)] if note else []


def lone_notes(lead: Lead, *, beforehand: bool = True) -> list[str]:
    """Return what a leading sentence without its panel may not stand without: why it leads, and its caveats.

    Without `beforehand`, no reason is given where all is as promised: the page says so of all places at once.
    """
    why = lead_notes(lead) if beforehand or not lead.is_as_promised else []
    return [*why, *beside_notes(lead.panel)] if lead.panel else why


def beside_notes(panel: Panel) -> list[str]:
    """Return what no sentence of a measure may stand without: deviations, nothing to compare with, a change around."""
    return [*map(deviation_sentence, panel.deviations), *(elsewhere_sentences(panel.main) if panel.main else ())]


NO_RESULT = {
    Refusal.NOT_YET: _l("No result yet: it comes once %(look)s months after the call-in are counted."),
    Refusal.TOO_FEW_MONTHS: _l("No result yet: too few months are counted."),
    Refusal.TOO_FEW_EVENTS: _l("No result: too little happens here for a percentage."),
}
NO_LEAD = {
    Because.NO_PLAN: _l("No result: nothing was fixed beforehand to judge by."),
    Because.NOT_COUNTED: _l("No result: what we wanted to judge by was not counted."),
    Because.TOO_EARLY: _l("No result yet: it is too early."),
}


def headlines(lead: Lead, *, short: bool = False) -> list[str]:
    """Return what is read first of a place: result and count so far, or why there is none, `short` in a list."""
    main = lead.panel.main if lead.panel else None
    if lead.panel and (has_result(lead) or count_pair(lead.panel)):
        return headline(lead.panel)
    words = NO_LEAD.get(lead.because) if main is None else NO_RESULT.get(Refusal(main.refusal or Refusal.NO_FIT))
    if not short or words is None:
        return [lead_sentence(lead)]
    return [str(words) % {"look": number(round(main.diagnostics.get("next_look", 0))) if main else ""}]


def has_count(lead: Lead) -> bool:
    return lead.panel is not None and count_pair(lead.panel) is not None


def has_result(lead: Lead) -> bool:
    return bool(lead.panel and lead.panel.main and lead.panel.main.refusal is None)


Table = tuple[list[str], list[list[str]]]
MONTHS_LISTED = 12
"""All months are drawn, and in the files to download."""


def number_table(panel: Panel) -> Table:
    """Return the last counted months of a panel, newest first."""
    rows = []
    for place in [at for at, value in enumerate(panel.values) if value is not None][: -MONTHS_LISTED - 1 : -1]:
        month = str(format_date(terms.read(panel.months[place]), "MMM y"))
        month = period_words(panel.months, place, panel.covers) if panel.covers else month
        rows.append([month, panel_reading.moved_words(panel, place, panel.values[place])])
    return [_("Month"), panel.measure.unit[language()]], rows


MOST_YEARS = 5


def group_tables(panel: Panel) -> list[tuple[str, Table]]:
    """Return a caption and a table for each of the last years of which groups are shown, newest first."""
    ends = {at for _group, values, _covers in panel.groups for at, value in enumerate(values) if isinstance(value, int)}
    return [_group_table(panel, at) for at in sorted(ends, reverse=True)[:MOST_YEARS]]


def group_notes(panel: Panel) -> list[str]:
    """Return what to mind in these tables, and whether a year is not shown."""
    notes = [_("These numbers do not say why it is so.")]
    if any("hidden" in values for _group, values, _covers in panel.groups):
        notes.append(_("What would point to a few people is not shown."))
    if any(group.residents is not None for group, _values, _covers in panel.groups) and panel.moved_from is not None:
        notes.append(_("In brackets: how many of 100 residents belong to the group, as the city says."))
    return list(map(str, notes))


def _group_table(panel: Panel, at: int) -> tuple[str, Table]:
    is_city, name = panel.moved_from is not None, panel.measure.name[language()]
    shown = [(value, covers) for _group, values, covers in panel.groups if isinstance(value := values[at], int)]
    year = period_words(panel.months, at, shown[0][1])
    sum_of_groups = sum(value for value, _covers in shown)
    if is_city:
        # The total of the city is moved by chance, its groups are not.
        is_whole = len(shown) == sum(values[at] is not None for _group, values, _covers in panel.groups)
        whole = sum_of_groups if is_whole else None
    else:
        whole = _whole(panel, at, next((covers[at] for _value, covers in shown if covers), 1))
    rows = []
    for group, values, _covers in panel.groups:
        # "Arrests: Asian" stands as "Asian".
        words = group.name[language()].removeprefix(f"{name}: ")
        words = words[:1].upper() + words[1:]
        if is_city and group.residents is not None:
            words = _("%(group)s (%(residents)s of 100 residents)", group=words, residents=group.residents)
        rows.append([str(words), value_words(values[at]), percent_words(whole_percent(values[at], whole))])
    if not is_city and whole is not None and (left := whole - sum_of_groups) > 0:
        rows.append([str(_("No group told")), value_words(left), percent_words(whole_percent(left, whole))])
    # The caption says of what. A fourth column would not fit on a narrow phone.
    head = [str(_("Group")), str(_("Number")), str(_("Of 100"))]
    return str(_("%(measure)s by race and ethnicity, %(year)s", measure=name, year=year)), (head, rows)


def _whole(panel: Panel, last: int, months: int) -> int | None:
    """Return how many there were in all in the months of a table, if all of them are shown."""
    covered, sum_of_values = 0, 0
    for at in range(max(0, last - months + 1), last + 1):
        value = panel.values[at]
        if isinstance(value, int):
            covered += panel.covers[at] if panel.covers else 1
            sum_of_values += value
    return sum_of_values if covered == months else None

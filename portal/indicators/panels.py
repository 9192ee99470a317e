"""The leading panel of a place and its wording, and the number tables of panels.

The plan decides which measure leads, so that good results cannot be moved to the top. Arrests and stops by group of
people are tables of whole years beside the panel of all, in no order by size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.i18n import language, number
from portal.indicators import panel_reading
from portal.indicators.panel_reading import Panel, percent_words, period_words, value_words
from portal.indicators.panel_texts import count_pair, headline, panel_sentence
from portal.indicators.statistics import terms
from portal.indicators.statistics.changes import percent
from portal.indicators.statistics.plans import fixed
from portal.indicators.statistics.schema import Deviation, Document, MeasureShown, PlaceShown
from portal.indicators.statistics.sentences import Refusal
from portal.indicators.study_texts import deviation_sentence, elsewhere_sentences, inside


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
    """Whether the plan was locked only after the call-in."""
    deviations: tuple[Deviation, ...] = ()
    """The deviations from the plan that concern the leading measure."""

    @property
    def is_as_promised(self) -> bool:
        return self.because is Because.NAMED and not (self.late or self.deviations)


def lead_of(document: Document, place: PlaceShown, panels: Sequence[Panel]) -> Lead:
    plan, studied = place.registration, [panel for panel in panels if panel.main]
    if plan is None:
        return Lead(Because.NO_PLAN)
    if not studied:
        return Lead(Because.TOO_EARLY)
    key = fixed(plan.plan).primary
    panel = next((one for one in studied if one.measure.key == key), None)
    known = {one.key: one for one in document.measures}
    return Lead(
        Because.NAMED if panel else Because.NOT_COUNTED,
        panel,
        known.get(key),
        not plan.before_call_in,
        tuple(one for one in plan.deviations if one.hits(key)),
    )


NOTES = {
    Because.NAMED: _l("This is the measure we said beforehand we would judge by."),
    Because.NOT_COUNTED: _l("It was fixed beforehand as the first to look at, so nothing else takes its place."),
}
NOTE_LATE = _l("We chose this number to judge by after the meeting and not before, so be more careful with it.")


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


def headlines(lead: Lead, *, short: bool = False) -> list[str]:
    """Return what is read first of a place: its result and the count so far, or why there is none.

    `short`: the reason in a few words, for a list of places.
    """
    if lead.panel and (has_result(lead) or count_pair(lead.panel)):
        return headline(lead.panel)
    return [short_sentence(lead) if short else lead_sentence(lead)]


def has_count(lead: Lead) -> bool:
    return lead.panel is not None and count_pair(lead.panel) is not None


def has_result(lead: Lead) -> bool:
    return bool(lead.panel and lead.panel.main and lead.panel.main.refusal is None)


NO_RESULT = {
    Refusal.NOT_YET: _l("No result yet: it comes once %(look)s months after the community meeting are counted."),
    Refusal.TOO_FEW_MONTHS: _l("No result yet: too few months are counted."),
    Refusal.TOO_FEW_EVENTS: _l("No result: too little happens here for a percentage."),
}
NO_LEAD = {
    Because.NO_PLAN: _l("No result: nothing was fixed beforehand to judge by."),
    Because.NOT_COUNTED: _l("No result: what we wanted to judge by was not counted."),
    Because.TOO_EARLY: _l("No result yet: it is too early."),
}


def short_sentence(lead: Lead) -> str:
    main = lead.panel.main if lead.panel else None
    words = NO_LEAD.get(lead.because) if main is None else NO_RESULT.get(Refusal(main.refusal or Refusal.NO_FIT))
    if words is None:
        return lead_sentence(lead)
    return str(words) % {"look": number(round(main.diagnostics.get("next_look", 0))) if main else ""}


Table = tuple[list[str], list[list[str]]]
"""Head and rows of a table."""
MONTHS_LISTED = 12
"""All months are drawn, and in the files to download."""


def number_table(panel: Panel) -> Table:
    told = [place for place, value in enumerate(panel.values) if value is not None][-MONTHS_LISTED:]
    rows = [
        [
            period_words(panel.months, place, panel.covers)
            if panel.covers
            else str(format_date(terms.read(panel.months[place]), "MMM y")),
            panel_reading.moved_words(panel, place, panel.values[place]),
        ]
        for place in reversed(told)
    ]
    return [_("Month"), panel.measure.unit[language()]], rows


MOST_YEARS = 5


def group_tables(panel: Panel) -> list[tuple[str, Table]]:
    ends = sorted(
        {at for _one, values, _covers in panel.groups for at, value in enumerate(values) if isinstance(value, int)}
    )
    return [(_caption(panel, at), _table(panel, at)) for at in ends[::-1][:MOST_YEARS]]


def group_notes(panel: Panel) -> list[str]:
    found = [_("These numbers do not say why it is so.")]
    if any("hidden" in values for _one, values, _covers in panel.groups):
        found.append(_("What would point to a few people is not shown."))
    if any(group.residents is not None for group, _values, _covers in panel.groups) and _is_city(panel):
        found.append(_("In brackets: how many of 100 residents belong to the group, as the city says."))
    return list(map(str, found))


def _is_city(panel: Panel) -> bool:
    return panel.moved_from is not None


def _caption(panel: Panel, at: int) -> str:
    covers = next(covers for _one, values, covers in panel.groups if isinstance(values[at], int))
    words = _(
        "%(measure)s by race and ethnicity, %(year)s",
        measure=panel.measure.name[language()],
        year=period_words(panel.months, at, covers),
    )
    return str(words)


def _table(panel: Panel, at: int) -> Table:
    many = next((covers[at] for _one, values, covers in panel.groups if covers and isinstance(values[at], int)), 1)
    known = [value for _one, values, _covers in panel.groups if isinstance(value := values[at], int)]
    # The total of the city is moved by chance, its groups are not.
    is_whole = len(known) == sum(values[at] is not None for _one, values, _covers in panel.groups)
    whole = (sum(known) if is_whole else None) if _is_city(panel) else _whole(panel, at, many)
    rows = [
        [_row_name(panel, group), value_words(values[at]), percent_words(percent(values[at], whole))]
        for group, values, _covers in panel.groups
    ]
    if not _is_city(panel) and whole is not None and (left := whole - sum(known)) > 0:
        rows.append([str(_("No group told")), value_words(left), percent_words(percent(left, whole))])
    # The caption says of what. A fourth column would not fit on a narrow phone.
    return [str(_("Group")), str(_("Number")), str(_("Of 100"))], rows


def _row_name(panel: Panel, group: MeasureShown) -> str:
    name = _group_name(panel.measure, group)
    if not _is_city(panel) or group.residents is None:
        return name
    return str(_("%(group)s (%(residents)s of 100 residents)", group=name, residents=group.residents))


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

"""Words, tables and bars of panels. The plan decides which measure leads, so that good results cannot move up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from flask_babel import format_date, format_decimal, gettext as _, lazy_gettext as _l, ngettext

from portal.core.i18n import language, number
from portal.core.suppression import FEWEST_SHOWN
from portal.indicators import panel_reading, studies_texts
from portal.indicators.panel_reading import YEAR, Panel, month_words, percent_words, period_words, value_words
from portal.indicators.statistics import terms
from portal.indicators.statistics.closed_form import whole_percent
from portal.indicators.statistics.plans import fixed
from portal.indicators.statistics.protection import LEAST_MOVED, REACH
from portal.indicators.statistics.schema import PlaceShown
from portal.indicators.statistics.sentences import Refusal

KINDS = {
    "calls": _l("Calls for help"),
    "crime": _l("What the police recorded"),
    "survey": _l("What residents say"),
    "service": _l("Help that was offered"),
    "portal": _l("How we keep our word"),
    "policing": _l("Arrests and stops"),
}
KIND_NOTES = {
    "crime": _l("These numbers also change when the police look more closely or people call more."),
    "survey": _l("Of those who answered: not always the same people, and not drawn by lot."),
    "policing": _l("Arrests and stops are counted, not people: what the police did, not how much crime there was."),
    "portal": _l("More reports can mean more trust; they do not measure crime."),
}
NOW_AND_THEN = ("survey", "service")
"""The kinds of measures that are counted at few times and shown in bars."""


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
    late: bool = False

    @property
    def has_result(self) -> bool:
        return bool(self.panel and self.panel.main and self.panel.main.refusal is None)


def lead_of(place: PlaceShown, panels: Sequence[Panel]) -> Lead:
    plan, studied = place.registration, [panel for panel in panels if panel.main]
    if plan is None or not studied:
        return Lead(Because.TOO_EARLY if plan else Because.NO_PLAN)
    key = fixed(plan.plan).primary
    panel = next((panel for panel in studied if panel.measure.key == key), None)
    because = Because.NAMED if panel else Because.NOT_COUNTED
    return Lead(because, panel, late=not plan.before_call_in)


NOTES = {
    Because.NAMED: _l("This is the measure we said beforehand we would judge by."),
    Because.NOT_COUNTED: _l("It was fixed beforehand as the first to look at, so nothing else takes its place."),
}
NOTE_LATE = _l("Chosen to judge by after the call-in and not before: be more careful with it.")
NO_LEAD = {
    Because.NO_PLAN: _l("No result: nothing was fixed beforehand to judge by."),
    Because.NOT_COUNTED: _l("No result: what we wanted to judge by was not counted."),
    Because.TOO_EARLY: _l("No result yet: it is too early."),
}


def headlines(lead: Lead, *, counts: bool = True) -> list[str]:
    return headline(lead.panel, counts=counts) if lead.panel else [str(NO_LEAD[lead.because])]


def lone_notes(lead: Lead, *, beforehand: bool = True) -> list[str]:
    """Return why a sentence without its panel leads (if `beforehand`, or not as promised), and its caveats."""
    is_named = lead.because is Because.NAMED
    note = NOTE_LATE if lead.late and is_named else NOTES.get(lead.because)
    is_said = beforehand or not is_named or lead.late or (lead.panel and lead.panel.deviations)
    return [*([str(note)] if note and is_said else []), *(beside_notes(lead.panel) if lead.panel else ())]


def beside_notes(panel: Panel) -> list[str]:
    """Return what no sentence of a measure may stand without: deviations, nothing to compare with, a change around."""
    around = studies_texts.elsewhere_sentences(panel.main) if panel.main else []
    return [*map(studies_texts.deviation_sentence, panel.deviations), *around]


METHOD = (
    _l("Places are chosen at their worst, and then often get better by themselves."),
    _l(
        "“Fairly sure” takes at least five similar areas, and no earlier trend or high year that may explain it. "
        "Chance can still mislead us."
    ),
)


def panel_title(panel: Panel) -> str:
    name = panel.measure.name[language()]
    if any(many > 1 for many in panel.covers):
        return name
    return str(_("%(measure)s, each month", measure=name))


def alternative(panel: Panel) -> str:
    months = [month for month, value in zip(panel.months, panel.values, strict=True) if value is not None]
    sentences = [_("From %(first)s to %(last)s.", first=month_words(months[0]), last=month_words(months[-1]))]
    if panel.first_and_last:
        early, late = (format_decimal(round(mean)) for mean in panel.first_and_last)
        words = str(_("In the first twelve months about %(early)s a month, in the last twelve about %(late)s."))
        sentences.append(words % {"early": early, "late": late})
    sentences += _expected_in_words(panel)
    if any(many > 1 for many in panel.covers):
        sentences.append(_("Where there were few, several months were counted together; the line shows their mean."))
    if "hidden" in panel.values:
        sentences.append(_("A gap is a time that is not shown."))
    return " ".join(map(str, sentences))


def _expected_in_words(panel: Panel) -> list[str]:
    main, sentences = panel.main, []
    if panel.goes_by_areas:
        sentences.append(_("The broken line shows similar areas, brought to our level: so it was to be expected here."))
    elif panel.expected:
        sentences.append(_("The broken line shows what the months before let us expect after the call-in."))
    if panel.expected and main and main.expected_low:
        sentences.append(_("The band is the usual range had nothing changed."))
    if panel.expected and main and {"observed", "expected"} <= main.diagnostics.keys():
        words = _(
            "In the %(months)s months that are judged, %(observed)s were counted here; about %(expected)s were to be "
            "expected."
        )
        sums = {name: format_decimal(round(main.diagnostics[name])) for name in ("observed", "expected")}
        sentences.append(str(words) % (sums | {"months": main.months_after}))
    if panel.scaled:
        sentences.append(_("The thin dotted line shows similar areas, brought to our level before the call-in."))
    return [str(words) for words in sentences]


def suppression_note(panels: Iterable[Panel]) -> str:
    """Return what all numbers of people on a page have in common: small ones are not shown, the city's are moved."""
    panels = list(panels)
    if not any(panel.moved_from for panel in panels):
        is_hidden = any("hidden" in (*panel.values, *panel.asked) for panel in panels)
        words = _("A number that could point to somebody is not shown if it is under %(few)s.", few=FEWEST_SHOWN)
        return str(words) if is_hidden else ""
    words = _(
        "“About”: rounded to tens and moved a little by chance, 19 of 20 by %(reach)s or less, to protect people. "
        "Under %(least)s is not shown."
    )
    return str(words) % {"reach": REACH, "least": LEAST_MOVED}


class CountPair(NamedTuple):
    months: int
    now: int
    then: int
    newest: str

    @property
    def through(self) -> str:
        return month_words(self.newest)


def count_pair(panel: Panel | None) -> CountPair | None:
    """Return counts since the meeting and a year before; None if not by month: sums would give hidden ones away."""
    if panel is None or panel.delivered not in panel.months or panel.asked or panel.covers or panel.moved_from:
        return None
    meeting, newest = panel.months.index(panel.delivered), max(panel.counted, default=0)
    months, before = min(newest - meeting, YEAR), min(newest - YEAR, meeting - 1)
    if months < 1 or before + 1 < months:
        return None
    now, then = (panel_reading.total(panel.values[last + 1 - months : last + 1]) for last in (newest, before))
    return None if now is None or then is None else CountPair(months, now, then, panel.months[newest])


def count_sentence(panel: Panel) -> str:
    pair = count_pair(panel)
    if pair is None:
        return ""
    about = {"now": number(pair.now), "then": number(pair.then), "month": pair.through}
    about["unit"] = panel.measure.unit[language()]
    if pair.months == YEAR:
        words = _("%(now)s %(unit)s in the 12 months through %(month)s; %(then)s in the 12 months before the call-in.")
        return str(words) % about
    words = ngettext(
        "%(now)s %(unit)s in %(num)s month since the call-in, through %(month)s; "
        "%(then)s in the same month a year before.",
        "%(now)s %(unit)s in %(num)s months since the call-in, through %(month)s; "
        "%(then)s in the same months a year before.",
        pair.months,
        **about,
    )
    return str(words)


def headline(panel: Panel, *, counts: bool = True) -> list[str]:
    """Return result and count so far; while the result waits for its day, the count alone."""
    counted = count_sentence(panel)
    waits = bool(counted and panel.main and panel.main.refusal == Refusal.NOT_YET)
    words = [] if waits else [panel_sentence(panel)]
    if counted and counts and counted not in words:
        words.append(counted)
    if waits:
        words = [" ".join([*words, _("Too early to say why.")])]
    return words


def next_decision(panel: Panel | None) -> str:
    look = round(panel.main.diagnostics.get("next_look", 0)) if panel and panel.main else 0
    if not (panel and panel.main and panel.delivered and look):
        return str(_("No other result is planned."))
    month = terms.plus(terms.read(panel.delivered), panel.wash_out + look - 1)
    when = str(_("The next result comes with the numbers of %(month)s.", month=month_words(terms.written(month))))
    if panel.main.refusal != Refusal.NOT_YET or panel.too_few_areas is None:
        return when
    # What is known before the verdict: with so few similar areas nobody can be sure of it.
    if panel.main.design == "its" or not panel.too_few_areas:
        never = _("Without similar areas nobody can be fairly sure then either.")
    else:
        never = ngettext(
            "With only %(num)s similar area nobody can be fairly sure then either.",
            "With only %(num)s similar areas nobody can be fairly sure then either.",
            panel.too_few_areas,
        )
    return f"{when} {never}"


def panel_sentence(panel: Panel) -> str:
    if panel.main:
        return studies_texts.finding_sentence(panel.main, panel.measure.name[language()], panel.findings)
    if panel.changes:
        return panel_reading.change_sentence(panel.changes[0])
    if counted := count_sentence(panel):
        return counted
    return newest_sentence(panel) or str(_("There is nothing to show yet."))


def newest_sentence(panel: Panel) -> str:
    if not panel.told:
        return ""
    newest, month = panel.told[-1], period_words(panel.months, panel.told[-1], panel.covers)
    words = str(_("%(number)s in %(month)s.")) % {"number": number_words(panel, newest), "month": month}
    return words[:1].upper() + words[1:]


def number_words(panel: Panel, place: int) -> str:
    """Return one number of a panel: "43 of 100", "about 210"; of few people both numbers of a share."""
    part, whole = panel.values[place], panel.asked[place] if panel.asked else None
    if not isinstance(whole, int):
        return panel_reading.moved_words(panel, place, part)
    both = {"part": value_words(part), "whole": value_words(whole)}
    if panel.is_moved(place):
        return str(_("about %(part)s of about %(whole)s", **both))
    if whole < FEWEST_SHOWN:
        # "100 of 100" would make one look like many.
        return str(_("%(part)s of %(whole)s", **both))
    return str(_("%(number)s of 100", number=format_decimal(panel.shares[place])))


class Bar(NamedTuple):
    words: str
    period: str
    length: float


def bars_of(panel: Panel) -> list[Bar]:
    """Return the last numbers of a panel that has few, newest first, of periods of one length; none if only one."""
    if not panel.told or not (panel.is_sparse or panel.measure.kind in NOW_AND_THEN):
        return []
    months = panel.covers or (1,) * len(panel.months)
    shown = [place for place in panel.told if months[place] == months[panel.told[-1]]][-MONTHS_LISTED:]
    numbers = {place: value for place in shown if isinstance(value := panel.values[place], int)}
    bars, most = [], max(numbers.values())
    for place, value in numbers.items() if len(numbers) > 1 else ():
        whole = panel.asked[place] if panel.asked else most
        length = 100 * min(1.0, value / whole) if isinstance(whole, int) and whole else 0.0
        bars.append(Bar(number_words(panel, place), period_words(panel.months, place, panel.covers), round(length, 1)))
    return bars[::-1]


def is_empty(panel: Panel) -> bool:
    return not (panel.findings or panel.changes or panel.told)


def panel_caveats(panel: Panel) -> list[str]:
    if panel.main:
        otherwise = map(studies_texts.deviation_sentence, panel.deviations)
        return [*otherwise, *studies_texts.caveat_sentences(panel.main, panel.measure.kind)]
    if panel.changes and panel.delivered and panel.changes[0].earlier >= panel.delivered:
        return [str(_("Nobody was asked before the call-in, so we can’t tell what it changed."))]
    return []


def method_sentences(areas: int) -> list[str]:
    if areas:
        compared = _("Compared with %(number)s similar areas where nothing was done.", number=areas)
    else:
        compared = _("There is nothing to compare it with, so nobody can say what would have happened anyway.")
    return [str(words) for words in (compared, *METHOD)]


Table = tuple[list[str], list[list[str]]]
MONTHS_LISTED = 6
"""All months are drawn, and in the files to download."""


def number_table(panel: Panel) -> Table:
    rows = []
    for place in [at for at, value in enumerate(panel.values) if value is not None][: -MONTHS_LISTED - 1 : -1]:
        month = str(format_date(terms.read(panel.months[place]), "MMM y"))
        month = period_words(panel.months, place, panel.covers) if panel.covers else month
        rows.append([month, panel_reading.moved_words(panel, place, panel.values[place])])
    return [_("Month"), panel.measure.unit[language()]], rows


def count_tables(panels: Iterable[Panel]) -> list[tuple[str, Table]]:
    """Return the counts so far of measures that no plan judges: a caption and a table for each span of months."""
    spans: dict[tuple[int, str], list[list[str]]] = defaultdict(list)
    for panel in panels:
        if panel.main is None and (pair := count_pair(panel)):
            row = [panel.measure.name[language()], number(pair.now), number(pair.then)]
            spans[pair.months, pair.through].append(row)
    head = [str(_("What was counted")), str(_("Now")), str(_("Before"))]
    captions = {
        (months, month): ngettext(
            "%(num)s month through %(month)s, and the same month before the call-in",
            "%(num)s months through %(month)s, and the same months before the call-in",
            months,
            month=month,
        )
        for months, month in spans
    }
    return [(str(captions[span]), (head, rows)) for span, rows in spans.items()]


MOST_YEARS = 5


def group_tables(panel: Panel) -> list[tuple[str, Table]]:
    """Return a caption and a table for each of the last years of which groups are shown, newest first."""
    ends = {at for _group, values, _covers in panel.groups for at, value in enumerate(values) if isinstance(value, int)}
    return [_group_table(panel, at) for at in sorted(ends, reverse=True)[:MOST_YEARS]]


def group_notes(panel: Panel) -> list[str]:
    notes = [_("These numbers do not say why it is so.")]
    if any("hidden" in values for _group, values, _covers in panel.groups):
        notes.append(_("What would point to a few people is not shown."))
    if any(group.residents is not None for group, _values, _covers in panel.groups) and panel.moved_from is not None:
        notes.append(_("In brackets: what the city says of its residents."))
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
        # All there were in the months of the table, if every one of them is shown.
        months = next((covers[at] for _value, covers in shown if covers), 1)
        inside = [place for place in range(max(0, at - months + 1), at + 1) if isinstance(panel.values[place], int)]
        covered = sum(panel.covers[place] if panel.covers else 1 for place in inside)
        whole = panel_reading.total(panel.values[place] for place in inside) if covered == months else None
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

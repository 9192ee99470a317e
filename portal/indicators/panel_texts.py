"""Wording of panels: titles, text alternatives of charts, findings with their caveats, methods and plans."""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.i18n import language, number
from portal.core.suppression import FEWEST_SHOWN
from portal.indicators import panel_reading
from portal.indicators.panel_reading import YEAR, Panel, month_words, period_words, value_words
from portal.indicators.statistics.protection import LEAST_MOVED, REACH
from portal.indicators.statistics.sentences import Refusal
from portal.indicators.statistics.terms import plus, read, written
from portal.indicators.study_texts import caveat_sentences, deviation_sentence, finding_sentence

KINDS = {
    "calls": _l("Calls for help"),
    "crime": _l("What the police recorded"),
    "survey": _l("What residents say"),
    "service": _l("Help that was offered"),
    "portal": _l("How we keep our word"),
    "policing": _l("Arrests and stops"),
}
KIND_NOTES = {
    "crime": _l("Police records also change when the police look more closely or when people call more often."),
    "survey": _l("Of those who answered, not always the same people and not drawn by lot. Under %(few)s is not shown."),
    "policing": _l(
        "Arrests and stops are counted, not people. They say what the police did, not how much crime there was. Under "
        "%(few)s is not shown."
    ),
    "service": _l("Under %(few)s is not shown."),
    "portal": _l("More reports can mean more trust. They do not measure crime. Under %(few)s is not shown."),
}


def kind_note(kind: str, *, in_city: bool = False) -> str:
    return str(KIND_NOTES.get(kind, "")) % {"few": LEAST_MOVED if in_city else FEWEST_SHOWN}


METHOD = (
    _l("Places are chosen when things are at their worst. Then they often get somewhat better by themselves."),
    _l(
        "We say “fairly sure” only with at least five similar areas, and not where a trend or a high year before the "
        "meeting may explain it. Chance can still mislead us now and then."
    ),
)


def panel_title(panel: Panel) -> str:
    name = panel.measure.name[language()]
    if any(many > 1 for many in panel.covers):
        return name
    return str(_("%(measure)s, each month", measure=name))


def alternative(panel: Panel) -> str:
    if len(panel.counted) < 2:
        return str(_("There are too few months to draw."))
    told = [place for place, value in enumerate(panel.values) if value is not None]
    first, last = told[0], told[-1]
    spans = {"first": month_words(panel.months[first]), "last": month_words(panel.months[last])}
    said = [_("From %(first)s to %(last)s.", **spans)]
    if panel.first_and_last:
        early, late = (format_decimal(round(number)) for number in panel.first_and_last)
        words = str(_("In the first twelve months about %(early)s a month, in the last twelve about %(late)s."))
        said.append(words % {"early": early, "late": late})
    said += _expected_in_words(panel)
    if any(many > 1 for many in panel.covers):
        said.append(_("Where there were few, several months were counted together; the line shows their mean."))
    if panel.has_hidden:
        said.append(_("A gap is a time that is not shown."))
    return " ".join(map(str, said))


def moved_note(panel: Panel) -> str:
    if panel.moved_from is None:
        return ""
    words = _(
        "Each of these numbers is rounded to tens and moved a little by chance, 19 of 20 by %(reach)s or less. One "
        "under %(least)s is not shown.",
        reach=REACH,
        least=LEAST_MOVED,
    )
    if not panel.has_places:
        return str(words)
    why = _("That way nobody can subtract the places from the city and find out about a few people.")
    return f"{words} {why}"


def judged_sums(panel: Panel) -> dict[str, int] | None:
    if not (panel.expected and panel.main and {"observed", "expected"} <= panel.main.diagnostics.keys()):
        return None
    sums = {name: round(panel.main.diagnostics[name]) for name in ("observed", "expected")}
    return sums | {"months": panel.main.months_after}


def _expected_in_words(panel: Panel) -> list[str]:
    said = []
    if panel.goes_by_areas:
        said.append(_("The broken line shows similar areas, brought to our level: so it was to be expected here."))
    elif panel.expected:
        said.append(_("The broken line shows what the months before let us expect after the community meeting."))
    if panel.expected and panel.main and panel.main.expected_low:
        said.append(_("The band is the usual range had nothing changed."))
    if (sums := judged_sums(panel)) is not None:
        words = _(
            "In the %(months)s months that are judged, %(observed)s were counted here; about %(expected)s were to be "
            "expected."
        )
        said.append(str(words) % {name: format_decimal(value) for name, value in sums.items()})
    if panel.scaled:
        said.append(_("The thin dotted line shows similar areas, brought to our level before the community meeting."))
    return [str(words) for words in said]


def never_sure(panel: Panel) -> str:
    """Return what is known before the verdict: that there are too few similar areas for it to be sure; else ""."""
    if panel.main is None or panel.main.refusal != Refusal.NOT_YET or panel.too_few_areas is None:
        return ""
    if panel.main.design == "its" or not panel.too_few_areas:
        return str(_("Without similar areas to compare with, we will not be able to be fairly sure then either."))
    words = ngettext(
        "With only %(num)s similar area, we will not be able to be fairly sure then either.",
        "With only %(num)s similar areas, we will not be able to be fairly sure then either.",
        panel.too_few_areas,
    )
    return str(words)


class CountPair(NamedTuple):
    months: int
    now: int
    then: int
    newest: str

    @property
    def through(self) -> str:
        return month_words(self.newest)


def count_pair(panel: Panel) -> CountPair | None:
    """Return what was counted since the meeting beside the same months a year before; None if it is not told by month.

    Each month in it is published as it is, so nobody learns more than the table says: a running total of what is told
    for several months together would give away those that are not shown.
    """
    if panel.delivered not in panel.months or panel.is_share or panel.covers or panel.moved_from:
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
    counted = {"now": number(pair.now), "then": number(pair.then), "month": pair.through}
    counted["unit"] = panel.measure.unit[language()]
    if pair.months == YEAR:
        words = _(
            "%(now)s %(unit)s in the 12 months through %(month)s; %(then)s in the 12 months before the meeting.",
            **counted,
        )
    else:
        words = ngettext(
            "%(now)s %(unit)s in %(num)s month since the meeting, through %(month)s; "
            "%(then)s in the same month a year before.",
            "%(now)s %(unit)s in %(num)s months since the meeting, through %(month)s; "
            "%(then)s in the same months a year before.",
            pair.months,
            **counted,
        )
    early = panel.main is not None and panel.main.refusal == Refusal.NOT_YET
    return " ".join([words, *([_("Too early to say why.")] if early else [])])


def headline(panel: Panel) -> list[str]:
    counted = count_sentence(panel)
    waits = bool(counted and panel.main and panel.main.refusal == Refusal.NOT_YET)
    return [*([] if waits else [panel_sentence(panel)]), *([counted] if counted else [])]


def next_decision(panel: Panel | None) -> str:
    found = panel.main if panel else None
    look = round(found.diagnostics.get("next_look", 0)) if found else 0
    if not (panel and panel.delivered and look):
        return str(_("No other result is planned."))
    month = plus(read(panel.delivered), panel.wash_out + look - 1)
    words = _("We judge when the numbers of %(month)s are in: %(look)s months after the meeting, and not before.")
    return " ".join(
        filter(None, [str(words) % {"month": month_words(written(month)), "look": look}, never_sure(panel)])
    )


def panel_sentence(panel: Panel) -> str:
    if panel.main:
        return finding_sentence(panel.main, panel.measure, panel.findings)
    if panel.changes:
        return panel_reading.change_sentence(panel, panel.changes[0])
    return count_sentence(panel) or _latest(panel)


def _latest(panel: Panel) -> str:
    if panel.counted and panel.is_moved(panel.counted[-1]):
        return _about(panel, panel.counted[-1])
    if panel.is_share:
        known = [place for place, value in enumerate(panel.shares) if value is not None]
        if known and (few := _of_few(panel, known[-1])):
            return few
        words = str(_("%(number)s of 100 in %(month)s."))
        values = panel.shares
    else:
        known, values = list(panel.counted), panel.values  # type: ignore[assignment]
        words = str(_("%(number)s in %(month)s."))
    if not known:
        return str(_("There is nothing to show yet."))
    return words % {
        "number": format_decimal(values[known[-1]]),
        "month": period_words(panel.months, known[-1], panel.covers),
    }


def _of_few(panel: Panel, place: int) -> str:
    """Return a share of few as its two numbers, since "100 of 100" would make one look like many; else ""."""
    part, whole = panel.values[place], panel.asked[place]
    if not (isinstance(part, int) and isinstance(whole, int) and whole < FEWEST_SHOWN):
        return ""
    month = period_words(panel.months, place, panel.covers)
    return str(_("%(part)s of %(whole)s in %(month)s.", part=part, whole=whole, month=month))


def _about(panel: Panel, place: int) -> str:
    told = {
        "part": value_words(panel.values[place]),
        "whole": value_words(panel.asked[place]) if panel.asked else "",
        "month": period_words(panel.months, place, panel.covers),
    }
    if panel.is_share and isinstance(panel.asked[place], int):
        return str(_("About %(part)s of about %(whole)s in %(month)s.", **told))
    return str(_("About %(part)s in %(month)s.", **told))


def is_empty(panel: Panel) -> bool:
    shares = [place for place, share in enumerate(panel.shares) if share is not None or panel.is_moved(place)]
    published = set(shares) & set(panel.counted) if panel.is_share else panel.counted
    return not (panel.findings or panel.changes or published)


def panel_caveats(panel: Panel) -> list[str]:
    if panel.main:
        otherwise = map(deviation_sentence, panel.deviations)
        caveats = caveat_sentences(panel.main, panel.measure.kind, planned_late=panel.planned_late)
        return [*otherwise, *caveats]
    return panel_reading.change_caveats(panel) if panel.changes else []


def method_sentences(areas: int) -> list[str]:
    if areas:
        compared = _("The place is compared with %(number)s similar areas where nothing was done.", number=areas)
    else:
        compared = _("There is nothing to compare the place with. So nobody can say what would have happened anyway.")
    return [str(words) for words in (compared, *METHOD)]

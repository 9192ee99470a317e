"""Wording of panels: titles, text alternatives of charts, findings with their caveats, methods and plans."""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import format_decimal, gettext as _, lazy_gettext as _l, ngettext

from portal.core.i18n import language, number
from portal.core.suppression import FEWEST_SHOWN
from portal.indicators import panel_reading
from portal.indicators.panel_reading import YEAR, Panel, month_words, period_words, value_words
from portal.indicators.statistics.protection import LEAST_MOVED, REACH
from portal.indicators.statistics.sentences import Refusal
from portal.indicators.statistics.terms import plus, read, written
from portal.indicators.studies_texts import caveat_sentences, deviation_sentence, finding_sentence

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
        "call-in may explain it. Chance can still mislead us now and then."
    ),
)


def panel_title(panel: Panel) -> str:
    name = panel.measure.name[language()]
    if any(many > 1 for many in panel.covers):
        return name
    return str(_("%(measure)s, each month", measure=name))


def alternative(panel: Panel) -> str:
    """Return the text alternative of a chart, in a sentence or two."""
    if len(panel.counted) < 2:
        return str(_("There are too few months to draw."))
    months = [month for month, value in zip(panel.months, panel.values, strict=True) if value is not None]
    sentences = [_("From %(first)s to %(last)s.", first=month_words(months[0]), last=month_words(months[-1]))]
    if panel.first_and_last:
        early, late = (format_decimal(round(mean)) for mean in panel.first_and_last)
        words = str(_("In the first twelve months about %(early)s a month, in the last twelve about %(late)s."))
        sentences.append(words % {"early": early, "late": late})
    sentences += _expected_in_words(panel)
    if any(many > 1 for many in panel.covers):
        sentences.append(_("Where there were few, several months were counted together; the line shows their mean."))
    if panel.has_hidden:
        sentences.append(_("A gap is a time that is not shown."))
    return " ".join(map(str, sentences))


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


def _expected_in_words(panel: Panel) -> list[str]:
    """Return sentences on the other lines of a chart: their meaning and their totals."""
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
        sums = {name: round(main.diagnostics[name]) for name in ("observed", "expected")} | {
            "months": main.months_after
        }
        sentences.append(str(words) % {name: format_decimal(value) for name, value in sums.items()})
    if panel.scaled:
        sentences.append(_("The thin dotted line shows similar areas, brought to our level before the call-in."))
    return [str(words) for words in sentences]


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
            "%(now)s %(unit)s in the 12 months through %(month)s; %(then)s in the 12 months before the call-in.",
            **counted,
        )
    else:
        words = ngettext(
            "%(now)s %(unit)s in %(num)s month since the call-in, through %(month)s; "
            "%(then)s in the same month a year before.",
            "%(now)s %(unit)s in %(num)s months since the call-in, through %(month)s; "
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
    look = round(panel.main.diagnostics.get("next_look", 0)) if panel and panel.main else 0
    if not (panel and panel.delivered and look):
        return str(_("No other result is planned."))
    month = plus(read(panel.delivered), panel.wash_out + look - 1)
    words = _("We judge when the numbers of %(month)s are in: %(look)s months after the call-in, and not before.")
    when = str(words) % {"month": month_words(written(month)), "look": look}
    return " ".join(filter(None, [when, never_sure(panel)]))


def panel_sentence(panel: Panel) -> str:
    if panel.main:
        return finding_sentence(panel.main, panel.measure, panel.findings)
    if panel.changes:
        return panel_reading.change_sentence(panel, panel.changes[0])
    return count_sentence(panel) or _latest(panel)


def _latest(panel: Panel) -> str:
    """Return the newest published number, for panels without any finding or trend."""
    is_moved = bool(panel.counted) and panel.is_moved(panel.counted[-1])
    places = panel.counted
    if panel.is_share and not is_moved:
        places = tuple(place for place, share in enumerate(panel.shares) if share is not None)
    if not places:
        return str(_("There is nothing to show yet."))
    place = places[-1]
    part, whole = panel.values[place], panel.asked[place] if panel.is_share else None
    month = period_words(panel.months, place, panel.covers)
    if is_moved:
        numbers = {"part": value_words(part), "whole": value_words(whole), "month": month}
        if isinstance(whole, int):
            return str(_("About %(part)s of about %(whole)s in %(month)s.", **numbers))
        return str(_("About %(part)s in %(month)s.", **numbers))
    if isinstance(whole, int) and whole < FEWEST_SHOWN:
        # "100 of 100" would make one look like many.
        return str(_("%(part)s of %(whole)s in %(month)s.", part=part, whole=whole, month=month))
    words = str(_("%(number)s of 100 in %(month)s.") if panel.is_share else _("%(number)s in %(month)s."))
    return words % {"number": format_decimal(panel.shares[place] if panel.is_share else part), "month": month}


def is_empty(panel: Panel) -> bool:
    shares = [place for place, share in enumerate(panel.shares) if share is not None or panel.is_moved(place)]
    published = set(shares) & set(panel.counted) if panel.is_share else panel.counted
    return not (panel.findings or panel.changes or published)


def panel_caveats(panel: Panel) -> list[str]:
    if panel.main:
        otherwise = map(deviation_sentence, panel.deviations)
        caveats = caveat_sentences(panel.main, panel.measure.kind, planned_late=panel.planned_late)
        return [*otherwise, *caveats]
    if panel.changes and panel.delivered and panel.changes[0].earlier >= panel.delivered:
        return [str(_("Nobody was asked before the call-in. So this cannot say what it changed."))]
    return []


def method_sentences(areas: int) -> list[str]:
    if areas:
        compared = _("The place is compared with %(number)s similar areas where nothing was done.", number=areas)
    else:
        compared = _("There is nothing to compare the place with. So nobody can say what would have happened anyway.")
    return [str(words) for words in (compared, *METHOD)]

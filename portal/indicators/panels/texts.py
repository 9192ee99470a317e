"""Wording of panels: titles, text alternatives of charts, findings with their caveats, methods and plans."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.i18n import language
from portal.core.suppression import FEWEST_SHOWN
from portal.indicators.evaluation.plans import AREAS, MEASURE, OUTLINE, PRIMARY
from portal.indicators.evaluation.sentences import Refusal
from portal.indicators.evaluation.texts import MODEL_NAMES, caveat_sentences, deviation_sentence, finding_sentence
from portal.indicators.panels.reading import (
    Panel,
    change_caveats,
    change_sentence,
    month_words,
    percent_words,
    period_words,
)
from portal.indicators.snapshots.protection import LEAST_MOVED, REACH
from portal.indicators.snapshots.snapshots import DocumentText

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
    "survey": _l(
        "Fewer than %(few)s people, or none, are not shown. Only a share may be 0. "
        "Those who answer are not drawn by lot, and not always the same people: “fairly sure” allows for chance, but "
        "not for that. Nothing is weighted: each answer counts the same. Who left a question out counts among those "
        "who answered. Among several comparisons one can differ by chance.",
        few=FEWEST_SHOWN,
    ),
    "policing": _l(
        "Arrests and stops are counted, not people: one person may be counted more than once. They say what the police "
        "did, not how much crime there was. Fewer than %(few)s, or none, are not shown.",
        few=FEWEST_SHOWN,
    ),
    "service": _l("Fewer than %(few)s, or none, is not shown. Only a share may be 0.", few=FEWEST_SHOWN),
    "portal": _l(
        "Reports are not a measure of crime: more of them can mean more trust. Fewer than %(few)s, or none, are not "
        "shown, and where few write they are counted for several months together. Meetings and promises are public, "
        "so they are counted in full.",
        few=FEWEST_SHOWN,
    ),
}
CITY_NOTES = KIND_NOTES | {
    "policing": _l(
        "Arrests and stops are counted, not people: one person may be counted more than once. They say what the police "
        "did, not how much crime there was. Fewer than %(few)s in the whole city, or none, are not shown.",
        few=LEAST_MOVED,
    ),
    "service": _l(
        "Fewer than %(few)s in the whole city, or none, are not shown. Only a share may be 0.",
        few=LEAST_MOVED,
    ),
    "portal": _l(
        "Reports are not a measure of crime: more of them can mean more trust. Fewer than %(few)s in the whole city, "
        "or none, are not shown, and where few write they are counted for several months together. Meetings and "
        "promises are public, so they are counted in full.",
        few=LEAST_MOVED,
    ),
}
"""The notes on the numbers of the whole city, which are moved by chance."""
RINGS = _l("The streets around the place are counted too, to see whether things only moved next door.")
METHOD = (
    _l(
        "Places are chosen when things are at their worst. Then they often get somewhat better by themselves. "
        "Comparing helps against that mistake, but does not do away with it."
    ),
    _l(
        "“Fairly sure” means: if one counted like this for many places, the true change would lie outside the two ends "
        "about once in %(times)s times, as long as areas change no more by themselves than these did before."
    ),
    _l(
        "We only say so with at least five similar areas, by the widest of the ways that use them, and not where "
        "it may have gone that way before the community meeting already. We judge once 12 months and once 24 months "
        "are counted, or when the study ends, never in between. That holds for plans that were fixed earlier too: it "
        "can only make us less sure."
    ),
    _l(
        "We say nothing with fewer than 12 months before or 6 months after, and give no percentage where fewer than 20 "
        "were to be expected."
    ),
)


MONTHS_BAND = _l("Of twenty months by chance alone, nineteen lie in the band.")


def panel_title(panel: Panel) -> str:
    """Return the title of a chart."""
    name = panel.measure.name[language()]
    if panel.is_share:
        return str(_("%(measure)s, of 100", measure=name))
    if any(many > 1 for many in panel.covers):
        return name
    return str(_("%(measure)s, each month", measure=name))


def alternative(panel: Panel) -> str:
    """Return the text alternative of a chart, in a sentence or two."""
    if panel.is_share:
        return _shares_in_words(panel)
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
    """Return the note on numbers that were moved by chance; "" if none was."""
    if panel.moved_from is None:
        return ""
    words = _(
        "Since %(month)s each of these numbers is moved by chance, in 19 of 20 months by %(reach)s or less. So we say "
        "between which two it lies, and show none under %(least)s and none that would be far off.",
        month=month_words(panel.moved_from),
        reach=REACH,
        least=LEAST_MOVED,
    )
    if not panel.has_places:
        return str(words)
    why = _("That way nobody can subtract the places from the city and find out about a few people.")
    return f"{words} {why}"


def judged_sums(panel: Panel) -> dict[str, int] | None:
    """Return what was counted and what was to be expected in the months that are judged, and how many those are."""
    if not (panel.expected and panel.main and {"observed", "expected"} <= panel.main.diagnostics.keys()):
        return None
    sums = {name: round(panel.main.diagnostics[name]) for name in ("observed", "expected")}
    return sums | {"months": panel.main.months_after}


def _expected_in_words(panel: Panel) -> list[str]:
    """Return sentences on the other lines of a chart: their meaning and their totals."""
    said = []
    if panel.goes_by_areas:
        said.append(_("The broken line shows similar areas, brought to our level: so it was to be expected here."))
    elif panel.expected:
        said.append(_("The broken line shows what the months before let us expect after the community meeting."))
    if panel.expected and panel.main and panel.main.expected_low:
        said.append(MONTHS_BAND)
    if (sums := judged_sums(panel)) is not None:
        words = _(
            "In the %(months)s months that are judged, %(observed)s were counted here; about %(expected)s were to be "
            "expected."
        )
        said.append(str(words) % {name: format_decimal(value) for name, value in sums.items()})
    if panel.scaled:
        said.append(_("The thin dotted line shows similar areas, brought to our level before the community meeting."))
    return [str(words) for words in said]


def _shares_in_words(panel: Panel) -> str:
    known = [(place, value) for place, value in enumerate(panel.shares) if value is not None]
    if not known:
        return _latest(panel)
    words = str(_("In %(month)s: %(number)s of 100."))
    ends = [(period_words(panel.months, place, panel.covers), value) for place, value in (known[0], known[-1])]
    said = [words % {"month": month, "number": value} for month, value in ends]
    return " ".join(map(str, said if len(known) > 1 else said[:1]))


LEADING_FIGURE = re.compile(r"\d[\d.,\u00a0\u202f]{0,20}(?= )")


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


def panel_sentence(panel: Panel) -> str:
    """Return the panel's main statement in one sentence: its finding, or the counts alone if there is none."""
    if panel.main:
        told = finding_sentence(panel.main, panel.measure, panel.findings), never_sure(panel)
        return " ".join(filter(None, told))
    if panel.changes and panel.changes[0].language == "":
        return change_sentence(panel, panel.changes[0])
    if panel.is_share or panel.first_and_last is None:
        return _latest(panel)
    early, late = (format_decimal(round(number)) for number in panel.first_and_last)
    words = str(_("About %(late)s a month lately, about %(early)s at first. These numbers alone cannot tell why."))
    return words % {"early": early, "late": late}


def counted_from(panel: Panel) -> list[str]:
    """Return which months "the first months" of the panel's sentence are, for pages about another time."""
    found = panel.main
    many = found.months_after if found and found.refusal is None else 0
    dated = [one.residual_months for one in panel.findings if one.residual_months and one.months_after == many]
    if not (many and dated):
        return []
    first, last = dated[0][-many], dated[0][-1]
    words = _(
        "“The first %(months)s months” are %(first)s to %(last)s.",
        months=many,
        first=month_words(first),
        last=month_words(last),
    )
    return [str(words)]


def _latest(panel: Panel) -> str:
    """Return the newest published number, for panels without any finding or trend."""
    if panel.is_share and panel.counted and panel.is_moved(panel.counted[-1]):
        return _span_in_words(panel)
    if not panel.is_share and panel.counted and panel.is_moved(panel.counted[-1]):
        return _count_in_words(panel)
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


def _count_in_words(panel: Panel) -> str:
    """Return the ends of the newest number that was moved by chance."""
    found = panel.newest_count
    if found is None:
        return str(_("There are too few of them in the whole city to say how many."))
    ends = {"low": format_decimal(found.low), "high": format_decimal(found.high)}
    ends["month"] = month_words(panel.months[found.last])
    if found.first == found.last:
        words = str(_("Between %(low)s and %(high)s in %(month)s.")) % ends
    else:
        ends["first"] = month_words(panel.months[found.first])
        words = str(_("Between %(low)s and %(high)s in all from %(first)s to %(month)s.")) % ends
    return f"{words} {_('The exact number is not published, to protect people.')}"


def _span_in_words(panel: Panel) -> str:
    """Return the ends of a share of numbers that were moved by chance."""
    found = panel.newest_span
    if found is None:
        return str(_("There are too few of them in the whole city to say how many of 100."))
    ends = {"low": found.low, "high": found.high, "month": month_words(panel.months[found.last])}
    if found.first == found.last:
        words = str(_("Between %(low)s and %(high)s of 100 in %(month)s.")) % ends
    else:
        ends["first"] = month_words(panel.months[found.first])
        words = str(_("Between %(low)s and %(high)s of 100 from %(first)s to %(month)s.")) % ends
    return f"{words} {_('The exact number is not published, to protect people.')}"


def leading_figure(panel: Panel) -> str:
    """Return the number that `panel_sentence` begins with, to be set large; "" if it begins with words."""
    if panel.is_share and panel.counted and _of_few(panel, panel.counted[-1]):
        return ""
    found = LEADING_FIGURE.match(panel_sentence(panel))
    return found.group() if found else ""


def is_empty(panel: Panel) -> bool:
    """Return whether a panel has neither a finding nor a published number yet."""
    shares = [place for place, share in enumerate(panel.shares) if share is not None or panel.is_moved(place)]
    published = set(shares) & set(panel.counted) if panel.is_share else panel.counted
    return not (panel.findings or panel.changes or published)


def panel_caveats(panel: Panel) -> list[str]:
    """Return the caveats of a panel: deviations, missing comparison, displacement, a peak."""
    if panel.main:
        otherwise = map(deviation_sentence, panel.deviations)
        caveats = caveat_sentences(panel.main, panel.measure.kind, planned_late=panel.planned_late)
        return [*otherwise, *caveats]
    return change_caveats(panel) if panel.changes else []


def method_sentences(areas: int, rings: int, times: int) -> list[str]:
    """Return the explanation of the methods, which is the same for every plan except for areas and rings.

    `times`: of how many intervals one misses by chance.
    """
    if areas:
        compared = _(
            "The place is compared with %(number)s similar areas of the city where nothing was done. They have no "
            "names here: nobody there asked to be compared.",
            number=areas,
        )
    else:
        compared = _("There is nothing to compare the place with. So nobody can say what would have happened anyway.")
    return [str(words) % {"times": times} for words in (compared, *([RINGS] if rings else []), *METHOD)]


Names = Mapping[str, str]
Said = Callable[["re.Match[str]", Names], str]


def plan_in_words(text: str, measures: Mapping[str, DocumentText], lang: str) -> list[str]:
    """Return a plan as sentences, one for each fixed item. Lines that are not recognized are returned unchanged."""
    names = {key: words[lang] for key, words in measures.items()}
    lines = re.sub(r"(,|more than)\n(and no|with|what) ", r"\1 \2 ", text.strip()).splitlines()
    counted = [_key(line, MEASURE) for line in lines if line.startswith(MEASURE)]
    drawn = sum(line.startswith(OUTLINE) for line in lines)
    said = [_("We count: %(measures)s.", measures="; ".join(names.get(key, key) for key in counted))] if counted else []
    said += [_one(line, names) for line in lines if not line.startswith((*_ELSEWHERE, MEASURE, OUTLINE))]
    if drawn:
        said.append(
            _(
                "How these areas are drawn was fixed too: %(count)s outlines. A change is noticed.",
                count=drawn,
            )
        )
    return [str(words) for words in said]


_ELSEWHERE = ("Plan of a study", "Place: ")
"""Shown elsewhere on the page."""


def _key(line: str, beginning: str) -> str:
    return line.removeprefix(beginning).partition(" (")[0]


def _one(line: str, names: Names) -> str:
    for pattern, say in _SENTENCES:
        if found := re.fullmatch(pattern, line):
            return say(found, names)
    return line


def _model(key: str) -> str:
    return str(MODEL_NAMES.get(key, key))


def _areas(found: re.Match[str], _names: Names) -> str:
    if found[1] == "none":
        return str(_("We compare with no other area."))
    count = len(found[1].split(", "))
    return str(ngettext("We compare with %(num)s similar area.", "We compare with %(num)s similar areas.", count))


def _left_out(found: re.Match[str], _names: Names) -> str:
    count = int(found[1])
    if not count:
        return str(_("No month is left out: the month of the meeting counts as after."))
    return str(
        ngettext(
            "The month of the meeting belongs to neither side.",
            "%(num)s months from the month of the meeting on belong to neither side.",
            count,
        )
    )


def _series(found: re.Match[str], _names: Names) -> str:
    waves = int(found[1])
    seasons = ngettext("%(num)s wave for the seasons", "%(num)s waves for the seasons", waves)
    change = _("a change of level and of slope") if found[2] else _("a change of level")
    return str(
        _(
            "From the months of the place alone: a straight trend, %(seasons)s, %(change)s.",
            seasons=seasons,
            change=change,
        )
    )


def _beside(found: re.Match[str], _names: Names) -> str:
    models = "; ".join(map(_model, found[1].split(", ")))
    return str(
        _("No other way is shown beside it.")
        if found[1] == "none"
        else _("Shown beside it: %(models)s.", models=models)
    )


def _part(part: tuple[str, str]) -> str:
    error = percent_words(format_decimal(float(part[0])))
    return str(_("The verdict after %(months)s months may miss it in %(error)s of cases", months=part[1], error=error))


_SENTENCES: tuple[tuple[str, Said], ...] = (
    (
        rf"{PRIMARY}(\S+).*",
        lambda found, names: _("We judge by one of them: %(measure)s.", measure=names.get(found[1], found[1])),
    ),
    (rf"{AREAS}(.+)", _areas),
    (
        r"Ring around the place: counted",
        lambda _found, _names: _("The streets around are counted too, to see whether it only moved."),
    ),
    (r"Ring around the place: not counted", lambda _found, _names: _("The streets around are not counted.")),
    (
        r"Ring around the place: there is none.*",
        lambda _found, _names: _("No streets around are drawn, so nothing is said of whether it moved."),
    ),
    (
        r"Ring around the place: counted; no ring.*",
        lambda _found, _names: _(
            "The streets around are counted too. Around no similar area are there any, so nothing is said of whether "
            "it moved."
        ),
    ),
    (
        r"Main model: (\S+)",
        lambda found, _names: _("The way of counting that leads: %(model)s.", model=_model(found[1])),
    ),
    (r"Shown beside it: (.+)", _beside),
    (
        r"Placebos: .* ranks 1 of (\d+),.*",
        lambda found, _names: _(
            "Each similar area is tried in the place of this one. At best this place comes first of %(of)s, and chance "
            "alone does that once in %(of)s times.",
            of=found[1],
        ),
    ),
    (
        r"Months before the call-in: (\d+)",
        lambda found, _names: _("We look at up to %(count)s months before the community meeting.", count=found[1]),
    ),
    (
        r"Months after the call-in, at most: (\d+)",
        lambda found, _names: _("We look at no more than %(count)s months after it.", count=found[1]),
    ),
    (r"Months left out, from the call-in's own on: (\d+)", _left_out),
    (r"Time series: linear trend, (\d+) pairs of harmonics of the year, a change of level( and of slope)?", _series),
    (
        r"Interval: 100 percent less .*",
        lambda _found, _names: _(
            "Each result has its limits. Judging more than once gives chance more tries, so the limits are wider at "
            "first: all verdicts together miss what is true at most 5 times in 100."
        ),
    ),
    (
        r"Error of all looks together: 5 percent, .*: (.+)",
        lambda found, _names: "; ".join(map(_part, re.findall(r"([\d.]+) after (\d+)", found[1]))) + ".",
    ),
    (
        r"Nothing is said with fewer than (\d+) months before or (\d+) after, .* than (\d+) events .*",
        lambda found, _names: _(
            "With fewer than %(before)s months before or %(after)s after, we say nothing. Where fewer than %(events)s "
            "cases were to be expected, we give no percentage.",
            before=found[1],
            after=found[2],
            events=found[3],
        ),
    ),
    (
        r"Verdict only after so many counted months: (.+)",
        lambda found, _names: _(
            "We judge when so many months are counted: %(months)s. There is no verdict in between.", months=found[1]
        ),
    ),
    (
        r"Fairly sure only by the widest .* at least (\d+) areas tried as placebos, .* at most (\d+) months .*",
        lambda found, _names: _(
            "We only say “fairly sure” by the widest of the ways that use similar areas, with at least %(areas)s areas "
            "that were tried in the place of this one, and if the change is more than the trend of up to %(months)s "
            "months before can explain.",
            areas=found[1],
            months=found[2],
        ),
    ),
    (
        r"Trends tried: .*: (.+)\.",
        lambda found, _names: _(
            "A trend may be a straight line, or one that began so many months before the meeting: %(months)s.",
            months=found[1],
        ),
    ),
    (
        r"No fall is fairly sure if .* at least (\S+) times .*",
        lambda found, _names: _(
            "We are not “fairly sure” of a fall after an unusually high year: %(times)s times the years before "
            "or more.",
            times=format_decimal(found[1]),
        ),
    ),
    (
        r"Months left out just before the call-in, .*: (\d+)",
        lambda found, _names: (
            _("%(count)s months just before the meeting count on neither side.", count=found[1])
            if int(found[1])
            else _("No month before the meeting is left out.")
        ),
    ),
    (
        r"Placebo areas: none were drawn; .*",
        lambda _found, _names: _("No areas were drawn by lot, so each similar area is tried in the place of this one."),
    ),
    (
        r"Placebo areas: (\d+), drawn from a file of incidents by rule \d+",
        lambda found, _names: _(
            "%(count)s areas of the same shape were drawn by lot elsewhere in the city, to see how much areas change "
            "by themselves.",
            count=found[1],
        ),
    ),
    (
        r"Similar in: .+, (\S+) to (\S+)",
        lambda found, _names: _(
            "From %(first)s to %(last)s they had about as many cases as this place.",
            first=month_words(found[1]),
            last=month_words(found[2]),
        ),
    ),
    (
        r"Hash of the placebo areas' outlines: \S+",
        lambda _found, _names: _("How they lie was fixed too. A change is noticed."),
    ),
    (
        r"Hash of the seed of their draw: \S+",
        lambda _found, _names: _("So was the number with which the lot was drawn; it is kept secret."),
    ),
    (
        r"No model draws random numbers, so there is no other seed to fix\.",
        lambda _found, _names: _("Nothing else is drawn by lot: the same numbers always give the same result."),
    ),
    (
        r"No model draws random numbers.*",
        lambda _found, _names: _("Nothing is drawn by lot: the same numbers always give the same result."),
    ),
)

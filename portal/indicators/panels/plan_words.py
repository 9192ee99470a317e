"""A locked plan in the reader's language. Only its text is hashed, so only that is read; `rules.plans` writes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.indicators.evaluation.rules.plans import AREAS, MEASURE, OUTLINE, PRIMARY
from portal.indicators.evaluation.texts import MODEL_NAMES
from portal.indicators.snapshots.document import Words

Names = Mapping[str, str]
Said = Callable[["re.Match[str]", Names], str]


def plan_in_words(text: str, measures: Mapping[str, Words], lang: str) -> list[str]:
    """A sentence for each thing that the plan fixes. What nobody here can read stays as it was written."""
    names = {key: words[lang] for key, words in measures.items()}
    lines = re.sub(r",\n(and no|with) ", r", \1 ", text.strip()).splitlines()
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
"""The page says it anyway."""


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
        return str(_("No month is left out: the month of the call-in counts as after."))
    return str(
        ngettext(
            "The month of the call-in belongs to neither side.",
            "%(num)s months from the month of the call-in on belong to neither side.",
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
        r"Weighted displacement difference: with the rings.*",
        lambda _found, _names: _("Whether it moved is worked out with the streets around this place and similar ones."),
    ),
    (
        r"Weighted displacement difference: of the place.*",
        lambda _found, _names: _("Whether it moved is not worked out: there are no streets around to compare."),
    ),
    (
        r"Months before the call-in: (\d+)",
        lambda found, _names: _("We look at %(count)s months before the call-in.", count=found[1]),
    ),
    (
        r"Months after the call-in, at most: (\d+)",
        lambda found, _names: _("We look at no more than %(count)s months after it.", count=found[1]),
    ),
    (r"Months left out, from the call-in's own on: (\d+)", _left_out),
    (r"Time series: linear trend, (\d+) pairs of harmonics of the year, a change of level( and of slope)?", _series),
    (
        r"Interval: 95 percent\. .*",
        lambda _found, _names: _("Each result has its limits: of 100 such pairs of limits, 95 hold what is true."),
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
        r"Fairly sure only by the widest .* at least (\d+) comparison areas, .*",
        lambda found, _names: _(
            "We only say “fairly sure” by the widest of several ways of counting, with at least %(areas)s similar "
            "areas, and if it had not gone the same way before already.",
            areas=found[1],
        ),
    ),
    (
        r"No model draws random numbers.*",
        lambda _found, _names: _("Nothing is drawn by lot: the same numbers always give the same result."),
    ),
)

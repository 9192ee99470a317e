"""The ways of counting of one measure side by side: their table, its notes, and which of them disagree."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.indicators.evaluation.plans import LEAST_TO_BE_SURE
from portal.indicators.evaluation.sentences import ModelVerdict, disagreeing, too_few_placebos, verdict, widest
from portal.indicators.evaluation.texts import inside, rank_alone
from portal.indicators.panels.reading import Panel, percent_words
from portal.indicators.snapshots.snapshots import ModelFinding

DESIGNS = {
    "its": _l("Before and after, with trend and season"),
    "did": _l("Compared with similar areas"),
    "wdd": _l("Compared with similar areas (in number)"),
    "synthetic": _l("Compared with a mix of similar areas"),
}
WITH_RINGS = _l("Place and streets around together, compared with similar areas (in number)")
MODELS = {
    "poisson": "Poisson",
    "quasi_poisson": _l("quasi-Poisson"),
    "negative_binomial": _l("negative binomial"),
    "newey_west": "Newey–West",
    "placebo": _l("each similar area tried in its place"),
}
WIDENED = _l("* By itself this way is narrower. Shown are the ends of the quasi-Poisson line of the same kind.")
USUAL_LEVEL = 95.0


def level_of(finding: ModelFinding) -> float:
    """Return how often the interval of a finding is to hold the truth, in percent."""
    return finding.level or USUAL_LEVEL


def once_in(panels: Sequence[Panel]) -> int:
    """Return of how many intervals like those of these panels about one misses by chance alone."""
    levels = [level_of(one.main) for one in panels if one.main and one.main.refusal is None]
    return round(100 / (100 - min(levels, default=USUAL_LEVEL)))


def finding_head(panel: Panel) -> str:
    """Return what `finding_facts` show, with the level of the intervals."""
    level = _level(panel.main) if panel.main else ""
    return str(_("What changed, and between which two ends (level: %(level)s)", level=level))


def finding_facts(panel: Panel) -> list[tuple[str, str]]:
    """Return the rows of `finding_rows` as pairs, which fit on a narrow phone: name, change with interval."""
    return [
        (way, change if ends == "–" else str(_("%(change)s, between %(ends)s", change=change, ends=ends)))
        for way, change, ends in finding_rows(panel)
    ]


def finding_rows(panel: Panel) -> list[tuple[str, str, str]]:
    """Return a row per model, the main one first: name, change, interval."""
    # A model left out of the plan for lack of areas, and therefore refused, is not listed.
    shown = [one for one in panel.findings if one.is_main or one.planned or one.refusal is None]
    ordered = sorted(shown, key=lambda one: not one.is_main)
    return [(_way(one, panel.main), _change(one), _interval(one, panel)) for one in ordered]


def finding_notes(panel: Panel) -> list[str]:
    """Return what to know of the table: by which line the sentence goes, which were widened, which months count."""
    if panel.main is None:
        return []
    told = [
        _("The first line is what was fixed as the answer. The others were worked out beside it."),
        *_goes_by(panel.main, panel.findings),
        WIDENED if any(_is_widened(one, panel.findings) for one in panel.findings) else "",
        _("Level: by chance alone about 1 of %(times)s such intervals misses.", times=once_in([panel])),
        *_months(panel.main),
        rank_alone(panel.others),
    ]
    return [str(words) for words in told if words]


def _goes_by(main: ModelFinding, found: Sequence[ModelFinding]) -> list[str]:
    """Return by which ways the sentence goes, and which of them is the widest."""
    if main.refusal or main.percent is None:
        return []
    if main.design == "its":
        if main.model == "newey_west":
            return [str(_("The sentence above goes by the first line alone."))]
        words = _("The sentence above goes by the wider of two: the first line, and Newey–West of the same kind.")
    else:
        words = _("The sentence above goes by the widest of the ways that use similar areas.")
    told, ends = [words], widest(main, found)
    alike = [one for one in found if (one.design == "its") is (main.design == "its")]
    reaching = [one for one in (main, *alike) if (one.percent_low, one.percent_high) == ends]
    if reaching and not reaching[0].is_main:
        told.append(_("Here the widest is: %(way)s.", way=inside(way_name(reaching[0]))))
    tried = [one.diagnostics.get("placebos", 0) for one in alike if one.model == "placebo" and one.refusal is None]
    if tried and max(tried) < LEAST_TO_BE_SURE and main.model != "placebo":
        told.append(_("Trying each area in its place does not count here: there are too few of them."))
    return [str(one) for one in told]


def _is_widened(one: ModelFinding, found: Sequence[ModelFinding]) -> bool:
    """Return whether a way shows the ends of the plain one of its design, because by itself it is narrower."""
    if one.model not in ("newey_west", "placebo") or one.refusal:
        return False
    ends = (one.percent_low, one.percent_high)
    alike = (other for other in found if (other.design, other.model) == (one.design, "quasi_poisson"))
    return any(other.refusal is None and (other.percent_low, other.percent_high) == ends for other in alike)


def _months(main: ModelFinding) -> list[str]:
    if main.refusal:
        return []
    sides = {"before": main.months_before, "after": main.months_after}
    words = _("Used: %(before)s months before and %(after)s after, those that were counted in every area.")
    return [str(words) % sides]


def way_name(one: ModelFinding) -> str:
    """Return the name of a way of counting, with the model in brackets."""
    design = WITH_RINGS if one.design == "wdd" and "ring_count" in one.diagnostics else DESIGNS[one.design]
    return f"{design} ({MODELS.get(one.model, one.model)})"


def _way(one: ModelFinding, main: ModelFinding | None) -> str:
    told, extra = [way_name(one)], []
    rank, others = (one.diagnostics.get(key) for key in ("placebo_rank", "placebos"))
    if one.model == "placebo" and rank is not None and others is not None:
        # With few areas, the interval may exclude nothing that chance would not produce; the rank tells more.
        place = {"rank": round(rank), "all": round(others) + 1}
        extra.append(_("by how much it changed, this place is number %(rank)s of %(all)s", **place))
    used = (one.months_before, one.months_after)
    if main and one.refusal is None and used != (main.months_before, main.months_after):
        extra.append(_("%(before)s months before, %(after)s after", before=one.months_before, after=one.months_after))
    if not one.planned:
        extra.append(_("not planned"))
    return "; ".join(map(str, [*told, *extra]))


def _change(one: ModelFinding) -> str:
    if one.refusal:
        return str(_("we say nothing"))
    if one.percent is not None:
        return _signed(one.percent, percent=True)
    return _signed(one.count, percent=False) if one.count is not None else "–"


def _interval(one: ModelFinding, panel: Panel) -> str:
    ends = (one.percent_low, one.percent_high) if one.percent is not None else (one.count_low, one.count_high)
    if one.refusal or ends[0] is None or ends[1] is None:
        return "–"
    is_percent = one.percent is not None
    low, high = (_signed(end, percent=is_percent) for end in (ends[0], ends[1]))
    if one.is_main and too_few_placebos(one.model, one.diagnostics):
        return str(_("%(low)s and %(high)s, but these are too few areas to be sure", low=low, high=high))
    if panel.main and panel.main.refusal is None and level_of(one) != level_of(panel.main):
        return str(_("%(low)s and %(high)s (level: %(level)s)", low=low, high=high, level=_level(one)))
    said = str(_("%(low)s and %(high)s", low=low, high=high))
    return f"{said} *" if _is_widened(one, panel.findings) else said


def _level(one: ModelFinding) -> str:
    return percent_words(format_decimal(level_of(one)))


def _signed(value: float, *, percent: bool) -> str:
    # One decimal below 1, so that an end just beyond 0 is not shown as 0.
    number = round(value, 1) if percent and abs(value) < 1 else round(value)
    sign = "+" if number > 0 else "−" if number < 0 else ""
    return f"{sign}{percent_words(format_decimal(abs(number))) if percent else format_decimal(abs(number))}"


def disagreement_words(panel: Panel, main: ModelFinding) -> list[str]:
    """Return which other ways disagree, by name, so that readers of the one sentence know and can look."""
    # A Poisson time series understates its variance, so its verdict is not counted here.
    others = [one for one in panel.others if one.planned and (one.design, one.model) != ("its", "poisson")]
    found = disagreeing(main, others, panel.findings)
    if not found:
        return []
    if verdict(main, panel.findings) is ModelVerdict.UNCLEAR:
        words = ngettext(
            "Another way of counting is surer that something changed: %(ways)s.",
            "Other ways of counting are surer that something changed: %(ways)s.",
            len(found),
            ways="; ".join(inside(way_name(one)) for one in found),
        )
    else:
        words = ngettext(
            "Another way of counting cannot tell or says otherwise: %(ways)s.",
            "Other ways of counting cannot tell or say otherwise: %(ways)s.",
            len(found),
            ways="; ".join(inside(way_name(one)) for one in found),
        )
    return [str(words)]

"""The findings of a study as the tables that an evaluator reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.i18n import percent
from portal.indicators.areas.texts import month_words
from portal.indicators.evaluation.charts import USUAL
from portal.indicators.evaluation.rules.refusals import Refusal
from portal.indicators.evaluation.texts import MODEL_NAMES
from portal.indicators.rules.months import read
from portal.indicators.snapshots.document import Finding

SHORT_REFUSALS = {
    Refusal.TOO_FEW_MONTHS: _l("too few months"),
    Refusal.NOT_YET: _l("no verdict yet"),
    Refusal.TOO_FEW_EVENTS: _l("too few events"),
    Refusal.NO_COMPARISON: _l("nothing to compare with"),
    Refusal.TOO_FEW_AREAS: _l("too few similar areas"),
    Refusal.NO_FIT: _l("no fit"),
}
DIAGNOSTICS = {
    "observed": (_l("Counted after the call-in"), "#,##0"),
    "expected": (_l("Expected without the effort"), "#,##0.0"),
    "dispersion": (_l("Dispersion (1 is chance alone)"), "#,##0.00"),
    "alpha": (_l("Alpha of the negative binomial"), "#,##0.000"),
    "autocorrelation": (_l("Autocorrelation of neighboring months (0 is none)"), "#,##0.00"),
    "ljung_box_p": (_l("Ljung-Box p (small means autocorrelation)"), "#,##0.000"),
    "placebo_rank": (_l("Rank among placebos (1 changed most)"), "#,##0"),
    "placebos": (_l("Areas tried as placebos"), "#,##0"),
    "z": (_l("Z"), "#,##0.00"),
    "variance": (_l("Variance"), "#,##0"),
    "ring_count": (_l("Ring around: more or fewer events"), "#,##0"),
    "ring_low": (_l("Ring around: lower end"), "#,##0"),
    "ring_high": (_l("Ring around: upper end"), "#,##0"),
    "trend_before": (_l("Trend before, beside similar areas (percent a year)"), "#,##0.0"),
    "trend_before_p": (_l("p of that trend"), "#,##0.000"),
    "trend_carried": (_l("What that trend alone would bring (percent)"), "#,##0.0"),
    "next_look": (_l("Next verdict after so many months"), "#,##0"),
    "peak": (_l("Last year before, by the years before it"), "#,##0.00"),
}
LEAST_P = 0.001
HEAD = (_l("Model"), _l("Change found"), _l("Lower end"), _l("Upper end"), _l("p"), _l("Months"))


def model_name(finding: Finding) -> str:
    """A model, and whether it is the one that counts or one that nobody planned."""
    name = MODEL_NAMES[f"{finding.design}:{finding.model}"]
    if finding.is_main:
        return str(_("%(model)s: the main one", model=name))
    return str(name if finding.planned else _("%(model)s: not in the plan", model=name))


def result_rows(findings: Iterable[Finding]) -> list[list[str]]:
    """A row for each model: what it says, its interval, p, months before and after."""
    return [[model_name(one), *_numbers(one), f"{one.months_before} + {one.months_after}"] for one in findings]


def _numbers(finding: Finding) -> list[str]:
    if finding.refusal is not None:
        return [str(SHORT_REFUSALS[Refusal(finding.refusal)]), "–", "–", "–"]
    if finding.percent is not None:
        percents = (finding.percent, finding.percent_low, finding.percent_high)
        return [*(percent(_signed(one)) for one in percents), _p(finding.p)]
    return [*(_signed(one) for one in (finding.count, finding.count_low, finding.count_high)), _p(finding.p)]


def _signed(value: float | None) -> str:
    return str(format_decimal(value or 0.0, format="+#,##0.0;−#,##0.0"))


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    number = format_decimal(max(value, LEAST_P), format="0.000")
    return f"< {number}" if value < LEAST_P else str(number)


def diagnostic_facts(finding: Finding) -> list[tuple[Any, str]]:
    """How well a model fits, and what was found in the ring around."""
    return [
        (label, str(format_decimal(finding.diagnostics[key], format=f"{pattern};−{pattern}")))
        for key, (label, pattern) in DIAGNOSTICS.items()
        if key in finding.diagnostics
    ]


def residual_rows(finding: Finding) -> list[list[str]]:
    """The residuals month by month, the newest first, and whether they lie outside the two lines."""
    months = [month_words(read(month)) for month in finding.residual_months]
    rows = [
        [month, _signed_finely(value), str(_("Yes") if abs(value) > USUAL else _("No"))]
        for month, value in zip(months, finding.residuals, strict=False)
    ]
    return rows[::-1]


def _signed_finely(value: float) -> str:
    return str(format_decimal(value, format="+0.00;−0.00"))


def residual_words(finding: Finding) -> str:
    """What the drawing of the residuals shows."""
    outside = sum(abs(one) > USUAL for one in finding.residuals)
    of = len(finding.residuals)
    return str(
        ngettext(
            "Of %(of)s months, %(num)s lies outside the two lines. Of twenty, one does by chance.",
            "Of %(of)s months, %(num)s lie outside the two lines. Of twenty, one does by chance.",
            outside,
            of=of,
        )
    )

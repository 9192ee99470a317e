"""What surveys say: how a share changed, how sure that is, and what must be said along with it."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.indicators.evaluation.texts import inside
from portal.indicators.panels.reading import Panel, Values
from portal.indicators.panels.wording import LANGUAGE_NAMES, month_words
from portal.indicators.snapshots.document import SurveyChange
from portal.indicators.snapshots.rules.rounding import percent


class Way(StrEnum):
    """Which way a share went, as far as anybody can tell."""

    MORE = "more"
    FEWER = "fewer"
    UNCLEAR = "unclear"


SENTENCES = {
    Way.MORE: _l(
        "It was %(then)s of 100 in %(earlier)s and %(now)s in %(later)s: more. We are fairly sure that it rose by "
        "between %(low)s and %(high)s of 100."
    ),
    Way.FEWER: _l(
        "It was %(then)s of 100 in %(earlier)s and %(now)s in %(later)s: fewer. We are fairly sure that it fell by "
        "between %(low)s and %(high)s of 100."
    ),
    Way.UNCLEAR: _l(
        "It was %(then)s of 100 in %(earlier)s and %(now)s in %(later)s. We can't tell yet whether that is a change: "
        "it may have fallen by up to %(low)s of 100 or risen by up to %(high)s."
    ),
}


def way(change: SurveyChange) -> Way:
    """Unclear as long as no change at all lies within the interval."""
    if change.points_low > 0:
        return Way.MORE
    return Way.FEWER if change.points_high < 0 else Way.UNCLEAR


def change_sentence(panel: Panel, change: SurveyChange) -> str:
    """What a change says, in the same words whichever way it went."""
    values, asked = _counts(panel, change.language)
    earlier, later = panel.months.index(change.earlier), panel.months.index(change.later)
    which = way(change)
    ends = [change.points_low, change.points_high]
    low, high = (_size(one, which) for one in (reversed(ends) if which is Way.FEWER else ends))
    said = {
        "now": percent(values[later], asked[later]),
        "then": percent(values[earlier], asked[earlier]),
        "later": month_words(change.later),
        "earlier": month_words(change.earlier),
        "low": low,
        "high": high,
    }
    return str(SENTENCES[which]) % said


def change_caveats(panel: Panel) -> list[str]:
    """The same by language, and whether anybody was asked before the message."""
    found = []
    if panel.delivered and panel.changes[0].earlier >= panel.delivered:
        found.append(str(_("Nobody was asked before the message. So this cannot say what the message changed.")))
    for change in panel.changes:
        if change.language:
            words = {"language": LANGUAGE_NAMES[change.language], "said": inside(change_sentence(panel, change))}
            found.append(str(_("Those who answered %(language)s: %(said)s", **words)))
    return found


def _counts(panel: Panel, lang: str) -> tuple[Values, Values]:
    if not lang:
        return panel.values, panel.asked
    return next((values, asked) for code, values, asked in panel.spoke if code == lang)


def _size(points: float, which: Way) -> int | str:
    """An end of an interval in whole points; never a bare 0, which would say that there is none."""
    return round(abs(points)) or (1 if which is Way.UNCLEAR else str(_("less than 1")))

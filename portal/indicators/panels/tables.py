"""The numbers of a panel as a table: all that its drawing shows, the newest month first."""

from __future__ import annotations

from flask_babel import format_decimal
from flask_babel import gettext as _

from portal.core.i18n import language
from portal.indicators.panels.reading import Panel
from portal.indicators.panels.wording import month_words, percent_words, value_words

Table = tuple[list[str], list[list[str]]]
"""Its head and its rows."""


def number_table(panel: Panel) -> Table:
    """The months that were counted, each with what is drawn of it."""
    return _shares(panel) if panel.is_share else _counts(panel)


def _shares(panel: Panel) -> Table:
    head = [_("Month"), _("Of 100"), panel.measure.name[language()], _("Of how many")]
    rows = [
        [
            month_words(panel.months[place]),
            percent_words(panel.shares[place]),
            value_words(panel.values[place]),
            value_words(panel.asked[place]),
        ]
        for place in reversed(panel.counted)
    ]
    return head, rows


def _counts(panel: Panel) -> Table:
    columns = {_("Here"): [value_words(value) for value in panel.values]}
    if panel.expected:
        columns[_("Expected")] = [_rounded(value) for value in panel.expected]
        columns[_("Expected on average, between")] = _bands(panel)
    if panel.similar:
        columns[_("Similar areas, added up")] = [value_words(value) for value in panel.similar]
    if panel.around:
        columns[_("Around it")] = [value_words(value) for value in panel.around]
    told = [place for place, value in enumerate(panel.values) if value is not None]
    rows = [[month_words(panel.months[place]), *(one[place] for one in columns.values())] for place in reversed(told)]
    return [_("Month"), *columns], rows


def _bands(panel: Panel) -> list[str]:
    """How unsure it is what was to be expected; a dash for months before the message."""
    found, main = ["–"] * len(panel.months), panel.main
    for place, low, high in zip(panel.ahead, main.expected_low, main.expected_high, strict=False) if main else ():
        found[place] = f"{_rounded(low)}–{_rounded(high)}"
    return found


def _rounded(value: float | None) -> str:
    return "–" if value is None else str(format_decimal(round(value)))

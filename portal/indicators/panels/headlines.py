"""The words for what leads at a place: the sentence that everybody reads first, and why it is that one."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.core.i18n import language
from portal.indicators.evaluation.texts import inside
from portal.indicators.panels.leading import Because, Lead
from portal.indicators.panels.texts import panel_sentence
from portal.indicators.panels.wording import day_words

TITLES = {
    Because.NAMED: _l("What we said beforehand we would judge by"),
    Because.ONLY: _l("What the plan looks at"),
    Because.LISTED_FIRST: _l("What stands first in the plan"),
}
TITLE_LATE = _l("What we said we would judge by")
NOTES = {
    Because.NAMED: _l("This is the measure we said beforehand we would judge by."),
    Because.ONLY: _l("The plan looks at nothing else."),
    Because.LISTED_FIRST: _l(
        "The plan looks at %(of)s things and does not say by which one we judge. The first on its list stands here."
    ),
    Because.NOT_COUNTED: _l("It was fixed beforehand as the first to look at, so nothing else takes its place."),
}
NOTE_LATE = _l("This is the measure we said we would judge by, but we only said so after the meeting.")


def lead_sentence(lead: Lead) -> str:
    """What is known of a place, in one sentence: good news, bad, or none."""
    if lead.panel:
        return panel_sentence(lead.panel)
    if lead.because is Because.NOT_COUNTED and lead.measure:
        name = inside(lead.measure.name[language()])
        return str(_("We can't say whether %(measure)s changed: it was not counted.", measure=name))
    if lead.because is Because.NO_PLAN:
        return str(_("Nobody can say whether anything changed: nothing was fixed beforehand to judge by."))
    return str(_("It is too early to say what changed."))


def lead_title(lead: Lead) -> str:
    """The heading above what leads."""
    return str(TITLE_LATE if lead.late and lead.because is Because.NAMED else TITLES[lead.because])


def lead_notes(lead: Lead) -> list[str]:
    """Why it leads, and what was chosen since."""
    found = []
    if lead.because in NOTES:
        note = NOTE_LATE if lead.late and lead.because is Because.NAMED else NOTES[lead.because]
        found.append(str(note) % {"of": lead.of})
    if lead.chosen_later and lead.later:
        words = _l("On %(day)s we chose “%(measure)s” to judge by instead. That was after the plan was fixed.")
        said = {"day": day_words(lead.chosen_later.on), "measure": lead.later.name[language()]}
        why = lead.chosen_later.why
        found.append(" ".join([str(words) % said, *([str(_("Why:")), why[language()]] if why else [])]))
    if lead.panel and lead.deviations:
        found.append(
            ngettext(
                "%(num)s thing was done otherwise than planned.",
                "%(num)s things were done otherwise than planned.",
                lead.deviations,
            )
        )
    return [str(one) for one in found]


def chance_words(number: int) -> str:
    """What to think of one result among several."""
    words = _(
        "%(number)s things were looked at in all. Of 20 intervals like these about one misses by chance alone, so one "
        "good or bad result below proves little.",
        number=number,
    )
    return str(words)

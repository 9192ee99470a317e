"""The words of surveys: the questions, slips, refusals."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.core.addresses import public_address
from portal.core.i18n import speaking
from portal.indicators.surveys.rules import ASKED, Question

QUESTIONS = {
    Question.AWARE: _l("Have you heard of the effort against open drug selling in this city?"),
    Question.SAFE: _l("Do you feel safe, or fairly safe, outside here after dark?"),
    Question.TRUST: _l("Do you trust, or mostly trust, that the city and the police keep their word?"),
}
COLUMNS = {
    ASKED: _l("People who answered"),
    Question.AWARE: _l("Have heard of it"),
    Question.SAFE: _l("Feel safe"),
    Question.TRUST: _l("Trust"),
}
ANSWERS = {"yes": _l("Yes"), "no": _l("No"), "skip": _l("I'd rather not say")}
REFUSALS = {
    "survey_days": _l("A survey lasts at most 60 days, and its last day may not be over."),
    "survey_hidden": _l("Residents of a place can be asked once it is public."),
    "survey_slips": _l("At most 500 slips at a time, and only while the survey runs."),
    "survey_sums": _l("More people said yes than were asked. Please check the numbers."),
    "survey_counted": _l("This survey is counted already. Nothing can be changed."),
}
AUDITED = {
    "market.survey_called": _l("called a survey"),
    "market.survey_printed": _l("printed slips of a survey"),
    "market.survey_typed": _l("typed in the counts of a survey"),
}


def slip_words(lang: str, number: str) -> str:
    """What stands under the code of a slip; `number` is empty without a telephone."""
    with speaking(lang):
        address = public_address("surveys.enter", lang=lang).removeprefix("https://").removeprefix("http://")
        if not number:
            return str(_("Type this code at %(address)s. It asks three questions and counts once.", address=address))
        return str(
            _(
                "Type this code at %(address)s, or text to %(number)s: the code, then for each question 1 for yes, "
                "2 for no, 0 to skip. For example: %(example)s. It counts once.",
                address=address,
                number=number,
                example="k7f2-qd3m 1 2 1",
            )
        )


def questions_in(lang: str) -> list[str]:
    """The questions as they stand on a slip."""
    with speaking(lang):
        return [str(words) for words in QUESTIONS.values()]


def how_to_answer() -> str:
    """What a text is answered that has the code of a slip, but not one figure for each question."""
    return str(_("Please send the code, then three figures: 1 for yes, 2 for no, 0 to skip."))


def thanks() -> str:
    """What a text that was counted is answered."""
    return str(_("Thank you, your answer is counted. The slip is used up."))


def too_late() -> str:
    """What a text is answered before the first day of a survey and after its last."""
    return str(_("Thank you, but answers are not taken now."))

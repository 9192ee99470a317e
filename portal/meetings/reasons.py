"""Why a meeting is moved, canceled or offers less: reasons to choose from, each a sentence in both languages."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice
from wtforms.validators import Optional

from portal.core.i18n import LANGUAGES, NOTHING, Bilingual, speaking
from portal.meetings.texts import REFUSALS


class ReadyReason(StrEnum):
    """A reason that people give again and again."""

    WEATHER = "weather"
    SICKNESS = "sickness"
    ROOM = "room"
    BUILDING = "building"
    INTERPRETER = "interpreter"
    MOURNING = "mourning"
    FAMILIES = "families"
    HELPER = "helper"


REASON_TEXTS = {
    ReadyReason.WEATHER: _l("The weather is dangerous."),
    ReadyReason.SICKNESS: _l("The hosts are sick."),
    ReadyReason.ROOM: _l("The room is not free."),
    ReadyReason.BUILDING: _l("The power or the heat is out."),
    ReadyReason.INTERPRETER: _l("We found no interpreter."),
    ReadyReason.MOURNING: _l("Our community is in mourning."),
    ReadyReason.FAMILIES: _l("Many families are busy then."),
    ReadyReason.HELPER: _l("Whoever was to help cannot come."),
}
OWN_WORDS = ""


def in_both_languages(reason: ReadyReason) -> Bilingual:
    """Return the sentence of a reason in each language, whatever the language of the page."""
    said = {}
    for lang in LANGUAGES:
        with speaking(lang):
            said[lang] = str(REASON_TEXTS[reason])
    return Bilingual(**said)


def joined(chosen: Bilingual | None, own: Bilingual) -> Bilingual:
    """Return a chosen reason followed by own words.

    Own words in one language leave the other one empty: its readers would be told less.
    """
    if chosen is None or own == NOTHING:
        return chosen or own
    return Bilingual(**{lang: f"{chosen[lang]} {own[lang]}" if own[lang] else "" for lang in LANGUAGES})


class GivesReason:
    """Mixin for forms that ask why. The form has the fields `reason_en` and `reason_es` for own words."""

    why = RadioField(
        _l("Reason"),
        choices=[
            *(SelectChoice(reason.value, text) for reason, text in REASON_TEXTS.items()),
            SelectChoice(OWN_WORDS, _l("None of these: I write it myself")),
        ],
        default=OWN_WORDS,
        validators=[Optional()],
    )

    @property
    def reason(self: Any) -> Bilingual:
        """The reason in both languages, chosen or in own words; one half is empty if it was left out."""
        known = self.why.data in set(ReadyReason)
        chosen = in_both_languages(ReadyReason(self.why.data)) if known else None
        return joined(chosen, self.pair("reason"))

    def asks_for_reason(self: Any) -> bool:
        """Return whether the reason is missing in a language; adds one error where it can be given."""
        said = self.reason
        if said.is_whole:
            return False
        own = self.pair("reason")
        missing = [lang for lang in LANGUAGES if not own[lang]]
        if len(missing) == len(LANGUAGES):
            self.complain("why", REFUSALS["meeting_reason"])
        else:
            chosen = self.why.data in set(ReadyReason)
            self.complain(f"reason_{missing[0]}", REFUSALS["meeting_reason_half" if chosen else "meeting_reason"])
        return True

"""Sentences of the voice line, in the caller's language; in both until one was chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.core.i18n import LANGUAGES, date_words, speaking
from portal.core.portal import current_portal
from portal.core.sms.twiml import SpokenLine
from portal.meetings.meeting import Meeting, next_meetings
from portal.meetings.texts import when, where_exactly
from portal.reports.intake import key_of
from portal.reports.reports import Thread, opened_by_resident
from portal.reports.texts import DISPOSITIONS, HEADS
from portal.reports.triage import Disposition, TriageState
from portal.sms.voice import CallState, VoiceSaying, VoiceTurn

Opened = tuple[Thread, tuple[str, ...]]
"""A report, and the code words that opened it."""

SAYINGS: dict[VoiceSaying, LazyString] = {
    VoiceSaying.DANGER: _l(
        "If somebody is in danger, hang up and call 911. "
        "To talk to somebody about suicide or your feelings, hang up and call 988."
    ),
    VoiceSaying.MENU: _l(
        "To hear about the next meeting, press 1. To hear our answer to your report, press 2. "
        "To leave a voice note, press 3. To hear this again, press star. To change the language, press 0."
    ),
    VoiceSaying.AGAIN_OR_BACK: _l("To hear this again, press star. For the menu, press 0."),
    VoiceSaying.CODE_HOW: _l(
        "Our phone company carries this call. It can hear what we read to you and see which keys you press. "
        "If that worries you, read our answer on our website. "
        "Now spell your eight code words with the letters on your keys: one press for each letter. "
        "After each word, press pound. "
        "To go back by one word, press 0 and then pound. To hear this again, press star and then pound."
    ),
    VoiceSaying.NO_SUCH_WORD: _l("None of our words has these keys. Please try this word again."),
    VoiceSaying.CODE_WRONG: _l("We found nothing under these words. Please start again with the first word."),
    VoiceSaying.CODE_WRONG_OFTEN: _l(
        "We found nothing under these words. Please check each word and their order, and call again."
    ),
    VoiceSaying.NOTE_HOW: _l(
        "You can press 1 at any time to start, or 0 to go back. This is not 911, and nobody listens right now. "
        "Later a person at our desk listens to your voice note and hears your voice. No machine writes it down. "
        "We do not keep your number. Our phone company knows it, and holds the note for some minutes until we have it. "
        "Then we delete it there. A court could ask them. "
        "To tell us how police acted, the form on our website is safer. "
        "Say what happens, where, and when. You need not say your name. To start, press 1."
    ),
    VoiceSaying.SPEAK_NOW: _l(
        "Speak after the tone, for up to three minutes. When you are done, press pound. "
        "If you hang up, we keep what you have said."
    ),
    VoiceSaying.NOTHING_HEARD: _l("We heard nothing."),
    VoiceSaying.NOTE_KEPT: _l(
        "Thank you. We have your voice note. This was not 911. "
        "With eight code words you can hear our answer on this line, or read it on our website. "
        "We have no other way to reach you. Please write them down now."
    ),
    VoiceSaying.NO_DESK: _l(
        "Nobody is at our desk right now, so we cannot take a voice note. In danger, call 911. "
        "To talk to a person about how you feel, at any hour, call 988. Please call us again next week."
    ),
    VoiceSaying.TOO_MANY_NOTES: _l(
        "We cannot take more voice notes right now. Please use the form on our website, or call again in an hour. "
        "In danger, call 911."
    ),
    VoiceSaying.WRONG_KEY: _l("That key does nothing here."),
    VoiceSaying.GOODBYE: _l("Goodbye. In danger, call 911."),
    VoiceSaying.OFF: _l("This number takes no calls. Please use our website."),
}
NO_MEETING = _l("No meeting is planned right now.")
NO_ANSWER_YET = _l("There is no answer in words yet.")
HOW_TO_ANSWER = _l("You can answer on our website with your code words.")
LOST_NOTE = _l("We could not keep your voice note. Please tell us again, in writing if you can.")


def lines_of(turn: VoiceTurn, opened: Opened | None = None) -> list[SpokenLine]:
    """Return the sentences of a turn. `opened` is needed for `VoiceSaying.ANSWER`."""
    return [line for saying in turn.says for line in _in_languages(saying, turn.state, opened)]


def off_lines() -> list[SpokenLine]:
    """Return what a caller hears while the line is switched off; 911 and 988 all the same."""
    says = VoiceSaying.DANGER, VoiceSaying.OFF
    return [line for saying in says for line in _in_languages(saying, CallState(), None)]


def _in_languages(saying: VoiceSaying, state: CallState, opened: Opened | None) -> Iterator[SpokenLine]:
    for language in (state.language,) if state.language else LANGUAGES:
        with speaking(language):
            found = [*DYNAMIC[saying](state, opened)] if saying in DYNAMIC else [str(SAYINGS[saying])]
        yield from (one if isinstance(one, SpokenLine) else SpokenLine(language, one) for one in found)


Said = Iterator[str | SpokenLine]


def _choose_language(_state: CallState, _opened: Opened | None) -> Said:
    # Each language offers itself.
    yield _("This is %(site)s. For English, press 1.", site=current_portal.settings.site_name)


def _code_word(state: CallState, _opened: Opened | None) -> Said:
    yield _("Word %(number)s.", number=len(state.keyed) + 1)


def _code_words(state: CallState, _opened: Opened | None) -> Said:
    for number, word in enumerate(state.code, start=1):
        yield _("Word %(number)s.", number=number) + f" {word}. {', '.join(word.upper())}."


def _next_meeting(_state: CallState, _opened: Opened | None) -> Said:
    found = sorted(next_meetings(), key=lambda meeting: (meeting.starts_at is None, meeting.starts_at))
    if not any(not meeting.is_cancelled for meeting in found):
        yield str(NO_MEETING)
    for meeting in found:
        yield from _about(meeting)


def _about(meeting: Meeting) -> Iterator[str]:
    title = str(meeting.title)
    if meeting.is_cancelled:
        yield _("This meeting is canceled: %(title)s, %(when)s", title=title, when=when(meeting))
        return
    yield _("The next meeting is: %(title)s. %(when)s", title=title, when=when(meeting))
    if meeting.is_moved:
        yield _("The time or the place has changed.")
    yield _("Where: %(where)s", where=where_exactly(meeting))
    if meeting.has_door:
        yield _("How to get in: %(access)s", access=str(meeting.access))


def _answer(_state: CallState, opened: Opened | None) -> Said:
    assert opened is not None
    thread, code = opened
    yield str(HEADS[TriageState(thread.state)])
    if thread.disposition:
        yield str(DISPOSITIONS[Disposition(thread.disposition)])
    # Only our own words: what the resident wrote is not read to whoever stands beside the phone.
    said = [one for one in opened_by_resident(thread, key_of(code)) if one.author == "desk" and one.words]
    if said and said[-1].words:
        yield _("Our answer of %(day)s:", day=date_words(said[-1].written_on))
        yield SpokenLine(thread.language, said[-1].words.what)
    else:
        yield str(NO_ANSWER_YET)
    if thread.state == TriageState.ASKED:
        yield str(HOW_TO_ANSWER)


DYNAMIC: dict[VoiceSaying, Callable[[CallState, Opened | None], Said]] = {
    VoiceSaying.CHOOSE_LANGUAGE: _choose_language,
    VoiceSaying.NEXT_MEETING: _next_meeting,
    VoiceSaying.CODE_WORD: _code_word,
    VoiceSaying.CODE_WORDS: _code_words,
    VoiceSaying.ANSWER: _answer,
}

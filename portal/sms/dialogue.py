"""The conversation by text message as a state machine: state and text in, new state and effects out.

Pure. The first text already is the report. At most three questions follow, all optional; every text sent while one is
open is added to the report as well, so a conversation that breaks off loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from portal.core.reading.danger import Urgency
from portal.sms.choices import PlaceChoice, PlaceName, choose, mentioned
from portal.sms.effects import (
    OF_REPORTS,
    AddToReport,
    Code,
    DialogueState,
    DialogueStep,
    Effect,
    Erase,
    FileReport,
    Hold,
    How,
    HumanDecides,
    JoinReport,
    OptIn,
    OptOutEffect,
    Saying,
    SetPlace,
    SpokenAnswer,
)
from portal.sms.keywords import Keyword, Language, guess, is_plain
from portal.sms.policy import AboutUs
from portal.sms.reading import PhoneContext, Reading, ReceivedText, Verdict, read

WORDS_BESIDE_A_CODE = 4
"""So many words beside a code are only an introduction: "my code words are"."""
LONG_TEXT = 80
"""Longer texts are not an answer to "where": they may have been sent before the question arrived. In characters."""


@dataclass(frozen=True)
class HeardTurn:
    """The conversation after a text, and the effects to carry out in this order."""

    talk: DialogueState
    effects: tuple[Effect, ...] = ()


def hear(
    talk: DialogueState,
    text: str,
    *,
    reading: Reading | None = None,
    places: Sequence[PlaceName] = (),
    pictures: int = 0,
    provider_did: Keyword | None = None,
    code: Code = Code.NONE,
    listed: int | None = None,
) -> HeardTurn:
    """Return the next state and the effects of one text.

    `text` is cleaned. `reading` is its verdict; without one it is read with nothing but `talk` known of the phone.
    `places` are publicly known; the first `listed` of them had a number when the question was asked. `code` says
    whether the text's code words open a report. Verdicts about meetings are carried out elsewhere.
    """
    before, talk = talk, talk if talk.step in OF_REPORTS else replace(talk, step=DialogueStep.NONE)
    if reading is None:
        received = ReceivedText(text, pictures, provider_did)
        reading = Reading(Verdict.CODE_WORDS) if code is not Code.NONE else read(received, _context(before, talk))
    if reading.verdict is Verdict.NOTHING:
        return HeardTurn(before)
    heard = _heard(talk, text, reading, places, pictures, code, listed)
    named = any(isinstance(effect, SpokenAnswer) and effect.names_911 for effect in heard.effects)
    # "Gun Hill Road" is a place, and nothing else was said.
    is_place = bool(heard.effects) and isinstance(heard.effects[0], SetPlace)
    if not reading.help or named or is_place:
        return heard
    # Whatever else follows: danger is never met with silence, and help is named first.
    return replace(heard, effects=(*_only_911(talk, text, reading), *heard.effects))


def _heard(
    talk: DialogueState,
    text: str,
    reading: Reading,
    places: Sequence[PlaceName],
    pictures: int,
    code: Code,
    listed: int | None,
) -> HeardTurn:
    match reading.verdict:
        case Verdict.COMMAND if reading.command:
            return _obey(_with_spanish(talk, text), reading.command, reading.how, places)
        case Verdict.THANKS:
            return HeardTurn(talk)
        case Verdict.ENOUGH:
            return _say(replace(talk, step=DialogueStep.NONE), text, Saying.THANKS)
        case Verdict.CODE_WORDS:
            return _code(talk, code, reading.words, pictures)
        case Verdict.SKIP | Verdict.NO_NEWS:
            return _next_question(talk) if talk.step in OF_REPORTS else HeardTurn(talk)
        case Verdict.ABOUT if reading.about:
            return _say(talk, text, _ABOUT_US[reading.about])
        case Verdict.NOT_FOR_US:
            return _not_for_us(talk, text, pictures, reading)
        case Verdict.GREETING:
            return _say(talk, text, Saying.HELLO)
        case _:
            return _take(talk, text, pictures, reading, places, listed)


def _context(before: DialogueState, talk: DialogueState) -> PhoneContext:
    return context_of(before if before.step is DialogueStep.ASIDE else talk)


def context_of(talk: DialogueState) -> PhoneContext:
    """Return what a conversation alone tells of a phone."""
    return PhoneContext(
        talk.step,
        talk.language,
        in_report=talk.thread_id is not None,
        opted_out=talk.opted_out,
        doubted=talk.doubted,
        blocked=talk.blocked,
    )


def _heed(talk: DialogueState, text: str, reading: Reading) -> HeardTurn:
    """Keep a wish or a question beside a report for a person, and ask nothing more."""
    say = _ABOUT_US[reading.about] if reading.about else _WISHES[reading.verdict]
    kept = _keep(talk, text, 0, reading)
    receipt = _answers(talk, _receipt(reading)) if talk.thread_id is None else ()
    told = _answers(talk, say) if say else ()
    return HeardTurn(replace(talk, step=DialogueStep.NONE), (kept, *receipt, *told))


def _not_for_us(talk: DialogueState, text: str, pictures: int, reading: Reading) -> HeardTurn:
    """Keep what is meant for somebody else where a person sees it last; what follows it is no more of it."""
    if talk.thread_id is not None:
        return HeardTurn(talk, (_keep(talk, text, pictures, reading), *_answers(talk, Saying.ADDED)))
    talk = _with_language(talk, text)
    return HeardTurn(talk, (FileReport(text, pictures, is_last=True), *_answers(talk, Saying.NOT_FOR_US)))


def _say(talk: DialogueState, text: str, say: Saying) -> HeardTurn:
    """Answer a question; an open one of ours stays open."""
    talk = _with_language(talk, text)
    return HeardTurn(talk, _answers(talk, say))


def _code(talk: DialogueState, code: Code, rest: str, pictures: int) -> HeardTurn:
    """Open the report of the code words. What else was written goes into it; the words themselves are never kept."""
    if code is not Code.RIGHT:
        return HeardTurn(talk, _answers(talk, Saying.CODE_PART if code is Code.PART else Saying.CODE_UNKNOWN))
    says_more = len(rest.split()) > WORDS_BESIDE_A_CODE
    added = (AddToReport(rest if says_more else "", pictures),) if says_more or pictures else ()
    return HeardTurn(replace(talk, step=DialogueStep.NONE), (JoinReport(), *added, *_answers(talk, Saying.JOINED)))


def _obey(talk: DialogueState, command: Keyword, how: How, places: Sequence[PlaceName]) -> HeardTurn:
    match command:
        case Keyword.STOP:
            return _stop(talk, how)
        case Keyword.START:
            return _start(talk, how)
        case Keyword.DELETE:
            fresh = DialogueState(language=talk.language, opted_out=talk.opted_out, blocked=talk.blocked)
            return HeardTurn(fresh, (Erase(), *_answers(talk, Saying.ERASED)))
        case Keyword.SPANISH:
            return _speak(talk, "es", places)
        case Keyword.ENGLISH:
            return _speak(talk, "en", places)
        case _:
            # The provider's own answer to HELP does not name 911, so ours is sent too.
            return HeardTurn(talk, _help(talk, Saying.HELP))


def _stop(talk: DialogueState, how: How) -> HeardTurn:
    confirmation = () if how is How.PROVIDER else _answers(talk, Saying.STOPPED)
    blocked = talk.blocked or how is How.PROVIDER
    return HeardTurn(
        replace(talk, step=DialogueStep.NONE, opted_out=True, blocked=blocked), (OptOutEffect(how), *confirmation)
    )


def _forget(talk: DialogueState) -> HeardTurn:
    """Erase the number ("delete my number"); the only text it still gets is the confirmation."""
    fresh = DialogueState(language=talk.language, opted_out=True, blocked=talk.blocked)
    return HeardTurn(fresh, (Erase(), OptOutEffect(How.WORDING), *_answers(talk, Saying.FORGOTTEN)))


def _start(talk: DialogueState, how: How) -> HeardTurn:
    back = replace(talk, opted_out=False, blocked=False)
    return HeardTurn(back, (OptIn(how), *(() if how is How.PROVIDER else _answers(back, Saying.STARTED))))


def _speak(talk: DialogueState, language: Language, places: Sequence[PlaceName]) -> HeardTurn:
    """Change the language; an open question is repeated in the language that the sender can read."""
    changed = replace(talk, language=language)
    if talk.step is DialogueStep.NONE or talk.language == language:
        return HeardTurn(changed, _answers(changed, Saying.LANGUAGE))
    return HeardTurn(changed, _answers(changed, _QUESTIONS[talk.step], places))


def _take(
    talk: DialogueState,
    text: str,
    pictures: int,
    reading: Reading,
    places: Sequence[PlaceName],
    listed: int | None,
) -> HeardTurn:
    verdict = reading.verdict
    match verdict:
        case Verdict.FORGET:
            return _forget(_in_its_language(talk, text))
        case Verdict.OPT_OUT:
            return _stop(_in_its_language(talk, text), How.WORDING)
    talk = _with_language(talk, text)
    if talk.opted_out:
        return HeardTurn(replace(talk, step=DialogueStep.NONE), (_keep(talk, text, pictures, reading),))
    if verdict in _WISHES or reading.about:
        return _heed(talk, text, reading)
    kept = _keep(talk, text, pictures, reading)
    if verdict is Verdict.DOUBT_AGAIN:
        heard = _wait(talk, text, kept, reading)
        return replace(heard, effects=(*heard.effects, *_answers(talk, Saying.DOUBT_AGAIN)))
    if verdict is Verdict.DOUBT:
        settled = talk.doubted and not reading.may_opt_out
        return _wait(talk, text, kept if settled else HumanDecides(text, pictures, reading.is_pressing), reading)
    if talk.thread_id is None:
        return _first(talk, text, kept, reading, places)
    choice = choose(text, places, listed) if talk.step is DialogueStep.WHERE else None
    return _further(talk, AddToReport(text, pictures, reading.is_pressing), choice, reading)


def _wait(talk: DialogueState, text: str, kept: Effect, reading: Reading) -> HeardTurn:
    """Hold answers back while texts may be unwanted.

    911 is named all the same, and one text tells the sender how to settle it without waiting for us. A sender of a
    first report who meant no opt-out gets the code words as soon as that is clear.
    """
    held = tuple(Hold(answer) for answer in _answers(talk, _receipt(reading))) if talk.thread_id is None else ()
    told = _only_911(talk, text, reading) or (() if talk.doubted else _answers(talk, Saying.DOUBT))
    return HeardTurn(replace(talk, step=DialogueStep.NONE), (kept, *held, *told))


def _first(talk: DialogueState, text: str, kept: Effect, reading: Reading, places: Sequence[PlaceName]) -> HeardTurn:
    """File the report.

    After urgent words no question follows: it would keep a person at the phone who should call 911.
    """
    receipt, place = _receipt(reading), mentioned(text, places)
    all_kept = (kept, *(() if place is None else (SetPlace(place),)))
    if receipt is not Saying.RECEIVED:
        return HeardTurn(replace(talk, step=DialogueStep.NONE), (*all_kept, *_at_once(talk, text, receipt, reading)))
    if reading.verdict is Verdict.THREAT:
        return HeardTurn(replace(talk, step=DialogueStep.NONE), (*all_kept, *_answers(talk, receipt)))
    asked = DialogueStep.WHERE if place is None else DialogueStep.WHEN
    return HeardTurn(
        replace(talk, step=asked), (*all_kept, *_answers(talk, receipt), *_answers(talk, _QUESTIONS[asked], places))
    )


def _receipt(reading: Reading) -> Saying:
    return _RECEIVED_URGENT[reading.help[0]] if reading.help else Saying.RECEIVED


def _further(talk: DialogueState, added: AddToReport, choice: PlaceChoice | None, reading: Reading) -> HeardTurn:
    if choice is None and reading.help:
        return HeardTurn(replace(talk, step=DialogueStep.NONE), (added, *_only_911(talk, added.text, reading)))
    if talk.step is DialogueStep.NONE:
        return HeardTurn(talk, (added, *_answers(talk, Saying.ADDED)))
    if talk.step is DialogueStep.WHERE:
        return _place(talk, added, choice)
    return _next_question(talk, added)


def in_one_breath(
    talk: DialogueState,
    text: str,
    reading: Reading,
    *,
    places: Sequence[PlaceName] = (),
    pictures: int = 0,
    listed: int | None = None,
) -> HeardTurn | None:
    """Add what follows within seconds, before anybody can have read our receipt and our question: it gets neither.

    None if it is no more of a report, or all the same answers the question where, by a number or a name.
    """
    if talk.thread_id is None or talk.opted_out or talk.doubted or reading != Reading(Verdict.REPORT):
        return None
    asks_where = talk.step is DialogueStep.WHERE
    if asks_where and (choose(text, places, listed) or mentioned(text, places) is not None):
        return None
    return HeardTurn(talk, (AddToReport(text, pictures),))


def _place(talk: DialogueState, added: AddToReport, choice: PlaceChoice | None) -> HeardTurn:
    """Take an answer to "where"; a long text or a picture alone is added, and the question stays open."""
    if choice is not None:
        # "2" says which place and nothing else; as a message of the report it would only puzzle the desk.
        is_all = not choice.says_more and not added.pictures
        return _next_question(talk, *(() if is_all else (added,)), SetPlace(choice.index))
    if not added.text or len(added.text) > LONG_TEXT:
        return HeardTurn(talk, (added, *_answers(talk, Saying.ADDED)))
    return _next_question(talk, added, SetPlace(None))


def _next_question(talk: DialogueState, *before: Effect) -> HeardTurn:
    following = _FOLLOWING[talk.step]
    return HeardTurn(
        replace(talk, step=following), (*before, *_answers(talk, _QUESTIONS.get(following, Saying.THANKS)))
    )


def _keep(talk: DialogueState, text: str, pictures: int, reading: Reading) -> FileReport | AddToReport:
    kind = FileReport if talk.thread_id is None else AddToReport
    return kind(text, pictures, reading.is_pressing or reading.verdict is Verdict.THREAT)


def _only_911(talk: DialogueState, text: str, reading: Reading) -> tuple[SpokenAnswer, ...]:
    return _at_once(talk, text, URGENT_ANSWERS[reading.help[0]], reading) if reading.help else ()


def _at_once(talk: DialogueState, text: str, say: Saying, reading: Reading) -> tuple[SpokenAnswer, ...]:
    """Return the answer to a person in danger, in the language of this very text, or in both if that is unclear.

    Families share phones, so earlier texts may have been in the other language. If the text calls for two kinds of
    help, 988 is named too.
    """
    plain = replace(talk, language=guess(text))
    also = Urgency.CRISIS in reading.help[1:]
    return _help(plain, say) + (_help(plain, Saying.CRISIS) if also else ())


def _with_language(talk: DialogueState, text: str) -> DialogueState:
    """Switch to the other language if the text is plainly written in it.

    An answer to "where" is mostly a name, so only other words change it.
    """
    if talk.language and not is_plain(text, of_place=talk.step is DialogueStep.WHERE):
        return talk
    return replace(talk, language=guess(text) or talk.language)


def _in_its_language(talk: DialogueState, text: str) -> DialogueState:
    """Switch to the language of an opt-out, so that it is confirmed in that language."""
    return replace(talk, language=guess(text) or talk.language)


def _with_spanish(talk: DialogueState, text: str) -> DialogueState:
    """Switch to Spanish for a Spanish keyword; STOP and HELP are used in both languages."""
    return replace(talk, language="es") if guess(text) == "es" else talk


def _answers(talk: DialogueState, say: Saying, places: Sequence[PlaceName] = ()) -> tuple[SpokenAnswer, ...]:
    """Return one answer, or none for a sender who has opted out."""
    if talk.opted_out:
        return ()
    return (SpokenAnswer(say, talk.language, tuple(places) if say is Saying.WHERE else ()),)


def _help(talk: DialogueState, say: Saying) -> tuple[SpokenAnswer, ...]:
    """Return an answer that is sent even after an opt-out, unless the provider would refuse it."""
    return () if talk.blocked else _answers(replace(talk, opted_out=False), say)


_ABOUT_US = {
    AboutUs.WHO: Saying.WHO,
    AboutUs.POLICE: Saying.POLICE,
    AboutUs.HOW: Saying.HOW,
    AboutUs.ANSWER: Saying.ANSWER,
    AboutUs.CALL: Saying.CALL,
    AboutUs.TREATMENT: Saying.TREATMENT,
}
_WISHES = {
    Verdict.LEAVES: Saying.THANKS,
    Verdict.QUIET: None,
    Verdict.TAKE_BACK: Saying.TAKE_BACK,
}
"""What is said, if anything."""
_FOLLOWING = {
    DialogueStep.WHERE: DialogueStep.WHEN,
    DialogueStep.WHEN: DialogueStep.MORE,
    DialogueStep.MORE: DialogueStep.NONE,
}
_QUESTIONS = {DialogueStep.WHERE: Saying.WHERE, DialogueStep.WHEN: Saying.WHEN, DialogueStep.MORE: Saying.MORE}
URGENT_ANSWERS = {Urgency.DANGER: Saying.DANGER, Urgency.OVERDOSE: Saying.OVERDOSE, Urgency.CRISIS: Saying.CRISIS}
_RECEIVED_URGENT = {
    Urgency.DANGER: Saying.RECEIVED_DANGER,
    Urgency.OVERDOSE: Saying.RECEIVED_OVERDOSE,
    Urgency.CRISIS: Saying.RECEIVED_CRISIS,
}


WINDOW = timedelta(hours=1)
MOST_IN_WINDOW = 12
"""A whole conversation needs about eight: receipt, three questions, thanks and a few keywords."""
MOST_STARTS_BEYOND = 3
"""Confirmations of START per day that a phone gets although it has reached the limit of answers."""

MOST_SAME_CRY = 30
"""How often per day identical words of danger are answered at once beyond the limit; after that once in `CRY_APART`. A
machine may send "If you are in danger, call 911" after every answer; a person is never left without one."""
CRY_APART = timedelta(minutes=2)


def may_answer(answers_in_window: int, most: int = MOST_IN_WINDOW) -> bool:
    """Whether a sender with this many automatic answers within `WINDOW` may get one more.

    The one confirmation of an opt-out is always sent, and so are answers to danger and to HELP.
    """
    return answers_in_window < most

"""The conversation by text message as a state machine: state and text in, new state and effects out.

Pure. The first text already is the report. At most three questions follow, all optional; every text sent while one is
open is added to the report as well, so a conversation that breaks off loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import assert_never

from portal.core.parity import BilingualText
from portal.core.reading.danger import Urgency
from portal.sms import effects
from portal.sms.choices import PlaceChoice, choose, mentioned
from portal.sms.effects import Code, DialogueState, DialogueStep, Effect, How, KeepWords, Saying, SpokenAnswer
from portal.sms.keywords import Keyword, fold, guess, is_plain
from portal.sms.policy import is_watched
from portal.sms.reading import Reading, Verdict

WORDS_BESIDE_A_CODE = 4
"""So many words beside a code are only an introduction: "my code words are"."""
LONG_TEXT = 80
"""Longer texts are not an answer to "where": they may have been sent before the question arrived. In characters."""
REPORTS = frozenset(
    {Verdict.REPORT, Verdict.URGENT, Verdict.DOUBT, Verdict.DOUBT_AGAIN, Verdict.LEAVES, Verdict.QUIET}
    | {Verdict.TAKE_BACK, Verdict.THREAT, Verdict.ABOUT_AND_REPORT, Verdict.NOT_FOR_US}
)
"""The verdicts whose words are kept for the desk."""
_WISHES = {
    Verdict.LEAVES: Saying.THANKS,
    Verdict.QUIET: None,
    Verdict.TAKE_BACK: Saying.TAKE_BACK,
    Verdict.ABOUT_AND_REPORT: Saying.HOW,
}
"""What is said to a wish, if anything."""
_FOLLOWING = dict(pairwise((*effects.OF_REPORTS, DialogueStep.NONE)))


@dataclass(frozen=True)
class HeardText:
    """A cleaned text with its verdict; of the `places`, which are public, the first `listed` had a number for it."""

    body: str
    reading: Reading
    pictures: int = 0
    places: tuple[BilingualText, ...] = ()
    listed: int | None = None
    code: Code = Code.NONE

    @property
    def choice(self) -> PlaceChoice | None:
        return choose(self.body, self.places, self.listed)

    def kept(self, **given: bool) -> KeepWords:
        is_pressing = self.reading.is_pressing or self.reading.verdict is Verdict.THREAT
        return KeepWords(self.body, is_pressing, **given)


@dataclass(frozen=True)
class HeardTurn:
    """The conversation after a text, and the effects to carry out in this order."""

    talk: DialogueState
    effects: tuple[Effect, ...] = ()


def hear(talk: DialogueState, text: HeardText) -> HeardTurn:
    """Return the next state and the effects of one text. Verdicts about meetings are carried out elsewhere."""
    if text.reading.verdict is Verdict.NOTHING:
        return HeardTurn(talk)
    talk = talk if talk.step in effects.OF_REPORTS else replace(talk, step=DialogueStep.NONE)
    heard = _heard(talk, text)
    named = any(isinstance(effect, SpokenAnswer) and effect.say in effects.URGENT for effect in heard.effects)
    # "Gun Hill Road" is a place, and nothing else was said.
    is_place = bool(heard.effects) and isinstance(heard.effects[0], effects.SetPlace)
    if named or is_place:
        return heard
    # Whatever else follows: danger is never met with silence, and help is named first.
    return replace(heard, effects=(*_only_911(talk, text), *heard.effects))


def in_one_breath(talk: DialogueState, text: HeardText) -> HeardTurn | None:
    """Add what comes before anybody can have read our receipt and question: it gets neither. None if it is no more."""
    if talk.thread_id is None or talk.opted_out or talk.doubted or text.reading != Reading(Verdict.REPORT):
        return None
    asks_where = talk.step is DialogueStep.WHERE
    if asks_where and (text.choice or mentioned(text.body, text.places) is not None):
        # It answers all the same, by a number or a name.
        return None
    return HeardTurn(talk, (text.kept(),))


def _heard(talk: DialogueState, text: HeardText) -> HeardTurn:
    verdict = text.reading.verdict
    match verdict:
        case Verdict.THANKS:
            return HeardTurn(talk)
        case Verdict.COMMAND:
            return _obey(talk, text)
        case Verdict.CODE_WORDS:
            return _code(talk, text)
        case Verdict.SKIP | Verdict.NO_NEWS:
            return _next_question(talk) if talk.step in effects.OF_REPORTS else HeardTurn(talk)
        case Verdict.ABOUT | Verdict.GREETING:
            # An open question of ours stays open.
            talk = _with_language(talk, text)
            say = Saying.HELLO if verdict is Verdict.GREETING else text.reading.about or Saying.HOW
            return HeardTurn(talk, _answers(talk, say))
        case Verdict.OPT_OUT:
            # It is confirmed in its own language.
            talk = replace(talk, language=guess(text.body) or talk.language)
            return _stop(talk, How.WORDING, is_watched=is_watched(fold(text.body)))
        case Verdict.FORGET:
            # The only text that an erased number still gets is the confirmation.
            talk = replace(talk, language=guess(text.body) or talk.language)
            fresh = DialogueState(language=talk.language, opted_out=True, blocked=talk.blocked)
            erased = effects.BareEffect.ERASE, effects.OptOutEffect(How.WORDING)
            return HeardTurn(fresh, (*erased, *_answers(talk, Saying.FORGOTTEN)))
        case Verdict.NOT_FOR_US if talk.thread_id is None:
            # A person sees it last of all; what follows it is no more of it.
            talk, stray = _with_language(talk, text), KeepWords(text.body, is_stray=True)
            return HeardTurn(talk, (stray, *_answers(talk, Saying.NOT_FOR_US)))
        case Verdict.NOT_FOR_US:
            return HeardTurn(talk, (text.kept(), *_answers(talk, Saying.ADDED)))
        case _:
            # Also what is carried out elsewhere (`intake.FOLLOWS`): if it came here, nothing would be lost of it.
            return _keep(talk, text)


def _end(talk: DialogueState, *decided: Effect) -> HeardTurn:
    return HeardTurn(replace(talk, step=DialogueStep.NONE), decided)


def _code(talk: DialogueState, text: HeardText) -> HeardTurn:
    """Open the report of the code words. What else was written goes into it; the words themselves are never kept."""
    if text.code is not Code.RIGHT:
        return HeardTurn(talk, _answers(talk, Saying.CODE_PART if text.code is Code.PART else Saying.CODE_UNKNOWN))
    rest = text.reading.words if len(text.reading.words.split()) > WORDS_BESIDE_A_CODE else ""
    beside = (KeepWords(rest),) if rest or text.pictures else ()
    return _end(talk, effects.BareEffect.JOIN, *beside, *_answers(talk, Saying.JOINED))


def _obey(talk: DialogueState, text: HeardText) -> HeardTurn:
    command, how = text.reading.command, text.reading.how
    # STOP and HELP are used in both languages; a Spanish keyword is not.
    talk = replace(talk, language="es") if guess(text.body) == "es" else talk
    assert command is not None
    match command:
        case Keyword.STOP:
            return _stop(talk, how)
        case Keyword.START:
            back = replace(talk, opted_out=False, blocked=False)
            confirmation = () if how is How.PROVIDER else _answers(back, Saying.STARTED)
            return HeardTurn(back, (effects.BareEffect.OPT_IN, *confirmation))
        case Keyword.DELETE:
            fresh = DialogueState(language=talk.language, opted_out=talk.opted_out, blocked=talk.blocked)
            return HeardTurn(fresh, (effects.BareEffect.ERASE, *_answers(talk, Saying.ERASED)))
        case Keyword.SPANISH | Keyword.ENGLISH:
            spoken = replace(talk, language="es" if command is Keyword.SPANISH else "en")
            if talk.step is DialogueStep.NONE or talk.language == spoken.language:
                return HeardTurn(spoken, _answers(spoken, Saying.LANGUAGE))
            # An open question is repeated in the language that the sender can read.
            return HeardTurn(spoken, _answers(spoken, Saying(talk.step), text.places))
        case Keyword.HELP:
            # The provider's own answer to HELP does not name 911, so ours is sent too.
            return HeardTurn(talk, _help(talk, Saying.HELP))
        case Keyword.SKIP:
            return HeardTurn(talk)
    assert_never(command)


def _stop(talk: DialogueState, how: How, *, is_watched: bool = False) -> HeardTurn:
    confirmation = () if how is How.PROVIDER or is_watched else _answers(talk, Saying.STOPPED)
    blocked = talk.blocked or how is How.PROVIDER
    stopped = replace(talk, step=DialogueStep.NONE, opted_out=True, blocked=blocked)
    return HeardTurn(stopped, (effects.OptOutEffect(how), *confirmation))


def _keep(talk: DialogueState, text: HeardText) -> HeardTurn:
    """Keep a text for a person, in the report of this conversation or in a new one."""
    talk, verdict = _with_language(talk, text), text.reading.verdict
    if talk.opted_out:
        return _end(talk, text.kept())
    if verdict in _WISHES:
        # A wish, or a question beside a report: nothing more is asked.
        say = text.reading.about or _WISHES[verdict]
        receipt = _answers(talk, _receipt(text)) if talk.thread_id is None else ()
        return _end(talk, text.kept(), *receipt, *(_answers(talk, say) if say else ()))
    if verdict in (Verdict.DOUBT, Verdict.DOUBT_AGAIN):
        return _wait(talk, text)
    return _first(talk, text) if talk.thread_id is None else _further(talk, text)


def _wait(talk: DialogueState, text: HeardText) -> HeardTurn:
    """Hold answers back while texts may be unwanted, but for 911 and one text that says how to settle it at once."""
    is_again = text.reading.verdict is Verdict.DOUBT_AGAIN
    kept = text.kept(may_opt_out=not is_again and (text.reading.may_opt_out or not talk.doubted))
    receipt = _answers(talk, _receipt(text)) if talk.thread_id is None else ()
    answers = _only_911(talk, text) or (() if talk.doubted else _answers(talk, Saying.DOUBT))
    again = _answers(talk, Saying.DOUBT_AGAIN) if is_again else ()
    return _end(talk, kept, *map(effects.Hold, receipt), *answers, *again)


def _first(talk: DialogueState, text: HeardText) -> HeardTurn:
    """File the report. After urgent words no question follows: it would keep a person who should call 911."""
    receipt, place = _receipt(text), mentioned(text.body, text.places)
    kept = (text.kept(), *(() if place is None else (effects.SetPlace(place),)))
    if receipt is not Saying.RECEIVED:
        return _end(talk, *kept, *_at_once(talk, text, receipt))
    if text.reading.verdict is Verdict.THREAT:
        return _end(talk, *kept, *_answers(talk, receipt))
    question = DialogueStep.WHERE if place is None else DialogueStep.WHEN
    answers = (*_answers(talk, receipt), *_answers(talk, Saying(question), text.places))
    return HeardTurn(replace(talk, step=question), (*kept, *answers))


def _receipt(text: HeardText) -> Saying:
    return Saying(f"received_{text.reading.help[0]}") if text.reading.help else Saying.RECEIVED


def _further(talk: DialogueState, text: HeardText) -> HeardTurn:
    added = text.kept()
    asks_where = talk.step is DialogueStep.WHERE
    choice = text.choice if asks_where else None
    if choice is not None:
        # "2" says which place and nothing else; as a message of the report it would only puzzle the desk.
        is_all = not choice.says_more and not text.pictures
        return _next_question(talk, *(() if is_all else (added,)), effects.SetPlace(choice.index))
    if text.reading.help:
        return _end(talk, added, *_only_911(talk, text))
    if talk.step is DialogueStep.NONE or (asks_where and not 0 < len(added.text) <= LONG_TEXT):
        # After a long text or a picture alone the question stays open.
        return HeardTurn(talk, (added, *_answers(talk, Saying.ADDED)))
    return _next_question(talk, added, *((effects.SetPlace(None),) if asks_where else ()))


def _next_question(talk: DialogueState, *before: Effect) -> HeardTurn:
    following = _FOLLOWING[talk.step]
    say = Saying.THANKS if following is DialogueStep.NONE else Saying(following)
    return HeardTurn(replace(talk, step=following), (*before, *_answers(talk, say)))


def _only_911(talk: DialogueState, text: HeardText) -> tuple[SpokenAnswer, ...]:
    return _at_once(talk, text, Saying(text.reading.help[0])) if text.reading.help else ()


def _at_once(talk: DialogueState, text: HeardText, say: Saying) -> tuple[SpokenAnswer, ...]:
    """Return the answer to a person in danger, in the language of this very text or in both: families share phones."""
    plain = replace(talk, language=guess(text.body))
    also = Urgency.CRISIS in text.reading.help[1:]
    return _help(plain, say) + (_help(plain, Saying.CRISIS) if also else ())


def _with_language(talk: DialogueState, text: HeardText) -> DialogueState:
    """Switch to the other language if the text is plainly written in it; an answer to "where" is mostly a name."""
    if talk.language and not is_plain(text.body, of_place=talk.step is DialogueStep.WHERE):
        return talk
    return replace(talk, language=guess(text.body) or talk.language)


def _answers(talk: DialogueState, say: Saying, places: tuple[BilingualText, ...] = ()) -> tuple[SpokenAnswer, ...]:
    if talk.opted_out:
        return ()
    return (SpokenAnswer(say, talk.language, places if say is Saying.WHERE else ()),)


def _help(talk: DialogueState, say: Saying) -> tuple[SpokenAnswer, ...]:
    """Return an answer that is sent even after an opt-out, unless the provider would refuse it."""
    return () if talk.blocked else _answers(replace(talk, opted_out=False), say)

"""The conversation by text message as a state machine: what somebody texts goes in, what is to be done comes out.

The first text already is the report. Questions after it are optional, three at most, and whatever is said while one is
open goes into the report as well, so a conversation that breaks off loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.reports.rules.urgency import Urgency, all_urgent, urgent
from portal.sms.rules.effects import (
    OF_MEETINGS,
    AddToReport,
    Answer,
    Code,
    Effect,
    Erase,
    FileReport,
    Hold,
    How,
    HumanDecides,
    JoinReport,
    OptIn,
    OptOut,
    Say,
    SetPlace,
    Step,
    Talk,
)
from portal.sms.rules.keywords import Keyword, keyword
from portal.sms.rules.language import Language, guess, is_plain
from portal.sms.rules.opt_outs import OptOutReading, reads_as_opt_out
from portal.sms.rules.places import Choice, PlaceName, choose, mentioned
from portal.sms.rules.who import asks_who, only_greets, only_thanks

LONG_TEXT = 80
"""Characters from which a text is no answer to "where": it may have been under way before the question came."""


@dataclass(frozen=True)
class Heard:
    """The conversation afterwards and what is to be done, in this order."""

    talk: Talk
    effects: tuple[Effect, ...] = ()


def hear(
    talk: Talk,
    text: str,
    *,
    places: Sequence[PlaceName] = (),
    pictures: int = 0,
    provider_did: Keyword | None = None,
    code: Code = Code.NONE,
    listed: int | None = None,
) -> Heard:
    """Take one text.

    `text` is cleaned; `places` are those that anybody may know of, and the first `listed` of them had a number when
    they were asked for; `provider_did` is what the provider has acted upon by itself; `code` says what the text is as
    code words. That it is no answer to a meeting has been found out before (`read_meeting_text`).
    """
    if talk.step in OF_MEETINGS:
        talk = replace(talk, step=Step.NONE)
    spoken = keyword(text) if not pictures else None
    command = provider_did or (None if spoken is Keyword.SKIP else spoken)
    if command is not None:
        how = How.PROVIDER if provider_did else How.KEYWORD
        return _obey(_with_spanish(talk, text), command, how, places)
    if code is Code.RIGHT:
        return Heard(replace(talk, step=Step.NONE), (JoinReport(), *_answers(talk, Say.JOINED)))
    if code is Code.WRONG:
        return Heard(talk, _answers(talk, Say.CODE_UNKNOWN))
    if not text and not pictures:
        return Heard(talk)
    if spoken is Keyword.SKIP and talk.step is not Step.NONE and not talk.opted_out:
        return _next_question(talk)
    return _take(_with_language(talk, text), text, pictures, places, listed)


def _obey(talk: Talk, command: Keyword, how: How, places: Sequence[PlaceName]) -> Heard:
    match command:
        case Keyword.STOP:
            return _stop(talk, how)
        case Keyword.START:
            return _start(talk, how)
        case Keyword.DELETE:
            fresh = Talk(language=talk.language, opted_out=talk.opted_out, blocked=talk.blocked)
            return Heard(fresh, (Erase(), *_answers(talk, Say.ERASED)))
        case Keyword.SPANISH:
            return _speak(talk, "es", places)
        case Keyword.ENGLISH:
            return _speak(talk, "en", places)
        case _:
            # The provider's own answer to HELP does not name 911, so ours goes out beside it.
            return Heard(talk, _help(talk, Say.HELP))


def _stop(talk: Talk, how: How) -> Heard:
    confirmation = () if how is How.PROVIDER else _answers(talk, Say.STOPPED)
    blocked = talk.blocked or how is How.PROVIDER
    return Heard(replace(talk, step=Step.NONE, opted_out=True, blocked=blocked), (OptOut(how), *confirmation))


def _forget(talk: Talk) -> Heard:
    """Erase the number ("delete my number"), and no text to it but the one that says so."""
    fresh = Talk(language=talk.language, opted_out=True, blocked=talk.blocked)
    return Heard(fresh, (Erase(), OptOut(How.WORDING), *_answers(talk, Say.FORGOTTEN)))


def _start(talk: Talk, how: How) -> Heard:
    back = replace(talk, opted_out=False, blocked=False)
    return Heard(back, (OptIn(how), *(() if how is How.PROVIDER else _answers(back, Say.STARTED))))


def _speak(talk: Talk, language: Language, places: Sequence[PlaceName]) -> Heard:
    """Change the language; an open question is put again in the language that the sender can read."""
    changed = replace(talk, language=language)
    if talk.step is Step.NONE or talk.language == language:
        return Heard(changed, _answers(changed, Say.LANGUAGE))
    return Heard(changed, _answers(changed, _QUESTIONS[talk.step], places))


def _take(talk: Talk, text: str, pictures: int, places: Sequence[PlaceName], listed: int | None) -> Heard:
    reading = reads_as_opt_out(text)
    if reading is OptOutReading.ERASE and not pictures:
        return _forget(_in_its_language(talk, text))
    if reading is OptOutReading.YES and not pictures:
        return _stop(_in_its_language(talk, text), How.WORDING)
    if talk.opted_out:
        return Heard(replace(talk, step=Step.NONE), (_keep(talk, text, pictures), *_only_911(talk, text)))
    if talk.doubted or reading is not OptOutReading.NO:
        kept = _keep(talk, text, pictures) if reading is OptOutReading.NO else HumanDecides(text, pictures)
        return _wait(talk, text, kept)
    if not pictures and (asks_who(text) or (talk.thread_id is None and only_greets(text))):
        return Heard(talk, _answers(talk, Say.WHO))
    if talk.thread_id is None and only_thanks(text) and not pictures:
        return Heard(talk)
    if talk.thread_id is None:
        return _first(talk, text, pictures, places)
    choice = choose(text, places, listed) if talk.step is Step.WHERE else None
    return _further(talk, AddToReport(text, pictures), choice)


def _wait(talk: Talk, text: str, kept: Effect) -> Heard:
    """Texts may not be wanted. 911 is named all the same, and one text says how to settle it without waiting for us.

    Whoever wrote a first report and meant no opt-out gets the code words as soon as that is clear.
    """
    held = tuple(Hold(answer) for answer in _answers(talk, _receipt(text))) if talk.thread_id is None else ()
    told = _only_911(talk, text) or (() if talk.doubted else _answers(talk, Say.DOUBT))
    return Heard(replace(talk, step=Step.NONE), (kept, *held, *told))


def _first(talk: Talk, text: str, pictures: int, places: Sequence[PlaceName]) -> Heard:
    """The report. After urgent words no question is asked: it would keep somebody at the phone who should call 911."""
    receipt, place = _receipt(text), mentioned(text, places)
    kept = (FileReport(text, pictures), *(() if place is None else (SetPlace(place),)))
    if receipt is not Say.RECEIVED:
        return Heard(replace(talk, step=Step.NONE), (*kept, *_at_once(talk, text, receipt)))
    asked = Step.WHERE if place is None else Step.WHEN
    return Heard(
        replace(talk, step=asked), (*kept, *_answers(talk, receipt), *_answers(talk, _QUESTIONS[asked], places))
    )


def _receipt(text: str) -> Say:
    urgency = urgent(text)
    return _RECEIVED_URGENT[urgency] if urgency else Say.RECEIVED


def _further(talk: Talk, added: AddToReport, choice: Choice | None) -> Heard:
    if choice is None and (urgency := urgent(added.text)):
        return Heard(replace(talk, step=Step.NONE), (added, *_at_once(talk, added.text, _URGENT[urgency])))
    if talk.step is Step.NONE:
        return Heard(talk, (added, *_answers(talk, Say.ADDED)))
    if talk.step is Step.WHERE:
        return _place(talk, added, choice)
    return _next_question(talk, added)


def _place(talk: Talk, added: AddToReport, choice: Choice | None) -> Heard:
    """An answer to "where". A long text, or a picture alone, is no answer: it is kept and the question stays open."""
    if choice is not None:
        # "2" says which place and nothing else; in the conversation it would only puzzle whoever reads it.
        is_all = not choice.says_more and not added.pictures
        return _next_question(talk, *(() if is_all else (added,)), SetPlace(choice.index))
    if not added.text or len(added.text) > LONG_TEXT:
        return Heard(talk, (added, *_answers(talk, Say.ADDED)))
    return _next_question(talk, added, SetPlace(None))


def _next_question(talk: Talk, *before: Effect) -> Heard:
    following = _FOLLOWING[talk.step]
    return Heard(replace(talk, step=following), (*before, *_answers(talk, _QUESTIONS.get(following, Say.THANKS))))


def _keep(talk: Talk, text: str, pictures: int) -> FileReport | AddToReport:
    return FileReport(text, pictures) if talk.thread_id is None else AddToReport(text, pictures)


def _only_911(talk: Talk, text: str) -> tuple[Answer, ...]:
    urgency = urgent(text)
    return _at_once(talk, text, _URGENT[urgency]) if urgency else ()


def _at_once(talk: Talk, text: str, say: Say) -> tuple[Answer, ...]:
    """What is said to somebody in danger: in the language of this very text, and in both where that is not plain.

    Families share phones; whoever wrote before may have written in the other language. Of two kinds of help that the
    text calls for, 988 is named too.
    """
    plain = replace(talk, language=guess(text))
    also = Urgency.CRISIS in all_urgent(text)[1:]
    return _help(plain, say) + (_help(plain, Say.CRISIS) if also else ())


def _with_language(talk: Talk, text: str) -> Talk:
    """The conversation follows whoever writes plainly in the other language. An answer to "where" is mostly a name."""
    if talk.language and (talk.step is Step.WHERE or not is_plain(text)):
        return talk
    return replace(talk, language=guess(text) or talk.language)


def _in_its_language(talk: Talk, text: str) -> Talk:
    """An opt-out is confirmed in the language in which it was written, whatever was spoken before."""
    return replace(talk, language=guess(text) or talk.language)


def _with_spanish(talk: Talk, text: str) -> Talk:
    """A Spanish keyword says which language is wanted; STOP and HELP are known to everybody."""
    return replace(talk, language="es") if guess(text) == "es" else talk


def _answers(talk: Talk, say: Say, places: Sequence[PlaceName] = ()) -> tuple[Answer, ...]:
    """One answer, or none for a sender who has opted out."""
    if talk.opted_out:
        return ()
    return (Answer(say, talk.language, tuple(places) if say is Say.WHERE else ()),)


def _help(talk: Talk, say: Say) -> tuple[Answer, ...]:
    """An answer that goes out after an opt-out too, unless the provider would only refuse it."""
    return () if talk.blocked else _answers(replace(talk, opted_out=False), say)


_FOLLOWING = {Step.WHERE: Step.WHEN, Step.WHEN: Step.MORE, Step.MORE: Step.NONE}
_QUESTIONS = {Step.WHERE: Say.WHERE, Step.WHEN: Say.WHEN, Step.MORE: Say.MORE}
_URGENT = {Urgency.DANGER: Say.DANGER, Urgency.OVERDOSE: Say.OVERDOSE, Urgency.CRISIS: Say.CRISIS}
_RECEIVED_URGENT = {
    Urgency.DANGER: Say.RECEIVED_DANGER,
    Urgency.OVERDOSE: Say.RECEIVED_OVERDOSE,
    Urgency.CRISIS: Say.RECEIVED_CRISIS,
}

"""What a text is: first the few rules that never fail, then what it most likely means, weighed by what mistakes cost.

Pure. A reader gets the text and what its phone was told lately; the first that returns a `Reading` decides, and the
last, `meant`, asks the model. What follows is in `portal.sms.intake`; `flask sms explain` prints what every one reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, partial

from portal.core.reading.danger import CallForHelp, Urgency, by_rule, call_for_help
from portal.core.reading.reader import After, Likely, Meaning, model
from portal.following.follow_words import agrees, read_follow
from portal.meetings.rsvp.rules import REMINDERS, RsvpNews
from portal.reports.code import CodeFound, find_code
from portal.reports.triage import read_verdict
from portal.sms import policy, rsvp_rules
from portal.sms.choices import EitherChoice, read_choice
from portal.sms.effects import OF_MEETINGS, OF_REPORTS, DialogueState, DialogueStep, How, Saying
from portal.sms.keywords import Keyword, Language, fold, guess, keyword
from portal.sms.needs import NOTHING, MissingNeed
from portal.sms.rsvp_rules import Near, RsvpReading, party_among, read_meeting_text, read_near, read_sentence


class Verdict(StrEnum):
    NOTHING = "nothing"
    COMMAND = "command"
    """STOP, START, HELP, DELETE or a language, whoever acted upon it."""
    CANCEL_ANSWER = "cancel_answer"
    CANCEL_WHICH = "cancel_which"
    CODE_WORDS = "code_words"
    SLIP = "slip"
    URGENT = "urgent"
    OPT_OUT = "opt_out"
    FORGET = "forget"
    """An opt-out that also asks to erase the number."""
    DOUBT = "doubt"
    """It may be an opt-out: a person decides, and its sender is told."""
    EITHER_ANSWER = "either_answer"
    EITHER_AGAIN = "either_again"
    FOLLOW = "follow"
    """It asks for news, or agrees to get them."""
    UNFOLLOW = "unfollow"
    NO_NEWS = "no_news"
    """A no to our question whether news is to begin."""
    WHICH_QUESTION = "which_question"
    """A yes or no to that question or to a notice about a meeting: both are named."""
    MEETING = "meeting"
    QUESTION = "question"
    """For the host of a meeting."""
    LATE = "late"
    NEARLY = "nearly"
    BETTER = "better"
    """The answer to "is it better now?"."""
    EITHER = "either"
    """About a meeting or a report: its sender is asked."""
    SKIP = "skip"
    LEAVES = "leaves"
    """Its sender must stop, or wants no more questions: kept, and nothing is asked."""
    QUIET = "quiet"
    """Somebody may see the phone: kept, and not answered."""
    TAKE_BACK = "take_back"
    """It takes back what was said: kept for a person, and what can be erased is said."""
    THREAT = "threat"
    """It threatens those who report: kept for the desk, and nothing is asked."""
    DOUBT_AGAIN = "doubt_again"
    """A yes or a no while it is in doubt whether texts are wanted: kept, and the two words are named again."""
    NEXT_MEETING = "next_meeting"
    """It asks when and where people meet."""
    ABOUT = "about"
    ABOUT_AND_REPORT = "about_and_report"
    """A question about us beside what may be a report: answered and kept."""
    GREETING = "greeting"
    THANKS = "thanks"
    NOT_FOR_US = "not_for_us"
    """A wrong number, a delivery, spam: kept where a person sees it last, and answered in one line."""
    REPORT = "report"
    """A report, or more of one."""


@dataclass(frozen=True)
class ReceivedText:
    """A cleaned text, its number of pictures, what the provider did upon it, and what its phone got last."""

    body: str
    pictures: int = 0
    provider_did: Keyword | None = None
    after: After = After.NOTHING

    @cached_property
    def folded(self) -> str:
        return fold(self.body)

    @cached_property
    def code(self) -> CodeFound | None:
        return find_code(self.body)

    @cached_property
    def likely(self) -> Likely:
        return model().read(self.body, self.after)

    @cached_property
    def by_rule(self) -> tuple[Urgency, ...]:
        return by_rule(self.body)

    @cached_property
    def call(self) -> CallForHelp:
        call = call_for_help(self.body, self.likely)
        is_plain = self.after is After.REMINDER and self.alone.any_of(Meaning.DANGER, Meaning.CRISIS) > policy.CRIES
        is_lost = not call.kinds and (is_plain or self.after is After.STOPPED)
        return call_for_help(self.body, self.alone) if is_lost else call

    @property
    def help(self) -> tuple[Urgency, ...]:
        return self.call.kinds

    @cached_property
    def alone(self) -> Likely:
        """How it reads whatever was said before: after STOP most of what holds "again" reads like START."""
        return self.likely if self.after is After.NOTHING else model().read(self.body)

    @cached_property
    def cries(self) -> bool:
        """Whether it calls for help whatever was said before: then nothing else is done upon it unasked."""
        return bool(self.by_rule or call_for_help(self.body, self.alone).kinds)

    @property
    def is_strange(self) -> bool:
        """Whether it is signs alone, and not only those that greet, thank, agree or refuse."""
        return not any(map(str.isalnum, self.body)) and not policy.KNOWN_SIGNS.fullmatch(self.body)


class NewsQuestion(StrEnum):
    """Whether a bare yes or no answers our question if news is to begin."""

    NONE = "none"
    """It is not open, or a notice about a meeting was sent later."""
    LAST = "last"
    BOTH = "both"
    """A notice was sent on that day, and nobody knows which came first: of the question only the day is stored. Or
    the phone has answered to a meeting since."""


class OpenQuestion(StrEnum):
    """Our open question about an earlier text of this phone."""

    EITHER = "either"
    CANCEL = "cancel"


@dataclass(frozen=True)
class PhoneContext(DialogueState):
    """What a phone was told and has said lately. What costs queries is a function, and most texts need none of it."""

    waiting: OpenQuestion | None = None
    told: tuple[str, ...] = ()
    """The kinds of the last notices about meetings to come, one for each meeting."""
    told_since: tuple[str, ...] = ()
    """Those of them that were sent after its last text."""
    may_answer: bool = True
    """It may get an automatic answer of the ordinary kind."""
    has_seat: Callable[[], bool] = bool
    """It has an answer to a meeting to come."""
    was_asked: Callable[[], bool] = bool
    """It was asked whether it is better now."""
    is_slip: Callable[[ReceivedText], bool] = lambda _text: False
    """The text holds the code of a paper slip."""
    codes: Callable[[], Sequence[str]] = tuple
    """The text codes of meetings to come."""
    places: Callable[[], Mapping[str, int]] = dict
    """The places that can be followed, by their folded names."""
    follows: bool = False
    """It gets news of a place or of meetings."""
    news_question: Callable[[], NewsQuestion] = lambda: NewsQuestion.NONE
    """The question whether it wants news, to which it has not agreed yet."""

    @property
    def in_report(self) -> bool:
        """Whether a report of this phone is the current subject."""
        return self.thread_id is not None

    @property
    def wants_texts(self) -> bool:
        return not (self.opted_out or self.doubted)

    @property
    def speaks_of_report(self) -> bool:
        """Whether a report is the last subject, and no notice about a meeting went out after it."""
        return self.in_report and not self.told_since

    @property
    def has_meeting(self) -> bool:
        """Whether it was told of a meeting lately, or speaks of one that it has a seat for."""
        return bool(self.told) or (self.step in OF_MEETINGS and self.has_seat())

    @property
    def speaks_of_meeting(self) -> bool:
        """Whether a text in its own words may answer what was last said about a meeting."""
        return not self.speaks_of_report and self.has_meeting

    @property
    def after(self) -> After:
        if not self.wants_texts:
            return After.STOPPED
        if self.step in OF_REPORTS and not self.told_since:
            return After.QUESTION
        if self.speaks_of_meeting:
            return After.REMINDER
        if self.in_report:
            return After.ANSWER
        return After.NEWS if self.follows else After.NOTHING


@dataclass(frozen=True)
class Reading:
    """A verdict and what it needs to be carried out."""

    verdict: Verdict
    command: Keyword | None = None
    how: How = How.KEYWORD
    rsvp: RsvpReading | None = None
    near: Near | None = None
    choice: EitherChoice | None = None
    about: Saying | None = None
    words: str = ""
    """Words that go on to somebody: to the host, or to the report that code words open."""
    help: tuple[Urgency, ...] = ()
    """The kinds of help that the words call for, whatever the verdict."""
    is_pressing: bool = False
    """The desk is to see it before others."""
    may_opt_out: bool = False
    """It may be an opt-out, too."""
    stays_away: bool = False
    """It may also say that its sender does not come to a meeting."""


Reader = Callable[[ReceivedText, PhoneContext], Reading | None]


def machine(text: ReceivedText, _phone: PhoneContext) -> Reading | None:
    """Nothing, a telephone's own words ("Liked …", "I'm driving": they quote us), or what the provider acted upon."""
    says_nothing = policy.is_from_a_machine(text.body) or not (text.body or text.provider_did)
    if says_nothing and not text.pictures:
        return Reading(Verdict.NOTHING)
    return Reading(Verdict.COMMAND, text.provider_did, How.PROVIDER) if text.provider_did else None


def cancel(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """Read "cancel" after a notice about a meeting, and the answer to "the seat, or all texts?"."""
    if text.pictures:
        return None
    cancels = policy.says_cancel(text.body)
    if phone.waiting is OpenQuestion.CANCEL:
        choice = EitherChoice.BOTH if cancels else read_choice(text.body)
        if choice is None and not (text.help or text.code) and policy.is_sure(text.likely):
            # In other words an opt-out means all texts, a refusal the seat.
            choices = {Meaning.OPT_OUT: EitherChoice.SECOND, Meaning.RSVP_NO: EitherChoice.FIRST}
            choice = choices.get(text.likely.best)
        return Reading(Verdict.CANCEL_ANSWER, choice=choice) if choice else None
    is_asked = cancels and phone.may_answer and phone.wants_texts and phone.has_meeting
    return Reading(Verdict.CANCEL_WHICH) if is_asked else None


def command(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    word = None if text.pictures else keyword(text.body)
    if word is None or word is Keyword.SKIP:
        return None
    is_language = phone.waiting is OpenQuestion.EITHER and word in (Keyword.SPANISH, Keyword.ENGLISH)
    return Reading(Verdict.EITHER_AGAIN if is_language else Verdict.COMMAND, word)


def code_words(text: ReceivedText, _phone: PhoneContext) -> Reading | None:
    return Reading(Verdict.CODE_WORDS, words=text.code.rest) if text.code else None


def slip(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    return Reading(Verdict.SLIP) if phone.is_slip(text) else None


def danger(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """Danger, an overdose or a crisis. Beside a possible opt-out a person decides about that."""
    if not text.help or (not text.call.is_pressing and policy.takes_for(text.likely) not in policy.OF_STREET):
        # Possible danger is named first whatever else the text is, and holds that up in nothing.
        return None
    unsure = phone.doubted or policy.may_want_out(text.likely)
    return Reading(Verdict.DOUBT if unsure and not phone.opted_out else Verdict.URGENT)


def _talks(text: ReceivedText, phone: PhoneContext) -> bool:
    """Whether it is words alone, from a phone that wants our answers."""
    return not text.pictures and phone.wants_texts


def wish(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """In a report: "i have to go", "no more questions", "my husband is looking"."""
    if not _talks(text, phone) or not phone.speaks_of_report:
        return None
    if policy.is_watched(text.folded):
        is_out = policy.opts_out(text.likely) and policy.has_opt_out_words(text.body, in_report=True, likelihood=0)
        return Reading(Verdict.OPT_OUT if is_out and not text.cries else Verdict.QUIET)
    if policy.SILENCE.search(text.folded) and not policy.may_want_out(text.likely):
        return Reading(Verdict.QUIET)
    is_else = policy.opts_out(text.likely) or policy.is_certain(text.likely, *policy.ASKS_US)
    has_enough = policy.NO_QUESTIONS.fullmatch(text.folded) and not is_else
    return Reading(Verdict.LEAVES) if has_enough or policy.leaves(text.folded) else None


def opt_out(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """An opt-out in other words than STOP: by its words and its likelihood; by one alone it is in doubt."""
    if phone.doubted or text.is_strange:
        return None
    erases = text.likely.any_of(Meaning.OPT_OUT, Meaning.ERASE) > policy.SURE
    if erases and policy.names_own_number(text.body) and not text.cries:
        return Reading(Verdict.FORGET)
    if not policy.may_want_out(text.likely):
        is_asked = policy.SILENCE.search(text.folded) and not (phone.opted_out or text.help)
        return Reading(Verdict.DOUBT) if is_asked else None
    likelihood = 0.0 if text.after is After.NOTHING else text.likely.of[Meaning.OPT_OUT]
    has_words = policy.has_opt_out_words(text.body, in_report=phone.in_report, likelihood=likelihood)
    by_words = has_words and policy.opts_out(text.likely) and not (text.help or text.cries)
    by_words = by_words and model().read(policy.without_refusal(text.body)).any_of(*policy.OF_STREET) <= policy.SURE
    if not by_words or text.pictures:
        return None if phone.opted_out else Reading(Verdict.DOUBT)
    return Reading(Verdict.OPT_OUT)


def chosen(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """A figure or a word for one of the two things that were offered; a yes or a no goes to the host."""
    if phone.waiting is not OpenQuestion.EITHER or text.pictures:
        return None
    choice = read_choice(text.body) or (EitherChoice.FIRST if _yes_or_no(text.body) else None)
    return Reading(Verdict.EITHER_ANSWER, choice=choice) if choice else None


def _yes_or_no(text: str) -> bool:
    return agrees(fold(text)) or keyword(text) is Keyword.SKIP


def either_answer(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """The answer to "about the meeting, or a report?" in whatever words are plain."""
    if phone.waiting is not OpenQuestion.EITHER or text.pictures:
        return None
    choices = dict.fromkeys(policy.OF_STREET, EitherChoice.SECOND) | dict.fromkeys(policy.ASKS_HOST, EitherChoice.FIRST)
    choice = choices.get(policy.takes_for(text.likely))
    return Reading(Verdict.EITHER_ANSWER, choice=choice, words=text.body) if choice else None


def follow(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """A wish for news about a place or meetings, or the yes or no to our question whether they are to begin."""
    if not _talks(text, phone):
        return None
    if request := read_follow(text.folded, phone.places):
        return Reading(Verdict.UNFOLLOW if request.leaves else Verdict.FOLLOW)
    # "1" is how many come, and "ok" thanks for being counted.
    is_of_meeting = phone.step is DialogueStep.MEETING and text.folded in ("1", "ok", "okay")
    if is_of_meeting or not _yes_or_no(text.folded):
        return None
    match _news_question(phone):
        case NewsQuestion.LAST:
            return Reading(Verdict.FOLLOW if agrees(text.folded) else Verdict.NO_NEWS)
        case NewsQuestion.BOTH if phone.may_answer:
            return Reading(Verdict.WHICH_QUESTION)
    return None


def _news_question(phone: PhoneContext) -> NewsQuestion:
    if phone.step is DialogueStep.NONE:
        return phone.news_question()
    if phone.told_since:
        # After a notice about a meeting a yes is about that.
        return NewsQuestion.NONE
    if phone.step is DialogueStep.MEETING and phone.news_question() is not NewsQuestion.NONE:
        return NewsQuestion.BOTH
    return NewsQuestion.LAST if phone.step is DialogueStep.ASIDE else NewsQuestion.NONE


def meeting(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """An answer to a meeting by its code, or short words right after one."""
    if text.pictures or text.by_rule:
        return None
    spoken = (phone.language or "en") if phone.step in OF_MEETINGS else None
    asked = MissingNeed.AGES if phone.step is DialogueStep.AGES else None
    rsvp = read_meeting_text(text.body, spoken, asked)
    if rsvp is not None and rsvp.asks and asked is None and _asks_for_seat(phone.told_since):
        # A lone "no" answers the notice that came last.
        rsvp = RsvpReading(comes=False, language=rsvp.language, sure=True)
    rsvp = rsvp or _long_after(text, phone)
    sentence = None if rsvp else read_sentence(text.body, phone.codes, in_report=phone.speaks_of_report)
    near = nearly(text, phone) if sentence else None
    if sentence and not (near and near.near and (near.near.language or sentence.is_unclear)):
        verdict = Verdict.MEETING
        if sentence.is_question:
            verdict = Verdict.NEXT_MEETING
        elif sentence.is_unclear or not (sentence.rsvp.comes or phone.has_seat()):
            # A no of somebody who has no seat may be about anything.
            verdict = Verdict.EITHER
        is_kept = verdict is Verdict.MEETING or (phone.wants_texts and phone.may_answer)
        return Reading(verdict, rsvp=sentence.rsvp, words=sentence.words) if is_kept else None
    is_ours = rsvp is not None and (rsvp.code or rsvp.sure or rsvp.is_thanks or phone.has_seat())
    return Reading(Verdict.MEETING, rsvp=rsvp) if is_ours else None


def _long_after(text: ReceivedText, phone: PhoneContext) -> RsvpReading | None:
    """Read a lone yes, or a need, from a phone with a seat and no other open subject."""
    if phone.in_report or phone.step is not DialogueStep.NONE:
        return None
    language, is_yes = _language(text, phone), agrees(text.folded)
    rsvp = read_meeting_text(text.body, language)
    if is_yes:
        rsvp = RsvpReading(comes=True, language=language, sure=True)
    is_answer = rsvp is not None and (rsvp.is_thanks or rsvp.needs != NOTHING or is_yes)
    return rsvp if is_answer and phone.has_seat() else None


def _language(text: ReceivedText, phone: PhoneContext) -> Language:
    return guess(text.body) or phone.language or "en"


def _asks_for_seat(told: Sequence[str]) -> bool:
    return bool(told) and all(kind in (*REMINDERS, RsvpNews.MOVED) for kind in told)


def notice(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """An answer to a notice about a meeting that its sender has a seat for: who comes, late, or a question."""
    if not _talks(text, phone) or not phone.speaks_of_meeting or not phone.has_seat() or text.is_strange:
        return None
    language = _language(text, phone)
    needs = read_meeting_text(text.body, language)
    if needs is not None and (needs.needs != NOTHING or needs.party is not None):
        return Reading(Verdict.MEETING, rsvp=needs)
    is_clear = len(text.folded.split()) > policy.FEW_WORDS and policy.is_certain(text.likely, text.likely.best)
    if text.help or (rsvp_rules.IN_DOUBT.search(text.folded) and not is_clear):
        return Reading(Verdict.EITHER) if phone.may_answer else None
    rsvp, party = partial(RsvpReading, language=language, sure=True), party_among(text.folded.split())
    if keyword(text.body) is Keyword.SKIP and not _asks_for_seat(phone.told):
        # A bare "no" gives up no seat unless that was asked.
        return Reading(Verdict.MEETING, rsvp=rsvp(comes=True, asks=True))
    match policy.attends(text.likely):
        case Meaning.RSVP_YES:
            counts = text.likely.of[Meaning.RSVP_NUMBER] > policy.BESIDE
            return Reading(Verdict.MEETING, rsvp=rsvp(comes=True, party=party if counts else None))
        case Meaning.RSVP_NO:
            return Reading(Verdict.MEETING, rsvp=rsvp(comes=False))
        case Meaning.RSVP_NUMBER:
            return Reading(Verdict.MEETING, rsvp=rsvp(comes=True, party=party), words="" if party else text.body)
        case Meaning.RSVP_LATE:
            return Reading(Verdict.LATE)
        case Meaning.HOST | Meaning.MEETING:
            return Reading(Verdict.QUESTION, words=text.body)
    return None


def nearly(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """Almost an answer to a meeting: a mistyped word or figure."""
    if not _talks(text, phone) or text.by_rule or not phone.may_answer:
        return None
    near = read_near(text.body, in_report=phone.in_report)
    return Reading(Verdict.NEARLY, near=near) if near else None


def settles(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """The answer to "text STOP or START" in other words: "yes i want the answers" is START."""
    if text.pictures or phone.blocked or phone.wants_texts or text.cries:
        return None
    if _yes_or_no(text.body):
        return Reading(Verdict.DOUBT_AGAIN) if phone.doubted else None
    return _MEANT[Meaning.OPT_IN] if policy.starts(text.body, text.likely, text.alone) else None


def kept(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """From a phone that opted out or may have: kept for a person, and not answered."""
    if phone.opted_out:
        is_stray = policy.takes_for(text.likely) in (Meaning.NOT_FOR_US, Meaning.THANKS, Meaning.GREETING)
        return Reading(Verdict.NOT_FOR_US if is_stray else Verdict.REPORT)
    return Reading(Verdict.DOUBT) if phone.doubted else None


def better(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """1, 2 or 3 from a phone that was asked whether it is better now."""
    fits = _talks(text, phone) and phone.step is DialogueStep.NONE and read_verdict(text.folded) is not None
    return Reading(Verdict.BETTER) if fits and phone.was_asked() else None


def skip(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """SKIP or NO while a question of a report is open."""
    is_asked = phone.step in OF_REPORTS and _talks(text, phone)
    return Reading(Verdict.SKIP) if is_asked and keyword(text.body) is Keyword.SKIP else None


LONGEST_SCRAP = 2
"""So many letters say nothing by themselves."""
MOST_WORDS_OF_ANSWER = 4


def scrap(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """One or two letters or figures say nothing by themselves, but where a report is the subject they belong to it."""
    is_scrap = 0 < len(text.folded) <= LONGEST_SCRAP
    if not is_scrap or not _talks(text, phone) or phone.speaks_of_meeting or phone.waiting:
        return None
    if phone.in_report and phone.step not in OF_REPORTS:
        return None
    return Reading(Verdict.REPORT if phone.in_report else Verdict.GREETING)


def short_answer(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """Few words right after a question about the report are its answer: a name, a corner, an hour."""
    is_asked = phone.step in OF_REPORTS and _talks(text, phone) and not text.by_rule
    if not is_asked or len(text.body.split()) > MOST_WORDS_OF_ANSWER or not text.folded:
        return None
    is_else = policy.is_sure(text.likely) and text.likely.best is not Meaning.REPORT
    return None if is_else else Reading(Verdict.REPORT)


def answered(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """While a report is the subject whatever is not plainly something else is more of it."""
    says_something = any(map(str.isalpha, text.body)) or policy.takes_for(text.likely) is Meaning.THANKS
    is_open = phone.in_report and (text.is_strange or not (policy.is_sure(text.likely) and says_something))
    return Reading(Verdict.REPORT) if is_open else None


def meant(text: ReceivedText, phone: PhoneContext) -> Reading:
    """What it most likely means. What speaks of the street is a report, and so is a picture: nothing is lost."""
    taken, is_sure = policy.takes_for(text.likely), policy.is_sure(text.likely)
    says_nothing = not any(map(str.isalpha, text.body)) and not is_sure
    says_nothing |= text.is_strange or text.likely.of[taken] < policy.NOBODY_KNOWS
    # A code that was mistyped reads like nonsense.
    says_nothing |= taken is Meaning.NOT_FOR_US and not re.search(r"[^\W\d_]{3}", text.body)
    # A number of people or a yes is no answer to a meeting in the middle of a report.
    is_of_report = phone.in_report and not phone.speaks_of_meeting and taken in policy.OF_MEETING[:-1]
    if text.pictures or says_nothing or is_of_report or taken in (Meaning.REPORT, Meaning.DANGER, Meaning.CRISIS):
        return Reading(Verdict.REPORT)
    is_beside = policy.speaks_of_street(text.likely)
    if taken in (Meaning.ABOUT, Meaning.HELP, Meaning.ANSWER, Meaning.TREATMENT):
        verdict = Verdict.ABOUT_AND_REPORT if is_beside else Verdict.ABOUT
        return Reading(verdict, about=policy.answer_to(taken, text.body))
    if phone.speaks_of_meeting and phone.may_answer and (taken in policy.OF_MEETING or not is_sure):
        return Reading(Verdict.EITHER)
    if is_beside and taken is not Meaning.THREAT:
        return Reading(Verdict.REPORT)
    if taken in policy.OF_MEETING:
        is_sure = is_sure or text.likely.any_of(*policy.ASKS_HOST) > policy.SURE
        return Reading(Verdict.NEXT_MEETING if is_sure else Verdict.REPORT)
    return _MEANT[taken]


_MEANT = {
    Meaning.THREAT: Reading(Verdict.THREAT),
    Meaning.OPT_IN: Reading(Verdict.COMMAND, Keyword.START, How.WORDING),
    Meaning.OPT_OUT: Reading(Verdict.REPORT),
    Meaning.ERASE: Reading(Verdict.TAKE_BACK),
    Meaning.LANG_EN: Reading(Verdict.COMMAND, Keyword.ENGLISH),
    Meaning.LANG_ES: Reading(Verdict.COMMAND, Keyword.SPANISH),
    **{meaning: Reading(Verdict(meaning)) for meaning in ("follow", "unfollow", "thanks", "greeting", "not_for_us")},
}
RULES: tuple[Reader, ...] = (
    *(machine, cancel, chosen, command, code_words, slip, better, skip, follow, meeting, nearly),
    *(scrap, short_answer),
)
"""What they recognise is certain, so help is named beside it only by a rule, too."""
READERS: tuple[Reader, ...] = (*RULES, danger, wish, opt_out, either_answer, notice, settles, kept, answered, meant)
"""In this order. A later reader never sees what an earlier one has recognised."""


def read(text: ReceivedText, phone: PhoneContext) -> Reading:
    """Return the first verdict on a text, with the kinds of help that it calls for."""
    if text.after is not phone.after:
        text = replace(text, after=phone.after)
    for reader in RULES:
        if reading := reader(text, phone):
            # Our answer to HELP names 911 itself.
            names_it = reading.verdict is Verdict.NOTHING or reading.command is Keyword.HELP
            return reading if names_it else replace(reading, help=text.by_rule)
    return replace(
        next(reading for reader in READERS[len(RULES) :] if (reading := reader(text, phone)) is not None),
        help=text.help,
        is_pressing=text.call.is_pressing,
        stays_away=policy.STAYS_AWAY.search(text.folded) is not None,
        may_opt_out=policy.may_want_out(text.likely),
    )


def verdicts(text: ReceivedText, phone: PhoneContext) -> list[tuple[str, Reading | None]]:
    """Return every reader's name and verdict, in order, to explain the first one."""
    text = replace(text, after=phone.after)
    return [(reader.__name__, reader(text, phone)) for reader in READERS]

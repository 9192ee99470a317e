"""What a text is: small readers in one order, of which the first with a verdict decides.

Pure. A reader gets the text and what its phone was told lately, and returns a `Reading` or None. What follows from a
verdict is in `portal.sms.intake`; `flask sms explain` prints every reader's verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from portal.following.follow_words import agrees, read_follow
from portal.meetings.rsvp.reminder_times import REMINDERS, RsvpNews
from portal.reports.code import find_code
from portal.reports.triage import read_verdict
from portal.reports.urgency import Urgency, all_urgent
from portal.sms.effects import OF_MEETINGS, OF_REPORTS, DialogueStep, How
from portal.sms.either_rules import (
    Attends,
    EitherChoice,
    asks_host,
    cancels_seat,
    is_late,
    is_plainly_a_report,
    names_selling,
    party_in,
    read_attendance,
    read_choice,
    refuses,
    says_cancel,
    stays_away_because,
)
from portal.sms.keywords import Keyword, Language, fold, guess, keyword
from portal.sms.needs import NOTHING, MissingNeed
from portal.sms.opt_outs import OptOutReading, is_addressed, reads_as_opt_out
from portal.sms.rsvp_rules import (
    Near,
    RsvpReading,
    SentenceReading,
    asks_if_counted,
    read_later,
    read_meeting_text,
    read_near,
    read_sentence,
)
from portal.sms.small_talk import (
    AboutUs,
    asks_about_us,
    asks_for_language,
    is_from_a_machine,
    only_greets,
    only_thanks,
    wants_no_questions,
)
from portal.sms.wishes import ReportWish, asks_for_no_answer, read_wish, says_yes_or_no, wants_answers


class Verdict(StrEnum):
    """What a text is taken for."""

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
    ENOUGH = "enough"
    """No more questions about the report."""
    LEAVES = "leaves"
    """Its sender must stop: kept, and no more questions."""
    QUIET = "quiet"
    """Somebody may see the phone: kept, and not answered."""
    QUIET_DOUBT = "quiet_doubt"
    """The same, and it may be an opt-out: a person decides."""
    TAKE_BACK = "take_back"
    """It takes back what was said: kept for a person, and what can be erased is said."""
    NOT_TO_POLICE = "not_to_police"
    """The police are not to learn who wrote: kept, and what they may see is said."""
    DOUBT_AGAIN = "doubt_again"
    """A yes or a no while it is in doubt whether texts are wanted: kept, and the two words are named again."""
    NEXT_MEETING = "next_meeting"
    """It asks when and where people meet."""
    ABOUT = "about"
    GREETING = "greeting"
    THANKS = "thanks"
    REPORT = "report"
    """A report, or more of one."""


@dataclass(frozen=True)
class ReceivedText:
    """A cleaned text with the number of its pictures, and the keyword that the provider acted upon by itself."""

    body: str
    pictures: int = 0
    provider_did: Keyword | None = None

    @cached_property
    def help(self) -> tuple[Urgency, ...]:
        """The kinds of help that the words call for."""
        return all_urgent(self.body)


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


def _no() -> bool:
    return False


@dataclass(frozen=True)
class PhoneContext:
    """What a phone was told and has said lately. What costs queries is a function, and most texts need none of it."""

    step: DialogueStep = DialogueStep.NONE
    language: Language | None = None
    in_report: bool = False
    """A report of this phone is the current subject."""
    opted_out: bool = False
    doubted: bool = False
    blocked: bool = False
    """It opted out at the provider."""
    waiting: OpenQuestion | None = None
    told: tuple[str, ...] = ()
    """The kinds of the last notices about meetings to come, one for each meeting."""
    told_since: tuple[str, ...] = ()
    """Those of them that were sent after its last text."""
    may_answer: bool = True
    """It may get an automatic answer of the ordinary kind."""
    has_seat: Callable[[], bool] = _no
    """It has an answer to a meeting to come."""
    was_asked: Callable[[], bool] = _no
    """It was asked whether it is better now."""
    is_slip: Callable[[ReceivedText], bool] = lambda _text: False
    """The text holds the code of a paper slip."""
    codes: Callable[[], Sequence[str]] = tuple
    """The text codes of meetings to come."""
    places: Callable[[], Mapping[str, int]] = dict
    """The places that can be followed, by their folded names."""
    news_question: Callable[[], NewsQuestion] = lambda: NewsQuestion.NONE
    """The question whether it wants news, to which it has not agreed yet."""

    @property
    def speaks_of_report(self) -> bool:
        """Whether a report is the last subject, and no notice about a meeting went out after it."""
        return self.in_report and not self.told_since

    @property
    def speaks_of_meeting(self) -> bool:
        """Whether a text in its own words may answer what was last said about a meeting."""
        return not self.speaks_of_report and (bool(self.told) or (self.step in OF_MEETINGS and self.has_seat()))


@dataclass(frozen=True)
class Reading:
    """A verdict and what it needs to be carried out."""

    verdict: Verdict
    command: Keyword | None = None
    how: How = How.KEYWORD
    rsvp: RsvpReading | None = None
    near: Near | None = None
    choice: EitherChoice | None = None
    about: AboutUs | None = None
    words: str = ""
    """Words that go on to somebody: to the host, or to the report that code words open."""
    help: tuple[Urgency, ...] = ()
    """The kinds of help that the words call for, whatever the verdict."""


Reader = Callable[[ReceivedText, PhoneContext], Reading | None]


def empty(text: ReceivedText, _phone: PhoneContext) -> Reading | None:
    """Nothing was written."""
    return None if text.body or text.pictures or text.provider_did else Reading(Verdict.NOTHING)


def machine(text: ReceivedText, _phone: PhoneContext) -> Reading | None:
    """A telephone's own words: a reaction to one of our texts, or "I'm driving". It quotes us, so it needs no help."""
    return Reading(Verdict.NOTHING) if not text.pictures and is_from_a_machine(text.body) else None


def provider(text: ReceivedText, _phone: PhoneContext) -> Reading | None:
    """The provider has already acted upon it."""
    return Reading(Verdict.COMMAND, text.provider_did, How.PROVIDER) if text.provider_did else None


def cancel(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """Read "cancel" after a notice about a meeting, and the answer to "the seat, or all texts?"."""
    if text.pictures:
        return None
    cancels = says_cancel(text.body)
    if phone.waiting is OpenQuestion.CANCEL:
        choice = EitherChoice.BOTH if cancels else read_choice(text.body)
        return Reading(Verdict.CANCEL_ANSWER, choice=choice) if choice else None
    asks = cancels and phone.may_answer and not (phone.opted_out or phone.doubted)
    return Reading(Verdict.CANCEL_WHICH) if asks and _has_meeting(phone) else None


def _has_meeting(phone: PhoneContext) -> bool:
    return bool(phone.told) or (phone.step in OF_MEETINGS and phone.has_seat())


def command(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """A keyword as the whole message, or a wish for a language."""
    if text.pictures:
        return None
    found = keyword(text.body) or asks_for_language(text.body)
    if found is None or found is Keyword.SKIP:
        return None
    if phone.waiting is OpenQuestion.EITHER and found in (Keyword.SPANISH, Keyword.ENGLISH):
        return Reading(Verdict.EITHER_AGAIN, found)
    return Reading(Verdict.COMMAND, found)


def code_words(text: ReceivedText, _phone: PhoneContext) -> Reading | None:
    """Code words, also seven of eight or inside a sentence: they are never stored."""
    found = find_code(text.body)
    return Reading(Verdict.CODE_WORDS, words=found.rest) if found else None


def slip(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """The code of a paper slip."""
    return Reading(Verdict.SLIP) if phone.is_slip(text) else None


def danger(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """Words of danger, an overdose or a crisis. Beside a possible opt-out a person decides about that."""
    if not text.help:
        return None
    unsure = phone.doubted or reads_as_opt_out(text.body) is not OptOutReading.NO
    return Reading(Verdict.DOUBT if unsure and not phone.opted_out else Verdict.URGENT)


def enough(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """No more questions about the report that is the current subject."""
    ours = phone.in_report and not text.pictures and not (phone.opted_out or phone.doubted)
    return Reading(Verdict.ENOUGH) if ours and wants_no_questions(text.body) else None


_OF_WISHES = {
    ReportWish.LEAVES: Verdict.LEAVES,
    ReportWish.SILENCE: Verdict.QUIET,
    ReportWish.SILENCE_PERHAPS_FOR_GOOD: Verdict.QUIET_DOUBT,
    ReportWish.TAKES_BACK: Verdict.TAKE_BACK,
    ReportWish.TAKES_BACK_NAMED: Verdict.TAKE_BACK,
    ReportWish.NOT_TO_POLICE: Verdict.NOT_TO_POLICE,
}


def wish(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """In a report: "i have to go", "my husband is looking", "delete what i sent"; the last also later."""
    if text.pictures or phone.opted_out or phone.doubted:
        return None
    wished = read_wish(text.body)
    is_understood = phone.speaks_of_report or (wished is ReportWish.TAKES_BACK_NAMED and not phone.speaks_of_meeting)
    return Reading(_OF_WISHES[wished]) if wished and is_understood else None


def opt_out(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """An opt-out in other words than STOP; in doubt, with a picture, or perhaps said of a report, a person decides."""
    reading = reads_as_opt_out(text.body)
    if reading is OptOutReading.NO and asks_for_no_answer(text.body):
        reading = OptOutReading.DOUBT
    if reading is OptOutReading.NO or read_sentence(text.body, phone.codes, in_report=phone.speaks_of_report):
        # "Take me off 4821" is about that meeting.
        return None
    of_others = phone.in_report and not is_addressed(text.body)
    if text.pictures or of_others or reading is OptOutReading.DOUBT:
        return None if phone.opted_out else Reading(Verdict.DOUBT)
    return Reading(Verdict.FORGET if reading is OptOutReading.ERASE else Verdict.OPT_OUT)


def either_answer(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """The answer to "about the meeting, or a report?"; other words are added to the waiting text."""
    if phone.waiting is not OpenQuestion.EITHER or text.pictures:
        return None
    if choice := read_choice(text.body):
        return Reading(Verdict.EITHER_ANSWER, choice=choice)
    if is_plainly_a_report(text.body):
        return Reading(Verdict.EITHER_ANSWER, choice=EitherChoice.SECOND, words=text.body)
    if (is_late(text.body) or asks_host(text.body)) and not names_selling(text.body):
        return Reading(Verdict.EITHER_ANSWER, choice=EitherChoice.FIRST, words=text.body)
    attends = read_attendance(text.body)
    if attends is Attends.THANKS:
        return Reading(Verdict.THANKS)
    plain = attends in (Attends.COMES, Attends.STAYS) or read_meeting_text(text.body)
    if (
        plain
        or read_near(text.body, in_report=False)
        or read_sentence(text.body, phone.codes)
        or asks_about_us(text.body)
        or asks_if_counted(text.body)
    ):
        return None
    return Reading(Verdict.EITHER_AGAIN, words="" if attends else text.body)


def follow(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """A wish for news about a place or meetings, or the yes to our question whether they are to begin."""
    if text.pictures or phone.opted_out or phone.doubted:
        return None
    folded, about = fold(text.body), asks_about_us(text.body)
    if about is AboutUs.MEETINGS:
        return None
    request = read_follow(folded, phone.places)
    if request and not names_selling(text.body):
        return Reading(Verdict.UNFOLLOW if request.leaves else Verdict.FOLLOW)
    if about is AboutUs.NEWS:
        return Reading(Verdict.FOLLOW)
    return _of_news_question(folded, phone)


def _of_news_question(folded: str, phone: PhoneContext) -> Reading | None:
    """A bare yes or no, if the question about news was asked last."""
    declines = keyword(folded) is Keyword.SKIP
    if not (declines or agrees(folded)):
        return None
    if phone.step is DialogueStep.MEETING and read_attendance(folded) not in (Attends.COMES, Attends.UNCLEAR):
        # "1" is how many come, and "ok" thanks for being counted.
        return None
    match _news_question(phone):
        case NewsQuestion.LAST:
            return Reading(Verdict.NO_NEWS if declines else Verdict.FOLLOW)
        case NewsQuestion.BOTH if phone.may_answer:
            return Reading(Verdict.WHICH_QUESTION)
    return None


def _news_question(phone: PhoneContext) -> NewsQuestion:
    if phone.step is not DialogueStep.NONE and phone.told_since:
        # After a notice about a meeting a yes is about that.
        return NewsQuestion.NONE
    match phone.step:
        case DialogueStep.ASIDE:
            return NewsQuestion.LAST
        case DialogueStep.MEETING if phone.news_question() is not NewsQuestion.NONE:
            return NewsQuestion.BOTH
        case DialogueStep.NONE:
            return phone.news_question()
    return NewsQuestion.NONE


def meeting(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """An answer to a meeting by its code, or short words right after one."""
    if text.pictures:
        return None
    spoken = (phone.language or "en") if phone.step in OF_MEETINGS else None
    asked = MissingNeed.AGES if phone.step is DialogueStep.AGES else None
    said = read_meeting_text(text.body, spoken, asked)
    if said is not None and said.asks and asked is None and _asks_for_seat(phone.told_since):
        # A lone "no" answers the notice that came last.
        said = RsvpReading(comes=False, language=said.language, sure=True)
    found = None if said else read_sentence(text.body, phone.codes, in_report=phone.speaks_of_report)
    if found and not (found.is_unclear and read_near(text.body, in_report=phone.in_report)):
        return _of_sentence(found, phone)
    ours = said is not None and (said.code or said.sure or said.is_thanks or phone.has_seat())
    return Reading(Verdict.MEETING, rsvp=said) if ours else None


def _of_sentence(found: SentenceReading, phone: PhoneContext) -> Reading | None:
    verdict = Verdict.MEETING
    if found.is_question or found.is_unclear:
        if phone.opted_out or phone.doubted or not phone.may_answer:
            return None
        verdict = Verdict.NEXT_MEETING if found.is_question else Verdict.EITHER
    return Reading(verdict, rsvp=found.rsvp, words=found.words)


def _asks_for_seat(told: Sequence[str]) -> bool:
    return bool(told) and all(kind in (*REMINDERS, RsvpNews.MOVED) for kind in told)


def notice(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """A plain answer to a notice: coming or not, how many, late, or a question for the host."""
    if text.pictures or phone.speaks_of_report or phone.doubted:
        return None
    if asks_if_counted(text.body) and _has_meeting(phone):
        language = guess(text.body) or phone.language or "en"
        return Reading(Verdict.MEETING, rsvp=RsvpReading(comes=True, language=language, asks=True, sure=True))
    said = _attends(text.body, phone)
    if said is not None:
        return Reading(Verdict.MEETING, rsvp=said) if phone.has_seat() else None
    # "Running late, there is a guy selling by the door" is not only for the host.
    if not phone.speaks_of_meeting or names_selling(text.body):
        return None
    if is_late(text.body) and refuses(text.body):
        return Reading(Verdict.MEETING, rsvp=RsvpReading(comes=False, language=phone.language or "en", sure=True))
    if is_late(text.body):
        return Reading(Verdict.LATE)
    return Reading(Verdict.QUESTION, words=text.body) if asks_host(text.body) else None


def _attends(body: str, phone: PhoneContext) -> RsvpReading | None:
    language = phone.language or "en"
    party = party_in(body) if phone.told and not phone.was_asked() else None
    if party is not None:
        return RsvpReading(comes=True, language=language, party=party, sure=True)
    if said := read_later(body):
        return said
    needs = read_meeting_text(body, language) if phone.told else None
    if needs is not None and needs.needs != NOTHING:
        return needs
    attends = read_attendance(body)
    if phone.speaks_of_meeting and (cancels_seat(body) or stays_away_because(body)):
        attends = Attends.STAYS
    if attends is Attends.UNCLEAR:
        stays = _asks_for_seat(phone.told)
        return RsvpReading(comes=not stays, language=language, asks=not stays, sure=True) if phone.told else None
    if attends is None:
        return None
    comes, thanks = attends is not Attends.STAYS, attends is Attends.THANKS
    return RsvpReading(comes=comes, language=language, is_thanks=thanks, sure=True)


def nearly(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """Almost an answer to a meeting: a mistyped word or figure."""
    if text.pictures or phone.doubted or phone.opted_out or not phone.may_answer:
        return None
    near = read_near(text.body, in_report=phone.in_report)
    return Reading(Verdict.NEARLY, near=near) if near else None


def settles(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """The answer to "text STOP or START" in other words: "yes i want the answers" is START."""
    if text.pictures or phone.blocked or not (phone.opted_out or phone.doubted):
        return None
    if wants_answers(text.body):
        return Reading(Verdict.COMMAND, Keyword.START, How.WORDING)
    return Reading(Verdict.DOUBT_AGAIN) if phone.doubted and says_yes_or_no(text.body) else None


def kept(_text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """From a phone that opted out or may have: kept for a person, and not answered."""
    if phone.opted_out:
        return Reading(Verdict.REPORT)
    return Reading(Verdict.DOUBT) if phone.doubted else None


def better(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """1, 2 or 3 from a phone that was asked whether it is better now."""
    fits = not text.pictures and phone.step is DialogueStep.NONE and read_verdict(fold(text.body)) is not None
    return Reading(Verdict.BETTER) if fits and phone.was_asked() else None


def skip(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """SKIP or NO while a question of a report is open."""
    asked = phone.step in OF_REPORTS and not text.pictures
    return Reading(Verdict.SKIP) if asked and keyword(text.body) is Keyword.SKIP else None


def about_us(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """Who is this, are you the police, how does it work, call me, news."""
    about = None if text.pictures else asks_about_us(text.body)
    if about is None or (about is AboutUs.WHO and not any(map(str.isalpha, text.body)) and phone.speaks_of_meeting):
        return None
    return Reading(Verdict.NEXT_MEETING) if about is AboutUs.MEETINGS else Reading(Verdict.ABOUT, about=about)


def greeting(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """A greeting, thanks, or a scrap ("ok", "yes", "👍") that answers nothing."""
    if text.pictures or phone.in_report:
        return None
    if only_thanks(text.body):
        return Reading(Verdict.THANKS)
    return Reading(Verdict.GREETING) if only_greets(text.body) and not phone.speaks_of_meeting else None


def either(text: ReceivedText, phone: PhoneContext) -> Reading | None:
    """Not plainly a report, from a phone that was told of a meeting: it is asked."""
    if text.pictures or not phone.may_answer or not phone.speaks_of_meeting:
        return None
    return None if is_plainly_a_report(text.body) else Reading(Verdict.EITHER)


def report(_text: ReceivedText, _phone: PhoneContext) -> Reading:
    """Everything else: nothing is lost."""
    return Reading(Verdict.REPORT)


READERS: tuple[Reader, ...] = (
    empty,
    machine,
    provider,
    cancel,
    command,
    code_words,
    slip,
    danger,
    enough,
    wish,
    opt_out,
    either_answer,
    follow,
    meeting,
    notice,
    nearly,
    settles,
    kept,
    better,
    skip,
    about_us,
    greeting,
    either,
    report,
)
"""In this order. A later reader never sees what an earlier one has recognised."""


def read(text: ReceivedText, phone: PhoneContext) -> Reading:
    """Return the first verdict on a text, with the kinds of help that its words call for."""
    found = next(reading for reader in READERS if (reading := reader(text, phone)) is not None)
    return found if found.verdict is Verdict.NOTHING else replace(found, help=text.help)


def verdicts(text: ReceivedText, phone: PhoneContext) -> list[tuple[str, Reading | None]]:
    """Return every reader's name and verdict, in order, to explain the first one."""
    return [(reader.__name__, reader(text, phone)) for reader in READERS]

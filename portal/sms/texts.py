"""Fixed texts of the conversation, and their composition with names, codes and places.

The sender is named first. No text repeats the sender's words or says what the number is for: another person may hold
the phone, and carriers filter such words. The Spanish avoids á, í, ó and ú, which are not in GSM-7 and would more than
double the cost. No text offers ALTA (start again), a letter from ALTO (stop); the answer to it says what happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import cache, lru_cache
from urllib.parse import urlsplit

from flask_babel import LazyString, lazy_gettext as _l

from portal.core.i18n import LANGUAGES, in_language
from portal.core.parity import BilingualText
from portal.core.portal import current_portal
from portal.core.texted import in_gsm7, segments
from portal.sms.choices import MOST_LISTED, OTHER
from portal.sms.effects import Saying, SpokenAnswer
from portal.sms.keywords import Language, fold

_LONG = {
    Saying.RECEIVED: _l(
        "Your text has arrived. This is not 911 and nobody watches it around the clock. In danger, call 911. Your code "
        "words: %(code)s. With them you can read the answer on our website."
    ),
    Saying.RECEIVED_DANGER: _l(
        "In danger? Call 911 now. This is not 911 and nobody watches it around the clock. Your text has arrived; a "
        "person will read it later. Your code words: %(code)s"
    ),
    Saying.RECEIVED_OVERDOSE: _l(
        "If someone is not breathing or will not wake up, call 911 now and stay. Give naloxone if you have it. This is "
        "not 911. Your text has arrived. Your code words: %(code)s"
    ),
    Saying.RECEIVED_CRISIS: _l(
        "Please call or text 988 now. A person listens at any hour, for free. Hurt, or took something? Call 911. This "
        "is not 911; we read your text later. Your code words: %(code)s"
    ),
    Saying.WHEN: _l("When does it happen? For example: now, at night, on weekends. Or text SKIP."),
    Saying.MORE: _l("Is there anything else we should know? If not, text NO."),
    Saying.THANKS: _l("Thank you. A person will read it. You can write more at any time."),
    Saying.ADDED: _l("Thank you. We added it."),
    Saying.DANGER: _l(
        "In danger? Call 911 now. This is not 911 and nobody watches it around the clock. We have your text."
    ),
    Saying.OVERDOSE: _l(
        "If someone is not breathing or will not wake up, call 911 now and stay. Give naloxone if you have it. This is "
        "not 911. We have your text."
    ),
    Saying.CRISIS: _l(
        "Please call or text 988 now. A person listens at any hour, for free. Hurt, or took something? Call 911. This "
        "is not 911; we read your text later."
    ),
    Saying.HELP: _l(
        "In danger, call 911. This is not 911 and nobody watches it around the clock. Text what you see; a person "
        "reads it. STOP: no more texts. DELETE: erase your number. Rates may apply. %(url)s"
    ),
    Saying.STOPPED: _l(
        "You will get no more texts from us. You can still write and a person will read it. To get answers again, text "
        "START."
    ),
    Saying.STARTED: _l(
        "Our answers come to this phone. News you followed stays off; to follow again, text NEWS. No texts: STOP. In "
        "danger, call 911."
    ),
    Saying.ERASED: _l(
        "Done. This conversation is over and your phone number is erased here. What you told us stays with our team."
    ),
    Saying.FORGOTTEN: _l(
        "Done. Your phone number is erased here and you get no more texts from us. To get answers again, text START."
    ),
    Saying.LANGUAGE: _l("We will write in English. In danger, call 911. Text what you see."),
    Saying.JOINED: _l(
        "These words are right. Answers come to this phone from now on, and what you text is added. In danger, call "
        "911. DELETE: erase your number."
    ),
    Saying.CODE_UNKNOWN: _l(
        "We found nothing under these words. Check each word and their order, or read the answer on %(url)s. We did "
        "not keep this text. Something else? Say it in other words. In danger, call 911."
    ),
    Saying.CODE_PART: _l(
        "Part of your code words? Text the others within 10 minutes, or type all eight on %(url)s. Then we erase "
        "these. Something else? Say it in other words. In danger, call 911."
    ),
    Saying.HELLO: _l(
        "Text what you see in the neighborhood; a person on our team reads it. HELP: how it works. STOP: no more "
        "texts. In danger, call 911."
    ),
    Saying.WHO: _l(
        "We are a team for the neighborhood. Text what you see; a person on our team reads it. %(note)s In danger, "
        "call 911. STOP: no more texts. %(url)s"
    ),
    Saying.POLICE: _l(
        "We are not the police. A person on our team reads your text. The police may see later what it says. Our team "
        "cannot see your number. %(note)s In danger, call 911."
    ),
    Saying.HOW: _l(
        "Text what you see, where and when; a photo helps. A person reads it. Our team cannot see your number; phone "
        "companies can. We charge nothing; rates may apply. %(url)s"
    ),
    Saying.ANSWER: _l(
        "A person reads each text. The answer comes to this phone, or read it on %(url)s with your code words. Lost "
        "them? We cannot look them up: text us again. In danger, call 911."
    ),
    Saying.NOT_FOR_US: _l(
        "This may not be the number you want. A team for the neighborhood reads it. In danger, call 911. STOP: no more "
        "texts."
    ),
    Saying.CALL: _l(
        "We cannot call you. In danger, call 911. To talk with somebody at any hour: 988. For help with food, rent or "
        "treatment: 211. Text what you see; a person reads it."
    ),
    Saying.TREATMENT: _l(
        "Help to get well is free and private, at any hour: call 1-800-662-4357, or 211. To talk with somebody: 988. "
        "Very sick, or in danger: 911."
    ),
    Saying.STILL_KEPT: _l(
        "You wrote many texts. We keep them, and a person will read them. For an hour we answer only HELP, STOP and "
        "danger. In danger, call 911."
    ),
    Saying.TOO_MANY: _l(
        "There were too many texts. We could not keep the last one. Please write again in an hour, or on %(url)s. In "
        "danger, call 911."
    ),
    Saying.DOUBT: _l(
        "In danger, call 911. This is not 911. A person will read your text. No more texts from us? Text STOP. You "
        "want our answers? Text START."
    ),
    Saying.DOUBT_AGAIN: _l(
        "To get our answers on this phone, text START. For no more texts, text STOP. In danger, call 911."
    ),
    Saying.TAKE_BACK: _l(
        "We ask nothing more. DELETE: erase your number here. What you told us stays with our team; a person reads "
        "what you just asked. Our team cannot see your number."
    ),
    Saying.CLOSED: _l(
        "We cannot read texts right now and did not keep yours. In danger, call 911. Thoughts of suicide? Call or text "
        "988. Please try again next week."
    ),
}
_SHORT = {
    Saying.RECEIVED: _l("Not 911. In danger, call 911. Your text has arrived. Code words for our website: %(code)s"),
    Saying.RECEIVED_DANGER: _l("In danger? Call 911 now. This is not 911. Your text has arrived. Code words: %(code)s"),
    Saying.RECEIVED_OVERDOSE: _l("Someone not breathing? Call 911 now and stay. Not 911 here. Code words: %(code)s"),
    Saying.RECEIVED_CRISIS: _l("Call or text 988 now, any hour. Hurt? Call 911. Not 911 here. Code words: %(code)s"),
    Saying.WHEN: _l("When does it happen? Or text SKIP."),
    Saying.MORE: _l("Anything else we should know? If not, text NO."),
    Saying.THANKS: _l("Thank you. A person will read it."),
    Saying.DANGER: _l("In danger? Call 911 now. This is not 911. We have your text."),
    Saying.OVERDOSE: _l("Someone not breathing? Call 911 now and stay. This is not 911. We have your text."),
    Saying.CRISIS: _l("Call or text 988 now, any hour. Hurt? Call 911. Not 911 here."),
    Saying.HELP: _l(
        "In danger, call 911. This is not 911. Text what you see. STOP: no more texts. DELETE: erase number. Rates may "
        "apply. %(url)s"
    ),
    Saying.STOPPED: _l("You will get no more texts. To get answers again, text START."),
    Saying.STARTED: _l(
        "Our answers come to this phone; news you followed stays off: text NEWS. No texts: STOP. In danger, call 911."
    ),
    Saying.ERASED: _l("Done. Your phone number is erased here. What you told us stays with our team."),
    Saying.FORGOTTEN: _l("Done. Your number is erased and you get no more texts. To get answers again, text START."),
    Saying.LANGUAGE: _l("English: ENGLISH."),
    Saying.JOINED: _l("These words are right. Answers come to this phone from now on. DELETE: erase number."),
    Saying.CODE_UNKNOWN: _l(
        "Nothing found under these words. Check each word and their order. Not kept. Danger? 911. %(url)s"
    ),
    Saying.CODE_PART: _l(
        "Part of your code words? Text the others within 10 minutes. Not code words? Use other words. Danger? 911. "
        "%(url)s"
    ),
    Saying.HELLO: _l("Text what you see; our team reads it. HELP / STOP. In danger, call 911."),
    Saying.WHO: _l("A team for the neighborhood. %(note)s In danger, call 911. %(url)s"),
    Saying.POLICE: _l(
        "In danger, call 911. Not the police, not immigration. Our team reads it; police may see it, not your number."
    ),
    Saying.HOW: _l("Text what you see; a person reads it. Our team cannot see your number. %(url)s"),
    Saying.ANSWER: _l(
        "Answers come to this phone, or to %(url)s with your code words. Lost them? Text us again. Danger? 911."
    ),
    Saying.NOT_FOR_US: _l("Maybe not the number you want. STOP: no more. In danger, call 911."),
    Saying.CALL: _l("We cannot call you. In danger: 911. To talk: 988. Other help: 211."),
    Saying.TREATMENT: _l("Help to get well, free and private: 1-800-662-4357 or 211. To talk: 988. In danger: 911."),
    Saying.STILL_KEPT: _l(
        "We keep your texts and a person reads them. For an hour we answer only HELP, STOP and danger."
    ),
    Saying.TOO_MANY: _l("Too many texts: the last was not kept. Try again in an hour. In danger, call 911."),
    Saying.DOUBT: _l(
        "In danger, call 911. This is not 911. No more texts from us? Text STOP. Our answers? Text START."
    ),
    Saying.DOUBT_AGAIN: _l("To get our answers, text START. For no more texts, text STOP."),
    Saying.TAKE_BACK: _l(
        "DELETE: erase your number here. What you told us stays with our team; a person reads what you ask."
    ),
    Saying.CLOSED: _l("We cannot read texts now; yours was not kept. In danger, call 911. Suicide? Call 988."),
}
"""For a phone whose language is not known: both in one text. Where there is none, the long one is short enough."""
_WHERE = (
    (_l("Where is it? Send the number or your own words, or text SKIP."), _l("Where is it?")),
    (_l("Where? The number or name of the place, or SKIP."), _l("Where?")),
)
"""In one language, and in both; in the order in which they are tried where they cost the same."""
_WHERE_WITHOUT_LIST = _l("Where is it? Tell us in your own words, or text SKIP."), _l("Where is it? Or text SKIP.")
_ELSEWHERE = _l("Another place"), _l("Another place")
MOST_SEGMENTS = 2
LONGEST_SITE = 20


def wording(say: Saying, language: Language | None) -> str:
    """Return an answer's words before anything is inserted, as a record of consent refers to them."""
    return f"%(site)s: {' / '.join(_templates(say, language).values())}"


def compose(answer: SpokenAnswer, code: Sequence[str] = ()) -> str:
    """Return the text of an answer; all `RECEIVED…` need `code`."""
    settings = current_portal.settings
    if answer.say is Saying.WHERE:
        return _where(answer.language, settings.site_name, answer.places)[0]
    values = {"code": " ".join(code), "url": urlsplit(settings.public_url).netloc}
    notes = {"en": settings.immigration_note_en, "es": settings.immigration_note_es}
    templates = _templates(answer.say, answer.language)
    if answer.say is Saying.POLICE:
        # Whoever asks for the police must find that very word: its accent takes the room of the note.
        notes["es"] = ""
    words = [(template % {**values, "note": notes[language]}).strip() for language, template in templates.items()]
    return f"{settings.site_name}: {' / '.join(words)}"


@cache
def _templates(say: Saying, language: Language | None) -> Mapping[str, str]:
    """Return the words of an answer by their languages; what stands at the end of both is inserted once."""
    templates = _in_words((_LONG[say], _SHORT.get(say, _LONG[say])), language)
    if language is None:
        templates["en"] = templates["en"].removesuffix("%(url)s").removesuffix("%(code)s").rstrip()
    return templates


def _in_words(words: tuple[LazyString, LazyString], language: Language | None) -> dict[str, str]:
    languages = (language,) if language else LANGUAGES
    return {each: in_language(each, lambda: str(words[language is None])) for each in languages}


def in_each(languages: Iterable[str], words: Callable[[], str]) -> str:
    """Return the same words in each of these languages, in one text."""
    return " / ".join(in_language(language, words) for language in languages)


@cache
def _beginnings() -> tuple[str, ...]:
    languages: tuple[Language | None, ...] = ("en", "es", None)
    every = [_templates(say, language) for say in _LONG for language in languages]
    return tuple(fold(" / ".join(templates.values()))[:60] for templates in every)


def repeats_us(text: str) -> bool:
    """Whether a text repeats one of our answers, many of which name danger: a machine or a "like" sends them back."""
    folded = fold(text)
    return any(beginning in folded for beginning in _beginnings())


def how_many_listed(language: Language | None, places: Sequence[BilingualText]) -> int:
    """Return how many places have a number in the question "where"."""
    return _where(language, current_portal.settings.site_name, tuple(places))[1]


@lru_cache(maxsize=16)
def _where(language: Language | None, site: str, places: tuple[BilingualText, ...]) -> tuple[str, int]:
    """Return the question with as many places as fit, in GSM-7, and their number; any other can still be named."""
    elsewhere, alone, *asked = (
        " / ".join(_in_words(words, language).values()) for words in (_ELSEWHERE, _WHERE_WITHOUT_LIST, *_WHERE)
    )
    names = [in_gsm7(name.es if language == "es" else name.en) for name in places[:MOST_LISTED]]
    for most in range(len(names), 0, -1):
        lines = [f"{number} {name}" for number, name in enumerate(names[:most], start=1)]
        listed = "\n".join((*lines, f"{OTHER} {elsewhere}"))
        text = min((f"{site}: {words}\n{listed}" for words in asked), key=lambda text: segments(text).segments)
        if segments(text).segments <= MOST_SEGMENTS:
            return text, most
    return f"{site}: {alone}", 0


class UnreadPicture(Enum):
    """What the desk and the sender read in the report in the place of a picture."""

    TOO_LARGE = _l("A picture came that could not be read: it was too large. Words help more.")
    NONE = _l("A file came that we cannot open: we open pictures, not sound. Words help more.")
    EMPTY = _l("A picture came that could not be read: it was empty. Words help more.")
    NOT_FETCHED = _l("A picture came that we could not get from the text company. Words help more.")


LOST_PICTURE_TEXT = _l("We could not open that. We open pictures, not sound or video. Tell us in words.")
"""What the sender of such a picture is told by text."""

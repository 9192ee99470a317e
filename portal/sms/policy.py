"""What a text is taken for, from how likely each meaning is and what each mistake costs. All thresholds stand here.

Pure. Help is not among them: that it is named first is decided in `portal.core.reading.danger`, and holds nothing up.
Beside the likelihoods stand the few wordings that are a rule: what a phone writes by itself, opt-outs, silence.
"""

from __future__ import annotations

import re

from portal.core.reading.grams import concepts_of, words_of
from portal.core.reading.reader import Likely, Meaning
from portal.sms.effects import Saying
from portal.sms.keywords import fold

SURE = 0.5
"""From here on a question of ours is answered, without asking back."""
SURELY = {Meaning.RSVP_YES: 0.5, Meaning.RSVP_NUMBER: 0.5, Meaning.RSVP_NO: 0.55, Meaning.RSVP_LATE: 0.4}
"""From here on a seat is counted or given up."""
CERTAIN = 0.8
"""From here on what is meant stands, whatever single words might also say."""
HOSTED = 0.4
"""From here on a question about a meeting goes to its host: lower, since a mistake costs nothing."""
OPTS_OUT = 0.5
"""From here on the words of an opt-out are one. Without such words nobody is ever opted out."""
PLAINLY_OUT = 0.7
"""From here on "too much, end all" is enough after a text of ours, where no report is the subject."""
BY_ITSELF = 0.1
"""How likely a START must be at least without what its phone got last."""
OF_OTHERS = 0.06
"""From here on it may be others who are to stop."""
CRIES = 0.95
"""How likely a call for help must be by itself, to be one in an answer to a reminder that reads like no other."""
MAY_OPT_OUT = 0.2
"""From here on whoever may want no more texts is asked once."""
NOBODY_KNOWS = 0.2
"""Below it a person reads the text as a report, whatever it may mean."""
BESIDE = 0.25
"""From here on what may be a report is kept beside an answer to a question."""
WEIGHTS = dict.fromkeys(
    (Meaning.OPT_OUT, Meaning.ERASE, Meaning.RSVP_NO, Meaning.NOT_FOR_US, Meaning.ANSWER, Meaning.THREAT), 0.6
)
"""What is hard to take back has to be the likelier: silence, a seat given up, a neighbor turned away."""
OF_STREET = (Meaning.REPORT, Meaning.DANGER, Meaning.CRISIS, Meaning.THREAT)
OF_MEETING = (Meaning.RSVP_YES, Meaning.RSVP_NO, Meaning.RSVP_NUMBER, Meaning.RSVP_LATE, Meaning.HOST, Meaning.MEETING)
ASKS_US = (Meaning.ABOUT, Meaning.ANSWER, Meaning.HELP, Meaning.THANKS, Meaning.ERASE, Meaning.TREATMENT)
"""Who asks or thanks us wants no silence."""
ASKS_HOST = (Meaning.HOST, Meaning.MEETING)
ATTENDS = (Meaning.RSVP_YES, Meaning.RSVP_NUMBER, Meaning.RSVP_LATE)


def takes_for(likely: Likely) -> Meaning:
    """Return the meaning by which the least is lost."""
    return max(likely.of, key=lambda meaning: likely.of[meaning] * WEIGHTS.get(meaning, 1))


def is_sure(likely: Likely) -> bool:
    """Whether the likeliest meaning is acted on without asking back."""
    return likely.of[likely.best] > SURE


def is_certain(likely: Likely, *meanings: Meaning) -> bool:
    """Whether it is all but certain that one of these is meant."""
    return likely.any_of(*meanings) > CERTAIN


def speaks_of_street(likely: Likely) -> bool:
    """Whether a text that means something else may be a report besides."""
    return likely.any_of(*OF_STREET) > BESIDE


def opts_out(likely: Likely) -> bool:
    """Whether a text with the words of an opt-out is one."""
    return likely.of[Meaning.OPT_OUT] > OPTS_OUT and likely.any_of(*OF_STREET) < OF_OTHERS


def may_want_out(likely: Likely) -> bool:
    return likely.of[Meaning.OPT_OUT] > MAY_OPT_OUT


def attends(likely: Likely) -> Meaning | None:
    """Return what a text surely says about coming, or None."""
    taken = takes_for(likely)
    comes = next((likely.any_of(*alike) for alike in (ATTENDS, ASKS_HOST) if taken in alike), likely.of[taken])
    return taken if taken in OF_MEETING and comes > SURELY.get(taken, HOSTED) else None


_READ = frozenset("read reads reading see sees lee leen ve ven".split())
_TOPICS = (Saying.POLICE, {"police", "migra"}), (Saying.CALL, {"call"}), (Saying.WHO, {"who"})


def answer_to(meaning: Meaning, text: str) -> Saying:
    """Return which of our answers a question gets."""
    if meaning in (Meaning.ANSWER, Meaning.TREATMENT):
        return Saying(meaning)
    named = concepts_of(*words_of(text))
    if _READ.intersection(words_of(text)):
        return Saying.POLICE
    return next((topic for topic, names in _TOPICS if named & names), Saying.HOW)


# --- wordings that are a rule ---

_QUOTES = '“”"„«»'
_REACTION = re.compile(
    r"(?:liked|loved|disliked|emphasi[sz]ed|laughed at|questioned|reacted \S+ to|removed an? .{3,20} from"
    r"|(?:\S{1,4} )(?:to|a)|[lm]e gustó|[lm]e encantó|no [lm]e gustó|(?:se rió|me reí) de|enfatizó"
    r"|reaccionó .{1,30} a|eliminó .{3,20} (?:a|de)|preguntó sobre)"
    rf" (?:[{_QUOTES}].*[{_QUOTES}]|an (?:image|attachment|audio message)|a (?:photo|movie|message)"
    rf"|una (?:imagen|foto)|un mensaje)",
    re.IGNORECASE | re.DOTALL,
)
_AWAY = re.compile(
    r"(?:auto ?reply |automatic reply |respuesta automatica )?(?:i ?a?m driving|estoy (?:conduciendo|manejando))\b.*"
    r"|(?:sorry i )?cant talk right now(?: whats up)?"
)
KNOWN_SIGNS = re.compile(r"[\s!-/:-@\[-`{-~¡¿…\u200d\ufe0f🏻-🏿😀-🙏🤐-🥺♀♂❤♥💕👍👌👋👏💪💯✅🎉👎❌🚫🛑✋]*")
"""Faces, and signs that greet, thank, agree or refuse. Any other may stand for what somebody sees."""
NO_QUESTIONS = re.compile(
    r"(?:\w+ ){0,4}(?:stop|quit|no|dont|do not|enough|dejen?|paren?|basta|ya)(?: \w+){0,4}"
    r" ?(?:ask(?:ing)?|questions?|pregunt\w+)(?: \w+){0,3}"
)
_NEAR = (
    r"(?:my|mi) (?:husband|man|bf|boyfriend|dad|father|mom|son|landlord|boss|esposo|marido|viejo|novio|papa|jefe"
    r"|patron|suegra)|some ?(?:one|body)|alguien|he|hes|they|theyre|el|me"
)
_WATCHED = re.compile(
    rf"\b(?:{_NEAR})(?: (?:is|are|just|got|right|ya|me|lo|todo))* (?:looking|watching|listening|here|home|awake|next to"
    r"|behind|sees?|reads?|checks?|going through|esta (?:viendo|mirando|oyendo|aqui|cerca)|llego|viene|revisan?|lee"
    r"|ve)\b"
    r"|\bnot alone\b|\bno estoy sol[oa]\b"
)
SILENCE = re.compile(
    r"\b(?:dont|do not|stop|no) (?:me |nos )?(?:text|texting|reply|respond|answer|write|message|contest\w+|respond\w+"
    r"|escrib\w+|mand\w+)\b"
)
_LEAVES = re.compile(
    r"(?:\w+ ){0,3}(?:g2g|gtg|ttyl|gotta go|(?:have|need|got) to (?:go|leave|run)|cant (?:talk|text|write)"
    r"|tengo que (?:irme|ir|colgar|salir)|me voy|no puedo (?:hablar|escribir|contestar)"
    r"|(?:luego|despues|al rato) (?:les |le |te )?(?:escribo|hablo|sigo))(?: \w+){0,5}"
)
_KEEPS = re.compile(
    r"\b(?:dont|do not|never|nunca|no)(?: (?:want|wanna|to|you|u|ever|me|nos|please|quiero|que))*"
    r" (?:stop|quit|cancel|remove|take|end|quit[ea]\w*|dej[ea]\w*|par[ae]n?|borr[ea]\w*|sa[cq]\w+)\b"
)
"""Refuses an end of texts: "don't stop", "no me quiten de la lista"."""
STAYS_AWAY = re.compile(
    r"\b(?:(?:cant|cannot|wont|not able to|not|wont be able to) (?:come|coming|make it|be there|attend)"
    r"|(?:ya )?no (?:puedo|podemos|podre|podremos|voy a poder|voy a|vamos a) (?:ir|asistir|llegar)"
    r"|ya no (?:voy|vamos))\b"
    r"(?! (?:home|back|out|in|near|here|around))"
)
MOST_WORDS, MOST_WORDS_WATCHED = 12, 20
"""A longer text says more than a wish to stop, or than that somebody looks."""


def is_from_a_machine(text: str) -> bool:
    """Whether a telephone wrote the whole message by itself: a reaction to one of our texts, or "I'm driving"."""
    return _REACTION.fullmatch(text) is not None or (len(text) < 160 and _AWAY.fullmatch(fold(text)) is not None)


def is_watched(folded: str) -> bool:
    """Whether a short message says that somebody may see the phone."""
    return len(folded.split()) <= MOST_WORDS_WATCHED and _WATCHED.search(folded) is not None


def leaves(folded: str) -> bool:
    """Whether the whole message says that its sender must stop now."""
    return len(folded.split()) <= MOST_WORDS and _LEAVES.fullmatch(folded) is not None


FEW_WORDS = 2
_REFUSES = frozenset({"stop", "no", "erase", "cease", "refuse"})


def has_opt_out_words(text: str, *, in_report: bool, likelihood: float) -> bool:
    """Whether a message holds the words of an opt-out; without them nobody is opted out, however likely it is.

    It refuses something, and speaks of texts, a list or its sender: "end this" may be said of what happens outside.
    Where no report is the subject few words are enough; `likelihood` is that of an opt-out after a text of ours, or 0.
    """
    named = concepts_of(*words_of(text))
    refuses = bool(named & _REFUSES) and not _KEEPS.search(fold(text))
    is_ours = bool(named & {"text", "send", "list", "phone"})
    is_bare = likelihood > PLAINLY_OUT or len(words_of(text)) <= FEW_WORDS or bool(named & {"i", "we"})
    return refuses and (is_ours or (is_bare and not in_report))


def without_refusal(text: str) -> str:
    """Return the words of a text that refuse nothing: what else it says must not be lost with an opt-out."""
    return " ".join(word for word in words_of(text) if not concepts_of(word) & _REFUSES)


def names_own_number(text: str) -> bool:
    """Whether a message has the words for erasing a number or taking it off a list."""
    is_named = {"erase", "list", "i"} <= concepts_of(*words_of(text)) and not _KEEPS.search(fold(text))
    return is_named and len(text.split()) <= MOST_WORDS


def starts(text: str, likely: Likely, alone: Likely) -> bool:
    """Whether a text asks for texts again: likely in its context and alone, no report, no negation at its beginning."""
    says_so = is_certain(likely, Meaning.OPT_IN) and alone.of[Meaning.OPT_IN] > BY_ITSELF
    return says_so and not speaks_of_street(alone) and "no" not in concepts_of(*words_of(text)[:2])


def says_cancel(text: str) -> bool:
    """Whether the whole message is "cancel", of which the seat or all texts may be meant."""
    words = [word for word in fold(text).split() if word not in _POLITE]
    return len(words) == 1 and words[0].startswith(("cancel", "cancle", "cansel"))


_POLITE = frozenset("please pls plz i it this all everything todo esto sorry por favor porfa gracias thanks".split())

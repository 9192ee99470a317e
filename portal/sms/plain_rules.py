"""The few wordings that are a rule and no likelihood: what a phone writes by itself, opt-outs, silence, a language.

Pure. What else people mean is learned from examples (`portal.core.reading`).
"""

from __future__ import annotations

import re

from portal.core.reading.grams import concepts_of, words_of
from portal.sms.keywords import fold

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


def is_watched(text: str) -> bool:
    """Whether a short message says that somebody may see the phone."""
    folded = fold(text)
    return len(folded.split()) <= MOST_WORDS_WATCHED and _WATCHED.search(folded) is not None


def leaves(text: str) -> bool:
    """Whether the whole message says that its sender must stop now."""
    folded = fold(text)
    return len(folded.split()) <= MOST_WORDS and _LEAVES.fullmatch(folded) is not None


FEW_WORDS = 2
_REFUSES = frozenset({"stop", "no", "erase", "cease", "refuse"})
_OURS = frozenset({"text", "send", "list", "phone"})
_THEIRS = frozenset({"i", "we"})


def may_opt_out(text: str, *, in_report: bool, is_plain: bool) -> bool:
    """Whether a message holds the words of an opt-out; without them nobody is opted out, however likely it is.

    It refuses something, and speaks of texts, a list or its sender: "end this" may be said of what happens outside.
    Where no report is the subject two words are enough, or more if it is plain what is meant.
    """
    named = concepts_of(*words_of(text))
    is_bare = is_plain or len(words_of(text)) <= FEW_WORDS or bool(named & _THEIRS)
    return bool(named & _REFUSES) and (bool(named & _OURS) or (is_bare and not in_report))


def names_own_number(text: str) -> bool:
    """Whether a message has the words for erasing a number or taking it off a list."""
    return {"erase", "list", "i"} <= concepts_of(*words_of(text)) and len(text.split()) <= MOST_WORDS


def says_cancel(text: str) -> bool:
    """Whether the whole message is "cancel", of which the seat or all texts may be meant."""
    words = [word for word in fold(text).split() if word not in _POLITE]
    return len(words) == 1 and words[0].startswith(("cancel", "cancle", "cansel"))


_POLITE = frozenset("please pls plz i it this all everything todo esto sorry por favor porfa gracias thanks".split())

"""The one place that knows what danger is: for the web form, texts, the search and the desk.

Help is named where one of few unmistakable wordings stands or where the model thinks danger possible: naming it once
too often costs little. The desk's mark of what is urgent takes more, or it would stop meaning anything. Pure; no
emergency service is sent automatically.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from portal.core.reading.grams import concepts_of, plain, words_of
from portal.core.reading.reader import Likely, Meaning, model


class Urgency(StrEnum):
    """The kind of help that a text calls for."""

    OVERDOSE = "overdose"
    """Not breathing, not waking up: 911, stay, naloxone."""
    CRISIS = "crisis"
    """A person may end their own life: 988, and 911 if they are hurt."""
    DANGER = "danger"
    """911."""


NAMES_HELP = 0.1
"""From this likelihood on help is named first."""
NAMES_IN_FEW = 0.14
"""The same for a text of fewer than three words."""
NAMES_BOTH = 0.3
"""From here on a second kind of help is named beside the likelier one."""
GAINSAYS, FEW_WORDS = 0.01, 6
"""Below this likelihood a sentence of more words with one of the wordings tells of something past, or jokes."""
MARKS = 0.6
"""From this likelihood on the desk sees a report as urgent."""
PLAINLY = 0.85
"""What one sentence of many has to reach."""
LONG = 160
"""A longer text is read sentence by sentence, too: a cry for help may be one of many. In characters."""

FEWEST_WORDS = 3
"""Of fewer words the model knows little: it marks no report as urgent, and has to be surer to name help."""
FEWEST_LETTERS = 3
"""Of fewer it knows nothing."""

_HARM = frozenset({"hurt", "weapon"})
_SOUGHT = frozenset(
    "emergency emergencia danger peligro crisis fight beating pelea golpiza navajazo punalada balazo balazos".split()
)
"""In a search of few words these and the concepts of harm call for help; in a sentence they are what is told."""

_OVERDOSE = r"""overdos\w*|od(?:ed|ing)?|sobredosi\w*|narcan|naloxon[ea]
    |(?:not?|isnt|aint|barely|stopped|cant) breath\w*|no (?:me |le )?(?:esta )?respir\w*
    |(?:wont|not|doesnt|cant) wak(?:e|ing)(?: (?:him|her|them|it))?(?: up)?
    |no (?:se |me )?(?:despiert\w*|reacciona)|(?:lips|face) (?:\w+ ){0,3}(?:blue|purple)|unconscious|unresponsive
    |inconscientes?|turning (?:blue|purple)|(?:too many|whole bottle of|all my) (?:pills|meds)|foaming at"""
_CRISIS = r"""suic\w*|(?:kill|shoot|hang|cut|hurt) (?:my|him|her) ?self|kms|unaliv\w+
    |(?:want to|wants to|wanted to|wanna) die|end it all
    |end my life|(?:dont|do not) (?:want to|wanna) (?:live|be here any ?more)|better off dead|matarme|suisid\w*
    |me (?:voy a|quiero) matar|se (?:quiere|va a|quiso) matar|matarse|quitarse la vida
    |(?:kill|hurt|killing|hurting) (?:him|her|them)sel\w+
    |(?:kill|hurt)ing (?:my|him|her) ?self|quitarme la vida|(?:me )?quiero morir(?:me)?
    |no quiero (?:seguir )?viv\w+|ahorcarme
    |cortarme las venas|ya no quiero vivir|slit my wrists?"""
_DANGER = r"""^(?:9 ?1 ?1 ?)+(?:please|help|now|por favor|ya)*$|(?:call|need|llamen? al?) 911
    |(?:has|have|got|with|pointing|pulled) (?:an? )?(?:gun|knife|rifle|machete)s?
    |(?:tiene|tienen|trae|traen|con) (?:una? )?(?:pistola|arma|cuchillo|rifle|machete)s?|stab(?:bed|bing)|apunal\w+
    |(?:got|been|was|someone|somebody) shot|shots fired|shooting at|(?:estan|esta) disparando|balace[rd]a|tiroteo
    |bleeding (?:out|bad|everywhere)|desangra\w*|sangrando|(?:house|building|apartment)s? (?:is |are )?on fire
    |se (?:esta )?quema\w* (?:la casa|el edificio|mi casa)|(?:going to|gonna) kill (?:me|us|him|her)
    |me (?:va|van|quiere|quieren) a? ?matar|help me (?:please|now)|auxilio|socorro|ayudenme|kidnapp\w+|secuestr\w+
    |(?:he|hes|she|they) (?:is |are )?(?:beating|choking|raping) (?:me|her|him)|me esta (?:pegando|ahorcando|violando)
    |^(?:(?:please|i|we|need|por favor|necesito|necesitamos) ){0,3}(?:help|ayuda)
    (?: (?:me|us|please|now|por favor|ya|pronto)){0,3}$|heart attack|having a (?:stroke|seizure)
    |ataque al corazon|infarto
    |gas leak|fuga de gas"""
_PICTURED = {"🔫": " has a gun ", "🔪": " has a knife ", "🆘": " help me now "}


def _words(patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + re.sub(r"\n\s*", "", patterns) + r")\b")


RULES = {Urgency.OVERDOSE: _words(_OVERDOSE), Urgency.CRISIS: _words(_CRISIS), Urgency.DANGER: _words(_DANGER)}
"""What is unmistakable, if the model does not gainsay it. Overdose comes first: who does not breathe has minutes."""
_OF_TEXTS = Meaning.OPT_OUT, Meaning.ERASE, Meaning.OPT_IN
"""Right after a text of ours they take all the likelihood, though danger stands beside them; they tell of no past."""
_KINDS = {Urgency.CRISIS: Meaning.CRISIS, Urgency.DANGER: Meaning.DANGER}
_SENTENCES = re.compile(r"(?<=[.!?;\n])\s+")
_NO_LETTERS = re.compile(r"[\W_]+")


def by_rule(text: str) -> tuple[Urgency, ...]:
    """Return every kind of help that the wording of a text calls for unmistakably."""
    for sign, words in _PICTURED.items():
        text = text.replace(sign, words)
    folded = _NO_LETTERS.sub(" ", plain(text))
    return tuple(kind for kind, words in RULES.items() if words.search(folded))


class CallForHelp(NamedTuple):
    """Every kind of help that a text calls for, the most pressing first, and whether the desk is to see it first."""

    kinds: tuple[Urgency, ...]
    is_pressing: bool


def call_for_help(text: str, likely: Likely | None = None) -> CallForHelp:
    """Return what a text calls for; `likely` is its reading, if known."""
    certain, chance = by_rule(text), help_in(text, likely)
    in_all = sum(chance.values())
    is_told = in_all < GAINSAYS and len(text.split()) > FEW_WORDS and not any(_parts(text))
    if is_told and (likely or model().read(text)).best not in _OF_TEXTS and not re.search("911|988", text):
        certain = ()
    kinds = list(certain)
    if in_all > (NAMES_HELP if len(text.split()) >= FEWEST_WORDS else NAMES_IN_FEW):
        kinds += [max(chance, key=chance.__getitem__)]
        kinds += [kind for kind, how_likely in chance.items() if how_likely > NAMES_BOTH]
        if Urgency.OVERDOSE in kinds and Urgency.CRISIS not in certain:
            # The examples call an overdose a crisis, too.
            kinds = [kind for kind in kinds if kind is not Urgency.CRISIS]
    is_pressing = in_all > NAMES_HELP if certain else in_all > MARKS and len(text.split()) >= FEWEST_WORDS
    return CallForHelp(tuple(kind for kind in Urgency if kind in kinds), is_pressing)


def all_urgent(text: str) -> tuple[Urgency, ...]:
    """Return every kind of help that a text calls for, the most pressing first."""
    return call_for_help(text).kinds


def is_pressing(text: str) -> bool:
    """Whether the desk is to see a text before others."""
    return call_for_help(text).is_pressing


def is_sought(words: str) -> bool:
    """Whether words typed into a search call for help."""
    plain_words = words_of(words)
    if by_rule(words) or not _SOUGHT.isdisjoint(plain_words) or not _HARM.isdisjoint(concepts_of(*plain_words)):
        return True
    return sum(help_in(words).values()) > MARKS and len(plain_words) >= FEWEST_WORDS


def help_in(text: str, likely: Likely | None = None) -> dict[Urgency, float]:
    """Return how likely a text calls for each kind of help that the model knows; of a long one, its worst sentence."""
    if sum(map(str.isalpha, text)) < FEWEST_LETTERS:
        return dict.fromkeys(_KINDS, 0.0)
    parts = [model().read(part) for part in _parts(text)]
    worst = max(parts or [likely or model().read(text)], key=lambda each: each.any_of(*_KINDS.values()))
    # Of many sentences one always sounds a little like danger, so one of them has to say it plainly.
    is_plain = not parts or worst.any_of(*_KINDS.values()) > PLAINLY
    return {kind: worst.of[meaning] * is_plain for kind, meaning in _KINDS.items()}


def _parts(text: str) -> Iterator[str]:
    if len(text) > LONG:
        sentences = [*filter(None, map(str.strip, _SENTENCES.split(text)))]
        yield from sentences if len(sentences) > 1 else ()

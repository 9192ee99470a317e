"""What may stand on the card of a shared link: it shows on the phone of whoever gets it, to whoever looks over."""

from __future__ import annotations

from portal.markets.rules.names import telling_word, words

MOST_SIGNS = 200
BEGINNINGS = tuple("polic denunci arrest overdos sobredos avis report prostitu shoot tirote allanamient vend".split())
WHOLE = frozenset(
    """
    cop cops sheriff tip tips snitch snitches informer informers informant informants soplon soplones
    sell sells selling sold seller sellers raid raids redada redadas bust busts operativo operativos
    jail prison parole probation carcel prision felony felon felons adicto adictos addict addicts
    """.split()
)


def is_neutral(text: str) -> bool:
    """Whether a text says nothing of drugs, crime, police or telling on somebody, in either language."""
    said = words(text)
    return telling_word(text) is None and not any(word in WHOLE or word.startswith(BEGINNINGS) for word in said)


def on_card(text: str, instead: str) -> str:
    """A text in one line, cut between words; `instead` if it is empty or would tell too much."""
    line = " ".join(text.split())
    if not line or not is_neutral(line):
        return instead
    return line if len(line) <= MOST_SIGNS else f"{line[:MOST_SIGNS].rpartition(' ')[0] or line[:MOST_SIGNS]} …"

"""How hard a text is to read: the school grade of English, the ease of Spanish.

Kincaid, Fishburne, Rogers and Chissom (1975), and Fernández Huerta (1959, with the correction of the factor of
sentences by Law). The packages that count syllables by a dictionary fetch it from the network, so they are counted here
by rule: within two in a hundred over a page, which is enough to tell grade 6 from grade 7.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

HIGHEST_GRADE, LEAST_EASE = 6, 75
BLOCKS = frozenset("p li h1 h2 h3 dt dd label summary figcaption legend".split())
LEFT_OUT = frozenset("nav table code select svg script".split())
FEWEST_IN_SENTENCE = 5
"""Shorter texts are labels and names, whose grade says nothing."""
FEWEST_WORDS = 60
"""In fewer, a single name decides."""
WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?")
SENTENCE = re.compile(r"[.!?:;…]+(?=\s|$)")
ENGLISH = re.compile(r"[aeiouy]+")
# Of two vowels in a row two syllables are said, if neither is weak or the weak one is stressed.
SPANISH = re.compile(r"[iuüy]?[aeoáéó](?:[iuü](?![aeoáéó])|y\b)?|[íú]|[iuü]{1,2}(?:y\b)?|y\b")
SILENT = re.compile(r"(?<=[qg])u(?=[eiéí])")


def syllables(word: str, language: str) -> int:
    """Return about how many syllables a word has."""
    word = word.lower()
    if language == "es":
        return max(1, len(SPANISH.findall(SILENT.sub("", word))))
    said = re.sub(r"(?:[^laeiouyscghxz]es|[^aeiouydt]ed|[^laeiouy]e)$", "", word.removesuffix("’s"))
    return max(1, len(ENGLISH.findall(said)))


def grade(text: str) -> float:
    """Return the grade of school in the US that reads an English text."""
    by_sentence, by_word = _means(text, "en")
    return 0.39 * by_sentence + 11.8 * by_word - 15.59


def ease(text: str) -> float:
    """Return the ease of a Spanish text: above 70 it is plain, above 80 easy."""
    by_sentence, by_word = _means(text, "es")
    return 206.84 - 60 * by_word - 1.02 * by_sentence


def plain_text(main: Element) -> str:
    """Return the sentences of a page; a heading or a line of a list without a stop is one too."""
    return " ".join(said if said[-1] in ".?!:" else f"{said}." for said in _blocks(main))


def _blocks(tree: Element) -> Iterator[str]:
    for inner in tree:
        if inner.tag in LEFT_OUT:
            continue
        if inner.tag in BLOCKS and not any(one.tag in BLOCKS for one in inner.iter() if one is not inner):
            said = " ".join(" ".join(inner.itertext()).split())
            if len(said.split()) >= FEWEST_IN_SENTENCE:
                yield said
        else:
            yield from _blocks(inner)


def _means(text: str, language: str) -> tuple[float, float]:
    words = WORD.findall(text)
    sentences = max(1, len(SENTENCE.findall(text)))
    return len(words) / sentences, sum(syllables(word, language) for word in words) / max(1, len(words))

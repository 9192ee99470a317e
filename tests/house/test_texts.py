"""Words that must not stand in anything a person reads: they blame, they frighten, or they promise too much."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from portal.config import ROOT
from tests.checks import SPANISH

NEVER_IN_ENGLISH = re.compile(
    r"\b(war on drugs|snitch\w*|sting operation|round-?up|drug dealers?|offenders?|perpetrators?|suspicious"
    r"|tips?|tipsters?|action items?|dashboard|(100 ?%|completely|totally) anonymous|SMS|illegals?|aliens?)\b",
    re.IGNORECASE,
)
NEVER_IN_SPANISH = re.compile(
    r"\b(denunci\w*|sopl[oó]n?\w*|chivat\w*|guerra contra las drogas|narcos?|delincuentes?|sospechos\w+|redada"
    r"|usuari[oa]s?|(100 ?%|completamente|totalmente) anónim\w+|SMS|ilegal(es)?"
    # Spoken to as usted, never as tú.
    r"|tú|tu|tus|ti|contigo|tienes|puedes|quieres|haz|vosotros|vuestr\w+)\b",
    re.IGNORECASE,
)
COURT_OR_ENGLISH = re.compile(r"«call-in|\b(juicios?|juzg\w+)\b|quasi-|habl(ar|ó|aron) con quienes vend", re.IGNORECASE)
"""In Spanish a study decides and does not sit in judgment, and the meeting has one name."""
TEMPLATES = sorted(path for folder in ("portal", "demo") for path in (ROOT / folder / "templates").rglob("*.html"))
# The people of the demonstration city, who are called the same in both languages.
INVENTED = {"Ana", "Ben", "Odessa", "Marta", "Dana", "Ruth", "Karen", "Priya", "Joel", "Elias", "Simone", "Alma"}
CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<svg.*?</svg>", re.DOTALL)


def catalogue() -> Iterator[tuple[str, str]]:
    with SPANISH.open("rb") as file:
        yield from ((_flat(message.id), _flat(message.string)) for message in read_po(file, locale="es") if message.id)


def _flat(text: object) -> str:
    return " / ".join(map(str, text)) if isinstance(text, list | tuple) else str(text)


def bare(path: Path) -> str:
    """A template without its code and tags."""
    return re.sub(r"<[^>]*>|[\w-]+=\"[^\"]*\"", " ", CODE.sub("", path.read_text()))


def test_no_such_word_in_either_language() -> None:
    assert [english for english, _ in catalogue() if NEVER_IN_ENGLISH.search(english)] == []
    assert [spanish for _, spanish in catalogue() if NEVER_IN_SPANISH.search(spanish)] == []


def test_the_meeting_has_one_spanish_name() -> None:
    found = {english for english, spanish in catalogue() if COURT_OR_ENGLISH.search(spanish)}
    # How a place stands, not the meeting.
    assert found == {
        "On %(day)s the community spoke with those who sold",
        "The community has spoken with those who sold",
    }


def test_templates_say_nothing_that_is_not_in_the_catalogue() -> None:
    untranslated = {path.name: set(re.findall(r"[^\W\d_]{3,}", bare(path))) - INVENTED for path in TEMPLATES}
    assert {name: words for name, words in untranslated.items() if words} == {}

"""Everything is said in both languages, with no word that must not stand in anything a person reads."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from portal.config import ROOT
from tests.checks import SPANISH

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
# Said the same in both languages.
SAME = {"Email", "No", "Chat", "Total", "normal"}


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="es")


def forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [str(one or "") for one in text] if isinstance(text, list | tuple) else [str(text or "")]


def name_of(message: Message) -> str:
    return forms(message.id)[0]


@cache
def spanish() -> list[Message]:
    return [message for message in read(SPANISH) if message.id]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make messages` leaves in a copy of the folder of translations."""
    folder = tmp_path_factory.mktemp("messages")
    (folder / "es" / "LC_MESSAGES").mkdir(parents=True)
    shutil.copy(SPANISH, folder / "es" / "LC_MESSAGES")
    command = ["make", "messages", f"BIN={Path(sys.executable).parent}", f"TRANSLATIONS={folder}", "DEV="]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def header(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n\n")[0]


def test_a_catalogue_never_gets_only_a_new_date(made: Path) -> None:
    assert header(made / "es" / "LC_MESSAGES" / SPANISH.name) == header(SPANISH)


def test_the_catalogue_has_what_the_sources_say(made: Path) -> None:
    in_sources = {name_of(message) for message in read(made / "messages.pot") if message.id}
    known = {name_of(message) for message in spanish()}
    assert in_sources ^ known == set(), "run `make messages`"
    assert not read(SPANISH).obsolete


def test_nothing_is_missing_or_fuzzy() -> None:
    assert [name_of(message) for message in spanish() if not all(forms(message.string))] == []
    assert [name_of(message) for message in spanish() if message.fuzzy] == []


def test_placeholders_are_the_same() -> None:
    for message in spanish():
        asked = set(PLACEHOLDER.findall(" ".join(forms(message.id))))
        for said in forms(message.string):
            assert set(PLACEHOLDER.findall(said)) <= asked, name_of(message)
        assert set(PLACEHOLDER.findall(forms(message.string)[-1])) == asked, name_of(message)


def test_spanish_is_not_a_copy_of_the_english() -> None:
    copies = {name_of(message) for message in spanish() if forms(message.id)[0] == forms(message.string)[0]}
    assert {text for text in copies if re.search(r"[a-z]{2}", PLACEHOLDER.sub("", text))} <= SAME


def test_spanish_has_its_signs() -> None:
    for message in spanish():
        for said in forms(message.string):
            assert said.count("?") == said.count("¿"), said
            assert said.count("!") == said.count("¡"), said


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

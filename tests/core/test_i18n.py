"""Which language a page is in, and which of a text is older; the Spanish, without which no city starts; templates."""

import logging
import re
from datetime import UTC, date, datetime
from functools import partial
from unittest.mock import Mock

import pytest
from babel.support import Translations
from flask import g
from flask_babel import gettext
from hypothesis import given, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from jinja2 import DictLoader, Environment, FileSystemBytecodeCache

from portal.config import BadSettings
from portal.core import assets
from portal.core.assets import CompiledTemplates
from portal.core.i18n import LANGUAGES, Bilingual, clock, day, language, language_here, moment, speaking
from portal.core.parity import SIDES, Credit, Translation, is_stale, lacks_checker, left_behind, stale_after


def test_the_first_address_asks_the_browser(client):
    for accepted, lang in (
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("fr,de;q=0.5", "en"),
        ("fr,es;q=0.2,en;q=0.1", "es"),
        ("", "en"),
        (";;;,q=x", "en"),
    ):
        answer = client.get("/", headers={"Accept-Language": accepted})
        assert (answer.status_code, answer.location) == (302, f"/{lang}/")
        assert "Accept-Language" in answer.headers["Vary"]
        assert "Set-Cookie" not in answer.headers


def test_every_page_leads_to_itself_in_the_other_language(page):
    found = page("/es/", headers={"Accept-Language": "en"})
    assert (found.response.headers["Content-Language"], found.tree.get("lang")) == ("es", "es")
    there = page("/en/places/").follow("Español")
    assert there.path == "/es/places/"
    assert there.follow("English").path == "/en/places/"
    # Missing pages speak the language of their address.
    assert page("/es/no-hay", 404).tree.get("lang") == "es"
    assert page("/no-language", 404).tree.get("lang") == "en"
    page("/fr/", 404)


def test_dates_and_languages_are_written_as_people_here_do(app):
    saturday, evening = date(2020, 7, 4), datetime(2020, 7, 4, 22, 30, 30, tzinfo=UTC)
    for lang, of_day, of_clock, of_moment, names in (
        ("en", "Saturday, July 4, 2020", "6:30 PM", "Jul 4, 2020, 6:30 PM", ["English", "Spanish"]),
        ("es", "sábado, 4 de julio de 2020", "6:30 p.m.", "4 jul 2020, 6:30 p.m.", ["inglés", "español"]),
    ):
        with app.app_context(), speaking(lang):
            times = [re.sub(r"\s", " ", said) for said in (day(saturday), clock(evening), moment(evening))]
            assert times == [of_day, of_clock, of_moment]
            assert [language_here(code) for code in LANGUAGES] == names


def test_speaking_to_somebody_else_changes_nothing_outside(app):
    with app.test_request_context("/es/"):
        g.lang = "es"
        with speaking("en"):
            assert (language(), gettext("Leave this page")) == ("en", "Leave this page")
            with speaking("es"):
                assert gettext("Leave this page") == "Salir de esta página"
            assert language() == "en"
        assert language() == "es"
    with app.app_context():
        with pytest.raises(ZeroDivisionError), speaking("es"):
            raise ZeroDivisionError
        assert language() == "en"


HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
WHOLE = HEADER + 'msgid "Report"\nmsgstr "Avisar"\n'


def of_translations(folder):
    """A catalogue with one text, and what compiles it."""
    source = folder / "es" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text(WHOLE, encoding="utf-8")
    return source, partial(assets.compiled_catalogue, folder / "data", translations=folder)


def catalogue(folder, locale):
    return Translations.load(str(folder), [locale])


def test_it_is_compiled_once_for_each_content(tmp_path):
    source, compiled = of_translations(tmp_path)
    first = compiled(must_be_whole=True)
    assert [catalogue(first, locale).gettext("Report") for locale in ("es_US", "en_US")] == ["Avisar", "Report"]
    made = (first / "es" / "LC_MESSAGES" / "messages.mo").stat().st_mtime_ns
    assert compiled(must_be_whole=True) == first
    assert (first / "es" / "LC_MESSAGES" / "messages.mo").stat().st_mtime_ns == made
    # However old the file claims to be: an upgrade by copying keeps the times of another machine.
    source.write_text(WHOLE.replace("Avisar", "Denunciar"), encoding="utf-8")
    second = compiled(must_be_whole=True)
    assert catalogue(second, "es_US").gettext("Report") == "Denunciar"


def test_city_does_not_start_while_text_has_no_spanish(tmp_path, caplog):
    source, compiled = of_translations(tmp_path)
    for entry in (
        'msgid "Help"\nmsgstr ""\n',
        '#, fuzzy\nmsgid "Help"\nmsgstr "Avisar"\n',
        'msgid "Help"\nmsgid_plural "Helps"\nmsgstr[0] "Ayuda"\nmsgstr[1] ""\n',
    ):
        source.write_text(WHOLE + "\n" + entry, encoding="utf-8")
        with pytest.raises(BadSettings, match=r"1 text\(s\) without Spanish, such as “Help”"):
            compiled(must_be_whole=True)
        # Whoever works on the texts goes on, and is told; and what was made for that does not do for a city.
        with caplog.at_level(logging.WARNING, "portal"):
            compiled(must_be_whole=False)
        assert "1 text(s) without Spanish" in caplog.text
        caplog.clear()
        with pytest.raises(BadSettings):
            compiled(must_be_whole=True)
        assert {path.name[:4] for path in (tmp_path / "data" / "translations").iterdir()} == {"any-"}


def test_catalogue_that_is_away_damaged_or_broken_ends_start(tmp_path):
    source, compiled = of_translations(tmp_path)

    def refused(why):
        with pytest.raises(BadSettings, match=why):
            compiled(must_be_whole=True)

    source.write_bytes(WHOLE.encode() + b'\nmsgid "\xff"\nmsgstr "x"\n')
    refused("damaged")
    source.unlink()
    refused("cannot be read")
    entry = 'msgid "Wait"\nmsgstr "Espere"\n\nmsgid "Say “Slow\\"!”"\nmsgstr "Diga \\"Lento\\"!"\n'
    whole = HEADER + entry + 'msgid "Help"\nmsgstr "Ayuda \\"pronto\\""\n'
    begins = len(HEADER + entry)
    for cut in (*range(0, len(HEADER), 7), *range(begins + 1, len(whole) - 1, 3)):
        source.write_text(whole[:cut], encoding="utf-8")
        refused("damaged" if cut < begins else "damaged|without Spanish")
    source.write_text(whole, encoding="utf-8")
    assert catalogue(compiled(must_be_whole=True), "es_US").gettext("Help") == 'Ayuda "pronto"'


def page_of(folder, source="{{ 6 * 7 }}"):
    loader = DictLoader({"page_of.html": source})
    return Environment(loader=loader, bytecode_cache=CompiledTemplates(folder)).get_template("page_of.html").render()


def test_a_second_start_compiles_only_changes(tmp_path, monkeypatch):
    assert page_of(tmp_path) == "42"
    with monkeypatch.context() as patch:
        patch.setattr(Environment, "compile", lambda *_args, **_kwargs: pytest.fail("compiled again"))
        assert page_of(tmp_path) == "42"
    assert page_of(tmp_path, "{{ 6 * 8 }}") == "48"
    for kept in tmp_path.iterdir():
        kept.write_bytes(kept.read_bytes()[:40])
    assert page_of(tmp_path) == "42"
    # What cannot be kept is compiled each time.
    (tmp_path / "file").write_text("no folder")
    assert page_of(tmp_path / "file") == "42"
    full = Mock(side_effect=OSError(28, "No space left on device"))
    monkeypatch.setattr(FileSystemBytecodeCache, "dump_bytecode", full)
    assert page_of(tmp_path / "full") == "42"


NAMES = ("title", "body")
NONE = frozenset()
said = st.sampled_from(["", "one", "two", "three words here"])
texts = st.fixed_dictionaries({name: st.builds(Bilingual, en=said, es=said) for name in NAMES})
marks = st.frozensets(st.sampled_from([f"{name}_{side}" for name in NAMES for side in SIDES]))
TEXT = {"title": Bilingual("one", "uno"), "body": Bilingual("two", "dos")}
# What one field's two sides are to each other, and what becomes of that: the same written down as a table.
TABLE = {
    ("level", "en"): "es is older",
    ("level", "es"): "en is older",
    ("es is older", "en"): "es is older",
    ("es is older", "es"): "level",
    ("en is older", "es"): "en is older",
    ("en is older", "en"): "level",
}
MARK = {"level": None, "es is older": "es", "en is older": "en"}


def changed(name, side, text):
    halves = {"en": TEXT[name].en, "es": TEXT[name].es, side: text}
    return TEXT | {name: Bilingual(**halves)}


class TwoEditors(RuleBasedStateMachine):
    """Fields that are never empty, edited for a long time; a table keeps count beside the rule."""

    def __init__(self):
        super().__init__()
        self.texts, self.stale, self.number = dict(TEXT), NONE, 0
        self.state = dict.fromkeys(NAMES, "level")

    @rule(edits=st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(SIDES))))
    def save(self, edits):
        after = {}
        for name, text in self.texts.items():
            halves = {"en": text.en, "es": text.es}
            sides = [side for side in SIDES if (name, side) in edits]
            for side in sides:
                self.number += 1
                halves[side] = f"text {self.number}"
            after[name] = Bilingual(**halves)
            if len(sides) == 2:
                self.state[name] = "level"
            elif sides:
                self.state[name] = TABLE[self.state[name], sides[0]]
        self.stale, self.texts = stale_after(self.texts, after, self.stale), after

    @rule()
    def send_the_form_as_a_browser_does(self):
        after = {name: Bilingual(f" {text.en}\r\n", text.es) for name, text in self.texts.items()}
        assert stale_after(self.texts, after, self.stale) == self.stale

    @invariant()
    def the_marks_are_those_of_the_table(self):
        assert self.stale == {f"{name}_{MARK[state]}" for name, state in self.state.items() if MARK[state]}


TestTwoEditors = TwoEditors.TestCase


@given(before=texts, after=texts, stale=marks)
def test_no_field_is_behind_on_both_sides_or_empty(before, after, stale):
    found = stale_after(before, after, stale) - stale
    assert not any({f"{name}_en", f"{name}_es"} <= found for name in NAMES)
    assert all(getattr(after[mark[:-3]], mark[-2:]) for mark in found)


def test_one_side_changed_makes_the_other_older():
    half, both = (
        TEXT | {"body": Bilingual("two", "")},
        changed("title", "en", "new") | {"body": Bilingual("two", "nuevo")},
    )
    for before, after, stale, expected in (
        (TEXT, changed("body", "en", "new"), NONE, {"body_es"}),
        (TEXT, changed("body", "es", "nuevo"), NONE, {"body_en"}),
        # Changes of two fields do not balance each other.
        (TEXT, both, NONE, {"title_es", "body_en"}),
        # A first translation makes nothing older.
        (half, TEXT, NONE, NONE),
        (TEXT, half, frozenset({"body_es"}), NONE),
    ):
        assert stale_after(before, after, stale) == expected
    assert left_behind(TEXT, both) == ("title_es", "body_en")
    # A page is older when any of its fields is.
    stale = frozenset({"title_en", "body_es"})
    assert is_stale(stale, "en") and is_stale(stale, "es")
    assert not is_stale(frozenset({"body_es"}), "en")
    # Who says checked says by whom.
    for translation, reviewer, lacks in (
        *((Translation.MACHINE_CHECKED, " ", True), (Translation.MACHINE_CHECKED, "Rosa", False)),
        (Translation.MACHINE, "", False),
    ):
        assert lacks_checker(Credit(translation=translation, reviewed_by=reviewer)) is lacks
    assert not lacks_checker(Credit())

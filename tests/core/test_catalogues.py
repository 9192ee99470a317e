"""What is made once: the Spanish, without all of which no city starts, and compiled templates."""

import logging
from functools import partial

import pytest
from jinja2 import DictLoader, Environment, FileSystemBytecodeCache

from portal.config import BadSettings
from portal.core import catalogues
from portal.core.catalogues import catalogue
from portal.core.made_once import CompiledTemplates

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
WHOLE = HEADER + 'msgid "Report"\nmsgstr "Avisar"\n'


def of_translations(folder):
    """A catalogue with one text, and what compiles it."""
    source = folder / "es" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text(WHOLE, encoding="utf-8")
    return source, partial(catalogues.compiled, folder / "data", translations=folder)


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


def test_a_second_start_compiles_only_what_is_new_or_broken(tmp_path, monkeypatch):
    assert page_of(tmp_path) == "42"
    with monkeypatch.context() as patch:
        patch.setattr(Environment, "compile", lambda *_args, **_kwargs: pytest.fail("compiled again"))
        assert page_of(tmp_path) == "42"
    assert page_of(tmp_path, "{{ 6 * 8 }}") == "48"
    for kept in tmp_path.iterdir():
        kept.write_bytes(kept.read_bytes()[:40])
    assert page_of(tmp_path) == "42"


def test_what_cannot_be_kept_is_compiled_each_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    assert page_of(tmp_path / "file") == "42"

    def full(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemBytecodeCache, "dump_bytecode", full)
    assert page_of(tmp_path / "full") == "42"

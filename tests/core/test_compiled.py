"""Compiled templates are kept, and whatever hinders that hinders no page."""

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment, FileSystemBytecodeCache

from portal.core.made_once import CompiledTemplates


def page(folder: Path, source: str = "{{ 6 * 7 }}") -> str:
    """The page that a process makes which starts now."""
    loader = DictLoader({"page.html": source})
    return Environment(loader=loader, bytecode_cache=CompiledTemplates(folder)).get_template("page.html").render()


def test_a_second_start_compiles_nothing(tmp_path, monkeypatch) -> None:
    assert page(tmp_path / "kept") == "42"
    monkeypatch.setattr(Environment, "compile", lambda *_args, **_kwargs: pytest.fail("compiled again"))
    assert page(tmp_path / "kept") == "42"


def test_another_source_is_compiled_anew(tmp_path) -> None:
    assert page(tmp_path) == "42"
    assert page(tmp_path, "{{ 6 * 8 }}") == "48"


def test_what_cannot_be_kept_is_compiled_each_time(tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("no folder")
    assert page(tmp_path / "file") == "42"

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(FileSystemBytecodeCache, "dump_bytecode", full)
    assert page(tmp_path / "full") == "42"


def test_what_was_half_written_is_not_believed(tmp_path) -> None:
    page(tmp_path)
    for kept in tmp_path.iterdir():
        kept.write_bytes(kept.read_bytes()[:40])
    assert page(tmp_path) == "42"

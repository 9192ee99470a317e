"""Codes that people type."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from portal.core.texted import CODE_LENGTH, CODE_LETTERS, code_from, read_code, show_code


@given(st.binary(min_size=8, max_size=32))
def test_a_code_is_read_however_it_is_typed(numbers: bytes) -> None:
    code = code_from(numbers)
    assert len(code) == CODE_LENGTH
    assert set(code) <= set(CODE_LETTERS)
    for typed in (code, show_code(code), show_code(code).upper(), f" {code[:4]} {code[4:]}. "):
        assert read_code(typed) == code


def test_what_cannot_be_a_code_is_none() -> None:
    assert [
        typed for typed in ("", "k7f2", "k7f2qd3mm", "aeiouaei", "k7f2-qd3ñ", "x" * 500) if read_code(typed) is not None
    ] == []

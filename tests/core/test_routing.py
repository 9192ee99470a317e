"""Addresses are built as the library builds them, by something that is compiled when it is needed."""

from __future__ import annotations

import pytest
from werkzeug.routing import Map
from werkzeug.routing import Rule as EagerRule

from portal.core.engines import LazyRule as Rule

RULES = {
    "front": ("/<string(length=2):lang>/", {}),
    "page": ("/<string(length=2):lang>/places/<slug>/<int:number>", {}),
    "first": ("/all/", {"number": 1}),
    "all": ("/all/<int:number>", {}),
}


def built(kind: type[EagerRule], endpoint: str, values: dict) -> str:
    addresses = Map([kind(path, endpoint=name, defaults=defaults) for name, (path, defaults) in RULES.items()])
    return addresses.bind("portal.test", url_scheme="https").build(endpoint, values, force_external=True)


def test_an_address_is_that_of_the_library() -> None:
    assert [
        (endpoint, values)
        for endpoint, values in (
            ("front", {"lang": "en"}),
            ("page", {"lang": "es", "slug": "a b/ñ", "number": 12}),
            ("page", {"lang": "es", "slug": "elm", "number": 12, "next": "/x?y"}),
            ("first", {"number": 1}),
            ("all", {"number": 3, "sort": ["a", "b"]}),
        )
        if built(Rule, endpoint, values) != built(EagerRule, endpoint, values)
    ] == []


def test_it_is_compiled_once_and_not_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    compiling = EagerRule._compile_builder

    def count(rule: EagerRule, append_unknown: bool = True) -> object:
        compiled.append((rule.rule, append_unknown))
        return compiling(rule, append_unknown)

    monkeypatch.setattr(EagerRule, "_compile_builder", count)
    addresses = Map([Rule("/en/", endpoint="en"), Rule("/es/", endpoint="es")]).bind("portal.test")
    assert compiled == []
    assert [addresses.build("es") for _again in range(2)] == ["/es/", "/es/"]
    assert compiled == [("/es/", True)]

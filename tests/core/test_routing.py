"""Addresses, regular expressions and errors: compiled when needed, and with their status."""

import re

from sqlalchemy import exc
from werkzeug.exceptions import NotFound as NoPage
from werkzeug.routing import Map
from werkzeug.routing import Rule as EagerRule

from portal.core.engines import LazyRule as Rule
from portal.core.patterns import LazyPattern
from portal.core.statuses import NotAllowed, NotFound, Refused, status_of

RULES = {
    "front": ("/<string(length=2):lang>/", {}),
    "page": ("/<string(length=2):lang>/places/<slug>/<int:number>", {}),
    "first": ("/all/", {"number": 1}),
    "all": ("/all/<int:number>", {}),
}


def built(kind, endpoint, values):
    addresses = Map([kind(path, endpoint=name, defaults=defaults) for name, (path, defaults) in RULES.items()])
    return addresses.bind("portal.test", url_scheme="https").build(endpoint, values, force_external=True)


def test_an_address_is_that_of_the_library():
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


def test_it_is_compiled_once_when_needed(monkeypatch):
    compiled = []
    compiling = EagerRule._compile_builder

    def count(rule, append_unknown=True):
        compiled.append((rule.rule, append_unknown))
        return compiling(rule, append_unknown)

    monkeypatch.setattr(EagerRule, "_compile_builder", count)
    addresses = Map([Rule("/en/", endpoint="en"), Rule("/es/", endpoint="es")]).bind("portal.test")
    assert compiled == []
    assert [addresses.build("es") for _again in range(2)] == ["/es/", "/es/"]
    assert compiled == [("/es/", True)]


def test_pattern_is_compiled_once_and_when_used():
    pattern = LazyPattern(r"(elm|oak) street", re.IGNORECASE)
    assert "_compiled" not in vars(pattern)
    assert pattern.search("by Elm Street") is not None
    compiled = vars(pattern)["_compiled"]
    assert pattern.search("Elm Street", 1) is None
    assert pattern.match("by elm street", 3) is not None
    assert pattern.fullmatch("by elm street") is None
    assert pattern.sub("there", "at Oak street") == "at there"
    assert pattern.findall("elm street, oak street") == ["elm", "oak"]
    assert vars(pattern)["_compiled"] is compiled


def test_an_error_has_its_status():
    assert [
        (error, status)
        for error, status in (
            (NotAllowed(), 403),
            (NotFound(), 404),
            (Refused("closed"), 409),
            (NoPage(), 404),
            (exc.OperationalError("", {}, Exception("database is locked")), 503),
            (exc.TimeoutError("no connection became free"), 503),
            (OSError("no space left"), 503),
            (ValueError(), 500),
        )
        if status_of(error) != status
    ] == []

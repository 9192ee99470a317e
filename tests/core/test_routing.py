"""Addresses that are compiled when needed are those of the library, and each error has its status."""

from sqlalchemy import exc
from werkzeug.exceptions import NotFound as NoPage
from werkzeug.routing import Map
from werkzeug.routing import Rule as EagerRule

from portal.core.engines import LazyRule as Rule
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
    for endpoint, values in (
        ("front", {"lang": "en"}),
        ("page", {"lang": "es", "slug": "a b/ñ", "number": 12}),
        ("page", {"lang": "es", "slug": "elm", "number": 12, "next": "/x?y"}),
        ("first", {"number": 1}),
        ("all", {"number": 3, "sort": ["a", "b"]}),
    ):
        assert built(Rule, endpoint, values) == built(EagerRule, endpoint, values)


def test_an_error_has_its_status():
    for error, status in (
        (NotAllowed(), 403),
        (NotFound(), 404),
        (Refused("closed"), 409),
        (NoPage(), 404),
        (exc.OperationalError("", {}, Exception("database is locked")), 503),
        (exc.TimeoutError("no connection became free"), 503),
        (OSError("no space left"), 503),
        (ValueError(), 500),
    ):
        assert status_of(error) == status, error

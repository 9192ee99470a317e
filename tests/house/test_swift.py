"""Portals of tests share what is alike, and nothing of what one of them has alone."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map

from portal.app import create_app
from portal.config import Settings
from portal.core.web import PUBLIC, AudienceBlueprint, Portal
from tests import swift


def rules(app: Portal) -> list[tuple[object, ...]]:
    return [
        (rule.rule, rule.endpoint, rule.methods, rule.arguments, rule.defaults, rule.strict_slashes)
        for rule in app.url_map.iter_rules()
    ]


def test_rules_that_are_shared_are_those_that_flask_adds(
    app: Portal, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(app.url_map, swift.SharedMap)
    monkeypatch.setattr(Flask, "url_map_class", Map)
    monkeypatch.setattr(BlueprintSetupState, "add_url_rule", swift.add_url_rule_of_flask)
    alone = create_app(settings)
    assert rules(app) == rules(alone)
    assert app.view_functions == alone.view_functions
    assert set(app.url_map._matcher._root.static) == set(alone.url_map._matcher._root.static)


def test_a_rule_of_one_portal_is_no_rule_of_another(app: Portal, settings: Settings) -> None:
    app.url_map.update()
    other, later = create_app(settings), create_app(settings)
    room = AudienceBlueprint("extra", __name__, audience=PUBLIC)
    room.add_url_rule("/extra/", "extra", lambda lang: lang)
    other.register_blueprint(room)
    assert other.url_map.bind("").match("/en/extra/") == ("extra.extra", {"lang": "en"})
    for untouched in (app, later):
        with pytest.raises(NotFound):
            untouched.url_map.bind("").match("/en/extra/")
        assert "extra.extra" not in untouched.view_functions

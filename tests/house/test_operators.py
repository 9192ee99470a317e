"""What docs/operators.md tells operators to write is what the portal needs."""

import configparser
import re

import pytest

from portal.config import ROOT, Settings

GUIDE = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
NOT_FOR_OPERATORS = {"twilio_api_base", "calendars_from_here"}


def unit(name):
    found = re.search(rf"portal-{name}\.service`:\n\n((?:    .*\n|\n)+)", GUIDE)
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read_string("\n".join(line.strip() for line in found[1].splitlines()))
    return parser


@pytest.mark.parametrize(("name", "command"), [("web", "-m portal.server"), ("worker", "flask worker")])
def test_each_process_has_a_unit_that_comes_back_and_keeps_to_itself(name, command):
    found = unit(name)
    assert command in found["Service"]["ExecStart"]
    assert (found["Service"]["Restart"], found["Unit"]["StartLimitIntervalSec"]) == ("always", "0")
    assert (found["Service"]["UMask"], found["Service"]["LimitCORE"]) == ("0077", "0")


def test_every_setting_is_explained_and_every_explained_one_exists():
    table = GUIDE.partition("| setting | what it is for |\n|---|---|\n")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines() for name in re.findall(r"`([A-Z][A-Z_]+)`", row.split("|")[1])}
    explained = {name.lower() for name in named} | {"emergency_note_es", "immigration_note_es", "samaritan_note_es"}
    assert explained == set(Settings.model_fields) - NOT_FOR_OPERATORS


def test_each_proxy_is_told_to_overwrite_what_the_portal_believes():
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"):
        assert re.search(rf"proxy_set_header {header} \$(remote_addr|scheme|host);", GUIDE)
        assert re.search(rf"header_up {header} {{(remote_host|scheme|host)}}", GUIDE)

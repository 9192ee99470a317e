"""What docs/operators.md tells operators to write is what the portal needs."""

import re

import pytest

from portal.config import ROOT, Settings

GUIDE = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
NOT_FOR_OPERATORS = {"twilio_api_base"}


@pytest.mark.parametrize("folder", ["systemd", "nginx", "caddy", "tor", "logs"])
def test_the_files_that_are_to_be_copied_are_named(folder):
    assert f"deploy/{folder}/" in GUIDE


def test_each_unit_is_explained():
    named = set(re.findall(r"`(portal-\w+@?)`", GUIDE))
    assert named == {path.stem for path in (ROOT / "deploy" / "systemd").glob("*.service")}


def test_every_setting_is_explained_and_every_explained_one_exists():
    table = GUIDE.partition("| setting | what it is for |\n|---|---|\n")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines() for name in re.findall(r"`([A-Z][A-Z_]+)`", row.split("|")[1])}
    explained = {name.lower() for name in named} | {"emergency_note_es", "immigration_note_es", "samaritan_note_es"}
    assert explained == set(Settings.model_fields) - NOT_FOR_OPERATORS

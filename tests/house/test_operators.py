"""What the documents for operators tell them to write is what the portal needs."""

import re

from portal.config import ROOT
from portal.doctor import settings_table

DOCS = ROOT / "docs"
INSTALL = (DOCS / "install.md").read_text(encoding="utf-8")


def test_the_files_that_are_to_be_copied_are_named():
    assert [name for name in ("systemd", "nginx", "caddy", "tor", "logs") if f"deploy/{name}/" not in INSTALL] == []


def test_each_unit_is_explained():
    named = set(re.findall(r"`(portal-\w+|alarm-\w+@)`", INSTALL))
    assert named == {path.stem for path in (ROOT / "deploy" / "systemd").glob("*.service")}


def test_the_table_of_settings_is_made_from_the_settings():
    assert (DOCS / "settings.md").read_text(encoding="utf-8").splitlines() == list(settings_table())


def test_settings_that_the_guides_name_exist():
    table = set(re.findall(r"`(PORTAL_\w+)`", "\n".join(settings_table())))
    guides = ("install", "keep", "trouble", "number", "several-machines")
    texts = ((DOCS / f"{guide}.md").read_text(encoding="utf-8") for guide in guides)
    named = {name for text in texts for name in re.findall(r"PORTAL_[A-Z_]+[A-Z]", text)}
    assert named <= table

"""Nobody but the portal's own user can read what is stored, however it came to lie there."""

import os
import stat
import subprocess
import sys
import tempfile

import pytest
from cryptography.fernet import Fernet

from portal.app import create_app
from portal.config import ROOT, BadSettings
from portal.core.data_folder import open_to_others


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_new_site_is_closed_from_its_first_command_on(tmp_path):
    data, memory = tmp_path / "site" / "data", tmp_path / "memory"
    memory.mkdir(mode=0o700)
    given = {
        "PORTAL_PUBLIC_URL": "https://portal.test",
        "PORTAL_SECRET": "x7f3k9q2m5v8b1n4c6z0a9s8d7f6g5h4",
        "PORTAL_CIPHER_KEYS": Fernet.generate_key().decode(),
        "PORTAL_DATA_DIR": str(data),
        "PORTAL_MEMORY_DIR": str(memory),
    }
    subprocess.run([sys.executable, "-m", "flask", "db", "upgrade"], cwd=ROOT, env=given, umask=0o022, check=True)
    # Copies of what everybody may read on the site anyway; the folders around them are closed.
    public = set(data.glob("static/*/*"))
    for path in {data, *data.rglob("*"), *memory.iterdir()} - public:
        assert mode(path) & 0o077 == 0, path
    assert (data / "portal.db").is_file()


@pytest.fixture
def site(settings, tmp_path):
    """A site whose files were copied by somebody whose umask is 022; ours is that of `wsgi.py`."""
    before = os.umask(0o077)
    data, memory = tmp_path / "copied", tmp_path / "memory"
    for folder in (data, memory):
        folder.mkdir()
        folder.chmod(0o755)
    for name in ("portal.db", "portal.db-wal", "jobs.db", "a backup.db"):
        open_file(data / name)
    (data / "static").symlink_to(settings.data_dir / "static")
    yield settings.model_copy(update={"data_dir": data, "memory_dir": memory})
    os.umask(before)


def open_file(path):
    path.touch()
    path.chmod(0o644)


def test_what_was_copied_is_closed_at_the_start(site, tmp_path):
    open_file(tmp_path / "passwd")
    (site.data_dir / "link").symlink_to(tmp_path / "passwd")
    assert open_to_others(site)
    create_app(site)
    assert open_to_others(site) == []
    assert (mode(site.data_dir), mode(site.data_dir / "jobs.db")) == (0o700, 0o600)
    assert mode(tmp_path / "passwd") == 0o644, "what is linked is left alone"


def test_database_elsewhere_is_closed_but_not_folder_around_it(site, tmp_path):
    elsewhere, shared = tmp_path / "elsewhere", tmp_path / "shared"
    # Nor is a folder that is everybody's.
    for folder, how_open in ((elsewhere, 0o755), (shared, 0o1777)):
        folder.mkdir()
        folder.chmod(how_open)
    for path in (elsewhere / "city.db", elsewhere / "city.db-wal", elsewhere / "other.txt", shared / "somebody's"):
        open_file(path)
    site = site.model_copy(update={"database_url": f"sqlite:///{elsewhere / 'city.db'}", "memory_dir": shared})
    create_app(site)
    assert [mode(path) for path in sorted(elsewhere.iterdir())] == [0o600, 0o600, 0o644]
    assert [mode(path) for path in (elsewhere, shared, shared / "somebody's")] == [0o755, 0o1777, 0o644]
    assert open_to_others(site)[0] == shared


def test_folders_of_others_stop_the_start(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(BadSettings, match="cannot be written to by the user that the portal runs as"):
        create_app(settings)
    monkeypatch.setattr(os, "access", lambda path, _how: str(path) != "/dev/shm")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    with pytest.raises(BadSettings, match="belongs to somebody else: remove it, or set PORTAL_MEMORY_DIR"):
        create_app(settings.model_copy(update={"memory_dir": None}))
    assert [path.name[:18] for path in tmp_path.glob("common-*")] == ["common-ground-4711"]

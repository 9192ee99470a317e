"""The files of deploy/ name commands, settings, lists and files that exist; the proxies keep nothing of visitors."""

import configparser
import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml  # type: ignore[import-untyped]

from portal.backups import KEEP_DAYS
from portal.config import ROOT, Settings, unknown_settings
from portal.doctor import settings_table
from portal.server import HOST, command

DEPLOY = ROOT / "deploy"
FILES = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file()]
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))
PROXIES = [*(DEPLOY / "nginx").iterdir(), *(DEPLOY / "caddy").iterdir()]
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
KEPT_OUT = (DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
LIVE = "/health/live"


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment]
    parser.read_string(text(path))
    if path.name.startswith("portal-") and path.suffix == ".service":
        # Part of each of them, as systemd reads it.
        parser.read_string(text(DEPLOY / "systemd" / "portal-.service.d" / "confined.conf"))
    return parser


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text(DEPLOY / "compose.yaml"))
    return found


def flask_commands(words: str) -> list[list[str]]:
    """What follows `flask` in command lines, but for options of flask itself."""
    found = re.findall(r"(?<![\w-])flask (?:--env-file \S+ )?([a-z](?:[\w@/. -]*[\w])?)", words)
    return [shlex.split(one) for one in found]


def check_command(app, arguments: list[str]) -> None:
    """Fail unless the command exists and has these options."""
    found: click.Command = app.cli
    with app.app_context(), click.Context(found) as context:
        while isinstance(found, click.Group) and arguments:
            first, *arguments = arguments
            found = found.get_command(context, first) or pytest.fail(f"there is no command {first}")
    assert not isinstance(found, click.Group), found.name
    options = {name for one in found.params for name in one.opts}
    assert {one for one in arguments if one.startswith("--")} <= options, found.name


GUIDES = [ROOT / "docs" / f"{name}.md" for name in ("install", "keep", "trouble", "number", "several-machines")]
COMMANDED = [*UNITS, DEPLOY / "compose.yaml", DEPLOY / "portal.env.example", *GUIDES]


def test_every_command_exists_and_takes_its_options(app) -> None:
    for path in COMMANDED:
        words = re.sub(r"\[flask, (\w+)\]", r"flask \1", text(path))
        commands = flask_commands(words)
        assert commands or not re.search(r"\bflask\b", words)
        for arguments in commands:
            check_command(app, arguments)


def test_every_setting_exists() -> None:
    # What compose and Caddy read themselves.
    own = {"PORTAL_HOST", "PORTAL_UPSTREAM", "PORTAL_NAME"}
    for path in (*FILES, *GUIDES):
        assert unknown_settings(set(re.findall(r"\bPORTAL_[A-Z_]+\b", text(path))) - own) == {}, path


def test_example_names_no_secret_and_what_start_needs() -> None:
    lines = dict(re.findall(r'^(PORTAL_\w+)="(.*)"$', text(DEPLOY / "portal.env.example"), re.MULTILINE))
    assert lines["PORTAL_SECRET"] == lines["PORTAL_CIPHER_KEYS"] == ""
    given = {name.removeprefix("PORTAL_").lower(): value for name, value in lines.items() if value}
    strong = {"secret": "0123456789abcdef" * 3, "cipher_keys": "A" * 43 + "="}
    settings = Settings(environment="production", **(given | strong))
    assert settings.proxy_hops == 1


def test_units_run_as_the_portal_and_keep_to_themselves() -> None:
    hard = {"UMask": "0077", "LimitCORE": "0", "ProtectSystem": "strict", "CapabilityBoundingSet": ""}
    hard |= {"EnvironmentFile": "/etc/portal.env", "LogNamespace": "portal", "StateDirectory": "portal"}
    hard |= dict.fromkeys(
        ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictNamespaces"), "yes"
    )
    for path in UNITS:
        service = unit(path)["Service"]
        assert service["User"] == "portal"
        assert "@" in path.name or {name: service[name] for name in hard} == hard, path


def test_web_and_worker_come_back_and_may_end() -> None:
    for name in ("web", "worker"):
        found = unit(DEPLOY / "systemd" / f"portal-{name}.service")
        assert (found["Service"]["Restart"], found["Unit"]["StartLimitIntervalSec"]) == ("always", "0")
        assert int(found["Service"]["TimeoutStopSec"]) > 12
    started = unit(DEPLOY / "systemd" / "portal-web.service")["Service"]["ExecStart"].split()
    assert started[1:3] == command(8000)[1:3]
    assert set(started[3::2]) <= set(command(8000)[3::2])


def test_every_timer_has_its_unit_and_makes_up() -> None:
    for path in TIMERS:
        assert path.with_suffix(".service") in UNITS
        assert unit(path)["Timer"]["Persistent"] == "yes"
        alarm = unit(path.with_suffix(".service"))["Unit"]["OnFailure"]
        assert (DEPLOY / "systemd" / alarm.replace("%n", "")).exists()


def test_image_is_of_locked_wheels_and_runs_as_nobody() -> None:
    version = re.search(r"python:(\d+\.\d+)-slim", CONTAINERFILE)
    wanted = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]["requires-python"].removeprefix(">=")
    assert version and tuple(map(int, version[1].split("."))) >= tuple(map(int, wanted.split(".")))
    assert "--require-hashes --only-binary :all: -r requirements/app.txt" in CONTAINERFILE
    last = CONTAINERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    assert not re.search(r"gcc|pip", last)
    # Nothing but the client programs of the very PostgreSQL that runs beside it.
    (client,) = re.findall(r"apt-get install --yes --no-install-recommends (.+?) &&", last)
    assert client == f"postgresql-client-{compose()['services']['db']['image'].partition('postgres:')[2].split('-')[0]}"
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE):
        assert all((ROOT / one).exists() for one in source.split()), source
        # What is not listed there never reaches the image: data, settings, history.
        assert {f"!{one}" for one in source.split()} <= set(KEPT_OUT[KEPT_OUT.index("*") + 1 :]), source


def test_image_is_asked_for_life_where_it_listens() -> None:
    assert f"http://127.0.0.1:8000{LIVE}" in CONTAINERFILE
    started = re.findall(r'"([^"]+)"', CONTAINERFILE.rpartition("\nCMD ")[2])
    assert started[1:3] == command(8000)[1:3]
    assert dict(zip(started[3::2], started[4::2], strict=True))["--port"] == "8000"
    # Only in a container, behind its network.
    assert HOST == "127.0.0.1"


def test_services_are_confined_and_only_the_proxy_is_open() -> None:
    services = compose()["services"]
    for name, service in services.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert ("ports" in service) == (name == "proxy"), name
    networks = compose()["networks"]
    assert [networks[one]["internal"] for one in services["db"]["networks"]] == [True]
    assert all(networks[one]["internal"] for one in services["web"]["networks"])
    user = re.search(r"^USER (\S+)$", CONTAINERFILE, re.MULTILINE)
    assert user and services["web"]["user"] == services["worker"]["user"] == user[1]
    assert services["proxy"]["environment"]["PORTAL_UPSTREAM"] == "web:8000"


def test_mounted_files_exist_and_secrets_are_never_committed() -> None:
    mounted = [one.split(":")[0] for one in compose()["services"]["proxy"]["volumes"] if one.startswith("./")]
    assert mounted and all((DEPLOY / one).exists() for one in mounted)
    ignored = text(ROOT / ".gitignore").splitlines()
    assert "deploy/portal.env" in ignored and "deploy/.env" in ignored


def test_containers_share_database_memory_and_backups() -> None:
    found = compose()
    volumes = set(found["volumes"])
    for name in ("web", "worker", "timers"):
        service = found["services"][name]
        mounted = dict(one.split(":")[:2][::-1] for one in service["volumes"])
        given = {key.removeprefix("PORTAL_").lower(): value for key, value in service["environment"].items()}
        given["database_url"] = re.sub(r"\$\{DB_PASSWORD:.*?\}", "abc", given["database_url"])
        settings = Settings(environment="test", **given)
        assert (settings.database, settings.jobs_engine) == ("postgresql+psycopg://portal:abc@db/portal", "postgres")
        assert mounted[str(settings.memory_dir)] == "memory" and mounted[str(settings.backup_dir)] == "backups", name
        assert set(mounted.values()) <= volumes
    assert found["services"]["db"]["environment"]["POSTGRES_USER"] == "portal"
    assert "/var/backups/portal && chmod" in CONTAINERFILE


def test_timers_of_containers_do_what_units_do(tmp_path: Path) -> None:
    done = {name: tmp_path / name for name in ("flask", "sleep", "date")}
    # One hour passes, and it is seven o'clock.
    for name, says in (("flask", 'echo "$@"'), ("sleep", f"mkdir {tmp_path}/slept 2> /dev/null"), ("date", "echo 07")):
        done[name].write_text(f"#!/bin/sh\n{says}\n")
        done[name].chmod(0o755)
    script = compose()["services"]["timers"]["command"][-1].replace("$$", "$")
    path = f"{tmp_path}:{os.environ['PATH']}"
    ran = subprocess.run(["sh", "-c", script], env={"PATH": path}, capture_output=True, text=True, check=False)
    assert (ran.stdout.splitlines(), ran.stderr) == (
        ["backup --only-erasures", "doctor check --alarm", "backup"],
        "",
    )


def blocks(conf: str) -> list[str]:
    return re.findall(r"^server \{.*?^\}", conf, re.MULTILINE | re.DOTALL)


def test_nginx_keeps_nothing() -> None:
    for path in (DEPLOY / "nginx").iterdir():
        conf = text(path)
        assert set(re.findall(r"access_log ([^;]+);", conf)) == {"off"}
        assert all("access_log off;" in block for block in blocks(conf))
        assert "error_log" not in conf or path.name == "portal.conf"
        # Elsewhere it would stand twice with Debian's own; and the name is told by each server that does not say so.
        assert "server_tokens" not in re.sub(r"^server \{.*?^\}", "", conf, flags=re.MULTILINE | re.DOTALL)
        assert all("server_tokens off;" in block for block in blocks(conf) if "ssl_reject_handshake" not in block)
    conf = text(DEPLOY / "nginx" / "portal.conf")
    # `crit` has lines with addresses, of handshakes that failed.
    assert set(re.findall(r"error_log \S+ (\w+);", conf)) == {"emerg"}
    assert "client_body_temp_path /run/portal-bodies;" in conf and "proxy_max_temp_file_size 0;" in conf
    unit = text(DEPLOY / "systemd" / "nginx.service.d" / "portal.conf")
    assert re.search(r"^TemporaryFileSystem=/run/portal-bodies:", unit, re.MULTILINE)


def test_caddy_keeps_nothing() -> None:
    conf = text(DEPLOY / "caddy" / "Caddyfile")
    assert re.findall(r"\blog\b.*", re.sub(r"#.*", "", conf)) == ["log {"]
    assert re.search(r"log \{\s+exclude http\b", conf)
    assert "log" not in re.sub(r"#.*", "", text(DEPLOY / "caddy" / "onion.caddy"))


def test_each_proxy_overwrites_what_the_portal_believes() -> None:
    for path in PROXIES:
        conf = text(path)
        # A location of nginx with one header of its own would inherit none.
        assert not re.search(r"location[^}]*proxy_set_header", conf)
        for block in [one for one in blocks(conf) if "proxy_pass" in one] or re.findall(
            r"reverse_proxy .*?\n\t\}\n", conf, re.DOTALL
        ):
            for header in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"):
                assert re.search(rf"(?:proxy_set_header|header_up) {header} [$\w{{]", block), header
            assert re.search(r'Forwarded ""|-Forwarded', block)
            assert "add_x_forwarded_for" not in block
        assert "/metrics" in conf


def test_tor_asks_the_proxy_and_never_the_portal() -> None:
    target = re.search(r"^HiddenServicePort 80 (\S+)$", text(DEPLOY / "tor" / "torrc"), re.MULTILINE)
    assert target and target[1] == "127.0.0.1:8081"
    assert "listen 127.0.0.1:8081 proxy_protocol;" in text(DEPLOY / "nginx" / "onion.conf")
    assert ":8081 {" in text(DEPLOY / "caddy" / "onion.caddy")


def test_the_log_is_kept_as_long_as_backups() -> None:
    assert "MaxRetentionSec=14day" in text(DEPLOY / "logs" / "journald@portal.conf")
    assert "maxage 14\n" in text(DEPLOY / "logs" / "logrotate")
    assert KEEP_DAYS == 14


def test_the_list_of_files_is_whole() -> None:
    listed = text(DEPLOY / "README.md")
    for path in FILES:
        name = path.relative_to(DEPLOY).as_posix()
        assert name in listed or f"{name.partition('/')[0]}/*" in listed or name == "README.md", name


DOCS = ROOT / "docs"
INSTALL = (DOCS / "install.md").read_text(encoding="utf-8")


def test_the_page_names_what_is_copied_and_each_unit():
    assert [name for name in ("systemd", "nginx", "caddy", "tor", "logs") if f"deploy/{name}/" not in INSTALL] == []
    assert set(re.findall(r"`(portal-\w+|alarm-\w+@)`", INSTALL)) == {path.stem for path in UNITS}


def test_the_table_of_settings_is_made_from_the_settings():
    assert (DOCS / "settings.md").read_text(encoding="utf-8").splitlines() == list(settings_table())

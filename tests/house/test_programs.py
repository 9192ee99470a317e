"""The files of deploy/ as Caddy, Prometheus and systemd read them: at night, where these programs are there."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from portal.config import ROOT
from tests.patience import wait_for

pytestmark = pytest.mark.night
DEPLOY = ROOT / "deploy"
PRIVATE = "/en/report/confirm-of-somebody"


def program(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"no {name} on this machine")


def says(*command: str, **environment: str) -> str:
    """What a program says that must find nothing wrong."""
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_prometheus_takes_configuration_and_rules(tmp_path: Path) -> None:
    promtool = program("promtool")
    token = tmp_path / "token"
    token.write_text("a token")
    there = shutil.copytree(DEPLOY / "monitoring", tmp_path / "monitoring") / "prometheus.yml"
    there.write_text(there.read_text().replace("/etc/prometheus/common-ground.token", str(token)))
    assert "SUCCESS" in says(promtool, "check", "config", str(there))
    assert "rules found" in says(promtool, "check", "rules", str(DEPLOY / "monitoring" / "alerts.yml"))


def test_systemd_takes_every_unit_and_says_nothing(tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    units = shutil.copytree(DEPLOY / "systemd", tmp_path / "systemd")
    for path in units.glob("*.service"):
        # The code lies elsewhere here.
        path.write_text(path.read_text().replace("/srv/portal/.venv/bin/", "/usr/bin/env "))
    names = [path.name.replace("@.", "@portal-check.") for path in units.glob("*.*") if path.is_file()]
    assert says(analyze, "verify", *names, SYSTEMD_UNIT_PATH=f"{units}:") == ""
    services = [name for name in names if name.endswith(".service") and "@" not in name]
    rated = [says(analyze, "security", "--offline=true", "--threshold=20", str(units / name)) for name in services]
    assert len(rated) > 5


class Echo(BaseHTTPRequestHandler):
    """The portal, as far as a proxy sees: it answers with what it was told."""

    def do_GET(self) -> None:
        told = json.dumps({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_given: object) -> None:
        pass


@contextmanager
def echoing() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def ask(port: int, path: str, host: str) -> tuple[int, dict[str, str], str]:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers={"Host": host, "Forwarded": "for=203.0.113.9", **forged})
    answer = connection.getresponse()
    told = answer.read().decode()
    connection.close()
    return answer.status, dict(answer.getheaders()), told


def test_caddy_overwrites_what_the_portal_believes_and_keeps_nothing(tmp_path: Path) -> None:
    with echoing() as portal:
        ask_through_caddy(tmp_path, portal)


def ask_through_caddy(tmp_path: Path, portal: ThreadingHTTPServer) -> None:
    caddy, city, onion = program("caddy"), free_port(), free_port()
    conf, log = tmp_path / "Caddyfile", tmp_path / "log"
    both = "".join((DEPLOY / "caddy" / name).read_text() for name in ("Caddyfile", "onion.caddy"))
    if says(caddy, "version").lstrip("v").startswith("2.6"):
        # What the file says of Debian's.
        both = both.replace("request_buffers 16MB", "buffer_requests\nmax_buffer_size 16000000")
    conf.write_text(both.replace(":8081", f":{onion}"))
    environment = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(tmp_path))
    environment["PORTAL_HOST"] = f"http://portal.example.org:{city}"
    environment["PORTAL_UPSTREAM"] = f"127.0.0.1:{portal.server_port}"
    command = [caddy, "run", "--adapter", "caddyfile", "--config", str(conf)]
    with log.open("wb") as said, subprocess.Popen(command, env=os.environ | environment, stderr=said) as process:
        try:
            wait_for(lambda: listens(city) or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            for port, host in ((city, f"portal.example.org:{city}"), (onion, f"onionaddress.onion:{onion}")):
                status, headers, told = ask(port, PRIVATE, host)
                heard = json.loads(told)
                assert (status, heard["path"]) == (200, PRIVATE)
                assert (heard["x-forwarded-for"], heard["x-forwarded-proto"]) == ("127.0.0.1", "http")
                assert heard["x-forwarded-host"].partition(":")[0] == host.partition(":")[0]
                assert "forwarded" not in heard and "Server" not in headers
                assert ask(port, "/metrics", host)[0] == 404
            portal.shutdown()
            portal.server_close()
            assert ask(city, PRIVATE, f"portal.example.org:{city}")[0] == 502
        finally:
            process.terminate()
    assert PRIVATE not in log.read_text() and "remote" not in log.read_text()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

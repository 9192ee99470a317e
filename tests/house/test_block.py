"""The block of docs/install.md, typed as it stands into a bare Debian 13, then a first report: at night, as root.

What a folder without systemd and a name that nobody can look up cannot do is done by `STAND_INS`, and nothing else is.
What that leaves untried: certbot itself, the confinement of the units, their timers, and their own log.
"""

import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from subprocess import PIPE, STDOUT
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from portal.config import ROOT
from tests.house.test_programs import listens, program, says
from tests.journeys.browsing import DESKTOP, OPTIONS, Window, code_words, follow, press
from tests.journeys.test_people import accept, invite_volunteer, set_up_app
from tests.patience import HANGS, wait_for

pytestmark = pytest.mark.night
NAME, DONE = "portal.test", "the block came to its end"
LACKS = {"backup", "leak drill", "mail", "certificate", "desk for oversight", "who runs this"}
"""What the doctor still asks for: the page says it after the block, or a stand-in did it."""
GIVEN = {"NAME": NAME, "ADMIN": "ana@example.org", "CODE": "/root/common-ground"}
WORDS, ANSWER = "They sell at the bus stop every evening.", "Thank you. Somebody goes there on Thursday."
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STAND_INS = {
    # Nobody can show here that the name is theirs: a certificate that only this machine believes.
    "usr/local/bin/certbot": """#!/bin/sh -e
while [ "$1" != -d ]; do shift; done
mkdir -p "/etc/letsencrypt/live/$2" && cd "/etc/letsencrypt/live/$2"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$2" -keyout privkey.pem -out fullchain.pem
""",
    # Starts what a unit starts, as whom and where it says, without its confinement; timers never ring.
    "usr/local/bin/systemctl": """#!/bin/sh -e
case $1 in start | restart | enable) shift ;; *) exit 0 ;; esac
for unit; do
  case $unit in -* | *.timer) continue ;; esac
  at=systemd/system
  text=$(cat /etc/$at/$unit.service /usr/lib/$at/$unit.service /etc/$at/${unit%-*}[-.]*service.d/* 2> /dev/null || true)
  said() { echo "$text" | sed -n "s/^$1=//p"; }
  room=$(said TemporaryFileSystem)
  [ -z "$room" ] || { mkdir -p "${room%%:*}"; mount -t tmpfs -o "${room#*:}" tmpfs "${room%%:*}"; }
  (
    umask "$(said UMask | grep . || echo 022)"
    set -a
    for file in $(said EnvironmentFile); do . "$file"; done
    cd "$(said WorkingDirectory | grep . || echo /)"
    exec setsid runuser -u "$(said User | grep . || echo root)" -- sh -c "$(said ExecStart)"
  ) > "/var/log/$unit.log" 2>&1 < /dev/null &
done
""",
    # Packages start nothing while they are installed: the ports are those of the machine around.
    "usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
}
# In a view of the machine that ends with it, mounts and processes included.
INSIDE = f"""
mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" && mount -t tmpfs tmpfs "$0/run" || exit
chroot "$0" /bin/sh -eux /root/block < /dev/null && echo "{DONE}" || exit
read -r answered
chroot "$0" /bin/sh -c "cd /srv/portal; runuser -u portal -- .venv/bin/flask --env-file /etc/portal.env doctor check"
"""


def block() -> str:
    """What the page gives to copy, with its first three lines filled in."""
    (found,) = re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "docs" / "install.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    lines = found.splitlines()
    assert [line.partition("=")[0] for line in lines[:3]] == list(GIVEN)
    return "\n".join([*(f"{name}={value}" for name, value in GIVEN.items()), *lines[3:]])


@contextmanager
def bare_debian() -> Iterator[Path]:
    """A folder with a bare Debian 13 from where this machine has its own packages, and the last commit of the code."""
    if os.geteuid():
        pytest.skip("not root")
    if taken := [port for port in (80, 443, 8000) if listens(port)]:
        pytest.skip(f"something listens on {taken}")
    for name in ("debootstrap", "unshare", "chromium", "curl", "git"):
        program(name)
    asked = ("apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)")
    mirrors = re.findall(r"^trixie (\S+)", says(*asked), re.MULTILINE) if shutil.which("apt-get") else []
    with TemporaryDirectory(dir="/var/tmp") as folder:
        root = Path(folder, "root")
        says("debootstrap", "trixie", str(root), *mirrors[:1])
        for settings in ("/etc/apt/apt.conf.d", "/etc/apt/auth.conf.d", "/etc/pip.conf", "/root/.config/pip/pip.conf"):
            if Path(settings).exists():
                (root / settings[1:]).parent.mkdir(parents=True, exist_ok=True)
                says("cp", "-rT", settings, str(root / settings[1:]))
        shutil.copy(ssl.get_default_verify_paths().cafile or "", root / "root" / "believed.pem")
        (root / "etc" / "hosts").write_text(f"{Path('/etc/hosts').read_text()}\n127.0.0.1 {NAME}\n")
        for name, script in {**STAND_INS, "root/block": block()}.items():
            (root / name).write_text(script)
            (root / name).chmod(0o755)
        says("git", "clone", "--quiet", "--depth=1", ROOT.as_uri(), str(root / GIVEN["CODE"][1:]))
        yield root


def test_from_a_bare_debian_to_the_first_answered_report() -> None:
    with bare_debian() as root:
        type_block(root)


def type_block(debian: Path) -> None:
    """Type the block there, and let a first report be answered."""
    kept = {name: value for name, value in os.environ.items() if re.match("(?i)pip_|https?_proxy|no_proxy", name)}
    inside = kept | {"PATH": PATH, "HOME": "/root", "PIP_CERT": "/root/believed.pem"}
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", INSIDE, str(debian)]
    with subprocess.Popen(command, env=inside, stdin=PIPE, stdout=PIPE, stderr=STDOUT, text=True) as process:
        try:
            assert process.stdout
            said = "".join(takewhile(lambda line: line != f"{DONE}\n", process.stdout))
            link = re.search(rf"^https://{NAME}/en/invitation/\S+$", said, re.MULTILINE)
            assert link and process.poll() is None, said[-5000:]
            asked = ["curl", "-skfo", "/dev/null", "--resolve", f"{NAME}:443:127.0.0.1", f"https://{NAME}/en/"]
            wait_for(lambda: process.poll() is not None or subprocess.run(asked, check=False).returncode == 0)
            with sync_playwright() as playwright:
                options = [*OPTIONS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1, MAP * ~NOTFOUND"]
                answer(playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options), link[0])
            found, _none = process.communicate("answered\n")
            assert set(re.findall(r"^(?!ok).{5}(.+?):", found, re.MULTILINE)) == LACKS, found
        finally:
            process.kill()
            sys.stdout.writelines(log.read_text() for log in (debian / "var" / "log").glob("portal-*.log"))


def visit(browser: Browser, path: str) -> Window:
    """The window of somebody else who comes there."""
    context = browser.new_context(base_url=f"https://{NAME}", viewport=DESKTOP, ignore_https_errors=True)
    context.set_default_timeout(HANGS * 1000)
    window = Window(context, context.new_page(), ())
    window.page.goto(path)
    return window


def make_phrase(page: Page) -> None:
    """Write the 24 words down, and show that two of them are on the paper."""
    press(page, "Show me the words")
    words = code_words(page)
    assert len(words) == 24
    press(page, "I have written them down")
    for name in ("first", "second"):
        number = int(page.locator(f"label[for={name}]").inner_text().split()[-1])
        page.locator(f"#{name}").fill(words[number - 1])
    press(page, "Check my words")


def answer(browser: Browser, link: str) -> None:
    """Go from the printed link to a resident who reads what the desk answered."""
    ana, resident = visit(browser, link), visit(browser, "/en/report/").page
    assert resident.get_by_label("What is happening?").count() == 0
    accept(ana, "Ana")
    set_up_app(ana)
    volunteer = visit(browser, invite_volunteer(ana.page, "vic@example.org", "Vic"))
    accept(volunteer, "Vic")
    set_up_app(volunteer)
    desk = volunteer.page
    desk.goto("/en/colleagues/")
    follow(desk, "Set up the desk")
    make_phrase(desk)

    # The processes look for a new key every half second.
    wait_for(lambda: resident.reload() and resident.get_by_label("What is happening?").count())
    resident.get_by_label("What is happening?").fill(WORDS)
    resident.get_by_label("Something else", exact=True).check()
    press(resident, "Send")
    code = code_words(resident)
    desk.goto("/en/desk/")
    follow(desk, WORDS)
    desk.get_by_label("Answer to the person").fill(ANSWER)
    press(desk, "Send")
    resident.goto("/en/report/follow")
    resident.get_by_label("Your code words").fill(" ".join(code))
    press(resident, "Open")
    assert ANSWER in resident.locator(".talk").inner_text()

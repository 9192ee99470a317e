"""Canaries: words, code, number and address of a resident go through the whole portal, and stay nowhere in clear."""

import logging
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.accounts.users import Member
from portal.config import SmsSender
from portal.core.jobs.outbox import MessageKind
from portal.core.telephone import sign
from portal.core.web import Portal
from portal.reports.code import read_code
from portal.reports.reports import Thread
from tests.conftest import Work
from tests.core.transports import TestTransport
from tests.make import deliver_ready, make_desk, make_market, make_member
from tests.page import SAME_ORIGIN, Reader, reader_of
from tests.reports.test_attachments import CANARY, photo, send

TOKEN, OURS, HERS = "a-token-of-the-provider", "+15550100000", "+13365550142"
WEB = {
    "what": "Canario-amarillo sells by the fountain",
    "where": "Canario-azul corner",
    "when": "Canario-verde evening",
    "looks": "Canario-rojo jacket",
}
TEXTED, ANSWER, AGAIN = (
    "Canario-blanco sells pills by the gate",
    "Canario-negro was there on Tuesday",
    "Canario-gris came back",
)
TOLD_AT, TOLD_BY_MAIL = "+13365550166", "canary-mail@canary-box.example"
PASSED, FOUND = "Canario-morado by the gate, around nine", "Canario-pardo was not there"
HOME = "203.0.113.77"
BROWSER = "CanaryBrowser/7.7"
# Made before anything is logged: the library would log what it writes into it.
PHOTO = photo()
CAME_FROM = "https://canary-search.example/q"
pytestmark = pytest.mark.parametrize(
    "settings",
    [{"sms_sender": SmsSender.CONSOLE, "sms_number": OURS, "twilio_auth_token": TOKEN}],
    indirect=True,
    ids=["texting"],
)


def log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("portal", "huey", "sqlalchemy.engine", "urllib3", "twilio", "werkzeug"):
        logging.getLogger(name).propagate = True


class Resident:
    """Somebody at home, with a browser that says much about itself."""

    def __init__(self, app: Portal) -> None:
        client = app.test_client()
        client.environ_base |= {"REMOTE_ADDR": HOME, "HTTP_USER_AGENT": BROWSER, "HTTP_REFERER": CAME_FROM}
        self.page = Reader(client)

    def report(self) -> tuple[str, ...]:
        form = self.page("/es/report/").form("/report/")
        # The second cannot be opened: what is said of it quotes nothing.
        receipt = send(form, [PHOTO, CANARY.encode()], category="other", **WEB)
        assert "Tenemos su foto." in receipt.text
        receipt.form("/tell").submit(contact=TOLD_AT)
        return tuple("".join(item.itertext()) for item in receipt.find_all("#code-words li"))

    def write_again(self, code: tuple[str, ...]) -> None:
        thread = (
            self.page("/es/report/follow").form("follow").submit(code=" ".join(code), quotes=(*WEB.values(), ANSWER))
        )
        assert ANSWER in thread.text
        said = thread.form("say").submit(what=AGAIN, quotes=(*WEB.values(), ANSWER, AGAIN))
        quotes = (*WEB.values(), ANSWER, AGAIN)
        forgotten = said.form("/forget").submit(quotes=quotes)
        forgotten.form("/tell").submit(contact=TOLD_BY_MAIL, quotes=quotes)

    def text(self, app: Portal) -> None:
        form = {"MessageSid": "SM" + "7" * 32, "From": HERS, "To": OURS, "Body": TEXTED, "NumMedia": "0"}
        signature = sign(TOKEN, "http://localhost/sms/twilio/inbound", form)
        headers = {"X-Twilio-Signature": signature}
        assert app.test_client().post("/sms/twilio/inbound", data=form, headers=headers).status_code == 200


def answer_everybody(app: Portal, work: Work, member, answer: str = ANSWER) -> None:
    with work() as session:
        threads = session.scalars(select(Thread.id)).all()
    desk = reader_of(app, member)
    for thread in threads:
        desk(f"/en/desk/{thread}").form_with("then").submit(what=answer, then="answer")


def pass_on_and_answer(app: Portal, work: Work, volunteer: Member) -> None:
    with work() as session:
        owner = make_member(session, ("organizer",))
        make_desk(session, [owner], "team")
        place = make_market(session)
        place.owner_id = owner.id
        thread = session.scalars(select(Thread).where(Thread.channel == "web")).one()
        thread.market_id = place.id
        address = f"/en/desk/{thread.id}"
    desk, mine = (reader_of(app, member) for member in (volunteer, owner))
    desk(address).form_with("then").submit(then="pass team", readable=PASSED)
    shown = mine(mine("/en/received/").find("ul.rows a").get("href", ""))
    assert PASSED in shown.text
    had = shown.form("/have").submit()
    assert FOUND in had.form_with("ending").submit(what=FOUND, ending="not_seen").text
    assert FOUND in desk(address).text


def forms_of_number(number: str) -> list[str]:
    digits = number.removeprefix("+1")
    return [number, digits, f"({digits[:3]}) {digits[3:6]}-{digits[6:]}", f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"]


def forms_of_code(code: tuple[str, ...]) -> list[str]:
    """Three words in a row are enough to know it by."""
    return [
        glue.join(code[start : start + 3]) for glue in (" ", "-", ",", ", ", "", "+", "%20", "\n") for start in range(6)
    ]


def found_in(files: list[Path], canaries: list[str]) -> list[tuple[str, str]]:
    contents = {path.name: path.read_bytes() for path in files}
    return [
        (name, canary)
        for name, content in contents.items()
        for canary in canaries
        if canary.encode("utf-16-le") in content or canary.lower().encode() in content.lower()
    ]


def test_no_canary_is_found_anywhere(app: Portal, work: Work, portal_dir: Path, caplog, capfd) -> None:
    log_everything(caplog)
    transport = app.transports[MessageKind.TEXT] = TestTransport()
    app.transports[MessageKind.MAIL] = TestTransport()
    with work() as session:
        member = make_member(session)
        make_desk(session, [member])
    resident = Resident(app)
    web_code = resident.report()
    resident.text(app)
    answer_everybody(app, work, member)
    pass_on_and_answer(app, work, member)
    with app.app_context():
        deliver_ready()
    resident.write_again(web_code)
    answer_everybody(app, work, member, f"{ANSWER} Otra vez.")
    with app.app_context():
        deliver_ready()
    texts = [body for _address, body, *_rest in transport.delivered]
    # By night, who asked to be told of an answer is told in the morning.
    assert {HERS} <= {address for address, *_rest in transport.delivered} <= {HERS, TOLD_AT}
    assert any(ANSWER in body for body in texts)
    (text_code,) = read_code(
        next(body for body in texts if "code words:" in body).split("code words:")[1].split(".")[0]
    )

    canaries = [*WEB.values(), TEXTED, ANSWER, AGAIN, PASSED, FOUND, "Canario", "CanaryPhone", HOME, BROWSER]
    canaries += ["canary-search", *forms_of_number(HERS), *forms_of_number(TOLD_AT), TOLD_BY_MAIL, "canary-box"]
    canaries += [*forms_of_code(web_code), *forms_of_code(text_code)]
    files = [path for path in portal_dir.rglob("*") if path.is_file() and "static" not in path.parts]
    assert {"portal.db", "portal.db-wal", "limits.db"} <= {path.name for path in files}
    assert found_in(files, canaries) == []
    printed = capfd.readouterr()
    said = caplog.text + printed.out + printed.err
    assert [canary for canary in canaries if canary.lower() in said.lower()] == []
    # Both nets hold fish: what may be known is found.
    assert found_in(files, [member.email])
    assert "is sent" in said


def test_an_error_in_the_middle_tells_nothing(app: Portal, work: Work, caplog, monkeypatch) -> None:
    log_everything(caplog)

    def break_down(*_given: object) -> None:
        raise RuntimeError(f"could not seal {WEB['what']} from {HERS}")

    monkeypatch.setattr(sys.modules["portal.reports.intake_pages"], "keep_report", break_down)
    with work() as session:
        make_desk(session)
    resident = Resident(app)
    answer = resident.page("/en/report/").form("/report/").send(category="other", headers=SAME_ORIGIN, **WEB)
    assert answer.status_code == 500
    said = caplog.text
    assert "RuntimeError" in said
    assert not any(canary in said for canary in ("Canario", HERS, HOME, BROWSER, "/en/report"))

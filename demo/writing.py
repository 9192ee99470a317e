"""Mail, telephones and reports of the demonstration.

No mail is sent: each one becomes a file of this installation, which a page shows. Texts really go through the intake:
the conversation, the route to the phone and the automatic answer exist.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from sqlalchemy import delete, func, or_, select

from demo.exchange import ScreenLine
from demo.places import days_ago
from demo.sign_ins import write_private
from portal.alerts.alerts import CONSENT, keep_alert
from portal.config import Settings
from portal.core.clock import now, waking, zone
from portal.core.crypto import seal
from portal.core.db import session
from portal.core.hours import is_waking, next_waking
from portal.core.i18n import speaking
from portal.core.jobs import outbox
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState, Outcome, Sent
from portal.core.mail import MailTransport, compose, host_of, sender_of
from portal.core.portal import Portal, current_portal
from portal.core.reading.danger import is_pressing
from portal.core.vouched import key_of
from portal.markets.places import Market
from portal.reports import intake, referrals, threads
from portal.reports.reports import Keys, Thread, ThreadMessage, live_referrals, referrals_of
from portal.reports.triage import Category, Channel, Disposition, Referral, ReferralFinding, TriageState, answer_by
from portal.reports.words import ReportWords
from portal.sms.conversations import Conversation
from portal.sms.intake import take_in
from portal.sms.turn import Incoming

FOLDER = "demo-mail"
MOST = 60
"""Number of newest mails that are kept."""


def start(app: Portal) -> None:
    """Register the letter box as transport for mail, in a demonstration without a mail server."""
    settings: Settings = app.settings
    if settings.demo and not settings.smtp_url:
        app.transports[MessageKind.MAIL] = LetterBox(settings)


class LetterBox(MailTransport):
    def __init__(self, settings: Settings) -> None:
        super().__init__(sender_of(settings), host_of(settings))
        self._folder = settings.data_dir / FOLDER

    def deliver(self, address: str, letter: outbox.Letter, message_id: int, valid_for: timedelta) -> Outcome:
        message = compose(self._sender, self._host, address, letter, message_id)
        self._folder.mkdir(parents=True, exist_ok=True)
        write_private(self._folder / f"{message_id}.eml", message.as_string())
        for old in _files(self._folder)[MOST:]:
            old.unlink(missing_ok=True)
        return Sent(message["Message-ID"])


@dataclass(frozen=True)
class ShownLetter:
    to: str
    subject: str
    text: str
    at: datetime
    has_calendar: bool


def letters(data_dir: Path) -> list[ShownLetter]:
    """Return the stored mails, newest first."""
    mails = []
    for file in _files(data_dir / FOLDER):
        with suppress(FileNotFoundError):
            message, at = message_from_bytes(file.read_bytes(), policy=default), file.stat().st_mtime
            words = message.get_body(("plain",))
            text = str(words.get_content()).strip() if words is not None else ""
            has_calendar = any(part.get_content_type() == "text/calendar" for part in message.walk())
            sent_at = datetime.fromtimestamp(at, UTC)
            mails.append(ShownLetter(str(message["To"]), str(message["Subject"]), text, sent_at, has_calendar))
    return mails


def waiting_for_morning() -> int:
    """Return how many mails are held back now because it is night."""
    moment = now()
    if is_waking(moment, zone(), waking()):
        return 0
    waiting = (
        OutboundMessage.kind == MessageKind.MAIL,
        OutboundMessage.state == DeliveryState.DUE,
        or_(OutboundMessage.by_day, OutboundMessage.due_at > moment),
        OutboundMessage.due_at <= next_waking(moment, zone(), waking()),
    )
    return session.scalar(select(func.count(OutboundMessage.id)).where(*waiting)) or 0


def _files(folder: Path) -> list[Path]:
    """Return the mails, newest first. Any may be gone at any moment: each thread of a worker deletes old ones."""
    mails = []
    for file in folder.glob("*.eml"):
        with suppress(FileNotFoundError):
            mails.append((file.stat().st_mtime_ns, file.name, file))
    return [file for *_by, file in sorted(mails, reverse=True)]


# 555-0100 to 555-0199 are unassigned in every area code.
NUMBERS = ("+12025550143", "+12025550144", "+12025550145", "+12025550146")
WAIT_SECONDS = 10


class NoCompany(Exception):
    """The fake telephone company does not answer."""


def conversation(settings: Settings, number: str) -> list[ScreenLine]:
    """Return the lines on a telephone's screen, oldest first. Raises NoCompany."""
    return [ScreenLine(**line) for line in _ask(settings, f"/_screen?{urlencode({'number': number})}")["lines"]]


def send(settings: Settings, number: str, body: str, picture: tuple[str, bytes] | None = None) -> bool:
    """Send a text from a telephone to the portal; False if the portal did not take it. Raises NoCompany."""
    form = {"From": number, "To": settings.sms_number, "Body": body}
    if picture is not None:
        form |= {"MediaType": picture[0], "Media": b64encode(picture[1]).decode()}
    return bool(_ask(settings, "/_incoming", form)["status"] == 200)


def _ask(settings: Settings, path: str, form: dict[str, str] | None = None) -> Any:
    account = f"{settings.twilio_account_sid}:{settings.twilio_auth_token}".encode()
    headers = {"Authorization": f"Basic {b64encode(account).decode()}"}
    data = urlencode(form).encode() if form is not None else None
    try:
        request = Request(settings.twilio_api_base + path, data, headers)  # noqa: S310 - the address is ours
        with build_opener(ProxyHandler({})).open(request, timeout=WAIT_SECONDS) as answer:
            return json.load(answer)
    except (HTTPError, URLError, OSError, ValueError):
        raise NoCompany from None


SPEAKING = ("say", "ask", "answer", "close")
RECEIVING = ("have", "found")
Report = Mapping[str, Any]


def load_reports(
    reports: Iterable[Report], ids: Mapping[str, int], markets: Mapping[str, Market], keys: Keys
) -> dict[str, str]:
    """File the reports; return the code words of those that a visitor may open, by language and category.

    `keys`: those of the desks, to seal what was said with the day of long ago on which it was said.
    """
    codes = {}
    for given in reports:
        market, language = markets.get(given.get("place", "")), given["language"]
        market_id = market.id if market else None
        if given["channel"] == Channel.TEXT:
            thread = _by_text(given, market_id, ids["ana"])
        else:
            words = ReportWords(*(given.get(name, "") for name in ("what", "where", "when", "looks")))
            about = {
                "category": Category(given["category"]),
                "channel": Channel(given["channel"]),
                "language": language,
            }
            report = intake.NewReport(words=words, **about, market_id=market_id, urgent=is_pressing(given["what"]))
            filed = intake.file_report(report, secrets.token_bytes(32))
            thread = filed.thread
            if "told_at" in given:
                with speaking(language):
                    consent = str(CONSENT)
                keep_alert(filed.thread_id, NUMBERS[given["told_at"]], language, consent)
            if given.get("show_code"):
                codes[f"{language}, {given['category']}"] = " ".join(filed.code)
        session.flush()
        for step in given.get("steps", ()):
            _do(thread, step, ids.get(step.get("by", ""), 0))
            session.flush()
        _date_back(thread, given, keys)
    return codes


def _by_text(given: Report, market_id: int | None, sorter_id: int) -> Thread:
    ours: str = current_portal.settings.sms_number
    turn = take_in(Incoming(secrets.token_hex(16), NUMBERS[given["phone"]], ours, given["what"]))
    assert turn is not None
    session.flush()
    thread = session.get_one(Thread, turn.talk.thread_id)
    threads.sort(thread, Category(given["category"]), market_id, {}, sorter_id)
    # That conversation is long over: the next text from this telephone begins a new one.
    session.execute(delete(Conversation).where(Conversation.thread_id == thread.id))
    return thread


def _do(thread: Thread, step: Mapping[str, Any], member_id: int) -> None:
    match step["do"]:
        case "say":
            threads.add_words(thread, ReportWords(step["text"]))
        case "read":
            threads.mark_read(thread, member_id)
        case "answer":
            threads.answer(thread, step["text"], member_id)
        case "ask":
            threads.ask_more(thread, step["text"], member_id)
        case "pass":
            threads.pass_on(thread, Referral(step["to"]), "", member_id, step.get("readable", ""))
        case "have":
            referrals.acknowledge(live_referrals(thread.id)[-1], member_id)
        case "found":
            finding = ReferralFinding(step["text"], Disposition(step["disposition"]))
            referrals.answer_desk(live_referrals(thread.id)[-1], finding, member_id)
        case "close":
            threads.close(thread, Disposition(step["disposition"]), step["text"], member_id)


def _date_back(thread: Thread, given: Report, keys: Keys) -> None:
    steps, begun = given.get("steps", ()), days_ago(given["begun"])
    days = {step["do"]: days_ago(step["days_ago"]) for step in steps}
    at_desk = [days_ago(step["days_ago"]) for step in steps if "by" in step and step["do"] not in RECEIVING]
    thread.received_on = thread.clock_from = begun
    thread.read_on = at_desk[0] if at_desk else None
    thread.passed_on = days.get("pass")
    thread.closed_on = days["close"] if thread.state == TriageState.CLOSED else None
    if thread.waiting_since is not None:
        thread.waiting_since = days.get("found", days.get("say", begun))
    spoken = [begun, *(days_ago(step["days_ago"]) for step in steps if step["do"] in SPEAKING)]
    messages = select(ThreadMessage).where(ThreadMessage.thread_id == thread.id).order_by(ThreadMessage.position)
    for message, day in zip(session.scalars(messages), spoken, strict=True):
        desk_key = keys[message.desk_key_id]
        content = message.opened(message.key_for_desk, desk_key)
        message.written_on = day
        sealed = seal(message.about, content, [desk_key.public_key, key_of(message.thread)])
        message.box, (message.key_for_desk, message.key_for_thread) = sealed
        message.vouch()
    for row in referrals_of(thread.id):
        row.passed_on, row.answer_by = days["pass"], answer_by(thread.clock_from, days["pass"])
        row.acknowledged_on, row.answered_on = days.get("have"), days.get("found")
        row.closed_on = thread.closed_on

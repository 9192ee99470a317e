"""What the provider keeps of us is deleted there: over real HTTP, from a provider that behaves badly."""

import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import pytest
import time_machine
from PIL import Image
from sqlalchemy import select

from demo.exchange import Magic, Trick
from demo.provider import Provider, problem
from portal.accounts.users import Member
from portal.config import Settings, SmsSender
from portal.core.clock import now, today
from portal.core.jobs import outbox
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState
from portal.core.web import Portal
from portal.reports import threads
from portal.reports.reports import Thread, ThreadMessage
from portal.sms import deliveries
from portal.sms.conversations import OptOut
from portal.sms.deliveries import (
    OVERDUE_AFTER,
    DeliveryWord,
    ProviderCopy,
    counts_of,
    delete_copies,
    delete_left_texts,
    left_texts,
    overdue_copies,
)
from portal.sms.outgoing import TextedAnswer, answer_arrived, hear_delivery
from tests.conftest import Work
from tests.make import deliver_ready, make_desk, make_market, make_member, sign_in
from tests.page import Reader
from tests.patience import wait_for
from tests.sms.talk import values

PHONE = "+12025550143"
UNDELIVERED = "+15005550102"
OPTED_OUT = "+15005550103"
SITE = "https://portal.test"


class DirectProvider(Provider):
    """Calls the portal without a network: the app of the test answers."""

    app: Portal

    def call(self, url: str, form: dict[str, str]) -> int:  # type: ignore[override]
        from portal.core.telephone import sign

        headers = {"X-Twilio-Signature": sign(self.auth_token, url, form)}
        return self.app.test_client().post(url.removeprefix(SITE), data=form, headers=headers).status_code


@pytest.fixture
def provider() -> Iterator[DirectProvider]:
    with DirectProvider(webhook_url=f"{SITE}/sms/twilio/inbound") as running:
        assert isinstance(running, DirectProvider)
        yield running


@pytest.fixture
def settings(settings: Settings, provider: Provider) -> Settings:
    return settings.model_copy(
        update={
            "sms_sender": SmsSender.TWILIO,
            "sms_number": provider.number,
            "twilio_account_sid": provider.account_sid,
            "twilio_auth_token": provider.auth_token,
            "twilio_api_base": provider.url,
            "public_url": SITE,
        }
    )


@pytest.fixture(autouse=True)
def city(app: Portal, work: Work, provider: DirectProvider) -> None:
    provider.app = app
    with work() as session:
        make_desk(session, [make_member(session, name="Ana")])
        make_market(session)


def send_all(app: Portal, work: Work) -> None:
    """Deliver what is ready, and wait until the provider has called back about all of it."""
    run(app, deliver_ready)

    def all_told() -> bool:
        with work() as session:
            of_texts = select(OutboundMessage.delivery).where(OutboundMessage.state == "sent")
            return set(session.scalars(of_texts)) <= {"delivered", "undelivered"}

    wait_for(all_told)


@contextmanager
def in_a_while(app: Portal, **how: float) -> Iterator[None]:
    moves = time_machine.travel(now() + timedelta(**how), tick=False) if how else nullcontext()
    with moves, app.app_context():
        yield


def run(app: Portal, *jobs_of_worker: Callable[[], object], **later: float) -> None:
    with in_a_while(app, **later):
        for job in jobs_of_worker:
            job()


def copies(work: Work) -> list[str]:
    with work() as session:
        return list(session.scalars(select(ProviderCopy.names)))


def put(work: Work, to: str = PHONE, words: str = "Common Ground: Thank you.") -> int:
    with work():
        return outbox.put(MessageKind.TEXT, to, words, direct=True)


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(stream, "PNG")
    return stream.getvalue()


def test_a_conversation_leaves_nothing_at_the_provider(app: Portal, work: Work, provider) -> None:
    assert provider.text_in(PHONE, "They sell by the bus stop.") == 200
    send_all(app, work)
    assert len(provider.exchange.everything) == 1 + len(provider.exchange.sent) > 2
    run(app, delete_copies)
    assert provider.exchange.everything == []
    assert copies(work) == []
    with work() as session:
        assert set(session.scalars(select(OutboundMessage.provider_id))) == {None}
        assert session.scalars(select(DeliveryWord)).all() == []
    # What people have on their phones is theirs.
    assert len(provider.exchange.screen(PHONE)) > 2


def test_text_under_way_is_deleted_once_at_its_end(app: Portal, work: Work, provider) -> None:
    provider.told_after = 0.2
    put(work)
    run(app, deliver_ready, delete_copies)
    assert len(provider.exchange.sent) == 1
    wait_for(lambda: copies(work))
    run(app, delete_copies)
    assert provider.exchange.sent == []


def test_pictures_are_fetched_before_they_are_deleted(app: Portal, work: Work, provider) -> None:
    provider.text_in(PHONE, "Look at this corner", [("image/png", picture())])
    run(app, delete_copies)
    assert len(provider.exchange.everything) == 1
    run(app, deliveries.fetch_pictures)
    with work() as session:
        assert session.scalars(select(ThreadMessage.kind).where(ThreadMessage.kind == "picture")).all() == ["picture"]
    run(app, delete_copies, minutes=3)
    assert provider.exchange.everything == []


def test_what_provider_answers_by_itself_is_deleted_after_day(app: Portal, work: Work, provider) -> None:
    provider.text_in(PHONE, "STOP")
    run(app, delete_copies, delete_left_texts)
    [own] = provider.exchange.everything
    assert own.direction == "outbound-reply"
    run(app, delete_left_texts, hours=25)
    assert provider.exchange.everything == []


def test_text_to_other_number_or_channel_is_deleted_unread(
    app: Portal, work: Work, provider, caplog: pytest.LogCaptureFixture
) -> None:
    for to in ("+12025550188", f"whatsapp:{provider.number}", "x"):
        assert provider.text_in(PHONE, "They sell by the bus stop.", to=to) == 200
    # Without a number or a word of it.
    lines = [record.getMessage() for record in caplog.records if "it is not read" in record.getMessage()]
    assert len(lines) == 3 and not any(hint in caplog.text for hint in ("5550143", "5550188", "bus stop"))
    run(app, delete_copies)
    assert provider.exchange.everything == []
    assert values(work, Thread) == []


def test_what_is_under_way_or_unread_is_left_there(
    app: Portal, work: Work, provider, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(provider, "_tell", lambda message: provider.exchange.move(message, "sent"))
    put(work)
    run(app, deliver_ready)
    with monkeypatch.context() as patch:
        patch.setattr(provider, "call", lambda _url, _form: 0)
        provider.text_in(PHONE, "They sell by the bus stop.")
    with in_a_while(app, hours=49):
        delete_left_texts()
        assert left_texts(now()) == ([], [provider.exchange.everything[1].sid])
    assert len(provider.exchange.everything) == 2
    assert "1 texts came to our numbers and never to the portal" in caplog.text
    assert PHONE not in caplog.text


def test_picture_that_is_no_part_of_report_is_deleted(app: Portal, work: Work, provider) -> None:
    # As with a slip or an answer to a meeting: nobody fetches it.
    provider.text_in(PHONE, "STOP")
    provider.text_in(PHONE, "HELP", [("image/png", picture())])
    assert values(work, Thread) == []
    run(app, delete_copies)
    # The provider's own answers are the provider's.
    assert [one.direction for one in provider.exchange.everything if one.direction == "inbound"] == []


def test_provider_down_is_asked_again_and_alarm_is_raised(
    app: Portal, work: Work, provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(work)
    send_all(app, work)
    with monkeypatch.context() as patch:
        patch.setattr(provider, "admit", lambda: problem(500, 20500, "down"))
        with app.app_context():
            delete_left_texts()
            delete_copies()
            assert overdue_copies() == 0
        with in_a_while(app, hours=25):
            delete_copies()
            assert overdue_copies() == 1
            delete_copies()
    with work() as session:
        copy = session.scalars(select(ProviderCopy)).one()
        # Not hammered: the second call of that hour found nothing due.
        assert copy.attempts == 2
        assert copy.since < copy.due_at - OVERDUE_AFTER
    with in_a_while(app, hours=25 + 7):
        delete_copies()
        assert overdue_copies() == 0
    assert provider.exchange.sent == []


def test_what_comes_after_the_deletion_is_not_kept(app: Portal, work: Work, provider) -> None:
    message_id = put(work)
    send_all(app, work)
    sid = provider.exchange.sent[0].sid
    run(app, delete_copies)
    with work():
        for status in ("sent", "delivered", "undelivered"):
            hear_delivery(message_id, sid, status, None, PHONE)
    with work() as session:
        assert session.scalars(select(DeliveryWord)).all() == []
        assert session.get_one(OutboundMessage, message_id).delivery == "delivered"


# ── What callbacks tell ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_databases
def test_unknown_carrier_error_is_tried_three_times_in_all(app: Portal, work: Work, provider) -> None:
    message_id = put(work, UNDELIVERED)
    sids = []
    for attempt in range(3):
        with time_machine.travel(now() + timedelta(minutes=10 * attempt), tick=True):
            send_all(app, work)
            [text] = provider.exchange.sent
            sids.append(text.sid)
            run(app, delete_copies)
    with time_machine.travel(now() + timedelta(hours=2), tick=True):
        send_all(app, work)
    assert len(set(sids)) == 3
    assert provider.exchange.everything == []
    with work() as session:
        message = session.get_one(OutboundMessage, message_id)
        assert (message.state, message.delivery, message.attempts) == ("sent", "undelivered", 3)
        assert (message.address, message.body, message.provider_id) == (None, None, None)
        # The third may be sent in the month that follows.
        months = {(today() + timedelta(days=days)).replace(day=1) for days in (0, 1)}
        counts = sum((Counter(counts_of(month)) for month in months), Counter())
    assert (counts["sent"], counts["failed:unknown carrier error"]) == (3, 1)


def test_the_second_try_may_succeed(app: Portal, work: Work, provider) -> None:
    provider.exchange.next_tricks.append(Magic(Trick.UNDELIVERED, 30008))
    message_id = put(work)
    send_all(app, work)
    run(app, delete_copies)
    with time_machine.travel(now() + timedelta(minutes=5), tick=True):
        send_all(app, work)
    with work() as session:
        assert session.get_one(OutboundMessage, message_id).delivery == "delivered"
    assert [line.body for line in provider.exchange.screen(PHONE)] == ["Common Ground: Thank you."]


def test_late_word_about_first_try_does_not_end_second(app: Portal, work: Work, provider) -> None:
    provider.exchange.next_tricks.append(Magic(Trick.UNDELIVERED, 30008))
    message_id = put(work)
    send_all(app, work)
    first = provider.exchange.sent[0].sid
    # The words of the first try came; its copy cannot be deleted yet, and the text waits for its second try.
    provider.exchange.get(first).status = "sending"
    run(app, delete_copies)
    with work() as session:
        assert session.get_one(OutboundMessage, message_id).state == "due"
    with work():
        hear_delivery(message_id, first, "sending", None, PHONE)
    with work() as session:
        message = session.get_one(OutboundMessage, message_id)
        assert (message.state, message.provider_id) == ("due", None)


def test_opt_out_that_only_callback_tells_is_kept(app: Portal, work: Work, provider) -> None:
    put(work, OPTED_OUT)
    send_all(app, work)
    assert values(work, OptOut.how) == ["provider"]
    second = put(work, OPTED_OUT)
    run(app, deliver_ready)
    with work() as session:
        assert session.get_one(OutboundMessage, second).state == "suppressed"
        counts = counts_of(today().replace(day=1))
    assert counts["opt-outs"] == 1


def test_carrier_that_never_tells_does_not_keep_it_forever(app: Portal, work: Work, provider, monkeypatch) -> None:
    monkeypatch.setattr(provider, "_tell", lambda message: provider.exchange.move(message, "sent"))
    put(work)
    run(app, deliver_ready)
    run(app, deliveries.ask_about_silent_texts, days=2)
    assert copies(work) == []
    run(app, deliveries.ask_about_silent_texts, days=4)
    assert copies(work) == [provider.exchange.sent[0].sid]


# ── What the desk sees ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_desk_sees_what_became_of_its_answer(work: Work, provider) -> None:
    provider.text_in(PHONE, "They sell by the bus stop.")
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        assert answer_arrived(thread.id) is None
        for state, delivered, seen in (
            ("due", None, "on its way"),
            ("sent", "sent", "on its way"),
            ("sent", "delivered", "arrived"),
            ("sent", "undelivered", "failed"),
            ("failed", None, "failed"),
            ("stale", None, "failed"),
            ("suppressed", None, "unwanted"),
        ):
            answer = outbox.put(MessageKind.TEXT, PHONE, "x", direct=True)
            session.merge(TextedAnswer(thread_id=thread.id, message_id=answer))
            message = session.get_one(OutboundMessage, answer)
            message.state, message.delivery = DeliveryState(state), delivered
            session.flush()
            assert answer_arrived(thread.id) == seen, (state, delivered)
        # Only of the last.
        assert len(session.scalars(select(TextedAnswer)).all()) == 1


def test_the_thread_says_it_in_a_word(app: Portal, work: Work, provider) -> None:
    provider.text_in(PHONE, "They sell by the bus stop.")
    send_all(app, work)
    with work() as session:
        thread, ana = session.scalars(select(Thread)).one(), session.scalars(select(Member)).one()
        address = f"/en/desk/{thread.id}"
    client = app.test_client()
    sign_in(client, ana)
    page = Reader(client)
    for magic, words in (
        (Magic(Trick.DELIVER), "Our last text to this phone has arrived."),
        (Magic(Trick.UNDELIVERED, 30003), "Our last text to this phone did not arrive."),
        (Magic(Trick.REFUSE, 21610), "Our last text did not go out: this phone wants no texts."),
    ):
        with work() as session:
            threads.answer(session.get_one(Thread, thread.id), f"We are on it: {words[:40]}", ana.id)
        shown = page(address)
        assert "Our last text to this phone is on its way." in shown.text
        # The count of segments begins with what is put before the answer.
        assert f'data-before="{app.settings.site_name}: "' in shown.response.text
        provider.exchange.next_tricks.append(magic)
        send_all(app, work)
        assert words in page(address).text
        assert "5550143" not in page(address).response.text

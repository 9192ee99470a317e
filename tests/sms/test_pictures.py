"""Pictures that came by text: fetched, made anew, sealed; one that is none holds up no other."""

from datetime import datetime, timedelta
from unittest.mock import Mock

import pytest
import time_machine
from sqlalchemy import select

from portal.accounts.users import Desk, DeskKey
from portal.core.clock import now, zone
from portal.core.files import apart
from portal.core.i18n import speaking
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import Unreachable
from portal.core.telephone import PictureRefused, PictureTooLarge
from portal.core.texted import Encoding, segments
from portal.core.web import Portal
from portal.reports.reports import Thread, ThreadMessage, opened_by_desk
from portal.reports.triage import TriageState
from portal.sms import deliveries
from portal.sms.deliveries import PictureWaiting, delete_copies, delete_later
from portal.sms.texts import LOST_PICTURE_TEXT, UnreadPicture
from tests.conftest import Work
from tests.core.test_files_apart import BOMBS, heic, picture
from tests.make import make_desk, make_member, make_report, private_key_of, seat, sign_in
from tests.page import Reader
from tests.sms.talk import ROSA, Say, phone, reported, values, waiting

NIGHT = datetime.fromisoformat("2026-06-10T07:45:00+00:00")
GOOD = "https://api.twilio.com/good"


class Pictures:
    """A telephone of which only pictures are wanted."""

    def __init__(self, found: dict[str, bytes | BaseException]) -> None:
        self.found = found
        self.asked: list[str] = []
        self.erased: list[str] = []

    def fetch_picture(self, url: str, most_bytes: int) -> bytes:
        self.asked.append(url)
        answer = self.found[url]
        if isinstance(answer, BaseException):
            raise answer
        return answer[:most_bytes]

    def erase_picture(self, url: str) -> bool:
        self.erased.append(url)
        return True

    def erase(self, sid: str) -> bool:
        self.erased.append(sid)
        return True


def pictures_that_wait(app: Portal, work: Work) -> Pictures:
    """Pictures wait in this order, the good one last."""
    found: dict[str, bytes | BaseException] = {
        "https://api.twilio.com/pdf": b"%PDF-1.7 no picture",
        "https://api.twilio.com/bomb": BOMBS["png"](),
        "https://api.twilio.com/bug": KeyError("canary"),
        "https://api.twilio.com/gone": PictureRefused(),
        "https://api.twilio.com/away": Unreachable(),
        GOOD: picture("PNG"),
    }
    pictures = Pictures(found)
    app.telephone = pictures
    with work() as session:
        make_desk(session)
        thread = make_report().thread
        for number, url in enumerate(found):
            due = now() - timedelta(minutes=50 - number)
            session.add(PictureWaiting(thread_id=thread.id, address=url, due_at=due))
            delete_later(f"MM-{url.rsplit('/')[-1]}", [url])
    return pictures


def text_a_picture(
    app: Portal, say: Say, content: bytes | BaseException, body: str = "", times: int = 1, sender: str = ROSA
) -> None:
    """Text a picture, and let the worker look for it."""
    urls = {f"https://api.twilio.com/{number}": content for number in range(times)}
    app.telephone = Pictures(dict(urls))
    say(body, sender, NumMedia=str(times), **{f"MediaUrl{number}": url for number, url in enumerate(urls)})
    with app.app_context():
        deliveries.fetch_pictures()


def said(work: Work) -> list[tuple[str, str]]:
    """Return author and words of every message, as the desk opens them."""
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        keys = {row.desk_key_id: private_key_of(session.get_one(DeskKey, row.desk_key_id)) for row in thread.messages}
        return [(one.row.author, one.words.what) for one in opened_by_desk(thread, keys) if one.words]


def told(work: Work) -> list[str]:
    """Return the texts about pictures."""
    return [body for body in waiting(work) if "could not open" in body or "No pudimos abrir" in body]


def left(work: Work) -> dict[str, int]:
    with work() as session:
        rows = session.scalars(select(PictureWaiting)).all()
        return {row.address.rsplit("/")[-1]: row.attempts for row in rows}


def kept(work: Work) -> int:
    return values(work, ThreadMessage.kind).count("picture")


def test_what_is_no_picture_holds_up_no_picture(app: Portal, work: Work, caplog: pytest.LogCaptureFixture) -> None:
    telephone = pictures_that_wait(app, work)
    with app.app_context():
        deliveries.fetch_pictures()
        delete_copies()
    assert telephone.asked[-1] == GOOD
    assert kept(work) == 1
    assert left(work) == {"bug": 1, "away": 1}
    erased = [name.rsplit("/")[-1] for name in telephone.erased]
    # Each picture, then the text that it came with; two are still to be fetched.
    assert sorted(erased) == ["MM-bomb", "MM-gone", "MM-good", "MM-pdf", "bomb", "gone", "good", "pdf"]
    assert all(erased.index(f"MM-{name}") > erased.index(name) for name in ("bomb", "gone", "good", "pdf"))
    assert "canary" not in caplog.text


def test_what_fails_comes_later_and_is_finally_given_up(app: Portal, work: Work) -> None:
    telephone = pictures_that_wait(app, work)
    began = now()
    for hours in range(60):
        with time_machine.travel(began + timedelta(hours=hours), tick=False), app.app_context():
            deliveries.fetch_pictures()
    assert left(work) == {}
    assert telephone.asked.count("https://api.twilio.com/bug") == deliveries.MOST_PICTURE_ATTEMPTS
    assert kept(work) == 1


def test_worker_killed_over_picture_has_counted_it(app: Portal, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    telephone = pictures_that_wait(app, work)
    telephone.found["https://api.twilio.com/pdf"] = SystemExit()
    with app.app_context(), pytest.raises(SystemExit):
        deliveries.fetch_pictures()
    assert left(work)["pdf"] == 1
    with app.app_context():
        deliveries.fetch_pictures()
    assert kept(work) == 1


def test_picture_not_looked_at_in_time_is_tried_again(app: Portal, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures_that_wait(app, work)
    with monkeypatch.context() as patch, app.app_context():
        patch.setattr(apart, "_asked", Mock(side_effect=TimeoutError))
        deliveries.fetch_pictures()
    assert left(work)["good"] == 1
    with time_machine.travel(now() + timedelta(hours=1), tick=False), app.app_context():
        deliveries.fetch_pictures()
    assert kept(work) == 1


# ── What the desk and the sender are told ────────────────────────────────────────────────────────────────────────────


def test_a_picture_of_an_iphone_is_kept_like_any(app: Portal, work: Work, say: Say) -> None:
    text_a_picture(app, say, heic())
    assert kept(work) == 1
    assert told(work) == []


def test_desk_and_sender_are_told_of_unreadable_picture(app: Portal, work: Work, say: Say) -> None:
    contents: tuple[tuple[bytes | BaseException, UnreadPicture], ...] = (
        (b"%PDF-1.7 no picture", UnreadPicture.NONE),
        (b"\xff\xd8\xff" + bytes(range(256)), UnreadPicture.NONE),
        (b"", UnreadPicture.EMPTY),
        (BOMBS["png"](), UnreadPicture.TOO_LARGE),
        (PictureTooLarge(), UnreadPicture.TOO_LARGE),
        (PictureRefused(), UnreadPicture.NOT_FETCHED),
    )
    for number, (content, _why) in enumerate(contents):
        text_a_picture(app, say, content, sender=phone(number))
    assert sorted(filter(None, reported(work))) == sorted(str(why.value) for _content, why in contents)
    assert (len(told(work)), left(work), kept(work)) == (len(contents), {}, 0)
    # Its language is not known yet.
    english, spanish = told(work)[0].split(" / ")
    assert english == "Common Ground: We could not open that. We open pictures, not sound or video. Tell us in words."
    assert spanish == "No pudimos abrir eso. Abrimos fotos, no audios ni videos. Cuéntenos con palabras."
    assert segments(told(work)[0]).segments <= 2
    for lang in ("en", "es"):
        with app.test_request_context(), speaking(lang):
            length = segments(f"Common Ground: {LOST_PICTURE_TEXT}")
        assert (length.segments, length.encoding) == (1, Encoding.GSM7)


def test_the_sender_is_told_once_and_in_their_language(app: Portal, work: Work, say: Say) -> None:
    text_a_picture(app, say, b"no picture", "venden frente a mi casa en la noche", times=3)
    text_a_picture(app, say, b"no picture", "otra foto de la esquina")
    assert len([words for author, words in said(work) if author == "desk"]) == 4
    [text] = told(work)
    assert "No pudimos abrir eso" in text


def test_one_given_up_in_night_is_told_by_day(app: Portal, work: Work, say: Say) -> None:
    with time_machine.travel(NIGHT - timedelta(hours=30), tick=False):
        text_a_picture(app, say, Unreachable())
    for hours in range(30):
        with time_machine.travel(NIGHT - timedelta(hours=29 - hours), tick=False), app.app_context():
            deliveries.fetch_pictures()
    assert said(work)[-1] == ("desk", UnreadPicture.NOT_FETCHED.value)
    with work() as session:
        row = session.scalars(select(OutboundMessage).where(OutboundMessage.by_day)).one()
        assert (row.direct, row.due_at.astimezone(zone()).hour >= 8) == (False, True)


def test_after_stop_nobody_is_told(app: Portal, work: Work, say: Say) -> None:
    say("STOP")
    text_a_picture(app, say, b"no picture", "They sell by the bus stop.")
    assert said(work)[-1][0] == "desk"
    assert told(work) == []


def test_report_of_only_picture_is_named_and_awaits_it(app: Portal, work: Work, say: Say) -> None:
    text_a_picture(app, say, picture("PNG"))
    with work() as session:
        ana, thread = make_member(session, name="Ana"), session.scalars(select(Thread)).one()
        seat(session, session.scalars(select(Desk)).one(), ana)
        thread.state, thread.waiting_since = TriageState.ASKED, None
        address = f"/en/desk/{thread.id}"
    text_a_picture(app, say, picture("PNG"))
    assert values(work, Thread.state) == [TriageState.READ]
    client = app.test_client()
    sign_in(client, ana)
    page = Reader(client)
    assert page("/en/desk/?view=waiting").find(f'a[href="{address}"]').text == "Without words"
    assert "Without words" in page(address).text

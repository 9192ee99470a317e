"""The mails of the demonstration are read on a page, and nowhere else is there such a page."""

import os
import shutil
from datetime import datetime, timedelta

import time_machine
from sqlalchemy import select

from demo import writing
from demo.writing import FOLDER, MOST, LetterBox, letters
from portal.app import create_app
from portal.core.jobs import delivery, outbox
from portal.core.jobs.outbox import Letter, MessageKind, OutboundMessage

TO = "nadia@example.org"
CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n"


def post(app, work, subject, text, calendar=b""):
    with work():
        outbox.put(MessageKind.MAIL, TO, Letter(subject, text, calendar))
    with work() as session:
        (message,) = session.scalars(select(OutboundMessage.id).where(OutboundMessage.state == "due")).all()
    with app.app_context():
        delivery.deliver(message)


def test_what_was_sent_stands_there_the_newest_first(app, work, page, settings):
    post(app, work, "Invitación", "Venga:\n\nhttp://localhost/es/join/abc-123\n\n¡Gracias <b>!")
    post(app, work, "A reminder", "Tomorrow at six.", CALENDAR)
    words = ("Invitación", "Venga:", "¡Gracias <b>!", "A reminder", "Tomorrow at six.")
    shown = page("/es/demo/mail", quotes=words)
    assert [found.text for found in shown.find_all("main h2")] == ["A reminder", "Invitación"]
    assert shown.text.count(TO) == 2
    assert [one.get("href") for one in shown.find_all("article a")] == ["http://localhost/es/join/abc-123"]
    assert "Con una cita para el calendario." in shown.text


def test_mail_that_waits_for_the_morning_is_counted(app, work, page):
    zone = app.settings.zone
    shutil.rmtree(app.settings.data_dir / FOLDER, ignore_errors=True)
    with time_machine.travel(datetime(2026, 11, 5, 23, 30, tzinfo=zone), tick=False):
        with work():
            morning = datetime(2026, 11, 6, 8, tzinfo=zone)
            outbox.put(MessageKind.MAIL, TO, Letter("One", "x"), by_day=True)
            outbox.put(MessageKind.MAIL, TO, Letter("Two", "x"), due_at=morning)
            outbox.put(MessageKind.MAIL, TO, Letter("Next week", "x"), due_at=morning + timedelta(days=7))
            outbox.put(MessageKind.TEXT, "+15005550006", "x", by_day=True)
        shown = page("/es/demo/mail").text
    assert "2 correos esperan hasta la mañana" in shown
    assert "Todavía no hay correo" not in shown
    with time_machine.travel(datetime(2026, 11, 6, 9, tzinfo=zone), tick=False):
        assert "esperan hasta la mañana" not in page("/es/demo/mail").text


def test_only_the_newest_are_kept_for_the_owner(settings, monkeypatch):
    box, folder = LetterBox(settings), settings.data_dir / FOLDER
    for number in range(MOST + 3):
        box.deliver(TO, Letter(f"Number {number}", "x"), number, None)
        os.utime(folder / f"{number}.eml", (number, number))
    assert letters(settings.data_dir)[0].subject == f"Number {MOST + 2}"
    assert len(letters(settings.data_dir)) == MOST
    assert {file.stat().st_mode & 0o077 for file in folder.iterdir()} == {0}
    box.deliver(TO, Letter("Number 7", "again"), MOST + 2, None)
    assert len(letters(settings.data_dir)) == MOST
    # One that is listed, and not there any more, holds up no other.
    (folder / "1000.eml").symlink_to(folder / "nowhere")
    assert box.deliver(TO, Letter("Two", "x"), 2, timedelta(hours=1)).sid
    files = writing._files(folder)
    files[0].unlink()
    with monkeypatch.context() as listed:
        listed.setattr(writing, "_files", lambda _folder: files)
        assert len(letters(settings.data_dir)) == MOST - 1
    shutil.rmtree(folder)
    assert letters(settings.data_dir) == []


def test_without_the_demonstration_there_is_neither_page_nor_box(settings):
    plain = create_app(settings.model_copy(update={"demo": False}))
    assert not isinstance(plain.transports.get(MessageKind.MAIL), LetterBox)
    assert plain.test_client().get("/en/demo/mail").status_code == 404
    sends = create_app(settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:2525"}))
    assert not isinstance(sends.transports[MessageKind.MAIL], LetterBox)

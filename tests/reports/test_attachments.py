"""Pictures and voice notes of the web form: made anew, sealed, seen at the desk, never at the cost of the report."""

import io
import re
import secrets
import wave
import zlib
from array import array
from collections.abc import Sequence
from io import BytesIO
from math import sin
from threading import BoundedSemaphore
from unittest.mock import MagicMock

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from portal.accounts.users import Desk, DeskKey, Member
from portal.core.clock import now
from portal.core.crypto import private_key_from_seed, seal
from portal.core.db import random_id
from portal.core.files.apart import CELLS_A_SIDE, FileTrouble, NotTaken, covered, rebuilt
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.markets.places import Market
from portal.reports import attachments, desk_pages, intake, intake_pages
from portal.reports.attachments import (
    MOST_ATTACHMENT_BYTES,
    MOST_SECONDS,
    RATE,
    ChosenFiles,
    read_files,
)
from portal.reports.intake import key_of
from portal.reports.reports import Thread, ThreadMessage
from portal.reports.threads import pass_on, replace_picture
from portal.reports.triage import Category, Channel, Referral
from portal.reports.words import ReportWords
from tests.conftest import Work
from tests.core.test_files_apart import heic, heic_that_says, picture, png_that_says
from tests.make import make_desk, make_member, private_key_of
from tests.page import SAME_ORIGIN, Form, Page, Reader, reader_of
from tests.reports.conftest import words_on

pytestmark = pytest.mark.usefixtures("open_desks")
REPORT = {"what": "Three people sell by the bus stop.", "category": "selling", "market": "elm-street"}
CANARY = "Canario-en-la-foto"


def photo(color: str = "red", size: tuple[int, int] = (80, 60)) -> bytes:
    """As a telephone takes it: it says where it was taken, and by which device."""
    exif = Image.Exif()
    exif[0x0110], exif[0x010E] = "CanaryPhone 7", CANARY
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 57.0, 20.0), 3: "W", 4: (80.0, 0.0, 19.0)})
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, "JPEG", exif=exif, icc_profile=CANARY.encode(), comment=CANARY.encode())
    return out.getvalue()


def note(seconds: float, hertz: float = 440) -> bytes:
    """A tone as bare samples, as the phone sends them."""
    return array(
        "h", (int(9_000 * sin(6.2832 * hertz * at / attachments.RATE)) for at in range(int(seconds * attachments.RATE)))
    ).tobytes()


NOTE = note(3)
SPOKEN_ONLY = REPORT | {"what": ""}


def send(form: Form, files: Sequence[bytes], status: int = 200, voice: bytes | None = None, **values: str) -> Page:
    """Send the form with files, as a browser does: one without content or name if none was chosen."""
    data: MultiDict[str, object] = MultiDict(form.values)
    for name, value in values.items():
        data.setlist(name, [value])
    for number, content in enumerate(files):
        data.add("pictures", FileStorage(io.BytesIO(content), f"{CANARY}-{number}.jpg", content_type="image/jpeg"))
    if not files:
        data.add("pictures", FileStorage(io.BytesIO(), "", content_type="application/octet-stream"))
    data.add("voice", FileStorage(io.BytesIO(voice or b""), "" if voice is None else f"{CANARY}.m4a"))
    # Encoded here: the test client would leave a large one in a temporary file.
    boundary, body = encode_multipart(data)
    kind = f"multipart/form-data; boundary={boundary}"
    reader, action = form.page.reader, form.element.get("action", "")
    return reader.read(reader.client.post(action, data=body, headers=SAME_ORIGIN, content_type=kind), status)


def report_form(page: Reader, lang: str = "en") -> Form:
    return page(f"/{lang}/report/").form("/report/")


def kinds(work: Work) -> list[list[str]]:
    """The kinds of messages of each thread, in their order; the ids of threads have none."""
    with work() as session:
        return sorted([message.kind for message in thread.messages] for thread in session.scalars(select(Thread)))


def opened(work: Work) -> list[bytes]:
    """The pictures, as the desk that holds them opens them."""
    with work() as session:
        found = select(ThreadMessage, DeskKey).join(DeskKey).where(ThreadMessage.kind == "picture")
        rows = session.execute(found.order_by(ThreadMessage.position)).all()
        return [message.opened(message.key_for_desk, private_key_of(key)) for message, key in rows]


def desk_of(app: Portal, work: Work, email: str = "ana@portal.test") -> Reader:
    with work() as session:
        member = session.scalars(select(Member).where(Member.email == email)).one()
    return reader_of(app, member)


def test_pictures_come_with_report_and_are_seen_at_desk(app: Portal, page: Reader, work: Work) -> None:
    receipt = send(report_form(page), [photo("red"), photo("blue")], **REPORT)
    assert "We have your 2 pictures." in receipt.text
    assert kinds(work) == [["words", "picture", "picture"]]
    reader = desk_of(app, work)
    with work() as session:
        thread_id = session.scalars(select(Thread.id)).one()
    seen = reader(f"/en/desk/{thread_id}")
    links = [one.get("href", "") for one in seen.find_all("a") if "/picture/" in one.get("href", "")]
    jpegs = [reader.client.get(link).data for link in links if not link.endswith("/cover")]
    colors = [Image.open(io.BytesIO(jpeg)).convert("RGB").getpixel((5, 5)) for jpeg in jpegs]
    assert [max(range(3), key=color.__getitem__) for color in colors] == [0, 2]


def test_picture_alone_is_report_and_a_broken_one_none(app: Portal, page: Reader, work: Work) -> None:
    again = send(report_form(page), [b"no picture"], 422, **(REPORT | {"what": "", "where": "north corner"}))
    assert again.find('.summary a[href="#pictures"]') is not None
    assert "We could not keep picture 1. We cannot open its kind." in again.text
    assert again.form("/report/").values["where"] == "north corner"
    assert kinds(work) == []
    form = report_form(page, "es")
    for _time in range(2):
        assert "Tenemos su foto." in send(form, [photo()], **(REPORT | {"what": ""})).text
    assert kinds(work) == [["words", "picture"]]
    assert "Without words" in desk_of(app, work)("/en/desk/").text


def test_nothing_but_the_image_is_kept_and_no_name(work: Work, page: Reader) -> None:
    send(report_form(page), [photo(), picture("PNG"), heic(), picture("GIF")], **REPORT)
    jpegs = opened(work)
    assert len(jpegs) == attachments.MOST_PICTURES
    for jpeg in jpegs:
        with Image.open(io.BytesIO(jpeg)) as found:
            assert (found.format, dict(found.getexif())) == ("JPEG", {})
            assert not {"icc_profile", "comment", "exif"} & set(found.info)
        assert CANARY.encode() not in jpeg and b"CanaryPhone" not in jpeg


LOST: dict[str, tuple[bytes, *tuple[FileTrouble, ...]]] = {
    "text": (b"not a picture at all", FileTrouble.OTHER_KIND),
    "nothing": (b"", FileTrouble.OTHER_KIND),
    "heic that is none": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 500, FileTrouble.BROKEN),
    "heic that says it is huge": (heic_that_says(7_800, 7_800), FileTrouble.TOO_MANY_DOTS),
    "avif": (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + b"\0" * 500, FileTrouble.OTHER_KIND),
    "pdf": (b"%PDF-1.7 a picture of sorts", FileTrouble.OTHER_KIND),
    "tiff": (picture("TIFF"), FileTrouble.OTHER_KIND),
    "page": (b"<script>alert(1)</script>", FileTrouble.OTHER_KIND),
    "only its beginning": (b"\xff\xd8\xff\xe0", FileTrouble.BROKEN),
    "bomb": (
        png_that_says(60_000, 60_000, zlib.compress(b"\0" * (1 << 22), 9)),
        FileTrouble.TOO_MANY_DOTS,
        FileTrouble.BROKEN,
    ),
    "large": (photo() + b"\0" * MOST_ATTACHMENT_BYTES, FileTrouble.TOO_LARGE),
}


def test_each_bad_file_is_lost_for_its_reason(work: Work, page: Reader) -> None:
    for name, (content, *reasons) in LOST.items():
        told = read_files(ChosenFiles([FileStorage(io.BytesIO(content), "x.jpg")]), is_room=lambda: True)[1]
        assert told.lost[0][1] in reasons, name
    receipt = send(report_form(page), [photo("red"), b"<script>alert(1)</script>", photo("blue")], **REPORT)
    assert "We have your 2 pictures. We could not keep picture 2. We cannot open its kind." in receipt.text
    assert CANARY not in receipt.response.text
    assert kinds(work) == [["words", "picture", "picture"]]


def test_form_sent_again_doubles_nothing_and_may_bring_more(work: Work, page: Reader) -> None:
    form = report_form(page)
    for colors, kept in ((["red", "red"], 1), (["red", "blue", "green", "white", "black"], 4)):
        receipt = send(form, [photo(color) for color in colors], **REPORT)
        assert kinds(work) == [["words", *["picture"] * kept]]
    assert "We took the first 4 pictures only." in receipt.text


def test_complaint_goes_to_its_own_desk_whole(app: Portal, work: Work, page: Reader) -> None:
    form = report_form(page)
    send(form, [photo()], **REPORT)
    # She goes back and makes it a complaint: another report, which nobody at the first desk opens.
    send(form, [photo()], voice=NOTE, **(REPORT | {"category": "conduct"}))
    assert kinds(work) == [["words", "picture"], ["words", "voice", "picture"]]
    with work() as session:
        complaint = session.scalars(select(Thread).where(Thread.category == "conduct")).one()
        _words, voice, picture = (message.id for message in complaint.messages)
    for address, kind in ((f"picture/{picture}", "image/jpeg"), (f"voice/{voice}", "audio/wav")):
        address = f"/en/desk/{complaint.id}/{address}"
        assert desk_of(app, work, "olga@portal.test").client.get(address).mimetype == kind
        assert desk_of(app, work).client.get(address).status_code == 404


def test_page_that_comes_back_says_to_choose_again(work: Work, page: Reader) -> None:
    for status, changed in (
        (422, {"what": "They sell. " * 2_000}),
        (422, {"what": "Call me at 336-555-0142"}),
        (422, {"what": "Somebody overdosed, he is not breathing"}),
        (200, {"show_map": "map"}),
        (200, {"to_other_language": "y"}),
    ):
        typed = REPORT | {"where": "north corner"} | changed
        again = send(report_form(page), [photo(), photo("blue")], status, voice=note(3), **typed)
        assert "Please choose your pictures again" in again.text
        assert "Please record your voice note again" in again.text
        values = again.form("/report/").values
        assert (values["where"], values["market"], values["category"]) == ("north corner", "elm-street", "selling")
        assert kinds(work) == []
        without = send(report_form(page), [], status, **(REPORT | changed))
        assert not re.search("choose your picture|record your voice note again", without.text)


def test_too_many_at_once_cost_no_report(
    app: Portal, work: Work, page: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "_turns", BoundedSemaphore(1))
    with attachments._turns:
        receipt = send(report_form(page), [photo()], voice=note(3), **REPORT)
    assert "We have your voice note. We could not keep picture 1. Too many came at once." in receipt.text
    assert kinds(work) == [["words", "voice"]]
    app.settings.reports_per_address = 2
    app.settings.reports_in_all = 3
    for _form in range(2):
        receipt = send(report_form(page), [photo()], **REPORT)
    assert "Too many came in this hour." in receipt.text
    assert ["words"] in kinds(work)


def test_who_waited_in_vain_does_not_wait_again(monkeypatch: pytest.MonkeyPatch) -> None:
    never = MagicMock(side_effect=NotTaken(FileTrouble.UNFINISHED))
    monkeypatch.setattr(attachments, "rebuilt", never)
    files = [FileStorage(io.BytesIO(photo(color)), "x.jpg") for color in ("red", "blue")]
    assert read_files(ChosenFiles(files), is_room=lambda: True)[1].lost == (
        (1, FileTrouble.UNFINISHED),
        (2, FileTrouble.UNFINISHED),
    )
    assert never.call_count == 1


def test_more_comes_with_a_later_message_or_alone(work: Work, page: Reader) -> None:
    receipt = send(report_form(page), [], **REPORT)
    thread = page("/en/report/follow").form("follow").submit(code=" ".join(words_on(receipt)))
    said = send(thread.form("say"), [photo()], what="")
    assert "We have your picture." in said.text
    assert kinds(work) == [["words", "picture"]]
    said = send(said.form("say"), [b"x", photo("blue")], voice=b"x", what="And there.")
    assert "We could not keep picture 1." in said.text and "We could not keep your voice note." in said.text
    assert kinds(work) == [["words", "picture", "words", "picture"]]
    said = send(said.form("say"), [], voice=NOTE, what="")
    assert "We have your voice note." in said.text and "Your voice note" in said.text
    assert kinds(work) == [["words", "picture", "words", "picture", "voice"]]
    assert "Please write something first" in send(said.form("say"), [], 422, what="").text


def test_key_that_was_retired_after_sealing_opens_no_picture(work: Work) -> None:
    words = ReportWords("They sell by the fountain.")
    sent = attachments.Attachment("picture", b"d" * 32, rebuilt(photo()))
    report = intake.NewReport(words, Category.SELLING, Channel.WEB, "en", attachments=(sent,))
    with work() as session:
        sealed = intake.seal_report(report, secrets.token_bytes(32))
        triage = session.scalars(select(Desk).where(Desk.kind == "triage")).one()
        stolen = session.scalars(select(DeskKey).where(DeskKey.desk_id == triage.id)).one()
        stolen.retired_at = now()
        session.flush()
        fresh = DeskKey(id=random_id(), desk_id=triage.id, public_key=b"", recovery_copy=b"", created_at=now())
        fresh.public_key = bytes(private_key_of(fresh).public_key)
        fresh.vouch()
        session.add(fresh)
        assert intake.keep_report(sealed) is None
        thread = session.get_one(Thread, sealed.thread_id)
        assert [message.desk_key_id for message in thread.messages] == [fresh.id, fresh.id]
        assert thread.messages[1].opened(thread.messages[1].key_for_desk, private_key_of(fresh)) == sent.content


def test_what_was_passed_on_holds_no_picture(work: Work, page: Reader) -> None:
    send(report_form(page), [photo()], **REPORT)
    with work() as session:
        owner = make_member(session, ("organizer",))
        make_desk(session, [owner], "team")
        session.scalars(select(Market)).one().owner_id = owner.id
        thread = session.scalars(select(Thread)).one()
        ana = session.scalars(select(Member).where(Member.email == "ana@portal.test")).one()
        row = pass_on(thread, Referral.TEAM, "", ana.id, readable="They sell by the stop.")
        session.flush()
        assert row is not None
        held = sum(len(value) for value in vars(row).values() if isinstance(value, bytes))
        assert held < 4096
    assert kinds(work) == [["words", "picture"]]


# --- The desk covers parts of a picture for good ---

ALL = range(CELLS_A_SIDE**2)


def cover_of(message: ThreadMessage) -> str:
    """Where a picture is covered."""
    return f"/en/desk/{message.thread_id}/picture/{message.id}/cover"


def the_picture(session: Session) -> ThreadMessage:
    return session.scalars(select(ThreadMessage).where(ThreadMessage.kind == "picture")).one()


def sent_picture(work: Work, page: Reader) -> str:
    """Where the picture of a report is covered."""
    send(report_form(page), [photo("white", (320, 200))], **REPORT)
    with work() as session:
        return cover_of(the_picture(session))


def dots(jpeg: bytes) -> list[bool]:
    """Whether the middle of each cell is dark."""
    with Image.open(io.BytesIO(jpeg)) as found:
        gray = found.convert("L")
        width, height = gray.size
        middles = [(width * (2 * (cell % 10) + 1) // 20, height * (2 * (cell // 10) + 1) // 20) for cell in ALL]
        return [int(gray.getpixel(one)) < 30 for one in middles]


def test_exactly_these_cells_turn_black() -> None:
    for size, cells in (((320, 200), [0, 9, 90, 99]), ((97, 203), [44, 45, 54, 55]), ((3, 7), ALL)):
        made = covered(rebuilt(photo("white", size)), cells)
        with Image.open(io.BytesIO(made)) as found:
            assert (found.format, found.size) == ("JPEG", size)
            assert len(cells) < len(ALL) or found.convert("L").getextrema()[1] < 9
        if min(size) > 90:
            assert [cell for cell, dark in enumerate(dots(made)) if dark] == list(cells)
    corner = Image.open(io.BytesIO(covered(rebuilt(photo("white", (205, 205))), [0, 1, 10, 11]))).convert("L")
    assert max(corner.getpixel((x, y)) for x in range(38) for y in range(38)) < 30, "the edge of a cell, too"
    for content in (b"", picture("PNG"), b"\xff\xd8\xff"):
        with pytest.raises(NotTaken) as refused:
            covered(content, [1])
        assert refused.value.trouble is FileTrouble.BROKEN


def test_the_covered_copy_takes_the_place_of_the_picture(app: Portal, work: Work, page: Reader) -> None:
    receipt = send(report_form(page), [photo("white", (320, 200))], **REPORT)
    with work() as session:
        message = the_picture(session)
        old, message_id, address = (
            (message.box, message.key_for_desk, message.key_for_thread),
            message.id,
            cover_of(message),
        )
    ana, (before,) = desk_of(app, work), opened(work)
    shown = ana(address)
    assert len(list(shown.find_all(".cover input[type=checkbox]"))) == len(ALL)
    assert 'aria-label="Row 5, column 4"' in shown.response.text
    again = shown.form().submit(cells=["43", "44"], sure="y")
    assert "Covered. Nobody can open the picture as it was any more." in again.text
    (after,) = opened(work)
    assert [cell for cell, dark in enumerate(dots(after)) if dark] == [43, 44]
    assert before != after and kinds(work) == [["words", "picture"]]
    assert ana.client.get(address.removesuffix("/cover")).data == after
    with work() as session:
        message, member = (
            the_picture(session),
            session.scalars(select(Member).where(Member.email == "bo@portal.test")).one(),
        )
        # Neither key of before opens it, and of two at once the second uncovers nothing.
        assert not {message.box, message.key_for_desk, message.key_for_thread} & set(old)
        assert message.opened(message.key_for_thread, key_of(words_on(receipt))) == after
        with pytest.raises(Refused):
            replace_picture(session.get_one(Thread, message.thread_id), message_id, old[1], rebuilt(photo()), member.id)
    # Once more: what was covered stays so.
    again.form().submit(cells=["0"], sure="y")
    assert [cell for cell, dark in enumerate(dots(opened(work)[0])) if dark] == [0, 43, 44]


def test_no_slip_and_no_trouble_covers_anything(
    app: Portal, work: Work, page: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, ana, before = sent_picture(work, page), desk_of(app, work), opened(work)
    unsure = ana(address).form().submit(422, cells=["4"])
    assert "Please say that you are sure" in unsure.text
    assert unsure.has('.cover input[value="4"][checked]')
    nothing = ana(address).form().submit(422, cells=[], sure="y")
    assert "Please choose at least one part of the picture." in nothing.text
    monkeypatch.setattr(desk_pages, "covered", MagicMock(side_effect=NotTaken(FileTrouble.UNFINISHED)))
    said = ana(address).form().submit(409, cells=["4"], sure="y")
    assert "The picture could not be changed right now." in said.text
    assert opened(work) == before


def test_only_who_reads_the_report_may(app: Portal, work: Work, page: Reader) -> None:
    address = sent_picture(work, page)
    assert desk_of(app, work, "olga@portal.test").client.get(address).status_code == 404
    with work() as session:
        words = session.scalars(select(ThreadMessage).where(ThreadMessage.kind == "words")).one()
    assert desk_of(app, work).client.get(cover_of(words)).status_code == 404
    assert app.test_client().get(address).status_code == 302


# --- Voice notes: written anew, sealed, heard at the desk, and never lost without a word ---


def thread_and_note(work: Work) -> tuple[str, str]:
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        note = next(message.id for message in thread.messages if message.kind == "voice")
        return f"/en/desk/{thread.id}", f"/en/desk/{thread.id}/voice/{note}"


def test_voice_note_comes_along_and_is_heard_at_desk(app: Portal, page: Reader, work: Work) -> None:
    receipt = send(report_form(page), [photo()], voice=NOTE, **REPORT)
    assert "We have your voice note. We have your picture." in receipt.text
    assert kinds(work) == [["words", "voice", "picture"]]
    shown, address = thread_and_note(work)
    ana = desk_of(app, work)
    assert ana(shown).has(f'audio[controls][src="{address}"]')
    answer = ana.client.get(address)
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, "audio/wav", "no-store")
    with wave.open(BytesIO(answer.data)) as sound:
        assert tuple(sound.getparams())[:4] == (1, 2, RATE, 3 * RATE)
        assert sound.readframes(3 * RATE) == NOTE
    part = ana.client.get(address, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.data) == (206, answer.data[4:8])


def test_who_cannot_write_only_speaks(app: Portal, page: Reader, work: Work) -> None:
    form = report_form(page, "es")
    for _time in range(2):
        assert "Ya tenemos su mensaje de voz." in send(form, [], voice=NOTE, **SPOKEN_ONLY).text
    assert kinds(work) == [["words", "voice"]]
    assert "Mensaje de voz, 3 segundos." in desk_of(app, work)("/en/desk/").text


def test_the_sound_is_kept_padded_and_sealed(page: Reader, work: Work) -> None:
    send(report_form(page), [], voice=NOTE, **REPORT)
    send(report_form(page), [], voice=note(3.5), **REPORT)
    overhead = len(seal((), b"", [private_key_from_seed(b"k" * 32).public_key]).box) - 1024
    with work() as session:
        asked = select(ThreadMessage, DeskKey).join(DeskKey).where(ThreadMessage.kind == "voice")
        rows = session.execute(asked).all()
        assert {len(message.box) - overhead for message, _key in rows} == {64 * 1024}
        for message, key in rows:
            assert message.opened(message.key_for_desk, private_key_of(key))[44:] in {NOTE, note(3.5)}


NO_NOTES = b"", b"x", bytes(MOST_SECONDS * RATE * 2 + 2), bytes(MOST_ATTACHMENT_BYTES + 2)
"""Nothing, half a sample, one too many, and more than any file may have."""
LOST_NOTE = "We could not keep your voice note. Please record it again."


def test_bad_note_costs_no_words(work: Work, page: Reader) -> None:
    for content in NO_NOTES:
        again = send(report_form(page), [], 422, voice=content, **(SPOKEN_ONLY | {"where": "north corner"}))
        assert LOST_NOTE in again.text and "Please record your voice note again" in again.text
        assert again.form("/report/").values["where"] == "north corner"
    again = send(report_form(page), [], 422, **SPOKEN_ONLY)
    assert "Please write what is happening, or add a voice note or a picture below." in again.text
    assert kinds(work) == []
    receipt = send(report_form(page), [photo()], voice=b"x", **REPORT)
    assert LOST_NOTE in receipt.text and "You can send more later, with your code words." in receipt.text
    assert kinds(work) == [["words", "picture"]]


def test_too_many_forms_in_an_hour_are_told(work: Work, page: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    send(report_form(page), [], voice=note(MOST_SECONDS), **REPORT)
    assert kinds(work) == [["words", "voice"]]
    monkeypatch.setattr(intake_pages, "is_room_for_files", lambda: False)
    again = send(report_form(page), [], 422, voice=NOTE, **SPOKEN_ONLY)
    assert "We could not keep your voice note. Too many came in this hour." in again.text


def test_before_note_is_passed_on_police_are_asked_about(app: Portal, work: Work, page: Reader) -> None:
    """No machine hears it, whichever way it came."""
    send(report_form(page), [], voice=NOTE, **REPORT)
    with work() as session:
        make_desk(session, [make_member(session, ("organizer",))], "outreach")
        session.scalars(select(Thread)).one().category = Category.SERVICES
    shown, _address = thread_and_note(work)
    asked = desk_of(app, work)(shown).form_with("what").submit(422, then="pass outreach", readable="They need help.")
    assert "No machine can hear what the voice note says." in asked.text

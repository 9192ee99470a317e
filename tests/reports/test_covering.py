"""The desk covers parts of a picture for good: what was there is in no copy, and nobody else may do it."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from sqlalchemy import select

from portal.accounts.users import DeskKey, Member
from portal.core.crypto import unseal
from portal.core.files.apart import FileTrouble, NotTaken
from portal.core.files.rewriting import CELLS_A_SIDE, covered, rebuilt
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.reports import cover_pages
from portal.reports.intake import key_of
from portal.reports.reports import Thread, ThreadMessage
from portal.reports.threads import replace_picture
from tests.conftest import Work
from tests.core.test_files_apart import picture
from tests.make import private_key_of
from tests.page import Reader
from tests.reports.test_pictures import REPORT, desk_of, kinds, opened, photo, report_form, send

pytestmark = pytest.mark.usefixtures("open_desks")
ALL = range(CELLS_A_SIDE**2)


def sent_picture(work: Work, page: Reader) -> str:
    """Where the picture of a report is covered."""
    send(report_form(page), [photo("white", (320, 200))], **REPORT)
    with work() as session:
        thread = session.scalars(select(Thread)).one()
        return f"/en/desk/{thread.id}/picture/{thread.messages[1].id}/cover"


def dots(jpeg: bytes) -> list[bool]:
    """Whether the middle of each cell is dark."""
    with Image.open(io.BytesIO(jpeg)) as found:
        gray = found.convert("L")
        width, height = gray.size
        middles = [(width * (2 * (cell % 10) + 1) // 20, height * (2 * (cell // 10) + 1) // 20) for cell in ALL]
        return [int(gray.getpixel(one)) < 30 for one in middles]


def test_exactly_these_cells_turn_black() -> None:
    cases = (((320, 200), [0, 9, 90, 99]), ((97, 203), [44, 45, 54, 55]), ((3, 7), ALL))
    for size, cells in cases:
        made = covered(rebuilt(photo("white", size)), cells)
        with Image.open(io.BytesIO(made)) as found:
            assert (found.format, found.size) == ("JPEG", size)
            assert len(cells) < len(ALL) or found.convert("L").getextrema()[1] < 9
        if min(size) > 90:
            assert [cell for cell, dark in enumerate(dots(made)) if dark] == list(cells)


def test_the_edge_of_a_cell_is_covered_too() -> None:
    made = Image.open(io.BytesIO(covered(rebuilt(photo("white", (205, 205))), [0, 1, 10, 11]))).convert("L")
    assert max(made.getpixel((x, y)) for x in range(38) for y in range(38)) < 30


def test_what_is_no_jpeg_is_refused() -> None:
    for content in (b"", picture("PNG"), b"\xff\xd8\xff"):
        with pytest.raises(NotTaken) as refused:
            covered(content, [1])
        assert refused.value.trouble is FileTrouble.BROKEN


def test_the_covered_copy_takes_the_place_of_the_picture(app: Portal, work: Work, page: Reader) -> None:
    address = sent_picture(work, page)
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
    # Once more: what was covered stays so.
    again.form().submit(cells=["0"], sure="y")
    assert [cell for cell, dark in enumerate(dots(opened(work)[0])) if dark] == [0, 43, 44]


def test_neither_key_opens_what_was_covered(app: Portal, work: Work, page: Reader) -> None:
    receipt = send(report_form(page), [photo("white", (320, 200))], **REPORT)
    code = tuple("".join(item.itertext()).split()[-1] for item in receipt.find_all("#code-words li"))
    with work() as session:
        message = session.scalars(select(ThreadMessage).where(ThreadMessage.kind == "picture")).one()
        old = message.box, message.key_for_desk, message.key_for_thread
        address = f"/en/desk/{message.thread_id}/picture/{message.id}/cover"
    desk_of(app, work)(address).form().submit(cells=[str(cell) for cell in ALL], sure="y")
    with work() as session:
        message = session.scalars(select(ThreadMessage).where(ThreadMessage.kind == "picture")).one()
        key = session.get_one(DeskKey, message.desk_key_id)
        assert not {message.box, message.key_for_desk, message.key_for_thread} & set(old)
        by_desk = unseal(message.box, message.key_for_desk, private_key_of(key))
        assert unseal(message.box, message.key_for_thread, key_of(code)) == by_desk
        assert all(dots(by_desk))


def test_it_is_asked_once_and_no_slip_covers_anything(app: Portal, work: Work, page: Reader) -> None:
    address = sent_picture(work, page)
    for given, why in (
        ({"cells": ["4"]}, "Please say that you are sure"),
        ({"cells": [], "sure": "y"}, "Please choose at least one part of the picture."),
    ):
        before = opened(work)
        again = desk_of(app, work)(address).form().submit(422, **given)
        assert why in again.text
        assert opened(work) == before
        if given.get("cells") == ["4"]:
            assert again.has('.cover input[value="4"][checked]')


def test_file_that_cannot_be_opened_now_stays(
    app: Portal, work: Work, page: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = sent_picture(work, page)

    def busy(*_given: object) -> bytes:
        raise NotTaken(FileTrouble.UNFINISHED)

    monkeypatch.setattr(cover_pages, "covered", busy)
    before = opened(work)
    said = desk_of(app, work)(address).form().submit(409, cells=["4"], sure="y")
    assert "The picture could not be changed right now." in said.text
    assert opened(work) == before


def test_of_two_at_once_the_second_uncovers_nothing(app: Portal, work: Work, page: Reader) -> None:
    address = sent_picture(work, page)
    with work() as session:
        message = session.scalars(select(ThreadMessage).where(ThreadMessage.kind == "picture")).one()
        old, message_id = message.key_for_desk, message.id
    desk_of(app, work)(address).form().submit(cells=["4"], sure="y")
    with work() as session, pytest.raises(Refused):
        member = session.scalars(select(Member).where(Member.email == "bo@portal.test")).one()
        replace_picture(session.scalars(select(Thread)).one(), message_id, old, rebuilt(photo()), member.id)
    assert dots(opened(work)[0])[4]


def test_only_who_reads_the_report_may(app: Portal, work: Work, page: Reader) -> None:
    address = sent_picture(work, page)
    assert desk_of(app, work, "olga@portal.test").client.get(address).status_code == 404
    with work() as session:
        words = session.scalars(select(ThreadMessage).where(ThreadMessage.kind == "words")).one()
        other = address.replace(address.split("/")[-2], str(words.id))
    assert desk_of(app, work).client.get(other).status_code == 404
    assert app.test_client().get(address).status_code == 302

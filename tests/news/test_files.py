"""Files of the library: four kinds, without a word on who made them, and gone when they are gone."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings, strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Text
from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject
from werkzeug.datastructures import MultiDict

from portal.core.db import db
from portal.core.files.apart import FileTrouble, NotTaken
from portal.core.files.uploads import MOST_FILE_BYTES, UploadKind, clean, kind_of
from portal.core.web import Portal
from portal.news.library import Guide, GuideFile
from tests.conftest import Work
from tests.make import make_guide
from tests.page import SAME_ORIGIN, Page, Reader, fields_of
from tests.pdfs import made_pdf

TYPED = {"title_en": "A list", "title_es": "Una lista", "about_en": "For all.", "about_es": "Para todos."}
ENGLISH = b"Bring chairs and water."


def jpeg(**given: Any) -> bytes:
    exif = Image.Exif()
    exif[0x010E], exif[0x9286] = "Canary place", "Canary words"
    out = io.BytesIO()
    picture = Image.effect_noise((60, 40), 50).convert("RGB")
    picture.save(out, "JPEG", exif=exif, comment=b"Canary comment", **given)
    return out.getvalue()


def pdf() -> bytes:
    """A PDF that tells on its author in every way we know of."""
    source = '#set document(author: "Carla Canary")\nBring chairs\n#image(bytes(json(bytes(sys.inputs.picture))))'
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(made_pdf(source, picture=str(list(jpeg()))))))
    note = Text(rect=(10, 10, 30, 30), text="A note")
    note[NameObject("/T")] = TextStringObject("Carla Canary")
    writer.add_annotation(0, note)
    writer.add_attachment("canary.txt", b"Canary inside")
    script = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("Canary()")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(script)
    about = StreamObject()
    about.set_data(b"<x:xmpmeta>Canary</x:xmpmeta>")
    writer.root_object[NameObject("/Metadata")] = writer._add_object(about)
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def locked() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt("secret", algorithm="AES-256")
    return written(writer)


def png(mode: str = "RGB", size: tuple[int, int] = (20, 10)) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, "PNG")
    return out.getvalue()


def test_pdf_keeps_its_pages_and_nothing_of_its_author() -> None:
    before = pdf()
    assert before.count(b"anary") >= 6
    made = clean(before)
    found = PdfReader(io.BytesIO(made.content))
    everything = made.content + b"".join(part.get_data() for part in streams(found))
    assert not [word for word in (b"anary", b"JavaScript", b"EmbeddedFile", b"Producer") if word in everything]
    assert "Bring chairs" in found.pages[0].extract_text()
    assert [image.image.size for image in found.pages[0].images] == [(60, 40)]
    assert found.metadata is None


def streams(reader: PdfReader) -> list[StreamObject]:
    found = (reader.get_object(number) for number in range(1, int(str(reader.trailer["/Size"]))))
    packed = (one for one in found if isinstance(one, StreamObject) and "/Filter" in one)
    return [one for one in packed if str(one["/Filter"]) != "/DCTDecode"]


def test_a_picture_is_made_anew() -> None:
    made = clean(jpeg())
    assert b"anary" in jpeg() and b"anary" not in made.content
    with Image.open(io.BytesIO(made.content)) as found:
        assert (found.format, found.size, dict(found.getexif())) == ("JPEG", (60, 40), {})
    with Image.open(io.BytesIO(clean(png("RGBA")).content)) as found:
        assert (found.format, found.mode, found.size) == ("PNG", "RGBA", (20, 10))


def test_what_is_not_taken() -> None:
    for content, trouble in (
        (b"", FileTrouble.OTHER_KIND),
        (b"MZ\x90\x00", FileTrouble.OTHER_KIND),
        (b"PK\x03\x04word/document.xml", FileTrouble.OTHER_KIND),
        (b"text with \x1b[2J", FileTrouble.OTHER_KIND),
        ("niño".encode("latin-1"), FileTrouble.OTHER_KIND),
        (b"%PDF-1.7 and nothing else", FileTrouble.BROKEN),
        (b"\xff\xd8\xff broken", FileTrouble.BROKEN),
        (png()[:40], FileTrouble.BROKEN),
        (b"x" * (MOST_FILE_BYTES + 1), FileTrouble.TOO_LARGE),
        (png("1", (9_000, 9_000)), FileTrouble.TOO_MANY_DOTS),
        (locked(), FileTrouble.LOCKED),
    ):
        with pytest.raises(NotTaken) as refused:
            clean(content)
        assert refused.value.trouble is trouble


def test_which_text_is_plain() -> None:
    for sign in ("\x00", "\x0b", "\x1b", "\x7f", "\x85", "\x9b"):
        with pytest.raises(NotTaken):
            clean(f"chairs{sign}water".encode())
    assert clean(b"chairs").kind == UploadKind.TEXT


@settings(max_examples=8)
@given(st.binary(max_size=400), st.sampled_from([b"", b"%PDF-1.4\n", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"]))
def test_whatever_comes_is_taken_or_refused(rest: bytes, beginning: bytes) -> None:
    content = beginning + rest
    try:
        made = clean(content)
    except NotTaken:
        return
    assert made.kind == kind_of(content)


def send(page: Page, press: str, files: dict[str, tuple[bytes, str]], status: int = 200, **typed: str) -> Page:
    """Send the form as a browser does that has files to send."""
    form = fields_of(page)
    data: MultiDict[str, Any] = MultiDict(form.values)
    for name, text in (typed | {"then": press}).items():
        data.setlist(name, [text])
    for name, (content, called) in files.items():
        data.setlist(name, [(io.BytesIO(content), called)])
    client = page.reader.client
    answer = client.post(page.path, data=data, headers=SAME_ORIGIN, content_type="multipart/form-data")
    # The client keeps what it sends in a file when it is much.
    answer.request.environ["wsgi.input"].close()
    return page.reader(answer.location, status) if answer.status_code == 302 else page.reader.read(answer, status)


def test_a_file_goes_out_under_a_name_of_ours(editor: Reader, page: Reader, client: FlaskClient, work: Work) -> None:
    files = {"file_en": (ENGLISH, "carla-draft-3.txt"), "file_es": (pdf(), "x.pdf")}
    send(editor("/en/team/guides/new"), "publish", files, **TYPED)
    with work() as session:
        slug = session.query(Guide).one().slug
    listed = page("/es/guides/")
    links = [link.get("href") for link in listed.find_all("a[download]")]
    assert links == [f"/es/guides/file/{slug}/{lang}" for lang in ("es", "en")]
    assert "Descargar en español" in listed.text and "PDF, " in listed.text
    for lang, beginning, kind, name in (
        ("en", ENGLISH, "text/plain; charset=utf-8", "a-list-en.txt"),
        ("es", b"%PDF-", "application/pdf", "una-lista-es.pdf"),
    ):
        answer = client.get(f"/en/guides/file/{slug}/{lang}")
        assert answer.data.startswith(beginning) and answer.content_type == kind
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        again = client.get(f"/en/guides/file/{slug}/{lang}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


def test_file_nobody_may_know_of_never_was(editor: Reader, client: FlaskClient, work: Work) -> None:
    with work() as session:
        guide = make_guide(session, files={"en": ENGLISH}, published=False)
    never = client.get("/en/guides/file/never/en")
    answer = client.get(f"/en/guides/file/{guide.slug}/en")
    assert (answer.status_code, answer.data) == (404, never.data)
    assert answer.headers.to_wsgi_list() == never.headers.to_wsgi_list()
    assert editor.client.get(f"/en/team/guides/{guide.id}/file/en").data == ENGLISH
    fields_of(editor(f"/en/team/guides/{guide.id}")).submit(press="publish")
    assert client.get(f"/en/guides/file/{guide.slug}/en").data == ENGLISH
    assert client.get(f"/en/guides/file/{guide.slug}/es").status_code == 404
    editor(f"/en/team/guides/{guide.id}").form("/take-back").submit()
    assert client.get(f"/en/guides/file/{guide.slug}/en").status_code == 404


def test_what_is_replaced_or_erased_leaves_no_byte(app: Portal, editor: Reader, work: Work, portal_dir: Path) -> None:
    first, second = b"first canary " * 900, b"second canary " * 900
    with work() as session:
        guide = make_guide(session, files={"en": first})
    on_disk(app, b"first canary", portal_dir, there=True)
    url = f"/en/team/guides/{guide.id}"
    send(editor(url), "save", {"file_en": (second, "x.txt")})
    on_disk(app, b"first canary", portal_dir, there=False)
    send(editor(url), "save", {}, drop_en="y")
    on_disk(app, b"second canary", portal_dir, there=False)
    with work() as session:
        assert session.query(GuideFile).count() == 0


def on_disk(app: Portal, words: bytes, folder: Path, *, there: bool) -> None:
    # A minute passes: the timetable empties the journal.
    with app.app_context():
        assert db.forget_journal()
    assert any(words in path.read_bytes() for path in folder.glob("portal.db*")) == there


def test_bad_file_is_said_beside_its_field_nothing_lost(editor: Reader, work: Work) -> None:
    page = editor("/en/team/guides/new")
    for field, content, name, said in (
        ("file_en", b"PK\x03\x04", "list.docx", "Save an office document as PDF first."),
        ("file_es", b"x" * (MOST_FILE_BYTES + 1), "x.txt", "The most is 5 MB"),
        ("file_en", png("1", (9_000, 9_000)), "x.png", "The most is 40 million dots."),
    ):
        again = send(page, "publish", {field: (content, name)}, 422, **TYPED)
        assert said in again.find(f"#{field}-error").text
        assert fields_of(again).values["about_es"] == TYPED["about_es"]
    good = send(page, "publish", {"file_es": (ENGLISH, "x.txt")}, 422, **(TYPED | {"year": "soon"}))
    assert "Please choose the file again" in good.text
    with work() as session:
        assert session.query(Guide).count() == 0


def test_only_who_keeps_guides_can_send_much(app: Portal, editor: Reader) -> None:
    def much() -> dict[str, tuple[io.BytesIO, str]]:
        return {"file_en": (io.BytesIO(b"x" * 400_000), "x.txt")}

    stranger = app.test_client().post("/en/team/guides/new", data=much(), headers=SAME_ORIGIN)
    assert stranger.status_code == 413
    assert editor.client.post("/en/team/news/new", data=much(), headers=SAME_ORIGIN).status_code == 413
    # Taken in, and refused only because the form's token is missing.
    assert editor.client.post("/en/team/guides/new", data=much(), headers=SAME_ORIGIN).status_code == 400

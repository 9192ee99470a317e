"""Files of others stay in memory and are read apart: whatever a decoder does is an answer and no error."""

import gc
import io
import random
import resource
import struct
import subprocess
import sys
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from flask import request
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from portal.config import ROOT
from portal.core.files import apart, program
from portal.core.files.apart import FileTask, FileTrouble, NotTaken, done_apart, rebuilt
from portal.core.files.program import MOST_PIXELS, remade, rewritten, shrunk
from portal.core.files.uploads import (
    MOST_MEMBER_BYTES,
    MOST_SIGNS,
    IncomingFile,
    Memory,
    bound_files,
    clean,
    told,
    words_in,
)
from tests.news.test_files import jpeg, locked, pdf, png
from tests.pdfs import made_pdf

MB = 1 << 20
MUTATIONS = 200


def picture(kind, size=(60, 40), mode="RGB", **given):
    out = io.BytesIO()
    Image.new(mode, size, 90).save(out, kind, **given)
    return out.getvalue()


def png_that_says(width, height, packed=b""):
    """A PNG of any size that it says it has."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def heic(size: tuple[int, int] = (60, 40), color: Any = "gray", **given: Any) -> bytes:
    """As an iPhone keeps its pictures."""
    from pillow_heif import from_pillow

    out = io.BytesIO()
    from_pillow(Image.new("RGB", size, color)).save(out, quality=80, **given)
    return out.getvalue()


def heic_that_says(width, height):
    """A small HEIC of any size that it says it has."""
    return heic((64, 64)).replace(
        b"ispe" + struct.pack(">III", 0, 64, 64), b"ispe" + struct.pack(">III", 0, width, height)
    )


def just_small_enough():
    """As many dots as there may be, in a kind that needs several copies of them to be opened."""
    side = int(MOST_PIXELS**0.5) - 1
    return picture("WEBP", (side, side), quality=1, method=0)


BOMBS = {
    "webp within the limit": just_small_enough,
    "png": lambda: png_that_says(60_000, 60_000, zlib.compress(b"\0" * (4 * MB), 9)),
    "gif": lambda: b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0xF7, 0, 0) + b"\0" * 900,
    "jpeg": lambda: jpeg().replace(struct.pack(">HH", 40, 60), struct.pack(">HH", 65_000, 65_000)),
    "heic": lambda: heic_that_says(60_000, 60_000),
    "heic within the limit": lambda: heic_that_says(6_000, 6_000),
    "nothing": lambda: b"",
}


def most_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_a_bomb_is_refused_and_costs_this_process_nothing(monkeypatch):
    for make in BOMBS.values():
        bomb = make()
        before = most_memory()
        with pytest.raises(NotTaken) as refused:
            rebuilt(bomb)
        assert refused.value.trouble in (FileTrouble.TOO_MANY_DOTS, FileTrouble.BROKEN)
        assert most_memory() - before < 20 * MB
    # Nor does a large poster that is taken.
    monkeypatch.setattr(apart, "SECONDS", 250)
    poster = png_that_says(6_300, 6_300, zlib.compress(b"\0" * (6_300 * (4 * 6_300 + 1))))
    assert len(poster) < MB
    before = most_memory()
    assert clean(poster).kind == "png"
    assert most_memory() - before < 20 * MB


def test_six_posters_are_looked_at_one_by_one(monkeypatch):
    """Six that are each within the limits could fill the memory together."""
    poster, begin, at_work, most = picture("PNG"), apart._asked, [], []

    def run(*given):
        at_work.append(given)
        most.append(len(at_work))
        done = begin(*given)
        at_work.pop()
        return done

    monkeypatch.setattr(apart, "_asked", run)
    monkeypatch.setattr(apart, "SECONDS", 250)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(clean, [poster] * 6))
    assert most == [1] * 6


def test_each_kind_of_picture_is_taken_and_no_other():
    for kind in ("PNG", "WEBP", "GIF", "JPEG"):
        assert rebuilt(picture(kind)).startswith(b"\xff\xd8\xff"), kind
    for kind in ("TIFF", "ICO"):
        with pytest.raises(NotTaken):
            rebuilt(picture(kind))


def test_picture_of_iphone_is_upright_and_says_nothing_more():
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Canary place"
    exif.get_ifd(0x8825).update({1: "N", 2: (35.0, 57.0, 20.0), 3: "W", 4: (80.0, 0.0, 19.0)})
    sent = heic((320, 200), exif=exif.tobytes(), xmp=b"<x>Canary program</x>", icc_profile=b"Canary profile")
    assert b"Canary" in sent
    made = rebuilt(sent)
    with Image.open(io.BytesIO(made)) as found:
        assert (found.format, found.size, dict(found.getexif())) == ("JPEG", (200, 320), {})
        assert not {"icc_profile", "comment", "exif", "xmp"} & set(found.info)
    assert b"Canary" not in made
    for kept in (12, 300, len(sent) // 2):
        with pytest.raises(NotTaken) as refused:
            rebuilt(sent[:kept])
        assert refused.value.trouble is FileTrouble.BROKEN


def test_two_pictures_in_one_file_are_one_jpeg():
    """Cameras that measure depth write such files; their name in Pillow, MPO, is not one that may be asked for."""
    from pillow_heif import HeifFile

    out, heif, several = io.BytesIO(), io.BytesIO(), HeifFile()
    blue, red = Image.new("RGB", (64, 64), "blue"), Image.new("RGB", (80, 40), "red")
    red.save(out, "MPO", save_all=True, append_images=[blue])
    for one in (blue, red):
        several.add_from_pillow(one)
    several.save(heif, primary_index=1)
    for made in (rebuilt(out.getvalue()), clean(out.getvalue()).content, rebuilt(heif.getvalue())):
        with Image.open(io.BytesIO(made)) as found:
            dot = found.getpixel((5, 5))
            assert (found.format, found.size) == ("JPEG", (80, 40))
            assert isinstance(dot, tuple) and dot[0] > dot[2]


def changed(content, chance):
    """The same file with a few bytes that are others, missing, or twice."""
    body = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(body))
        match chance.randrange(5):
            case 0:
                body[at] = chance.randrange(256)
            case 1:
                body[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
            case 2:
                del body[at : at + chance.randint(1, 40)]
            case 3:
                body[at:at] = body[at : at + chance.randint(1, 40)]
            case _:
                del body[max(at, 8) :]
        if not body:
            break
    return bytes(body)


def mutations():
    chance = random.Random(20_26)
    exif = Image.Exif()
    exif[0x0112], exif[0x8298] = 6, "x"
    kinds = [
        picture("PNG", (9, 7), "RGBA"),
        picture("PNG", (9, 7), "P", transparency=0),
        picture("WEBP", (9, 7), exif=exif),
        picture("GIF", (9, 7), "P"),
        picture("JPEG", (9, 7), exif=exif),
        heic((9, 7)),
        jpeg(),
    ]
    for _ in range(MUTATIONS):
        yield changed(chance.choice(kinds), chance)


def open_mutations():
    """In a process of its own, confined as the program is: prints which errors there were."""
    seen = set()
    program.confine(program.MEMORY)
    for content in mutations():
        for make in (shrunk, lambda found: remade(found, "PNG", 4_000), lambda found: remade(found, "JPEG", 4_000)):
            try:
                make(content)
            except Exception as error:
                seen.add(type(error).__name__)
    sys.stdout.write(" ".join(sorted(seen)))


def test_a_decoder_raises_at_worst():
    """It neither ends the process nor takes more time or memory than there is, whatever bytes are changed."""
    code = "from tests.core import test_files_apart as it; it.program.SECONDS = 120; it.open_mutations()"
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-300:]
    # Not only what Pillow documents: that is why no list of errors is caught anywhere.
    assert {"OSError", "UnidentifiedImageError"} < set(done.stdout.split())


def run_instead(folder, body):
    """What comes of a file when the program does this."""
    files = folder / "portal" / "core" / "files"
    files.mkdir(parents=True, exist_ok=True)
    instead = f"import builtins, struct, time\ndef main(name): {body}\n"
    (files / "program.py").write_text(Path(program.__file__).read_text() + instead)
    (files / "apart.py").write_text(Path(apart.__file__).read_text())
    apart.end()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "ROOT", folder)
        patch.setenv("PORTAL_SECRET", "canary")
        try:
            return done_apart(FileTask.SHRINK, b"x")
        finally:
            apart.end()


def test_who_ended_it_decides_whether_it_is_tried_again(tmp_path, monkeypatch):
    """The errors are those that mutations have found in decoders, and those that memory brings."""
    errors = ("builtins.KeyError", "struct.error", "builtins.MemoryError")
    for body, trouble in (
        *((f"raise {error}('x')", FileTrouble.BROKEN) for error in errors),
        ("os.kill(os.getpid(), signal.SIGKILL)", FileTrouble.UNFINISHED),
        ("os.kill(os.getpid(), signal.SIGTERM)", FileTrouble.UNFINISHED),
        ("os.kill(os.getpid(), signal.SIGXCPU)", FileTrouble.BROKEN),
        ("os.kill(os.getpid(), signal.SIGABRT)", FileTrouble.BROKEN),
        ("time.sleep(60)", FileTrouble.UNFINISHED),
    ):
        if "sleep" in body:
            monkeypatch.setattr(apart, "SECONDS", 0.3)
        with pytest.raises(NotTaken) as refused:
            run_instead(tmp_path, body)
        assert refused.value.trouble is trouble, body


def test_the_program_knows_no_secret(tmp_path):
    for environment in ("os.environ", "open(f'/proc/{os.getppid()}/environ').read().split(chr(0))"):
        said = run_instead(tmp_path, f"print('=', *({{part.partition('=')[0] for part in {environment}}}), end='')")
        assert set(said.decode().split()) <= {"PATH", "LD_LIBRARY_PATH", "LC_CTYPE"}


def test_a_parent_that_ended_is_started_again():
    apart.end()
    parents = []
    for crashes in (False, True, False, False):
        rebuilt(picture("PNG"))
        parents.append(apart._parents[0].process)
        if crashes:
            parents[-1].kill()
            parents[-1].wait()
    assert parents[0] is parents[1] is not parents[2] is parents[3]


def test_a_broken_pdf_is_an_answer():
    chance, whole, troubles = random.Random(7), pdf(), set()
    for _each in range(3):
        try:
            clean(changed(whole, chance))
        except NotTaken as reason:
            troubles.add(reason.trouble)
    assert troubles <= {FileTrouble.BROKEN, FileTrouble.LOCKED, FileTrouble.OTHER_KIND}
    assert rewritten(whole).startswith(b"%PDF-")


def test_files_share_a_memory():
    memory = Memory(100)
    first, second, large = (IncomingFile(memory, 80) for _each in range(3))
    assert [first.write(b"x" * 30), first.write(b"y" * 30), second.write(b"z" * 60)] == [30, 30, 60]
    assert (first.trouble, second.trouble, memory._left) == (None, FileTrouble.UNFINISHED, 40)
    assert first.getvalue() == b"x" * 30 + b"y" * 30
    first.close()
    first.close()
    assert memory._left == 100
    # What is too large holds nothing and stays silent.
    assert [large.write(b"x" * 60), large.write(b"y" * 30), large.write(b"z")] == [60, 30, 1]
    assert (large.trouble, large.getvalue(), memory._left) == (FileTrouble.TOO_LARGE, b"", 100)


def test_a_request_that_broke_off_gives_the_room_back():
    memory = Memory(100)
    IncomingFile(memory, 80).write(b"x" * 60)
    gc.collect()
    assert memory._left == 100


def test_no_upload_becomes_a_file(app, monkeypatch):
    refuse = Mock(side_effect=AssertionError("a temporary file"))
    for name in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
        monkeypatch.setattr(f"werkzeug.formparser.{name}", refuse, raising=False)
    for bounded in (True, False):
        boundary, body = encode_multipart({"file": FileStorage(BytesIO(b"x" * 3 * MB), "a.jpg")})
        assert len(body) < MOST_MEMBER_BYTES
        kind = f"multipart/form-data; boundary={boundary}"
        with app.test_request_context("/", method="POST", data=body, content_type=kind):
            request.max_content_length = 10 * MB
            if bounded:
                bound_files(4 * MB)
            assert len(request.files["file"].read()) == 3 * MB
            assert isinstance(request.files["file"].stream, IncomingFile if bounded else BytesIO)


def test_words_of_pdf_and_of_plain_text():
    assert words_in("pdf", pdf()) == "Bring chairs"
    assert words_in("txt", b"Traiga\r\n una\tgarza") == "Traiga una garza"
    assert words_in("png", png()) == ""
    # A broken one says nothing and does no harm.
    for content in (b"", b"%PDF-1.7", b"%PDF-1.7\n" + b"\xff" * 5000, pdf()[:-200], locked()):
        assert isinstance(words_in("pdf", content), str)
    # What is kept is one line of bounded length.
    assert told("a\x00b\n\n  c\u200bd") == "a b c d"
    assert len(told("word " * MOST_SIGNS)) == MOST_SIGNS == program.MOST_SIGNS


def test_only_so_many_pages_are_read():
    long = "#pagebreak()".join(f"Heron{number} end" for number in range(program.MOST_PAGES + 3))
    words = words_in("pdf", made_pdf(long))
    assert f"Heron{program.MOST_PAGES - 1} " in words
    assert f"Heron{program.MOST_PAGES} " not in words

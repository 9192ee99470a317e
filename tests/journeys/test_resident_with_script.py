"""A resident whose browser runs JavaScript, in English, on a bad line: what she typed stays, and leaving is fast."""

import io
import time
import wave
from collections.abc import Callable, Sequence
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Dialog, Locator, Page, Route, expect
from sqlalchemy import select

from portal.accounts.users import desk_private_keys
from portal.core.files.program import MOST_PIXELS
from portal.core.page_cache import LOOK_SECONDS
from portal.reports.attachments import MOST_ATTACHMENT_BYTES, RATE, SAMPLE_BYTES
from portal.reports.reports import ThreadMessage
from tests.conftest import Work
from tests.journeys.browsing import Window, code_words, photo, press
from tests.journeys.conftest import Hire, Visit, new_place
from tests.journeys.town import Town
from tests.make import private_key_of
from tests.patience import wait_for

WORDS = "Cars stop by the side door for a minute each."
REPORT = "/en/report/"
# Every line of text on the first screen that shares a point with the way out.
COVERED = """() => {
  const exit = document.querySelector("[data-exit]").getBoundingClientRect();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim() || node.parentElement.closest("[data-exit], .skip, .sr")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const line of range.getClientRects()) {
      const beside = line.right <= exit.left || line.left >= exit.right;
      const apart = beside || line.bottom <= exit.top || line.top >= exit.bottom;
      if (!apart && line.width) found.push(node.data.trim());
    }
  }
  return found;
}"""


@pytest.fixture
def writing(visit: Visit, work: Work) -> Window:
    """Somebody who has filled in the form and not sent it yet."""
    with work() as session:
        if not session.connection().exec_driver_sql("SELECT 1 FROM markets_market WHERE slug = 'ash-street'").first():
            new_place(session, "Ash Street")
    time.sleep(LOOK_SECONDS)
    her = visit(f"{REPORT}?place=ash-street")
    her.page.get_by_label("What is happening?").fill(WORDS)
    her.page.get_by_label("Something else", exact=True).check()
    her.page.get_by_text("More: voice, pictures, for somebody else").click()
    her.page.get_by_label("I am writing this for somebody else").check()
    return her


def expect_all_kept(page: Page) -> None:
    assert page.get_by_label("What is happening?").input_value() == WORDS
    assert page.get_by_label("Something else", exact=True).is_checked()
    assert page.get_by_label("I am writing this for somebody else").is_checked()
    assert page.get_by_label("Which place?").input_value() == "ash-street"


def test_a_bad_line_loses_nothing_and_says_so(writing: Window) -> None:
    page = writing.page
    writing.context.set_offline(True)
    press(page, "Send")
    message = page.get_by_role("alert").filter(has_text="What you wrote is still here")
    expect(message).to_be_focused()
    expect_all_kept(page)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()

    press(page, "Try again")
    expect(message).to_be_focused()
    # The other language cannot come either; what is tried again is the sending.
    press(page, "Español")
    expect(message).to_be_focused()
    writing.context.set_offline(False)
    press(page, "Try again")
    expect(page.locator("h1")).to_have_text("Thank you. We have it.")
    expect(page.locator("h1")).to_be_focused()
    assert writing.posts(REPORT) == 3
    code = code_words(page)
    assert len(code) == 8

    # The answer to the next form comes without a new page as well.
    page.get_by_label("Your code words").fill(" ".join(code))
    press(page, "Check my words")
    expect(page.locator("h1")).to_have_text("Your words are right")
    page.goto("/en/report/follow")
    page.get_by_label("Your code words").fill(" ".join(code))
    press(page, "Open")
    expect(page.locator(".talk .said")).to_contain_text(WORDS)
    writing.expect_no_cookie()
    writing.expect_nowhere(*code)
    # Whoever sees the line sees whole kilobytes, and answers of one length.
    posts = [request for request in writing.requests if request.method == "POST"]
    assert {len(request.post_data_buffer or b"") % 1024 for request in posts} == {0}
    assert {request.sizes()["responseBodySize"] for request in posts if request.response()} == {8 * 1024}


def test_the_other_language_takes_along_what_was_typed(writing: Window) -> None:
    page = writing.page
    press(page, "Español")
    expect(page.locator("h1")).to_have_text("¿Qué está pasando?")
    assert page.url.partition("?")[0].endswith("/es/report/")
    assert page.locator("#what").input_value() == WORDS
    assert page.locator("#relay").is_checked()
    assert page.locator("#market").input_value() == "ash-street"
    press(page, "English")
    expect(page.locator("h1")).to_have_text("What is happening?")
    expect_all_kept(page)
    page.get_by_label("Where exactly?").fill("the corner")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Thank you. We have it.")


def questions(page: Page) -> list[str]:
    """The kinds of questions that the browser asked; she answers that she stays."""
    kinds: list[str] = []

    def stay(dialog: Dialog) -> None:
        kinds.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return kinds


def by_link(page: Page) -> None:
    page.get_by_role("link", name="Places", exact=True).click()


def by_loading_anew(page: Page) -> None:
    # Not page.reload(), which would wait for a page that does not come.
    page.evaluate("setTimeout(() => location.reload())")


@pytest.mark.parametrize(
    ("go", "kind", "other_language"), [(by_link, "confirm", True), (by_loading_anew, "beforeunload", False)]
)
def test_nothing_that_was_typed_is_lost_unasked(
    writing: Window, go: Callable[[Page], None], kind: str, other_language: bool
) -> None:
    page, asked = writing.page, questions(writing.page)
    if other_language:
        press(page, "Español")
        press(page, "English")
        expect(page.locator("h1")).to_have_text("What is happening?")
    with page.expect_event("dialog"):
        go(page)
    expect_all_kept(page)
    assert asked == [kind]
    press(page, "Send")
    expect(page.locator("h1")).to_have_text("Thank you. We have it.")
    # What was sent may be left once the words were noted, and not before.
    code = code_words(page)
    with page.expect_event("dialog"):
        go(page)
    assert code_words(page) == code
    assert asked == [kind, kind]
    page.get_by_role("button", name="I wrote them down").click()
    by_link(page)
    expect(page.locator("h1")).to_have_text("Places")
    assert asked == [kind, kind]


def test_a_wrong_check_leaves_the_words(writing: Window) -> None:
    page, asked = writing.page, questions(writing.page)
    press(page, "Send")
    expect(page.locator("h1")).to_have_text("Thank you. We have it.")
    code = code_words(page)
    page.get_by_label("Your code words").fill(" ".join([*code[:7], code[0]]))
    press(page, "Check my words")
    expect(page.locator("h1")).to_have_text("Check my words")
    assert code_words(page) == code
    with page.expect_event("dialog"):
        by_link(page)
    assert code_words(page) == code
    page.get_by_label("Your code words").fill(" ".join(code))
    press(page, "Check my words")
    expect(page.locator("h1")).to_have_text("Your words are right")
    by_link(page)
    expect(page.locator("h1")).to_have_text("Places")
    assert asked == ["confirm"]
    writing.expect_nowhere(*code)


def test_a_double_click_sends_once(writing: Window) -> None:
    page = writing.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"**{REPORT}", hold)
    button = page.locator("form[data-keep] [type=submit]")
    button.dblclick()
    expect(button).to_have_text("Sending…")
    button.click(force=True)
    held[0].continue_()
    expect(page.locator("h1")).to_have_text("Thank you. We have it.")
    assert len(held) == 1


def by_button(page: Page) -> None:
    page.get_by_role("link", name="Leave this page").click()


def by_key(page: Page) -> None:
    page.get_by_label("What is happening?").focus()
    for _ in range(3):
        page.keyboard.press("Escape")


@pytest.mark.parametrize("leave", [by_button, by_key])
def test_leaving_is_fast_and_going_back_shows_nothing(
    writing: Window, town: Town, leave: Callable[[Page], None]
) -> None:
    page, asked = writing.page, questions(writing.page)
    leave(page)
    page.wait_for_url(f"{town.settings.exit_url}**")
    assert asked == []
    assert "referer" not in writing.requests[-1].headers
    page.go_back()
    assert WORDS not in page.content()


DRAFT = "Keep a draft on this device until I send it"


def stored(page: Page) -> int:
    return int(page.evaluate("localStorage.length"))


def keep_draft(page: Page) -> None:
    page.get_by_label(DRAFT).check()
    wait_for(lambda: stored(page) == 1)


def test_nothing_is_kept_on_the_device(writing: Window) -> None:
    page, asked = writing.page, questions(writing.page)
    assert stored(page) == 0
    keep_draft(page)
    page.get_by_label(DRAFT).uncheck()
    assert stored(page) == 0
    page.get_by_role("link", name="News", exact=True).click()
    assert len(asked) == 1


def test_a_draft_is_there_again_until_it_is_sent(writing: Window) -> None:
    page, asked = writing.page, questions(writing.page)
    keep_draft(page)
    page.get_by_label("Where exactly?").fill("The side door")
    page.get_by_role("link", name="News", exact=True).click()
    page.wait_for_url("**/news/")
    page.goto(REPORT)
    assert asked == []
    expect_all_kept(page)
    assert page.get_by_label("Where exactly?").input_value() == "The side door"
    assert page.get_by_label(DRAFT).is_checked()
    # What is shown again after an error is what she sent, not what was kept.
    page.get_by_label("Something else", exact=True).focus()
    page.get_by_label("What is happening?").fill("")
    press(page, "Send")
    page.locator("[data-errors]").wait_for()
    assert page.get_by_label("What is happening?").input_value() == ""
    assert page.get_by_label(DRAFT).is_checked()
    page.get_by_label("What is happening?").fill(WORDS)
    press(page, "Send")
    expect(page.locator("h1")).to_have_text("Thank you. We have it.")
    wait_for(lambda: stored(page) == 0)


def test_leaving_fast_erases_a_draft_from_any_page(writing: Window) -> None:
    page = writing.page
    keep_draft(page)
    page.goto("/en/")
    by_button(page)
    page.wait_for_url("https://**")
    page.goto("/en/report/")
    wait_for(lambda: stored(page) == 0)
    assert page.get_by_label("What is happening?").input_value() == ""


def test_a_draft_of_yesterday_is_erased(writing: Window) -> None:
    page = writing.page
    keep_draft(page)
    page.evaluate("localStorage.draft = JSON.stringify({...JSON.parse(localStorage.draft), at: Date.now() - 864e5})")
    page.goto("/en/report/")
    # The script of the draft comes after the page.
    wait_for(lambda: stored(page) == 0)
    assert page.get_by_label("What is happening?").input_value() == ""


def test_leaving_fast_is_promised_only_where_it_holds(visit: Visit) -> None:
    for script, told in ((True, "Escape three times"), (False, "close the tab")):
        page = visit("/en/who-can-see/", script=script).page
        body = page.locator("body").inner_text()
        assert told in body
        assert ("Escape" in body) == script
        assert bool(page.locator("[data-exit][title]").count()) == script


def test_no_word_is_under_the_way_out(visit: Visit) -> None:
    page = visit("/es/", size={"width": 320, "height": 568}).page
    for path in ("/es/", "/es/report/", "/es/report/follow"):
        page.goto(path)
        way_out = page.locator("[data-exit]").bounding_box()
        assert way_out and way_out["y"] >= 0 and way_out["y"] + way_out["height"] <= 568, path
        assert page.evaluate(COVERED) == [], path
        # Further down it is still within reach.
        page.evaluate("scrollTo(0, 900)")
        on_top = page.locator("[data-exit]").evaluate("one => document.elementFromPoint(innerWidth / 2, 20) === one")
        assert on_top, path


def test_large_pictures_are_made_smaller_before_they_are_sent(visit: Visit, work: Work) -> None:
    page = visit(REPORT).page
    page.get_by_label("What is happening?").fill(WORDS)
    page.get_by_label("Something else", exact=True).check()
    page.locator("details:has(#pictures) > summary").click()
    dots = io.BytesIO()
    Image.new("L", (MOST_PIXELS // 5_000 + 1, 5_000)).save(dots, "PNG")
    heavy = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(heavy, "PNG")
    # Programs ignore what follows the end of a picture.
    heavy.write(bytes(MOST_ATTACHMENT_BYTES))
    pictures = [photo("dots.png", dots.getvalue()), photo("heavy.png", heavy.getvalue())]
    page.get_by_label("Pictures").set_input_files(pictures)
    expect(page.get_by_role("img", name="Your picture")).to_have_count(2)
    names = page.get_by_label("Pictures").evaluate("one => [...one.files].map((file) => file.name)")
    assert names == ["picture.jpg", "picture.jpg"]
    press(page, "Send")
    expect(page.get_by_text("We have your 2 pictures.")).to_be_visible()


def cover(page: Page, canvas: Locator, part: float) -> None:
    """Draw over the middle of a picture, `part` of its width from the left."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * part + 10, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()


def test_what_a_finger_covers_is_never_sent(visit: Visit, hire: Hire, work: Work) -> None:
    ana = hire("triage")
    with work() as session:
        before = session.scalars(select(ThreadMessage.id)).all()
    page = visit(REPORT).page
    page.get_by_label("What is happening?").fill(WORDS)
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(out, "PNG")
    page.locator("details:has(#pictures) > summary").click()
    page.get_by_label("Pictures").set_input_files([photo("one.png", out.getvalue()), photo("no.png", b"no picture")])
    canvas = page.get_by_role("img", name="Your picture")
    expect(canvas).to_have_count(1)
    cover(page, canvas, 0.25)
    press(page, "Send")
    expect(page.get_by_role("alert").filter(has_text="Please choose one.")).to_be_visible()
    # She sees what is black already, and covers more.
    expect(canvas).to_have_count(1)
    middle = canvas.evaluate("one => [...one.getContext('2d').getImageData(105, 150, 101, 1).data]")
    assert [middle[0] > 128, middle[4 * 100] > 128] == [False, True]
    cover(page, canvas, 0.5)
    page.get_by_label("Something else", exact=True).check()
    press(page, "Send")
    expect(page.get_by_text("We have your picture.")).to_be_visible()
    with work() as session:
        asked = select(ThreadMessage).where(ThreadMessage.id.not_in(before), ThreadMessage.kind == "picture")
        # The desk's key, whoever renewed it in other stories of this town.
        keys = desk_private_keys(ana.id, private_key_of(ana))
        files = [one.opened(one.key_for_desk, keys[one.desk_key_id]) for one in session.scalars(asked)]
    pictures = [Image.open(io.BytesIO(file)).convert("L") for file in files]
    (kept,) = [one for one in pictures if one.size == (400, 300)]
    assert [kept.getpixel((x, 150)) > 128 for x in (20, 105, 205, 300)] == [True, False, False, True]


# --- A resident speaks instead of writing: only the changed sound leaves her phone, as the one WAV that is taken ---


# What the microphone gave is noted in the page, as the script decodes it.
NOTED = """
const decode = BaseAudioContext.prototype.decodeAudioData;
BaseAudioContext.prototype.decodeAudioData = async function (...given) {
  const sound = await decode.apply(this, given);
  window.original = Array.from(sound.getChannelData(0), (one) => Math.round(one * 32767));
  return sound;
};
"""


def pitch(samples: Sequence[int]) -> float:
    """Return the strongest frequency of a sound."""
    strength = np.abs(np.fft.rfft(np.asarray(samples, dtype=float)))
    return float(np.argmax(strength) * RATE / len(samples))


def test_only_the_changed_voice_leaves_the_phone(visit: Visit, hire: Hire, work: Work) -> None:
    ana = hire("triage")
    with work() as session:
        before = session.scalars(select(ThreadMessage.id)).all()
    her = visit("/en/report/")
    page = her.page
    page.add_init_script(NOTED)
    page.reload()
    page.get_by_text("More: voice, pictures").click()
    assert not [one for one in her.addresses if "voice" in one], "the script comes when it is asked for"
    page.get_by_label("Record a voice note").check()
    record = page.locator("[data-record]")
    record.click()
    expect(record).to_have_text("Stop")
    page.wait_for_timeout(2_500)
    record.click()
    expect(page.get_by_role("button", name="Listen")).to_be_visible()
    page.get_by_role("button", name="Listen").click()
    # The form comes back with an error, and the note is still there.
    press(page, "Send")
    expect(page.get_by_role("alert").filter(has_text="Please choose one.")).to_be_visible()
    expect(page.get_by_role("button", name="Listen")).to_be_visible()
    page.get_by_label("Something else", exact=True).check()
    original = page.evaluate("window.original")
    press(page, "Send")
    expect(page.get_by_text("We have your voice note.")).to_be_visible()

    with work() as session:
        keys = desk_private_keys(ana.id, private_key_of(ana))
        asked = select(ThreadMessage).where(ThreadMessage.id.not_in(before), ThreadMessage.kind == "voice")
        one = session.scalars(asked).one()
        kept = one.opened(one.key_for_desk, keys[one.desk_key_id])
    with wave.open(BytesIO(kept)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, SAMPLE_BYTES, RATE)
        sent = memoryview(sound.readframes(sound.getnframes())).cast("h")
    assert len(sent) == len(original) > RATE
    assert list(sent) != original
    change = pitch(sent.tolist()) / pitch(original)
    assert 0.7 < change < 0.9 or 1.1 < change < 1.4, change

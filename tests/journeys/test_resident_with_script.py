"""A resident whose browser runs JavaScript, in English, on a bad line: what she typed stays, and leaving is fast."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from tests.conftest import Work
from tests.journeys.browsing import Window, code_words, heading, press
from tests.journeys.conftest import Visit
from tests.journeys.town import Town
from tests.make import make_market

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
            make_market(session, "Ash Street")
    her = visit(f"{REPORT}?place=ash-street")
    her.page.get_by_label("What is happening?").fill(WORDS)
    her.page.get_by_label("Something else", exact=True).check()
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
    message = page.get_by_role("alert").filter(has_text="Nothing you wrote is lost")
    expect(message).to_be_focused()
    expect_all_kept(page)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()

    writing.context.set_offline(False)
    press(page, "Send")
    expect(page.locator("h1")).to_have_text("Thank you. We have it.")
    expect(page.locator("h1")).to_be_focused()
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


def test_the_other_language_takes_along_what_was_typed(writing: Window) -> None:
    page = writing.page
    press(page, "Español")
    expect(page.locator("h1")).to_have_text("Cuéntenos qué está pasando")
    assert page.url.partition("?")[0].endswith("/es/report/")
    assert page.locator("#what").input_value() == WORDS
    assert page.locator("#relay").is_checked()
    assert page.locator("#market").input_value() == "ash-street"
    press(page, "English")
    expect(page.locator("h1")).to_have_text("Tell us what is happening")
    expect_all_kept(page)
    page.get_by_label("Where exactly?").fill("the corner")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Thank you. We have it.")


@pytest.fixture
def asked(writing: Window) -> list[str]:
    """The kinds of questions that the browser asked; she answers that she stays."""
    kinds: list[str] = []

    def stay(dialog: Dialog) -> None:
        kinds.append(dialog.type)
        dialog.dismiss()

    writing.page.on("dialog", stay)
    return kinds


def by_link(page: Page) -> None:
    page.get_by_role("link", name="Places", exact=True).click()


def by_loading_anew(page: Page) -> None:
    # Not page.reload(), which would wait for a page that does not come.
    page.evaluate("setTimeout(() => location.reload())")


@pytest.mark.parametrize(("go", "kind"), [(by_link, "confirm"), (by_loading_anew, "beforeunload")])
@pytest.mark.parametrize("other_language", [False, True])
def test_nothing_that_was_typed_is_lost_unasked(
    writing: Window, asked: list[str], go: Callable[[Page], None], kind: str, other_language: bool
) -> None:
    page = writing.page
    if other_language:
        press(page, "Español")
        press(page, "English")
        expect(page.locator("h1")).to_have_text("Tell us what is happening")
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


def test_a_wrong_check_leaves_the_words_and_a_right_one_lets_her_go(writing: Window, asked: list[str]) -> None:
    page = writing.page
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


def test_a_form_that_nobody_began_asks_nothing(visit: Visit) -> None:
    page = visit(REPORT).page
    asked: list[str] = []

    def note(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", note)
    page.get_by_label("What is happening?").click()
    page.reload()
    by_link(page)
    expect(page.locator("h1")).to_have_text("Places")
    assert asked == []


def test_an_answer_from_a_stranger_on_the_line_is_not_shown(writing: Window) -> None:
    page = writing.page
    page.route(f"**{REPORT}", lambda route: route.fulfill(body="<p>Sign in to this Wi-Fi", content_type="text/html"))
    press(page, "Send")
    expect(page.get_by_role("alert").filter(has_text="Nothing you wrote is lost")).to_be_visible()
    expect_all_kept(page)
    page.unroute(f"**{REPORT}")
    press(page, "Send")
    expect(page.locator("h1")).to_have_text("Thank you. We have it.")


def test_an_error_keeps_everything_and_takes_the_focus(writing: Window) -> None:
    page = writing.page
    page.get_by_label("What is happening?").fill("   ")
    press(page, "Send")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("What is happening?")).to_be_focused()
    page.keyboard.type(WORDS)
    expect_all_kept(page)
    press(page, "Send")
    expect(page.locator("h1")).to_have_text("Thank you. We have it.")


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
    writing: Window, town: Town, leave: Callable[[Page], None], asked: list[str]
) -> None:
    page = writing.page
    leave(page)
    page.wait_for_url(f"{town.settings.exit_url}**")
    assert asked == []
    assert "referer" not in writing.requests[-1].headers
    page.go_back()
    assert WORDS not in page.content()


def test_what_leaving_fast_does_is_promised_only_where_it_holds(visit: Visit) -> None:
    for script, told in ((True, "Escape key three times"), (False, "close the tab")):
        foot = visit("/en/", script=script).page.locator("footer")
        assert told in foot.inner_text()
        assert ("Escape" in foot.inner_text()) == script


@pytest.mark.parametrize("size", [(360, 640), (320, 568)], ids=str)
@pytest.mark.parametrize("path", ["/es/report/", "/es/", "/en/report/follow"])
def test_no_word_of_the_first_screen_is_under_the_way_out(visit: Visit, path: str, size: tuple[int, int]) -> None:
    page = visit(path, size={"width": size[0], "height": size[1]}).page
    way_out = page.locator("[data-exit]").bounding_box()
    assert way_out and way_out["y"] >= 0 and way_out["y"] + way_out["height"] <= size[1]
    covered = page.evaluate(COVERED)
    assert covered == []
    # Further down it is still within reach.
    page.evaluate("scrollTo(0, 900)")
    assert page.locator("[data-exit]").evaluate("one => document.elementFromPoint(innerWidth / 2, 20) === one")


def test_escape_between_other_keys_does_not_leave(writing: Window) -> None:
    for key in ("Escape", "Escape", "a", "Escape", "Escape"):
        writing.page.keyboard.press(key)
    assert heading(writing.page) == "Tell us what is happening"

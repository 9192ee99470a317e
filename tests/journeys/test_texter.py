"""Residents with nothing but text messages, the volunteer who answers them, and the telephone company between."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import and_, func, or_, select

from portal.core.clock import now
from portal.core.jobs.outbox import OutboundMessage
from portal.core.jobs.retries import DeliveryState
from tests.conftest import Work
from tests.journeys.browsing import DESKTOP, act, press
from tests.journeys.conftest import Hire, Visit
from tests.make import make_market
from tests.patience import wait_for

WORDS = "Somebody sells pills behind the laundry."
ANSWER = "Thank you. We talk to the laundry on Friday."


def text(page: Page, words: str) -> None:
    """Send a text from the telephone."""
    page.locator("textarea").fill(words)
    with page.expect_navigation():
        page.locator("main form [type=submit]").click()


def await_text(page: Page, *words: str) -> str:
    """Look at the telephone until a text with all these words is there, and read it."""

    def look() -> str | None:
        page.reload()
        texts = page.locator(".phone .bubble:not(.ours) bdi").all_inner_texts()
        return next((one for one in texts if all(word in one for word in words)), None)

    return str(wait_for(look))


def open_at_desk(page: Page, begins: str) -> None:
    """Open the report with these words. Other stories have left reports that are more pressing."""
    while not page.get_by_role("link", name=begins).count():
        page.goto(page.locator("a[rel=next]").evaluate("link => link.href"))
    act(page, page.get_by_role("link", name=begins).first)


def answer_at_desk(page: Page, begins: str, answer: str) -> None:
    open_at_desk(page, begins)
    field, length = page.get_by_label("Answer to the person"), page.locator("p[data-segments]")
    # With "Common Ground: " before it, as it is sent.
    field.fill("a" * 145)
    expect(length).to_have_text("Text messages: 1. Characters: 160.")
    field.fill("a" * 146)
    expect(length).to_have_text("Text messages: 2. Characters: 161.")
    field.fill("Sí, " * 20)
    expect(length).to_contain_text("Long because of: í")
    field.fill(answer)
    press(page, "Send")
    act(page, page.get_by_role("link", name="Back to it"))
    assert answer in page.locator(".talk").inner_text()


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.night)], indirect=True)
def test_a_text_is_answered_until_she_says_stop(visit: Visit, work: Work, hire: Hire) -> None:
    with work() as session:
        make_market(session, "Birch Street")
    hers = visit("/en/demo/phone", script=False).page
    text(hers, WORDS)
    await_text(hers, "call 911", "code words")
    question = await_text(hers, "Where is it?", "Birch Street")
    text(hers, question.partition("Birch Street")[0].split()[-1].strip("():."))
    await_text(hers, "When does it happen?")
    text(hers, "skip")
    await_text(hers, "anything else")
    text(hers, "no")
    await_text(hers, "A person will read it.")

    desk = visit("/en/desk/", member=hire("triage"), size=DESKTOP).page
    answer_at_desk(desk, WORDS[:30], ANSWER)
    assert "Birch Street" in desk.locator("h1").inner_text()
    await_text(hers, ANSWER)

    text(hers, "STOP")
    await_text(hers, "unsubscribed")
    desk.reload()
    desk.get_by_label("Answer to the person").fill("One more thing.")
    press(desk, "Send")
    act(desk, desk.get_by_role("link", name="Back to it"))
    assert "One more thing." in desk.locator(".talk").inner_text()
    wait_for(lambda: nothing_waits(work))
    hers.reload()
    assert "One more thing." not in hers.locator(".phone").inner_text()


def nothing_waits(work: Work) -> bool:
    """Whether all is settled that may go now; what other stories have left until the morning may wait."""
    with work() as session:
        is_now = and_(
            OutboundMessage.state == DeliveryState.DUE, OutboundMessage.due_at <= now(), ~OutboundMessage.by_day
        )
        waiting = select(func.count()).where(or_(is_now, OutboundMessage.state == DeliveryState.SENDING))
        return session.scalar(waiting) == 0

"""An administrator with a phone changes the hours for texts and the number, and every process notices."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic, sleep

import pytest
from playwright.sync_api import expect

from portal.core.portal import Portal
from portal.core.stored_settings import SETTABLE, store_settings, text_of
from tests.conftest import Work
from tests.journeys.conftest import Hire, Visit

NOTICED_WITHIN = 10.0
"""Seconds; half a second without load."""


@pytest.fixture(autouse=True)
def as_before(app: Portal, work: Work) -> Iterator[None]:
    """The town is shared by all journeys."""
    yield
    with work():
        store_settings({name: text_of(app.given_settings, name) for name in SETTABLE}, None)


def noticed(app: Portal, name: str, value: object) -> bool:
    """Whether another process than the one that was asked has the new value, soon."""
    ends = monotonic() + NOTICED_WITHIN
    while monotonic() < ends:
        with app.app_context():
            if getattr(app.settings, name) == value:
                return True
        sleep(0.1)
    return False


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_hours_and_number_in_a_few_taps(visit: Visit, hire: Hire, app: Portal, *, script: bool) -> None:
    page = visit("/en/team/settings/", member=hire("administrator"), script=script).page
    # Two taps and a choice.
    page.get_by_role("link", name="Hours for texts").click()
    page.get_by_label("Texts go from").select_option("9:00 AM")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("9:00 AM to 9:00 PM")).to_be_visible()
    assert noticed(app, "texts_from", 9)
    # Three taps and a number.
    page.get_by_role("link", name="Phone numbers").click()
    page.get_by_label("Number for texts").first.fill("336 555 0142")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing is saved yet.")).to_be_visible()
    page.get_by_role("button", name="Yes, change it").click()
    expect(page.get_by_text("This change waits")).to_be_visible()
    # The city has opened: residents see the number once somebody at the desk agrees, or after a day.
    with app.app_context():
        assert app.settings.sms_number != "+13365550142"
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("The change is dropped")).to_be_visible()


def test_a_palette_is_seen_by_residents_at_once(visit: Visit, hire: Hire) -> None:
    admin = visit("/es/team/settings/name/", member=hire("administrator")).page
    resident = visit("/es/").page
    green = resident.evaluate("getComputedStyle(document.querySelector('main .button')).backgroundColor")
    admin.get_by_label("Ciruela").check()
    admin.get_by_role("button", name="Guardar").click()
    expect(admin.get_by_role("link", name="Nombre y colores")).to_be_visible()
    ends = monotonic() + NOTICED_WITHIN
    while resident.locator("html[data-palette=plum]").count() == 0 and monotonic() < ends:
        resident.goto("/es/")
    plum = resident.evaluate("getComputedStyle(document.querySelector('main .button')).backgroundColor")
    assert plum != green

"""The city's own days off stand beside the federal ones."""

from __future__ import annotations

from datetime import date

import pytest

from portal.config import BadSettings, Settings, read_settings
from portal.core.i18n import speaking
from portal.core.portal import current_portal
from portal.meetings.series import holiday_name

DAYS = "12-24 Christmas Eve|Nochebuena; 2027-03-26 Good Friday|Viernes Santo"


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("day", "names"),
    [
        (date(2030, 12, 24), ("Christmas Eve", "Nochebuena")),
        (date(2027, 3, 26), ("Good Friday", "Viernes Santo")),
        (date(2028, 3, 26), (None, None)),
        (date(2027, 7, 4), ("Independence Day", "Día de la Independencia")),
    ],
)
def test_a_day_is_named_in_the_language_of_who_asks(settings: Settings, day: date, names: tuple[str, str]) -> None:
    current_portal.settings = settings.model_copy(update={"days_off": DAYS})
    for lang, name in zip(("en", "es"), names, strict=True):
        with speaking(lang):
            assert holiday_name(day) == name


@pytest.mark.parametrize("wrong", ["tomorrow", "12-24 Christmas Eve", "13-01 x|y", "2027-3-26 x|y", "12-24 |y"])
def test_a_day_without_both_names_stops_the_start(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("PORTAL_ENVIRONMENT", "test")
    monkeypatch.setenv("PORTAL_DAYS_OFF", wrong)
    with pytest.raises(BadSettings, match="12-24 Christmas Eve"):
        read_settings()

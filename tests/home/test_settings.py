"""The pages of settings: where a value comes from, what is refused and kept in the form, and what asks once more."""

from __future__ import annotations

import re

from portal.config import SmsSender
from portal.core import stored_settings
from portal.core.clock import now
from portal.core.portal import Portal
from portal.home.city_settings import GROUPS, KEPT, LABELS, TITLES, SettingsGroup
from portal.markets.places import Admission
from tests.conftest import Work
from tests.make import make_market, make_member, sign_in
from tests.page import Page, Reader

SETTINGS = "/{lang}/team/settings/"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def open_group(admin: Reader, name: str, lang: str = "en", more: str = "") -> Page:
    return admin(f"{SETTINGS.format(lang=lang)}{name}/{more}")


def save(admin: Reader, name: str, status: int = 200, **values: str) -> Page:
    """Fill in the form of a group and press its button once."""
    return open_group(admin, name).form().submit(status, **values)


def test_every_setting_has_a_group_and_a_label() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(stored_settings.SETTABLE)
    assert LABELS.keys() == {*stored_settings.SETTABLE}
    assert TITLES.keys() == {*SettingsGroup}


def test_the_first_page_says_each_group_in_one_line(admin: Reader) -> None:
    for lang in ("en", "es"):
        found = admin(SETTINGS.format(lang=lang))
        assert len(list(found.find_all("main ul.rows li"))) == len(SettingsGroup) + 1
        assert ("8:00 AM" if lang == "en" else "8:00 a.") in found.text
        assert "America/New_York" in found.text


def test_how_long_we_keep_things_is_what_schedule_does(app: Portal) -> None:
    schedule = {rule.what: rule.keeps for rule in app.retention} | dict(app.kept)
    for rules, said in [(rules, str(said)) for rules, _what, said in KEPT]:
        for rule in rules:
            number = re.match(r"\d+ \w+|1 \w+", schedule[rule])
            assert number is None or number[0].replace("1 year", "a year") in said


def test_pressing_save_on_an_untouched_page_changes_nothing(admin: Reader, work: Work) -> None:
    for name in [group.value for group in SettingsGroup]:
        open_group(admin, name, "en").form().submit()
        with work():
            assert stored_settings.last_changes(stored_settings.SETTABLE) == []


def test_hours_change_with_one_press_and_keep_their_history(admin: Reader, app: Portal) -> None:
    found = save(admin, "hours", texts_from="9", texts_until="20")
    assert "9:00 AM to 8:00 PM" in found.text
    with app.app_context():
        assert (app.settings.texts_from, app.settings.texts_until) == (9, 20)
    found = open_group(admin, "hours")
    assert "Dana Reed" in found.text
    assert "It was: 8:00 AM." in found.text


def test_hours_beyond_the_law_are_refused_whatever_is_sent(admin: Reader, app: Portal) -> None:
    form = open_group(admin, "hours").form()
    for hours in ({"texts_from": "7"}, {"texts_until": "23"}):
        data = form.values.to_dict() | hours
        assert admin.client.post(form.page.path, data=data, headers=SAME_ORIGIN).status_code == 422
        with app.app_context():
            assert app.settings is app.given_settings


def test_number_as_people_write_it_asks_once_more(admin: Reader, app: Portal) -> None:
    asked = save(admin, "telephone", sms_number="336 555 0142")
    assert "Nothing is saved yet." in asked.text
    assert "Everybody will see (336) 555-0142." in asked.text
    with app.app_context():
        assert app.settings.sms_number == ""
    assert "(336) 555-0142" in asked.form().submit().text
    with app.app_context():
        assert app.settings.sms_number == "+13365550142"


def test_number_so_far_stays_ours_unless_taken_out(admin: Reader, app: Portal) -> None:
    app.settings = app.settings.model_copy(update={"sms_number": "+13365550100"})
    asked = save(admin, "telephone", sms_number="336 555 0142")
    assert asked.form().values["sms_more_numbers"] == "(336) 555-0100"
    assert "(336) 555-0100 stays among the further numbers" in asked.text
    again = asked.form().submit(sms_more_numbers="")
    assert "Nobody here reads texts to (336) 555-0100 any more." in again.text
    again.form().submit(sms_more_numbers="(336) 555-0100").form().submit()
    with app.app_context():
        assert app.settings.sms_numbers == ("+13365550142", "+13365550100")


def test_what_is_true_beside_911_is_said_everywhere(admin: Reader, page: Reader, app: Portal) -> None:
    note = {"en": "Here you can text 911, too.", "es": "Aquí también puede mandar un texto al 911."}
    half = open_group(admin, "notes").form().submit(422, quotes=(note["en"],), emergency_note_en=note["en"])
    assert half.has('[role="alert"] a[href="#emergency_note_es"]')
    half.form().submit(emergency_note_es=note["es"])
    # At the foot of every page, and in the box about 911.
    assert page("/en/").text.count(note["en"]) == 2
    save(admin, "notes", emergency_note_en="", emergency_note_es="")
    assert note["en"] not in page("/en/").text


def test_what_is_wrong_is_said_and_stays_in_form(admin: Reader, app: Portal) -> None:
    for name, field, typed in (
        ("telephone", "sms_number", "555-01"),
        ("telephone", "sms_more_numbers", "336 555 0142 and the other one"),
        ("exit", "exit_url", "weather dot gov"),
        ("exit", "exit_url", "http://localhost/en/"),
        ("days-off", "days_off", "12-24 Christmas Eve | Nochebuena\nGood Friday"),
        ("figures", "snapshot_day", "31"),
        ("figures", "snapshot_day", "soon"),
        ("limits", "reports_in_all", "0"),
        ("limits", "reports_per_address", "1"),
        ("limits", "answers_per_address", "1"),
        ("limits", "answers_in_all", "1"),
        ("limits", "codes_per_address", "1"),
        ("limits", "codes_in_all", "1"),
        ("name", "site_name", ""),
        ("name", "city_en", "x" * 61),
        ("notes", "samaritan_note_es", ""),
        ("notes", "emergency_note_en", "x" * 201),
    ):
        found = open_group(admin, name, "en").form().submit(422, quotes=(typed,), **{field: typed})
        assert found.has(f'[role="alert"] a[href="#{field}"]')
        assert found.form().values[field] == typed
        with app.app_context():
            assert app.settings is app.given_settings


def test_texts_that_are_on_need_a_number(admin: Reader, app: Portal) -> None:
    account = {"sms_sender": SmsSender.TWILIO, "twilio_account_sid": "AC1", "twilio_auth_token": "t"}
    app.settings = app.settings.model_copy(update={**account, "sms_number": "+13365550100"})
    assert "there must be a number" in save(admin, "telephone", 422, sms_number="").text


def test_the_exit_asks_once_more(admin: Reader, app: Portal) -> None:
    asked = save(admin, "exit", exit_url="https://www.usa.gov/")
    assert "https://www.usa.gov/" in asked.text
    asked.form().submit()
    assert 'href="https://www.usa.gov/"' in app.test_client().get("/en/report/").text


def test_a_preview_shows_both_languages_and_saves_nothing(admin: Reader, app: Portal) -> None:
    typed = {"city_en": "Birchfield", "city_es": "Abedules", "palette": "plum"}
    found = open_group(admin, "name", "en").form().submit(press="show", **typed)
    assert "In Birchfield, neighbors" in found.text
    assert "En Abedules, vecinos" in found.text
    assert found.has('.card[data-palette="plum"]')
    assert found.form().values["palette"] == "plum"
    with app.app_context():
        assert app.settings is app.given_settings


def test_putting_back_fills_in_and_waits_for_the_button(admin: Reader, app: Portal) -> None:
    save(admin, "name", site_name="Harbor Ground")
    link = open_group(admin, "name").follow("Put back")
    assert link.form().values["site_name"] == "Common Ground"
    with app.app_context():
        assert app.settings.site_name == "Harbor Ground"
    link.form().submit()
    with app.app_context():
        assert app.settings is app.given_settings
    assert "All changes" in open_group(admin, "name").text


def test_hidden_place_is_not_named_by_name_of_site(admin: Reader, work: Work, app: Portal) -> None:
    with work() as session:
        market = make_market(session, "Umber Alley", released=False)
        member = make_member(session, ("administrator", "organizer"))
        session.add(Admission(market_id=market.id, member_id=member.id, admitted_at=now()))
    sign_in(admin.client, member)
    assert save(admin, "name", 422, site_name="Umber Alley Ground").has("#site_name-error")
    with app.app_context():
        assert app.settings is app.given_settings

"""The pages of settings: where a value comes from, what is refused and kept in the form, and what asks once more."""

from __future__ import annotations

import re

import pytest

from portal.config import SmsSender
from portal.core import page_cache, stored_settings
from portal.core.clock import now
from portal.core.portal import Portal
from portal.core.stored_settings import store_settings
from portal.home.city_settings import GROUPS, KEPT, LABELS, TITLES, SettingsGroup, as_stored, as_typed
from portal.markets.places import Admission
from tests.conftest import Work
from tests.make import make_desk, make_market, make_member, sign_in
from tests.page import Page, Reader

SETTINGS = "/{lang}/team/settings/"
LANGUAGES = pytest.mark.parametrize("lang", ["en", "es"])
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
EVERY = pytest.mark.parametrize("name", [group.value for group in SettingsGroup])


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for half a second."""
    monkeypatch.setattr(page_cache, "LOOK_SECONDS", -1)
    monkeypatch.setattr(stored_settings, "LOOK_SECONDS", -1)


@pytest.fixture
def admin(page: Reader, work: Work) -> Reader:
    """A signed-in administrator."""
    with work() as session:
        member = make_member(session, ("administrator",), name="Dana Reed")
    sign_in(page.client, member)
    return page


def open_group(admin: Reader, name: str, lang: str = "en", more: str = "") -> Page:
    return admin(f"{SETTINGS.format(lang=lang)}{name}/{more}")


def save(admin: Reader, name: str, status: int = 200, **values: str) -> Page:
    """Fill in the form of a group and press its button once."""
    return open_group(admin, name).form().submit(status, **values)


def test_every_setting_has_a_group_and_a_label() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(stored_settings.SETTABLE)
    assert LABELS.keys() == {*stored_settings.SETTABLE}
    assert TITLES.keys() == {*SettingsGroup}


@LANGUAGES
def test_the_first_page_says_each_group_in_one_line(admin: Reader, lang: str) -> None:
    found = admin(SETTINGS.format(lang=lang))
    assert len(list(found.find_all("main ul.rows li"))) == len(SettingsGroup) + 1
    assert ("8:00 AM" if lang == "en" else "8:00 a.") in found.text
    assert "America/New_York" in found.text


@pytest.mark.parametrize(("rules", "said"), [(rules, str(said)) for rules, _what, said in KEPT])
def test_how_long_we_keep_things_is_what_the_schedule_does(app: Portal, rules: tuple[str, ...], said: str) -> None:
    schedule = {rule.what: rule.keeps for rule in app.retention} | dict(app.kept)
    for rule in rules:
        number = re.match(r"\d+ \w+|1 \w+", schedule[rule])
        assert number is None or number[0].replace("1 year", "a year") in said


@EVERY
@LANGUAGES
def test_pressing_save_on_an_untouched_page_changes_nothing(admin: Reader, work: Work, name: str, lang: str) -> None:
    open_group(admin, name, lang).form().submit()
    with work():
        assert stored_settings.last_changes(stored_settings.SETTABLE) == []


def test_hours_are_changed_with_one_press_and_say_who_and_what_before(admin: Reader, app: Portal) -> None:
    found = save(admin, "hours", texts_from="9", texts_until="20")
    assert "9:00 AM to 8:00 PM" in found.text
    with app.app_context():
        assert (app.settings.texts_from, app.settings.texts_until) == (9, 20)
    found = open_group(admin, "hours")
    assert "Dana Reed" in found.text
    assert "It was: 8:00 AM." in found.text


@pytest.mark.parametrize("hours", [{"texts_from": "7"}, {"texts_until": "23"}])
def test_hours_beyond_the_law_are_refused_whatever_is_sent(admin: Reader, app: Portal, hours: dict[str, str]) -> None:
    form = open_group(admin, "hours").form()
    data = form.values.to_dict() | hours
    answer = admin.client.post(form.page.path, data=data, headers=SAME_ORIGIN)
    assert answer.status_code == 422
    with app.app_context():
        assert app.settings is app.given_settings


def test_no_week_has_an_eighth_day(admin: Reader, app: Portal) -> None:
    form = open_group(admin, "reviews").form()
    answer = admin.client.post(
        form.page.path, data=form.values.to_dict() | {"review_weekday": "7"}, headers=SAME_ORIGIN
    )
    assert answer.status_code == 422
    with app.app_context():
        assert app.settings is app.given_settings


def test_a_number_as_people_write_it_asks_once_more_and_says_what_happens(admin: Reader, app: Portal) -> None:
    asked = save(admin, "telephone", sms_number="336 555 0142")
    assert "Nothing is saved yet." in asked.text
    assert "Everybody will see (336) 555-0142." in asked.text
    with app.app_context():
        assert app.settings.sms_number == ""
    assert "(336) 555-0142" in asked.form().submit().text
    with app.app_context():
        assert app.settings.sms_number == "+13365550142"


def test_the_number_so_far_stays_ours_unless_somebody_takes_it_out(admin: Reader, app: Portal) -> None:
    app.settings = app.settings.model_copy(update={"sms_number": "+13365550100"})
    asked = save(admin, "telephone", sms_number="336 555 0142")
    assert asked.form().values["sms_more_numbers"] == "(336) 555-0100"
    assert "(336) 555-0100 stays among the further numbers" in asked.text
    again = asked.form().submit(sms_more_numbers="")
    assert "Nobody here reads texts to (336) 555-0100 any more." in again.text
    again.form().submit(sms_more_numbers="(336) 555-0100").form().submit()
    with app.app_context():
        assert app.settings.sms_numbers == ("+13365550142", "+13365550100")


def test_another_number_after_the_question_asks_again(admin: Reader, app: Portal) -> None:
    asked = save(admin, "telephone", sms_number="336 555 0142")
    again = asked.form().submit(sms_number="336 555 0143")
    assert "Nothing is saved yet." in again.text
    with app.app_context():
        assert app.settings.sms_number == ""


@LANGUAGES
def test_what_is_true_beside_911_is_said_wherever_911_is(admin: Reader, page: Reader, app: Portal, lang: str) -> None:
    note = {"en": "Here you can text 911, too.", "es": "Aquí también puede mandar un texto al 911."}
    half = open_group(admin, "notes").form().submit(422, quotes=(note["en"],), emergency_note_en=note["en"])
    assert half.has('[role="alert"] a[href="#emergency_note_es"]')
    half.form().submit(emergency_note_es=note["es"])
    # At the foot of every page, and in the box about 911.
    assert page(f"/{lang}/").text.count(note[lang]) == 2
    save(admin, "notes", emergency_note_en="", emergency_note_es="")
    assert note[lang] not in page(f"/{lang}/").text


def test_the_day_of_the_reviews_is_chosen_by_its_name(admin: Reader, app: Portal) -> None:
    assert "Thursday" in admin(SETTINGS.format(lang="en")).text
    save(admin, "reviews", review_weekday="0")
    assert "lunes" in admin(SETTINGS.format(lang="es")).text
    with app.app_context():
        assert app.settings.review_weekday == 0


@LANGUAGES
@pytest.mark.parametrize(
    ("name", "field", "typed"),
    [
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
    ],
)
def test_what_is_wrong_is_said_and_stays_in_the_form(
    admin: Reader, app: Portal, name: str, field: str, typed: str, lang: str
) -> None:
    found = open_group(admin, name, lang).form().submit(422, quotes=(typed,), **{field: typed})
    assert found.has(f'[role="alert"] a[href="#{field}"]')
    assert found.form().values[field] == typed
    with app.app_context():
        assert app.settings is app.given_settings


def test_the_line_that_cannot_be_read_is_named(admin: Reader) -> None:
    found = save(admin, "days-off", 422, days_off="12-24 Christmas Eve | Nochebuena\n2027-04-02 Good Friday")
    assert "Line 2 cannot be read." in found.text


def test_days_off_are_written_a_line_each(admin: Reader, app: Portal) -> None:
    save(admin, "days-off", days_off="12-24 Christmas Eve | Nochebuena\n\n 2027-04-02 Good Friday | Viernes Santo")
    with app.app_context():
        stored = app.settings.days_off
    assert as_typed("days_off", stored).splitlines() == [
        "12-24 Christmas Eve | Nochebuena",
        "2027-04-02 Good Friday | Viernes Santo",
    ]
    assert as_stored("days_off", as_typed("days_off", stored)).count(";") == 1


def test_texts_that_are_on_need_a_number(admin: Reader, app: Portal) -> None:
    account = {"sms_sender": SmsSender.TWILIO, "twilio_account_sid": "AC1", "twilio_auth_token": "t"}
    app.settings = app.settings.model_copy(update={**account, "sms_number": "+13365550100"})
    found = save(admin, "telephone", 422, sms_number="")
    assert "there must be a number" in found.text


def test_an_address_without_its_beginning_is_understood(admin: Reader, app: Portal) -> None:
    save(admin, "exit", exit_url="www.usa.gov").form().submit()
    with app.app_context():
        assert app.settings.exit_url == "https://www.usa.gov"


@LANGUAGES
def test_everybody_at_a_desk_reads_who_changed_a_number(admin: Reader, app: Portal, work: Work, lang: str) -> None:
    save(admin, "telephone", sms_number="336 555 0142").form().submit()
    save(admin, "name", palette="plum")
    with work() as session:
        ana = make_member(session, ("triage",))
        make_desk(session, [ana])
    reader = Reader(app.test_client())
    sign_in(reader.client, ana)
    words = {"en": "Dana Reed: changed a phone number", "es": "Dana Reed: cambió un número de teléfono"}
    found = reader(f"/{lang}/colleagues/log")
    assert words[lang] in found.text
    assert len(list(found.find_all("main li"))) == 1


def test_the_exit_asks_once_more(admin: Reader, app: Portal) -> None:
    asked = save(admin, "exit", exit_url="https://www.usa.gov/")
    assert "https://www.usa.gov/" in asked.text
    asked.form().submit()
    assert 'href="https://www.usa.gov/"' in app.test_client().get("/en/report/").text


@LANGUAGES
def test_a_preview_shows_both_languages_and_saves_nothing(admin: Reader, app: Portal, lang: str) -> None:
    typed = {"city_en": "Birchfield", "city_es": "Abedules", "palette": "plum"}
    found = open_group(admin, "name", lang).form().submit(press="show", **typed)
    assert "In Birchfield, neighbors" in found.text
    assert "En Abedules, vecinos" in found.text
    assert found.has('.card[data-palette="plum"]')
    assert found.form().values["palette"] == "plum"
    with app.app_context():
        assert app.settings is app.given_settings


def test_putting_back_fills_in_the_old_value_and_waits_for_the_button(admin: Reader, app: Portal) -> None:
    save(admin, "name", site_name="Harbor Ground")
    link = open_group(admin, "name").follow("Put back")
    assert link.form().values["site_name"] == "Common Ground"
    with app.app_context():
        assert app.settings.site_name == "Harbor Ground"
    link.form().submit()
    with app.app_context():
        assert app.settings is app.given_settings
    assert "All changes" in open_group(admin, "name").text


def test_two_who_save_at_once_read_of_each_other(admin: Reader, app: Portal, work: Work) -> None:
    form = open_group(admin, "notes").form()
    with work():
        store_settings({"samaritan_note_en": "The law is on your side."}, None)
    found = form.submit(409, immigration_note_en="We never ask.")
    assert "Somebody else saved this" in found.text
    assert "The law is on your side." in found.text
    assert found.form().values["immigration_note_en"] == "We never ask."


def test_every_form_takes_two_tabs(admin: Reader, app: Portal) -> None:
    """The second tab is refused with a sentence, or saves the same again; it never fails."""
    typed = {
        "name": {"palette": "plum"},
        "notes": {"samaritan_note_en": "The law is on your side."},
        "hours": {"texts_from": "9"},
        "telephone": {"sms_number": "336 555 0142"},
        "exit": {"exit_url": "https://www.usa.gov/"},
        "days-off": {"days_off": "12-24 Christmas Eve | Nochebuena"},
        "reviews": {"review_weekday": "0"},
        "figures": {"snapshot_day": "9"},
        "limits": {"codes_in_all": "700"},
    }
    assert typed.keys() == {*SettingsGroup}
    for name, values in typed.items():
        first, second = open_group(admin, name).form(), open_group(admin, name).form()
        asked = first.submit(**values)
        if "Nothing is saved yet." in asked.text:
            asked.form().submit()
        (field, value), *_others = values.items()
        with app.app_context():
            stored = str(getattr(app.settings, field))
        assert stored == as_stored(field, value), name
        found = second.submit(409)
        newer = [one.get("href") for one in found.find_all('[role="alert"] dt a')]
        assert f"#{field}" in newer, name
        assert {*newer} <= {f"#{field}", "#sms_more_numbers"}, name
        found.form().submit(**values)
        with app.app_context():
            assert str(getattr(app.settings, field)) == stored, name


def test_a_hidden_place_is_not_named_by_the_name_of_the_site(admin: Reader, work: Work, app: Portal) -> None:
    with work() as session:
        market = make_market(session, "Umber Alley", released=False)
        member = make_member(session, ("administrator", "organizer"))
        session.add(Admission(market_id=market.id, member_id=member.id, admitted_at=now()))
    sign_in(admin.client, member)
    found = save(admin, "name", 422, site_name="Umber Alley Ground")
    assert found.has("#site_name-error")
    with app.app_context():
        assert app.settings is app.given_settings


def test_an_unknown_group_is_no_page(admin: Reader) -> None:
    admin(SETTINGS.format(lang="en") + "secret/", 404)


def test_the_doctor_counts_what_was_changed(admin: Reader, app: Portal) -> None:
    save(admin, "name", site_name="Harbor Ground")
    found = app.test_cli_runner().invoke(args=["doctor", "check"]).output
    assert "ok   settings of the portal: 1 changed on the page Settings" in found


def test_a_number_of_another_country_can_be_saved_again(admin: Reader, app: Portal) -> None:
    save(admin, "telephone", sms_number="+34 600 000 000").form().submit()
    with app.app_context():
        assert list(app.settings.sms_numbers) == ["+34600000000"]
    asked = save(admin, "telephone", sms_number="202-555-0100")
    assert asked.form().values["sms_more_numbers"] == "+34 600 00 00 00"
    asked.form().submit()
    with app.app_context():
        assert list(app.settings.sms_numbers) == ["+12025550100", "+34600000000"]


@LANGUAGES
def test_the_audit_log_calls_a_setting_by_its_name(admin: Reader, lang: str) -> None:
    save(admin, "telephone", sms_more_numbers="202-555-0100")
    said = admin(f"/{lang}/audit/").text
    assert {"en": "Further numbers for texts", "es": "Otros números"}[lang] in said
    assert "sms_more_numbers" not in said

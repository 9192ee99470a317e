"""The pages of settings, what an empty city is led to, and the guides for the team."""

import pytest
from flask import url_for
from flask.testing import FlaskClient

from portal.accounts.roles import Role
from portal.config import SmsSender
from portal.core import stored_settings
from portal.core.clock import now
from portal.core.db import db
from portal.core.jobs.engine import NEVER, Turn
from portal.core.stored_settings import SettingsGroup
from portal.core.web import Portal
from portal.home.pages import asked_first
from portal.home.role_guides import GUIDES, WITHOUT_ROLE, anchor_for, steps_of
from portal.home.settings_pages import FORMS, missing, setup_steps
from tests.conftest import Work
from tests.make import let_in, make_desk, make_market, make_member, make_operator, sign_in
from tests.page import SAME_ORIGIN, Form, Reader

SETTINGS = "/en/team/settings/"


def group(admin: Reader, name: str) -> Form:
    """The form of a group of settings."""
    return admin(f"{SETTINGS}{name}/").form()


def is_untouched(app: Portal) -> bool:
    with app.app_context():
        return app.settings is app.given_settings


def test_every_group_has_a_form() -> None:
    assert stored_settings.GROUPS.keys() == {*SettingsGroup} == FORMS.keys()


def test_the_first_page_says_each_group_in_one_line(admin: Reader) -> None:
    for lang, opening in (("en", "8:00 AM"), ("es", "8:00 a.")):
        found = admin(f"/{lang}/team/settings/")
        assert len(list(found.find_all("main ul.rows li"))) == len(SettingsGroup) + 1
        assert opening in found.text and "America/New_York" in found.text


def test_pressing_save_on_an_untouched_page_changes_nothing(admin: Reader, work: Work) -> None:
    for name in SettingsGroup:
        group(admin, name.value).submit()
    with work():
        assert stored_settings.last_changes(stored_settings.SETTABLE) == []


def test_hours_change_within_the_law_and_keep_their_history(admin: Reader, app: Portal) -> None:
    form = group(admin, "hours")
    for hours in ({"texts_from": "7"}, {"texts_until": "23"}):
        data = form.values.to_dict() | hours
        assert admin.client.post(form.page.path, data=data, headers=SAME_ORIGIN).status_code == 422
        assert is_untouched(app)
    assert "9:00 AM to 8:00 PM" in form.submit(texts_from="9", texts_until="20").text
    with app.app_context():
        assert (app.settings.texts_from, app.settings.texts_until) == (9, 20)
    found = admin(f"{SETTINGS}hours/").text
    assert "Dana Reed" in found and "It was: 8:00 AM." in found


def test_number_as_people_write_it_asks_once_more(admin: Reader, app: Portal) -> None:
    asked = group(admin, "telephone").submit(sms_number="336 555 0100")
    assert "Nothing is saved yet." in asked.text
    assert "Everybody will see (336) 555-0100." in asked.text
    assert is_untouched(app)
    assert "(336) 555-0100" in asked.form().submit().text
    # The number so far stays ours unless it is taken out.
    asked = group(admin, "telephone").submit(sms_number="336 555 0142")
    assert asked.form().values["sms_more_numbers"] == "(336) 555-0100"
    assert "(336) 555-0100 stays among the further numbers" in asked.text
    again = asked.form().submit(sms_more_numbers="")
    assert "Nobody here reads texts to (336) 555-0100 any more." in again.text
    again.form().submit(sms_more_numbers="(336) 555-0100").form().submit()
    with app.app_context():
        assert app.settings.sms_numbers == ("+13365550142", "+13365550100")


def test_what_is_true_beside_911_is_said_everywhere(admin: Reader, page: Reader, app: Portal) -> None:
    note = {"en": "Here you can text 911, too.", "es": "Aquí también puede mandar un texto al 911."}
    half = group(admin, "notes").submit(422, quotes=(note["en"],), emergency_note_en=note["en"])
    assert half.has('[role="alert"] a[href="#emergency_note_es"]')
    half.form().submit(emergency_note_es=note["es"])
    # At the foot of every page, and in the box about 911.
    assert page("/en/").text.count(note["en"]) == 2
    group(admin, "notes").submit(emergency_note_en="", emergency_note_es="")
    assert note["en"] not in page("/en/").text


def test_what_is_wrong_is_said_and_stays_in_form(admin: Reader, app: Portal) -> None:
    limits = ("reports_per_address", "answers_per_address", "answers_in_all", "codes_per_address", "codes_in_all")
    for name, field, typed in (
        ("telephone", "sms_number", "555-01"),
        ("telephone", "sms_more_numbers", "336 555 0142 and the other one"),
        ("exit", "exit_url", "weather dot gov"),
        ("exit", "exit_url", "https://[x"),
        ("exit", "exit_url", "http://localhost/en/"),
        ("days-off", "days_off", "12-24 Christmas Eve | Nochebuena\nGood Friday"),
        ("figures", "snapshot_day", "31"),
        ("figures", "snapshot_day", "soon"),
        ("limits", "reports_in_all", "0"),
        *(("limits", limit, "1") for limit in limits),
        ("name", "site_name", ""),
        ("name", "city_en", "x" * 61),
        ("notes", "samaritan_note_es", ""),
        ("notes", "emergency_note_en", "x" * 201),
    ):
        found = group(admin, name).submit(422, quotes=(typed,), **{field: typed})
        assert found.has(f'[role="alert"] a[href="#{field}"]')
        assert found.form().values[field] == typed
    assert is_untouched(app)


def test_texts_that_are_on_need_a_number(admin: Reader, app: Portal) -> None:
    account = {"sms_sender": SmsSender.TWILIO, "twilio_account_sid": "AC1", "twilio_auth_token": "t"}
    app.settings = app.settings.model_copy(update={**account, "sms_number": "+13365550100"})
    assert "there must be a number" in group(admin, "telephone").submit(422, sms_number="").text


def test_the_exit_asks_once_more(admin: Reader, app: Portal) -> None:
    group(admin, "exit").submit(exit_url="https://www.usa.gov/").form().submit()
    assert 'href="https://www.usa.gov/"' in app.test_client().get("/en/report/").text


def test_a_preview_shows_both_languages_and_saves_nothing(admin: Reader, app: Portal) -> None:
    typed = {"city_en": "Birchfield", "city_es": "Abedules", "palette": "plum"}
    found = group(admin, "name").submit(press="show", **typed)
    assert "In Birchfield, neighbors" in found.text
    assert "En Abedules, vecinos" in found.text
    assert found.has('.card[data-palette="plum"]')
    assert found.form().values["palette"] == "plum"
    assert is_untouched(app)


def test_putting_back_fills_in_and_waits_for_the_button(admin: Reader, app: Portal) -> None:
    group(admin, "name").submit(site_name="Harbor Ground")
    link = admin(f"{SETTINGS}name/").follow("Put back")
    assert link.form().values["site_name"] == "Common Ground"
    with app.app_context():
        assert app.settings.site_name == "Harbor Ground"
    link.form().submit()
    assert is_untouched(app)
    assert "All changes" in admin(f"{SETTINGS}name/").text


def test_hidden_place_is_not_named_by_name_of_site(admin: Reader, work: Work, app: Portal) -> None:
    with work() as session:
        member = make_member(session, ("administrator", "organizer"))
        let_in(session, make_market(session, "Umber Alley", released=False), member)
    sign_in(admin.client, member)
    assert group(admin, "name").submit(422, site_name="Umber Alley Ground").has("#site_name-error")
    assert is_untouched(app)


def test_a_city_is_led_until_it_is_ready(admin: Reader, work: Work) -> None:
    for lang in ("en", "es"):
        start = f"/{lang}/team/settings/start/"
        assert admin(f"/{lang}/team/today/").has(f"main a[href={start}]")
        found = admin(start)
        links = {one.get("href") for one in found.find_all("main li a")}
        assert {f"/{lang}/team/settings/name/", f"/{lang}/team/who-runs-this/", f"/{lang}/people/"} <= links
        assert found.has(".tone-warning")
    with admin.client.application.test_request_context("/en/"):
        assert missing(setup_steps()) == 8
    with work() as session:
        make_desk(session, [make_member(session, ("triage",)) for _ in range(2)])
        make_desk(session, [make_member(session, ("oversight",))], kind="oversight")
        make_member(session, ("organizer", "community_lead"))
        make_operator(session)
        stored_settings.store_settings({"city_en": "Alder Falls", "city_es": "Alder Falls"}, None)
        db.insert_new(Turn, name="sweep", done_for=NEVER, taken_until=NEVER)
        session.query(Turn).filter_by(name="sweep").update({"done_for": now()})
    assert "The city is ready." in admin("/en/team/settings/start/").text
    assert "Set up the city" not in admin("/en/team/today/").text


def test_no_page_of_a_hidden_place_is_listed(app: Portal, work: Work, client: FlaskClient) -> None:
    with work() as session:
        make_market(session, "Elm Street")
        make_market(session, "Birch Street", released=False)
    with app.app_context():
        paths = [address.removeprefix("http://localhost") for address in asked_first()]
    assert {"/en/", "/es/", "/en/report/", "/en/places/elm-street/"} <= set(paths)
    assert not any("birch" in path for path in paths)
    assert {client.get(path).status_code for path in paths} == {200}


def test_every_guide_begins_with_today_and_ends_with_account() -> None:
    assert set(GUIDES) == set(Role)
    for steps in (*GUIDES.values(), WITHOUT_ROLE):
        assert steps[0].endpoint == "today.index"
        assert steps[-1].endpoint == "account.index"
        assert len({step.endpoint for step in steps}) == len(steps) <= 9


def test_who_has_two_roles_reads_each_step_once() -> None:
    both = [step.endpoint for step in steps_of([Role.TRIAGE, Role.ORGANIZER])]
    assert len(set(both)) == len(both)
    assert {"desk.inbox", "meetings_editor.index"} < set(both)
    assert both[-1] == "account.index"
    assert anchor_for([Role.TRIAGE], "places_team") is None


@pytest.mark.parametrize("role", Role)
def test_its_steps_lead_where_role_may_go_and_back(app: Portal, page: Reader, work: Work, role: Role) -> None:
    with work() as session:
        member = make_member(session, (role,))
    sign_in(page.client, member)
    guide = page("/en/team/how/")
    assert len(list(guide.find_all("li.card"))) == len(GUIDES[role])
    for step in GUIDES[role]:
        with app.test_request_context():
            address = url_for(step.endpoint, lang="en")
        assert f'href="/en/team/how/#{step.anchor}"' in page(address).response.text
        assert f'id="{step.anchor}"' in guide.response.text

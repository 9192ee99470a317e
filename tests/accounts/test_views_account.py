"""My account: a new password keeps what the old one opened, and ends every other browser."""

from flask import url_for

from portal.core.web import AudienceBlueprint
from tests.accounts.doors import give_password, sign_in
from tests.make import PASSWORD, make_market, make_meeting, make_member, make_report
from tests.page import Reader, reader_of

ROLE = "triage"
NEW_PASSWORD = "seven lamps beside the slow canal"


def codes(page):
    return page("/en/account/codes").form().submit().find_all("ol.words code")


def test_a_changed_password_still_opens_the_desk(page, app, ana, work):
    with work():
        thread_id = make_report("Two people by the bus stop.").thread.id
    sign_in(page)
    other = Reader(app.test_client())
    # Codes can be made again, and old ones stop.
    old, new = ([one.text or "" for one in codes(page)] for _each in range(2))
    give_password(other).form("second-step/code").submit(422, code=old[0])
    give_password(other).form("second-step/code").submit(code=new[0])
    page("/en/account/password").form().submit(old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert "bus stop" in page.client.get(f"/en/desk/{thread_id}").text
    assert other("/en/account/").path == "/en/sign-in"
    give_password(other, status=422)
    give_password(other, NEW_PASSWORD).form("second-step/code").submit(code=new[1])
    assert "bus stop" in other.client.get(f"/en/desk/{thread_id}").text


def test_a_wrong_or_weak_password_changes_nothing(page, app, ana):
    sign_in(page)
    form = page("/en/account/password").form()
    assert "not your password" in form.submit(422, old="wrong", new=NEW_PASSWORD, again=NEW_PASSWORD).text
    assert "not the same" in form.submit(422, old=PASSWORD, new=NEW_PASSWORD, again=NEW_PASSWORD + "s").text
    assert "at least 12" in form.submit(422, old=PASSWORD, new="short", again="short").text
    give_password(Reader(app.test_client()))


def test_the_bar_shows_the_rooms_of_the_role(app, page, ana, work):
    sign_in(page)
    account = page("/en/account/")
    assert [link.text for link in account.find_all("header nav a")] == ["Today", "Desk", "Colleagues", "My account"]
    assert [link.text for link in account.find_all("header nav a[aria-current]")] == ["My account"]
    # A room that leads to nothing yet is not shown.
    with work() as session:
        member = make_member(session, ("services", "faith_partner", "organizer"))
    reader, rooms = reader_of(app, member), {"Offers of help", "To announce", "Texts sent"}

    def bar():
        return {link.text for link in reader("/en/team/today/").find_all("header nav a")}

    assert not rooms & bar()
    with work() as session:
        make_market(session)
        make_meeting(session)
    app.settings = app.settings.model_copy(update={"sms_number": "+13365550142"})
    assert rooms <= bar()
    lit = reader("/en/team/meetings/series").find_all("header nav a[aria-current]")
    assert [link.text for link in lit] == ["Meetings"]


def test_every_page_of_the_team_lights_one_room(app):
    with app.test_request_context("/en/"):
        app.preprocess_request()
        rooms = {item.endpoint.partition(".")[0]: url_for(item.endpoint) for item in app.navigation}
    part_of = {room: item.endpoint.partition(".")[0] for item in app.navigation for room in item.rooms}
    dark = []
    for rule in app.url_map.iter_rules():
        room = app.blueprints.get(rule.endpoint.partition(".")[0])
        if isinstance(room, AudienceBlueprint) and room.audience.roles is not None and room.name != "second_step":
            address = f"{rule.rule.replace('<lang:lang>', 'en')}/"
            lit = {name for name, start in rooms.items() if address.startswith(start)} or {part_of.get(room.name)}
            dark += [rule.rule] if len(lit - {None}) != 1 else []
    assert dark == []

"""Through the door: invitations, password, second step, and how long a browser stays signed in."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from portal.accounts.people import invite
from portal.accounts.roles import Role
from portal.accounts.users import Member, SignIn
from tests.accounts.doors import code, give_password, password_form, sign_in
from tests.make import PASSWORD
from tests.page import SAME_ORIGIN, Reader

START = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
NEW_PASSWORD = "seven lamps beside the slow canal"
pytestmark = pytest.mark.time_machine(START, tick=False)


def link(work, roles=(Role.ORGANIZER,)):
    with work():
        return f"/en/invitation/{invite('Bea@Portal.test ', 'Bea', 'en', roles, None).token}"


def count(work, model):
    with work() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_invitation_leads_through_password_and_app_to_recovery_codes(page, work):
    again = page(link(work)).form().submit(422, name="Beatriz", new="bea portal test", again="bea portal test")
    assert again.find("input#name").get("value") == "Beatriz"
    assert "easy to guess" in again.text
    assert count(work, Member) == 0
    choose = again.form().submit(name="Bea", new=NEW_PASSWORD, again=NEW_PASSWORD)
    assert choose.path == "/en/second-step/set-up"
    app = choose.follow("Set up an app")
    secret = "".join(app.find("code").itertext()).replace(" ", "")
    assert app.has("figure svg")
    codes = app.form().submit(code=code(secret=secret))
    assert codes.path == "/en/account/codes"
    assert len(list(codes.form("").submit().find_all("ol.words li"))) == 10
    account = page("/en/account/").text
    assert "bea@portal.test" in account
    assert "10 recovery codes left" in account


def test_expired_used_and_unknown_links_look_the_same(page, app, work, time_machine):
    address, used = link(work), link(work)
    page(used).form().submit(name="Bea", new=NEW_PASSWORD, again=NEW_PASSWORD)
    stranger = Reader(app.test_client())
    gone = [stranger(where, 404).text for where in (used, "/en/invitation/nothing")]
    time_machine.shift(timedelta(hours=72, seconds=1))
    assert {stranger(address, 404).text, *gone} == {gone[0]}


def test_nothing_opens_with_the_password_alone(page, ana):
    # An unknown address and a wrong password say the same.
    wrong = give_password(page, password="not the password", status=422)
    unknown = give_password(page, email="zoe@portal.test", status=422)
    assert wrong.find("div[role=alert] p").text == unknown.find("div[role=alert] p").text
    assert wrong.find("input#email").get("value") == "ana@portal.test"
    give_password(page)
    assert page("/en/account/").path == "/en/second-step/"
    page("/en/second-step/set-up/app", 403)
    page("/en/second-step/set-up/passkey", 403)


def test_a_code_works_once(page, app, ana):
    sign_in(page)
    other = Reader(app.test_client())
    step = give_password(other).form("second-step/code").submit(422, code=code())
    assert "used already" in step.text
    assert other("/en/account/").path == "/en/second-step/"
    # Nor can codes be guessed for long.
    for _try in range(4):
        step.form("second-step/code").submit(422, code="123456")
    step.form("second-step/code").submit(429, code=code(timedelta(seconds=30)))


def test_signing_in_rightly_is_never_too_often(app, ana, time_machine):
    for _evening in range(8):
        assert sign_in(Reader(app.test_client())).path != "/en/sign-in"
        # The next code: each is good for once.
        time_machine.shift(timedelta(minutes=1))


def test_idle_or_signed_in_for_too_long(page, ana, time_machine):
    for looks, apart, end in ((4, 40, 46), (23, 30, 31)):
        sign_in(page)
        for _look in range(looks):
            time_machine.shift(timedelta(minutes=apart))
            assert page("/en/account/").path == "/en/account/"
        time_machine.shift(timedelta(minutes=end))
        assert page("/en/account/").path == "/en/sign-in"


def test_another_site_is_never_the_next_page(page, ana):
    for after, target in enumerate(("//evil.test/", "/\\evil.test/")):
        asked = {"query_string": {"next": target}, "headers": SAME_ORIGIN}
        form = {**password_form(page).values, "email": "ana@portal.test", "password": PASSWORD}
        assert "evil" not in page.client.post("/en/sign-in", data=form, **asked).location
        form = {**page("/en/second-step/").form("second-step/code").values, "code": code(timedelta(seconds=30 * after))}
        answer = page.client.post("/en/second-step/code", data=form, **asked)
        assert urlsplit(answer.location).netloc in ("", "localhost")
        assert "evil" not in answer.location
        page.client.delete_cookie("portal")


def test_signing_out_ends_it_on_the_server_and_everywhere(page, app, work, ana, time_machine):
    sign_in(page)
    time_machine.shift(timedelta(seconds=60))
    other = Reader(app.test_client())
    sign_in(other)
    assert other("/en/account/codes").form("sign-out").submit().path == "/en/sign-in"
    assert count(work, SignIn) == 1
    time_machine.shift(timedelta(seconds=60))
    sign_in(other)
    page("/en/account/").form("sign-out/everywhere").submit()
    assert other("/en/account/").path == "/en/sign-in"
    assert count(work, SignIn) == 0


def test_the_cookie_is_shut_in(client, page, ana):
    cookie = password_form(page).send(email="ana@portal.test", password=PASSWORD).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Expires" not in cookie
    # The door looks at none.
    door = client.get("/en/sign-in")
    assert "Set-Cookie" not in door.headers
    assert "Cookie" not in door.headers.get("Vary", "")


TITLE = "Cleanup on Saturday"


def test_what_was_written_comes_along_secrets_and_token_not(page, ana):
    path = "/en/team/news/new"
    words = {"title_en": TITLE, "title_es": "Limpieza", "body_en": "First line.\r\nSecond line."}
    secrets, quotes = {"password": "quiet river", "csrf_token": "old"}, tuple(words.values())
    kept = page.read(page.client.post(path, data=words | secrets, headers=SAME_ORIGIN), 403, quotes=quotes)
    early = kept.form("again").submit(quotes=quotes)
    sign_in(page)
    sent = early.form("again").submit(quotes=quotes).form(path)
    assert {name: sent.values[name] for name in words} == words | {"body_en": "First line.\nSecond line."}
    assert "password" not in sent.values and sent.values["csrf_token"] != "old"
    assert sent.submit(quotes=quotes).find("input#title_en").get("value") == TITLE


def test_only_a_form_of_ours_is_offered_again(page, client, app, ana):
    kept = page.read(
        client.post("/en/team/news/new", data={"title_en": TITLE}, headers=SAME_ORIGIN), 403, quotes=(TITLE,)
    )
    sealed = kept.form("again").values["kept"]
    sign_in(page)
    for data in ({}, {"kept": ""}, {"kept": "x" + sealed}):
        assert page("/en/sign-in/again", method="POST", data=data).title.startswith("Team sign-in")
    # A browser that does not say where a form comes from is not believed.
    assert "Team sign-in" in client.post("/en/sign-in/again", data={"kept": sealed}).text
    foreign = client.post("/en/sign-in/again", data={"kept": sealed}, headers={"Origin": "https://evil.test"})
    assert foreign.status_code == 403

"""The page on which members choose how they are reminded."""

from portal.accounts.reminders import ReminderChannel
from tests.accounts.reminding import PHONE, code_sent, posted, send_texts
from tests.make import make_member, sign_in
from tests.page import SAME_ORIGIN, reader_of


def liaison(app, work, page):
    """Somebody signed in where texts are sent."""
    send_texts(app)
    with work() as session:
        member = make_member(session, ["police_liaison"])
    sign_in(page.client, member)
    return member


def stored(work, member):
    with work() as session:
        return session.get(ReminderChannel, member.id)


def test_number_is_given_proved_and_shown_by_last_figures(app, page, work):
    member = liaison(app, work, page)
    address = "/en/account/reminders/"
    assert f'href="{address}"' in page("/en/account/").response.text
    asked = page(address).form_with("way").submit(way="text", number="(336) 555-0123")
    assert "0123" in asked.text
    assert "555-0123" not in asked.text
    with work():
        [(kind, to, _body)] = posted()
        assert (kind, to) == ("text", PHONE)
        code = code_sent()
    wrong = "000000" if code != "000000" else "111111"
    again = asked.form_with("code").submit(422, code=wrong)
    assert again.find("#code").get("aria-invalid") == "true"
    assert stored(work, member).way == "mail"
    done = again.form_with("code").submit(code=f"{code[:3]} {code[3:]}")
    assert "0123" in done.text
    assert stored(work, member).way == "text"


def test_without_a_whole_number_nothing_is_sent(app, page, work):
    liaison(app, work, page)
    for number in ("", "12", "maria", "ana@example.org"):
        again = page("/en/account/reminders/").form_with("way").submit(422, way="text", number=number)
        assert again.find("#number").get("aria-invalid") == "true"
        assert again.form_with("way").values["number"] == number
        with work():
            assert posted() == []


def test_where_no_texts_are_sent_none_are_offered(app, page, work):
    liaison(app, work, page)
    app.settings = app.settings.model_copy(update={"sms_number": ""})
    shown = page("/en/account/reminders/")
    assert [one.get("value") for one in shown.find_all("input[type=radio]")] == ["mail", "none"]
    assert not list(shown.find_all("#number"))
    forged = {**shown.form_with("way").values, "way": "text", "number": PHONE}
    assert page.client.post("/en/account/reminders/", data=forged, headers=SAME_ORIGIN).status_code == 422
    with work():
        assert posted() == []


def test_somebody_elses_choice_is_not_seen(app, page, work):
    member = liaison(app, work, page)
    page("/en/account/reminders/").form_with("way").submit(way="text", number=PHONE)
    with work() as session:
        other = make_member(session, ["administrator"])
    reader = reader_of(app, other)
    assert "0123" not in reader("/en/account/reminders/").text
    for address in (f"/en/people/{member.id}", "/en/people/", "/en/audit/"):
        assert "0123" not in reader(address).text

"""The page on which members choose how they are reminded."""

from portal.accounts.reminders import ReminderChannel
from tests.accounts.reminding import PHONE, code_sent, posted, send_texts
from tests.make import make_member, sign_in
from tests.page import SAME_ORIGIN, reader_of

ADDRESS = "/en/account/reminders/"


def liaison(app, work, page):
    """Somebody signed in where texts are sent."""
    send_texts(app)
    with work() as session:
        member = make_member(session, ["police_liaison"])
    sign_in(page.client, member)
    return member


def test_number_is_given_proved_and_shown_by_last_figures(app, page, work):
    member = liaison(app, work, page)
    assert f'href="{ADDRESS}"' in page("/en/account/").response.text
    for number in ("", "12", "maria", "ana@example.org"):
        again = page(ADDRESS).form_with("way").submit(422, way="text", number=number)
        assert again.find("#number").get("aria-invalid") == "true"
        assert again.form_with("way").values["number"] == number
    asked = page(ADDRESS).form_with("way").submit(way="text", number="(336) 555-0123")
    assert "0123" in asked.text
    assert "555-0123" not in asked.text
    with work():
        [(kind, to, _body)] = posted()
        assert (kind, to) == ("text", PHONE)
        code = code_sent()
    again = asked.form_with("code").submit(422, code="000000" if code != "000000" else "111111")
    assert again.find("#code").get("aria-invalid") == "true"
    done = again.form_with("code").submit(code=f"{code[:3]} {code[3:]}")
    assert "0123" in done.text
    with work() as session:
        assert session.get_one(ReminderChannel, member.id).way == "text"
        other = make_member(session, ["administrator"])
    # Nobody else sees it.
    reader = reader_of(app, other)
    for address in (ADDRESS, f"/en/people/{member.id}", "/en/people/", "/en/audit/"):
        assert "0123" not in reader(address).text


def test_where_no_texts_are_sent_none_are_offered(app, page, work):
    liaison(app, work, page)
    app.settings = app.settings.model_copy(update={"sms_number": ""})
    shown = page(ADDRESS)
    assert [one.get("value") for one in shown.find_all("input[type=radio]")] == ["mail", "none"]
    assert not shown.has("#number")
    forged = {**shown.form_with("way").values, "way": "text", "number": PHONE}
    assert page.client.post(ADDRESS, data=forged, headers=SAME_ORIGIN).status_code == 422
    with work():
        assert posted() == []

"""A form that came while its writer was signed out is sent again once they are back."""

from __future__ import annotations

from flask.testing import FlaskClient

from portal.accounts.users import Member
from portal.core.web import Portal
from tests.accounts.doors import sign_in
from tests.page import SAME_ORIGIN, Reader

TITLE = "Cleanup on Saturday"


def test_what_was_written_is_sent_after_signing_in(page: Reader, ana: Member) -> None:
    path = "/en/team/news/new"
    words = {"title_en": TITLE, "title_es": "Limpieza", "body_en": "First line.\r\nSecond line."}
    kept = page.read(page.client.post(path, data=words, headers=SAME_ORIGIN), 403, quotes=tuple(words.values()))
    early = kept.form("again").submit(quotes=tuple(words.values()))
    assert early.form("again").element is not None
    sign_in(page)
    again = early.form("again").submit(quotes=tuple(words.values()))
    sent = again.form(path)
    assert {name: sent.values[name] for name in words} == {
        name: text.replace("\r\n", "\n") for name, text in words.items()
    }
    draft = sent.submit(quotes=tuple(words.values()))
    assert draft.find("input#title_en").get("value") == TITLE


def test_secrets_and_the_old_token_do_not_come_along(page: Reader, ana: Member) -> None:
    data = {"title_en": TITLE, "password": "quiet river", "csrf_token": "old"}
    kept = page.read(page.client.post("/en/team/news/new", data=data, headers=SAME_ORIGIN), 403, quotes=(TITLE,))
    sign_in(page)
    sent = kept.form("again").submit(quotes=(TITLE,)).form("/team/news/new")
    assert "password" not in sent.values and sent.values["csrf_token"] != "old"


def test_only_a_form_of_ours_is_offered_again(page: Reader, client: FlaskClient, app: Portal, ana: Member) -> None:
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

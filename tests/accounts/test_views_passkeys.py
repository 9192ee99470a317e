"""Passkeys, from the button to the second step, with a security key in software."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.users import Member
from tests.accounts.authenticator import Authenticator
from tests.accounts.doors import give_password, sign_in
from tests.conftest import Work
from tests.make import make_member
from tests.page import SAME_ORIGIN, Form, Page, Reader


@pytest.fixture
def member(work: Work) -> Member:
    with work() as session:
        return make_member(session, ("organizer",), email="ana@portal.test")


def options(form: Form) -> dict[str, Any]:
    """What `passkey.js` asks for."""
    client: FlaskClient = form.page.reader.client
    headers = {**SAME_ORIGIN, "X-CSRFToken": form.values["csrf_token"]}
    answer = client.post(form.element.get("data-options", ""), headers=headers)
    assert answer.status_code == 200
    assert answer.json is not None
    return dict(answer.json)


def add(page: Reader, key: Authenticator) -> Page:
    form = page("/en/second-step/set-up/passkey").form("set-up/passkey")
    return form.submit(credential=key.register(options(form)), name="The key on my ring")


def test_a_passkey_is_added_and_opens_the_second_step(page: Reader, client: FlaskClient, member: Member) -> None:
    key = Authenticator()
    sign_in(page)
    add(page, key)
    assert "The key on my ring" in page("/en/account/").text
    other = Reader(client.application.test_client())
    form = give_password(other).form("second-step/passkey")
    form.submit(credential=key.sign_in(options(form)))
    assert "ana@portal.test" in other("/en/account/").text


def test_an_answer_does_not_work_twice(page: Reader, client: FlaskClient, member: Member) -> None:
    key = Authenticator()
    sign_in(page)
    add(page, key)
    other = Reader(client.application.test_client())
    form = give_password(other).form("second-step/passkey")
    answer = key.sign_in(options(form))
    form.submit(credential=answer)
    third = Reader(client.application.test_client())
    form = give_password(third).form("second-step/passkey")
    options(form)
    form.submit(422, credential=answer)
    form.submit(422, credential=answer)
    assert third("/en/account/").path == "/en/second-step/"


def test_a_broken_answer_is_refused(page: Reader, client: FlaskClient, member: Member) -> None:
    sign_in(page)
    add(page, Authenticator())
    form = give_password(Reader(client.application.test_client())).form("second-step/passkey")
    for broken in ("", "{}", "not json", '{"id": "x", "rawId": "x", "response": {}, "type": "public-key"}'):
        options(form)
        form.submit(422, credential=broken)


def test_the_key_of_another_member_or_site_is_refused(
    page: Reader, client: FlaskClient, work: Work, member: Member
) -> None:
    sign_in(page)
    add(page, Authenticator())
    other = Reader(client.application.test_client())
    form = give_password(other).form("second-step/passkey")
    form.submit(422, credential=Authenticator().sign_in(options(form)))
    copied = Authenticator(origin="https://portal.evil.test")
    form.submit(422, credential=copied.sign_in(options(form)))


def test_the_only_second_step_cannot_be_removed(page: Reader, client: FlaskClient, member: Member) -> None:
    sign_in(page)
    refused = page("/en/account/").form("app/remove").submit(409)
    assert "only second step" in refused.text
    add(page, Authenticator())
    page("/en/account/").form("app/remove").submit()
    page("/en/account/").form("passkeys/").submit(409)

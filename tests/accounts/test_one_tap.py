"""Signing in with a passkey, alone or as the second step: what opens, what stays locked, and what is refused."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.accounts.people import accept, invite_again, make_secrets
from portal.accounts.sign_in_rules import CHALLENGE_SECONDS, LONG_STAY, STAY
from portal.accounts.users import Member, Passkey, SignIn
from tests.accounts.authenticator import Authenticator
from tests.accounts.doors import code, give_password, sign_in
from tests.make import PASSWORD, make_member, make_report
from tests.page import SAME_ORIGIN, Reader

COMPUTED = urlsafe_b64encode(b"c" * 32).decode().rstrip("=")
OTHER = urlsafe_b64encode(b"o" * 32).decode().rstrip("=")
WORDS = "Two cars wait at the corner every night."
ROLE = "triage"
pytestmark = pytest.mark.time_machine(datetime(2026, 5, 4, 12, tzinfo=UTC), tick=False)


def file_report(work):
    with work():
        return make_report(WORDS).thread.id


def options(form):
    """What `sign-in.js` asks for."""
    client = form.page.reader.client
    token = {"X-CSRFToken": form.values["csrf_token"]} if "csrf_token" in form.values else {}
    answer = client.post(form.element.get("data-options", ""), headers=SAME_ORIGIN | token)
    assert answer.status_code == 200 and answer.json is not None
    return dict(answer.json)


def add(page, key, prf="", name="The key on my ring"):
    form = page("/en/second-step/set-up/passkey").form("set-up/passkey")
    return form.submit(credential=key.register(options(form)), prf=prf, name=name)


def tap(reader, key, prf="", status=200, door="/en/sign-in"):
    """Press "Sign in with this phone"."""
    form = reader(door).form("sign-in/passkey")
    return form.submit(status, credential=key.sign_in(options(form)), prf=prf)


def drop(page, key, prf, status=200):
    """Let only the passkey open what is sealed."""
    form = page("/en/account/passkey-only").form("passkey-only")
    return form.submit(status, credential=key.sign_in(options(form)), prf=prf)


def enrolled(page, prf=""):
    """Ana's phone, which computes nothing unless it is said."""
    key = Authenticator(verifies=True)
    sign_in(page)
    add(page, key, prf)
    return key


@pytest.fixture
def other(app):
    return Reader(app.test_client())


def test_without_what_it_computes_the_password_is_asked(page, app, ana, work):
    report, key = file_report(work), enrolled(page, COMPUTED)
    for prf in ("", OTHER):
        other = Reader(app.test_client())
        assert tap(other, key, prf).path == other(f"/en/desk/{report}").path == "/en/account/unlock"
        assert "locked" in other("/en/team/today/").text
        wrong = other(f"/en/desk/{report}").form("unlock").submit(422, password="wrong")
        assert "This is not your password" in wrong.text
        assert wrong.form("unlock").submit(password=PASSWORD, quotes=(WORDS,)).path == f"/en/desk/{report}"
        assert WORDS in other(f"/en/desk/{report}", quotes=(WORDS,)).text
        assert "locked" not in other("/en/team/today/").text


def test_what_it_computed_is_stored_nowhere(page, other, ana, work):
    report, key = file_report(work), enrolled(page, COMPUTED)
    assert tap(other, key, COMPUTED).path == "/en/team/today/"
    assert WORDS in other(f"/en/desk/{report}", quotes=(WORDS,)).text
    with work() as session:
        [passkey] = session.scalars(select(Passkey))
        rows = [passkey.__dict__, *(row.__dict__ for row in session.scalars(select(SignIn)))]
        assert passkey.wrapped_private_key
    assert b"c" * 32 not in b"".join(value for row in rows for value in row.values() if isinstance(value, bytes))
    assert COMPUTED not in other.client.get_cookie("portal").value


def refused(reader, form, credential):
    page = form.submit(422, credential=credential)
    assert "That did not work" in page.text and page.has("details[open]")
    assert reader("/en/account/").path == "/en/sign-in"


def test_each_refusal_is_the_same(page, other, ana):
    """Nobody learns whether an account or a passkey is there."""
    phone = enrolled(page)
    stranger = Authenticator(verifies=True)
    stranger.owner = phone.owner
    form = other("/en/sign-in").form("sign-in/passkey")
    tried = ("", "{}", "not json", stranger.sign_in(options(form)))
    said = [form.submit(422, credential=credential).text for credential in tried]
    phone.verifies = False
    said.append(form.submit(422, credential=phone.sign_in(options(form))).text)
    assert len(set(said)) == 1


def test_what_is_not_right_is_refused(page, other, ana, time_machine):
    phone = enrolled(page)
    form = other("/en/sign-in").form("sign-in/passkey")
    forged = options(form)
    refused(other, form, phone.sign_in(forged | {"challenge": forged["challenge"][:-4] + "AAAA"}))
    for what, wrong in (("origin", "https://portal.evil.test"), ("host", "portal.evil.test"), ("owner", None)):
        right = getattr(phone, what)
        setattr(phone, what, wrong)
        refused(other, form, phone.sign_in(options(form)))
        setattr(phone, what, right)
    tap(Reader(page.client.application.test_client()), phone)
    phone.count, right = 0, phone.count
    refused(other, form, phone.sign_in(options(form)))
    phone.count = right
    answer = phone.sign_in(options(form))
    time_machine.shift(CHALLENGE_SECONDS)
    refused(other, form, answer)


def test_passkey_without_finger_is_a_second_step_only(page, app, ana):
    key, (other, third, fourth) = Authenticator(), (Reader(app.test_client()) for _each in range(3))
    sign_in(page)
    assert "only second step" in page("/en/account/").form("app/remove").submit(409).text
    add(page, key, COMPUTED)
    account = page("/en/account/").text
    assert "The key on my ring" in account and "only after your password" in account
    form = give_password(other).form("second-step/passkey")
    for broken in ("", "not json", '{"id": "x", "rawId": "x", "response": {}, "type": "public-key"}'):
        options(form)
        form.submit(422, credential=broken)
    form.submit(422, credential=Authenticator().sign_in(options(form)))
    answer = key.sign_in(options(form))
    assert form.submit(credential=answer).path == "/en/team/today/"
    form = give_password(third).form("second-step/passkey")
    options(form)
    form.submit(422, credential=answer)
    assert third("/en/account/").path == "/en/second-step/"
    key.verifies = True
    form = fourth("/en/sign-in").form("sign-in/passkey")
    refused(fourth, form, key.sign_in(options(form)))
    page("/en/account/").form("app/remove").submit()
    page("/en/account/").form("passkeys/").submit(409)


def test_an_answer_works_once(page, app, ana):
    for counts in (True, False):
        key = Authenticator(verifies=True, counts=counts)
        if counts:
            sign_in(page)
        add(page, key)
        one, other = Reader(app.test_client()), Reader(app.test_client())
        form = one("/en/sign-in").form("sign-in/passkey")
        answer = key.sign_in(options(form))
        form.submit(credential=answer)
        refused(other, other("/en/sign-in").form("sign-in/passkey"), answer)


def test_options_set_no_cookie_and_tries_are_counted(other):
    form = other("/en/sign-in").form("sign-in/passkey")
    asked = options(form)
    assert asked["allowCredentials"] == [] and asked["userVerification"] == "required"
    assert other.client.get_cookie("portal") is None
    # And tries are counted.
    for _ in range(60):
        form.send(credential="{}")
    assert "too many tries" in form.submit(429, credential="{}").text


def test_session_is_new_and_ends_with_its_passkey(page, other, app, ana):
    phone = enrolled(page)
    second = Reader(app.test_client())
    form = give_password(second).form("second-step/passkey")
    form.submit(credential=phone.sign_in(options(form)))
    give_password(other)
    before = other.client.get_cookie("portal").value
    tap(other, phone)
    # The session is a new one.
    assert before != other.client.get_cookie("portal").value
    stale = Reader(app.test_client())
    stale.client.set_cookie("portal", before)
    assert stale("/en/account/").path == "/en/sign-in"
    page("/en/account/").form("passkeys/").submit()
    assert other("/en/team/today/").path == second("/en/team/today/").path == "/en/sign-in"
    assert page("/en/account/").path == "/en/account/"
    form = other("/en/sign-in").form("sign-in/passkey")
    refused(other, form, phone.sign_in(options(form)))


def test_passkey_alone_changes_not_how_one_signs_in(page, other, ana, work):
    """Whoever can unlock the phone could make a passkey of their own, and keep it."""
    phone = enrolled(page)
    tap(other, phone)
    for address in ("second-step/set-up/passkey", "second-step/set-up/app", "account/codes"):
        assert other(f"/en/{address}").path == "/en/account/once-more"
    assert other("/en/account/").form("passkeys/").submit().path == "/en/account/once-more"
    with work() as session:
        assert session.scalars(select(Passkey)).all()


def test_new_password_by_link_locks_what_passkey_opened(page, other, ana, work):
    key = enrolled(page, COMPUTED)
    with work() as session:
        made = invite_again(session.get_one(Member, ana.id), None, even_last=True)
        accept(made.token, "", "en", make_secrets("violin harbor under nine maples"))
    tap(other, key, COMPUTED)
    with work() as session:
        assert session.scalars(select(Passkey.wrapped_private_key)).all() == [None]


def test_a_changed_password_keeps_what_the_passkey_opens(page, other, ana, work):
    report, key = file_report(work), enrolled(page)
    tap(other, key)
    new = "violin harbor under nine maples"
    other("/en/account/password").form("password").submit(old=PASSWORD, new=new, again=new)
    third = Reader(other.client.application.test_client())
    tap(third, key).form("unlock").submit(password=new)
    assert WORDS in third(f"/en/desk/{report}", quotes=(WORDS,)).text


def test_only_the_passkey_opens_until_the_password_may_again(page, app, ana, work, time_machine):
    report, key = file_report(work), enrolled(page, COMPUTED)

    def wraps():
        with work() as session:
            return session.get_one(Member, ana.id).wrapped_private_key

    def by_password(password):
        """Sign in with password and the next code, in a new browser."""
        time_machine.shift(30)
        reader = Reader(app.test_client())
        return reader, give_password(reader, password).form("second-step/code").submit(code=code())

    # A passkey that does not compute the right thing, or is somebody else's, drops nothing.
    with work() as session:
        make_member(session, ("triage",), email="ben@portal.test")
    bens, ben = Authenticator(verifies=True), Reader(app.test_client())
    sign_in(ben, "ben@portal.test")
    add(ben, bens, OTHER)
    for signer, prf in ((key, ""), (key, OTHER), (bens, OTHER)):
        assert "Nothing was changed" in drop(page, signer, prf, 422).text and wraps()
    assert "Only your passkey opens" in drop(page, key, COMPUTED).text and wraps() is None
    # The password signs in and opens nothing, a changed one neither.
    new = "violin harbor under nine maples"
    page("/en/account/password").form("password").submit(old=PASSWORD, new=new, again=new)
    other, entered = by_password(new)
    assert (entered.path, wraps()) == ("/en/account/unlock", None)
    assert "Only your passkey opens" in entered.text and not entered.has("input[type=password]")
    assert other(f"/en/desk/{report}").path == other("/en/account/password-too").path == "/en/account/unlock"
    other.client.post("/en/account/unlock", data={"password": new}, headers=SAME_ORIGIN)
    assert other(f"/en/desk/{report}").path == "/en/account/unlock"
    opened = tap(other, key, COMPUTED, door=f"/en/desk/{report}")
    assert opened.path == f"/en/desk/{report}" and WORDS in opened.text
    # The last one that opens does not go while it could be helped, and the password helps.
    page("/en/account/").form("passkeys/").submit(409)
    assert page("/en/account/password-too").form("password-too").submit(422, password="wrong") and wraps() is None
    page("/en/account/password-too").form("password-too").submit(password=new)
    other, _entered = by_password(new)
    assert WORDS in other(f"/en/desk/{report}", quotes=(WORDS,)).text


def test_a_lost_passkey_goes_although_nothing_else_opens(page, other, ana, work):
    drop(page, enrolled(page, COMPUTED), COMPUTED)
    give_password(other).form("second-step/code").submit(code=code(timedelta(seconds=30)))
    asked = other("/en/account/").form("passkeys/").submit()
    assert "Is this passkey lost?" in asked.text
    gone = asked.form("passkeys/").submit()
    assert "Nothing opens reports and notes for you now" in gone.text and "Only your passkey" not in gone.text
    with work() as session:
        assert not session.scalars(select(Passkey)).all()


def test_roles_without_report_keys_stay_longer_key_locked(page, other, work, ana, time_machine):
    with work() as session:
        lou = make_member(session, ("faith_partner",), email="lou@portal.test")
    sign_in(page)
    sign_in(other, "lou@portal.test")
    time_machine.shift(STAY.idle)
    assert page("/en/account/").path == "/en/sign-in"
    assert other("/en/account/").path == "/en/account/"
    with work() as session:
        keys = select(SignIn.wrapped_private_key).where(SignIn.member_id == lou.id)
        assert session.scalars(keys).all() == [b""]
    time_machine.shift(LONG_STAY.idle)
    ended = other("/en/account/")
    assert ended.path == "/en/sign-in"
    assert "You were signed out" in ended.text


def test_nothing_typed_is_lost_while_the_key_is_locked(page, ana, work):
    report, _phone = file_report(work), enrolled(page)
    form = page(f"/en/desk/{report}", quotes=(WORDS,)).form("/note")
    with work() as session:
        for row in session.scalars(select(SignIn)):
            row.wrapped_private_key = b""
    kept = form.submit(403, note="Call her sister first.")
    assert "Call her sister first." in kept.text
    assert kept.form("again").submit().path == "/en/sign-in/again"
    page("/en/account/unlock").form("unlock").submit(password=PASSWORD)
    again = kept.form("again").submit()
    assert again.form("/note").submit(quotes=(WORDS,)).path == f"/en/desk/{report}"
    assert "Call her sister first." in page(f"/en/desk/{report}", quotes=(WORDS,)).text

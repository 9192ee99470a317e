"""Forms: the token of a public one, what survives an error, an overtaking, and being signed out."""

import io
import re
from datetime import timedelta

import time_machine
from flask import g
from itsdangerous import TimestampSigner
from wtforms import FileField, RadioField, SelectChoice, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired

from portal.core.clock import now
from portal.core.editing import EditorForm
from portal.core.forms import PLAIN, TOKEN_HOURS, DateField, IntegerField, PublicForm, TimeField, strip, text
from portal.core.web import PUBLIC, AudienceBlueprint
from portal.markets.places import Market
from portal.upkeep.pages import BaselineForm
from tests.page import SAME_ORIGIN, Reader


class Probe(PublicForm):
    what = text("What", 10)


def probe_page(app):
    """Add a page with such a form; the nonces of those that were whole, in the order they were taken."""
    taken = []
    room = AudienceBlueprint("probe", __name__, audience=PUBLIC)

    @room.route("/probe", methods=["GET", "POST"])
    def probe():
        form = Probe()
        if form.is_submitted() and form.validate():
            taken.append(form.nonce)
            return "taken"
        return f"{form.token}{form.errors}{form.what.data}", 422 if form.is_submitted() else 200

    app.register_blueprint(room)
    return taken


def token_in(text):
    return re.search(r'name="token"[^>]*value="([^"]+)"', text)[1]


def send(client, token, what="hello"):
    return client.post("/en/probe", data={"token": token, "what": what}, headers=SAME_ORIGIN)


def test_a_fresh_form_is_taken_without_a_cookie(app, client):
    nonces = probe_page(app)
    page = client.get("/en/probe")
    assert "Set-Cookie" not in page.headers
    token = token_in(page.text)
    # An error keeps the nonce and what was typed.
    answer = send(client, token, "far too long a word")
    assert answer.status_code == 422
    assert "far too long a word" in answer.text
    assert token_in(answer.text) == token
    # Sent twice it has one nonce, and every form its own.
    for one in (token, token, token_in(client.get("/en/probe").text)):
        answer = send(client, one)
        assert (answer.text.strip(), len(nonces[-1])) == ("taken", 32)
        assert "Set-Cookie" not in answer.headers
    assert nonces[0] == nonces[1] != nonces[2]


def test_a_form_is_good_for_half_a_day(app, client):
    nonces = probe_page(app)
    token, opened = token_in(client.get("/en/probe").text), now()
    with time_machine.travel(opened + timedelta(hours=TOKEN_HOURS) - timedelta(minutes=1)):
        assert send(client, token).text.strip() == "taken"
    with time_machine.travel(opened + timedelta(hours=TOKEN_HOURS, minutes=1)):
        answer = send(client, token)
        assert answer.status_code == 422
        assert "open for a long time" in answer.text
        assert "hello" in answer.text
        assert send(client, token_in(answer.text)).text.strip() == "taken"
    assert nonces[0] != nonces[1]


def test_no_other_token_is_taken(app, client):
    nonces, altered, payload = probe_page(app), token_in(client.get("/en/probe").text), "A" * 43 + "="
    foreign = TimestampSigner("another secret", salt="public form").sign(payload).decode()
    ours = TimestampSigner(app.secret_key, salt="something else").sign(payload).decode()
    changed = (altered[:-1], altered[1:], altered.replace(".", ".."))
    for token in ("", "garbage", "\x00", payload, foreign, ours, *changed):
        assert send(client, token).status_code == 422
    assert nonces == []


class Choices(PublicForm):
    one = RadioField(choices=[("a", "A"), ("b", "B")])
    listed = SelectField(choices=[("a", "A")])
    many = SelectMultipleField(choices=[("a", "A")])
    number = SelectField(choices=[(1, "A")], coerce=int)
    day = DateField()
    hour = TimeField()
    count = IntegerField()
    needed = StringField(validators=[DataRequired()])


def test_what_does_not_fit_is_said_in_page_language(app):
    english = {str(text._args[0]) for text in PLAIN.values()}
    wrong = dict.fromkeys(("one", "listed", "many", "number", "day", "hour", "count"), "nonsense")
    for lang in ("en", "es"):
        with app.test_request_context(f"/{lang}/sign-in", method="POST", data=wrong):
            g.lang = lang
            form = Choices()
            assert not form.validate()
            said = [str(error) for name, errors in form.errors.items() if name != "token" for error in errors]
        assert len(said) == 8
        assert not any("alid" in text or "nonsense" in text or "coerce" in text for text in said)
        assert all((text in english) == (lang == "en") for text in said)


def test_what_is_no_number_is_said_in_one_sentence(app):
    above = "Please give a number above 0."
    for typed, said in (("many", "Please write a number."), ("-1", above), ("", above)):
        with app.test_request_context("/en/", method="POST", data={"quiet": typed}):
            form = BaselineForm(Market(usual_signals=1, slipping_signals=2, alarm_at=3))
            form.validate()
            assert [str(error) for error in form.quiet.errors] == [said]


class Mixed(PublicForm):
    words = StringField("Words", filters=[strip])
    day = DateField("Day")
    file = FileField("File")

    def validate_day(self, field):
        """A validator that counts on a day."""
        assert field.data.year


def test_no_form_takes_json(app):
    for sent in ({"words": 7, "day": [1]}, [1], "words", None):
        with app.test_request_context("/", method="POST", json=sent):
            assert Mixed().words.data is None
    # A file is no text, and text is no file.
    sent = {name: (io.BytesIO(b"x"), "x.txt") for name in ("words", "day", "file")}
    with app.test_request_context("/", method="POST", data=sent):
        form = Mixed()
        assert (form.words.data, form.day.data, form.file.data.filename) == (None, None, "x.txt")
    with app.test_request_context("/", method="POST", data={"words": " a\x00b ", "file": "no file"}):
        form = Mixed()
        assert (form.words.data, form.file.data) == ("ab", None)
    # A day that cannot be meant reaches no validator.
    for typed in ("0001-01-01", "1899-12-31", "9999-12-31", "2026-02-31", "soon"):
        with app.test_request_context("/", method="POST", data={"day": typed}):
            form = Mixed()
            assert not form.validate()
            assert [str(error) for error in form.day.errors] == ["There is no such day. Please choose one."]


TYPED = {
    "title_en": "Cleanup",
    "title_es": "Limpieza",
    "held_on": "2026-12-03",
    "starts": "18:30",
    "interpreter": "asked",
    "market": "elm-street",
    "original": "en",
}
HIDDEN = {"csrf_token": "a-token", "version": "7", "then": "publish", "seen": "88", "slip": "signed.text", "item": "12"}


def shown(page):
    """What stands in the boxes by the words above them."""
    labels = {label.get("for"): "".join(label.itertext()).strip() for label in page.find_all("label")}
    return {labels[box.get("id")]: "".join(box.itertext()) for box in page.find_all("textarea")}


def test_words_days_hours_and_choices_keep_their_names(client):
    def kept(address, data):
        sent = client.post(address, data=data | HIDDEN, headers=SAME_ORIGIN)
        return shown(Reader(client).read(sent, 403, quotes=tuple(data.values())))

    for lang, title, need in (
        ("en", "Title, in English", ("Interpreter", "Asked, not sure")),
        ("es", "Título, en inglés", ("Intérprete", "Falta confirmar")),
    ):
        words = kept(f"/{lang}/team/meetings/new", TYPED)
        assert words[title] == "Cleanup"
        assert need in words.items()
        # Neither marks of the page, nor what it had chosen already, nor a choice that only it could name.
        assert sorted(words.values()) == sorted(["Cleanup", "Limpieza", "2026-12-03", "18:30", need[1]])
    # In the form of one of several messages, too.
    data = {"in-other-words-77-note": "They sell at night.", "in-other-words-77-version": "3", "instead-77": "91"}
    [(label, text)] = kept("/en/desk/5/translate/77", data).items()
    assert text == "They sell at night."
    assert label


def test_with_nothing_typed_or_secrets_one_signs_in_first(client):
    for address, data in (
        ("/en/team/meetings/new", {"title_en": "", "original": "en", "translation": "person"}),
        ("/en/account/password", {"old": "quiet river", "new": "loud river", "again": "loud river"}),
        ("/en/team/news/new", HIDDEN),
    ):
        sent = client.post(address, data=data, headers=SAME_ORIGIN)
        assert sent.status_code in (302, 404), sent.text
        assert "river" not in sent.text


EDITED = {"name": "Elm", "place": "hidden", "unknown": "of no field"}


class Edited(EditorForm):
    name = StringField("Name", validators=[DataRequired()])
    place = SelectField(
        "Place", choices=[SelectChoice("", "None"), SelectChoice("oak", "Oak Street")], validate_choice=False
    )


def opened(app, **typed):
    """Return whether the form was accepted over version 2 of `EDITED`; nothing typed: it was opened."""
    with app.test_request_context("/en/", method="POST" if typed else "GET", data=typed):
        form = Edited(meta={"csrf": False})
        return form.validate_over(EDITED, 2), form


def test_it_opens_filled_and_refuses_what_is_empty(app):
    is_whole, form = opened(app)
    assert not is_whole
    assert (form.name.data, form.version.data, form.newer) == ("Elm", "2", None)
    with app.test_request_context("/en/"):
        assert form.http_status == 200
    is_whole, form = opened(app, version="2", name="", place="oak")
    assert (is_whole, form.newer) == (False, None)
    assert form.name.errors


def test_only_the_version_that_was_opened_is_saved(app):
    for version, status in (("2", 422), ("1", 409), ("", 409)):
        is_whole, form = opened(app, version=version, name="Oak", place="oak")
        assert is_whole is (status == 422)
        with app.test_request_context("/en/", method="POST"):
            assert form.http_status == status
        assert form.version.data == "2"
    # The differences name no choice that is not offered.
    assert [(field.name, stored) for field, stored in form.newer] == [("name", "Elm"), ("place", "")]

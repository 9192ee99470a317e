"""The report form and the code words, as a resident meets them."""

from __future__ import annotations

import sqlite3
from itertools import takewhile
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from portal.accounts.users import Desk, DeskKey
from portal.config import SmsSender
from portal.core.clock import now
from portal.core.crypto import unseal
from portal.core.db import db, random_id
from portal.core.web import Portal
from portal.reports.code import word_list
from portal.reports.reports import Thread, ThreadMessage, open_for_reports
from tests.conftest import Work
from tests.make import make_desk, make_market, private_key_of
from tests.page import Page, Reader

FORM = {"en": "/en/report/", "es": "/es/report/"}
REPORT = {"what": "Three people sell by the bus stop.", "category": "selling", "market": "elm-street"}


@pytest.fixture(autouse=True)
def desk(work: Work) -> None:
    with work() as session:
        make_desk(session)
        make_market(session)


def written(work: Work) -> tuple[int, int]:
    """How many threads and messages there are."""
    with work() as session:
        threads = session.scalar(select(func.count()).select_from(Thread)) or 0
        return threads, session.scalar(select(func.count()).select_from(ThreadMessage)) or 0


def words_on(page: Page) -> list[str]:
    return ["".join(item.itertext()) for item in page.find_all("#code-words li")]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_report_gives_eight_words_in_the_language_of_the_page(page: Reader, work: Work, language: str) -> None:
    receipt = page(FORM[language]).form("/report/").submit(**REPORT)
    words = words_on(receipt)
    assert len(words) == 8
    assert set(words) <= set(word_list(language))
    assert written(work) == (1, 1)


@pytest.mark.parametrize("language", ["en", "es"])
def test_before_writing_it_says_who_can_see_and_that_this_is_not_911(page: Reader, language: str) -> None:
    form = page(FORM[language])
    told = {
        "en": ("Who can see this", "This is not 911", "immigration"),
        "es": ("Quién puede ver", "no es el 911", "migratorio"),
    }
    assert all(words in form.text for words in told[language])


def test_an_empty_form_says_what_is_missing_and_links_to_it(page: Reader, work: Work) -> None:
    again = page("/es/report/").form("/report/").submit(422)
    assert "Escriba lo que está pasando" in again.text
    assert again.has('a[href="#what"]')
    assert written(work) == (0, 0)


def test_what_was_typed_is_still_there_after_an_error(page: Reader) -> None:
    again = page("/en/report/").form("/report/").submit(422, what="They sell.", where="north corner", relay="y")
    values = again.form("/report/").values
    assert (values["what"], values["where"], values["relay"]) == ("They sell.", "north corner", "y")


@pytest.mark.parametrize(
    "text",
    [
        "emoji 🙏🏽 and 𝒻our byte 𠜎 signs",
        "right to left \u202emarks\u202c stay",
        "quotes \"<script>alert('x')</script>",
        "NUL \x00 inside",
    ],
)
def test_whatever_can_be_typed_can_be_sent(page: Reader, work: Work, text: str) -> None:
    page("/en/report/").form("/report/").submit(**{**REPORT, "what": text})
    assert written(work) == (1, 1)


def test_a_report_of_a_megabyte_is_refused_with_every_word_kept(page: Reader, work: Work) -> None:
    long = "they sell here " * 70_000
    again = page("/en/report/").form("/report/").submit(422, **{**REPORT, "what": long})
    assert "at most" in again.text
    assert again.form("/report/").values["what"].strip() == long.strip()
    assert written(work) == (0, 0)


def test_words_that_give_somebody_away_are_asked_about_once(page: Reader, work: Work) -> None:
    again = (
        page("/es/report/")
        .form("/report/")
        .submit(422, **{**REPORT, "what": "Llámeme al 336-555-0142"}, quotes=("Llámeme",))
    )
    assert "un número de teléfono" in again.text
    again.form("/report/").submit(sure="y")
    assert written(work) == (1, 1)


def test_race_alone_is_refused_with_the_reason(page: Reader, work: Work) -> None:
    again = page("/en/report/").form("/report/").submit(422, **REPORT, looks="a black man")
    assert "Race alone does not help" in again.text
    assert written(work) == (0, 0)


@pytest.mark.parametrize("field", ["what", "where", "when", "looks"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_race_alone_is_refused_wherever_it_is_written(page: Reader, work: Work, field: str, language: str) -> None:
    typed = "Unos negros en la esquina"
    again = page(FORM[language]).form("/report/").submit(422, **REPORT | {field: typed}, quotes=(typed, REPORT["what"]))
    assert {"en": "Race alone does not help", "es": "La raza sola no"}[language] in again.text
    assert again.has(f"#{field}-error")
    assert again.form("/report/").values[field] == typed
    assert written(work) == (0, 0)


@pytest.mark.parametrize(
    "what", ["Juan Pérez vende", "Mi vecino Carlos Ramírez", "John Smith sells", "I live at 412 Laundry Row"]
)
def test_names_and_numbers_that_nothing_announces_are_asked_about_and_may_be_sent(
    page: Reader, work: Work, what: str
) -> None:
    again = page("/en/report/").form("/report/").submit(422, **REPORT | {"what": what}, quotes=(what,))
    assert "somebody's name" in again.text or "where somebody lives" in again.text
    again.form("/report/").submit(sure="y", quotes=(what,))
    assert written(work) == (1, 1)


@pytest.mark.parametrize(
    ("what", "category"), [("412 de Laundry Row", "selling"), ("Officer John Smith, plate ABC 1234", "conduct")]
)
def test_the_house_and_the_officer_that_a_report_is_about_stop_nobody(
    page: Reader, work: Work, what: str, category: str
) -> None:
    with work() as session:
        make_desk(session, kind="oversight")
    page("/en/report/").form("/report/").submit(**REPORT | {"what": what, "category": category}, quotes=(what,))
    assert written(work) == (1, 1)


WORDS = " ".join(word_list("en")[50:450:50])
NOT_KEPT = {"en": "We do not keep them, and nothing was sent.", "es": "No las guardamos, y no se envió nada."}


@pytest.mark.parametrize("field", ["what", "where", "when", "looks"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_code_words_are_never_stored_and_the_form_says_where_they_open_the_report(
    page: Reader, work: Work, field: str, language: str
) -> None:
    typed = {"what": "He sells.", "where": "north corner"} | {field: f"mis palabras: {WORDS}"}
    form = page(FORM[language]).form("/report/")
    again = form.submit(422, **REPORT | typed, quotes=tuple(typed.values()))
    assert NOT_KEPT[language] in again.text
    assert again.has(f'main .notice a[href="/{language}/report/follow"]') and again.has(f"#{field}-error")
    assert {name: again.form("/report/").values[name] for name in typed} == typed
    assert again.response.text.count(WORDS) == 1
    assert written(work) == (0, 0)
    rest = typed | {field: "He sells."}
    again.form("/report/").submit(**rest, quotes=tuple(rest.values()))
    assert written(work) == (1, 1)


@pytest.mark.parametrize(
    "typed",
    [
        WORDS.upper().replace(" ", ", "),
        WORDS.replace(" ", ""),
        WORDS.rpartition(" ")[0],
        "They sell by the stop. " * 60 + WORDS + " They sell here." * 60,
    ],
    ids=["commas", "run together", "seven", "deep in a long text"],
)
def test_code_words_are_found_however_they_stand_in_a_report(page: Reader, work: Work, typed: str) -> None:
    page("/en/report/").form("/report/").submit(422, **REPORT | {"what": typed})
    assert written(work) == (0, 0)


def test_code_words_beside_words_of_danger_name_911_first(page: Reader) -> None:
    again = page("/en/report/").form("/report/").submit(422, **REPORT | {"what": f"he has a gun {WORDS}"})
    assert again.text.index("Call 911.") < again.text.index("These look like your code words.")


def test_the_citys_own_names_are_not_asked_about(page: Reader, work: Work) -> None:
    with work() as session:
        make_market(session, "Juniper Bend")
        make_market(session, "Hidden Hollow", released=False)
    page("/en/report/").form("/report/").submit(**REPORT | {"what": "They sell behind Juniper Bend."})
    assert written(work) == (1, 1)
    # A hidden place is asked about as any other name is.
    page("/en/report/").form("/report/").submit(422, **REPORT | {"what": "They sell behind Hidden Hollow."})


def test_the_same_form_sent_twice_shows_the_same_words_and_is_one_report(page: Reader, work: Work) -> None:
    form = page("/en/report/").form("/report/")
    first, second = form.submit(**REPORT), form.submit(**REPORT)
    assert words_on(first) == words_on(second)
    assert written(work) == (1, 1)


@pytest.mark.parametrize("language", ["en", "es"])
def test_once_she_has_checked_her_words_sending_the_form_again_shows_them_no_more(
    page: Reader, work: Work, language: str
) -> None:
    form = page(FORM[language]).form("/report/")
    receipt = form.submit(**REPORT)
    words = words_on(receipt)
    receipt.form("/confirm").submit(code=" ".join(words))
    again = form.submit(**REPORT)
    assert words_on(again) == []
    assert not any(f">{word}<" in again.response.text for word in words)
    assert written(work) == (1, 1)


def test_a_hidden_place_is_not_in_the_list_and_cannot_be_chosen(page: Reader, client: FlaskClient, work: Work) -> None:
    with work() as session:
        make_market(session, "Hidden Hollow", released=False)
    form = page("/en/report/").form("/report/")
    assert "Hidden Hollow" not in page("/en/report/").text
    data = {**form.values, **REPORT, "market": "hidden-hollow"}
    hidden = client.post("/en/report/", data=data)
    data["market"] = "never-was"
    never = client.post("/en/report/", data=data)
    assert hidden.status_code == never.status_code == 422
    assert hidden.data == never.data


def test_what_is_new_since_the_last_report_can_be_chosen(page: Reader, work: Work) -> None:
    page("/en/report/").form("/report/").submit(**REPORT)
    with work() as session:
        make_desk(session, kind="oversight")
        place = make_market(session, "New Corner").id
    page("/en/report/").form("/report/").submit(**REPORT | {"market": "new-corner"})
    page("/en/report/").form("/report/").submit(**REPORT | {"category": "conduct"})
    with work() as session:
        assert set(session.scalars(select(Thread.market_id).where(Thread.category == "selling"))) > {place}
        assert session.scalar(select(func.count()).where(Thread.category == "conduct")) == 1


def test_a_report_is_sealed_to_the_key_that_the_desk_has_now(page: Reader, work: Work) -> None:
    page("/en/report/").form("/report/").submit(**REPORT)
    with work() as session:
        old = session.scalars(select(DeskKey)).one()
        old.retired_at = now()
        session.flush()
        new = DeskKey(id=random_id(), desk_id=old.desk_id, public_key=b"", recovery_copy=b"", created_at=now())
        new.public_key = bytes(private_key_of(new).public_key)
        session.add(new)
    receipt = page("/en/report/").form("/report/").submit(**REPORT)
    assert len(words_on(receipt)) == 8
    with work() as session:
        message = session.scalars(select(ThreadMessage).where(ThreadMessage.desk_key_id == new.id)).one()
        assert b"bus stop" in unseal(message.box, message.key_for_desk, private_key_of(new))


def test_police_conduct_is_asked_for_only_where_somebody_may_read_it(page: Reader, work: Work) -> None:
    assert not page("/en/report/").has('input[value="conduct"]')
    with work() as session:
        make_desk(session, kind="oversight")
    assert page("/en/report/").has('input[value="conduct"]')


TOLD_OF_CONDUCT = {
    "en": "Only the oversight contact reads this",
    "es": "lo lee solo la persona que supervisa a la policía",
}
PASSED_ON = {"en": "passed on, or we ask", "es": "pasa a quien corresponde"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_who_reads_what_is_about_the_police_is_said_at_the_choice_on_the_receipt_and_on_the_page_about_it(
    page: Reader, work: Work, language: str
) -> None:
    with work() as session:
        make_desk(session, kind="oversight")
    form = page(FORM[language])
    choice = form.find('input[value="conduct"]')
    assert TOLD_OF_CONDUCT[language] in "".join(form.find(f"#{choice.get('aria-describedby')}").itertext())
    receipt = form.form("/report/").submit(**REPORT | {"category": "conduct"}, quotes=(REPORT["what"],))
    assert TOLD_OF_CONDUCT[language] in receipt.text
    assert PASSED_ON[language] not in receipt.text
    assert TOLD_OF_CONDUCT[language] in page(f"/{language}/who-can-see/").text
    other = page(FORM[language]).form("/report/").submit(**REPORT, quotes=(REPORT["what"],))
    assert TOLD_OF_CONDUCT[language] not in other.text
    assert PASSED_ON[language] in other.text


@pytest.mark.parametrize(
    ("language", "told"), [("en", "Hand over these code words"), ("es", "Entregue estas palabras")]
)
def test_who_writes_for_somebody_else_is_told_to_hand_the_words_over(page: Reader, language: str, told: str) -> None:
    relayed = page(FORM[language]).form("/report/").submit(**REPORT, relay="y", quotes=(REPORT["what"],))
    assert told in relayed.text
    assert told not in page(FORM[language]).form("/report/").submit(**REPORT, quotes=(REPORT["what"],)).text


TYPED = {"what": "They sell here.", "where": "north corner", "when": "today", "looks": "a red cap", "relay": "y"}


@pytest.mark.parametrize(("language", "other"), [("en", "es"), ("es", "en")])
def test_the_other_language_takes_everything_along_that_was_typed(
    page: Reader, work: Work, language: str, other: str
) -> None:
    form = page(FORM[language]).form("/report/")
    turned = form.in_other_language(**TYPED, market="elm-street", quotes=tuple(TYPED.values()))
    assert turned.path == FORM[other]
    kept = turned.form("/report/").values
    assert {name: kept[name] for name in TYPED} == TYPED
    assert (kept["market"], kept["token"]) == ("elm-street", form.values["token"])
    assert not turned.has(".error")
    assert written(work) == (0, 0)
    turned.form("/report/").submit(category="selling", quotes=tuple(TYPED.values()))
    assert written(work) == (1, 1)


def test_help_that_was_named_before_sending_is_named_in_the_other_language_too(page: Reader, work: Work) -> None:
    words = "i want to kill myself"
    english = page("/en/report/").form("/report/").submit(422, **REPORT | {"what": words})
    spanish = english.form("/report/").in_other_language(quotes=(words,))
    assert spanish.find("[role=alert]") is not None
    assert spanish.has('a[href="tel:988"]')
    assert written(work) == (0, 0)
    spanish.form("/report/").submit(quotes=(words,))
    assert written(work) == (1, 1)


@pytest.mark.parametrize("problem", [False, True])
def test_nothing_above_the_first_field_leads_away_from_it_but_the_way_out(page: Reader, problem: bool) -> None:
    form = page("/en/report/")
    if problem:
        form = form.form("/report/").submit(422, what="They sell.")
    before = takewhile(lambda one: one.get("id") != "what", form.find("main").iter())
    links = [one.get("href", "") for one in before if one.tag == "a"]
    assert [link for link in links if not link.startswith(("#", "tel:"))] == []
    assert not form.has("a.language")
    assert form.has("details dl")


def test_enter_sends_the_report_and_does_not_change_the_language(page: Reader, work: Work) -> None:
    assert page("/en/report/").form("/report/").enter(**REPORT).status_code == 200
    assert written(work) == (1, 1)


@pytest.mark.parametrize(
    ("words", "told"), [("somebody has a gun", "Call 911."), ("una sobredosis, no respira", "naloxona")]
)
def test_words_of_danger_put_911_first(page: Reader, words: str, told: str) -> None:
    language = "es" if "sobredosis" in words else "en"
    form = page(FORM[language]).form("/report/")
    if language == "es":
        form = form.submit(422, **{**REPORT, "what": words}).form("/report/")
    assert told in form.submit(**{**REPORT, "what": words}).text


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "some1 is braking into my appartment rite now"), ("es", "un tipo me viene siguiendo")],
)
def test_danger_in_slang_is_answered_with_911_first(page: Reader, work: Work, language: str, words: str) -> None:
    receipt = page(FORM[language]).form("/report/").submit(**{**REPORT, "what": words})
    assert next(iter(receipt.find_all("main .notice a"))).get("href") == "tel:911"
    with work() as session:
        assert session.scalar(select(Thread.urgent)) is True


@pytest.mark.parametrize(
    ("language", "words", "numbers"),
    [
        ("en", "i want to kill myself", ["988", "911"]),
        ("es", "me quiero morir", ["988", "911"]),
        ("en", "im gonna off myself", ["988", "911"]),
        ("en", "he is blue and wont wake up", ["911"]),
        ("es", "no respira, dice que se quiere matar", ["911", "988", "911"]),
    ],
)
def test_help_is_named_once_before_sending_and_again_on_the_receipt(
    page: Reader, work: Work, language: str, words: str, numbers: list[str]
) -> None:
    held = page(FORM[language]).form("/report/").submit(422, **{**REPORT, "what": words})
    assert [link.get("href") for link in held.find_all('[role="alert"] a')] == [f"tel:{number}" for number in numbers]
    assert written(work) == (0, 0)
    # The second press sends it, with everything that was typed, also without JavaScript.
    receipt = held.form("/report/").submit()
    assert [link.get("href") for link in receipt.find_all("main .notice a")][: len(numbers)] == [
        f"tel:{number}" for number in numbers
    ]
    with work() as session:
        assert session.scalar(select(Thread.urgent)) is True


def test_help_is_named_also_when_something_else_is_missing(page: Reader, work: Work) -> None:
    held = page("/en/report/").form("/report/").submit(422, what="i want to die")
    assert held.has('[role="alert"] a[href="tel:988"]')
    held.form("/report/").submit(category="selling")
    assert written(work) == (1, 1)


@pytest.mark.parametrize("language", ["en", "es"])
def test_who_asks_for_help_is_told_of_988(page: Reader, language: str) -> None:
    receipt = page(FORM[language]).form("/report/").submit(**{**REPORT, "category": "services"})
    assert receipt.has('a[href="tel:988"]')


def test_a_form_from_another_site_is_refused(page: Reader, work: Work) -> None:
    form = page("/en/report/").form("/report/")
    answer = form.send(**REPORT, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert form.send(**REPORT, headers={"Origin": "https://elsewhere.test"}).status_code == 403
    assert written(work) == (0, 0)


def test_a_forged_token_is_refused_and_nothing_typed_is_lost(page: Reader, work: Work) -> None:
    again = page("/en/report/").form("/report/").submit(422, **REPORT, token="forged")
    assert again.form("/report/").values["what"] == REPORT["what"]
    again.form("/report/").submit()
    assert written(work) == (1, 1)


def close_desks(work: Work, kind: str = "triage") -> None:
    with work() as session:
        closed = select(Desk.id).where(Desk.kind == kind)
        session.execute(update(DeskKey).where(DeskKey.desk_id.in_(closed)).values(retired_at=now()))


@pytest.mark.parametrize(("language", "told"), [("en", "cannot be taken right now"), ("es", "no podemos recibir")])
def test_without_anybody_at_the_desk_it_says_so_before_anything_is_typed(
    page: Reader, work: Work, app: Portal, language: str, told: str
) -> None:
    with app.test_request_context():
        assert open_for_reports()
    close_desks(work)
    closed = page(FORM[language])
    assert told in closed.text
    assert closed.has('a[href="tel:911"]')
    assert not closed.has("textarea")
    assert told in page(f"/{language}/sms").text
    with app.test_request_context():
        assert not open_for_reports()


def test_while_only_the_oversight_contact_is_there_only_what_is_about_the_police_is_taken(
    page: Reader, work: Work
) -> None:
    with work() as session:
        make_desk(session, kind="oversight")
    close_desks(work)
    form = page("/es/report/")
    assert "solo podemos recibir lo que trata de la policía" in form.text
    assert [one.get("value") for one in form.find_all('input[name="category"]')] == ["conduct"]
    form.form("/report/").submit(**REPORT | {"category": "conduct"}, quotes=(REPORT["what"],))
    assert written(work) == (1, 1)


def test_when_the_last_one_leaves_the_desk_meanwhile_it_says_so_and_keeps_the_words(page: Reader, work: Work) -> None:
    form = page("/es/report/").form("/report/")
    with work() as session:
        make_desk(session, kind="oversight")
    form.submit(**REPORT, quotes=(REPORT["what"],))
    close_desks(work)
    again = form.submit(409, **REPORT, quotes=(REPORT["what"],))
    assert "no hay nadie" in again.text
    assert again.form("/report/").values["what"] == REPORT["what"]


def test_too_many_reports_from_one_address_are_put_off_with_every_word_kept(
    app: Portal, page: Reader, work: Work
) -> None:
    app.settings.reports_per_address = 1
    page("/en/report/").form("/report/").submit(**REPORT)
    again = page("/en/report/").form("/report/").submit(429, **REPORT)
    assert again.form("/report/").values["what"] == REPORT["what"]
    assert written(work) == (1, 1)


@pytest.mark.parametrize("lang", ["en", "es"])
def test_words_of_danger_that_are_put_off_name_911_first(app: Portal, page: Reader, lang: str) -> None:
    app.settings.reports_per_address = 1
    app.settings.sms_sender, app.settings.sms_number = SmsSender.CONSOLE, "+15550100"
    page(FORM[lang]).form("/report/").submit(**REPORT)
    urgent = REPORT | {"what": "he has a gun to my head right now"}
    again = page(FORM[lang]).form("/report/").submit(429, **urgent, quotes=(urgent["what"],))
    told = {"en": ("somebody in danger right now?", "It was not sent"), "es": ("en peligro ahora", "No se envió")}[lang]
    assert again.text.index(told[0]) < again.text.index(told[1])
    assert "tel:911" in next(again.find_all("[data-errors] a")).get("href", "")
    assert again.has('main a[href="sms:+15550100"]')


def test_unfinished_forms_without_end_are_put_off_with_every_word_kept_and_whole_ones_are_taken(
    app: Portal, page: Reader, work: Work
) -> None:
    app.settings.reports_per_address = 1
    unfinished = REPORT | {"where": "by the old gate"}
    del unfinished["category"]
    statuses = [page("/en/report/").form("/report/").send(**unfinished).status_code for _ in range(9)]
    assert statuses == [422] * 8 + [429]
    again = page("/en/report/").form("/report/").submit(429, **unfinished)
    kept = again.form("/report/").values
    assert (kept["what"], kept["where"]) == (REPORT["what"], "by the old gate")
    again.form("/report/").submit(category="selling")
    assert written(work) == (1, 1)


def test_a_locked_database_is_said_plainly_and_keeps_the_words(
    page: Reader, work: Work, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = page("/es/report/").form("/report/")
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    locker = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    again = form.submit(503, **REPORT, quotes=(REPORT["what"],))
    locker.execute("ROLLBACK")
    locker.close()
    assert "No pudimos guardarlo" in again.text
    assert again.form("/report/").values["what"] == REPORT["what"]
    assert written(work) == (0, 0)
    again.form("/report/").submit(**REPORT)
    assert written(work) == (1, 1)


def test_a_full_disk_is_said_plainly_and_leaves_nothing_half_written(page: Reader, work: Work, app: Portal) -> None:
    from sqlalchemy import event

    form = page("/en/report/").form("/report/")
    db.engine.dispose()

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(db.engine, "connect", limit)
    long = "they sell here " * 1200
    again = form.submit(503, **{**REPORT, "what": long})
    assert again.form("/report/").values["what"].strip() == long.strip()
    event.remove(db.engine, "connect", limit)
    db.engine.dispose()
    assert written(work) == (0, 0)


def test_nothing_of_the_report_or_the_code_is_left_on_the_disk_or_in_the_log(
    page: Reader, app: Portal, portal_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    receipt = (
        page("/en/report/")
        .form("/report/")
        .submit(**{**REPORT, "what": "CANARYWORD by the stop", "where": "CANARYPLACE"})
    )
    code = words_on(receipt)
    files = [one for one in portal_dir.rglob("*") if one.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert b"CANARY" not in content, path
        for joined in (" ".join(code), "-".join(code), "".join(code)):
            assert joined.encode() not in content, path
    assert "CANARY" not in caplog.text
    assert "127.0.0.1" not in caplog.text

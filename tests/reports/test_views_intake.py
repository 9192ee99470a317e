"""The report form and the code words, as a resident meets them."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from portal.accounts.users import Desk, DeskKey
from portal.config import SmsSender
from portal.core.clock import now
from portal.core.portal import current_portal
from portal.core.web import Portal
from portal.reports.code import word_list
from portal.reports.reports import Thread, ThreadMessage, open_for_reports
from tests.conftest import Work
from tests.make import make_market
from tests.page import Reader
from tests.reports.conftest import words_on

FORM = {"en": "/en/report/", "es": "/es/report/"}
REPORT = {"what": "Three people sell by the bus stop.", "category": "selling", "market": "elm-street"}


pytestmark = pytest.mark.usefixtures("open_desks")


def written(work: Work) -> tuple[int, int]:
    """How many threads and messages there are."""
    with work() as session:
        threads = session.scalar(select(func.count()).select_from(Thread)) or 0
        return threads, session.scalar(select(func.count()).select_from(ThreadMessage)) or 0


def test_report_of_megabyte_is_refused_with_every_word_kept(page: Reader, work: Work) -> None:
    long = "they sell here " * 70_000
    again = page("/en/report/").form("/report/").submit(422, **{**REPORT, "what": long})
    assert "at most" in again.text
    assert again.form("/report/").values["what"].strip() == long.strip()
    assert written(work) == (0, 0)


def test_words_that_give_somebody_away_are_asked_about_once(page: Reader, work: Work) -> None:
    for sent, (lang, what, told) in enumerate(
        (("es", "Llámeme al 336-555-0142", "un número de teléfono"), ("en", "Juan Pérez vende", "somebody's name"))
    ):
        again = page(FORM[lang]).form("/report/").submit(422, **REPORT | {"what": what}, quotes=(what,))
        assert told in again.text
        assert written(work) == (sent, sent)
        again.form("/report/").submit(sure="y", quotes=(what,))
    of_police = {"what": "Officer John Smith, plate ABC 1234", "category": "conduct"}
    page(FORM["en"]).form("/report/").submit(**REPORT | of_police)
    assert written(work) == (3, 3)


def test_race_alone_is_refused_wherever_it_is_written(page: Reader, work: Work) -> None:
    typed = "Unos negros en la esquina"
    for field in ("what", "where", "when", "looks"):
        again = page(FORM["es"]).form("/report/").submit(422, **REPORT | {field: typed}, quotes=(REPORT["what"],))
        assert "La raza sola no" in again.text and again.has(f"#{field}-error")
        assert again.form("/report/").values[field] == typed
    assert written(work) == (0, 0)


WORDS = " ".join(word_list("en")[50:450:50])
NOT_KEPT = {"en": "We do not keep them, and nothing was sent.", "es": "No las guardamos, y no se envió nada."}


@pytest.mark.parametrize("language", ["en", "es"])
def test_code_words_are_never_stored_in_any_field(page: Reader, work: Work, language: str) -> None:
    for sent, field in enumerate(("what", "where", "when", "looks")):
        typed = {"what": "He sells.", "where": "north corner"} | {field: f"mis palabras: {WORDS}"}
        form = page(FORM[language]).form("/report/")
        again = form.submit(422, **REPORT | typed, quotes=tuple(typed.values()))
        assert NOT_KEPT[language] in again.text
        assert again.has(f'main .notice a[href="/{language}/report/follow"]') and again.has(f"#{field}-error")
        assert {name: again.form("/report/").values[name] for name in typed} == typed
        assert again.response.text.count(WORDS) == 1
        assert written(work) == (sent, sent)
        rest = typed | {field: "He sells."}
        again.form("/report/").submit(**rest, quotes=tuple(rest.values()))


def test_code_words_beside_words_of_danger_name_911_first(page: Reader) -> None:
    again = page("/en/report/").form("/report/").submit(422, **REPORT | {"what": f"he has a gun {WORDS}"})
    assert again.text.index("Call 911.") < again.text.index("These look like your code words.")


def test_only_a_hidden_name_is_asked_about(page: Reader, client: FlaskClient, work: Work) -> None:
    with work() as session:
        make_market(session, "Juniper Bend")
        make_market(session, "Hidden Hollow", released=False)
    form = page("/en/report/").form("/report/")
    assert "Hidden Hollow" not in form.page.text
    # As any other name is.
    form.submit(422, **REPORT | {"what": "They sell behind Hidden Hollow."})
    hidden, never = (
        client.post("/en/report/", data={**form.values, **REPORT, "market": slug})
        for slug in ("hidden-hollow", "never-was")
    )
    assert hidden.status_code == never.status_code == 422
    assert hidden.data == never.data
    form.submit(**REPORT | {"what": "They sell behind Juniper Bend."})
    assert written(work) == (1, 1)


def test_checked_words_are_not_shown_for_the_form_again(page: Reader, work: Work) -> None:
    form = page(FORM["en"]).form("/report/")
    receipt = form.submit(**REPORT)
    words = words_on(receipt)
    receipt.form("/confirm").submit(code=" ".join(words))
    again = form.submit(**REPORT)
    assert words_on(again) == ()
    assert not any(f">{word}<" in again.response.text for word in words)
    assert written(work) == (1, 1)


TOLD_OF_CONDUCT = "Only the oversight contact reads this"
PASSED_ON = "passed on, or we ask"
HAND_OVER = "Hand over these code words"


def test_the_receipt_says_who_reads_it_and_who_helps(page: Reader) -> None:
    form = page(FORM["en"])
    choice = form.find('input[value="conduct"]')
    assert TOLD_OF_CONDUCT in "".join(form.find(f"#{choice.get('aria-describedby')}").itertext())
    assert TOLD_OF_CONDUCT in page("/en/who-can-see/").text
    for given, told, untold in (
        ({"category": "conduct"}, TOLD_OF_CONDUCT, PASSED_ON),
        ({}, PASSED_ON, TOLD_OF_CONDUCT),
        ({"relay": "y"}, HAND_OVER, TOLD_OF_CONDUCT),
        ({"category": "services"}, "988", HAND_OVER),
    ):
        receipt = page(FORM["en"]).form("/report/").submit(**REPORT | given)
        assert told in receipt.text and untold not in receipt.text, given
    for lang in ("en", "es"):
        words = set(words_on(page(FORM[lang]).form("/report/").submit(**REPORT)))
        assert len(words) == 8 and words <= set(word_list(lang))


TYPED = {"what": "They sell here.", "where": "north corner", "when": "today", "looks": "a red cap", "relay": "y"}


def test_the_other_language_takes_everything_along_that_was_typed(page: Reader, work: Work) -> None:
    form = page(FORM["en"]).form("/report/")
    turned = form.in_other_language(**TYPED, market="elm-street", quotes=tuple(TYPED.values()))
    assert turned.path == FORM["es"] and not turned.has(".error")
    kept = turned.form("/report/").values
    assert {name: kept[name] for name in TYPED} == TYPED
    assert (kept["market"], kept["token"], written(work)) == ("elm-street", form.values["token"], (0, 0))
    turned.form("/report/").submit(category="selling", quotes=tuple(TYPED.values()))
    assert written(work) == (1, 1)


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
def test_help_is_named_once_before_sending_and_on_receipt(
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


def close_desks(work: Work, kind: str = "triage") -> None:
    with work() as session:
        closed = select(Desk.id).where(Desk.kind == kind)
        session.execute(update(DeskKey).where(DeskKey.desk_id.in_(closed)).values(retired_at=now()))
        current_portal.page_cache.forget()


def test_without_anybody_at_the_desk_it_says_so_first(page: Reader, work: Work, app: Portal) -> None:
    for is_open in (True, False):
        with app.test_request_context():
            assert bool(open_for_reports()) is is_open
        close_desks(work)
        close_desks(work, "oversight")
    closed = page(FORM["en"])
    assert "cannot be taken right now" in closed.text
    assert closed.has('a[href="tel:911"]') and not closed.has("textarea")
    assert "cannot be taken right now" in page("/en/sms").text


def test_after_the_last_one_left_complaints_are_taken(page: Reader, work: Work) -> None:
    form = page("/es/report/").form("/report/")
    close_desks(work)
    again = form.submit(409, **REPORT, quotes=(REPORT["what"],))
    assert "nadie podría leerlos" in again.text
    assert again.form("/report/").values["what"] == REPORT["what"]
    shown = page("/es/report/")
    assert "solo podemos recibir lo que trata de la policía" in shown.text
    assert [one.get("value") for one in shown.find_all('input[name="category"]')] == ["conduct"]
    shown.form("/report/").submit(**REPORT | {"category": "conduct"}, quotes=(REPORT["what"],))
    assert written(work) == (1, 1)


def test_danger_that_is_put_off_names_911_first(app: Portal, page: Reader, work: Work) -> None:
    app.settings.reports_per_address = 1
    app.settings.sms_sender, app.settings.sms_number = SmsSender.CONSOLE, "+15550100"
    page(FORM["en"]).form("/report/").submit(**REPORT)
    urgent = REPORT | {"what": "he has a gun to my head right now"}
    again = page(FORM["en"]).form("/report/").submit(429, **urgent, quotes=(urgent["what"],))
    told = ("somebody in danger right now?", "It was not sent")
    assert again.text.index(told[0]) < again.text.index(told[1])
    assert "tel:911" in next(again.find_all("[data-errors] a")).get("href", "")
    assert again.has('main a[href="sms:+15550100"]')
    assert (again.form("/report/").values["what"], written(work)) == (urgent["what"], (1, 1))


def test_endless_unfinished_forms_are_put_off_whole_ones_taken(app: Portal, page: Reader, work: Work) -> None:
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

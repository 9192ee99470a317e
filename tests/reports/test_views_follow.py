"""A resident comes back with her code words."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from random import Random
from unittest.mock import MagicMock

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal.core.clock import now, today
from portal.core.statuses import Refused
from portal.core.web import Portal
from portal.reports import intake, threads
from portal.reports.code import readings
from portal.reports.complaints import monthly_verdicts
from portal.reports.reports import Thread
from portal.reports.threads import say_verdict
from portal.reports.triage import Category, Disposition, ResidentVerdict, TriageState
from tests.conftest import Work
from tests.make import make_desk, make_market, make_member, make_report
from tests.page import SAME_ORIGIN, Page, Reader
from tests.reports.conftest import words_on

ANSWER = "We went there on Tuesday."


@pytest.fixture
def code(work: Work) -> tuple[str, ...]:
    with work() as session:
        make_desk(session)
        filed = make_report("They sell by the fountain.", language="es")
        threads.answer(filed.thread, ANSWER, make_member(session).id)
    return filed.code


def open_with(page: Reader, typed: str, language: str = "en") -> Page:
    return page(f"/{language}/report/follow").form("follow").submit(code=typed)


def test_other_language_takes_along_words_and_what_was_written(page: Reader, code: tuple[str, ...]) -> None:
    wrong = open_with(page, "just three words")
    spanish = wrong.form("follow").in_other_language(code=" ".join(code))
    assert spanish.path == "/es/report/follow"
    assert not spanish.has("[data-errors]")
    assert ANSWER in spanish.form("follow").submit(quotes=(ANSWER, "They sell by the fountain.")).text
    said = open_with(page, " ".join(code)).form("/say")
    late = said.submit(422, what="Still there today.", ticket="forged")
    assert ANSWER not in late.text
    kept = late.form("follow").in_other_language(quotes=("Still there today.",))
    assert kept.form("follow").values["draft"] == "Still there today."


def test_what_became_a_complaint_says_who_has_it(page: Reader, code: tuple[str, ...], work: Work) -> None:
    quotes = (ANSWER, "They sell by the fountain.")
    before = page("/en/report/follow").form("follow").submit(code=" ".join(code), quotes=quotes)
    assert "Only they read it" not in before.text
    with work() as session:
        oversight, thread = make_desk(session, kind="oversight"), session.scalars(select(Thread)).one()
        thread.desk_id, thread.category, thread.state = oversight.id, Category.CONDUCT, TriageState.NEW
        thread.clock_from = today() - timedelta(days=60)
    after = page("/en/report/follow").form("follow").submit(code=" ".join(code), quotes=quotes)
    assert "Only they read it" in after.text
    assert not [words for words in ("Passed on", "people in charge") if words in after.text]
    assert "It is not done yet" in after.text


def test_the_code_is_in_no_address_cookie_or_page(page: Reader, client: FlaskClient, code: tuple[str, ...]) -> None:
    thread = open_with(page, " ".join(code))
    assert " ".join(code) not in thread.response.text
    assert not thread.response.headers.getlist("Set-Cookie")
    assert thread.response.headers["Cache-Control"] == "no-store"
    # Nor does what the page carries show any word.
    token = page("/en/report/follow").form("follow").values["token"]
    for shown in (thread.form("/say").values["ticket"], "forged", ""):
        data = {"token": token, "code": "three wrong words", "shown": shown}
        answer = page.client.post("/en/report/confirm", data=data, headers=SAME_ORIGIN)
        assert words_on(page.read(answer)) == ()


def test_a_wrong_code_says_what_is_wrong_with_it(page: Reader, code: tuple[str, ...]) -> None:
    for typed, told in (
        ("", "Please type your code words"),
        (" ".join(code[:7]), "fewer than eight"),
        (" ".join([*code[:7], "qqqqq", "xyz"]), "more than eight"),
        (" ".join([*code[:7], "qqqqq", "xyz"]), "“xyz” is not one of our words."),
        (" ".join(["qqqqq", "x" + code[1], *code[2:]]), "Do you mean"),
        (" ".join([*code[:7], "qqqqq"]), "qqqqq"),
        (" ".join([*code[3:], *code[:3]]), "found nothing"),
    ):
        again = open_with(page, typed)
        assert told in again.text
        assert again.form("follow").values["code"] == typed
    again = open_with(page, "hello I lost my paper can you please help me find it")
    assert "more than eight" in again.text and "is not one of our words" not in again.text


def test_code_words_open_as_they_do_by_text(page: Reader, code: tuple[str, ...]) -> None:
    receipt = receipt_of(page, "en")
    words = words_on(receipt)
    at, with_slip = slipped(words)
    for change, told in (
        (lambda words: "mis palabras son " + " ".join(words), None),
        (lambda words: "okay my words are " + " comma ".join(words), None),
        ("".join, None),
        (lambda words: slipped(words)[1], "Almost right"),
    ):
        assert ANSWER in open_with(page, change(code)).text
        checked = receipt_of(page, "en")
        checked = checked.form("/confirm").submit(code=change(words_on(checked)))
        assert ("Almost right" in checked.text) == (told is not None) and not checked.has("#code-words")
    # Words in another order open, and count as not noted.
    for order in ((1, 0, 2, 3, 4, 5, 6, 7), (4, 5, 6, 7, 0, 1, 2, 3), (0, 1, 3, 4, 5, 6, 7, 2)):
        assert ANSWER in open_with(page, " ".join(code[at] for at in order)).text
        assert receipt.form("/confirm").submit(code=" ".join(words[at] for at in order)).has("#code-words")
    assert words[at] in receipt.form("/confirm").submit(code=with_slip).text


def slipped(code: Sequence[str]) -> tuple[int, str]:
    """A word of the code that is known again with one slip, by its number, and what is typed then."""
    slips = [(at, wrong) for at, word in enumerate(code) for wrong in (f"x{word}", word[1:], f"{word}x")]
    typed = [(at, " ".join([*code[:at], wrong, *code[at + 1 :]])) for at, wrong in slips]
    return next((at, words) for at, words in typed if tuple(code) in readings(words))


def test_right_words_open_whatever_was_tried_before(app: Portal, page: Reader, code: tuple[str, ...]) -> None:
    app.settings.codes_per_address = 2
    app.settings.codes_in_all = 2
    wrong = " ".join([*code[3:], *code[:3]])
    for _try in range(30):
        page.client.post("/en/report/follow", data={"code": wrong}, headers=SAME_ORIGIN)
    assert "We found nothing under these words" in open_with(page, wrong).text
    assert ANSWER in open_with(page, " ".join(code)).text


@pytest.mark.parametrize("wrong_tries", [0, 2, 9])
def test_only_who_typed_many_wrong_words_goes_slowly(
    app: Portal, page: Reader, code: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, wrong_tries: int
) -> None:
    app.settings.codes_per_address = 3
    wrong = " ".join([*code[3:], *code[:3]])
    for _try in range(wrong_tries):
        open_with(page, wrong)
    lane = MagicMock()
    monkeypatch.setattr(intake, "_slow_lane", lane)
    for _look in range(4):
        assert ANSWER in open_with(page, " ".join(code)).text
    assert lane.__enter__.call_count == (4 if wrong_tries >= 3 else 0)


def test_whoever_goes_slowly_leaves_a_place_for_others(app: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight of them at once have one of the two places; a fast one gets the other while none of them is done."""
    goes_on, began = threading.Event(), threading.Semaphore(0)

    def slow(words: tuple[str, ...], _salt: bytes) -> bytes:
        if words == ("slow",):
            began.release()
            assert goes_on.wait(60)
        return bytes(32)

    monkeypatch.setattr(intake, "stretch_words", slow)

    def stretch(word: str, *, slowly: bool) -> bytes:
        with app.app_context():
            return intake.stretch_code((word,), slowly=slowly)

    with ThreadPoolExecutor(9) as crowd:
        waiting = [crowd.submit(stretch, "slow", slowly=True) for _ in range(8)]
        assert began.acquire(timeout=60)
        try:
            assert crowd.submit(stretch, "fast", slowly=False).result(60)
            assert not began.acquire(blocking=False)
        finally:
            goes_on.set()
    assert all(one.result() for one in waiting)


def test_what_is_not_taken_in_a_further_message(page: Reader, work: Work, code: tuple[str, ...]) -> None:
    typed = f"It is worse. {' '.join(code)}"
    quotes = (ANSWER, "They sell by the fountain.", typed)
    opened = page("/en/report/follow").form("follow").submit(code=" ".join(code), quotes=quotes)
    only_race = opened.form("/say").submit(422, what="some Mexicans on the corner")
    assert "Race alone does not help" in only_race.text
    assert only_race.form("/say").values["what"] == "some Mexicans on the corner"
    again = opened.form("/say").submit(422, what=typed, quotes=quotes)
    assert "Your report is open already." in again.text and again.has('main .notice a[href="/en/report/follow"]')
    assert again.form("/say").values["what"] == typed
    assert again.response.text.count(" ".join(code)) == 1
    with work() as session:
        assert len(session.query(Thread).one().messages) == 2
    after = again.form("/say").submit(what="It is worse.", quotes=(*quotes, "It is worse."))
    assert "It is worse." in after.text


def test_after_half_an_hour_words_are_asked_draft_kept(page: Reader, code: tuple[str, ...]) -> None:
    form = open_with(page, " ".join(code)).form("say")
    with time_machine.travel(now().timestamp() + 1900):
        asked = form.submit(422, what="A long draft.").form("follow").submit(code="just three words")
        kept = asked.form("follow").submit(code=" ".join(code))
    assert kept.form("say").values["what"] == "A long draft."


def test_lengths_tell_no_right_words_from_wrong_ones(page: Reader, code: tuple[str, ...], work: Work) -> None:
    """Nor a long report or answer from a short one."""
    letters = Random(1)
    long = " ".join("".join(letters.choices("aeioumnrst", k=6)) for _word in range(450))
    with work() as session:
        filed = make_report("They sell by the fountain.")
        threads.answer(filed.thread, long, make_member(session).id)
    for accepted in ("gzip, br", ""):
        headers = SAME_ORIGIN | {"Accept-Encoding": accepted}
        form, report = page("/en/report/follow").form("follow"), page("/en/report/").form("/report/")
        typed = [" ".join(words) for words in (code, filed.code, [*code[3:], *code[:3]], "wrong")]
        answers = [form.send(headers=headers, code=words) for words in typed]
        answers += [report.send(headers=headers, **REPORT | {"what": what}) for what in ("Cars stop.", long)]
        lengths = {(answer.status, len(str(answer.headers)), len(answer.data)) for answer in answers}
        assert len(lengths) == 1 and lengths.pop()[2] % 1024 == 0, lengths
    assert long in answers[1].text and ANSWER in answers[0].text


REPORT = {"what": "Cars stop at night.", "category": "other", "market": "_elsewhere"}


def receipt_of(page: Reader, language: str) -> Page:
    return page(f"/{language}/report/").form("/report/").submit(**REPORT)


WRONG = [
    (lambda words: " ".join([*words[:7], words[0]]), 8),
    (lambda words: " ".join([*words[:7], "qqqqq"]), 8),
    (lambda words: " ".join(words[:7]), None),
    (lambda words: "", None),
]


def test_wrong_check_leaves_the_words_and_names_the_slip(page: Reader, work: Work, code: tuple[str, ...]) -> None:
    for change, place in WRONG:
        for language in ("en", "es"):
            again = receipt = receipt_of(page, language)
            words = words_on(receipt)
            typed = change(list(words))
            for _try in range(2):
                again = again.form("/confirm").submit(code=typed, quotes=words)
                assert words_on(again) == words
                assert again.has("#code-words[lang=" + language + "]")
                assert again.form("/confirm").values["code"] == typed
                told = next(again.find_all("[data-errors]"))
                assert (place is None) or f"{place} " in " ".join(told.itertext())
                assert again.response.headers["Cache-Control"] == "no-store"
                asked = again.response.request
                assert (asked.path, asked.query_string) == (f"/{language}/report/confirm", b"")
            other = again.form("/confirm").in_other_language(quotes=words)
            assert words_on(other) == words
            other.form("/confirm").submit(code=" ".join(words))
            # Checked words are not shown again: neither the receipt's form nor that of a wrong check gives them back.
            for old in (receipt, again):
                assert words_on(old.form("/confirm").submit(code="just three words")) == ()


def test_words_stay_when_database_is_locked_at_check(
    page: Reader, code: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = receipt_of(page, "en")
    words = words_on(receipt)
    locked = MagicMock(side_effect=OperationalError("UPDATE", {}, Exception("locked")))
    monkeypatch.setattr(import_module("portal.reports.follow_pages"), "_open", locked)
    assert words_on(receipt.form("/confirm").submit(503, code=" ".join(words))) == words


# --- Is it better? Said once, in time, beside our own word ---


def closed(work: Work, days: int) -> tuple[str, ...]:
    with work() as session:
        member = make_member(session)
        make_desk(session)
        filed = make_report("They sell by the fountain.", language="es")
        threads.close(filed.thread, Disposition.ACTED, "", member.id)
        filed.thread.closed_on = today() - timedelta(days=days)
    return filed.code


def test_it_is_said_once_and_stands_beside_our_word(page: Reader, work: Work) -> None:
    code = closed(work, 14)
    with time_machine.travel(now() + timedelta(days=15)):
        assert "Is it better now?" not in open_with(page, " ".join(code)).text
    thread = open_with(page, " ".join(code))
    assert "Is it better now?" in thread.text
    said = thread.form("better").submit(422).form("better").submit(verdict="same")
    assert "It is the same" in said.text and "We checked and acted." in said.text
    assert not said.has("form[action='/en/report/better']")
    # The form that was sent before changes nothing any more.
    thread.form("better").submit(verdict="better")
    with work() as session:
        row = session.query(Thread).one()
        assert (row.verdict, row.verdict_on, row.state, row.disposition) == ("same", today(), "closed", "acted")


def test_a_month_tells_how_often_residents_saw_it_otherwise(work: Work) -> None:
    closed(work, 20)
    with work() as session:
        market = make_market(session, "Elm Street")
        thread = session.query(Thread).one()
        thread.market_id = market.id
        say_verdict(thread, ResidentVerdict.SAME)
        with pytest.raises(Refused, match="verdict_over"):
            say_verdict(thread, ResidentVerdict.BETTER)
        month = today().replace(day=1)
        told = {(one.measure, one.market_id): one.value for one in monthly_verdicts(month)}
        assert told == {(name, place): 1 for name in ("verdicts", "verdicts_differ") for place in (None, market.id)}
        # What was said about the police is counted nowhere: the city without its places would tell it.
        thread.category = Category.CONDUCT
        session.flush()
        told = {(one.measure, one.market_id): one.value for one in monthly_verdicts(month)}
        assert (told["verdicts", None], told["verdicts", market.id]) == (0, 0)
        assert not any(one.value for one in monthly_verdicts((month - timedelta(days=1)).replace(day=1)))
        # Taken up again it is a new question.
        threads.reopen(thread, make_member(session).id)
        assert (thread.state, thread.verdict, thread.verdict_on) == (TriageState.READ, None, None)

"""The desk's list at volume: filters, the next report, and a search in opened words."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.core.clock import today
from portal.core.db import random_id
from portal.core.web import Portal
from portal.reports import threads, worklist
from portal.reports.reports import PAGE_SIZE, Thread
from portal.reports.triage import Category, Channel, Disposition
from portal.reports.worklist import NOWHERE, Selection, Worklist, excerpt
from tests.conftest import Work
from tests.make import keys_of, make_desk, make_market, make_member, make_report
from tests.page import reader_of

PLACES = {"elm-street": 1, "oak-street": 2}


class Town:
    """A volunteer, her desk, a public and a hidden place."""

    def __init__(self, session: Session) -> None:
        self.ana = make_member(session, name="Ana")
        self.desk_id = make_desk(session, [self.ana]).id
        self.elm, self.hidden = make_market(session).id, make_market(session, "Oak Street", released=False).id

    def ids(self, **chosen: str) -> list[int]:
        """The ids of the first page of a list."""
        return [thread.id for thread in self.listed(**chosen).page()[0]]

    def listed(self, **chosen: str) -> Worklist:
        places = {"elm-street": self.elm}
        return Worklist([self.desk_id], Selection.asked(chosen, places), places)


@pytest.fixture
def town(work: Work) -> Town:
    with work() as session:
        return Town(session)


def test_a_selection_takes_only_what_can_be_chosen() -> None:
    args = {"view": "open", "place": "elm-street", "about": "selling", "language": "es", "channel": "text"}
    chosen = Selection.asked(args, PLACES, 3)
    assert chosen.kept == args | {"page": 3}
    assert Selection.asked({key: str(value) for key, value in chosen.kept.items()}, PLACES, 3) == chosen
    assert Selection.asked(dict.fromkeys(args, "<script>") | {"more": "x"}, PLACES) == Selection()
    assert Selection.asked({"place": "oak-street"}, {"elm-street": 1}) == Selection()
    assert Selection().kept == {}


@pytest.mark.both_databases
def test_filters_combine_and_say_how_many_match(work: Work, town: Town) -> None:
    with work():
        one = make_report(category=Category.SELLING, market_id=town.elm, language="es", channel=Channel.TEXT).thread
        make_report(category=Category.SELLING, market_id=town.elm)
        make_report(category=Category.PROPERTY, language="es")
        chosen = {"about": "selling", "place": "elm-street", "language": "es", "channel": "text"}
        assert town.ids(**chosen) == [one.id]
        for name in chosen:
            others = {key: value for key, value in chosen.items() if key != name}
            assert one.id in town.ids(**others)
        assert town.listed(about="selling").totals.matching == 2
        assert town.listed(channel="relay").totals.matching == 0
        assert town.listed().totals == (3, 3, 0, 0, 0, 0, 0, 3)


def test_a_hidden_place_is_none_in_filters_and_counts(app: Portal, work: Work, town: Town) -> None:
    with work():
        there = make_report("At the oak.", market_id=town.hidden).thread_id
        nowhere = make_report("Anywhere.").thread_id
        make_report("At the elm.", market_id=town.elm)
        assert sorted(town.ids(place=NOWHERE)) == sorted([there, nowhere])
        assert len(town.ids(place="oak-street")) == len(town.ids(place="never-was")) == 3
    page = reader_of(app, town.ana)
    shown, never = page("/en/desk/?place=oak-street"), page("/en/desk/?place=never-was-any")
    assert "oak-" not in shown.response.text.lower() and "oak street" not in shown.text.lower()
    assert shown.text == never.text
    assert [option.get("value") for option in shown.find_all("select#place option")] == ["", NOWHERE, "elm-street"]


@pytest.mark.both_databases
def test_next_goes_through_the_whole_list_once(work: Work, town: Town) -> None:
    with work() as session:
        for number in range(8):
            thread = make_report(f"Report {number}", urgent=number % 3 == 0, in_flood=number % 4 == 0).thread
            thread.received_on = today() - timedelta(days=number % 2)
        make_report("About a lamp", category=Category.PROPERTY)
        listed = town.listed(about="unsorted")
        order = town.ids(about="unsorted")
        walked, at = [], session.get_one(Thread, order[0])
        for _step in range(8):
            walked.append(at.id)
            at = session.get_one(Thread, listed.next_to(at) or 0)
        assert walked == order
        assert at.id == order[0], "after the last comes the first"


def test_next_after_an_answer_is_the_one_behind_it(work: Work, town: Town) -> None:
    with work() as session:
        made = [make_report(urgent=True).thread_id for _ in range(2)] + [make_report().thread_id for _ in range(2)]
        first, second, *_rest = order = town.ids()
        assert sorted(order) == sorted(made)
        listed = town.listed()
        here = session.get_one(Thread, first)
        noted = listed.next_to(here)
        assert noted == second
        threads.answer(here, "We are on it.", town.ana.id)
        session.flush()
        assert listed.next_to(here, noted or 0) == second
        # Whoever closes the one that was noted meanwhile does not end the walk.
        threads.close(session.get_one(Thread, second), Disposition.ACTED, "", town.ana.id)
        session.flush()
        assert listed.next_to(here, second) in order[2:] and listed.next_to(here, here.id) in order[2:]


def test_a_filter_goes_along_into_a_report_and_back(app: Portal, work: Work, town: Town) -> None:
    page = reader_of(app, town.ana)
    with work():
        make_report("On the corner", category=Category.SELLING, language="es")
        make_report("By the gate", category=Category.SELLING, language="es")
        make_report("A lamp", category=Category.PROPERTY)
    listed = page("/en/desk/").form("/desk/", "get").submit(about="selling", language="es")
    assert "Selling · Spanish" in listed.text and "These match: 2." in listed.text
    assert "A lamp" not in listed.text
    first, second = (link.get("href") for link in listed.find_all("ul.rows a"))
    thread = page(first)
    assert thread.find("a[data-go=n]").get("href") == second
    read = thread.form("/read").submit()
    assert read.find("a[data-go=n]").get("href") == second, "marking it as read leads no farther"
    assert "These match: 2." in read.follow("Back to the desk").text
    done = read.form_with("what").submit(what="Mended.", then="close acted")
    assert done.response.request.path in second and "Done." in done.text, "an ending opens the next"
    assert "These match: 1." in done.follow("Back to the desk").text


def test_a_flood_of_a_thousand_hides_no_honest_report(app: Portal, work: Work, town: Town) -> None:
    page = reader_of(app, town.ana)
    with work() as session:
        sent = make_report("Spam", in_flood=True).thread
        columns = {column.name: getattr(sent, column.name) for column in Thread.__table__.columns}
        spam = [
            columns | {"id": random_id(), "locator": f"{number:064x}", "urgent": number % 9 == 0}
            for number in range(1_000)
        ]
        session.execute(insert(Thread), spam)
        honest = [make_report(f"Honest {number}", market_id=town.elm).thread_id for number in range(3)]
        session.flush()
        assert set(town.ids()[:3]) == set(honest)
        assert set(town.ids(place="elm-street")) == set(honest)
        walked = session.get_one(Thread, town.ids()[0])
        assert town.listed().next_to(walked) == town.ids()[1]
        found = worklist.search(town.listed(view="open"), "honest", keys_of(town.ana))
        assert {thread.id for thread in found.threads} == set(honest)
    first = page("/en/desk/")
    assert len(list(first.find_all("ul.rows li"))) == PAGE_SIZE and first.has("a[rel=next]")
    assert "In all: 1,004." in first.text and "In a flood (1,001)" in first.text
    assert "112 more reports with words of danger" in first.text and "Honest 1" in first.text


# --- the search ---


def test_words_are_found_in_any_letters_and_order(work: Work, town: Town) -> None:
    with work():
        english = make_report("They sell by the fountain every evening.").thread
        spanish = make_report("Venden cada noche", where="junto a la fuente", language="es").thread
        make_report("A lamp is broken.")
        keys = keys_of(town.ana)
        for asked in ("fountain", "FOUNTAIN evening", "  sell   fountain ", "fuente", "FUENTÉ cada"):
            wanted = english if "fountain" in asked.lower() else spanish
            assert [thread.id for thread in worklist.search(town.listed(), asked, keys).threads] == [wanted.id]
            assert worklist.search(town.listed(), asked + " lamp", keys).threads == []
            assert worklist.search(town.listed(), asked, {}).threads == [], "nothing opens without keys"
            assert worklist.search(town.listed(about="property"), asked, keys).threads == []


def test_a_search_goes_on_where_it_ended(work: Work, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worklist, "MOST_SEARCHED", 4)
    with work() as session:
        ids = []
        for number in range(9):
            thread = make_report(f"The lamp number {number}" if number % 2 else "Nothing").thread
            thread.received_on = today() - timedelta(days=number)
            ids.append(thread.id)
        session.flush()
        found, begin, more = [], 0, True
        while more:
            part = worklist.search(town.listed(view="open"), "lamp", keys_of(town.ana), begin)
            assert part.looked - begin <= 4
            found += [thread.id for thread in part.threads]
            begin, more = part.looked, part.more
        assert found == ids[1::2], "the newest first, each once"
        assert begin == 9
        for _spam in range(5):
            make_report("A lamp", in_flood=True)
        session.flush()
        first = worklist.search(town.listed(view="open"), "lamp", keys_of(town.ana)).threads
        assert first[0].id == ids[1], "what came in a flood is read last"


def test_what_is_searched_is_in_no_address_or_log(
    app: Portal, work: Work, town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    page = reader_of(app, town.ana)
    with work():
        make_report("They sell by the fountain every evening.")
        make_report("A lamp is broken.")
    caplog.set_level(logging.DEBUG)
    found = page("/en/desk/").form("/search").submit(words="Fountain")
    assert "Found: 1." in found.text and "A lamp" not in found.text
    assert found.response.headers["Cache-Control"] == "no-store"
    addresses = [link.get("href") for link in found.find_all("a")]
    addresses += [form.get("action") for form in found.tree.iter("form")]
    assert not any("ountain" in (address or "") for address in addresses)
    assert "ountain" not in caplog.text
    assert "In all: 2." in page("/en/desk/search?words=Fountain").text, "an address searches for nothing"


def test_an_excerpt_shows_the_word_where_it_stands() -> None:
    for text, word, expected in (
        ("short lamp", "lamp", "short lamp"),
        ("x" * 20 + " " + "word " * 60 + "lamp is out", "lamp", "… word word word word word word lamp is out"),
        ("Ŀ ﬁne é " * 30 + "FAROLA rota", "farola", None),
        ("nothing of it", "lamp", "nothing of it"),
        ("", "lamp", ""),
    ):
        cut = excerpt(text, word)
        assert len(cut) <= 113
        assert cut == expected if expected is not None else "FAROLA" in cut

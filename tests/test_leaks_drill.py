"""`flask doctor leaks`: it finds what it is made to find, names nothing itself, and is quiet when all is well."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.core.clock import now
from portal.core.db import Base, db
from portal.core.jobs import outbox
from portal.core.jobs.outbox import Kind
from portal.core.web import PUBLIC, Portal, Room
from portal.leaks.canaries import canary
from portal.leaks.crawl import Visitor
from portal.leaks.hidden import hidden_canaries
from portal.markets.models import Market
from tests.conftest import Work
from tests.make import both, make_guide, make_market, make_meeting, make_member, make_post

Drill = Callable[..., tuple[int, list[str]]]
BOTH = ("Quetzal Stairs", "Las escaleras del Quetzal")


@pytest.fixture
def drill(app: Portal) -> Drill:
    """`drill()`: exit code and lines; none of them may name the place."""

    def drill(*arguments: str) -> tuple[int, list[str]]:
        result = app.test_cli_runner().invoke(args=["doctor", "leaks", *arguments], catch_exceptions=True)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert not re.search("quetzal|escaleras", result.output, re.IGNORECASE)
        return result.exit_code, result.output.splitlines()

    return drill


@pytest.fixture(autouse=True)
def city(work: Work) -> None:
    with work() as session:
        author = make_member(session, ["organizer"])
        open_one = make_market(session, "Elm Street")
        make_meeting(session, author, market_id=open_one.id)
        make_post(session, author, market_id=open_one.id)
        make_guide(session, tag="evidence", author_id=author.id)
        hidden = make_market(session, BOTH[0], released=False)
        hidden.name, hidden.slug = both(*BOTH), "quetzal-stairs-k7f2qd"
        title = both("Evening at the Quetzal", "Tarde en el Quetzal")
        make_meeting(session, author, title=title, market_id=hidden.id)
        make_post(session, author, title=title, slug="quetzal-news", market_id=hidden.id)


def test_a_city_that_keeps_quiet(drill: Drill) -> None:
    code, lines = drill()
    assert (code, len(lines)) == (0, 3)
    who = "the public and 10 members of one role each, whom nobody admitted"
    assert re.fullmatch(rf"Read \d{{3,}} answers to {who}, 0 messages that wait, and 0 files\.", lines[0])
    assert re.fullmatch(
        r"Asked \d{3,} times for one of 1 hidden places and for one that never was; measured \d\d? of these pairs\.",
        lines[1],
    )
    assert lines[2] == "No leak: nothing told of a hidden place."


def test_it_changes_nothing(app: Portal, work: Work, drill: Drill) -> None:
    def everything() -> list[object]:
        with work() as session:
            return [session.execute(select(table)).all() for table in Base.metadata.sorted_tables]

    before = everything()
    drill()
    assert everything() == before


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("We meet at the QUETZAL stairs.", "its name"),
        ("Nos vemos en las escaleras del quetzal", "its name"),
        ("Nobody calls it Quetzal here.", "a word of its name"),
        ("See /places/quetzal-stairs-k7f2qd/", "its address"),
    ],
)
def test_a_word_on_a_public_page_is_found(work: Work, drill: Drill, words: str, kind: str) -> None:
    with work() as session:
        make_post(session, slug="a-leaky-post", body=both(words, words))
    code, lines = drill()
    assert code == 1
    assert f"LEAK /en/news/a-leaky-post: {kind}" in lines
    assert f"LEAK /es/news/a-leaky-post: {kind}" in lines


def test_what_stands_in_feeds_and_calendars_is_found(work: Work, drill: Drill) -> None:
    with work() as session:
        # Before all others, so that it is the one that the front page names.
        soon, title = now() + timedelta(days=1), both("x" * 60 + " Quetzal", "y" * 70 + " Quetzal")
        make_meeting(session, slug="an-evening", title=title, starts_at=soon.replace(microsecond=0))
    _code, lines = drill()
    for address in ("/en/meetings.ics", "/es/meetings/an-evening.ics", "/es/meetings/an-evening", "/en/"):
        assert f"LEAK {address}: a word of its name" in lines


def test_its_number_is_found(work: Work, drill: Drill) -> None:
    with work() as session:
        number = session.scalars(select(Market.id).where(Market.released_at.is_(None))).one()
        make_post(session, slug="numbers", body=both(f"Number {number}.", f"Número {number}."))
    assert "LEAK /en/news/numbers: its number" in drill()[1]


def test_what_waits_in_the_outbox_is_read(work: Work, drill: Drill) -> None:
    with work():
        outbox.put(Kind.TEXT, "+13365550100", "Come to the Quetzal stairs")
    assert "LEAK a parcel in the outbox: its name" in drill()[1]


def test_logs_and_exports_are_read(drill: Drill, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.log", tmp_path / "bad.csv"
    good.write_text("all is well\n")
    bad.write_bytes(b"\xff\xfe market;quetzal-stairs-k7f2qd\n")
    assert drill("--also", str(good))[0] == 0
    code, lines = drill("--also", str(good), "--also", str(bad))
    assert code == 1
    assert "LEAK bad.csv: its address" in lines


def test_another_answer_for_a_hidden_place_is_found(app: Portal, drill: Drill) -> None:
    room = Room("leaky", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/leaky")

    @room.get("/<slug>/")
    def show(slug: str) -> tuple[str, int]:
        return ("Not for you", 403) if slug.startswith("quetzal") else ("Nothing", 404)

    @room.get("/")
    def ask() -> str:
        return '<form action="/en/leaky/found"><input type="search" name="words"></form>'

    @room.get("/found")
    def found() -> str:
        from flask import request

        return "1 place" if request.args.get("words") == "quetzal stairs" else "No place"

    app.register_blueprint(room)
    code, lines = drill()
    assert code == 1
    told = ": GET is answered otherwise than for a place that never was"
    assert any(re.fullmatch(rf"LEAK /es/leaky/\S*/{told}", line) for line in lines)
    assert any(line.startswith("LEAK /en/leaky/found?words=") and line.endswith(told) for line in lines)


@pytest.mark.both_databases
def test_an_invented_place_is_looked_for_and_gone_afterwards(app: Portal, work: Work, drill: Drill) -> None:
    def everything() -> dict[str, object]:
        with work() as session:
            return {table.name: session.execute(select(table)).all() for table in Base.metadata.sorted_tables}

    before = everything()
    code, lines = drill("--canary")
    assert (code, lines[2]) == (0, "No leak: nothing told of a hidden place.")
    assert "one of 2 hidden places" in lines[1]
    assert everything() == before


@pytest.mark.both_databases
def test_an_invented_place_is_found_where_the_gate_stands_open(app: Portal, work: Work, drill: Drill) -> None:
    room = Room("leaky", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/leaky")

    @room.get("/")
    def tell() -> str:
        return " ".join(market.name.es for market in db.session().scalars(select(Market)))

    app.register_blueprint(room)
    code, lines = drill("--canary")
    assert code == 1
    assert lines.count("LEAK /en/leaky/: its name") == 1
    assert "2 hidden" in lines[-2]


@pytest.mark.both_databases
def test_what_is_rehearsed_never_was(app: Portal, work: Work) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError), db.rehearsal():
            with db.work() as session:
                make_market(session, "Nowhere Street")
            with db.work() as session:
                assert session.scalar(select(Market).where(Market.slug == "nowhere-street"))
            raise ZeroDivisionError
        with db.work() as session:
            assert not session.scalar(select(Market).where(Market.slug == "nowhere-street"))
            make_market(session, "Nowhere Street")
    with work() as session:
        assert session.scalar(select(Market).where(Market.slug == "nowhere-street"))


def test_from_its_release_on_it_is_no_secret(work: Work, drill: Drill) -> None:
    with work() as session:
        for market in session.scalars(select(Market)):
            market.released_at = now()
    code, lines = drill()
    assert code == 0
    assert lines[1].startswith("No place is hidden")


def test_the_crawl_reaches_every_public_page(app: Portal, work: Work) -> None:
    reached = {answer.address for answer in Visitor(app).crawl() if answer.status == 200}
    for address in (
        "/en/places/elm-street/",
        "/es/places/elm-street/",
        "/en/news.atom",
        "/es/meetings.ics",
        "/en/guides/evidence/",
        "/es/report/",
        "/en/report/?place=elm-street",
        "/robots.txt",
    ):
        assert address in reached
    assert any(address.startswith("/en/news/the-lamps") for address in reached)


def test_words_that_any_page_may_have_are_no_canaries(work: Work) -> None:
    with work() as session:
        one = make_market(session, "Meeting Street Lamps", released=False, status=None)
        one.name = both("Meeting Street Lamps", "Calle Reunión Lamps")
        slug = one.slug
        session.flush()
        found = next(bird for bird in hidden_canaries() if bird.slug == slug)
    assert found.words == {"lamps"}
    assert found.names == {"meeting street lamps", "calle reunion lamps"}


@given(st.text(), st.text())
def test_a_name_is_seen_whatever_stands_around_it(before: str, after: str) -> None:
    bird = canary("x-quetzal-1", 12345678901, ["Quetzal Stairs", "Las escaleras"], {"stairs"})
    assert "its name" in bird.seen_in(f"{before} <b>QUÉTZAL</b>\n stairs {after}")
    assert "quetzal" not in bird.masked(f"{before} Quetzal {after}").lower()

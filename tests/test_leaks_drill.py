"""`flask doctor leaks`: it finds what it is made to find, names nothing itself, and is quiet when all is well."""

from __future__ import annotations

import gzip
import logging
import re
import tarfile
import zipfile
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.accounts.roles import Role
from portal.accounts.users import Member
from portal.commitments import public_pages as public
from portal.commitments.promises import Commitment
from portal.core.clock import now
from portal.core.db import Base, db
from portal.core.jobs import outbox
from portal.core.jobs.outbox import MessageKind as Kind
from portal.core.statuses import NotFound
from portal.core.web import PUBLIC, Portal, members
from portal.core.web import AudienceBlueprint as Room
from portal.leaks import drill as timing
from portal.leaks.canaries import canary, hidden_canaries
from portal.leaks.crawl import Visitor
from portal.leaks.drill import SAMPLES, differ, run, told_apart_in_time
from portal.markets.places import Market
from portal.meetings.meeting import Meeting
from tests.conftest import Work
from tests.make import (
    add_file,
    both,
    make_commitment,
    make_guide,
    make_market,
    make_meeting,
    make_member,
    make_office,
    make_post,
)

Drill = Callable[..., tuple[int, list[str]]]
BOTH = ("Quetzal Stairs", "Las escaleras del Quetzal")


@pytest.fixture
def drill(app: Portal) -> Drill:
    """`drill()`: exit code and lines; none of them may name the place."""

    def drill(*arguments: str) -> tuple[int, list[str]]:
        who = () if "--as" in arguments else ("--as", "public")
        result = app.test_cli_runner().invoke(args=["doctor", "leaks", *who, *arguments], catch_exceptions=True)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert not re.search("quetzal|escaleras", result.output, re.IGNORECASE)
        return result.exit_code, result.stdout.splitlines()

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
        promise = make_commitment(session, make_office(session), market_id=hidden.id)
        add_file(session, promise, b"The lamps at the Quetzal stairs")


def everything(work: Work) -> dict[str, object]:
    """Every row of every table."""
    with work() as session:
        return {table.name: session.execute(select(table)).all() for table in Base.metadata.sorted_tables}


def test_a_city_that_keeps_quiet_and_stays_as_it_is(work: Work, drill: Drill) -> None:
    before = everything(work)
    code, lines = drill()
    assert everything(work) == before
    assert (code, len(lines)) == (0, 3)
    who = "the public"
    assert re.fullmatch(rf"Read \d{{3,}} answers to {who}, 0 messages that wait, and 0 files\.", lines[0])
    assert re.fullmatch(
        r"Asked \d{3,} times for one of 1 hidden places and for one that never was; "
        r"took the time of 0 of these pairs\.",
        lines[1],
    )
    assert lines[2] == "No leak: nothing told of a hidden place."


def test_words_on_public_pages_are_found(work: Work, drill: Drill) -> None:
    leaky = (
        ("We meet at the QUETZAL stairs.", "its name"),
        ("Nos vemos en las escaleras del quetzal", "its name"),
        ("Nobody calls it Quetzal here.", "a word of its name"),
        ("See /places/quetzal-stairs-k7f2qd/", "its address"),
    )
    with work() as session:
        for number, (words, _kind) in enumerate(leaky):
            make_post(session, slug=f"a-leaky-post-{number}", body=both(words, words))
    code, lines = drill()
    assert code == 1
    for number, (_words, kind) in enumerate(leaky):
        assert f"LEAK /en/news/a-leaky-post-{number}: {kind}" in lines
        assert f"LEAK /es/news/a-leaky-post-{number}: {kind}" in lines


def test_what_stands_in_feeds_and_calendars_is_found(work: Work, drill: Drill) -> None:
    with work() as session:
        # Before all others, so that it is the one that the front page names.
        soon, title = now() + timedelta(days=1), both("x" * 60 + " Quetzal", "y" * 70 + " Quetzal")
        make_meeting(session, slug="an-evening", title=title, starts_at=soon.replace(microsecond=0))
    _code, lines = drill()
    for address in ("/en/meetings.ics", "/es/meetings/an-evening.ics", "/es/meetings/an-evening", "/en/"):
        assert f"LEAK {address}: a word of its name" in lines


def test_a_file_that_forgets_its_gate_is_found(work: Work, drill: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_gate(slug: str) -> Commitment:
        found = db.session().scalars(select(Commitment).where(Commitment.slug == slug)).unique().first()
        if found is None:
            raise NotFound
        return found

    monkeypatch.setattr(public, "public_commitment", without_gate)
    told = ": GET is answered otherwise than for a place that never was"
    lines = drill()[1]
    assert any(re.fullmatch(rf"LEAK /en/promises/\S+/files/\S+{told}", line) for line in lines)
    assert any(re.fullmatch(rf"LEAK /es/promises/[^/]+{told}", line) for line in lines)


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
    code, lines = drill("--also", str(good), "--also", str(bad))
    assert code == 1
    assert leaks(lines) == ["LEAK bad.csv: its address", "LEAK bad.csv: its name"]


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
    before = everything(work)
    code, lines = drill("--canary")
    assert (code, lines[2]) == (0, "No leak: nothing told of a hidden place.")
    assert "one of 2 hidden places" in lines[1]
    assert everything(work) == before


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


# --- as each role ---


def team_room(role: str) -> Room:
    return Room(f"leaky-{role}", __name__, audience=members(role), url_prefix=f"/<lang:lang>/leaky-{role}")


def leaks(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("LEAK ")]


def test_a_name_on_a_page_of_one_role_is_found(app: Portal, drill: Drill) -> None:
    roles = "organizer", "police_liaison", "administrator"
    for role in roles:
        room = team_room(role)

        @room.get("/export.csv")
        def export() -> str:
            return "\n".join(market.name.en for market in db.session().scalars(select(Market)))

        app.register_blueprint(room)
    code, lines = drill(*(part for role in roles for part in ("--as", role)))
    assert code == 1
    for role in roles:
        assert f"LEAK /en/leaky-{role}/export.csv (as {role}): its name" in lines
    # Each in its own room alone, and the public nowhere.
    assert all(any(f"/leaky-{role}/export.csv (as {role}): " in line for role in roles) for line in leaks(lines))


def test_another_answer_to_one_role_is_found(app: Portal, drill: Drill) -> None:
    room = team_room("organizer")

    @room.get("/<int:market_id>")
    def look(market_id: int) -> tuple[str, int]:
        return ("Not for you", 403) if db.session().get(Market, market_id) else ("Nothing", 404)

    @room.post("/meetings/<int:meeting_id>")
    def answer(meeting_id: int) -> tuple[str, int]:
        return ("Not for you", 403) if db.session().get(Meeting, meeting_id) else ("Nothing", 404)

    app.register_blueprint(room)
    code, lines = drill("--as", "organizer", "--as", "facilitator")
    assert code == 1
    told = "is answered otherwise than for a place that never was"
    assert f"LEAK /en/leaky-organizer/… (as organizer): GET {told}" in lines
    assert f"LEAK /en/leaky-organizer/meetings/… (as organizer): POST {told}" in lines
    assert all("(as organizer): " in line for line in leaks(lines))


@pytest.mark.both_databases
def test_a_number_that_counts_hidden_places_is_found(app: Portal, work: Work, drill: Drill) -> None:
    rooms = team_room("organizer"), Room("counts", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/counts")
    for room in rooms:

        @room.get("/")
        def how_many() -> str:
            return str(db.session().scalar(select(func.count()).select_from(Market)))

        app.register_blueprint(room)
    code, lines = drill("--canary", "--as", "organizer")
    assert code == 1
    assert "LEAK /en/leaky-organizer/ (as organizer): is another page while a place is hidden" in lines
    assert "LEAK /es/counts/: is another page while a place is hidden" in lines


def test_what_the_timetable_writes_is_read_and_never_sent(app: Portal, work: Work, drill: Drill) -> None:
    sent: list[object] = []
    app.wake = lambda *given: sent.append(given)

    def tell() -> None:
        with db.work() as session:
            name = session.scalars(select(Market.name_en).where(Market.released_at.is_(None))).first()
            outbox.put(Kind.TEXT, "+13365550100", f"Come to {name}")

    app.engine.job("seats", tell)
    assert "LEAK a parcel in the outbox: its name" in drill()[1]
    assert sent == []
    with work() as session:
        assert session.scalars(select(outbox.OutboundMessage)).all() == []


def test_what_is_logged_is_read(app: Portal, drill: Drill) -> None:
    room = Room("leaky", __name__, audience=PUBLIC, url_prefix="/<lang:lang>/leaky")

    @room.get("/")
    def tell() -> str:
        logging.getLogger("portal").info("a look at %s", "quetzal-stairs-k7f2qd")
        return "Nothing"

    app.register_blueprint(room)
    logging.getLogger("portal").setLevel(logging.INFO)
    assert "LEAK the log: its address" in drill()[1]


def test_backups_are_unpacked(drill: Drill, tmp_path: Path) -> None:
    words = b"Nos vemos en las escaleras del Quetzal\n"
    (tmp_path / "plain.sql").write_bytes(words)
    (tmp_path / "dump.sql.gz").write_bytes(gzip.compress(words))
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(tmp_path / "plain.sql", "inside.csv")
    with tarfile.open(tmp_path / "backup.tar.gz", "w:gz") as packed:
        packed.add(tmp_path / "plain.sql", "portal.sql")
    inside = {"dump.sql.gz": "", "export.zip": ": inside.csv", "backup.tar.gz": ": portal.sql"}
    lines = drill(*(part for name in inside for part in ("--also", str(tmp_path / name))))[1]
    for name, told in inside.items():
        assert f"LEAK {name}{told}: its name" in lines


def test_every_role_is_told_nothing(app: Portal, work: Work) -> None:
    with app.app_context():
        report = run(app, roles=tuple(Role))
    assert report.leaks == ()
    assert report.visitors == 1 + len(Role)
    # A minute or two, which is what operators are promised: a question takes some 15 ms, and each pair is two.
    assert report.answers + 2 * report.pairs < 8_000
    with work() as session:
        assert not session.scalars(select(Member).where(Member.email.startswith("drill-"))).all()


# --- time ---


def test_the_measure_would_notice_and_does_not_cry_wolf() -> None:
    quick = [1 + (number * 37 % 101) / 500 for number in range(SAMPLES)]
    assert differ(quick, quick[::-1]) == 0
    assert differ(quick, [value * 1.1 for value in quick]) == 0
    assert differ([value * 1.4 for value in quick], quick) == 1
    assert differ(quick, [value * 1.4 for value in quick]) == -1
    # Half a minute in which the machine did something else, on one side only.
    assert differ(quick, [value * 9 if number < 10 else value for number, value in enumerate(quick)]) == 0


class Clock:
    """Goes on only by what is done."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def perf_counter(self) -> float:
        return self.seconds

    def takes(self, seconds: float) -> None:
        self.seconds += seconds


def test_only_what_every_round_says_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = Clock(), count()
    monkeypatch.setattr(timing, "time", clock)
    assert told_apart_in_time(lambda: clock.takes(0.003), lambda: clock.takes(0.001))
    # Slow in the first round, and then no more.
    assert not told_apart_in_time(
        lambda: clock.takes(0.003 if next(asked) < SAMPLES else 0.001), lambda: clock.takes(0.001)
    )


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
        one = make_market(session, "Meeting Street Quetzal", released=False, status=None)
        one.name = both("Meeting Street Quetzal", "Calle Reunión Quetzal")
        slug = one.slug
        session.flush()
        found = next(bird for bird in hidden_canaries() if bird.slug == slug)
    assert found.words == {"quetzal"}
    assert found.names == {"meeting street quetzal", "calle reunion quetzal"}


@given(st.text(), st.text())
def test_a_name_is_seen_whatever_stands_around_it(before: str, after: str) -> None:
    bird = canary("x-quetzal-1", 12345678901, ["Quetzal Stairs", "Las escaleras"], {"stairs"})
    assert "its name" in bird.seen_in(f"{before} <b>QUÉTZAL</b>\n stairs {after}")
    assert "quetzal" not in bird.masked(f"{before} Quetzal {after}").lower()

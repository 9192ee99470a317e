"""`flask doctor leaks`: it finds what it is made to find, names nothing itself, and is quiet when all is well."""

import gzip
import logging
import re
import tarfile
import zipfile
from datetime import timedelta
from itertools import count, product
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import request
from hypothesis import given, strategies as st
from sqlalchemy import func, select, text

from portal.accounts.roles import Role
from portal.commitments import public_pages
from portal.commitments.promises import Commitment
from portal.core.clock import now
from portal.core.data_folder import LastDone, noted
from portal.core.db import Base, db
from portal.core.i18n import LANGUAGES
from portal.core.jobs import outbox
from portal.core.jobs.outbox import MessageKind
from portal.core.statuses import NotFound
from portal.core.web import PUBLIC, AudienceBlueprint, members
from portal.home.search_rules import question_of
from portal.leaks import drill as timing
from portal.leaks.canaries import (
    add_canary,
    add_insider,
    canary,
    colleague,
    hidden_canaries,
    odd_word,
    shipped_words,
)
from portal.leaks.crawl import OF_A_KIND, WORDLESS_OF_A_KIND, Visitor
from portal.leaks.drill import SAMPLES, Leak, Report, differ, told_apart_in_time
from portal.markets.map.sheets import MapFeature, MapSheet, SheetKind
from portal.markets.places import Market
from portal.meetings.meeting import Meeting
from tests import make

BOTH = ("Quetzal Stairs", "Las escaleras del Quetzal")


def drill(app, *arguments):
    """Run it: exit code and lines; none of them may name the place."""
    who = () if "--as" in arguments else ("--as", "public")
    result = app.test_cli_runner().invoke(args=["doctor", "leaks", *who, *arguments], catch_exceptions=True)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert not re.search("quetzal|escaleras", result.output, re.IGNORECASE)
    return result.exit_code, result.stdout.splitlines()


def read_only(monkeypatch, *rooms):
    """Let visitors read these blueprints alone, where nothing else is in question."""
    is_let_in = Visitor._is_let_in

    def in_these(visitor, endpoint):
        return endpoint.rpartition(".")[0] in rooms and is_let_in(visitor, endpoint)

    monkeypatch.setattr(Visitor, "_is_let_in", in_these)


@pytest.fixture(autouse=True)
def priorities(monkeypatch):
    """What the drill asks for, in place of the priority of whatever tests here."""
    asked = []
    monkeypatch.setattr("portal.leaks.drill.os.setpriority", lambda _which, _who, priority: asked.append(priority))
    return asked


@pytest.fixture(autouse=True)
def city(work):
    with work() as session:
        author = make.make_member(session, ["organizer"])
        open_one = make.make_market(session, "Elm Street")
        make.make_meeting(session, author, market_id=open_one.id)
        make.make_post(session, author, market_id=open_one.id)
        make.make_guide(session, tag="evidence", author_id=author.id)
        hidden = make.make_market(session, BOTH[0], released=False)
        hidden.name, hidden.slug = make.both(*BOTH), "quetzal-stairs-k7f2qd"
        title = make.both("Evening at the Quetzal", "Tarde en el Quetzal")
        make.make_meeting(session, author, title=title, market_id=hidden.id)
        make.make_post(session, author, title=title, slug="quetzal-news", market_id=hidden.id)
        promise = make.make_commitment(session, make.make_office(session), market_id=hidden.id)
        make.add_file(session, promise, b"The lamps at the Quetzal stairs")


def everything(work):
    """Every row of every table."""
    with work() as session:
        return {table.name: session.execute(select(table)).all() for table in Base.metadata.sorted_tables}


def test_city_that_keeps_quiet_and_stays_as_it_is(app, work):
    before = everything(work)
    code, lines = drill(app)
    assert everything(work) == before
    assert (code, len(lines)) == (0, 3)
    assert re.fullmatch(r"Read \d{3,} answers to the public, 0 messages that wait, and 0 files\.", lines[0])
    asked = (
        r"Asked \d{3,} times for one of 1 hidden places and for one that never was; took the time of 0 of these pairs\."
    )
    assert re.fullmatch(asked, lines[1])
    assert lines[2] == "No leak: nothing told of a hidden place."


@pytest.mark.both_databases
def test_a_copy_of_the_database_names_no_hidden_place(app, work):
    """Of its places, what stands there is a number: no name, no word, no boundary."""
    with work() as session:
        session.add(MapSheet(west=-79.12345, south=36.1, east=-79.1, north=36.2, layers="{}"))
    with work():
        add_canary(add_insider())
    with work() as session:
        birds = [bird for bird in hidden_canaries() if not any("quetzal" in name for name in bird.names)]
        tables = [*Base.metadata.tables, "home_search"]
        stored = [str(row) for name in tables for row in session.execute(text(f"SELECT * FROM {name}"))]
    if db.engine.dialect.name == "sqlite":
        path = str(db.engine.url.database)
        stored += [Path(path + end).read_bytes().decode("latin-1") for end in ("", "-wal")]
    copy, (bird,) = "\n".join(stored).lower(), birds
    assert [word for word in (*bird.words, *bird.names, "-79.12345") if word in copy] == []


LEAKY = (
    ("We meet at the QUETZAL stairs.", "its name"),
    ("Nos vemos en las escaleras del quetzal", "its name"),
    ("Nobody calls it Quetzal here.", "a word of its name"),
    ("See /places/quetzal-stairs-k7f2qd/", "its address"),
)
TOLD = "is answered otherwise than for a place that never was"


def leaky(name, audience=PUBLIC):
    return AudienceBlueprint(name, __name__, audience=audience, url_prefix=f"/<lang:lang>/{name}")


def leaks(lines):
    return [line for line in lines if line.startswith("LEAK ")]


def plant_words(work):
    """Name the place in posts, and in what feeds and calendars show; the lines that this is to be found by."""
    # Before all others, so that it is the one that the front page names.
    soon, title = now() + timedelta(days=1), make.both("x" * 60 + " Quetzal", "y" * 70 + " Quetzal")
    with work() as session:
        hidden = session.scalars(select(Market.id).where(Market.released_at.is_(None))).one()
        make.make_meeting(session, slug="an-evening", title=title, starts_at=soon.replace(microsecond=0))
        make.make_post(session, slug="numbers", body=make.both(f"Number {hidden}.", f"Número {hidden}."))
        for number, (words, _kind) in enumerate(LEAKY):
            make.make_post(session, slug=f"a-leaky-post-{number}", body=make.both(words, words))
    shown = ("/en/meetings.ics", "/es/meetings/an-evening.ics", "/es/meetings/an-evening", "/en/")
    posts = {
        f"LEAK /{lang}/news/a-leaky-post-{number}: {kind}"
        for lang, (number, (_words, kind)) in product(LANGUAGES, enumerate(LEAKY))
    }
    return {*posts, *(f"LEAK {page}: a word of its name" for page in shown), "LEAK /en/news/numbers: its number"}


def plant_answers(app):
    """Answer otherwise for the place, and log where somebody looked; as patterns, what this is to be found by."""
    room = leaky("leaky")

    @room.get("/<slug>/")
    def show(slug):
        return ("Not for you", 403) if slug.startswith("quetzal") else ("Nothing", 404)

    @room.get("/")
    def ask():
        logging.getLogger("portal").info("a look at %s", "quetzal-stairs-k7f2qd")
        return '<form action="/en/leaky/found"><input type="search" name="words"></form>'

    @room.get("/found")
    def found():
        return "1 place" if request.args.get("words") == "quetzal stairs" else "No place"

    app.register_blueprint(room)
    answers = {rf"LEAK /es/leaky/\S*/: GET {TOLD}", rf"LEAK /en/leaky/found\?words=.*: GET {TOLD}"}
    return answers | {"LEAK the log: its address"}


def forget_the_gate(monkeypatch):
    """Show promises, and files that belong to them, whether their place is released or not."""

    def without_gate(slug):
        found = db.session().scalars(select(Commitment).where(Commitment.slug == slug)).unique().first()
        if found is None:
            raise NotFound
        return found

    monkeypatch.setattr(public_pages, "public_commitment", without_gate)
    return {rf"LEAK /en/promises/\S+/files/\S+: GET {TOLD}", rf"LEAK /es/promises/[^/]+: GET {TOLD}"}


def plant_messages(app, work):
    """Let a message wait, and a job of the timetable write another."""

    def tell():
        with db.work() as session:
            slug = session.scalars(select(Market.slug).where(Market.released_at.is_(None))).first()
            outbox.put(MessageKind.TEXT, "+13365550100", f"Come to {slug}")

    with work():
        outbox.put(MessageKind.TEXT, "+13365550100", "Come to the Quetzal")
    app.engine.job("reminders", tell)
    return {"LEAK a message in the outbox: a word of its name", "LEAK a message in the outbox: its address"}


def test_whatever_is_told_to_the_public_is_found(app, work, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "portal")
    read_only(monkeypatch, "home", "meetings", "news", "commitments", "leaky")
    exactly = plant_words(work) | plant_messages(app, work)
    patterns = plant_answers(app) | forget_the_gate(monkeypatch)
    sent = []
    app.wake = lambda *given: sent.append(given)
    code, lines = drill(app)
    assert code == 1
    assert exactly - set(lines) == set()
    assert {one for one in patterns if not any(re.fullmatch(one, line) for line in lines)} == set()
    # What jobs write is read and never sent, and is gone afterwards.
    assert sent == []
    with work() as session:
        assert len(session.scalars(select(outbox.OutboundMessage)).all()) == 1


def test_logs_exports_and_backups_are_read(app, monkeypatch, tmp_path):
    read_only(monkeypatch)
    words = b"Nos vemos en las escaleras del Quetzal\n"
    (tmp_path / "good.log").write_text("all is well\n")
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe market;quetzal-stairs-k7f2qd\n")
    (tmp_path / "plain.sql").write_bytes(words)
    (tmp_path / "dump.sql.gz").write_bytes(gzip.compress(words))
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.write(tmp_path / "plain.sql", "inside.csv")
    with tarfile.open(tmp_path / "backup.tar.gz", "w:gz") as packed:
        packed.add(tmp_path / "plain.sql", "portal.sql")
    names = ("good.log", "bad.csv", "dump.sql.gz", "export.zip", "backup.tar.gz")
    code, lines = drill(app, *(part for name in names for part in ("--also", str(tmp_path / name))))
    assert code == 1
    where = ("bad.csv", "dump.sql.gz", "export.zip: inside.csv", "backup.tar.gz: portal.sql")
    assert leaks(lines) == ["LEAK bad.csv: its address", *(f"LEAK {one}: its name" for one in where)]


def test_an_invented_place_is_looked_for_and_gone_afterwards(app, work):
    with work() as session:
        make.make_desk(session)
        make.make_desk(session, kind="outreach")
    before = everything(work)
    code, lines = drill(app, "--canary", "--as", "triage")
    assert leaks(lines) == []
    assert (code, lines[2]) == (0, "No leak: nothing told of a hidden place.")
    assert "one of 2 hidden places" in lines[1]
    assert everything(work) == before


def test_what_an_invented_place_changes_is_found(app, monkeypatch):
    read_only(monkeypatch, "leaky", "leaky-organizer", "counts")
    # Times are taken in the test above.
    monkeypatch.setattr(timing, "told_apart_in_time", lambda _one, _other: False)
    open_gate, team = leaky("leaky"), leaky("leaky-organizer", members("organizer"))

    @open_gate.get("/")
    def tell():
        return " ".join(market.name.es for market in db.session().scalars(select(Market)))

    app.register_blueprint(open_gate)
    for room in (team, leaky("counts")):

        @room.get("/")
        def how_many():
            return str(db.session().scalar(select(func.count()).select_from(Market)))

        app.register_blueprint(room)
    code, lines = drill(app, "--canary", "--as", "organizer")
    assert code == 1
    assert lines.count("LEAK /en/leaky/: its name") == 1
    assert "2 hidden" in lines[-2]
    # A number that counts hidden places.
    assert "LEAK /en/leaky-organizer/ (as organizer): is another page while a place is hidden" in lines
    assert "LEAK /es/counts/: is another page while a place is hidden" in lines


@pytest.mark.both_databases
def test_what_is_rehearsed_never_was(app, work):
    with app.app_context():
        with pytest.raises(ZeroDivisionError), db.rehearsal():
            with db.work() as session:
                make.make_market(session, "Nowhere Street")
            with db.work() as session:
                assert session.scalar(select(Market).where(Market.slug == "nowhere-street"))
            raise ZeroDivisionError
        with db.work() as session:
            assert not session.scalar(select(Market).where(Market.slug == "nowhere-street"))
            make.make_market(session, "Nowhere Street")
    with work() as session:
        assert session.scalar(select(Market).where(Market.slug == "nowhere-street"))


def test_what_one_role_alone_is_told_is_found(app, monkeypatch):
    rooms = {role: leaky(f"leaky-{role}", members(role)) for role in ("organizer", "police_liaison", "administrator")}
    read_only(monkeypatch, *(room.name for room in rooms.values()))

    @rooms["organizer"].get("/<int:market_id>")
    def look(market_id):
        return ("Not for you", 403) if db.session().get(Market, market_id) else ("Nothing", 404)

    @rooms["organizer"].post("/meetings/<int:meeting_id>")
    def answer(meeting_id):
        return ("Not for you", 403) if db.session().get(Meeting, meeting_id) else ("Nothing", 404)

    for room in rooms.values():

        @room.get("/export.csv")
        def export():
            return "\n".join(market.name.en for market in db.session().scalars(select(Market)))

        app.register_blueprint(room)
    code, lines = drill(app, *(part for role in (*rooms, "facilitator") for part in ("--as", role)))
    assert code == 1
    assert {f"LEAK /en/leaky-{role}/export.csv (as {role}): its name" for role in rooms} <= set(lines)
    assert f"LEAK /en/leaky-organizer/… (as organizer): GET {TOLD}" in lines
    assert f"LEAK /en/leaky-organizer/meetings/… (as organizer): POST {TOLD}" in lines
    # Each in its own room alone, and the public nowhere.
    assert all(re.fullmatch(r"LEAK /\w\w/leaky-(\w+)/\S+ \(as \1\): .+", line) for line in leaks(lines))


def test_the_measure_would_notice_and_does_not_cry_wolf(monkeypatch):
    quick = [1 + (number * 37 % 101) / 500 for number in range(SAMPLES)]
    slow = [value * 1.4 for value in quick]
    assert differ(quick, quick[::-1]) == differ(quick, [value * 1.1 for value in quick]) == 0
    assert (differ(slow, quick), differ(quick, slow)) == (1, -1)
    # Half a minute in which the machine did something else, on one side only.
    assert differ(quick, [value * 9 if number < 10 else value for number, value in enumerate(quick)]) == 0
    # Only what every round says is believed: the clock goes on only by what is done.
    clock, asked = SimpleNamespace(seconds=0.0), count()
    clock.perf_counter = lambda: clock.seconds
    monkeypatch.setattr(timing, "time", clock)

    def takes(seconds, first=None):
        clock.seconds += first if first and next(asked) < SAMPLES else seconds

    assert told_apart_in_time(lambda: takes(0.003), lambda: takes(0.001))
    # Slow in the first round, and then no more.
    assert not told_apart_in_time(lambda: takes(0.001, first=0.003), lambda: takes(0.001))


def test_an_invented_name_is_like_nothing_people_look_for():
    for _time in range(100):
        question = question_of(odd_word())
        assert question.respelled(shipped_words()) == question
        assert not question.asks_for_help
        assert not question.wants_to_tell


def test_the_crawl_reaches_every_public_page(app, work, monkeypatch):
    reached = {answer.address for answer in Visitor(app).crawl() if answer.status == 200}
    assert reached >= {
        *("/en/places/elm-street/", "/es/places/elm-street/", "/en/news.atom", "/es/meetings.ics"),
        *("/en/guides/evidence/", "/es/report/", "/en/report/?place=elm-street", "/robots.txt"),
    }
    assert any(address.startswith("/en/news/the-lamps") for address in reached)
    # From its release on a place is no secret.
    read_only(monkeypatch)
    with work() as session:
        for market in session.scalars(select(Market)):
            market.released_at = now()
    code, lines = drill(app)
    assert code == 0
    assert lines[1].startswith("No place is hidden")
    # What one invention reads by chance is no leak.
    visitor = Visitor(app)
    hidden, chance, never = (timing.Probe("GET", f"/en/search/?q={words}") for words in ("zqxw", "shooting", "xwqz"))
    assert not timing.alike(visitor, hidden, chance)
    assert timing.alike(visitor, hidden, chance, never)
    assert set(timing.JOBS) <= app.engine._jobs.keys(), "every job that the drill listens to exists"


def test_sample_has_every_worded_page_and_few_alike(app, work, monkeypatch):
    read_only(monkeypatch, "news", "news_editor", "meetings", "flyers")
    with work() as session:
        author = make.make_member(session, ["organizer"])
        for number in range(OF_A_KIND + 2):
            make.make_meeting(session, author, slug=f"evening-{number}")
            make.make_post(session, author, slug=f"post-{number}")
    with app.app_context(), db.rehearsal():
        visitors = Visitor(app), colleague(app, Role.ORGANIZER)
        public, organizer = ([one.address for one in each.crawl(sample=True)] for each in visitors)

    def how_many(addresses, pattern):
        return len([address for address in addresses if re.fullmatch(pattern, address)])

    assert how_many(public, "/en/news/post-.*") == how_many(public, "/es/meetings/evening-[0-9]") == OF_A_KIND + 2
    assert how_many(public, "/en/meetings/.*/flyer.png") == WORDLESS_OF_A_KIND
    assert how_many(organizer, "/en/team/news/[0-9]+") == how_many(organizer, "/es/team/news/[0-9]+") == OF_A_KIND


def test_words_that_any_page_may_have_are_no_canaries(work):
    with work() as session:
        one = make.make_market(session, "Meeting Street Quetzal", released=False, status=None)
        one.name = make.both("Meeting Street Quetzal", "Calle Reunión Quetzal")
        one.own_name = make.both("Tern Steps", "Gradas Tern")
        session.add(MapFeature(kind=SheetKind.WATER, name=make.both("Tern Pond", "Laguna Tern"), geometry="{}"))
        session.flush()
        found = next(bird for bird in hidden_canaries() if bird.slug == one.slug)
    assert found.words == {"quetzal"}
    assert found.names == {"meeting street quetzal", "calle reunion quetzal", "tern steps", "gradas tern"}


@given(st.text(), st.text())
def test_a_name_is_seen_whatever_stands_around_it(before, after):
    bird = canary("x-quetzal-1", 12345678901, ["Quetzal Stairs", "Las escaleras"], {"stairs"})
    assert "its name" in bird.seen_in(f"{before} <b>QUÉTZAL</b>\n stairs {after}")
    assert "quetzal" not in bird.masked(f"{before} Quetzal {after}").lower()


def test_when_all_was_drilled_is_noted(app, monkeypatch, priorities):
    leak = Leak("/en/", "a word")
    for arguments, found, faults in (
        ((), Report(), None),
        (("--as", "organizer"), Report(places=1), None),
        ((), Report(places=1), 0),
        ((), Report(places=1, leaks=(leak, leak)), 2),
    ):
        monkeypatch.setattr("portal.leaks.drill.run", lambda *_given, found=found, **_more: found)
        app.test_cli_runner().invoke(args=["doctor", "leaks", *arguments])
        noted_then = noted(LastDone.LEAK_DRILL, app.settings)
        assert (noted_then and noted_then[1]) == faults
    assert priorities == [10] * 4
